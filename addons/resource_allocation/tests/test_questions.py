from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.resource_allocation.exceptions import (
    AllocationConflict,
    StaleChange,
)

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestGroups(LedgerCase):
    """Rows that hold together: each group whole or not at all."""

    def _wanted(self, resource, start, stop, **vals):
        return {"resource_id": resource.id, "start": start, "stop": stop, **vals}

    def test_each_group_whole_or_not_at_all(self):
        self._ask(self.chairs, at(10), at(11), quantity=8)
        rows, verdicts = self.Allocation.allocate(
            [
                self._wanted(self.room, at(8), at(9), group="first"),
                self._wanted(self.chairs, at(8), at(9), quantity=5, group="first"),
                self._wanted(self.room, at(10), at(11), group="second"),
                self._wanted(self.chairs, at(10), at(11), quantity=5, group="second"),
                self._wanted(self.studio, at(10), at(11)),
            ],
            on_conflict="report",
        )
        self.assertEqual([verdict.index for verdict in verdicts], [3])
        self.assertEqual(
            rows.mapped(lambda row: (row.resource_id.name, row.start)),
            [("Aula", at(8)), ("Chairs", at(8)), ("Studio", at(10))],
        )
        self.assertEqual(self._free(self.room, at(10), at(11)), 1)

    def test_what_a_refused_group_would_take_is_free_for_the_next(self):
        self._ask(self.studio, at(8), at(9))
        rows, verdicts = self.Allocation.allocate(
            [
                self._wanted(self.room, at(8), at(9), group=1),
                self._wanted(self.studio, at(8), at(9), group=1),
                self._wanted(self.room, at(8), at(9), group=2),
            ],
            on_conflict="report",
        )
        self.assertEqual([verdict.index for verdict in verdicts], [1])
        self.assertEqual(rows.resource_id, self.room)

    def test_units_move_for_nobody_who_is_refused(self):
        """A loose promise keeps its unit when the group it made room for is refused."""
        drills, units = self._pool_with_units(units=2)
        loose = self._ask(units[0], at(8), at(9))
        loose.reassign(units[0], pinned=False)
        self._ask(self.room, at(8), at(9))
        rows, _verdicts = self.Allocation.allocate(
            [
                self._wanted(units[0], at(8), at(9), group=1),
                self._wanted(self.room, at(8), at(9), group=1),
            ],
            on_conflict="report",
        )
        self.assertFalse(rows)
        self.assertEqual(loose.resource_id, units[0])

    def test_asked_in_vain_the_answer_is_the_same(self):
        self._ask(self.studio, at(8), at(9))
        wanted = [
            self._wanted(self.room, at(8), at(9), group=1),
            self._wanted(self.studio, at(8), at(9), group=1),
            self._wanted(self.room, at(8), at(9)),
        ]
        foreseen = [verdict["index"] for verdict in self.Allocation.check(wanted)]
        _rows, verdicts = self.Allocation.allocate(wanted, on_conflict="report")
        self.assertEqual(foreseen, [verdict.index for verdict in verdicts])

    def test_what_is_no_group_is_refused_in_words(self):
        wanted = self._wanted(self.room, at(8), at(9))
        with self.assertRaisesRegex(ValidationError, "number or a text"):
            self.Allocation.allocate([{**wanted, "group": [1]}])
        with self.assertRaisesRegex(ValidationError, "fact"):
            self.Allocation.allocate([{**wanted, "kind": "block", "group": 1}])

    def test_changes_of_a_group_happen_together(self):
        room = self._ask(self.room, at(8), at(9))
        chairs = self._ask(self.chairs, at(8), at(9), quantity=5)
        alone = self._ask(self.studio, at(8), at(9))
        self._ask(self.chairs, at(10), at(11), quantity=8)
        later = {"start": at(10), "stop": at(11)}
        done, verdicts = (room | chairs | alone).change(
            [{**later, "group": 1}, {**later, "group": 1}, later], on_conflict="report"
        )
        self.assertEqual((done, [v.index for v in verdicts]), (alone, [1]))
        self.assertEqual(
            (room | chairs | alone).mapped("start"), [at(8), at(8), at(10)]
        )

    def test_what_stays_is_in_the_way_of_who_wanted_its_place(self):
        """One refusal makes the next: A wants B's place, B wants C's, C stays."""
        first = self._ask(self.room, at(8), at(9))
        second = self._ask(self.room, at(9), at(10))
        third = self._ask(self.room, at(10), at(11))
        self._ask(self.room, at(11), at(12))
        rows = first | second | third
        wanted = [
            {"start": row.stop, "stop": row.stop + timedelta(hours=1)} for row in rows
        ]
        foreseen = rows.check_change(wanted, on_conflict="report")
        done, verdicts = rows.change(wanted, on_conflict="report")
        self.assertFalse(done)
        self.assertEqual([verdict.index for verdict in verdicts], [2, 1, 0])
        self.assertEqual([verdict["index"] for verdict in foreseen], [2, 1, 0])
        self.assertEqual(rows.mapped("start"), [at(8), at(9), at(10)])


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestDryRun(LedgerCase):
    """The dry run of a change gives the verdicts the deed would give."""

    def _agree(self, rows, vals, refused):
        foreseen = rows.check_change(vals)
        try:
            rows.change(vals)
            verdicts = []
        except AllocationConflict as conflict:
            verdicts = [one.to_values() for one in conflict.verdicts]
        self.assertEqual(foreseen, verdicts)
        self.assertEqual([one["index"] for one in verdicts], refused)

    def test_fewer_of_what_is_at_risk_is_no_refusal(self):
        promise = self._ask(self.chairs, at(8), at(9), quantity=5)
        self.chairs.capacity = 3
        self.assertTrue(promise.at_risk)
        self._agree(promise, {"quantity": 4}, [])
        self.assertEqual(promise.quantity, 4)

    def test_a_setup_of_its_own_counts(self):
        self._ask(self.room, at(8), at(9))
        promise = self._ask(self.room, at(11), at(12), setup_minutes=60)
        self._agree(promise, {"start": at(9.5)}, [0])
        self._agree(promise, {"start": at(10)}, [])

    def test_the_dialog_says_what_would_happen(self):
        self._ask(self.room, at(8), at(9))
        promise = self._ask(self.room, at(11), at(12), setup_minutes=60)
        dialog = Form(
            self.env["resource.allocation.change"].with_context(
                default_allocation_id=promise.id
            )
        )
        dialog.start = at(9.5)
        self.assertIn("setup", dialog.verdict)
        dialog.start = at(10)
        self.assertFalse(dialog.verdict)
        dialog.save().action_apply()
        self.assertEqual(promise.start, at(10))

    def test_a_late_thing_is_looked_at_anew_and_nothing_is_written(self):
        late = self._ask(self.laptop, at(5), at(7))
        late.hand_out()
        self._ask(self.laptop, at(7.5), at(8), kind="block")
        with freeze_time("2027-03-01 08:30:00"):
            foreseen = late.check_change({"stop": at(9)})
            self.env.flush_all()
            self.assertFalse(late.at_risk, "so far nobody noticed")
            with self.assertRaises(AllocationConflict) as caught:
                late.change({"stop": at(9)})
            verdicts = [one.to_values() for one in caught.exception.verdicts]
            self.assertEqual(foreseen, verdicts)

    def test_buffers_of_what_is_booked_change_as_checked(self):
        self._ask(self.room, at(8), at(9))
        promise = self._ask(self.room, at(10), at(11))
        self._agree(promise, {"setup_minutes": 90}, [0])
        self._agree(promise, {"setup_minutes": 60, "teardown_minutes": 30}, [])
        self.assertEqual(
            (promise.blocked_start, promise.blocked_stop), (at(9), at(11.5))
        )
        self._refused(self.room, at(11), at(12))

    def test_buffers_of_a_combination_change_in_its_parts(self):
        both = self._thing(
            "Both", component_ids=[(6, 0, (self.room | self.studio).ids)]
        )
        promise = self._ask(both, at(10), at(11))
        promise.change({"teardown_minutes": 60})
        self.assertEqual(set(promise.leaf_ids.mapped("blocked_stop")), {at(12)})
        self._refused(self.studio, at(11), at(12))

    def test_until_when_it_is_held(self):
        hold = self._ask(self.room, at(10), at(11), state="hold", hold_until=at(7))
        hold.change({"hold_until": at(9), "start": at(9.5)})
        self.assertEqual((hold.hold_until, hold.state), (at(9), "hold"))
        with self.assertRaisesRegex(ValidationError, "future"):
            hold.change({"hold_until": at(5)})
        hold.confirm()
        with self.assertRaisesRegex(ValidationError, "not on hold"):
            hold.change({"hold_until": at(9)})

    def test_asking_needs_the_rights_of_the_deed(self):
        promise = self._ask(self.room, at(10), at(11))
        with self.assertRaises(AccessError):
            promise.with_user(self.employee).check_change({"stop": at(12)})


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestSeen(LedgerCase):
    """Who changes says what he saw; what is another by now is not overwritten."""

    def test_a_stale_change_is_refused_and_says_what_changed(self):
        promise = self._ask(self.room, at(10), at(11))
        seen = {"start": "2027-03-01 10:00:00", "state": "reserved"}
        promise.change({"stop": at(12)}, seen=seen)
        promise.change({"start": at(9)})
        for ask in (promise.change, promise.check_change):
            with self.assertRaisesRegex(StaleChange, "Start"):
                ask({"stop": at(13)}, seen=seen)
        self.assertEqual(promise.stop, at(12))

    def test_one_stale_row_of_several_changes_none(self):
        rows = self._ask(self.room, at(10), at(11)) | self._ask(
            self.studio, at(10), at(11)
        )
        seen = [{"stop": at(11)}, {"stop": at(10.5)}]
        with self.assertRaises(StaleChange):
            rows.change({"start": at(9)}, seen=seen)
        self.assertEqual(rows.mapped("start"), [at(10), at(10)])

    def test_the_dialog_overwrites_nothing_it_did_not_show(self):
        promise = self._ask(self.chairs, at(10), at(11), quantity=5)
        dialog = Form(
            self.env["resource.allocation.change"].with_context(
                default_allocation_id=promise.id
            )
        )
        dialog.quantity = 4
        dialog = dialog.save()
        promise.change({"start": at(9)})
        with self.assertRaisesRegex(UserError, "Start"):
            dialog.action_apply()
        self.assertEqual((promise.start, promise.quantity), (at(9), 5))


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestCodes(LedgerCase):
    """The code tells apart why it is refused."""

    def test_only_buffers_collide(self):
        self._ask(self.room, at(8), at(9))
        mine = self._refused(self.room, at(9), at(10), setup_minutes=30)
        self.assertEqual(mine.code, "buffer")
        self.assertIn("setup or teardown", mine.message)
        self._ask(self.studio, at(8), at(9), teardown_minutes=30, name="Meeting")
        theirs = self._refused(self.studio, at(9), at(10))
        self.assertEqual(theirs.code, "buffer")
        self.assertEqual(theirs.holders[0].label, "Meeting")

    def test_taken_in_spite_of_buffers(self):
        self._ask(self.room, at(8), at(9))
        verdict = self._refused(self.room, at(8.5), at(10), setup_minutes=30)
        self.assertEqual(verdict.code, "taken")

    def test_pieces_that_are_only_made_ready(self):
        self._ask(self.chairs, at(8), at(9), quantity=8, teardown_minutes=30)
        verdict = self._refused(self.chairs, at(9), at(10), quantity=5)
        self.assertEqual(verdict.code, "buffer")
        self._ask(self.chairs, at(9), at(9.5), quantity=2)
        verdict = self._refused(self.chairs, at(9), at(10), quantity=9)
        self.assertEqual(verdict.code, "capacity")

    def test_blocked(self):
        self._ask(self.room, at(8), at(9), kind="block")
        self.assertEqual(self._refused(self.room, at(8), at(9)).code, "blocked")
        near = self._refused(self.room, at(9), at(10), setup_minutes=30)
        self.assertEqual(near.code, "buffer")

    def test_a_buffer_that_grew_alone(self):
        self._ask(self.room, at(8), at(9))
        promise = self._ask(self.room, at(9), at(10))
        with self.assertRaises(AllocationConflict) as caught:
            promise.change({"setup_minutes": 15})
        self.assertEqual(caught.exception.verdicts[0].code, "buffer")

    def test_an_open_end_is_null_wherever_it_is_told(self):
        cases = self._thing("Cases", exclusive=False, capacity=2, release="return")
        row = self._ask(cases, at(6), at(8), quantity=2)
        self._ask(cases, at(5), None, kind="block")
        with self.assertRaises(AllocationConflict) as caught:
            row.hand_out()
        [not_here] = caught.exception.context["verdicts"]
        self._ask(self.room, at(5), None)
        [taken] = self.Allocation.check(
            [{"resource_id": self.room.id, "start": at(8), "stop": at(9)}]
        )
        for verdict in (not_here, taken):
            [holder] = verdict["holders"]
            self.assertIsNone(holder["stop"])
        [(_start, stop, *_rest)] = self.room.busy(at(8), at(9))[self.room.id]
        self.assertIsNone(stop)
