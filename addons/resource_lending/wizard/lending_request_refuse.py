from odoo import fields, models

from odoo.addons.resource_allocation.inputs import only_one


class LendingRequestRefuse(models.TransientModel):
    """Ask why a request is refused."""

    _name = "lending.request.refuse"
    _description = "Refuse a Request"

    request_ids = fields.Many2many("lending.request", required=True)
    reason = fields.Char(string="Why", required=True)

    def action_refuse(self):
        """Refuse with that reason, which the employee is told."""
        only_one(self).request_ids.refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
