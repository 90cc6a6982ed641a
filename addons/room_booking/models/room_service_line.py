from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from pytz import timezone

from odoo import api, fields, models
from odoo.tools import format_datetime

from odoo.addons.resource_allocation.core.moment import local_day

from ..core.availability import in_use, provision, uncovered
from ..core.lines import CO_BOOKED, DEFAULT, FIXED, HIDDEN, MANDATORY, PREFILLED
from ..exceptions import BookingRefused, Refusal

ORDERED = "ordered"
FORCED = frozenset([FIXED, MANDATORY, HIDDEN, CO_BOOKED])
"""Lines that are there whatever the booker wants."""
DROPPABLE = frozenset([DEFAULT, FIXED, PREFILLED])
"""Lines without which the appointment is booked all the same (RA10)."""
IN_TIME = frozenset([ORDERED, DEFAULT, FIXED, PREFILLED])
"""Lines that are ordered before the cut-off, with the lead it takes."""
TYPED = frozenset(["yes_no", "provision", "elsewhere"])
"""Refusals of what somebody typed: it is said, and not left out."""
AROUND = timedelta(days=1)
"""How far around its work the hours of a group are looked up, to tell them."""
CODES = {"R43": "hours_start", "R50": "hours_end", "RA4": "hours_through"}


class Asked(NamedTuple):
    """What a line asks for, to see what changed; times in UTC."""

    ordered: bool
    occasion: tuple
    service: int
    room: int
    quantity: int
    wanted: datetime
    start: datetime
    stop: datetime


