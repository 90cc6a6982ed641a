from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, tagged

from .common import RentalFactory


@tagged("post_install", "-at_install", "tour")
class TestTourMixed(RentalFactory, HttpCase):
    """An order that rents and sells, at the counter in the web client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_rental()
        cls.customer.name = "Lorelei Boats"
        cls.box = cls._make_item("Box", rent_ok=False)
        cls._put(cls.box, cls.north, 9)
        (cls.chair | cls.box).write({"taxes_id": [Command.clear()]})

    def test_C10_the_counter_moves_what_is_rented_and_names_what_is_sold(self):
        now = fields.Datetime.now()
        with freeze_time(now - timedelta(days=1)):
            order = self._confirmed(
                (self.chair, 5),
                (self.box, 2),
                start=now - timedelta(hours=2),
                stop=now + timedelta(days=2),
            )
        self.start_tour(
            "/odoo/rentals", "rental_mixed_tour", login="rental_clerk", timeout=180
        )
        self.env.invalidate_all()
        order._create_invoices(final=True).action_post()
        self.assertEqual(order.rental_status, "back")
        delivery = order.picking_ids.filtered(lambda one: not one.rental_direction)
        delivery.move_ids.write({"quantity": 2, "picked": True})
        delivery._action_done()
        self.assertEqual(order.rental_status, "closed")
        bench = order.order_line.filtered("is_rental")
        self.assertEqual((bench.rental_qty_back, bench.qty_delivered), (5, 5))
