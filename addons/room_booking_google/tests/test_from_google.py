"""What is done in Google Calendar to a meeting in a room."""

from odoo.tests import freeze_time

from odoo.addons.room_booking.tests.common import NOW, at

from .common import GoogleCase


@freeze_time(NOW)
class TestFromGoogle(GoogleCase):
    def test_moved_to_a_free_time(self):
        meeting = self._in_google(attendee_ids=self.colleague.partner_id.ids)
        self._run_job("room_booking.cron_room_reservation_tell")
        self._sync(self._as_google(meeting, **self._times(at(12), at(13))))
        self.assertEqual((meeting.start, meeting.stop), (at(12), at(13)))
        self.assertEqual(self._busy(self.room), [("12:00", "13:00")])
        self.assertFalse(self._told())
        self._run_job("room_booking.cron_room_reservation_tell")
        mail = self.env["mail.message"].search(
            [("subject", "=", "Changed: Talk"), ("res_id", "=", meeting.id)]
        )
        self.assertEqual(mail.notified_partner_ids, self.colleague.partner_id)

    def test_moved_onto_somebody_elses_booking(self):
        private = {"name": "Secret", "privacy": "private"}
        self._book(at(13), at(14), user=self.colleague, **private)
        meeting = self._in_google()
        moved = self._as_google(meeting, **self._times(at(12, 30), at(14, 30)))
        self._sync(moved, self._walk())
        self.assertEqual(self._busy(self.room)[0], ("09:00", "11:00"))
        event = meeting.event_id
        self.assertEqual((event.start, event.stop), (at(9), at(11)))
        walk = self.env["calendar.event"].search([("google_id", "=", "walk")])
        self.assertEqual(walk.name, "Walk")
        [told] = self._told()
        self.assertEqual(told.subject, "Stays as it was: Talk")
        self.assertIn("Aula", told.body)
        self.assertNotIn("Secret", told.body)
        # The booker's zone is an hour ahead.
        self.assertRegex(told.body, r"10:00.AM – 12:00.PM \(Europe/Prague\)")
        [(sender, google_id, values)] = self.patched
        self.assertEqual((sender, google_id), (self.booker, event.google_id))
        self.assertEqual(values["start"]["dateTime"], "2027-03-01T09:00:00+00:00")

    def test_refused_in_the_users_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.booker.lang = "de_DE"
        self.booker.tz = "Asia/Tokyo"
        self._book(at(13), at(14), user=self.colleague)
        meeting = self._in_google()
        self._sync(self._as_google(meeting, **self._times(at(12), at(14))))
        self.assertIn("Montag", self._told().body)
        self.assertIn("18:00 – 20:00 (Asia/Tokyo)", self._told().body)

    def test_a_refusal_is_told_once(self):
        self._book(at(13), at(14), user=self.colleague)
        meeting = self._in_google()
        self._sync(self._as_google(meeting, **self._times(at(12), at(14))))
        [(_sender, _id, put_back)] = self.patched
        self._forget()
        self._sync(self._as_google(meeting, **put_back))
        self.assertEqual(len(self._told()), 1)
        self.assertFalse(self.patched)

    def test_renamed(self):
        meeting = self._in_google()
        self._sync(self._as_google(meeting, summary="Long talk"))
        self.assertEqual(meeting.name, "Long talk")
        self.assertFalse(self.patched)

    def test_the_same_again_writes_nothing_outwards(self):
        self.room.videocall_url = "https://meet.example.com/aula"
        meeting = self._in_google(attendee_ids=self.colleague.partner_id.ids)
        link = {"entryPoints": [{"entryPointType": "video", "uri": "https://g.co/x"}]}
        for _time in range(2):
            self._sync(self._as_google(meeting, conferenceData=link))
        self.assertFalse(self.patched + self.inserted + self.deleted)
        self.assertFalse(meeting.event_id.need_sync)
        event = meeting.event_id
        self.assertEqual(event.videocall_location, "https://meet.example.com/aula")

    def test_where_is_the_reservations_to_say(self):
        meeting = self._in_google()
        self._sync(self._as_google(meeting, location="Studio", summary="Long talk"))
        self.assertEqual(meeting.name, "Long talk")
        self.assertEqual(meeting.event_id.location, "Aula")
        self.assertEqual(self.patched[-1][2]["location"], "Aula")
        self._forget()
        self._sync(self._as_google(meeting))
        self.assertFalse(self.patched)

    def test_too_late_to_move(self):
        self._policy(cancel_minutes=24 * 60)
        meeting = self._in_google()
        self._sync(self._as_google(meeting, **self._times(at(12), at(13))))
        self.assertEqual(meeting.start, at(9))
        self.assertIn("Ask who manages the room", self._told().body)

    def test_of_no_length(self):
        """Google knows moments; to book one is refused by the database otherwise."""
        meeting = self._in_google()
        self._sync(self._as_google(meeting, **self._times(at(9), at(9))))
        self.assertEqual(meeting.stop, at(11))
        self.assertIn("ends after it begins", self._told().body)

    def test_an_unknown_owner_is_none(self):
        meeting = self._in_google()
        unknown = {"email": "elsewhere@example.com"}
        self._sync(self._as_google(meeting, organizer=unknown, summary="Long talk"))
        self.assertEqual(meeting.name, "Long talk")
        self.assertEqual(meeting.organizer_id, self.booker)
        self.assertEqual(meeting.event_id.user_id, self.booker)
        self.assertFalse(self._told())

    def test_who_has_no_address_stays(self):
        nobody = self.env["res.partner"].create({"name": "No address"})
        people = nobody | self.colleague.partner_id
        meeting = self._in_google(attendee_ids=people.ids)
        self._sync(self._as_google(meeting, summary="Long talk"))
        self.assertEqual(meeting.attendee_ids, people)

    def test_guests_that_came_and_went_there(self):
        meeting = self._in_google(attendee_ids=self.colleague.partner_id.ids)
        guests = [
            {"email": one.email, "responseStatus": "accepted"}
            for one in (self.booker, self.cook)
        ]
        self._sync(self._as_google(meeting, attendees=guests))
        self.assertEqual(meeting.attendee_ids, self.cook.partner_id)

    def test_repeated_there(self):
        meeting = self._in_google()
        google_id = meeting.event_id.google_id
        weekly = ["RRULE:FREQ=WEEKLY;COUNT=3"]
        self._sync(self._as_google(meeting, recurrence=weekly), self._walk())
        self.assertEqual(meeting.event_id.google_id, google_id)
        self.assertFalse(self.env["calendar.recurrence"].search([]))
        self.assertIn("repeat it from its reservation", self._told().body)
        [(_sender, _id, values)] = self.patched
        self.assertEqual(values["recurrence"], [])
        walks = [("google_id", "=", "walk")]
        self.assertTrue(self.env["calendar.event"].search(walks))

    def test_other_series_still_come_in(self):
        series = {**self._walk(), "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"]}
        self._sync(series)
        self.assertEqual(len(self.env["calendar.recurrence"].search([])), 1)

    def test_day_of_a_series_that_moved_cancels_no_meeting(self):
        """Core takes what Google does not know yet for the day as it was before."""
        meeting = self._book()
        day = {
            **self._walk(),
            "id": "walks_20270301T100000Z",
            "recurringEventId": "walks",
            "originalStartTime": {"dateTime": "2027-03-01T10:00:00Z"},
        }
        self._sync(day)
        self.assertEqual(meeting.state, "confirmed")
        self.assertTrue(meeting.event_id.active)

    def test_room_of_another_company_of_the_user(self):
        second = self.env["res.company"].create({"name": "Second"})
        self.booker.company_ids += second
        site = self.env["room.site"].create(
            {"name": "Tokyo", "tz": "Asia/Tokyo", "company_id": second.id}
        )
        self.activity.account_id.company_id = False
        hall = self._room("Hall", site_id=site.id)
        meeting = self._in_google(rooms=hall, company_id=second.id)
        self._sync(self._as_google(meeting, **self._times(at(12), at(13))))
        self.assertFalse(self._told())
        self.assertEqual(self._busy(hall), [("12:00", "13:00")])

    def test_whole_days_are_the_rooms(self):
        self.site.tz = "Asia/Tokyo"
        meeting = self._in_google()
        days = {"start": {"date": "2027-03-03"}, "end": {"date": "2027-03-05"}}
        self._sync(self._as_google(meeting, **days))
        self.assertTrue(meeting.allday)
        self.assertEqual((meeting.start, meeting.stop), (at(15, day=1), at(15, day=3)))
        self.assertFalse(self.patched)

    def _policy(self, **vals):
        self.room.policy_id = self.env["room.policy"].create({"name": "Strict", **vals})