class RoomServiceLine(models.Model):
    """So many of a service for a reservation, and why they are on its list.

    Work groups read these and not the reservation: what for is not theirs to know.
    """

    _name = "room.service.line"
    _description = "Ordered Service"
    _inherit = ["room.reservation.part.mixin"]
    _rec_name = "service_id"
    _order = "start, id"
    _part_field = "line_ids"

    service_id = fields.Many2one(
        "room.service", required=True, ondelete="restrict", index=True
    )
    group_id = fields.Many2one(
        related="service_id.group_id", store=True, index=True, precompute=True
    )
    space_id = fields.Many2one(
        "room.space",
        string="In Room",
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: for the whole appointment.",
    )
    space_names = fields.Char(
        compute="_compute_space_names", string="Where", help="Where it is brought to."
    )
    organizer_id = fields.Many2one(
        related="reservation_id.organizer_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="reservation_id.company_id", store=True, index=True, precompute=True
    )
    source = fields.Selection(
        [
            (ORDERED, "Ordered"),
            (DEFAULT, "On the list by itself"),
            (FIXED, "Always booked"),
            (PREFILLED, "As many as participants"),
            (MANDATORY, "Mandatory"),
            (HIDDEN, "Not visible"),
            (CO_BOOKED, "Booked along"),
        ],
        required=True,
        readonly=True,
        default=ORDERED,
        copy=False,
        string="Why",
    )
    quantity = fields.Integer(
        required=True,
        compute="_compute_quantity",
        store=True,
        readonly=False,
        precompute=True,
    )
    is_overridden = fields.Boolean(
        help="Technical: so many were typed, and do not follow the participants."
    )
    wanted_start = fields.Datetime(
        string="Provided at",
        help="Empty: when the meeting begins. Moves along with it.",
    )
    start = fields.Datetime(
        compute="_compute_period", store=True, string="Provision", index=True
    )
    stop = fields.Datetime(compute="_compute_period", store=True, string="In use until")
    work_start = fields.Datetime(
        compute="_compute_work", store=True, string="Work from", help="With setup."
    )
    work_stop = fields.Datetime(
        compute="_compute_work", store=True, string="Work until", help="With teardown."
    )
    may_be_elsewhen = fields.Boolean(compute="_compute_may_be_elsewhen")
    is_fixed = fields.Boolean(compute="_compute_is_fixed")
    price_unit = fields.Monetary(
        compute="_compute_price_unit", store=True, precompute=True, string="Unit Price"
    )
    amount = fields.Monetary(compute="_compute_amount", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    note = fields.Text(help="For the work group: diets, where to put it.")
    state = fields.Selection(
        [("draft", "Draft"), ("ordered", "Ordered"), ("dropped", "Not booked")],
        string="Status",
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    refusal = fields.Char(
        readonly=True, copy=False, help="Why it was not booked with the rest."
    )
    is_told = fields.Boolean(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="Technical: that it was not booked stands in the reservation's history.",
    )

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "Order at least one of a service, or take it off."
    )

    # === COMPUTED === #

    @api.depends("service_id")
    def _compute_quantity(self):
        """As many as its service fills in (R17), until others are typed."""
        for line in self:
            line.quantity = line.service_id.default_quantity or 1

    @api.depends("service_id", "source")
    def _compute_price_unit(self):
        """Its price of the day; what is neither seen nor chosen has none (RA14)."""
        for line in self:
            free = line.source in (HIDDEN, MANDATORY)
            line.price_unit = 0 if free else line.service_id.price

    @api.depends("price_unit", "quantity", "state")
    def _compute_amount(self):
        for line in self:
            booked = line.state != "dropped"
            line.amount = line.price_unit * line.quantity if booked else 0

    @api.depends(
        "wanted_start", "reservation_id.start", "reservation_id.stop", "service_id"
    )
    def _compute_period(self):
        """When it is provided (R34, R35, R74), and until when it is in use."""
        for line in self:
            meeting = line.reservation_id
            if meeting.start and meeting.stop:
                line.start, _rule = line._provision()
                line.stop = in_use(
                    meeting.start,
                    meeting.stop,
                    line.start,
                    line.service_id.use_minutes,
                )[1]
            else:
                line.start = line.stop = False

    def _provision(self):
        meeting, service = self.reservation_id, self.service_id
        return provision(
            meeting.start,
            meeting.stop,
            self.wanted_start or None,
            service.allow_provision,
            service.allow_outside,
        )

    @api.depends("start", "stop", "quantity", "service_id")
    def _compute_work(self):
        for line in self:
            setup, teardown = line._buffers()
            line.work_start = line.start and line.start - timedelta(minutes=setup)
            line.work_stop = line.stop and line.stop + timedelta(minutes=teardown)

    @api.depends("service_id")
    def _compute_may_be_elsewhen(self):
        for line in self:
            service = line.service_id
            line.may_be_elsewhen = service.allow_provision or service.allow_outside

    @api.depends("source")
    def _compute_is_fixed(self):
        for line in self:
            line.is_fixed = line.source in FORCED

    @api.depends("space_id", "reservation_id.space_ids.space_id")
    def _compute_space_names(self):
        for line in self:
            # Narrow sudo: where to bring it is all a group learns of the appointment.
            rooms = (
                line.sudo().space_id or line.sudo().reservation_id.space_ids.space_id
            )
            line.space_names = ", ".join(rooms.mapped("display_name"))

    @api.onchange("quantity")
    def _onchange_quantity(self):
        """What was typed does not follow the participants any more (RA3)."""
        expected = self.reservation_id._expected_participants()
        if self.source == PREFILLED and self.quantity != expected:
            self.is_overridden = True

    # === WRITTEN BY THE RESERVATION === #

    @api.model
    def _guarded_fields(self):
        """Why it is there, whether it is booked, and what it costs."""
        return super()._guarded_fields() | {
            "source", "state", "refusal", "is_told", "price_unit", "amount", "group_id",
            "organizer_id", "company_id", "start", "stop", "work_start", "work_stop",
        }  # fmt: skip

    def write(self, vals):
        """Leave what comes by itself as it is; what is typed stays.

        :raise BookingRefused: another quantity or service of what cannot be changed.
        """
        change = self._change()
        if change and not change.settling and not self._is_unlocked([vals]):
            self._check_typed(vals)
            if "quantity" in vals:
                self._note_overridden(vals["quantity"])
        return super().write(vals)

    def _note_overridden(self, quantity):
        """Follow the participants no more where another number was typed (RA3)."""
        self.filtered(
            lambda line: (
                line.source == PREFILLED
                and line.quantity != quantity
                and line.reservation_id._expected_participants() != quantity
            )
        ).is_overridden = True

    def _check_typed(self, vals):
        """Refuse another quantity, service or time of what is fixed (R18, R23).

        A form sends the number that its service says by now: that is no other one.
        """
        if vals.keys() & {"service_id", "wanted_start", "space_id"}:
            self._check_not_forced()
        elif "quantity" in vals:
            self.filtered(
                lambda line: vals["quantity"] != (line.service_id.default_quantity or 1)
            )._check_not_forced()

    def _check_not_forced(self):
        # Narrow sudo: what is hidden is refused without a word of what it is.
        for line in self.sudo().filtered(lambda line: line.source in FORCED):
            raise self._refusal_of_forced(line.source, line.service_id)

    @api.model
    def _refusal_of_forced(self, source, service):
        named = source != HIDDEN
        text = self.env._(
            "%s is booked by itself and cannot be changed.",
            service.name if named else self.env._("This service"),
        )
        about = service.id if named else None
        return BookingRefused([Refusal("fixed", "R18", text, service_id=about)])

    def unlink(self):
        """Take off what was ordered, or listed.

        What cannot be taken off is, here: it may go along with what it came with. Where
        it would come again the reservation refuses (R23, R30).
        """
        change = self._change()
        if change and not change.settling:
            # Narrow sudo: hidden lines cannot be taken off, either.
            forced = self.sudo().filtered(lambda line: line.source in FORCED)
            change.taken_off |= {
                (line.reservation_id.id, line.service_id.id, line.space_id.id)
                for line in forced
            }
        return super().unlink()

    # === WHAT IT TAKES === #

    def _buffers(self):
        """Minutes of setup and teardown for so many (R48)."""
        service = self.service_id
        return service._setup(self.quantity), service.teardown_minutes

    def _is_promised(self):
        """Whether it is in the ledger: of what there is only a number."""
        return (
            not self.service_id.is_unlimited
            and self.source in (ORDERED, MANDATORY)
            and self.state == "ordered"
        )

    def _prepare_promise(self):
        """What the ledger promises of its pool (RA2, RA12)."""
        setup, teardown = self._buffers()
        service = self.service_id
        return {
            "resource_id": service.resource_id.id,
            "start": self.start,
            "stop": self.stop,
            "quantity": self.quantity,
            "setup_minutes": setup,
            "teardown_minutes": teardown,
            "reach": "day" if service.collision_scope == "day" else "period",
        }

    # === WHAT IS REFUSED === #

    def _asked(self):
        """What it asks for: another answer is asked anew."""
        return Asked(
            self.state == "ordered" and self.source in IN_TIME,
            (
                self.reservation_id.scenario_id.id,
                self.reservation_id.catering_type_id.id,
            ),
            self.service_id.id,
            self.space_id.id,
            self.quantity,
            self.wanted_start,
            self.start,
            self.stop,
        )

    def _hours(self):
        """When the groups of these, or they themselves, are there, around their work.

        :return: ``{(calendar's id, zone): [(start, stop)]}``, UTC
        """
        wanted = defaultdict(lambda: self.env["resource.calendar"])
        for line in self:
            service = line.service_id
            key = (line.group_id.tz, line.group_id.company_id or line.company_id)
            wanted[key] |= service.own_calendar_id | line.group_id.calendar_id
        if not any(wanted.values()):
            return {}
        start = min(self.mapped("work_start")) - AROUND
        stop = max(self.mapped("work_stop")) + AROUND
        return {
            (calendar, tz): hours
            for (tz, company), calendars in wanted.items()
            for calendar, hours in calendars.open_intervals(
                start, stop, tz, company
            ).items()
        }

    def _refused(self, hours, before, now):
        """What the rules say against it: a list of refusals.

        :param Asked before: what was ordered before, if anything
        """
        self.ensure_one()
        if self.source in (HIDDEN, CO_BOOKED):
            return []
        found = self._refused_kind() if self.source == ORDERED else []
        asked = self._asked()
        if (
            before
            and before.ordered
            and asked == before._replace(occasion=asked.occasion)
        ):
            # Only the occasion is another one: it was ordered in time.
            return found
        found += self._refused_typed()
        found += self._refused_hours(hours)
        if self.source in IN_TIME:
            found += self._refused_late(before, now)
        if self.source == MANDATORY:
            found = [self._as_mandatory(one) for one in found]
        return found

    def _refusal(self, code, rule, message):
        return Refusal(code, rule, message, self.service_id.id, self.space_id.id)

    def _as_mandatory(self, refusal):
        """Say that the appointment fails with it (R32)."""
        message = self.env._(
            "%(service)s is mandatory in %(room)s, and not to be had: %(why)s",
            service=self.service_id.name,
            room=self.space_names,
            why=refusal.message,
        )
        return self._refusal("mandatory", "R32", message)

    def _refused_kind(self):
        """Whether it may be ordered for this occasion, with this catering."""
        service, meeting = self.service_id, self.reservation_id
        found = []
        offered = meeting.scenario_id.with_context(active_test=False).service_ids
        if service not in offered:
            text = self.env._(
                "%(service)s is not offered for %(occasion)s.",
                service=service.name,
                occasion=meeting.scenario_id.name or self.env._("this occasion"),
            )
            found.append(self._refusal("no_scenario", "R6", text))
        if service.catering == "one" and (
            service.catering_type_id != meeting.catering_type_id
        ):
            text = self.env._(
                "%(service)s goes with the catering type %(type)s only.",
                service=service.name,
                type=service.catering_type_id.name,
            )
            found.append(self._refusal("catering", "R25", text))
        return found

    def _refused_typed(self):
        """Whether a time, a room or a number was typed that it does not have."""
        service, meeting = self.service_id, self.reservation_id
        found = []
        _moment, rule = self._provision()
        if rule:
            text = self.env._("%s is provided while the meeting lasts.", service.name)
            found.append(self._refusal("provision", rule, text))
        if self.space_id and self.space_id not in meeting.space_ids.space_id:
            text = self.env._(
                "%(service)s is ordered for %(room)s, which is not booked.",
                service=service.name,
                room=self.space_id.display_name,
            )
            found.append(self._refusal("elsewhere", "RA8", text))
        number = service.default_quantity or 1
        if service.is_checkbox and self.quantity != number:
            text = self.env._(
                "%(service)s is ordered or not: the quantity is %(number)s.",
                service=service.name,
                number=number,
            )
            found.append(self._refusal("yes_no", "R22", text))
        return found

    def _refused_hours(self, hours):
        """Whether somebody is there when it is needed (R43, R50, RA4, RA5)."""
        service, meeting = self.service_id, self.reservation_id
        wanted = [
            window
            for window in service._windows(
                meeting.start, meeting.stop, self.start, self.quantity
            )
            if service._calendar_of(window.whose)
        ]
        open_at = {
            window.whose: hours[service._calendar_of(window.whose).id, self.group_id.tz]
            for window in wanted
        }
        missed = uncovered(wanted, open_at)
        return [self._refusal_of_hours(missed[0], open_at)] if missed else []

    def _refusal_of_hours(self, window, open_at):
        service, words = self.service_id, self.env["resource.allocation"]
        own = window.whose == "own"
        zone = timezone(self.group_id.tz)
        day = local_day(window.start, zone)
        near = [
            words.period_in_words(opens, closes)
            for opens, closes in open_at[window.whose]
            if local_day(opens, zone) <= day <= local_day(closes, zone)
        ]
        when = (
            words.period_in_words(window.start, window.stop)
            if window.start < window.stop
            else format_datetime(self.env, window.start, dt_format="short")
        )
        message = self.env._(
            "%(service)s: %(who)s would be needed %(when)s. Hours: %(hours)s.",
            service=service.name,
            who=service.name if own else self.group_id.name,
            when=when,
            hours=", ".join(near) or self.env._("not there on that day"),
        )
        code = "own_hours" if own else CODES[window.rule]
        return self._refusal(code, "RA5" if own else window.rule, message)

    def _refused_late(self, before, now):
        """Whether it is too late to order it, or to change what was ordered."""
        service = self.service_id
        was = before if before and before.ordered else None
        if was and service.group_id.changes_after_cutoff:
            return []
        setup, _teardown = self._buffers()
        first = service._earliest(now, setup)
        moments = [was.start, self.start] if was else [self.start]
        closed = [moment for moment in moments if service._is_closed(moment, now)]
        # Who provides it is read only where it counts.
        if not (closed or self.start < first) or service._is_provided_by(self.env.user):
            return []
        if closed:
            return [service._refusal_of_cutoff(closed[0], now)]
        return [service._refusal_of_lead(first)]

    def _drop(self, message):
        """Leave it out, and say why (RA10)."""
        self._store({"state": "dropped", "refusal": message, "is_told": False})
