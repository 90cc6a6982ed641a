"""What the ledger asks order lines before it changes what they promised."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.resource_allocation.inputs import to_instant, to_whole

COUNTER = frozenset(["hand_out", "take_back", "expect_back", "make_ready"])
"""What is done at the counter, by whoever works there."""


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

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
