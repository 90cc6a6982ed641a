from datetime import timedelta

from odoo.tests import HttpCase, tagged

from .common import RoomCase


@tagged("post_install", "-at_install", "tour")
class TestTour(RoomCase, HttpCase):
    """A meeting with catering in the web client, by an employee without any right."""

    def test_booked_with_catering_and_moved(self):
        # Always there, as the tests run on any day.
        self.kitchen.calendar_id = False
        room = self._room("Tour room", capacity=12)
        self._service("Rolls", price=3, default_quantity=6)
        self._service("Coffee", price=2)
        water = self._service("Water", prefill_participants=True, default_active=True)
        self.scenario.service_ids |= water
        self.start_tour(
            "/odoo/my-room-bookings?view_type=list",
            "room_booking_tour",
            login=self.booker.login,
            timeout=180,
        )
        meeting = self.env["room.reservation"].search(
            [("space_ids.space_id", "=", room.id)]
        )
        self.assertRecordValues(
            meeting,
            [
                {
                    "name": "Tour of the house",
                    "state": "confirmed",
                    "participants": 12,
                    "organizer_id": self.booker.id,
                    "amount": 12 * 3 + 2,
                }
            ],
        )
        self.assertEqual(
            {line.service_id.name: line.quantity for line in meeting.line_ids},
            {"Rolls": 12, "Coffee": 1, "Water": 12},
        )
        self.assertEqual(set(meeting.line_ids.mapped("state")), {"ordered"})
        # Whatever the browser's zone is: once, by an hour.
        moved = meeting.message_ids.tracking_value_ids.filtered(
            lambda value: value.field_id.name == "start"
        )
        self.assertEqual(moved.new_value_datetime, meeting.start)
        hour = timedelta(hours=1)
        self.assertEqual(moved.new_value_datetime - moved.old_value_datetime, hour)
        self.assertEqual(meeting.stop - meeting.start, hour)
        self.assertEqual(
            room.resource_id.busy(meeting.start, meeting.stop)[room.resource_id.id][0][
                :2
            ],
            (meeting.start, meeting.stop),
        )
        self.assertEqual(meeting.event_id.start, meeting.start)
