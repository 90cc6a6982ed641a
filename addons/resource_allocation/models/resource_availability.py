"""What is free and when: the reading half of the ledger's API."""

from collections import defaultdict
from datetime import timedelta

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..core.book import Part, Request
from ..core.moment import FOREVER
from ..core.timeline import Timeline


class ResourceResource(models.Model):
    _inherit = "resource.resource"

    @api.readonly
    def free_quantity(self, start, stop, exclude_ids=None):
        """Pieces free during the whole of ``[start, stop)``, UTC: ``{id: int}``.

        Counts every company's rows (invariant 7). A combination has what its scarcest
        atom has; a unit at most what its pool has. An empty ``stop`` is open-ended.

        :param exclude_ids: roots to leave out of account, as when moving them.
        """
        start, stop = self._to_period(start, stop)
        without = list(exclude_ids or ())
        expanded = {resource.id: resource._expand() for resource in self.sudo()}
        leaves = self.browse({leaf.id for parts in expanded.values() for leaf, *_ in parts})
        free = leaves._free_leaves(start, stop, without)
        return {
            resource: min(
                free[leaf.id] // (1 if unit else pieces) for leaf, pieces, unit in parts
            )
            for resource, parts in expanded.items()
        }

    def _free_leaves(self, start, stop, without):
        """Free pieces of single things and pools, never below zero."""
        if not self:
            return {}
        self.env["resource.allocation"].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT p.resource_id, CASE WHEN r.active THEN r.capacity ELSE 0 END"
                " - p.peak FROM resource_allocation_peaks(%s, %s, %s, %s, %s) p"
                " JOIN resource_resource r ON r.id = p.resource_id",
                self.ids,
                start,
                stop,
                fields.Datetime.now(),
                without,
            )
        )
        free = {resource: max(left, 0) for resource, left in rows}
        free.update(self._free_in_fragmented(free, start, stop, without))
        return free

    def _free_in_fragmented(self, free, start, stop, without):
        """Pools whose fixed units leave fewer whole periods than the count says."""
        Allocation = self.env["resource.allocation"].sudo()
        pools = self.sudo().filtered(lambda pool: pool.unit_ids and free[pool.id])
        fixed = pools and Allocation.search(
            Domain("live", "=", True)
            & Domain("resource_id", "in", pools.unit_ids.ids)
            & (
                Domain("pinned", "=", True)
                | Domain("state", "=", "out")
                | Domain("kind", "=", "block")
                | Domain("root_id", "!=", False)
            )
        )
        fragmentable = fixed and fixed.resource_id.pool_id & pools
        if not fragmentable:
            return {}
        book = Allocation._load_book(fragmentable, start, stop, without)
        return {
            pool.id: next(
                quantity
                for quantity in range(free[pool.id], -1, -1)
                if not quantity
                or book.would_fit(Request(0, [Part(pool.id, start, stop, quantity)]))
            )
            for pool in fragmentable
        }

    @api.readonly
    def busy(self, start, stop):
        """Who takes what when: ``{id: [(start, stop, quantity, state)]}``, UTC.

        Times and quantities only, of every company. ``state`` is that of the promise,
        or ``block``; a late thing is ``late`` from its planned end on. An open end is
        None. A combination shows what takes its atoms.
        """
        start, stop = self._to_period(start, stop)
        leaves = {r.id: r._expand_all() - r.pool_id for r in self.sudo()}
        every = self.browse({leaf.id for found in leaves.values() for leaf in found})
        rows = defaultdict(list)
        Allocation = self.env["resource.allocation"].sudo()
        claims = Allocation._claims(every.ids, start, stop)
        allocations = Allocation.browse({claim[0] for claim in claims})
        allocations.fetch(["state", "kind", "blocked_stop"])
        for row, _root, resource, since, until, weight in claims:
            allocation = allocations.browse(row)
            state = allocation.state if allocation.kind == "demand" else allocation.kind
            if since >= allocation.blocked_stop:
                state = "late"
            until = None if until == FOREVER else until
            rows[resource].append((since, until, abs(weight), state))
        return {
            resource: sorted(
                (row for leaf in found for row in rows[leaf.id]),
                key=lambda row: (row[0], row[1] or FOREVER, row[2], row[3]),
            )
            for resource, found in leaves.items()
        }

    @api.readonly
    def free_slots(self, start, stop, minutes, quantity=1, step=None):
        """Slots of ``minutes`` that can be booked: ``{id: [(start, stop)]}``, UTC.

        Within opening hours, if the resource has any. ``step``: minutes between the
        starts that are offered; without it each free period offers its first slot and
        then one after the other.

        :raise ValidationError: without an end to look until.
        """
        if not stop:
            raise ValidationError(self.env._("Say until when to look for free slots."))
        start, stop = self._to_period(start, stop)
        length = timedelta(minutes=minutes)
        interval = timedelta(minutes=step or minutes)
        return {
            resource.id: [
                (since, since + length)
                for begin, end in windows
                for since in self._starts(begin, end - length, interval)
            ]
            for resource, windows in self._free_windows(start, stop, length, quantity)
        }

    @api.model
    def _starts(self, first, last, interval):
        """Every start from ``first`` to ``last``, both included."""
        while first <= last:
            yield first
            first += interval

    def _free_windows(self, start, stop, length, quantity):
        """``(resource, [(start, stop)])``: bookable periods, buffers taken off."""
        Allocation = self.env["resource.allocation"].sudo()
        leaves = self.sudo()._expand_all()
        day = timedelta(days=1)
        book = Allocation._load_book(leaves, start - day, stop + day)
        opening = self._opening_intervals_batch(start, stop)
        for resource in self.sudo():
            setup = timedelta(minutes=resource.setup_minutes)
            teardown = timedelta(minutes=resource.teardown_minutes)
            windows = opening[resource.id]
            for leaf, pieces, unit in resource._expand():
                wanted = 1 if unit or resource.exclusive else pieces * quantity
                windows = [
                    (max(begin, since + setup), min(end, until - teardown))
                    for begin, end in windows
                    for since, until in self._leaf_windows(
                        book.timelines[leaf.id], begin - setup, end + teardown, wanted
                    )
                ]
            yield resource.with_env(self.env), [
                (begin, end) for begin, end in windows if end - begin >= length
            ]

    @api.model
    def _leaf_windows(self, timeline: Timeline, start, stop, quantity):
        return timeline.windows(start, stop, timedelta(0), quantity)

    def _opening_intervals(self, start, stop):
        """Opening hours of one resource, see :meth:`_opening_intervals_batch`."""
        self.ensure_one()
        return self._opening_intervals_batch(start, stop)[self.id]

    def _opening_intervals_batch(self, start, stop):
        """Opening hours within ``[start, stop)``: ``{id: [(start, stop)]}``, naive UTC.

        The ERP's own calendars, with their holidays and both daylight-saving days,
        merged where they touch; the whole period where there are none. Things that
        must be brought back are away at night too: for them opening hours say nothing
        about a period.
        """
        found = dict.fromkeys(self.ids, [(start, stop)])
        period = utc.localize(start), utc.localize(stop)
        timed = self.sudo().filtered(lambda r: r.calendar_id and r.release == "time")
        for calendar, resources in timed.grouped("calendar_id").items():
            owned = resources.filtered("company_id")
            if owned:
                hours = calendar._work_intervals_batch(*period, owned)
                found |= {one.id: self._merged(hours[one.id]) for one in owned}
            for tz, shared in (resources - owned).grouped("tz").items():
                # Core leaves public holidays out for resources without a company.
                domain = [("time_type", "=", "leave"), ("calendar_id", "=", calendar.id)]
                hours = calendar._work_intervals_batch(
                    *period, domain=domain, tz=timezone(tz)
                )
                found |= dict.fromkeys(shared.ids, self._merged(hours[False]))
        return found

    @api.model
    def _merged(self, intervals):
        """Core's intervals as naive UTC, joined where they touch."""
        merged = []
        for begin, end, _attendance in intervals:
            begin = begin.astimezone(utc).replace(tzinfo=None)
            end = end.astimezone(utc).replace(tzinfo=None)
            if end.microsecond:
                # Core ends a day at 23:59:59.999999.
                end = end.replace(microsecond=0) + timedelta(seconds=1)
            if merged and merged[-1][1] >= begin:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((begin, end))
        return merged

    def _domain_alternatives(self):
        """Resources that could serve instead. Override to narrow the kind."""
        self.ensure_one()
        return [
            ("id", "!=", self.id),
            ("bookable", "=", True),
            ("owner_model", "=", self.owner_model),
            ("exclusive", "=", self.exclusive),
            ("release", "=", self.release),
            ("pool_id", "=", self.pool_id.id),
            ("component_ids", "=", False),
            ("company_id", "in", [False, *self.env.companies.ids]),
        ]

    @api.model
    def _to_period(self, start, stop):
        start = fields.Datetime.to_datetime(start).replace(tzinfo=None)
        stop = fields.Datetime.to_datetime(stop or None)
        return start, stop.replace(tzinfo=None) if stop else FOREVER
