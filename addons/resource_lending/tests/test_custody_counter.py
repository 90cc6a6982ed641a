from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import LendingCommon


@tagged("post_install", "-at_install")
@freeze_time("2024-05-03 08:00:00")
class TestCustodyCounter(LendingCommon):
    """Reserve, hand out, recall, return and process, and what the ledger knows."""

    def test_L2_L6_L7_L8_L12_the_four_actions(self):
        loan = self._reserve(self.phone, self.kari, pickup_at="2024-05-06 07:00:00")
        self.assertEqual((loan.state, self.phone.status), ("reserved", "reserved"))
        with freeze_time("2024-05-06 07:10:00"):
            loan.hand_out()
            self.assertEqual((loan.state, self.phone.status), ("out", "handed_out"))
            self.assertEqual(self.phone.employee_ids.ids, self.kari.ids)
        with freeze_time("2024-06-10 08:00:00"):
            loan.recall("2024-06-14 10:00:00", "new phone is here")
            self.assertEqual(self.phone.status, "handed_out")
        with freeze_time("2024-06-13 08:00:00"):
            loan.take_back()
            self.assertEqual(self._period(loan), ("2024-05-06", "2024-06-13"))
            self.assertEqual((loan.outcome, self.phone.status), ("in_stock",) * 2)
        self.assertEqual(
            loan.event_ids.sorted("id").mapped("kind"),
            ["reserve", "hand_out", "recall", "return"],
        )

    def test_L7_L12_out_back_and_out_again_in_one_second(self):
        """A scanner is quicker than the clock; the ledger and custody agree."""
        first = self._hand_out(self.phone, self.kari)
        first.take_back()
        second = self._hand_out(self.phone, self.ott)
        self.assertEqual((first.state, second.state), ("closed", "out"))
        self.assertEqual(second.start_at, first.stop_at)
        self.assertEqual(second.sudo().allocation_id.state, "out")
        with freeze_time("2024-05-03 08:00:01"):
            self.assertEqual(self.phone.employee_ids.ids, self.ott.ids)
            self.assertEqual(self._free_now(self.phone), 0)
            second.take_back()
            self.assertEqual(self._free_now(self.phone), 1)

    def test_L7_L12_out_and_back_three_times_in_one_second(self):
        loans = self.env["lending.loan"]
        for holder in (self.kari, self.ott, self.kari):
            loans |= self._hand_out(self.phone, holder)
            loans[-1].take_back()
        first, second, third = loans
        self.assertEqual(set(loans.mapped("state")), {"closed"})
        self.assertEqual(second.start_at, first.stop_at)
        self.assertEqual(third.start_at, second.stop_at)
        with freeze_time("2024-05-03 08:00:05"):
            self.assertFalse(self.phone.employee_ids)
            self.assertEqual(self._free_now(self.phone), 1)

    def test_L13_L14_processing_again_leaves_custody_alone(self):
        loan = self._hand_out(self.phone, self.kari)
        with freeze_time("2024-06-13 08:00:00"):
            loan.take_back()
        with freeze_time("2024-06-17 08:00:00"):
            loan.process("outdated", "cracked")
            self.assertEqual(self.phone.status, "outdated")
            self.assertEqual(str(loan.date_to), "2024-06-13")
            self.assertEqual(loan.outcome, "in_stock")
            with self.assertRaisesRegex(UserError, "outdated"):
                self._reserve(self.phone, self.ott)
            self.assertEqual(self._free_now(self.phone), 0)
        with freeze_time("2024-07-01 08:00:00"):
            loan.process("in_stock")
            self.assertEqual(self.phone.status, "in_stock")
            self.assertEqual(self._free_now(self.phone), 1)

    def test_L13_L14_lost_while_still_out(self):
        loan = self._hand_out(self.phone, self.kari)
        with freeze_time("2024-06-20 08:00:00"):
            loan.process("lost")
        self.assertEqual((loan.outcome, str(loan.date_to)), ("lost", "2024-06-20"))
        self.assertEqual(self.phone.status, "lost")
        with freeze_time("2024-07-01 08:00:00"):
            self.phone.with_user(self.officer).process("in_stock")
        self.assertEqual((loan.outcome, self.phone.status), ("lost", "in_stock"))

    def test_L20_lost_cancels_future_reservations(self):
        loan = self._hand_out(self.phone, self.kari, due_date="2024-05-10")
        later = self._reserve(self.phone, self.ott, start_at="2024-06-01 08:00:00")
        loan.take_back(outcome="lost")
        self.assertEqual(later.state, "cancelled")

    def test_L20_only_what_is_free_is_reserved(self):
        self._reserve(self.phone, self.kari)
        with self.assertRaises(AllocationConflict):
            self._reserve(self.phone, self.ott)

    def test_L20_reserved_for_another_time_in_between(self):
        self._hand_out(self.phone, self.kari, due_date="2024-05-10")
        later = self._reserve(self.phone, self.ott, start_at="2024-05-11 08:00:00")
        self.assertEqual(later.state, "reserved")
        self.assertEqual(self.phone.status, "handed_out")

    def test_L20_cancelling_returns_it_to_stock(self):
        loan = self._reserve(self.phone, self.kari)
        loan.cancel("not needed")
        self.assertEqual((loan.state, self.phone.status), ("cancelled", "in_stock"))
        self.assertEqual(self._free_now(self.phone), 1)

    def test_L20_what_is_not_collected_lapses(self):
        self.category.uncollected_days = 3
        loan = self._reserve(self.phone, self.kari, pickup_at="2024-05-06 07:00:00")
        for now, state in (
            ("2024-05-09 06:00:00", "reserved"),
            ("2024-05-09 07:00:00", "cancelled"),
        ):
            with freeze_time(now), self.enter_registry_test_mode():
                self.env.ref(
                    "resource_lending.ir_cron_turn_over"
                ).method_direct_trigger()
                self.assertEqual(loan.state, state)
        self.assertEqual(self.phone.status, "in_stock")
        self.category.uncollected_days = 0
        self.assertFalse(self._reserve(self.phone, self.kari).lapse_at)

    def test_L20_what_never_lapses_waits_on_after_its_return_date(self):
        self.category.uncollected_days = 0
        loan = self._reserve(self.phone, self.kari, due_date="2024-05-10")
        with freeze_time("2024-06-20 08:00:00"), self.enter_registry_test_mode():
            self.env.ref(
                "resource_allocation.ir_cron_look_after"
            ).method_direct_trigger()
        self.assertEqual((loan.state, loan.allocation_id.state), ("reserved",) * 2)

    def test_L20_each_action_in_its_state_only(self):
        loan = self._reserve(self.phone, self.kari)
        for wrong in (
            lambda: loan.take_back(),
            lambda: loan.recall("2024-06-01 08:00:00"),
            lambda: loan.transfer({"employee_id": self.ott.id}),
        ):
            with self.assertRaisesRegex(UserError, "reserved"):
                wrong()
        loan.hand_out()
        for wrong in (lambda: loan.hand_out(), lambda: loan.cancel()):
            with self.assertRaisesRegex(UserError, "handed out"):
                wrong()

    def test_L10_return_date_is_optional_and_frees_the_time_after(self):
        loan = self._hand_out(self.phone, self.kari, due_date="2024-05-10")
        self.assertEqual(loan.due_at, fields.Datetime.to_datetime("2024-05-10 22:00"))
        self.assertFalse(loan.is_late)
        with freeze_time("2024-05-10 22:00:00"):
            loan.invalidate_recordset(["is_late"])
            self.assertTrue(loan.is_late)
            self.assertEqual(self._loans().search([("is_late", "=", True)]), loan)

    def test_L11_recall_needs_a_deadline(self):
        loan = self._hand_out(self.phone, self.kari)
        for deadline in (None, "2024-05-01 08:00:00"):
            with self.assertRaisesRegex(ValidationError, "by when"):
                loan.recall(deadline)
        loan.recall("2024-05-05 08:00:00")
        self.assertFalse(loan.due_date)

    def test_a_late_thing_occupies_and_can_always_come_back(self):
        loan = self._hand_out(self.phone, self.kari, due_date="2024-05-10")
        later = self._reserve(self.phone, self.ott, start_at="2024-05-13 08:00:00")
        with freeze_time("2024-05-14 08:00:00"):
            self.assertEqual(self._holders_on(self.phone, "2024-05-13"), ["Kari"])
            with self.assertRaisesRegex(UserError, "still with Kari"):
                later.hand_out()
            loan.take_back()
            later.hand_out()
            self.assertEqual(self.phone.employee_ids.ids, self.ott.ids)

    def test_LT19_LC1_returned_and_out_again_on_one_day(self):
        ott = self._hand_out(self.laptop, self.ott)
        with freeze_time("2024-05-10 08:00:00"):
            ott.take_back()
        with freeze_time("2024-05-10 12:00:00"):
            self._hand_out(self.laptop, self.mari)
        self.assertEqual(self._holders_on(self.laptop, "2024-05-09"), ["OTT"])
        self.assertEqual(self._holders_on(self.laptop, "2024-05-10"), ["MARI"])

    def test_a_typed_row_ends_what_is_out(self):
        """D10 at the counter's rows: the asset's card says who has it from then on."""
        ott = self._hand_out(self.laptop, self.ott)
        with freeze_time("2024-05-20 08:00:00"):
            mari = self._type(self.laptop, self.mari, "2024-05-20")
            self.assertEqual((ott.state, mari.state), ("closed", "out"))
            self.assertEqual(len(self._live_allocations(self.laptop)), 1)
            mari.unlink()
            self.assertEqual((ott.state, ott.date_to), ("out", False))
            ott.take_back()
        self.assertFalse(self._live_allocations(self.laptop))

    def test_passed_on_without_coming_back(self):
        ott = self._hand_out(self.laptop, self.ott)
        with freeze_time("2024-05-20 08:00:00"):
            mari = ott.transfer({"employee_id": self.mari.id})
            self.assertEqual((ott.state, mari.state), ("closed", "out"))
            self.assertEqual(ott.stop_at, mari.start_at)
            self.assertEqual(ott.ended_by_id, mari)
            self.assertEqual(self._live_allocations(self.laptop).state, "out")
            mari.take_back()
        self.assertEqual(self.laptop.status, "in_stock")
        self.assertFalse(self._live_allocations(self.laptop))

    def test_LC11_wrong_item_is_corrected_in_one_step(self):
        loan = self._hand_out(self.laptop, self.ott)
        right = loan.correct({"asset_id": self.phone.id}, "wrong scan")
        self.assertEqual((loan.state, right.state), ("cancelled", "out"))
        self.assertEqual(right.corrects_id, loan)
        self.assertEqual(right.start_at, loan.start_at)
        self.assertEqual(
            (self.laptop.status, self.phone.status), ("in_stock", "handed_out")
        )
        self.assertEqual(self._free_now(self.laptop), 1)
        self.assertEqual(self._free_now(self.phone), 0)
        self.assertEqual(
            set((loan | right).event_ids.mapped("note")) & {"wrong scan"},
            {"wrong scan"},
        )

    def test_LC11_wrong_holder_and_time(self):
        loan = self._hand_out(self.laptop, self.ott)
        right = loan.correct({"employee_id": self.mari.id}, "wrong person")
        self.assertEqual(self.laptop.employee_ids.ids, self.mari.ids)
        self.assertEqual(len(self._live_allocations(self.laptop)), 1)
        earlier = right.correct({"start_at": "2024-05-03 07:00:00"}, "wrong time")
        self.assertEqual(str(earlier.start_at), "2024-05-03 07:00:00")
        with self.assertRaises(ValidationError):
            earlier.correct({"employee_id": self.ott.id}, " ")

    def test_LC11_it_was_never_handed_out(self):
        loan = self._hand_out(self.laptop, self.ott)
        self.assertFalse(loan.correct({"asset_id": False}, "scanned twice"))
        self.assertEqual((loan.state, self.laptop.status), ("cancelled", "in_stock"))
        self.assertEqual(self._free_now(self.laptop), 1)

    def test_LC11_later_only_by_an_administrator(self):
        loan = self._hand_out(self.laptop, self.ott)
        with freeze_time("2024-05-04 08:00:00"):
            with self.assertRaises(AccessError):
                loan.correct({"employee_id": self.mari.id}, "wrong person")
            loan.with_user(self.administrator).correct(
                {"employee_id": self.mari.id}, "wrong person"
            )

    def test_D14_shared_things_come_back_one_by_one(self):
        ott = self._hand_out(self.shared, self.ott)
        mari = self._hand_out(self.shared, self.mari)
        ott.take_back()
        self.assertEqual(self.shared.status, "handed_out")
        self.assertEqual(self._free_now(self.shared), 0)
        mari.take_back()
        self.assertEqual(self.shared.status, "in_stock")
        self.assertEqual(self._free_now(self.shared), 1)

    def test_what_is_promised_elsewhere_is_not_lent(self):
        self.env["resource.allocation"].allocate(
            [
                {
                    "resource_id": self.phone.resource_id.id,
                    "start": "2024-05-04 08:00:00",
                    "stop": "2024-05-05 08:00:00",
                }
            ]
        )
        with self.assertRaises(AllocationConflict):
            self._hand_out(self.phone, self.kari)
        self._hand_out(self.phone, self.kari, due_date="2024-05-03")

    def test_extending_asks_the_ledger(self):
        loan = self._hand_out(self.phone, self.kari, due_date="2024-05-10")
        loan.extend("2024-05-12")
        self._reserve(self.phone, self.ott, start_at="2024-05-20 08:00:00")
        with self.assertRaises(AllocationConflict):
            loan.extend("2024-05-25")

    def test_returning_what_is_not_out_changes_nothing(self):
        out, back = (
            self._hand_out(self.phone, self.kari),
            self._hand_out(self.laptop, self.ott),
        )
        back.take_back()
        with self.assertRaisesRegex(UserError, "closed"):
            (out | back).take_back()
        self.assertEqual(out.state, "out")

    def test_history_is_not_rewritten(self):
        loan = self._hand_out(self.phone, self.kari)
        for event in loan.event_ids.with_user(self.administrator).sudo():
            with self.assertRaises(UserError):
                event.write({"note": "other"})
            with self.assertRaises(UserError):
                event.unlink()

    def test_a_thing_in_use_is_not_archived(self):
        self._hand_out(self.phone, self.kari)
        with self.assertRaisesRegex(UserError, "Kari"):
            self.phone.with_user(self.officer).action_archive()
