from odoo import models
from odoo.exceptions import UserError


class PaymentTransaction(models.Model):
    """A payment is kept whatever becomes of the rental it was for."""

    _inherit = "payment.transaction"

    def _check_amount_and_confirm_order(self):
        """Confirm paid orders; a rental that cannot be reserved stays a quotation.

        Refusing would undo what is known of the payment: its customer paid, and the
        responsible has to find other items or pay back.
        """
        confirmed = self.env["sale.order"]
        for transaction in self:
            try:
                with self.env.cr.savepoint():
                    confirmed |= super(
                        PaymentTransaction, transaction
                    )._check_amount_and_confirm_order()
            except UserError as problem:
                rentals = transaction.sale_order_ids.filtered("is_rental_order")
                if not rentals:
                    raise
                for order in rentals:
                    order._rental_tell_unconfirmed(problem)
        return confirmed
