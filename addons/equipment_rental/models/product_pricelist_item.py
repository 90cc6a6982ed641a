from odoo import models


class ProductPricelistItem(models.Model):
    """Price rules work on a rent as they do on a sales price.

    A rent reaches the rules as the keyword ``rental_price``, in the product's currency.
    """

    _inherit = "product.pricelist.item"

    def _compute_price(self, product, quantity, uom, date, currency=None, **kwargs):
        """A fixed price is one of selling, not of renting: it leaves a rent alone."""
        if "rental_price" in kwargs and self.compute_price == "fixed":
            currency = currency or self.currency_id
            return self._rental_base_price(product, uom, date, currency, kwargs)
        return super()._compute_price(product, quantity, uom, date, currency, **kwargs)

    def _compute_base_price(self, product, quantity, uom, date, currency, **kwargs):
        """Take the rent where the rule would start from sales price or cost."""
        chained = self.base == "pricelist" and self.base_pricelist_id
        if "rental_price" in kwargs and not chained:
            return self._rental_base_price(product, uom, date, currency, kwargs)
        return super()._compute_base_price(
            product, quantity, uom, date, currency, **kwargs
        )

    def _rental_base_price(self, product, uom, date, currency, kwargs):
        price = product.uom_id._compute_price(kwargs["rental_price"], uom)
        if product.currency_id == currency:
            return price
        return product.currency_id._convert(
            price, currency, self.env.company, date, round=False
        )