@freeze_time(NOW)
class TestDeletedInGoogle(GoogleCase):
    def _gone(self, google_id):
        return {"id": google_id, "status": "cancelled"}

    def test_in_time(self):
        meeting = self._in_google(attendee_ids=self.colleague.partner_id.ids)
        event = meeting.event_id
        self._sync(self._gone(event.google_id))
        self.assertEqual(meeting.state, "cancelled")
        self.assertEqual(self._busy(self.room), [])
        self.assertFalse(event.exists())

    def test_too_late(self):
        self.room.policy_id = self.env["room.policy"].create(
            {"name": "Strict", "cancel_minutes": 24 * 60}
        )
        meeting = self._in_google(attendee_ids=self.colleague.partner_id.ids)
        self._run_job("room_booking.cron_room_reservation_tell")
        event = meeting.event_id
        gone = event.google_id
        self._sync(self._gone(gone), self._walk())
        self.assertEqual(meeting.state, "confirmed")
        self.assertTrue(event.active)
        self.assertFalse(event.google_id)
        walks = [("google_id", "=", "walk")]
        self.assertTrue(self.env["calendar.event"].search(walks))
        self.assertIn("Ask who manages the room", self._told().body)
        [(sender, values)] = self.inserted
        self.assertEqual((sender, values["summary"]), (self.booker, "Talk"))
        self.assertFalse(meeting.untold_by_id)
        # The copy of who takes part, and the organiser's own with all it said.
        copy = {**self._as_google(meeting), "id": gone, "status": "cancelled"}
        for user in (self.booker, self.colleague):
            self._sync(dict(copy), user=user)
        self.assertEqual(meeting.state, "confirmed")

    def test_by_who_takes_part_is_an_answer(self):
        self._connect(self.colleague)
        meeting = self._in_google(attendee_ids=self.colleague.partner_id.ids)
        self._sync(self._gone(meeting.event_id.google_id), user=self.colleague)
        self.assertEqual(meeting.state, "confirmed")
        answers = {one.partner_id: one.state for one in meeting.event_id.attendee_ids}
        self.assertEqual(answers[self.colleague.partner_id], "declined")

    def test_one_that_is_over(self):
        meeting = self._in_google()
        with freeze_time(at(12)):
            self._run_job("room_booking.cron_room_reservation_finish")
            self._sync(self._gone(meeting.event_id.google_id))
        self.assertEqual(meeting.state, "done")
        self.assertFalse(self._told())


