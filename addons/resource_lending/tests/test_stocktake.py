from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common_stocktake import StocktakeCommon


@tagged("post_install", "-at_install")
@freeze_time("2024-05-09 10:00:00")
class TestStocktake(StocktakeCommon):
    """Filling, counting, confirming; Oslo, in the summer two hours before UTC."""

    # === FILLING === #

    def test_D42_rows_show_who_has_things_now(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.laptop, self.boss, "2024-01-01", role="responsible")
        sheet = self._filled(type_ids=self.type)
        self.assertEqual(sheet.line_ids.asset_id, self.laptop + self.phone)
        held, free = (self._line(sheet, it) for it in (self.laptop, self.phone))
        self.assertEqual(
            (held.holder_name, held.responsible_name, held.place_id.name),
            ("OTT", "Boss", False),
        )
        self.assertEqual((free.holder_name, free.place_id), (False, self.store))
        # What happens afterwards does not change the sheet: it is a snapshot.
        self._type(self.laptop, self.mari, "2024-05-09")
        self.assertEqual(held.holder_name, "OTT")
        sheet.action_fill()
        self.assertEqual(self._line(sheet, self.laptop).holder_name, "MARI")

    def test_D42_several_users_stand_in_one_row(self):
        self._type(self.shared, self.ott, "2024-01-01")
        self._type(self.shared, self.mari, "2024-02-01")
        sheet = self._filled(type_ids=self.shared_type)
        self.assertEqual(sheet.line_ids.holder_name, "OTT, MARI")

    def test_D43_holders_are_those_of_the_day_it_is_filled(self):
        self._type(self.laptop, self.kari, "2024-01-01")
        self._type(self.laptop, self.ott, "2024-05-03")
        sheet = self._filled(date="2024-04-30", employee_ids=self.ott)
        self.assertEqual(sheet.line_ids.holder_name, "OTT")
        self.assertEqual(str(sheet.filled_for), "2024-05-09")

    def test_LT17_LC6_ott_until_may_5_and_mari_since(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.laptop, self.mari, "2024-05-06")
        sheet = self._sheet(date="2024-04-30", employee_ids=self.ott)
        self.assertEqual(sheet.fill_mode, "now", "the source's choice is the default")
        with self.assertRaisesRegex(UserError, "nothing to count"):
            sheet.action_fill()
        sheet.fill_mode = "date"
        sheet.action_fill()
        self.assertEqual(sheet.line_ids.asset_id, self.laptop)
        self.assertEqual(sheet.line_ids.holder_name, "OTT")

    def test_LC6_form_says_how_many_rows_would_differ(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.laptop, self.mari, "2024-05-06")
        self._type(self.phone, self.ott, "2024-01-01")
        with Form(self.env["lending.stocktake"].with_user(self.officer)) as form:
            self.assertFalse(form.diff_text)
            form.date = "2024-04-30"
            self.assertIn("04/30/2024: 1.", form.diff_text)
            form.employee_ids.add(self.kari)
            self.assertFalse(form.diff_text)
            form.employee_ids.add(self.mari)
            self.assertIn("04/30/2024: 1.", form.diff_text)
            form.date = "2024-05-07"
            self.assertFalse(form.diff_text)

    def test_LC6_sheet_prints_both_dates_when_they_differ(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        report = self.env["ir.actions.report"].with_user(self.officer)

        def printed(sheet):
            html, _kind = report._render_qweb_html(
                "resource_lending.report_lending_stocktake", sheet.ids
            )
            return html.decode()

        differ = printed(self._filled(date="2024-04-30"))
        self.assertIn("04/30/2024", differ)
        self.assertIn("05/09/2024", differ)
        self.assertIn("Holders as of", differ)
        same = self._filled(date="2024-04-30", fill_mode="date")
        self.assertNotIn("Holders as of", printed(same))

    def test_LW1_what_is_written_off_is_not_listed(self):
        self.phone.with_user(self.administrator).write_off("2024-05-01", "Broken")
        sheet = self._filled(type_ids=self.type)
        self.assertEqual(sheet.line_ids.asset_id, self.laptop)
        answer = sheet.scan("PHN-017")
        self.assertEqual(answer["type"], "danger")
        self.assertIn("written off", answer["message"])
        self.assertEqual(sheet.line_ids.asset_id, self.laptop)

    def test_filters_by_department_place_and_person(self):
        shelf = self.env["lending.place"].create(
            {"name": "Shelf", "parent_id": self.store.id}
        )
        drill = self._thing("Drill", "DRL-1", place_id=shelf.id)
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.phone, self.kari, "2024-01-01")
        by_department = self._filled(department_ids=self.department)
        self.assertEqual(by_department.line_ids.asset_id, self.laptop)
        in_store = self._filled(place_ids=self.store)
        self.assertEqual(in_store.line_ids.asset_id, drill + self.shared)
        either = self._filled(employee_ids=self.kari, place_ids=shelf)
        self.assertEqual(either.line_ids.asset_id, drill + self.phone)

    def test_filling_again_keeps_what_is_counted(self):
        sheet = self._filled(type_ids=self.type)
        sheet.scan("LAP-001")
        self._thing("New", "NEW-1")
        sheet.action_fill()
        self.assertEqual(
            self._results(sheet),
            {"LAP-001": "found", "NEW-1": "open", "PHN-017": "open"},
        )
        with self.assertRaisesRegex(UserError, "filled already"):
            sheet.date = "2024-01-01"
        sheet.action_back_to_draft()
        sheet.date = "2024-01-01"
        self.assertEqual(self._results(sheet), {"LAP-001": "found"})

    # === COUNTING === #

    def test_LW2_counted_quantity_is_typed(self):
        sheet = self._filled(type_ids=self.type)
        with Form(sheet) as form:
            for index, counted in enumerate(("1", "0")):
                with form.line_ids.edit(index) as line:
                    line.counted = counted
        self.assertEqual(
            self._results(sheet), {"LAP-001": "found", "PHN-017": "missing"}
        )
        self.assertEqual(sheet.progress_text, "2 of 2 counted")
        line = self._line(sheet, self.laptop)
        self.assertEqual(
            (line.counted_how, line.counted_by_id), ("typed", self.officer)
        )
        line.action_count_again()
        self.assertEqual((line.result, line.counted_at), ("open", False))

    def test_LW2_nothing_else_is_written_to_a_row(self):
        sheet = self._filled(type_ids=self.type)
        line = self._line(sheet, self.laptop)
        for forged in (
            {"result": "found"},
            {"holder_name": "Me"},
            {"asset_id": self.shared.id},
            {"confirmed_at": "2024-05-09"},
        ):
            with self.subTest(forged), self.assertRaises(AccessError):
                line.write(forged)
        with self.assertRaisesRegex(UserError, "count 0"):
            line.unlink()
        with self.assertRaises(AccessError):
            sheet.write({"state": "done"})

    def test_scanning_says_what_was_found(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        self.store.barcode = "PLACE-STORE"
        room = self.env["lending.place"].create({"name": "Room", "barcode": "ROOM"})
        self.kari.barcode = "BADGE7"
        sheet = self._filled(type_ids=self.type)
        self.assertEqual(sheet.scan("nonsense")["type"], "danger")
        self.assertEqual(sheet.scan([[]])["type"], "danger")
        here = sheet.scan("ROOM")
        self.assertEqual((here["place_id"], here["where"]), (room.id, "Room"))
        answer = sheet.scan("PHN-017", room.id)
        self.assertEqual(answer["result"], "wrong_place")
        self.assertIn("Store", answer["message"])
        there = sheet.scan("PLACE-STORE", room.id)
        self.assertEqual(sheet.scan("PHN-017", there["place_id"])["result"], "found")
        badge = sheet.scan("BADGE7")
        self.assertEqual(
            (badge["employee_id"], badge["place_id"]), (self.kari.id, False)
        )
        answer = sheet.scan("LAP-001", False, self.kari.id)
        self.assertEqual(answer["result"], "wrong_holder")
        self.assertIn("OTT", answer["message"])
        self.assertEqual(sheet.scan("LAP-001", False, self.ott.id)["result"], "found")
        answer = sheet.scan("POOL-1")
        self.assertEqual(answer["result"], "unexpected")
        added = self._line(sheet, self.shared)
        self.assertEqual(added.place_id, self.store)
        self.assertEqual((sheet.unexpected_count, sheet.found_count), (1, 2))
        added.action_remove()
        self.assertEqual(sheet.line_count, 2)

    def test_scanning_without_place_asks_nothing(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        sheet = self._filled(type_ids=self.type)
        answer = sheet.scan("LAP-001")
        self.assertEqual((answer["type"], answer["result"]), ("success", "found"))
        self.assertIn("1 of 2 counted", answer["message"])
        self.assertIn("before", sheet.scan("LAP-001")["message"])
        self.assertEqual(sheet.counted_count, 1)

    def test_of_another_company_is_counted_there(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.officer.company_ids += other
        self.env["lending.asset"].create(
            {
                "name": "Theirs",
                "code": "OTH-1",
                "type_id": self.type.id,
                "company_id": other.id,
            }
        )
        sheet = self._filled(type_ids=self.type)
        sheet = sheet.with_context(allowed_company_ids=[self.company.id, other.id])
        answer = sheet.scan("OTH-1")
        self.assertEqual(answer["type"], "danger")
        self.assertIn("Other", answer["message"])

    # === CONFIRMING === #

    def test_LW3_confirmed_is_locked_for_good(self):
        sheet = self._filled(type_ids=self.type)
        sheet.scan("LAP-001")
        with self.assertRaisesRegex(AccessError, "administrator"):
            sheet.action_confirm()
        self._confirm(sheet)
        self.assertEqual(sheet.state, "done")
        self.assertEqual(sheet.confirmed_by_id, self.administrator)
        self.assertEqual(
            self._results(sheet), {"LAP-001": "found", "PHN-017": "missing"}
        )
        self.assertEqual(self._line(sheet, self.phone).counted, "0")
        line = self._line(sheet, self.laptop)
        admin_sheet = sheet.with_user(self.administrator)
        for change in (
            lambda: line.write({"counted": "0"}),
            line.action_not_here,
            lambda: line.with_user(self.administrator).write({"note": "x"}),
            lambda: admin_sheet.write({"note": "x"}),
            lambda: admin_sheet.write({"date": "2024-01-01"}),
            admin_sheet.action_fill,
            admin_sheet.action_back_to_draft,
            admin_sheet.unlink,
            lambda: self.env["lending.stocktake.line"].create(
                {"stocktake_id": sheet.id, "asset_id": self.shared.id}
            ),
        ):
            with self.assertRaisesRegex(UserError, "cannot be reopened"):
                change()
        self.assertEqual(sheet.scan("POOL-1")["type"], "danger")
        with self.assertRaisesRegex(UserError, "nothing to confirm"):
            admin_sheet.action_confirm()

    def test_LW3_history_and_last_seen_follow(self):
        sheet = self._filled(type_ids=self.type)
        with freeze_time("2024-05-09 11:30:00"):
            sheet.scan("LAP-001")
        with freeze_time("2024-05-10 08:00:00"):
            self._confirm(sheet)
        self.assertEqual(str(self.laptop.last_seen_at), "2024-05-09 11:30:00")
        self.assertEqual(self.laptop.last_seen_by, self.officer)
        self.assertFalse(self.phone.last_seen_at)
        event = self.phone.event_ids.filtered(lambda it: it.kind == "stocktake")
        self.assertEqual(event.note, f"{sheet.name}: Missing")
        self.assertEqual(event.user_id, self.administrator)

    def test_LW5_counted_on_another_confirmed_sheet_is_starred(self):
        first = self._filled(type_ids=self.type)
        first.scan("LAP-001")
        second = self._filled(type_ids=self.type)
        self.assertFalse(self._line(second, self.laptop).starred, "not confirmed yet")
        self._confirm(first)
        other_day = self._filled(type_ids=self.type, date="2024-05-08")
        self.assertFalse(self._line(other_day, self.laptop).starred)
        third = self._filled(type_ids=self.type)
        line = self._line(third, self.laptop)
        self.assertEqual((line.starred, line.counted), (True, "1"))
        self.assertEqual(line.counted_at, self._line(first, self.laptop).counted_at)
        self.assertEqual(line.action_view_other()["res_id"], first.id)
        third.action_fill()
        line = self._line(third, self.laptop)
        self.assertEqual((line.starred, line.counted), (True, "1"))
        third.action_back_to_draft()
        self.assertFalse(third.line_ids, "nobody counted on this sheet")
        third.action_fill()
        missing = self._line(third, self.phone)
        self.assertEqual((missing.starred, missing.counted), (False, False))

    # === THE HOLDERS === #

    def test_holders_answer_for_what_they_have(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.phone, self.mari, "2024-01-01")
        sheet = self._filled(type_ids=self.type)
        Line = self.env["lending.stocktake.line"].with_user(self.ott_user)
        self.assertFalse(Line._lines_to_confirm(self.ott), "not asked")
        sheet.ask_holders = True
        lines = Line._lines_to_confirm(self.ott)
        self.assertEqual(lines.asset_id, self.laptop)
        lines.confirm_by_holder(self.ott)
        line = self._line(sheet, self.laptop)
        self.assertEqual(
            (line.counted, line.result, line.confirmed_by, line.counted_how),
            ("1", "found", "OTT", "holder"),
        )
        self.assertEqual(line.confirmed_at, fields.Datetime.now())
        self.assertFalse(Line._lines_to_confirm(self.ott), "answered")
        others = self._line(sheet, self.phone).with_user(self.ott_user)
        with self.assertRaises(AccessError):
            others.confirm_by_holder(self.ott)
        others.confirm_by_holder(self.mari, have=False, note="Lost on the train")
        row = self._line(sheet, self.phone)
        self.assertEqual((row.counted, row.note), ("0", "Lost on the train"))
        self._confirm(sheet)
        with self.assertRaisesRegex(UserError, "cannot be reopened"):
            others.confirm_by_holder(self.mari)

    def test_asking_tells_each_holder_once(self):
        self.ott.work_email = "ott@example.com"
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.phone, self.ott, "2024-01-01")
        self._type(self.shared, self.ott, "2024-01-01")
        self._type(self.shared, self.mari, "2024-01-01")
        sheet = self._filled()
        sheet.scan("PHN-017")
        sheet.action_ask_holders()
        self.assertTrue(sheet.ask_holders)
        notices = self.env["lending.notice"].search([("kind", "=", "count")])
        told = {
            notice.partner_id.email: sorted(notice.loan_ids.asset_id.mapped("code"))
            for notice in notices
        }
        self.assertEqual(
            told,
            {"ott@example.com": ["LAP-001", "POOL-1"], "mari@example.com": ["POOL-1"]},
        )
        with self.enter_registry_test_mode():
            self.env.ref(
                "resource_lending.ir_cron_lending_notice"
            ).method_direct_trigger()
        self.assertEqual(set(notices.mapped("state")), {"sent"})
        mail = (
            self.env["mail.mail"]
            .search([("model", "=", "lending.notice"), ("res_id", "in", notices.ids)])
            .filtered(lambda mail: "mari@" in (mail.recipient_ids.email or ""))
        )
        self.assertIn("POOL-1", mail.body_html)
        self.assertIn(self.mari._lending_portal_url(), mail.body_html)
        sheet.scan("LAP-001")
        sheet.scan("POOL-1")
        with self.assertRaisesRegex(UserError, "nobody is left"):
            sheet.action_ask_holders()

    def test_holders_who_answer_for_it_are_asked_when_nobody_uses_it(self):
        self._type(self.laptop, self.ott, "2024-01-01", role="responsible")
        self._type(self.phone, self.ott, "2024-01-01", role="responsible")
        self._type(self.phone, self.mari, "2024-01-01")
        sheet = self._filled(type_ids=self.type)
        sheet.ask_holders = True
        Line = self.env["lending.stocktake.line"]
        self.assertEqual(Line._lines_to_confirm(self.ott).asset_id, self.laptop)
        self.assertEqual(Line._lines_to_confirm(self.mari).asset_id, self.phone)

    def test_external_holder_answers_and_the_count_of_the_officer_stays(self):
        guest = self.env["res.partner"].create({"name": "Guest"})
        self._hand_out(
            self.laptop,
            self.env["hr.employee"],
            partner_id=guest.id,
            sponsor_id=self.boss.id,
            due_date="2024-06-01",
        )
        sheet = self._filled(type_ids=self.type)
        sheet.ask_holders = True
        lines = self.env["lending.stocktake.line"]._lines_to_confirm(guest)
        self.assertEqual(lines.asset_id, self.laptop)
        sheet.scan("LAP-001")
        lines.confirm_by_holder(guest, have=False)
        line = self._line(sheet, self.laptop)
        self.assertEqual((line.counted, line.confirmed_by), ("1", "Guest"))

    # === WHO MAY === #

    def test_sheets_of_other_companies_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Other"})
        sheet = self._filled(type_ids=self.type)
        self.administrator.write(
            {"company_ids": [(6, 0, other.ids)], "company_id": other.id}
        )
        for record in (sheet, sheet.line_ids):
            with self.assertRaises(AccessError):
                record.with_user(self.administrator).read(["display_name"])

    def test_employees_see_no_stock_take(self):
        sheet = self._filled(type_ids=self.type)
        for user in (self.ott_user, self.hr_officer):
            for record in (sheet, sheet.line_ids):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    record.with_user(user).read(["display_name"])
        with self.assertRaises(AccessError):
            sheet.with_user(self.ott_user).scan("LAP-001")
