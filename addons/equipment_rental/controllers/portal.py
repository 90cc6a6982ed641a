from odoo import http
from odoo.http import request

from odoo.addons.resource_allocation.exceptions import AllocationConflict
from odoo.addons.sale.controllers.portal import CustomerPortal


class RentalPortal(CustomerPortal):
    @http.route()
    def portal_quote_accept(
        self, order_id, access_token=None, name=None, signature=None
    ):
        """A customer may sign for what is gone meanwhile: say so, sign nothing."""
        try:
            with request.env.cr.savepoint():
                return super().portal_quote_accept(
                    order_id, access_token=access_token, name=name, signature=signature
                )
        except AllocationConflict as conflict:
            # The page was opened with the order's token, which was checked above.
            order = request.env["sale.order"].sudo().browse(order_id)
            order._rental_tell_unconfirmed(conflict)
            return {"error": order._rental_taken_text(conflict)}
