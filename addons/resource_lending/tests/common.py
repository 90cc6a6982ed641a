"""People and things that the tests of lending share."""

from datetime import date

from odoo import fields
from odoo.tests import TransactionCase, new_test_user


class LendingCommon(TransactionCase):
    """A company in Oslo with a storekeeper (``officer``), an ``administrator``, an
    HR officer (``hr_officer``), and the employees Boss > Ott, Mari; Kari elsewhere.

    Ott and Kari have logins, Mari has none (D6). ``laptop`` and ``phone`` are held by
    one at a time (LS1=User, LS2=Yes), ``shared`` by several.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={
                **cls.env.context,
                "tracking_disable": True,
                "no_reset_password": True,
            }
        )
        cls.company = cls.env.company
        cls.company.resource_calendar_id.tz = "Europe/Oslo"
        cls._make_users()
        cls._make_employees()
        cls._make_things()

    @classmethod
    def _make_users(cls):
        def user(login, groups):
            return new_test_user(
                cls.env, login, groups=groups, tz="Europe/Oslo", name=login.title()
            )

        cls.officer = user("officer", "resource_lending.lending_group_officer")
        cls.administrator = user(
            "administrator", "resource_lending.lending_group_manager"
        )
        cls.hr_officer = user("hr_officer", "hr.group_hr_user")
        cls.boss_user = user("boss", "base.group_user")
        cls.ott_user = user("ott", "base.group_user")
        cls.kari_user = user("kari", "base.group_user")

    @classmethod
    def _make_employees(cls):
        Employee = cls.env["hr.employee"]
        cls.department = cls.env["hr.department"].create({"name": "Workshop"})
        cls.boss = Employee.create({"name": "Boss", "user_id": cls.boss_user.id})
        team = {"parent_id": cls.boss.id, "department_id": cls.department.id}
        cls.ott = Employee.create({"name": "OTT", "user_id": cls.ott_user.id, **team})
        cls.mari = Employee.create(
            {"name": "MARI", "work_email": "mari@example.com", **team}
        )
        cls.kari = Employee.create({"name": "Kari", "user_id": cls.kari_user.id})

    @classmethod
    def _make_things(cls):
        cls.hr_type = cls.env["lending.hr.type"].create({"name": "Devices"})
        cls.category = cls.env["lending.category"].create({"name": "Computers (test)"})
        cls.type = cls.env["lending.type"].create(
            {
                "name": "Laptop 14",
                "category_id": cls.category.id,
                "hr_type_id": cls.hr_type.id,
            }
        )
        cls.shared_type = cls.env["lending.type"].create(
            {
                "name": "Pool laptop",
                "category_id": cls.category.id,
                "hr_type_id": cls.hr_type.id,
                "holding": "many",
            }
        )
        cls.store = cls.env["lending.place"].create({"name": "Store"})
        cls.laptop = cls._thing("Laptop", "LAP-001")
        cls.phone = cls._thing("iPhone 12", "PHN-017")
        cls.shared = cls._thing("Pool laptop", "POOL-1", type_id=cls.shared_type.id)

    @classmethod
    def _thing(cls, name, code, **values):
        return cls.env["lending.asset"].create(
            {
                "name": name,
                "code": code,
                "type_id": cls.type.id,
                "place_id": cls.store.id,
                **values,
            }
        )

    # === WHAT PEOPLE DO === #

    def _loans(self, user=None):
        return self.env["lending.loan"].with_user(user or self.officer)

    def _type(self, asset, employee, start, stop=None, user=None, card="asset", **vals):
        """Type a row on the asset's or the employee's card; dates as ISO text."""
        loans = self._loans(user).with_context(lending_take_over=card == "asset")
        return loans.create(
            {
                "asset_id": asset.id,
                "employee_id": employee.id,
                "date_from": start,
                "date_to": stop or False,
                **vals,
            }
        )

    def _reserve(self, asset, employee, user=None, **vals):
        return self._loans(user).reserve(
            [{"asset_id": asset.id, "employee_id": employee.id, **vals}]
        )

    def _hand_out(self, asset, employee, at=None, user=None, **vals):
        return self._loans(user).hand_out_directly(
            [{"asset_id": asset.id, "employee_id": employee.id, **vals}], at
        )

    def _period(self, loan):
        """The row's days as text: ``("2024-01-01", "2024-05-09")``, open: None."""
        return str(loan.date_from), str(loan.date_to) if loan.date_to else None

    def _holders_on(self, asset, day):
        """Names of the users of an asset as of a day (ISO text)."""
        Loan = self.env["lending.loan"]
        rows = Loan.search(
            [
                ("asset_id", "=", asset.id),
                ("role", "=", "user"),
                *Loan._domain_held_on(date.fromisoformat(day)),
            ]
        )
        return sorted(rows.mapped("holder_name"))

    def _live_allocations(self, asset):
        return asset.resource_id.allocation_ids.filtered("live")

    def _free_now(self, asset):
        now = fields.Datetime.now()
        later = fields.Datetime.add(now, hours=1)
        return asset.resource_id.free_quantity(now, later)[asset.resource_id.id]
