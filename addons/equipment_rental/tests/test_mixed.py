"""Orders that rent and sell: what was sold is not forgotten at the counter."""

from odoo.tests import Form, freeze_time, new_test_user
from odoo.tools.safe_eval import safe_eval

from .common import NOW, RentalCommon, at

STOREKEEPER = "equipment_rental.equipment_rental_group_storekeeper"


@freeze_time(NOW)
class TestMixedOrder(RentalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.box = cls._make_item("Box", rent_ok=False)
        cls._put(cls.box, cls.north, 9)
        cls.keeper = new_test_user(cls.env, "rental_keeper", STOREKEEPER, name="Stan")

    def _mixed(self, quantity=2):
        """Five chairs that are back, boxes that are sold, all invoiced."""
        order = self._confirmed((self.chair, 5), (self.box, quantity), start=at(0))
        self._hand_over(order)
        self._take_back(order)
        order._create_invoices(final=True).sudo().action_post()
        return order

    def _deliver(self, order, quantity, backorder=True):
        picking = order.picking_ids.filtered(
            lambda one: not one.rental_direction and one.state != "done"
        ).sudo()
        picking.move_ids.write({"quantity": quantity, "picked": True})
        picking.with_context(cancel_backorder=not backorder)._action_done()

    def test_C10_not_closed_before_what_was_sold_is_delivered(self):
        order = self._mixed()
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(order.rental_status, "back")
        self.assertEqual(order.rental_to_deliver, "2 × Box")
        self._deliver(order, 1)
        self.assertEqual(order.rental_status, "back")
        self.assertEqual(order.rental_to_deliver, "1 × Box")
        self._deliver(order, 1)
        self.assertEqual(order.rental_status, "closed")
        self.assertFalse(order.rental_to_deliver)

    def test_what_is_sold_by_the_dozen_is_counted_in_pieces(self):
        dozen = {"product_uom_id": self.env.ref("uom.product_uom_dozen").id}
        self._put(self.box, self.north, 30)
        order = self._confirmed((self.chair, 5), (self.box, 2, dozen))
        self.assertEqual(order.rental_to_deliver, "24 × Box")
        self._deliver(order, 6)
        self.assertEqual(order.rental_to_deliver, "18 × Box")

    def test_what_is_not_to_be_delivered_any_more_is_settled(self):
        """The rest was given up with *No Backorder*, or its transfer was cancelled."""
        order = self._mixed()
        self._deliver(order, 1, backorder=False)
        self.assertEqual(order.rental_status, "closed")
        order = self._mixed()
        order.picking_ids.filtered(lambda one: one.state != "done").action_cancel()
        self.assertEqual(order.rental_status, "closed")

    def test_services_and_fees_wait_for_no_delivery(self):
        service = self.env["product.product"].create(
            {"name": "Advice", "type": "service", "invoice_policy": "order"}
        )
        order = self._confirmed((self.chair, 5), (service, 1), start=at(0))
        self._hand_over(order)
        self._take_back(order)
        order._create_invoices(final=True).sudo().action_post()
        self.assertEqual(order.rental_status, "closed")

    def test_goods_that_wait_for_their_purchase_are_still_to_be_delivered(self):
        """No transfer of them is there yet: so it is before a vendor sends them."""
        order = self._confirmed((self.chair, 5), (self.box, 2), start=at(0))
        sale = order.order_line[1]
        sale.move_ids.sudo().picking_id.action_cancel()
        self.assertFalse(order.rental_to_deliver)
        sale.move_ids.sudo().unlink()
        order.invalidate_recordset(["rental_to_deliver"])
        self.assertEqual(order.rental_to_deliver, "2 × Box")

    def test_C13_counter_says_what_was_sold_with_it(self):
        """At the hand-over and the return; storekeepers see it, too."""
        order = self._confirmed((self.chair, 5), (self.box, 2), start=at(0))
        for user in (self.clerk, self.keeper):
            action = order.with_user(user).action_rental_hand_over()
            window = self._window(action).with_user(user)
            self.assertEqual(Form(window).to_deliver, "2 × Box")
        self._hand_over(order)
        window = self._window(order.action_rental_take_back())
        self.assertEqual(window.to_deliver, "2 × Box")
        self._deliver(order, 2)
        window.invalidate_recordset()
        self.assertFalse(window.to_deliver)

    def test_quotation_has_nothing_to_deliver(self):
        order = self._order((self.chair, 5), (self.box, 2))
        self.assertFalse(order.rental_to_deliver)
        order.action_confirm()
        self.assertEqual(order.rental_to_deliver, "2 × Box")
        order._action_cancel()
        order.invalidate_recordset(["rental_to_deliver"])
        self.assertFalse(order.rental_to_deliver)

    def test_running_orders_keep_what_is_still_to_be_delivered(self):
        order = self._mixed()
        action = self.env.ref("equipment_rental.sale_order_action_running")
        running = self.env["sale.order"].with_user(self.keeper)
        domain = safe_eval(action.domain)
        self.assertIn(order, running.search(domain))
        self._deliver(order, 2)
        self.assertNotIn(order, running.search(domain))


@freeze_time(NOW)
class TestPartlyFetched(RentalCommon):
    """The status says what the customer has, also where something never left."""

    def _order_of_three(self):
        order = self._confirmed((self.chair, 3), start=at(-4), stop=at(-1))
        self._hand_over(order, quantity=2, when=at(-4))
        return order

    def test_C10_what_came_back_while_a_piece_was_never_fetched(self):
        order = self._order_of_three()
        self.assertEqual(order.rental_status, "part_out")
        self._take_back(order, quantity=1, when=at(-2))
        self.assertEqual(order.rental_status, "part_out", "one is out")
        self._take_back(order, when=at(-2))
        self.assertEqual(order.rental_status, "part_back")
        self.assertTrue(order.rental_can_hand_over)

    def test_situation_says_that_it_was_not_fetched(self):
        """Late counts more: what is out is missed by others."""
        order = self._order_of_three()
        self.assertEqual(order.rental_situation, "late")
        self._take_back(order)
        self.assertEqual(order.rental_situation, "unfetched")
        order.rental_stop = at(2)
        self.assertEqual(order.rental_situation, "part_back")
        whole = self._confirmed((self.chair, 3), start=at(-4), stop=at(-1))
        self.assertEqual(whole.rental_situation, "unfetched")
        self._hand_over(whole, when=at(-4))
        self.assertEqual(whole.rental_situation, "late")

    def test_piece_taken_off_the_order_leaves_all_back(self):
        order = self._order_of_three()
        self._take_back(order)
        order.order_line.product_uom_qty = 2
        self.assertEqual(order.rental_status, "back")
        order._create_invoices(final=True).sudo().action_post()
        self.assertEqual(order.rental_status, "closed")
