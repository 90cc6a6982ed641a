from odoo import api, fields, models


class LendingCategory(models.Model):
    """A kind of things that are lent by the same terms: keys, phones, computers.

    Common ones come with the app (L16). Categories are shared by all companies.
    """

    _name = "lending.category"
    _description = "Lending Category"
    _inherit = ["resource.guarded.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(default=True)
    color = fields.Integer(string="Colour", aggregator=None)
    type_ids = fields.One2many("lending.type", "category_id", string="Types")
    type_count = fields.Integer(compute="_compute_type_count")
    loan_days = fields.Integer(
        string="Usual loan (days)",
        aggregator=None,
        help="Proposed time until the return date; 0 proposes none.",
    )
    hourly = fields.Boolean(
        string="Lent by the hour",
        help="Times of day count: the same thing can go out twice on one day.",
    )
    uncollected_days = fields.Integer(
        string="Reservation lapses after (days)",
        default=3,
        aggregator=None,
        help="Days after the pick-up time until a reservation nobody collected lapses. "
        "0: never.",
    )
    sign_required = fields.Boolean(
        string="Signature", help="The holder signs for these when they are handed out."
    )
    terms = fields.Html(
        translate=True,
        groups="resource_lending.lending_group_officer",
        help="What the holder agrees to. A receipt keeps the text as it was signed.",
    )
    terms_version = fields.Integer(
        string="Version of the terms",
        readonly=True,
        default=1,
        copy=False,
        aggregator=None,
        help="Counts up whenever the terms change, so that a receipt tells which ones "
        "were signed.",
    )
    requestable = fields.Boolean(
        string="May be requested", help="Employees can ask for things of this kind."
    )
    approval = fields.Selection(
        [
            ("none", "Nobody"),
            ("manager", "The employee's manager"),
            ("officer", "A lending officer"),
        ],
        string="Approved by",
        required=True,
        default="manager",
        help="Who agrees to a request before something is reserved for it.",
    )
    remind_days_before = fields.Integer(
        string="Remind before the return (days)",
        default=3,
        aggregator=None,
        help="So many days before the return date; 0: not before.",
    )
    remind_every_days = fields.Integer(
        string="Remind when late, every (days)",
        default=7,
        aggregator=None,
        help="Repeated until it is back; 0: once, on the day after.",
    )
    escalate_after_days = fields.Integer(
        string="Tell the manager after (days late)",
        default=7,
        aggregator=None,
        help="Once; 0: never.",
    )
    properties_definition = fields.PropertiesDefinition("Asset properties")

    _days_not_negative = models.Constraint(
        "CHECK (loan_days >= 0 AND uncollected_days >= 0 AND remind_days_before >= 0"
        " AND remind_every_days >= 0 AND escalate_after_days >= 0)",
        "Days of a category cannot be negative; 0 means none.",
    )

    def _compute_type_count(self):
        counts = dict(
            self.env["lending.type"]._read_group(
                [("category_id", "in", self.ids)], ["category_id"], ["__count"]
            )
        )
        for category in self:
            category.type_count = counts.get(category, 0)

    @api.model
    def _guarded_fields(self):
        """Another text makes another version."""
        return super()._guarded_fields() | {"terms_version"}

    def write(self, vals):
        """Count the version up where the text of the terms changes."""
        if "terms" not in vals:
            return super().write(vals)
        before = {category: category.terms for category in self}
        done = super().write(vals)
        for category in self:
            if category.terms != before[category]:
                category._store({"terms_version": category.terms_version + 1})
        return done
