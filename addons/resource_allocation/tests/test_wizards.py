from datetime import datetime

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from ..models.resource_allocation import LIVE_STATES, TRANSITIONS
from ..models.resource_allocation_screens import BUTTONS
from .common import NOW, LedgerCase, at
from .test_transitions import STATES


@freeze_time(NOW)
class TestButtons(LedgerCase):
    """What a form offers is what the ledger would do."""

    def _in_state(self, state):
        """A promise of the laptop in that state."""
        vals = {"hold_until": at(1, day=9)} if state in ("hold", "expired") else {}
        if vals:
            vals["state"] = "hold"
        promise = self._ask(self.laptop, at(6), at(8), **vals)
        if state in ("out", "done"):
            promise.hand_out(at(6))
        if state == "done":
            promise.take_back(at(6))
        if state == "cancelled":
            promise.cancel()
        if state == "expired":
            promise._trees()._store({"state": "expired", "live": False})
        self.assertEqual(promise.state, state)
        return promise

    def test_buttons_are_the_table_of_transitions(self):
        for state in STATES:
            promise = self._in_state(state).with_user(self.manager)
            for method in BUTTONS:
                with self.subTest(state=state, method=method):
                    self.assertEqual(
                        promise[f"can_{method}"], state in TRANSITIONS[method].sources
                    )
            self.assertEqual(promise.can_change, state in LIVE_STATES)
            promise._trees()._store({"state": "cancelled"})

    def test_every_button_does_what_it_says(self):
        steps = {
            "confirm": (lambda promise: promise.action_confirm(), "reserved"),
            "hand_out": (lambda promise: promise.action_hand_out(), "out"),
            "take_back": (lambda promise: promise.action_take_back(), "done"),
            "cancel": (lambda promise: promise.cancel(), "cancelled"),
            "reopen": (lambda promise: promise.reopen("By mistake"), None),
            "undo_hand_out": (lambda p: p.undo_hand_out("By mistake"), "reserved"),
        }
        for method in BUTTONS:
            for state in TRANSITIONS[method].sources:
                with self.subTest(state=state, method=method):
                    promise = self._in_state(state).with_user(self.manager)
                    step, becomes = steps[method]
                    step(promise)
                    self.assertIn(promise.state, [becomes] if becomes else LIVE_STATES)
                    promise._trees()._store({"state": "cancelled"})

    def test_screens_offer_steps_of_the_table(self):
        """In lists' headers, where no state hides a button, only such as refuse."""
        offered = set()
        for view in self.env["ir.ui.view"].search(
            [("model", "=", "resource.allocation"), ("type", "in", ("list", "form"))]
        ):
            arch = etree.fromstring(view.arch)
            offered |= set(arch.xpath("//header/button[@type='object']/@name"))
        steps = {f"action_{method}" for method in BUTTONS}
        self.assertLessEqual(set(BUTTONS), TRANSITIONS.keys())
        self.assertLessEqual(steps, offered)
        made_of = {
            "action_take_back_at", "action_expect_back", "action_lift",
            "action_change", "action_split", "action_relocate", "action_make_ready",
        }  # fmt: skip
        self.assertEqual(offered - steps - made_of, set())

    def test_corrections_are_the_managers(self):
        promise = self._in_state("out")
        self.assertFalse(promise.with_user(self.user).can_undo_hand_out)
        self.assertTrue(promise.with_user(self.user).can_take_back)

    def test_leaves_have_no_buttons(self):
        _pool, (unit, _other) = self._pool_with_units()
        promise = self._ask(unit, at(6), at(8))
        self.assertFalse(promise.leaf_ids.with_user(self.manager).can_cancel)

    def test_employee_is_offered_nothing(self):
        promise = self._ask(self.laptop, at(6), at(8), user_id=self.employee.id)
        promise = promise.with_user(self.employee)
        self.assertFalse(any(promise[f"can_{method}"] for method in BUTTONS))

    def test_blocks_are_ended_by_managers(self):
        block = self._ask(self.room, at(6), at(8), kind="block")
        self.assertTrue(block.with_user(self.manager).can_lift)
        self.assertFalse(block.with_user(self.user).can_lift)
        self.assertFalse(block.with_user(self.manager).can_hand_out)
        self.assertEqual(block.situation_text, "Block")
        block.with_user(self.manager).action_lift()
        self.assertEqual(block.state, "done")


