from odoo.tests import Form, freeze_time, tagged

from .common import NOW, at
from .common_money import MoneyCommon

ORDER_FORM = "sale.view_order_form"


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestMoney(MoneyCommon):
    """From the rental to the paid invoice, on the project's account; the deposit."""

    def _project(self, order):
        return {str(order.project_id.sudo().account_id.id): 100}

    def _lines(self, invoice):
        return invoice.sudo().invoice_line_ids.sorted("id")

    def test_C11_C38_C39_rent_and_fees_posted_and_paid_line_by_line(self):
        """Rent 200, cleaning 30 + 15 % tax: all of it on the order's project."""
        order = self._out(stop=at(1))
        self._take_back(order)
        order._add_rental_fee(
            self.cleaning, 30, "return", at(1), origin_line=order.order_line[:1]
        )
        invoice = self._post_invoice(order)
        project = self._project(order)
        own = {"analytic_distribution": project, "reconciled": False}
        tax = self.tax_sale_a
        base_tags, tax_tags = (
            lines.filtered(
                lambda line, kind=kind: line.repartition_type == kind
            ).tag_ids.ids
            for lines, kind in (
                (tax.invoice_repartition_line_ids, "base"),
                (tax.invoice_repartition_line_ids, "tax"),
            )
        )
        self.assertRecordValues(
            self._items(invoice),
            [
                self._item(self.receivable, debit=234.5, reconciled=False),
                self._item(
                    self.company_data["default_account_tax_sale"],
                    credit=4.5,
                    reconciled=False,
                    tax_line_id=tax.id,
                    tax_tag_ids=tax_tags,
                ),
                self._item(
                    self.income,
                    credit=30,
                    tax_ids=tax.ids,
                    tax_tag_ids=base_tags,
                    **own,
                ),
                self._item(self.income, credit=200, **own),
            ],
        )
        booked = self.env["account.analytic.line"].search(
            [("account_id", "=", order.project_id.sudo().account_id.id)]
        )
        self.assertEqual(sorted(booked.mapped("amount")), [30, 200])
        wizard = (
            self.env["account.payment.register"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": self.bank.id})
        )
        wizard.action_create_payments()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(invoice.amount_residual, 0)

    def test_C38_fee_without_a_line_is_booked_on_the_project_too(self):
        order = self._out()
        fee = order._add_rental_fee(self.cleaning, 30, "hand_over", at(0))
        self.assertEqual(fee.analytic_distribution, self._project(order))
        invoice = self._post_invoice(order)
        self.assertEqual(
            [line.analytic_distribution for line in self._lines(invoice)],
            [self._project(order)] * 2,
        )

    def test_C11_C39_fee_after_the_invoice_comes_on_the_next(self):
        """The rent is invoiced once; what the return costs follows alone."""
        order = self._out()
        first = self._post_invoice(order)
        self.assertEqual(order.invoice_status, "invoiced")
        self._take_back(order)
        order._add_rental_fee(self.cleaning, 30, "return", at(3))
        self.assertEqual(order.invoice_status, "to invoice")
        second = self._post_invoice(order)
        self.assertRecordValues(
            self._lines(second),
            [{"product_id": self.service.id, "quantity": 1, "price_subtotal": 30}],
        )
        self.assertIn("Cleaning", second.invoice_line_ids.name)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(order.amount_invoiced, order.amount_total)
        self.assertEqual(first + second, order.sudo().invoice_ids.sorted("id"))

    def test_C39_partly_invoiced_after_a_part_was_handed_over(self):
        """Policy *delivered*: each invoice has what went out since the last."""
        self.drill.invoice_policy = "delivery"
        order = self._confirmed((self.drill, 3), start=at(0), stop=at(1))
        self._hand_over(order, lots=self.drill_lots[:1])
        first = self._post_invoice(order)
        self.assertEqual(first.amount_untaxed, 100)
        self._hand_over(order, lots=self.drill_lots[1:])
        second = self._post_invoice(order)
        self.assertRecordValues(
            self._lines(second),
            [
                {
                    "quantity": 2,
                    "price_subtotal": 200,
                    "analytic_distribution": self._project(order),
                }
            ],
        )
        self.assertEqual(order.order_line.qty_invoiced, 3)

    def test_C39_credit_note_makes_it_invoiceable_again(self):
        order = self._out()
        invoice = self._post_invoice(order)
        invoice._reverse_moves(cancel=True)
        self.assertEqual(order.invoice_status, "to invoice")
        self.assertEqual(
            [
                line.analytic_distribution
                for line in invoice.reversal_move_ids.invoice_line_ids
            ],
            [self._project(order)],
        )

    def test_closed_when_invoiced_and_the_deposit_settled(self):
        order = self._out()
        self._receive(order)
        self._take_back(order)
        self._post_invoice(order)
        self.assertEqual(order.rental_status, "back", "the deposit is still held")
        self._settle(order)
        self.assertEqual(order.rental_status, "closed")

    def test_accountant_who_is_no_clerk_opens_the_order(self):
        """The very form of the web client, where projects have milestones, too."""
        order = self._out().with_user(self.accountant)
        self.accountant.group_ids += self.env.ref("project.group_project_milestone")
        self.env.invalidate_all()
        with Form(order, view="sale.view_order_form") as form:
            self.assertEqual(form.rental_status, "out")

    def test_accountant_who_is_no_clerk_does_all_that_is_money(self):
        """Opens the order, invoices, posts, registers the payment, keeps deposits."""
        order = self._out().with_user(self.accountant)
        self.assertFalse(
            self.accountant.has_group("equipment_rental.equipment_rental_group_user")
        )
        action = self.env.ref("equipment_rental.sale_order_action_rental")
        found = order.search([("is_rental_order", "=", True)])
        self.assertIn(order, found)
        menus = self.env["ir.ui.menu"].with_user(self.accountant)._visible_menu_ids()
        for name in (
            "equipment_rental_menu_root",
            "sale_order_menu_rental",
            "rental_deposit_menu",
        ):
            self.assertIn(self.env.ref(f"equipment_rental.{name}").id, menus)
        for view, kind in [*action.views, (False, "form"), (False, "search")]:
            with self.subTest(view=kind):
                self._open_as(order, view, kind)
        self._receive(order, user=self.accountant, journal=self.bank)
        invoice = self._post_invoice(order)
        order.action_view_invoice()
        self._settle(order, kept=100, user=self.accountant)
        self.assertEqual(self._liability(order), 0)
        self.assertEqual(invoice.amount_residual, invoice.amount_total - 100)
        deposit = order.rental_deposit_ids
        for kind in ("list", "form", "pivot", "graph", "search"):
            with self.subTest(deposit=kind):
                self._open_as(deposit, False, kind)
        items = deposit.action_entries()
        moves = self.env["account.move.line"].with_user(self.accountant)
        self.assertEqual(len(moves.search(items["domain"]).move_id), 5)

    def _open_as(self, record, view, kind):
        """Read what a view of this kind shows, as the web client does."""
        arch = record.get_views([(view, kind)])["models"][record._name]["fields"]
        if kind == "form":
            Form(record)
        elif kind in ("list", "kanban"):
            record.web_read({name: {} for name in arch})

    def test_clerk_opens_the_deposit_and_sees_no_journal(self):
        order = self._out()
        self._receive(order)
        deposit = order.rental_deposit_ids
        for kind in ("list", "form"):
            self._open_as(deposit, False, kind)
        fields = deposit.get_views([(False, "form")])["models"]["rental.deposit"]
        self.assertNotIn("line_ids", fields["fields"])
        self.assertNotIn("payment_ids", fields["fields"])

    def test_windows_show_what_is_asked_held_open_kept_and_paid_back(self):
        order = self._out()
        self._receive(order)
        invoice = self._post_invoice(order)
        action = order.action_rental_deposit_settle()
        with Form(self._money_window(action, self.clerk)) as window:
            self.assertEqual(
                (window.amount_asked, window.amount_held, window.amount_open),
                (300, 300, invoice.amount_residual),
            )
            self.assertEqual((window.amount_kept, window.amount_returned), (300, 0))
            self.assertEqual(window.journal_id, self.cash)
            window.amount_kept = 100
            self.assertEqual((window.amount_returned, window.amount_left), (200, 0))
            window.amount_returned = 50
            self.assertEqual(window.amount_left, 150)

    def test_window_warns_of_what_is_not_invoiced(self):
        order = self._out()
        self._receive(order)
        action = order.action_rental_deposit_settle()
        window = self._money_window(action, self.clerk)
        self.assertIn("still something to invoice", window.hint)
        order.action_rental_invoice()
        action = order.action_rental_deposit_settle()
        window = self._money_window(action, self.clerk)
        self.assertIn("draft invoice", window.hint)
        order.sudo().invoice_ids.action_post()
        window = self._money_window(order.action_rental_deposit_settle(), self.clerk)
        self.assertIn("still out", window.hint)
