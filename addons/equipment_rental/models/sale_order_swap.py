"""A rented thing is swapped for another of the same item in one step (P9)."""

from datetime import timedelta
from typing import NamedTuple

from odoo import fields, models

from odoo.addons.resource_allocation.inputs import only_one


class Swap(NamedTuple):
    """A row of the ledger that comes back, and what goes on instead of it."""

    row: models.BaseModel
    thing: models.BaseModel
    """The unit, or of pieces without numbers the fleet."""
    charged: dict
    """What the new row has from the old one, as it was before it came back."""


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_rental_swap(self):
        """Ask what of these orders is swapped, why, and for what (P9)."""
        return only_one(self).order_line.action_rental_swap()


class SaleOrderLine(models.Model):
    """In a swap the line stays as it is: its period, its price, what is charged."""

    _inherit = "sale.order.line"

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
