from odoo.exceptions import UserError
from odoo.tests import freeze_time

from ..exceptions import BookingRefused
from .common import RoomCase, at


class TestDeadlines(RoomCase):
    """Cut-off, lock and lead of a group in Berlin, an hour ahead of UTC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kitchen.calendar_id = False
        cls.kitchen.write({"has_cutoff": True, "cutoff_time": 14, "lock_hours": 22})
        cls.coffee = cls._service("Coffee", price=2)

    def _order(self, now, start, service=None, **vals):
        """Order for a meeting of an hour, at ``now``; both in UTC."""
        with freeze_time(now):
            return self._book(
                start,
                start.replace(minute=59),
                lines=[(service or self.coffee, {"quantity": 3})],
                **vals,
            )

    def _assert_too_late(self, code, now, start, service=None, **vals):
        with self.assertRaises(BookingRefused) as caught:
            self._order(now, start, service, **vals)
        self._refused(caught.exception, code)
        return str(caught.exception)

    def test_R63_RE12_before_the_cut_off_into_the_lock(self):
        self._order(at(12, 59), at(10, 30, day=1))

    def test_R63_RE13_from_the_cut_off_on(self):
        said = self._assert_too_late("cut_off", at(13), at(10, 30, day=1))
        self.assertIn("Coffee", said)
        # The booker's clock is Prague's: the lock ends at noon there, too.
        self.assertIn("3/2/27, 12:00 PM", said.replace("\u202f", " "))
        self._assert_too_late("cut_off", at(13), at(15))
        self._order(at(13), at(11, day=1))

    def test_R63_RE14_lock_of_yesterday_still_runs(self):
        self._assert_too_late("cut_off", at(8), at(10))
        self._order(at(8), at(12))

    def test_RA13_on_working_days_only_the_lock_of_sunday_is_none(self):
        self.kitchen.calendar_id = self._calendar("Weekdays", [(0, 24)])
        self.kitchen.cutoff_days = "group"
        self._order(at(8), at(10))

    def test_RA13_lock_in_working_hours(self):
        """Friday 14:00, locked for 8 hours of 7 to 17: until Monday noon."""
        self.kitchen.calendar_id = self._calendar("Weekdays", [(7, 17)])
        self.kitchen.write({"lock_unit": "group", "lock_hours": 8})
        friday = at(14, day=4)
        self._assert_too_late("cut_off", friday, at(10, 59, day=7).replace(minute=0))
        self._order(friday, at(11, day=7))

    def test_R60_R61_R62_RE15_own_cut_off_and_own_lock_alone(self):
        self.kitchen.write({"cutoff_time": 16, "lock_hours": 24})
        own = self._service("Cake", own_cutoff=True, cutoff_time=10, lock_hours=12)
        monday = at(16)
        self._order(monday, at(8, day=1), own)
        self._assert_too_late("cut_off", monday, at(8, day=1), rooms=self.studio)

    def test_R64_RE16_lead_and_setup_add_up(self):
        self.kitchen.write({"has_cutoff": False, "lead_minutes": 600})
        service = self._service(
            "Buffet", own_lead=True, lead_minutes=120, setup_minutes=60
        )
        now = at(8)
        self._assert_too_late("lead", now, at(10, 30), service)
        self._order(now, at(11), service)
        self._assert_too_late("lead", now, at(12), rooms=self.studio)

    def test_RA6_measured_when_it_is_provided_not_when_the_meeting_begins(self):
        lunch = self._service("Lunch", allow_outside=True)
        with freeze_time(at(13)):
            meeting = self._book(
                at(9, day=1), at(10, day=1),
                lines=[(lunch, {"wanted_start": at(11, day=1)})],
            )  # fmt: skip
        self.assertEqual(meeting.line_ids.state, "ordered")

    def test_RE24_cut_off_at_14_on_the_day_the_clocks_change(self):
        """On 28 March 2027 Berlin is two hours ahead: 14:00 is 12:00 UTC."""
        self._order(at(11, 59, day=27), at(8, day=28))
        self._assert_too_late(
            "cut_off", at(12, day=27), at(8, day=28), rooms=self.studio
        )

    def test_R63_move_by_an_hour_past_a_cut_off(self):
        meeting = self._order(at(8), at(13, day=1))
        with freeze_time(at(14)):
            with self.assertRaises(BookingRefused) as caught:
                meeting.write({"start": at(10, day=1), "stop": at(11, day=1)})
            self._refused(caught.exception, "cut_off")
            self.assertEqual(meeting.start, at(13, day=1))

    def test_R63_move_out_of_what_is_locked(self):
        """What is being prepared already is not put off, either."""
        meeting = self._order(at(8), at(10, day=1))
        with freeze_time(at(14)):
            with self.assertRaises(BookingRefused) as caught:
                meeting.write({"start": at(13, day=1), "stop": at(14, day=1)})
            self._refused(caught.exception, "cut_off")

    def test_R63_what_is_locked_is_neither_changed_nor_taken_off(self):
        meeting = self._order(at(8), at(10, day=1))
        with freeze_time(at(14)):
            for change in (
                lambda: meeting.line_ids.write({"quantity": 4}),
                lambda: meeting.line_ids.unlink(),
                lambda: meeting.write({"line_ids": [(5, 0, 0)]}),
            ):
                with self.assertRaises(BookingRefused) as caught:
                    change()
                self._refused(caught.exception, "cut_off")
            self.assertEqual(meeting.line_ids.quantity, 3)
            meeting.write({"name": "Other title", "participants": 2})

    def test_R63_the_group_allows_changes_and_may_itself(self):
        meeting = self._order(at(8), at(10, day=1))
        with freeze_time(at(14)):
            line = meeting.line_ids.with_user(self.admin)
            line.write({"quantity": 5})
            self.kitchen.changes_after_cutoff = True
            meeting.line_ids.write({"quantity": 6})
        self.assertEqual(meeting.line_ids.quantity, 6)
        # Changes of what was ordered in time: nothing is ordered anew.
        self._assert_too_late("cut_off", at(14), at(10, day=1), rooms=self.studio)

    def test_RA10_what_comes_by_itself_too_late_is_left_out_and_said(self):
        self.coffee.default_active = True
        with freeze_time(at(13)):
            meeting = self._book(at(9, day=1), at(10, day=1))
        self.assertEqual(meeting.line_ids.state, "dropped")
        self.assertEqual(meeting.amount, 0)
        self.assertIn("Coffee", meeting.message_ids[0].body)

    def test_group_reads_its_orders_and_not_what_for(self):
        meeting = self._order(at(8), at(10, day=1), privacy="private")
        line = meeting.line_ids.with_user(self.cook)
        self.assertEqual(line.quantity, 3)
        self.assertEqual(line.space_names, "Aula")
        shown = line.web_read({"reservation_id": {"fields": {"display_name": {}}}})
        self.assertNotIn("Talk", str(shown))
        with self.assertRaises(UserError):
            meeting.with_user(self.cook).read(["name"])
