"""What is done in Outlook to a meeting in a room."""

from odoo.tests import freeze_time

from odoo.addons.room_booking.tests.common import NOW, at

from .common import OutlookCase

TELL = "room_booking.cron_room_reservation_tell"


@freeze_time(NOW)
class TestFromOutlook(OutlookCase):
    def test_moved_to_a_free_time(self):
        meeting = self._in_outlook(attendee_ids=self.colleague.partner_id.ids)
        self._run_job(TELL)
        self._sync(self._as_outlook(meeting, **self._times(at(12), at(13))))
        self.assertEqual((meeting.start, meeting.stop), (at(12), at(13)))
        self.assertEqual(self._busy(self.room), [("12:00", "13:00")])
        self.assertFalse(self._told())
        self._run_job(TELL)
        mail = self.env["mail.message"].search(
            [("subject", "=", "Changed: Talk"), ("res_id", "=", meeting.id)]
        )
        self.assertEqual(mail.notified_partner_ids, self.colleague.partner_id)

    def test_moved_onto_somebody_elses_booking(self):
        private = {"name": "Secret", "privacy": "private"}
        self._book(at(13), at(14), user=self.colleague, **private)
        meeting = self._in_outlook()
        moved = self._as_outlook(meeting, **self._times(at(12, 30), at(14, 30)))
        self._sync(moved, self._walk())
        self.assertEqual(self._busy(self.room)[0], ("09:00", "11:00"))
        event = meeting.event_id
        self.assertEqual((event.start, event.stop), (at(9), at(11)))
        self.assertEqual(self._walks().name, "Walk")
        [told] = self._told()
        self.assertEqual(told.subject, "Stays as it was: Talk")
        self.assertNotIn("Secret", told.body)
        # The booker's zone is an hour ahead.
        self.assertRegex(told.body, r"10:00.AM – 12:00.PM \(Europe/Prague\)")
        [(sender, outlook_id, values)] = self.patched
        self.assertEqual((sender, outlook_id), (self.booker, event.microsoft_id))
        self.assertEqual(values["start"]["dateTime"], "2027-03-01T09:00:00+00:00")

    def test_refused_in_the_users_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.booker.lang = "de_DE"
        self.booker.tz = "Asia/Tokyo"
        self._book(at(13), at(14), user=self.colleague)
        meeting = self._in_outlook()
        self._sync(self._as_outlook(meeting, **self._times(at(12), at(14))))
        self.assertIn("Montag", self._told().body)
        self.assertIn("18:00 – 20:00 (Asia/Tokyo)", self._told().body)

    def test_renamed_and_the_same_again_writes_nothing_outwards(self):
        meeting = self._in_outlook(attendee_ids=self.colleague.partner_id.ids)
        self._sync(self._as_outlook(meeting, subject="Long talk"))
        self.assertEqual(meeting.name, "Long talk")
        self._sync(self._as_outlook(meeting))
        self.assertFalse(self.patched + self.inserted + self.deleted)
        self.assertFalse(meeting.event_id.need_sync_m)
        self.assertFalse(self._told())

    def test_where_is_the_reservations_to_say(self):
        meeting = self._in_outlook()
        self._sync(self._as_outlook(meeting, location={"displayName": "Studio"}))
        self.assertEqual(meeting.event_id.location, "Aula")
        self.assertEqual(self.patched[-1][2]["location"], {"displayName": "Aula"})
        self._forget()
        meeting.event_id.with_context(dont_notify=True).need_sync_m = False
        self._sync(self._as_outlook(meeting))
        self.assertFalse(self.patched)

    def test_too_late_to_move(self):
        self._policy(cancel_minutes=24 * 60)
        meeting = self._in_outlook()
        self._sync(self._as_outlook(meeting, **self._times(at(12), at(13))))
        self.assertEqual(meeting.start, at(9))
        self.assertIn("Ask who manages the room", self._told().body)

    def test_owner_is_not_outlooks_to_say(self):
        meeting = self._in_outlook()
        for owner in ("elsewhere@example.com", self.colleague.email):
            self._sync(
                self._as_outlook(
                    meeting,
                    isOrganizer=False,
                    organizer={"emailAddress": {"address": owner}},
                    subject=f"Talk of {owner}",
                )
            )
            self.assertEqual(meeting.name, f"Talk of {owner}")
            self.assertEqual(meeting.organizer_id, self.booker)
            self.assertEqual(meeting.event_id.user_id, self.booker)

    def test_guest_that_came_there(self):
        meeting = self._in_outlook()
        guests = [self._guest(self.cook.email, "accepted")]
        self._sync(self._as_outlook(meeting, attendees=guests))
        self.assertEqual(meeting.attendee_ids, self.cook.partner_id)

    def test_series_made_of_it_leaves_it_alone(self):
        """Core makes a series of its own; the reservation stays one meeting."""
        meeting = self._in_outlook()
        master = self._as_outlook(
            meeting,
            type="seriesMaster",
            recurrence={
                "pattern": {
                    "type": "daily",
                    "interval": 1,
                    "month": 0,
                    "dayOfMonth": 0,
                    "firstDayOfWeek": "sunday",
                    "index": "first",
                },
                "range": {
                    "type": "numbered",
                    "startDate": "2027-03-01",
                    "endDate": "0001-01-01",
                    "recurrenceTimeZone": "UTC",
                    "numberOfOccurrences": 2,
                },
            },
        )
        days = [
            self._as_outlook(
                meeting,
                id=f"day{day}",
                iCalUId=f"day{day}",
                type="occurrence",
                seriesMasterId=master["id"],
                **self._times(at(9, day=day), at(11, day=day)),
            )
            for day in range(2)
        ]
        self._sync(master, *days, self._walk())
        self.assertEqual(meeting.state, "confirmed")
        self.assertEqual(self._busy(self.room), [("09:00", "11:00")])
        self.assertFalse(meeting.event_id.recurrency)
        self.assertTrue(self._walks())

    def _policy(self, **vals):
        self.room.policy_id = self.env["room.policy"].create({"name": "Strict", **vals})


