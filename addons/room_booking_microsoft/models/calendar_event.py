from odoo import api, models

from odoo.addons.microsoft_account.models.microsoft_service import TIMEOUT

ANEW = {"microsoft_id": False, "ms_universal_event_id": False, "need_sync_m": True}
"""What an event has that Outlook is to be given anew."""


class CalendarEvent(models.Model):
    """A meeting in a room, in Outlook: who changes it there asks here.

    What the reservation refuses is put back there at once, and the user is told.
    Series come as events of their own: a meeting in a room is never one of them.
    """

    _inherit = "calendar.event"

    @api.model
    def _is_in_outlook(self, user):
        """Whether a user's calendar is read and written; nothing is asked there."""
        # Narrow sudo: these are nobody's to read.
        user = user.sudo()
        connected = user.active and user.microsoft_calendar_token
        return bool(connected and not user.microsoft_synchronization_stopped)

    # === FROM OUTLOOK === #

    def _outlook_may_say(self):
        """Whether the calendar that is being read says what happens to the meeting.

        The organiser's does; another one where the organiser's is not read.
        """
        organizer = self.user_id
        return organizer == self.env.user or not self._is_in_outlook(organizer)

    def _write_from_microsoft(self, microsoft_event, vals):
        """Ask the reservation for what was changed there."""
        if not self.room_reservation_id:
            super()._write_from_microsoft(microsoft_event, vals)
            return
        if not self._outlook_may_say():
            self._take_answer(vals)
            return
        theirs = self._only_theirs(vals)
        # Outlook hands nothing over: it only may not know whose it is.
        theirs.pop("user_id", None)
        taken = self._from_elsewhere(
            lambda event: super()._write_from_microsoft(microsoft_event, theirs)
        )
        if not taken or (vals.get("location") or "").strip() != (self.location or ""):
            quiet = self.with_context(dont_notify=True)
            quiet.write({"need_sync_m": True})
            quiet._sync_odoo2microsoft()

    def _cancel_microsoft(self):
        """Ask the reservations of what the organiser deleted there.

        Core lets everybody who takes part delete it; here it is an answer.
        """
        reserved = self.filtered("room_reservation_id")
        mine = reserved.filtered(lambda one: one.user_id == self.env.user)
        for event in mine:
            if not event._from_elsewhere(lambda one: super()._cancel_microsoft()):
                quiet = event.with_context(dont_notify=True)
                quiet.write(ANEW)
                quiet._sync_odoo2microsoft()
        answers = (reserved - mine).attendee_ids.filtered(
            lambda one: one.partner_id == self.env.user.partner_id
        )
        answers.state = "declined"
        return super(CalendarEvent, self - reserved)._cancel_microsoft()

    # === TO OUTLOOK === #

    @api.model
    def _check_organizer_validation_conditions(self, vals_list):
        """Let meetings in rooms be booked for others, who may not be in Outlook."""
        asked = super()._check_organizer_validation_conditions(vals_list)
        return [
            each and not vals.get("room_reservation_id")
            for each, vals in zip(asked, vals_list, strict=True)
        ]

    @api.model_create_multi
    def create(self, vals_list):
        """Show a meeting in a room in its organiser's Outlook, and in no other."""
        users = self.env["res.users"]
        return super().create(
            [
                {**vals, "need_sync_m": False}
                if vals.get("room_reservation_id")
                and not self._is_in_outlook(users.browse(vals.get("user_id")))
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
            wanted = event._with_an_organizer(vals)
            if not event._begins_anew(wanted):
                super(CalendarEvent, event).write(event._followed_in_outlook(wanted))
                continue
            if event.active and event.microsoft_id:
                event._microsoft_delete(event.user_id, event.microsoft_id)
            # Core would make another event of it, and give this one up.
            quiet = event.with_context(dont_notify=True)
            super(CalendarEvent, quiet).write({**wanted, **ANEW})
            event._setup_alarms()
            event._sync_odoo2microsoft()
        others = self - reserved
        return not others or super(CalendarEvent, others).write(vals)

    def _begins_anew(self, vals):
        """Whether what is in Outlook cannot follow: deleted, or somebody else's."""
        owner = vals.get("user_id", self.user_id.id)
        return (vals.get("active") and not self.active) or owner != self.user_id.id

    def _followed_in_outlook(self, vals):
        """``vals``, and that Outlook is to show them, if it shows them anything."""
        seen = self._get_microsoft_synced_fields() | {"partner_ids"}
        # Core asks whether the user who changes it stopped Outlook.
        if not seen & vals.keys() or not self._is_in_outlook(self.user_id):
            return dict(vals)
        return {"need_sync_m": True, **vals}

    def _get_event_user_m(self, user_id=None):
        """The organiser: what others do to it, without Outlook, is seen there, too."""
        organizer = self.user_id if user_id is None else user_id
        reserved = self.exists().room_reservation_id
        if reserved and organizer and self._is_in_outlook(organizer):
            return organizer
        return super()._get_event_user_m(user_id)

    def _microsoft_delete(self, user_id, event_id, timeout=TIMEOUT):
        """With the organiser's connection, whoever deletes it."""
        sender = self
        if self.room_reservation_id and self._is_in_outlook(user_id):
            # Afterwards it may be gone, and does not know its organiser any more.
            sender = self.with_user(user_id)
        sent = super(CalendarEvent, sender)
        return sent._microsoft_delete(user_id, event_id, timeout=timeout)

    def _ensure_attendees_have_email(self):
        """Of a meeting in a room those without an address are left out there."""
        others = self.filtered(lambda one: not one.room_reservation_id)
        return super(CalendarEvent, others)._ensure_attendees_have_email()

    def _microsoft_values(self, fields_to_sync, initial_values=()):
        values = super()._microsoft_values(fields_to_sync, initial_values)
        if self.room_reservation_id and "attendees" in values:
            values["attendees"] = [
                one for one in values["attendees"] if one["emailAddress"]["address"]
            ]
        return values
