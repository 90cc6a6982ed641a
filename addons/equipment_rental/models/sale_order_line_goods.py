"""What a rental line moves: hand-over, return, and the stock's own rules."""

from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError

EARLY = {"agreed": object(), "real": object()}
"""In the context as ``rental_early``: what a clerk decided about what comes back before
its end. No client can send an object."""


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # === HAND-OVER AND RETURN === #

    def _rental_hand_out(self, pieces, moment):
        """Record in the ledger that ``pieces`` went to the customer at ``moment``.

        :param list pieces: ``[(line, serial number or none, quantity)]``
        :raise UserError: for more than is reserved.
        :raise AllocationConflict: for a unit that is promised to somebody else.
        """
        lines = self._with_ledger_rights()
        picks = lines._pick_rows("reserved", pieces)
        rows = lines._part_off(picks)
        other = [
            (row, unit)
            for row, (_row, _quantity, unit) in zip(rows, picks, strict=True)
            if unit and row.resource_id != unit
        ]
        rows.browse([row.id for row, _unit in other]).reassign(
            [unit for _row, unit in other]
        )
        # Fetched early is charged as agreed; the ledger's period grows to the front.
        for start, early in rows.grouped("start").items():
            if moment < start:
                early._store({"rental_charge_start": start})
        rows.hand_out(moment)

    def _with_ledger_rights(self):
        """These lines in an environment that may hand out and take back.

        A clerk's own, so that a conflict names only whom the clerk may know.
        """
        if self.env["resource.allocation"].has_access("write"):
            return self
        # Narrow sudo: a storekeeper who may do the stock transfer has done it.
        return self.sudo()

    def _pick_rows(self, state, pieces):
        """Which rows give these pieces: ``[(row, quantity, unit or none)]``.

        Those in the context first, where somebody chose rows in the ledger.

        :raise UserError: for more than the lines have in that state.
        """
        chosen = self.env.context.get("rental_rows") or ()
        # Promises of any piece come before those of a unit that was chosen.
        rows = self._rental_rows(state).sorted(
            lambda row: (row.id not in chosen, bool(row.resource_id.pool_id))
        )
        left = {row: row.quantity for row in rows}
        of_line = rows.grouped("res_id")
        of_unit = rows.grouped(lambda row: (row.res_id, row.resource_id))
        picks = []
        for line, lot, quantity in pieces:
            unit = lot.sudo().rental_resource_id
            found = of_unit.get((line.id, unit))
            if not found and (state == "reserved" or not lot):
                found = of_line.get(line.id)
            for row in found or ():
                taken = min(quantity, left[row])
                if taken:
                    picks.append((row, taken, unit))
                    left[row] -= taken
                    quantity -= taken
            if quantity:
                raise UserError(line._too_many(state, lot, quantity))
        return picks

    def _too_many(self, state, lot, quantity):
        """Say that ``quantity`` is more than the line has reserved, or out."""
        if state == "out":
            return self.env._(
                "%(item)s: %(quantity)s more would come back than are out.",
                item=(lot or self.product_id).display_name,
                quantity=quantity,
            )
        return self.env._(
            "%(item)s: that is %(quantity)s more than this order reserved.",
            item=self.product_id.display_name,
            quantity=quantity,
        )

    def _part_off(self, picks):
        """A row for each pick of :meth:`_pick_rows`, of just so many pieces.

        All that follows is locked here at once, and in the ledger's own order: row by
        row two clerks would wait for each other.
        """
        Allocation = self._ledger()
        by_row = defaultdict(list)
        for number, (row, _quantity, _unit) in enumerate(picks):
            by_row[row].append(number)
        rows = Allocation.union(*by_row)
        units = self.env["resource.resource"].union(*(unit for *_row, unit in picks))
        # Narrow sudo: the pool of a unit may not be the user's to see; it is locked.
        Allocation.lock_resources(rows.all_resources() | units.sudo().expand_all())
        picked = {}
        for row, numbers in by_row.items():
            if sum(picks[number][1] for number in numbers) == row.quantity:
                # The last one is what is left of it.
                picked[numbers.pop()] = row
        parts = rows.split_many(
            [[picks[number][1] for number in by_row[row]] for row in rows]
        )
        parted = [number for row in rows for number in by_row[row]]
        picked |= dict(zip(parted, parts, strict=True))
        return Allocation.union(*(picked[number] for number in range(len(picks))))

    def _rental_take_back(self, pieces, moment, ready=False):
        """Record in the ledger that ``pieces`` came back at ``moment`` (C10).

        :param bool ready: without their teardown
        :raise UserError: for more than is out.
        """
        lines = self._with_ledger_rights()
        rows = lines._part_off(lines._pick_rows("out", pieces))
        rows.take_back(moment, ready=ready)
        lines._rental_decide_early(rows._rental_came_early())
        self.order_id._rental_settle("return", moment)

    def _rental_decide_early(self, rows):
        """Charge ``rows``, back before their end, as decided or by the policy (C10).

        Where it asks and nobody may answer, the order's responsible is told.
        """
        decided = self.env.context.get("rental_early")
        if decided not in EARLY.values():
            decided = None
        for company, some in rows.grouped("company_id").items():
            # Narrow sudo: a policy, for whoever takes back.
            policy = company.sudo().rental_early_return
            real = decided is EARLY["real"] or (not decided and policy == "real")
            some._store({"rental_charge_real": real})
            if not decided and policy == "ask":
                self._ask_about_early(some)

    def _ask_about_early(self, rows):
        """A to-do for whoever may decide what an early return costs."""
        lines = {line.id: line for line in self}
        for order, some in rows.grouped(lambda row: lines[row.res_id].order_id).items():
            items = ", ".join(
                f"{row.quantity} × {lines[row.res_id].product_id.display_name}"
                for row in some
            )
            order._rental_remind(
                self.env._("Back early: charge until it came back?"),
                self.env._("%s. Say so with Change Period.", items),
            )

    def action_rental_hand_over(self):
        """Hand over what these lines have reserved (C13)."""
        return self.env["rental.hand.over"]._open_for(self)

    def action_rental_take_back(self):
        """Take back what these lines have out (C13)."""
        return self.env["rental.take.back"]._open_for(self)

    # === HOOKS OF STOCK: RENTALS ARE NOT DELIVERED BY RULES === #

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        """Rental transfers are made at hand-over; no rule procures for them."""
        lines = self.filtered(lambda line: not (line.is_rental or line.rental_charge))
        if not lines:
            return True
        return super(SaleOrderLine, lines)._action_launch_stock_rule(
            previous_product_uom_qty=previous_product_uom_qty
        )

    def _get_qty_procurement(self, previous_product_uom_qty=False):
        """Of a rental nothing is ever left to procure, whatever its quantity."""
        if self.is_rental or self.rental_charge:
            return self.product_uom_qty
        return super()._get_qty_procurement(previous_product_uom_qty)

    def _get_outgoing_incoming_moves(self, strict=True):
        """A rental is delivered when handed over; coming back takes none away.

        What was undone was never handed over, and what goes out in a swap goes instead
        of what was delivered before.
        """
        if not self.is_rental:
            return super()._get_outgoing_incoming_moves(strict=strict)
        outgoing = self.move_ids.filtered(
            lambda move: (
                move.rental_direction == "out"
                and move.state != "cancel"
                and not move.picking_id.rental_undo_ids
                and not move.picking_id.rental_swap_id
            )
        )
        return outgoing, self.env["stock.move"]
