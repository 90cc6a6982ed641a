from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.resource_allocation.inputs import only_one

from .sale_order import CLERK, MANAGER
from .sale_order_line_counter import BY_UNDOING, UNDOING


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
    rental_has_lost = fields.Boolean(
        compute="_compute_rental_has_lost",
        compute_sudo=True,
        help="Something was lost and not found yet.",
    )

    # === AT A GLANCE === #

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

    # === LOST AND FOUND === #

    @api.depends("order_line.move_ids.state", "order_line.rental_qty_back")
    def _compute_rental_has_lost(self):
        for order in self:
            order.rental_has_lost = bool(order._rental_lost_moves())

    def _rental_lost_moves(self):
        """The stock moves by which these orders lost what nobody found yet."""
        moves = self.order_line.move_ids.filtered(
            lambda move: move.state == "done" and move._is_lost()
        )
        return moves.filtered(lambda move: move._still_lost()).sorted("id")

    def action_rental_found(self):
        """Say what of the lost things turned up again (C10).

        :raise AccessError: for anybody but clerks: it takes off what was charged.
        :raise UserError: when nothing is lost.
        """
        self._check_may_find()
        return self.env["rental.found"]._open_for(only_one(self).order_line)

    @api.model
    def _check_may_find(self):
        if not (self.env.su or self.env.user.has_group(CLERK)):
            raise AccessError(
                self.env._(
                    "Only a rental clerk takes off what was charged for something "
                    "lost. Tell one of them that it was found, and where."
                )
            )

    # === SWAP === #

    def action_rental_swap(self):
        """Ask what of these orders is swapped, why, and for what (P9)."""
        return only_one(self).order_line.action_rental_swap()

    # === UNDO === #

    def action_rental_undo(self):
        """Open *Undo* for the latest hand-over or return of this order (C5, C10).

        :raise AccessError: for anybody but clerks; from the next day on, managers.
        :raise UserError: when nothing was handed over, or it cannot be undone.
        """
        transfers = only_one(self)._rental_transfers_to_undo()
        if not transfers:
            raise UserError(
                self.env._(
                    "%s: nothing was handed over that could be undone.", self.name
                )
            )
        return transfers[0].sudo(False).action_rental_undo()

    def _rental_transfers_to_undo(self):
        """Hand-overs and returns that took place and stand, the latest first.

        Swaps are swapped back.
        """
        transfers = self._rental_transfers_done("out", "back")
        swaps = transfers.filtered("rental_swap_id")
        transfers -= swaps | swaps.rental_swap_id
        return transfers.sorted(lambda one: one._rental_order_key(), reverse=True)

    @api.model
    def _check_may_undo(self, transfer):
        """:raise AccessError: for others than clerks, and managers from the next day.

        The day is the order's: by the wall clock that its rental days are counted by.
        """
        user = self.env.user
        if self.env.su or user.has_group(MANAGER):
            return
        if not user.has_group(CLERK):
            raise AccessError(
                self.env._(
                    "Only a rental clerk undoes a hand-over or a return, on the same "
                    "day; later a rental manager does. Tell one of them what was "
                    "recorded by mistake."
                )
            )
        order = transfer.sale_id
        recorded = transfer.rental_recorded_at or transfer.create_date
        today = order._rental_date(fields.Datetime.now())
        if order._rental_date(recorded) != today:
            raise AccessError(
                self.env._(
                    "%(transfer)s was recorded on %(day)s. A clerk undoes it on the "
                    "same day; now ask a rental manager.",
                    transfer=transfer.name,
                    day=order._rental_day(recorded),
                )
            )

    # === UNDO: FEES AND DEPOSIT === #

    def _rental_fees_of(self, transfer):
        """What was charged with a transfer: ``(on no invoice, the others)``.

        Not what took something off, nor what was given up already.
        """
        fees = self.order_line.filtered(
            lambda line: (
                line.rental_fee_id
                and line.rental_transfer_id == transfer
                and not line.rental_takes_off_id
                and line.product_uom_qty
            )
        )
        open_fees = fees.filtered(
            lambda fee: not (fee._is_on_invoice() or fee._rental_corrections())
        )
        return open_fees, fees - open_fees

    def _rental_undo_fees(self, transfer, undo):
        """Charge no longer what arose with ``transfer``: see ``stock.picking``.

        What is on no invoice goes; the rest is taken off, for core to credit.

        :param undo: the transfer that undoes it
        :return: what was done, in words
        """
        open_fees, others = self._rental_fees_of(transfer)
        said = open_fees._say_not_charged()
        lang = self._get_lang()
        for fee in others:
            if left := fee._rental_left_of_fee():
                said += fee._say_credited(left)
                line = fee.with_context(lang=lang)
                name = line.env._("Taken off: %s", line.name)
                fee._rental_take_off(left, undo.rental_date, undo, name)
        open_fees.with_context(**{UNDOING: BY_UNDOING}).unlink()
        return said

    def _rental_deposits_of(self, transfer):
        """What a hand-over asked for: ``(requests to withdraw, what was received)``."""
        # Narrow sudo: of this hand-over; whether entries exist, only accounts see.
        asked = self.sudo().rental_deposit_ids.filtered(
            lambda deposit: deposit.transfer_id == transfer
        )
        waiting = asked.filtered(
            lambda deposit: deposit.state == "draft" and not deposit.line_ids
        )
        return waiting, asked.filtered("amount_received")

    def _rental_undo_deposit(self, transfer):
        """Ask no longer for the deposit of a hand-over, unless it was received.

        What was received is not asked for again.

        :return: what was done, in words
        """
        waiting, received = self._rental_deposits_of(transfer)
        said = self._say_deposits(waiting, received)
        # Deleted: what is cancelled was waived, and would not be asked for again.
        waiting.unlink()
        return said

    def _say_deposits(self, waiting, received):
        said = [
            self.env._(
                "The deposit of %s is not asked for any more",
                deposit._format(deposit.amount_due),
            )
            for deposit in waiting
        ]
        return said + [
            self.env._(
                "The deposit of %s was received and stays: for the next hand-over, or "
                "to be paid back",
                deposit._format(deposit.amount_received),
            )
            for deposit in received
        ]
