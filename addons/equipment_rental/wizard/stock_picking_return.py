from odoo import models


class StockReturnPickingLine(models.TransientModel):
    """A return made in the stock app takes back, or hands out again, in the ledger."""

    _inherit = "stock.return.picking.line"

    def _prepare_move_default_values(self, new_picking):
        values = super()._prepare_move_default_values(new_picking)
        turned = {"out": "back", "back": "out"}
        if direction := turned.get(self.move_id.rental_direction):
            values["rental_direction"] = direction
        return values
