from odoo import models


class StockScrap(models.Model):
    """What is scrapped where customers' things are is lost: see ``stock.move``."""

    _inherit = "stock.scrap"

    def _prepare_move_values(self):
        """Let a scrap on a finished hand-over move by itself.

        Core adds it to the transfer as done already, and the ledger would not hear.
        """
        values = super()._prepare_move_values()
        transfer = self.picking_id
        if transfer.rental_direction == "out" and transfer.state == "done":
            values["picking_id"] = False
        return values
