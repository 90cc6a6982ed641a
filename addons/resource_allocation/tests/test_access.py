from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.mail.tests.common import mail_new_test_user

from .common import MANAGER, NOW, USER, LedgerCase, at

OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestAccess(LedgerCase):
    """Who may what; invariant 7: everybody's rows count, people see times."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, "ledger_portal", groups="base.group_portal")
        cls.foreigner = mail_new_test_user(
            cls.env,
            login="ledger_foreigner",
            name="ledger_foreigner",
            groups=USER,
            company_id=cls.other_company.id,
            company_ids=[(6, 0, cls.other_company.ids)],
        )
        cls.shared = cls._thing("Shared hall", company_id=False)
        cls.foreign = cls._thing("Foreign hall", company_id=cls.other_company.id)

    def test_access_by_persona_and_operation(self):
        table = {
            "resource.allocation": {
                self.manager: "read write create",
                self.user: "read write create",
                self.employee: "read",
                self.portal: "",
            },
            "resource.resource": {
                self.manager: "read write create unlink",
                self.user: "read",
                self.employee: "read",
                self.portal: "",
            },
        }
        for model, personas in table.items():
            for persona, allowed in personas.items():
                for operation in OPERATIONS:
                    with self.subTest(model, login=persona.login, operation=operation):
                        self.assertEqual(
                            self.env[model].with_user(persona).has_access(operation),
                            operation in allowed.split(),
                        )

    def test_storekeeper_hands_out_and_takes_back(self):
        allocation = self._ask(self.laptop, at(6), at(9))
        allocation.with_user(self.user).hand_out()
        allocation.with_user(self.user).take_back()
        self.assertEqual(allocation.state, "done")

    def test_employee_sees_own_rows_only_and_changes_none(self):
        own = self._ask(self.room, at(8), at(9), partner_id=self.employee.partner_id.id)
        other = self._ask(self.room, at(9), at(10))
        seen = self.Allocation.with_user(self.employee).search([])
        self.assertIn(own, seen)
        self.assertNotIn(other, seen)
        with self.assertRaises(AccessError):
            own.with_user(self.employee).cancel()
        with self.assertRaises(AccessError):
            self._ask(self.room, at(10), at(11), user=self.employee)

    def test_what_for_is_not_told_by_the_name_a_link_shows(self):
        """Core reads the name of a linked record as superuser, for whoever asks."""
        row = self._ask(self.room, at(9), at(10), name="Dismissal")
        for user, told in ((self.employee, "Aula"), (self.user, "Aula: Dismissal")):
            with self.subTest(user.name):
                shown = row.with_user(user).sudo().display_name
                self.assertEqual(shown, told.replace("Aula", self.room.display_name))

    def test_portal_reaches_nothing_directly(self):
        with self.assertRaises(AccessError):
            self._ask(self.room, at(10), at(11), user=self.portal)
        with self.assertRaises(AccessError):
            self.Allocation.with_user(self.portal).search([])

    def test_who_writes_core_resources_cannot_write_ours(self):
        hr = mail_new_test_user(
            self.env, login="ledger_hr", name="ledger_hr", groups="base.group_user"
        )
        group = self.env["res.groups"].create({"name": "HR", "user_ids": hr.ids})
        self.env["ir.model.access"].create(
            {
                "name": "HR writes resources",
                "model_id": self.env["ir.model"]._get_id("resource.resource"),
                "group_id": group.id,
                "perm_read": True,
                "perm_write": True,
                "perm_create": True,
            }
        )
        person = self.env["resource.resource"].create({"name": "A person"})
        person.with_user(hr).name = "A person, renamed"
        with self.assertRaises(AccessError):
            self.room.with_user(hr).name = "Renamed"
        with self.assertRaises(AccessError):
            self.env["resource.resource"].with_user(hr).create(
                {"name": "Ours", "bookable": True}
            )

    def test_invariant_7_shared_resource_counts_both_companies(self):
        self._ask(self.shared, at(8), at(10), user=self.user)
        shared = self.shared.with_user(self.foreigner)
        self.assertEqual(self._free(shared, at(9), at(11)), 0)
        self.assertEqual(
            shared.busy(at(0), at(24))[shared.id], [(at(8), at(10), 1, "reserved")]
        )
        verdict = self._refused(shared, at(9), at(11), user=self.foreigner)
        self.assertEqual(verdict.holders[0].label, "busy")
        self.assertNotIn("ledger_user", str(verdict))
        booked = self._ask(shared, at(10), at(11), user=self.foreigner)
        self.assertEqual(booked.company_id, self.other_company)
        self.assertFalse(
            self.Allocation.with_user(self.foreigner).search(
                [("company_id", "=", self.company.id)]
            )
        )

    def test_other_companies_things_are_out_of_reach(self):
        with self.assertRaises(AccessError):
            self._ask(self.foreign, at(8), at(9), user=self.user)
        with self.assertRaises(ValidationError):
            self._ask(
                self.shared,
                at(8),
                at(9),
                user=self.user,
                company_id=self.other_company.id,
            )

    def test_invariant_7_names_of_things_are_for_who_works_with_them(self):
        everybody = self.env["resource.resource"].with_user(self.employee)
        person = self.env["resource.resource"].create(
            {"name": "A person", "resource_type": "user", "bookable": True}
        )
        found = everybody.search([("id", "in", (self.room | person).ids)])
        self.assertEqual(found, person)
        with self.assertRaises(AccessError):
            self.room.with_user(self.employee).read(["name"])
        self.assertFalse(everybody.name_search("Aula"))
        self.assertTrue(everybody.with_user(self.user).name_search("Aula"))

    def test_groups_imply_each_other(self):
        self.assertTrue(self.manager.has_group(USER))
        self.assertFalse(self.user.has_group(MANAGER))

    def test_reading_asks_for_the_right_to_read(self):
        for resource, persona in (
            (self.room, self.portal),
            (self.foreign, self.employee),
            (self.foreign, self.manager),
        ):
            mine = resource.with_user(persona)
            for call in (
                lambda r: r.free_quantity(at(0), at(1)),
                lambda r: r.busy(at(0), at(1)),
                lambda r: r.free_slots(at(0), at(1), 30),
            ):
                with (
                    self.subTest(persona=persona.login),
                    self.assertRaises(AccessError),
                ):
                    call(mine)

    def test_resource_manager_leaves_people_alone(self):
        person = self.env["resource.resource"].create({"name": "A person"})
        with self.assertRaises(AccessError):
            person.with_user(self.manager).name = "Renamed"
        self.room.with_user(self.manager).name = "Renamed"

    # === WHEN THINGS ARE CLOSED === #

    def _close(self, resource, user, **vals):
        """Write a leave as that person: the thing has no opening hours then."""
        return (
            self.env["resource.calendar.leaves"]
            .with_user(user)
            .create(
                {
                    "resource_id": resource.id,
                    "date_from": at(0),
                    "date_to": at(24),
                    **vals,
                }
            )
        )

    def test_only_managers_close_bookable_things(self):
        for persona in (self.employee, self.user):
            with self.subTest(persona.login), self.assertRaises(AccessError):
                self._close(self.room, persona)
        leave = self._close(self.room, self.manager)
        for call in (
            lambda: leave.with_user(self.employee).unlink(),
            lambda: leave.with_user(self.employee).write({"date_to": at(48)}),
            lambda: leave.with_user(self.employee).write({"resource_id": False}),
        ):
            with self.assertRaises(AccessError):
                call()
        leave.with_user(self.manager).date_to = at(12)
        leave.with_user(self.manager).unlink()

    def test_managers_close_things_of_their_companies_only(self):
        with self.assertRaises(AccessError):
            self._close(self.foreign, self.manager)
        self._close(self.shared, self.manager)

    def test_leave_of_a_person_is_not_moved_onto_a_thing(self):
        own, nobodys = self.env["resource.resource"].create(
            [
                {"name": "Employee", "user_id": self.employee.id},
                {"name": "A person without login"},
            ]
        )
        for person in (own, nobodys):
            leave = self._close(person, self.employee)
            with self.assertRaises(AccessError):
                leave.resource_id = self.room
            leave.date_to = at(12)
            leave.unlink()
        leave = self._close(nobodys, self.manager)
        leave.resource_id = self.room
        with self.assertRaises(AccessError):
            leave.resource_id = self.foreign
