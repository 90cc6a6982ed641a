from datetime import timedelta
from unittest.mock import patch

import pytz

from odoo.addons.google_calendar.models.google_sync import GoogleCalendarSync
from odoo.addons.google_calendar.models.res_users import ResUsers
from odoo.addons.google_calendar.utils.google_calendar import GoogleCalendarService
from odoo.addons.google_calendar.utils.google_event import GoogleEvent
from odoo.addons.room_booking.tests.common import RoomCase, at


class GoogleCase(RoomCase):
    """A house whose booker has a calendar in Google, which is stood in for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.booker | cls.colleague | cls.cook | cls.keeper:
            user.email = f"{user.login}@example.com"
        cls._connect(cls.booker)

    def setUp(self):
        super().setUp()
        self.inserted, self.patched, self.deleted = [], [], []

        def insert(event, service, values, timeout=None):
            self.inserted.append((event.env.user, values))

        def change(event, service, google_id, values, timeout=None):
            self.patched.append((event.env.user, google_id, values))

        def delete(event, service, google_id, timeout=None):
            self.deleted.append((event.env.user, google_id))

        # What core does after the transaction, as core's own tests stand in for it.
        for owner, name, stand_in in (
            (GoogleCalendarSync, "_google_insert", insert),
            (GoogleCalendarSync, "_google_patch", change),
            (GoogleCalendarSync, "_google_delete", delete),
            (ResUsers, "_get_google_calendar_token", lambda user: "token"),
        ):
            self.startPatcher(patch.object(owner, name, stand_in))

    @classmethod
    def _connect(cls, user):
        user.res_users_settings_id._set_google_auth_tokens("token", "again", 3600)
        user.res_users_settings_id.google_calendar_sync_token = "since"

    def _in_google(self, **vals):
        """A booked meeting that Google knows."""
        meeting = self._book(**vals)
        event = meeting.event_id
        event.write({"google_id": f"g{event.id}", "need_sync": False})
        self.env.flush_all()
        self._forget()
        return meeting

    def _forget(self):
        for calls in (self.inserted, self.patched, self.deleted):
            calls.clear()

    def _as_google(self, meeting, user=None, **values):
        """What Google sends of a meeting, with what was changed there."""
        event = meeting.event_id
        mine = (user or self.booker) == event.user_id
        return {
            **event._google_values(),
            "status": "confirmed",
            "updated": self._after(event),
            "organizer": {"email": event.user_id.email, "self": mine},
            **values,
        }

    def _after(self, event):
        return pytz.utc.localize(event.write_date + timedelta(seconds=1)).isoformat()

    def _times(self, start, stop):
        return {
            name: {"dateTime": pytz.utc.localize(moment).isoformat()}
            for name, moment in (("start", start), ("end", stop))
        }

    def _walk(self):
        """An event in Google that has no room."""
        return {
            "id": "walk",
            "summary": "Walk",
            "status": "confirmed",
            "updated": "2027-03-01T05:00:00Z",
            "organizer": {"email": self.booker.email, "self": True},
            "reminders": {},
            **self._times(at(15), at(16)),
        }

    def _sync(self, *events, user=None):
        """Let the job read a user's calendar in Google."""
        user = user or self.booker
        read = patch.object(
            GoogleCalendarService,
            "get_events",
            lambda *args, **kwargs: (GoogleEvent(events), "next", ()),
        )
        with read:
            service = GoogleCalendarService(self.env["google.service"])
            user.with_user(user).sudo()._sync_google_calendar(service)
        self.env.flush_all()
        self.env.invalidate_all()

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
