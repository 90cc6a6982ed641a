"""What the random histories found, each as the plain case it shrank to."""

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestHistoriesFound(LedgerCase):
    """Python's check, the guards and the risk of what is over: of one mind."""

    def _hall(self):
        return self._thing(
            "Hall", component_ids=[(6, 0, (self.room | self.studio).ids)]
        )

    @mute_logger("odoo.sql_db")
    def _refused_by_the_check(self, change):
        """Assert that Python's check refuses, before the guards have to."""
        with self.assertRaises(AllocationConflict) as caught:
            change()
        self.assertIsNone(caught.exception.__cause__, "refused by the guards")
        self.assertTrue(caught.exception.verdicts)

    # === MOVED IS ASKED FOR WHOLE === #

    def test_into_a_combination_past_a_block_that_came_later(self):
        """The room is its own already, but as a part of the hall it is a new row."""
        promise = self._ask(self.room, at(6), at(7))
        with freeze_time(at(9)):
            self._ask(self.room, at(6), at(7), kind="block")
            self._refused_by_the_check(lambda: promise.reassign(self._hall()))

    def test_into_a_kit_where_the_pool_became_too_small(self):
        """Who was first is not at risk, and moves only where there is room for all."""
        drills, [unit, _other] = self._pool_with_units()
        kit = self._thing(
            "Kit", release="return", component_ids=[(6, 0, (unit | self.laptop).ids)]
        )
        first = self._ask(unit, at(9), at(11))
        second = self._ask(drills, at(9), at(11))
        drills.capacity = 1
        self.assertEqual((first.at_risk, second.at_risk), (False, True))
        self._refused_by_the_check(lambda: first.reassign(kit))
        second.cancel()
        first.reassign(kit)
        self.assertEqual(first.resource_id, kit)

    def test_longer_on_another_unit_of_a_pool_that_became_too_small(self):
        """What it has of the pool it keeps, whichever unit serves it."""
        drills, units = self._pool_with_units(units=3)
        self._ask(units[0], at(11), at(12), pinned=True)
        first = self._ask(units[0], at(9), at(11))
        others = [self._ask(drills, at(9), at(11)) for _number in range(2)]
        drills.capacity = 2
        self.assertTrue(others[1].at_risk)
        first.extend(at(12))
        self.assertEqual((first.stop, first.at_risk), (at(12), False))
        self.assertNotEqual(first.resource_id, units[0])
        self.assertEqual(first.leaf_ids.unit_id, first.resource_id)

    def test_what_gives_up_nothing_stays_where_it_is(self):
        """A loose unit at risk, asked for as much as it has (or less)."""
        _drills, [unit, other] = self._pool_with_units()
        promise = self._ask(unit, at(9), at(11))
        self._ask(unit, at(9), at(11), kind="block")
        self.assertTrue(promise.at_risk)
        promise.resize(1)
        promise.extend(at(10))
        self.assertEqual((promise.resource_id, promise.stop), (unit, at(10)))
        self.assertTrue(promise.at_risk)
        promise.reassign(other)
        self.assertFalse(promise.at_risk)

    # === WHOM FACTS LEFT NO UNIT === #

    def test_who_lost_the_unit_to_a_late_one_is_in_nobodys_way(self):
        """No unit serves the whole of it any more, so the count decides alone."""
        drills, [first, second] = self._pool_with_units()
        drills.capacity = 3
        self._ask(first, at(4), at(5), pinned=True)
        self._ask(first, at(9), at(12), pinned=True)
        late = self._ask(second, at(2), at(4))
        lost = self._ask(second, at(4), at(8))
        late.hand_out(at(5))
        self.assertTrue(lost.at_risk)
        self.assertEqual(self._free(drills, at(6), at(10)), 2)
        self._ask(drills, at(6), at(10), quantity=2)

    def test_unit_that_somebody_has_is_not_promised_under_a_block_of_the_pool(self):
        """Where the count decides alone, a unit that is named must be free still."""
        drills, [first, second] = self._pool_with_units()
        self._ask(second, at(7), at(12))
        self._ask(first, at(10), at(12))
        block = {"resource_id": drills.id, "start": at(10), "stop": at(14)}
        self.Allocation.allocate([{**block, "quantity": 2, "kind": "block"}])
        self._refused_by_the_check(
            lambda: self._ask(second, at(8), at(10), pinned=True)
        )

    # === WHAT KEEPS ITS PLACE === #

    def _kit(self, *parts, **vals):
        components = [(6, 0, [part.id for part in parts])]
        return self._thing("Kit", release="return", component_ids=components, **vals)

    def test_less_setup_in_a_pool_that_became_too_small(self):
        """Who keeps a place, or gives some of it up, is never refused (invariant 1)."""
        drills, [unit, other] = self._pool_with_units(setup_minutes=60)
        first = self._ask(self._kit(unit, self.laptop), at(9), at(11))
        second = self._ask(other, at(9), at(11))
        drills.capacity = 1
        self.assertEqual((first.at_risk, second.at_risk), (False, True))
        for row in (first, second):
            row.change({"setup_minutes": 0})
            self.assertEqual(set((row | row.leaf_ids).mapped("stop")), {at(11)})
        self.assertEqual(second.leaf_ids.blocked_start, at(9))
        self.assertEqual((first.at_risk, second.at_risk), (False, True))

    def test_pinned_or_held_longer_in_a_pool_that_became_too_small(self):
        drills, units = self._pool_with_units()
        held = {"state": "hold", "hold_until": at(7)}
        rows = self._ask(units[0], at(9), at(11), **held)
        rows |= self._ask(units[1], at(9), at(11), **held)
        drills.capacity = 1
        rows.change({"pinned": True})
        rows.change({"hold_until": at(8)})
        self.assertEqual(rows.mapped("at_risk"), [False, True])
        self.assertEqual(set(rows.leaf_ids.mapped("hold_until")), {at(8)})

    def test_parts_keep_the_buffers_they_were_booked_with(self):
        """Shorter never takes more, and what is checked is what is written."""
        row = self._ask(self._kit(self.studio, self.laptop), at(9), at(12))
        self._ask(self.laptop, at(12), at(13))
        self.laptop.teardown_minutes = 120
        row.change({"stop": at(11.5)})
        self.assertEqual(row.leaf_ids.mapped("teardown_minutes"), [0, 0])
        self._refused_by_the_check(lambda: row.change({"teardown_minutes": 30}))
        other = self._ask(self._kit(self.room, self.laptop), at(15), at(16))
        self.laptop.teardown_minutes = 0
        self._ask(self.laptop, at(20), at(21))
        self._refused_by_the_check(lambda: other.change({"stop": at(19)}))
        other.change({"setup_minutes": 30})
        self.assertEqual(set(other.leaf_ids.mapped("blocked_start")), {at(14.5)})

    def test_a_combination_keeps_the_parts_it_was_booked_with(self):
        """Also where one is archived, or another combination lost it, since."""
        inner = self._kit(self.studio)
        hall = self._kit(self.room, inner)
        row = self._ask(hall, at(9), at(11))
        again = self._ask(hall, at(12), at(13))
        inner.component_ids = self._thing("Yard")
        self.room.active = False
        row.change({"stop": at(10)})
        self.assertEqual(row.leaf_ids.resource_id, self.room | self.studio)
        self._refused_by_the_check(lambda: row.change({"stop": at(11)}))
        again.cancel()
        self._ask(self.studio, at(12), at(13))
        self._refused_by_the_check(lambda: again.reopen("By mistake"))

    # === WHO KEEPS A PLACE IS IN THE WAY === #

    def test_of_several_changed_at_once_who_keeps_a_place_has_it(self):
        """Also who comes later in the list."""
        mover = self._ask(self.room, at(12), at(13))
        keeper = self._ask(self.room, at(9), at(11))
        wanted = {"start": at(10), "stop": at(11)}
        for other in ({"pinned": True}, {"start": at(10), "stop": at(12)}):
            with self.subTest(other):
                self._refused_by_the_check(
                    lambda other=other: (mover | keeper).change([wanted, other])
                )
        done, verdicts = (mover | keeper).change(
            [wanted, {"start": at(10), "stop": at(12)}], on_conflict="report"
        )
        self.assertEqual((done, [one.index for one in verdicts]), (keeper, [0]))

    def test_of_units_changed_at_once_who_keeps_one_has_it(self):
        _drills, [unit, other] = self._pool_with_units()
        mover = self._ask(other, at(9), at(10))
        keeper = self._ask(unit, at(9), at(10))
        wanted = {"resource_id": unit.id, "pinned": True}
        self._refused_by_the_check(
            lambda: (mover | keeper).change([wanted, {"pinned": True}])
        )
        (mover | keeper).change([wanted, {"stop": at(9.5)}])
        self.assertEqual((mover | keeper).mapped("resource_id.id"), [unit.id, other.id])
        self.assertEqual(keeper.leaf_ids.unit_id, other)

    def test_a_block_that_moves_along_leaves_its_place(self):
        """Also to what is out; only the outcome counts."""
        kit = self._kit(self.studio, self.laptop)
        block = self._ask(kit, at(0), at(1), kind="block")
        promise = self._ask(kit, at(6), at(9)).hand_out()
        early = {"start": at(0), "stop": at(1), "setup_minutes": 60}
        (block | promise).change([{"start": at(6), "stop": at(9)}, early])
        self.assertEqual((block.start, promise.start), (at(6), at(0)))
        self._refused_by_the_check(
            lambda: (block | promise).change([{"start": at(7)}, {"stop": at(8)}])
        )

    def test_who_is_late_is_in_the_way_of_what_is_changed_along(self):
        """Late is a fact, also where the plan of the late thing ended long ago."""
        drills, [unit, _other] = self._pool_with_units()
        others = self._ask(drills, at(15), at(16), quantity=2)
        late = self._ask(unit, at(6), at(8)).hand_out()
        later = {"start": at(9), "stop": at(14)}
        with freeze_time(at(10)):
            for same in ({"stop": at(8)}, {"pinned": True}, {"start": at(5.5)}):
                with self.subTest(same):
                    self._refused_by_the_check(
                        lambda same=same: (others | late).change([later, same])
                    )
            done, verdicts = (others | late).change(
                [later, {"stop": at(7)}], on_conflict="report"
            )
            self.assertEqual((done, [one.index for one in verdicts]), (late, [0]))
            moved = {"start": at(10), "stop": at(14)}
            (others | late).change([moved, {"stop": at(8)}])
            self.assertEqual(others.start, at(10))

    # === WHO MAKES ROOM AT RISK === #

    def _blocked(self):
        """Somebody at risk on the first of two units, another one after him."""
        drills, [unit, other] = self._pool_with_units()
        drills.capacity = 3
        risky = self._ask(unit, at(9), at(12))
        self._ask(unit, at(9), at(10), kind="block")
        self.assertTrue(risky.at_risk)
        return risky, unit, other

    def test_who_makes_room_has_a_place_again(self):
        """The guards move nobody who is at risk; there he is not."""
        risky, unit, other = self._blocked()
        self._ask(other, at(12), at(14), pinned=True)
        self._ask(unit, at(11), at(13))
        self.assertEqual((risky.resource_id, risky.at_risk), (other, False))
        self._refused_by_the_check(lambda: self._ask(other, at(9), at(10), pinned=True))

    def test_who_makes_room_while_he_is_changed_has_a_place_again(self):
        risky, unit, other = self._blocked()
        mover = self._ask(other, at(12), at(14))
        wanted = {"resource_id": unit.id, "start": at(11), "stop": at(13)}
        (mover | risky).change([{**wanted, "pinned": True}, {"stop": at(11.5)}])
        self.assertEqual((risky.resource_id, risky.at_risk), (other, False))
        self.assertEqual(risky.leaf_ids.unit_id, other)

    def test_who_makes_room_without_a_place_in_the_pool_stays_at_risk(self):
        drills, units = self._pool_with_units(units=3)
        for unit in units[:2]:
            self._ask(unit, at(9), at(11))
        risky = self._ask(units[2], at(9), at(20))
        drills.capacity = 2
        told = len(risky.activity_ids)
        self._ask(units[2], at(12), at(14), pinned=True)
        self.assertNotEqual(risky.resource_id, units[2])
        self.assertTrue(risky.at_risk and risky.leaf_ids.at_risk)
        self.assertEqual(len(risky.activity_ids), told)
        self._run_job("ir_cron_look_after")
        self.assertTrue(risky.at_risk)

    def test_who_goes_out_at_risk_takes_the_place_of_who_was_first(self):
        """What is out has its place, and who has none then is told at once."""
        drills, _units = self._pool_with_units()
        first = self._ask(drills, at(9), at(11))
        second = self._ask(drills, at(6), at(11))
        self._ask(drills, at(9), at(11), kind="block")
        self.assertEqual((first.at_risk, second.at_risk), (False, True))
        second.hand_out()
        self.assertEqual((first.at_risk, second.at_risk), (True, False))
        self.assertEqual(first.activity_ids.user_id, self.env.user)
        second.undo_hand_out("It never left")
        self.assertEqual((first.at_risk, second.at_risk), (False, True))

    # === WHAT IS OVER === #

    def test_a_block_lasts_until_its_teardown_is_over(self):
        """As in every question, so for the job."""
        period = {"start": at(8), "stop": at(10), "teardown_minutes": 60}
        block = self.Allocation.allocate(
            [{"resource_id": self.room.id, "kind": "block", **period}]
        )
        with freeze_time(at(10.5)):
            self._run_job("ir_cron_look_after")
            self.assertEqual(block.state, "reserved")
            self.assertEqual(self._free(self.room, at(10.5), at(12)), 0)
        with freeze_time(at(11)):
            self._run_job("ir_cron_look_after")
            self.assertEqual(block.state, "done")

    def test_the_dry_run_knows_what_lapsed(self):
        hold = self._ask(self.room, at(9), at(10), state="hold", hold_until=at(7))
        with freeze_time(at(8)):
            for ask in (hold.check_change, hold.change):
                with self.assertRaisesRegex(UserError, "Expired"):
                    ask({"stop": at(9.5)})

    def test_what_is_over_is_at_risk_of_nothing(self):
        """Whether or not the job looked after it just when it ended."""
        drills, [unit, _other] = self._pool_with_units()
        promise = self._ask(unit, at(9), at(10))
        self._ask(unit, at(4), at(5))
        drills.capacity = 0
        self.assertTrue(promise.at_risk)
        with freeze_time(at(11)):
            self._run_job("ir_cron_look_after")
            self.assertFalse(promise.at_risk)

    def test_late_things_put_nothing_at_risk_but_what_wants_them(self):
        """What is over of another pool is not looked at anew."""
        drills, [unit, _other] = self._pool_with_units()
        kit = self._thing(
            "Kit", release="return", component_ids=[(6, 0, (unit | self.laptop).ids)]
        )
        over = self._ask(drills, at(7), at(8))
        self._ask(self.laptop, at(6), at(7)).hand_out()
        following = self._ask(kit, at(8), at(20))
        with freeze_time(at(9)):
            drills.capacity = 0
            self._run_job("ir_cron_look_after")
            self.assertTrue(following.at_risk)
            self.assertFalse(over.at_risk)

    def test_what_a_prolonged_thing_took_stays_at_risk_under_it(self):
        """The exclusion constraint would not bear both, even when both are over."""
        late = self._ask(self.laptop, at(6), at(10)).hand_out()
        with freeze_time(at(12)):
            overtaken = self._ask(self.laptop, at(12), at(13))
        with freeze_time(at(13)):
            late.extend(at(14))
            self.assertTrue(overtaken.at_risk)
        with freeze_time(at(15)):
            self._run_job("ir_cron_look_after")
            self.assertTrue(overtaken.at_risk)
            late.undo_hand_out("It never left")
            self.assertTrue(overtaken.at_risk)
            late.cancel()
            self.assertFalse(overtaken.at_risk)

    def test_who_was_first_stays_under_what_was_prolonged(self):
        """Both cannot keep their place, whoever was first, once none of them is out."""
        late = self._ask(self.laptop, at(6), at(8)).hand_out()
        first = self._ask(self.laptop, at(9), at(10))
        with freeze_time(at(9.5)):
            late.extend(at(9.5))
            late.undo_hand_out("It never left")
            self.assertEqual((first.at_risk, late.at_risk), (True, False))
