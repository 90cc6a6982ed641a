"""A hand-over or a return recorded by mistake never took place: goods and ledger."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import MANAGER, NOW, at
from .test_lost import LostCommon

ACCOUNTANT = "equipment_rental.equipment_rental_group_accountant"
LATE_THAT_DAY = "2026-03-02 22:30:00"
"""Half past eleven in the evening, in Prague."""
NEXT_DAY = "2026-03-02 23:30:00"
"""In Prague Tuesday has begun, in UTC it has not."""


class UndoCommon(LostCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = new_test_user(cls.env, "rental_boss", MANAGER, name="Bea Boss")

    def _latest(self, order):
        """The latest hand-over or return of an order."""
        return order.rental_transfer_ids.sorted("id")[-1:]

    def _undo(self, record, reason="Wrong customer", user=None):
        """Undo a transfer, or the latest of an order, in the window of the button."""
        user = user or self.clerk
        action = record.with_user(user).action_rental_undo()
        env = self.env(user=user)
        form = Form(env[action["res_model"]].with_context(**action["context"]))
        form.reason = reason
        form.save().action_undo()
        # Computed anew, as another click would find it.
        self.env.flush_all()
        self.env.invalidate_all()

    def _consequences(self, transfer):
        action = transfer.with_user(self.clerk).action_rental_undo()
        window = self.env[action["res_model"]].with_user(self.clerk)
        return window.with_context(**action["context"]).create({}).consequences

    def _states(self, line):
        """Pieces of a line reserved, out and back."""
        return (line.rental_qty_reserved, line.rental_qty_out, line.rental_qty_back)


@freeze_time(NOW)
class TestUndoHandOver(UndoCommon):
    def test_C5_hand_over_undone_is_reserved_again(self):
        """Goods, row, line and status are as before; it can be handed over again."""
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order)
        out = self._latest(order)
        self._undo(out)
        line = order.order_line
        self.assertEqual(self._states(line), (5, 0, 0))
        self.assertEqual(order.rental_status, "reserved")
        self.assertEqual(line.qty_delivered, 0)
        self.assertEqual(self._pieces(self.chair, self.away), 0)
        self.assertEqual(self._pieces(self.chair, self.north.lot_stock_id), 40)
        row = line._rental_rows()
        self.assertEqual((row.state, row.actual_start), ("reserved", False))
        undo = out.rental_undo_ids
        self.assertEqual((undo.rental_direction, undo.state), ("undo", "done"))
        for said in (out, undo, order):
            body = " ".join(said.message_ids.mapped("body"))
            self.assertIn("undone: 5 × Chair. Wrong customer", body)
        self.assertFalse(self._differences())
        self._hand_over(order)
        self.assertEqual((self._states(line), line.qty_delivered), ((0, 5, 0), 5))
        self.assertFalse(self._differences())

    def test_C5_serial_numbers_go_back_to_where_each_was(self):
        """To its very place in the stock, and no other unit with it."""
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.north.lot_stock_id.id}
        )
        one, two, three = self.drill_lots
        one.location_id = shelf
        order = self._confirmed((self.drill, 2), start=at(0))
        self._hand_over(order, lots=one | two)
        self._undo(order)
        self.assertEqual(one.location_id, shelf)
        self.assertEqual((two | three).location_id, self.north.lot_stock_id)
        self.assertEqual(
            self.drill_lots.mapped("rental_state"), ["reserved"] * 2 + ["in"]
        )
        self._hand_over(order, lots=two | three)
        self.env.invalidate_all()
        self.assertEqual(self.drill_lots.mapped("rental_state"), ["in", "out", "out"])
        self.assertFalse(self._differences())

    def test_C5_hand_over_in_parts_undone_part_by_part(self):
        """Just those pieces: first the two of the second time, though more are out."""
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order, quantity=3)
        self._hand_over(order, quantity=2)
        first, second = order.rental_transfer_ids.sorted("id")
        self._undo(second)
        self.assertEqual(self._states(order.order_line), (2, 3, 0))
        self.assertEqual(order.rental_status, "part_out")
        self._undo(first)
        self.assertEqual(self._states(order.order_line), (5, 0, 0))
        self.assertFalse(self._differences())

    def test_C5_not_what_came_back_in_part_since(self):
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order)
        out = self._latest(order)
        self._take_back(order, quantity=2)
        with self.assertRaisesRegex(UserError, "not all that .* is out"):
            self._undo(out)
        self.assertEqual(self._states(order.order_line), (0, 3, 2))
        self._undo(order)
        self._undo(out)
        self.assertEqual(self._states(order.order_line), (5, 0, 0))
        self.assertFalse(self._differences())

    def test_C5_fetched_early_has_its_agreed_period_again(self):
        """Else its days before would stay taken for nobody."""
        order = self._confirmed((self.chair, 5), start=at(1), stop=at(4))
        self._hand_over(order)
        row = order.order_line._rental_rows()
        self.assertEqual(row.start, at(0))
        self._undo(order)
        self.assertEqual((row.start, row.stop), (at(1), at(4)))
        self.assertFalse(row.rental_charge_start)
        self.assertEqual(order.order_line.price_unit, 5)

    def test_C5_neither_twice_nor_the_undoing_itself(self):
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order)
        out = self._latest(order)
        self._undo(out)
        with self.assertRaisesRegex(UserError, "undone already"):
            self._undo(out)
        with self.assertRaisesRegex(UserError, "hand over or take back again"):
            self._undo(out.rental_undo_ids)
        with self.assertRaisesRegex(UserError, "nothing was handed over"):
            self._undo(order)
        for transfer in (out, out.rental_undo_ids):
            with self.assertRaisesRegex(UserError, "nothing of it is left to return"):
                self._return_in_the_stock_app(transfer)
            with self.assertRaisesRegex(UserError, "not rewritten"):
                transfer.move_line_ids.quantity = 1

    def _return_in_the_stock_app(self, transfer):
        wizard = self.env["stock.return.picking"].create({"picking_id": transfer.id})
        wizard.product_return_moves.quantity = 1
        wizard.action_create_returns()

    def test_C5_reason_is_required_and_kept(self):
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order)
        window = self.env["rental.undo"].with_user(self.clerk)
        for blank in (False, "  "):
            mine = window.create(
                {"transfer_id": self._latest(order).id, "reason": blank}
            )
            with self.assertRaisesRegex(UserError, "Say why"):
                mine.action_undo()
        self.assertEqual(order.rental_status, "out")

    def test_C5_goods_that_are_not_there_any_more(self):
        """Named with the place; nothing is half undone."""
        order = self._confirmed((self.drill, 1), start=at(0))
        lot = self.drill_lots[0]
        self._hand_over(order, lots=lot)
        self._take_back(order)
        back = self._latest(order)
        lot.location_id = self.south.lot_stock_id
        with (
            self.assertRaisesRegex(UserError, "Only 0 of D-1 are in NRT/Stock"),
            self.cr.savepoint(),
        ):
            self._undo(back)
        self.env.invalidate_all()
        self.assertEqual(self._states(order.order_line), (0, 0, 1))


@freeze_time(NOW)
class TestUndoReturn(UndoCommon):
    def _back(self, product=None, quantity=5, **vals):
        """An order whose pieces are back, the way the test says."""
        order = self._out((product or self.chair, quantity))
        self._take_back(order, **vals)
        return order

    def test_C10_return_undone_is_out_until_it_was_due(self):
        order = self._out((self.chair, 5), stop=at(-1))
        self._take_back(order)
        self.assertFalse(order.rental_is_late)
        self._undo(order)
        line = order.order_line.filtered("is_rental")
        row = line._rental_rows()
        self.assertEqual(
            (row.state, row.actual_start, row.stop, row.actual_stop),
            ("out", at(-3), at(-1), False),
        )
        self.assertTrue(order.rental_is_late)
        self.assertEqual(order.rental_status, "out")
        self.assertEqual(self._pieces(self.chair, self.away), 5)
        self.assertEqual(line.qty_delivered, 5)
        self.assertFalse(self._differences())
        self._take_back(order)
        self.assertFalse(self._differences())

    def test_C10_part_return_undone_two_of_five(self):
        """And the one before, though both came back at one moment."""
        order = self._out((self.chair, 5))
        self._take_back(order, quantity=2)
        self._take_back(order, quantity=3)
        first, second = order.rental_transfer_ids.sorted("id")[1:]
        self._undo(first)
        self.assertEqual(self._states(order.order_line), (0, 2, 3))
        self.assertEqual(order.rental_status, "part_back")
        self._undo(second)
        self.assertEqual(self._states(order.order_line), (0, 5, 0))
        self.assertFalse(self._differences())

    def test_C10_serial_number_of_that_return_only(self):
        order = self._out((self.drill, 3))
        for lot in self.drill_lots[:2]:
            self._take_back(order, lots=lot)
        back = order.rental_transfer_ids.sorted("id")[1]
        self._undo(back)
        self.assertEqual(self.drill_lots.mapped("rental_state"), ["out", "in", "out"])
        self.assertFalse(self._differences())

    def test_C10_promised_to_others_since_is_refused_by_name(self):
        """And what was handed to them; goods and ledger stay."""
        order = self._back(quantity=40)
        other = self._confirmed(
            (self.chair, 10), start=at(0), stop=at(3), partner_id=self.other.id
        )
        for step in (lambda: None, lambda: self._hand_over(other)):
            step()
            with self.assertRaises(AllocationConflict) as refused, self.cr.savepoint():
                self._undo(order)
            self.assertIn(other.name, str(refused.exception))
            self.env.invalidate_all()
            self.assertEqual(self._states(order.order_line[0]), (0, 0, 40))
            self.assertFalse(self._latest(order).rental_undo_ids)

    def test_C10_unit_handed_to_others_since_is_refused_by_name(self):
        order = self._out((self.drill, 1))
        lot = order.rental_transfer_ids.move_line_ids.lot_id
        self._take_back(order)
        other = self._confirmed((self.drill, 1), start=at(0), partner_id=self.other.id)
        self._hand_over(other, lots=lot)
        with self.assertRaises(AllocationConflict) as refused, self.cr.savepoint():
            self._undo(order)
        self.assertIn(other.name, str(refused.exception))

    def test_C10_block_of_what_came_back_damaged_is_lifted(self):
        """Of a unit and of pieces; a block somebody changed since stays."""
        order = self._out((self.drill, 1), (self.chair, 5))
        lot = order.rental_transfer_ids.move_line_ids.lot_id
        self._take_back(order, condition_id=self.damaged.id)
        self.assertEqual(lot.rental_state, "service")
        self.assertIn("in service again", self._consequences(self._latest(order)))
        self._undo(order)
        self.assertEqual(lot.rental_state, "out")
        pool = self._pool(self.chair).resource_id
        blocks = self.env["resource.allocation"].search(
            [("kind", "=", "block"), ("state", "=", "reserved")]
        )
        self.assertFalse(blocks)
        self._take_back(order, condition_id=self.damaged.id)
        blocks = blocks.search([("kind", "=", "block"), ("state", "=", "reserved")])
        mine = blocks.filtered(lambda row: row.resource_id == pool)
        mine.change({"stop": at(9)})
        self._undo(order)
        self.assertEqual((mine.state, mine.stop), ("reserved", at(9)))

    def test_C10_return_of_the_stock_app_too(self):
        """Stock dates it itself, a little after the ledger did."""
        order = self._out((self.chair, 5))
        wizard = self.env["stock.return.picking"].create(
            {"picking_id": order.rental_transfer_ids.id}
        )
        wizard.product_return_moves.quantity = 2
        action = wizard.action_create_returns()
        back = self.env["stock.picking"].browse(action["res_id"])
        back.button_validate()
        row = order.order_line[0]._rental_rows("done")
        self.assertEqual((row.quantity, row.actual_stop), (2, at(0)))
        row._store({"actual_stop": at(0) - timedelta(seconds=2)})
        self._undo(back)
        self.assertEqual(self._states(order.order_line[0]), (0, 5, 0))

    def test_C10_return_with_a_loss_is_turned_back_by_found(self):
        order = self._out((self.chair, 3))
        self._lose(order, quantity=1)
        with self.assertRaisesRegex(UserError, "Found…"):
            self._undo(order)


@freeze_time(NOW)
class TestUndoWho(UndoCommon):
    """A clerk on the same day by the order's clock, later a manager; nobody else."""

    def _handed_over(self):
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order)
        return order

    def test_C5_clerk_on_the_day_of_the_order(self):
        """The order's day, wherever the clerk sits."""
        self.clerk.tz = "Pacific/Auckland"
        order = self._handed_over()
        with freeze_time(LATE_THAT_DAY):
            self._undo(order)
        self.assertEqual(order.rental_status, "reserved")

    def test_C5_manager_from_the_next_day_on(self):
        """Midnight in Prague; the clerk hears whom to ask, and nothing happened."""
        order = self._handed_over()
        with freeze_time(NEXT_DAY):
            with self.assertRaisesRegex(AccessError, "ask a rental manager"):
                self._undo(order)
            self.assertEqual(order.rental_status, "out")
            self._undo(order, user=self.boss)
        self.assertEqual(order.rental_status, "reserved")

    def test_C5_day_is_when_it_was_recorded_and_nobody_writes_it(self):
        """A mistake of today about last Friday; stock's own date helps nobody."""
        order = self._confirmed((self.chair, 5), start=at(-3))
        self._hand_over(order, when=at(-3))
        out = self._latest(order)
        self.assertEqual(out.rental_recorded_at, at(0))
        with freeze_time(NEXT_DAY):
            mine = out.with_user(self.clerk)
            mine.date_done = NEXT_DAY
            with self.assertRaises(AccessError):
                mine.rental_recorded_at = NEXT_DAY
            with self.assertRaisesRegex(AccessError, "ask a rental manager"):
                self._undo(out)
        self._undo(out)
        self.assertEqual(order.rental_status, "reserved")

    def test_C5_nobody_else(self):
        order = self._handed_over()
        out = self._latest(order)
        people = {
            "storekeeper": self.keeper,
            "accountant": new_test_user(self.env, "u_accountant", ACCOUNTANT),
            "employee": new_test_user(self.env, "u_employee", "base.group_user"),
            "seller": new_test_user(
                self.env, "u_seller", "sales_team.group_sale_salesman_all_leads"
            ),
            "portal": new_test_user(self.env, "u_portal", "base.group_portal"),
        }
        for who, user in people.items():
            mine = out.with_user(user)
            for call in (mine.action_rental_undo, lambda m=mine: m._rental_undo("x")):
                with (
                    self.subTest(who=who),
                    self.assertRaisesRegex(AccessError, "rental clerk"),
                ):
                    call()
        self.assertEqual(order.rental_status, "out")

    def test_C5_other_company(self):
        order = self._handed_over()
        elsewhere = self.env["res.company"].create({"name": "Other Rentals"})
        stranger = new_test_user(
            self.env,
            "u_stranger",
            MANAGER,
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        out = self._latest(order).with_user(stranger)
        with self.assertRaises(AccessError):
            out.action_rental_undo()
        with self.assertRaises(AccessError):
            out._rental_undo("mine now")
        self.assertEqual(order.rental_status, "out")

    def test_C5_other_zone_has_another_midnight(self):
        """The company in Auckland, where Tuesday begins while Prague has lunch."""
        self.env.company.resource_calendar_id.tz = "Pacific/Auckland"
        order = self._handed_over()
        with freeze_time("2026-03-02 10:30:00"):
            self._latest(order).with_user(self.clerk).action_rental_undo()
        with freeze_time("2026-03-02 11:30:00"), self.assertRaises(AccessError):
            self._undo(order)

    def test_C5_guarded(self):
        """Neither what undid what nor the way of a move is written by anybody."""
        order = self._handed_over()
        out = self._latest(order).with_user(self.boss)
        with self.assertRaises(AccessError):
            out.rental_undoes_id = out
        with self.assertRaises(AccessError):
            out.move_ids.rental_direction = "undo"
