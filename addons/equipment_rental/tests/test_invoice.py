from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import CLERK, NOW, at
from .common_money import BooksCommon


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestInvoice(BooksCommon):
    """Money: the ERP's own invoice, booked on the project of the order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk.group_ids += cls.env.ref("account.group_account_invoice")

    def _own_project(self, name):
        return (
            self.env["project.project"]
            .sudo()
            .create(
                {"name": name, "partner_id": self.customer.id, "allow_billable": True}
            )
        )

    def _account(self, project):
        return {str(project.account_id.id): 100}

    def test_C36_no_confirmation_without_a_project(self):
        order = self._order((self.chair, 1))
        order.project_id = False
        with self.assertRaisesRegex(UserError, "needs a project"):
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_C37_own_project_or_part_of_a_wider_one(self):
        own = self._order((self.chair, 1))
        self.assertEqual(own.project_id.sudo().partner_id, self.customer)
        self.assertIn(own.name, own.project_id.name)
        self.assertTrue(own.project_id.sudo().account_id)
        wider = self._own_project("Festival")
        joined = self._confirmed((self.chair, 1), project_id=wider.id)
        self.assertTrue(wider.account_id, "the project gets its analytic account")
        self.assertEqual(joined.order_line.analytic_distribution, self._account(wider))

    def test_C38_lines_follow_another_project(self):
        """Core leaves a line on the project it had first."""
        first, second = self._own_project("First"), self._own_project("Second")
        (first | second)._create_analytic_account()
        order = self._order((self.chair, 1), project_id=first.id)
        self.assertEqual(order.order_line.analytic_distribution, self._account(first))
        order.project_id = second
        self.assertEqual(order.order_line.analytic_distribution, self._account(second))

    def test_C39_C40_one_button_to_the_invoice_of_core(self):
        order = self._confirmed((self.drill, 2), (self.chair, 10), stop=at(9))
        action = order.action_rental_invoice()
        invoice = self.env["account.move"].browse(action["res_id"])
        self.assertEqual((invoice.state, invoice.move_type), ("draft", "out_invoice"))
        self.assertEqual(order.invoice_ids, invoice)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_C40_clerk_without_accounting_rights_makes_the_draft(self):
        counter = new_test_user(
            self.env,
            "counter",
            CLERK,
            company_id=self.env.company.id,
            company_ids=[Command.set(self.env.company.ids)],
        )
        order = self._confirmed((self.chair, 10), user=counter)
        action = order.action_rental_invoice()
        self.assertEqual(order.invoice_ids.state, "draft")
        self.assertEqual(action["res_id"], order.invoice_ids.id)

    def test_C38_C39_posted_invoice_line_by_line(self):
        """8 days: drills 500 + 100 each, chairs 5 + 2 each; on the order's project."""
        order = self._confirmed(
            (self.drill, 2), (self.chair, 10), start=at(0), stop=at(8)
        )
        self._hand_over(order)
        self._take_back(order)
        order.action_rental_invoice()
        invoice = order.invoice_ids.with_user(self.clerk)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        income = self.company_data["default_account_revenue"]
        receivable = self.customer.property_account_receivable_id
        project = self._account(order.project_id.sudo())
        self.assertRecordValues(
            invoice.sudo().line_ids.sorted("balance"),
            [
                {
                    "account_id": income.id,
                    "quantity": 2,
                    "debit": 0,
                    "credit": 1200,
                    "analytic_distribution": project,
                },
                {
                    "account_id": income.id,
                    "quantity": 10,
                    "debit": 0,
                    "credit": 70,
                    "analytic_distribution": project,
                },
                {
                    "account_id": receivable.id,
                    "quantity": 0,
                    "debit": 1270,
                    "credit": 0,
                    "analytic_distribution": False,
                },
            ],
        )
        analytic = self.env["account.analytic.line"].search(
            [("account_id", "=", order.project_id.sudo().account_id.id)]
        )
        self.assertEqual(sum(analytic.mapped("amount")), 1270)
        self.assertIn("Rental from", invoice.invoice_line_ids[0].name)

    def test_C39_return_credits_nothing(self):
        """Policy *delivered*: what was handed over is invoiced, returned or not."""
        (self.chair | self.drill).invoice_policy = "delivery"
        order = self._confirmed((self.chair, 10), start=at(0))
        self.assertEqual(order.invoice_status, "no")
        self._hand_over(order, quantity=6)
        self._take_back(order)
        self.assertEqual(order.order_line.qty_to_invoice, 6)
        order.action_rental_invoice()
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_stock_keeps_its_value_while_out(self):
        """Handing over is no sale: no entry, no cost of goods sold."""
        before = self.env["account.move"].search_count([])
        order = self._confirmed((self.chair, 10), start=at(0))
        self._hand_over(order)
        self._take_back(order)
        self.assertEqual(self.env["account.move"].search_count([]), before)
