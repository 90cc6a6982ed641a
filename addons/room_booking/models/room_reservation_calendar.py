from odoo import models
from odoo.fields import Command

from .room_reservation import LIVE

SHOWN = frozenset(
    [
        "name", "start", "stop", "allday", "first_day", "last_day", "privacy",
        "organizer_id", "attendee_ids", "space_ids", "state",
    ]
)  # fmt: skip
"""What the calendar shows of a reservation."""


class RoomReservation(models.Model):
    """A reservation in the calendar: one event, which follows it."""

    _inherit = "room.reservation"

    def _project(self, vals=None):
        """Let the calendar show these as they are.

        :param vals: what was written, if anything; what is not shown changes nothing
        """
        if vals is not None and not SHOWN & vals.keys():
            return
        # Narrow sudo: the organiser's calendar, whoever booked.
        events = self.env["calendar.event"].sudo()
        for reservation in self:
            values = reservation._event_values()
            event = reservation.sudo().event_id
            if event:
                event._show(values)
            elif reservation.state in LIVE:
                made = events.create({**values, "room_reservation_id": reservation.id})
                reservation._store({"event_id": made.id})

    def _event_values(self):
        """What the calendar shows; days of the room, whole (all-day ones)."""
        self.ensure_one()
        people = self.organizer_id.partner_id | self.attendee_ids
        urls = self.space_ids.space_id.filtered("videocall_url").mapped("videocall_url")
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
            "videocall_location": urls[0] if urls else False,
            "privacy": self.privacy,
            "user_id": self.organizer_id.id,
            "partner_ids": [Command.set(people.ids)],
        }
