from datetime import datetime

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestOpeningHours(LedgerCase):
    """Offers keep to the opening hours, in the zone's own wall clock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Open 8 to 12",
                "tz": "Europe/Prague",
                "company_id": False,
                "attendance_ids": [(5, 0, 0)]
                + [
                    (
                        0,
                        0,
                        {
                            "name": "Open",
                            "dayofweek": str(day),
                            "hour_from": 8,
                            "hour_to": 12,
                            "day_period": "morning",
                        },
                    )
                    for day in range(7)
                ],
            }
        )
        cls.desk = cls._thing("Desk", calendar_id=cls.calendar.id)

    def _slots(self, resource, start, stop, minutes, **kwargs):
        return resource.free_slots(start, stop, minutes, **kwargs)[resource.id]

    def test_slots_keep_to_the_opening_hours(self):
        self.assertEqual(
            self._slots(self.desk, at(0), at(24), 120),
            [(at(7), at(9)), (at(9), at(11))],
        )

    def test_slots_avoid_what_is_taken_and_its_buffers(self):
        self.desk.teardown_minutes = 30
        self._ask(self.desk, at(7), at(8))
        self.assertEqual(
            self._slots(self.desk, at(0), at(24), 60, step=30),
            [
                (at(8.5), at(9.5)),
                (at(9), at(10)),
                (at(9.5), at(10.5)),
                (at(10), at(11)),
            ],
        )

    def test_every_slot_can_be_booked(self):
        self.desk.write({"setup_minutes": 15, "teardown_minutes": 10})
        self._ask(self.desk, at(9), at(9.5))
        slots = self._slots(self.desk, at(0), at(48), 45, step=5)
        self.assertTrue(slots)
        for start, stop in slots:
            with self.subTest(start=start):
                self._ask(self.desk, start, stop).cancel()

    def test_public_holidays_close(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "company_id": False,
                "date_from": at(-1),
                "date_to": at(22),
            }
        )
        self.desk.company_id = False
        self.assertEqual(
            self._slots(self.desk, at(0), at(48), 240), [(at(7, 1), at(11, 1))]
        )

    def test_both_daylight_saving_days(self):
        # Prague: 28 March 2027 has 23 hours, 31 October 2027 has 25.
        for day, hour in ((27, 7), (28, 6), (29, 6)):
            start = datetime(2027, 3, day)
            with self.subTest(start):
                self.assertEqual(
                    self._slots(self.desk, start, start.replace(hour=23), 240),
                    [(start.replace(hour=hour), start.replace(hour=hour + 4))],
                )
        for month, day, hour in ((10, 30, 6), (10, 31, 7), (11, 1, 7)):
            start = datetime(2027, month, day)
            with self.subTest(start):
                self.assertEqual(
                    self._slots(self.desk, start, start.replace(hour=23), 240),
                    [(start.replace(hour=hour), start.replace(hour=hour + 4))],
                )

    def test_no_opening_hours_is_always_open(self):
        self.assertEqual(len(self._slots(self.room, at(0), at(24), 60)), 24)

    def test_round_the_clock_is_one_period(self):
        self.calendar.attendance_ids = [(5, 0, 0)] + [
            (0, 0, {"name": "Day", "dayofweek": str(d), "hour_from": 0, "hour_to": 24})
            for d in range(7)
        ]
        self.assertEqual(len(self._slots(self.desk, at(0), at(72), 72 * 60)), 1)

    def test_things_are_away_at_night_too(self):
        self.laptop.calendar_id = self.calendar
        self.assertEqual(len(self._slots(self.laptop, at(0), at(48), 48 * 60)), 1)

    def test_slots_of_a_combination_and_of_many_pieces(self):
        both = self._thing("Both", component_ids=[(6, 0, (self.room | self.desk).ids)])
        self._ask(self.desk, at(8), at(9))
        self._ask(self.room, at(10), at(11))
        self.assertEqual(
            self._slots(both, at(7), at(12), 60),
            [(at(7), at(8)), (at(9), at(10))],
            "the desk closes at 11",
        )
        self._ask(self.chairs, at(8), at(9), quantity=6)
        self.assertEqual(
            self._slots(self.chairs, at(7), at(10), 60, quantity=5),
            [(at(7), at(8)), (at(9), at(10))],
        )

    def test_slots_need_an_end(self):
        for start, stop, minutes, more in (
            (at(0), None, 60, {}),
            (at(0), at(0, 500), 60, {}),
            (at(0), at(9), 0, {}),
            (at(0), at(9), 30, {"step": 0}),
            (at(0), at(9), 30, {"quantity": 0}),
        ):
            with (
                self.subTest(stop=stop, minutes=minutes),
                self.assertRaises(ValidationError),
            ):
                self.room.free_slots(start, stop, minutes, **more)
