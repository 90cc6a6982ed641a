"""What orders and their transfers expect of the ledger, to be compared by night."""

from collections import defaultdict
from datetime import timedelta
from itertools import chain

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.resource_allocation.core.truth import Expected

RECENT = timedelta(days=90)
"""So long after its end a rental is still looked at, when nothing of it lives."""


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"
    _compared = True

    @api.model
    def _domain_expecting(self):
        now = fields.Datetime.now()
        confirmed = Domain("state", "=", "sale")
        option = Domain("order_id.rental_hold_until", ">", now)
        return (
            Domain("is_rental", "=", True)
            & Domain("rental_stop", ">", now - RECENT)
            & (confirmed | option)
        )

    def _expected_allocations(self):
        """What is ordered, less what went out; of that, less what came back."""
        lines = self.filtered("is_rental")
        pools = self.env["rental.pool"].with_context(active_test=False)
        pools = pools._find_for_lines(lines)
        moved = lines._rental_moved()
        return {
            line.id: line._expected_of(pools[line].resource_id, moved)
            for line in lines.filtered(lambda line: pools[line])
        }

    def _expected_of(self, fleet, moved):
        """Rows of this line; of what is out the very serial numbers, if it has any.

        An option is kept until the order's own time, whatever the ledger says.
        """
        order, stop = self.order_id, self.rental_stop
        firm = self.state == "sale" and "reserved"
        state = firm or (order._has_option() and "hold")
        out, swapped = (sum(moved[self.id, way].values()) for way in ("out", "swapped"))
        out -= swapped
        left = round(self._rental_pieces()) - out if state else 0
        until = order.rental_hold_until if state == "hold" else None
        rows = [Expected(fleet.id, state, self.rental_start, stop, left, until)]
        for lot, pieces in self._rental_away(moved).items():
            # Narrow sudo: which unit a number is of is nobody's secret.
            thing = lot.sudo().rental_resource_id or fleet
            rows.append(Expected(thing.id, "out", None, stop, pieces))
        return [row for row in rows if row.quantity > 0]

    def _rental_away(self, moved):
        """What transfers brought to the customer and not back: ``{lot: pieces}``."""
        away = defaultdict(int, moved[self.id, "out"])
        for lot, pieces in moved[self.id, "back"].items():
            away[lot] -= pieces
        return away

    def _rental_moved(self):
        """Pieces that transfers moved: ``{(line's id, direction): {lot: pieces}}``.

        A serial number that is no unit of the fleet counts as any piece. What went out
        in a swap, instead of what came back in it, is told as ``swapped``, too.
        """
        moved = defaultdict(lambda: defaultdict(int))
        moves = self.env["stock.move"].search(
            [
                ("sale_line_id", "in", self.ids),
                ("state", "=", "done"),
                ("rental_direction", "in", ("out", "back")),
            ]
        )
        for move in moves._rental_standing("out", "back"):
            for line, lot, pieces in move._rental_pieces():
                unit = lot.filtered(lambda lot: lot.sudo().rental_resource_id)
                moved[line.id, move.rental_direction][unit] += pieces
                if move.picking_id.rental_swap_id:
                    moved[line.id, "swapped"][unit] += pieces
        return moved

    def _repair_allocations(self):
        """Let the ledger have what these orders and their transfers say.

        :raise AllocationConflict: it is not free any more. Orders whose serial numbers
            were swapped are repaired together, or each has what the other wants.
        :raise UserError: for pieces that went out without having been reserved.
        """
        self.check_access("write")
        lines = self._with_ledger_rights()
        now = fields.Datetime.now()
        lines._repair_lock()
        lines.filtered(
            lambda line: line.state == "cancel" or not line.is_rental
        )._rental_release()
        lines._repair_options()
        lines._repair_units()
        lines._rental_take_back(lines._rental_pieces_off("back"), now)
        lines._repair_done()
        lines._rental_follow()
        lines._rental_hand_out(lines._rental_pieces_off("out"), now)

    def _repair_lock(self):
        """Lock what these have and should have in one step: a repair asks often."""
        lots = self.env["stock.lot"].union(*chain(*self._rental_moved().values()))
        fleets = self.env["rental.pool"].with_context(active_test=False)
        fleets = fleets.union(*fleets._find_for_lines(self).values())
        rows = self._rental_rows("hold", "reserved", "out", "done")
        # Narrow sudo: the pool of a unit may not be the user's to see; it is locked.
        things = (
            lots.sudo().rental_resource_id | fleets.sudo().resource_id
        ).expand_all()
        rows.lock_resources(rows.all_resources() | things)

    def _repair_options(self):
        """Hold as long as the quotations say."""
        for order, lines in self.grouped("order_id").items():
            until = order.rental_hold_until
            holds = lines._rental_rows("hold")
            wrong = holds.filtered(lambda row, until=until: row.hold_until != until)
            if wrong and order._has_option():
                wrong.prolong(until)

    def _repair_units(self):
        """Let what is out be of the serial numbers that transfers brought there.

        With the moment it left and when it is expected, as it was recorded.
        """
        if not (swaps := self._rental_swaps()):
            return
        rows = self._part_off(
            self._pick_rows("out", [(line, lot, 1) for line, lot, _other in swaps])
        )
        recorded = rows.mapped(lambda row: (row.actual_start, row.expected_back))
        rows.undo_hand_out(self.env._("A transfer moved another serial number"))
        rows.reassign([lot.sudo().rental_resource_id for _line, _lot, lot in swaps])
        for row, (left_at, expected) in zip(rows, recorded, strict=True):
            row.hand_out(left_at)
            if expected:
                row.expect_back(expected)

    def _rental_swaps(self):
        """``[(line, lot or none, lot)]``: out in the ledger, and really instead of it.

        What a transfer of the line moved at some time is none of the former.
        """
        moved = self._rental_moved()
        wrong, right = defaultdict(list), defaultdict(list)
        for line, lot, pieces in self._rental_pieces_off("back"):
            if lot not in moved[line.id, "out"]:
                wrong[line] += [lot] * pieces
        for line, lot, _one in self._rental_pieces_off("out"):
            if lot:
                right[line].append(lot)
        return [
            (line, lot, other)
            for line in self
            for lot, other in zip(wrong[line], right[line], strict=False)
        ]

    def _repair_done(self):
        """Reopen what the ledger closed although no transfer brought it back.

        First the serial numbers that are still with the customer.
        """
        moved = self._rental_moved()
        missing = {(line, lot) for line, lot, _n in self._rental_pieces_off("out")}
        lot_of = self._lots_of(self._rental_rows("done"))
        for line in self:
            done = line._rental_rows("done")
            back = sum(moved[line.id, "back"].values())
            back -= sum(moved[line.id, "swapped"].values())
            wrong = line._count(done, "done") - back
            away = done.filtered(
                lambda row, line=line: (line, lot_of.get(row.resource_id)) in missing
            )
            for row in away | (done - away).sorted("id", reverse=True):
                if row in away or row.quantity <= wrong:
                    wrong -= row.quantity
                    row.reopen(self.env._("No transfer brought it back"))

    def _rental_pieces_off(self, direction):
        """Pieces that the ledger has yet to move: ``[(line, lot or none, pieces)]``."""
        moved = self._rental_moved()
        lot_of, no_lot = self._lots_of(self._rental_rows("out")), self.env["stock.lot"]
        sign = 1 if direction == "out" else -1
        pieces = []
        for line in self:
            off = line._rental_away(moved)
            for row in line._rental_rows("out"):
                off[lot_of.get(row.resource_id, no_lot)] -= row.quantity
            pieces += [(line, lot, sign * n) for lot, n in off.items() if sign * n > 0]
        return pieces

    @api.model
    def _lots_of(self, rows):
        """Serial numbers of the units among these rows' things: ``{resource: lot}``."""
        units = rows.sudo().resource_id.filtered("pool_id")
        lots = self.env["stock.lot"].search([("rental_resource_id", "in", units.ids)])
        return {lot.rental_resource_id: lot for lot in lots}
