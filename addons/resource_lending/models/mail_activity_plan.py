from odoo import fields, models


class MailActivityPlan(models.Model):
    _inherit = "mail.activity.plan"

    lending_reserve_kits = fields.Boolean(
        string="Reserve onboarding kits",
        help="Launching this plan for employees reserves the things that the kits of "
        "their job and department name.",
    )
