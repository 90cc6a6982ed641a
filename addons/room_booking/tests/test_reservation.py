from odoo.tests import freeze_time

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from ..exceptions import BookingRefused
from .common import NOW, RoomCase, at


@freeze_time(NOW)
class TestReservation(RoomCase):
    def test_books_a_room_once(self):
        first = self._book()
        self.assertEqual(first.state, "confirmed")
        self.assertEqual(self._busy(self.room), [("09:00", "11:00")])
        with self.assertRaises(AllocationConflict) as caught:
            self._book(at(10), at(12), user=self.colleague)
        self.assertEqual(caught.exception.verdicts[0].code, "taken")
        self._book(at(11), at(12), user=self.colleague)

    def test_ordered_coffee_is_priced(self):
        coffee = self._service("Coffee", price=2.5)
        meeting = self._book(lines=[(coffee, {"quantity": 4})])
        self.assertEqual(meeting.amount, 10)
        self.assertEqual(meeting.line_ids.state, "ordered")
        self.assertEqual(meeting.line_ids.start, at(9))

    def test_too_many(self):
        with self.assertRaises(BookingRefused) as caught:
            self._book(participants=13)
        self._refused(caught.exception, "too_many")

    def test_moved_by_an_hour(self):
        laptops = self._service("Laptop", is_unlimited=False, max_quantity=4)
        meeting = self._book(lines=[(laptops, {"quantity": 3})])
        meeting.write({"start": at(10), "stop": at(12)})
        self.assertEqual(self._busy(self.room), [("10:00", "12:00")])
        self.assertEqual(self._busy(laptops), [("10:00", "12:00")])
        self.assertEqual(meeting.event_id.start, at(10))

    def test_cancelled_and_reopened(self):
        meeting = self._book()
        meeting.action_cancel()
        self.assertEqual(self._busy(self.room), [])
        self.assertFalse(meeting.event_id.active)
        meeting.action_book()
        self.assertEqual(self._busy(self.room), [("09:00", "11:00")])
        self.assertTrue(meeting.event_id.active)

    def test_event_deleted(self):
        meeting = self._book()
        meeting.event_id.with_user(self.booker).unlink()
        self.assertEqual(meeting.state, "cancelled")
        self.assertEqual(self._busy(self.room), [])

    def test_event_moved(self):
        meeting = self._book()
        event = meeting.event_id.with_user(self.booker)
        event.write({"start": at(13), "stop": at(14)})
        self.assertEqual(self._busy(self.room), [("13:00", "14:00")])
        self.assertEqual((meeting.start, meeting.stop), (at(13), at(14)))
