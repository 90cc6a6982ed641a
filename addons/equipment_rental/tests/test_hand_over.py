from datetime import datetime

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import NOW, RentalCommon, at


@freeze_time(NOW)
class TestHandOver(RentalCommon):
    """Goods to the customer and back, with the ledger in step."""

    def _at(self, location, product):
        """How many pieces of ``product`` are in ``location``."""
        quants = self.env["stock.quant"].search(
            [("location_id", "=", location.id), ("product_id", "=", product.id)]
        )
        return sum(quants.mapped("quantity"))

    def test_C13_hand_over_moves_goods_and_ledger(self):
        order = self._confirmed((self.drill, 2), (self.chair, 10), start=at(0))
        self._hand_over(order, lots=self.drill_lots[:2])
        away = self.north.rental_location_id
        self.assertEqual(self._at(away, self.chair), 10)
        self.assertEqual(
            self.drill_lots.mapped("location_id"), away | self.north.lot_stock_id
        )
        self.assertEqual(order.rental_status, "out")
        self.assertEqual(order.order_line.mapped("rental_qty_out"), [2, 10])
        self.assertEqual(order.order_line.mapped("qty_delivered"), [2, 10])
        rows = order.order_line[0]._rental_rows()
        self.assertEqual(rows.resource_id, self.drill_lots[:2].rental_resource_id)
        self.assertEqual(order.picking_ids.move_ids.sale_line_id, order.order_line)
        self.assertEqual(len(order.order_line), 2, "stock adds no lines")

    def test_order_waits_for_who_did_not_come(self):
        order = self._confirmed((self.drill, 2), (self.chair, 10), start=at(0))
        self.env.flush_all()
        with freeze_time(at(30)):
            with self.enter_registry_test_mode():
                job = self.env.ref("resource_allocation.ir_cron_look_after")
                job.method_direct_trigger()
            self.env.invalidate_all()
            self.assertEqual(order.rental_status, "reserved")
            self._hand_over(order, lots=self.drill_lots[:2])
            self.assertEqual(order.rental_status, "out")

    def test_C5_who_took_over_and_when(self):
        """Each hand-over keeps its own person and time."""
        order = self._confirmed((self.chair, 10), start=at(-2))
        driver = self.env["res.partner"].create({"name": "Dan Driver"})
        for day, person, quantity in ((-2, driver, 4), (-1, self.customer, 6)):
            window = Form(self._window(order.action_rental_hand_over()))
            window.date = at(day, 9)
            window.person_id = person
            with window.line_ids.edit(0) as line:
                line.quantity = quantity
            window.save().action_hand_over()
        transfers = order.rental_transfer_ids.sorted("id")
        self.assertEqual(transfers.mapped("rental_date"), [at(-2, 9), at(-1, 9)])
        self.assertEqual(transfers.mapped("rental_person_id"), driver | self.customer)
        rows = order.order_line._rental_rows("out")
        self.assertEqual(
            sorted(rows.mapped(lambda row: (row.actual_start, row.quantity))),
            [(at(-2, 9), 4), (at(-1, 9), 6)],
        )

    def test_C13_hand_over_of_one_line(self):
        order = self._confirmed((self.drill, 1), (self.chair, 10), start=at(0))
        drill, chair = order.order_line
        window = self._window(chair.action_rental_hand_over())
        self.assertEqual(window.line_ids.sale_line_id, chair)
        window.action_hand_over()
        self.assertEqual((drill.rental_qty_out, chair.rental_qty_out), (0, 10))
        self.assertEqual(order.rental_status, "part_out")

    def test_C13_serial_numbers_are_chosen(self):
        order = self._confirmed((self.drill, 2), start=at(0))
        window = Form(self._window(order.action_rental_hand_over()))
        with window.line_ids.edit(0) as line:
            self.assertEqual(line.quantity, 0)
            line.lot_ids.add(self.drill_lots[2])
            self.assertEqual(line.quantity, 1)
        window.save().action_hand_over()
        self.assertEqual(
            order.order_line._rental_rows("out").resource_id,
            self.drill_lots[2].rental_resource_id,
        )
        self.assertEqual(order.order_line.rental_qty_reserved, 1)

    def test_nothing_chosen_is_refused(self):
        order = self._confirmed((self.drill, 1), start=at(0))
        window = self._window(order.action_rental_hand_over())
        with self.assertRaisesRegex(UserError, "Choose serial numbers"):
            window.action_hand_over()

    def test_same_serial_number_is_not_out_twice(self):
        first = self._confirmed((self.drill, 1), start=at(0))
        second = self._confirmed((self.drill, 1), start=at(0))
        self._hand_over(first, lots=self.drill_lots[0])
        with self.assertRaisesRegex(UserError, "D-1.*is not in"), self.cr.savepoint():
            self._hand_over(second, lots=self.drill_lots[0])
        second.invalidate_recordset()
        self.assertEqual(second.rental_status, "reserved")
        self.assertEqual(len(second.picking_ids), 0, "nothing half-done remains")

    def test_unit_promised_to_somebody_else_is_refused(self):
        """A unit another customer has pinned for tomorrow does not leave today."""
        pinned = self._confirmed((self.drill, 1), start=at(1), stop=at(2))
        pinned.order_line._rental_rows().reassign(self.drill_lots[0].rental_resource_id)
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(3))
        with self.assertRaises(AllocationConflict):
            self._hand_over(order, lots=self.drill_lots[0])

    def test_more_than_reserved_is_refused(self):
        order = self._confirmed((self.chair, 5), start=at(0))
        with self.assertRaisesRegex(UserError, "Chair: 10 are chosen.* only 5"):
            self._hand_over(order, quantity=10)

    def test_more_than_is_there_is_refused(self):
        """The stock has the last word on what can leave the yard."""
        order = self._confirmed((self.chair, 40), start=at(0))
        self._put(self.chair, self.north, 30)
        with self.assertRaisesRegex(UserError, "Only 30 of Chair are in"):
            self._hand_over(order)

    def test_C10_gradual_return(self):
        """Three returns with date, quantity and condition; the rest stays out."""
        order = self._confirmed((self.chair, 30), start=at(-3), stop=at(2))
        self._hand_over(order, when=at(-3))
        damaged = self.env.ref("equipment_rental.rental_condition_damaged")
        self._take_back(order, quantity=10, when=at(-2))
        self.assertEqual(order.rental_status, "part_back")
        self._take_back(
            order,
            quantity=5,
            when=at(-1),
            condition_id=damaged.id,
            remark="broken back rests",
        )
        line = order.order_line
        self.assertEqual((line.rental_qty_out, line.rental_qty_back), (15, 15))
        self._take_back(order, when=at(0))
        self.assertEqual(order.rental_status, "back")
        back = order.rental_transfer_ids.filtered(
            lambda transfer: transfer.rental_direction == "back"
        ).sorted("id")
        self.assertEqual(back.mapped("rental_date"), [at(-2), at(-1), at(0)])
        self.assertEqual(back.move_ids.mapped("quantity"), [10, 5, 15])
        self.assertEqual(back[1].move_ids.rental_condition_id, damaged)
        self.assertIn("broken back rests", back[1].rental_summary)
        self.assertEqual(self._at(self.north.lot_stock_id, self.chair), 40)
        self.assertEqual(line.qty_delivered, 30, "coming back takes nothing away")
        rows = line._rental_rows("done")
        self.assertEqual(
            sorted(rows.mapped(lambda row: (row.actual_stop, row.quantity))),
            [(at(-2), 10), (at(-1), 5), (at(0), 15)],
        )

    def test_C10_units_come_back_one_by_one(self):
        order = self._confirmed((self.drill, 3), start=at(0))
        self._hand_over(order)
        self._take_back(order, lots=self.drill_lots[1])
        self.assertEqual(
            order.order_line._rental_rows("done").resource_id,
            self.drill_lots[1].rental_resource_id,
        )
        self.assertEqual(self.drill_lots.mapped("rental_state"), ["out", "in", "out"])
        self._take_back(order)
        self.assertEqual(order.rental_status, "back")

    def test_C10_more_back_than_out_is_refused(self):
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order)
        with self.assertRaisesRegex(UserError, "only 5 are out, 6 cannot come back"):
            self._take_back(order, quantity=6)

    def test_C10_returned_frees_for_others(self):
        order = self._confirmed((self.drill, 3), start=at(-1), stop=at(3))
        self._hand_over(order, when=at(-1))
        with self.assertRaises(AllocationConflict), self.cr.savepoint():
            self._confirmed((self.drill, 1), start=at(1), stop=at(2))
        self._take_back(order, lots=self.drill_lots[0])
        self._confirmed((self.drill, 1), start=at(1), stop=at(2))

    def test_late_return_shows_and_occupies(self):
        order = self._confirmed((self.drill, 3), start=at(-3), stop=at(-1))
        self._hand_over(order, when=at(-3))
        self.assertTrue(order.rental_is_late)
        late = self.env["sale.order"].search([("rental_is_late", "=", True)])
        self.assertIn(order, late)
        with self.assertRaises(AllocationConflict):
            self._confirmed((self.drill, 1), start=at(0, 7), stop=at(1))

    def test_order_with_items_out_is_not_cancelled(self):
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order, quantity=2)
        with self.assertRaisesRegex(UserError, "still out"):
            order.action_cancel()

    def test_quantity_change_after_hand_over_procures_nothing(self):
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order)
        order.order_line.product_uom_qty = 8
        self.assertEqual(order.order_line.rental_qty_reserved, 3)
        self.assertEqual(len(order.picking_ids), 1)
        with self.assertRaisesRegex(UserError, "delivered"):
            order.order_line.product_uom_qty = 4

    def test_period_change_while_out_moves_the_end(self):
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(2))
        self._hand_over(order)
        order.rental_stop = at(5)
        row = order.order_line._rental_rows("out")
        self.assertEqual((row.start, row.stop), (at(0), at(5)))

    def test_return_in_the_stock_app_takes_back_in_the_ledger(self):
        """Core's own return wizard is a way to bring things back, too."""
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order)
        wizard = self.env["stock.return.picking"].create(
            {"picking_id": order.rental_transfer_ids.id}
        )
        wizard.product_return_moves.quantity = 2
        transfer = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        self.assertEqual(transfer.picking_type_id, self.north.rent_in_type_id)
        transfer.move_ids.quantity = 2
        transfer.move_ids.picked = True
        transfer.button_validate()
        line = order.order_line
        self.assertEqual((line.rental_qty_out, line.rental_qty_back), (3, 2))

    def test_C11_late_return_in_the_stock_app_is_to_be_charged(self):
        order = self._confirmed((self.chair, 5), start=at(-4), stop=at(-2))
        self._hand_over(order, when=at(-4))
        wizard = self.env["stock.return.picking"].create(
            {"picking_id": order.rental_transfer_ids.id}
        )
        wizard.product_return_moves.quantity = 5
        transfer = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        transfer.button_validate()
        self.assertEqual(order.order_line.rental_qty_back, 5)
        self.assertIn(transfer.name, order.activity_ids.summary)
        self.assertIn("Late return", order.activity_ids.note)

    def test_rest_of_a_return_in_the_stock_app_is_one_too(self):
        """What stock puts into a backorder takes back as well."""
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order)
        wizard = self.env["stock.return.picking"].create(
            {"picking_id": order.rental_transfer_ids.id}
        )
        wizard.product_return_moves.quantity = 5
        transfer = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        transfer.move_ids.quantity = 2
        transfer.move_ids.picked = True
        transfer._action_done()
        self.assertEqual(order.order_line.rental_qty_out, 3)
        rest = transfer.backorder_ids
        rest.move_ids.quantity = 3
        rest.move_ids.picked = True
        rest._action_done()
        self.assertEqual(order.rental_status, "back")

    def test_mixed_order_with_partial_returns(self):
        """Returning rented chairs leaves what was sold of the same item alone."""
        order = self._confirmed(
            (self.chair, 10), (self.chair, 2, {"is_rental": False}), start=at(0)
        )
        rent, sale = order.order_line
        sale.move_ids.quantity = 2
        sale.move_ids.picked = True
        sale.move_ids.picking_id.button_validate()
        self._hand_over(order)
        self._take_back(order, quantity=4)
        self.assertEqual((rent.qty_delivered, sale.qty_delivered), (10, 2))
        self._take_back(order)
        self.assertEqual((rent.qty_delivered, sale.qty_delivered), (10, 2))
        self.assertEqual(rent.rental_qty_back, 10)
        self.assertEqual(self._pool(self.chair).capacity, 38, "two were sold")
        self.assertEqual(len(order.order_line), 2)

    def test_back_before_out_is_refused(self):
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order)
        with self.assertRaises(ValidationError):
            self._take_back(order, when=at(-1))

    # === WHAT IS RECORDED HAS HAPPENED === #

    def test_C5_hand_over_in_time_to_come_is_refused(self):
        """What, where, and what to do; by the window, and from the ledger."""
        order = self._confirmed((self.chair, 5), start=at(0))
        words = f"(?s){order.name}.*3/5/28.*yet to come.*really changed hands"
        with self.assertRaisesRegex(UserError, words), self.cr.savepoint():
            self._hand_over(order, when=datetime(2028, 3, 5, 9))
        rows = order.order_line._rental_rows("reserved").with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "has happened"), self.cr.savepoint():
            rows.hand_out(at=at(0, 9))
        order.invalidate_recordset()
        self.assertEqual(order.rental_status, "reserved")
        self.assertFalse(order.picking_ids)

    def test_C10_return_in_time_to_come_is_refused(self):
        """Sixteen days ahead, a minute ahead; nothing is charged."""
        order = self._confirmed((self.chair, 5), start=at(-3))
        self._hand_over(order, when=at(-3))
        for when in (at(16), datetime(2026, 3, 2, 8, 1)):
            with (
                self.assertRaisesRegex(UserError, f"{order.name}.*yet to come"),
                self.cr.savepoint(),
            ):
                self._take_back(order, when=when)
        rows = order.order_line._rental_rows("out").with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "has happened"), self.cr.savepoint():
            rows.take_back(at=at(1))
        order.invalidate_recordset()
        self.assertEqual(order.order_line.rental_qty_out, 5)
        self.assertFalse(order.order_line.rental_fee_id)
        self._take_back(order, when=at(0))
        self.assertEqual(order.rental_status, "back")

    def _return_in_the_stock_app(self, order, pieces):
        """Core's return of the hand-over, not done yet."""
        wizard = self.env["stock.return.picking"].create(
            {"picking_id": order.rental_transfer_ids.id}
        )
        wizard.product_return_moves.quantity = pieces
        return self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )

    def test_C10_transfer_is_not_dated_in_time_to_come(self):
        """Typed in the stock app or by a program, before or after it is done."""
        order = self._confirmed((self.chair, 5), start=at(-3))
        self._hand_over(order, when=at(-3))
        transfer = self._return_in_the_stock_app(order, 2)
        with self.assertRaisesRegex(UserError, "yet to come"), self.cr.savepoint():
            transfer.rental_date = at(16)
        transfer.rental_date = at(-1)
        transfer.button_validate()
        rows = order.order_line._rental_rows("done")
        self.assertEqual(rows.actual_stop, at(-1))
        with self.assertRaisesRegex(UserError, "yet to come"), self.cr.savepoint():
            transfer.date_done = at(16)

    def test_C5_moment_that_stands_in_the_ledger_is_not_rewritten(self):
        """The transfer's own date is it where none was typed."""
        order = self._confirmed((self.chair, 5), start=at(-3))
        self._hand_over(order, when=at(-3))
        out = order.rental_transfer_ids
        for vals in ({"rental_date": at(-2)}, {"rental_date": False}):
            with self.assertRaisesRegex(UserError, "not rewritten"):
                out.write(vals)
        out.write({"rental_date": at(-3), "rental_note": "two scratched"})
        out.date_done = at(-1)
        self.assertEqual(out._rental_moment(), at(-3))
        back = self._return_in_the_stock_app(order, 5)
        back.button_validate()
        self.assertEqual(back._rental_moment(), at(0))
        for vals in ({"rental_date": at(-2)}, {"date_done": at(-2)}):
            with self.assertRaisesRegex(UserError, "not rewritten"):
                back.write(vals)

    def test_dates_of_other_transfers_are_cores(self):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.north.in_type_id.id,
                "location_dest_id": self.north.lot_stock_id.id,
            }
        )
        picking.date_done = at(16)
        self.assertEqual(picking.date_done, at(16))
