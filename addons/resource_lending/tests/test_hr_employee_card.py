from datetime import date

from freezegun import freeze_time
from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import Form, new_test_user
from odoo.tools.safe_eval import safe_eval

from .common import LendingCommon


@freeze_time("2024-05-20 10:00:00")
class TestHrEmployeeCard(LendingCommon):
    """What an employee has, on the employee's card (D3-D7, D13, D28-D34)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.personnel = new_test_user(
            cls.env,
            "personnel",
            groups="hr.group_hr_user,resource_lending.lending_group_officer",
            tz="Europe/Oslo",
        )

    def _card(self, employee, user=None):
        return Form(
            employee.with_user(user or self.personnel), view="hr.view_employee_form"
        )

    def _add(self, employee, asset, start, stop=None, hr_type=None, user=None):
        """Type a row on the employee's card and save the card."""
        with self._card(employee, user) as card, card.lending_loan_ids.new() as row:
            if hr_type:
                row.hr_type_id = hr_type
            row.asset_id = asset
            row.date_from = start
            if stop:
                row.date_to = stop
        return employee.lending_loan_ids.filtered(lambda one: one.asset_id == asset)

    def test_D3_rows_are_added_from_both_cards(self):
        mine = self._add(self.mari, self.laptop, "2024-05-01")
        typed = self._type(self.phone, self.mari, "2024-05-02")
        self.assertEqual(self.mari.lending_loan_ids, mine | typed)
        self.assertIn(mine, self.laptop.loan_ids, "the reverse of D4")

    def test_D4_the_assets_row_is_at_once_on_the_employees_card(self):
        typed = self._type(self.laptop, self.ott, "2024-05-01")
        card = self._card(self.ott, self.hr_officer)
        self.assertEqual(card.lending_loan_ids._records[0]["asset_id"], self.laptop.id)
        self.assertEqual(card.record.lending_count, 1)
        typed.unlink()
        self.assertFalse(self.ott.lending_loan_ids)

    def test_D5_front_page_and_card_are_one_table(self):
        """Seed: a user on the front page alone does not show on the card. Different
        on purpose (LC4, LC9): the front page is computed from the rows."""
        self._type(self.laptop, self.ott, "2024-05-01")
        asset = self.laptop.with_user(self.personnel)
        self.assertEqual(asset.holder_name, "OTT")
        self.assertTrue(asset._fields["holder_name"].compute)
        self.assertEqual(self.ott.lending_loan_ids.asset_id, self.laptop)

    def test_D6_an_employee_without_login_holds_things(self):
        self.assertFalse(self.mari.user_id)
        loan = self._add(self.mari, self.laptop, "2024-05-01")
        self.assertEqual((loan.holder_name, loan.state), ("MARI", "out"))

    def test_D7_an_employee_is_user_or_responsible(self):
        self.company.lending_relation = "responsible"
        loan = self._add(self.ott, self.laptop, "2024-05-01")
        self.assertEqual(loan.role, "responsible")
        self.company.lending_relation = "user"
        used = self._add(self.mari, self.laptop, "2024-05-01")
        self.assertEqual(used.role, "user")
        self.assertEqual(self.laptop.responsible_name, "OTT")

    def test_D13_LT6_a_shared_day_is_refused_and_the_row_emptied(self):
        self._type(self.laptop, self.ott, "2024-01-01", "2024-03-31")
        card = self._card(self.mari)
        row = card.lending_loan_ids.new()
        row.date_from = "2024-03-31"
        row.date_to = "2024-04-30"
        with self.assertRaises(RedirectWarning) as refusal:
            row.asset_id = self.laptop
        text, action, button = refusal.exception.args[:3]
        self.assertIn("overlapped with the time assigned to user OTT", text)
        self.assertIn("OTT", button)
        self.assertEqual(action["res_model"], "lending.take.over")
        self.assertFalse(self.mari.lending_loan_ids)

    def test_D13_over_rpc_the_same_text(self):
        self._type(self.laptop, self.ott, "2024-01-01", "2024-03-31")
        values = {
            "asset_id": self.laptop.id,
            "hr_type_id": self.hr_type.id,
            "date_from": "2024-03-31",
        }
        with self.assertRaisesRegex(ValidationError, "assigned to user OTT"):
            self.mari.with_user(self.personnel).lending_loan_ids = [
                Command.create(values)
            ]

    def test_D13_nobody_to_take_over_from_warns_and_empties(self):
        self._type(self.laptop, self.ott, "2024-05-10")
        card = self._card(self.mari)
        row = card.lending_loan_ids.new()
        row.date_from = "2024-05-01"
        with self.assertLogs("odoo.tests.form.onchange", "WARNING") as log:
            row.asset_id = self.laptop
        self.assertIn("assigned to user OTT", log.output[0])
        self.assertFalse(row.asset_id)

    def test_D13_LT7_the_day_after_is_free(self):
        self._type(self.laptop, self.ott, "2024-01-01", "2024-03-31")
        loan = self._add(self.mari, self.laptop, "2024-04-01")
        self.assertEqual(self._period(loan), ("2024-04-01", None))

    def test_LT8_LC3_refused_here_with_a_way_to_take_over(self):
        held = self._type(self.laptop, self.ott, "2024-01-01")
        card = self._card(self.mari)
        row = card.lending_loan_ids.new()
        row.date_from = "2024-05-10"
        with self.assertRaises(RedirectWarning) as refusal:
            row.asset_id = self.laptop
        self.assertEqual(held.date_to, False, "the card ends nobody's row by itself")
        action = refusal.exception.args[1]
        window = Form(
            self.env[action["res_model"]]
            .with_user(self.personnel)
            .with_context(**action["context"])
        )
        self.assertIn("OTT", window.summary)
        window.save().action_take_over()
        self.assertEqual(self._period(held), ("2024-01-01", "2024-05-09"))
        loan = self.mari.lending_loan_ids
        self.assertEqual(self._period(loan), ("2024-05-10", None))
        self.assertEqual(self._holders_on(self.laptop, "2024-05-09"), ["OTT"])

    def test_D28_a_type_ties_any_kind_of_thing(self):
        keys = self.env["lending.hr.type"].create({"name": "Keys"})
        kind = self.type.copy({"name": "Door key", "hr_type_id": keys.id})
        key = self._thing("Key 7", "KEY-7", type_id=kind.id)
        self._add(self.mari, key, "2024-05-01")
        self._add(self.mari, self.laptop, "2024-05-01")
        types = self.mari.lending_loan_ids.hr_type_id
        self.assertEqual(types, keys | self.hr_type)

    def test_D29_LT14_without_a_type_nothing_is_saved(self):
        self.type.hr_type_id = False
        with self.assertRaisesRegex(AssertionError, "is a required field"):
            self._add(self.mari, self.laptop, "2024-05-01")
        with self.assertRaisesRegex(ValidationError, "personnel type"):
            self._type(self.laptop, self.mari, "2024-05-01", card="employee")
        self.assertFalse(self.mari.lending_loan_ids)

    def _domain_offered(self, hr_type=None, untyped=True):
        arch = (
            self.env["hr.employee"]
            .with_user(self.personnel)
            .get_view(self.env.ref("hr.view_employee_form").id, "form")["arch"]
        )
        field = etree.fromstring(arch).xpath(
            "//field[@name='lending_loan_ids']//field[@name='asset_id']"
        )[0]
        parent = type("Parent", (), {"lending_untyped_selectable": untyped})
        return safe_eval(
            field.get("domain"),
            {"hr_type_id": hr_type and hr_type.id, "parent": parent},
        )

    def test_D33_only_assets_of_the_chosen_type(self):
        keys = self.env["lending.hr.type"].create({"name": "Keys"})
        kind = self.type.copy({"name": "Door key", "hr_type_id": keys.id})
        key = self._thing("Key 7", "KEY-7", type_id=kind.id)
        found = self.env["lending.asset"].search(self._domain_offered(keys))
        self.assertEqual(found, key)

    def test_D34_LT15_LS4_untyped_ones_as_the_company_wants(self):
        keys = self.env["lending.hr.type"].create({"name": "Keys"})
        cars = self.type.copy({"name": "Car", "hr_type_id": False})
        car = self._thing("Car", "CAR-1", type_id=cars.id)
        Asset = self.env["lending.asset"]
        for selectable in (True, False):
            self.company.lending_untyped_selectable = selectable
            card = self._card(self.mari)
            self.assertEqual(card.lending_untyped_selectable, selectable)
            found = Asset.search(self._domain_offered(untyped=selectable))
            self.assertEqual(car in found, selectable)
            self.assertIn(self.laptop, found)
            only = Asset.search(self._domain_offered(keys, selectable))
            self.assertNotIn(car, only, "with Type=Keys chosen only keys")

    def test_D34_the_type_is_picked_on_the_card(self):
        cars = self.type.copy({"name": "Car", "hr_type_id": False})
        car = self._thing("Car", "CAR-1", type_id=cars.id)
        loan = self._add(self.mari, car, "2024-05-01", hr_type=self.hr_type)
        self.assertEqual(loan.hr_type_id, self.hr_type)

    def test_D40_the_card_answers_for_any_day(self):
        self._add(self.ott, self.laptop, "2024-01-01", "2024-03-31")
        self._add(self.ott, self.phone, "2024-04-01")
        card = self._card(self.ott, self.hr_officer)
        now = card.record.lending_held_ids.asset_id
        self.assertEqual(now, self.phone)
        card.lending_as_of = "2024-03-31"
        then = card.lending_held_ids[:].asset_id.ids
        self.assertEqual(then, [self.laptop.id])
        self.assertEqual(self._holders_on(self.laptop, "2024-03-31"), ["OTT"])

    def test_hr_without_the_lending_right_reads_only(self):
        self._type(self.laptop, self.ott, "2024-05-01")
        card = self._card(self.ott, self.hr_officer)
        self.assertEqual(len(card.lending_loan_ids._records), 1)
        with self.assertRaises(AssertionError):
            card.lending_loan_ids.new()
        with self.assertRaises(AccessError):
            self._type(self.phone, self.ott, "2024-05-01", user=self.hr_officer)

    def test_LS5_closed_cards_are_not_typed_on(self):
        self.company.lending_rows_typed = False
        card = self._card(self.ott)
        with self.assertRaises(AssertionError):
            card.lending_loan_ids.new()
        with self.assertRaises(UserError):
            self._type(self.phone, self.ott, "2024-05-01", user=self.personnel)

    def test_counts_cost_the_same_for_many(self):
        employees = self.env["hr.employee"].create(
            [{"name": f"Worker {number}"} for number in range(30)]
        )
        for number, employee in enumerate(employees[:5]):
            self._type(self._thing("T", f"T-{number}"), employee, "2024-05-01")
        self.env.invalidate_all()
        employees.mapped("active")
        with self.assertQueryCount(6):
            self.assertEqual(sum(employees.mapped("lending_count")), 5)
            self.assertEqual(sum(employees.mapped("lending_to_return_count")), 0)

    def test_rows_are_local_days(self):
        loan = self._add(self.ott, self.laptop, "2024-05-01")
        self.assertEqual(loan.date_from, date(2024, 5, 1))
        self.assertEqual(str(loan.start_at), "2024-04-30 22:00:00")
