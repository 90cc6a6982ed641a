from datetime import date, datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form

from .common import LendingCommon


@freeze_time("2024-05-20 10:00:00")
class TestKit(LendingCommon):
    """What people get when they begin."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.job = cls.env["hr.job"].create({"name": "Mechanic"})
        cls.keys = cls.type.copy({"name": "Door key"})
        cls.pens = cls.type.copy({"name": "Pen"})
        cls.key, cls.second = (
            cls._thing(f"Key {number}", f"KEY-{number}", type_id=cls.keys.id)
            for number in (1, 2)
        )
        cls.kit = cls._kit(
            "Workshop",
            [(cls.type, 1, False), (cls.keys, 2, False), (cls.pens, 1, True)],
            department_ids=cls.department.ids,
            pickup_place="Reception",
        )
        cls.plan = cls.env.ref("hr.onboarding_plan")

    @classmethod
    def _kit(cls, name, lines, **values):
        return cls.env["lending.kit"].create(
            {
                "name": name,
                "line_ids": [
                    Command.create(
                        {"type_id": one.id, "quantity": count, "optional": optional}
                    )
                    for one, count, optional in lines
                ],
                **values,
            }
        )

    def _launch(self, employees, day="2024-06-03", user=None):
        self.env["mail.activity.schedule"].with_user(user or self.hr_officer).create(
            {
                "res_model": "hr.employee",
                "res_ids": str(employees.ids),
                "plan_id": self.plan.id,
                "plan_date": day,
            }
        ).action_schedule_plan()

    def _of(self, employee):
        return self.env["lending.loan"].search([("employee_id", "=", employee.id)])

    def _requests(self, employee):
        return self.env["lending.request"].search([("employee_id", "=", employee.id)])

    def test_launching_the_plan_reserves_the_kit(self):
        self._launch(self.ott)
        loans = self._of(self.ott)
        self.assertEqual(loans.type_id, self.type | self.keys)
        self.assertEqual(len(loans), 3)
        self.assertEqual(set(loans.mapped("state")), {"reserved"})
        self.assertEqual(set(loans.mapped("pickup_place")), {"Reception"})
        self.assertEqual(loans[0].start_at, datetime(2024, 6, 2, 22))
        self.assertFalse(self._requests(self.ott))
        self.assertTrue(self.ott.activity_ids, "the plan itself was launched")

    def test_what_is_not_free_becomes_a_request(self):
        self._hand_out(self.key, self.kari)
        self._launch(self.ott)
        self.assertEqual(len(self._of(self.ott)), 2)
        request = self._requests(self.ott)
        self.assertEqual(request.type_id, self.keys)
        self.assertEqual((request.state, request.kit_id), ("approved", self.kit))
        self.assertEqual(request.date_from, date(2024, 6, 3))
        officers = self.env["lending.request"].with_user(self.officer)
        self.assertIn(request, officers.search([("state", "=", "approved")]))

    def test_several_people_share_the_stock(self):
        """Two keys for two people who need two each: the first two, then requests."""
        self._launch(self.ott | self.mari)
        taken = (self._of(self.ott) | self._of(self.mari)).asset_id
        self.assertEqual(taken & (self.key | self.second), self.key | self.second)
        short = self._requests(self.ott) | self._requests(self.mari)
        self.assertEqual(len(short.filtered(lambda one: one.type_id == self.keys)), 2)

    def test_what_one_has_counts(self):
        self._hand_out(self.laptop, self.ott)
        self._launch(self.ott)
        self._launch(self.ott)
        self.assertEqual(len(self._of(self.ott)), 3)
        self.assertFalse(self._requests(self.ott))

    def test_a_promised_thing_is_free_before(self):
        """The ledger answers for the period, not the status."""
        self._hand_out(self.key, self.kari, due_date="2024-05-25")
        self._launch(self.ott)
        self.assertIn(self.key, self._of(self.ott).asset_id)

    def test_by_job_and_department(self):
        below = self.env["hr.department"].create(
            {"name": "Welding", "parent_id": self.department.id}
        )
        self.mari.department_id = below
        self.kit.job_ids = self.job
        kits = self.env["lending.kit"]._of_employees(self.ott | self.mari | self.kari)
        self.assertFalse(any(kits.values()))
        self.mari.job_id = self.job
        kits = self.env["lending.kit"]._of_employees(self.mari | self.kari)
        self.assertEqual(kits[self.mari], self.kit)
        self.assertFalse(kits[self.kari])

    def test_other_plans_reserve_nothing(self):
        self.plan.lending_reserve_kits = False
        self._launch(self.ott)
        self.assertFalse(self._of(self.ott))

    def test_the_button_takes_what_is_optional(self):
        self._thing("Pen", "PEN-1", type_id=self.pens.id)
        action = self.ott.with_user(self.hr_officer).action_lending_kit()
        window = Form(
            self.env[action["res_model"]]
            .with_user(self.hr_officer)
            .with_context(**action["context"])
        )
        self.assertEqual(window.kit_ids.ids, self.kit.ids)
        with window.line_ids.edit(2) as line:
            self.assertFalse(line.chosen)
            line.chosen = True
        with window.line_ids.edit(1) as line:
            line.chosen = False
        window.save().action_reserve()
        self.assertEqual(self._of(self.ott).type_id, self.type | self.pens)

    def test_kits_are_reserved_by_officers_and_hr(self):
        wizard = self.env["lending.kit.reserve"].create({"employee_id": self.ott.id})
        with self.assertRaises(AccessError):
            wizard.with_user(self.kari_user).action_reserve()
        with self.assertRaises(AccessError):
            self.kit.with_user(self.kari_user).read(["name"])
        with self.assertRaises(AccessError):
            self.kit.with_user(self.officer).name = "Mine"

    def test_cost_does_not_grow_with_people(self):
        costs = []
        for count in (2, 12):
            people = self.env["hr.employee"].create(
                [
                    {
                        "name": f"New {count}-{number}",
                        "department_id": self.department.id,
                    }
                    for number in range(count)
                ]
            )
            for number in range(count):
                self._thing("L", f"L-{count}-{number}")
            kits = self.env["lending.kit"]
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            kits._launch(people, date(2024, 6, 3))
            self.env.flush_all()
            costs.append(self.env.cr.sql_log_count - before)
        # Reserving and asking cost a few statements per row; what is decided does not.
        self.assertLess(costs[1], costs[0] * 6, costs)
