from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import NOW, LedgerCase, at

LAPSED = at(12) + timedelta(seconds=1)


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestHolds(LedgerCase):
    """Invariant 3: a hold counts until its time, job or no job."""

    def _hold(self, resource=None, **vals):
        return self._ask(
            resource or self.room,
            at(9, 1),
            at(11, 1),
            state="hold",
            hold_until=at(12),
            **vals,
        )

    def test_invariant_3_hold_blocks_until_its_time(self):
        self._hold()
        with freeze_time(at(12) - timedelta(seconds=1)):
            self.assertEqual(self._free(self.room, at(9, 1), at(11, 1)), 0)
            self._refused(self.room, at(9, 1), at(11, 1))

    def test_C19_option_lapses_by_itself(self):
        hold = self._hold()
        with freeze_time(at(12)):
            self.assertEqual(self._free(self.room, at(9, 1), at(11, 1)), 1)
            self.assertFalse(self.room.busy(at(0, 1), at(0, 2))[self.room.id])
            self.assertEqual(hold.state, "hold", "reads never write")
            self._ask(self.room, at(10, 1), at(12, 1))
            hold.invalidate_recordset()
            self.assertEqual(hold.state, "expired")

    def test_C19_lapsed_option_of_a_pool_frees_its_pieces(self):
        self._hold(self.chairs, quantity=10)
        with freeze_time(LAPSED):
            self._ask(self.chairs, at(9, 1), at(11, 1), quantity=10)

    def test_lapsed_combination_frees_every_atom(self):
        both = self._thing(
            "Both", component_ids=[(6, 0, (self.room | self.studio).ids)]
        )
        hold = self._hold(both)
        with freeze_time(LAPSED):
            self._ask(self.studio, at(9, 1), at(11, 1))
            self.assertEqual(self._free(self.room, at(9, 1), at(11, 1)), 1)
            hold.invalidate_recordset()
            self.assertEqual(set((hold | hold.leaf_ids).mapped("state")), {"expired"})

    def test_confirm_in_time_keeps_the_place(self):
        hold = self._hold()
        hold.confirm()
        self.assertEqual((hold.state, hold.hold_until), ("reserved", False))
        with freeze_time(LAPSED):
            self._refused(self.room, at(9, 1), at(11, 1))

    def test_confirm_of_a_lapsed_hold_asks_anew_and_succeeds_when_free(self):
        hold = self._hold()
        with freeze_time(LAPSED):
            hold.confirm()
            self.assertEqual(hold.state, "reserved")
            self._refused(self.room, at(9, 1), at(11, 1))

    def test_confirm_of_a_lapsed_hold_is_refused_when_taken(self):
        for resource, quantity in ((self.room, 1), (self.chairs, 8)):
            hold = self._hold(resource, quantity=quantity)
            with self.subTest(resource.name), freeze_time(LAPSED):
                self._ask(resource, at(10, 1), at(12, 1), quantity=quantity)
                with self.assertRaises(AllocationConflict):
                    hold.confirm()
                self.assertEqual(hold.state, "expired")

    def test_C19_prolonged_hold_counts_until_its_new_time(self):
        hold = self._hold()
        hold.prolong(at(20))
        with freeze_time(LAPSED):
            self._refused(self.room, at(9, 1), at(11, 1))
            self._run_job("ir_cron_lapse")
            self.assertEqual(hold.state, "hold")
        with freeze_time(at(20)):
            self._ask(self.room, at(9, 1), at(11, 1))

    def test_C19_lapsed_hold_is_prolonged_only_where_still_free(self):
        for resource, quantity in ((self.room, 1), (self.chairs, 8)):
            hold = self._hold(resource, quantity=quantity)
            with self.subTest(resource.name), freeze_time(LAPSED):
                hold.prolong(at(20))
                self.assertEqual(hold.state, "hold")
                self._refused(resource, at(10, 1), at(12, 1), quantity=quantity)
            with freeze_time(at(21)):
                self._ask(resource, at(10, 1), at(12, 1), quantity=quantity)
                with self.assertRaises(AllocationConflict):
                    hold.prolong(at(30))

    def test_hold_is_not_prolonged_into_the_past(self):
        hold = self._hold()
        with self.assertRaises(ValidationError):
            hold.prolong(NOW)
        self.assertEqual(hold.hold_until, at(12))

    def test_two_lapsed_holds_of_one_place_cannot_both_be_confirmed(self):
        first = self._hold()
        with freeze_time(LAPSED):
            second = self._ask(
                self.room, at(9, 1), at(11, 1), state="hold", hold_until=at(13)
            )
        with freeze_time(at(14)):
            with self.assertRaises(AllocationConflict):
                (first | second).confirm()
            first.confirm()
            with self.assertRaises(AllocationConflict):
                second.confirm()

    def test_job_tells_the_document_once(self):
        hold = self._hold(user_id=self.user.id)
        with freeze_time(LAPSED):
            self._ask(self.room, at(9, 1), at(11, 1))
            self.assertTrue(hold.lapse_pending)
            self._run_job("ir_cron_lapse")
            self.assertEqual(self._told(hold), self.user.partner_id)
            self._run_job("ir_cron_lapse")
            self.assertEqual(len(self._lapse_messages(hold)), 1)
            self.assertFalse(hold.lapse_pending)

    def _lapse_messages(self, hold):
        return self.env["mail.message"].search(
            [
                ("model", "=", hold._name),
                ("res_id", "=", hold.id),
                ("message_type", "=", "user_notification"),
            ]
        )

    def _told(self, hold):
        return self._lapse_messages(hold).notified_partner_ids

    def test_refused_confirmation_says_who_was_quicker(self):
        hold = self._hold()
        with freeze_time(LAPSED):
            self._ask(self.room, at(10, 1), at(12, 1), name="The quick one")
            with self.assertRaises(AllocationConflict) as caught:
                hold.confirm()
        self.assertEqual(caught.exception.verdicts[0].holders[0].label, "The quick one")

    def test_more_lapsed_holds_than_a_job_takes_at_once_free_their_thing(self):
        self.Allocation.allocate(
            [
                {
                    "resource_id": self.room.id,
                    "start": at(hour, 1),
                    "stop": at(hour + 1, 1),
                    "state": "hold",
                    "hold_until": at(12),
                }
                for hour in range(250)
            ]
        )
        with freeze_time(LAPSED):
            self._ask(self.room, at(0, 1), at(250, 1))

    def test_facts_are_not_held(self):
        with self.assertRaises(ValidationError):
            self._hold(self.chairs, kind="supply")
