from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    allocation_retention = fields.Integer(
        string="Forget persons after (months)",
        help="Months after which closed allocations forget for whom they were. "
        "0 keeps the persons.",
    )
    allocation_uncollected_days = fields.Integer(
        string="End what nobody collected after (days)",
        default=1,
        help="Days after its time until the reservation of a thing never handed "
        "out ends by itself. 0: never.",
    )

    _allocation_retention_positive = models.Constraint(
        "CHECK (coalesce(allocation_retention, 0) >= 0)",
        "The retention period is a number of months, zero or more.",
    )
    _allocation_uncollected_days_positive = models.Constraint(
        "CHECK (coalesce(allocation_uncollected_days, 0) >= 0)",
        "A reservation ends some days after its time, zero or more.",
    )
