from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, freeze_time, tagged

from .common import RentalFactory


@tagged("post_install", "-at_install", "tour")
class TestTourLost(RentalFactory, HttpCase):
    """Lost and found in the web client; after it the records say what happened."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_rental()
        cls.customer.name = "Lorelei Boats"
        cls.drill.replacement_value = 1200
        cls.env.company.rental_wear_percent = 25

    def setUp(self):
        super().setUp()
        now = fields.Datetime.now()
        with freeze_time(now - timedelta(days=3)):
            start, stop = now - timedelta(days=3), now + timedelta(days=1)
            self.order = self._confirmed((self.drill, 1), start=start, stop=stop)
            self._hand_over(self.order, lots=self.drill_lots[0])

    def test_C10_lost_and_found(self):
        self.start_tour(
            "/odoo/rentals", "rental_lost_tour", login="rental_clerk", timeout=180
        )
        order, lot = self.order, self.drill_lots[0]
        self.env.invalidate_all()
        self.assertEqual(
            order.rental_transfer_ids.sorted("id").mapped("rental_direction"),
            ["out", "back", "found"],
        )
        self.assertEqual(order.order_line[0].rental_qty_out, 0)
        self.assertEqual((lot.rental_state, self._pool(self.drill).capacity), ("in", 3))
        fee = order.order_line.filtered("rental_fee_id")
        self.assertEqual((fee.price_unit, fee.product_uom_qty), (900, 0))
        said = " ".join(order.message_ids.mapped("body"))
        self.assertIn("Lost: 1 × Drill (D-1): Lost, Fell into the river", said)
