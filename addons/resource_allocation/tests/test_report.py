from datetime import date, timedelta

from odoo.fields import Command, Domain
from odoo.tests import freeze_time

from .common import NOW, USER, LedgerCase, at

DAY = date(2027, 3, 1)


@freeze_time(NOW)
class TestUtilisation(LedgerCase):
    """Booked of available hours, whatever the grain."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Report = cls.env["resource.utilisation.report"].with_context(tz="UTC")

    def _hours(self, resource, first=DAY, last=DAY, report=None):
        """``(available, booked, blocked, utilisation)`` of these days."""
        report = self.Report if report is None else report
        [row] = report._read_group(
            [
                ("resource_id", "=", resource.id),
                ("day", ">=", first),
                ("day", "<=", last),
            ],
            [],
            [
                "available_hours:sum",
                "booked_hours:sum",
                "blocked_hours:sum",
                "utilisation:avg",
            ],
        )
        return row

    def test_single_thing(self):
        self._ask(self.room, at(9), at(15))
        self.assertEqual(self._hours(self.room), (24, 6, 0, 25))
        self.assertEqual(self._hours(self.studio), (24, 0, 0, 0))

    def test_days_share_what_spans_them(self):
        self._ask(self.room, at(18), at(6, day=1))
        self.assertEqual(self._hours(self.room)[1], 6)
        tomorrow = DAY + timedelta(days=1)
        self.assertEqual(self._hours(self.room, tomorrow, tomorrow)[1], 6)
        self.assertEqual(self._hours(self.room, DAY, tomorrow), (48, 12, 0, 25))

    def test_pool_counts_pieces_supply_and_blocks(self):
        self._ask(self.chairs, at(0), at(12), quantity=5)
        self._ask(self.chairs, at(0), at(24), quantity=2, kind="supply")
        self._ask(self.chairs, at(12), at(24), quantity=4, kind="block")
        self.assertEqual(
            self._hours(self.chairs), (240 + 48 - 48, 60, 48, 100 * 60 / 240)
        )

    def test_only_promises_that_stood(self):
        self._ask(self.room, at(8), at(9)).cancel()
        self._ask(self.room, at(9), at(10), state="hold", hold_until=at(7))
        self.assertEqual(self._hours(self.room)[1], 0)

    def test_what_waits_for_people_to_check_in_counts_until_it_lapses(self):
        hold = {"state": "hold", "hold_kind": "check_in", "hold_until": at(9)}
        self._ask(self.room, at(8), at(10), **hold)
        self.assertEqual(self._hours(self.room)[1], 2)
        with freeze_time(at(9)):
            self.assertEqual(self._hours(self.room)[1], 0)

    def test_what_counts_by_the_whole_day_is_booked_for_its_own_period(self):
        self._ask(self.chairs, at(9), at(10), quantity=3, reach="day")
        self.assertEqual(self._hours(self.chairs)[1], 3)

    def test_early_return_frees_and_late_counts_until_now(self):
        early = self._ask(self.laptop, at(0), at(12))
        early.hand_out(at(0))
        early.take_back(at(4))
        self.assertEqual(self._hours(self.laptop)[1], 4)
        late = self._ask(self.laptop, at(4), at(5))
        late.hand_out(at(4))
        self.assertEqual(self._hours(self.laptop)[1], 4 + 2)

    def test_opening_hours(self):
        self.room.calendar_id = self.env["resource.calendar"].create(
            {"name": "Office", "tz": "UTC"}
        )
        self._ask(self.room, at(8), at(10))
        week = self._hours(self.room, DAY, DAY + timedelta(days=6))
        self.assertEqual(week, (40, 2, 0, 5))
        self._ask(self.room, at(17, day=1), at(8, day=2))
        week = self._hours(self.room, DAY, DAY + timedelta(days=6))
        self.assertEqual(week[1], 2, "a night is not what is counted")

    def test_open_end_reaches_to_the_last_day_asked_for(self):
        self._ask(self.room, at(0), None, kind="block")
        last = DAY + timedelta(days=364)
        self.assertEqual(self._hours(self.room, DAY, last)[2], 365 * 24)

    def test_daylight_saving_days_have_their_hours(self):
        spring, autumn = date(2027, 3, 28), date(2027, 10, 31)
        report = self.Report.with_context(tz="Europe/Prague")
        self.assertEqual(self._hours(self.room, spring, spring, report)[0], 23)
        self.assertEqual(self._hours(self.room, autumn, autumn, report)[0], 25)

    def test_hours_that_end_after_the_users_midnight(self):
        """Open around the clock in Tokyo, looked at from Los Angeles."""
        days = [
            Command.create(
                {"name": day, "dayofweek": day, "hour_from": 0, "hour_to": 24}
            )
            for day in "0123456"
        ]
        self.room.calendar_id = self.env["resource.calendar"].create(
            {"name": "Tokyo", "tz": "Asia/Tokyo", "attendance_ids": days}
        )
        self._ask(self.room, at(13, day=1), at(14, day=1))
        report = self.Report.with_context(tz="America/Los_Angeles")
        available, booked, _blocked, _share = self._hours(
            self.room, DAY, DAY + timedelta(days=1), report
        )
        self.assertAlmostEqual(available, 48, 2)
        self.assertAlmostEqual(booked, 1, 2, "at five in the morning")

    def test_units_and_their_pool_each_count_once(self):
        pool, (unit, _other) = self._pool_with_units()
        self._ask(unit, at(0), at(12))
        self.assertEqual(self._hours(unit)[1], 12)
        self.assertEqual(self._hours(pool)[:2], (48, 12))
        rows = self.Report.search([("pool_id", "=", pool.id), ("day", "=", DAY)])
        self.assertEqual(set(rows.mapped("booking_kind")), {"unit"})

    def test_RS2_combinations_in_both_countings(self):
        """Two hours each in A, B and ABC: with all that takes a part, and without."""
        names = ("A", "B", "C", "AB", "AC", "BC", "ABC")
        rooms = {name: self._thing(name) for name in names[:3]}
        for name in names[3:]:
            atoms = self.room.union(*(rooms[atom] for atom in name))
            rooms[name] = self._thing(name, component_ids=(atoms - self.room).ids)
        for day, name in enumerate(("A", "B", "ABC")):
            self._ask(rooms[name], at(9, day), at(11, day))
        week = [("day", ">=", DAY), ("day", "<", DAY + timedelta(days=7))]
        ids = [room.id for room in rooms.values()]
        hours = self.Report._read_group(
            [("resource_id", "in", ids), *week],
            ["resource_id"],
            ["booked_hours:sum", "own_hours:sum", "available_hours:sum"],
        )
        found = {room.name: counted for room, *counted in hours}
        with_parts = {name: counted[0] for name, counted in found.items()}
        self.assertEqual(
            with_parts,
            {"A": 4, "B": 4, "C": 2, "AB": 6, "AC": 4, "BC": 4, "ABC": 6},
        )
        own = {name: counted[1] for name, counted in found.items() if counted[1]}
        self.assertEqual(own, {"A": 2, "B": 2, "ABC": 2})
        self.assertEqual({counted[2] for counted in found.values()}, {7 * 24})

    def test_combinations_of_combinations_and_their_blocks(self):
        both = self._thing("Both", component_ids=(self.room | self.studio).ids)
        hall = self._thing("Hall")
        every = self._thing("All", component_ids=(both | hall).ids)
        self._ask(both, at(0), at(12))
        self._ask(self.room, at(12), at(18), kind="block")
        self.assertEqual(self._hours(every), (18, 12, 6, 100 * 12 / 18))
        self.assertEqual(self._hours(both), (18, 12, 6, 100 * 12 / 18))
        self.assertEqual(self._hours(hall)[:2], (24, 0))

    def test_own_hours_of_units_and_pools(self):
        pool, (unit, _other) = self._pool_with_units()
        self._ask(unit, at(0), at(12))
        self._ask(pool, at(0), at(6))
        day = [("day", "=", DAY), ("resource_id", "in", (pool | unit).ids)]
        measures = ["booked_hours:sum", "own_hours:sum"]
        hours = self.Report._read_group(day, ["resource_id"], measures)
        self.assertEqual({r.id: h for r, *h in hours}[unit.id], [12, 12])
        self.assertEqual({r.id: h for r, *h in hours}[pool.id], [18, 6])

    def test_rows_have_numbers_of_their_own(self):
        both = self._thing("Both", component_ids=(self.room | self.studio).ids)
        self._ask(both, at(0), at(12))
        self._ask(self.room, at(12), at(14))
        self._ask(self.room, at(14), at(18), kind="block")
        self._ask(both, at(18), at(20), kind="block")
        rows = self.Report.search([("day", "=", DAY)])
        self.assertEqual(
            len(set(rows.ids)), self.Report.search_count([("day", "=", DAY)])
        )
        mine = rows.filtered(lambda row: row.resource_id == both)
        self.assertEqual(len(mine), 5, "capacity, and each kind, itself or in part")

    def test_companies_see_theirs_and_the_shared(self):
        theirs = self._thing("Theirs", company_id=self.other_company.id)
        shared = self._thing("Shared", company_id=False)
        user = self._user("utilisation_user", USER)
        seen = self.Report.with_user(user).search([("day", "=", DAY)]).resource_id
        self.assertIn(shared, seen)
        self.assertIn(self.room, seen)
        self.assertNotIn(theirs, seen)

    def test_few_queries_whatever_the_number(self):
        self.env["resource.resource"].create(
            [
                {"name": f"Cell {number}", "bookable": True, "calendar_id": False}
                for number in range(300)
            ]
        )
        domain = [("day", ">=", DAY), ("day", "<", DAY + timedelta(days=28))]
        self.Report._read_group(domain, ["resource_id"], ["utilisation:avg"])
        self.env.invalidate_all()
        with self.assertQueryCount(6):
            rows = self.Report._read_group(
                domain, ["day:week"], ["available_hours:sum"]
            )
        self.assertGreater(rows[0][1], 300 * 24 * 6)

    def test_domain_bounds_the_days(self):
        days = self.Report._days_of
        year = Domain("day", ">=", "2026-01-01") & Domain("day", "<", "2027-01-01")
        self.assertEqual(days(year), (date(2026, 1, 1), date(2027, 1, 1)))
        self.assertEqual(
            days(Domain.TRUE), (DAY - timedelta(days=90), DAY + timedelta(days=30))
        )
        first, last = days(Domain("day", ">=", "1990-01-01"))
        self.assertEqual(last - first, timedelta(days=800))
