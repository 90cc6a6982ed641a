from odoo import models


class StockMove(models.Model):
    """What comes back in no condition to be rented proposes its repair."""

    _inherit = "stock.move"

    def _rental_take_out_of_service(self):
        taken = super()._rental_take_out_of_service()
        self.env["repair.order"]._propose_rental_repairs(taken)
        return taken
