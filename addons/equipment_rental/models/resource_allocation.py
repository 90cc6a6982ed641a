from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command, Domain

from odoo.addons.resource_allocation.inputs import only_one


class ResourceAllocation(models.Model):
    """An allocation of a rental line belongs to that line's order."""

    _inherit = "resource.allocation"

    rental_for = fields.Char(
        compute="_compute_rental_for",
        search="_search_rental_for",
        string="Rented to",
        help="Order and customer, where you may read them, or what it is for.",
    )

    rental_charge_start = fields.Datetime(
        string="Charged From",
        readonly=True,
        help="The rent counts from then. Empty: as reserved.",
    )
    rental_charge_stop = fields.Datetime(
        string="Charged Until",
        readonly=True,
        help="The rent counts until then. Empty: as reserved.",
    )
    rental_charge_real = fields.Boolean(
        string="Charged Until It Came Back",
        readonly=True,
        help="What comes back early is charged for the time it was away only.",
    )
    rental_charge_ids = fields.Many2many(
        "sale.order.line",
        "rental_charge_row_rel",
        "allocation_id",
        "line_id",
        string="Charges",
        readonly=True,
        groups="sales_team.group_sale_salesman",
        help="What is charged for it beside the rent of its line.",
    )
    rental_swapped_id = fields.Many2one(
        "resource.allocation",
        string="Swapped for",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        help="What went to the customer instead: its rent and its time go on there.",
    )

    rental_blocked_by_id = fields.Many2one(
        "stock.move",
        string="Out of Service Since",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="stock.group_stock_user",
        help="The return that brought it back in no condition to be rented.",
    )

    @api.depends("document_name", "name")
    @api.depends_context("uid")
    def _compute_rental_for(self):
        for allocation in self:
            allocation.rental_for = allocation.document_name or allocation.name

    def _search_rental_for(self, operator, value):
        """By what it is for, or by the customer of an order the user may read."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        named = Domain("name", operator, value)
        lines = self.env["sale.order.line"]
        if not lines.has_access("read"):
            return named
        theirs = Domain(
            "res_id", "in", lines._search([("order_partner_id", operator, value)])
        )
        return named | (Domain("res_model", "=", lines._name) & theirs)

    def action_open_rental_order(self):
        """Open the rental order this was promised for."""
        only_one(self)
        line = self.env["sale.order.line"].browse(self.res_id)
        return line.action_rental_open_order()

    def action_open_document(self):
        """A rental line is best read in its order."""
        if only_one(self).res_model == "sale.order.line":
            return self.action_open_rental_order()
        return super().action_open_document()

    def _rental_charged(self, real=None):
        """The period that each piece of this row is charged for: ``(start, stop)``.

        :param bool real: as if what came back early were charged for the time it was
            away, or were not
        """
        self.ensure_one()
        start = self.rental_charge_start or self.start
        stop = self.rental_charge_stop or self.stop
        real = self.rental_charge_real if real is None else real
        if not (real and self.state == "done" and self.actual_stop < stop):
            return start, stop
        # Fetched before its period, it may be back before it, too.
        return start if start < self.actual_stop else self.start, self.actual_stop

    def _rental_came_early(self):
        """Those of these rows that came back before the end they are charged for."""
        return self.filtered(
            lambda row: row._rental_charged(True) != row._rental_charged(False)
        )

    def _rental_charged_if(self, start, stop):
        """The period it would be charged for, if it were reserved for this one (UTC).

        Days that were free of charge stay so; of a shorter rental they go first.
        """
        self.ensure_one()
        if not self.rental_charge_stop:
            return self.rental_charge_start or start, stop
        moved = start - self.start
        last = self.rental_charge_stop + moved
        longer = stop - self.stop - moved
        last = last + longer if longer > timedelta() else min(last, stop)
        return self._rental_charged()[0] + moved, last

    def _rental_charge_for(self, periods):
        """Charge these rows for other periods than they are reserved for.

        :param dict periods: ``{row: (start, stop)}``, UTC
        """
        for row in self:
            start, stop = periods[row]
            row._store({"rental_charge_start": start, "rental_charge_stop": stop})

    def _rental_fleet(self):
        """The fleet this takes from."""
        # Narrow sudo: which fleet a unit is of is nobody's secret.
        thing = self.sudo().resource_id
        return thing.pool_id or thing

    def _rental_thing(self):
        """What it is of, in a few words: *Drill (D-1)*, *2 × Chair*."""
        # Narrow sudo: as above.
        thing = self.sudo().resource_id
        name = thing.display_name
        return name if thing.pool_id else f"{self.quantity} × {name}"

    def _swap_values(self):
        """What goes on instead is charged as this was, from the same start (P9)."""
        self.ensure_one()
        return {
            "rental_charge_start": self._rental_charged()[0],
            "rental_charge_stop": self.rental_charge_stop,
            "rental_charge_ids": [Command.set(self.rental_charge_ids.ids)],
        }

    def _split_values(self):
        """A part is charged as the whole was."""
        return {
            **super()._split_values(),
            "rental_charge_start": self.rental_charge_start,
            "rental_charge_stop": self.rental_charge_stop,
            "rental_charge_real": self.rental_charge_real,
            "rental_charge_ids": [Command.set(self.rental_charge_ids.ids)],
        }

    @api.model
    def _tell(self, changes):
        """A unit that moved away while it was promised can follow its number now."""
        done = super()._tell(changes)
        rows = self.sudo().browse(row for row, old in changes.items() if "state" in old)
        left = {old.get("resource_id") for old in changes.values()} - {None}
        (rows.resource_id | rows.resource_id.browse(left))._follow_serial_numbers()
        return done
