from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date


class LendingAsset(models.Model):
    """What is known of a thing besides who has it (L18)."""

    _inherit = "lending.asset"

    barcode = fields.Char(
        compute="_compute_barcode",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        index="btree_not_null",
        help="What its label says; the code, unless it carries another barcode.",
    )
    serial_no = fields.Char(
        string="Serial number", copy=False, index="btree_not_null", tracking=True
    )
    description = fields.Html()
    image_128 = fields.Image(related="type_id.image_128", string="Picture")
    properties = fields.Properties(
        definition="category_id.properties_definition", copy=True
    )
    card_id = fields.Many2one(
        "lending.card",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="The card this is a piece of.",
    )

    acquisition_date = fields.Date(string="Acquired on")
    acquisition_method = fields.Selection(
        [("purchase", "Purchase"), ("lease", "Lease")],
        string="Acquired by",
        default="purchase",
    )
    lease_end = fields.Date(string="Lease ends on")
    supplier_id = fields.Many2one(
        "res.partner", check_company=True, index="btree_not_null"
    )
    warranty_end = fields.Date(string="Warranty until", help="The last day of it.")
    value = fields.Monetary(
        groups="resource_lending.lending_group_officer",
        help="What it cost, or what replacing it would.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        groups="resource_lending.lending_group_officer",
    )

    inspection_interval_months = fields.Integer(
        string="Inspected every (months)",
        compute="_compute_inspection_interval_months",
        store=True,
        readonly=False,
        precompute=True,
        aggregator=None,
        help="0: it needs no inspections.",
    )
    inspection_ids = fields.One2many(
        "lending.inspection", "asset_id", string="Inspections"
    )
    inspection_due = fields.Date(
        string="Next inspection",
        compute="_compute_inspection_due",
        store=True,
        readonly=False,
        help="The last day it may be handed out without another inspection.",
    )
    inspection_state = fields.Selection(
        [
            ("none", "Not inspected"),
            ("valid", "Valid"),
            ("soon", "Due within 30 days"),
            ("overdue", "Overdue"),
            ("failed", "Failed"),
        ],
        string="Inspection",
        compute="_compute_inspection_state",
        compute_sudo=True,
    )

    last_seen_at = fields.Datetime(
        string="Last seen",
        readonly=True,
        copy=False,
        groups="resource_lending.lending_group_officer",
        help="When it was last scanned or counted.",
    )
    last_seen_by = fields.Many2one(
        "res.users",
        string="Last seen by",
        readonly=True,
        copy=False,
        groups="resource_lending.lending_group_officer",
    )

    _barcode_unique = models.UniqueIndex(
        "(barcode, coalesce(company_id, 0)) WHERE barcode <> ''",
        "Another asset of the company has this barcode.",
    )
    _serial_no_unique = models.UniqueIndex(
        "(serial_no, type_id, coalesce(company_id, 0)) WHERE serial_no <> ''",
        "Another asset of this type has this serial number.",
    )
    _interval_not_negative = models.Constraint(
        "CHECK (inspection_interval_months >= 0)",
        "The months between inspections cannot be negative; 0 means none.",
    )

    @api.model
    def _guarded_fields(self):
        """The card makes its pieces; scanning and counting say what was seen."""
        return super()._guarded_fields() | {"card_id", "last_seen_at", "last_seen_by"}

    @api.model_create_multi
    def create(self, vals_list):
        """A barcode left empty, as the form sends it, is the code."""
        return super().create(
            [
                {k: v for k, v in vals.items() if k != "barcode" or v}
                for vals in vals_list
            ]
        )

    @api.depends("code")
    def _compute_barcode(self):
        """A label in use stays readable when the code changes."""
        for asset in self:
            asset.barcode = asset.barcode or asset.code

    @api.depends("company_id")
    def _compute_currency_id(self):
        for asset in self:
            company = asset.company_id or self.env.company
            asset.currency_id = asset.currency_id or company.currency_id

    @api.depends("type_id")
    def _compute_inspection_interval_months(self):
        for asset in self:
            asset.inspection_interval_months = (
                asset.type_id.inspection_interval_months
                or asset.inspection_interval_months
            )

    @api.depends(
        "inspection_ids.date",
        "inspection_ids.result",
        "inspection_ids.valid_until",
        "inspection_interval_months",
    )
    def _compute_inspection_due(self):
        """The last inspection says; before the first, what was typed or planned."""
        for asset in self:
            last = asset._last_inspection()
            if last.result == "failed":
                asset.inspection_due = asset.inspection_due
            elif last:
                asset.inspection_due = last.valid_until
            elif asset.inspection_interval_months and not asset.inspection_due:
                first = asset.acquisition_date or fields.Date.context_today(asset)
                asset.inspection_due = first + relativedelta(
                    months=asset.inspection_interval_months
                )
            else:
                asset.inspection_due = asset.inspection_due

    @api.depends("inspection_due", "inspection_ids.date", "inspection_ids.result")
    @api.depends_context("tz")
    def _compute_inspection_state(self):
        today = fields.Date.context_today(self)
        soon = today + relativedelta(days=30)
        for asset in self:
            due = asset.inspection_due
            if asset._last_inspection().result == "failed":
                asset.inspection_state = "failed"
            elif not due:
                asset.inspection_state = "none"
            elif due < today:
                asset.inspection_state = "overdue"
            else:
                asset.inspection_state = "soon" if due <= soon else "valid"

    def _last_inspection(self):
        self.ensure_one()
        return self.inspection_ids.sorted(
            lambda one: (one.date or fields.Date.to_date("1900-01-01"), one._origin.id)
        )[-1:]

    @api.constrains("acquisition_date", "lease_end", "warranty_end")
    def _check_dates_of_acquisition(self):
        for asset in self:
            for name in ("lease_end", "warranty_end"):
                end = asset[name]
                if end and asset.acquisition_date and end < asset.acquisition_date:
                    raise ValidationError(
                        self.env._(
                            "%(asset)s: “%(field)s” cannot lie before the day it was "
                            "acquired.",
                            asset=asset.display_name,
                            field=self._fields[name]._description_string(self.env),
                        )
                    )

    def _check_may_leave(self):
        """Refuse to hand out what is past its inspection or failed it.

        Who may override it (group *Hand out past an inspection*) is not asked.

        :raise UserError: naming the assets and the day their inspection was due.
        """
        super()._check_may_leave()
        if self.env.user.has_group("resource_lending.lending_group_override"):
            return
        bad = self.filtered(
            lambda asset: asset.inspection_state in ("overdue", "failed")
        )
        if bad:
            raise UserError(
                self.env._(
                    "These must be inspected before they are handed out:\n%s\nEnter "
                    "the inspection on the asset, or ask a lending administrator to "
                    "hand them out.",
                    "\n".join(bad.mapped(lambda asset: asset._inspection_text())),
                )
            )

    def _inspection_text(self):
        self.ensure_one()
        if self.inspection_state == "failed":
            return self.env._("- %s: failed its inspection", self.display_name)
        return self.env._(
            "- %(asset)s: inspection was due on %(date)s",
            asset=self.display_name,
            date=format_date(self.env, self.inspection_due),
        )

    def _mark_seen(self, at=None):
        """Note that these were scanned or counted; ``at`` UTC, default now."""
        # Who may see a thing may say that he saw it; nothing else is written.
        self.sudo()._store(
            {
                "last_seen_at": at or fields.Datetime.now(),
                "last_seen_by": self.env.uid,
            }
        )

    @api.model
    def get_import_templates(self):
        """Offer the template in the import screen."""
        return [
            {
                "label": self.env._("Import Template for Assets"),
                "template": "/resource_lending/static/xls/lending_asset.csv",
            }
        ]
