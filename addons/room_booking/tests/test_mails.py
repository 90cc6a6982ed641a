"""Who takes part is told by mail: once, in one's own language and zone, and by a file
that calendars put in place of the last one."""

from datetime import timedelta
from unittest.mock import patch

import vobject

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time

from odoo.addons.mail.tests.common import MockEmail

from .common import NOW, RoomCase, at

TELL = "room_booking.cron_room_reservation_tell"


@freeze_time(NOW)
class TestMails(RoomCase, MockEmail):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.guest = cls.env["res.partner"].create(
            {
                "name": "Guest",
                "email": "guest@example.com",
                "lang": "de_DE",
                "tz": "Asia/Tokyo",
            }
        )

    def _tell(self):
        """Run the job; return the messages that it wrote, oldest first."""
        before = self.env["mail.message"].search([], order="id desc", limit=1)
        self._run_job(TELL)
        return self.env["mail.message"].search(
            [("id", ">", before.id), ("model", "=", "room.reservation")], order="id"
        )

    def _meeting(self, **vals):
        people = (self.guest | self.colleague.partner_id).ids
        return self._book(attendee_ids=people, **vals)

    def _to(self, messages, partner):
        return messages.filtered(lambda one: partner in one.notified_partner_ids)

    def _entry(self, message):
        """The calendar's entry of a mail."""
        [file] = message.attachment_ids
        return vobject.readOne(file.raw.decode())

    def test_who_takes_part_is_invited_after_it_is_booked(self):
        meeting = self._meeting()
        told = self._tell()
        self.assertEqual(
            told.notified_partner_ids, self.guest | self.colleague.partner_id
        )
        mail = self._to(told, self.colleague.partner_id)
        self.assertEqual(mail.subject, "Invitation: Talk")
        self.assertEqual(mail.author_id, self.booker.partner_id)
        self.assertIn("Aula", mail.body)
        # 9:00 UTC for somebody in Prague, an hour ahead.
        self.assertRegex(mail.body, r"10:00.AM – 12:00.PM \(Europe/Prague\)")
        attendee = meeting.event_id.attendee_ids.filtered(
            lambda one: one.partner_id == self.colleague.partner_id
        )
        self.assertIn(attendee.access_token, mail.body)
        self.assertFalse(self._tell())

    def test_core_invites_nobody_to_it_a_second_time(self):
        with self.mock_mail_gateway():
            meeting = self._meeting()
            meeting.event_id.with_user(self.booker).write({"start": at(8)})
            meeting.attendee_ids += self.cook.partner_id
        self.assertFalse(self._new_mails)
        self.assertFalse(meeting.event_id.message_ids.filtered("notified_partner_ids"))

    def test_core_still_invites_to_what_has_no_room(self):
        with self.mock_mail_gateway():
            self.env["calendar.event"].with_user(self.booker).create(
                {
                    "name": "Walk",
                    "start": at(9),
                    "stop": at(10),
                    "partner_ids": [(6, 0, self.guest.ids)],
                }
            )
        self.assertTrue(self._new_mails)

    def test_in_the_readers_language_and_zone(self):
        view = self.env.ref("room_booking.room_reservation_mail")
        view.update_field_translations(
            "arch_db", {"de_DE": {"When": "Wann", " invites you to ": " lädt ein: "}}
        )
        self._meeting()
        mail = self._to(self._tell(), self.guest)
        self.assertIn("Wann", mail.body)
        self.assertNotIn("When", mail.body)
        self.assertIn("Montag", mail.body)
        self.assertIn("18:00 – 20:00 (Asia/Tokyo)", mail.body)

    def test_who_has_no_zone_reads_the_rooms(self):
        self.guest.tz = False
        self._meeting()
        mail = self._to(self._tell(), self.guest)
        self.assertIn("(Europe/Berlin)", mail.body)

    def test_several_changes_are_one_mail_with_what_was_before(self):
        meeting = self._meeting()
        first = self._to(self._tell(), self.guest)
        mine = meeting.with_user(self.booker)
        mine.write({"start": at(10), "stop": at(12)})
        mine.space_ids.space_id = self.studio
        mine.name = "Long talk"
        told = self._tell()
        self.assertEqual(len(self._to(told, self.guest)), 1)
        mail = self._to(told, self.colleague.partner_id)
        self.assertEqual(mail.subject, "Changed: Long talk")
        for words in ("11:00", "10:00", "Studio", "Aula"):
            self.assertIn(words, mail.body)
        entries = [self._entry(one).vevent for one in (first, mail)]
        self.assertEqual(entries[0].uid.value, entries[1].uid.value)
        self.assertEqual([one.sequence.value for one in entries], ["0", "1"])
        self.assertEqual(entries[1].dtstart.value.replace(tzinfo=None), at(10))

    def test_what_people_do_not_see_is_not_mailed(self):
        meeting = self._meeting()
        self._tell()
        meeting.with_user(self.booker).write({"participants": 3, "note": "Secret"})
        self.assertFalse(self._tell())

    def test_who_comes_and_who_goes_and_nobody_else(self):
        meeting = self._meeting()
        self._tell()
        cook = self.cook.partner_id
        meeting.with_user(self.booker).attendee_ids = cook | self.guest
        told = self._tell()
        self.assertEqual(self._to(told, cook).subject, "Invitation: Talk")
        gone = self._to(told, self.colleague.partner_id)
        self.assertEqual(gone.subject, "No longer invited: Talk")
        self.assertEqual(self._entry(gone).method.value, "CANCEL")
        self.assertFalse(self._to(told, self.guest))

    def test_cancelled_takes_it_out_of_their_calendars(self):
        meeting = self._meeting()
        self._tell()
        meeting.with_user(self.booker).action_cancel()
        mail = self._to(self._tell(), self.guest)
        self.assertEqual(mail.subject, "Cancelled: Talk")
        entry = self._entry(mail)
        self.assertEqual(entry.method.value, "CANCEL")
        self.assertEqual(entry.vevent.status.value, "CANCELLED")
        self.assertEqual(entry.vevent.sequence.value, "1")

    def test_why_it_is_cancelled_is_told(self):
        meeting = self._meeting()
        self._tell()
        meeting.with_user(self.booker).cancel("Everybody is <b>ill</b>")
        body = self._to(self._tell(), self.guest).body
        self.assertIn("Everybody is &lt;b&gt;ill&lt;/b&gt;", body)
        # Who is invited no longer learns nothing of what the others are told.
        meeting.with_user(self.booker).action_book()
        self._tell()
        meeting.with_user(self.booker).attendee_ids -= self.guest
        self.assertNotIn("ill", self._to(self._tell(), self.guest).body)

    def test_booked_again_is_a_newer_invitation(self):
        meeting = self._meeting()
        self._tell()
        mine = meeting.with_user(self.booker)
        mine.action_cancel()
        self._tell()
        mine.action_book()
        mail = self._to(self._tell(), self.guest)
        self.assertEqual(mail.subject, "Invitation: Talk")
        self.assertEqual(self._entry(mail).vevent.sequence.value, "2")

    def test_deleted_event_tells_them_too(self):
        meeting = self._meeting()
        self._tell()
        meeting.event_id.with_user(self.booker).unlink()
        mail = self._to(self._tell(), self.guest)
        self.assertEqual(mail.subject, "Cancelled: Talk")

    def test_request_invites_after_it_is_approved(self):
        self.room.policy_id = self.env["room.policy"].create(
            {"name": "Asked", "approval": "all"}
        )
        meeting = self._meeting()
        self.assertEqual(meeting.state, "requested")
        self.assertFalse(self._tell())
        meeting.with_user(self.keeper).approve()
        told = self._tell()
        self.assertEqual(self._to(told, self.guest).subject, "Invitation: Talk")
        # Booked for himself, and yet it was somebody else who made it certain.
        mine = self._to(told, self.booker.partner_id)
        self.assertIn("Your meeting", mine.body)

    def test_moved_and_waiting_again_the_invited_learn_both(self):
        meeting = self._meeting()
        first = self._to(self._tell(), self.guest)
        self.room.policy_id = self.env["room.policy"].create(
            {"name": "Asked", "approval": "all"}
        )
        meeting.with_user(self.booker).write({"start": at(10), "stop": at(11)})
        self.assertEqual(meeting.state, "requested")
        mail = self._to(self._tell(), self.guest)
        self.assertEqual(mail.subject, "Changed: Talk")
        self.assertIn("not certain yet", mail.body)
        entry = self._entry(mail).vevent
        self.assertEqual(entry.status.value, "TENTATIVE")
        self.assertGreater(
            entry.sequence.value, self._entry(first).vevent.sequence.value
        )
        meeting.with_user(self.keeper).approve()
        mail = self._to(self._tell(), self.guest)
        self.assertIn("certain now", mail.body)
        self.assertEqual(self._entry(mail).vevent.status.value, "CONFIRMED")

    def test_who_goes_learns_nothing_new(self):
        """What was changed after them is not theirs to know."""
        meeting = self._meeting()
        self._tell()
        mine = meeting.with_user(self.booker)
        mine.attendee_ids = self.guest
        mine.write({"name": "Their successor", "start": at(12), "stop": at(13)})
        gone = self._to(self._tell(), self.colleague.partner_id)
        self.assertEqual(gone.subject, "No longer invited: Talk")
        self.assertNotIn("successor", gone.body)
        entry = self._entry(gone).vevent
        self.assertEqual(entry.summary.value, "Talk")
        self.assertEqual(entry.dtstart.value.replace(tzinfo=None), at(9))
        people = [one.value for one in entry.attendee_list]
        self.assertEqual(people, [f"mailto:{self.colleague.email_normalized}"])

    def test_handed_over_by_who_booked_it(self):
        meeting = self._meeting(user=self.cook, organizer_id=self.booker.id)
        self._tell()
        meeting.with_user(self.booker).organizer_id = self.colleague
        told = self._to(self._tell(), self.guest)
        self.assertEqual(told.subject, "Changed: Talk")
        self.assertIn(self.colleague.name, told.body)
        self.assertIn(self.booker.name, told.body)

    def test_without_an_address_nobody_counts_as_told(self):
        nobody = self.env["res.partner"].create({"name": "No address"})
        meeting = self._book(attendee_ids=nobody.ids)
        self.assertFalse(self._tell())
        nobody.email = "late@example.com"
        meeting.with_user(self.booker).write({"start": at(10), "stop": at(11)})
        told = self._to(self._tell(), nobody)
        self.assertEqual(told.subject, "Invitation: Talk")

    def test_what_fails_for_one_holds_up_no_other(self):
        first = self._meeting()
        second = self._meeting(start=at(12), stop=at(13), name="Second")
        original = type(first)._mail_body

        def fail(reservation, *args):
            if reservation.id == first.id:
                raise ValueError("Somebody mended the template")
            return original(reservation, *args)

        with (
            patch.object(type(first), "_mail_body", fail),
            self.assertLogs("odoo.addons.resource_allocation.jobs", "ERROR"),
        ):
            told = self._tell()
        self.assertEqual(set(told.mapped("res_id")), {second.id})
        self.assertFalse(self._tell())

    def test_cancelled_is_deleted_after_they_are_told(self):
        meeting = self._meeting().with_user(self.booker)
        self._tell()
        meeting.action_cancel()
        with self.assertRaisesRegex(UserError, "just being told"):
            meeting.unlink()
        self.assertTrue(self._tell())
        meeting.unlink()
        self.assertFalse(meeting.exists())

    def test_deleted_in_the_calendar_without_its_own_window(self):
        meeting = self._meeting()
        self._tell()
        event = meeting.event_id.with_user(self.booker)
        action = event.action_unlink_event(self.guest.id)
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertEqual(meeting.state, "cancelled")
        self.assertEqual(self._to(self._tell(), self.guest).subject, "Cancelled: Talk")

    def test_moved_by_somebody_else_the_organiser_is_told(self):
        meeting = self._meeting()
        self._tell()
        meeting.with_user(self.keeper).write({"start": at(10), "stop": at(11)})
        told = self._tell()
        mail = self._to(told, self.booker.partner_id)
        self.assertEqual(mail.subject, "Changed: Talk")
        self.assertEqual(mail.author_id, self.keeper.partner_id)

    def test_what_is_over_is_not_mailed(self):
        meeting = self._meeting()
        self._tell()
        with freeze_time(at(9, 30)):
            meeting.with_user(self.booker).end()
            self.assertFalse(self._tell())

    def test_no_mails_where_the_calendar_sends_none(self):
        self.env["ir.config_parameter"].set_param("calendar.block_mail", "1")
        self._meeting()
        self.assertFalse(self._tell())

    def test_whole_days_are_the_rooms(self):
        self.site.tz = "Asia/Tokyo"
        meeting = self._draft(
            allday=True, first_day="2027-03-03", last_day="2027-03-04"
        )
        reader = meeting.with_context(tz="Europe/Prague")
        self.assertEqual(
            reader._when(meeting._as_told()),
            "Wednesday, March 3, 2027 – Thursday, March 4, 2027",
        )

    def test_texts_of_people_are_shown_as_text(self):
        self._meeting(name="<img src=x onerror=alert(1)> & <b>co</b>")
        mail = self._to(self._tell(), self.guest)
        self.assertNotIn("<img", mail.body)
        self.assertIn("&lt;b&gt;co", mail.body)

    def test_reminder_has_the_same_entry(self):
        meeting = self._meeting()
        mail = self._to(self._tell(), self.guest)
        [file] = meeting.event_id._get_ics_file().values()
        entry = vobject.readOne(file.decode()).vevent
        self.assertEqual(entry.uid.value, self._entry(mail).vevent.uid.value)


class TestFileForCalendars(RoomCase):
    """With the clock running: the library compares types of days, not days."""

    def test_whole_days_are_days(self):
        self.site.tz = "Asia/Tokyo"
        first = fields.Date.today() + timedelta(days=7)
        last = first + timedelta(days=1)
        meeting = self._book(allday=True, first_day=first, last_day=last)
        file = meeting._ics("invited", meeting._as_told(), meeting.attendee_ids)
        entry = vobject.readOne(file.decode()).vevent
        self.assertEqual(entry.dtstart.value, first)
        self.assertEqual(entry.dtend.value, last + timedelta(days=1))
