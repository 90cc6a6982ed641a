from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    lending_relation = fields.Selection(
        related="company_id.lending_relation", readonly=False
    )
    lending_single = fields.Boolean(related="company_id.lending_single", readonly=False)
    lending_untyped_selectable = fields.Boolean(
        related="company_id.lending_untyped_selectable", readonly=False
    )
    lending_rows_typed = fields.Boolean(
        related="company_id.lending_rows_typed", readonly=False
    )
    lending_managers_see_team = fields.Boolean(
        related="company_id.lending_managers_see_team", readonly=False
    )
