from datetime import timedelta

from pytz import all_timezones_set, timezone, utc

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..core.hours import Opening, joined, openings, without
from ..inputs import is_nothing, shown, to_id, to_period

FURTHEST = timedelta(days=366)
"""How far opening hours and free slots are looked for in one call."""


class ResourceCalendar(models.Model):
    """Opening hours of bookable things, and of who serves them without being one."""

    _inherit = "resource.calendar"

    @api.readonly
    def open_intervals(self, start, stop, tz=None, company=None):
        """When these are open within ``[start, stop)``: ``{id: [(start, stop)]}``, UTC.

        Core's hours without breaks, less public holidays, joined where they touch. As
        many queries for any number of calendars as for one.

        :param tz: the name of the zone whose wall clock counts, else each calendar's.
        :param company: whose holidays count, a record or id; else those of the
            calendar's own, or where it has none those of this very calendar.
        :raise ValidationError: no such zone, no end, or further than a year.
        :raise AccessError: for calendars or a company the user may not read.
        """
        self.check_access("read")
        start, stop = self._to_searchable(start, stop)
        company = self.env["res.company"].browse(to_id(self.env, company) or [])
        company.check_access("read")
        tz = self._to_zone_name(tz)
        calendars = self.sudo()
        wanted = {
            calendar.id: (
                calendar.id,
                tz or calendar.tz,
                company.id or calendar.company_id.id,
            )
            for calendar in calendars
        }
        hours = calendars._hours_of(set(wanted.values()), start, stop)
        return {one: hours[key] for one, key in wanted.items()}

    @api.model
    def _to_searchable(self, start, stop):
        """A period that is short enough to be looked through."""
        start, stop = to_period(self.env, start, stop)
        if stop - start > FURTHEST:
            raise ValidationError(
                self.env._("Say until when to look, at most a year ahead.")
            )
        return start, stop

    @api.model
    def _to_zone_name(self, tz):
        if is_nothing(tz):
            return None
        if not isinstance(tz, str) or tz not in all_timezones_set:
            raise ValidationError(self.env._("“%s” is not a time zone.", shown(tz)))
        return tz

    @api.model
    def _hours_of(self, wanted, start, stop):
        """Hours less holidays: ``{(calendar, zone, company): [(start, stop)]}``.

        Without a company only the holidays of the very calendar count. Narrow sudo:
        when something is open is no secret to whoever may ask for it.
        """
        calendars = self.sudo().browse({calendar for calendar, _tz, _company in wanted})
        patterns = calendars._patterns()
        holidays = calendars._holidays(start, stop)
        found = {}
        for calendar, tz, company in wanted:
            hours = (
                openings(patterns[calendar], start, stop, timezone(tz))
                if calendar in patterns
                else calendars.browse(calendar)._flexible_hours(start, stop, tz)
            )
            closed = [
                leave._closed_period()
                for leave in holidays
                if leave._closes(calendar, company)
            ]
            found[calendar, tz, company] = without(hours, closed)
        return found

    def _patterns(self):
        """``{id: [Opening]}`` of those with fixed hours."""
        attendances = self.env["resource.calendar.attendance"].search_fetch(
            Domain("calendar_id", "in", self.ids)
            & Domain("display_type", "=", False)
            & Domain("day_period", "!=", "lunch"),
            ["calendar_id", "dayofweek", "week_type", "hour_from", "hour_to"],
        )
        patterns = {one.id: [] for one in self if not one.flexible_hours}
        for one in attendances:
            calendar = one.calendar_id
            if calendar.id in patterns:
                patterns[calendar.id].append(
                    Opening(
                        int(one.dayofweek),
                        int(one.week_type) if calendar.two_weeks_calendar else None,
                        one.hour_from,
                        one.hour_to,
                    )
                )
        return patterns

    def _holidays(self, start, stop):
        """Leaves that close calendars and not only one thing."""
        return self.env["resource.calendar.leaves"].search_fetch(
            Domain("time_type", "=", "leave")
            & Domain("resource_id", "=", False)
            & Domain("calendar_id", "in", [False, *self.ids])
            & Domain("date_from", "<", stop)
            & Domain("date_to", ">", start),
            ["calendar_id", "company_id", "date_from", "date_to"],
        )

    def _flexible_hours(self, start, stop, tz):
        """Where hours are only a number a day, core says when they would be."""
        found = self._attendance_intervals_batch(
            utc.localize(start), utc.localize(stop), tz=timezone(tz)
        )[False]
        return joined(
            tuple(at.astimezone(utc).replace(tzinfo=None) for at in (begin, end))
            for begin, end, _attendance in found
        )
