from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.resource_allocation.inputs import to_instant

from .common import RoomCase


@tagged("post_install", "-at_install", "tour")
class TestTour(RoomCase, HttpCase):
    """A meeting with catering in the web client, by an employee without any right."""

    def test_booked_on_behalf_with_catering_and_moved(self):
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
                    "organizer_id": self.colleague.id,
                    "booked_by_id": self.booker.id,
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

    def test_refusal_is_said_in_words(self):
        with mute_logger("odoo.http"):
            self.start_tour(
                "/odoo/my-room-bookings?view_type=list",
                "room_booking_refused_tour",
                login=self.booker.login,
                timeout=180,
            )
        meeting = self.env["room.reservation"].search([("name", "=", "Nowhere")])
        self.assertEqual(meeting.state, "draft")

    def test_booked_from_the_board(self):
        room = self._room("Board tour room", resource_calendar_id=False)
        self._room("Board tour hall", resource_calendar_id=False)
        # Now, which is today in any zone: only who manages the room books that.
        now = fields.Datetime.now()
        start, stop = now - timedelta(minutes=5), now + timedelta(minutes=1)
        self._book(start, stop, rooms=room, user=self.keeper)
        chosen, book = [], type(room).board_book

        def note(this, start, stop):
            span = to_instant(self.env, stop) - to_instant(self.env, start)
            chosen.append((this.name, span.seconds // 60))
            return book(this, start, stop)

        with patch.object(type(room), "board_book", note):
            self.start_tour(
                "/odoo/room-board",
                "room_booking_board_tour",
                login=self.booker.login,
                timeout=180,
            )
        # Dragged over, and chosen by the keyboard: each opens one booking.
        self.assertEqual(chosen, [(room.name, 60), (room.name, 30)])
        meeting = self.env["room.reservation"].search([("name", "=", "From the board")])
        self.assertEqual(meeting.state, "confirmed")
        self.assertEqual(meeting.space_ids.space_id, room)
        self.assertEqual(meeting.organizer_id, self.booker)
        self.assertEqual(meeting.stop - meeting.start, timedelta(minutes=30))

    def test_request_approved_and_its_rival_rejected(self):
        self.room.policy_id = self.env["room.policy"].create(
            {"name": "Asked", "approval": "all", "keeps_place": False}
        )
        start = fields.Datetime.now() + timedelta(days=3)
        stop = start + timedelta(hours=1)
        first = self._book(start, stop, user=self.colleague, name="First wish")
        second = self._book(start, stop, name="Second wish")
        self.start_tour(
            "/odoo/room-requests?view_type=list",
            "room_booking_approval_tour",
            login=self.keeper.login,
            timeout=180,
        )
        self.assertEqual((first.state, second.state), ("rejected", "confirmed"))
        told = first.message_ids.notified_partner_ids
        self.assertIn(self.colleague.partner_id, told)
        busy = self.room.resource_id.busy(start, stop)[self.room.resource_id.id]
        self.assertEqual(len(busy), 1)


@tagged("post_install", "-at_install", "tour")
class TestPhone(RoomCase, HttpCase):
    """In front of the room, with a phone."""

    browser_size = "390x844"
    touch_enabled = True

    def test_checked_in_and_ended_early(self):
        self.room.policy_id = self.env["room.policy"].create(
            {"name": "Checked in", "checkin_minutes": 30}
        )
        start = fields.Datetime.now() - timedelta(minutes=5)
        stop = start + timedelta(hours=2)
        # Only who manages the room books what has begun.
        meeting = self._book(
            start, stop, user=self.keeper, name="Stand-up", organizer_id=self.booker.id
        )
        self.start_tour(
            "/odoo/my-room-bookings",
            "room_booking_phone_tour",
            login=self.booker.login,
            timeout=180,
        )
        self.assertEqual(meeting.state, "done")
        self.assertTrue(meeting.space_ids.checked_in_at)
        self.assertLess(meeting.stop, stop)
        ahead = fields.Datetime.now() + timedelta(minutes=1)
        busy = self.room.resource_id.busy(ahead, stop)[self.room.resource_id.id]
        self.assertFalse(busy, "the room is free from now on")
