from odoo import fields, models


class LendingKitLine(models.Model):
    """So many things of one type in a kit."""

    _name = "lending.kit.line"
    _description = "Item of an Onboarding Kit"
    _order = "sequence, id"

    kit_id = fields.Many2one(
        "lending.kit", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10, aggregator=None)
    type_id = fields.Many2one("lending.type", required=True, ondelete="restrict")
    quantity = fields.Integer(required=True, default=1)
    optional = fields.Boolean(
        help="Not reserved by itself; whoever reserves the kit by hand may choose it."
    )

    _positive = models.Constraint(
        "CHECK (quantity > 0)", "A kit has at least one of each item."
    )
