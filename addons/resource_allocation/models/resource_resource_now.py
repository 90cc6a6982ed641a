"""What can be had of a resource now, and how much of the next days is promised."""

from datetime import timedelta

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

from ..core.timeline import Claim, Timeline

LOAD_DAYS = 14
LOOK_AHEAD = timedelta(days=60)
"""How far ahead the next free moment is looked for."""


class ResourceResource(models.Model):
    _inherit = "resource.resource"

    situation = fields.Selection(
        [
            ("free", "Free"),
            ("partly", "Partly free"),
            ("taken", "Taken"),
            ("late", "Not back yet"),
            ("closed", "Closed"),
        ],
        compute="_compute_situation",
        string="Now",
    )
    situation_text = fields.Char(compute="_compute_situation", string="Availability")
    free_now = fields.Integer(compute="_compute_situation", string="Free pieces now")
    is_free_now = fields.Boolean(
        compute="_compute_is_free_now", search="_search_is_free_now"
    )
    load_days = fields.Json(compute="_compute_load_days", string="Next 14 days")

    # === NOW === #

    @api.depends_context("tz", "lang")
    def _compute_situation(self):
        now = fields.Datetime.now()
        known = self.filtered("bookable")._origin
        free = known.free_quantity(now, now + timedelta(minutes=1))
        opening = known._opening_now(now)
        away = known.filtered(lambda one: not free[one.id] or not opening[one.id])
        ahead = away._free_windows(now, now + LOOK_AHEAD, timedelta(minutes=1), 1)
        next_free = {one.id: found[0][0] for one, found, _book in ahead if found}
        late = known._late_pieces()
        for resource in self:
            one = resource._origin
            left = max(free.get(one.id, 0) - late.get(one.id, 0), 0)
            resource.free_now = left
            resource.situation, resource.situation_text = (
                one._situation(left, opening[one.id], next_free.get(one.id), late)
                if one.id in free
                else (False, False)
            )

    def _late_pieces(self):
        """``{id: pieces}`` that should be back by now and are not."""
        late = (
            self.env["resource.allocation"]
            .sudo()
            ._read_group(
                [("resource_id", "in", self.ids), ("is_late", "=", True)],
                ["resource_id"],
                ["quantity:sum"],
            )
        )
        return {resource.id: pieces for resource, pieces in late}

    def _opening_now(self, now):
        """``{id: open?}`` at this instant."""
        moment = now + timedelta(seconds=1)
        opening = self._opening_intervals_batch(now, moment)
        return {one: bool(intervals) for one, intervals in opening.items()}

    def _situation(self, free, is_open, next_free, late):
        """Key and words for what can be had now."""
        self.ensure_one()
        if not free and late.get(self.id):
            return "late", self.env._("Late, not back yet")
        until = next_free and format_datetime(self.env, next_free, dt_format="short")
        if not free:
            words = (
                self.env._("Taken until %s", until) if until else self.env._("Taken")
            )
            return "taken", words
        if not is_open:
            words = (
                self.env._("Closed until %s", until) if until else self.env._("Closed")
            )
            return "closed", words
        if self.exclusive or self.component_ids:
            return "free", self.env._("Free")
        words = self.env._("%(free)s of %(all)s free", free=free, all=self.capacity)
        return "free" if free >= self.capacity else "partly", words

    @api.depends("situation")
    def _compute_is_free_now(self):
        for resource in self:
            resource.is_free_now = resource.situation in ("free", "partly")

    def _search_is_free_now(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        bookable = self.search([("bookable", "=", True)])
        free = bookable.free_quantity(now, now + timedelta(minutes=1))
        late = bookable._late_pieces()
        found = [one for one, count in free.items() if count > late.get(one, 0)]
        return [("id", "in" if True in value else "not in", found)]

    # === LOAD === #

    @api.depends_context("tz", "lang")
    def _compute_load_days(self):
        """How much of each of the next days is promised, for the load strip."""
        days = self._local_days(LOAD_DAYS)
        known = self.filtered("bookable")._origin
        busy = known.busy(days[0][1], days[-1][2])
        for resource in self:
            one = resource._origin
            resource.load_days = one and [
                {
                    "label": format_date(self.env, day, date_format="EEE d MMM"),
                    "weekend": day.weekday() >= 5,
                    **one._load_of_day(busy.get(one.id, ()), start, stop),
                }
                for day, start, stop in days
            ]

    @api.model
    def _local_days(self, count):
        """``[(date, start, stop)]`` of the user's next days, in UTC, DST-safe."""
        zone = timezone(self.env.context.get("tz") or self.env.user.tz or "UTC")
        today = fields.Datetime.context_timestamp(self, fields.Datetime.now()).date()
        dates = [today + timedelta(days=number) for number in range(count + 1)]
        midnights = [
            zone.localize(fields.Datetime.to_datetime(day))
            .astimezone(utc)
            .replace(tzinfo=None)
            for day in dates
        ]
        return list(zip(dates, midnights, midnights[1:], strict=False))

    def _load_of_day(self, rows, start, stop):
        """``share`` of the day that is promised, and the same in words.

        Of a pool: the highest number of pieces taken at once.
        """
        self.ensure_one()
        claims = [
            Claim(max(since, start), min(until or stop, stop), quantity)
            for since, until, quantity, state in rows
            if state != "supply" and since < stop and (until or stop) > start
        ]
        if not self.exclusive and not self.component_ids:
            most = max(load for _at, load in Timeline(0, claims).steps(start, stop))
            share = most / self.capacity if self.capacity else float(bool(most))
            text = self.env._(
                "%(taken)s of %(all)s taken at most", taken=most, all=self.capacity
            )
            return {"share": min(share, 1), "over": share > 1, "text": text}
        # A combination shows several atoms; any of them taken means taken.
        segments = Timeline(1, claims).segments(start, stop)
        taken = sum(
            (
                (until - since).total_seconds()
                for since, until, free in segments
                if free < 1
            ),
            0.0,
        )
        share = taken / (stop - start).total_seconds()
        text = (
            self.env._("taken %.1f hours", taken / 3600)
            if taken
            else self.env._("free")
        )
        return {"share": share, "over": False, "text": text}
