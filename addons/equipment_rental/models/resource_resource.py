from odoo import models


class ResourceResource(models.Model):
    """What could serve instead of a fleet: the same item in another warehouse."""

    _inherit = "resource.resource"

    def _domain_alternatives(self):
        domain = super()._domain_alternatives()
        if self.owner_model != "rental.pool":
            return domain
        # Narrow sudo: only ids for a search the user's own rights still filter.
        pools = self.env["rental.pool"].sudo()
        pool = pools.search([("resource_id", "=", self.id)], limit=1)
        same = pools.search([("product_id", "=", pool.product_id.id)])
        return [*domain, ("id", "in", same.resource_id.ids)]
