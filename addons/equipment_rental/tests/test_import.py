"""Rental orders that come in by core's import, or by a program that creates them."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from .common import NOW, RentalCommon, at

ORDER = ["client_order_ref", "partner_id/.id", "is_rental_order", "warehouse_id/.id",
         "rental_start", "rental_stop"]  # fmt: skip
LINE = ["order_line/product_id/.id", "order_line/product_uom_qty"]
PERIOD = ["order_line/rental_start", "order_line/rental_stop"]


@freeze_time(NOW)
class TestImport(RentalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fee = cls.env["rental.fee"].create(
            {
                "name": "Booking",
                "product_id": cls.env.ref(
                    "equipment_rental.rental_fee_late"
                ).product_id.id,
                "moment": "reservation",
                "amount": 7,
                "automatic": True,
            }
        )

    def _cells(self, ref, *cells):
        """The cells of an order, then of its first line and what else there is."""
        order = [ref, str(self.customer.id), "1", str(self.north.id)]
        return [*order, str(at(1)), str(at(4)), *cells]

    def _load(self, columns, *rows, user=None):
        """Import; the orders, or the first message of what was refused."""
        orders = self.env["sale.order"].with_user(user or self.clerk)
        done = orders.load(columns, [list(row) for row in rows])
        if done["messages"]:
            return done["messages"][0]["message"]
        return orders.browse(done["ids"])

    def test_C14_C36_confirmed_orders_come_in_as_if_confirmed(self):
        """Project, account, fees, reservations and the order's own date; drafts not."""
        orders = self._load(
            [*ORDER, *LINE, "state", "date_order"],
            self._cells("A", str(self.chair.id), "5", "sale", str(at(-9))),
            ["", "", "", "", "", "", str(self.drill.id), "1", "", ""],
            self._cells("B", str(self.chair.id), "4", "draft", str(at(-9))),
        )
        order, quotation = orders
        rents = order.order_line.filtered("is_rental")
        self.assertEqual(rents.mapped("rental_qty_reserved"), [5, 1])
        self.assertEqual(order.rental_status, "reserved")
        self.assertEqual(order.date_order, at(-9))
        account = order.project_id.sudo().account_id
        self.assertTrue(account)
        self.assertEqual(order.project_id.partner_id, self.customer)
        fees = order.order_line.filtered("rental_fee_id")
        self.assertEqual(fees.mapped("price_unit"), [7])
        for line in order.order_line:
            self.assertEqual(line.analytic_distribution, {str(account.id): 100})
        self.assertEqual(quotation.rental_status, "quote")
        self.assertFalse(quotation.project_id or quotation.order_line[1:])

    def test_C36_named_project_is_kept(self):
        project = self.env["project.project"].create(
            {"name": "Bridge", "partner_id": self.customer.id, "allow_billable": True}
        )
        orders = self._load(
            [*ORDER, *LINE, "state", "project_id/.id"],
            self._cells("A", str(self.chair.id), "5", "sale", str(project.id)),
        )
        self.assertEqual(orders.project_id, project)
        self.assertTrue(project.account_id)

    def test_C14_C36_quotation_imported_again_as_confirmed_is_confirmed(self):
        """Also where only the status is written, and of several orders at once."""
        first, second = self._order((self.chair, 5)), self._order((self.chair, 4))
        sale = self.env["sale.order"].create({"partner_id": self.customer.id})
        orders = (first | second | sale).with_user(self.clerk)
        orders.write({"state": "sale", "client_order_ref": "Call-off 7"})
        self.assertEqual(orders.mapped("state"), ["sale"] * 3)
        self.assertEqual(orders.mapped("client_order_ref"), ["Call-off 7"] * 3)
        for order, pieces in ((first, 5), (second, 4)):
            self.assertEqual(order.order_line[0].rental_qty_reserved, pieces)
            self.assertEqual(order.order_line[1].rental_fee_id, self.fee)
        first.write({"state": "sale"})
        self.assertEqual(len(first.order_line), 2, "confirmed once")

    def test_C36_import_refuses_what_the_button_refuses(self):
        """Roles, missing periods, pieces that are not there: row by row, in words."""
        seller = new_test_user(
            self.env, "seller", "sales_team.group_sale_salesman_all_leads"
        )
        columns = [*ORDER, *LINE, "state"]
        row = self._cells("A", str(self.chair.id), "5", "sale")
        refused = self._load(columns, row, user=seller)
        self.assertIn("Only a rental clerk can confirm", refused)
        refused = self._load(columns, [*row[:4], "", "", *row[6:]])
        self.assertIn("say from when until when", refused)
        refused = self._load(
            columns, self._cells("A", str(self.chair.id), "41", "sale")
        )
        self.assertIn("Chair", refused)
        self.assertFalse(
            self.env["sale.order"].search_count([("client_order_ref", "=", "A")])
        )

    def test_C36_confirmed_order_by_a_program(self):
        """Also where the context says that it is a rental."""
        orders = self.env["sale.order"].with_user(self.clerk)
        order = orders.with_context(default_is_rental_order=True).create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": self.north.id,
                "state": "sale",
                "rental_start": at(1),
                "rental_stop": at(4),
                "order_line": [
                    Command.create({"product_id": self.chair.id, "product_uom_qty": 2})
                ],
            }
        )
        self.assertEqual(order.date_order, at(0))
        self.assertEqual(order.rental_status, "reserved")
        self.assertTrue(order.project_id.sudo().account_id)

    def test_order_that_sells_is_created_as_core_does(self):
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "state": "sale", "date_order": at(-9)}
        )
        self.assertEqual((order.state, order.date_order), ("sale", at(-9)))
        self.assertFalse(order.project_id)

    def test_C8_blank_period_of_a_line_is_the_orders(self):
        """One line says both, one none, one only its end."""
        order = self._load(
            [*ORDER, *LINE, *PERIOD],
            self._cells("A", str(self.chair.id), "5", str(at(2)), str(at(3))),
            ["", "", "", "", "", "", str(self.chair.id), "1", "", ""],
            ["", "", "", "", "", "", str(self.chair.id), "1", "", str(at(6))],
        )
        lines = order.order_line
        self.assertEqual(lines.mapped("rental_start"), [at(2), at(1), at(1)])
        self.assertEqual(lines.mapped("rental_stop"), [at(3), at(4), at(6)])
        self.assertEqual(lines.mapped("rental_own_period"), [True, False, True])
        self.assertEqual(lines.mapped("price_unit"), [2, 5, 5], "rents of the period")

    def test_C8_period_blanked_later_is_the_orders(self):
        order = self._confirmed(
            (self.chair, 5, {"rental_start": at(2), "rental_stop": at(3)})
        )
        line = order.order_line[0]
        line.write({"rental_start": False, "rental_stop": ""})
        self.assertEqual((line.rental_start, line.rental_stop), (at(1), at(4)))
        self.assertFalse(line.rental_own_period)
        row = line._rental_rows("reserved")
        self.assertEqual((row.start, row.stop), (at(1), at(4)))
        order.rental_stop = at(5)
        self.assertEqual(line.rental_stop, at(5), "it follows the order again")

    def test_C7_C9_other_blank_cells_are_proposed(self):
        """Where it is rented from, and the deposit: what the order would propose."""
        self.chair.rental_deposit = 10
        order = self._load(
            [*ORDER, *LINE, "order_line/warehouse_id/.id", "order_line/rental_deposit"],
            self._cells("A", str(self.chair.id), "5", "", ""),
            ["", "", "", "", "", "", str(self.chair.id), "1", str(self.south.id), "0"],
        )
        self.assertEqual(order.order_line.warehouse_id, self.north | self.south)
        self.assertEqual(order.order_line.mapped("rental_deposit"), [50, 0])

    def test_C8_line_without_a_period_anywhere_stays_without(self):
        order = self._order((self.chair, 5))
        order.write({"rental_start": False, "rental_stop": False})
        order.order_line.write({"rental_start": False, "rental_stop": False})
        self.assertFalse(order.order_line.rental_start)
        with self.assertRaisesRegex(UserError, "say from when until when"):
            order.action_confirm()
