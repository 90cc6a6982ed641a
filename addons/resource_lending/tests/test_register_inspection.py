from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import LendingCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 09:00:00")
class TestRegisterInspection(LendingCommon):
    """The inspection plan (beside L18): what is past its day stays here."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.type.inspection_interval_months = 12
        cls.ladder = cls._thing("Ladder", "LAD-1", acquisition_date="2025-03-02")

    def _inspect(self, date, **vals):
        return (
            self.env["lending.inspection"]
            .with_user(self.officer)
            .create({"asset_id": self.ladder.id, "date": date, **vals})
        )

    def _refused(self, message):
        refused = self.assertRaisesRegex(UserError, message)
        with refused, self.env.cr.savepoint():
            self._hand_out(self.ladder, self.ott)

    def test_L18_plan_comes_from_the_type_and_the_first_day(self):
        self.assertEqual(self.ladder.inspection_interval_months, 12)
        self.assertEqual(str(self.ladder.inspection_due), "2026-03-02")
        self.assertEqual(self.ladder.inspection_state, "soon")
        self.assertEqual(self.phone.inspection_state, "none")

    def test_L18_the_last_inspection_says_when_the_next_is_due(self):
        form = Form(self.ladder.with_user(self.officer))
        with form, form.inspection_ids.new() as row:
            row.date = "2026-02-01"
            row.certificate = b"JVBERi0="
        self.assertEqual(str(self.ladder.inspection_due), "2027-02-01")
        self._inspect("2025-12-01", valid_until="2029-01-01")
        self.assertEqual(str(self.ladder.inspection_due), "2027-02-01")
        self.assertEqual(self.ladder.inspection_state, "valid")

    def test_L7_a_thing_past_its_inspection_is_not_handed_out(self):
        loan = self._hand_out(self.ladder, self.ott)
        self.assertEqual(loan.state, "out")
        loan.take_back()
        with freeze_time("2026-03-03 09:00:00"):
            self.env.invalidate_all()
            self._refused(r"LAD-1.*due on 03/02/2026")
            self.assertEqual(self.ladder.status, "in_stock")
            self._inspect("2026-03-03")
            self.assertEqual(self._hand_out(self.ladder, self.ott).state, "out")

    def test_L7_a_thing_that_failed_is_not_handed_out(self):
        self._inspect("2026-03-01", result="failed")
        self._refused("LAD-1.*failed its inspection")
        self._inspect("2026-03-02")
        self.assertEqual(self._hand_out(self.ladder, self.ott).state, "out")

    def test_L7_who_may_override_hands_it_out(self):
        self.ladder.inspection_due = "2026-02-01"
        self.officer.group_ids += self.env.ref(
            "resource_lending.lending_group_override"
        )
        self.assertEqual(self._hand_out(self.ladder, self.ott).state, "out")

    def test_L18_inspections_are_the_officers(self):
        inspection = self._inspect("2026-02-01")
        with self.assertRaises(AccessError):
            inspection.with_user(self.ott_user).read(["note"])
        with self.assertRaises(AccessError):
            inspection.with_user(self.officer).unlink()
