from odoo.tests import HttpCase, tagged

from .common import LendingCommon


@tagged("post_install", "-at_install", "tour")
class TestAsOfTour(LendingCommon, HttpCase):
    """The date box in the browser: HR, and a manager of a team."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tool = cls._thing("Tour laptop", "TOUR-1")
        phone = cls._thing("Tour phone", "TOUR-2")
        for asset, employee, start, stop in (
            (tool, cls.ott, "2024-01-01", "2024-04-30"),
            (tool, cls.mari, "2024-05-01", False),
            (phone, cls.kari, "2024-01-01", False),
        ):
            cls.env["lending.loan"].create(
                {
                    "asset_id": asset.id,
                    "employee_id": employee.id,
                    "date_from": start,
                    "date_to": stop,
                }
            )

    def test_D40_hr_sees_who_had_what_on_a_past_date(self):
        self.start_tour("/odoo", "lending_as_of_hr", login="hr_officer", timeout=180)

    def test_D41_a_manager_sees_the_team_of_a_past_date(self):
        self.start_tour("/odoo", "lending_as_of_manager", login="boss", timeout=180)
