from odoo import fields, models

from ..inputs import only_one


class ResourceAllocationExpectBack(models.TransientModel):
    """When a thing that is out is expected now."""

    _name = "resource.allocation.expect.back"
    _description = "Expected Return"

    allocation_id = fields.Many2one("resource.allocation", required=True)
    planned = fields.Datetime(related="allocation_id.stop", string="Was due")
    when = fields.Datetime(string="Expected back", required=True)

    def action_apply(self):
        """Record it; what was promised meanwhile is put at risk."""
        only_one(self)
        self.allocation_id.expect_back(self.when)
        return {"type": "ir.actions.act_window_close"}
