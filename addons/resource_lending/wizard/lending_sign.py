from odoo import api, fields, models

from odoo.addons.resource_allocation.inputs import Picture, only_one


class LendingSign(models.TransientModel):
    """Signing at the counter for what was handed out already."""

    _name = "lending.sign"
    _description = "Sign for What Was Received"

    handover_id = fields.Many2one(
        "lending.handover",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    terms = fields.Html(related="handover_id.terms")
    signed_by = fields.Char(
        string="Name", compute="_compute_signed_by", store=True, readonly=False
    )
    signature = Picture(required=True, max_width=1024, max_height=1024)

    @api.depends("handover_id")
    def _compute_signed_by(self):
        for window in self:
            window.signed_by = window.handover_id.holder_name

    def action_sign(self):
        """Accept all that is left of the document.

        :raise UserError: signed already, or nothing of it is with the holder any more.
        """
        only_one(self)
        self.handover_id.sign(self.signed_by, self.signature)
        return {"type": "ir.actions.act_window_close"}
