from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CLERK, MANAGER, NOW, at
from .common_money import DAY, MoneyCommon


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestDeposit(MoneyCommon):
    """A deposit is owed to the customer: liability, payments, never revenue (C9)."""

    def _deposit(self, order):
        return order.sudo().rental_deposit_ids

    # === ASKING === #

    def test_C9_C14_hand_over_asks_for_what_went_out(self):
        """Part by part, and never more than the lines ask for."""
        order = self._confirmed((self.drill, 3), (self.chair, 5), start=at(0))
        drills, chairs = order.order_line
        self.assertEqual(order.rental_deposit_amount, 450)
        transfer = order.rental_transfer_ids
        first = order._request_rental_deposit(transfer, [(drills, 1), (chairs, 5)])
        self.assertRecordValues(
            first,
            [
                {
                    "amount": 150,
                    "amount_due": 150,
                    "state": "draft",
                    "date": date(2026, 3, 2),
                    "partner_id": self.customer.id,
                }
            ],
        )
        second = order._request_rental_deposit(transfer, [(drills, 2)])
        self.assertEqual(second.amount, 300)
        self.assertFalse(order._request_rental_deposit(transfer, [(drills, 1)]))
        self.assertFalse(order._request_rental_deposit(transfer, [(chairs, 5)]))
        self.assertEqual(order.rental_deposit_due, 450)

    def test_C9_deposit_in_advance_is_not_asked_again(self):
        order = self._confirmed((self.drill, 2), start=at(0))
        self.assertTrue(order.rental_can_receive_deposit)
        self._receive(order)
        self.assertEqual(order.rental_deposit_held, 300)
        drills = order.order_line
        self.assertFalse(
            order._request_rental_deposit(order.rental_transfer_ids, [(drills, 2)])
        )
        self.assertFalse(order.rental_can_receive_deposit)
        with self.assertRaisesRegex(UserError, "no deposit to collect"):
            order.action_rental_deposit_receive()

    def test_C9_nothing_is_no_deposit(self):
        order = self._confirmed((self.drill, 2), start=at(0))
        for amount in (0, -5, 0.001):
            with self.assertRaisesRegex(UserError, "more than nothing"):
                order._ask_rental_deposit(amount)

    def test_C9_nothing_to_collect_on_a_quotation(self):
        order = self._order((self.drill, 2))
        self.assertFalse(order.rental_can_receive_deposit)
        with self.assertRaisesRegex(UserError, "no deposit to collect"):
            order.action_rental_deposit_receive()

    def test_C9_asked_by_hand_for_what_is_left(self):
        """The form proposes it; a deposit of nothing would never be settled."""
        order = self._confirmed((self.drill, 3), start=at(0))
        order._request_rental_deposit(
            order.rental_transfer_ids, [(order.order_line, 1)]
        )
        form = Form(self.env["rental.deposit"].with_user(self.clerk))
        form.order_id = order
        self.assertEqual((form.amount, form.partner_id), (300, self.customer))
        form.amount = 50
        self.assertEqual(form.save().amount_due, 50)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env["rental.deposit"].create({"order_id": order.id, "amount": 0})

    def test_C9_pieces_handed_over_one_by_one_ask_for_all_of_it(self):
        order = self._confirmed((self.drill, 3), start=at(0))
        order.order_line.rental_deposit = 100
        for lot in self.drill_lots:
            self._hand_over(order, lots=lot)
        self.assertEqual(
            self._deposit(order).sorted("id").mapped("amount"), [33.33, 33.33, 33.34]
        )
        self.assertEqual(order.rental_deposit_due, 100)

    def test_C17_a_cancelled_reservation_asks_for_no_deposit(self):
        """At a fee, too, where the order stays confirmed."""
        self.cleaning.moment = "cancellation"
        order = self._confirmed((self.drill, 2), start=at(2))
        self.env["rental.deposit"].create({"order_id": order.id})
        self.assertEqual(order.rental_deposit_due, 300)
        order._rental_cancel("Rain", self.cleaning, 40)
        self.assertEqual(order.state, "sale")
        self.assertEqual(self._deposit(order).state, "cancelled")
        self.assertEqual(order.rental_deposit_due, 0)

    def test_C9_order_confirmed_again_asks_for_its_deposit_again(self):
        order = self._confirmed((self.drill, 2), start=at(0))
        self.env["rental.deposit"].create({"order_id": order.id})
        order.action_cancel()
        self.assertEqual(self._deposit(order).state, "cancelled")
        order.action_draft()
        order.action_confirm()
        self._hand_over(order)
        self.assertEqual(order.rental_deposit_due, 300)

    # === FOLLOWING THE ORDER === #

    def _euro_prices(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.9)])
        return self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )

    def test_C9_deposit_follows_the_currency_of_the_price_list(self):
        order = self._order((self.drill, 2))
        self.assertEqual(order.rental_deposit_amount, 300)
        prices = self._euro_prices()
        with Form(order) as form:
            form.pricelist_id = prices
        self.assertEqual(order.order_line.rental_deposit, 270)
        self.assertEqual(order.rental_deposit_amount, 270)

    def _quoted_again(self):
        """An order whose deposit was received, and that is a quotation again."""
        order = self._confirmed((self.drill, 2), start=at(2))
        self._receive(order, 100)
        order._action_cancel()
        order.action_draft()
        return order

    def test_C9_no_other_currency_once_a_deposit_was_received(self):
        order, prices = self._quoted_again(), self._euro_prices()
        with self.assertRaisesRegex(ValidationError, "deposit was received in USD"):
            order.pricelist_id = prices

    def test_C9_no_customer_of_another_currency_either(self):
        order, prices = self._quoted_again(), self._euro_prices()
        abroad = self.env["res.partner"].create(
            {"name": "Abroad", "property_product_pricelist": prices.id}
        )
        with self.assertRaisesRegex(ValidationError, "deposit was received in USD"):
            order.partner_id = abroad
            self.env.flush_all()

    def test_C9_more_pieces_after_a_part_was_received(self):
        """2 × 150, 100 received, a third piece: 350 are to collect."""
        order = self._confirmed((self.drill, 2), start=at(0))
        self._receive(order, 100)
        self.assertEqual(order.rental_deposit_due, 200)
        order.order_line.product_uom_qty = 3
        self.assertEqual(order.rental_deposit_due, 350)
        self.assertEqual(self._receive(order).amount, 350)
        self._hand_over(order)
        self.assertRecordValues(
            self._deposit(order), [{"amount": 450, "state": "held"}]
        )
        self.assertEqual(order.rental_deposit_due, 0)

    def test_C9_fewer_pieces_after_a_part_was_received(self):
        """Never less than what is there already: that is paid back by *Settle*."""
        order = self._confirmed((self.drill, 3), start=at(0))
        self._receive(order, 200)
        order.order_line.product_uom_qty = 2
        self.assertEqual(order.rental_deposit_due, 100)
        order.order_line.product_uom_qty = 1
        self.assertRecordValues(
            self._deposit(order), [{"amount": 200, "amount_due": 0, "state": "held"}]
        )

    def test_C9_a_line_more_and_a_line_less(self):
        order = self._confirmed((self.drill, 1), start=at(0))
        self._receive(order, 50)
        self.chair.rental_deposit = 10
        chairs = {"product_id": self.chair.id, "product_uom_qty": 4}
        order.order_line = [Command.create(chairs)]
        self.assertEqual(order.rental_deposit_due, 140)
        order.order_line.filtered(
            lambda line: line.product_id == self.chair
        ).product_uom_qty = 0
        self.assertEqual(order.rental_deposit_due, 100)

    def test_C9_more_pieces_after_a_hand_over_are_asked_at_theirs(self):
        order = self._confirmed((self.drill, 2), start=at(0))
        self._hand_over(order)
        self._receive(order, 100)
        order.order_line.product_uom_qty = 3
        self.assertEqual(order.rental_deposit_due, 200)
        self._hand_over(order)
        self.assertEqual(self._deposit(order).sorted("id").mapped("amount"), [300, 150])

    # === WHAT IS HELD BACK === #

    def test_C11_settle_holds_back_what_a_draft_asks_for(self):
        """300 held, a draft of 234.50: 65.50 are paid back."""
        self.drill.rental_deposit = 300
        order = self._confirmed((self.drill, 1), start=at(0))
        self._hand_over(order)
        self._receive(order)
        order.order_line.price_unit = 234.5
        order.with_user(self.accountant).action_rental_invoice()
        window = self._money_window(order.action_rental_deposit_settle(), self.clerk)
        self.assertIn("draft invoice", window.hint)
        self.assertRecordValues(
            window,
            [
                {
                    "amount_to_post": 234.5,
                    "amount_kept": 0,
                    "amount_returned": 65.5,
                    "amount_left": 234.5,
                }
            ],
        )
        window.action_settle()
        order.sudo().invoice_ids.action_post()
        self.assertEqual(self._settle(order).amount_kept, 234.5)
        self.assertEqual(order.sudo().invoice_ids.amount_residual, 0)
        self.assertEqual(self._deposit(order).state, "settled")

    def test_C11_settle_holds_back_what_is_on_no_invoice_yet(self):
        """With its taxes, less what was paid in advance."""
        self.drill.rental_deposit = 300
        order = self._out(1)
        self._receive(order)
        order.order_line.price_unit = 50
        self._post_invoice(order)
        order._add_rental_fee(self.cleaning, 100, "return", at(0))
        fee = order.order_line[-1]
        action = order.action_rental_deposit_settle()
        window = self._money_window(action, self.clerk)
        self.assertGreater(fee.price_total, 100)
        self.assertEqual((window.amount_kept, window.amount_open), (50, 50))
        self.assertEqual(window.amount_to_post, fee.price_total)
        self.assertEqual(window.amount_returned, 250 - fee.price_total)
        window.amount_kept = 70
        self.assertEqual(window.amount_left, fee.price_total - 20, "20 kept ahead")
        fee.price_unit = 10
        with self.assertRaisesRegex(UserError, "have changed since"):
            window.action_settle()

    def test_C11_C39_settle_sets_credit_notes_off(self):
        """Of 50 invoiced 20 were credited: 30 are kept, and both papers are paid."""
        self.drill.rental_deposit = 300
        order = self._out(1)
        self._receive(order)
        order.order_line.price_unit = 50
        invoice = self._post_invoice(order)
        order.order_line._rental_correct(-20, "Wobbly")
        credit = order.with_user(self.accountant)._create_invoices(final=True)
        credit.action_post()
        self.assertEqual(credit.move_type, "out_refund")
        window = self._settle(order)
        self.assertEqual((window.amount_open, window.amount_kept), (30, 30))
        self.assertEqual(window.amount_returned, 270)
        moves = invoice + credit
        self.assertEqual(moves.sudo().mapped("amount_residual"), [0, 0])

    def test_C11_settle_counts_down_payments(self):
        self.drill.rental_deposit = 300
        order = self._confirmed((self.drill, 1), start=at(0))
        order.order_line.price_unit = 200
        self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        ).create(
            {"advance_payment_method": "fixed", "fixed_amount": 80}
        ).create_invoices()
        order.sudo().invoice_ids.action_post()
        self.assertEqual(order._rental_still_to_post(), 120)
        self._post_invoice(order)
        self.assertEqual(order._rental_still_to_post(), 0)

    # === THE BOOKS === #

    def test_C9_money_is_not_booked_in_time_to_come(self):
        """Received, kept or paid back: what is booked has happened."""
        order = self._out()
        action = order.action_rental_deposit_receive()
        window = self._money_window(action, self.clerk)
        window.date = date(2028, 3, 5)
        words = f"{order.name}: 03/05/2028 is yet to come.*changed hands"
        with self.assertRaisesRegex(UserError, words), self.cr.savepoint():
            window.action_receive()
        self.assertFalse(order.rental_deposit_held)
        window.date = date(2026, 3, 1)
        window.action_receive()
        action = order.action_rental_deposit_settle()
        window = self._money_window(action, self.clerk)
        window.date = date(2026, 3, 3)
        window.amount_returned = order.rental_deposit_held
        with self.assertRaisesRegex(UserError, "yet to come"), self.cr.savepoint():
            window.action_settle()
        self.assertTrue(order.rental_deposit_held)

    def test_C9_received_in_cash_line_by_line(self):
        """By a clerk who may not see the journals."""
        order = self._out()
        self._receive(order)
        deposit = self._deposit(order)
        liability = self.env.company.rental_deposit_account_id
        self.assertRecordValues(
            liability, [{"account_type": "liability_current", "reconcile": True}]
        )
        entry = deposit.line_ids.move_id
        self.assertRecordValues(
            entry,
            [
                {
                    "state": "posted",
                    "move_type": "entry",
                    "date": date(2026, 3, 2),
                    "journal_id": self.env.company.rental_deposit_journal_id.id,
                    "ref": f"Deposit received: {order.name}",
                }
            ],
        )
        self.assertRecordValues(
            self._items(entry),
            [
                self._item(self.receivable, debit=300),
                self._item(liability, credit=300, reconciled=False),
            ],
        )
        payment = deposit.payment_ids
        self.assertRecordValues(
            payment,
            [
                {
                    "payment_type": "inbound",
                    "amount": 300,
                    "journal_id": self.cash.id,
                    "partner_id": self.customer.id,
                    "is_reconciled": True,
                }
            ],
        )
        self.assertRecordValues(
            self._items(payment.move_id),
            [
                self._item(payment.outstanding_account_id, debit=300, reconciled=False),
                self._item(self.receivable, credit=300),
            ],
        )
        self.assertEqual(self._liability(order), 300)
        self.assertRecordValues(
            deposit,
            [
                {
                    "state": "held",
                    "amount_received": 300,
                    "amount_held": 300,
                    "amount_due": 0,
                }
            ],
        )

    def test_C9_C11_part_kept_for_a_fee_rest_paid_back_line_by_line(self):
        """Rent 600 paid before, cleaning 100 + 15 % tax from the deposit of 300."""
        order = self._out()
        self._receive(order)
        self._take_back(order)
        rent = self._post_invoice(order)
        self._register_payment(rent)
        fee = self._charge(order, 100)
        self.assertEqual(fee.amount_total, 115)
        self.assertEqual(self._liability(order), 300, "as much as is held")
        window = self._settle(order)
        self.assertEqual((window.amount_kept, window.amount_returned), (115, 185))
        deposit = self._deposit(order)
        liability = deposit.account_id
        kept, returned = (
            deposit.line_ids.filtered(
                lambda item, kind=kind: item.rental_deposit_kind == kind
            ).move_id
            for kind in ("kept", "returned")
        )
        self.assertRecordValues(
            self._items(kept),
            [
                self._item(liability, debit=115),
                self._item(self.receivable, credit=115),
            ],
        )
        self.assertRecordValues(
            self._items(returned),
            [
                self._item(liability, debit=185),
                self._item(self.receivable, credit=185),
            ],
        )
        payment = deposit.payment_ids - deposit.payment_ids.filtered(
            lambda row: row.payment_type == "inbound"
        )
        self.assertRecordValues(
            self._items(payment.move_id),
            [
                self._item(self.receivable, debit=185),
                self._item(
                    payment.outstanding_account_id, credit=185, reconciled=False
                ),
            ],
        )
        self.assertEqual(self._liability(order), 0)
        self.assertTrue(all(deposit.line_ids.mapped("reconciled")))
        self.assertEqual(fee.payment_state, "paid")
        self.assertRecordValues(
            deposit,
            [
                {
                    "state": "settled",
                    "amount_kept": 115,
                    "amount_returned": 185,
                    "amount_held": 0,
                }
            ],
        )

    def test_C9_no_total_no_revenue_no_vat(self):
        order = self._out()
        total = order.amount_total
        before = self._revenue_and_vat()
        self._receive(order)
        self._pay_back(order)
        self.assertEqual(order.amount_total, total)
        self.assertFalse(order.sudo().transaction_ids)
        self.assertFalse(order.invoice_ids)
        self.assertEqual(self._revenue_and_vat(), before)

    def _revenue_and_vat(self):
        """How many journal items are revenue or stand in a VAT report."""
        self.env.flush_all()
        return self.env["account.move.line"].search_count(
            [
                ("company_id", "=", self.env.company.id),
                "|",
                "|",
                ("account_id.internal_group", "=", "income"),
                ("tax_tag_ids", "!=", False),
                "|",
                ("tax_ids", "!=", False),
                ("tax_line_id", "!=", False),
            ]
        )

    def test_no_vat_and_no_project_even_where_core_would_propose_them(self):
        """A tax on the account, a distribution for the customer: not on a deposit."""
        liability = self.env.company._rental_deposit_account()
        liability.tax_ids = self.tax_sale_a
        plan = self.env["account.analytic.plan"].create({"name": "Yards"})
        account = self.env["account.analytic.account"].create(
            {"name": "North", "plan_id": plan.id}
        )
        self.env["account.analytic.distribution.model"].create(
            {
                "partner_id": self.customer.id,
                "analytic_distribution": {str(account.id): 100},
            }
        )
        order = self._out()
        self._receive(order)
        self.assertRecordValues(
            self._items(self._deposit(order).line_ids.move_id),
            [
                self._item(self.receivable, debit=300),
                self._item(liability, credit=300, reconciled=False),
            ],
        )

    def test_kept_in_full_pays_the_first_due_first(self):
        order = self._out()
        self._receive(order)
        invoice = self._charge(order, 100)
        self.assertGreater(invoice.amount_total, 300)
        window = self._settle(order)
        self.assertEqual((window.amount_kept, window.amount_returned), (300, 0))
        self.assertEqual(invoice.amount_residual, invoice.amount_total - 300)
        self.assertEqual(invoice.payment_state, "partial")
        self.assertEqual(self._liability(order), 0)
        self.assertEqual(len(self._deposit(order).payment_ids), 1, "none back")

    def test_none_kept(self):
        order = self._out()
        self._receive(order)
        window = self._settle(order, returned=300)
        self.assertEqual((window.amount_kept, window.amount_returned), (0, 300))
        self.assertEqual(self._deposit(order).state, "settled")
        self.assertEqual(self._liability(order), 0)

    def test_kept_beyond_the_invoices_is_credit_for_the_next(self):
        order = self._out()
        self._receive(order)
        action = order.action_rental_deposit_settle()
        window = self._money_window(action, self.clerk)
        window.amount_kept = 40
        self.assertIn("credit for the next invoice", window.hint)
        window.action_settle()
        credit = self._deposit(order).line_ids.move_id.line_ids.filtered(
            lambda item: item.account_id == self.receivable and not item.reconciled
        )
        self.assertEqual((credit.credit, credit.amount_residual), (40, -40))
        invoice = self._charge(order, 0)
        invoice.js_assign_outstanding_line(credit.id)
        self.assertEqual(invoice.amount_residual, invoice.amount_total - 40)

    def test_window_refuses_when_the_invoice_was_paid_meanwhile(self):
        order = self._out()
        self._receive(order)
        invoice = self._post_invoice(order)
        action = order.action_rental_deposit_settle()
        window = self._money_window(action, self.clerk)
        self.assertEqual(window.amount_kept, 300)
        self._register_payment(invoice)
        with self.assertRaisesRegex(UserError, "have changed since"):
            window.action_settle()

    def test_settled_step_by_step(self):
        """Something is paid back now, the rest is held until all is back."""
        order = self._out()
        self._receive(order)
        self._settle(order, kept=0, returned=150)
        self.assertRecordValues(
            self._deposit(order),
            [{"state": "held", "amount_held": 150, "amount_returned": 150}],
        )
        self.assertEqual(self._liability(order), 150)
        self._pay_back(order)
        self.assertEqual(self._liability(order), 0)
        self.assertTrue(all(self._deposit(order).line_ids.mapped("reconciled")))

    def test_part_payments(self):
        order = self._out()
        self._receive(order, 100)
        self.assertRecordValues(
            self._deposit(order),
            [{"state": "held", "amount_received": 100, "amount_due": 200}],
        )
        window = self._receive(order, 200, journal=self.bank)
        self.assertEqual(window.amount_due, 200)
        self.assertEqual(self._liability(order), 300)
        self._pay_back(order)
        deposit = self._deposit(order)
        self.assertEqual(deposit.state, "settled")
        self.assertTrue(all(deposit.line_ids.mapped("reconciled")))

    def test_two_windows_do_not_take_a_deposit_twice(self):
        """Opened before anything was asked: by two clerks, or before the hand-over."""
        order = self._confirmed((self.drill, 2), start=at(0))
        first, second, third = (
            self._money_window(order.action_rental_deposit_receive(), self.clerk)
            for _window in range(3)
        )
        first.amount = 100
        first.action_receive()
        with self.assertRaisesRegex(UserError, "have changed since"):
            second.action_receive()
        self._hand_over(order)
        with self.assertRaisesRegex(UserError, "have changed since"):
            third.action_receive()
        self.assertRecordValues(
            self._deposit(order), [{"amount": 300, "amount_received": 100}]
        )

    def test_several_hand_overs_one_payment(self):
        """The deposits of an order are received and settled together."""
        order = self._confirmed((self.drill, 2), start=at(0))
        for lot in self.drill_lots[:2]:
            self._hand_over(order, lots=lot)
        deposits = self._deposit(order)
        self.assertEqual(deposits.transfer_id, order.rental_transfer_ids)
        self._receive(order, 200)
        self.assertEqual(deposits.sorted("id").mapped("amount_received"), [150, 50])
        self.assertEqual(len(deposits.payment_ids), 1)
        self.assertEqual(len(deposits.line_ids.move_id), 1)
        self._receive(order)
        self._pay_back(order)
        self.assertEqual(set(deposits.mapped("state")), {"settled"})
        self.assertEqual(self._liability(order), 0)
        self.assertTrue(all(deposits.line_ids.mapped("reconciled")))

    def test_order_in_a_foreign_currency(self):
        """Asked, received and owed in it; the books balance in the company's."""
        euro = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.5), ("2026-03-05", 0.4)]
        )
        prices = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        order = self._out(pricelist_id=prices.id)
        deposit = self._deposit(order)
        self.assertEqual((deposit.currency_id, deposit.amount), (euro, 150))
        self._receive(order)
        self.assertRecordValues(
            self._items(deposit.line_ids.move_id),
            [
                self._item(self.receivable, debit=300, amount_currency=150),
                self._item(
                    deposit.account_id,
                    credit=300,
                    amount_currency=-150,
                    reconciled=False,
                ),
            ],
        )
        self.assertEqual(deposit.amount_held, 150)
        with freeze_time("2026-03-06 08:00:00"):
            invoice = self._charge(order, 0)
            self.assertEqual(invoice.currency_id, euro)
            self._settle(order, kept=40.01)
        self.assertEqual(deposit.state, "settled")
        self.assertRecordValues(
            deposit, [{"amount_kept": 40.01, "amount_returned": 109.99}]
        )
        self.assertTrue(all(deposit.line_ids.mapped("reconciled")))
        owed = self.env["account.move.line"].search(
            [("account_id", "=", deposit.account_id.id)]
        )
        self.assertEqual(sum(owed.mapped("balance")), 0, "rates moved: no rest")
        self.assertEqual(
            invoice.amount_residual, euro.round(invoice.amount_total - 40.01)
        )

    def test_rounding_of_several_deposits_in_a_foreign_currency(self):
        """Two at 105 € are 143.84 each and 287.67 together: the entry balances."""
        euro = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.7), ("2026-03-05", 0.73)]
        )
        prices = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        order = self._confirmed((self.drill, 2), start=at(0), pricelist_id=prices.id)
        for lot in self.drill_lots[:2]:
            self._hand_over(order, lots=lot)
        self.assertEqual(self._deposit(order).mapped("amount"), [105, 105])
        with freeze_time("2026-03-06 08:00:00"):
            self._receive(order)
            self.assertEqual(
                sorted(self._deposit(order).line_ids.mapped("credit")), [143.84, 143.84]
            )
            self._pay_back(order)
        self.assertEqual(set(self._deposit(order).mapped("state")), {"settled"})

    def test_works_with_the_accounting_app(self):
        """There core leaves the payment's entry to the bank statement."""
        order = self._out()
        with patch.object(
            type(self.env["account.move"]),
            "_get_invoice_in_payment_state",
            lambda self: "in_payment",
        ):
            self.cash.inbound_payment_method_line_ids.payment_account_id = False
            self.cash.outbound_payment_method_line_ids.payment_account_id = False
            self._receive(order)
            self._pay_back(order)
        deposit = self._deposit(order)
        self.assertEqual(deposit.state, "settled")
        self.assertEqual(deposit.payment_ids.mapped("is_reconciled"), [True, True])

    # === CORRECTIONS AND REFUSALS === #

    def test_never_received_is_cancelled_and_may_be_asked_again(self):
        order = self._out()
        deposit = order.rental_deposit_ids
        deposit.action_cancel()
        self.assertRecordValues(deposit, [{"state": "cancelled", "amount_due": 0}])
        self.assertFalse(order.rental_can_receive_deposit)
        deposit.action_reopen()
        self._receive(order)
        with self.assertRaisesRegex(UserError, "pay it back"):
            deposit.action_cancel()

    def test_cancelled_order_asks_for_nothing_and_pays_back(self):
        order = self._confirmed((self.drill, 2), start=at(0))
        line = order.order_line
        for _request in range(2):
            order._request_rental_deposit(order.rental_transfer_ids, [(line, 1)])
        self._receive(order, 150)
        order._action_cancel()
        self.assertEqual(
            order.rental_deposit_ids.sorted("id").mapped("state"), ["held", "cancelled"]
        )
        self.assertFalse(order.rental_can_receive_deposit)
        self._pay_back(order)
        self.assertEqual(self._liability(order), 0)

    def test_reversed_and_reset_entries_count_at_once(self):
        order = self._out()
        self._receive(order)
        deposit = self._deposit(order)
        entry = deposit.line_ids.move_id
        entry._reverse_moves([{"date": DAY}], cancel=True)
        self.assertRecordValues(
            deposit, [{"state": "draft", "amount_received": 0, "amount_due": 300}]
        )
        self._receive(order)
        self.assertEqual(deposit.amount_held, 300)
        (deposit.line_ids.move_id - entry).sorted("id")[-1:].button_draft()
        self.assertEqual(deposit.amount_received, 0)

    def test_too_much_is_refused(self):
        order = self._out()
        with self.assertRaisesRegex(UserError, "more than"):
            self._receive(order, 300.01)
        with self.assertRaisesRegex(UserError, "above zero"):
            self._receive(order, 0)
        with self.assertRaisesRegex(UserError, "above zero"):
            self._receive(order, -5)
        self._receive(order)
        with self.assertRaisesRegex(UserError, "more than"):
            self._settle(order, kept=0, returned=301)
        with self.assertRaisesRegex(UserError, "301.00 is more than"):
            self._settle(order, kept=301)
        with self.assertRaisesRegex(UserError, "more than"):
            self._settle(order, kept=200, returned=101)
        with self.assertRaisesRegex(UserError, "above zero"):
            self._settle(order, kept=0, returned=0)
        with self.assertRaisesRegex(UserError, "above zero"):
            self._settle(order, kept=-10, returned=300)
        self.assertEqual(self._liability(order), 300)

    def test_second_click_takes_no_money_twice(self):
        order = self._out()
        action = order.action_rental_deposit_receive()
        window = self._money_window(action, self.clerk)
        window.amount = 100
        window.action_receive()
        with self.assertRaisesRegex(UserError, "changed since"):
            window.action_receive()
        action = order.action_rental_deposit_settle()
        window = self._money_window(action, self.clerk)
        window.amount_returned = 100
        window.action_settle()
        with self.assertRaisesRegex(UserError, "changed since"):
            window.action_settle()
        self.assertEqual(self._deposit(order).amount_received, 100)

    def test_second_click_in_advance_asks_once(self):
        order = self._confirmed((self.drill, 1), start=at(0))
        window = self._receive(order)
        with self.assertRaisesRegex(UserError, "changed since"):
            window.action_receive()
        self.assertEqual(len(order.rental_deposit_ids), 1)

    def test_database_guards_the_amounts(self):
        order = self._out()
        self._receive(order)
        deposit = self._deposit(order)
        for vals in (
            {"amount": -1},
            {"amount": 200},
            {"amount_kept": 200, "amount_returned": 101},
            {"amount_received": -1},
            {"is_cancelled": True},
        ):
            with (
                self.subTest(vals=vals),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
            ):
                deposit._store(vals)
                deposit.flush_recordset()

    def test_what_was_booked_is_not_deleted(self):
        order = self._out()
        deposit = order.rental_deposit_ids.with_user(self.env.user)
        self._receive(order)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            deposit.unlink()
        self._pay_back(order)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            deposit.unlink()
        never = self._out(1).rental_deposit_ids.with_user(self.env.user)
        never.unlink()
        self.assertFalse(never.exists())

    def test_nobody_writes_what_the_entries_say(self):
        order = self._out()
        deposit = order.rental_deposit_ids
        for vals in ({"amount_held": 0}, {"is_cancelled": True}, {"state": "settled"}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                deposit.write(vals)
        with self.assertRaises(UserError):
            deposit.create({"order_id": order.id, "amount": 1, "amount_received": 1})
        deposit.amount = 200
        self._receive(order)
        self.assertEqual(deposit.amount_held, 200)
        with self.assertRaisesRegex(UserError, "stay as they are"):
            deposit.partner_id = self.other

    # === WHERE IT IS BOOKED === #

    def test_account_and_journal_of_the_settings(self):
        company = self.env.company
        account = company._rental_deposit_account().copy({"name": "Securities"})
        account.reconcile = True
        journal = self.env["account.journal"].create(
            {"name": "Securities", "code": "SEC", "type": "general"}
        )
        company.rental_deposit_account_id = account
        company.rental_deposit_journal_id = journal
        order = self._out()
        self._receive(order, 100)
        company.rental_deposit_account_id = account.copy({"reconcile": True})
        self._receive(order)
        self._pay_back(order)
        items = self._deposit(order).line_ids
        self.assertEqual(items.account_id, account, "settled where it was received")
        self.assertEqual(items.move_id.journal_id, journal)

    def test_account_that_cannot_hold_deposits_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "cannot hold deposits"):
            self.env.company.rental_deposit_account_id = self.income
        with self.assertRaisesRegex(ValidationError, "cannot book deposits"):
            self.env.company.rental_deposit_journal_id = self.cash

    def test_account_and_journal_are_made_once(self):
        company = self.env.company
        account, journal = (
            company._rental_deposit_account(),
            company._rental_deposit_journal(),
        )
        self.assertEqual(journal.code, "RDEP")
        self.assertEqual(company._rental_deposit_account(), account)
        company.rental_deposit_journal_id = False
        self.assertEqual(company._rental_deposit_journal(), journal)

    def test_company_without_chart_of_accounts(self):
        company = self.env["res.company"].create({"name": "Bookless Rentals"})
        with self.assertRaisesRegex(UserError, "no chart of accounts"):
            company._rental_deposit_account()
        order = self._out()
        self.customer.property_account_receivable_id = False
        self.env["ir.default"].search(
            [("field_id.name", "=", "property_account_receivable_id")]
        ).unlink()
        with self.assertRaisesRegex(UserError, "chart of accounts"):
            self._receive(order)

    # === WHO === #

    def test_deposit_of_another_company_is_invisible(self):
        deposit = self._out().rental_deposit_ids
        company = self.env["res.company"].create({"name": "Other Rentals"})
        stranger = new_test_user(
            self.env,
            "stranger",
            MANAGER,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        Deposit = self.env["rental.deposit"].with_user(stranger)
        self.assertFalse(Deposit.search([("id", "=", deposit.id)]))
        with self.assertRaises(AccessError):
            deposit.with_user(stranger).read(["amount"])
        with self.assertRaises(AccessError):
            deposit.with_user(stranger).receive(1, self.cash, date(2026, 3, 2))

    def test_who_may_what(self):
        people = {
            "seller": "sales_team.group_sale_salesman_all_leads",
            "storekeeper": "equipment_rental.equipment_rental_group_storekeeper",
            "clerk": CLERK,
            "manager": MANAGER,
        }
        people = {name: self._make_user(name, group) for name, group in people.items()}
        people["accountant"] = self.accountant
        for operation, allowed in (
            ("read", "clerk manager accountant"),
            ("write", "clerk manager accountant"),
            ("create", "clerk manager accountant"),
            ("unlink", "manager"),
        ):
            for name, user in people.items():
                with self.subTest(operation=operation, who=name):
                    self.assertEqual(
                        self.env["rental.deposit"]
                        .with_user(user)
                        .has_access(operation),
                        name in allowed.split(),
                    )
        order = self._out()
        deposit = order.rental_deposit_ids
        for name in ("seller", "storekeeper"):
            with self.subTest(who=name), self.assertRaises(AccessError):
                order.with_user(people[name]).action_rental_deposit_receive()
            for method in (deposit.receive, deposit.settle):
                deposit.read()  # what is cached is no right
                own = getattr(deposit.with_user(people[name]), method.__name__)
                with self.subTest(who=name), self.assertRaises(AccessError):
                    own(10, self.cash, date(2026, 3, 2))

    def test_storekeeper_asks_for_the_deposit(self):
        keeper = self._make_user(
            "keeper", "equipment_rental.equipment_rental_group_storekeeper"
        )
        order = self._confirmed((self.drill, 2), start=at(0))
        line = order.order_line
        order.with_user(keeper)._request_rental_deposit(
            order.rental_transfer_ids, [(line, 2)]
        )
        self.assertEqual(order.rental_deposit_due, 300)

    def test_many_deposits_cost_as_many_queries_as_one(self):
        def queries(pieces):
            order = self._confirmed((self.drill, pieces), start=at(0))
            for _piece in range(pieces):
                order._request_rental_deposit(
                    order.rental_transfer_ids, [(order.order_line, 1)]
                )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order.rental_deposit_ids.mapped("amount_held")
            order.rental_deposit_ids.receive(150 * pieces, self.cash, date(2026, 3, 2))
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        one = queries(1)
        self.drill_lots |= self._put(self.drill, self.north, lots=["D-8", "D-9"])
        self.assertLessEqual(queries(3), one + 3)
