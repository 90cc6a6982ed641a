from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, freeze_time, tagged

from .common import RentalFactory


@tagged("post_install", "-at_install", "tour")
class TestTourSwap(RentalFactory, HttpCase):
    """A swap in the web client, by scanning; after it the records say what happened."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_rental()
        cls.customer.name = "Lorelei Boats"
        cls._put(cls.drill, cls.north, lots=["D-4"])

    def test_P9_swapped_at_the_counter(self):
        now = fields.Datetime.now()
        with freeze_time(now - timedelta(days=3)):
            start, stop = now - timedelta(days=3), now + timedelta(days=1)
            order = self._confirmed((self.drill, 2), start=start, stop=stop)
            self._hand_over(order, lots=self.drill_lots[:2])
        self.start_tour(
            "/odoo/rentals", "rental_swap_tour", login="rental_clerk", timeout=180
        )
        self.env.invalidate_all()
        line = order.order_line
        self.assertEqual(line.rental_units_out, "D-1, D-4")
        self.assertEqual((line.rental_qty_out, line.rental_qty_back), (2, 0))
        self.assertEqual(
            order.rental_transfer_ids.sorted("id").mapped("rental_direction"),
            ["out", "back", "out"],
        )
        self.assertEqual(self.drill_lots.mapped("rental_state"), ["out", "in", "in"])
