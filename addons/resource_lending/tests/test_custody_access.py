from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user

from .test_as_of import AsOfCommon


@freeze_time("2024-06-15 10:00:00")
class TestCustodyAccess(AsOfCommon):
    """Who sees who has what, now and in the past."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.apprentice = cls.env["hr.employee"].create(
            {"name": "Apprentice", "parent_id": cls.mari.id}
        )
        cls.key = cls._thing("Key", "KEY-1")
        for asset, employee in (
            (cls.laptop, cls.ott),
            (cls.phone, cls.kari),
            (cls.key, cls.apprentice),
            (cls.shared, cls.boss),
        ):
            cls.env["lending.loan"].create(
                {
                    "asset_id": asset.id,
                    "employee_id": employee.id,
                    "date_from": "2024-01-01",
                }
            )
        cls.laptop.value = 1200

    def _names(self, user, day=None):
        return sorted(self._rows(day, user).mapped("holder_name"))

    def test_LT18_D41_a_manager_sees_own_and_team_and_no_colleagues(self):
        """The boss's own thing, that of his report and of the report's report."""
        for day in (None, "2024-02-01"):
            self.assertEqual(
                self._names(self.boss_user, day), ["Apprentice", "Boss", "OTT"]
            )

    def test_D41_without_the_setting_only_what_is_his(self):
        self.company.lending_managers_see_team = False
        self.assertEqual(self._names(self.boss_user), ["Boss"])

    def test_D41_employees_see_their_own(self):
        self.assertEqual(self._names(self.ott_user), ["OTT"])
        self.assertEqual(self._names(self.kari_user, "2024-02-01"), ["Kari"])

    def test_D41_officers_and_hr_see_their_companies(self):
        for user in (self.officer, self.administrator, self.hr_officer):
            names = set(self._names(user, "2024-02-01"))
            self.assertLessEqual({"Apprentice", "Boss", "Kari", "OTT"}, names)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.hr_officer.write(
            {"company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id}
        )
        self.assertFalse(self._names(self.hr_officer))

    def test_D41_values_are_for_officers(self):
        domain = [("employee_id", "=", self.ott.id)]
        self.assertEqual(self._rows(domain=domain).value, 1200)
        for user in (self.boss_user, self.ott_user, self.hr_officer):
            rows = self._rows(user=user, domain=domain)
            self.assertNotIn("value", rows.fields_get())
            with self.assertRaises(AccessError):
                rows.read(["value"])
            with self.assertRaises(AccessError):
                rows._read_group([], [], ["value:sum"])

    def test_D41_no_field_of_hr_comes_with_the_list(self):
        """The list holds nothing of the employee but who it is."""
        rows = self._rows(
            user=self.boss_user, domain=[("employee_id", "=", self.ott.id)]
        )
        (shown,) = rows.web_read(
            {
                "holder_name": {},
                "asset_id": {"fields": {"display_name": {}}},
                "employee_id": {"fields": {"display_name": {}}},
                "department_id": {"fields": {"display_name": {}}},
            }
        )
        self.assertEqual(shown["employee_id"]["display_name"], "OTT")
        with self.assertRaises(AccessError):
            rows.web_read({"employee_id": {"fields": {"private_phone": {}}}})
        private = [
            name
            for name, field in rows._fields.items()
            if field.related and field.related.startswith("employee_id")
        ]
        self.assertFalse(private)

    def test_D41_nobody_writes_the_list(self):
        rows = self._rows(user=self.administrator)
        with self.assertRaises(AccessError):
            rows[:1].write({"date_to": "2024-06-01"})
        with self.assertRaises(AccessError):
            rows[:1].unlink()

    def test_D41_portal_sees_nothing(self):
        portal = new_test_user(self.env, "portal_holder", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self._rows(user=portal)
        for model in ("lending.change", "lending.change.line", "lending.as.of"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(portal).search([])

    def test_LW6_change_documents_are_for_officers(self):
        document = self.env["lending.change"].create({"reason": "Test"})
        self.assertEqual(document.with_user(self.hr_officer).name, document.name)
        with self.assertRaises(AccessError):
            document.with_user(self.hr_officer).write({"reason": "Mine"})
        for user in (self.boss_user, self.ott_user):
            with self.assertRaises(AccessError):
                document.with_user(user).read(["name"])
