from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestLateness(LedgerCase):
    """Invariant 4: what is out stays out until it is taken back."""

    def _out(self, resource=None, **vals):
        allocation = self._ask(resource or self.laptop, at(6), at(10), **vals)
        return allocation.hand_out()

    def test_invariant_4_late_thing_occupies_until_now(self):
        out = self._out()
        with freeze_time(at(12)):
            out.invalidate_recordset()
            self.assertTrue(out.is_late)
            self.assertEqual(out.display_state, "late")
            self.assertEqual(self._free(self.laptop, at(11), at(13)), 0)
            self.assertEqual(self._refused(self.laptop, at(11), at(13)).code, "taken")
            self.assertEqual(self._free(self.laptop, at(12), at(13)), 1)
            self.assertEqual(
                self.laptop.busy(at(0), at(24))[self.laptop.id],
                [(at(6), at(10), 1, "out"), (at(10), at(12), 1, "late")],
            )

    def test_invariant_4_late_thing_occupies_until_it_is_expected(self):
        out = self._out()
        with freeze_time(at(12)):
            later = self._ask(self.laptop, at(14), at(16))
            out.expect_back(at(15))
            self.assertTrue(later.at_risk)
            self.assertEqual(self._free(self.laptop, at(13), at(14)), 0)
            self._refused(self.laptop, at(13), at(14))
            out.take_back()
            self.assertFalse(later.at_risk)

    def test_late_piece_of_a_pool_is_missing(self):
        tools = self._thing("Tools", exclusive=False, capacity=2, release="return")
        self._out(tools, quantity=2)
        with freeze_time(at(12)):
            self.assertEqual(self._free(tools, at(11), at(13)), 0)
            self.assertEqual(self._refused(tools, at(11), at(13)).code, "capacity")

    def test_what_is_over_fits_when_its_reason_moves_away(self):
        """Another that is over, too, and booked later is no reason."""
        pool, [_first, unit, _third] = self._pool_with_units(units=3)
        out = self._ask(unit, at(6), at(7), pinned=True).hand_out()
        over = self._ask(pool, at(6), at(10))
        later = self._ask(pool, at(6), at(7))
        with freeze_time(at(12)):
            pool.capacity = 1
            self.assertTrue(over.at_risk)
        with freeze_time(at(15)):
            out.reschedule(at(13), at(16))
            self.assertEqual((over | later).mapped("at_risk"), [False, False])

    def test_second_hand_over_is_refused_and_says_who_has_it(self):
        self._out(name="Ann's")
        following = self._ask(self.laptop, at(10), at(14))
        with freeze_time(at(12)), self.assertRaises(AllocationConflict) as caught:
            following.hand_out()
        verdict = caught.exception.verdicts[0]
        self.assertEqual((verdict.code, verdict.free), ("out", 0))
        self.assertEqual(verdict.holders[0].label, "Ann's")
        self.assertEqual(following.state, "reserved")

    def test_second_hand_over_of_a_pool_counts_what_is_out(self):
        tools = self._thing("Tools", exclusive=False, capacity=3, release="return")
        self._out(tools, quantity=2)
        following = self._ask(tools, at(10), at(14), quantity=2)
        with freeze_time(at(12)), self.assertRaises(AllocationConflict):
            following.hand_out()
        tools.capacity = 4
        with freeze_time(at(12)):
            following.hand_out()
        self.assertEqual(following.state, "out")

    def test_extending_a_late_thing_is_checked_over_the_added_time(self):
        out = self._out()
        overtaken = self._ask(self.laptop, at(10), at(11))
        following = self._ask(self.laptop, at(14), at(16))
        with freeze_time(at(12)):
            out.reschedule(at(6), at(14))
            self.assertEqual(out.stop, at(14))
            self.assertTrue(overtaken.at_risk)
            self.assertFalse(following.at_risk)
            with self.assertRaises(AllocationConflict):
                out.reschedule(at(6), at(15))

    def test_job_marks_what_a_late_thing_puts_at_risk(self):
        self._out()
        following = self._ask(self.laptop, at(10), at(14))
        with freeze_time(at(12)):
            self.assertFalse(following.at_risk)
            self._run_job("ir_cron_look_after")
            self.assertTrue(following.at_risk)

    def test_rooms_are_never_late(self):
        out = self._out(self.room)
        with freeze_time(at(12)):
            out.invalidate_recordset()
            self.assertFalse(out.is_late)
            self._ask(self.room, at(11), at(13))

    def test_search_finds_what_is_late(self):
        out = self._out()
        with freeze_time(at(12)):
            late = self.Allocation.search([("is_late", "=", True)])
            in_time = self.Allocation.search([("is_late", "=", False)])
        self.assertIn(out, late)
        self.assertNotIn(out, in_time)

    def test_early_hand_over_takes_the_time_before(self):
        allocation = self._ask(self.laptop, at(9), at(11))
        before = self._ask(self.laptop, at(7), at(8))
        with self.assertRaises(AllocationConflict):
            allocation.hand_out()
        before.cancel()
        allocation.hand_out()
        self.assertEqual((allocation.start, allocation.actual_start), (at(6), at(6)))

    def test_a_room_that_is_over_is_not_handed_out(self):
        allocation = self._ask(self.room, at(6), at(7))
        with freeze_time(at(8)), self.assertRaises(UserError):
            allocation.hand_out()

    def test_kit_that_is_out_is_not_closed_by_the_clock(self):
        kit = self._thing(
            "Kit",
            release="return",
            component_ids=[(6, 0, (self.laptop | self.room).ids)],
        )
        out = self._out(kit)
        with freeze_time(at(12)):
            self._run_job("ir_cron_look_after")
            self.assertEqual(out.state, "out")
            self.assertEqual(self._free(self.laptop, at(11), at(13)), 0)

    def test_hand_over_after_its_time_puts_the_next_at_risk(self):
        elapsed = self._ask(self.laptop, at(7), at(8))
        following = self._ask(self.laptop, at(8), at(14))
        with freeze_time(at(9)):
            elapsed.hand_out()
            self.assertTrue(following.at_risk)
            elapsed.take_back(at(9))
            self.assertFalse(following.at_risk)
            elapsed.reopen("It was not back")
            self.assertTrue(following.at_risk)

    def test_blocked_thing_is_not_handed_out(self):
        promise = self._ask(self.laptop, at(6), at(10))
        self._ask(self.laptop, at(6), at(8), kind="block")
        with self.assertRaises(AllocationConflict) as caught:
            promise.hand_out()
        self.assertEqual(caught.exception.verdicts[0].code, "blocked")
        with freeze_time(at(8)):
            promise.hand_out()

    def test_what_was_overrun_is_no_longer_at_risk_once_the_thing_is_back(self):
        late = self._ask(self.laptop, at(6), at(7)).hand_out()
        overrun = self._ask(self.laptop, at(7), at(8))
        with freeze_time(at(9)):
            self._run_job("ir_cron_look_after")
            self.assertTrue(overrun.at_risk)
            late.take_back()
            self.assertFalse(overrun.at_risk)
