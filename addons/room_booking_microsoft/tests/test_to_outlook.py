"""What Outlook is told of meetings in rooms."""

from odoo.tests import freeze_time

from odoo.addons.room_booking.tests.common import NOW, at

from .common import OutlookCase


@freeze_time(NOW)
class TestToOutlook(OutlookCase):
    def test_booked_is_inserted(self):
        self._book()
        [(sender, values)] = self.inserted
        self.assertEqual(sender, self.booker)
        self.assertEqual(values["location"], {"displayName": "Aula"})

    def test_booked_for_somebody_who_is_not_there(self):
        """Core refuses it; in the booker's calendar it would be the booker's."""
        meeting = self._book(organizer_id=self.cook.id)
        self.assertEqual(meeting.event_id.user_id, self.cook)
        self.assertFalse(self.inserted)
        self._sync()
        self.assertFalse(self.inserted)

    def test_handed_over(self):
        """Core would make an event without a room of it, and cancel the meeting."""
        self._connect(self.colleague)
        meeting = self._in_outlook()
        event = meeting.event_id
        was = event.microsoft_id
        meeting.with_user(self.booker).organizer_id = self.colleague
        self.assertEqual(meeting.state, "confirmed")
        self.assertEqual(meeting.event_id.user_id, self.colleague)
        self.assertEqual(self.deleted, [(self.booker, was)])
        self.assertFalse(event.microsoft_id)
        [(sender, _values)] = self.inserted
        self.assertEqual(sender, self.colleague)
        self._sync({"id": was, "@removed": {"reason": "deleted"}})
        self.assertEqual(meeting.state, "confirmed")

    def test_handed_over_in_our_calendar(self):
        meeting = self._in_outlook()
        was = meeting.event_id.microsoft_id
        meeting.event_id.with_user(self.booker).user_id = self.cook
        self.assertEqual(meeting.state, "confirmed")
        self.assertEqual(meeting.organizer_id, self.cook)
        self.assertEqual(self.deleted, [(self.booker, was)])
        self.assertFalse(self.inserted)

    def test_cancelled_is_deleted_and_booked_again_is_inserted(self):
        meeting = self._in_outlook().with_user(self.booker)
        event = meeting.event_id
        was = event.microsoft_id
        meeting.action_cancel()
        self.assertEqual(self.deleted, [(self.booker, was)])
        meeting.action_book()
        self.assertEqual(len(self.inserted), 1)
        # What was deleted is read afterwards.
        self._sync({"id": was, "@removed": {"reason": "deleted"}})
        self.assertEqual(meeting.state, "confirmed")
        self.assertTrue(event.active)

    def test_cancelled_and_read_before_it_is_booked_again(self):
        meeting = self._in_outlook().with_user(self.booker)
        was = meeting.event_id.microsoft_id
        meeting.action_cancel()
        self._sync({"id": was, "@removed": {"reason": "deleted"}})
        self.assertFalse(meeting.event_id)
        meeting.action_book()
        self.assertEqual(len(self.inserted), 1)

    def test_moved_here_by_who_is_not_there(self):
        """Also by somebody who stopped it for himself."""
        meeting = self._in_outlook()
        event = meeting.event_id.with_context(dont_notify=True)
        for hour in (12, 14):
            event.need_sync_m = False
            self._forget()
            meeting.with_user(self.keeper).write(
                {"start": at(hour), "stop": at(hour + 1)}
            )
            [*_others, (sender, _id, values)] = self.patched
            self.assertEqual(sender, self.booker)
            time = values["start"]["dateTime"]
            self.assertEqual(time, f"2027-03-01T{hour}:00:00+00:00")
            self.keeper.sudo().microsoft_synchronization_stopped = True

    def test_deleted_here_by_who_is_not_there(self):
        event = self._in_outlook().event_id
        was = event.microsoft_id
        event.with_user(self.keeper).unlink()
        self.assertEqual(set(self.deleted), {(self.booker, was)})

    def test_who_has_no_address_stops_nobody(self):
        """Core refuses to write anything as long as there is somebody."""
        nobody = self.env["res.partner"].create({"name": "No address"})
        people = nobody | self.colleague.partner_id
        meeting = self._in_outlook(attendee_ids=people.ids)
        event = meeting.event_id.with_context(dont_notify=True)
        event.need_sync_m = True
        event._sync_odoo2microsoft()
        [(_sender, _id, values)] = self.patched
        guests = [one["emailAddress"]["address"] for one in values["attendees"]]
        self.assertEqual(guests, [self.colleague.email])
        self._sync(self._as_outlook(meeting, subject="Long talk"))
        self.assertEqual(meeting.attendee_ids, people)
