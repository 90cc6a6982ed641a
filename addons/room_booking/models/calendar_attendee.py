from odoo import models


class CalendarAttendee(models.Model):
    """Who takes part in a meeting in a room is invited by its reservation."""

    _inherit = "calendar.attendee"

    def _send_invitation_emails(self):
        others = self.filtered(lambda one: not one.event_id.room_reservation_id)
        # Nobody is left to invite: core would read its templates all the same.
        return others and super(CalendarAttendee, others)._send_invitation_emails()
