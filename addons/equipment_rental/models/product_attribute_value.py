from odoo import models


class ProductAttributeValue(models.Model):
    _inherit = "product.attribute.value"

    def write(self, vals):
        """The values of a variant are a part of what its fleets are called."""
        done = super().write(vals)
        if "name" in vals:
            lines = self.env["product.template.attribute.line"].search(
                [("value_ids", "in", self.ids)]
            )
            templates = lines.product_tmpl_id
            # Core does not know that a variant's name depends on it.
            templates.product_variant_ids.invalidate_recordset(["display_name"])
            self.env["rental.pool"]._follow_items(templates)
        return done
