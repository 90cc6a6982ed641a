from odoo import api, models
from odoo.exceptions import UserError


class ProductProduct(models.Model):
    _inherit = "product.product"

    def write(self, vals):
        """Fleets are called as the variant is, with its reference."""
        done = super().write(vals)
        if {"name", "default_code"} & vals.keys():
            self.env["rental.pool"]._follow_items(self.product_tmpl_id)
        return done

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fleet(self):
        """The ledger knows what was rented of it; a fee is invoiced with it."""
        # Narrow sudo: whoever deletes products need not see fleets and fees.
        Fleet = self.env["rental.pool"].sudo().with_context(active_test=False)
        if fleets := Fleet.search([("product_id", "in", self.ids)]):
            raise UserError(
                self.env._(
                    "%(item)s cannot be deleted: it has a rental fleet (%(fleet)s). "
                    "Archive it instead.",
                    item=fleets[0].product_id.display_name,
                    fleet=fleets[0].name,
                )
            )
        Fee = self.env["rental.fee"].sudo().with_context(active_test=False)
        if fees := Fee.search([("product_id", "in", self.ids)]):
            raise UserError(
                self.env._(
                    "%(item)s cannot be deleted: the rental fee “%(fee)s” is invoiced "
                    "with it. Choose another product there first, or archive it.",
                    item=fees[0].product_id.display_name,
                    fee=fees[0].name,
                )
            )
