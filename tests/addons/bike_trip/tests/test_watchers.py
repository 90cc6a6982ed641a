from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.resource_allocation.tests.common import NOW, at

from .common import TripCase


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestWatchers(TripCase):
    """Rules of automation and other overrides see what happens, each once."""

    def _rule(self, state, code, trigger="on_state_set"):
        """An automation rule for rows that come into ``state``."""
        model = self.env["ir.model"]._get("resource.allocation")
        field = self.env["ir.model.fields"]._get("resource.allocation", "state")
        selection = field.selection_ids.filtered(lambda one: one.value == state)
        rule = self.env["base.automation"].create(
            {
                "name": f"On {state}",
                "model_id": model.id,
                "trigger": trigger,
                "trg_selection_field_id": selection.id,
                "trigger_field_ids": [(6, 0, field.ids)],
                "filter_domain": f"[('state', '=', '{state}')]",
                "action_server_ids": [
                    (0, 0, {
                        "name": f"On {state}", "model_id": model.id,
                        "state": "code", "code": code,
                    })
                ],
            }
        )  # fmt: skip
        self.addCleanup(self.env["base.automation"]._unregister_hook)
        return rule

    def _count(self, state):
        """A rule that leaves a mark on the row; the marks of a row."""
        self._rule(state, f"record.message_post(body='MARK {state}')")
        return lambda row: len(
            row.message_ids.filtered(lambda m: f"MARK {state}" in m.body)
        )

    def test_rule_fires_once_for_what_is_booked_by_form_and_by_call(self):
        marks = self._count("reserved")
        with Form(self.Allocation) as form:
            form.resource_id = self.room
            form.start, form.stop = at(8), at(9)
        self.assertEqual(marks(form.record), 1)
        self.assertEqual(marks(self._ask(self.room, at(9), at(10))), 1)
        self.assertEqual(marks(self._trip().allocation_id), 1)

    def test_rule_fires_once_for_each_step(self):
        out, done, cancelled = map(self._count, ("out", "done", "cancelled"))
        row = self._ask(self.laptop, at(6), at(9))
        row.hand_out()
        row.take_back()
        self.assertEqual((out(row), done(row)), (1, 1))
        trip = self._trip(6, 9)
        trip._ledger(trip.allocation_id).hand_out()
        self.assertEqual(out(trip.allocation_id), 1)
        other = self._trip(12, 13)
        other.with_user(self.rider).action_cancel()
        self.assertEqual(cancelled(other.allocation_id), 1)

    def test_rule_fires_once_for_a_hold_that_lapses(self):
        marks = self._count("expired")
        mine = self._ask(self.room, at(8), at(9), state="hold", hold_until=at(7))
        met = self._ask(self.studio, at(8), at(9), state="hold", hold_until=at(7))
        with freeze_time(at(7.5)):
            # Somebody else's request meets one of them before the job does.
            self._ask(self.studio, at(8), at(9))
            self.assertEqual(marks(met), 0)
            self._run_job("ir_cron_lapse")
            self._run_job("ir_cron_lapse")
        self.assertEqual((marks(mine), marks(met)), (1, 1))
        self.assertEqual((mine.state, mine.live), ("expired", False))

    def test_rule_that_writes_the_state_is_refused(self):
        self._rule("out", "record.write({'state': 'done'})")
        row = self._ask(self.laptop, at(6), at(9))
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            row.hand_out()
        self.assertEqual(row.state, "reserved")

    def test_rule_does_not_get_through_the_documents_door(self):
        held = self._trip_in_hold()
        self._rule("reserved", "record.cancel()")
        with self.assertRaisesRegex(UserError, "do this there"):
            held._ledger(held.allocation_id).confirm()
        with self.assertRaisesRegex(UserError, "do this there"):
            self._trip(12, 13)

    def test_document_that_fails_stops_nobody_else(self):
        failing, other = self._trip(6, 8), self._ask(self.room, at(6), at(8))
        document = type(self.env["bike.trip"])

        def fail(*args):
            raise ValueError("A stranger's mistake")

        with (
            patch.object(document, "_allocation_at_risk", fail),
            mute_logger("odoo.addons.resource_allocation.jobs"),
        ):
            block = self._ask(self.bike.resource_id, at(7), at(9), kind="block")
        self.assertTrue(block.live and failing.allocation_id.at_risk)
        hold = self._trip_in_hold()
        with (
            patch.object(document, "_allocation_expired", fail),
            mute_logger(
                "odoo.addons.resource_allocation.jobs",
                # The scheduler says that the job got nowhere, rightly.
                "odoo.addons.base.models.ir_cron",
            ),
            freeze_time(at(9)),
        ):
            self._run_job("ir_cron_lapse")
            self._run_job("ir_cron_look_after")
        self.assertTrue(hold.allocation_id.lapse_pending)
        self.assertEqual(other.state, "done")
        with freeze_time(at(9)):
            self._run_job("ir_cron_lapse")
        self.assertFalse(hold.allocation_id.lapse_pending)

    def _trip_in_hold(self):
        trip = self._trip(7, 8, bike=self.tandem)
        row = trip._ledger(trip.allocation_id)
        row._store({"state": "hold", "hold_until": at(7)})
        return trip

    def test_what_was_rolled_back_is_not_told(self):
        trip = self._trip()

        def try_again(trips, changes):
            with suppress(UserError), self.env.cr.savepoint():
                self._ask(self.room, at(9), at(10))
                raise UserError("Not this one")

        document = type(self.env["bike.trip"])
        with patch.object(document, "_allocation_changed", try_again):
            trip._ledger(trip.allocation_id).change({"stop": at(11)})
        self.assertEqual(trip.allocation_id.stop, at(11))
        self.assertFalse(self.room.allocation_ids)

    def test_document_is_told_once_for_each_method_what_was_before(self):
        trip = self._trip()
        told = []
        document = type(self.env["bike.trip"])
        with patch.object(
            document,
            "_allocation_changed",
            lambda trips, changes: told.append(
                {row.id: dict(before) for row, before in changes.items()}
            ),
        ):
            row = trip._ledger(trip.allocation_id)
            row.change({"stop": at(12)})
            # Early: the period grows and the state changes, in one method.
            with freeze_time(at(7.5)):
                row.hand_out(at(7))
                row.take_back(at(7.5))
            self._ask(self.bike.resource_id, at(13), at(14), kind="block")
        self.assertEqual(
            told,
            [
                {row.id: {"stop": at(10)}},
                {row.id: {"start": at(8), "state": "reserved"}},
                {row.id: {"state": "out"}},
            ],
        )

    def test_document_is_told_what_time_and_facts_did(self):
        trip, late = self._trip(12, 14), self._trip(6, 8)
        late._ledger(late.allocation_id).hand_out()
        told = []
        document = type(self.env["bike.trip"])
        with (
            patch.object(
                document,
                "_allocation_changed",
                lambda trips, changes: told.extend(
                    (row.res_id, dict(before)) for row, before in changes.items()
                ),
            ),
            freeze_time(at(13)),
        ):
            self._run_job("ir_cron_look_after")
        self.assertEqual(told, [(trip.id, {"at_risk": False})])

    def test_failed_method_tells_nobody(self):
        trip = self._trip()
        self._ask(self.bike.resource_id, at(10), at(12))
        messages = len(trip.message_ids)
        with self.assertRaises(Exception):  # noqa: B017 - whatever it is
            trip._ledger(trip.allocation_id).change({"stop": at(11)})
        trip._ledger(trip.allocation_id).change({"stop": at(9)})
        self.assertEqual(len(trip.message_ids), messages)
