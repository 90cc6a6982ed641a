from datetime import datetime, timedelta

from odoo.tests import TransactionCase

from odoo.addons.mail.tests.common import mail_new_test_user
from odoo.addons.resource_allocation.exceptions import AllocationConflict

MONDAY = datetime(2027, 3, 1)
"""A Monday at midnight UTC; tests freeze the clock at its 06:00."""
NOW = "2027-03-01 06:00:00"

USER = "resource_allocation.resource_allocation_group_user"
MANAGER = "resource_allocation.resource_allocation_group_manager"


def at(hour, day=0):
    """That hour (UTC) so many days after the test's Monday."""
    return MONDAY + timedelta(days=day, hours=hour)


def in_rows(columns):
    """Columns of the timetable as one dictionary for each row."""
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


class LedgerCase(TransactionCase):
    """Personas, things of every kind, and short ways to ask the ledger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Allocation = cls.env["resource.allocation"]
        cls.company = cls.env.company
        cls.other_company = cls.env["res.company"].create({"name": "Other"})
        cls.manager = cls._user("ledger_manager", MANAGER)
        cls.user = cls._user("ledger_user", USER)
        cls.employee = cls._user("ledger_employee", "base.group_user")
        cls.room = cls._thing("Aula")
        cls.studio = cls._thing("Studio")
        cls.chairs = cls._thing("Chairs", exclusive=False, capacity=10)
        cls.laptop = cls._thing("Laptop", release="return")

    @classmethod
    def _user(cls, login, groups, **vals):
        return mail_new_test_user(
            cls.env, login=login, groups=groups, name=login, tz="Europe/Prague", **vals
        )

    @classmethod
    def _thing(cls, name, **vals):
        return cls.env["resource.resource"].create(
            {
                "name": name,
                "bookable": True,
                "resource_type": "material",
                "calendar_id": False,
                "company_id": cls.env.company.id,
                "tz": "Europe/Prague",
                **vals,
            }
        )

    @classmethod
    def _pool_with_units(cls, name="Drills", units=2, **vals):
        """A pool of things to be returned, and its units."""
        common = {"release": "return", **vals}
        pool = cls._thing(name, exclusive=False, capacity=units, **common)
        return pool, [
            cls._thing(f"{name} {number + 1}", pool_id=pool.id, **common)
            for number in range(units)
        ]

    def _ask(self, resource, start, stop, user=None, **vals):
        Allocation = self.Allocation.with_user(user) if user else self.Allocation
        return Allocation.allocate(
            [{"resource_id": resource.id, "start": start, "stop": stop, **vals}]
        )

    def _refused(self, resource, start, stop, **vals):
        """Assert the refusal; return its first verdict."""
        with self.assertRaises(AllocationConflict) as caught:
            self._ask(resource, start, stop, **vals)
        return caught.exception.verdicts[0]

    def _free(self, resource, start, stop):
        return resource.free_quantity(start, stop)[resource.id]

    def _run_job(self, name):
        """Run a scheduled job as the scheduler does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"resource_allocation.{name}").method_direct_trigger()
        self.env.invalidate_all()