@freeze_time(NOW)
class TestForms(LedgerCase):
    """New promises by form, and the dialogs of the buttons."""

    def _dialog(self, action, user=None):
        Dialog = self.env[action["res_model"]].with_context(**action["context"])
        return Form(Dialog.with_user(user or self.user))

    def test_form_reserves_or_holds(self):
        view = "resource_allocation.resource_allocation_view_form"
        with Form(self.Allocation.with_user(self.user), view) as form:
            form.resource_id = self.room
            form.start, form.stop = at(8), at(9)
        self.assertEqual(form.record.state, "reserved")
        with Form(self.Allocation.with_user(self.user), view) as form:
            form.resource_id = self.studio
            form.start, form.stop = at(8), at(9)
            form.hold_until = at(7)
        self.assertEqual(form.record.state, "hold")

    def test_form_warns_before_it_refuses(self):
        self._ask(self.room, at(8), at(9), name="Choir")
        view = "resource_allocation.resource_allocation_view_form"
        form = Form(self.Allocation.with_user(self.user), view)
        form.resource_id = self.room
        form.start, form.stop = at(8), at(10)
        self.assertIn("Choir", form.refusal)
        with self.assertRaises(AllocationConflict):
            form.save()
        form.start = at(9)
        self.assertFalse(form.refusal)

    def test_calendar_drags(self):
        promise = self._ask(self.room, at(8), at(9)).with_user(self.user)
        promise.write({"start": at(10), "calendar_stop": at(12)})
        self.assertEqual((promise.start, promise.stop), (at(10), at(12)))
        block = self._ask(self.room, at(20), None, kind="block")
        shown = self.Allocation.search(
            [("start", "<=", at(0, 30)), ("calendar_stop", ">=", at(0, 29))]
        )
        self.assertIn(block, shown, "an open end reaches into every month")

    def test_take_back_some(self):
        drills = self._thing("Drills", exclusive=False, capacity=5, release="return")
        promise = self._ask(drills, at(5), at(9), quantity=5, user=self.user)
        promise.hand_out(at(5))
        dialog = self._dialog(promise.action_take_back())
        self.assertEqual(dialog.quantity, 5)
        dialog.quantity = 2
        dialog.save().action_apply()
        self.assertEqual((promise.state, promise.quantity), ("out", 3))
        back = promise.search([("parent_id", "=", promise.id)])
        self.assertEqual((back.state, back.quantity), ("done", 2))

    def test_take_back_several_whole(self):
        drills = self._thing("Drills", exclusive=False, capacity=5, release="return")
        promises = self._ask(drills, at(5), at(9), quantity=2, user=self.user)
        promises |= self._ask(drills, at(5), at(9), quantity=3, user=self.user)
        promises.hand_out(at(5))
        self._dialog(promises.action_take_back_at()).save().action_apply()
        self.assertEqual(promises.mapped("state"), ["done", "done"])

    def test_reasons_are_kept(self):
        promise = self._ask(self.laptop, at(6), at(8), user=self.manager)
        dialog = self._dialog(promise.action_cancel(), self.manager)
        dialog.reason = "Fell ill"
        dialog.save().action_apply()
        self.assertEqual(promise.state, "cancelled")
        self.assertIn("Fell ill", promise.message_ids[0].body)
        dialog = self._dialog(promise.action_reopen(), self.manager)
        with self.assertRaisesRegex(AssertionError, "reason"):
            dialog.save()
        dialog.reason = "Well again"
        dialog.save().action_apply()
        self.assertEqual(promise.state, "reserved")

    def test_change_says_why_not_and_applies_at_once(self):
        self._ask(self.studio, at(9), at(10), name="Recording")
        promise = self._ask(self.room, at(8), at(9), user=self.user)
        dialog = self._dialog(promise.action_change())
        self.assertFalse(dialog.verdict)
        dialog.resource_id = self.studio
        dialog.stop = at(10)
        self.assertIn("Recording", dialog.verdict)
        dialog.start, dialog.stop = at(10), at(12)
        self.assertFalse(dialog.verdict)
        dialog.save().action_apply()
        self.assertEqual(promise.resource_id, self.studio)
        self.assertEqual((promise.start, promise.stop), (at(10), at(12)))

    def test_split(self):
        promise = self._ask(self.chairs, at(8), at(9), quantity=6, user=self.user)
        dialog = self._dialog(promise.action_split())
        dialog.quantity = 2
        part = self.Allocation.browse(dialog.save().action_apply()["res_id"])
        self.assertEqual((promise.quantity, part.quantity), (4, 2))
        self.assertEqual(part.parent_id, promise)

    def test_expected_back_puts_others_at_risk(self):
        late = self._ask(self.laptop, at(1), at(5), user=self.user)
        late.hand_out(at(1))
        after = self._ask(self.laptop, at(8), at(10))
        dialog = self._dialog(late.action_expect_back())
        dialog.when = at(9)
        dialog.save().action_apply()
        self.assertTrue(after.at_risk)


