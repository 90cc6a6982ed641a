"""*Find what is free*: the question of the screen, and its answer page by page."""

from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..core.moment import instant_of, local_day, wall_time
from ..inputs import to_dict, to_list, to_period, to_text, to_whole
from .resource_resource_screens import LOOK_AHEAD

PAGE = 30
CHUNK = 500
"""How many matches are counted at once, until a page is full."""
BY_KIND_AND_NAME = "release desc, booking_kind desc, name, code, id"
"""What frees itself first, of it single things, then pools, then combinations."""
HOUR = timedelta(hours=1)
MORNING = 9
"""The hour of the wall clock at which a day is opened that has not begun."""
DAYS_TO_OPEN = 14
"""How far ahead a working hour is looked for."""


class ResourceResource(models.Model):
    _inherit = "resource.resource"

    # === OPENING === #

    @api.model
    @api.readonly
    def find_opening(self):
        """What the search opens on: ``start``, ``stop`` (UTC), ``kind``, ``kinds``.

        The next full hour if the user works then, else nine o'clock of the next day of
        work; of the first kind of which there is something.
        """
        kinds = self.find_kinds()
        start = self._find_hour()
        return {
            "start": start,
            "stop": start + HOUR,
            "kind": next(
                (
                    kind
                    for kind, _label in kinds
                    if self.search_count(self._find_domain({"kind": kind}), limit=1)
                ),
                "",
            ),
            "kinds": kinds,
        }

    @api.model
    def _find_hour(self):
        """The first hour to ask for, UTC; see :meth:`find_opening`."""
        now = fields.Datetime.now()
        until = now + timedelta(days=DAYS_TO_OPEN)
        user = self.env.user
        calendar = user.resource_calendar_id or self.env.company.resource_calendar_id
        # Narrow sudo: the user's own working hours, whoever may read calendars.
        hours = calendar.sudo().open_intervals(now, until, company=self.env.company)
        opening = hours.get(calendar.id, [])
        starts = list(self._find_starts(now))
        for start in starts:
            if any(begin <= start and start + HOUR <= end for begin, end in opening):
                return start
        return starts[0]

    @api.model
    def _find_starts(self, now):
        """Full hours of the user's wall clock, UTC: the next one, then nine o'clock and
        later of this and the next days, then the early ones of each."""
        zone = self.env.tz
        today = local_day(now, zone)
        next_hour = self._full_hour(now)
        yield next_hour
        for number in range(DAYS_TO_OPEN):
            day = today + timedelta(days=number)
            for hour in (*range(MORNING, 24), *range(MORNING)):
                start = instant_of(datetime.combine(day, time(hour)), zone)
                if start > next_hour:
                    yield start

    @api.model
    def _full_hour(self, now):
        """The next full hour of the user's clock, whatever minutes its zone has."""
        local = wall_time(now, self.env.tz)
        past = timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        return now - past + HOUR

    # === THE SEARCH === #

    @api.model
    @api.readonly
    def find_free(self, criteria, offset=0, limit=PAGE):
        """What of the wanted is free in a period, one page of it.

        :param dict criteria: ``start``, ``stop`` (UTC), ``quantity``, ``kind`` (a key
            of :meth:`find_kinds`), ``text``, ``only_free``, ``favorites`` (only the
            user's), ``setup_minutes`` and ``teardown_minutes`` (instead of the
            resources' own) and ``strip``, the period around it of which to tell what is
            busy.
        :return: ``total``, ``free_count`` and ``rows``, the free ones first, then by
            kind and name. Each row says how many are free, the next period in which
            enough are, whether the period is within opening hours, and what is busy
            around it. A page costs what it takes to fill it: unless ``complete``, at
            least ``free_count`` are free, and with ``only_free`` ``total`` is as many.
        """
        criteria = to_dict(self.env, criteria)
        start, stop = self._find_period(criteria)
        offset, limit = self._find_page(offset, limit)
        quantity = max(to_whole(self.env, criteria.get("quantity")) or 1, 1)
        strip = self._find_strip(criteria.get("strip")) or (start, stop)
        buffers = self._to_buffers(
            criteria.get("setup_minutes"), criteria.get("teardown_minutes")
        )
        domain = self._find_domain(criteria)
        free, enough, complete = self._find_enough(
            domain, (start, stop), quantity, buffers, offset + limit + 1
        )
        found = [*enough, *(one for one in free if free[one] < quantity)]
        if criteria.get("only_free"):
            found = enough
        total = len(found)
        if not complete and not criteria.get("only_free"):
            total = self.search_count(domain)
        page = self.browse(found[offset : offset + limit])
        return {
            "total": total,
            "free_count": len(enough),
            "complete": complete,
            "rows": page._find_rows(free, (start, stop), quantity, strip, buffers),
        }

    @api.model
    def _find_enough(self, domain, period, quantity, buffers, wanted):
        """Count what matches, in order, until so many are free or all are counted.

        :return: ``({id: free}, [ids of which enough are free], were all counted?)``
        """
        free, enough = {}, []
        while True:
            some = self.search(
                domain, order=BY_KIND_AND_NAME, offset=len(free), limit=CHUNK
            )
            counted = some._count_bookable(*period, buffers)
            free |= {one: counted[one] for one in some.ids}
            enough += [one for one in some.ids if counted[one] >= quantity]
            if len(some) < CHUNK or len(enough) >= wanted:
                return free, enough, len(some) < CHUNK

    @api.model
    def _find_period(self, criteria):
        if not criteria.get("start") or not criteria.get("stop"):
            raise ValidationError(
                self.env._("Say from when until when; the end must be after the start.")
            )
        return to_period(self.env, criteria["start"], criteria["stop"])

    @api.model
    def _find_page(self, offset, limit):
        offset = to_whole(self.env, offset) or 0
        limit = to_whole(self.env, limit) or PAGE
        if offset < 0 or limit < 0:
            raise ValidationError(self.env._("There are no pages before the first."))
        return offset, limit

    @api.model
    def _find_strip(self, strip):
        """The period to show around what is looked for, if one is asked for."""
        if not strip:
            return None
        ends = to_list(self.env, strip)
        if len(ends) != 2:
            raise ValidationError(self.env._("A period has a start and an end."))
        return to_period(self.env, *ends)

    @api.model
    @api.readonly
    def find_kinds(self):
        """Kinds to choose from: ``[(key, label)]``; each kind of document is one."""
        kinds = [
            ("room", self.env._("Rooms and people")),
            ("thing", self.env._("Things to take along")),
            ("pool", self.env._("Pools")),
            ("combination", self.env._("Combinations")),
            ("unit", self.env._("Single units of pools")),
        ]
        owners = self._read_group(
            [("bookable", "=", True), ("owner_model", "!=", False)], ["owner_model"]
        )
        names = self.env["ir.model"].sudo()
        return kinds + [
            (f"model:{model}", names._get(model).name)
            for (model,) in owners
            if model in self.env
        ]

    @api.model
    def _find_domain(self, criteria):
        """Resources the criteria ask for; units only when asked for by kind or name."""
        kind = to_text(self.env, criteria.get("kind")) or ""
        text = to_text(self.env, criteria.get("text"))
        domain = Domain("bookable", "=", True)
        if criteria.get("favorites"):
            domain &= Domain("is_favorite", "=", True)
        if text:
            domain &= Domain("display_name", "ilike", text)
        if kind.startswith("model:"):
            return domain & Domain("owner_model", "=", kind.removeprefix("model:"))
        single = Domain("booking_kind", "=", "single")
        kinds = {
            "room": (single | Domain("booking_kind", "=", "combination"))
            & Domain("release", "=", "time"),
            "thing": single & Domain("release", "=", "return"),
            "pool": Domain("booking_kind", "=", "pool"),
            "combination": Domain("booking_kind", "=", "combination"),
            "unit": Domain("booking_kind", "=", "unit"),
        }
        anything = Domain.TRUE if text else Domain("booking_kind", "!=", "unit")
        return domain & kinds.get(kind, anything)

    def _find_rows(self, free, period, quantity, strip, buffers):
        """What the client shows of one page of results."""
        start, stop = period
        busy = self.busy(*strip)
        short = self.filtered(lambda one: free[one.id] < quantity)
        next_free = short._next_free(start, stop - start, quantity, buffers)
        opening = self._open_intervals(start, stop)
        late = self._late_pieces()
        return [
            {
                "id": one.id,
                "name": one.display_name,
                "is_favorite": one.is_favorite,
                "kind": one.booking_kind,
                "release": one.release,
                "capacity": one.capacity,
                "free": free[one.id],
                "enough": free[one.id] >= quantity,
                "pool": one.sudo().pool_id.name or "",
                "opening": one.sudo().calendar_id.name or "",
                "is_open": opening[one.id] == [(start, stop)],
                "late": late.get(one.id, 0),
                "next": next_free.get(one.id),
                "busy": busy[one.id],
            }
            for one in self
        ]

    def _next_free(self, start, length, quantity, buffers):
        """``{id: (start, stop)}``: the first period of that length with enough."""
        earliest = max(start, fields.Datetime.now())
        found = self._free_windows(
            earliest, earliest + LOOK_AHEAD, length, quantity, buffers
        )
        return {
            one.id: (windows[0][0], windows[0][0] + length)
            for one, windows, _book in found
            if windows
        }
