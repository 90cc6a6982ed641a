"""What Google Calendar is told of meetings in rooms."""

from unittest.mock import patch

from odoo.tests import freeze_time

from odoo.addons.google_account.models.google_service import GoogleService
from odoo.addons.google_calendar.utils.google_calendar import GoogleCalendarService
from odoo.addons.room_booking.tests.common import NOW, at

from .common import GoogleCase


@freeze_time(NOW)
class TestToGoogle(GoogleCase):
    def test_booked_is_inserted(self):
        self._book()
        [(sender, values)] = self.inserted
        self.assertEqual((sender, values["location"]), (self.booker, "Aula"))
        self.assertFalse(values["guestsCanModify"])

    def test_booked_for_somebody_who_is_not_there(self):
        """In the booker's calendar it would be the booker's."""
        meeting = self._book(organizer_id=self.cook.id)
        self.assertEqual(meeting.event_id.user_id, self.cook)
        self._sync()
        self.assertFalse(self.inserted)
        self._connect(self.cook)
        self._sync(user=self.cook)
        self.assertEqual(len(self.inserted), 1)

    def test_cancelled_is_deleted_and_booked_again_is_inserted(self):
        meeting = self._in_google().with_user(self.booker)
        event = meeting.event_id
        gone = event.google_id
        meeting.action_cancel()
        self.assertEqual(self.patched[-1][2]["status"], "cancelled")
        meeting.action_book()
        self.assertEqual(len(self.inserted), 1)
        self.assertFalse(event.google_id)
        # What was deleted is read afterwards, with all that it said.
        was = {**self._as_google(meeting), "id": gone, "status": "cancelled"}
        self._sync(was)
        self.assertEqual(meeting.state, "confirmed")
        self.assertTrue(event.active)

    def test_cancelled_and_read_before_it_is_booked_again(self):
        meeting = self._in_google().with_user(self.booker)
        gone = meeting.event_id.google_id
        meeting.action_cancel()
        self._sync({"id": gone, "status": "cancelled"})
        self.assertFalse(meeting.event_id)
        meeting.action_book()
        self.assertEqual(len(self.inserted), 1)

    def test_moved_here_by_who_stopped_google(self):
        self.keeper.sudo().google_synchronization_stopped = True
        meeting = self._in_google()
        meeting.with_user(self.keeper).write({"start": at(12), "stop": at(13)})
        [*_others, (sender, _id, values)] = self.patched
        self.assertEqual(sender, self.booker)
        self.assertEqual(values["start"]["dateTime"], "2027-03-01T12:00:00+00:00")

    def test_moved_here_where_guests_may_change_nothing_there(self):
        meeting = self._in_google()
        meeting.event_id.guests_readonly = True
        self.booker.sudo().google_synchronization_stopped = True
        meeting.with_user(self.keeper).write({"start": at(12), "stop": at(13)})
        self.assertEqual(meeting.event_id.start, at(12))

    def test_no_show_where_guests_may_change_nothing_there(self):
        self.room.policy_id = self.env["room.policy"].create(
            {"name": "Check-in", "checkin_minutes": 10}
        )
        meeting = self._in_google()
        meeting.event_id.guests_readonly = True
        self.booker.sudo().google_synchronization_stopped = True
        with freeze_time(at(9, 30)):
            self._run_job("resource_allocation.ir_cron_lapse")
        self.assertEqual(meeting.state, "no_show")


@freeze_time(NOW)
class TestSilence(GoogleCase):
    """People are told by the reservation, not by Google as well."""

    def setUp(self):
        super().setUp()
        self.asked = []

        def request(service, uri, *args, **kwargs):
            self.asked.append(uri)
            return 200, {"id": "new"}, None

        self.startPatcher(patch.object(GoogleService, "_do_request", request))

    def _send(self, event):
        service = GoogleCalendarService(self.env["google.service"])
        service = event._silently(service)
        service.insert({}, token="token")
        service.patch("g", {}, token="token")
        service.delete("g", token="token")
        return [uri.partition("sendUpdates=")[2][:4].strip("&") for uri in self.asked]

    def test_of_a_meeting_in_a_room_google_mails_nobody(self):
        self.assertEqual(self._send(self._book().event_id), ["none"] * 3)

    def test_of_others_it_does(self):
        event = self.env["calendar.event"].create(
            {"name": "Walk", "start": at(9), "stop": at(10)}
        )
        self.assertEqual(self._send(event), ["all"] * 3)
