from odoo import models

from odoo.addons.google_calendar.utils.google_event import GoogleEvent


class CalendarRecurrence(models.Model):
    """A meeting in a room is not repeated in Google Calendar."""

    _inherit = "calendar.recurrence"

    def _create_from_google(self, gevents, vals_list):
        """Refuse to make a series of a meeting in a room; make the others."""
        found = self.env["calendar.event"].search(
            [
                ("google_id", "in", [vals["google_id"] for vals in vals_list]),
                ("room_reservation_id", "!=", False),
            ]
        )
        single = {event.google_id: event for event in found}
        for event in found.filtered(lambda one: one._google_may_say()):
            event._refuse_to_repeat()
        others = [
            (gevent, vals)
            for gevent, vals in zip(gevents, vals_list, strict=True)
            if vals["google_id"] not in single
        ]
        return super()._create_from_google(
            GoogleEvent(gevent for gevent, _vals in others),
            [vals for _gevent, vals in others],
        )
