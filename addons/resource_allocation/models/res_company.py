from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    allocation_retention = fields.Integer(
        string="Forget persons after (months)",
        help="Months after which closed allocations forget for whom they were. "
        "0 keeps the persons.",
    )

    _allocation_retention_positive = models.Constraint(
        "CHECK (coalesce(allocation_retention, 0) >= 0)",
        "The retention period is a number of months, zero or more.",
    )
