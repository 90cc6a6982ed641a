from odoo.tests import HttpCase, RecordCapturer, tagged

from .common import RentalFactory


@tagged("post_install", "-at_install", "tour")
class TestTourBoard(RentalFactory, HttpCase):
    """The fleet's board in the web client: dragged over, F8, documents."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_rental()
        cls.customer.name = "Lorelei Boats"
        cls.other = cls.customer.create({"name": "Otto Fair"})
        for name in ("Tour bench", "Tour tent"):
            cls._put(cls._make_item(name, day=10), cls.north, 20)

    def test_C21_C22_two_rows_one_order_and_options_of_two_tenants(self):
        with RecordCapturer(self.env["sale.order"]) as made:
            self.start_tour(
                "/odoo/rentals", "rental_board_tour", login="rental_clerk", timeout=180
            )
        orders = made.records.sorted("id")
        self.assertEqual(len(orders), 3)
        reserved = orders.filtered(lambda order: order.rental_status == "reserved")
        self.assertEqual(reserved.partner_id, self.customer)
        self.assertEqual(
            sorted(
                (line.product_id.name, line.product_uom_qty)
                for line in reserved.order_line
            ),
            [("Tour bench", 5), ("Tour tent", 1)],
        )
        benches = reserved.order_line.sorted("product_uom_qty")[-1:]
        self.assertEqual((benches.rental_stop - benches.rental_start).days, 3)
        options = orders - reserved
        self.assertEqual(set(options.mapped("rental_status")), {"option"})
        by_tenant = {order.partner_id: order.order_line for order in options}
        self.assertEqual(by_tenant[self.customer].rental_qty_held, 3)
        self.assertEqual(by_tenant[self.other].product_id.name, "Tour tent")
        # The options of who reserves as well are booked on the same project.
        mine = options.filtered(lambda order: order.partner_id == self.customer)
        self.assertEqual(mine.project_id, reserved.project_id)
