from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .common import NOW, at
from .common_money import BooksCommon


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestCharge(BooksCommon):
    """What is rented longer, shorter or in part, before and after the invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk.group_ids += cls.env.ref("account.group_account_invoice")
        cls.bench = cls._make_item("Bench")
        cls.bench.rental_tier_ids = [Command.create({"unit": "day", "price": 10})]
        cls._put(cls.bench, cls.north, 20)

    def _rented(self, pieces=10, days=3, **vals):
        return self._confirmed((self.bench, pieces), start=at(0), stop=at(days), **vals)

    def _invoice(self, order, post=True):
        invoice = self.env["account.move"].browse(
            order.action_rental_invoice()["res_id"]
        )
        if post:
            invoice.action_post()
        return invoice

    def _charges(self, order):
        lines = order.order_line.filtered("rental_charge")
        return [(line.product_uom_qty, line.price_unit) for line in lines]

    def _lines(self, order):
        return [
            (line.product_uom_qty, line.price_unit)
            for line in order.order_line
            if line.product_uom_qty
        ]

    def _billed(self, order):
        """Invoices less credit notes, without tax."""
        moves = order.sudo().invoice_ids.filtered(lambda move: move.state == "posted")
        return -sum(move.direction_sign * move.amount_untaxed for move in moves)

    # === LONGER AND SHORTER === #

    def test_C9_extended_before_the_invoice_is_repriced(self):
        order = self._rented()
        order.rental_stop = at(10)
        self.assertEqual(self._lines(order), [(10, 100)])
        self.assertIn("3/12/26", order.order_line.name)

    def test_C9_C14_extended_after_the_invoice_is_charged(self):
        """300 invoiced, seven days more: 700 on a line and an invoice of their own."""
        order = self._rented()
        self._hand_over(order)
        self.assertEqual(self._invoice(order).amount_untaxed, 300)
        order.rental_stop = at(10)
        self.assertEqual(self._lines(order), [(10, 30), (10, 70)])
        self.assertEqual(order.invoice_status, "to invoice")
        second = self._invoice(order)
        self.assertEqual(second.amount_untaxed, 700)
        self.assertIn("3/5/26", second.invoice_line_ids.name)
        self.assertIn("3/12/26", second.invoice_line_ids.name)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(self._billed(order), 1000)

    def test_C9_a_draft_invoice_counts(self):
        order = self._rented()
        draft = self._invoice(order, post=False)
        order.rental_stop = at(10)
        self.assertEqual(self._lines(order), [(10, 30), (10, 70)])
        draft.button_cancel()
        order.rental_stop = at(8)
        self.assertEqual(self._lines(order), [(10, 80)])

    def test_C9_shortened_after_the_invoice_is_credited(self):
        order = self._rented()
        self._invoice(order)
        order.rental_stop = at(10)
        self._invoice(order)
        order.rental_stop = at(8)
        self.assertEqual(self._charges(order), [(10, 70), (-10, 20)])
        credit = self._invoice(order)
        self.assertEqual((credit.move_type, credit.amount_untaxed), ("out_refund", 200))
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(self._billed(order), 800)

    def test_C9_two_extensions_and_a_shortening_around_two_invoices(self):
        order = self._rented()
        self._hand_over(order)
        self._invoice(order)
        order.rental_stop = at(7)
        self._invoice(order)
        order.rental_stop = at(10)
        self.assertEqual(self._charges(order), [(10, 40), (10, 30)])
        order.rental_stop = at(6)
        self.assertEqual(self._charges(order), [(10, 40), (-10, 10)])
        self._invoice(order)
        self.assertEqual(self._billed(order), 600)

    def test_C9_cheaper_prices_of_longer_times_count(self):
        """The whole is priced, less what is charged already."""
        self.bench.rental_tier_ids = [
            Command.clear(),
            Command.create({"unit": "day", "price": 130}),
            Command.create({"unit": "day", "count": 4, "price": 260}),
            Command.create({"unit": "week", "price": 500}),
        ]
        order = self._rented(1, 6)
        whole = order.order_line._rental_rent(at(0), at(36))
        self._hand_over(order)
        self._invoice(order)
        first = order.order_line.price_unit
        order.rental_stop = at(36)
        self.assertEqual(self._charges(order), [(1, whole - first)])
        self.assertLess(whole - first, order.order_line[0]._rental_rent(at(0), at(30)))

    # === IN PART === #

    def test_C13_part_back_and_the_rest_longer(self):
        """Eight of ten back, two stay seven days more: 10 x 30 and 2 x 70 are 440."""
        order = self._rented()
        self._hand_over(order)
        with freeze_time(at(3)):
            self._take_back(order, quantity=8)
            order.rental_stop = at(10)
        self.assertEqual(self._lines(order), [(10, 30), (2, 70)])
        with freeze_time(at(10)):
            self._take_back(order)
        self._invoice(order)
        self.assertEqual(self._billed(order), 440)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_C13_what_is_wholly_back_no_longer_follows_the_order(self):
        order = self._confirmed(
            (self.bench, 1), (self.chair, 1), start=at(0), stop=at(3)
        )
        bench = order.order_line[0]
        self._hand_over(order)
        with freeze_time(at(3)):
            window = self._window(bench.action_rental_take_back())
            window.action_take_back()
            order.rental_stop = at(10)
        self.assertEqual(bench.rental_stop, at(3))
        self.assertEqual(bench.price_subtotal, 30)
        self.assertEqual(
            order.order_line.filtered("rental_charge").product_id, self.chair
        )

    def test_C13_more_pieces_after_part_came_back(self):
        """10 x 3 days, 8 back, rest to 10 days, then 12: 12 x 30 and 4 x 70."""
        order = self._rented()
        self._hand_over(order)
        with freeze_time(at(3)):
            self._take_back(order, quantity=8)
            order.rental_stop = at(10)
            order.order_line[0].product_uom_qty = 12
        self.assertEqual(self._lines(order), [(12, 30), (4, 70)])

    def test_C17_extension_of_what_is_given_up_is_credited(self):
        """Two of ten, extended and invoiced, are given up: 2 x 100 back."""
        order = self._rented()
        self._invoice(order)
        order.rental_stop = at(10)
        self._invoice(order)
        order.order_line[0].product_uom_qty = 8
        self._invoice(order)
        self.assertEqual(self._billed(order), 800)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_C10_early_and_late_are_charged_as_agreed(self):
        order = self._rented(10, 3)
        self._hand_over(order)
        with freeze_time(at(2)):
            self._take_back(order, quantity=5)
        with freeze_time(at(9)):
            self._take_back(order)
        self.assertEqual(self._lines(order)[0], (10, 30))
        self.assertFalse(self._charges(order))

    def test_C13_fetched_early_is_charged_as_agreed(self):
        order = self._confirmed((self.bench, 2), start=at(2), stop=at(5))
        with freeze_time(at(1)):
            self._hand_over(order)
        self.assertEqual(self._lines(order), [(2, 30)])

    # === IN BILLING, IN OTHER MONEY === #

    def _charged(self, order):
        rows = self.env["rental.billing"].search([("order_id", "=", order.id)])
        return sum(rows.mapped("amount_charged"))

    def test_C14_each_change_stands_in_billing(self):
        """Charged less credited is invoices less credit notes."""
        order = self._rented()
        self._hand_over(order)
        first = self._invoice(order)
        with freeze_time(at(2)):
            order.rental_stop = at(10)
            self._invoice(order)
            order.rental_stop = at(8)
        self._invoice(order)
        self._credit(first).action_post()
        rows = self.env["rental.billing"].search([("order_id", "=", order.id)])
        self.assertEqual(
            sorted((row.kind, row.moment, row.amount) for row in rows),
            [
                ("change", "change", -200),
                ("change", "change", 700),
                ("credit", "change", -300),
                ("rent", "hand_over", 300),
            ],
        )
        changes = rows.filtered(lambda row: row.kind == "change")
        self.assertEqual(set(changes.mapped("date")), {at(2).date()})
        self.assertIn("3/12/26", changes.sorted("amount")[-1].name)
        self.assertEqual(self._charged(order), self._billed(order))

    def test_C9_C38_in_other_money_with_tax_journal_items_line_by_line(self):
        """2 x 100 USD a day at 0.9, 21 % VAT; 3 + 2 + 1 days: 540, 360 and 180 EUR."""
        company = self.env.company
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.9)])
        self.assertEqual(company.currency_id.name, "USD")
        tax = self.tax_sale_a.copy({"name": "21 %", "amount": 21})
        self.bench.rental_tier_ids.price = 100
        self.bench.taxes_id = tax
        prices = self.env["product.pricelist"].create(
            {"name": "Europe", "currency_id": euro.id, "company_id": company.id}
        )
        order = self._rented(2, 3, pricelist_id=prices.id)
        order.order_line.tax_ids = tax
        self._hand_over(order)
        self.assertIn("90.00", order.order_line.rental_breakdown)
        invoices = self._invoice(order)
        for stop in (5, 6):
            order.rental_stop = at(stop)
            invoices += self._invoice(order)
        self.assertEqual(invoices.currency_id, euro)
        self.assertEqual(invoices.mapped("amount_untaxed"), [540, 360, 180])
        self.assertAlmostEqual(sum(invoices.mapped("amount_tax")), 226.8)
        account = self.income
        self.assertRecordValues(
            invoices[2].line_ids.sorted("balance", reverse=True),
            [
                {
                    "account_id": self.customer.property_account_receivable_id.id,
                    "debit": 242,
                    "credit": 0,
                    "amount_currency": 217.8,
                },
                {
                    "account_id": self.company_data["default_account_tax_sale"].id,
                    "debit": 0,
                    "credit": 42,
                    "amount_currency": -37.8,
                },
                {
                    "account_id": account.id,
                    "debit": 0,
                    "credit": 200,
                    "amount_currency": -180,
                },
            ],
        )

    def test_C9_rates_are_the_price_lists(self):
        """A tenth off: each rate through the rule, in the breakdown, too."""
        self.bench.rental_tier_ids.price = 70
        prices = self.env["product.pricelist"].create(
            {
                "name": "Friends",
                "company_id": self.env.company.id,
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "formula",
                            "base": "list_price",
                            "price_discount": 10,
                        }
                    )
                ],
            }
        )
        order = self._rented(2, 3, pricelist_id=prices.id)
        line = order.order_line
        self.assertEqual(line.price_unit, 189)
        self.assertIn("63.00", line.rental_breakdown)
        self.assertFalse(line.rental_price_hint)
        self._invoice(order)
        prices.item_ids.price_discount = 50
        order.rental_stop = at(5)
        self.assertEqual(self._charges(order), [(2, 126)])

    def test_C9_taxes_that_prices_include_stay_in_what_is_charged(self):
        self.bench.taxes_id = self.tax_sale_a.copy(
            {"name": "15 % in", "price_include_override": "tax_included"}
        )
        order = self._rented(1, 3)
        self._invoice(order)
        order.rental_stop = at(5)
        self._invoice(order)
        total = -sum(
            move.direction_sign * move.amount_total for move in order.invoice_ids
        )
        self.assertAlmostEqual(total, 50)

    def test_C9_typed_price_has_a_hint(self):
        order = self._order((self.bench, 1), start=at(0), stop=at(3))
        line = order.order_line
        self.assertFalse(line.rental_price_hint)
        line.price_unit = 25
        order.rental_stop = at(10)
        self.assertEqual(line.price_unit, 25)
        self.assertIn("100.00", line.rental_price_hint)
        self.assertEqual(line.rental_breakdown, "Agreed price")

    # === TERMS === #

    def test_C9_typed_price_and_discount_go_on(self):
        order = self._rented()
        order.order_line.price_unit = 15
        order.order_line.discount = 10
        self._invoice(order)
        order.rental_stop = at(10)
        line = order.order_line.filtered("rental_charge")
        self.assertEqual((line.price_unit, line.discount), (35, 10))
        self._invoice(order)
        order.rental_stop = at(8)
        line = order.order_line.filtered(lambda line: line.product_uom_qty < 0)
        self.assertEqual((line.price_unit, line.discount), (10, 10))

    def test_C9_the_latest_charge_is_taken_off_first(self):
        """Two days more at half the price come off first, at that price."""
        order = self._rented()
        self._invoice(order)
        order.rental_stop = at(5)
        self._invoice(order)
        order.rental_stop = at(7)
        order.order_line[-1].price_unit = 10
        self._invoice(order)
        order.rental_stop = at(6)
        self.assertEqual(self._charges(order), [(10, 20), (10, 10), (-10, 5)])
        order.rental_stop = at(4)
        self.assertEqual(
            self._charges(order), [(10, 20), (10, 10), (-10, 10), (-10, 10)]
        )

    def test_C9_new_prices_rate_no_running_contract(self):
        order = self._rented()
        self._invoice(order)
        self.bench.rental_tier_ids.price = 99
        self.env.company.resource_calendar_id.tz = "Pacific/Auckland"
        order.rental_stop = at(10)
        self.assertEqual(self._charges(order), [(10, 70)])

    def test_C9_without_rates_the_typed_price_goes_on_in_time(self):
        self.bench.rental_tier_ids.unlink()
        order = self._order(
            (self.bench, 1, {"price_unit": 45}), start=at(0), stop=at(3)
        )
        order.action_confirm()
        self._invoice(order)
        order.rental_stop = at(5)
        self.assertEqual(self._charges(order), [(1, 30)])

    def test_C9_what_is_invoiced_is_not_repriced(self):
        order = self._rented()
        self._invoice(order, post=False)
        same = {
            "price_unit": 30,
            "tax_ids": [Command.set(order.order_line.tax_ids.ids)],
        }
        order.order_line.write(same)
        other = [Command.set(self.tax_sale_b.ids)]
        for vals in ({"price_unit": 1}, {"discount": 50}, {"tax_ids": other}):
            with self.assertRaisesRegex(UserError, "is on an invoice"):
                order.order_line.write(vals)
        order.rental_stop = at(10)
        charge = order.order_line.filtered("rental_charge")
        for vals in ({"product_uom_qty": 1}, {"discount": 50}):
            with self.assertRaisesRegex(UserError, "follows what it is about"):
                charge.write(vals)
        charge.price_unit = 50
        order.rental_stop = at(11)
        order.rental_stop = at(10)
        self.assertEqual(self._charges(order), [(10, 70)])

    def test_C9_settled_twice_writes_nothing(self):
        order = self._rented()
        self._invoice(order)
        order.rental_stop = at(10)
        charge = order.order_line.filtered("rental_charge")
        charge.price_unit = 65
        order.sudo()._rental_settle()
        self.assertEqual(order.order_line.filtered("rental_charge"), charge)
        self.assertEqual(charge.price_unit, 65)

    def test_C13_a_locked_order_keeps_its_charges_when_part_comes_back(self):
        order = self._rented()
        self._hand_over(order)
        self._invoice(order)
        order.rental_stop = at(10)
        order.action_lock()
        with freeze_time(at(3)):
            self._take_back(order, quantity=8)
        self.assertEqual(self._charges(order), [(10, 70)])

    def test_C9_charges_move_no_goods_and_are_no_promises(self):
        order = self._rented(2)
        self._hand_over(order)
        self._invoice(order)
        order.rental_stop = at(10)
        charge = order.order_line.filtered("rental_charge")
        self.assertFalse(charge.is_rental)
        self.assertFalse(charge.move_ids)
        self.assertFalse(order.rental_to_deliver)
        self.assertEqual(charge.qty_delivered, 2)
        self.assertEqual(len(order.copy().order_line), 1)

    def test_C9_charged_below_its_item(self):
        order = self._confirmed(
            (self.bench, 1), (self.chair, 1), start=at(0), stop=at(3)
        )
        self._invoice(order)
        order.rental_stop = at(10)
        self.assertEqual(
            order.order_line.product_id.ids, [self.bench.id, self.chair.id]
        )
        self.assertEqual(
            [(line.product_id, bool(line.rental_charge)) for line in order.order_line],
            [
                (self.bench, False),
                (self.bench, True),
                (self.chair, False),
                (self.chair, True),
            ],
        )

    # === CREDITS AND CANCELLING === #

    def _credit(self, invoice, modify=False, **vals):
        wizard = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard = wizard.create({"journal_id": invoice.journal_id.id, **vals})
        done = wizard.modify_moves() if modify else wizard.refund_moves()
        return self.env["account.move"].browse(done["res_id"])

    def test_C39_a_credit_note_is_for_good(self):
        order = self._rented()
        credit = self._credit(self._invoice(order))
        self.assertEqual(order.invoice_status, "invoiced")
        credit.action_post()
        self.assertEqual(order.invoice_status, "invoiced")
        with self.assertRaises(UserError):
            order.action_rental_invoice()
        self.assertEqual(self._billed(order), 0)
        credit.rental_credit_final = False
        self.assertEqual(order.invoice_status, "to invoice")

    def test_C39_one_of_three_fees_is_credited(self):
        """Of 30, 20 and 10 the 20 is paid back: 40 are left, and nothing is open."""
        order = self._rented(1)
        service = self.env["product.product"].create(
            {"name": "Service", "type": "service", "taxes_id": [Command.clear()]}
        )
        fee = self.env["rental.fee"].create(
            {"name": "Service", "moment": "return", "product_id": service.id}
        )
        for amount in (30, 20, 10):
            order._add_rental_fee(fee, amount, "return", at(0))
        invoice = self._invoice(order)
        credit = self._credit(invoice)
        credit.invoice_line_ids.filtered(lambda line: line.price_unit != 20).unlink()
        credit.action_post()
        self.assertEqual(self._billed(order), 30 + 40)
        self.assertEqual(order.invoice_status, "invoiced")
        with self.assertRaises(UserError):
            order.action_rental_invoice()
        self.env.flush_all()
        billed = self.env["rental.billing"].search([("order_id", "=", order.id)])
        # The rent arises with the hand-over.
        self.assertEqual(sum(billed.mapped("amount_charged")), 40)

    def test_C39_reversed_to_invoice_anew_is_whole(self):
        for days in (0, 3):
            order = self._rented(5)
            invoice = self._invoice(order)
            date = (at(0) + timedelta(days=days)).date()
            self._credit(invoice, modify=True, date=date)
            self.assertEqual(order.order_line.qty_invoiced, 5)
            self.assertEqual(order.invoice_status, "invoiced")

    def test_C39_what_was_credited_for_good_is_not_taken_off_again(self):
        order = self._rented(1)
        self._credit(self._invoice(order)).action_post()
        order.rental_stop = at(2)
        self.assertFalse(self._charges(order))

    def test_C17_cancelled_after_the_invoice_is_credited(self):
        order = self._rented()
        self._invoice(order)
        with self.assertRaisesRegex(UserError, "Cancel Reservation"):
            order._action_cancel()
        order._rental_cancel("Rain")
        self.assertEqual(order.rental_status, "cancelled")
        self.assertEqual(order.invoice_status, "to invoice")
        credit = self._invoice(order)
        self.assertEqual((credit.move_type, credit.amount_untaxed), ("out_refund", 300))
        self.assertEqual(self._billed(order), 0)

    def test_C17_a_draft_is_cancelled_with_the_order(self):
        order = self._rented()
        draft = self._invoice(order, post=False)
        order.action_cancel()
        self.assertEqual((order.state, draft.state), ("cancel", "cancel"))

    def test_C17_what_went_out_is_not_cancelled(self):
        order = self._rented()
        self._hand_over(order)
        self._take_back(order)
        with self.assertRaisesRegex(UserError, "What it cost remains"):
            order.action_cancel()
        self.assertEqual(order.rental_status, "back")

    def test_C39_an_advance_is_taken_off_what_there_is(self):
        """90 of 180 went out: an advance of 100 waits for the rest."""
        self.bench.invoice_policy = "delivery"
        order = self._rented(6)
        wizard = self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        )
        wizard.create(
            {"advance_payment_method": "fixed", "fixed_amount": 100}
        ).create_invoices()
        order.invoice_ids.action_post()
        self._hand_over(order, quantity=3)
        first = self._invoice(order)
        self.assertEqual((first.move_type, first.amount_total), ("out_invoice", 90))
        self._hand_over(order)
        second = self._invoice(order, post=False)
        self.assertEqual(second.amount_total, 90)
        second.button_cancel()
        self._take_back(order)
        last = self._invoice(order)
        self.assertEqual((last.move_type, last.amount_total), ("out_refund", 10))

    def test_C8_C9_another_end_typed_in_the_form_is_charged(self):
        order = self._rented()
        self._invoice(order)
        with Form(order, "sale.view_order_form") as form:
            form.rental_stop = at(10)
        self.assertEqual(self._lines(order), [(10, 30), (10, 70)])
        with Form(order, "sale.view_order_form") as form:
            form.rental_stop = at(8)
        self.assertEqual(self._lines(order), [(10, 30), (10, 50)])

    # === THE WINDOW === #

    def _change(self, order, stop, **vals):
        action = order.action_rental_change()
        window = Form(
            self.env[action["res_model"]]
            .with_user(self.clerk)
            .with_context(**action["context"])
        )
        window.rental_stop = stop
        for name, value in vals.items():
            window[name] = value
        return window

    def test_C8_the_difference_is_seen_before(self):
        """Before the invoice, after it, with a part back: it is what is booked then."""
        order = self._rented()
        window = self._change(order, at(10))
        self.assertEqual(window.difference, 700)
        self.assertEqual(order.order_line.price_unit, 30)
        self._hand_over(order)
        self._invoice(order)
        with freeze_time(at(2)):
            self._take_back(order, quantity=8)
        order = order.with_user(self.clerk)
        for stop, difference in ((10, 140), (12, 40), (2, -200)):
            before = order.amount_untaxed
            window = self._change(order, at(stop), reason="Rain")
            self.assertEqual(window.difference, difference, stop)
            self.assertEqual(window.line_ids._records[0]["pieces"], 2)
            window.save().action_apply()
            self.assertEqual(order.amount_untaxed - before, difference, stop)
        self.assertIn("Rain", "".join(order.message_ids.mapped("body")))

    def test_C8_the_difference_is_seen_before_where_days_are_free(self):
        """Whatever was waived before: what the window shows is what is booked."""
        for invoiced in (False, True):
            order = self._rented(5).with_user(self.clerk)
            if invoiced:
                self._hand_over(order)
                self._invoice(order)
            self._change(order, at(10), is_waived=True).save().action_apply()
            for stop, difference in ((13, 150), (11, 0), (5, -50), (8, 150)):
                before = order.amount_untaxed
                window = self._change(order, at(stop))
                window.save().action_apply()
                booked = order.amount_untaxed - before
                told = (invoiced, stop)
                self.assertEqual((window.difference, booked), (difference,) * 2, told)

    def test_C8_a_window_that_was_saved_shows_the_same(self):
        """Such as one whose period somebody else took just then."""
        order = self._rented()
        saved = self._change(order, at(10)).save()
        saved.invalidate_recordset()
        self.assertEqual(saved.line_ids.mapped("difference"), [700])
        saved.rental_stop = at(5)
        self.assertEqual(saved.line_ids.mapped("difference"), [200])
        self.assertEqual(saved.difference, 200)

    def test_C8_what_is_taken_is_seen_before(self):
        order = self._rented()
        self._confirmed((self.bench, 15), start=at(5), stop=at(9))
        window = self._change(order, at(10))
        self.assertIn("Bench", window.problem)
        self.assertFalse(self._change(order, at(5)).problem)
        self.assertIn("after it starts", self._change(order, at(-1)).problem)

    def test_C9_free_of_charge_stays_free(self):
        """Seven days for nothing, then three that cost; and shorter again."""
        order = self._rented()
        self._hand_over(order)
        self._invoice(order)
        self._change(order, at(10), is_waived=True).save().action_apply()
        self.assertEqual(order.rental_stop, at(10))
        self.assertFalse(self._charges(order))
        order.rental_stop = at(13)
        self.assertEqual(self._charges(order), [(10, 30)])
        order.rental_stop = at(8)
        self.assertEqual(self._charges(order), [(10, 30)])
        order.rental_stop = at(2)
        self.assertEqual(self._charges(order), [(-10, 10)])

    def test_C9_free_of_charge_before_the_invoice_is_said(self):
        order = self._rented()
        self._change(order, at(10), is_waived=True).save().action_apply()
        self.assertEqual(order.amount_untaxed, 300)
