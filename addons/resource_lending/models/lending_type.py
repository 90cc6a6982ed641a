from odoo import fields, models


class LendingType(models.Model):
    """A model of things, as *iPhone 12*; each belongs to a category (L15, L17)."""

    _name = "lending.type"
    _description = "Lending Type"
    _inherit = ["image.mixin"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    category_id = fields.Many2one(
        "lending.category", required=True, ondelete="restrict", index=True
    )
    hr_type_id = fields.Many2one(
        "lending.hr.type",
        string="Personnel type",
        ondelete="restrict",
        index="btree_not_null",
        help="How the employee's page groups these things (D31). May be empty.",
    )
    holding = fields.Selection(
        [
            ("company", "As set for the company"),
            ("one", "One at a time"),
            ("many", "Several at once"),
        ],
        required=True,
        default="company",
        string="Users",
        help="How many people may have one of these things at the same time.",
    )
    inspection_interval_months = fields.Integer(
        string="Inspected every (months)",
        aggregator=None,
        help="Proposed for new things of this type; 0: no inspections.",
    )
    description = fields.Text(
        translate=True, help="What people see who look for something like this."
    )
    asset_ids = fields.One2many("lending.asset", "type_id", string="Assets")
    asset_count = fields.Integer(compute="_compute_asset_count")

    _interval_not_negative = models.Constraint(
        "CHECK (inspection_interval_months >= 0)",
        "The months between inspections cannot be negative; 0 means none.",
    )

    def write(self, vals):
        """Let rows follow how many people may have one thing.

        :raise ValidationError: one at a time, while several have it.
        """
        done = super().write(vals)
        if "holding" in vals:
            self.env["lending.loan"]._follow_holding([("type_id", "in", self.ids)])
        return done

    def _compute_asset_count(self):
        counts = dict(
            self.env["lending.asset"]._read_group(
                [("type_id", "in", self.ids)], ["type_id"], ["__count"]
            )
        )
        for kind in self:
            kind.asset_count = counts.get(kind, 0)

    def action_view_assets(self):
        """Show the things of this type."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "resource_lending.lending_asset_action"
        )
        return {
            **action,
            "domain": [("type_id", "in", self.ids)],
            "context": {"default_type_id": self[:1].id},
        }
