"""What is free and when: the reading half of the ledger's API."""

from bisect import bisect_right
from collections import defaultdict
from datetime import timedelta

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..core.book import Part, Request
from ..core.moment import FOREVER, blocked_period
from ..inputs import to_ids, to_period, to_whole

FURTHEST = timedelta(days=366)
MOST_SLOTS = 10_000
"""How far and how many free slots are looked for in one call."""


class ResourceResource(models.Model):
    _inherit = "resource.resource"

    @api.readonly
    def free_quantity(self, start, stop, exclude_ids=None):
        """Pieces free during the whole of ``[start, stop)``, UTC: ``{id: int}``.

        Counts every company's rows (invariant 7). A combination has what its scarcest
        atom has; a unit at most what its pool has. An empty ``stop`` is open-ended. The
        setup and teardown of each resource count too: what is free here can be booked.

        :param exclude_ids: roots to leave out of account, as when moving them.
        """
        self.check_access("read")
        start, stop = to_period(self.env, start, stop)
        without = to_ids(self.env, exclude_ids)
        wanted = {resource.id: resource._expand_buffered() for resource in self.sudo()}
        windows = defaultdict(set)
        for parts in wanted.values():
            for leaf, buffers in parts:
                windows[buffers].add(leaf)
        free = {}
        for buffers, leaves in windows.items():
            period = blocked_period(start, None if stop == FOREVER else stop, *buffers)
            found = self.browse(leaves)._free_leaves(*period, without)
            free |= {(leaf, buffers): left for leaf, left in found.items()}
        counted = {
            resource: min(map(free.get, parts)) for resource, parts in wanted.items()
        }
        return self.browse(
            resource for resource, left in counted.items() if left
        )._without_needed_units(counted, start, stop, without)

    def _without_needed_units(self, counted, start, stop, without):
        """Offer no unit that is free by count but that a longer promise needs."""
        Allocation = self.env["resource.allocation"].sudo()
        asked = []
        for resource in self.sudo().filtered(lambda one: one._expand_all().pool_id):
            vals = {
                "resource_id": resource.id,
                "start": start,
                "stop": None if stop == FOREVER else stop,
                "quantity": 1,
                "kind": "demand",
                "setup_minutes": resource.setup_minutes,
                "teardown_minutes": resource.teardown_minutes,
            }
            asked.append((Allocation._request(resource.id, vals), vals))
        if not asked:
            return counted
        parts = [part for request, _vals in asked for part in request.parts]
        book = Allocation._load_book(
            Allocation._resources_of(asked),
            min(part.start for part in parts),
            max(part.stop for part in parts),
            without,
        )
        needed = {r.index: 0 for r, _vals in asked if not book.would_fit(r)}
        return counted | needed

    def _expand_buffered(self):
        """What promising one takes: ``[(id, (minutes before, minutes after))]``."""
        self.ensure_one()
        vals = {
            "setup_minutes": self.setup_minutes,
            "teardown_minutes": self.teardown_minutes,
            "kind": "demand",
        }
        Allocation = self.env["resource.allocation"]
        return [
            (leaf.id, Allocation._leaf_buffers(self, leaf, vals))
            for leaf, _pieces, _unit in self._expand()
        ]

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
            pool.id: bisect_right(
                range(1, free[pool.id] + 1),
                0,
                key=lambda quantity, pool=pool.id: (
                    not book.would_fit(Request(0, [Part(pool, start, stop, quantity)]))
                ),
            )
            for pool in fragmentable
        }

    @api.readonly
    def busy(self, start, stop):
        """Who takes what when: ``{id: [(start, stop, quantity, state)]}``, UTC.

        Times and quantities only, of every company. ``state`` is that of the promise,
        or ``block``; a late thing is ``late`` from its planned end on, what came back
        and is made ready ``teardown``. An open end is None. A combination shows what
        takes its atoms.
        """
        self.check_access("read")
        start, stop = to_period(self.env, start, stop)
        leaves = {
            resource.id: [
                leaf for leaf, _pieces, unit in resource._expand() if not unit
            ]
            for resource in self.sudo()
        }
        every = self.browse({leaf.id for found in leaves.values() for leaf in found})
        rows = defaultdict(list)
        Allocation = self.env["resource.allocation"].sudo()
        claims = Allocation._claims(every.ids, start, stop)
        allocations = Allocation.browse({claim[0] for claim in claims})
        allocations.fetch(["state", "kind", "blocked_stop"])
        for row, _root, resource, since, until, weight in claims:
            allocation = allocations.browse(row)
            state = allocation.state if allocation.kind == "demand" else allocation.kind
            if state == "done":
                state = "teardown"
            elif since >= allocation.blocked_stop:
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

        :raise ValidationError: without an end to look until, further than a year, or
            without a length.
        """
        self.check_access("read")
        start, stop = to_period(self.env, start, stop)
        if stop - start > FURTHEST:
            raise ValidationError(
                self.env._("Say until when to look for free slots, at most a year.")
            )
        minutes = to_whole(self.env, minutes) or 0
        quantity = to_whole(self.env, quantity) or 0
        step = minutes if step is None else to_whole(self.env, step) or 0
        if min(minutes, quantity, step) < 1:
            raise ValidationError(
                self.env._("Slots and the steps between them are a minute or longer.")
            )
        if (stop - start) / timedelta(minutes=step) > MOST_SLOTS:
            raise ValidationError(
                self.env._("That is too many slots: look for less, or larger steps.")
            )
        length = timedelta(minutes=minutes)
        interval = timedelta(minutes=step)
        return {
            resource.id: [
                (since, since + length)
                for begin, end in windows
                for since in self._starts(begin, end - length, interval)
                if resource._whole_in(book, since, since + length, quantity)
            ]
            for resource, windows, book in self._free_windows(
                start, stop, length, quantity
            )
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
        longest = timedelta(minutes=self._longest_buffer())
        book = Allocation._load_book(leaves, start - longest, stop + longest)
        opening = self._opening_intervals_batch(start, stop)
        single = set(leaves.filtered("exclusive").ids)
        for resource in self.sudo():
            windows = opening[resource.id]
            for leaf, buffers in resource._expand_buffered():
                setup, teardown = (timedelta(minutes=minutes) for minutes in buffers)
                timeline = book.timelines[leaf]
                wanted = 1 if leaf in single else quantity
                windows = [
                    (max(begin, since + setup), min(end, until - teardown))
                    for begin, end in windows
                    for since, until in timeline.windows(
                        begin - setup, end + teardown, length, wanted
                    )
                ]
            yield (
                resource.with_env(self.env),
                [(begin, end) for begin, end in windows if end - begin >= length],
                book,
            )

    def _longest_buffer(self):
        """Minutes that any of these or their parts may reach beyond a period."""
        every = self.sudo() | self.sudo()._expand_all()
        return max(
            every.mapped("setup_minutes") + every.mapped("teardown_minutes") + [0]
        )

    def _whole_in(self, book, start, stop, quantity):
        """Whether pools with units have whole ones for the period, not just a count."""
        if not book.pools:
            return True
        parts = [
            Part(
                leaf.id,
                start,
                stop,
                quantity if not leaf.exclusive else 1,
                unit.id or 0,
            )
            for leaf, _pieces, unit in self.sudo()._expand(quantity)
            if leaf.id in book.pools
        ]
        return not parts or book.would_fit(Request(0, parts))

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
                domain = [
                    ("time_type", "=", "leave"),
                    ("calendar_id", "=", calendar.id),
                ]
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
