from odoo import api, models

FLEET_FIELDS = {"quantity", "product_id", "location_id", "lot_id"}


class StockQuant(models.Model):
    """Every change of a quantity on hand is one of the rental fleet too."""

    _inherit = "stock.quant"

    @api.model_create_multi
    def create(self, vals_list):
        quants = super().create(vals_list)
        self.env["rental.pool"]._note_stock_change(quants.product_id)
        return quants

    def write(self, vals):
        products = self.product_id if "product_id" in vals else self.browse().product_id
        done = super().write(vals)
        if FLEET_FIELDS & vals.keys():
            self.env["rental.pool"]._note_stock_change(products | self.product_id)
        return done

    def unlink(self):
        products = self.product_id
        done = super().unlink()
        self.env["rental.pool"]._note_stock_change(products)
        return done
