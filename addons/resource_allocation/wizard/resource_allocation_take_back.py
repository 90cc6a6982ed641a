from odoo import api, fields, models

from ..inputs import only_one


class ResourceAllocationTakeBack(models.TransientModel):
    """When it came back, and of several pieces how many."""

    _name = "resource.allocation.take.back"
    _description = "Take Back"

    allocation_ids = fields.Many2many("resource.allocation", required=True)
    at = fields.Datetime(string="Came back", required=True, default=fields.Datetime.now)
    out_quantity = fields.Integer(compute="_compute_out_quantity", string="Out")
    quantity = fields.Integer(
        compute="_compute_quantity",
        store=True,
        readonly=False,
        string="Pieces back",
        help="Fewer than are out: the rest stays out.",
    )
    several = fields.Boolean(compute="_compute_out_quantity")
    tidied_up = fields.Boolean(compute="_compute_out_quantity")
    ready = fields.Boolean(
        string="Ready for the next",
        help="Without it, the time for its teardown is kept free from now on.",
    )

    @api.depends("allocation_ids")
    def _compute_out_quantity(self):
        for dialog in self:
            dialog.out_quantity = sum(dialog.allocation_ids.mapped("quantity"))
            dialog.several = len(dialog.allocation_ids) > 1
            dialog.tidied_up = dialog.allocation_ids._leaves_to_tidy(ready=False)

    @api.depends("allocation_ids")
    def _compute_quantity(self):
        for dialog in self:
            dialog.quantity = dialog.out_quantity

    def action_apply(self):
        """Take back; of one row perhaps only some pieces."""
        only_one(self)
        quantity = None if self.several else self.quantity
        return self.allocation_ids.take_back(self.at, quantity, self.ready) and {
            "type": "ir.actions.act_window_close"
        }
