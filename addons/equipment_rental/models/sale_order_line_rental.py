"""What a rental line promises: its rows in the ledger."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

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


def _is_of_option(row, old):
    """Whether a change, from these values, began, moved or ended an option."""
    if row.state == "hold":
        return bool({"state", "hold_until"} & old.keys())
    return old.get("state") in ("hold", "expired")
