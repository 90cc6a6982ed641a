from odoo import models


class AccountMoveLine(models.Model):
    """Rent is no sale: the goods come back, so the invoice has no cost of goods."""

    _inherit = "account.move.line"

    def _eligible_for_stock_account(self):
        if self.sale_line_ids.filtered(
            lambda line: line.is_rental or line.rental_charge
        ):
            return False
        return super()._eligible_for_stock_account()
