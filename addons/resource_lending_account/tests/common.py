from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


class LendingBooksCommon(AccountTestInvoicingCommon):
    """A company with a chart of accounts: an accountant who posts bills and has no role
    in Lending, a storekeeper without any right on the books, an administrator."""

    @classmethod
    def get_default_groups(cls):
        manager = cls.env.ref("resource_lending.lending_group_manager")
        return super().get_default_groups() | manager

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._make_user("biller", "account.group_account_invoice")
        cls.officer = cls._make_user("keeper", "resource_lending.lending_group_officer")
        cls.administrator = cls._make_user(
            "lending_admin", "resource_lending.lending_group_manager"
        )
        cls.category = cls.env["lending.category"].create({"name": "Furniture"})
        cls.type = cls.env["lending.type"].create(
            {"name": "Headset", "category_id": cls.category.id}
        )
        cls.headset = cls.env["product.product"].create(
            {"name": "Headset H1", "type": "consu", "lending_type_id": cls.type.id}
        )
        cls.paper = cls.env["product.product"].create({"name": "Paper"})

    @classmethod
    def _make_user(cls, login, groups):
        return new_test_user(
            cls.env,
            login,
            groups,
            company_id=cls.env.company.id,
            company_ids=[Command.set(cls.env.company.ids)],
        )
