from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, freeze_time, tagged

from .common_money import BooksCommon


@tagged("post_install", "-at_install", "tour")
class TestTourChange(BooksCommon, HttpCase):
    """A longer period after the invoice, in the web client, and on the next invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.name = "Lorelei Boats"
        cls.clerk.group_ids += cls.env.ref("account.group_account_invoice")
        cls.clerk.tz = cls.env.company.resource_calendar_id.tz = "Etc/UTC"

    def test_C9_extended_after_the_invoice(self):
        """Four days at 100 are invoiced; eleven cost 900, a week and four days."""
        now = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
        with freeze_time(now - timedelta(days=3)):
            start, stop = now - timedelta(days=3), now + timedelta(days=1)
            order = self._confirmed((self.drill, 1), start=start, stop=stop)
            self._hand_over(order, lots=self.drill_lots[0])
            order._create_invoices().action_post()
        self.start_tour(
            "/odoo/rentals", "rental_change_tour", login="rental_clerk", timeout=180
        )
        self.env.invalidate_all()
        self.assertEqual(order.order_line.mapped("price_unit"), [400, 500])
        self.assertIn("The quay is late", " ".join(order.message_ids.mapped("body")))
        draft = order.invoice_ids.filtered(lambda move: move.state == "draft")
        self.assertEqual(draft.amount_untaxed, 500)
