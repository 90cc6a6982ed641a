import re
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import freeze_time, tagged

from odoo.addons.resource_allocation.exceptions import AllocationConflict
from odoo.addons.resource_allocation.models.resource_allocation import (
    STEPS,
    TRANSITIONS,
)
from odoo.addons.resource_allocation.tests.common import NOW, at

from .common import TripCase

CALLS = {
    "confirm": [],
    "prolong": [at(9)],
    "hand_out": [],
    "take_back": [],
    "close": [],
    "cancel": [],
    "reopen": ["Because"],
    "undo_hand_out": ["Because"],
    "expect_back": [at(9)],
    "make_ready": [],
    "hold_again": [at(9)],
    "change": [{"stop": at(11)}],
    "reschedule": [at(7), at(9)],
    "extend": [at(11)],
    "shift": [60],
    "reassign": [None],
    "resize": [1],
    "split": [1],
    "split_many": [[[1]]],
    "step": ["cancel"],
    "write": [{"name": "Mine now"}],
}
"""Every public method that changes a row, and what it is called with here."""
PARTS_OF = {
    "reschedule": "change", "extend": "change", "shift": "change",
    "reassign": "change", "resize": "change", "split": "split_many",
    "step": "cancel",
}  # fmt: skip
OPEN = {"hand_out", "take_back", "expect_back", "change"}
PORTER = {"hand_out", "take_back"}


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestDoor(TripCase):
    """Whoever changes a row that has a document asks the document."""

    def test_the_table_names_every_way_to_change_a_row(self):
        ways = {PARTS_OF.get(name, name) for name in CALLS}
        self.assertEqual(ways, STEPS)

    def test_the_documentation_has_the_table_of_states(self):
        page = Path(__file__).parents[4] / "docs" / "api.md"
        rows = re.findall(
            r"^\| `(\w+)\([^)]*\)` \| .+? \| (.*?) \| (.*?) \|$",
            page.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
        written = {
            name: (tuple(sources.split(", ")), tuple(targets.split(", ")))
            for name, sources, targets in rows
            if name in TRANSITIONS
        }
        self.assertEqual(written, {name: tuple(t) for name, t in TRANSITIONS.items()})

    def _allowed(self, method, state, login):
        step = PARTS_OF.get(method, method)
        if step not in OPEN:
            return False
        possible = step not in TRANSITIONS or state in TRANSITIONS[step].sources
        if step == "change":
            possible = state in ("hold", "reserved")
        rights = {"rider": OPEN, "ledger_manager": PORTER}.get(login, set())
        return possible and step in rights

    def _facts(self, trip):
        """All that must not change when something is refused."""
        self.env.invalidate_all()
        row = trip.allocation_id
        return (
            trip.read(["state", "start", "stop", "bike_id", "name"]),
            row.sudo().read(
                ["state", "start", "stop", "resource_id", "quantity", "name",
                 "partner_id", "hold_until", "at_risk", "actual_start", "expected_back"]
            ),
            len(row.message_ids), len(trip.message_ids),
            self.Allocation.search_count([]),
        )  # fmt: skip

    def test_every_method_and_role_on_rows_of_a_document(self):
        people = self.rider | self.user | self.manager | self.employee
        for state in ("hold", "reserved", "out", "done", "cancelled"):
            trip = self._trip_in(state)
            for method, arguments in CALLS.items():
                arguments = [
                    self.tandem.resource_id.id if one is None else one
                    for one in arguments
                ]
                for user in people:
                    with self.subTest(state=state, method=method, login=user.login):
                        self._try(trip, state, method, arguments, user)
            trip._ledger(trip.allocation_id)._trees()._store({"state": "expired"})

    def _try(self, trip, state, method, arguments, user):
        before = self._facts(trip)
        allowed = self._allowed(method, state, user.login)
        try:
            with self.env.cr.savepoint():
                row = trip.allocation_id.with_user(user)
                getattr(row, method)(*arguments)
                self.env.flush_all()
                # Of a single thing there is one: that is what it is resized to.
                self.assertEqual(self._facts(trip) == before, method == "resize")
                self._agree(trip)
                if allowed:
                    raise Undo
        except Undo:
            return
        except UserError as refusal:
            self.assertFalse(allowed, f"refused: {refusal}")
            self.assertEqual(self._facts(trip), before)
            return
        self.fail("This went through.")

    def _agree(self, trip):
        row = trip.allocation_id
        self.assertEqual(
            (trip.state, trip.start, trip.stop, trip.bike_id.resource_id),
            (row.state, row.start, row.stop, row.resource_id),
        )

    def test_rows_of_several_kinds_go_through_their_own_doors(self):
        trip, other = self._trip(7, 9), self._trip(7, 9, bike=self.tandem)
        plain = self._ask(self.laptop, at(7), at(9))
        rows = trip.allocation_id | plain | other.allocation_id
        rows.change([{"stop": at(hour)} for hour in (10, 11, 12)])
        self.assertEqual(rows.mapped("stop"), [at(10), at(11), at(12)])
        self.assertEqual((trip.stop, other.stop), (at(10), at(12)))
        with self.assertRaises(AccessError):
            rows.with_user(self.user).change({"stop": at(13)})
        self.assertEqual(plain.stop, at(11))

    def test_a_document_that_offers_nothing_keeps_all_to_itself(self):
        trip = self._trip(6, 8)
        with (
            patch.object(type(trip), "_allocation_steps", lambda trips: frozenset()),
            self.assertRaisesRegex(UserError, "do this there"),
        ):
            trip.allocation_id.with_user(self.rider).hand_out()

    def test_arguments_named_as_a_client_names_them(self):
        """Each document gets what is said of its own rows, in whatever way."""
        trip = self._trip(6, 8)
        mine = self._ask(self.chairs, at(6), at(8), quantity=5)
        rows = (trip.allocation_id | mine).with_user(self.env.user)
        with patch.object(type(trip), "_allocation_steps", lambda trips: STEPS):
            part = call_kw(rows, "split_many", [rows.ids], {"parts": [[], [2]]})
        self.assertEqual(self.Allocation.browse(part).quantity, 2)

    def test_corrections_stay_the_managers(self):
        trip = self._trip_in("done")
        with (
            patch.object(type(trip), "_allocation_steps", lambda trips: STEPS),
            self.assertRaises(AccessError),
        ):
            trip.allocation_id.with_user(self.rider).reopen("Because")

    def test_what_acts_in_sudo_asks_for_the_real_user(self):
        trip = self._trip(6, 8)
        with self.assertRaises(AccessError):
            trip.allocation_id.with_user(self.user).sudo().hand_out()

    def test_a_move_is_a_change_however_it_comes(self):
        trip = self._trip()
        row = trip.allocation_id.with_user(self.rider)
        row.write({"start": at(9)})
        self.assertEqual(trip.start, at(9))
        for vals in (
            {"calendar_stop": at(12), "name": "Mine"},
            {"user_id": self.user.id},
            {"partner_id": self.rider.partner_id.id},
        ):
            with self.subTest(vals), self.assertRaises(UserError):
                row.write(vals)
        self.assertEqual(trip.stop, at(10))

    def test_a_document_stays_while_its_promise_lives(self):
        trip = self._trip()
        trip.env.flush_all()
        with self.assertRaisesRegex(UserError, "cancel or end"):
            trip.with_context(_force_unlink=True).unlink()
        trip.with_user(self.rider).action_cancel()
        trip.unlink()

    def test_no_context_opens_the_door(self):
        trip = self._trip()
        for door in ("bike.trip", ["bike.trip"], {"model": "bike.trip"}, True):
            row = trip.allocation_id.with_user(self.manager)
            row = row.with_context(
                resource_document_door=door, resource_guarded_key=door
            )
            with self.subTest(door), self.assertRaises(UserError):
                row.cancel()
            with self.subTest(door), self.assertRaises(UserError):
                row.write({"state": "cancelled"})


class Undo(Exception):
    """Take back what was allowed."""


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestApproval(TripCase):
    """The ledger asks the document what it has business with, not the user's rights."""

    def test_people_without_rights_on_the_ledger_ask_by_their_document(self):
        self.assertFalse(self.Allocation.with_user(self.rider).has_access("write"))
        trip = self._trip(8, 10).with_user(self.rider)
        trip.write({"stop": at(11)})
        row = trip.allocation_id.sudo()
        self.assertEqual((row.stop, row.state), (at(11), "reserved"))
        trip.action_cancel()
        self.assertEqual(row.state, "cancelled")

    def test_refusals_are_worded_for_who_asks_also_below_sudo(self):
        self._trip(8, 10)
        other = self._user("walker", "base.group_user", email="w@example.com")
        vals = {
            "name": "Mine", "rider_id": other.id, "bike_id": self.bike.id,
            "start": at(9), "stop": at(10),
        }  # fmt: skip
        trip = self.env["bike.trip"].with_user(other).create(vals)
        for asking in (trip, trip.sudo()):
            with self.assertRaises(AllocationConflict) as caught:
                asking.action_book()
            self.assertIn("busy", str(caught.exception))
            self.assertNotIn("secret", str(caught.exception))

    def test_not_for_what_the_document_has_no_business_with(self):
        trip = self._trip(8, 10).with_user(self.rider)
        asked = trip._prepare_allocation()
        for ledger in (trip._ledger(), trip.sudo()._ledger()):
            for more in ({"resource_id": self.laptop.id}, {"quantity": 2}):
                with self.assertRaises(UserError):
                    ledger.allocate(
                        [{**asked, "start": at(12), "stop": at(13), **more}]
                    )
            with self.assertRaises(AccessError):
                ledger.browse(trip.allocation_id.id).change(
                    {"resource_id": self.laptop.id}
                )

    def test_unless_overridden_the_users_own_rights_count(self):
        trip = self._trip(8, 10).with_user(self.rider)
        mine = self.env["bike.trip"].create(
            {
                "name": "Mine", "rider_id": self.user.id, "bike_id": self.bike.id,
                "start": at(12), "stop": at(13),
            }
        ).with_user(self.user)  # fmt: skip
        unless = self.registry["resource.document.mixin"]._allocation_approve
        with patch.object(type(trip), "_allocation_approve", unless):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                trip.write({"stop": at(11)})
            mine.action_book()
            mine.write({"stop": at(14)})
            block = {**mine._prepare_allocation(), "kind": "block"}
            with self.assertRaisesRegex(AccessError, "blocks"):
                mine._ledger().allocate([block])
        self.assertEqual(mine.allocation_id.sudo().stop, at(14))

    def test_not_by_rpc_for_a_bike_that_is_not_the_users_to_know(self):
        trip = self._trip(8, 10)
        self.env["ir.rule"].create(
            {
                "name": "Tandems are the board's",
                "model_id": self.env["ir.model"]._get_id("bike.bike"),
                "domain_force": f"[('id', '!=', {self.tandem.id})]",
            }
        )
        as_rider = trip.with_user(self.rider)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_kw(as_rider, "write", [trip.ids, {"bike_id": self.tandem.id}], {})
        self.env.invalidate_all()
        self.assertEqual(trip.bike_id, self.bike)
        self.assertEqual(trip.allocation_id.resource_id, self.bike.resource_id)
