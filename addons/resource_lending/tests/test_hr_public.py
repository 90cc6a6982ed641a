from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user

from .common import LendingCommon


@freeze_time("2024-05-20 10:00:00")
class TestHrPublic(LendingCommon):
    """What employees and managers see of custody (D41, LS6)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.below_user = new_test_user(cls.env, "below", groups="base.group_user")
        cls.below = cls.env["hr.employee"].create(
            {"name": "Below", "parent_id": cls.ott.id, "user_id": cls.below_user.id}
        )
        tablet = cls._thing("Tablet", "TAB-1")
        cls.of_ott = cls._type_of(cls.laptop, cls.ott)
        cls.of_kari = cls._type_of(cls.phone, cls.kari)
        cls.of_below = cls._type_of(tablet, cls.below)
        cls.of_boss = cls._type_of(cls._thing("Key", "KEY-1"), cls.boss)

    @classmethod
    def _type_of(cls, asset, employee):
        return (
            cls.env["lending.loan"]
            .with_user(cls.officer)
            .create(
                {
                    "asset_id": asset.id,
                    "employee_id": employee.id,
                    "date_from": "2024-05-01",
                }
            )
        )

    def _public(self, employee, user):
        return self.env["hr.employee.public"].with_user(user).browse(employee.id)

    def _team(self, user):
        return self._loans(user).search([("is_my_team", "=", True)])

    def test_D41_LT18_a_manager_sees_the_team_at_any_depth(self):
        seen = self._loans(self.boss_user).search([])
        self.assertEqual(seen, self.of_boss | self.of_ott | self.of_below)
        self.assertEqual(self._team(self.boss_user), self.of_ott | self.of_below)
        for employee, count in ((self.ott, 1), (self.below, 1), (self.kari, 0)):
            public = self._public(employee, self.boss_user)
            self.assertEqual(public.lending_count, count, employee.name)

    def test_D41_a_colleague_sees_nothing_of_another(self):
        public = self._public(self.kari, self.ott_user)
        self.assertFalse(public.lending_count)
        self.assertFalse(public.lending_loan_ids)
        self.assertEqual(
            self._loans(self.ott_user).search([]), self.of_ott | self.of_below
        )
        with self.assertRaises(AccessError):
            self.of_kari.with_user(self.ott_user).read(["note"])

    def test_D41_nobody_gets_private_fields_by_it(self):
        """Neither widened nor narrowed: pay and private data stay HR's."""
        ott = self.ott.with_user(self.boss_user)
        for name in ("lending_held_ids", "lending_to_return_count", "private_email"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                ott.read([name])
        fields_seen = self._public(self.ott, self.boss_user).fields_get()
        self.assertFalse(
            {"private_email", "wage", "lending_link_version"} & set(fields_seen)
        )

    def test_D41_LS6_off_managers_see_their_own_only(self):
        self.company.lending_managers_see_team = False
        self.assertEqual(self._loans(self.boss_user).search([]), self.of_boss)
        self.assertFalse(self._team(self.boss_user))

    def test_a_person_opens_the_own_public_card(self):
        card = Form(
            self._public(self.ott, self.ott_user),
            view="hr.hr_employee_public_view_form",
        )
        self.assertEqual(len(card.lending_loan_ids), 1)
        action = card.record.action_lending_items()
        found = self._loans(self.ott_user).search(action["domain"])
        self.assertEqual(found, self.of_ott)

    def test_former_holders_see_their_own_past_rows_only(self):
        self._loans().take_over(
            {"asset_id": self.laptop.id, "employee_id": self.kari.id}, "2024-05-10"
        )
        mine = self._loans(self.ott_user).search([("employee_id", "=", self.ott.id)])
        self.assertEqual(mine, self.of_ott)
        rows = self._loans(self.ott_user).search([("asset_id", "=", self.laptop.id)])
        self.assertEqual(rows, self.of_ott)
        with self.assertRaises(AccessError):
            self.of_ott.with_user(self.ott_user).read(["ended_by_id"])

    def test_lists_open_for_people_without_rights(self):
        views = [(False, "list"), (False, "form"), (False, "kanban"), (False, "search")]
        for model in ("hr.employee.public", "lending.request"):
            for user in (self.ott_user, self.boss_user):
                found = self.env[model].with_user(user).get_views(views)
                self.assertTrue(found["views"])
        spec = {"lending_count": {}, "lending_loan_ids": {"fields": {"state": {}}}}
        rows = self._public(self.ott, self.ott_user).web_read(spec)
        self.assertEqual(rows[0]["lending_count"], 1)

    def test_public_fields_are_readable_on_the_private_card(self):
        """Core promises it: what the public card has, everybody may read by the name
        of the private one, too. What is not theirs to know is empty."""
        public, private = (self.env[f"hr.employee{end}"] for end in (".public", ""))
        ours = [
            name
            for name in public._fields
            if name.startswith("lending_") and name in private._fields
        ]
        self.assertTrue(ours)
        (row,) = self.kari.with_user(self.ott_user).read(ours)
        self.assertFalse(any(row[name] for name in ours), row)
        (row,) = self.ott.with_user(self.boss_user).read(ours)
        seen = self._public(self.ott, self.boss_user)
        self.assertEqual(row["lending_loan_ids"], seen.lending_loan_ids.ids)
        self.assertEqual(row["lending_count"], seen.lending_count)
