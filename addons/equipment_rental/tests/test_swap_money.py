"""What a swap costs: nothing; rent, fees and deposit go on (P9, C9, C14)."""

from odoo.tests import freeze_time, tagged

from .common import NOW, at
from .common_money import MoneyCommon


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestSwapMoney(MoneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["rental.fee"].search([]).active = False
        cls.one, cls.two, cls.three = cls.drill_lots

    def _fortnight(self, pieces=1, **vals):
        """500 a week, out since a week, a week to go."""
        order = self._confirmed((self.drill, pieces), start=at(-7), stop=at(7), **vals)
        self._hand_over(order, lots=self.drill_lots[:pieces], when=at(-7))
        return order

    def _swap(self, order, old, new):
        window = self._window(order.action_rental_swap())
        window.note = "Motor smells"
        row = window.line_ids.filtered(lambda row: row.lot_id == old)
        (window.line_ids - row).quantity = 0
        row.quantity = 1
        row.other_lot_id = new
        window.action_swap()

    def _bill(self, order, kind="rent"):
        """What *Billing* says was charged, in all."""
        self.env.flush_all()
        order.invalidate_recordset(["rental_billing_ids"])
        rows = order.with_user(self.clerk).rental_billing_ids
        return sum(rows.mapped("amount_charged")), len(
            rows.filtered(lambda row: row.kind == kind)
        )

    def test_P9_C9_C14_swapped_in_an_invoiced_fortnight(self):
        """1,000 stay 1,000; a week more is 500, once; then it ends as ever."""
        order = self._fortnight()
        self._receive(order)
        self._post_invoice(order)
        lines = order.order_line
        self._swap(order, self.one, self.two)
        self.assertEqual(order.order_line, lines)
        self.assertEqual(order.amount_untaxed, 1000)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(self._bill(order), (1000, 1))
        order.order_line[0].rental_stop = at(14)
        more = order.order_line - lines
        self.assertEqual((more.product_uom_qty, more.price_unit), (1, 500))
        self.assertEqual((more.rental_charged_start, more.rental_charged_stop), (
            at(7), at(14)
        ))  # fmt: skip
        self.assertEqual(self._bill(order), (1500, 1))
        self.assertEqual(self._post_invoice(order).amount_untaxed, 500)
        with freeze_time(at(14)):
            self._take_back(order)
            self._pay_back(order)
            self.assertEqual(order.rental_status, "closed")
        self.assertEqual(order.amount_untaxed, 1500)
        self.assertEqual(self._bill(order), (1500, 1))

    def test_P9_C9_extended_before_and_after_the_swap(self):
        """An open charge follows what goes on; an invoiced one is not charged anew."""
        order = self._fortnight()
        self._post_invoice(order)
        line = order.order_line[0]
        line.rental_stop = at(14)
        charge = order.order_line - line
        self._swap(order, self.one, self.two)
        self.assertEqual(order.order_line - line, charge)
        [new] = line._rental_rows()
        self.assertEqual(charge.rental_charge_row_ids, new)
        self._post_invoice(order)
        self._swap(order, self.two, self.three)
        self.assertEqual(order.amount_untaxed, 1500)
        line.rental_stop = at(21)
        self.assertEqual(order.amount_untaxed, 2000)
        line.rental_stop = at(14)
        self.assertEqual(order.amount_untaxed, 1500)
        line.rental_stop = at(7)
        self.assertEqual(order.amount_untaxed, 1000)

    def test_P9_C9_one_of_three_back_the_other_longer(self):
        """What was swapped is no piece more: two go on, one is back."""
        order = self._fortnight(pieces=2)
        self._post_invoice(order)
        self._swap(order, self.one, self.three)
        self._take_back(order, lots=self.two)
        line = order.order_line[0]
        self.assertEqual((line.rental_qty_out, line.rental_qty_back), (1, 1))
        line.rental_stop = at(14)
        more = order.order_line - line
        self.assertEqual((more.product_uom_qty, more.price_unit), (1, 500))
        self.assertEqual(self._bill(order), (2500, 1))

    def test_P9_C9_days_that_were_free_stay_free(self):
        """What was charged for another time than reserved, goes on so."""
        order = self._fortnight()
        line = order.order_line[0]
        [row] = line._rental_rows()
        row._rental_charge_for({row: (at(-7), at(0))})
        order._rental_settle()
        due = order.amount_untaxed
        self._swap(order, self.one, self.two)
        [new] = line._rental_rows()
        self.assertEqual(new._rental_charged(), (at(-7), at(0)))
        self.assertEqual(order.amount_untaxed, due)

    def test_P9_C14_fees_and_deposit_do_not_arise_again(self):
        self.env["rental.fee"].create(
            {
                "name": "Delivery",
                "product_id": self.service.id,
                "moment": "hand_over",
                "amount": 40,
                "automatic": True,
            }
        )
        self.env["rental.fee"].create(
            {
                "name": "Washing",
                "product_id": self.service.id,
                "moment": "return",
                "amount": 15,
                "automatic": True,
            }
        )
        order = self._fortnight(pieces=2)
        self._receive(order)
        deposits = order.sudo().rental_deposit_ids
        lines, held = order.order_line, order.rental_deposit_held
        self._swap(order, self.one, self.three)
        self.assertEqual(order.order_line, lines)
        self.assertEqual(order.sudo().rental_deposit_ids, deposits)
        self.assertEqual(order.rental_deposit_held, held)
        self.assertFalse(order.rental_deposit_due)
        self.assertFalse(order.activity_ids)
        self._take_back(order)
        fees = order.order_line.filtered("rental_fee_id").mapped("name")
        self.assertEqual(fees, ["Delivery", "Washing"], "once, with the real return")

    def test_P9_C9_swapped_before_anything_is_invoiced(self):
        """With a discount that is given afterwards: the line is not invoiced yet."""
        order = self._fortnight()
        self._swap(order, self.one, self.two)
        order.order_line[0].discount = 10
        self.assertEqual(self._post_invoice(order).amount_untaxed, 900)
        self.assertEqual(self._bill(order), (900, 1))

    def test_P9_C39_delivered_as_often_as_ordered(self):
        """Items that are invoiced by delivery: a swap delivers nothing more."""
        self.drill.invoice_policy = "delivery"
        order = self._fortnight()
        self._swap(order, self.one, self.two)
        self.assertEqual(order.order_line[0].qty_delivered, 1)
        self.assertEqual(self._post_invoice(order).amount_untaxed, 1000)
