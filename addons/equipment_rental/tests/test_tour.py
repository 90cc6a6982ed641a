from odoo.tests import HttpCase, new_test_user, tagged

from .common import CLERK


@tagged("post_install", "-at_install", "tour")
class TestTour(HttpCase):
    """The whole way in the web client, as a clerk, on the imported catalogue."""

    def test_C13_C39_clerk_from_imported_item_to_posted_invoice(self):
        if not self.env.ref("__import__.example_warehouse_north", False):
            self.env["rental.example"]._load_catalogue()
            self.env.cr.precommit.run()
        if not self.env.company.chart_template:
            self.env["account.chart.template"].try_loading(
                "generic_coa", company=self.env.company
            )
        new_test_user(
            self.env,
            "tour_clerk",
            f"{CLERK},account.group_account_invoice",
            name="Clara Clerk",
        )
        self.start_tour("/odoo", "rental_clerk_tour", login="tour_clerk")

        customer = self.env.ref("__import__.example_customer_granite")
        order = self.env["sale.order"].search(
            [("partner_id", "=", customer.id)], order="id desc", limit=1
        )
        self.assertEqual(order.rental_status, "back")
        excavator, chairs = order.order_line
        self.assertEqual(excavator.price_unit, 520 + 130, "a week and a day")
        self.assertEqual(
            order.rental_transfer_ids.sorted("id").mapped("rental_direction"),
            ["out", "back", "back"],
        )
        self.assertEqual(
            excavator._rental_rows("done").resource_id.name.split()[-1], "EX-017-002"
        )
        invoice = order.invoice_ids
        self.assertEqual(invoice.state, "posted")
        project = {str(order.project_id.account_id.id): 100}
        self.assertRecordValues(
            invoice.invoice_line_ids,
            [
                {
                    "sale_line_ids": excavator.ids,
                    "quantity": 1,
                    "credit": 650,
                    "analytic_distribution": project,
                },
                {
                    "sale_line_ids": chairs.ids,
                    "quantity": 40,
                    "credit": 40 * chairs.price_unit,
                    "analytic_distribution": project,
                },
            ],
        )
        self.assertTrue(
            all(
                account.account_type == "income"
                for account in invoice.invoice_line_ids.account_id
            )
        )
        receivable = invoice.line_ids.filtered(
            lambda item: item.account_id.account_type == "asset_receivable"
        )
        self.assertEqual(receivable.debit, invoice.amount_total)
        self.assertEqual(sum(invoice.line_ids.mapped("balance")), 0)
