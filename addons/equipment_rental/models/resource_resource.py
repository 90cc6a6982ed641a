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

    def _follow_serial_numbers(self):
        """Bring units in step that were archived, because they left while promised."""
        left = self.filtered(
            lambda unit: not unit.active and unit.owner_model == "stock.lot"
        )
        if not left:
            return
        # Narrow sudo: which product a unit is of is nobody's secret.
        lots = self.env["stock.lot"].sudo()
        lots = lots.search([("rental_resource_id", "in", left.ids)])
        self.env["rental.pool"]._note_stock_change(lots.product_id)
