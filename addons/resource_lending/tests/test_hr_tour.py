from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import LendingCommon


@tagged("post_install", "-at_install", "tour")
class TestHrTour(LendingCommon, HttpCase):
    """HR and managers in the web client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "hr.group_hr_manager,resource_lending.lending_group_officer"
        new_test_user(cls.env, "tour_hr", groups=groups, tz="Europe/Oslo")
        cls.laptop.name = "Tour laptop"
        cls.phone.name = "Tour phone"
        cls.key = cls._thing("Tour key", "TKEY-1")

    def test_D40_LT8_a_hr_officer_opens_an_employee(self):
        self._type(self.key, self.mari, "2024-03-01", "2024-03-31")
        self._type(self.phone, self.mari, "2024-04-01")
        held = self._type(self.laptop, self.ott, "2024-05-10")
        # Core logs a redirecting refusal as an error.
        with mute_logger("odoo.http"):
            self.start_tour(
                f"/odoo/employees/{self.mari.id}",
                "lending_hr_card",
                login="tour_hr",
                timeout=180,
            )
        self.assertTrue(held.date_to)
        self.assertEqual(self.laptop.holder_name, "MARI")

    def test_a_departure_with_three_items(self):
        things = self.laptop | self.phone | self.key
        loans = self.env["lending.loan"].union(
            *(self._hand_out(one, self.mari) for one in things)
        )
        self.start_tour(
            f"/odoo/employees/{self.mari.id}",
            "lending_departure",
            login="tour_hr",
            timeout=180,
        )
        self.assertFalse(self.mari.active)
        self.assertTrue(all(loans.mapped("recall_by")))
        self.assertEqual(set(loans.mapped("state")), {"out"})

    def test_D41_a_manager_sees_the_team_and_agrees(self):
        self._type(self.laptop, self.ott, "2024-05-10")
        self._type(self.phone, self.kari, "2024-05-10")
        self.category.requestable = True
        request = (
            self.env["lending.request"]
            .with_user(self.ott_user)
            .create({"employee_id": self.ott.id, "type_id": self.type.id})
        )
        self.start_tour("/odoo", "lending_manager", login="boss", timeout=180)
        self.assertEqual(request.state, "approved")
