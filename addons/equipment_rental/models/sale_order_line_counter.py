"""What the counter has to do today with order lines."""

from odoo import api, fields, models

from odoo.addons.resource_allocation.inputs import only_one


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    rental_units_reserved = fields.Char(
        string="Units Chosen",
        compute="_compute_rental_units",
        compute_sudo=True,
        help="Serial numbers that are already chosen for the hand-over.",
    )
    rental_units_out = fields.Char(
        string="Units Out", compute="_compute_rental_units", compute_sudo=True
    )

    rental_is_late = fields.Boolean(string="Late", compute="_compute_rental_is_late")

    @api.depends("rental_qty_out", "rental_stop")
    def _compute_rental_is_late(self):
        """Something of it should be back by now (C10: only what is missing is late)."""
        now = fields.Datetime.now()
        for line in self:
            due = line.rental_stop and line.rental_stop <= now
            line.rental_is_late = bool(line.rental_qty_out and due)

    @api.depends("rental_allocation_ids.state", "rental_allocation_ids.resource_id")
    def _compute_rental_units(self):
        rows = self._rental_rows("reserved", "out")
        lots = self.env["stock.lot"].search(
            [("rental_resource_id", "in", rows.resource_id.ids)]
        )
        name_of = {lot.rental_resource_id: lot.name for lot in lots}
        rows_of = rows.grouped("res_id")
        for line in self:
            own = rows_of.get(line._origin.id, rows.browse())
            for state in ("reserved", "out"):
                names = [
                    name_of[row.resource_id]
                    for row in own
                    if row.state == state and row.resource_id in name_of
                ]
                line[f"rental_units_{state}"] = ", ".join(sorted(names))

    def _sold_to_deliver(self):
        """Those of these lines whose goods are sold and still to be delivered.

        With no move at all they wait for their purchase; where all moves are done or
        cancelled, somebody decided that the rest is not delivered any more.
        """
        return self.filtered(
            lambda line: (
                not (line.is_rental or line.rental_charge)
                and line.qty_delivered_method == "stock_move"
                and line.product_uom_id.compare(
                    line.product_uom_qty, line.qty_delivered
                )
                > 0
                and line._is_delivery_open()
            )
        )

    def _left_to_deliver(self):
        """How much, in the item's own unit."""
        left = self.product_uom_qty - self.qty_delivered
        return self.product_uom_id._compute_quantity(left, self.product_id.uom_id)

    def _is_delivery_open(self):
        states = set(self.move_ids.mapped("state"))
        return not states or bool(states - {"done", "cancel"})

    def action_rental_open_order(self):
        """Open the order of this line, for storekeepers as the counter needs it."""
        only_one(self)
        action = only_one(self.order_id).action_open_business_doc()
        if self.env.user.has_group("sales_team.group_sale_salesman"):
            return action
        view = self.env.ref("equipment_rental.sale_order_view_form_counter")
        return {**action, "views": [(view.id, "form")]}
