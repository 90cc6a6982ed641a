from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import LendingCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 09:00:00")
class TestCustodyRows(LendingCommon):
    """Typed rows: LS1=User, LS2=Yes, unless said otherwise."""

    def test_LT1_D10_new_row_ends_the_former_the_day_before(self):
        ott = self._type(self.laptop, self.ott, "2024-01-01")
        mari = self._type(self.laptop, self.mari, "2024-05-10")
        self.assertEqual(self._period(ott), ("2024-01-01", "2024-05-09"))
        self.assertEqual(self._period(mari), ("2024-05-10", None))
        self.assertEqual((ott.state, mari.state), ("closed", "out"))
        self.assertEqual(ott.ended_by_id, mari)

    def test_LT2_D10_end_of_month_year_and_leap_day(self):
        for start, end in (
            ("2024-03-01", "2024-02-29"),
            ("2025-03-01", "2025-02-28"),
            ("2025-01-01", "2024-12-31"),
        ):
            with self.subTest(start):
                thing = self._thing("Thing", f"T-{start}")
                ott = self._type(thing, self.ott, "2024-01-01")
                self._type(thing, self.mari, start)
                self.assertEqual(str(ott.date_to), end)

    def test_LT3_D12_deleting_the_last_row_reopens_the_former(self):
        ott = self._type(self.laptop, self.ott, "2024-01-01")
        mari = self._type(self.laptop, self.mari, "2024-05-10")
        mari.unlink()
        self.assertEqual(mari.state, "cancelled")
        self.assertEqual(self._period(ott), ("2024-01-01", None))
        self.assertEqual((ott.state, ott.locked), ("out", False))
        self.assertEqual(self._holders_on(self.laptop, "2024-06-01"), ["OTT"])
        self.assertEqual(len(self._live_allocations(self.laptop)), 1)

    def test_LT4_D11_earlier_rows_are_locked(self):
        ott = self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.laptop, self.mari, "2024-05-10")
        self.assertTrue(ott.locked)
        with self.assertRaisesRegex(UserError, "history"):
            ott.write({"date_to": "2024-04-30"})
        with self.assertRaisesRegex(UserError, "history"):
            ott.unlink()

    def test_LT5_D12_deleting_one_after_the_other(self):
        a = self._type(self.laptop, self.ott, "2024-01-01")
        b = self._type(self.laptop, self.mari, "2024-04-01")
        c = self._type(self.laptop, self.kari, "2024-05-10")
        self.assertEqual(self._period(a), ("2024-01-01", "2024-03-31"))
        self.assertEqual(self._period(b), ("2024-04-01", "2024-05-09"))
        c.unlink()
        self.assertEqual(self._period(b), ("2024-04-01", None))
        b.unlink()
        self.assertEqual(self._period(a), ("2024-01-01", None))

    def test_LT6_LT7_D13_a_shared_day_overlaps_and_names_the_person(self):
        self._type(self.laptop, self.ott, "2024-01-01", "2024-03-31")
        with self.assertRaisesRegex(ValidationError, "user OTT for the same asset"):
            self._type(
                self.laptop, self.mari, "2024-03-31", "2024-04-30", card="employee"
            )
        row = self._type(
            self.laptop, self.mari, "2024-04-01", "2024-04-30", card="employee"
        )
        self.assertEqual(row.state, "closed")

    def test_LT8_D13_LC3_the_employee_card_closes_nobody(self):
        ott = self._type(self.laptop, self.ott, "2024-01-01")
        with self.assertRaisesRegex(ValidationError, "OTT"):
            self._type(self.laptop, self.mari, "2024-05-10", card="employee")
        self.assertFalse(ott.date_to)
        self._loans().take_over(
            {"asset_id": self.laptop.id, "employee_id": self.mari.id}, "2024-05-10"
        )
        self.assertEqual(str(ott.date_to), "2024-05-09")

    def test_LT9_D15_LC2_a_row_starts_after_the_one_before(self):
        ott = self._type(self.laptop, self.ott, "2024-05-10")
        for start in ("2024-05-01", "2024-05-10"):
            with self.assertRaisesRegex(ValidationError, r"is not after.*\(OTT\)"):
                self._type(self.laptop, self.mari, start)
        self._type(self.laptop, self.mari, "2024-05-11")
        self.assertEqual(self._period(ott), ("2024-05-10", "2024-05-10"))

    def test_LT10_LT21_D8_D14_LC7_LS2_several_users(self):
        self.company.lending_single = False
        ott = self._type(self.laptop, self.ott, "2024-05-10")
        mari = self._type(self.laptop, self.mari, "2024-05-01", card="employee")
        self.assertEqual((ott.state, mari.state), ("out", "out"))
        self.assertEqual(self._holders_on(self.laptop, "2024-06-01"), ["MARI", "OTT"])
        self.assertEqual(len(self._live_allocations(self.laptop)), 1)

    def test_LT11_D16_the_user_is_who_has_it_today(self):
        self._type(self.laptop, self.ott, "2026-01-01")
        self._type(self.laptop, self.mari, "2026-05-10")
        self.assertEqual(self.laptop.holder_name, "OTT")
        with freeze_time("2026-05-09 21:00:00"):
            self.laptop.invalidate_recordset()
            self.assertEqual(self.laptop.holder_name, "OTT")
        with freeze_time("2026-05-09 22:00:00"):
            self.laptop.invalidate_recordset()
            self.assertEqual(self.laptop.holder_name, "MARI")

    def test_LT14_D29_a_row_of_an_employee_needs_a_type(self):
        self.type.hr_type_id = False
        with self.assertRaisesRegex(ValidationError, "personnel type"):
            self._type(self.laptop, self.ott, "2024-01-01", card="employee")

    def test_D32_the_class_fills_the_type_others_stay_possible(self):
        row = self._type(self.laptop, self.ott, "2024-01-01")
        self.assertEqual(row.hr_type_id, self.hr_type)
        other = self.env["lending.hr.type"].create({"name": "Keys"})
        row = self._type(self.laptop, self.mari, "2024-02-01", hr_type_id=other.id)
        self.assertEqual(row.hr_type_id, other)

    def test_D2_D4_D5_LC4_the_card_and_the_employee_show_the_same_row(self):
        """D5: "written only on the asset's front page does not appear on the employee
        card" - replaced by one table (LC9): what is on one card is on the other."""
        row = self._type(self.laptop, self.ott, "2024-01-01")
        self.assertIn(row, self.laptop.loan_ids)
        self.assertEqual(row.employee_id, self.ott)
        self.assertEqual(self.laptop.employee_ids.ids, self.ott.ids)

    def test_D6_an_employee_without_login_can_hold_things(self):
        self.assertFalse(self.mari.user_id)
        row = self._type(self.laptop, self.mari, "2024-01-01")
        self.assertEqual(row.holder_name, "MARI")

    def test_D7_D9_one_user_and_one_responsible(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.laptop, self.boss, "2024-01-01", role="responsible")
        self.assertEqual(self.laptop.holder_name, "OTT")
        self.assertEqual(self.laptop.responsible_name, "Boss")
        self.assertEqual(len(self._live_allocations(self.laptop)), 1)

    def test_D9_one_responsible_and_many_users(self):
        self.company.lending_single = False
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.laptop, self.mari, "2024-01-01")
        first = self._type(self.laptop, self.boss, "2024-01-01", role="responsible")
        self._type(self.laptop, self.kari, "2024-02-01", role="responsible")
        self.assertEqual(str(first.date_to), "2024-01-31")

    def test_D9_D17_one_user_and_many_responsibles(self):
        self.company.write({"lending_relation": "responsible", "lending_single": False})
        for employee in (self.boss, self.kari):
            row = self._type(self.laptop, employee, "2024-01-01")
            self.assertEqual(row.role, "responsible")
        ott = self._type(self.laptop, self.ott, "2024-01-01", role="user")
        self._type(self.laptop, self.mari, "2024-02-01", role="user")
        self.assertEqual(str(ott.date_to), "2024-01-31")
        self.assertEqual(self.laptop.responsible_name, "Boss, Kari")

    def test_D18_LS1_none_carries_the_user(self):
        self.company.write({"lending_relation": "none", "lending_single": False})
        self.assertEqual(self._type(self.laptop, self.ott, "2024-01-01").role, "user")

    def test_D8_the_setting_is_refused_while_several_hold(self):
        self.company.lending_single = False
        self._type(self.laptop, self.ott, "2024-01-01")
        mari = self._type(self.laptop, self.mari, "2024-01-01")
        with self.assertRaisesRegex(ValidationError, "LAP-001"):
            self.company.lending_single = True
        mari.write({"date_to": "2024-06-01"})
        self.company.lending_single = True

    def test_D3_typed_in_the_form_of_the_asset(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        asset = self.laptop.with_user(self.officer)
        asset.write(
            {
                "loan_ids": [
                    (0, 0, {"employee_id": self.mari.id, "date_from": "2024-05-10"})
                ]
            }
        )
        self.assertEqual(
            [self._period(row) for row in asset.loan_ids.sorted("start_at")],
            [("2024-01-01", "2024-05-09"), ("2024-05-10", None)],
        )

    def test_two_new_rows_at_once_follow_each_other(self):
        rows = (
            self._loans()
            .with_context(lending_take_over=True)
            .create(
                [
                    {
                        "asset_id": self.laptop.id,
                        "employee_id": employee.id,
                        "date_from": start,
                    }
                    for employee, start in (
                        (self.mari, "2024-05-10"),
                        (self.ott, "2024-01-01"),
                    )
                ]
            )
        )
        self.assertEqual(self._period(rows[1]), ("2024-01-01", "2024-05-09"))

    def test_rows_are_not_forged(self):
        row = self._type(self.laptop, self.ott, "2024-01-01")
        for vals in (
            {"employee_id": self.mari.id},
            {"state": "closed"},
            {"stop_at": "2025-01-01"},
            {"asset_id": self.phone.id},
            {"allocation_id": False},
        ):
            with self.subTest(vals), self.assertRaises(UserError):
                row.write(vals)
        with self.assertRaises(UserError):
            self._type(self.phone, self.ott, "2024-01-01", state="closed")

    def test_invariant_the_database_refuses_what_python_misses(self):
        row = self._type(self.laptop, self.ott, "2024-01-01", "2024-03-31")
        other = self._type(self.laptop, self.mari, "2024-04-01", "2024-04-30")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError) as caught:
            other._store({"start_at": row.start_at})
            other.flush_recordset()
        self.assertIn("lending_loan_no_overlap", str(caught.exception))

    def test_D36_LS5_only_documents_change_rows(self):
        self.company.lending_rows_typed = False
        with self.assertRaisesRegex(UserError, "change documents"):
            self._type(self.laptop, self.ott, "2024-01-01")

    def test_what_is_lent_cannot_be_booked_and_the_other_way_round(self):
        self._type(self.laptop, self.ott, "2026-03-10", "2026-03-12")
        values = {
            "resource_id": self.laptop.resource_id.id,
            "start": "2026-03-11 10:00:00",
            "stop": "2026-03-11 12:00:00",
        }
        with self.assertRaises(AllocationConflict):
            self.env["resource.allocation"].allocate([values])
        values["resource_id"] = self.phone.resource_id.id
        self.env["resource.allocation"].allocate([values])
        with self.assertRaises(AllocationConflict):
            self._type(self.phone, self.ott, "2026-03-10", "2026-03-12")

    def test_D27_write_off_ends_rows_that_day(self):
        row = self._type(self.laptop, self.ott, "2024-02-01")
        with self.assertRaises(UserError):
            self.laptop.with_user(self.officer).write_off("2024-06-30")
        self.laptop.with_user(self.administrator).write_off("2024-06-30")
        self.assertEqual(str(row.date_to), "2024-06-30")
        self.assertEqual((row.state, self.laptop.status), ("closed", "written_off"))
        self.assertFalse(self.laptop.active)
        self.assertFalse(self._live_allocations(self.laptop))

    def test_typed_rows_begin_and_end_by_themselves(self):
        row = self._type(self.laptop, self.ott, "2026-03-10", "2026-03-12")
        self.assertEqual((row.state, self.laptop.status), ("reserved", "reserved"))
        with freeze_time("2026-03-10 00:00:00"), self.enter_registry_test_mode():
            self.env.ref("resource_lending.ir_cron_turn_over").method_direct_trigger()
            self.assertEqual((row.state, self.laptop.status), ("out", "handed_out"))
        with freeze_time("2026-03-13 00:00:00"), self.enter_registry_test_mode():
            self.env.ref("resource_lending.ir_cron_turn_over").method_direct_trigger()
            self.assertEqual((row.state, self.laptop.status), ("closed", "in_stock"))
            self.assertFalse(self._live_allocations(self.laptop))

    def test_LC10_external_person_needs_sponsor_and_date(self):
        guest = self.env["res.partner"].create({"name": "Guest"})
        values = {"asset_id": self.laptop.id, "partner_id": guest.id}
        for extra in ({}, {"sponsor_id": self.ott.id}, {"due_date": "2026-04-01"}):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                self._loans().hand_out_directly([{**values, **extra}])
        loan = self._loans().hand_out_directly(
            [{**values, "sponsor_id": self.ott.id, "due_date": "2026-04-01"}]
        )
        self.assertEqual(loan.holder_name, "Guest")

    def test_former_holders_and_teams_see_their_rows_only(self):
        ott = self._type(self.laptop, self.ott, "2024-01-01")
        kari = self._type(self.laptop, self.kari, "2025-01-01")
        self.assertEqual(self._loans(self.ott_user).search([]), ott)
        self.assertEqual(self._loans(self.boss_user).search([]), ott)
        self.assertEqual(self._loans(self.kari_user).search([]), kari)
        self.assertEqual(self._loans(self.hr_officer).search([]), ott | kari)
        with self.assertRaises(AccessError):
            self.laptop.with_user(self.ott_user).read(["name"])
        self.assertTrue(self.laptop.with_user(self.kari_user).read(["name"]))
        self.company.lending_managers_see_team = False
        self.assertFalse(self._loans(self.boss_user).search([]))
        with self.assertRaises(AccessError):
            ott.with_user(self.hr_officer).write({"date_to": "2024-02-01"})

    def test_deleting_a_reservation_reopens_nobody(self):
        ott = self._type(self.laptop, self.ott, "2024-01-01", "2026-03-09")
        reserved = self._reserve(self.laptop, self.mari, start_at="2026-03-09 23:00:00")
        self.assertEqual(ott.stop_at, reserved.start_at)
        reserved.unlink()
        self.assertEqual(
            (reserved.state, str(ott.date_to)), ("cancelled", "2026-03-09")
        )

    def test_what_ended_by_its_date_is_not_prolonged(self):
        row = self._type(self.laptop, self.ott, "2026-02-01", "2026-03-03")
        with freeze_time("2026-03-05 09:00:00"):
            row.take_back()
        self.assertEqual(str(row.date_to), "2026-03-03")

    def test_D8_rows_follow_the_type(self):
        self._type(self.shared, self.ott, "2024-01-01")
        mari = self._type(self.shared, self.mari, "2024-01-01")
        with self.assertRaisesRegex(ValidationError, "POOL-1"):
            self.shared_type.holding = "one"
        with self.assertRaisesRegex(ValidationError, "POOL-1"):
            self.shared.type_id = self.type
        mari.write({"date_to": "2024-06-01"})
        self.shared.type_id = self.type
        self.assertTrue(
            self.shared.loan_ids.filtered(lambda one: not one.date_to).single
        )
