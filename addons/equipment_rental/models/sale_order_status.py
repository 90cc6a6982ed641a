"""Where a rental order stands: what is reserved, out, late, at risk, to settle."""

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.resource_allocation.inputs import yes_or_no


class SaleOrder(models.Model):
    _inherit = "sale.order"

    rental_status = fields.Selection(
        [
            ("quote", "Quotation"),
            ("option", "Option"),
            ("reserved", "Reserved"),
            ("part_out", "Partly out"),
            ("out", "Out"),
            ("part_back", "Partly back"),
            ("back", "Back, to settle"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_rental_status",
        store=True,
        index="btree_not_null",
        group_expand=True,
        help="From what the lines have reserved, out and back.",
    )
    rental_can_hand_over = fields.Boolean(compute="_compute_rental_can")
    rental_can_take_back = fields.Boolean(compute="_compute_rental_can")
    rental_has_returns = fields.Boolean(compute="_compute_rental_can")
    rental_is_late = fields.Boolean(
        string="Late",
        compute="_compute_rental_is_late",
        search="_search_rental_is_late",
        help="Something should be back and is not.",
    )
    rental_is_at_risk = fields.Boolean(
        string="At Risk",
        compute="_compute_rental_is_at_risk",
        compute_sudo=True,
        search="_search_rental_is_at_risk",
        help="Something promised no longer fits: pieces are missing, blocked or late.",
    )
    rental_situation = fields.Selection(
        selection=lambda self: [
            *self._fields["rental_status"].selection,
            ("late", self.env._("Late")),
            ("unfetched", self.env._("Not fetched")),
        ],
        compute="_compute_rental_situation",
        string="Situation",
        help="The rental status; or late, or that the time of something is over that "
        "was never handed over.",
    )
    rental_next_date = fields.Datetime(
        string="Next Due",
        compute="_compute_rental_next_date",
        help="When the next hand-over or return is due.",
    )

    @api.depends(
        "state",
        "invoice_status",
        "order_line.is_rental",
        "order_line.rental_qty_held",
        "order_line.rental_qty_reserved",
        "order_line.rental_qty_out",
        "order_line.rental_qty_back",
        "order_line.product_uom_qty",
        "order_line.qty_delivered",
        "order_line.move_ids.state",
    )
    def _compute_rental_status(self):
        for order in self:
            lines = order.order_line.filtered("is_rental")
            order.rental_status = lines and order._status_of(
                *(
                    sum(lines.mapped(name))
                    for name in (
                        "rental_qty_held",
                        "rental_qty_reserved",
                        "rental_qty_out",
                        "rental_qty_back",
                    )
                )
            )

    def _status_of(self, held, reserved, out, back):
        """The rental status of an order with so many pieces held, …, back."""
        if self.state == "cancel":
            return "cancelled"
        if self.state != "sale":
            return "option" if held else "quote"
        if reserved and out:
            return "part_out"
        if reserved or out:
            return "part_back" if back else ("reserved" if reserved else "out")
        if back:
            return "closed" if self._rental_is_settled() else "back"
        return "cancelled"

    def _rental_is_settled(self):
        """Whether nothing is left to invoice or deliver. Override to ask for more."""
        return self.invoice_status == "invoiced" and not (
            self.order_line._sold_to_deliver()
        )

    @api.depends(
        "order_line.rental_qty_reserved",
        "order_line.rental_qty_out",
        "order_line.rental_qty_back",
        "rental_transfer_ids.rental_swap_id",
    )
    def _compute_rental_can(self):
        for order in self:
            lines = order.order_line
            order.rental_can_hand_over = any(lines.mapped("rental_qty_reserved"))
            order.rental_can_take_back = any(lines.mapped("rental_qty_out"))
            # Narrow sudo: a yes or no; sales and accounts see no transfers otherwise.
            swaps = order.sudo().rental_transfer_ids.rental_swap_id
            back = any(lines.mapped("rental_qty_back"))
            order.rental_has_returns = back or bool(swaps)

    @api.depends("order_line.rental_is_late")
    def _compute_rental_is_late(self):
        for order in self:
            order.rental_is_late = any(order.order_line.mapped("rental_is_late"))

    @api.depends("order_line.rental_allocation_ids.at_risk")
    def _compute_rental_is_at_risk(self):
        for order in self:
            rows = order.order_line.rental_allocation_ids
            order.rental_is_at_risk = any(rows.mapped("at_risk"))

    def _search_rental_is_at_risk(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Narrow sudo: whoever reads the order may know that it is at risk.
        rows = self.env["resource.allocation"].sudo()
        at_risk = rows.search(
            [("at_risk", "=", True), ("res_model", "=", "sale.order.line")]
        )
        return yes_or_no(Domain("order_line", "in", at_risk.mapped("res_id")), value)

    @api.depends(
        "rental_status",
        "rental_is_late",
        "order_line.rental_qty_reserved",
        "order_line.rental_stop",
    )
    def _compute_rental_situation(self):
        now = fields.Datetime.now()
        for order in self:
            left = order.order_line.filtered("rental_qty_reserved")
            over = any(stop and stop <= now for stop in left.mapped("rental_stop"))
            seen = "late" if order.rental_is_late else over and "unfetched"
            order.rental_situation = seen or order.rental_status

    def _search_rental_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = self.env["sale.order.line"]._search(
            [("rental_qty_out", ">", 0), ("rental_stop", "<=", fields.Datetime.now())]
        )
        orders = self.env["sale.order"].search([("order_line", "in", late)])
        return yes_or_no(Domain("id", "in", orders.ids), value)

    @api.depends(
        "order_line.rental_qty_reserved",
        "order_line.rental_qty_out",
        "order_line.rental_start",
        "order_line.rental_stop",
    )
    def _compute_rental_next_date(self):
        for order in self:
            lines = order.order_line
            starts = lines.filtered("rental_qty_reserved").mapped("rental_start")
            stops = lines.filtered("rental_qty_out").mapped("rental_stop")
            order.rental_next_date = min(filter(None, starts + stops), default=False)
