from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import LendingCommon


@freeze_time("2024-05-20 10:00:00")
class TestRequest(LendingCommon):
    """Employees ask for things, managers agree, officers reserve."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category.write({"requestable": True, "approval": "manager"})
        cls.phones = cls.type.copy({"name": "Phone"})
        cls.phone.type_id = cls.phones

    def _ask(self, user=None, **values):
        form = Form(
            self.env["lending.request"].with_user(user or self.ott_user),
            view="resource_lending.lending_request_view_form",
        )
        form.type_id = values.get("type_id", self.phones)
        form.date_from = date(2024, 6, 3)
        form.date_to = values.get("date_to", date(2024, 6, 7))
        form.reason = "A fair"
        return form.save()

    def test_an_employee_asks_the_manager_agrees_the_officer_reserves(self):
        request = self._ask()
        self.assertEqual(request.employee_id, self.ott)
        self.assertEqual(request.state, "to_approve")
        self.assertEqual(request.activity_ids.user_id, self.boss_user)
        request.with_user(self.boss_user).action_approve()
        self.assertEqual(
            (request.state, request.decided_by_id), ("approved", self.boss_user)
        )
        self.assertFalse(request.activity_ids)
        request.with_user(self.officer).action_reserve()
        loan = request.loan_id
        self.assertEqual((request.state, loan.asset_id), ("reserved", self.phone))
        self.assertEqual(self._period(loan)[0], "2024-06-03")
        self.assertEqual(loan.due_date, date(2024, 6, 7))
        with freeze_time("2024-06-03 08:00:00"):
            loan.with_user(self.officer).hand_out()
        self.assertEqual(request.state, "done")

    def test_nobody_approves_the_own_request(self):
        self.boss_user.group_ids = [
            Command.link(self.env.ref("resource_lending.lending_group_officer").id)
        ]
        request = self._ask(self.boss_user)
        self.assertFalse(request.may_decide)
        with self.assertRaisesRegex(UserError, "your own request"):
            request.with_user(self.boss_user).approve()
        with self.assertRaisesRegex(UserError, "your own request"):
            request.with_user(self.boss_user).refuse("No")

    def test_a_refusal_has_a_reason_and_the_employee_is_told(self):
        request = self._ask()
        manager = request.with_user(self.boss_user)
        with self.assertRaisesRegex(UserError, "Say why"):
            manager.refuse(" ")
        action = manager.action_refuse()
        window = Form(
            self.env[action["res_model"]]
            .with_user(self.boss_user)
            .with_context(**action["context"])
        )
        window.reason = "We have none to spare"
        window.save().action_refuse()
        self.assertEqual(request.state, "refused")
        told = request.message_ids.filtered(
            lambda one: self.ott_user.partner_id in one.partner_ids
        )
        self.assertIn("We have none to spare", told.body)
        with self.assertRaisesRegex(UserError, "decided"):
            manager.approve()

    def test_the_category_says_who_agrees(self):
        for approval, state in (
            ("none", "approved"),
            ("manager", "to_approve"),
            ("officer", "to_approve"),
        ):
            self.category.approval = approval
            self.assertEqual(self._ask().state, state, approval)
        request = self._ask()
        with self.assertRaisesRegex(UserError, "decided by a lending officer"):
            request.with_user(self.boss_user).approve()
        request.with_user(self.officer).approve()
        self.assertEqual(request.state, "approved")

    def test_only_what_may_be_requested(self):
        self.category.requestable = False
        with self.assertRaisesRegex(ValidationError, "cannot be requested"):
            self._ask()
        self.env["lending.request"].with_user(self.officer).create(
            {"employee_id": self.ott.id, "type_id": self.type.id}
        )

    def test_states_are_not_written(self):
        Request = self.env["lending.request"].with_user(self.ott_user)
        base = {"type_id": self.phones.id, "employee_id": self.ott.id}
        for forged in ({"state": "approved"}, {"decided_by_id": 1}, {"kit_id": 1}):
            with self.subTest(forged=forged), self.assertRaises(UserError):
                Request.create({**base, **forged})
        request = self._ask()
        for vals in ({"state": "approved"}, {"employee_id": self.kari.id}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                request.write(vals)
        request.with_user(self.boss_user).approve()
        with self.assertRaisesRegex(UserError, "decided upon already"):
            request.write({"date_to": "2024-12-31"})

    def test_who_sees_requests(self):
        request = self._ask()
        for user, sees in (
            (self.ott_user, True),
            (self.boss_user, True),
            (self.officer, True),
            (self.kari_user, False),
        ):
            found = self.env["lending.request"].with_user(user).search([])
            self.assertEqual(request in found, sees, user.login)
        with self.assertRaises(AccessError):
            self.env["lending.request"].with_user(self.ott_user).create(
                {"employee_id": self.kari.id, "type_id": self.phones.id}
            )
        with self.assertRaises(AccessError):
            request.with_user(self.boss_user).write({"reason": "Mine"})

    def test_only_officers_reserve(self):
        request = self._ask()
        with self.assertRaisesRegex(UserError, "not approved"):
            request.with_user(self.officer).reserve()
        request.with_user(self.boss_user).approve()
        for user in (self.ott_user, self.boss_user):
            with self.assertRaises(AccessError):
                request.with_user(user).reserve()

    def test_none_is_free_in_those_days(self):
        self._reserve(self.phone, self.kari, start_at="2024-06-05 08:00:00")
        request = self._ask()
        request.with_user(self.boss_user).approve()
        with self.assertRaisesRegex(UserError, "No Phone is free for OTT"):
            request.with_user(self.officer).reserve()
        self.assertEqual(request.state, "approved")

    def test_two_requests_get_two_things(self):
        second = self._thing("iPhone", "PHN-018", type_id=self.phones.id)
        requests = self._ask() | self._ask()
        requests.with_user(self.boss_user).approve()
        requests.with_user(self.officer).reserve()
        self.assertEqual(requests.loan_id.asset_id, self.phone | second)

    def test_the_chosen_one_is_reserved(self):
        second = self._thing("iPhone", "PHN-018", type_id=self.phones.id)
        request = self._ask()
        request.with_user(self.boss_user).approve()
        request.with_user(self.officer).asset_id = second
        request.with_user(self.officer).reserve()
        self.assertEqual(request.loan_id.asset_id, second)

    def test_withdrawing_frees_what_was_reserved(self):
        request = self._ask()
        request.with_user(self.boss_user).approve()
        request.with_user(self.officer).reserve()
        with self.assertRaises(UserError):
            request.with_user(self.boss_user).cancel()
        request.with_user(self.ott_user).cancel()
        self.assertEqual(request.state, "cancelled")
        self.assertEqual(request.loan_id.state, "cancelled")
        with self.assertRaisesRegex(UserError, "over"):
            request.with_user(self.ott_user).cancel()

    def test_a_cancelled_reservation_leaves_the_request_open(self):
        request = self._ask()
        request.with_user(self.boss_user).approve()
        request.with_user(self.officer).reserve()
        request.loan_id.with_user(self.officer).cancel("Broken")
        self.assertEqual(request.state, "approved")

    def test_the_last_day_is_not_before_the_first(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._ask(date_to=date(2024, 6, 1))