@freeze_time(NOW)
class TestOthersInGoogle(GoogleCase):
    """Who takes part has a copy, and is read at another time than the organiser."""

    def setUp(self):
        super().setUp()
        self._connect(self.colleague)

    def _theirs(self, meeting, **values):
        return self._as_google(meeting, user=self.colleague, **values)

    def test_read_before_the_organiser_it_is_not_put_back(self):
        meeting = self._in_google(attendee_ids=self.colleague.partner_id.ids)
        moved = self._times(at(12), at(13))
        mine = self._as_google(meeting, **moved)
        answer = [{"email": self.colleague.email, "responseStatus": "accepted"}]
        self._sync(
            self._theirs(meeting, attendees=answer, **moved), user=self.colleague
        )
        self.assertEqual(meeting.start, at(9))
        self.assertFalse(self._told(self.colleague))
        self.assertFalse(self.patched)
        answers = {one.partner_id: one.state for one in meeting.event_id.attendee_ids}
        self.assertEqual(answers[self.colleague.partner_id], "accepted")
        self._sync(mine)
        self.assertEqual(meeting.start, at(12))

    def test_without_right_where_the_organiser_has_no_google(self):
        meeting = self._in_google(
            user=self.cook, attendee_ids=self.colleague.partner_id.ids
        )
        self._sync(
            self._theirs(meeting, **self._times(at(12), at(13))), user=self.colleague
        )
        self.assertEqual(meeting.start, at(9))
        self.assertEqual(self._busy(self.room), [("09:00", "11:00")])
        [told] = self._told(self.colleague)
        self.assertEqual(told.subject, "Stays as it was: Talk")
        self.assertEqual([google_id for _user, google_id, _values in self.patched],
                         [meeting.event_id.google_id])  # fmt: skip
