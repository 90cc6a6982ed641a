from odoo.tests import freeze_time

from ..exceptions import BookingRefused
from .common import NOW, RoomCase, at


@freeze_time(NOW)
class TestPast(RoomCase):
    """What is over is booked by who manages the room alone."""

    def test_past_is_refused_in_words_that_say_so(self):
        """Not: at least 0 minutes before."""
        with self.assertRaises(BookingRefused) as caught:
            self._book(at(4), at(5))
        self._refused(caught.exception, "notice")
        self.assertIn("has begun", str(caught.exception))
        self.assertNotIn("0 minutes", str(caught.exception))

    def test_notice_says_how_long(self):
        self.room.policy_id = self.env["room.policy"].create(
            {"name": "Board", "notice_minutes": 240}
        )
        with self.assertRaises(BookingRefused) as caught:
            self._book(at(9), at(10))
        self.assertIn("240 minutes", str(caught.exception))

    def test_manager_writes_down_what_was(self):
        meeting = self._book(at(4), at(5), user=self.keeper)
        self.assertEqual(meeting.state, "confirmed")
        self.assertEqual(self._busy(self.room), [("04:00", "05:00")])
