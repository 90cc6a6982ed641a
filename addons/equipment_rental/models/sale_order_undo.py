"""A hand-over or a return that was recorded by mistake, taken back whole (C5, C10)."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.resource_allocation.inputs import only_one

CLERK = "equipment_rental.equipment_rental_group_user"
MANAGER = "equipment_rental.equipment_rental_group_manager"
UNDOING, BY_UNDOING = "rental_undoing", object()
"""In the context while fees that never arose go; no client can send an object."""
STATES = {"out": ("out", "actual_start"), "back": ("done", "actual_stop")}
"""The state a hand-over and a return leave a row of the ledger in, and its moment."""


class SaleOrder(models.Model):
    _inherit = "sale.order"

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

    # === MONEY === #

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


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # === LEDGER === #

    def _rental_rows_moved(self, transfer):
        """The rows of just the pieces that a hand-over or a return of these moved.

        :raise UserError: naming what is not as that transfer left it.
        """
        state, when = STATES[transfer.rental_direction]
        rows = self._rental_rows(state)
        rows = rows.filtered(lambda row: transfer._is_moment(row[when]))
        wanted = defaultdict(int)
        for move in transfer._rental_moves():
            for line, lot, pieces in move._rental_pieces():
                # Narrow sudo: the unit's own id in the ledger.
                wanted[line, lot.sudo().rental_resource_id] += pieces
        found = rows.browse()
        for (line, unit), pieces in wanted.items():
            mine = rows.filtered(
                lambda row, o=line, u=unit: (
                    row.res_id == o.id and (not u or row.resource_id == u)
                )
            )
            some = self._rows_of_just(mine - found, pieces)
            if not some:
                raise UserError(line._say_moved_on(transfer))
            found |= some
        return found

    @api.model
    def _rows_of_just(self, rows, pieces):
        """Some of ``rows`` that are so many pieces together, or none."""
        found = {0: rows.browse()}
        for row in rows:
            for count, some in list(found.items()):
                if count + row.quantity <= pieces:
                    found.setdefault(count + row.quantity, some | row)
        return found.get(pieces, rows.browse())

    def _say_moved_on(self, transfer):
        """Say that something happened since ``transfer`` to what it moved."""
        values = {
            "item": self.product_id.display_name,
            "order": self.order_id.name,
            "transfer": transfer.name,
        }
        # Narrow sudo: as where the rows are found.
        swapped = self.sudo().rental_allocation_ids.filtered("rental_swapped_id")
        if any(transfer._is_moment(row.actual_start) for row in swapped):
            return self.env._(
                "%(item)s: what %(transfer)s handed over was swapped since, so that "
                "hand-over stands. Take it back in %(order)s instead.",
                **values,
            )
        if transfer.rental_direction == "out":
            return self.env._(
                "%(item)s: not all that %(transfer)s handed over is out. Undo what "
                "came back of it first, the latest first, in %(order)s.",
                **values,
            )
        return self.env._(
            "%(item)s: the ledger does not have it as the return %(transfer)s left "
            "it. Look at the reservations of %(order)s.",
            **values,
        )

    def _rental_undo_hand_out(self, rows, reason):
        """Let ``rows`` be reserved again, as if they had never left."""
        rows.undo_hand_out(reason)
        # Fetched early, the period had grown to the front; what was agreed stands.
        early = rows.filtered(
            lambda row: row.rental_charge_start and not row.rental_charge_stop
        )
        early._store({"rental_charge_start": False})
        self._rental_follow_period()
        for line in self.filtered(lambda line: not line._rental_rent_stands()):
            rent = line._rental_rent()
            if rent is None or line._rental_price_is_typed(rent):
                # It would not follow: what was charged besides stands.
                continue
            if not any(line._rental_rows("reserved").mapped("rental_charge_stop")):
                line._rental_charge_as_reserved()

    def _rental_charge_as_reserved(self):
        """Let the line itself say what it costs again: nothing of it left."""
        self.ensure_one()
        period = {
            "rental_charged_start": self.rental_start,
            "rental_charged_stop": self.rental_stop,
        }
        if any(self[name] != moment for name, moment in period.items()):
            self._store(period)

    def _rental_undo_take_back(self, rows, blocks, reason):
        """Let ``rows`` be out again until they were due, without their blocks.

        :raise AllocationConflict: they were promised or handed to others since.
        """
        rows.lock_resources(rows.all_resources() | blocks.all_resources())
        if blocks:
            blocks.cancel(reason)
        rows.reopen(reason)
        # The rest of the line may have been extended meanwhile.
        self._rental_follow_period()

    # === FEES === #

    def _check_line_unlink(self):
        """A fee of what was undone never arose; on an invoice it stays."""
        kept = super()._check_line_unlink()
        if self.env.context.get(UNDOING) is BY_UNDOING:
            kept = kept.filtered(
                lambda line: not line.rental_fee_id or line._is_on_invoice()
            )
        return kept

    def _say_not_charged(self):
        """That these are charged no longer, in words."""
        return [
            self.env._(
                "Not charged any more: %(fee)s, %(amount)s",
                fee=line.name,
                amount=line.currency_id.format(line.price_subtotal),
            )
            for line in self
        ]

    def _say_credited(self, amount):
        """That ``amount`` of these is credited with the next invoice, in words."""
        return [
            self.env._(
                "Credited with the next invoice: %(fee)s, %(amount)s",
                fee=line.name,
                amount=line.currency_id.format(amount),
            )
            for line in self
        ]
