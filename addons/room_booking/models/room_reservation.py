from datetime import timedelta

from pytz import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.core.moment import day_end, day_start
from odoo.addons.resource_allocation.inputs import to_text

from .room_reservation_part_mixin import CHANGING, Change

LIVE = ("confirmed",)
"""States in which a reservation takes rooms and services."""
TRANSITIONS = {
    "draft": {"confirmed", "cancelled"},
    "confirmed": {"cancelled"},
    "cancelled": {"confirmed"},
}
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
    room_names = fields.Char(compute="_compute_room_names", string="Where")
    line_ids = fields.One2many(
        "room.service.line", "reservation_id", string="Services", copy=True
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
    amount = fields.Monetary(
        compute="_compute_amount", store=True, string="Services Cost"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [("draft", "Draft"), ("confirmed", "Booked"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
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
    def _compute_room_names(self):
        for reservation in self:
            names = reservation.space_ids.space_id.mapped("display_name")
            reservation.room_names = ", ".join(names)

    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for reservation in self:
            reservation.amount = sum(reservation.line_ids.mapped("amount"))

    @api.depends("name", "number", "privacy")
    @api.depends_context("uid")
    def _compute_display_name(self):
        """The title; of private ones only for those concerned, also below sudo."""
        for reservation in self:
            told = reservation.privacy != "private" or reservation._concerns(
                self.env.user
            )
            reservation.display_name = reservation.name if told else reservation.number

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
            zone = timezone(self.tz)
            day = fields.Datetime.context_timestamp(
                self.with_context(tz=str(zone)), self.start
            ).date()
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
        gone, changed, new = self._plan_lines()
        self.line_ids -= gone
        for line, vals in changed.items():
            line.update(vals)
        lines = self.env["room.service.line"]
        for vals in new:
            if vals["source"] != "hidden":
                lines += lines.new(vals)
        self.line_ids += lines
        self.listed_service_ids = self._listed()

    def _expected_participants(self):
        """How many to prepare for: guaranteed ones, else those expected."""
        return self.guaranteed_participants or self.participants

    # === CREATED AND CHANGED === #

    @api.model
    def _guarded_fields(self):
        """What follows from booking it."""
        return super()._guarded_fields() | {
            "number", "booked_by_id", "state", "event_id", "amount",
        }  # fmt: skip

    @api.model_create_multi
    def create(self, vals_list):
        """Number them, and list what comes by itself."""
        change = Change()
        changing = self._changing(change)
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
        booked = self.filtered(lambda one: one.state in LIVE)
        booked._check_may_change()
        seen = self._seen()
        change = Change()
        done = super(RoomReservation, self._changing(change)).write(vals)
        self._settle_lines(change, seen)
        booked._ask(change, seen)
        return done

    def _changing(self, change):
        return self.with_context(**{CHANGING: change})

    def _seen(self):
        """How these stood before a change: ``{record: what to compare}``."""
        # Narrow sudo: hidden lines are part of it.
        lines = self.sudo().line_ids
        return {
            **{one: (one.start, one.stop) for one in self},
            **{room: room.space_id.id for room in self.space_ids},
            **{line: line._asked() for line in lines},
        }

    def _refused_change(self):
        """Why the user may not change or cancel it any more, or nothing."""
        self.ensure_one()
        if all(one.space_id._is_managed() for one in self.space_ids):
            return None
        now = fields.Datetime.now()
        if self.start <= now:
            return self.env._(
                "%s has begun: ask who manages the room.", self.display_name
            )
        for policy in self.space_ids.space_id.policy_id:
            if self.start - timedelta(minutes=policy.cancel_minutes) < now:
                return self.env._(
                    "%(meeting)s: rooms with “%(policy)s” are changed or cancelled "
                    "until %(minutes)s minutes before. Ask who manages the room.",
                    meeting=self.display_name,
                    policy=policy.name,
                    minutes=policy.cancel_minutes,
                )
        return None

    def _check_may_change(self):
        for reservation in self:
            if refused := reservation._refused_change():
                raise UserError(refused)

    # === BOOKED AND CANCELLED === #

    def action_book(self):
        """Book rooms and services, all or none; the calendar shows it.

        :return: an action that tells what could not be had of what comes by itself
        :raise BookingRefused: naming each rule that is in the way.
        :raise AllocationConflict: somebody has it.
        """
        self.check_access("write")
        self._transition_to("confirmed")
        change = Change()
        self._settle_lines(change, {})
        self._ask(change, {})
        return self._tell_dropped()

    def action_cancel(self):
        """Give everything up, before it begins."""
        self._cancel(None)

    def cancel(self, reason=None):
        """Give everything up, and say why.

        :raise UserError: it has begun, or its deadline is over.
        """
        self._cancel(to_text(self.env, reason))

    def _cancel(self, reason):
        self.check_access("write")
        booked = self.filtered(lambda one: one.state in LIVE)
        booked._check_may_change()
        self._transition_to("cancelled")
        # Narrow sudo: hidden lines go along.
        self.sudo().line_ids._store({"state": "draft", "refusal": False})
        booked._follow_ledger(Change(), reason)
        booked._project({"state": "cancelled"})
        if reason:
            for reservation in self:
                reservation.message_post(body=reason)

    def action_reopen(self):
        """Book what was cancelled once more, if it is still free.

        :raise UserError: its time is over.
        """
        self.check_access("write")
        now = fields.Datetime.now()
        if late := self.filtered(lambda one: one.start <= now)[:1]:
            raise UserError(
                self.env._("%s would have begun: book anew.", late.display_name)
            )
        return self.action_book()

    def _transition_to(self, state):
        """Let them be in ``state``: the only writer of it."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for reservation in self:
            if state not in TRANSITIONS[reservation.state]:
                raise UserError(
                    self.env._(
                        "%(meeting)s is %(state)s already, or was never booked.",
                        meeting=reservation.display_name,
                        state=labels[reservation.state].lower(),
                    )
                )
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
