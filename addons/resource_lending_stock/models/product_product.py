from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _is_lent_on_receipt(self):
        """Serial numbers become assets when they arrive."""
        receives = self.is_storable and self.tracking == "serial"
        return receives or super()._is_lent_on_receipt()
