from datetime import date, timedelta

from pytz import utc

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..inputs import LAST_YEAR, shown

BACK = timedelta(days=90)
AHEAD = timedelta(days=30)
"""The period looked at when the domain names none."""
LONGEST = timedelta(days=800)
DAY = timedelta(days=1)
LAST_DAY = date(LAST_YEAR, 12, 31)


class ResourceUtilisationReport(models.Model):
    """Hours that could be had and hours that were promised, per resource and day.

    Days are the user's. Nothing is stored: the opening hours of the few calendars
    there are are worked out once per query, promises come from the ledger and count
    within them. Only the days that the domain speaks of are built.

    A combination has its own opening hours, and what takes any part of it takes it
    (RS2): as many hours as there were promises, each counted once. So sums over
    combinations and their parts count twice.
    """

    _name = "resource.utilisation.report"
    _description = "Utilisation of Resources"
    _auto = False
    _rec_name = "resource_id"
    _order = "day desc, resource_id"
    _depends = {
        "resource.allocation": [
            "resource_id",
            "root_id",
            "kind",
            "state",
            "hold_kind",
            "hold_until",
            "start",
            "stop",
        ],
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
        help="Reserved, out and done within opening hours, times pieces; what came "
        "back early counts until then, what is late until now. Of holds only those "
        "until check-in count.",
    )
    own_hours = fields.Float(
        string="Booked Itself",
        readonly=True,
        aggregator="sum",
        help="Of the booked hours those it was asked for by itself, not as a part of a "
        "combination, a unit of a pool or through a part of its own.",
    )
    blocked_hours = fields.Float(
        readonly=True, aggregator="sum", help="Maintenance and closures."
    )
    utilisation = fields.Float(
        string="Utilisation (%)",
        readonly=True,
        aggregator="avg",
        help="Booked of available hours.",
    )

    @property
    def _table_query(self):
        days = self.env.context.get("utilisation_days") or self._default_days()
        spans = self._spans(*days)
        instants = {"since": spans.pop("since"), "until": spans.pop("until")}
        return SQL(
            """
            WITH RECURSIVE spans AS (
                -- Numbered by the minute, so that a row keeps its id.
                SELECT s.*, (extract(epoch FROM since) / 60)::bigint AS number,
                       s.day - %(first)s AS place
                  FROM unnest(%(hours)s::int[], %(days)s::date[],
                              %(starts)s::timestamp[], %(stops)s::timestamp[])
                    AS s(hours, day, since, until)
            ), things AS (
                SELECT r.id, CASE WHEN r.active THEN r.capacity ELSE 0 END AS capacity,
                       CASE WHEN r.release = 'return' THEN 0
                            ELSE coalesce(r.calendar_id, 0) END AS hours,
                       r.pool_id, r.booking_kind, r.owner_model, r.company_id
                  FROM resource_resource r
                 WHERE r.bookable
            ), parts AS (
                SELECT composite_id AS whole, component_id AS part
                  FROM resource_component_rel
                UNION
                SELECT p.whole, c.component_id
                  FROM parts p
                  JOIN resource_component_rel c ON c.composite_id = p.part
            ), facts AS NOT MATERIALIZED (
                SELECT a.id, a.resource_id, a.kind, a.quantity, a.start,
                       coalesce(a.root_id, a.id) AS root, a.root_id IS NULL AS own,
                       CASE WHEN a.state = 'done' AND a.kind = 'demand'
                            THEN coalesce(a.actual_stop, a.stop)
                            WHEN a.state = 'out' AND a.returnable
                            THEN greatest(a.stop, %(now)s)
                            ELSE a.stop END AS stop
                  FROM resource_allocation a
                 WHERE a.kind IN ('demand', 'block', 'supply')
                   AND (a.state IN ('reserved', 'out', 'done')
                        OR (a.state = 'hold' AND a.hold_kind = 'check_in'
                            AND a.hold_until > %(now)s))
                   AND a.start < %(until)s
                   AND (a.stop IS NULL OR a.stop > %(since)s OR a.state = 'out')
            ), combined AS NOT MATERIALIZED (
                -- What takes several parts of a combination takes it once.
                SELECT DISTINCT p.whole AS resource_id, f.root, f.kind, f.start, f.stop,
                       r.resource_id = p.whole AS own
                  FROM parts p
                  JOIN facts f ON f.resource_id = p.part AND f.kind <> 'supply'
                  JOIN resource_allocation r ON r.id = f.root
            ), daily AS NOT MATERIALIZED (
                -- Each on the days it touches, and the day before, whose hours may end
                -- after midnight: to compare it with every span would take minutes. An
                -- output that is a set keeps the planner from doing that all the same,
                -- and lets the resources through that are asked for.
                SELECT f.*, %(thing)s, t.hours, %(places)s AS place
                  FROM facts f JOIN things t ON t.id = f.resource_id
            ), combined_daily AS NOT MATERIALIZED (
                SELECT f.*, %(thing)s, t.hours, %(places)s AS place
                  FROM combined f JOIN things t ON t.id = f.resource_id
            ), amounts AS (
                SELECT t.id::bigint * 100000000 + s.number AS id, t.id AS resource_id,
                       %(thing)s, s.day, 'capacity' AS kind, false AS own, t.capacity
                       * extract(epoch FROM s.until - s.since) / 3600 AS hours
                  FROM things t JOIN spans s ON s.hours = t.hours
                UNION ALL
                SELECT -(f.id::bigint * 100000000 + s.number), f.resource_id,
                       %(its)s, s.day, f.kind, f.own, f.quantity * extract(epoch FROM
                       least(f.stop, s.until) - greatest(f.start, s.since)) / 3600
                  FROM daily f
                  JOIN spans s ON s.hours = f.hours AND s.place = f.place
                   AND f.start < s.until AND (f.stop IS NULL OR f.stop > s.since)
                UNION ALL
                -- Beyond the numbers of the others, one for each kind.
                SELECT (CASE f.kind WHEN 'block' THEN 1 ELSE 3 END + f.own::int)
                       * 300000000000000000
                       + f.resource_id::bigint * 100000000 + s.number, f.resource_id,
                       %(its)s, s.day, f.kind, f.own, sum(extract(epoch FROM
                       least(f.stop, s.until) - greatest(f.start, s.since))) / 3600
                  FROM combined_daily f
                  JOIN spans s ON s.hours = f.hours AND s.place = f.place
                   AND f.start < s.until AND (f.stop IS NULL OR f.stop > s.since)
                 GROUP BY f.resource_id, %(its)s, f.kind, f.own, s.day, s.number
            )
            SELECT a.id, a.resource_id, a.pool_id, a.booking_kind, a.owner_model,
                   a.company_id, a.day,
                   CASE a.kind WHEN 'demand' THEN 0 WHEN 'block' THEN -a.hours
                        ELSE a.hours END AS available_hours,
                   CASE a.kind WHEN 'demand' THEN a.hours ELSE 0 END AS booked_hours,
                   CASE WHEN a.kind = 'demand' AND a.own THEN a.hours ELSE 0
                   END AS own_hours,
                   CASE a.kind WHEN 'block' THEN a.hours ELSE 0 END AS blocked_hours,
                   NULL::float AS utilisation
              FROM amounts a
            """,
            now=fields.Datetime.now(),
            thing=SQL("t.pool_id, t.booking_kind, t.owner_model, t.company_id"),
            its=SQL("f.pool_id, f.booking_kind, f.owner_model, f.company_id"),
            places=self._places(days[0], **instants),
            first=days[0],
            **spans,
            **instants,
        )

    # === DAYS === #

    @api.model
    def _places(self, first, since, until):
        """The user's days of a fact ``f``, as numbers from the first day on."""
        local = SQL("AT TIME ZONE 'utc' AT TIME ZONE %s", self.env.tz.zone)
        return SQL(
            "generate_series((greatest(f.start, %(since)s) %(local)s)::date - %(first)s"
            " - 1, (least(f.stop, %(until)s) %(local)s)::date - %(first)s)",
            local=local,
            first=first,
            since=since,
            until=until,
        )

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
        try:
            days = self._days_of(Domain(domain))
        except (TypeError, ValueError) as error:
            text = self.env._("“%s” is no condition for this report.", shown(domain))
            raise ValidationError(text) from error
        bounded = self.with_context(utilisation_days=days)
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
        last = min(last, LAST_DAY)
        return min(max(first, last - LONGEST), last), last

    @api.model
    def _spans(self, since: date, until: date):
        """When what is open, cut at the user's midnights: columns of spans.

        ``hours`` is a calendar, or 0 for what is always open. A daylight-saving day
        has 23 or 25 hours.
        """
        zone = self.env.tz
        days = [since + DAY * number for number in range((until - since).days + 2)]
        midnights = [zone.localize(fields.Datetime.to_datetime(day)) for day in days]
        rows = [
            (0, day, start, stop)
            for day, start, stop in zip(days, midnights, midnights[1:], strict=False)
        ]
        used = (
            self.env["resource.resource"]
            .sudo()
            ._read_group(
                [("bookable", "=", True), ("calendar_id", "!=", False)], ["calendar_id"]
            )
        )
        for (calendar,) in used:
            hours = calendar._work_intervals_batch(midnights[0], midnights[-1])[False]
            rows += [
                (calendar.id, start.astimezone(zone).date(), start, stop)
                for start, stop, _attendance in hours
            ]
        columns = zip(*rows, strict=True)
        spans = dict(zip(("hours", "days", "starts", "stops"), columns, strict=True))
        for name in ("starts", "stops"):
            spans[name] = [
                at.astimezone(utc).replace(tzinfo=None) for at in spans[name]
            ]
        spans |= {"hours": list(spans["hours"]), "days": list(spans["days"])}
        return spans | {"since": spans["starts"][0], "until": max(spans["stops"])}

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
