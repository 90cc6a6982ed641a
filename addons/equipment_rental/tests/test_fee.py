from datetime import datetime

from psycopg2.errors import CheckViolation

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time
from odoo.tools import mute_logger

from .common import NOW, RentalCommon, at


@freeze_time(NOW)
class TestFee(RentalCommon):
    """What a rental costs besides the rent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env.ref("equipment_rental.product_product_fee")
        cls.product.taxes_id = False
        cls.late = cls.env.ref("equipment_rental.rental_fee_late")
        cls.cleaning = cls.env.ref("equipment_rental.rental_fee_cleaning")
        cls.damage = cls.env.ref("equipment_rental.rental_fee_damage")
        cls.dirty = cls.env.ref("equipment_rental.rental_condition_dirty")
        cls.cleaning.amount = 30
        cls.dirty.fee_id = cls.cleaning
        cls.drill.replacement_value = 1000
        cls.chair.replacement_value = 5

    def _fee(self, **vals):
        return self.env["rental.fee"].create(
            {"name": "Fee", "product_id": self.product.id, **vals}
        )

    def _amount(self, order, date=None, **vals):
        items = [(line, round(line._rental_pieces())) for line in order.order_line]
        return self._fee(**vals)._amount_for(order, items, date or at(4))

    def test_C11_what_a_fee_comes_to(self):
        order = self._confirmed((self.drill, 2), (self.chair, 10))
        self.assertEqual(self._amount(order, amount=300), 300)
        self.assertEqual(self._amount(order, basis="piece", amount=3), 36)
        self.assertEqual(
            self._amount(order, basis="rent_percent", amount=10),
            65,
            "10 % of 2 drills at 300 and 10 chairs at 5",
        )
        self.assertEqual(
            self._amount(order, basis="replacement_percent", amount=50), 1025
        )

    def test_C11_late_days_count_started_after_the_grace(self):
        order = self._confirmed((self.drill, 1))
        days = {
            at(4, 8): 0,
            at(4, 9): 0,
            at(4, 10): 1,
            at(5, 8): 1,
            at(5, 9): 2,
            at(8, 8): 4,
        }
        for date, late in days.items():
            with self.subTest(date=date):
                self.assertEqual(
                    self.late._amount_for(order, [(order.order_line, 1)], date),
                    100 * late,
                )

    def test_C11_lateness_never_costs_more_than_the_piece(self):
        order = self._confirmed((self.drill, 2))
        self.assertEqual(
            self.late._amount_for(order, [(order.order_line, 2)], at(60)), 2000
        )

    def test_C11_the_cap_holds_whatever_percentage_lateness_costs(self):
        order = self._confirmed((self.drill, 1))
        items = [(order.order_line, 1)]
        self.late.amount = 50
        self.assertEqual(self.late._amount_for(order, items, at(16)), 600)
        self.late.amount = 150
        self.assertEqual(self.late._amount_for(order, items, at(16)), 1000)

    def test_C11_a_day_that_changes_to_winter_time_is_one_day_late(self):
        order = self._confirmed(
            (self.drill, 1),
            start=datetime(2026, 10, 22, 8),
            stop=datetime(2026, 10, 24, 8),
        )
        late = self.late._days_late(order.order_line, datetime(2026, 10, 25, 9))
        self.assertEqual(late, 1, "10 o'clock in Prague on both days")

    def test_C11_only_fees_the_company_charges_now_are_proposed(self):
        """A condition is everybody's; its fee may be another company's, or archived."""
        order = self._confirmed((self.chair, 1), start=at(0))
        company = self.env["res.company"].create({"name": "Other Rentals"})
        for vals in ({"company_id": company.id}, {"active": False}):
            self.dirty.fee_id = self._fee(amount=30, **vals)
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(vals=vals):
                self.assertFalse(
                    order._propose_rental_fees(
                        "return", at(1), [(order.order_line, 1, self.dirty)]
                    )
                )

    def test_C11_fees_are_named_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("cs_CZ")
        self.customer.lang = "cs_CZ"
        self.cleaning.with_context(lang="cs_CZ").name = "Úklid"
        order = self._confirmed((self.chair, 1), start=at(0))
        proposal = order._propose_rental_fees(
            "return", at(1), [(order.order_line, 1, self.dirty)]
        )[0]
        self.assertEqual(proposal["name"], "Úklid: 1 × Chair")
        line = order._add_rental_fee(self.cleaning, 30, "return", at(1))
        self.assertEqual(line.name, "Úklid")

    def test_C11_proposed_on_return_by_lateness_and_condition(self):
        order = self._confirmed((self.drill, 1), (self.chair, 10))
        drill, chairs = order.order_line
        proposals = order._propose_rental_fees(
            "return",
            at(5),
            [(drill, 1, None), (chairs, 7, None), (chairs, 3, self.dirty)],
        )
        self.assertEqual(
            [(p["fee_id"], p["sale_line_id"], p["amount"]) for p in proposals],
            [
                (self.late.id, drill.id, 100),
                (self.late.id, chairs.id, 20),
                (self.cleaning.id, chairs.id, 90),
            ],
        )
        self.assertIn("days late: 1", proposals[0]["name"])

    def test_C11_nothing_is_proposed_for_what_is_in_time_and_good(self):
        order = self._confirmed((self.drill, 1))
        self.assertFalse(
            order._propose_rental_fees("return", at(4), [(order.order_line, 1, None)])
        )

    def test_C11_fee_becomes_a_line_that_stays_as_agreed(self):
        order = self._confirmed((self.drill, 1))
        line = order._add_rental_fee(
            self.damage, 120, "return", at(4), origin_line=order.order_line
        )
        self.assertEqual(line.price_subtotal, 120)
        self.assertFalse(line.is_rental)
        self.assertEqual(
            line.analytic_distribution, order.order_line[0].analytic_distribution
        )
        line.product_uom_qty = 2
        order.action_update_prices()
        self.assertEqual(line.price_unit, 120)
        self.assertEqual(order.order_line[0].price_unit, 300)

    def test_C11_fee_on_a_locked_order(self):
        order = self._confirmed((self.drill, 1))
        order.action_lock()
        line = order._add_rental_fee(self.damage, 120, "return", at(4))
        self.assertEqual(order.amount_untaxed, 420)
        self.assertEqual(line.invoice_status, "to invoice")

    def test_C11_fees_are_not_copied(self):
        order = self._confirmed((self.drill, 1))
        order._add_rental_fee(self.damage, 120, "return", at(4))
        self.assertEqual(order.copy().order_line.product_id, self.drill)

    def test_C14_reservation_fee_arises_at_the_reservation(self):
        fee = self._fee(moment="reservation", automatic=True, amount=25)
        order = self._order((self.drill, 1))
        self.assertEqual(len(order.order_line), 1)
        order.action_confirm()
        line = order.order_line[1]
        self.assertEqual(line.rental_fee_id, fee)
        self.assertEqual(line.rental_moment, "reservation")
        self.assertEqual(str(line.rental_moment_date), NOW)
        self.assertEqual(order.amount_untaxed, 325)

    def test_C14_reservation_fee_arises_once_in_an_order_reserved_again(self):
        self._fee(moment="reservation", automatic=True, amount=25)
        order = self._confirmed((self.drill, 1))
        order.action_cancel()
        order.action_draft()
        self.assertEqual(order.amount_untaxed, 300)
        order.action_confirm()
        self.assertEqual(order.amount_untaxed, 325)

    def test_C14_what_the_customer_signed_is_what_it_costs(self):
        self._fee(moment="reservation", automatic=True, amount=25)
        order = self._order((self.drill, 1))
        order.signed_on = NOW
        order.action_confirm()
        self.assertEqual(order.amount_untaxed, 300)

    def test_C11_money_in_the_orders_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "name": "2026-01-01", "rate": 0.5}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        order = self._confirmed((self.drill, 1), pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, euro)
        self.assertEqual(self._amount(order, amount=300), 150)
        self.assertEqual(
            self._amount(order, basis="replacement_percent", amount=10), 50
        )

    def test_C11_only_a_plain_service_can_be_a_fee(self):
        with self.assertRaisesRegex(ValidationError, "needs a service"):
            self._fee(product_id=self.drill.id)

    @mute_logger("odoo.sql_db")
    def test_C11_fees_are_not_negative(self):
        with self.assertRaises(CheckViolation):
            self._fee(amount=-1)

    def test_C9_deposit_per_piece_is_outside_the_total(self):
        self.drill.rental_deposit = 200
        order = self._order((self.drill, 2))
        self.assertEqual(order.order_line.rental_deposit, 400)
        self.assertEqual(order.rental_deposit_amount, 400)
        self.assertEqual(order.amount_total, 600)
        order.order_line.rental_deposit = 150
        order.action_confirm()
        self.assertEqual(order.rental_deposit_amount, 150)
        self.assertEqual(order.amount_total, 600)
