from datetime import timedelta

import pytz
import vobject

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import format_date, format_time, plaintext2html

from odoo.addons.resource_allocation.core.moment import local_day
from odoo.addons.resource_allocation.jobs import one_of_many

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
            # Narrow sudo: also who has just handed it over.
            ahead.sudo()._store({"untold_by_id": self.env.uid})
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
            "videocall_location": self._projected_url(),
            "privacy": self.privacy,
            "user_id": self.organizer_id.id,
            "partner_ids": [Command.set(people.ids)],
        }

    def _videocall_url(self):
        """Where those meet who are not in the room: of its first room that has one."""
        urls = self.space_ids.space_id.filtered("videocall_url").mapped("videocall_url")
        return urls[0] if urls else False

    def _projected_url(self):
        """The rooms' way to meet from afar, else one that was made in the calendar."""
        url = self._videocall_url()
        # Narrow sudo: as the event is written.
        shown = self.sudo().event_id.videocall_location
        if url or not shown:
            return url
        of_rooms = self.env["room.space"].sudo().search([("videocall_url", "=", shown)])
        return False if of_rooms else shown

    # === MAILS === #

    @api.model
    def _cron_tell(self):
        """Mail what those who take part do not know yet, what is next first."""
        untold = [("untold_by_id", "!=", False)]
        for reservation in self.search(untold, order="start", limit=TOLD_AT_ONCE):
            # Whoever is changing it lets the job start once more.
            if reservation.try_lock_for_update(allow_referencing=True):
                by = reservation.untold_by_id
                # Whatever comes of it: what failed would fail again each time.
                reservation._store({"untold_by_id": False})
                with one_of_many(reservation):
                    reservation._tell_people(by)
            self.env["ir.cron"]._commit_progress(1, remaining=self.search_count(untold))

    def _tell_people(self, by):
        """Invite, say what changed, call off; the user who did it knows it already.

        Nobody is invited to what is not approved; who was invited before learns that
        it is asked for anew.
        """
        self.ensure_one()
        last = self.told or {"people": [], "meeting": None, "sequence": 0}
        before, now = last["meeting"], self._as_told()
        known = self.env["res.partner"].browse(last["people"]).exists()
        people = (self.organizer_id.partner_id | self.attendee_ids).filtered("email")
        if self.state == "requested":
            people &= known
        elif self.state not in TAKES_PLACE:
            people = people.browse()
        if not known and not people:
            return
        changed = before is not None and now != before
        # Calendars replace an entry by one of a higher number.
        newer = before is not None and (changed or people != known)
        told = {
            "people": people.ids,
            "meeting": now,
            "sequence": last["sequence"] + newer,
        }
        self._store({"told": told})
        # Of what somebody is no longer part of one learns nothing new.
        doer = by.partner_id
        self._mail("cancelled", known - people - doer, before, before, by)
        if changed:
            self._mail("changed", (known & people) - doer, now, before, by)
        self._mail("invited", people - known - doer, now, None, by)

    def _as_told(self):
        """What mails say of the meeting, to be compared with what they said before."""
        return {
            "name": self.name,
            "start": fields.Datetime.to_string(self.start),
            "stop": fields.Datetime.to_string(self.stop),
            "allday": self.allday,
            "tz": self.tz,
            "where": self.room_names,
            "url": self._videocall_url(),
            "organizer": self.organizer_id.name,
            "certain": self.state in TAKES_PLACE,
        }

    def _mail(self, what, partners, told, before, by):
        """Mail people in their own language and zone, with the file for calendars.

        :param what: ``invited``, ``changed`` or ``cancelled``, for them
        :param told: what they are told of the meeting, see :meth:`_as_told`
        :param before: what they were told last time, if anything
        :param by: the user who did it
        """
        # Narrow sudo: the calendar's own switch.
        if self.env["ir.config_parameter"].sudo().get_param("calendar.block_mail"):
            return
        sender = by if by._is_internal() and by.email else self.organizer_id
        for partner in partners:
            reader = self.with_context(lang=partner.lang, tz=partner.tz or told["tz"])
            reader.message_notify(
                partner_ids=partner.ids,
                author_id=sender.partner_id.id,
                email_from=sender.email_formatted,
                subject=reader._subject(what, told),
                body=reader._mail_body(what, partner, told, before),
                attachments=[("invitation.ics", self._ics(what, told, partner))],
                email_layout_xmlid="mail.mail_notification_light",
                # Not with the next round of the queue: it may begin before that.
                force_send=True,
            )

    def _mail_body(self, what, partner, told, before):
        invited = self.event_id.attendee_ids.filtered(
            lambda one: what != "cancelled" and one.partner_id == partner
        )
        return self.env["ir.qweb"]._render(
            MAIL,
            {
                "meeting": self,
                "what": what,
                "attendee": invited[:1],
                "mine": partner == self.organizer_id.partner_id,
                "goes_on": self.state in LIVE,
                "reason": self.state == "cancelled" and self.reason,
                "told": told,
                "before": before,
            },
            minimal_qcontext=True,
        )

    def _subject(self, what, told):
        words = {
            "invited": self.env._("Invitation: %s", told["name"]),
            "changed": self.env._("Changed: %s", told["name"]),
            "cancelled": self.env._("Cancelled: %s", told["name"]),
        }
        if what == "cancelled" and self.state in LIVE:
            return self.env._("No longer invited: %s", told["name"])
        return words[what]

    def _when(self, told):
        """A period as it was told, in words, in the reader's zone (``tz``), which is
        named; whole days are the room's wherever they are read."""
        start, stop = _period(told)
        zone = told["tz"] if told["allday"] else self.env.context["tz"]
        days = [
            format_date(
                self.env, local_day(one, pytz.timezone(zone)), date_format="full"
            )
            for one in (start, stop - timedelta(seconds=1))
        ]
        if told["allday"]:
            return " – ".join(dict.fromkeys(days))
        begins, ends = (
            format_time(self.env, one, tz=zone, time_format="short")
            for one in (start, stop)
        )
        until = ends if days[0] == days[1] else f"{days[1]}, {ends}"
        return f"{days[0]}, {begins} – {until} ({zone})"

    def _tell_refused(self, user, refused):
        """Tell a user that what was done in another calendar does not hold.

        :param refused: the refusal, which says why, and often what there is instead
        """
        reader = self.with_context(tz=self.env.context.get("tz") or self.tz)
        told = self._as_told()
        # Of private ones others read no name.
        still = [self.display_name, reader._when(told), told["where"]]
        if self.state not in LIVE:
            states = self._fields["state"]._description_selection(self.env)
            still.append(dict(states)[self.state])
        holds = self.env._(
            "It stays: %s. Your calendar will show it so again.",
            ", ".join(filter(None, still)),
        )
        self.message_notify(
            partner_ids=user.partner_id.ids,
            author_id=self.env.ref("base.partner_root").id,
            subject=self.env._("Stays as it was: %s", self.display_name),
            body=plaintext2html(f"{refused}\n\n{holds}"),
        )

    # === FILES FOR CALENDARS === #

    def _ics(self, what, told, partners):
        """The meeting as a file that calendars read, put in place of the last one.

        :param what: ``cancelled`` takes it out of the calendar
        :param told: what it says of the meeting, see :meth:`_as_told`
        :param partners: whom it invites, or invites no longer
        """
        gone = what == "cancelled"
        file = vobject.iCalendar()
        file.add("method").value = "CANCEL" if gone else "REQUEST"
        entry = file.add("vevent")
        # Narrow sudo: the name of the database, for a name that nobody else gives.
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        entry.add("uid").value = f"room-reservation-{self.id}@{database}"
        entry.add("sequence").value = str((self.told or {}).get("sequence", 0))
        entry.add("dtstamp").value = pytz.utc.localize(fields.Datetime.now())
        start, stop = _period(told)
        if told["allday"]:
            zone = pytz.timezone(told["tz"])
            ends = (local_day(start, zone), local_day(stop, zone))
        else:
            ends = (pytz.utc.localize(start), pytz.utc.localize(stop))
        entry.add("dtstart").value, entry.add("dtend").value = ends
        entry.add("summary").value = told["name"]
        if told["where"]:
            entry.add("location").value = told["where"]
        if told["url"]:
            entry.add("url").value = told["url"]
        status = "CONFIRMED" if told["certain"] else "TENTATIVE"
        entry.add("status").value = "CANCELLED" if gone else status
        self._add_person(entry, "organizer", self.organizer_id.partner_id)
        for partner in partners:
            self._add_person(entry, "attendee", partner)
        return file.serialize().encode()

    def _add_person(self, entry, role, partner):
        if partner.email_normalized:
            person = entry.add(role)
            person.value = f"mailto:{partner.email_normalized}"
            person.params["CN"] = [(partner.name or "").replace('"', "'")]


def _period(told):
    return (fields.Datetime.to_datetime(told[end]) for end in ("start", "stop"))
