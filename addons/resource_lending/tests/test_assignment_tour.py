from odoo.tests import HttpCase, tagged

from .common import LendingCommon


@tagged("post_install", "-at_install", "tour")
class TestAssignmentTour(LendingCommon, HttpCase):
    """Typing a row in the list of all assignments (D3)."""

    def test_officer_types_who_has_what_from_which_day(self):
        drill = self._thing("Tour drill", "TOUR-1")
        # Who works for several companies sees the company on the form, too.
        self.officer.company_ids += self.env["res.company"].create({"name": "Other"})
        self.start_tour("/odoo/lending", "lending_type_assignment", login="officer")
        loan = self._loans().search([("asset_id", "=", drill.id)])
        self.assertRecordValues(
            loan,
            [
                {
                    "employee_id": self.mari.id,
                    "role": "user",
                    "state": "out",
                    "by_date": True,
                    "hr_type_id": self.hr_type.id,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertEqual(self._period(loan), ("2024-05-06", None))
        self.assertEqual(drill.holder_name, "MARI")
        self.assertEqual(self._free_now(drill), 0)
