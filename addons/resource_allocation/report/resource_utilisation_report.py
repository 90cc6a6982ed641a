from datetime import date, timedelta

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

BACK = timedelta(days=90)
AHEAD = timedelta(days=30)
"""The period looked at when the domain names none."""
LONGEST = timedelta(days=800)
DAY = timedelta(days=1)


class ResourceUtilisationReport(models.Model):
    """Hours that could be had and hours that were promised, per resource and day.

    Days are the user's. Nothing is stored: available hours come from the opening
    hours of the few calendars there are, worked out once per query, and promised
    hours from the ledger. Only the days that the domain speaks of are built.
    """

    _name = "resource.utilisation.report"
    _description = "Utilisation of Resources"
    _auto = False
    _rec_name = "resource_id"
    _order = "day desc, resource_id"
    _depends = {
        "resource.allocation": ["resource_id", "kind", "state", "start", "stop"],
        "resource.resource": ["capacity", "calendar_id", "release", "booking_kind"],
    }

    resource_id = fields.Many2one("resource.resource", readonly=True)
    pool_id = fields.Many2one("resource.resource", readonly=True)
    booking_kind = fields.Selection(
        selection=lambda self: (
            self.env["resource.resource"]
            ._fields["booking_kind"]
            ._description_selection(self.env)
        ),
        string="Kind",
        readonly=True,
    )
    owner_model = fields.Char(string="Kind of document", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    day = fields.Date(readonly=True)
    available_hours = fields.Float(
        readonly=True,
        aggregator="sum",
        help="Opening hours times pieces, with extra supply, without blocks. What "
        "has to be brought back counts around the clock.",
    )
    booked_hours = fields.Float(
        readonly=True,
        aggregator="sum",
        help="Reserved, out and done, times pieces; what came back early counts until "
        "then, what is late until now. Holds do not count.",
    )
    blocked_hours = fields.Float(
        readonly=True, aggregator="sum", help="Maintenance and closures."
    )
    utilisation = fields.Float(
        string="Utilisation (%)",
        readonly=True,
        aggregator="avg",
        help="Booked of available hours; above 100 % where something was booked "
        "outside opening hours.",
    )

    @property
    def _table_query(self):
        since, until = self.env.context.get("utilisation_days") or self._default_days()
        return SQL(
            """
            WITH days AS (
                SELECT day, since, until, day - DATE '2000-01-01' AS number
                  FROM unnest(%(days)s::date[], %(starts)s::timestamp[],
                              %(stops)s::timestamp[]) AS d(day, since, until)
            ), hours AS (
                SELECT * FROM unnest(%(calendars)s::int[], %(open_days)s::date[],
                                     %(open_hours)s::float[])
                           AS h(calendar, day, hours)
            ), things AS (
                SELECT r.id, r.capacity, r.calendar_id, r.release, r.active
                  FROM resource_resource r
                 WHERE r.bookable AND NOT EXISTS (
                       SELECT FROM resource_component_rel c WHERE c.composite_id = r.id)
            ), facts AS (
                SELECT a.id, a.resource_id, a.kind, a.quantity, a.start,
                       CASE WHEN a.state = 'done' AND a.kind = 'demand'
                            THEN coalesce(a.actual_stop, a.stop)
                            WHEN a.state = 'out' AND a.returnable
                            THEN greatest(a.stop, %(now)s)
                            ELSE a.stop END AS stop
                  FROM resource_allocation a
                 WHERE a.kind IN ('demand', 'block', 'supply')
                   AND a.state IN ('reserved', 'out', 'done')
                   AND a.start < %(until)s AND (a.stop IS NULL OR a.stop > %(since)s
                       OR a.state = 'out')
            ), amounts AS (
                SELECT t.id AS resource_id, d.day,
                       t.id::bigint * 2000000 + d.number AS id,
                       t.capacity * CASE
                           WHEN t.calendar_id IS NULL OR t.release = 'return'
                           THEN extract(epoch FROM d.until - d.since) / 3600
                           ELSE coalesce(h.hours, 0) END AS available,
                       0 AS booked, 0 AS blocked
                  FROM things t
                 CROSS JOIN days d
                  LEFT JOIN hours h ON h.calendar = t.calendar_id AND h.day = d.day
                 WHERE t.active
                UNION ALL
                SELECT f.resource_id, d.day,
                       -(f.id::bigint * 100000 + d.number),
                       CASE f.kind WHEN 'supply' THEN p.hours WHEN 'block' THEN -p.hours
                            ELSE 0 END,
                       CASE f.kind WHEN 'demand' THEN p.hours ELSE 0 END,
                       CASE f.kind WHEN 'block' THEN p.hours ELSE 0 END
                  FROM facts f
                  JOIN days d
                    ON f.start < d.until AND (f.stop IS NULL OR f.stop > d.since)
                 CROSS JOIN LATERAL (
                       SELECT f.quantity / 3600.0 * extract(epoch FROM
                              least(f.stop, d.until) - greatest(f.start, d.since)
                              ) AS hours) p
            )
            SELECT a.id, a.resource_id, r.pool_id, r.booking_kind, r.owner_model,
                   r.company_id, a.day, a.available AS available_hours,
                   a.booked AS booked_hours, a.blocked AS blocked_hours,
                   100 * a.booked / nullif(a.available, 0) AS utilisation
              FROM amounts a
              JOIN resource_resource r ON r.id = a.resource_id
            """,
            now=fields.Datetime.now(),
            **self._days_of_user(since, until),
            **self._opening_hours(since, until),
        )

    # === DAYS === #

    @api.model
    def _default_days(self):
        today = fields.Date.context_today(self)
        return today - BACK, today + AHEAD

    @api.model
    def _search(
        self,
        domain,
        offset=0,
        limit=None,
        order=None,
        *,
        active_test=True,
        bypass_access=False,
    ):
        """Build only the days the domain speaks of, at most :data:`LONGEST`."""
        bounded = self.with_context(utilisation_days=self._days_of(Domain(domain)))
        return super(ResourceUtilisationReport, bounded)._search(
            domain,
            offset,
            limit,
            order,
            active_test=active_test,
            bypass_access=bypass_access,
        )

    @api.model
    def _days_of(self, domain):
        """First and last day that any condition on the day names."""
        lower, upper = [], []
        for condition in domain.optimize_full(self).iter_conditions():
            if condition.field_expr == "day":
                values = condition.value
                if isinstance(values, str | date):
                    values = [values]
                days = [fields.Date.to_date(value) for value in values if value]
                lower += days if condition.operator in (">", ">=", "in") else []
                upper += days if condition.operator in ("<", "<=", "in") else []
        first, last = self._default_days()
        first = min(lower, default=min([first, *upper]))
        last = max(upper, default=max([last, *lower]))
        return max(first, last - LONGEST), last

    @api.model
    def _days_of_user(self, since: date, until: date):
        """The user's days as instants, so that a daylight-saving day has 23 or 25."""
        zone = timezone(self.env.context.get("tz") or self.env.user.tz or "UTC")
        days = [since + DAY * number for number in range((until - since).days + 2)]
        midnights = [
            zone.localize(fields.Datetime.to_datetime(day))
            .astimezone(utc)
            .replace(tzinfo=None)
            for day in days
        ]
        return {
            "days": days[:-1],
            "starts": midnights[:-1],
            "stops": midnights[1:],
            "since": midnights[0],
            "until": midnights[-1],
        }

    @api.model
    def _opening_hours(self, since: date, until: date):
        """Hours of each calendar in use on each day, holidays taken off."""
        zone = timezone(self.env.context.get("tz") or self.env.user.tz or "UTC")
        start = zone.localize(fields.Datetime.to_datetime(since))
        stop = zone.localize(fields.Datetime.to_datetime(until + DAY))
        used = (
            self.env["resource.resource"]
            .sudo()
            ._read_group(
                [("bookable", "=", True), ("calendar_id", "!=", False)], ["calendar_id"]
            )
        )
        rows = {}
        for (calendar,) in used:
            for begin, end, _attendance in calendar._work_intervals_batch(start, stop)[
                False
            ]:
                key = calendar.id, begin.astimezone(zone).date()
                hours = (end - begin).total_seconds() / 3600
                rows[key] = rows.get(key, 0) + hours
        return {
            "calendars": [calendar for calendar, _day in rows],
            "open_days": [day for _calendar, day in rows],
            "open_hours": list(rows.values()),
        }

    # === AGGREGATION === #

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Weigh the utilisation by the hours it is a share of."""
        if aggregate_spec != "utilisation:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "100 * SUM(%s) / NULLIF(SUM(%s), 0)",
            self._field_to_sql(self._table, "booked_hours", query),
            self._field_to_sql(self._table, "available_hours", query),
        )
