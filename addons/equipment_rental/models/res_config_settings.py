from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    rental_option_hours = fields.Integer(
        related="company_id.rental_option_hours", readonly=False
    )
    rental_wear_percent = fields.Float(
        related="company_id.rental_wear_percent", readonly=False
    )
    rental_early_return = fields.Selection(
        related="company_id.rental_early_return", readonly=False, required=True
    )
    rental_deposit_account_id = fields.Many2one(
        related="company_id.rental_deposit_account_id", readonly=False
    )
    rental_deposit_journal_id = fields.Many2one(
        related="company_id.rental_deposit_journal_id", readonly=False
    )
