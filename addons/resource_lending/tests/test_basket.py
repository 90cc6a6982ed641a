from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import LendingCommon

FROM, UNTIL = "2024-06-03 06:00:00", "2024-06-05 14:30:00"


@tagged("post_install", "-at_install")
@freeze_time("2024-05-20 10:00:00")
class TestBasket(LendingCommon):
    """Periods chosen on the board of assets become one reservation for each person."""

    def _entry(self, asset, start=FROM, stop=UNTIL, **vals):
        resource = asset.resource_id.id
        return {
            "row": asset.id,
            "resource": resource,
            "start": start,
            "stop": stop,
            **vals,
        }

    def _open(self, *entries, user=None):
        assets = self.env["lending.asset"].with_user(user or self.officer)
        action = assets.board_order(list(entries))
        return assets.env[action["res_model"]].browse(action["res_id"])

    def test_C22_one_reservation_for_each_person_as_it_was_chosen(self):
        basket = self._open(self._entry(self.laptop), self._entry(self.phone))
        with Form(basket) as form:
            form.employee_id = self.ott
            form.pickup_place = "Reception"
            with form.line_ids.edit(1) as line:
                line.employee_id = self.kari
        self.assertIn("OTT: Laptop", basket.summary)
        self.assertIn("Kari: iPhone", basket.summary)
        infos = basket.action_make()["infos"]
        self.assertEqual(infos["made"], [0, 1])
        self.assertFalse(infos["then"])
        for asset, employee in ((self.laptop, self.ott), (self.phone, self.kari)):
            [loan] = self.env["lending.loan"].search([("asset_id", "=", asset.id)])
            self.assertEqual((loan.employee_id, loan.state), (employee, "reserved"))
            self.assertEqual(loan.pickup_place, "Reception")
            row = self._live_allocations(asset)
            self.assertEqual(row.start, datetime(2024, 6, 3, 6))
            self.assertEqual(row.stop, datetime(2024, 6, 5, 14, 30))
            self.assertIn(asset.name, infos["message"])

    def test_what_is_taken_stays_on_the_board_and_the_rest_is_made_on_demand(self):
        self._reserve(self.phone, self.mari, start_at=datetime(2024, 6, 4))
        basket = self._open(self._entry(self.laptop), self._entry(self.phone))
        basket.employee_id = self.ott
        self.assertTrue(basket.has_misfits)
        self.assertFalse(basket.line_ids[0].problem)
        self.assertIn("iPhone", basket.line_ids[1].problem)
        with self.assertRaisesRegex(UserError, "iPhone"):
            basket.action_make()
        self.assertFalse(self._live_allocations(self.laptop))
        infos = basket.action_make_what_fits()["infos"]
        self.assertEqual(infos["made"], [0])
        self.assertEqual(len(self._live_allocations(self.laptop)), 1)

    def test_two_periods_of_one_basket_compete_with_each_other(self):
        again = self._entry(self.laptop, "2024-06-04 06:00:00", "2024-06-07 06:00:00")
        basket = self._open(self._entry(self.laptop), again)
        self.assertEqual(
            [bool(line.problem) for line in basket.line_ids], [False, True]
        )

    def test_hand_out_at_once_opens_the_hand_over(self):
        now = self._entry(self.laptop, "2024-05-20 10:00:00", UNTIL, kind="hand_out")
        basket = self._open(now, self._entry(self.phone))
        basket.employee_id = self.ott
        then = basket.action_make()["infos"]["then"]
        self.assertEqual(then["res_model"], "lending.handover")
        handover = self.env["lending.handover"].browse(then["res_id"])
        self.assertEqual(handover.line_ids.asset_id, self.laptop)

    def test_nobody_chosen_and_what_is_over_are_refused_in_words(self):
        basket = self._open(self._entry(self.laptop))
        with self.assertRaisesRegex(UserError, "who gets it"):
            basket.action_make()
        basket.line_ids.write({"stop": "2024-05-19 00:00:00", "start": "2024-05-18"})
        self.assertIn("over", basket.line_ids.problem)
        basket.line_ids.write({"start": "2024-06-18", "stop": "2024-06-17"})
        self.assertIn("end after", basket.line_ids.problem)

    def test_what_the_ledger_cannot_be_asked_is_told_by_its_row(self):
        basket = self._open(self._entry(self.laptop), self._entry(self.phone))
        basket.employee_id = self.ott
        basket.line_ids[1].stop = "2250-01-01 00:00:00"
        self.assertFalse(basket.line_ids[0].problem)
        self.assertIn("2250", basket.line_ids[1].problem)
        self.assertEqual(basket.action_make_what_fits()["infos"]["made"], [0])

    def test_an_external_person_has_the_end_of_each_thing(self):
        partner = self.env["res.partner"].create({"name": "Visitor"})
        basket = self._open(self._entry(self.laptop))
        basket.write(
            {
                "holder_kind": "partner",
                "partner_id": partner.id,
                "sponsor_id": self.boss.id,
            }
        )
        basket.action_make()
        [loan] = self.env["lending.loan"].search([("asset_id", "=", self.laptop.id)])
        self.assertEqual(str(loan.due_date), "2024-06-05")

    def test_only_officers_choose_and_only_rows_of_this_board(self):
        assets = self.env["lending.asset"]
        self.assertTrue(assets.with_user(self.officer).board_kinds())
        self.assertFalse(assets.with_user(self.ott_user).board_kinds())
        with self.assertRaisesRegex(ValidationError, "No periods"):
            self._open(self._entry(self.laptop), user=self.ott_user)
        other = {**self._entry(self.laptop), "resource": self.phone.resource_id.id}
        with self.assertRaisesRegex(ValidationError, "no such unit"):
            self._open(other)
        with self.assertRaisesRegex(ValidationError, "until when"):
            self._open(self._entry(self.laptop, stop=False))
        basket = self._open(self._entry(self.laptop))
        with self.assertRaises(AccessError):
            basket.with_user(self.ott_user).action_make()
        with self.assertRaises(AccessError):
            basket.with_user(self.administrator).write({"line_ids": [Command.clear()]})
