from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    allocation_retention = fields.Integer(
        related="company_id.allocation_retention", readonly=False
    )
    allocation_uncollected_days = fields.Integer(
        related="company_id.allocation_uncollected_days", readonly=False
    )
