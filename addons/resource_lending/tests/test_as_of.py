from datetime import date, datetime

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time

from .common import LendingCommon


class AsOfCommon(LendingCommon):
    """Reads the lists of who has what, as people do: with a date box on top."""

    def _rows(self, day=None, user=None, domain=()):
        """The rows as of a day (ISO text; None: now) that a user sees."""
        report = self.env["lending.custody.report"].with_user(user or self.officer)
        return report.with_context(lending_as_of=day).search(list(domain))

    def _holders(self, asset, day=None, user=None, role="user"):
        """Names of who has an asset as of a day."""
        domain = [("asset_id", "=", asset.id), ("role", "=", role)]
        return sorted(self._rows(day, user, domain).mapped("holder_name"))

    def _things(self, employee, day=None, user=None):
        """Codes of what an employee has as of a day."""
        rows = self._rows(day, user, [("employee_id", "=", employee.id)])
        return sorted(rows.asset_id.sudo().mapped("code"))


@freeze_time("2024-06-15 10:00:00")
class TestAsOf(AsOfCommon):
    """Who had what on any date, however the rows were made."""

    def test_LT16_LC9_D38_D39_typed_rows_are_right_on_any_date(self):
        """D38 [Directo: rows typed on the tab show the current person even for a past
        date]. Different on purpose (LC5, LC9): always who it was then."""
        self._type(self.laptop, self.ott, "2024-01-01", "2024-04-30")
        self._type(self.laptop, self.mari, "2024-05-01")
        self.assertEqual(self._holders(self.laptop, "2024-04-15"), ["OTT"])
        self.assertEqual(self._holders(self.laptop), ["MARI"])

    def test_D39_change_documents_are_right_on_any_date(self):
        """Rows by document show the person as of the date; no date is now."""
        self._type(self.laptop, self.ott, "2024-01-01")
        change = self.env["lending.change"].with_user(self.officer)
        document = change.create(
            {
                "date": "2024-05-01",
                "line_ids": [
                    (0, 0, {"asset_id": self.laptop.id, "to_employee_id": self.mari.id})
                ],
            }
        )
        document.confirm()
        self.assertEqual(self._holders(self.laptop, "2024-04-30"), ["OTT"])
        self.assertEqual(self._holders(self.laptop, "2024-05-01"), ["MARI"])
        self.assertEqual(self._holders(self.laptop, False), ["MARI"])

    def test_D37_no_documents_needed_for_a_list_of_the_past(self):
        """D37 [Directo: for a retroactive list all changes must be made by change
        documents]: here cards, counter and documents write the same rows."""
        self._type(self.laptop, self.ott, "2024-01-01", "2024-02-29")
        self._hand_out(self.laptop, self.mari, at=datetime(2024, 3, 4, 9))
        self.assertEqual(self._holders(self.laptop, "2024-02-29"), ["OTT"])
        self.assertEqual(self._holders(self.laptop, "2024-03-03"), [])
        self.assertEqual(self._holders(self.laptop, "2024-03-04"), ["MARI"])

    def test_LC5_LC9_D35_history_is_kept_whatever_the_setting(self):
        """D35 [Directo with LS5=Yes: no history is kept]. Different on purpose (LC5):
        LS5 only decides whether rows may be typed."""
        self.company.lending_rows_typed = True
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.laptop, self.mari, "2024-05-10")
        self.assertEqual(self._holders(self.laptop, "2024-05-09"), ["OTT"])
        self.company.lending_rows_typed = False
        self.assertEqual(self._holders(self.laptop, "2024-05-09"), ["OTT"])
        self.assertEqual(self._holders(self.laptop, "2024-05-10"), ["MARI"])

    def test_D40_employee_list_now_and_then(self):
        self._type(self.laptop, self.ott, "2024-01-01", "2024-03-31", card="employee")
        self._type(self.phone, self.ott, "2024-03-01", card="employee")
        self.assertEqual(self._things(self.ott, "2024-02-15"), ["LAP-001"])
        self.assertEqual(self._things(self.ott, "2024-03-31"), ["LAP-001", "PHN-017"])
        self.assertEqual(self._things(self.ott), ["PHN-017"])

    def test_LT19_the_day_of_a_return_belongs_to_who_has_it_at_its_end(self):
        given = self._hand_out(self.laptop, self.ott, at=datetime(2024, 5, 6, 7))
        given.take_back(at=datetime(2024, 5, 10, 8))
        self._hand_out(self.laptop, self.mari, at=datetime(2024, 5, 10, 12))
        self.assertEqual(self._holders(self.laptop, "2024-05-09"), ["OTT"])
        self.assertEqual(self._holders(self.laptop, "2024-05-10"), ["MARI"])

    def test_D39_days_are_local_also_when_the_clock_changes(self):
        """In Oslo 31 March 2024 has 23 hours and ends at 22:00 UTC."""
        late = self._hand_out(
            self.laptop, self.ott, at=datetime(2024, 3, 31, 21, 59, 58)
        )
        self.assertEqual(self._holders(self.laptop, "2024-03-30"), [])
        self.assertEqual(self._holders(self.laptop, "2024-03-31"), ["OTT"])
        late.take_back(at=datetime(2024, 3, 31, 22, 0, 0))
        self.assertEqual(self._holders(self.laptop, "2024-03-31"), ["OTT"])
        self.assertEqual(self._holders(self.laptop, "2024-04-01"), [])
        self._hand_out(self.phone, self.ott, at=datetime(2024, 3, 31, 22, 0, 0))
        self.assertEqual(self._holders(self.phone, "2024-03-31"), [])
        self.assertEqual(self._holders(self.phone, "2024-04-01"), ["OTT"])

    def test_D39_typed_days_hold_on_the_day_the_clock_changes(self):
        self._type(self.laptop, self.ott, "2024-03-31", "2024-03-31")
        self._type(self.laptop, self.mari, "2024-04-01")
        for day, holders in (
            ("2024-03-30", []),
            ("2024-03-31", ["OTT"]),
            ("2024-04-01", ["MARI"]),
        ):
            self.assertEqual(self._holders(self.laptop, day), holders, day)

    def test_D39_today_is_now(self):
        given = self._hand_out(self.laptop, self.ott, at=datetime(2024, 6, 14, 8))
        given.take_back(at=datetime(2024, 6, 15, 9))
        self.assertEqual(self._rows("2024-06-15").ids, self._rows().ids)
        self.assertEqual(self._holders(self.laptop, "2024-06-15"), [])

    def test_D39_a_reservation_is_no_custody(self):
        self._reserve(self.laptop, self.ott)
        self.assertEqual(self._holders(self.laptop, "2024-06-20"), [])

    def test_D38_what_nobody_has_is_listed_once_it_is_known(self):
        self.laptop.acquisition_date = "2024-02-01"
        self._type(self.laptop, self.ott, "2024-03-01", "2024-03-31")
        domain = [("asset_id", "=", self.laptop.id)]

        def who(day):
            return self._rows(day, domain=domain).mapped("holder_kind")

        self.assertEqual(who("2024-01-31"), [])
        self.assertEqual(who("2024-02-01"), ["nobody"])
        self.assertEqual(who("2024-03-31"), ["employee"])
        self.assertEqual(who("2024-04-01"), ["nobody"])
        self.assertEqual(self._rows("2024-04-01", domain=domain).holder_name, "Nobody")

    def test_D27_what_is_written_off_is_listed_until_then(self):
        self._type(self.laptop, self.ott, "2024-02-01")
        self.laptop.with_user(self.administrator).write_off("2024-05-31", "Broken")
        domain = [("asset_id", "=", self.laptop.id)]
        self.assertEqual(self._holders(self.laptop, "2024-05-31"), ["OTT"])
        self.assertFalse(self._rows("2024-06-01", domain=domain))
        self.assertFalse(self._rows(domain=domain))

    def test_D40_departments_are_those_of_the_date(self):
        office = self.env["hr.department"].create({"name": "Office"})
        versions = self.ott.version_ids
        versions.date_version = "2024-01-01"
        self.ott.create_version(
            {"date_version": date(2024, 5, 1), "department_id": office.id}
        )
        self._type(self.laptop, self.ott, "2023-12-01")
        for day, department in (
            ("2023-12-15", self.department),
            ("2024-04-30", self.department),
            ("2024-05-01", office),
            (None, office),
        ):
            rows = self._rows(day, domain=[("employee_id", "=", self.ott.id)])
            self.assertEqual(rows.department_id, department, day)
            expected = self.ott._get_version(date.fromisoformat(day or "2024-06-15"))
            self.assertEqual(rows.department_id, expected.department_id, day)
        groups = self._grouped("2024-04-30")
        self.assertEqual(groups[self.department], 1)

    def _grouped(self, day):
        report = self.env["lending.custody.report"].with_user(self.officer)
        return dict(
            report.with_context(lending_as_of=day)._read_group(
                [("holder_kind", "!=", "nobody")], ["department_id"], ["__count"]
            )
        )

    def test_D40_departments_and_sponsors_have_things_too(self):
        contractor = self.env["res.partner"].create({"name": "Contractor"})
        loans = self._loans()
        loans.create(
            [
                {
                    "asset_id": self.laptop.id,
                    "department_id": self.department.id,
                    "date_from": "2024-01-01",
                },
                {
                    "asset_id": self.phone.id,
                    "partner_id": contractor.id,
                    "sponsor_id": self.ott.id,
                    "due_date": "2024-05-31",
                    "date_from": "2024-01-01",
                },
            ]
        )
        rows = self._rows("2024-02-01", domain=[("department_id", "!=", False)])
        self.assertEqual(rows.department_id, self.department)
        self.assertEqual(rows.mapped("holder_name"), ["Workshop", "Contractor"])
        phone = [("asset_id", "=", self.phone.id)]
        self.assertFalse(self._rows("2024-05-31", domain=phone).is_late)
        self.assertTrue(self._rows("2024-06-01", domain=phone).is_late)
        self.assertTrue(self._rows(domain=phone).is_late)

    def test_D39_rows_of_two_dates_do_not_mix(self):
        """Read one after the other, each keeps what was true on its date."""
        self.ott.version_ids.date_version = "2024-01-01"
        office = self.env["hr.department"].create({"name": "Office"})
        self.ott.create_version(
            {"date_version": date(2024, 5, 1), "department_id": office.id}
        )
        self._type(self.laptop, self.ott, "2024-01-01")
        then, now = (
            self._rows(day, domain=[("employee_id", "=", self.ott.id)])
            for day in ("2024-02-01", None)
        )
        self.assertEqual(
            (then.department_id, now.department_id), (self.department, office)
        )
        self.assertFalse(then & now)

    def test_D39_only_dates_are_dates(self):
        for nonsense in ("2024-02-30", "yesterday", "2024-01-01' OR '1'='1", 20240101):
            with self.assertRaises(UserError, msg=nonsense):
                self._rows(nonsense)

    def test_D38_date_box_opens_the_list(self):
        box = Form(self.env["lending.as.of"].with_user(self.officer))
        box.date = date(2024, 4, 15)
        action = box.save().action_open()
        self.assertEqual(action["display_name"], "Asset list as of 04/15/2024")
        self.assertEqual(action["context"]["lending_as_of"], "2024-04-15")
        self.assertEqual(action["context"]["search_default_users"], 1)
        box = Form(self.env["lending.as.of"].with_user(self.officer))
        box.subject = "employees"
        action = box.save().action_open()
        self.assertEqual(action["display_name"], "Employee list as of now")
        again = self.env["lending.custody.report"].with_context(**action["context"])
        context = again.action_choose_date()["context"]
        self.assertEqual(context["default_subject"], "employees")

    def test_D38_a_row_opens_its_assignment_or_its_asset(self):
        loan = self._type(self.laptop, self.ott, "2024-01-01")
        rows = self._rows("2024-02-01", domain=[("employee_id", "=", self.ott.id)])
        action = rows.action_open_origin()
        self.assertEqual((action["res_model"], action["res_id"]), (loan._name, loan.id))
        self.phone.acquisition_date = "2024-01-01"
        free = self._rows(domain=[("asset_id", "=", self.phone.id)])
        action = free.action_open_origin()
        self.assertEqual(action["res_id"], self.phone.id)

    def test_D40_queries_do_not_grow_with_the_list(self):
        def count(day):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows = self._rows(day, domain=[("holder_kind", "=", "employee")])
            rows.mapped("holder_name")
            rows.mapped("department_id.name")
            return self.env.cr.sql_log_count - before, len(rows)

        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.phone, self.mari, "2024-01-01")
        count("2024-02-01")
        few, two = count("2024-02-01")
        self._loans().create(
            [
                {
                    "asset_id": self._thing(f"Tool {number}", f"T-{number}").id,
                    "employee_id": (self.ott if number % 2 else self.mari).id,
                    "date_from": "2024-01-01",
                }
                for number in range(30)
            ]
        )
        count("2024-02-01")
        many, all_of_them = count("2024-02-01")
        self.assertEqual((two, all_of_them), (2, 32))
        self.assertLessEqual(many, few)
