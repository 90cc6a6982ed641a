"""What a loss costs, what the deposit pays of it, and the way back (C9, C11)."""

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import NOW, at
from .common_money import MoneyCommon


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestLostMoney(MoneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lost = cls.env.ref("equipment_rental.rental_condition_lost")
        cls.replacement = cls.env.ref("equipment_rental.rental_fee_replacement")
        cls.replacement.product_id = cls.service
        cls.service.taxes_id = False
        cls.drill.write({"replacement_value": 1200, "rental_deposit": 300})
        cls.chair.replacement_value = 100
        cls.env.company.rental_wear_percent = 25

    def _lost(self, *items, quantity=None, **vals):
        """An order whose things are out, and then lost."""
        order = self._confirmed(*(items or [(self.drill, 1)]), start=at(0), **vals)
        self._hand_over(order)
        self._lose(order, quantity)
        return order

    def _lose(self, order, quantity=None):
        window = self._window(order.action_rental_take_back())
        form = Form(window)
        for number in range(len(form.line_ids)):
            with form.line_ids.edit(number) as row:
                row.condition_id = self.lost
                if quantity is not None:
                    row.quantity = quantity
        form.save().action_take_back()

    def _find(self, order, quantity=1, credit=None):
        form = Form(self._window(order.action_rental_found()))
        form.note = "In the cellar"
        for number in range(len(form.line_ids)):
            with form.line_ids.edit(number) as row:
                row.quantity = quantity
                if credit is not None:
                    row.credit = credit
        form.save().action_found()

    def _fees(self, order):
        return order.sudo().order_line.filtered("rental_fee_id").sorted("id")

    def _charged(self, order):
        return [line.price_subtotal for line in self._fees(order)]

    def _pay(self, invoice):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({"journal_id": self.bank.id})._create_payments()

    # === THE FEE === #

    def test_C11_replacement_is_the_value_less_wear(self):
        """One proposal for all units of a line in one condition, to be corrected."""
        order = self._confirmed((self.drill, 3), start=at(0))
        self._hand_over(order)
        form = Form(self._window(order.action_rental_take_back()))
        for number in range(2):
            with form.line_ids.edit(number) as row:
                row.condition_id = self.lost
        self.assertEqual([row["amount"] for row in form.charge_ids._records], [1800])
        with form.charge_ids.edit(0) as charge:
            self.assertEqual(charge.name, "Replacement: 2 × Drill")
            charge.amount = 1500
        form.save().action_take_back()
        fee = self._fees(order)
        self.assertEqual((fee.price_unit, fee.rental_condition_id), (1500, self.lost))

    def test_C11_replacement_in_the_orders_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {
                "name": "2026-01-01",
                "rate": 0.9,
                "currency_id": euro.id,
                "company_id": self.env.company.id,
            }
        )
        prices = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        order = self._lost(pricelist_id=prices.id)
        self.assertEqual(self._charged(order), [810])
        self._find(order)
        self.assertEqual(self._charged(order), [0])

    def test_C11_replacement_is_of_what_is_lost_only(self):
        """Neither automatic nor at another moment; wear is a percentage."""
        for record, vals in (
            (self.replacement, {"automatic": True}),
            (self.replacement, {"moment": "hand_over"}),
            (self.env.company, {"rental_wear_percent": 101}),
            (self.env.company, {"rental_wear_percent": -1}),
        ):
            with (
                self.subTest(vals=vals),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.cr.savepoint(),
            ):
                record.write(vals)
                self.env.flush_all()

    def test_C11_contract_says_what_a_loss_costs(self):
        texts = {0: "the replacement value", 25: "the replacement value less 25 %"}
        for worn, text in texts.items():
            self.env.company.rental_wear_percent = worn
            self.assertEqual(self.replacement._describe_amount(), text)
        order = self._lost()
        self.assertIn(
            self.replacement, self._said_in("rental_contract", order)["terms"]
        )

    # === DEPOSIT, INVOICE, CREDIT === #

    def test_C9_C11_deposit_is_kept_for_what_is_lost(self):
        """300 held, 900 charged: 300 kept, 600 open; found: 900 credited."""
        order = self._confirmed((self.drill, 1), start=at(0))
        self._receive(order)
        self._hand_over(order)
        self._pay(self._post_invoice(order))
        self._lose(order)
        invoice = self._post_invoice(order)
        self.assertEqual(invoice.amount_total, 900)
        settled = self._settle(order)
        self.assertEqual((settled.amount_kept, settled.amount_returned), (300, 0))
        self.assertEqual(invoice.amount_residual, 600)
        self.assertEqual(order.rental_status, "closed")
        self._find(order)
        self.assertEqual(order.rental_status, "back")
        self.assertEqual(self._charged(order), [900, -900])
        credit = self._post_invoice(order)
        self.assertEqual(credit.move_type, "out_refund")
        self.assertRecordValues(
            credit.invoice_line_ids,
            [
                {
                    "name": "Rental extras\nFound again: 1 × Drill",
                    "quantity": 1,
                    "price_unit": 900,
                }
            ],
        )
        self.assertRecordValues(
            self._items(credit),
            [
                self._item(
                    self.income,
                    debit=900,
                    reconciled=False,
                    analytic_distribution=(
                        order.order_line[0].sudo().analytic_distribution
                    ),
                ),
                self._item(self.receivable, credit=900, reconciled=False),
            ],
        )
        self.assertEqual(order.rental_status, "closed")
        bill = self.env["rental.billing"].search([("order_id", "=", order.id)])
        self.assertEqual(sum(bill.mapped("amount_charged")), 400, "only the rent")

    def test_C11_found_before_the_invoice_charges_nothing(self):
        self.drill.rental_deposit = 0
        order = self._lost()
        self._find(order)
        self.assertEqual(self._charged(order), [0])
        self.assertEqual(self._post_invoice(order).amount_untaxed, 400, "the rent")
        self.assertEqual(order.rental_status, "closed")

    def test_C11_found_while_a_draft_stands(self):
        """The draft is the clerk's to see: the correction comes on the next one."""
        order = self._lost()
        draft = self._draft(order)
        self._find(order)
        self.assertEqual(self._charged(order), [900, -900])
        draft.with_user(self.accountant).action_post()
        credit = self._post_invoice(order)
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 900))

    def _draft(self, order):
        action = order.with_user(self.accountant).action_rental_invoice()
        return self.env["account.move"].browse(action["res_id"])

    def test_C11_found_part_by_part(self):
        """Of 3 at 33.33: each its share, the last the rest, cents included."""
        self.env.company.rental_wear_percent = 0
        self.chair.replacement_value = 33.335
        order = self._lost((self.chair, 3))
        [whole] = self._charged(order)
        self._find(order)
        self._find(order)
        invoice = self._post_invoice(order)
        self._find(order)
        charged = self._charged(order)
        self.assertEqual(len(charged), 4)
        self.assertAlmostEqual(sum(charged), 0)
        self.assertAlmostEqual(charged[0], whole)
        credit = self._post_invoice(order)
        rent = order.order_line.filtered("is_rental").price_subtotal
        total = invoice.amount_untaxed - credit.amount_untaxed
        self.assertAlmostEqual(total, rent)

    def test_C11_all_found_one_by_one_before_the_invoice(self):
        order = self._lost((self.chair, 3))
        self._find(order)
        self.assertEqual(self._charged(order), [225, -75])
        self._find(order, quantity=2)
        self.assertEqual(self._charged(order), [0, 0])

    def test_C11_units_of_one_fee_share_it(self):
        """100.01 for three drills is 33.34 each, and 100.01 together."""
        self.drill.replacement_value = 44.45
        order = self._lost((self.drill, 3))
        self.assertEqual(self._charged(order), [100.01])
        self._post_invoice(order)
        window = self._window(order.action_rental_found())
        window.line_ids.quantity = 1
        self.assertEqual(window.line_ids.mapped("credit"), [33.34] * 3)
        self._find(order)
        self.assertEqual(self._charged(order), [100.01, -100.01])

    def test_C11_credited_as_it_was_charged(self):
        """At the discount and with the taxes of the fee, also typed ones."""
        order = self._lost()
        fee = self._fees(order)
        fee.with_user(self.clerk).write(
            {"discount": 50, "tax_ids": [Command.set(self.tax_sale_b.ids)]}
        )
        self._post_invoice(order)
        self._find(order)
        correction = self._fees(order)[1]
        self.assertEqual(correction.price_subtotal, -450)
        self.assertEqual(correction.discount, 50)
        self.assertEqual(correction.tax_ids, self.tax_sale_b)

    def test_C11_clerk_credits_less_and_never_more(self):
        order = self._lost()
        self._post_invoice(order)
        with self.assertRaisesRegex(UserError, "no more than .*900.00"):
            self._find(order, credit=900.01)
        self._find(order, credit=700)
        self.assertEqual(self._charged(order), [900, -700])

    def test_C11_nothing_charged_nothing_credited(self):
        order = self._confirmed((self.drill, 1), start=at(0))
        self._hand_over(order)
        form = Form(self._window(order.action_rental_take_back()))
        with form.line_ids.edit(0) as row:
            row.condition_id = self.lost
        with form.charge_ids.edit(0) as charge:
            charge.is_charged = False
        form.save().action_take_back()
        with self.assertRaisesRegex(UserError, "no more than .*0.00"):
            self._find(order, credit=5)
        self._find(order)
        self.assertFalse(self._fees(order))

    def test_C11_credited_for_good_is_not_credited_again(self):
        """A credit note for the fee, then it turns up: nothing twice."""
        order = self._lost()
        invoice = self._post_invoice(order)
        self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"journal_id": invoice.journal_id.id}).reverse_moves()
        note = invoice.reversal_move_ids
        note.invoice_line_ids.filtered(
            lambda line: line.sale_line_ids.is_rental
        ).unlink()
        fee = note.invoice_line_ids
        fee.price_unit = 400
        note.action_post()
        self._find(order)
        self.assertEqual(self._charged(order), [900, -500])

    def test_C11_locked_order_gets_a_line_of_its_own(self):
        order = self._lost()
        order.action_lock()
        self._find(order)
        self.assertEqual(self._charged(order), [900, -900])

    def test_C11_lost_again_is_charged_again(self):
        """The first find credits the first loss; the second its own."""
        order = self._lost((self.chair, 5), quantity=2)
        self._post_invoice(order)
        self._find(order, quantity=2)
        self._lose(order, quantity=3)
        self.assertEqual(self._charged(order), [150, -150, 225])
        self._post_invoice(order)
        self._find(order, quantity=1)
        self.assertEqual(self._charged(order), [150, -150, 225, -75])
        self.assertEqual(
            self._fees(order).mapped("name"),
            [
                "Replacement: 2 × Chair",
                "Found again: 2 × Chair",
                "Replacement: 3 × Chair",
                "Found again: 1 × Chair",
            ],
        )

    def test_C11_found_is_said_in_the_customers_language(self):
        """Again in the one he reads it in: see sale.order.line._rental_said."""
        order = self._lost()
        self._post_invoice(order)
        self._find(order)
        line = self._fees(order)[1]
        self.assertEqual(line._rental_said(), "Found again: 1 × Drill")
        self.assertIn("Found again", " ".join(line._rental_phrases()))

    def test_C35_lost_leaves_the_books_and_found_comes_back(self):
        """Valued as a loss in the stock, at its cost; back at the same."""
        category = self.env["product.category"].create(
            {
                "name": "Perpetual",
                "property_cost_method": "average",
                "property_valuation": "real_time",
            }
        )
        item = self._make_item("Mixer", day=50, categ_id=category.id)
        item.standard_price = 14
        self._put(item, self.north, 5)
        item.invalidate_recordset()
        before = item.total_value
        order = self._lost((item, 5), quantity=2)
        item.invalidate_recordset()
        self.assertEqual(before - item.total_value, 28)
        self._find(order, quantity=2)
        item.invalidate_recordset()
        self.assertEqual(item.total_value, before)
