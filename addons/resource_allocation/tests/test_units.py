from odoo.tests import freeze_time, tagged

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestUnits(LedgerCase):
    """Pools with units: a unit takes one from its pool, a choice is a preference."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool, (cls.one, cls.two) = cls._pool_with_units()

    def test_unit_takes_one_from_its_pool(self):
        self._ask(self.one, at(0), at(0, 2))
        self.assertEqual(self._free(self.pool, at(0), at(0, 2)), 1)
        self._ask(self.pool, at(0), at(0, 1))
        self._refused(self.two, at(0), at(0, 1))
        self._ask(self.two, at(0, 1), at(0, 2))

    def test_any_takes_only_from_the_pool(self):
        self._ask(self.pool, at(0), at(0, 1), quantity=2)
        self.assertEqual(self._free(self.one, at(0), at(0, 1)), 0)
        self.assertEqual(self._refused(self.one, at(0), at(0, 1)).code, "capacity")

    def test_pinned_units_fragment_the_pool(self):
        first = self._ask(self.one, at(0), at(0, 2), pinned=True)
        self._ask(self.two, at(0, 2), at(0, 4), pinned=True)
        self.assertEqual(self._free(self.pool, at(0), at(0, 4)), 0)
        verdict = self._refused(self.pool, at(0), at(0, 4))
        self.assertEqual(verdict.code, "fragmented")
        self.assertEqual(verdict.holders[0].start, first.start)
        self._ask(self.pool, at(0), at(0, 2))
        self._ask(self.pool, at(0, 2), at(0, 4))

    def test_loose_unit_moves_to_make_room(self):
        first = self._ask(self.one, at(0), at(0, 2))
        second = self._ask(self.two, at(0, 2), at(0, 4))
        whole = self._ask(self.pool, at(0), at(0, 4))
        whole.reassign(self.one)
        self.assertEqual(first.resource_id, self.two)
        self.assertEqual(first.leaf_ids.unit_id, self.two)
        self.assertEqual(second.resource_id, self.two)

    def test_loose_unit_moves_away_from_a_fixed_one(self):
        self._ask(self.one, at(0), at(0, 2), pinned=True)
        loose = self._ask(self.two, at(0, 2), at(0, 4))
        self._ask(self.pool, at(0), at(0, 4))
        self.assertEqual(loose.resource_id, self.one)

    def test_loose_unit_moves_for_who_wants_that_very_one(self):
        loose = self._ask(self.one, at(0), at(0, 2))
        self._ask(self.one, at(0), at(0, 2), pinned=True)
        self.assertEqual(loose.resource_id, self.two)
        self.assertEqual(self._refused(self.one, at(0), at(0, 2)).code, "capacity")

    def test_loose_unit_of_the_same_batch_moves_too(self):
        both = self.Allocation.allocate(
            [
                {"resource_id": self.one.id, "start": at(0), "stop": at(0, 2)},
                {
                    "resource_id": self.one.id,
                    "start": at(0),
                    "stop": at(0, 2),
                    "pinned": True,
                },
            ]
        )
        self.assertEqual(both.resource_id, self.one | self.two)
        self.assertEqual(both[1].resource_id, self.one)

    def test_unit_that_is_out_does_not_move(self):
        out = self._ask(self.one, at(6), at(0, 2))
        out.hand_out()
        self.assertEqual(self._refused(self.one, at(7), at(0, 1)).code, "taken")
        self.assertEqual(out.resource_id, self.one)

    def test_any_gets_its_unit_later(self):
        promise = self._ask(self.pool, at(0), at(0, 2))
        promise.reassign(self.two)
        self.assertEqual(promise.resource_id, self.two)
        self.assertEqual(promise.leaf_ids.resource_id, self.pool)
        self.assertTrue(promise.pinned)
        self.assertEqual(self._free(self.pool, at(0), at(0, 2)), 1)

    def test_block_on_a_unit_lowers_its_pool(self):
        loose = self._ask(self.one, at(0, 1), at(0, 2))
        block = self._ask(self.one, at(0), at(0, 3), kind="block")
        self.assertEqual(self._free(self.pool, at(0), at(0, 1)), 1)
        self.assertEqual(self._free(self.pool, at(0, 1), at(0, 2)), 0)
        self.assertTrue(loose.at_risk)
        loose.reassign(self.two)
        self.assertFalse(loose.at_risk)
        block.close()
        self.assertEqual(self._free(self.pool, at(0, 2), at(0, 3)), 2)

    def test_supply_serves_any_within_its_period(self):
        self._ask(self.one, at(0), at(0, 4), pinned=True)
        self._ask(self.two, at(0), at(0, 4), pinned=True)
        self._ask(self.pool, at(0, 1), at(0, 3), kind="supply")
        self.assertEqual(self._free(self.pool, at(0, 1), at(0, 3)), 1)
        self._refused(self.pool, at(0, 1), at(1, 3))
        self._ask(self.pool, at(0, 1), at(0, 3))

    def test_pieces_without_a_number_serve_too(self):
        self.pool.capacity = 3
        self._ask(self.one, at(0), at(0, 2), pinned=True)
        self._ask(self.two, at(0, 2), at(0, 4), pinned=True)
        self._ask(self.pool, at(0), at(0, 4))
        self.assertEqual(self._refused(self.pool, at(0), at(0, 4)).code, "fragmented")

    def test_block_over_a_pinned_unit_leaves_other_times_alone(self):
        pinned = self._ask(self.one, at(0, 1), at(0, 2), pinned=True)
        self._ask(self.one, at(0, 1), at(0, 2), kind="block")
        self.assertTrue(pinned.at_risk)
        self.assertEqual(self._free(self.pool, at(0, 3), at(0, 4)), 2)
        self._ask(self.pool, at(0, 3), at(0, 4), quantity=2)
        self.assertEqual(self._free(self.pool, at(0, 1), at(0, 2)), 0)

    def test_moving_a_promise_moves_loose_units_aside(self):
        moved = self._ask(self.one, at(0, 3), at(0, 4))
        loose = self._ask(self.one, at(0, 1), at(0, 2))
        moved.reschedule(at(0, 1), at(0, 2))
        self.assertEqual(moved.resource_id | loose.resource_id, self.one | self.two)
        self.assertEqual(set((moved | loose).mapped("kind")), {"demand"})
        self.assertEqual(
            {(row.resource_id, row.leaf_ids.unit_id) for row in moved | loose},
            {(self.one, self.one), (self.two, self.two)},
        )

    def test_offered_slots_are_whole_units(self):
        self._ask(self.one, at(0), at(0, 2), pinned=True)
        self._ask(self.two, at(0, 2), at(0, 4), pinned=True)
        slots = self.pool.free_slots(at(0), at(0, 4), 4 * 24 * 60)
        self.assertFalse(slots[self.pool.id])
        slots = self.pool.free_slots(at(0), at(0, 4), 2 * 24 * 60)
        self.assertEqual(len(slots[self.pool.id]), 2)

    def test_unit_of_a_promise_is_a_preference_when_it_is_extended(self):
        mine = self._ask(self.one, at(0), at(0, 1))
        self._ask(self.one, at(0, 1), at(0, 2), pinned=True)
        mine.reschedule(at(0), at(0, 2))
        self.assertEqual(mine.resource_id, self.two)

    def test_refused_row_of_a_batch_moves_nobody(self):
        other, (first, _second) = self._pool_with_units("Saws")
        loose = self._ask(self.one, at(0), at(0, 1))
        self._ask(first, at(0), at(0, 1), pinned=True)
        self._ask(other, at(0), at(0, 1))
        kit = self._thing(
            "Kit",
            release="return",
            component_ids=[(6, 0, (self.one | first).ids)],
        )
        _roots, verdicts = self.Allocation.allocate(
            [{"resource_id": kit.id, "start": at(0), "stop": at(0, 1)}],
            on_conflict="report",
        )
        self.assertTrue(verdicts)
        self.assertEqual(loose.resource_id, self.one)

    def test_combinations_in_a_combination_take_what_each_needs(self):
        table = self._thing("Table", component_ids=[(6, 0, self.chairs.ids)])
        desk = self._thing("Desk", component_ids=[(6, 0, self.chairs.ids)])
        self._ask(
            self._thing("Office", component_ids=[(6, 0, (table | desk).ids)]),
            at(8),
            at(9),
        )
        self.assertEqual(self._free(self.chairs, at(8), at(9)), 8)

    def test_two_rows_of_a_batch_want_the_same_pinned_unit(self):
        wanted = {"resource_id": self.two.id, "start": at(8), "pinned": True}
        roots, verdicts = self.Allocation.allocate(
            [{**wanted, "stop": at(12)}, {**wanted, "stop": None}], on_conflict="report"
        )
        self.assertEqual(len(roots), 1)
        self.assertEqual([(v.index, v.code) for v in verdicts], [(1, "taken")])

    def test_combination_keeps_its_very_units(self):
        kit = self._thing(
            "Kit",
            release="return",
            component_ids=[(6, 0, (self.one | self.laptop).ids)],
        )
        promise = self._ask(self.two, at(0), at(0, 1))
        promise.reassign(kit, pinned=False)
        self.assertEqual((promise.resource_id, promise.kind), (kit, "group"))
        self.assertIn(self.one, promise.leaf_ids.resource_id)

    def test_unit_that_a_longer_promise_needs_is_not_offered(self):
        self._ask(self.two, at(0, 2), at(0, 4), pinned=True)
        self._ask(self.pool, at(0), at(0, 4))
        self.assertEqual(self._free(self.one, at(0), at(0, 2)), 0)
        self._refused(self.one, at(0), at(0, 2))
        self.assertEqual(self._free(self.two, at(0), at(0, 2)), 1)
        self._ask(self.two, at(0), at(0, 2))

    def test_unit_fixed_before_the_window_says_where_others_are(self):
        self.pool.capacity = 3
        self._ask(self.two, at(0), at(0, 3), pinned=True)
        self._ask(self.pool, at(0, 2), at(0, 5), quantity=2)
        self._refused(self.one, at(0, 4), at(0, 5))
        self._ask(self.two, at(0, 4), at(0, 5))

    def test_unit_is_left_to_who_names_one_where_a_spare_piece_will_do(self):
        self.pool.capacity = 3
        self._ask(self.pool, at(1), at(2), kind="block")
        self._ask(self.one, at(0), at(5))
        named = self._ask(self.two, at(0), at(1))
        named.reschedule(at(1), at(2))
        self.assertEqual(named.resource_id, self.two)

    def test_unit_handed_out_early_is_the_one_that_was_meant(self):
        self.pool.capacity = 3
        self._ask(self.pool, at(6), at(7), state="hold", hold_until=at(12))
        named = self._ask(self.one, at(8), at(9))
        named.hand_out()
        self.assertEqual((named.resource_id, named.state), (self.one, "out"))
