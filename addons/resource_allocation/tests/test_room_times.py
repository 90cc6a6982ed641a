from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestTeardown(LedgerCase):
    """What came back, or ended, takes its teardown until it is over or ready."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.camera = cls._thing("Camera", release="return", teardown_minutes=60)
        cls.hall = cls._thing("Hall", teardown_minutes=60)

    def _out(self, thing=None, **vals):
        return self._ask(thing or self.camera, at(6), at(12), **vals).hand_out()

    def test_teardown_counts_from_the_return(self):
        row = self._out()
        with freeze_time(at(8)):
            row.take_back()
            self.assertEqual(row.ready_at, at(9))
            verdict = self._refused(self.camera, at(8.5), at(10))
            self.assertEqual(verdict.code, "buffer")
            self.assertEqual(self._free(self.camera, at(9), at(10)), 1)
            self._ask(self.camera, at(9), at(10))

    def test_teardown_ends_without_any_job(self):
        row = self._out()
        with freeze_time(at(8)):
            row.take_back()
        with freeze_time(at(9)):
            self.assertEqual(self._free(self.camera, at(9), at(10)), 1)
            self._ask(self.camera, at(9), at(10)).hand_out()

    def test_what_is_said_to_be_ready_is(self):
        row = self._out()
        with freeze_time(at(8)):
            row.take_back(ready=True)
            self.assertFalse(row.ready_at)
            self._ask(self.camera, at(8), at(9))

    def test_ready_by_button_and_dialog(self):
        row = self._out()
        with freeze_time(at(8)):
            dialog = Form(
                self.env["resource.allocation.take.back"].with_context(
                    default_allocation_ids=row.ids
                )
            )
            self.assertTrue(dialog.tidied_up)
            dialog.save().action_apply()
            self.assertTrue(row.can_make_ready)
            row.with_user(self.user).action_make_ready()
            self.assertFalse(row.can_make_ready)
            self._ask(self.camera, at(8), at(9))

    def test_back_so_late_that_the_next_one_has_to_wait(self):
        row = self._out()
        following = self._ask(self.camera, at(13), at(15))
        with freeze_time(at(12.5)):
            row.take_back()
            self.assertTrue(following.at_risk)
            row.make_ready()
            self.assertFalse(following.at_risk)

    def test_returned_as_of_before_its_teardown_is_over_by_now(self):
        row = self._out()
        with freeze_time(at(9)):
            row.take_back(at(7))
            self.assertFalse(row.ready_at)

    def test_pieces_and_their_units(self):
        drills, units = self._pool_with_units(units=2, teardown_minutes=60)
        row = self._out(units[0])
        with freeze_time(at(8)):
            row.take_back()
            left = [self._free(one, at(8), at(9)) for one in (drills, *units)]
            self.assertEqual(left, [1, 0, 1])
            self._ask(drills, at(8), at(9), teardown_minutes=0)
            self._refused(drills, at(8), at(9))

    def test_a_combination_waits_for_its_slowest_part(self):
        both = self._thing("Both", component_ids=[(6, 0, (self.hall | self.room).ids)])
        booked = self._ask(both, at(6), at(7))
        with freeze_time(at(7.2)):
            with self.assertRaises(UserError):
                booked.close()
            self._run_job("ir_cron_look_after")
            self.assertEqual(booked.state, "reserved")
            self._refused(self.hall, at(7.2), at(7.5), teardown_minutes=0)
            self._ask(self.room, at(7.2), at(7.5))
        with freeze_time(at(8)):
            self._run_job("ir_cron_look_after")
            self.assertEqual(booked.state, "done")

    def test_a_mistaken_return_is_reopened(self):
        row = self._out()
        with freeze_time(at(8)):
            row.take_back()
            row.with_user(self.manager).reopen("By mistake")
            self.assertEqual((row.state, row.ready_at), ("out", False))

    def test_busy_says_what_it_is(self):
        row = self._out()
        with freeze_time(at(8)):
            row.take_back()
            busy = self.camera.busy(at(8), at(12))[self.camera.id]
            self.assertEqual(busy, [(at(8), at(9), 1, "teardown")])


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestRoomTimes(LedgerCase):
    """Rooms end early, are held until somebody comes, and are put back on hold."""

    def test_checked_out_early_the_rest_is_free(self):
        self.room.teardown_minutes = 30
        booked = self._ask(self.room, at(5), at(12))
        with freeze_time(at(8)):
            booked.close(at(8))
            self.assertEqual((booked.state, booked.actual_stop), ("done", at(8)))
            self._refused(self.room, at(8), at(8.25))
            self._ask(self.room, at(8.5), at(10))

    def test_not_before_it_began_nor_in_time_to_come(self):
        booked = self._ask(self.room, at(8), at(12))
        with self.assertRaisesRegex(UserError, "not begun"):
            booked.close(at(6))
        for deed in (booked.close, booked.hand_out):
            with self.assertRaisesRegex(ValidationError, "no time to come"):
                deed(at(9))

    def test_what_must_be_brought_back_does_not_end_by_itself(self):
        out = self._ask(self.laptop, at(5), at(12)).hand_out()
        waiting = self._ask(self.camera_of_tests(), at(5), at(12))
        for row in (out, waiting):
            with self.assertRaisesRegex(UserError, "take it back"):
                row.close(at(6))

    def camera_of_tests(self):
        return self._thing("Camera", release="return")

    def test_nobody_came(self):
        held = self._ask(self.room, at(8), at(12), **self._until(at(8.25), "check_in"))
        self.assertEqual((held.display_state, held.state), ("reserved", "hold"))
        busy = self.room.busy(at(8), at(12))[self.room.id]
        self.assertEqual(busy, [(at(8), at(12), 1, "reserved")])
        drawn = self.room.timetable(at(8), at(12))["bars"]["state"]
        self.assertEqual(drawn, ["reserved"])
        job = self.env.ref("resource_allocation.ir_cron_lapse")
        woken = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)])
        self.assertIn(at(8.25), woken.mapped("call_at"))
        with freeze_time(at(8.25)):
            held.invalidate_recordset(["display_state"])
            self.assertEqual(held.display_state, "hold")
            self._ask(self.room, at(8.25), at(9))

    def _until(self, when, kind):
        return {"state": "hold", "hold_until": when, "hold_kind": kind}

    def test_a_check_in_is_undone(self):
        held = self._ask(self.room, at(8), at(12), **self._until(at(8.25), "check_in"))
        with freeze_time(at(8)):
            held.confirm()
            self.assertEqual((held.state, held.hold_kind), ("reserved", False))
            held.hold_again(at(8.25), "check_in")
            self.assertEqual((held.state, held.hold_until), ("hold", at(8.25)))
            self._refused(self.room, at(8), at(9))
        with freeze_time(at(8.25)):
            self._ask(self.room, at(8.25), at(9))
            with self.assertRaises(AllocationConflict):
                held.confirm()

    def test_kinds_of_holds(self):
        plain = self._ask(self.room, at(8), at(9), **self._until(at(8), None))
        self.assertEqual((plain.hold_kind, plain.display_state), ("option", "hold"))
        with self.assertRaises(ValidationError):
            self._ask(self.studio, at(8), at(9), **self._until(at(8), "wish"))
        with self.assertRaises(ValidationError):
            plain.confirm().hold_again(at(5))
