from odoo import api, fields, models


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
    rental_to_deliver = fields.Char(
        string="Sold, to Deliver",
        compute="_compute_rental_to_deliver",
        compute_sudo=True,
        help="What is sold with the rental and still to be delivered by the stock app.",
    )

    @api.depends(
        "is_rental_order",
        "state",
        "order_line.product_uom_qty",
        "order_line.qty_delivered",
        "order_line.move_ids.state",
    )
    def _compute_rental_to_deliver(self):
        """In words, as the counter names what it moves."""
        for order in self:
            confirmed = order.is_rental_order and order.state == "sale"
            lines = order.order_line._sold_to_deliver() if confirmed else ()
            order.rental_to_deliver = ", ".join(
                f"{line._left_to_deliver():.10g} × {line.product_id.display_name}"
                for line in lines
            )

    @api.model
    @api.readonly
    def get_view(self, view_id=None, view_type="form", **options):
        """Whoever only hands over sees every order as the counter does.

        Core's form asks for invoices, which storekeepers may not see.
        """
        user = self.env.user
        if (
            view_type == "form"
            and user.has_group("equipment_rental.equipment_rental_group_storekeeper")
            and not user.has_group("sales_team.group_sale_salesman")
            and not user.has_group("account.group_account_invoice")
        ):
            view_id = self.env.ref("equipment_rental.sale_order_view_form_counter").id
        return super().get_view(view_id, view_type, **options)
