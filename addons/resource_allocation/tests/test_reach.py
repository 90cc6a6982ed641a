import random
from collections import Counter
from datetime import timedelta
from unittest.mock import patch

import pytz

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from ..exceptions import AllocationConflict
from .common import NOW, LedgerCase, at, in_rows

A_DAY = timedelta(days=1)
MIDNIGHT = at(-1)
"""Of this day in Prague, in UTC."""


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestReach(LedgerCase):
    """What counts by the whole day: a quota for each local day of the resource."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cakes = cls._thing("Cakes", exclusive=False, capacity=10, reach="day")

    def test_orders_of_one_day_count_together_whatever_their_hour(self):
        self._ask(self.cakes, at(10), at(11), quantity=6)
        self._ask(self.cakes, at(11), at(12), quantity=3)
        verdict = self._refused(self.cakes, at(12), at(13), quantity=2)
        self.assertEqual((verdict.code, verdict.free), ("quota", 1))
        self.assertEqual((verdict.start, verdict.stop), (at(12), at(13)))
        self.assertEqual(
            [(one.start, one.stop) for one in verdict.holders],
            [(at(10), at(11)), (at(11), at(12))],
        )
        self.assertIn("2 wanted, 1 left for the whole day", verdict.message)
        self._ask(self.cakes, at(12), at(13), quantity=1)

    def test_day_is_that_of_the_resource_not_of_the_user(self):
        """Late in the evening of Prague it is still the day before in UTC."""
        tokyo = self._thing(
            "Bento", exclusive=False, capacity=10, reach="day", tz="Asia/Tokyo"
        )
        for thing, hour, same_day, next_day in (
            (self.cakes, 22, 8, 23),
            (tokyo, 14, 8, 15),
        ):
            with self.subTest(thing=thing.name):
                self.env.user.tz = "America/New_York"
                self._ask(thing, at(hour), at(hour + 0.5), quantity=10)
                self.assertEqual(self._free(thing, at(same_day), at(same_day + 1)), 0)
                self.assertEqual(self._free(thing, at(next_day), at(next_day + 1)), 10)
                self._ask(thing, at(next_day), at(next_day + 1), quantity=10)

    def test_over_midnight_it_takes_both_days(self):
        row = self._ask(self.cakes, at(22), at(24), quantity=10)
        self.assertEqual(
            (row.blocked_start, row.blocked_stop), (MIDNIGHT, MIDNIGHT + 2 * A_DAY)
        )
        self.assertEqual(self._free(self.cakes, at(8), at(9)), 0)
        self.assertEqual(self._free(self.cakes, at(8) + A_DAY, at(9) + A_DAY), 0)

    def test_until_midnight_it_takes_one(self):
        row = self._ask(self.cakes, at(20), at(23))
        self.assertEqual(row.blocked_stop, MIDNIGHT + A_DAY)

    def test_buffers_say_nothing(self):
        self.cakes.setup_minutes = self.cakes.teardown_minutes = 600
        row = self._ask(self.cakes, at(20), at(21), setup_minutes=60)
        self.assertEqual(
            (row.blocked_start, row.blocked_stop), (MIDNIGHT, MIDNIGHT + A_DAY)
        )

    def test_change_of_the_clock_makes_the_day_longer(self):
        """On the last Sunday of October a day in Prague has 25 hours."""
        noon = at(11).replace(month=10, day=31)
        row = self._ask(self.cakes, noon, noon + timedelta(hours=1))
        self.assertEqual(row.blocked_stop - row.blocked_start, timedelta(hours=25))

    def test_follows_the_row_when_it_moves(self):
        self._ask(self.cakes, at(8) + A_DAY, at(9) + A_DAY, quantity=6)
        row = self._ask(self.cakes, at(8), at(9), quantity=5)
        row.shift(600)
        self.assertEqual(row.blocked_start, MIDNIGHT)
        verdicts = row.check_change({"start": at(8) + A_DAY, "stop": at(9) + A_DAY})
        self.assertEqual([one["code"] for one in verdicts], ["quota"])
        with self.assertRaises(AllocationConflict):
            row.reschedule(at(8) + A_DAY, at(9) + A_DAY)
        row.reschedule(at(8) + 2 * A_DAY, at(9) + 2 * A_DAY)
        self.assertEqual(row.blocked_start, MIDNIGHT + 2 * A_DAY)
        self.assertEqual(self._free(self.cakes, at(8), at(9)), 10)

    def test_moving_within_its_day_is_never_refused(self):
        """Also when the kitchen can make fewer by now."""
        row = self._ask(self.cakes, at(8), at(9), quantity=10)
        self.cakes.capacity = 4
        self.assertTrue(row.at_risk)
        self.assertFalse(row.check_change({"start": at(12), "stop": at(13)}))
        row.reschedule(at(12), at(13))
        self.assertEqual(row.start, at(12))
        self.assertTrue(row.at_risk)

    def test_becomes_one_by_a_checked_change(self):
        self.cakes.reach = "period"
        first = self._ask(self.cakes, at(8), at(9), quantity=6)
        second = self._ask(self.cakes, at(12), at(13), quantity=6)
        self.cakes.reach = "day"
        self.assertEqual(first.reach, "period", "copied when it was promised")
        with self.assertRaises(AllocationConflict):
            first.change({"reach": "day"})
        second.cancel()
        first.change({"reach": "day"})
        self.assertEqual(first.blocked_start, MIDNIGHT)
        first.change({"reach": "period"})
        self.assertEqual(first.blocked_start, at(8))

    def test_what_is_offered_can_be_booked(self):
        self._ask(self.cakes, at(8), at(9), quantity=8)
        self.assertEqual(self._free(self.cakes, at(15), at(16)), 2)
        slots = self.cakes.free_slots(at(12), at(12) + A_DAY, 60, quantity=3, step=60)
        found = slots[self.cakes.id]
        self.assertEqual(found[0][0], MIDNIGHT + A_DAY)
        for start, stop in found:
            self.assertFalse(self._verdicts_for(self.cakes, start, stop, quantity=3))

    def _verdicts_for(self, resource, start, stop, **vals):
        row = {"resource_id": resource.id, "start": start, "stop": stop, **vals}
        return self.Allocation.check([row])

    def test_a_block_in_the_evening_counts_in_the_morning(self):
        """What is free is free all day, whatever else was booked by the hour."""
        self._ask(self.cakes, at(18), at(19), kind="block", quantity=4)
        self._ask(self.cakes, at(15), at(16), quantity=1, reach="period")
        self.assertEqual(self._free(self.cakes, at(8), at(9)), 6)
        hours = at(7), at(9, day=1)
        slots = self.cakes.free_slots(*hours, 60, quantity=7)[self.cakes.id]
        self.assertEqual(slots[0][0], MIDNIGHT + A_DAY)
        self.assertEqual(self._refused(self.cakes, at(8), at(9), quantity=7).free, 6)
        self._ask(self.cakes, at(8), at(9), quantity=6)

    def test_opening_hours_are_asked_again_within_its_day(self):
        self.cakes.calendar_id = self.env["resource.calendar"].create(
            {"name": "House", "tz": "Europe/Prague"}
        )
        self.cakes.hours_enforced = True
        row = self._ask(self.cakes, at(8), at(9))
        row.shift(60)
        with self.assertRaises(AllocationConflict) as caught:
            row.reschedule(at(20), at(21))
        self.assertEqual(caught.exception.verdicts[0].code, "closed")

    def test_combination_and_units_become_and_cease_to_be_one(self):
        both = self._thing("Hall and studio")
        both.component_ids = self.room | self.studio
        pool = self._thing("Vans", exclusive=False, capacity=1)
        van = self._thing("Van 1", pool_id=pool.id)
        for thing, part in ((both, self.room), (van, pool)):
            with self.subTest(thing=thing.name):
                row = self._ask(thing, at(8), at(9))
                row.change({"reach": "day"})
                self.assertEqual(self._free(part, at(15), at(16)), 0)
                row.change({"reach": "period"})
                self.assertEqual(self._free(part, at(15), at(16)), 1)

    def test_proposes_the_same_hour_of_another_day(self):
        self._ask(self.cakes, at(8), at(9), quantity=10)
        verdict = self._refused(self.cakes, at(12), at(13))
        first = verdict.proposals[0]
        self.assertEqual((first.start, first.stop), (at(12) + A_DAY, at(13) + A_DAY))
        for proposal in verdict.proposals[:2]:
            self._ask(self.cakes, proposal.start, proposal.stop)

    def test_combination_takes_its_parts_by_their_day(self):
        """A kitchen that cooks once a day, let together with a hall."""
        kitchen = self._thing("Kitchen", reach="day")
        both = self._thing("Hall and kitchen")
        both.component_ids = self.room | kitchen
        row = self._ask(both, at(8), at(9))
        leaves = {leaf.resource_id: leaf for leaf in row.leaf_ids}
        self.assertEqual(leaves[kitchen].blocked_start, MIDNIGHT)
        self.assertEqual(leaves[self.room].blocked_start, at(8))
        self.assertEqual(self._free(both, at(12), at(13)), 0)
        self.assertEqual(self._free(self.room, at(12), at(13)), 1)
        self.assertEqual(self._refused(both, at(12), at(13)).code, "quota")
        row.shift(24 * 60)
        self.assertEqual(leaves[kitchen].blocked_start, MIDNIGHT + A_DAY)
        self.assertEqual(self._free(kitchen, at(12), at(13)), 1)

    def test_combination_is_not_free_on_a_day_of_which_its_part_lost_an_hour(self):
        kitchen = self._thing("Kitchen", reach="day")
        both = self._thing("Hall and kitchen")
        both.component_ids = self.room | kitchen
        self._ask(kitchen, at(8), at(9), kind="block")
        for thing in (kitchen, both):
            with self.subTest(thing=thing.name):
                self.assertEqual(self._free(thing, at(12), at(13)), 0)
                later = at(12) + A_DAY, at(13) + A_DAY
                self.assertEqual(self._free(thing, *later), 1)

    def test_ended_early_the_day_is_used_up_unless_it_is_ready(self):
        row = self._ask(self.cakes, at(5), at(8), quantity=10)
        row.close(at(6))
        self.assertEqual(self._free(self.cakes, at(12), at(13)), 0)
        self.assertEqual(self._free(self.cakes, at(8) + A_DAY, at(9) + A_DAY), 10)
        row.make_ready()
        self.assertEqual(self._free(self.cakes, at(12), at(13)), 10)

    def test_screens_show_the_rows_own_period(self):
        row = self._ask(self.cakes, at(8), at(9), quantity=2)
        [bar] = in_rows(self.cakes.timetable(at(0), at(20))["bars"])
        self.assertEqual(bar["stop"] - bar["start"], 3600)
        self.assertEqual(row.hours, 1)

    def test_facts_and_other_words_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "fact takes its own period"):
            self._ask(self.cakes, at(8), at(9), kind="block", reach="day")
        with self.assertRaisesRegex(ValidationError, "“week” is none of: period, day"):
            self._ask(self.cakes, at(8), at(9), reach="week")

    def test_freed_for_who_waits_for_any_hour_of_that_day(self):
        row = self._ask(self.cakes, at(8), at(9), quantity=2)
        told = []
        ledger = type(self.Allocation)
        with patch.object(ledger, "_became_free", lambda _self, f: told.append(f)):
            self.env.cr.precommit.run()
            row.shift(60)
            self.env.cr.precommit.run()
            self.assertFalse(told, "the quota is the same")
            row.cancel()
            self.env.cr.precommit.run()
        self.assertEqual(told, [[(self.cakes.id, MIDNIGHT, MIDNIGHT + A_DAY)]])

    def test_dry_run_deed_and_what_is_free_agree_with_a_count_by_days(self):
        """Random orders around the end of summer time, against plain arithmetic."""
        chance = random.Random(20271031)
        zone = pytz.timezone("Europe/Prague")
        first = at(0).replace(month=10, day=30)
        orders, fitted = {}, []

        def days(start, hours):
            every = (start + timedelta(minutes=30 * half) for half in range(2 * hours))
            return {pytz.utc.localize(one).astimezone(zone).date() for one in every}

        def left(wanted, without=None):
            used = Counter()
            for row, (quantity, taken) in orders.items():
                for day in taken if row != without else ():
                    used[day] += quantity
            return 10 - max(used[day] for day in wanted)

        for _step in range(60):
            start = first + timedelta(hours=chance.randrange(72))
            hours, quantity = chance.randint(1, 6), chance.randint(1, 5)
            stop, taken = start + timedelta(hours=hours), days(start, hours)
            self.assertEqual(self._free(self.cakes, start, stop), max(left(taken), 0))
            row = chance.choice([None, *orders])
            if row and chance.random() < 0.3:
                row.cancel()
                del orders[row]
            elif row:
                wanted = {"start": start, "stop": stop, "quantity": quantity}
                fits = left(taken, row) >= quantity
                fitted.append(fits)
                self.assertEqual(bool(row.check_change(wanted)), not fits)
                changed, _verdicts = row.change(wanted, on_conflict="report")
                self.assertEqual(bool(changed), fits)
                if fits:
                    orders[row] = (quantity, taken)
            else:
                fits = left(taken) >= quantity
                fitted.append(fits)
                asked = {"start": start, "stop": stop, "quantity": quantity}
                asked["resource_id"] = self.cakes.id
                self.assertEqual(bool(self.Allocation.check([asked])), not fits)
                made, _verdicts = self.Allocation.allocate([asked], "report")
                self.assertEqual(bool(made), fits)
                if fits:
                    orders[made] = (quantity, taken)
        self.assertGreater(sum(fitted), 10)
        self.assertIn(False, fitted)
