"""What the screens show of a resource: its kind, what can be had now, the search."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime

from ..core.moment import day_start
from ..core.timeline import Claim, Timeline
from ..inputs import only_one, yes_or_no

UPCOMING = 40
LOAD_DAYS = 14
LOOK_AHEAD = timedelta(days=60)
"""How far ahead the next free moment is looked for."""


class ResourceResource(models.Model):
    _inherit = "resource.resource"

    booking_kind = fields.Selection(
        [
            ("single", "Single thing"),
            ("pool", "Pool"),
            ("unit", "Unit of a pool"),
            ("combination", "Combination"),
        ],
        compute="_compute_booking_kind",
        store=True,
        precompute=True,
        string="Kind",
    )
    promised_as = fields.Selection(
        [
            ("single", "One thing, promised to one at a time"),
            ("pool", "A pool of interchangeable pieces"),
        ],
        compute="_compute_promised_as",
        readonly=False,
        string="Promised as",
        help="Fixed once it was ever promised.",
    )
    ever_promised = fields.Boolean(compute="_compute_allocation_counts")
    live_allocation_count = fields.Integer(compute="_compute_allocation_counts")
    risk_count = fields.Integer(compute="_compute_allocation_counts", string="At risk")
    unit_count = fields.Integer(compute="_compute_unit_count")
    upcoming_ids = fields.Many2many(
        "resource.allocation", compute="_compute_upcoming_ids", string="Coming up"
    )
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

    # === KIND === #

    @api.depends("exclusive", "pool_id", "component_ids")
    def _compute_booking_kind(self):
        for resource in self:
            if resource.component_ids:
                resource.booking_kind = "combination"
            elif resource.pool_id:
                resource.booking_kind = "unit"
            else:
                resource.booking_kind = "single" if resource.exclusive else "pool"

    @api.depends("exclusive")
    def _compute_promised_as(self):
        for resource in self:
            resource.promised_as = "single" if resource.exclusive else "pool"

    @api.onchange("promised_as")
    def _onchange_promised_as(self):
        self.exclusive = self.promised_as != "pool"
        if self.exclusive:
            self.capacity = 1
        else:
            self.pool_id = False

    # === COUNTS === #

    @api.depends("allocation_ids")
    @api.depends_context("uid")
    def _compute_allocation_counts(self):
        Allocation = self.env["resource.allocation"]
        mine = Domain("resource_id", "in", self.ids)
        live = mine & Domain("live", "=", True)
        roots = dict(
            Allocation._read_group(
                live & Domain("root_id", "=", False), ["resource_id"], ["__count"]
            )
        )
        leaves = dict(
            Allocation._read_group(live, ["resource_id"], ["root_id:count_distinct"])
        )
        risks = dict(
            Allocation._read_group(
                live & Domain("at_risk", "=", True), ["resource_id"], ["__count"]
            )
        )
        # Whether its kind is fixed does not depend on whose promises they were.
        promised = Allocation.sudo()._read_group(mine, ["resource_id"])
        promised = {resource.id for (resource,) in promised}
        for resource in self:
            known = resource._origin
            resource.live_allocation_count = roots.get(known, 0) + leaves.get(known, 0)
            resource.risk_count = risks.get(known, 0)
            resource.ever_promised = known.id in promised

    @api.depends("unit_ids")
    def _compute_unit_count(self):
        units = self._read_group(
            [("pool_id", "in", self.ids)], ["pool_id"], ["__count"]
        )
        counts = {pool.id: count for pool, count in units}
        for resource in self:
            resource.unit_count = counts.get(resource._origin.id, 0)

    @api.depends("allocation_ids")
    @api.depends_context("uid")
    def _compute_upcoming_ids(self):
        """What the user may read of its live rows, the next first."""
        for resource in self:
            resource.upcoming_ids = self.env["resource.allocation"].search(
                [("resource_id", "=", resource._origin.id), ("live", "=", True)],
                order="start, id",
                limit=UPCOMING,
            )

    # === ACTIONS === #

    def get_formview_id(self, access_uid=None):
        """Open what can be booked in our form, wherever it is linked."""
        if self[:1].bookable:
            return self.env.ref("resource_allocation.resource_resource_view_form").id
        return super().get_formview_id(access_uid)

    def action_view_allocations(self):
        """Show the promises and facts on this resource, also through its parts."""
        only_one(self)
        action = self.env["ir.actions.actions"]._for_xml_id(
            "resource_allocation.resource_allocation_action"
        )
        action["domain"] = [
            ("root_id", "=", False),
            ("takes_ids", "in", self.ids),
        ]
        action["context"] = {
            "search_default_live": 1,
            "default_resource_id": self.id,
        }
        return action

    def action_view_risks(self):
        """Show only what is at risk of it."""
        action = only_one(self).action_view_allocations()
        action["context"] = {"search_default_at_risk": 1}
        return action

    def action_view_units(self):
        """Show the units of this pool."""
        only_one(self)
        action = self.env["ir.actions.actions"]._for_xml_id(
            "resource_allocation.resource_resource_action"
        )
        action["domain"] = [("pool_id", "=", self.id)]
        action["context"] = {
            "default_bookable": True,
            "default_resource_type": "material",
            "default_pool_id": self.id,
            "default_release": self.release,
            "default_calendar_id": self.calendar_id.id,
            "default_company_id": self.company_id.id,
        }
        return action

    def action_find_free(self):
        """Open the availability search on this resource."""
        only_one(self)
        action = self.env["ir.actions.actions"]._for_xml_id(
            "resource_allocation.resource_allocation_find_action"
        )
        action["params"] = {"text": self.code or self.name}
        return action

    def action_block(self):
        """Record that it is not available for a while."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Block %s", self.display_name),
            "res_model": "resource.allocation",
            "views": [(False, "form")],
            "context": {
                "default_resource_id": self.id,
                "default_kind": "block",
                "default_quantity": self.capacity or 1,
            },
        }

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
        opening = self._open_intervals(now, moment)
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
        return yes_or_no(Domain("id", "in", found), value)

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
        zone = self.env.tz
        today = fields.Datetime.context_timestamp(self, fields.Datetime.now()).date()
        dates = [today + timedelta(days=number) for number in range(count + 1)]
        midnights = [day_start(day, zone) for day in dates]
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