@freeze_time(NOW)
class TestRelocation(LedgerCase):
    """Promises that lost their place find another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.promises = cls.Allocation.allocate(
            [
                {"resource_id": cls.room.id, "start": at(8), "stop": at(10)},
                {"resource_id": cls.room.id, "start": at(12), "stop": at(14)},
            ]
        )
        cls.Allocation.allocate(
            [
                {
                    "resource_id": cls.room.id,
                    "kind": "block",
                    "name": "Burst pipe",
                    "start": at(7),
                    "stop": at(18),
                }
            ]
        )

    def _dialog(self, promises):
        action = promises.with_user(self.user).action_relocate()
        return (
            self.env[action["res_model"]].with_user(self.user).browse(action["res_id"])
        )

    def test_says_why_and_proposes(self):
        dialog = self._dialog(self.promises)
        self.assertEqual(dialog.line_ids.allocation_id, self.promises)
        self.assertEqual(dialog.open_count, 2)
        for line in dialog.line_ids:
            self.assertIn("Burst pipe", line.why)
            self.assertTrue(line.proposals)
        elsewhere = [
            proposal
            for proposal in dialog.line_ids[0].proposals
            if proposal["resource_id"] == self.studio.id
        ]
        self.assertEqual(
            [(p["start"], p["stop"]) for p in elsewhere],
            [("2027-03-01 08:00:00", "2027-03-01 10:00:00")],
        )

    def test_moves_one_then_the_rest(self):
        dialog = self._dialog(self.promises)
        first, second = dialog.line_ids
        first.proposal = next(
            number
            for number, proposal in enumerate(first.proposals)
            if proposal["resource_id"] == self.studio.id
        )
        first.action_apply()
        self.assertTrue(first.done)
        self.assertEqual(first.allocation_id.resource_id, self.studio)
        self.assertFalse(first.allocation_id.at_risk)
        self.assertTrue(second.allocation_id.at_risk)
        dialog.action_apply()
        self.assertEqual(self.promises.mapped("at_risk"), [False, False])

    def test_its_own_time_is_not_in_its_way(self):
        """Half an hour later is free, but for the very promise that moves there."""
        self.studio.active = self.laptop.active = False
        self.promises[0].with_user(self.user).cancel()
        promise = self.promises[1]
        block = self.Allocation.search([("name", "=", "Burst pipe")])
        block.write({"start": at(11), "stop": at(13)})
        [line] = self._dialog(promise).line_ids
        self.assertEqual(line.proposals[0]["start"], str(at(13)))

    def test_holds_are_relocated_too(self):
        hold = self._ask(self.studio, at(8), at(10), state="hold", hold_until=at(7))
        self._ask(self.studio, at(9), at(11), kind="block")
        [line] = self._dialog(hold).line_ids
        self.assertEqual(line.proposals[0]["start"], str(at(11)))
        line.action_apply()
        self.assertEqual((hold.start, hold.state), (at(11), "hold"))

    def test_not_to_several_things_at_once(self):
        self._thing("More chairs", exclusive=False, capacity=9)
        row = self._ask(self.chairs, at(8), None, quantity=10)
        self._ask(self.chairs, at(8), at(9), quantity=8, kind="block")
        verdict = self._refused(self.chairs, at(8), None, quantity=10)
        self.assertFalse(verdict.proposals)
        [line] = self._dialog(row).line_ids
        self.assertFalse(line.proposals)
        self.assertEqual(line.proposal, -1)

    def test_leaves_what_is_left(self):
        dialog = self._dialog(self.promises)
        dialog.line_ids.proposal = -1
        dialog.action_apply()
        self.assertEqual(self.promises.mapped("at_risk"), [True, True])
        self.assertEqual(self.promises[0].start, at(8))

    def test_refuses_what_was_taken_meanwhile(self):
        dialog = self._dialog(self.promises[0])
        line = dialog.line_ids
        chosen = line.proposals[line.proposal]
        self._ask(
            self.room.browse(chosen["resource_id"]),
            datetime.fromisoformat(chosen["start"]),
            datetime.fromisoformat(chosen["stop"]),
        )
        with self.assertRaises(AllocationConflict):
            dialog.action_apply()

    def test_employees_cannot(self):
        with self.assertRaises(AccessError):
            self.env["resource.allocation.relocate"].with_user(self.employee).create({})

    def test_states_offered(self):
        self.assertTrue(self.promises[0].with_user(self.user).can_relocate)
        self.promises[0].cancel()
        self.assertFalse(self.promises[0].with_user(self.user).can_relocate)
