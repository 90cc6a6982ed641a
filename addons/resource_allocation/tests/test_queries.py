from odoo.tests import freeze_time, tagged

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import NOW, LedgerCase, at

ONE_ROW = 12
"""Queries of ``allocate()``, whatever the number of rows up to a hundred."""


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestQueries(LedgerCase):
    """Constant numbers of queries per batch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hundred = cls.env["resource.resource"].union(
            *(cls._thing(f"Room {number}") for number in range(100))
        )

    def _wanted(self, resources):
        return [
            {"resource_id": resource.id, "start": at(8), "stop": at(9)}
            for resource in resources
        ]

    def _count(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _measure(self, function):
        function()
        return self._count(function)

    def test_allocate_is_constant_and_small(self):
        Allocation = self.Allocation.with_user(self.user)
        Allocation.allocate(self._wanted(self.room))
        one = self._count(lambda: Allocation.allocate(self._wanted(self.studio)))
        hundred = self._count(lambda: Allocation.allocate(self._wanted(self.hundred)))
        self.assertLessEqual(one, ONE_ROW)
        self.assertLessEqual(hundred, one)

    def test_life_of_a_batch_is_constant(self):
        for method in ("hand_out", "take_back"):
            with self.subTest(method):
                one, many = self._pair(method)
                self.assertLessEqual(many, one + 3)

    def _pair(self, method):
        counts = []
        for resources in (self.hundred[:1], self.hundred[1:21]):
            rows = self.Allocation.allocate(
                [
                    {"resource_id": resource.id, "start": at(6), "stop": at(7)}
                    for resource in resources
                ]
            )
            if method == "take_back":
                rows.hand_out()
            counts.append(self._count(getattr(rows, method)))
            (rows.hand_out() if method == "x" else rows)._store({"state": "cancelled"})
        return counts

    def test_parting_and_choosing_units_is_constant(self):
        """From one promise of any to a row for each unit."""
        drills, units = self._pool_with_units(units=40)
        counts = []
        for number, few in enumerate((units[:2], units[:2], units[:20])):
            promise = self._ask(
                drills, at(24 * number), at(24 * number + 1), quantity=len(few)
            )
            counts.append(self._count(lambda p=promise, f=few: self._choose(p, f)))
        _warm, two, twenty = counts
        self.assertLessEqual(twenty, two + 3)

    def _choose(self, promise, units):
        rows = promise | promise.split_many([[1] * (len(units) - 1)])
        rows.reassign(units)
        self.assertEqual(rows.mapped("resource_id.id"), [unit.id for unit in units])

    def test_reading_is_one_query_for_any_number(self):
        few, many = self.hundred[:2], self.hundred
        for name, call in (
            ("free_quantity", lambda found: found.free_quantity(at(8), at(9))),
            ("busy", lambda found: found.busy(at(8), at(9))),
            ("free_slots", lambda found: found.free_slots(at(8), at(12), 60)),
        ):
            with self.subTest(name):
                self.assertEqual(
                    self._count(lambda c=call: c(few)),
                    self._count(lambda c=call: c(many)),
                )

    def test_what_is_free_is_one_query_and_another_for_days(self):
        ask = self.hundred.free_quantity
        self.assertEqual(self._measure(lambda: ask(at(8), at(9))), 1)
        self.hundred[:2].reach = "day"
        self.hundred[1].tz = "Asia/Tokyo"
        self.assertEqual(self._measure(lambda: ask(at(8), at(9))), 2)

    def test_twenty_refused_rows_cost_what_one_does(self):
        Allocation = self.Allocation.with_user(self.user)
        for row in Allocation.allocate(self._wanted(self.hundred)):
            row.name = "Meeting"
        few = self._count_refused(Allocation, self.hundred[:1])
        many = self._count_refused(Allocation, self.hundred[1:21])
        self.assertLessEqual(many, few)

    def _count_refused(self, Allocation, resources):
        def ask():
            with self.assertRaises(AllocationConflict) as caught:
                Allocation.allocate(self._wanted(resources))
            self.assertEqual(len(caught.exception.verdicts), len(resources))
            self.assertIn("Meeting", caught.exception.verdicts[-1].message)

        return self._count(ask)

    def test_twenty_refused_among_many_others_cost_what_one_does(self):
        """Also where what is proposed instead has not read their names along."""
        vals = {"bookable": True, "calendar_id": False, "resource_type": "material"}
        self.env["resource.resource"].create(
            [{**vals, "name": f"Aaa {number}"} for number in range(120)]
        )
        wanted = self._wanted(self.hundred[:20])
        self.Allocation.allocate(wanted)
        one = self._measure(lambda: self.Allocation.check(wanted[:1]))
        twenty = self._measure(lambda: self.Allocation.check(wanted))
        self.assertLessEqual(twenty, one + 3)

    def test_twenty_that_are_not_here_cost_what_one_does(self):
        counts = []
        for things in (self.hundred[:1], self.hundred[1:21]):
            things.release = "return"
            first = self._rows(things, at(5), at(6))
            first.hand_out()
            waiting = self._rows(things, at(6), at(7))
            counts.append(self._count(lambda rows=waiting: self._not_here(rows)))
        self.assertLessEqual(counts[1], counts[0] + 2)

    def _rows(self, things, start, stop):
        return self.Allocation.allocate(
            [
                {"resource_id": one.id, "start": start, "stop": stop, "name": "Shoot"}
                for one in things
            ]
        )

    def _not_here(self, rows):
        with self.assertRaises(AllocationConflict) as caught:
            rows.hand_out()
        self.assertEqual(len(caught.exception.verdicts), len(rows))

    def test_to_ask_for_a_change_is_constant(self):
        rows = self.Allocation.allocate(self._wanted(self.hundred))
        vals = {"stop": at(10)}
        rows[:1].check_change(vals)
        few = self._count(lambda: rows[:1].check_change(vals))
        many = self._count(lambda: rows[1:61].check_change(vals))
        self.assertLessEqual(many, few)

    def test_to_change_combinations_is_constant(self):
        """Each of a room and a unit of a pool of its own."""
        rows = self.Allocation.allocate(self._wanted(self._halls(21)))
        vals = {"setup_minutes": 30}
        for ask in ("check_change", "change"):
            few = self._count(lambda a=ask: getattr(rows[:1], a)(vals))
            many = self._count(lambda a=ask: getattr(rows[1:], a)(vals))
            with self.subTest(ask):
                self.assertLessEqual(many, few)

    def test_twenty_refused_combinations_cost_what_one_does(self):
        halls = self._halls(21)
        rows = self.Allocation.allocate(self._wanted(halls))
        self._rows(self.hundred[:21], at(9), at(10))
        vals = {"stop": at(10)}
        for name, ask in (
            ("check", lambda few: self.Allocation.check(self._wanted(halls[few]))),
            ("check_change", lambda few: rows[few].check_change(vals)),
        ):
            one, twenty = (
                self._measure(lambda a=ask, f=few: self.assertTrue(a(f)))
                for few in (slice(1), slice(1, None))
            )
            with self.subTest(name):
                self.assertLessEqual(twenty, one)

    def _halls(self, number):
        halls = []
        for room in self.hundred[:number]:
            _pool, units = self._pool_with_units(room.name, 1, release="time")
            parts = [room.id, units[0].id]
            halls.append(self._thing("Hall", component_ids=[(6, 0, parts)]))
        return self.hundred.union(*halls) - self.hundred
