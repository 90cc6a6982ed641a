from datetime import date, datetime

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import MANAGER, at
from .common_money import MoneyCommon

JUNE_1, JUNE_10, JUNE_20 = (date(2026, 6, day) for day in (1, 10, 20))


@tagged("post_install", "-at_install")
class TestBilling(MoneyCommon):
    """Each moment adds its own records, and one sees which arose when (C14)."""

    def _bill(self, order):
        """As a clerk reads it who opens the order now."""
        order.invalidate_recordset(["rental_billing_ids"])
        return order.with_user(self.clerk).rental_billing_ids

    def _facts(self, order, *names):
        return [
            tuple(row[name] for name in ("date", "moment", *names))
            for row in self._bill(order)
        ]

    def _rental(self):
        """From 10 to 20 June; made on 1 June, when nothing is out yet."""
        return self._confirmed(
            (self.drill, 2),
            start=datetime(2026, 6, 10, 8),
            stop=datetime(2026, 6, 20, 8),
        )

    def test_C14_the_example(self):
        """1 June the reservation fee, 10 June rent and deposit, 20 June cleaning 300
        and the deposit back.
        """
        self.env["rental.fee"].search([]).active = False
        self.env["rental.fee"].create(
            {
                "name": "Reservation fee",
                "product_id": self.service.id,
                "moment": "reservation",
                "amount": 50,
                "automatic": True,
            }
        )
        with freeze_time("2026-06-01 09:00:00"):
            order = self._rental()
        self.assertEqual(
            self._facts(order, "kind", "amount"),
            [(JUNE_1, "reservation", "fee", 50)],
        )
        with freeze_time("2026-06-10 09:00:00"):
            self._hand_over(order)
            self._receive(order)
        self.assertEqual(
            self._facts(order, "kind", "step", "amount")[1:],
            [
                (JUNE_10, "hand_over", "rent", False, 1600),
                (JUNE_10, "hand_over", "deposit", "asked", 300),
                (JUNE_10, "hand_over", "deposit", "received", 300),
            ],
        )
        with freeze_time("2026-06-20 07:00:00"):
            self._take_back(order)
            back = order.rental_transfer_ids.sorted("id")[-1:]
            order._add_rental_fee(
                self.cleaning, 300, "return", datetime(2026, 6, 20, 7), transfer=back
            )
            self._pay_back(order)
        self.assertEqual(
            self._facts(order, "kind", "step", "amount")[4:],
            [
                (JUNE_20, "return", "fee", False, 300),
                (JUNE_20, "return", "deposit", "returned", -300),
            ],
        )
        rows = self._bill(order)
        self.assertEqual(sum(rows.mapped("amount_charged")), 1950)
        self.assertEqual(sum(rows.mapped("amount_charged")), order.amount_untaxed)
        self.assertEqual(sum(rows.mapped("deposit_asked")), 300)
        self.assertEqual(sum(rows.mapped("deposit_held")), 0, "all given back")
        self.assertEqual(
            rows.mapped("name"),
            [
                "Reservation fee",
                "2 × Drill (D-1, D-2)",
                "Deposit asked for",
                "Deposit received",
                "Cleaning",
                "Deposit given back",
            ],
        )

    def test_C14_rent_arises_with_each_hand_over(self):
        """Of 40 chairs 30 go on one day and 10 on another."""
        order = self._confirmed((self.chair, 40, {"price_unit": 5}), start=at(0))
        self.assertFalse(self._facts(order))
        self._hand_over(order, quantity=30, when=at(0))
        self._hand_over(order, when=at(1))
        self.assertEqual(
            self._facts(order, "kind", "amount"),
            [
                (date(2026, 3, 2), "hand_over", "rent", 150),
                (date(2026, 3, 3), "hand_over", "rent", 50),
            ],
        )

    def test_C14_down_payment_arises_with_the_reservation(self):
        order = self._rental()
        with freeze_time("2026-06-01 12:00:00"):
            wizard = (
                self.env["sale.advance.payment.inv"]
                .with_context(active_model="sale.order", active_ids=order.ids)
                .create({"advance_payment_method": "fixed", "fixed_amount": 115})
            )
            wizard.create_invoices()
            invoice = order.sudo().invoice_ids
            invoice.invoice_date = JUNE_1
            invoice.action_post()
        [row] = self._bill(order)
        self.assertEqual(
            (row.date, row.moment, row.kind), (JUNE_1, "reservation", "down_payment")
        )
        self.assertEqual(row.amount_advance, invoice.amount_untaxed)
        self.assertEqual((row.amount_charged, row.deposit_held), (0, 0))

    def test_C14_rent_follows_the_price(self):
        """A view that did not flush would tell the price of before."""
        order = self._confirmed((self.chair, 10, {"price_unit": 5}), start=at(0))
        self._hand_over(order)
        self.assertEqual(self._bill(order).amount, 50)
        order.order_line.price_unit = 6
        self.env["rental.billing"].invalidate_model(flush=False)
        rows = self.env["rental.billing"].search([("order_id", "=", order.id)])
        self.assertEqual(rows.amount, 60)

    def test_C14_rent_of_dozens(self):
        """A line in another unit of measure: 12 of 2 dozen are half the rent."""
        order = self._confirmed(
            (
                self.chair,
                2,
                {
                    "product_uom_id": self.env.ref("uom.product_uom_dozen").id,
                    "price_unit": 60,
                },
            ),
            start=at(0),
        )
        self._hand_over(order, quantity=12)
        self.assertEqual(self._bill(order).amount, 60)

    def test_C14_day_is_the_rentals_not_the_clocks(self):
        """23:30 UTC is the next day in Prague."""
        order = self._confirmed((self.chair, 1), start=at(0), stop=at(4))
        self._hand_over(order, when=at(1, 23).replace(minute=30))
        self.assertEqual(self._bill(order).date, date(2026, 3, 4))

    def test_C14_who_sees_the_bill(self):
        order = self._out()
        for login, groups, allowed in (
            ("b_keeper", "equipment_rental.equipment_rental_group_storekeeper", False),
            ("b_employee", "base.group_user", False),
            ("b_portal", "base.group_portal", False),
            ("b_manager", MANAGER, True),
        ):
            user = self._make_user(login, groups)
            with self.subTest(who=login):
                rows = self.env["rental.billing"].with_user(user)
                if allowed:
                    self.assertTrue(rows.search([("order_id", "=", order.id)]))
                else:
                    with self.assertRaises(AccessError):
                        rows.search([("order_id", "=", order.id)])
        rows = order.with_user(self.accountant).rental_billing_ids
        self.assertIn("2 × Drill (D-1, D-2)", rows.mapped("name"))

    def test_C14_other_company_sees_nothing(self):
        order = self._out()
        company = self.env["res.company"].create({"name": "Other Rentals"})
        stranger = new_test_user(
            self.env,
            "b_stranger",
            MANAGER,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertTrue(self._bill(order))
        self.assertFalse(
            self.env["rental.billing"]
            .with_user(stranger)
            .search([("order_id", "=", order.id)])
        )
