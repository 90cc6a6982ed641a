from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestChanges(LedgerCase):
    """Moving, resizing, splitting; only what is added is checked."""

    def test_150_adjacent_rows_shift_by_an_hour(self):
        rows = self.Allocation.allocate(
            [
                {"resource_id": self.room.id, "start": at(n), "stop": at(n + 1)}
                for n in range(10, 160)
            ]
        )
        rows.shift(60)
        self.assertEqual(rows.mapped("start"), [at(n + 1) for n in range(10, 160)])
        self._ask(self.room, at(10), at(11))
        with self.assertRaises(AllocationConflict):
            rows.shift(-60)
        self.assertEqual(rows[0].start, at(11))

    def test_move_over_ones_own_place(self):
        allocation = self._ask(self.room, at(9), at(11))
        allocation.reschedule(at(10), at(12))
        self._ask(self.room, at(9), at(10))
        self._refused(self.room, at(11), at(13))

    def test_refused_move_leaves_everything_as_it_was(self):
        allocation = self._ask(self.room, at(9), at(11))
        self._ask(self.room, at(12), at(13))
        with self.assertRaises(AllocationConflict) as caught:
            allocation.reschedule(at(9), at(12.5))
        self.assertEqual(caught.exception.verdicts[0].start, at(11))
        self.assertEqual(allocation.stop, at(11))

    def test_two_promises_change_places(self):
        morning = self._ask(self.room, at(9), at(11))
        noon = self._ask(self.room, at(11), at(13))
        (morning | noon).change(
            [{"start": at(11), "stop": at(13)}, {"start": at(9), "stop": at(11)}]
        )
        self.assertEqual((morning.start, noon.start), (at(11), at(9)))

    def test_reassign_to_another_room_and_to_a_combination(self):
        both = self._thing(
            "Both", component_ids=[(6, 0, (self.room | self.studio).ids)]
        )
        allocation = self._ask(self.room, at(9), at(11))
        allocation.reassign(self.studio)
        self.assertEqual(self._free(self.room, at(9), at(11)), 1)
        allocation.reassign(both)
        self.assertEqual(allocation.kind, "group")
        self.assertEqual(self._free(self.room, at(9), at(11)), 0)
        allocation.reassign(self.room)
        self.assertEqual(allocation.kind, "demand")
        self.assertFalse(allocation.leaf_ids)
        self.assertEqual(self._free(self.studio, at(9), at(11)), 1)

    def test_reassign_to_a_taken_room_is_refused(self):
        allocation = self._ask(self.room, at(9), at(11))
        self._ask(self.studio, at(10), at(12))
        with self.assertRaises(AllocationConflict):
            allocation.reassign(self.studio)
        self.assertEqual(allocation.resource_id, self.room)

    def test_each_its_own_resource_at_once(self):
        """Rows may change places; a conflict of one moves none."""
        first, second = (
            self._ask(self.room, at(9), at(11)),
            self._ask(self.studio, at(9), at(11)),
        )
        rows = first | second
        rows.reassign([self.studio, self.room.id])
        self.assertEqual(rows.mapped("resource_id"), self.studio | self.room)
        hall = self._thing("Hall")
        self._ask(hall, at(9), at(11))
        with self.assertRaises(AllocationConflict) as caught:
            rows.reassign([self._thing("Yard"), hall])
        self.assertEqual([one.index for one in caught.exception.verdicts], [1])
        self.assertEqual(rows.mapped("resource_id"), self.studio | self.room)

    def test_each_its_own_unit_at_once(self):
        drills, units = self._pool_with_units(units=3)
        rows = self._ask(drills, at(9), at(11)) | self._ask(drills, at(9), at(11))
        rows.reassign([units[2], units[0]])
        self.assertEqual(rows.mapped("resource_id.id"), [units[2].id, units[0].id])
        self.assertEqual(rows.leaf_ids.resource_id, drills)
        self.assertEqual(
            rows.leaf_ids.mapped("unit_id"),
            self.env["resource.resource"].union(units[2], units[0]),
        )
        rows.reassign([units[0], units[2]])
        self.assertEqual(rows.mapped("resource_id.id"), [units[0].id, units[2].id])
        with self.assertRaises(AllocationConflict):
            rows.reassign([units[1], units[1]])
        for wrong in ([], [units[1]], [units[0], units[1], units[2]]):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                rows.reassign(wrong)

    def test_new_room_brings_its_own_buffers(self):
        self.studio.setup_minutes = 30
        allocation = self._ask(self.room, at(9), at(11))
        allocation.reassign(self.studio)
        self.assertEqual(allocation.blocked_start, at(8.5))

    def test_more_pieces_are_checked_fewer_are_not(self):
        allocation = self._ask(self.chairs, at(9), at(11), quantity=4)
        self._ask(self.chairs, at(9), at(11), quantity=4)
        with self.assertRaises(AllocationConflict):
            allocation.resize(7)
        allocation.resize(6)
        allocation.resize(1)
        self.assertEqual(self._free(self.chairs, at(9), at(11)), 5)

    def test_split_takes_together_what_the_root_took(self):
        allocation = self._ask(self.chairs, at(9), at(11), quantity=10)
        part = allocation.split(3)
        self.assertEqual((allocation.quantity, part.quantity), (7, 3))
        self.assertEqual((part.parent_id, part.state), (allocation, "reserved"))
        self.assertEqual(self._free(self.chairs, at(9), at(11)), 0)
        self.assertFalse(part.at_risk)
        for quantity in (0, -1, 7):
            with self.subTest(quantity), self.assertRaises(ValidationError):
                allocation.split(quantity)

    def test_what_is_at_risk_asks_for_all_of_it_when_it_takes_more(self):
        """The added hour is free, its own place is not."""
        self._ask(self.chairs, at(8), at(10), quantity=6)
        late = self._ask(self.chairs, at(8), at(10), quantity=4)
        self._ask(self.chairs, at(8), at(10), kind="block", quantity=4)
        self.assertTrue(late.at_risk)
        wanted = {"stop": at(11)}
        self.assertEqual(late.check_change(wanted)[0]["code"], "capacity")
        with self.assertRaises(AllocationConflict):
            late.change(wanted)
        late.change({"stop": at(9)})
        self.assertTrue(late.at_risk)

    def test_split_into_many_takes_together_what_the_roots_took(self):
        early = self._ask(self.chairs, at(9), at(11), quantity=10)
        late = self._ask(self.chairs, at(11), at(12), quantity=5)
        rest = self._ask(self.chairs, at(12), at(13))
        parts = (early | late | rest).split_many([[1, 2, 3], [4], []])
        self.assertEqual(parts.mapped("quantity"), [1, 2, 3, 4])
        self.assertEqual(parts.mapped("parent_id"), early | late)
        self.assertEqual((early.quantity, late.quantity), (4, 1))
        self.assertEqual(parts[3].start, at(11))
        self.assertEqual(self._free(self.chairs, at(9), at(11)), 0)
        self.assertEqual(self._free(self.chairs, at(11), at(12)), 5)
        self.assertFalse(parts.filtered("at_risk"))
        for wrong in ([[2, 2]], [[1, 0]], [[1], [1]], []):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                early.split_many(wrong)
        self.assertEqual(early.quantity, 4)

    def test_C10_partial_returns_close_what_came_back(self):
        tools = self._thing("Tools", exclusive=False, capacity=5, release="return")
        out = self._ask(tools, at(6), at(12), quantity=5).hand_out()
        with freeze_time(at(8)):
            first = out.take_back(quantity=2)
        self.assertEqual((first.state, first.quantity), ("done", 2))
        self.assertEqual((first.parent_id, first.actual_stop), (out, at(8)))
        self.assertEqual((out.state, out.quantity), ("out", 3))
        self.assertEqual(self._free(tools, at(8), at(12)), 2)
        with self.assertRaises(ValidationError):
            out.take_back(quantity=4)
        with freeze_time(at(9)):
            last = out.take_back(quantity=3)
        self.assertEqual((last, out.state), (out, "done"))
        self.assertEqual(self._free(tools, at(8), at(12)), 5)

    def test_partial_return_succeeds_though_the_pool_shrank(self):
        tools = self._thing("Tools", exclusive=False, capacity=5, release="return")
        out = self._ask(tools, at(6), at(12), quantity=5).hand_out()
        tools.capacity = 2
        back = out.take_back(quantity=2)
        self.assertEqual((back.state, out.quantity), ("done", 3))

    def test_return_before_hand_over_is_refused(self):
        out = self._ask(self.laptop, at(6), at(9)).hand_out()
        with self.assertRaises(ValidationError):
            out.take_back(at(5))

    def test_closed_rows_do_not_change(self):
        allocation = self._ask(self.room, at(9), at(11))
        allocation.cancel()
        with self.assertRaises(UserError):
            allocation.reschedule(at(9), at(10))
        with self.assertRaises(UserError):
            allocation.write({"resource_id": self.studio.id})

    def test_leaf_stands_for_its_root(self):
        both = self._thing(
            "Both", component_ids=[(6, 0, (self.room | self.studio).ids)]
        )
        allocation = self._ask(both, at(9), at(11))
        self.assertEqual(allocation.leaf_ids[0].cancel(), allocation)
        self.assertEqual(set(allocation.leaf_ids.mapped("state")), {"cancelled"})

    def test_facts_can_be_split_too(self):
        for kind in ("block", "supply"):
            with self.subTest(kind):
                fact = self._ask(self.chairs, at(9), at(11), quantity=4, kind=kind)
                part = fact.split(1)
                self.assertEqual((part.kind, part.at_risk), (kind, False))
                part.close()
                self.assertEqual(fact.state, "reserved")
                fact.close()
                self.assertEqual(self._free(self.chairs, at(9), at(11)), 10)

    def test_part_of_what_is_over_is_not_at_risk(self):
        over = self._ask(self.chairs, at(6), at(7), quantity=4)
        with freeze_time(at(8)):
            part = over.split(1)
        self.assertFalse((part | over).filtered("at_risk"))

    def test_blocks_have_no_buffers_wherever_they_stand(self):
        self.studio.setup_minutes = 30
        block = self._ask(self.room, at(9), at(11), kind="block")
        block.reassign(self.studio)
        self.assertEqual(block.blocked_start, at(9))

    def test_block_and_promise_move_together(self):
        promise = self._ask(self.room, at(9), at(10))
        block = self._ask(self.room, at(9), at(10), kind="block")
        with self.assertRaises(AllocationConflict):
            (promise | block).shift(60)
        self.assertEqual(promise.start, at(9))

    def test_days_dragged_in_a_calendar_keep_their_hours(self):
        # Prague is an hour ahead: its midnights are at 23:00 UTC.
        long = self._ask(self.laptop, at(8), at(17, 2), user=self.user)
        long.write({"start": at(23, 0), "calendar_stop": at(23, 2)})
        self.assertEqual((long.start, long.stop), (at(8, 1), at(17, 3)))
        long.write({"start": at(9, 1), "calendar_stop": at(18, 3)})
        self.assertEqual((long.start, long.stop), (at(9, 1), at(18, 3)))

    def test_extend_moves_only_the_end(self):
        both = self._ask(self.room, at(9), at(10)) | self._ask(
            self.studio, at(8), at(10)
        )
        both.extend(at(12))
        self.assertEqual(both.mapped("start"), [at(9), at(8)])
        self.assertEqual(set(both.mapped("stop")), {at(12)})
