from odoo.tests import freeze_time

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import NOW, RentalCommon, at

NASTY = '<img src=x onerror="alert(1)">'
"""What somebody outside may call himself, or a thing, or give as a reason."""


@freeze_time(NOW)
class TestTexts(RentalCommon):
    """What people typed is text to whoever reads it, never markup."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.name = NASTY
        cls.chair.name = f"Chair {NASTY}"

    def assertEscaped(self, html):
        self.assertIn("&lt;img", html)
        self.assertNotIn("<img", html)

    def test_refusal_of_what_the_customer_confirmed(self):
        self._confirmed((self.chair, 40))
        order = self._order((self.chair, 1))
        with self.assertRaises(AllocationConflict) as refused, self.cr.savepoint():
            order.action_confirm()
        order._rental_tell_unconfirmed(refused.exception)
        self.assertEscaped(order.activity_ids.note)

    def test_option_that_lapsed(self):
        order = self._order((self.chair, 1))
        order._rental_place_option(at(0, 12))
        with freeze_time(at(0, 13)):
            self.env.flush_all()
            with self.enter_registry_test_mode():
                job = self.env.ref("resource_allocation.ir_cron_lapse")
                job.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEscaped(order.activity_ids.note)

    def test_promise_at_risk(self):
        order = self._confirmed((self.chair, 40))
        self._put(self.chair, self.north, 30)
        self.assertEscaped(order.activity_ids.note)

    def test_fee_for_a_return_in_the_stock_app(self):
        service = self.env["product.product"].create(
            {"name": "Extras", "type": "service", "invoice_policy": "order"}
        )
        self.env["rental.fee"].create(
            {
                "name": f"Late {NASTY}",
                "product_id": service.id,
                "moment": "return",
                "basis": "late_day",
                "amount": 100,
                "automatic": True,
            }
        )
        order = self._confirmed((self.chair, 1), start=at(0))
        self._hand_over(order)
        with freeze_time(at(9)):
            wizard = self.env["stock.return.picking"].create(
                {"picking_id": order.rental_transfer_ids.id}
            )
            wizard.product_return_moves.quantity = 1
            back = self.env["stock.picking"].browse(
                wizard.action_create_returns()["res_id"]
            )
            back.move_ids.write({"quantity": 1, "picked": True})
            back.button_validate()
        self.assertEscaped(order.activity_ids.note)

    def test_reason_of_a_cancellation_in_the_history(self):
        order = self._confirmed((self.chair, 1))
        order._rental_cancel(NASTY)
        bodies = [body for body in order.message_ids.mapped("body") if "img" in body]
        self.assertTrue(bodies)
        for body in bodies:
            self.assertEscaped(body)
