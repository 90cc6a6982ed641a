"""What is free and when: the reading half of the ledger's API."""

from bisect import bisect_right
from collections import defaultdict
from datetime import timedelta

from pytz import timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..core.book import Part, Request
from ..core.hours import common, without
from ..core.moment import FOREVER, LONGEST_BUFFER, blocked_period
from ..inputs import to_ids, to_period, to_whole

A_WEEK = timedelta(days=7)
MOST_SLOTS = 10_000
"""How many free slots are looked for in one call."""


class ResourceResource(models.Model):
    _inherit = "resource.resource"

    @api.readonly
    def free_quantity(
        self, start, stop, exclude_ids=None, setup_minutes=None, teardown_minutes=None
    ):
        """Pieces free during the whole of ``[start, stop)``, UTC: ``{id: int}``.

        Counts every company's rows (invariant 7). A combination has what its scarcest
        atom has; a unit at most what its pool has. An empty ``stop`` is open-ended. The
        setup and teardown of each resource count too: what is free here can be booked.

        :param exclude_ids: roots to leave out of account, as when moving them.
        :param setup_minutes: to block before, instead of what each resource says; an
            atom of a combination keeps its own where they are longer.
        :param teardown_minutes: the same, after.
        :raise ValidationError: no period, or buffers that are no minutes.
        """
        self.check_access("read")
        period = to_period(self.env, start, stop)
        without = to_ids(self.env, exclude_ids)
        buffers = self._to_buffers(setup_minutes, teardown_minutes)
        return self._count_free(*period, without, buffers)

    @api.model
    def _to_buffers(self, setup_minutes, teardown_minutes):
        """Both as whole minutes, None where the resource's own count."""
        buffers = (
            to_whole(self.env, setup_minutes),
            to_whole(self.env, teardown_minutes),
        )
        if any(not 0 <= (minutes or 0) <= LONGEST_BUFFER for minutes in buffers):
            raise ValidationError(
                self.env._("Setup and teardown are minutes, up to 70 days.")
            )
        return buffers

    def _count_free(self, start, stop, without, buffers):
        """:meth:`free_quantity` of what the user is known to read."""
        period = start, stop
        rows = self._query_free(period, without, buffers)
        pools = {
            (leaf, *self._blocked(period, *reach)): left
            for _id, leaf, *reach, _is_unit, has_units, left in rows
            if has_units and left
        }
        pools |= self._free_in_fragmented(pools, without)
        counted = {}
        for resource, leaf, *reach, _is_unit, has_units, left in rows:
            if has_units and left:
                left = pools[(leaf, *self._blocked(period, *reach))]
            counted[resource] = min(counted.get(resource, left), left)
        units = {row[0] for row in rows if row[5] and counted[row[0]]}
        return self.browse(units)._without_needed_units(
            counted, period, without, buffers
        )

    def _count_bookable(self, start, stop, buffers):
        """:meth:`_count_free`, none where enforced hours allow no promise."""
        counted = self._count_free(start, stop, [], buffers)
        asked = [(one, start, stop) for one in self.ids]
        # Narrow sudo: when parts are open is no secret to who may ask for the whole.
        allowed = zip(self.ids, self.sudo()._may_be_promised(asked), strict=True)
        return counted | {one: 0 for one, may in allowed if not may}

    def _query_free(self, period, without, buffers, days=None):
        """``[(id, leaf, setup, teardown, zone, is it a unit?, has it units?, free)]``.

        What promising one of each takes; see ``resource_allocation_free``. What takes
        whole days is asked for again, once it is known in which zones.

        :param dict days: ``{zone: (since, until)}``, UTC, of the local days
        """
        self.flush_model()
        self.env["resource.allocation"].flush_model()
        days = days or {}
        rows = self.env.execute_query(
            SQL(
                "SELECT * FROM resource_allocation_free"
                "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                self.ids,
                *period,
                *buffers,
                fields.Datetime.now(),
                without,
                list(days),
                [since for since, _until in days.values()],
                [until for _since, until in days.values()],
            )
        )
        zones = {row[4] for row in rows if row[7] is None}
        if not zones:
            return rows
        days = {zone: self._blocked(period, 0, 0, zone) for zone in zones}
        return self._query_free(period, without, buffers, days)

    def _parts(self, setup_minutes=None, teardown_minutes=None):
        """``{id: [(leaf, minutes before, minutes after, zone)]}`` of promising one.

        With a zone it takes the local days there, whole.
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT * FROM resource_allocation_parts(%s, %s, %s)",
                self.ids,
                setup_minutes,
                teardown_minutes,
            )
        )
        parts = defaultdict(list)
        for resource, *part, _is_unit, _has_units, _pieces in rows:
            parts[resource].append(part)
        return parts

    def _without_needed_units(self, counted, period, without, buffers):
        """Offer no unit that is free by count but that a longer promise needs."""
        if not self:
            return counted
        Allocation = self.env["resource.allocation"].sudo()
        start, stop = period
        asked = []
        for resource in self.sudo():
            own = resource.setup_minutes, resource.teardown_minutes
            setup, teardown = (
                mine if given is None else given
                for given, mine in zip(buffers, own, strict=True)
            )
            vals = {
                "resource_id": resource.id,
                "start": start,
                "stop": None if stop == FOREVER else stop,
                "quantity": 1,
                "kind": "demand",
                "setup_minutes": setup,
                "teardown_minutes": teardown,
                "reach": resource.reach,
            }
            asked.append((Allocation._request(resource.id, vals), vals))
        parts = [part for request, _vals in asked for part in request.parts]
        book = Allocation._load_book(
            Allocation._resources_of(asked),
            min(part.start for part in parts),
            max(part.stop for part in parts),
            without,
        )
        needed = {r.index: 0 for r, _vals in asked if not book.would_fit(r)}
        return counted | needed

    @api.model
    def _blocked(self, period, setup_minutes, teardown_minutes, days_in=None):
        """What the period takes with its buffers, or with the days of that zone; an
        open one stays open."""
        start, stop = period[0], None if period[1] == FOREVER else period[1]
        zone = days_in and timezone(days_in)
        return blocked_period(start, stop, setup_minutes, teardown_minutes, zone)

    @api.model
    def _free_in_fragmented(self, free, without):
        """Pools whose fixed units leave fewer whole periods than the count says.

        :param dict free: ``{(pool's id, since, until): pieces by count}``, UTC
        """
        Allocation = self.env["resource.allocation"].sudo()
        pools = self.sudo().browse({pool for pool, _since, _until in free})
        fixed = pools and Allocation.search(
            Domain("live", "=", True)
            & Domain("resource_id.pool_id", "in", pools.ids)
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
        windows = [window for window in free if window[0] in fragmentable._ids]
        book = Allocation._load_book(
            fragmentable,
            min(since for _pool, since, _until in windows),
            max(until for _pool, _since, until in windows),
            without,
        )
        return {
            window: bisect_right(
                range(1, free[window] + 1),
                0,
                key=lambda quantity, window=window: (
                    not book.would_fit(Request(0, [Part(*window, quantity)]))
                ),
            )
            for window in windows
        }

    @api.readonly
    def busy(self, start, stop):
        """Who takes what when: ``{id: [(start, stop, quantity, state)]}``, UTC.

        Times and quantities only, of every company. ``state`` is that of the promise,
        or ``block``; a late thing is ``late`` from its planned end on, what came back
        and is made ready ``teardown``, a hold until check-in ``reserved``. An open end
        is None. A combination shows what takes its atoms.
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
        allocations.fetch(["state", "kind", "blocked_stop", "hold_kind"])
        for row, _root, resource, since, until, weight in claims:
            allocation = allocations.browse(row)
            state = allocation.state if allocation.kind == "demand" else allocation.kind
            if state == "done":
                state = "teardown"
            elif allocation.hold_kind == "check_in" and state == "hold":
                state = "reserved"
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
    def free_slots(
        self,
        start,
        stop,
        minutes,
        quantity=1,
        step=None,
        setup_minutes=None,
        teardown_minutes=None,
    ):
        """Slots of ``minutes`` that can be booked: ``{id: [(start, stop)]}``, UTC.

        Within opening hours, if the resource has any. ``step``: minutes between the
        starts that are offered; without it each free period offers its first slot and
        then one after the other. Setup and teardown as in :meth:`free_quantity`.

        :raise ValidationError: without an end to look until, further than a year, or
            without a length; or buffers that are no minutes.
        """
        self.check_access("read")
        buffers = self._to_buffers(setup_minutes, teardown_minutes)
        start, stop = self.env["resource.calendar"]._to_searchable(start, stop)
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
                start, stop, length, quantity, buffers
            )
        }

    def _free_within(self, start, stop, minutes, quantity):
        """Those with room for so many within ``[start, stop)``, UTC: a recordset.

        :param minutes: for at least how long at a stretch; 0 for the whole of it.
        """
        # Of a single thing there is one, however long.
        asked = self if quantity == 1 else self.filtered(lambda one: not one.exclusive)
        if not minutes:
            free = asked._count_bookable(start, stop, (None, None))
            return asked.filtered(lambda one: free[one.id] >= quantity)
        length = timedelta(minutes=minutes)
        # Whole units may be free only later in a window in which the count is.
        interval = min(length, timedelta(hours=1))
        return self.browse(
            resource.id
            for resource, windows, book in asked._free_windows(
                start, stop, length, quantity
            )
            if any(
                resource._whole_in(book, since, since + length, quantity)
                for begin, end in windows
                for since in self._starts(begin, end - length, interval)
            )
        )

    @api.model
    def _starts(self, first, last, interval):
        """Every start from ``first`` to ``last``, both included."""
        while first <= last:
            yield first
            first += interval

    def _free_windows(self, start, stop, length, quantity, buffers=(None, None)):
        """``(resource, [(start, stop)])``: bookable periods, buffers taken off."""
        Allocation = self.env["resource.allocation"].sudo()
        parts = self._parts(*buffers)
        every = [part for found in parts.values() for part in found]
        leaves = self.sudo().browse({leaf for leaf, *_reach in every})
        minutes = [max(before, after) for _leaf, before, after, _zone in every]
        # Of what takes whole days the days at both ends count too.
        days = 2 if any(zone for *_part, zone in every) else 0
        longest = timedelta(days=days, minutes=max(minutes, default=0))
        book = Allocation._load_book(leaves, start - longest, stop + longest)
        opening = self._open_intervals(start, stop)
        single = set(leaves.filtered("exclusive").ids)
        for resource in self.sudo():
            windows = opening[resource.id]
            for leaf, before, after, zone in parts[resource.id]:
                timeline = book.timelines[leaf]
                wanted = 1 if leaf in single else quantity
                if zone:
                    days = timeline.days(start, stop, timezone(zone), wanted)
                    windows = common(windows, days)
                    continue
                setup, teardown = timedelta(minutes=before), timedelta(minutes=after)
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

    @api.readonly
    def open_intervals(self, start, stop):
        """When these are open within ``[start, stop)``: ``{id: [(start, stop)]}``, UTC.

        The ERP's own calendars with their company's public holidays, less the leaves of
        each; joined where they touch. Without a calendar always open. A combination is
        open when all its parts are, and by its own hours. Things that must be brought
        back are away at night too: for them opening hours say nothing about a period.

        :raise ValidationError: no end, or further than a year.
        """
        self.check_access("read")
        period = self.env["resource.calendar"]._to_searchable(start, stop)
        return self._open_intervals(*period)

    def _open_intervals(self, start, stop):
        """:meth:`open_intervals` of what the user is known to read, however long."""
        timed = self.sudo().filtered(lambda one: one.release == "time")
        every = parts = timed
        while parts := parts.component_ids - every:
            every |= parts
        hours = every._own_hours(start, stop)

        def of(resource):
            found = hours[resource.id]
            for part in resource.component_ids:
                found = common(found, of(part))
            return found

        always = dict.fromkeys(self.ids, [(start, stop)])
        return always | {resource.id: of(resource) for resource in timed}

    @api.model
    def _may_be_promised(self, periods):
        """Whether opening hours, where they are enforced, allow each of these promises.

        Those of a combination are held to the hours of its parts. Without an end only
        what is always open can be promised.

        :param list periods: ``(resource's id, start, stop)``, UTC, ``FOREVER`` at most
        """
        bound = self.browse({one for one, _start, _stop in periods}).filtered(
            lambda resource: (
                resource.release == "time"
                and any((resource | resource.expand_all()).mapped("hours_enforced"))
            )
        )
        if not bound:
            return [True] * len(periods)
        # Hours repeat by the week or two.
        ends = [
            start + 2 * A_WEEK if stop == FOREVER else stop
            for _one, start, stop in periods
        ]
        since = min(start for _one, start, _stop in periods)
        hours = bound._open_intervals(since, max(ends))
        return [
            one not in bound.ids
            or any(opens <= start and end <= closes for opens, closes in hours[one])
            for (one, start, _stop), end in zip(periods, ends, strict=True)
        ]

    def _own_hours(self, start, stop):
        """Hours less leaves: ``{id: [(start, stop)]}``, not looking at parts."""
        keys = {
            one.id: (one.calendar_id.id, one.tz, one.company_id.id)
            for one in self
            if one.calendar_id
        }
        Calendar = self.env["resource.calendar"]
        hours = Calendar._hours_of(set(keys.values()), start, stop) if keys else {}
        found = {
            one: hours[keys[one]] if one in keys else [(start, stop)]
            for one in self.ids
        }
        for leave in self._leaves(start, stop):
            one = leave.resource_id.id
            found[one] = without(found[one], [leave._closed_period()])
        return found

    def _leaves(self, start, stop):
        """Leaves of these very resources."""
        return self.env["resource.calendar.leaves"].search_fetch(
            Domain("time_type", "=", "leave")
            & Domain("resource_id", "in", self.ids)
            & Domain("date_from", "<", stop)
            & Domain("date_to", ">", start),
            ["resource_id", "date_from", "date_to"],
        )

    # === WHAT SERVES INSTEAD === #

    def _alternatives(self, limit):
        """Up to ``limit`` resources that could serve instead, the closest first.

        As far as the user may read them, in the companies the user works in.
        """
        self.ensure_one()
        known = self.sudo()
        alike = (
            Domain("id", "!=", self.id)
            & Domain("bookable", "=", True)
            & Domain("owner_model", "=", known.owner_model)
            & Domain("exclusive", "=", known.exclusive)
            & Domain("release", "=", known.release)
            & Domain("company_id", "in", [False, *self.env.companies.ids])
        )
        found = self.browse()
        for closer in known._domains_substitutes():
            if (missing := limit - len(found)) > 0:
                domain = alike & closer & Domain("id", "not in", found.ids)
                found += self.search(domain, limit=missing, order="name, code, id")
        return found

    def _domains_substitutes(self):
        """What serves instead of this one, as domains, the closest first.

        The document it stands for says so; what stands for none is served by others
        of its kind. Override for documents that are no ``resource.bookable.mixin``.
        """
        owner = self._owner()
        if owner is None:
            kind = Domain("pool_id", "=", self.pool_id.id)
            return [kind & Domain("component_ids", "=", False)]
        return [
            Domain("id", "in", owner._search(domain).subselect("resource_id"))
            for domain in owner._domains_substitutes()
        ]
