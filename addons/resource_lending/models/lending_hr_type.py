from odoo import fields, models


class LendingHrType(models.Model):
    """What things are to the personnel department: door cards, keys, cars (D28-D30).

    A free grouping of the employee's page; it need not match categories.
    """

    _name = "lending.hr.type"
    _description = "Personnel Asset Type"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(default=True)
    type_ids = fields.One2many(
        "lending.type",
        "hr_type_id",
        string="Types of things",
        help="Things of these types are offered when this one is chosen on the "
        "employee's page.",
    )
