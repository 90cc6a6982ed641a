from datetime import timedelta

from pytz import timezone

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.resource_allocation.core.moment import (
    day_end,
    day_start,
    local_day,
)
from odoo.addons.resource_allocation.inputs import to_text, to_whole

from ..exceptions import BookingRefused, Refusal
from .room_reservation_part_mixin import CHANGING, Change

LIVE = ("requested", "confirmed", "in_use")
"""States in which a reservation takes rooms and services, and is in the calendar."""
TRANSITIONS = {
    "draft": {"requested", "confirmed", "cancelled"},
    "requested": {"requested", "confirmed", "rejected", "cancelled"},
    "confirmed": {
        "requested", "confirmed", "in_use", "no_show", "done", "cancelled",
    },
    "in_use": {"confirmed", "in_use", "done"},
    "no_show": {"in_use"},
    "rejected": {"requested", "confirmed"},
    "cancelled": {"requested", "confirmed"},
    "done": {"in_use"},
}  # fmt: skip
STATES = [
    ("draft", "Draft"),
    ("requested", "Requested"),
    ("confirmed", "Booked"),
    ("in_use", "In use"),
    ("done", "Over"),
    ("no_show", "Nobody came"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
]
FINISHED_AT_ONCE = 500
RECEPTION = "room_booking.room_booking_group_reception"
TO_DECIDE = "room_booking.mail_activity_type_decide"
GO_ON = timedelta(minutes=15)
"""So long after its end a meeting can still be extended, also one ended by mistake."""
UNBOOKED = ("draft", "cancelled", "rejected")
"""States from which it is booked, or once more."""
BOOKED = frozenset(
    [
        "start", "stop", "allday", "first_day", "last_day", "participants",
        "guaranteed_participants", "scenario_id", "catering_type_id", "space_ids",
        "line_ids", "company_id",
    ]
)  # fmt: skip
"""What rooms and services follow from: to change it asks anew."""


class RoomReservation(models.Model):
    """An appointment in rooms, with what is ordered for it.

    It is the document of everything it takes: rooms and counted services are rows of
    the ledger, which follow it, all or none. Whoever changes it, its rooms or its
    services (a form, an import, RPC, the calendar) asks anew.
    """

    _name = "room.reservation"
    _description = "Room Reservation"
    _inherit = [
        "resource.document.mixin",
        "resource.guarded.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "start desc, id desc"
    _rec_names_search = ["name", "number"]
    _check_company_auto = True
    _compared = True

    name = fields.Char(string="Title", required=True, tracking=True)
    number = fields.Char(readonly=True, copy=False, index="trigram")
    organizer_id = fields.Many2one(
        "res.users",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        tracking=True,
        domain="[('share', '=', False)]",
        help="Whose meeting it is. It may be booked on behalf of somebody.",
    )
    booked_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
        index=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        check_company=True,
        help="Whom it is for, where that is somebody from outside.",
    )
    attendee_ids = fields.Many2many("res.partner", string="Attendees")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    cost_centre_id = fields.Many2one(
        "account.analytic.account",
        index="btree_not_null",
        check_company=True,
        help="Who is charged (RA15).",
    )
    space_ids = fields.One2many(
        "room.reservation.space", "reservation_id", string="Rooms", copy=True
    )
    room_names = fields.Char(compute="_compute_chosen_rooms", string="Where")
    chosen_space_ids = fields.Many2many(
        "room.space",
        compute="_compute_chosen_rooms",
        string="Chosen Rooms",
        help="Technical: which of them a service can be ordered for.",
    )
    has_many_rooms = fields.Boolean(compute="_compute_chosen_rooms")
    line_ids = fields.One2many(
        "room.service.line",
        "reservation_id",
        string="Services",
        domain=[("source", "!=", "hidden")],
        copy=True,
    )
    hidden_line_ids = fields.One2many(
        "room.service.line",
        "reservation_id",
        string="Hidden Services",
        domain=[("source", "=", "hidden")],
        copy=False,
        export_string_translation=False,
        help="Technical: apart from the others, whose list is the same for everybody "
        "who reads it in a transaction.",
    )
    listed_service_ids = fields.Many2many(
        "room.service",
        "room_reservation_listed_rel",
        "reservation_id",
        "service_id",
        help="Technical: what already stood on the list by itself. What was taken off "
        "it does not come again.",
    )
    # === PERIOD === #
    start = fields.Datetime(
        required=True,
        compute="_compute_period",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        tracking=True,
    )
    stop = fields.Datetime(
        required=True,
        compute="_compute_period",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    allday = fields.Boolean(string="All day")
    first_day = fields.Date(help="Of the room's own days, from midnight on.")
    last_day = fields.Date()
    tz = fields.Char(compute="_compute_tz", string="Time Zone")
    # === WHAT FOR === #
    participants = fields.Integer(required=True, default=1, tracking=True)
    guaranteed_participants = fields.Integer(
        string="Guaranteed",
        tracking=True,
        help="So many come for sure: counts instead, once it is known.",
    )
    scenario_id = fields.Many2one(
        "room.scenario",
        ondelete="restrict",
        index="btree_not_null",
        default=lambda self: self.env["room.scenario"].search([], limit=1),
        string="Occasion",
        help="What for: decides which services are offered.",
    )
    catering_type_id = fields.Many2one(
        "room.catering.type", ondelete="restrict", index="btree_not_null"
    )
    privacy = fields.Selection(
        [("public", "Everybody sees it"), ("private", "Only those concerned")],
        required=True,
        default="public",
        tracking=True,
        help="Of a private one others learn that the room is busy, and nothing else.",
    )
    note = fields.Text()
    reason = fields.Char(
        readonly=True,
        copy=False,
        tracking=True,
        help="Why it was cancelled or rejected.",
    )
    amount = fields.Monetary(
        compute="_compute_amount", store=True, string="Services Cost"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        STATES,
        string="Status",
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    requested_at = fields.Datetime(readonly=True, copy=False)
    answer_until = fields.Datetime(
        compute="_compute_answer_until",
        help="A request that nobody answered by then lapses.",
    )
    rival_ids = fields.Many2many(
        "room.reservation",
        compute="_compute_rival_ids",
        string="Others Who Ask for It",
        help="Requests for the same rooms at the same time.",
    )
    can_decide = fields.Boolean(compute="_compute_can_decide")
    can_check_in = fields.Boolean(compute="_compute_can_check_in")
    can_undo_check_in = fields.Boolean(compute="_compute_can_check_in")
    can_end = fields.Boolean(compute="_compute_can_check_in")
    can_extend = fields.Boolean(compute="_compute_can_check_in")
    event_id = fields.Many2one(
        "calendar.event", readonly=True, copy=False, index="btree_not_null"
    )
    can_change = fields.Boolean(compute="_compute_can_change")

    _start_before_stop = models.Constraint(
        "CHECK (start < stop)", "A meeting ends after it begins."
    )
    _days_in_order = models.Constraint(
        "CHECK (NOT coalesce(allday, false) OR (first_day IS NOT NULL"
        " AND last_day >= first_day))",
        "Say from which day to which it lasts.",
    )
    _somebody_comes = models.Constraint(
        "CHECK (participants > 0 AND coalesce(guaranteed_participants, 0) >= 0)",
        "At least one person takes part.",
    )

    # === COMPUTED === #

    @api.depends("space_ids.space_id")
    @api.depends_context("uid")
    def _compute_tz(self):
        for reservation in self:
            first = reservation.space_ids[:1].space_id
            reservation.tz = first.tz or self.env.user.tz or "UTC"

    @api.depends("allday", "first_day", "last_day", "space_ids.space_id")
    def _compute_period(self):
        """Whole days are those of the room; else from the next full hour on."""
        soon = fields.Datetime.now().replace(minute=0, second=0) + timedelta(hours=1)
        for reservation in self:
            if reservation.allday and reservation.first_day and reservation.last_day:
                zone = timezone(reservation.tz)
                reservation.start = day_start(reservation.first_day, zone)
                reservation.stop = day_end(reservation.last_day, zone)
            else:
                reservation.start = reservation.start or soon
                stop = reservation.start + timedelta(hours=1)
                reservation.stop = reservation.stop or stop

    @api.depends("space_ids.space_id.display_name")
    def _compute_chosen_rooms(self):
        for reservation in self:
            rooms = reservation.space_ids.space_id
            reservation.chosen_space_ids = rooms
            reservation.has_many_rooms = len(rooms) > 1
            reservation.room_names = ", ".join(rooms.mapped("display_name"))

    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for reservation in self:
            reservation.amount = sum(reservation.line_ids.mapped("amount"))

    @api.depends("name", "number", "privacy")
    @api.depends_context("uid")
    def _compute_display_name(self):
        """The title; of private ones only for who may read them, also below sudo."""
        private = self.filtered(
            lambda one: one.privacy == "private" and not one._concerns(self.env.user)
        )
        told = self - private
        # What a job writes is read by anybody.
        if self.env.uid != SUPERUSER_ID:
            told |= private.sudo(False)._filtered_access("read")
        for reservation in self:
            reservation.display_name = (
                reservation.name if reservation in told else reservation.number
            )

    def _concerns(self, user):
        """Whether it is somebody's own: organised, booked or attended."""
        return user in (self.organizer_id | self.booked_by_id) or (
            user.partner_id in self.attendee_ids
        )

    @api.depends("state", "start")
    @api.depends_context("uid")
    def _compute_can_change(self):
        for reservation in self:
            reservation.can_change = (
                reservation.state in LIVE
                and not reservation._refused_change()
                and reservation.has_access("write")
            )

    @api.onchange("allday")
    def _onchange_allday(self):
        """Whole days begin with the day that was chosen."""
        if self.allday:
            day = local_day(self.start, timezone(self.tz))
            self.first_day = self.first_day or day
            self.last_day = self.last_day or self.first_day

    @api.onchange(
        "space_ids",
        "line_ids",
        "scenario_id",
        "catering_type_id",
        "participants",
        "guaranteed_participants",
    )
    def _onchange_lines(self):
        """List what comes by itself, but for what the booker shall not see."""
        wanted = self._automatic()
        gone, changed, new = self._plan_lines(wanted, self._known_fees())
        self.line_ids -= gone
        for line, vals in changed.items():
            line.update(vals)
        lines = self.env["room.service.line"]
        for vals in new:
            if vals["source"] != "hidden":
                lines += lines.new(vals)
        self.line_ids += lines
        self.listed_service_ids = self._listed(wanted)

    def _every_line(self):
        """All lines, hidden ones too where they are read in sudo."""
        return self.line_ids | self.hidden_line_ids

    def _expected_participants(self):
        """How many to prepare for: guaranteed ones, else those expected."""
        return self.guaranteed_participants or self.participants

    # === CREATED AND CHANGED === #

    @api.model
    def _guarded_fields(self):
        """What follows from booking it."""
        return super()._guarded_fields() | {
            "number", "booked_by_id", "state", "requested_at", "event_id", "amount",
            "reason",
        }  # fmt: skip

    @api.model_create_multi
    def create(self, vals_list):
        """Number them, and list what comes by itself."""
        change = Change()
        changing = self._changing(change)
        vals_list = [self._by_days(vals) for vals in vals_list]
        made = super(RoomReservation, changing).create(vals_list).with_env(self.env)
        for reservation in made:
            # Narrow sudo: numbers are given to whoever may book.
            sequence = self.env["ir.sequence"].sudo()
            number = sequence.next_by_code("room.reservation")
            reservation._store({"number": number})
        made._settle_lines(change, {})
        return made

    def write(self, vals):
        """Ask anew for what is booked; rooms, services and calendar follow.

        :raise BookingRefused: naming each rule that is in the way.
        :raise AllocationConflict: somebody has it.
        :raise UserError: it is over, or too late to change it.
        """
        if self._is_unlocked([vals]):
            return super().write(vals)
        if not BOOKED & vals.keys():
            done = super().write(vals)
            self.filtered(lambda one: one.state in LIVE)._project(vals)
            return done
        change = self.env.context.get(CHANGING)
        if isinstance(change, Change) and change.running:
            return super().write(vals)
        vals = self._by_days(vals)
        booked = self.filtered(lambda one: one.state in LIVE)
        booked._check_may_change()
        (self - booked)._check_not_over()
        seen, change = self._seen(), Change()
        done = super(RoomReservation, self._changing(change)).write(vals)
        self._settle_lines(change, seen)
        booked._request_again(seen)
        booked._ask(change, seen)
        return done

    @api.model
    def _by_days(self, vals):
        """Of whole days the days count, which a form sends with their hours."""
        if not vals.get("allday"):
            return vals
        return {name: vals[name] for name in vals if name not in ("start", "stop")}

    @api.constrains("allday", "start", "stop", "first_day", "last_day")
    def _check_whole_days(self):
        """Refuse other hours of what lasts whole days."""
        # Without days the database refuses it.
        whole = self.filtered(lambda one: one.allday and one.first_day and one.last_day)
        for reservation in whole:
            zone = timezone(reservation.tz)
            days = (
                day_start(reservation.first_day, zone),
                day_end(reservation.last_day, zone),
            )
            if (reservation.start, reservation.stop) != days:
                raise ValidationError(
                    self.env._(
                        "%s lasts whole days: change the days, or say that it does "
                        "not.",
                        reservation.display_name,
                    )
                )

    def _check_not_over(self):
        """Refuse to rewrite what is over; drafts and what was given up may change."""
        over = self.filtered(lambda one: one.state in ("done", "no_show"))[:1]
        if over:
            raise UserError(
                self.env._("%s is over: what was, stays.", over.display_name)
            )

    def _request_again(self, seen):
        """Ask for approval again where another time or room needs it.

        Where no room needs one any more, it is booked.
        """
        for reservation in self:
            moved = seen[reservation] != (reservation.start, reservation.stop)
            rooms = reservation.space_ids
            others = rooms.filtered(
                lambda room, moved=moved: moved or seen.get(room) != room.space_id.id
            )
            asked = others.filtered(
                lambda room: room.space_id._needs_approval(self.env.user)
            )
            (others - asked).filtered("approval")._store({"approval": False})
            if asked:
                asked._store({"approval": "asked"})
                reservation._store({"requested_at": fields.Datetime.now()})
                reservation._transition_to("requested")
                reservation._ask_approvers()
            elif reservation.state == "requested" and not rooms._asked():
                reservation._transition_to("confirmed")
                # Narrow sudo: who asked writes nothing into others' to-dos.
                reservation.sudo().activity_unlink([TO_DECIDE])

    def _changing(self, change):
        return self.with_context(**{CHANGING: change})

    def _seen(self):
        """How these stood before a change: ``{record: what to compare}``."""
        # Narrow sudo: hidden lines are part of it.
        lines = self.sudo()._every_line()
        return {
            **{one: (one.start, one.stop) for one in self},
            **{room: room.space_id.id for room in self.space_ids},
            **{line: line._asked() for line in lines},
        }

    def _refused_change(self):
        """Why the user may not change or cancel it any more, or nothing."""
        self.ensure_one()
        refused = self._refused_late_change()
        # Only then: who manages it is read for nothing, otherwise.
        if refused and all(one.space_id._is_managed() for one in self.space_ids):
            return None
        return refused

    def _refused_late_change(self):
        """Why who does not manage the rooms may not change it any more, or nothing."""
        now = fields.Datetime.now()
        if self.start <= now:
            text = self.env._(
                "%s has begun: ask who manages the room.", self.display_name
            )
            return Refusal("begun", "policy", text)
        for policy in self.space_ids.space_id.policy_id:
            if self.start - timedelta(minutes=policy.cancel_minutes) < now:
                text = self.env._(
                    "%(meeting)s: rooms with “%(policy)s” are changed or cancelled "
                    "until %(minutes)s minutes before. Ask who manages the room.",
                    meeting=self.display_name,
                    policy=policy.name,
                    minutes=policy.cancel_minutes,
                )
                return Refusal("deadline", "policy", text)
        return None

    def _check_may_change(self):
        if refused := [found for one in self if (found := one._refused_change())]:
            raise BookingRefused(refused)

    # === BOOKED AND CANCELLED === #

    def action_book(self):
        """Book rooms and services, all or none, or request them where that is needed.

        :return: an action that tells what could not be had of what comes by itself
        :raise BookingRefused: naming each rule that is in the way.
        :raise AllocationConflict: somebody has it.
        """
        self.check_access("write")
        self._check_state(UNBOOKED)
        self.filtered("reason")._store({"reason": False})
        for reservation in self:
            reservation._transition_to(reservation._state_if_booked())
        change = Change()
        self._settle_lines(change, {})
        self._ask(change, {})
        self._ask_approvers()
        return self._tell_dropped()

    def _state_if_booked(self):
        """Note which rooms have to be approved; say what it becomes."""
        self.ensure_one()
        asked = self.space_ids.filtered(
            lambda room: room.space_id._needs_approval(self.env.user)
        )
        asked._store({"approval": "asked", "checked_in_at": False, "left_at": False})
        (self.space_ids - asked)._store(
            {"approval": False, "checked_in_at": False, "left_at": False}
        )
        if not asked:
            return "confirmed"
        self._store({"requested_at": fields.Datetime.now()})
        return "requested"

    def action_cancel(self):
        """Give everything up, before it begins."""
        self._cancel(None)

    def action_ask_cancel(self):
        """Open the window that asks why these are cancelled."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel"),
            "res_model": "room.reservation.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_reservation_ids": self.ids},
        }

    def cancel(self, reason=None):
        """Give everything up, and say why: those who take part are told.

        :raise BookingRefused: it has begun, or its deadline is over.
        """
        self._cancel(to_text(self.env, reason))

    def _cancel(self, reason):
        self.check_access("write")
        self.filtered(lambda one: one.state in LIVE)._check_may_change()
        self._give_up_as("cancelled", reason)

    # === APPROVED === #

    @api.depends("state", "requested_at", "start", "space_ids.approval")
    def _compute_answer_until(self):
        for reservation in self:
            reservation.answer_until = reservation._request_until()

    def _request_until(self):
        """Until when a request keeps its place: to its answer, at most to its start."""
        rooms = self.space_ids._asked()
        if self.state != "requested" or not rooms or not self.requested_at:
            return False
        # A policy may have been taken off the room since.
        hours = rooms.space_id.policy_id.mapped("answer_hours")
        until = [self.requested_at + timedelta(hours=min(hours))] if hours else []
        return min([self.start, *until])

    @api.depends("state", "start", "stop", "space_ids.space_id")
    def _compute_rival_ids(self):
        for reservation in self:
            found = reservation.browse()
            if reservation.state == "requested":
                # Narrow sudo: parts and wholes that one may not read exclude it, too.
                spaces = reservation.space_ids.space_id.sudo()
                spaces |= spaces.part_ids | spaces.whole_ids
                spaces |= spaces.part_ids.whole_ids
                found = self.search(
                    [
                        ("id", "not in", reservation._origin.ids),
                        ("state", "=", "requested"),
                        ("start", "<", reservation.stop),
                        ("stop", ">", reservation.start),
                        ("space_ids.space_id", "in", spaces.ids),
                    ]
                )
            reservation.rival_ids = found

    @api.depends("state", "space_ids.approval")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        for reservation in self:
            reservation.can_decide = bool(reservation._rooms_to_decide())

    def _rooms_to_decide(self):
        """The requested rooms that the user decides on."""
        if self.state != "requested":
            return self.space_ids.browse()
        admin = self.env.user.has_group("room_booking.room_booking_group_admin")
        # Narrow sudo: an approver need not be able to write the reservation.
        return self.sudo().space_ids.filtered(
            lambda room: (
                room.approval == "asked"
                and (admin or self.env.user in room.space_id._approvers())
            )
        )

    def _check_decides(self):
        self.check_access("read")
        for reservation in self:
            if not reservation._rooms_to_decide():
                raise AccessError(
                    self.env._(
                        "%s is not yours to decide on, or was decided already.",
                        reservation.display_name,
                    )
                )

    def approve(self):
        """Grant the requested rooms that are the user's to grant.

        It is booked once all are granted, if it still is to be had.

        :raise AllocationConflict: it kept no place, and somebody else was quicker.
        :raise UserError: it would have begun.
        """
        self._check_decides()
        self._check_before_start()
        for reservation in self:
            reservation._rooms_to_decide()._store({"approval": "granted"})
        # Narrow sudo: who decides need not be able to write it.
        granted = self.sudo().filtered(
            lambda one: "asked" not in one.space_ids.mapped("approval")
        )
        granted._transition_to("confirmed")
        granted._follow_ledger(Change())
        granted._project()
        granted.activity_unlink([TO_DECIDE])
        granted._tell("approved")
        return True

    def action_approve_alone(self):
        """Approve this one and reject all others that ask for it."""
        rivals = self.rival_ids.filtered("can_decide")
        self.approve()
        rivals._reject("taken")
        return True

    def action_reject(self):
        """Open the window that asks why these are rejected."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reject"),
            "res_model": "room.reservation.reject",
            "view_mode": "form",
            "target": "new",
            "context": {"default_reservation_ids": self.ids},
        }

    def reject(self, reason=None):
        """Reject requests; who asked is told why.

        :raise UserError: it was decided already.
        """
        self._reject("rejected", to_text(self.env, reason))
        return True

    def _reject(self, what, reason=None):
        self._check_decides()
        for reservation in self:
            reservation._rooms_to_decide()._store({"approval": "rejected"})
        self._give_up_as("rejected", reason)
        # Narrow sudo: who decides need not be able to write it.
        self.sudo()._tell(what, reason)

    def _check_before_start(self):
        now = fields.Datetime.now()
        if late := self.filtered(lambda one: one.start <= now)[:1]:
            raise UserError(
                self.env._("%s would have begun: book anew.", late.display_name)
            )

    def _give_up_as(self, state, reason=None):
        """Free all that these have, and take them out of the calendar."""
        # Narrow sudo: hidden lines go along, whoever decides.
        given_up = self.sudo()
        given_up._transition_to(state)
        if reason:
            given_up._store({"reason": reason})
        given_up._every_line()._store({"state": "draft", "refusal": False})
        given_up._follow_ledger(Change(), reason)
        given_up._project()
        given_up.activity_unlink([TO_DECIDE])

    def _ask_approvers(self):
        """Let those who decide know of requests."""
        for reservation in self.filtered(lambda one: one.state == "requested"):
            asked = reservation.space_ids._asked()
            # Narrow sudo: who asks writes nothing into others' to-dos.
            wanted = reservation.sudo()
            wanted.activity_unlink([TO_DECIDE])
            for user in asked.mapped(lambda room: room.space_id._approvers()):
                words = self.with_context(lang=user.lang).env
                wanted.activity_schedule(
                    TO_DECIDE,
                    summary=words._("Approve or reject"),
                    user_id=user.id,
                )

    def _tell(self, what, reason=None):
        """Tell organiser and booker what became of it, in the organiser's language."""
        for reservation in self:
            reader = reservation.with_context(lang=reservation.organizer_id.lang)
            people = reservation.organizer_id | reservation.booked_by_id
            reservation.message_post(
                body=" ".join(filter(None, [reader._words_of(what), reason])),
                partner_ids=people.partner_id.ids,
            )

    def _words_of(self, what):
        return {
            "approved": self.env._("Approved: the rooms are booked."),
            "rejected": self.env._("Rejected."),
            "taken": self.env._("Rejected: somebody else has it."),
            "unanswered": self.env._("Nobody answered in time: the request lapsed."),
            "no_show": self.env._(
                "Nobody checked in: the rooms are free for others. Who still comes can "
                "check in, if they are."
            ),
        }[what]

    # === USED === #

    @api.depends("state", "start", "stop")
    @api.depends_context("uid")
    def _compute_can_check_in(self):
        now = fields.Datetime.now()
        for reservation in self:
            reservation.can_check_in = not reservation._refused_check_in()
            reservation.can_undo_check_in = (
                reservation.state == "in_use" and reservation._may_receive()
            )
            mine = (
                reservation._concerns(self.env.user)
                or reservation.space_ids.space_id._is_managed()
            )
            reservation.can_end = mine and reservation._is_running(now)
            reservation.can_extend = mine and reservation._is_running(now - GO_ON)

    def _refused_check_in(self):
        """Why the user cannot check in now, or nothing."""
        now = fields.Datetime.now()
        rooms = self.space_ids.space_id
        early = max(rooms.policy_id.mapped("checkin_early_minutes"), default=0)
        if not any(rooms.policy_id.mapped("checkin_minutes")):
            return self.env._("Nobody has to check in.")
        if self.state not in ("confirmed", "no_show") or now >= self.stop:
            return self.env._("%s is not waiting for you.", self.display_name)
        if now < self.start - timedelta(minutes=early):
            return self.env._(
                "Check-in opens %s minutes before the meeting begins.", early
            )
        if not self._may_receive():
            return self.env._(
                "Who takes part checks in, who manages the room, or the reception."
            )
        return None

    def _may_receive(self):
        """Whether the user may say of it that somebody came."""
        user = self.env.user
        return (
            self._concerns(user)
            or user.has_group(RECEPTION)
            or self.space_ids.space_id._is_managed()
        )

    def check_in(self):
        """Say that somebody came: the rooms stay theirs.

        Later than it was kept it is asked for anew.

        :raise UserError: too early, over, or not the user's.
        :raise AllocationConflict: too late, somebody else has it.
        """
        self.check_access("read")
        for reservation in self:
            if refused := reservation._refused_check_in():
                raise UserError(refused)
        # Narrow sudo: who takes part need not be able to write it.
        coming = self.sudo()
        coming.space_ids._store(
            {"checked_in_at": fields.Datetime.now(), "left_at": False}
        )
        coming._transition_to("in_use")
        coming._follow_ledger(Change())
        coming._project()
        return True

    def undo_check_in(self):
        """Take a check-in back: who does not come loses the place as before.

        :raise AccessError: it is not the user's to say who came.
        """
        self.check_access("read")
        if others := self.filtered(lambda one: not one._may_receive())[:1]:
            raise AccessError(
                self.env._(
                    "%s is for who takes part, or the reception, to check in.",
                    others.display_name,
                )
            )
        # Narrow sudo: who takes part need not be able to write it.
        gone = self.sudo()
        gone._transition_to("confirmed")
        gone.space_ids._store({"checked_in_at": False})
        gone._follow_ledger(Change())
        return True

    def end(self):
        """End a meeting early: rooms and equipment are free from now on.

        Ended by mistake it can be extended again, if the rooms are free.

        :raise UserError: it has not begun, or is over.
        """
        now = fields.Datetime.now()
        self._check_runs(now)
        # Narrow sudo: who takes part need not be able to write it.
        ended = self.sudo()
        ended._end_at(dict.fromkeys(self, now))
        ended._transition_to("done")
        return True

    def extend(self, minutes=15):
        """Go on for some minutes more, if the rooms are free.

        Also what has just ended, by itself or by mistake.

        :raise AllocationConflict: somebody else has it then.
        :raise BookingRefused: longer than the policy of a room allows.
        :raise UserError: it has not begun, or is over.
        """
        minutes = to_whole(self.env, minutes)
        if not minutes or minutes < 1:
            raise ValidationError(self.env._("Say how many minutes more, at least 1."))
        now = fields.Datetime.now()
        self._check_runs(now - GO_ON)
        # Narrow sudo: who takes part need not be able to write it.
        longer = self.sudo()
        longer.filtered(lambda one: one.state == "done")._transition_to("in_use")
        more = timedelta(minutes=minutes)
        longer._end_at({one: max(one.stop, now) + more for one in self})
        if refused := [one for each in self for one in each._refused_length()]:
            raise BookingRefused(refused)
        return True

    def _end_at(self, stops):
        """Let running meetings end at other times; nothing is ordered anew."""
        for one in self:
            running = one._changing(Change(running=True))
            running.write({"allday": False, "stop": stops[one]})
        self._follow_ledger(Change())
        self._project()

    def _is_running(self, since):
        """Whether it has begun, and had not ended at ``since`` (UTC)."""
        now = fields.Datetime.now()
        booked = self.state in ("confirmed", "in_use") or (
            self.state == "done" and since < now
        )
        return booked and bool(self.start) and self.start < now and since < self.stop

    def _check_runs(self, since):
        self.check_access("read")
        for reservation in self:
            mine = reservation._concerns(self.env.user)
            if not mine and not reservation.space_ids.space_id._is_managed():
                raise AccessError(
                    self.env._(
                        "%s is for who takes part to end or to extend.",
                        reservation.display_name,
                    )
                )
            if not reservation._is_running(since):
                raise UserError(
                    self.env._("%s does not take place now.", reservation.display_name)
                )

    def _allocation_expired(self, rows):
        """Requests that nobody answered lapse; where nobody came the room is free."""
        unanswered = rows.filtered(lambda row: row.hold_kind == "request")
        lapsed = self.browse(unanswered.mapped("res_id")).exists()
        lapsed.filtered(lambda one: one.state == "requested")._lapse_request()
        empty = rows.filtered(lambda row: row.hold_kind == "check_in")
        rooms = self.space_ids.filtered(lambda room: room.allocation_id in empty)
        rooms._store({"left_at": fields.Datetime.now()})
        waited = rooms.reservation_id.filtered(lambda one: one.state == "confirmed")
        waited.filtered(
            lambda one: all(one.space_ids.mapped("left_at"))
        )._note_no_show()

    def _lapse_request(self):
        for reservation in self:
            asked = reservation.space_ids._asked()
            asked._store({"approval": "rejected"})
        self._give_up_as("rejected")
        self._tell("unanswered")

    def _note_no_show(self):
        self._transition_to("no_show")
        self._follow_ledger(Change())
        self._project()
        self._tell("no_show")

    @api.model
    def _cron_finish(self):
        """Close what is over, and requests whose time has come unanswered."""
        now = fields.Datetime.now()
        # Those that keep no place have no hold in the ledger that would lapse.
        unanswered = self.search([("state", "=", "requested")]).filtered(
            lambda one: one.answer_until and one.answer_until <= now
        )
        unanswered._lapse_request()
        over = [("state", "in", ("confirmed", "in_use")), ("stop", "<=", now)]
        finished = self.search(over, limit=FINISHED_AT_ONCE)
        finished._transition_to("done")
        self.env["ir.cron"]._commit_progress(
            len(finished) + len(unanswered), remaining=self.search_count(over)
        )

    def _check_state(self, states):
        """Refuse a step from any other state than these."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        if others := self.filtered(lambda one: one.state not in states)[:1]:
            raise UserError(
                self.env._(
                    "%(meeting)s is “%(state)s”: that is not done from there.",
                    meeting=others.display_name,
                    state=labels[others.state],
                )
            )

    def _transition_to(self, state):
        """Let them be in ``state``: the only writer of it."""
        self._check_state([one for one in TRANSITIONS if state in TRANSITIONS[one]])
        self._store({"state": state})

    def _tell_dropped(self):
        """Show what could not be had of what comes by itself."""
        dropped = self.line_ids.filtered(lambda line: line.state == "dropped")
        if not dropped:
            return True
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Booked, without these services"),
                "message": "\n".join(dropped.mapped("refusal")),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        if booked := self.filtered(lambda one: one.state in LIVE)[:1]:
            raise UserError(
                self.env._("%s is booked: cancel it first.", booked.display_name)
            )
        # Narrow sudo: what the mails say is nobody's to read.
        untold = self.sudo().filtered(lambda one: one.untold_by_id and one.told)
        if untold:
            raise UserError(
                self.env._(
                    "Those who take part in %s are just being told: delete it in a "
                    "minute.",
                    untold[0].display_name,
                )
            )
