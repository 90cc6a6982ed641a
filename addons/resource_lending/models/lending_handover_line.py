from odoo import api, fields, models
from odoo.exceptions import UserError

from .lending_event import OUTCOMES
from .lending_holder_mixin import FIELD_OF_KIND


class LendingHandoverLine(models.Model):
    """One thing that changes hands, in which condition, and the holder's answer."""

    _name = "lending.handover.line"
    _description = "Item of a Hand-over"
    _inherit = ["resource.guarded.mixin"]
    _order = "handover_id, id"

    handover_id = fields.Many2one(
        "lending.handover", required=True, index=True, ondelete="cascade"
    )
    direction = fields.Selection(related="handover_id.direction")
    state = fields.Selection(related="handover_id.state")
    company_id = fields.Many2one(related="handover_id.company_id", store=True)
    asset_id = fields.Many2one(
        "lending.asset", string="Item", required=True, index=True, ondelete="restrict"
    )
    loan_id = fields.Many2one(
        "lending.loan",
        string="Assignment",
        index="btree_not_null",
        ondelete="restrict",
    )
    name = fields.Char(
        string="As handed over",
        readonly=True,
        help="Name, code and serial number as they were at that moment.",
    )
    outcome = fields.Selection(
        OUTCOMES,
        required=True,
        default="in_stock",
        help="In stock: can be lent again. Lost: mislaid or stolen. Outdated: broken "
        "or obsolete.",
    )
    condition_note = fields.Char(string="Condition", help="Scratches, missing parts …")
    photo_ids = fields.Many2many("ir.attachment", string="Photos")
    acceptance = fields.Selection(
        [
            ("none", "Not asked"),
            ("waiting", "Not signed yet"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
        ],
        string="Holder says",
        required=True,
        default="none",
        readonly=True,
        copy=False,
    )
    decline_reason = fields.Char(string="Why", readonly=True, copy=False)
    answered_at = fields.Datetime(readonly=True, copy=False)
    replaced = fields.Boolean(
        readonly=True,
        copy=False,
        help="Was recorded by mistake; the receipt shows it struck through.",
    )
    hint = fields.Char(
        compute="_compute_hint", groups="resource_lending.lending_group_officer"
    )
    is_problem = fields.Boolean(compute="_compute_hint")

    _once = models.UniqueIndex(
        "(handover_id, asset_id, coalesce(loan_id, 0))",
        "A thing is on a document once.",
    )

    @api.depends("asset_id", "name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.name or line.asset_id.display_name

    @api.depends(
        "asset_id", "state", "handover_id.holder_kind",
        *(f"handover_id.{name}" for name in FIELD_OF_KIND.values()),
    )  # fmt: skip
    def _compute_hint(self):
        """What the counter should know about it before confirming."""
        self.hint, self.is_problem = False, False
        lines = self.filtered(lambda line: line.state == "draft")
        live = lines.asset_id._live_loans()
        for line in lines:
            line.hint, line.is_problem = line._hint_of(live.get(line.asset_id, []))

    def _hint_of(self, loans):
        """``(text, whether it hinders)`` for one line, of the asset's live loans."""
        asset = self.asset_id
        labels = dict(asset._fields["condition"]._description_selection(self.env))
        if self.direction == "back":
            out = [loan for loan in loans if loan.state == "out"]
            names = ", ".join(loan.holder_name for loan in out)
            return (names, False) if out else (self.env._("Nobody has it"), True)
        if asset.condition != "usable":
            return labels[asset.condition], True
        for loan in loans:
            mine = loan._holder() == self.handover_id._holder()._origin
            if loan.state == "out":
                return self.env._("With %s", loan.holder_name), loan.single
            if mine:
                return self.env._("Reserved"), False
            return self.env._("Reserved for %s", loan.holder_name), False
        return False, False

    # === WRITING === #

    @api.model
    def _guarded_fields(self):
        """What confirming keeps, and what the holder answered."""
        return super()._guarded_fields() | {
            "company_id", "name", "acceptance", "decline_reason", "answered_at",
            "replaced",
        }  # fmt: skip

    @api.model_create_multi
    def create(self, vals_list):
        """Add things to open documents.

        :raise UserError: the document is done.
        """
        lines = super().create(vals_list)
        lines.handover_id._check_open()
        return lines

    def write(self, vals):
        """Change lines of open documents.

        :raise UserError: the document is done.
        """
        if not self._is_unlocked([vals]):
            self.handover_id._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if done := self.handover_id.filtered(lambda one: one.state == "done"):
            raise UserError(self.env._("%s is no longer open.", done[0].display_name))

    # === FINDING THE ASSIGNMENTS === #

    def _find_reservations(self, holder):
        """Take up what is reserved for the holder, the earliest first (L7).

        :param dict holder: as :meth:`LendingHolderMixin._holder_vals`
        :raise UserError: a line's reservation is somebody else's.
        """
        names = FIELD_OF_KIND.values()
        reserved = self.env["lending.loan"].search(
            [
                ("asset_id", "in", self.asset_id.ids),
                ("state", "=", "reserved"),
                ("by_date", "=", False),
                *((name, "=", holder[name]) for name in names),
            ],
            order="start_at desc, id desc",
        )
        earliest = {loan.asset_id: loan for loan in reserved}
        for line in self:
            if not line.loan_id and line.asset_id in earliest:
                line.loan_id = earliest[line.asset_id]
            if line.loan_id and (
                line.loan_id.asset_id != line.asset_id
                or any(line.loan_id[name].id != holder[name] for name in names)
            ):
                raise UserError(
                    self.env._(
                        "%(asset)s is reserved for %(holder)s: take it off, or hand it "
                        "out to them.",
                        asset=line.asset_id.display_name,
                        holder=line.loan_id.holder_name,
                    )
                )

    def _find_custody(self):
        """Which assignment each thing that came back ends (L12).

        :raise UserError: nobody has it, or several people do and none is chosen.
        """
        live = self.asset_id._live_loans()
        for line in self:
            loans = [one for one in live.get(line.asset_id, []) if one.state == "out"]
            if line.loan_id in loans:
                continue
            problem = line.handover_id._choose_custody(line, loans)
            if problem:
                raise UserError(problem)

    def _is_answerable(self):
        """Whether the holder still has it by this very document."""
        self.ensure_one()
        return (
            self.acceptance in ("none", "waiting")
            and not self.replaced
            and self.loan_id.state == "out"
            and self.loan_id.handover_id == self.handover_id
        )

    def _freeze(self):
        """Keep what the things were called: the receipt does not change later."""
        for line in self:
            asset = line.asset_id
            serial = asset.serial_no
            parts = [asset.name, asset.code, *([f"S/N {serial}"] if serial else [])]
            line._store({"name": ", ".join(parts)})
