from datetime import timedelta
from unittest.mock import patch

import pytz

from odoo import fields

from odoo.addons.microsoft_calendar.models.microsoft_sync import MicrosoftCalendarSync
from odoo.addons.microsoft_calendar.models.res_users import ResUsers
from odoo.addons.microsoft_calendar.utils.microsoft_calendar import (
    MicrosoftCalendarService,
)
from odoo.addons.microsoft_calendar.utils.microsoft_event import MicrosoftEvent
from odoo.addons.room_booking.tests.common import RoomCase, at

ANSWERS = {"needsAction": "notResponded", "accepted": "accepted"}


class OutlookCase(RoomCase):
    """A house whose booker has a calendar in Outlook, which is stood in for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.booker | cls.colleague | cls.cook | cls.keeper:
            user.email = f"{user.login}@example.com"
        cls._connect(cls.booker)

    def setUp(self):
        super().setUp()
        self.inserted, self.patched, self.deleted = [], [], []

        def insert(event, values, timeout=None):
            self.inserted.append((event._get_event_user_m(), values))

        def change(event, user, outlook_id, values, timeout=None):
            self.patched.append((event._get_event_user_m(user), outlook_id, values))

        def delete(event, user, outlook_id, timeout=None):
            # By then it is gone: core asks who sends it.
            self.deleted.append((event.env.user, outlook_id))

        def token(user):
            return user.sudo().microsoft_calendar_token

        # What core does after the transaction, as core's own tests stand in for it.
        for owner, name, stand_in in (
            (MicrosoftCalendarSync, "_microsoft_insert", insert),
            (MicrosoftCalendarSync, "_microsoft_patch", change),
            (MicrosoftCalendarSync, "_microsoft_delete", delete),
            (ResUsers, "_get_microsoft_calendar_token", token),
        ):
            self.startPatcher(patch.object(owner, name, stand_in))

    @classmethod
    def _connect(cls, user):
        user.sudo().write(
            {
                "microsoft_calendar_token": "token",
                "microsoft_calendar_token_validity": fields.Datetime.now()
                + timedelta(days=900),
                "microsoft_calendar_sync_token": "since",
            }
        )

    def _in_outlook(self, **vals):
        """A booked meeting that Outlook knows."""
        meeting = self._book(**vals)
        event = meeting.event_id
        event.with_context(dont_notify=True).write(
            {
                "microsoft_id": f"m{event.id}",
                "ms_universal_event_id": f"u{event.id}",
                "need_sync_m": False,
            }
        )
        self.env.flush_all()
        self._forget()
        return meeting

    def _forget(self):
        for calls in (self.inserted, self.patched, self.deleted):
            calls.clear()

    def _as_outlook(self, meeting, user=None, **values):
        """What Outlook sends of a meeting, with what was changed there."""
        event = meeting.event_id
        modified = pytz.utc.localize(event.write_date + timedelta(seconds=1))
        guests = event.attendee_ids.filtered(
            lambda one: one.partner_id != event.user_id.partner_id and one.email
        )
        return {
            "id": event.microsoft_id,
            "iCalUId": event.ms_universal_event_id,
            "type": "singleInstance",
            "subject": event.name,
            "body": {"content": ""},
            "location": {"displayName": event.location},
            "isAllDay": False,
            "isOrganizer": (user or self.booker) == event.user_id,
            "organizer": {"emailAddress": {"address": event.user_id.email}},
            "attendees": [self._guest(one.email, one.state) for one in guests],
            "sensitivity": "normal",
            "showAs": "busy",
            "isReminderOn": False,
            "lastModifiedDateTime": modified.isoformat(),
            **self._times(event.start, event.stop),
            **values,
        }

    def _guest(self, email, state="needsAction"):
        return {
            "emailAddress": {"address": email, "name": email},
            "status": {"response": ANSWERS[state]},
        }

    def _times(self, start, stop):
        return {
            name: {"dateTime": moment.isoformat(), "timeZone": "UTC"}
            for name, moment in (("start", start), ("end", stop))
        }

    def _walk(self):
        """An event in Outlook that has no room."""
        return {
            "id": "walk",
            "iCalUId": "walk",
            "type": "singleInstance",
            "subject": "Walk",
            "isOrganizer": True,
            "isAllDay": False,
            "attendees": [],
            "lastModifiedDateTime": "2027-03-01T05:00:00Z",
            **self._times(at(15), at(16)),
        }

    def _sync(self, *events, user=None):
        """Let the job read a user's calendar in Outlook."""
        user = user or self.booker
        read = patch.object(
            MicrosoftCalendarService,
            "get_events",
            lambda *args, **kwargs: (MicrosoftEvent(events), "next"),
        )
        with read:
            user.with_user(user).sudo()._sync_microsoft_calendar()
        self.env.flush_all()
        self.env.invalidate_all()

    def _walks(self):
        return self.env["calendar.event"].search([("microsoft_id", "=", "walk")])

    def _told(self, user=None):
        """What a user was told of meetings that stay as they were."""
        return self.env["mail.message"].search(
            [
                ("model", "=", "room.reservation"),
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", (user or self.booker).partner_id.ids),
                ("author_id", "=", self.env.ref("base.partner_root").id),
            ]
        )
