"""What users of other rental apps complained about, replayed."""

from datetime import datetime

from pytz import timezone, utc

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import CLERK, NOW, RentalCommon, at


def clock(zone, *when):
    """A wall-clock time in ``zone`` as the naive UTC that is stored."""
    return timezone(zone).localize(datetime(*when)).astimezone(utc).replace(tzinfo=None)


@freeze_time(NOW)
class TestAnchors(RentalCommon):
    """One test per complaint: that it does not happen here."""

    def _deliver(self, line, quantity=None):
        move = line.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
        move.quantity = quantity or move.product_uom_qty
        move.picked = True
        move.picking_id._action_done()
        return move.picking_id

    def _send_back(self, picking, product, quantity):
        """A return made in the stock app, of one product of a transfer."""
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        for line in wizard.product_return_moves:
            line.quantity = quantity if line.product_id == product else 0
        action = wizard.action_create_returns()
        back = self.env["stock.picking"].browse(action["res_id"])
        back.move_ids.quantity = quantity
        back.move_ids.picked = True
        back._action_done()
        return back

    # === AVAILABILITY === #

    def test_C15_enclosed_window_blocks(self):
        """sale_rental's check misses a booking that lies inside the wanted period."""
        inside = self._confirmed((self.drill, 3), start=at(10), stop=at(12))
        order = self._order((self.drill, 1), start=at(8), stop=at(15))
        with self.assertRaises(AllocationConflict) as refused, self.cr.savepoint():
            order.action_confirm()
        self.assertIn(inside.name, str(refused.exception))
        for start, stop in ((8, 10), (12, 15)):
            self._confirmed((self.drill, 3), start=at(start), stop=at(stop))

    def test_C15_double_booking_of_a_product(self):
        """odoo#63761: “Able to double book same product”."""
        self._confirmed((self.chair, 40), start=at(1), stop=at(4))
        for start, stop in ((1, 4), (0, 2), (3, 6), (0, 9), (2, 3)):
            with (
                self.subTest(start=start, stop=stop),
                self.assertRaises(AllocationConflict),
                self.cr.savepoint(),
            ):
                self._confirmed((self.chair, 1), start=at(start), stop=at(stop))

    def test_C15_same_serial_on_two_live_rentals(self):
        """odoo#161619: “no warning even if the serial number is already out”."""
        lot = self.drill_lots[0]
        first = self._confirmed((self.drill, 1), start=at(0), stop=at(3))
        self._hand_over(first, lots=lot)
        second = self._confirmed((self.drill, 1), start=at(0), stop=at(5))
        with self.assertRaisesRegex(UserError, "D-1"), self.cr.savepoint():
            self._hand_over(second, lots=lot)
        with self.assertRaises(AllocationConflict), self.cr.savepoint():
            second.order_line._rental_rows().reassign(lot.rental_resource_id)
        rows = self.env["resource.allocation"].search(
            [("resource_id", "=", lot.rental_resource_id.id), ("live", "=", True)]
        )
        self.assertEqual(rows, first.order_line._rental_rows())

    def test_C8_one_period_per_line(self):
        """odoo#146177: different periods for the items of one order."""
        period = {"rental_start": at(6), "rental_stop": at(8)}
        order = self._confirmed((self.drill, 1), (self.chair, 5, period))
        rows = order.order_line._rental_rows()
        self.assertEqual(
            rows.mapped(lambda row: (row.start, row.stop)),
            [(at(1), at(4)), (at(6), at(8))],
        )

    # === MIXED ORDERS === #

    def test_C10_C39_mixed_order_return_of_what_was_sold(self):
        """odoo#222093: a returned sale line must not change what was rented out."""
        (self.chair | self.drill).invoice_policy = "delivery"
        order = self._confirmed(
            (self.drill, 2), (self.chair, 10, {"is_rental": False}), start=at(0)
        )
        rent, sale = order.order_line
        delivery = self._deliver(sale)
        self._hand_over(order)
        self._send_back(delivery, self.chair, 4)
        self.assertEqual((rent.qty_delivered, sale.qty_delivered), (2, 6))
        self.assertEqual((rent.rental_qty_out, rent.rental_qty_back), (2, 0))
        self.assertEqual(order.rental_status, "out")
        self.assertEqual((rent.qty_to_invoice, sale.qty_to_invoice), (2, 6))
        self.assertEqual(self._pool(self.chair).capacity, 34)

    def test_C10_C39_mixed_order_of_one_product_with_partial_returns(self):
        """odoo#222093, odoo#286938: rented and sold chairs in one order, returned in
        parts by counter and by the stock app, in any order.
        """
        self.chair.invoice_policy = "delivery"
        order = self._confirmed(
            (self.chair, 10), (self.chair, 6, {"is_rental": False}), start=at(0)
        )
        rent, sale = order.order_line
        delivery = self._deliver(sale)
        self._hand_over(order)
        self._take_back(order, quantity=3)
        self._send_back(delivery, self.chair, 2)
        hand_over = order.rental_transfer_ids.filtered(
            lambda transfer: transfer.rental_direction == "out"
        )
        self._send_back(hand_over, self.chair, 4)
        self.assertEqual((rent.qty_delivered, sale.qty_delivered), (10, 4))
        self.assertEqual((rent.rental_qty_out, rent.rental_qty_back), (3, 7))
        self.assertEqual(order.rental_status, "part_back")
        self.assertEqual((rent.qty_to_invoice, sale.qty_to_invoice), (10, 4))
        order._create_invoices(final=True)
        self.assertEqual((rent.qty_invoiced, sale.qty_invoiced), (10, 4))
        self._take_back(order)
        self.assertEqual(rent.rental_qty_back, 10)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual((rent.qty_to_invoice, sale.qty_to_invoice), (0, 0))
        self.assertEqual(self._pool(self.chair).capacity, 36)
        self.assertEqual(len(order.order_line), 2, "stock adds no lines")

    def test_C10_one_return_document_per_return(self):
        """odoo#286938: “it creates multiple returning orders”."""
        order = self._confirmed(
            (self.chair, 10),
            (self.chair, 5, {"rental_start": at(0), "rental_stop": at(6)}),
            (self.drill, 2),
            (self.chair, 3, {"is_rental": False}),
            start=at(0),
        )
        self._deliver(order.order_line[3])
        self._hand_over(order, lots=self.drill_lots[:2])
        self.assertEqual(len(order.rental_transfer_ids), 1, "nothing comes back yet")
        for number in (1, 2):
            if number == 1:
                self._take_back(order, quantity=1)
            else:
                self._take_back(order)
            back = order.rental_transfer_ids.filtered(
                lambda transfer: transfer.rental_direction == "back"
            )
            self.assertEqual(len(back), number)
            self.assertEqual(set(back.mapped("state")), {"done"})
        self.assertFalse(
            order.picking_ids.filtered(
                lambda transfer: transfer.state not in ("done", "cancel")
            )
        )

    # === CHANGES AND REPETITION === #

    def test_C6_quantity_change_after_pick_up_procures_nothing(self):
        """OCA sale-workflow#472 and the like: more pieces are asked of the ledger."""
        order = self._confirmed((self.chair, 5), start=at(0), stop=at(3))
        self._confirmed((self.chair, 30), start=at(1), stop=at(2))
        self._hand_over(order)
        moves = self.env["stock.move"].search_count([])
        line = order.order_line
        line.product_uom_qty = 9
        self.assertEqual((line.rental_qty_out, line.rental_qty_reserved), (5, 4))
        with self.assertRaises(AllocationConflict), self.cr.savepoint():
            line.product_uom_qty = 11
        line.product_uom_qty = 5
        self.assertEqual((line.rental_qty_out, line.rental_qty_reserved), (5, 0))
        self.assertEqual(self.env["stock.move"].search_count([]), moves)

    def test_C15_reconfirm_after_cancel_duplicates_nothing(self):
        """OCA vertical-rental#64: confirming again doubles the rentals."""
        order = self._confirmed((self.chair, 30), (self.drill, 2))
        for _again in range(2):
            order.action_cancel()
            order.action_draft()
            order.action_confirm()
        live = order.order_line._rental_rows("hold", "reserved", "out")
        self.assertEqual(live.mapped("quantity"), [30, 2])
        self.assertEqual(order.order_line.mapped("rental_qty_reserved"), [30, 2])
        self.assertFalse(order.picking_ids)
        self._confirmed((self.chair, 10))
        self._hand_over(order, lots=self.drill_lots[:2])
        self.assertEqual(len(order.picking_ids), 1)
        self.assertEqual(order.order_line.mapped("rental_qty_out"), [30, 2])

    def test_C10_lateness_is_of_what_is_missing_only(self):
        """Rentman: the whole group shows delayed, not the pieces that are missing."""
        order = self._confirmed((self.drill, 3), start=at(-3), stop=at(-1))
        self._hand_over(order, when=at(-3))
        self._take_back(order, lots=self.drill_lots[:2])
        self.assertEqual(self.drill_lots.mapped("rental_state"), ["in", "in", "late"])
        late = self.env["resource.allocation"].search(
            [
                ("is_late", "=", True),
                ("root_id", "=", False),
                ("res_id", "in", order.order_line.ids),
            ]
        )
        self.assertEqual(sum(late.mapped("quantity")), 1)
        self.assertEqual(self._pool(self.drill).quantity_late, 1)
        self._confirmed((self.drill, 2), start=at(0), stop=at(1))

    # === TIME ZONES === #

    def test_C8_day_does_not_shift_between_time_zones(self):
        """odoo#159637 and others: a day more, or another date, for whoever looks."""
        far = new_test_user(self.env, "auckland", CLERK, tz="Pacific/Auckland")
        near = new_test_user(self.env, "prague", CLERK, tz="Europe/Prague")
        start, stop = (clock("Europe/Prague", 2026, 3, day, 9) for day in (10, 12))
        orders = [
            self._order((self.drill, 1), start=start, stop=stop, user=user)
            for user in (far, near)
        ]
        for order in orders:
            line = order.order_line
            self.assertEqual(line.price_unit, 200, "two days")
            self.assertEqual((line.rental_start, line.rental_stop), (start, stop))
            self.assertIn("3/10/26, 9:00", line.name)
            self.assertIn("3/12/26, 9:00", line.name)
        self.assertEqual(*(order.order_line.name for order in orders))
        self.assertEqual(*(order.order_line.rental_breakdown for order in orders))
        with freeze_time("2026-03-09 12:30:00"):
            # Already tomorrow in Auckland.
            for order in orders:
                order.action_confirm()
                row = order.order_line._rental_rows()
                self.assertEqual((row.start, row.stop), (start, stop))

    def test_C8_days_of_the_clock_change_count_one(self):
        """A day of 23 hours is one, so is a day of 25."""
        for month, day in ((3, 28), (10, 24)):
            start = clock("Europe/Prague", 2026, month, day, 12)
            stop = clock("Europe/Prague", 2026, month, day + 1, 12)
            self.assertIn((stop - start).total_seconds() / 3600, (23, 25))
            for zone in ("Pacific/Auckland", "America/New_York", "Europe/Prague"):
                self.clerk.tz = zone
                with self.subTest(month=month, zone=zone):
                    order = self._order((self.drill, 1), start=start, stop=stop)
                    self.assertEqual(order.order_line.price_unit, 100)
        week = [clock("Europe/Prague", 2026, 10, day, 12) for day in (20, 27)]
        order = self._order((self.drill, 1), start=week[0], stop=week[1])
        self.assertEqual(order.order_line.price_unit, 500, "a week is a week")

    # === REPLACING A LINE === #

    def test_C6_added_line_of_a_running_rental_asks_the_ledger(self):
        """odoo#270591: quantities in the shop grow past what is there."""
        order = self._confirmed((self.chair, 35), start=at(0), stop=at(3))
        self._hand_over(order)
        with self.assertRaises(AllocationConflict), self.cr.savepoint():
            order.order_line = [
                Command.create({"product_id": self.chair.id, "product_uom_qty": 6})
            ]
        order.order_line = [
            Command.create({"product_id": self.chair.id, "product_uom_qty": 5})
        ]
        self.assertEqual(order.order_line[1].rental_qty_reserved, 5)
