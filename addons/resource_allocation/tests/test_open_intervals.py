import random
from datetime import datetime, timedelta

from pytz import timezone, utc

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import NOW, LedgerCase, at

YEAR = datetime(2027, 1, 1), datetime(2028, 1, 1)


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestOpenIntervals(LedgerCase):
    """When resources and calendars are open, by core's calendars and holidays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.early = cls._calendar("Early", [(8, 12)])
        cls.late = cls._calendar("Late", [(10, 11), (11.5, 14)])

    @classmethod
    def _calendar(cls, name, hours, **vals):
        """Open at these hours, Prague time (UTC+1 in the test's week), every day."""
        return cls.env["resource.calendar"].create(
            {
                "name": name,
                "tz": "Europe/Prague",
                "company_id": False,
                "attendance_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Open",
                            "dayofweek": str(day),
                            "hour_from": opens,
                            "hour_to": closes,
                            "day_period": "morning",
                        },
                    )
                    for day in range(7)
                    for opens, closes in hours
                ],
                **vals,
            }
        )

    def _close(self, start, stop, **vals):
        leave = self.env["resource.calendar.leaves"].create(
            {"name": "Closed", "date_from": start, "date_to": stop, **vals}
        )
        return leave

    def _company_holiday(self, company, start, stop):
        return self._close(start, stop, calendar_id=False).write(
            {"company_id": company.id}
        )

    def _open(self, resource, start=None, stop=None):
        period = start or at(0), stop or at(24)
        return resource.open_intervals(*period)[resource.id]

    def test_a_combination_is_open_when_all_its_parts_are(self):
        self.room.calendar_id, self.studio.calendar_id = self.early, self.late
        both = self._thing("Both", component_ids=(self.room | self.studio).ids)
        whole = self._thing("Whole", component_ids=[(6, 0, [both.id])])
        common = [(at(9), at(10)), (at(10.5), at(11))]
        self.assertEqual(self._open(both), common)
        self.assertEqual(self._open(whole), common)
        both.calendar_id = self._calendar("Own", [(8, 10.75)])
        self.assertEqual(self._open(both), [(at(9), at(9.75))])
        self.assertEqual(self._open(whole), [(at(9), at(9.75))])
        slots = both.free_slots(at(0), at(24), 60)[both.id]
        self.assertEqual(slots, [])

    def test_what_must_come_back_is_away_at_night_too(self):
        self.laptop.calendar_id = self.early
        self.assertEqual(self._open(self.laptop), [(at(0), at(24))])

    def test_a_leave_of_its_own_closes_a_thing(self):
        """Also one that all companies share, and one without opening hours."""
        for calendar in (self.early, self.env["resource.calendar"]):
            self.room.write({"calendar_id": calendar.id, "company_id": False})
            before = self._open(self.room)
            leave = self._close(at(8), at(9), resource_id=self.room.id)
            expected = (
                [(at(7), at(8)), (at(9), at(11))]
                if calendar
                else [(at(0), at(8)), (at(9), at(24))]
            )
            self.assertEqual(self._open(self.room), expected)
            self.assertEqual(self._open(self.studio), [(at(0), at(24))])
            leave.unlink()
            self.assertEqual(self._open(self.room), before)

    def test_a_holiday_leaves_no_last_second(self):
        self.room.calendar_id = self._calendar("Always", [(0, 24)])
        self._close(
            at(-1), at(23) - timedelta(seconds=1), calendar_id=self.room.calendar_id.id
        )
        self.assertEqual(self._open(self.room), [(at(23), at(24))])

    def test_holidays_of_a_resources_own_company(self):
        self.room.calendar_id = self.early
        self._company_holiday(self.other_company, at(0), at(24))
        self.assertEqual(self._open(self.room), [(at(7), at(11))])
        self._company_holiday(self.company, at(0), at(24))
        self.assertEqual(self._open(self.room), [])

    def test_a_calendar_with_the_holidays_of_a_named_company(self):
        self._company_holiday(self.other_company, at(9), at(10))
        mine = [(at(7), at(11))]
        theirs = [(at(7), at(9)), (at(10), at(11))]
        for calendars in (self.early, self.early.sudo()):
            ask = calendars.open_intervals
            period = at(0), at(24)
            found = [
                ask(*period)[self.early.id],
                ask(*period, company=self.company)[self.early.id],
                ask(*period, company=self.other_company.id)[self.early.id],
            ]
            self.assertEqual(found, [mine, mine, theirs])

    def test_a_calendar_of_a_company_has_its_holidays(self):
        calendar = self._calendar("Own", [(8, 12)], company_id=self.company.id)
        self._company_holiday(self.other_company, at(9), at(10))
        self._company_holiday(self.company, at(10), at(11))
        found = calendar.open_intervals(at(0), at(24))
        self.assertEqual(found, {calendar.id: [(at(7), at(10))]})

    def test_a_calendar_elsewhere(self):
        found = self.early.open_intervals(at(0), at(24), tz="America/New_York")
        self.assertEqual(found, {self.early.id: [(at(13), at(17))]})

    def test_an_empty_calendar_is_closed_and_none_is_nothing(self):
        empty = self._calendar("Empty", [])
        self.assertEqual(empty.open_intervals(at(0), at(24)), {empty.id: []})
        self.assertEqual(empty.browse().open_intervals(at(0), at(24)), {})

    def test_refuses_what_makes_no_sense(self):
        for ask in (self.room.open_intervals, self.early.open_intervals):
            for period in ((at(1), None), (at(1), at(0)), YEAR[:1] + (at(0, 900),)):
                with self.assertRaises(ValidationError):
                    ask(*period)
        for value in ("Mars/Olympus", 7, ["UTC"]):
            with self.assertRaises(ValidationError):
                self.early.open_intervals(at(0), at(1), tz=value)

    def test_whose_holidays_one_may_know(self):
        calendar = self.early.with_user(self.employee)
        with self.assertRaises(AccessError):
            calendar.open_intervals(at(0), at(24), company=self.other_company.id)
        self.assertTrue(calendar.open_intervals(at(0), at(24))[calendar.id])
        portal = self._user("ledger_portal", "base.group_portal")
        with self.assertRaises(AccessError):
            self.early.with_user(portal).open_intervals(at(0), at(24))

    def test_agrees_with_core(self):
        """On random calendars, over both daylight-saving days of a year."""
        dice = random.Random(7)
        for number in range(6):
            calendar = self._random_calendar(dice, f"Random {number}")
            self._close(at(24 * 30), at(24 * 31), calendar_id=calendar.id)
            tz = dice.choice(["Europe/Prague", "America/New_York", "Asia/Kolkata"])
            core = calendar._work_intervals_batch(
                *map(utc.localize, YEAR), tz=timezone(tz)
            )[False]
            with self.subTest(number, tz=tz):
                self.assertEqual(
                    calendar.open_intervals(*YEAR, tz=tz)[calendar.id],
                    self._plain(core),
                )

    def _random_calendar(self, dice, name):
        two_weeks = dice.random() < 0.5
        calendar = self._calendar(name, [], two_weeks_calendar=two_weeks)
        self.env["resource.calendar.attendance"].create(
            [
                {
                    "name": "Open",
                    "calendar_id": calendar.id,
                    "dayofweek": str(day),
                    "week_type": week if two_weeks else False,
                    "hour_from": opens + dice.choice([0, 0.25, 1 / 3]),
                    "hour_to": opens + dice.choice([2, 3.5, 6]),
                    "day_period": dice.choice(["morning", "afternoon", "lunch"]),
                }
                for day in range(7)
                for week in (("0", "1") if two_weeks else ("0",))
                for opens in (0, 6, 12, 18)
                if dice.random() < 0.7
            ]
        )
        return calendar

    def _plain(self, intervals):
        """Core's intervals in UTC, joined where they touch."""
        joined = []
        for begin, end, _attendance in intervals:
            begin, end = (
                one.astimezone(utc).replace(tzinfo=None) for one in (begin, end)
            )
            if end.microsecond:
                end = end.replace(microsecond=0) + timedelta(seconds=1)
            if joined and joined[-1][1] >= begin:
                joined[-1] = joined[-1][0], max(end, joined[-1][1])
            else:
                joined.append((begin, end))
        return joined

    def test_any_number_costs_the_same_queries(self):
        calendars = self.env["resource.calendar"].union(
            *(self._calendar(f"Calendar {number}", [(8, 12)]) for number in range(40))
        )
        rooms = self.env["resource.resource"].union(
            *(
                self._thing(
                    f"Room {number}",
                    calendar_id=calendar.id,
                    company_id=self.company.id if number % 2 else False,
                    tz=("Europe/Prague", "Europe/London")[number % 3 == 0],
                )
                for number, calendar in enumerate(calendars)
            )
        )
        for few, many, most in (
            (calendars[:1], calendars, 4),
            (rooms[:1], rooms, 7),
        ):
            with self.subTest(few._name):
                counts = [self._queries(one) for one in (few, few, many)]
                self.assertEqual(counts[1], counts[2])
                self.assertLessEqual(counts[2], most)

    def _queries(self, records):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        records.with_user(self.user).open_intervals(at(0), at(24))
        return self.env.cr.sql_log_count - before
