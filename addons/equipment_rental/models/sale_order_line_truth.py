"""What orders and their transfers expect of the ledger, to be compared by night."""

from collections import defaultdict
from datetime import timedelta

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
        expected = {}
        for line in lines.filtered(lambda line: pools[line]):
            out = sum(moved[line.id, "out"].values())
            back = sum(moved[line.id, "back"].values())
            firm = line.state == "sale" and "reserved"
            state = firm or (line.order_id._has_option() and "hold")
            left = round(line._rental_pieces()) - out if state else 0
            thing, stop = pools[line].resource_id.id, line.rental_stop
            rows = [
                Expected(thing, state, line.rental_start, stop, left),
                Expected(thing, "out", None, stop, out - back),
            ]
            expected[line.id] = [row for row in rows if row.quantity > 0]
        return expected

    def _rental_moved(self):
        """Pieces that transfers moved: ``{(line's id, direction): {lot: pieces}}``."""
        moved = defaultdict(lambda: defaultdict(int))
        moves = self.env["stock.move"].search(
            [
                ("sale_line_id", "in", self.ids),
                ("state", "=", "done"),
                ("rental_direction", "!=", False),
            ]
        )
        for move in moves:
            for line, lot, pieces in move._rental_pieces():
                moved[line.id, move.rental_direction][lot] += pieces
        return moved

    def _repair_allocations(self):
        """Let the ledger have what these orders and their transfers say.

        :raise AllocationConflict: it is not free any more.
        :raise UserError: for pieces that went out without having been reserved.
        """
        self.check_access("write")
        lines = self._with_ledger_rights()
        now = fields.Datetime.now()
        lines.filtered(
            lambda line: line.state == "cancel" or not line.is_rental
        )._rental_release()
        lines._repair_done()
        lines._rental_take_back(lines._rental_pieces_off("back"), now)
        lines._rental_follow()
        lines._rental_hand_out(lines._rental_pieces_off("out"), now)

    def _repair_done(self):
        """Reopen what the ledger closed although no transfer brought it back."""
        moved = self._rental_moved()
        for line in self:
            done = line._rental_rows("done")
            wrong = line._count(done, "done") - sum(moved[line.id, "back"].values())
            for row in done.sorted("id", reverse=True):
                if row.quantity <= wrong:
                    wrong -= row.quantity
                    row.reopen(self.env._("No transfer brought it back"))

    def _rental_pieces_off(self, direction):
        """Pieces that the ledger has yet to move: ``[(line, lot or none, pieces)]``."""
        moved = self._rental_moved()
        units = self._rental_rows("out").sudo().resource_id.filtered("pool_id")
        lots = self.env["stock.lot"].search([("rental_resource_id", "in", units.ids)])
        lots = {lot.rental_resource_id.id: lot for lot in lots}
        no_lot = self.env["stock.lot"]
        pieces = []
        for line in self:
            off = defaultdict(int)
            for way, sign in (("out", 1), ("back", -1)):
                for lot, count in moved[line.id, way].items():
                    off[lot] += sign * count
            for row in line._rental_rows("out"):
                off[lots.get(row.resource_id.id, no_lot)] -= row.quantity
            sign = 1 if direction == "out" else -1
            pieces += [(line, lot, sign * n) for lot, n in off.items() if sign * n > 0]
        return pieces
