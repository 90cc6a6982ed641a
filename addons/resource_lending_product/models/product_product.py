from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _is_lent_on_receipt(self):
        """Whether assets are made when the goods arrive, so no bill makes them.

        Override where goods are received; here bills are all there is.
        """
        self.ensure_one()
        return False
