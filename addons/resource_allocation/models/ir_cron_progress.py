from odoo import fields, models


class IrCronProgress(models.Model):
    """Also says where a run got to, so that the next one can go on there."""

    _inherit = "ir.cron.progress"

    resource_reached = fields.Char(
        string="Compared Up To",
        readonly=True,
        help="The last document that a run of the nightly comparison looked at.",
    )
