from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import NOW, USER, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestFacts(LedgerCase):
    """Invariant 1, second half: facts are recorded, and set others at risk."""

    def test_invariant_1_block_is_recorded_over_a_promise(self):
        promise = self._ask(self.room, at(9), at(11))
        self._ask(self.room, at(10), at(12), kind="block")
        self.assertTrue(promise.at_risk)
        self.assertEqual(promise.display_state, "at_risk")
        self.assertEqual(self._refused(self.room, at(11), at(12)).code, "blocked")

    def test_block_beside_a_promise_leaves_it_alone(self):
        promise = self._ask(self.room, at(9), at(11))
        self._ask(self.room, at(11), at(12), kind="block")
        self.assertFalse(promise.at_risk)

    def test_planned_block_may_ask_to_be_refused(self):
        self._ask(self.room, at(9), at(11))
        block = {"resource_id": self.room.id, "kind": "block"}
        with self.assertRaises(AllocationConflict):
            self.Allocation.allocate(
                [{**block, "start": at(10), "stop": at(12)}], refuse_facts=True
            )
        self.Allocation.allocate(
            [{**block, "start": at(11), "stop": at(12)}], refuse_facts=True
        )

    def test_smaller_pool_puts_the_latest_booked_at_risk(self):
        first = self._ask(self.chairs, at(9), at(11), quantity=4)
        second = self._ask(self.chairs, at(8), at(10), quantity=4)
        elsewhere = self._ask(self.chairs, at(12), at(13), quantity=4)
        self.chairs.capacity = 7
        self.assertEqual((first | second | elsewhere).filtered("at_risk"), second)
        self.chairs.capacity = 3
        self.assertEqual(
            (first | second | elsewhere).filtered("at_risk"), first | second | elsewhere
        )
        self.chairs.capacity = 8
        self.assertFalse((first | second | elsewhere).filtered("at_risk"))

    def test_smaller_promise_that_still_fits_keeps_its_place(self):
        large = self._ask(self.chairs, at(9), at(11), quantity=6)
        small = self._ask(self.chairs, at(9), at(11), quantity=2)
        self.chairs.capacity = 3
        self.assertTrue(large.at_risk)
        self.assertFalse(small.at_risk)

    def test_supply_counts_for_its_period_and_its_end_is_a_fact(self):
        supply = self._ask(self.chairs, at(9), at(12), quantity=5, kind="supply")
        self.assertEqual(self._free(self.chairs, at(9), at(12)), 15)
        self.assertEqual(self._free(self.chairs, at(8), at(12)), 10)
        promise = self._ask(self.chairs, at(10), at(12), quantity=12)
        supply.reschedule(at(9), at(11))
        self.assertTrue(promise.at_risk)
        supply.reschedule(at(9), at(12))
        self.assertFalse(promise.at_risk)
        supply.cancel("The vendor withdrew")
        self.assertTrue(promise.at_risk)

    def test_freeing_gives_the_place_to_who_was_at_risk(self):
        first = self._ask(self.chairs, at(9), at(11), quantity=6)
        second = self._ask(self.chairs, at(9), at(11), quantity=4)
        self.chairs.capacity = 6
        self.assertTrue(second.at_risk)
        first.cancel()
        self.assertFalse(second.at_risk)

    def test_what_only_frees_never_fails(self):
        promise = self._ask(self.chairs, at(9), at(13), quantity=8)
        self.chairs.capacity = 2
        promise.reschedule(at(10), at(12))
        promise.resize(6)
        part = promise.split(2)
        self.assertEqual((promise.quantity, part.quantity), (4, 2))
        self.assertEqual(part.parent_id, promise)
        self.assertTrue(promise.at_risk)
        with self.assertRaises(AllocationConflict):
            promise.reschedule(at(10), at(13))

    def test_block_lifted_early_frees(self):
        block = self._ask(self.room, at(6), None, kind="block")
        self._refused(self.room, at(9), at(11))
        block.close()
        self._ask(self.room, at(9), at(11))

    def test_responsible_gets_an_activity_in_own_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.user.lang = "de_DE"
        promise = self._ask(self.room, at(9), at(11), user=self.user)
        self._ask(self.room, at(9), at(11), kind="block")
        activity = promise.sudo().activity_ids
        self.assertEqual(activity.user_id, self.user)
        self.assertIn("Aula", activity.summary)
        self._ask(self.room, at(9), at(10), kind="block")
        self.assertEqual(len(promise.sudo().activity_ids), 1, "told once")

    def test_what_is_at_risk_is_named_as_text(self):
        """A name is nobody's markup in the activity's HTML."""
        promise = self._ask(self.room, at(9), at(11), user=self.user)
        promise.name = "<img src=x onerror=alert(1)>"
        self._ask(self.room, at(9), at(11), kind="block")
        note = promise.sudo().activity_ids.note
        self.assertIn("&lt;img", note)
        self.assertNotIn("<img", note)

    def test_facts_are_the_managers(self):
        with self.assertRaises(AccessError):
            self._ask(self.room, at(9), at(11), kind="block", user=self.user)
        block = self._ask(self.room, at(9), at(11), kind="block", user=self.manager)
        with self.assertRaises(AccessError):
            block.with_user(self.user).cancel()
        with self.assertRaises(AccessError):
            block.with_user(self.user).reschedule(at(9), at(10))

    def test_facts_of_single_resources_are_also_those_peoples_who_manage_them(self):
        self.room.manager_ids = self.user
        block = self._ask(self.room, at(9), at(11), kind="block", user=self.user)
        self.assertTrue(block.can_lift)
        block.with_user(self.user).reschedule(at(9), at(12))
        for call in (
            lambda: self._ask(self.studio, at(9), at(11), kind="block", user=self.user),
            lambda: block.with_user(self.user).reassign(self.studio),
            lambda: block.with_user(self._user("ledger_other", USER)).close(),
        ):
            with self.assertRaises(AccessError):
                call()
        self.assertEqual((block.resource_id, block.live), (self.room, True))
        block.with_user(self.user).close()
        self.assertEqual(block.state, "done")
        with self.assertRaises(AccessError):
            self.studio.with_user(self.user).manager_ids = self.user

    def test_facts_of_combinations_and_units_need_their_parts(self):
        both = self._thing(
            "Both", component_ids=[(6, 0, (self.room | self.studio).ids)]
        )
        _pool, (unit, _other) = self._pool_with_units()
        (both | unit).manager_ids = self.user
        with self.assertRaises(AccessError):
            self._ask(both, at(9), at(11), kind="block", user=self.user)
        block = self._ask(unit, at(9), at(11), kind="block", user=self.user)
        self.assertTrue(block.can_lift)
        block.with_user(self.user).close()
        (self.room | self.studio).manager_ids = self.user
        self._ask(both, at(9), at(11), kind="block", user=self.user)

    def test_moving_a_promise_at_risk_has_to_find_it_a_place(self):
        promise = self._ask(self.room, at(9), at(11))
        self._ask(self.room, at(9), at(10), kind="block")
        with self.assertRaises(AllocationConflict):
            promise.reschedule(at(9), at(12))
        promise.reschedule(at(10), at(12))
        self.assertFalse(promise.at_risk)
        self._refused(self.room, at(11), at(13))

    def test_what_is_at_risk_can_be_given_up(self):
        promise = self._ask(self.room, at(9), at(11))
        self._ask(self.room, at(9), at(11), kind="block")
        promise.cancel()
        self.assertEqual((promise.state, promise.at_risk), ("cancelled", False))

    def test_block_on_a_combination_is_a_fact_for_its_atoms(self):
        both = self._thing(
            "Both", component_ids=[(6, 0, (self.room | self.studio).ids)]
        )
        promise = self._ask(self.studio, at(9), at(11))
        block = self._ask(both, at(9), at(11), kind="block")
        self.assertTrue(promise.at_risk)
        with self.assertRaises(AccessError):
            block.with_user(self.user).cancel()
        block.reschedule(at(10), at(12))
        self.assertTrue(promise.at_risk)
        block.close()
        self.assertFalse(promise.at_risk)

    def test_combination_is_at_risk_as_long_as_one_atom_is(self):
        both = self._thing(
            "Both", component_ids=[(6, 0, (self.room | self.studio).ids)]
        )
        promise = self._ask(both, at(9), at(11))
        first = self._ask(self.room, at(9), at(11), kind="block")
        second = self._ask(self.studio, at(9), at(11), kind="block")
        first.close()
        self.assertTrue(promise.at_risk)
        second.close()
        self.assertFalse(promise.at_risk)

    def test_archived_things_can_still_be_given_up_in_part(self):
        promise = self._ask(self.chairs, at(9), at(12), quantity=4)
        self.chairs.active = False
        promise.resize(2)
        promise.reschedule(at(9), at(11))
        self.assertEqual((promise.quantity, promise.stop), (2, at(11)))

    def test_facts_of_a_batch_count_for_its_promises(self):
        promise = {"resource_id": self.room.id, "start": at(9), "stop": at(11)}
        with self.assertRaises(AllocationConflict) as caught:
            self.Allocation.allocate([promise, {**promise, "kind": "block"}])
        self.assertEqual(caught.exception.verdicts[0].index, 0)
        chairs = {"resource_id": self.chairs.id, "start": at(9), "stop": at(11)}
        self.Allocation.allocate(
            [{**chairs, "quantity": 15}, {**chairs, "quantity": 5, "kind": "supply"}]
        )

    def test_the_list_says_why_a_promise_is_at_risk(self):
        blocked = self._ask(self.room, at(9), at(11))
        self._ask(self.room, at(10), at(12), kind="block")
        few = self._ask(self.chairs, at(9), at(11), quantity=4)
        self.chairs.capacity = 3
        self._ask(self.laptop, at(6), at(8)).hand_out()
        waiting = self._ask(self.laptop, at(8), at(14))
        with freeze_time(at(9)):
            self._run_job("ir_cron_look_after")
            reasons = (blocked | few | waiting).mapped("risk_reason")
        self.assertRegex(reasons[0], "^Blocked")
        self.assertEqual(reasons[1:], ["Too few pieces", "Laptop is not back yet"])
        self.assertFalse(self._ask(self.studio, at(9), at(10)).risk_reason)
