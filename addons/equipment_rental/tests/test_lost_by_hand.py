"""Scrapped or counted away where the customers' things are: lost there, or refused."""

from odoo.exceptions import UserError
from odoo.tests import freeze_time, new_test_user

from .common import NOW, at
from .test_lost import LostCommon


@freeze_time(NOW)
class TestLostByHand(LostCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.porter = new_test_user(
            cls.env, "lost_porter", "stock.group_stock_user", name="Paul Porter"
        )

    def _scrap(self, product, quantity=1, lot=None, user=None, **vals):
        scrap = (
            self.env["stock.scrap"]
            .with_user(user or self.keeper)
            .create(
                {
                    "product_id": product.id,
                    "scrap_qty": quantity,
                    "lot_id": lot and lot.id,
                    "location_id": self.away.id,
                    **vals,
                }
            )
        )
        scrap.action_validate()
        return scrap

    def _count(self, product, quantity):
        quant = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id", "=", self.away.id)]
        )
        quant.with_context(inventory_mode=True).inventory_quantity = quantity
        quant.action_apply_inventory()

    def _assert_ended(self, order, out):
        """So many are still out, by ledger, stock and order alike."""
        self.assertEqual(sum(order.order_line.mapped("rental_qty_out")), out)
        self.assertFalse(self._differences())

    def test_C10_scrapped_serial_number_is_lost(self):
        """The guide said to scrap it, and the order was late for ever."""
        order = self._confirmed((self.drill, 1), start=at(-3), stop=at(-1))
        self._hand_over(order, lots=self.drill_lots[0], when=at(-3))
        self.assertTrue(order.rental_is_late)
        self._scrap(self.drill, lot=self.drill_lots[0])
        self._assert_ended(order, 0)
        self.assertEqual((order.rental_status, order.rental_is_late), ("back", False))
        self.assertEqual(self.drill_lots[0].rental_state, "gone")
        self.assertEqual(order.order_line._rental_rows().actual_stop, at(0))
        self.assertIn("Lost: 1 × Drill (D-1)", self._said(order))
        [activity] = order.activity_ids
        self.assertIn("Charge for what was lost", activity.summary)
        self.assertIn("Replacement: 1 × Drill", activity.note)

    def test_C10_scrapped_and_found(self):
        order = self._out((self.drill, 1))
        lot = self.drill_lots.filtered(lambda lot: lot.rental_state == "out")
        self._scrap(self.drill, lot=lot)
        self._find(order)
        self.assertEqual(lot.rental_state, "in")
        self.assertFalse(self._differences())

    def test_C10_scrapped_pieces_of_the_only_order_are_lost(self):
        order = self._out((self.chair, 5))
        self._scrap(self.chair, 2)
        self._assert_ended(order, 3)
        self.assertEqual(self._pool(self.chair).capacity, 38)

    def test_C10_counted_away_is_lost(self):
        order = self._out((self.chair, 5))
        self._count(self.chair, 4)
        self._assert_ended(order, 4)
        self.assertIn("Lost: 1 × Chair", self._said(order))

    def test_C10_counted_away_serial_number_is_lost(self):
        """Each says whose it was, though two orders have some out."""
        first, second = self._out((self.drill, 1)), self._out((self.drill, 1))
        lot = first.rental_transfer_ids.move_line_ids.lot_id
        quant = lot.quant_ids.filtered(lambda quant: quant.location_id == self.away)
        quant.with_context(inventory_mode=True).inventory_quantity = 0
        quant.action_apply_inventory()
        self._assert_ended(first, 0)
        self._assert_ended(second, 1)
        self.assertEqual(lot.rental_state, "gone")
        self._find(first)
        self.assertEqual(lot.rental_state, "in")

    def test_C10_whose_pieces_they_were_must_be_said(self):
        """Two orders have some out: refused with both, and the way to go."""
        first, second = self._out((self.chair, 5)), self._out((self.chair, 5))
        for call in (
            lambda: self._scrap(self.chair, 1, user=self.clerk),
            lambda: self._count(self.chair, 9),
        ):
            with self.assertRaises(UserError) as caught, self.cr.savepoint():
                call()
            text = str(caught.exception)
            self.assertIn(first.name, text)
            self.assertIn(second.name, text)
            self.assertIn("Take Back", text)
        self._assert_ended(first, 5)
        self._lose(first, quantity=1)
        self._assert_ended(first, 4)

    def test_C10_lines_of_one_order_must_be_told_apart(self):
        self._out((self.chair, 5), (self.chair, 2))
        with self.assertRaisesRegex(UserError, "Take Back"):
            self._scrap(self.chair, 1)

    def test_C10_scrapped_without_a_rental_role(self):
        """Whoever moves the stock states a fact; the order follows."""
        order = self._out((self.chair, 5))
        self._scrap(self.chair, 1, user=self.porter)
        self._assert_ended(order, 4)

    def test_C10_more_than_is_out_there_is_no_orders(self):
        """What is there by mistake is moved away as ever: no order has it out."""
        order = self._out((self.chair, 5))
        self.env["stock.quant"]._update_available_quantity(self.chair, self.away, 3)
        self._scrap(self.chair, 3)
        self._assert_ended(order, 5)
        self.assertNotIn("Lost", self._said(order))

    def test_C10_scrapped_on_the_hand_over(self):
        """Core's button there: lost now, not when it was handed over."""
        order = self._out((self.chair, 5))
        transfer = order.rental_transfer_ids
        self._scrap(self.chair, 1, picking_id=transfer.id)
        self._assert_ended(order, 4)
        ended = order.order_line._rental_rows("done")
        self.assertEqual(ended.actual_stop, at(0))
        self.assertEqual(transfer.rental_summary, "5 × Chair")
        self.assertEqual(transfer._rental_paper_items(), "5\xa0×\xa0Chair")
        self._find(order)
        self.assertFalse(self._differences())

    def test_C10_scrap_of_what_came_back_is_a_scrap(self):
        order = self._out((self.chair, 5))
        self._take_back(order)
        scrap = self.env["stock.scrap"].create(
            {
                "product_id": self.chair.id,
                "scrap_qty": 1,
                "picking_id": order.rental_transfer_ids.sorted("id")[1].id,
            }
        )
        self.assertEqual(scrap.location_id, self.north.lot_stock_id)
        scrap.action_validate()
        self.assertEqual(order.order_line.rental_qty_back, 5)
        self.assertFalse(order.rental_has_lost)
        self.assertEqual(self._pool(self.chair).capacity, 39)
