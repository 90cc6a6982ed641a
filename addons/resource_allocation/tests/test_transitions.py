from itertools import product

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from ..models.resource_allocation import TRANSITIONS
from .common import NOW, LedgerCase, at

STATES = ("hold", "reserved", "out", "done", "expired", "cancelled")
# What time decides beside the state, test_holds and test_facts are about.
METHODS = {
    method: transition
    for method, transition in TRANSITIONS.items()
    if method != "close"
}
ARGUMENTS = {
    "prolong": [at(9)],
    "reopen": ["because"],
    "undo_hand_out": ["because"],
    "expect_back": [at(9)],
    "hold_again": [at(9)],
}


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestTransitions(LedgerCase):
    """One table of transitions; every other change is refused."""

    def _in_state(self, state):
        hour = self.Allocation.search_count([]) * 2
        vals = {"state": "hold", "hold_until": at(8)} if state == "hold" else {}
        allocation = self._ask(self.laptop, at(hour), at(hour + 1), **vals)
        if state in ("out", "done"):
            allocation.reschedule(at(6, -hour - 1), at(7, -hour - 1))
            allocation.hand_out(at(6, -hour - 1))
        if state == "done":
            allocation.take_back(at(6.5, -hour - 1))
        if state == "cancelled":
            allocation.cancel()
        if state == "expired":
            allocation._store({"state": "expired"})
        self.assertEqual(allocation.state, state)
        return allocation

    def test_every_illegal_transition_is_refused(self):
        for state, (method, (sources, _targets)) in product(STATES, METHODS.items()):
            if state in sources:
                continue
            with self.subTest(state=state, method=method):
                allocation = self._in_state(state)
                with self.assertRaises(UserError):
                    getattr(allocation, method)(*ARGUMENTS.get(method, []))
                self.assertEqual(allocation.state, state)
                if state == "out":
                    allocation.take_back()

    def test_every_legal_transition_is_made(self):
        for method, (sources, targets) in METHODS.items():
            for state in sources:
                with self.subTest(state=state, method=method):
                    allocation = self._in_state(state)
                    getattr(allocation, method)(*ARGUMENTS.get(method, []))
                    self.assertIn(allocation.state, targets)
                    allocation._trees()._store({"state": "cancelled"})

    def test_state_cannot_be_typed(self):
        allocation = self._ask(self.room, at(8), at(9))
        for vals in (
            {"state": "out"},
            {"live": False},
            {"at_risk": True},
            {"exclusive": False},
            {"blocked_stop": at(20)},
            {"hold_until": at(20)},
            {"actual_start": at(6)},
            {"root_id": allocation.id},
        ):
            with self.subTest(vals), self.assertRaises(UserError):
                allocation.with_user(self.manager).write(vals)

    def test_state_cannot_be_smuggled_in(self):
        self._ask(self.room, at(8), at(9))
        forged = {
            "resource_id": self.room.id,
            "start": at(8),
            "stop": at(9),
            "live": False,
            "at_risk": True,
            "exclusive": False,
            "blocked_start": at(1),
            "blocked_stop": at(2),
        }
        with self.assertRaises(ValidationError):
            self.Allocation.with_user(self.user).create(forged)

    def test_corrections_keep_user_and_reason(self):
        allocation = self._ask(self.laptop, at(6), at(9), user=self.manager)
        allocation.hand_out()
        allocation.undo_hand_out("Wrong laptop scanned")
        self.assertEqual(
            (allocation.state, allocation.actual_start), ("reserved", False)
        )
        message = allocation.message_ids[0]
        self.assertIn("Wrong laptop scanned", message.body)
        self.assertEqual(message.author_id, self.manager.partner_id)

    def test_corrections_are_the_managers_and_need_a_reason(self):
        allocation = self._ask(self.laptop, at(6), at(9), user=self.user)
        allocation.hand_out()
        with self.assertRaises(AccessError):
            allocation.undo_hand_out("because")
        with self.assertRaises(ValidationError):
            allocation.with_user(self.manager).undo_hand_out("  ")

    def test_reopening_is_refused_when_the_place_was_given_away(self):
        allocation = self._ask(self.room, at(8), at(9))
        allocation.cancel()
        self._ask(self.room, at(8), at(9))
        with self.assertRaises(ValidationError):
            allocation.reopen("The customer came after all")

    def test_allocations_are_never_deleted_by_users(self):
        allocation = self._ask(self.room, at(8), at(9), user=self.user)
        with self.assertRaises(AccessError):
            allocation.unlink()
        with self.assertRaises(AccessError):
            allocation.with_user(self.manager).unlink()
