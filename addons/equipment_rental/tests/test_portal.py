from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.base.tests.common import BaseCommon
from odoo.addons.payment.tests.common import PaymentCommon

from .common import NOW, RentalFactory, at

SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestPayment(RentalFactory, PaymentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_rental()

    def _paid(self, order):
        transaction = self._create_transaction(
            flow="direct",
            amount=order.amount_total,
            currency_id=order.currency_id.id,
            partner_id=order.partner_id.id,
            sale_order_ids=[order.id],
            reference=order.name,
            state="done",
        )
        transaction._post_process()
        return transaction

    def test_C15_paid_quotation_is_reserved(self):
        order = self._order((self.drill, 3))
        order.require_payment = True
        self._paid(order)
        self.assertEqual(order.rental_status, "reserved")

    def test_customer_who_confirms_is_not_responsible(self):
        public = self.env.ref("base.public_user")
        order = self._order((self.chair, 1), user_id=False)
        order.with_user(public).sudo().action_confirm()
        [row] = order.order_line._rental_rows()
        self.assertEqual(row.user_id, self.clerk)

    def test_C19_option_lapsed_while_the_customer_paid(self):
        order = self._order((self.drill, 3), user_id=self.clerk.id)
        order.require_payment = True
        order._rental_place_option(at(0, 12))
        with freeze_time(at(0, 12) + timedelta(minutes=1)):
            self._confirmed((self.drill, 1), partner_id=self.other.id)
            transaction = self._paid(order)
        self.assertEqual(transaction.state, "done", "the payment is not lost")
        self.assertIn(order.state, ("draft", "sent"))
        self.assertFalse(order.order_line.rental_qty_reserved)
        self.assertIn("not reserved", order.activity_ids.summary)
        self.assertEqual(order.activity_ids.user_id, self.clerk)

    def test_C8_payment_is_kept_where_the_period_is_missing(self):
        order = self._order((self.drill, 1), user_id=self.clerk.id)
        order.require_payment = True
        order.order_line.rental_stop = False
        order.rental_stop = False
        self.assertEqual(self._paid(order).state, "done")
        self.assertIn(order.state, ("draft", "sent"))
        self.assertIn("from when until when", order.activity_ids.note)


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestSigning(RentalFactory, BaseCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_rental()

    def _sign(self, order):
        order = order.sudo()
        order.write({"require_signature": True, "require_payment": False})
        order.state = "sent"
        order._portal_ensure_token()
        return self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {
                "access_token": order.access_token,
                "name": "Alder",
                "signature": SIGNATURE,
            },
        )

    def test_C9_C34_portal_says_the_deposit_and_the_yard(self):
        self.drill.rental_deposit = 150
        order = self._order((self.drill, 2)).sudo()
        order.state = "sent"
        order._portal_ensure_token()
        page = self.url_open(f"/my/orders/{order.id}?access_token={order.access_token}")
        self.assertIn("300.00", page.text)
        self.assertIn("not in the total", page.text)
        self.assertIn("North Yard", page.text)

    def test_C12_portal_reads_in_the_language_of_the_page(self):
        self.env["res.lang"]._activate_lang("cs_CZ")
        self.drill.with_context(lang="cs_CZ").name = "Vrtačka"
        order = self._order((self.drill, 2)).sudo()
        self.assertIn("Drill", order.order_line.name)
        order.state = "sent"
        self.customer.lang = "cs_CZ"
        order._portal_ensure_token()
        self.opener.cookies["frontend_lang"] = "cs_CZ"
        page = self.url_open(f"/my/orders/{order.id}?access_token={order.access_token}")
        self.assertIn("Vrtačka", page.text)
        self.assertNotIn("Drill", page.text)

    def test_C15_signed_quotation_is_reserved(self):
        order = self._order((self.drill, 3))
        self.assertNotIn("error", self._sign(order))
        self.assertEqual(order.rental_status, "reserved")

    def test_C37_signed_quotation_without_a_project_gets_its_own(self):
        order = self._order((self.drill, 3))
        order.project_id = False
        with self.assertRaisesRegex(UserError, "needs a project"):
            order.action_confirm()
        self.assertNotIn("error", self._sign(order))
        self.assertTrue(order.project_id)
        self.assertTrue(order.order_line.analytic_distribution)

    def test_C15_signing_what_is_taken_says_so_and_names_nobody(self):
        other = self._confirmed((self.drill, 2), partner_id=self.other.id)
        order = self._order((self.drill, 3), user_id=self.clerk.id)
        answer = self._sign(order)
        self.assertIn("Drill", answer["error"])
        self.assertNotIn(other.name, answer["error"])
        self.assertNotIn(self.other.name, answer["error"])
        self.assertEqual(order.state, "sent")
        self.assertFalse(order.signed_on)
        self.assertFalse(order.order_line.rental_qty_reserved)
        self.assertEqual(order.activity_ids.user_id, self.clerk)
