from odoo import models


class StockWarehouseOrderpoint(models.Model):
    """What is out with customers comes back: renting out buys nothing."""

    _inherit = "stock.warehouse.orderpoint"

    def _quantity_in_progress(self):
        """Count what is rented out from the place that is replenished as on its way.

        What is lost leaves the rental location, by a count there, and is bought.
        """
        quantities = super()._quantity_in_progress()
        rented = self.filtered("product_id.rent_ok")
        for warehouse, orderpoints in rented.grouped("warehouse_id").items():
            away = warehouse.rental_location_id
            products = orderpoints.product_id.with_context(location=away.id)
            # Forecast there: a return that is under way is in the forecast of the
            # warehouse already.
            out = {product.id: product.virtual_available for product in products}
            for orderpoint in orderpoints:
                if away and orderpoint._feeds_rentals(warehouse):
                    quantities[orderpoint.id] += out[orderpoint.product_id.id]
        return quantities

    def _feeds_rentals(self, warehouse):
        """Whether what comes back lies where this replenishes."""
        stock = warehouse.rental_stock_location_id
        return stock.parent_path.startswith(self.location_id.parent_path)
