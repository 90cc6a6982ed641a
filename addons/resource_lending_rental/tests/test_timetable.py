from odoo.tests import freeze_time, new_test_user

from odoo.addons.equipment_rental.tests.common import NOW, RentalFactory, at
from odoo.addons.resource_lending.tests.common import LendingCommon

BASE, A_MODEL = 4, 2
"""Queries of a timetable, and for each model of documents that occurs in it."""


@freeze_time(NOW)
class TestTimetable(RentalFactory, LendingCommon):
    """A board of all apps' things costs the same for few and for many."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_rental()
        cls.everybody = new_test_user(
            cls.env,
            "everybody",
            "equipment_rental.equipment_rental_group_user,"
            "resource_lending.lending_group_officer",
        )

    def _documents(self, count):
        """Things with loans, of lost assets and with rental orders."""
        things = self.env["resource.resource"]
        for number in range(count):
            code = f"{count}-{number}"
            lent, lost = (self._thing("Laptop", f"{one}-{code}") for one in "LX")
            self._reserve(lent, self.ott, start_at=at(1), due_at=at(2))
            lost.process("lost")
            item = self._make_item(f"Saw {code}", day=10)
            self._put(item, self.north, 2)
            self._confirmed((item, 1))
            pool = self._pool(item).resource_id
            things |= lent.resource_id | lost.resource_id | pool
        return things

    def test_three_models_of_documents_for_few_and_for_many(self):
        few, many = self._documents(1), self._documents(10)
        edges = [at(day) for day in range(5)]
        known = {
            self.everybody: {"lending.loan", "lending.asset", "sale.order.line"},
            self.officer: {"lending.loan", "lending.asset"},
            self.clerk: {"sale.order.line"},
        }
        for user, models in known.items():
            few.with_user(user).timetable(at(0), at(9), edges)
            for things in (few, many):
                self.env.flush_all()
                self.env.invalidate_all()
                asked = things.with_user(user)
                with self.subTest(user.login, things=len(things)):
                    self.assertTrue(self.env.user.login and asked.env.user.login)
                    with self.assertQueryCount(BASE + 3 * A_MODEL):
                        told = asked.timetable(at(0), at(9), edges)
                    self.assertEqual(set(told["bars"]["res_model"]) - {None}, models)
                    self.assertEqual(len(told["bars"]["id"]), len(things))
