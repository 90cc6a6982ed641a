from odoo import fields, models

WHO = (
    "equipment_rental.equipment_rental_group_user,"
    "equipment_rental.equipment_rental_group_accountant"
)


class SaleOrder(models.Model):
    """The order shows what arose at which moment (C14)."""

    _inherit = "sale.order"

    rental_billing_ids = fields.One2many(
        "rental.billing", "order_id", string="Billing", readonly=True, groups=WHO
    )
