from datetime import datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time

from .common import LendingCommon


@freeze_time("2024-06-15 10:00:00")
class TestChange(LendingCommon):
    """Change documents: many things in one step, or none of them."""

    def _document(self, *lines, user=None, **values):
        """A document as of a day; each line: an asset and what changes."""
        return (
            self.env["lending.change"]
            .with_user(user or self.officer)
            .create(
                {
                    "date": "2024-05-01",
                    **values,
                    "line_ids": [
                        Command.create({"asset_id": asset.id, **line})
                        for asset, line in lines
                    ],
                }
            )
        )

    def _to(self, asset, employee, **line):
        return asset, {"to_employee_id": employee.id, **line}

    # === WHO MAY CHANGE WHAT === #

    def test_D36_persons_are_changed_by_documents_only(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        self.company.lending_rows_typed = False
        with self.assertRaises(UserError):
            self._type(self.laptop, self.mari, "2024-05-01")
        with self.assertRaises(UserError):
            self.laptop.with_user(self.officer).loan_ids.write(
                {"date_to": "2024-04-30"}
            )
        self._document(self._to(self.laptop, self.mari)).confirm()
        self.assertEqual(self._holders_on(self.laptop, "2024-04-30"), ["OTT"])
        self.assertEqual(self._holders_on(self.laptop, "2024-05-01"), ["MARI"])

    def test_D36_the_rest_of_the_card_stays_editable(self):
        self.company.lending_rows_typed = False
        self.laptop.with_user(self.officer).name = "Laptop of the reception"
        self.assertEqual(self.laptop.name, "Laptop of the reception")

    def test_LC5_the_setting_decides_only_whether_rows_may_be_typed(self):
        """The same document gives the same rows, with and without LS5."""
        for typed, asset in ((True, self.laptop), (False, self.phone)):
            self._loans(self.administrator).sudo().create(
                {
                    "asset_id": asset.id,
                    "employee_id": self.ott.id,
                    "date_from": "2024-01-01",
                }
            )
            self.company.lending_rows_typed = typed
            self._document(self._to(asset, self.mari)).confirm()
            self.assertEqual(self._holders_on(asset, "2024-04-30"), ["OTT"])
            self.assertEqual(self._holders_on(asset, "2024-06-01"), ["MARI"])

    def test_D36_nobody_pretends_to_be_a_document(self):
        self.company.lending_rows_typed = False
        loans = self._loans().with_context(lending_document=True)
        with self.assertRaises(UserError):
            loans.create({"asset_id": self.laptop.id, "employee_id": self.ott.id})

    # === CONFIRM === #

    def test_D36_all_columns_of_a_line(self):
        """LW6: user, responsible, department, location, customer, class, end date."""
        guest = self.env["res.partner"].create({"name": "Guest"})
        key = self._thing("Key", "KEY-1")
        card = self._thing("Card", "CRD-1")
        document = self._document(
            self._to(self.laptop, self.mari, date_to="2024-05-31"),
            self._to(self.laptop, self.boss, role="responsible"),
            (self.phone, {"to_department_id": self.department.id}),
            (key, {"to_place_id": self.store.id, "to_type_id": self.shared_type.id}),
            (
                card,
                {
                    "to_partner_id": guest.id,
                    "to_sponsor_id": self.ott.id,
                    "due_date": "2024-07-01",
                },
            ),
        )
        document.confirm()
        rows = document.line_ids.new_loan_id
        self.assertEqual(
            [(row.role, row.holder_name, self._period(row)) for row in rows],
            [
                ("user", "MARI", ("2024-05-01", "2024-05-31")),
                ("responsible", "Boss", ("2024-05-01", None)),
                ("user", "Workshop", ("2024-05-01", None)),
                ("user", "Store", ("2024-05-01", None)),
                ("user", "Guest", ("2024-05-01", None)),
            ],
        )
        self.assertEqual(key.type_id, self.shared_type)
        self.assertEqual(document.state, "done")
        self.assertEqual(document.done_by_id, self.officer)

    def test_LW6_end_date_without_a_new_holder_ends_the_present_one(self):
        loan = self._type(self.laptop, self.ott, "2024-01-01")
        self._document((self.laptop, {"date_to": "2024-05-31"})).confirm()
        self.assertEqual(self._period(loan), ("2024-01-01", "2024-05-31"))
        self.assertEqual(loan.state, "closed")

    def test_LW6_where_it_lies_changes_without_touching_custody(self):
        shelf = self.env["lending.place"].create({"name": "Shelf"})
        loan = self._type(self.laptop, self.ott, "2024-01-01")
        self._document((self.laptop, {"keep_at_id": shelf.id})).confirm()
        self.assertEqual(self.laptop.place_id, shelf)
        self.assertEqual(self._period(loan), ("2024-01-01", None))

    def test_LW6_what_is_really_out_is_passed_on(self):
        out = self._hand_out(self.laptop, self.ott, at=datetime(2024, 4, 2, 8))
        document = self._document(self._to(self.laptop, self.mari), date="2024-06-15")
        document.confirm()
        new = document.line_ids.new_loan_id
        self.assertEqual((out.state, new.state), ("closed", "out"))
        self.assertFalse(new.by_date)
        self.assertEqual(new.start_at, datetime(2024, 6, 15, 10))
        self.assertEqual(self.laptop.status, "handed_out")

    def test_LW6_of_several_users_one_is_replaced(self):
        for employee in (self.ott, self.kari):
            self._type(self.shared, employee, "2024-01-01")
        loans = self.shared.loan_ids
        document = self._document(
            self._to(
                self.shared,
                self.mari,
                loan_id=loans.filtered(lambda loan: loan.employee_id == self.ott).id,
            )
        )
        document.confirm()
        self.assertEqual(self._holders_on(self.shared, "2024-04-30"), ["Kari", "OTT"])
        self.assertEqual(self._holders_on(self.shared, "2024-05-01"), ["Kari", "MARI"])

    def test_LW6_several_users_and_none_chosen_adds_one(self):
        for employee in (self.ott, self.kari):
            self._type(self.shared, employee, "2024-01-01")
        document = self._document(self._to(self.shared, self.mari))
        self.assertFalse(document.line_ids.loan_id)
        document.confirm()
        self.assertEqual(
            self._holders_on(self.shared, "2024-05-01"), ["Kari", "MARI", "OTT"]
        )

    def test_D36_one_bad_line_and_nothing_is_changed(self):
        """Every line that fails is named; the good ones are not done either."""
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.phone, self.ott, "2024-05-01")
        key = self._thing("Key", "KEY-1")
        self._type(key, self.kari, "2024-05-10")
        document = self._document(
            self._to(self.laptop, self.mari),
            self._to(self.phone, self.mari),
            self._to(key, self.mari),
            user=self.administrator,
        )
        with self.assertRaises(ValidationError) as refused:
            document.confirm()
        message = str(refused.exception)
        self.assertIn("PHN-017", message)
        self.assertIn("KEY-1", message)
        self.assertNotIn("LAP-001", message)
        self.assertEqual(document.state, "draft")
        self.assertEqual(self._holders_on(self.laptop, "2024-06-01"), ["OTT"])

    def test_D36_lines_say_something_and_only_one_holder(self):
        with self.assertRaises(UserError):
            self._document((self.laptop, {})).confirm()
        both = {"to_employee_id": self.ott.id, "to_place_id": self.store.id}
        with self.assertRaises(UserError):
            self._document((self.laptop, both)).confirm()
        with self.assertRaises(UserError):
            self._document().confirm()

    def test_D36_confirmed_documents_are_settled(self):
        document = self._document(self._to(self.laptop, self.mari))
        document.confirm()
        for change in (
            lambda: document.write({"date": "2024-05-02"}),
            lambda: document.write({"state": "draft"}),
            lambda: document.line_ids.write({"to_employee_id": self.ott.id}),
            lambda: document.line_ids.unlink(),
            lambda: document.unlink(),
            lambda: document.confirm(),
            lambda: document.action_fill(),
        ):
            with self.assertRaises(UserError):
                change()
        document.reason = "A word may be added"
        with self.assertRaises(AccessError):
            self._document(state="done", done_by_id=self.administrator.id)

    # === BACK-DATING === #

    def test_LC8_only_administrators_change_the_time_before(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        line = self._to(self.laptop, self.mari, date_to="2023-12-31")
        with self.assertRaises(AccessError):
            self._document(line, date="2023-06-01").confirm()
        self._document(line, date="2023-06-01", user=self.administrator).confirm()
        self.assertEqual(self._holders_on(self.laptop, "2023-12-31"), ["MARI"])
        self.assertEqual(self._holders_on(self.laptop, "2024-01-01"), ["OTT"])

    def test_LC8_the_past_is_checked_for_overlap(self):
        """Locked rows are never moved for it: not by a day, not without an end."""
        former = self._type(self.laptop, self.ott, "2024-01-01")
        last = self._type(self.laptop, self.kari, "2024-05-10")
        for start, stop in (
            ("2023-06-01", "2024-01-01"),
            ("2023-06-01", False),
            ("2024-03-01", "2024-03-31"),
            ("2024-01-01", "2024-05-09"),
        ):
            document = self._document(
                self._to(self.laptop, self.mari, date_to=stop),
                date=start,
                user=self.administrator,
            )
            with self.assertRaises(ValidationError):
                document.confirm()
        self.assertEqual(self._period(former), ("2024-01-01", "2024-05-09"))
        self.assertEqual(self._period(last), ("2024-05-10", None))

    def test_LC8_a_gap_in_the_past_is_filled(self):
        self._type(self.laptop, self.ott, "2024-01-01", "2024-02-29")
        self._type(self.laptop, self.kari, "2024-05-10")
        document = self._document(
            self._to(self.laptop, self.mari, date_to="2024-05-09"),
            date="2024-03-01",
            user=self.administrator,
        )
        document.confirm()
        for day, name in (
            ("2024-02-29", "OTT"),
            ("2024-03-01", "MARI"),
            ("2024-05-09", "MARI"),
            ("2024-05-10", "Kari"),
        ):
            self.assertEqual(self._holders_on(self.laptop, day), [name], day)

    def test_LC8_cards_do_not_back_date_even_for_administrators(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        with self.assertRaises(ValidationError):
            self._type(
                self.laptop, self.mari, "2023-06-01", "2023-12-31",
                user=self.administrator,
            )  # fmt: skip

    # === FILL === #

    def _filled(self, user=None, **fill):
        document = self._document(user=user, **fill)
        document.action_fill()
        return document

    def test_LW6_fill_all_things_of_a_person(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.phone, self.ott, "2024-05-02")
        key = self._thing("Key", "KEY-1")
        self._type(key, self.ott, "2024-01-01", "2024-04-30")
        document = self._filled(
            fill_employee_id=self.ott.id, to_employee_id=self.mari.id
        )
        self.assertEqual(document.line_ids.asset_id, self.laptop)
        self.assertEqual(document.line_ids.present_name, "OTT")
        document.confirm()
        self.assertEqual(self._holders_on(self.laptop, "2024-05-01"), ["MARI"])
        self.assertEqual(self._holders_on(self.phone, "2024-05-02"), ["OTT"])

    def test_LW6_fill_all_things_of_a_department(self):
        """With those of its people, by the department they were in that day."""
        office = self.env["hr.department"].create({"name": "Office"})
        self.ott.version_ids.date_version = "2024-01-01"
        self.ott.create_version(
            {"date_version": datetime(2024, 5, 20), "department_id": office.id}
        )
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.phone, self.kari, "2024-01-01")
        self._loans().create(
            {
                "asset_id": self.shared.id,
                "department_id": self.department.id,
                "date_from": "2024-01-01",
            }
        )
        document = self._filled(fill_department_id=self.department.id)
        self.assertEqual(document.line_ids.asset_id, self.laptop | self.shared)
        with self.assertRaises(UserError):
            self._filled(fill_department_id=office.id)

    def test_LW6_fill_by_place_and_type(self):
        shelf = self.env["lending.place"].create(
            {"name": "Shelf", "parent_id": self.store.id}
        )
        (self.laptop | self.shared).place_id = shelf
        self.phone.place_id = False
        for asset in self.laptop | self.shared | self.phone:
            self._type(asset, self.ott, "2024-01-01")
        document = self._filled(fill_place_id=self.store.id)
        self.assertEqual(document.line_ids.asset_id, self.laptop | self.shared)
        document = self._filled(fill_type_id=self.shared_type.id)
        self.assertEqual(document.line_ids.asset_id, self.shared)
        document = self._filled(
            fill_place_id=self.store.id, fill_type_id=self.type.id, fill_role="user"
        )
        self.assertEqual(document.line_ids.asset_id, self.laptop)

    def test_LW6_fill_adds_what_is_missing_and_wants_a_filter(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.phone, self.ott, "2024-01-01")
        document = self._document(
            self._to(self.laptop, self.kari), fill_employee_id=self.ott.id
        )
        document.action_fill()
        self.assertEqual(len(document.line_ids), 2)
        with self.assertRaises(UserError):
            document.action_fill()
        with self.assertRaises(UserError):
            self._document().action_fill()
        document.to_employee_id = self.mari
        document.action_set_lines()
        self.assertEqual(document.line_ids.to_employee_id, self.mari)

    def test_LW6_a_document_by_hand(self):
        """The form proposes who has it, and refuses nothing that is right."""
        loan = self._type(self.laptop, self.ott, "2024-01-01")
        form = Form(self.env["lending.change"].with_user(self.officer))
        form.date = "2024-05-01"
        with form.line_ids.new() as line:
            line.asset_id = self.laptop
            self.assertEqual(line.present_name, "OTT")
            line.to_employee_id = self.mari
        document = form.save()
        document.action_confirm()
        self.assertEqual(self._period(loan), ("2024-01-01", "2024-04-30"))
        self.assertEqual(document.line_ids.new_loan_id.hr_type_id, self.hr_type)

    # === WRITE-OFF === #

    def test_LW6_D27_write_off_in_one_step(self):
        """LT13: the open rows end that day, on both cards."""
        loan = self._type(self.laptop, self.ott, "2024-02-01")
        self.phone.acquisition_date = "2024-01-01"
        document = self._document(
            kind="write_off",
            date="2024-06-14",
            reason="Stolen",
            fill_type_id=self.type.id,
            user=self.administrator,
        )
        document.action_fill()
        self.assertEqual(document.line_ids.asset_id, self.laptop | self.phone)
        document.confirm()
        self.assertEqual(self._period(loan), ("2024-02-01", "2024-06-14"))
        self.assertEqual(self.laptop.condition, "written_off")
        self.assertFalse(self.phone.active)
        with self.assertRaises(UserError):
            document.reopen()

    def test_LW6_officers_do_not_write_off(self):
        document = self._document((self.laptop, {}), kind="write_off")
        with self.assertRaises(UserError):
            document.confirm()
        self.assertTrue(self.laptop.active)

    # === REOPEN === #

    def test_LW6_reopen_takes_all_of_it_back(self):
        shelf = self.env["lending.place"].create({"name": "Shelf"})
        first = self._type(self.laptop, self.ott, "2024-01-01", "2024-12-31")
        ended = self._type(self.phone, self.kari, "2024-01-01")
        document = self._document(
            self._to(self.laptop, self.mari, keep_at_id=shelf.id),
            (self.phone, {"date_to": "2024-05-31"}),
        )
        document.confirm()
        self.assertEqual(self._period(first), ("2024-01-01", "2024-04-30"))
        document.reopen()
        self.assertEqual(self._period(first), ("2024-01-01", "2024-12-31"))
        self.assertEqual(self._period(ended), ("2024-01-01", None))
        self.assertEqual(self.laptop.place_id, self.store)
        self.assertEqual(self._holders_on(self.laptop, "2024-06-01"), ["OTT"])
        self.assertEqual(document.state, "draft")
        document.confirm()
        self.assertEqual(self._holders_on(self.laptop, "2024-06-01"), ["MARI"])

    def test_LW6_reopen_only_what_nothing_followed(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        document = self._document(self._to(self.laptop, self.mari))
        document.confirm()
        later = self._type(self.laptop, self.kari, "2024-06-01")
        with self.assertRaises(UserError):
            document.reopen()
        self.assertEqual(self._period(later), ("2024-06-01", None))
        self.assertEqual(document.state, "done")

    def test_LW6_any_later_change_of_a_thing_keeps_the_document_closed(self):
        """A transaction, that is: counting the thing changes nothing."""
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.phone, self.ott, "2024-01-01")
        counted = self._document(self._to(self.laptop, self.mari))
        changed = self._document(self._to(self.phone, self.mari))
        (counted | changed).confirm()
        self.laptop._log("stocktake")
        changed.line_ids.new_loan_id.write({"date_to": "2024-12-31"})
        counted.reopen()
        self.assertEqual(self._holders_on(self.laptop, "2024-06-01"), ["OTT"])
        with self.assertRaises(UserError) as refused:
            changed.reopen()
        self.assertIn("PHN-017", str(refused.exception))
        self.assertEqual(self._holders_on(self.phone, "2024-06-01"), ["MARI"])

    def test_LW6_what_really_changed_hands_is_not_reopened(self):
        self._hand_out(self.laptop, self.ott, at=datetime(2024, 4, 2, 8))
        document = self._document(self._to(self.laptop, self.mari), date="2024-06-15")
        document.confirm()
        with self.assertRaises(UserError):
            document.reopen()
        self.assertEqual(self._holders_on(self.laptop, "2024-06-15"), ["MARI"])

    # === SPEED === #

    def test_D36_queries_do_not_grow_with_the_lines(self):
        def confirmed(count):
            assets = [self._thing("Tool", f"T{count}-{i}") for i in range(count)]
            self._loans().create(
                [
                    {
                        "asset_id": asset.id,
                        "employee_id": self.ott.id,
                        "date_from": "2024-01-01",
                    }
                    for asset in assets
                ]
            )
            document = self._document(*(self._to(one, self.mari) for one in assets))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            document.confirm()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        confirmed(2)
        few, many = confirmed(3), confirmed(30)
        self.assertLessEqual(many, few + 5)
