from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.inputs import only_one

EARLY = {"agreed": object(), "real": object()}
"""In the context as ``rental_early``: what a clerk decided about what comes back before
its end. No client can send an object."""
UNDOING, BY_UNDOING = "rental_undoing", object()
"""In the context while fees that never arose go; no client can send an object."""
STATES = {"out": ("out", "actual_start"), "back": ("done", "actual_stop")}
"""The state a hand-over and a return leave a row of the ledger in, and its moment."""


class Swap(NamedTuple):
    """A row of the ledger that comes back, and what goes on instead of it."""

    row: models.BaseModel
    thing: models.BaseModel
    """The unit, or of pieces without numbers the fleet."""
    charged: dict
    """What the new row has from the old one, as it was before it came back."""


class SaleOrderLine(models.Model):
    """A line at the counter: out, back, swapped, undone.

    Through all of it the line stays as it is; what moves on is its rows in the ledger.
    """

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

    # === AT A GLANCE === #

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

    def get_formview_action(self, access_uid=None):
        """A rental line is best read in its order."""
        if self.filtered("is_rental"):
            return self.action_rental_open_order()
        return super().get_formview_action(access_uid=access_uid)

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

    # === CANCELLING === #

    def _rental_keep(self, pieces):
        """Rent out only so many whole pieces; the ledger follows."""
        self.ensure_one()
        unit = self.product_id.uom_id
        self.product_uom_qty = unit._compute_quantity(pieces, self.product_uom_id)

    # === SWAP === #

    def action_rental_swap(self):
        """Ask what of these lines is swapped, why, and for what (P9).

        :raise AccessError: for anybody who does not hand over.
        :raise UserError: when nothing is out.
        """
        return self.env["rental.swap"]._open_for(self)

    def _rental_swaps_of(self, items):
        """The rows that are swapped, each of just so many pieces, and what for.

        All that follows is locked here at once, as in :meth:`_part_off`.

        :param list items: ``[(line, serial number, pieces, the other number)]``, the
            numbers empty where there are none
        :return: a :class:`Swap` for each row
        :raise UserError: for more than is out.
        """
        lines = self._with_ledger_rights()
        # Narrow sudo: which unit a number is of is nobody's secret.
        other_of = {
            unit: new.sudo().rental_resource_id
            for _line, old, _pieces, new in items
            if (unit := old.sudo().rental_resource_id)
        }
        others = self.env["resource.resource"].sudo().union(*other_of.values())
        out = lines._rental_rows("out")
        out.lock_resources(out.all_resources() | others.expand_all())
        picks = lines._pick_rows("out", [item[:3] for item in items])
        rows = lines._part_off(picks)
        return [
            Swap(row, other_of.get(unit) or row._rental_fleet(), row._swap_values())
            for row, (_row, _pieces, unit) in zip(rows, picks, strict=True)
        ]

    def _rental_promise_instead(self, swaps, moment):
        """Promise what goes out instead of what just came back, until its end.

        What is late is asked for until now, and due when the other was.

        :param datetime moment: when they are swapped, UTC
        :return: the new rows, in the order of the swaps
        :raise AllocationConflict: says who has it, when, and what is free.
        """
        lines = self._with_ledger_rights()
        pools = self.env["rental.pool"]._for_lines(lines)
        line_of = {line.id: line for line in lines}
        now = fields.Datetime.now() + timedelta(seconds=1)
        asked = []
        for row, thing, _charged in swaps:
            line = line_of[row.res_id]
            [vals] = line._prepare_allocations(pools[line], row.quantity)
            start = moment if moment < row.stop else row.start
            period = {"start": start, "stop": max(row.stop, now)}
            asked.append({**vals, **period, "resource_id": thing.id})
        new = lines._ledger().allocate(asked)
        for swap, row in zip(swaps, new, strict=True):
            swap.row._store({"rental_swapped_id": row.id})
            row._store(swap.charged)
        return new

    def _rental_end_swap(self, swaps, new, moment):
        """What went out is due when the other was, and costs what it would have.

        :param new: see :meth:`_rental_promise_instead`
        """
        rows = self._with_ledger_rights()._ledger(new)
        for swap, row in zip(swaps, rows, strict=True):
            if row.stop != swap.row.stop:
                row.extend(swap.row.stop)
            if swap.row.expected_back:
                row.expect_back(swap.row.expected_back)
        self.order_id._rental_settle("change", moment)

    def _rental_log_swaps(self, swaps, new, reason):
        """Say it in the histories of both rows, and of both serial numbers."""
        for swap, row in zip(swaps, new, strict=True):
            # Narrow sudo: told once, in histories that show it to their readers only.
            rows = (swap.row | row).sudo()
            text = self.env._(
                "%(order)s: %(old)s swapped for %(new)s. %(reason)s",
                order=self.browse(row.res_id).order_id.name,
                old=swap.row._rental_thing(),
                new=row._rental_thing(),
                reason=reason,
            )
            units = rows.resource_id.filtered("pool_id")
            lots = self.env["stock.lot"].sudo()
            lots = lots.search([("rental_resource_id", "in", units.ids)])
            for records in (rows, lots):
                records._message_log_batch(dict.fromkeys(records.ids, text))

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
                "hand-over stands. Swap it back, or take it back, in %(order)s "
                "instead.",
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
