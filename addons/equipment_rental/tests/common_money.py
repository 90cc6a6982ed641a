from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import MANAGER, NOW, RentalFactory, at

ACCOUNTANT = "equipment_rental.equipment_rental_group_accountant"
DAY = NOW[:10]
"""The day of the tests, as an accounting date."""


class BooksCommon(RentalFactory, AccountTestInvoicingCommon):
    """Rental in a company with a chart of accounts, which the clerk works for."""

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.env.ref(MANAGER)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_rental()
        cls.income = cls.company_data["default_account_revenue"]
        (cls.drill | cls.chair).property_account_income_id = cls.income
        cls.clerk.company_ids = cls.env.company
        cls.clerk.company_id = cls.env.company


class MoneyCommon(BooksCommon):
    """A drawer, an accountant, fees; a drill costs 100 a day and a deposit of 150."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cash = cls.company_data["default_journal_cash"]
        cls.bank = cls.company_data["default_journal_bank"]
        cls.receivable = cls.customer.property_account_receivable_id
        cls.drill.rental_deposit = 150
        cls.accountant = cls._make_user("accountant", ACCOUNTANT)
        cls.service = cls.env["product.product"].create(
            {
                "name": "Rental extras",
                "type": "service",
                "invoice_policy": "order",
                "taxes_id": [Command.set(cls.tax_sale_a.ids)],
                "property_account_income_id": cls.income.id,
            }
        )
        cls.cleaning = cls.env["rental.fee"].create(
            {"name": "Cleaning", "product_id": cls.service.id, "moment": "return"}
        )

    @classmethod
    def _make_user(cls, login, groups):
        return new_test_user(
            cls.env,
            login,
            groups,
            company_id=cls.env.company.id,
            company_ids=[Command.set(cls.env.company.ids)],
        )

    def _out(self, pieces=2, **vals):
        """A rental of drills that are out, and the deposit asked for them."""
        order = self._confirmed((self.drill, pieces), start=at(0), **vals)
        self._hand_over(order)
        return order

    def _receive(self, order, amount=None, user=None, journal=None):
        """The window of the button, filled in and confirmed."""
        user = user or self.clerk
        action = order.with_user(user).action_rental_deposit_receive()
        window = self._money_window(action, user)
        if amount is not None:
            window.amount = amount
        if journal:
            window.journal_id = journal
        window.action_receive()
        return window

    def _settle(self, order, kept=None, returned=None, user=None):
        user = user or self.clerk
        action = order.with_user(user).action_rental_deposit_settle()
        window = self._money_window(action, user)
        if kept is not None:
            window.amount_kept = kept
        if returned is not None:
            window.amount_returned = returned
        window.action_settle()
        return window

    def _pay_back(self, order, user=None):
        """Give back all that is held, whatever is still to be invoiced."""
        return self._settle(order, 0, order.rental_deposit_held, user)

    def _money_window(self, action, user):
        window = self.env[action["res_model"]].with_user(user)
        return window.browse(action["res_id"])

    def _charge(self, order, amount):
        """Clean something for ``amount`` without tax, invoice and post everything."""
        if amount:
            order._add_rental_fee(self.cleaning, amount, "return", at(3))
        return self._post_invoice(order)

    def _post_invoice(self, order):
        order = order.with_user(self.accountant)
        action = order.action_rental_invoice()
        invoice = self.env["account.move"].with_user(self.accountant)
        invoice = invoice.browse(action["res_id"])
        invoice.action_post()
        return invoice.sudo()

    def _liability(self, order):
        """What the books say is owed to customers as deposits of ``order``."""
        items = order.sudo().rental_deposit_ids.line_ids
        return -sum(
            items.filtered(lambda item: item.parent_state == "posted").mapped("balance")
        )

    def _items(self, move):
        """Journal items, debits first, for :meth:`assertRecordValues`."""
        return move.sudo().line_ids.sorted("balance", reverse=True)

    def _item(self, account, debit=0, credit=0, reconciled=True, **vals):
        return {
            "account_id": account.id,
            "debit": debit,
            "credit": credit,
            "partner_id": self.customer.id,
            "tax_ids": [],
            "tax_line_id": False,
            "tax_tag_ids": [],
            "analytic_distribution": False,
            "reconciled": reconciled,
            **vals,
        }
