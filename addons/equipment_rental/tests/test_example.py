import csv
from datetime import timedelta

from pytz import utc

from odoo import fields
from odoo.fields import Command
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import file_open

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import CLERK
from .common_money import ACCOUNTANT

ROLES = {
    "clerk": f"{CLERK},account.group_account_invoice",
    "storekeeper": "equipment_rental.equipment_rental_group_storekeeper",
    "accountant": ACCOUNTANT,
}
"""The groups of those whose work the example company shows."""

EXPECTED = {
    "product.category": 8,
    "stock.warehouse": 2,
    "product.template": 69,
    "rental.fee": 5,
    "rental.damage": 8,
    "res.partner": 10,
    "project.project": 5,
    "stock.lot": 120,
    "stock.quant": 212,
}


class TestExample(TransactionCase):
    """The example company's files, imported by Odoo's own import."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.env.ref("__import__.example_warehouse_north", False):
            cls.skipTest(cls, "the example company is already here as demo data")
        cls.imported = cls.env["rental.example"]._load_catalogue()
        cls.env.cr.precommit.run()

    def test_every_row_is_imported(self):
        self.assertEqual(
            {model: len(ids) for model, ids in self.imported.items()}, EXPECTED
        )

    def test_items_have_prices_and_values(self):
        items = self.env["product.template"].browse(self.imported["product.template"])
        self.assertGreaterEqual(len(items), 60)
        self.assertEqual(len(items.categ_id), 8)
        for item in items:
            self.assertTrue(item.rent_ok)
            self.assertGreater(item.rental_price_day, 0)
            self.assertGreater(item.rental_price_week, item.rental_price_day)
            self.assertLess(item.rental_price_week, 7 * item.rental_price_day)
            self.assertGreater(item.replacement_value, item.rental_price_week)
            self.assertLess(item.rental_deposit, item.replacement_value / 2)
            if item.replacement_value >= 50:
                self.assertGreater(item.rental_deposit, 0)

    def test_C11_C17_fees_have_amounts(self):
        fees = self.env["rental.fee"].browse(self.imported["rental.fee"])
        self.assertIn(self.env.ref("equipment_rental.rental_fee_late"), fees)
        cleaning = self.env.ref("equipment_rental.rental_fee_cleaning")
        self.assertEqual((cleaning.basis, cleaning.amount), ("piece", 12))
        cancellation = fees.filtered(lambda fee: fee.moment == "cancellation")
        self.assertEqual(
            {fee.days_before: fee.amount for fee in cancellation}, {3: 80, 14: 30}
        )

    def test_fleet_is_what_the_files_say(self):
        with file_open("equipment_rental/demo/example/stock.quant.csv") as text:
            counted = sum(
                int(row["inventory_quantity_auto_apply"])
                for row in csv.DictReader(text)
            )
        warehouses = self.env["stock.warehouse"].browse(
            self.imported["stock.warehouse"]
        )
        pools = self.env["rental.pool"].search([("warehouse_id", "in", warehouses.ids)])
        self.assertEqual(len(pools), 2 * EXPECTED["product.template"])
        self.assertEqual(sum(pools.mapped("capacity")), counted)
        lots = self.env["stock.lot"].browse(self.imported["stock.lot"])
        self.assertEqual(len(lots.rental_resource_id), 120)
        self.assertEqual(
            lots.rental_resource_id.pool_id,
            pools.filtered(lambda pool: pool.tracking == "serial").resource_id,
        )

    def test_importing_again_changes_nothing(self):
        """The catalogue can be corrected in the file and imported once more."""
        header = ["id", "name", "rental_price_day"]
        row = ["example_item_ex_008", "Micro excavator 0.8 t", "99"]
        result = self.env["product.template"].load(header, [row])
        self.assertFalse(result["messages"])
        item = self.env.ref("__import__.example_item_ex_008")
        self.assertEqual(result["ids"], item.ids)
        self.assertEqual(item.rental_price_day, 99)
        self.assertEqual(len(item.rental_tier_ids), 2)


@tagged("post_install", "-at_install")
class TestExampleLife(AccountTestInvoicingCommon):
    """What goes on in the example company, whenever it is loaded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.env.ref("__import__.example_warehouse_north", False):
            cls.skipTest(cls, "the example company is already here as demo data")
        cls.env.company.resource_calendar_id.tz = "Europe/Brussels"
        cls.env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": f"equipment_rental.user_{role}", "record": user}
                for role, user in cls._make_users()
            ]
        )
        cls.example = cls.env["rental.example"].sudo()
        cls.example._load_catalogue()
        cls.env.cr.precommit.run()

    @classmethod
    def _make_users(cls):
        """The demo users, where there is no demo data."""
        company = cls.env.company
        vals = {"company_id": company.id, "company_ids": [Command.set(company.ids)]}
        for role, groups in ROLES.items():
            yield role, new_test_user(cls.env, f"example_{role}", groups, **vals)

    @freeze_time("2026-03-28 22:50:00")
    def test_on_a_saturday_before_midnight(self):
        """Ten minutes before Sunday, on whose night the clocks change."""
        self._check_life(self.example._load_life())

    @freeze_time("2026-01-05 23:10:00")
    def test_on_a_tuesday_after_midnight(self):
        """In UTC it is still Monday; rentals began last year."""
        self._check_life(self.example._load_life())

    def _check_life(self, orders):
        self.env.cr.precommit.run()
        statuses = {
            fate: set(some.mapped("rental_status")) for fate, some in orders.items()
        }
        self.assertEqual(
            statuses,
            {
                "closed": {"closed"},
                "back": {"back"},
                "late": {"out"},
                "out": {"out"},
                "unpaid": {"out"},
                "due_today": {"out"},
                "part_out": {"part_out"},
                "part_back": {"part_back"},
                "reserved": {"reserved"},
                "short": {"reserved"},
                "option": {"option"},
                "lapsed": {"quote"},
                "cancelled": {"cancelled"},
                "quote": {"quote"},
                "sent": {"quote"},
            },
        )
        everything = self.example.env["sale.order"].union(*orders.values())
        self._check_times(everything, orders)
        self._check_trouble(everything, orders)
        self._check_money(everything, orders)
        self._check_projects(everything)

    def _check_times(self, everything, orders):
        """At the counter's hours of working days, but for what is due today."""
        now, today = fields.Datetime.now(), self.example._day(0)

        def local(moment):
            return utc.localize(moment).astimezone(self.example._zone())

        for order in everything:
            for moment in (order.rental_start, order.rental_stop):
                if local(moment).date() == today:
                    self.assertGreater(moment, now)
                else:
                    self.assertLess(local(moment).weekday(), 5)
                    self.assertIn(local(moment).hour, (8, 17))
            self.assertLessEqual(order.date_order, max(now, order.rental_start))
        self.assertFalse(
            everything.rental_transfer_ids.filtered(
                lambda transfer: transfer.rental_date > now
            )
        )
        self.assertEqual(local(orders["due_today"].rental_stop).date(), today)
        self.assertIn(
            today, [local(one.rental_start).date() for one in orders["reserved"]]
        )

    def _check_trouble(self, everything, orders):
        """What is late, at risk, about to lapse, lapsed and cancelled."""
        self.assertEqual(everything.filtered("rental_is_late"), orders["late"])
        risky = everything.order_line.rental_allocation_ids.filtered("at_risk")
        self.assertEqual(risky.mapped("res_id"), orders["short"].order_line[0].ids)
        self.assertEqual(orders["short"].activity_ids.summary, "Rental at risk")
        left = orders["option"].rental_hold_until - fields.Datetime.now()
        self.assertTrue(timedelta(0) < left < timedelta(days=2))
        lapsed = orders["lapsed"].order_line.rental_allocation_ids
        self.assertEqual(set(lapsed.mapped("state")), {"expired"})
        fee = orders["cancelled"].order_line.filtered("rental_fee_id")
        self.assertEqual(fee.rental_fee_id.amount, 30)
        self.assertGreater(fee.price_unit, 0)

    def _check_money(self, everything, orders):
        deposit = orders["closed"].rental_deposit_ids
        self.assertEqual(deposit.state, "settled")
        self.assertGreater(deposit.amount_kept, 0)
        self.assertGreater(deposit.amount_returned, 0)
        invoice = orders["closed"].invoice_ids
        self.assertEqual((invoice.state, invoice.amount_residual), ("posted", 0))
        self.assertGreater(orders["unpaid"].rental_deposit_due, 0)
        for fate in ("out", "late", "due_today", "part_out", "part_back", "back"):
            for order in orders[fate]:
                self.assertGreater(order.rental_deposit_held, 0)
                self.assertFalse(order.rental_deposit_due)
        cleaning = orders["part_back"].order_line.filtered("rental_fee_id")
        self.assertEqual(cleaning.price_unit, 4 * 12)

    def _check_projects(self, everything):
        """C37: rentals of one project, and those that bring their own."""
        bridge = self.env.ref("__import__.example_project_bridge")
        joined = everything.filtered(lambda order: order.project_id == bridge)
        self.assertGreater(len(joined), 1)
        self.assertEqual(joined.partner_id, bridge.partner_id)
        confirmed = everything.filtered(lambda order: order.state == "sale")
        self.assertTrue(all(order.project_id for order in confirmed))
