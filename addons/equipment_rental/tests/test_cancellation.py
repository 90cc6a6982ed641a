from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time
from odoo.tools import mute_logger

from .common import NOW, RentalCommon, at


@freeze_time(NOW)
class TestCancellation(RentalCommon):
    """A customer who cancels may have to pay for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env.ref("equipment_rental.product_product_fee")
        cls.product.taxes_id = False
        cls.half, cls.fixed = cls.env["rental.fee"].create(
            [
                {
                    "name": "Storno 50 %",
                    "product_id": cls.product.id,
                    "moment": "cancellation",
                    "basis": "rent_percent",
                    "amount": 50,
                    "days_before": 3,
                },
                {
                    "name": "Storno",
                    "product_id": cls.product.id,
                    "moment": "cancellation",
                    "amount": 40,
                    "days_before": 14,
                },
            ]
        )

    def _cancel(self, order, **vals):
        window = Form(
            self.env["rental.cancellation"]
            .with_user(self.clerk)
            .with_context(**order.action_rental_cancel()["context"])
        )
        for name, value in vals.items():
            window[name] = value
        window.save().action_cancel()

    def test_C17_fee_by_days_before_the_start(self):
        for start, fee, amount in (
            (at(2), self.half, 150),
            (at(3), self.fixed, 40),
            (at(13), self.fixed, 40),
            (at(14), self.env["rental.fee"], 0),
        ):
            order = self._confirmed((self.drill, 1), start=start, stop=at(17))
            if fee == self.half:
                order.rental_stop = at(5)
            with self.subTest(start=start):
                window = Form(
                    self.env["rental.cancellation"].with_context(
                        default_order_id=order.id
                    )
                )
                self.assertEqual(window.fee_id, fee)
                self.assertEqual(window.amount, amount)
            order.action_cancel()

    def test_C17_cancelled_reservation_frees_and_its_fee_is_invoiced(self):
        order = self._confirmed((self.drill, 3), start=at(2), stop=at(4))
        self._cancel(order, reason="Rain")
        self.assertEqual(order.rental_status, "cancelled")
        rent, fee = order.order_line
        self.assertEqual(rent.product_uom_qty, 0)
        self.assertEqual(fee.price_unit, 300, "half of 3 drills for 2 days")
        self.assertEqual(fee.rental_moment, "cancellation")
        self.assertEqual(order.amount_untaxed, 300)
        self._confirmed((self.drill, 3), start=at(2), stop=at(4))
        invoice = order._create_invoices()
        self.assertEqual(invoice.amount_untaxed, 300)
        self.assertEqual(
            invoice.invoice_line_ids.analytic_distribution,
            order.project_id._get_analytic_distribution(),
        )
        self.assertIn("Rain", " ".join(order.message_ids.mapped("body")))

    def test_C17_without_a_fee_the_order_is_cancelled(self):
        order = self._confirmed((self.drill, 3), start=at(20), stop=at(24))
        self._cancel(order)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.rental_status, "cancelled")
        self._confirmed((self.drill, 3), start=at(20), stop=at(24))

    def test_C17_fee_can_be_waived(self):
        order = self._confirmed((self.drill, 1), start=at(2))
        self._cancel(order, amount=0)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(len(order.order_line), 1)

    def test_C17_what_is_out_stays(self):
        order = self._confirmed((self.chair, 10), (self.drill, 1), start=at(0, 8))
        self._hand_over(order, lots=self.drill_lots[0], quantity=4)
        self._cancel(order, amount=0)
        chairs, drill = order.order_line
        self.assertEqual((chairs.product_uom_qty, chairs.rental_qty_out), (4, 4))
        self.assertEqual(drill.product_uom_qty, 1)
        self.assertEqual(order.rental_status, "out")
        with self.assertRaisesRegex(UserError, "nothing is reserved"):
            self._cancel(order)

    @mute_logger("odoo.sql_db")
    def test_C17_an_amount_is_charged_as_a_fee(self):
        order = self._confirmed((self.drill, 1), start=at(2))
        with self.assertRaises(CheckViolation):
            self.env["rental.cancellation"].create(
                {"order_id": order.id, "fee_id": False, "amount": 40}
            )

    def test_C17_a_draft_invoice_of_the_rent_is_given_up(self):
        order = self._confirmed((self.drill, 1), start=at(2))
        draft = order._create_invoices()
        self._cancel(order)
        self.assertEqual(draft.state, "cancel")
        self.assertEqual(order.order_line[0].qty_to_invoice, 0)

    def test_C17_locked_order_is_refused_whole(self):
        order = self._confirmed((self.drill, 1), start=at(2))
        order.action_lock()
        with self.assertRaises(UserError), self.cr.savepoint():
            self._cancel(order)
        order.invalidate_recordset()
        self.assertEqual(len(order.order_line), 1)
        self.assertEqual(order.rental_status, "reserved")
