from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.resource_allocation.inputs import only_one


class RentalUndo(models.TransientModel):
    """Why a hand-over or a return was a mistake, and what undoing it does (C5, C10)."""

    _name = "rental.undo"
    _description = "Undo a Hand-over or Return"

    transfer_id = fields.Many2one("stock.picking", required=True, readonly=True)
    order_id = fields.Many2one(related="transfer_id.sale_id", string="Order")
    partner_id = fields.Many2one(related="order_id.partner_id", string="Customer")
    direction = fields.Selection(related="transfer_id.rental_direction", string="Kind")
    moment = fields.Datetime(
        compute="_compute_moment",
        string="When",
        help="When the goods changed hands, as it was recorded.",
    )
    what = fields.Char(related="transfer_id.rental_summary", string="Items")
    consequences = fields.Text(
        compute="_compute_consequences", string="What Will Happen"
    )
    other_ids = fields.Many2many(
        "stock.picking", compute="_compute_other_ids", string="Others of This Order"
    )
    reason = fields.Char(help="Stands in the history, and on the paper that is void.")

    @api.depends("transfer_id")
    def _compute_moment(self):
        for window in self:
            transfer = window.transfer_id
            window.moment = transfer and transfer._rental_moment()

    @api.depends("transfer_id")
    def _compute_other_ids(self):
        """The latest first: what came later is undone before what came earlier."""
        for window in self:
            others = window.order_id._rental_transfers_to_undo() - window.transfer_id
            window.other_ids = [Command.set(others.ids)]

    @api.depends("transfer_id")
    def _compute_consequences(self):
        for window in self:
            window.consequences = "\n".join(window._say_consequences())

    def _say_consequences(self):
        """What undoing does to goods, ledger, fees, deposit and invoices, in words."""
        transfer, order = self.transfer_id, self.order_id
        if not transfer:
            return []
        open_fees, others = order._rental_fees_of(transfer)
        said = [
            self._say_goods(),
            *open_fees._say_not_charged(),
            *(
                text
                for fee in others
                for text in fee._say_credited(fee._rental_left_of_fee())
            ),
            *order._say_deposits(*order._rental_deposits_of(transfer)),
        ]
        moves = transfer._rental_moves()
        if moves._rental_own_blocks():
            said.append(self.env._("What is out of service since is in service again"))
        if self.direction == "back" and any(
            row.rental_charge_real and transfer._is_moment(row.actual_stop)
            for row in moves.sale_line_id._rental_rows("done")
        ):
            said.append(self.env._("The rent is charged until the agreed end again"))
        # What is invoiced as delivered, core credits by itself.
        invoiced = moves.sale_line_id.filtered(
            lambda line: (
                line._is_on_invoice() and line.product_id.invoice_policy != "delivery"
            )
        )
        if self.direction == "out" and invoiced:
            said.append(
                self.env._(
                    "The rent is on an invoice and stands, as the items stay reserved. "
                    "To give it back, cancel the reservation afterwards, then invoice"
                )
            )
        return [f"{text}." for text in said]

    def _say_goods(self):
        if self.direction == "out":
            return self.env._("The items are in stock again, and reserved as before")
        stops = filter(
            None, self.transfer_id._rental_moves().sale_line_id.mapped("rental_stop")
        )
        due = min(stops, default=False)
        if due and due <= fields.Datetime.now():
            return self.env._(
                "The items are out with the customer again, and late since %s",
                self.order_id._rental_clock(due),
            )
        return self.env._(
            "The items are out with the customer again, due back %s",
            self.order_id._rental_clock(due),
        )

    def action_undo(self):
        """Undo the hand-over or the return: goods, ledger, fees and deposit together.

        :raise AccessError: for anybody but clerks; from the next day on, managers.
        :raise UserError: without a reason, or for what cannot be undone.
        :raise AllocationConflict: a return, whose pieces others were promised since.
        """
        only_one(self).transfer_id._rental_undo(self.reason)
        return {"type": "ir.actions.act_window_close"}
