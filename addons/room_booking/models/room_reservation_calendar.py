from datetime import timedelta

import pytz
import vobject

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import format_date, format_time

from odoo.addons.resource_allocation.core.moment import local_day

from .room_reservation import LIVE

SHOWN = frozenset(
    [
        "name", "start", "stop", "allday", "first_day", "last_day", "privacy",
        "organizer_id", "attendee_ids", "space_ids", "state",
    ]
)  # fmt: skip
"""What the calendar shows of a reservation."""
TAKES_PLACE = ("confirmed", "in_use")
"""States in which people are invited: not before it is approved."""
TOLD_AT_ONCE = 100
MAIL = "room_booking.room_reservation_mail"


class RoomReservation(models.Model):
    """A reservation in the calendars of who takes part.

    One event of the database's calendar follows it. Who takes part is told by mail,
    once for all that changed since the last time, by a job: booking waits for no mail.
    """

    _inherit = "room.reservation"

    untold_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index="btree_not_null",
        export_string_translation=False,
        help="Technical: who made the last change that those who take part were not "
        "told of yet.",
    )
    told = fields.Json(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="Technical: whom the last mails went to, what they said, and how often "
        "that has changed.",
    )

    @api.model
    def _guarded_fields(self):
        """What the mails follow from."""
        return super()._guarded_fields() | {"untold_by_id", "told"}

    def _project(self, vals=None):
        """Let the calendar show these as they are, and those who take part know.

        :param vals: what was written, if anything; what is not shown changes nothing
        """
        if vals is not None and not SHOWN & vals.keys():
            return
        # Narrow sudo: the organiser's calendar, whoever booked.
        calendar = self.env["calendar.event"].sudo()
        # Who follows it, and what was done, is the reservation's to say.
        calendar = calendar.with_context(
            mail_create_nolog=True,
            mail_create_nosubscribe=True,
            mail_notrack=True,
            skip_contact_description=True,
        )
        new = {}
        for reservation in self:
            values = reservation._event_values()
            event = reservation.sudo().event_id.with_env(calendar.env)
            if event:
                event._show(values)
            elif reservation.state in LIVE:
                new[reservation] = {**values, "room_reservation_id": reservation.id}
        if new:
            made = calendar.create(list(new.values()))
            for reservation, event in zip(new, made, strict=True):
                reservation._store({"event_id": event.id})
        self._note_untold()

    def _note_untold(self):
        """Let the job tell those who take part in what is ahead."""
        ahead = self.filtered(lambda one: one.start > fields.Datetime.now())
        if ahead:
            ahead._store({"untold_by_id": self.env.uid})
            self.env.ref("room_booking.cron_room_reservation_tell")._trigger()

    def _event_values(self):
        """What the calendar shows; days of the room, whole (all-day ones)."""
        self.ensure_one()
        people = self.organizer_id.partner_id | self.attendee_ids
        period = (
            {"start_date": self.first_day, "stop_date": self.last_day}
            if self.allday
            else {"start": self.start, "stop": self.stop}
        )
        return {
            "name": self.name,
            "active": self.state in LIVE,
            "allday": self.allday,
            **period,
            "location": self.room_names,
            "videocall_location": self._videocall_url(),
            "privacy": self.privacy,
            "user_id": self.organizer_id.id,
            "partner_ids": [Command.set(people.ids)],
        }

    def _videocall_url(self):
        """Where those meet who are not in the room: of its first room that has one."""
        urls = self.space_ids.space_id.filtered("videocall_url").mapped("videocall_url")
        return urls[0] if urls else False

    # === MAILS === #

    @api.model
    def _cron_tell(self):
        """Mail what those who take part do not know yet."""
        untold = [("untold_by_id", "!=", False)]
        for reservation in self.search(untold, limit=TOLD_AT_ONCE):
            # Whoever is changing it lets the job start once more.
            if reservation.try_lock_for_update(allow_referencing=True):
                reservation._tell_people()
            self.env["ir.cron"]._commit_progress(1, remaining=self.search_count(untold))

    def _tell_people(self):
        """Invite, say what changed, call off; who changed it knows it already."""
        self.ensure_one()
        by = self.untold_by_id.partner_id
        self._store({"untold_by_id": False})
        if self.state == "requested":
            # Those who were invited before wait for the answer, too.
            return
        last = self.told or {"people": [], "meeting": None, "sequence": 0}
        known = self.env["res.partner"].browse(last["people"]).exists()
        people, before, now = known.browse(), last["meeting"], self._as_told()
        if self.state in TAKES_PLACE:
            people = self.organizer_id.partner_id | self.attendee_ids
        changed = before is not None and now != before
        # Calendars replace an entry by one of a higher number.
        number = last["sequence"] + bool(changed or known - people)
        told = {"people": people.ids, "meeting": now, "sequence": number}
        self._store({"told": told})
        self._mail("cancelled", known - people - by, before)
        if changed:
            self._mail("changed", (known & people) - by, before)
        self._mail("invited", people - known - by)

    def _as_told(self):
        """What mails say of the meeting, to be compared with what they said before."""
        return {
            "name": self.name,
            "start": fields.Datetime.to_string(self.start),
            "stop": fields.Datetime.to_string(self.stop),
            "allday": self.allday,
            "where": self.room_names,
            "url": self._videocall_url(),
        }

    def _mail(self, what, partners, before=None):
        """Mail people in their own language and zone, with the file for calendars.

        :param what: ``invited``, ``changed`` or ``cancelled``, for them
        :param before: what they were told last time
        """
        # Narrow sudo: the calendar's own switch.
        if self.env["ir.config_parameter"].sudo().get_param("calendar.block_mail"):
            return
        ics = self._ics("CANCEL" if what == "cancelled" else "REQUEST")
        for partner in partners.filtered("email"):
            reader = self.with_context(lang=partner.lang, tz=self._zone_of(partner))
            reader.message_notify(
                partner_ids=partner.ids,
                author_id=self.organizer_id.partner_id.id,
                email_from=self.organizer_id.email_formatted,
                subject=reader._subject(what),
                body=reader._mail_body(what, partner, before),
                attachments=[("invitation.ics", ics)],
                email_layout_xmlid="mail.mail_notification_light",
                force_send=False,
            )

    def _mail_body(self, what, partner, before):
        invited = self.event_id.attendee_ids.filtered(
            lambda one: what != "cancelled" and one.partner_id == partner
        )
        return self.env["ir.qweb"]._render(
            MAIL,
            {
                "meeting": self,
                "what": what,
                "attendee": invited[:1],
                "goes_on": self.state in TAKES_PLACE,
                "before": before,
                "now": self._as_told(),
            },
            minimal_qcontext=True,
        )

    def _zone_of(self, partner):
        """The zone in which somebody reads times: one's own, else the room's."""
        return partner.tz or self.tz

    def _subject(self, what):
        words = {
            "invited": self.env._("Invitation: %s", self.name),
            "changed": self.env._("Changed: %s", self.name),
            "cancelled": self.env._("Cancelled: %s", self.name),
        }
        if what == "cancelled" and self.state in TAKES_PLACE:
            return self.env._("No longer invited: %s", self.name)
        return words[what]

    def _when(self, told):
        """A period as it was told, in words, in the reader's zone (``tz``), which is
        named; whole days are the room's wherever they are read."""
        ends = (fields.Datetime.to_datetime(told[end]) for end in ("start", "stop"))
        start, stop = ends
        zone = self.tz if told["allday"] else self.env.context["tz"]
        last = stop - timedelta(seconds=1)
        days = [
            format_date(
                self.env, local_day(one, pytz.timezone(zone)), date_format="full"
            )
            for one in (start, last)
        ]
        if told["allday"]:
            return " – ".join(dict.fromkeys(days))
        begins, ends = (
            format_time(self.env, one, tz=zone, time_format="short")
            for one in (start, stop)
        )
        until = ends if days[0] == days[1] else f"{days[1]}, {ends}"
        return f"{days[0]}, {begins} – {until} ({zone})"

    # === FILES FOR CALENDARS === #

    def _ics(self, method):
        """The meeting as a file that calendars read, put in place of the last one.

        :param method: ``REQUEST``, or ``CANCEL``
        """
        file = vobject.iCalendar()
        file.add("method").value = method
        entry = file.add("vevent")
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        entry.add("uid").value = f"room-reservation-{self.id}@{database}"
        entry.add("sequence").value = str((self.told or {}).get("sequence", 0))
        entry.add("dtstamp").value = pytz.utc.localize(fields.Datetime.now())
        if self.allday:
            entry.add("dtstart").value = self.first_day
            entry.add("dtend").value = self.last_day + timedelta(days=1)
        else:
            entry.add("dtstart").value = pytz.utc.localize(self.start)
            entry.add("dtend").value = pytz.utc.localize(self.stop)
        entry.add("summary").value = self.name
        if self.room_names:
            entry.add("location").value = self.room_names
        if url := self._videocall_url():
            entry.add("url").value = url
        status = "CANCELLED" if method == "CANCEL" else "CONFIRMED"
        entry.add("status").value = status
        organizer = entry.add("organizer")
        organizer.value = f"mailto:{self.organizer_id.email or ''}"
        organizer.params["CN"] = [self.organizer_id.name.replace('"', "'")]
        for partner in self.attendee_ids.filtered("email"):
            entry.add("attendee").value = f"mailto:{partner.email}"
        return file.serialize().encode()
