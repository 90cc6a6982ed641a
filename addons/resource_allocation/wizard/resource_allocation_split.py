from odoo import fields, models

from ..inputs import only_one


class ResourceAllocationSplit(models.TransientModel):
    """How many pieces to part off into a row of their own."""

    _name = "resource.allocation.split"
    _description = "Split of an Allocation"

    allocation_id = fields.Many2one("resource.allocation", required=True)
    whole = fields.Integer(related="allocation_id.quantity", string="Pieces")
    quantity = fields.Integer(string="Pieces to split off", required=True, default=1)

    def action_apply(self):
        """Split and show the new part."""
        only_one(self)
        part = self.allocation_id.split(self.quantity)
        return {
            "type": "ir.actions.act_window",
            "res_model": "resource.allocation",
            "res_id": part.id,
            "views": [(False, "form")],
        }
