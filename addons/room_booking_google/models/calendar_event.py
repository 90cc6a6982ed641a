from odoo import api, models

from odoo.addons.google_account.models.google_service import TIMEOUT
from odoo.addons.google_calendar.utils.google_calendar import GoogleCalendarService

from .google_service import SILENT


class CalendarEvent(models.Model):
    """A meeting in a room, in Google Calendar: who changes it there asks here.

    What the reservation refuses is put back there at once, and the user is told.
    """

    _inherit = "calendar.event"

    @api.model
    def _is_in_google(self, user):
        """Whether a user's calendar is read and written; nothing is asked there."""
        # Narrow sudo: these are nobody's to read.
        user = user.sudo()
        connected = user.active and user.google_calendar_token
        return bool(connected and not user.google_synchronization_stopped)

    # === FROM GOOGLE === #

    def _google_may_say(self):
        """Whether the calendar that is being read says what happens to the meeting.

        The organiser's does: everybody who takes part has a copy, and who changed it
        is not known. Another one does where the organiser's is not read.
        """
        organizer = self.user_id
        return organizer == self.env.user or not self._is_in_google(organizer)

    def _write_from_google(self, gevent, vals):
        """Ask the reservation for what was changed there."""
        if not self.room_reservation_id:
            super()._write_from_google(gevent, vals)
            return
        if not self._google_may_say():
            self._take_answer(vals)
            return
        theirs = self._only_theirs(vals)

        taken = self._from_elsewhere(
            lambda event: super()._write_from_google(gevent, theirs)
        )
        if not taken or (vals.get("location") or "").strip() != (self.location or ""):
            # A write that asks for it is sent after the transaction.
            self.with_context(dont_notify=True).write(
                {"google_id": gevent.id, "need_sync": True}
            )

    def _cancel(self):
        """Ask the reservations of what was deleted there."""
        reserved = self.filtered("room_reservation_id")
        mine = reserved.filtered(lambda one: one.user_id == self.env.user)
        # Without an id it is found by what was deleted before, and is not it.
        for event in mine.filtered("google_id"):
            if not event._from_elsewhere(lambda one: super()._cancel()):
                quiet = event.with_context(dont_notify=True)
                quiet.write({"google_id": False, "need_sync": True})
                quiet._insert_in_google()
        return super(CalendarEvent, self - mine)._cancel()

    def _refuse_to_repeat(self):
        """Let it be a single one there again, and tell the user."""
        self._from_elsewhere(lambda event: event.write({"recurrency": True}))
        service = GoogleCalendarService(self.env["google.service"])
        # A series stays one unless it is said that there is none.
        values = {**self._google_values(), "recurrence": []}
        sender = self.with_user(self._get_event_user())
        sender._google_patch(service, self.google_id, values)

    # === TO GOOGLE === #

    def _insert_in_google(self):
        """Show these there as new ones: what was deleted there stays so."""
        service = GoogleCalendarService(self.env["google.service"])
        self._sync_odoo2google(service)

    @api.model_create_multi
    def create(self, vals_list):
        """Show a meeting in a room in its organiser's calendar, and in no other."""
        users = self.env["res.users"]
        return super().create(
            [
                {**vals, "need_sync": False}
                if vals.get("room_reservation_id")
                and not self._is_in_google(users.browse(vals.get("user_id")))
                else vals
                for vals in vals_list
            ]
        )

    def write(self, vals):
        """Let the organiser's calendar follow, whoever changes a meeting."""
        # One by one: what that reads is read for all of them.
        reserved = self.filtered("room_reservation_id").with_prefetch(
            self._prefetch_ids
        )
        for event in reserved:
            back = vals.get("active") and not event.active
            # What was deleted there stays so: it is inserted anew.
            more = {"google_id": False} if back else {}
            super(CalendarEvent, event).write(event._followed(vals) | more)
            if back:
                event._insert_in_google()
        others = self - reserved
        return not others or super(CalendarEvent, others).write(vals)

    def _followed(self, vals):
        """``vals``, and that Google is to show them, if it shows them anything."""
        seen = self._get_google_synced_fields() | {"partner_ids"}
        # Core asks whether the user who changes it stopped Google.
        if not seen & vals.keys() or not self._is_in_google(self.user_id):
            return dict(vals)
        return {"need_sync": True, **vals}

    def _check_modify_event_permission(self, values):
        """Who may change a meeting in a room is its reservation's to say."""
        others = self.filtered(lambda one: not one.room_reservation_id)
        return super(CalendarEvent, others)._check_modify_event_permission(values)

    def _google_values(self):
        """Let nobody but the organiser change it there, as here."""
        values = super()._google_values()
        if self.room_reservation_id and "guestsCanModify" in values:
            values["guestsCanModify"] = False
        return values

    def _silently(self, google_service):
        """The service for an event, asked to mail nobody about a meeting in a room."""
        if not self.exists().room_reservation_id:
            return google_service
        return GoogleCalendarService(
            google_service.google_service.with_context(**{SILENT: True})
        )

    def _google_insert(self, google_service, values, timeout=TIMEOUT):
        service = self._silently(google_service)
        return super()._google_insert(service, values, timeout=timeout)

    def _google_patch(self, google_service, google_id, values, timeout=TIMEOUT):
        service = self._silently(google_service)
        return super()._google_patch(service, google_id, values, timeout=timeout)

    def _google_delete(self, google_service, google_id, timeout=TIMEOUT):
        service = self._silently(google_service)
        return super()._google_delete(service, google_id, timeout=timeout)
