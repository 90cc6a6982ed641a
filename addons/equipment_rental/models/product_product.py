from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def write(self, vals):
        """Fleets are called as the variant is, with its reference."""
        done = super().write(vals)
        if {"name", "default_code"} & vals.keys():
            self.env["rental.pool"]._follow_items(self.product_tmpl_id)
        return done
