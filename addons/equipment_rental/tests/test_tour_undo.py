from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import RentalFactory


@tagged("post_install", "-at_install", "tour")
class TestTourUndo(RentalFactory, HttpCase):
    """Two hand-overs undone in the web client; after it the goods are in stock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_rental()
        cls.customer.name = "Lorelei Boats"

    def test_C5_hand_overs_undone(self):
        now = fields.Datetime.now()
        order = self._confirmed(
            (self.chair, 5), start=now, stop=now + timedelta(days=1)
        )
        self._hand_over(order, quantity=2)
        self._hand_over(order, quantity=3)
        self.start_tour(
            "/odoo/rentals", "rental_undo_tour", login="rental_clerk", timeout=180
        )
        self.env.invalidate_all()
        line = order.order_line[0]
        self.assertEqual((line.rental_qty_reserved, line.rental_qty_out), (5, 0))
        away = self.north.rental_location_id
        self.assertFalse(sum(away.quant_ids.mapped("quantity")))
        said = " ".join(order.message_ids.mapped("body"))
        self.assertIn("undone: 2 × Chair. Wrong customer", said)
