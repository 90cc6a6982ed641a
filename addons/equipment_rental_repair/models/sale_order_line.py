from odoo import models


class SaleOrderLine(models.Model):
    """What never came back broken needs no repair."""

    _inherit = "sale.order.line"

    def _rental_undo_take_back(self, rows, blocks, reason):
        done = super()._rental_undo_take_back(rows, blocks, reason)
        self.env["repair.order"]._rental_not_needed(blocks)
        return done
