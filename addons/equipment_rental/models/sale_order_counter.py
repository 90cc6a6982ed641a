from odoo import fields, models


class SaleOrder(models.Model):
    """An order as the counter sees it: what is rented, not what it costs."""

    _inherit = "sale.order"

    rental_line_ids = fields.One2many(
        "sale.order.line",
        "order_id",
        string="Rented Items",
        domain=[("is_rental", "=", True)],
        readonly=True,
    )
