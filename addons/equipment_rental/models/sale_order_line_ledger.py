from collections import defaultdict
from datetime import timedelta
from itertools import chain

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.resource_allocation.core.truth import Expected
from odoo.addons.resource_allocation.inputs import to_instant, to_whole

COUNTER = frozenset(["hand_out", "take_back", "expect_back", "make_ready"])
"""What is done at the counter, by whoever works there."""
RECENT = timedelta(days=90)
"""So long after its end a rental is still looked at, when nothing of it lives."""


class SaleOrderLine(models.Model):
    """A line and the ledger: what is promised, what it asks, what it ought to say."""

    _inherit = "sale.order.line"
    _compared = True

    rental_allocation_ids = fields.One2many(
        "resource.allocation", "res_id", string="Allocations", readonly=True
    )
    rental_qty_held = fields.Integer(
        compute="_compute_rental_quantities",
        store=True,
        compute_sudo=True,
        string="On Option",
        help="Kept for the customer until the option lapses.",
    )
    rental_qty_reserved = fields.Integer(
        compute="_compute_rental_quantities",
        store=True,
        compute_sudo=True,
        string="Reserved",
        help="Promised and not yet handed over.",
    )
    rental_qty_out = fields.Integer(
        compute="_compute_rental_quantities",
        store=True,
        compute_sudo=True,
        string="Out",
    )
    rental_qty_back = fields.Integer(
        compute="_compute_rental_quantities",
        store=True,
        compute_sudo=True,
        string="Back",
    )

    # === QUANTITIES AND ROWS === #

    @api.depends(
        "is_rental",
        "rental_allocation_ids.state",
        "rental_allocation_ids.quantity",
        "rental_allocation_ids.rental_swapped_id",
    )
    def _compute_rental_quantities(self):
        for line in self:
            rows = line._rental_rows()
            line.rental_qty_held = line._count(rows, "hold")
            line.rental_qty_reserved = line._count(rows, "reserved")
            line.rental_qty_out = line._count(rows, "out")
            line.rental_qty_back = line._count(rows, "done")

    @staticmethod
    def _count(rows, state):
        return sum(rows.filtered(lambda row: row.state == state).mapped("quantity"))

    def _rental_rows(self, *states):
        """The roots in the ledger of these lines, in the order they were promised.

        Without what was swapped: its piece goes on in another row.
        """
        # Narrow sudo: what a line promised is found whoever asks, or a salesperson who
        # cancels would leave it promised; to change it takes the user's own rights.
        rows = self.sudo().rental_allocation_ids.filtered(
            lambda row: not row.root_id and not row.rental_swapped_id
        )
        if states:
            rows = rows.filtered(lambda row: row.state in states)
        return self._ledger(rows.sorted("id"))

    def _rental_pieces(self):
        """How many whole pieces the line rents, in the item's own unit."""
        self.ensure_one()
        unit = self.product_id.uom_id
        return self.product_uom_id._compute_quantity(self.product_uom_qty, unit)

    # === PROMISES === #

    def _rental_reserve(self):
        """Make all these lines' pieces reserved in the ledger, or none (C15).

        What is on option becomes a reservation, the rest is asked for. An option that
        lapsed keeps no place.

        :raise AllocationConflict: says who has it, when, and what is free.
        """
        self._rental_give_up(self._rental_lapsed())
        if options := self._rental_rows("hold"):
            options.confirm()
        self._rental_follow()

    def _rental_hold(self, until):
        """Keep all these lines' pieces until ``until`` (UTC), or none (C18).

        :raise AllocationConflict: says who has it, when, and what is free.
        """
        self._rental_give_up(self._rental_lapsed())
        if options := self._rental_rows("hold"):
            options.prolong(until)
        self._rental_follow(until)

    @api.model
    def _rental_give_up(self, rows):
        """Cancel these rows; without any nobody needs rights in the ledger."""
        if rows:
            rows.cancel()

    def _rental_lapsed(self):
        """What the ledger held for these lines until a time that has passed."""
        now = fields.Datetime.now()
        return self._rental_rows("hold", "expired").filtered(
            lambda row: row.state == "expired" or row.hold_until <= now
        )

    def _prepare_allocations(self, pool, pieces, hold_until=None):
        """Rows to ask the ledger for. Override to add your own values.

        Any pieces of the pool: serial numbers are chosen at the hand-over.

        :param datetime hold_until: an option until then, instead of a reservation
        """
        self.ensure_one()
        order = self.order_id
        firmness = (
            {"state": "hold", "hold_until": hold_until}
            if hold_until
            else {"state": "reserved"}
        )
        vals = {
            "name": order.name,
            "resource_id": pool.resource_id.id,
            "start": self.rental_start,
            "stop": self.rental_stop,
            "res_model": self._name,
            "res_id": self.id,
            "user_id": self._allocation_responsible().id,
            "company_id": order.company_id.id,
            **firmness,
        }
        return [{**vals, "quantity": round(pieces)}] if round(pieces) else []

    def _rental_release(self):
        """Give back what these lines have reserved.

        :raise UserError: while something is out; that must come back first.
        """
        out = self.filtered("rental_qty_out")
        if out:
            raise UserError(
                self.env._(
                    "%s: pieces are still out. Take them back before you cancel.",
                    ", ".join(out.product_id.mapped("display_name")),
                )
            )
        self._rental_give_up(self._rental_rows("hold", "reserved"))

    def _rental_follow(self, hold_until=None):
        """Bring the ledger in step with lines that promise something.

        Confirmed ones do, and those of a quotation with an option.

        :param datetime hold_until: make it an option until then
        :raise AllocationConflict: for more pieces or more time than there is.
        """
        lines = self.filtered("is_rental")
        self._rental_give_up((self - lines)._rental_rows("hold"))
        if not hold_until:
            lines = lines.filtered(
                lambda line: line.state == "sale" or line.order_id._has_option()
            )
        if not lines:
            return
        lines.order_id._check_rental_lines(lines)
        pools = self.env["rental.pool"]._for_lines(lines)
        lines._rental_lock(self.env["rental.pool"].union(*pools.values()))
        # Before an option's last row is given up for another.
        until_of = {order: order.rental_hold_until for order in lines.order_id}
        lines._rental_follow_period()
        lines._rental_leave_others(pools)
        wanted = []
        for line in lines:
            more = round(line._rental_pieces()) - sum(
                line._rental_rows("hold", "reserved", "out", "done").mapped("quantity")
            )
            until = line.state != "sale" and (hold_until or until_of[line.order_id])
            if more > 0:
                wanted += line._prepare_allocations(pools[line], more, until)
            elif more < 0:
                line._rental_reserve_less(-more)
        if wanted:
            self._ledger().allocate(wanted)
        lines.order_id._rental_settle()

    def _rental_lock(self, fleets):
        """Lock what these lines have, and fleets they want, in one step.

        Following asks the ledger several times: no two orders shall wait for each other
        in a circle.
        """
        rows = self._rental_rows("hold", "reserved", "out")
        rows.lock_resources(rows.all_resources() | fleets.resource_id)

    def _rental_follow_period(self):
        """Move what is promised to the lines' periods; what is out only ends later."""
        periods = self.grouped(lambda line: (line.rental_start, line.rental_stop))
        for (start, stop), lines in periods.items():
            moved = lines._rental_rows("hold", "reserved").filtered(
                lambda row, p=(start, stop): (row.start, row.stop) != p
            )
            out = lines._rental_rows("out").filtered(lambda row, s=stop: row.stop != s)
            agreed = (moved | out).filtered("rental_charge_stop")
            agreed._rental_charge_for(lines._rental_charged_if(agreed, start, stop))
            if moved:
                moved.reschedule(start, stop)
            if out:
                out.extend(stop)

    @api.model
    def _rental_charged_if(self, rows, start, stop):
        """What rows would be charged for with another period; what is out has left.

        :return: ``{row: (start, stop)}``, UTC
        """
        return {
            row: row._rental_charged_if(
                row.start if row.state == "out" else start, stop
            )
            for row in rows
        }

    def _rental_leave_others(self, pools):
        """Give up what is on option of another item or warehouse than the line's."""
        options = self._rental_rows("hold")
        lines = {line.id: line for line in self}
        other = options.filtered(
            lambda row: (
                pools[lines[row.res_id]].resource_id
                not in (row.resource_id | row.resource_id.pool_id)
            )
        )
        self._rental_give_up(other)

    def _rental_reserve_less(self, pieces):
        """Give back ``pieces`` of what is reserved.

        :raise UserError: for more than that.
        """
        taken = self._rental_given_back(pieces)
        if sum(taken.values()) < pieces:
            raise UserError(
                self.env._(
                    "%(item)s: the quantity cannot be less than what was handed over.",
                    item=self.product_id.display_name,
                )
            )
        for row, number in taken.items():
            if number == row.quantity:
                row.cancel()
            elif row.sudo().rental_charge_ids:
                # Given up, not forgotten: something was charged for them.
                row.split(number).cancel()
            else:
                row.resize(row.quantity - number)

    def _rental_given_back(self, pieces):
        """Which rows would give back so many pieces: the latest promised first.

        :return: ``{row: pieces}``, of fewer where fewer are reserved
        """
        self.ensure_one()
        taken = {}
        for row in self._rental_rows("hold", "reserved").sorted("id", reverse=True):
            if number := min(pieces, row.quantity):
                taken[row] = number
                pieces -= number
        return taken

    # === FROM OPTION TO RESERVATION === #

    def action_rental_flip(self):
        """Make these options reservations (C22).

        Where nothing else is on option in the quotation, it is confirmed. Otherwise the
        lines move, as they are, to the customer's running order of the same project,
        or to a new one.

        :raise AccessError: for anybody but clerks.
        :raise UserError: nothing is on option, or what confirming an order refuses.
        :raise AllocationConflict: the option lapsed, and somebody else was quicker.
        """
        self._ledger().check_access("write")
        for order, lines in self.grouped("order_id").items():
            lines._check_flips()
            if order.order_line.filtered("rental_qty_held") - lines:
                order._rental_part_with(lines)
            else:
                order.action_confirm()
        orders = self.order_id
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Reserved in %s.", ", ".join(orders.mapped("name"))
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _check_flips(self):
        """:raise UserError: for what is not on option."""
        for line in self:
            if not line.rental_qty_held or line.state == "sale":
                raise UserError(
                    self.env._(
                        "%(order)s has nothing of %(item)s on option.",
                        order=line.order_id.name,
                        item=line.product_id.display_name,
                    )
                )

    def _rental_move_to(self, order):
        """Let these lines be of another order of their customer, just as they are.

        With their rows in the ledger: what was kept is kept all the time.
        """
        typed = [
            field
            for field in self._fields.values()
            if field.compute and field.store and not field.readonly
        ]
        with self.env.protecting(typed, self):
            self._store({"rental_own_period": True})
            self.order_id = order
            self._note_own_period()
            self.flush_recordset()
        rows = self._rental_rows("hold")
        (rows | rows.leaf_ids).write(
            {"name": order.name, "user_id": order._rental_responsible().id}
        )

    # === HOOKS OF THE LEDGER === #

    def _allocation_responsible(self):
        """The order's: see there."""
        return self.order_id._rental_responsible()

    @api.model
    def _allocation_waits(self):
        """A confirmed order waits for its customer until it is cancelled."""
        return True

    def _allocation_changed(self, changes):
        """Let orders know until when they keep items."""
        rows = self.env["resource.allocation"].union(
            *(row for row, old in changes.items() if _is_of_option(row, old))
        )
        orders = self.browse(rows.mapped("res_id")).exists().order_id
        orders._rental_follow_option(rows)
        return super()._allocation_changed(changes)

    def _allocation_expired(self, rows):
        """Tell each order's responsible that the option lapsed: the items are free."""
        for order, order_lines in self.exists().grouped("order_id").items():
            items = ", ".join(order_lines.product_id.mapped("display_name"))
            text = self.env._("The option lapsed, these are free for others: %s", items)
            order.message_post(body=text)
            order._rental_remind(
                self.env._("Option lapsed: renew it or let it go"), text
            )

    def _allocation_at_risk(self, rows):
        """Tell each order's responsible that a promise no longer fits."""
        for line_id, lost in rows.grouped("res_id").items():
            line = self.browse(line_id)
            line.order_id._rental_remind(
                self.env._("Rental at risk"),
                self.env._(
                    "%(item)s no longer fits: %(rows)s",
                    item=line.product_id.display_name,
                    rows=", ".join(lost.mapped("display_name")),
                ),
                "mail.mail_activity_data_warning",
            )

    # === WHO AND WHAT === #

    @api.model
    def _ledger(self, rows=None):
        """Open for clerks, and where a narrow sudo lets others hand over.

        A salesperson or an accountant may write orders, and frees no items (C15).
        """
        Allocation = self.env["resource.allocation"]
        if Allocation.has_access("write"):
            return super()._ledger(rows)
        return Allocation if rows is None else rows.with_env(self.env)

    @api.model
    def _allocation_steps(self):
        """The counter's, and another time or place; the rest is done in the order."""
        return COUNTER | {"change"}

    def _allocation_check(self, step, rows):
        """As at the counter: a storekeeper hands over orders he may not write."""
        if step not in COUNTER:
            rows.check_access("write")
            return super()._allocation_check(step, rows)
        self.check_access("read")
        return self.env["rental.hand.over"].check_access("create")

    def _allocation_do(self, step, rows, *args, **kwargs):
        """Move the goods with the rows, and the line: an order is one with its rows."""
        own = {
            "hand_out": self._hand_out_rows,
            "take_back": self._take_back_rows,
            "change": self._change_rows,
        }
        if step in own:
            return own[step](rows, *args, **kwargs)
        lines = self._with_ledger_rights()
        done = super(SaleOrderLine, lines)._allocation_do(step, rows, *args, **kwargs)
        return done.with_env(rows.env)

    def _allocation_worth(self):
        """What the orders of these lines come to, with taxes."""
        return {
            order.display_name: (order.amount_total, order.currency_id)
            for order in self.order_id
        }

    def _allocation_contacts(self):
        """The customer of each line's order."""
        return {line.id: line.order_id.partner_id for line in self}

    def _allocation_labels(self):
        """Order and customer, for who may read the line; the user's rights count."""
        lines = self.sudo(False)
        if not lines.browse().has_access("read"):
            return {}
        self.env.flush_all()
        # Whoever reads an order sees whom it is for: the partner's rules do not count.
        query = lines._search([("id", "in", self.ids)])
        order = query.join(self._table, "order_id", "sale_order", "id", "order_id")
        partner = query.join(order, "partner_id", "res_partner", "id", "partner_id")
        found = self.env.execute_query(
            query.select(
                SQL.identifier(self._table, "id"),
                SQL.identifier(order, "name"),
                SQL.identifier(partner, "complete_name"),
            )
        )
        return {line: f"{number} · {customer}" for line, number, customer in found}

    # === AT THE COUNTER === #

    def _hand_out_rows(self, rows, at=None):
        """Hand over just these rows' pieces, as the window of the counter does (C13).

        :raise UserError: where serial numbers are still to be chosen.
        """
        self._begin_rows("reserved", rows)
        for lines in self._of_rows_by_order(rows):
            window = self._window("rental.hand.over", lines, at)
            window.line_ids._choose_rows(rows)
            window._hand_over()
        return rows

    def _take_back_rows(self, rows, at=None, quantity=None, ready=False):
        """Take just these rows' pieces back, in good condition, as the window does.

        :param int quantity: so many of each row
        :param bool ready: for the next at once, without its teardown
        :raise UserError: where the condition is to be said.
        """
        if quantity is not None:
            quantity = to_whole(self.env, quantity)
            if not 0 < quantity <= min(rows.mapped("quantity"), default=0):
                raise ValidationError(
                    self.env._("Not so many of each are out: %s.", quantity)
                )
        self._begin_rows("out", rows)
        before = self._rental_rows("done")
        for lines in self._of_rows_by_order(rows):
            window = self._window("rental.take.back", lines, at)
            window.line_ids._choose_rows(rows, quantity)
            window._take_back()
        done = (self._rental_rows("done") - before).with_env(rows.env)
        return self._ledger(done).make_ready() if ready else done

    @api.model
    def _begin_rows(self, state, rows):
        """Lock what these rows take, then see whether they are in this state."""
        rows.lock_resources(rows.all_resources())
        rows.invalidate_recordset(["state"], flush=False)
        if other := rows.filtered(lambda row: row.state != state)[:1]:
            raise UserError(
                self.env._(
                    "%(row)s is %(state)s, not %(wanted)s: look into its order.",
                    row=other.display_name,
                    state=rows.state_label(other.state),
                    wanted=rows.state_label(state),
                )
            )

    def _of_rows_by_order(self, rows):
        """The lines of each order, to take pieces of these very rows first."""
        lines = self.with_context(rental_rows=rows.ids)
        return lines.grouped("order_id").values()

    @api.model
    def _window(self, model, lines, at):
        """A window of the counter for these lines, at a moment (UTC, default now)."""
        windows = lines.env[model]
        window = windows.browse(windows._open_for(lines)["res_id"])
        window.date = to_instant(self.env, at) or fields.Datetime.now()
        return window

    # === ANOTHER TIME OR PLACE === #

    def _change_rows(self, rows, wanted):
        """Give rows another time or place; lines follow, with price and warehouse.

        :raise UserError: for what the line cannot be, and for another quantity.
        :raise AllocationConflict: the added time or the other place is not free.
        """
        self._check_only_moved(rows, wanted)
        changes = dict(zip(rows.ids, wanted, strict=True))
        if any(
            row.quantity != change.get("quantity", row.quantity)
            for row, change in zip(rows, wanted, strict=True)
        ):
            # Not a step of the ledger's: refused, in words.
            return self._allocation_do("resize", rows)
        follow = {line: line._values_after(changes) for line in self}
        done = self._ledger(rows).change(wanted)
        for line, values in follow.items():
            if values:
                line.write(values)
                line._log_move()
        return done.with_env(rows.env)

    def _values_after(self, changes):
        """What of the line is another thing when its rows change.

        :param dict changes: ``{row's id: values}``
        :raise UserError: when its rows would not be of one time and place any more.
        """
        self.ensure_one()
        new = {}
        for row in self._rental_rows("hold", "reserved", "out"):
            for name, value in self._values_of(row, changes.get(row.id, {})).items():
                if new.setdefault(name, value) != value:
                    raise UserError(
                        self.env._(
                            "%(order)s rents more of %(item)s at that time: choose all "
                            "its rows, or change it in the order.",
                            order=self.order_id.name,
                            item=self.product_id.display_name,
                        )
                    )
        old = self._convert_to_write({name: self[name] for name in new})
        return {name: value for name, value in new.items() if old[name] != value}

    def _values_of(self, row, change):
        """Time and place of the line, as one of its rows has them after a change.

        What is out left when it left: only its end counts.
        """
        start, stop = change.get("start", row.start), change.get("stop", row.stop)
        thing = change.get("resource_id", row.resource_id.id)
        moves = thing != row.resource_id.id
        if not stop:
            raise UserError(self.env._("A rental ends: say until when."))
        if row.state == "out" and (moves or start != row.start):
            raise UserError(
                self.env._(
                    "%s is out: only when it is due back can change.",
                    self.product_id.display_name,
                )
            )
        place = self._warehouse_of(thing) if moves else self.warehouse_id
        values = {"rental_stop": stop, "warehouse_id": place.id}
        return values if row.state == "out" else {**values, "rental_start": start}

    def _warehouse_of(self, resource_id):
        """The warehouse of a fleet or its unit, where the line can rent from there.

        :raise UserError: for another item's or company's, or when something left.
        """
        # Narrow sudo: which fleet a unit is of is nobody's secret.
        resource = self.env["resource.resource"].sudo().browse(resource_id)
        pool = self._fleets(resource.pool_id or resource)
        stays = pool.warehouse_id == self.warehouse_id
        left = not stays and self._rental_rows("out", "done")
        if self._is_home(pool) and not left:
            return pool.warehouse_id
        reason = (
            self.env._("some of it was handed over already.")
            if self._is_home(pool)
            else self.env._("choose a fleet of this item in the order's company.")
        )
        raise UserError(
            self.env._(
                "%(order)s cannot rent %(item)s from %(place)s: %(reason)s",
                order=self.order_id.name,
                item=self.product_id.display_name,
                place=resource.display_name,
                reason=reason,
            )
        )

    def _allocation_takes(self, resources):
        """Fleets of the very item, and their units: an order rents what it says."""
        lines = self.sudo()
        # Narrow sudo: which fleet a unit is of is nobody's secret.
        fleets = lines._fleets(resources.sudo().pool_id | resources)
        home = fleets.filtered(lambda pool: all(line._is_home(pool) for line in lines))
        return resources.filtered(
            lambda one: (one.sudo().pool_id or one) in home.resource_id
        )

    @api.model
    def _fleets(self, resources):
        pools = self.env["rental.pool"].with_context(active_test=False)
        return pools.search([("resource_id", "in", resources.ids)])

    def _is_promised_in(self, warehouse_id):
        """Whether all the line promised is of this warehouse: it moved there."""
        rows = self._rental_rows("hold", "reserved", "out", "done").sudo()
        resources = rows.resource_id
        pools = resources.pool_id | resources.filtered(lambda one: not one.pool_id)
        return self._fleets(pools).warehouse_id.ids == [warehouse_id]

    def _log_move(self):
        """Say in the order's history what was changed from the ledger."""
        self.order_id.message_post(
            body=self.env._(
                "%(item)s: %(start)s to %(stop)s, from %(warehouse)s",
                item=self.product_id.display_name,
                start=self.order_id._rental_clock(self.rental_start),
                stop=self.order_id._rental_clock(self.rental_stop),
                warehouse=self.warehouse_id.name,
            )
        )

    # === WHAT THE LEDGER OUGHT TO SAY === #

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


def _is_of_option(row, old):
    """Whether a change, from these values, began, moved or ended an option."""
    if row.state == "hold":
        return bool({"state", "hold_until"} & old.keys())
    return old.get("state") in ("hold", "expired")