@freeze_time(NOW)
class TestDeletedInOutlook(OutlookCase):
    def _gone(self, outlook_id):
        return {"id": outlook_id, "@removed": {"reason": "deleted"}}

    def test_in_time(self):
        meeting = self._in_outlook()
        event = meeting.event_id
        self._sync(self._gone(event.microsoft_id))
        self.assertEqual(meeting.state, "cancelled")
        self.assertEqual(self._busy(self.room), [])
        self.assertFalse(event.exists())

    def test_too_late(self):
        self.room.policy_id = self.env["room.policy"].create(
            {"name": "Strict", "cancel_minutes": 24 * 60}
        )
        meeting = self._in_outlook(attendee_ids=self.colleague.partner_id.ids)
        self._run_job(TELL)
        event = meeting.event_id
        self._sync(self._gone(event.microsoft_id), self._walk())
        self.assertEqual(meeting.state, "confirmed")
        self.assertTrue(event.active)
        self.assertFalse(event.microsoft_id or event.ms_universal_event_id)
        self.assertTrue(self._walks())
        self.assertIn("Ask who manages the room", self._told().body)
        [(sender, values)] = self.inserted
        self.assertEqual((sender, values["subject"]), (self.booker, "Talk"))
        self.assertFalse(meeting.untold_by_id)

    def test_by_who_takes_part_is_an_answer(self):
        """Core would delete it for everybody."""
        self._connect(self.colleague)
        meeting = self._in_outlook(attendee_ids=self.colleague.partner_id.ids)
        self._sync(self._gone(meeting.event_id.microsoft_id), user=self.colleague)
        self.assertEqual(meeting.state, "confirmed")
        answers = {one.partner_id: one.state for one in meeting.event_id.attendee_ids}
        self.assertEqual(answers[self.colleague.partner_id], "declined")


@freeze_time(NOW)
class TestOthersInOutlook(OutlookCase):
    """Who takes part has a copy, and is read at another time than the organiser."""

    def setUp(self):
        super().setUp()
        self._connect(self.colleague)

    def _theirs(self, meeting, **values):
        moved = self._times(at(12), at(13))
        return self._as_outlook(meeting, user=self.colleague, **moved, **values)

    def test_read_before_the_organiser_it_is_not_put_back(self):
        meeting = self._in_outlook(attendee_ids=self.colleague.partner_id.ids)
        mine = self._as_outlook(meeting, **self._times(at(12), at(13)))
        answer = {"responseStatus": {"response": "accepted"}}
        self._sync(self._theirs(meeting, **answer), user=self.colleague)
        self.assertEqual(meeting.start, at(9))
        self.assertFalse(self._told(self.colleague))
        self.assertFalse(self.patched)
        answers = {one.partner_id: one.state for one in meeting.event_id.attendee_ids}
        self.assertEqual(answers[self.colleague.partner_id], "accepted")
        self._sync(mine)
        self.assertEqual(meeting.start, at(12))

    def test_without_right_where_the_organiser_is_not_in_outlook(self):
        people = self.colleague.partner_id.ids
        meeting = self._in_outlook(user=self.cook, attendee_ids=people)
        self._sync(self._theirs(meeting), self._walk(), user=self.colleague)
        self.assertEqual(meeting.start, at(9))
        self.assertEqual(self._busy(self.room), [("09:00", "11:00")])
        [told] = self._told(self.colleague)
        self.assertEqual(told.subject, "Stays as it was: Talk")
        self.assertTrue(self._walks())
        self.assertTrue(self.patched)
