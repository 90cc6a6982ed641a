from datetime import datetime

from freezegun import freeze_time

from odoo.tests import Form, tagged

from .common import LendingCommon

FROM, UNTIL = "2024-06-03 06:00:00", "2024-06-05 14:30:00"


@tagged("post_install", "-at_install")
@freeze_time("2024-05-20 10:00:00")
class TestPeopleBoard(LendingCommon):
    """A board of who has what: people's things, in the records that one may read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.action = cls.env.ref("resource_lending.lending_loan_action_board")

    def _board(self, user=None, groupby=("employee_id",)):
        """What the menu opens: ``{group: [name of its rows]}``, and all rows."""
        loans = self._loans(user)
        domain = [("role", "=", "user"), ("state", "in", ("reserved", "out"))]
        told = loans.board_rows(domain, groupby)
        rows = told["rows"]
        groups = {
            group["label"]: [rows["name"][at] for at in group["rows"]]
            for group in told["groups"]
        }
        return groups, rows

    def test_rows_are_what_each_has_and_what_comes_to_them(self):
        self._hand_out(self.laptop, self.ott)
        self._reserve(self.phone, self.ott, start_at=datetime(2024, 6, 4))
        self._reserve(self.shared, self.mari)
        self._type(self.shared, self.ott, "2024-05-21")
        over = self._hand_out(self._thing("Drill", "D-1"), self.kari)
        over.take_back()
        groups, rows = self._board()
        name = "{}: {}".format
        things = [one.display_name for one in (self.laptop, self.phone, self.shared)]
        self.assertEqual(
            groups,
            {
                "MARI": [name(self.shared.display_name, "MARI")],
                "OTT": sorted(name(one, "OTT") for one in things),
            },
        )
        at_phone = rows["name"].index(name(self.phone.display_name, "OTT"))
        self.assertEqual(rows["resource"][at_phone], self.phone.resource_id.id)

    def test_menu_opens_it_by_person(self):
        self.assertEqual(
            self.action.context,
            "{'search_default_live': 1, 'search_default_group_employee': 1}",
        )
        self.assertEqual(self.action.view_mode.split(",")[0], "resource_board")

    def test_a_thing_that_comes_twice_is_one_row(self):
        for month in (6, 7):
            start, due = datetime(2024, month, 3), datetime(2024, month, 5)
            self._reserve(self.laptop, self.ott, start_at=start, due_at=due)
        self._reserve(self.laptop, self.mari, start_at=datetime(2024, 8, 1))
        groups, rows = self._board()
        self.assertEqual([len(groups["OTT"]), len(groups["MARI"])], [1, 1])
        first = self._loans().browse(rows["id"][rows["name"].index(groups["OTT"][0])])
        self.assertEqual(first.start_at, datetime(2024, 6, 3))

    def test_another_companys_people_are_not_shown(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.env["hr.employee"].create(
            {"name": "Stranger", "company_id": company.id}
        )
        thing = self._thing("Their laptop", "T-1", company_id=company.id)
        admin = self.env["lending.loan"].with_context(allowed_company_ids=company.ids)
        admin.reserve([{"asset_id": thing.id, "employee_id": stranger.id}])
        self._reserve(self.laptop, self.ott)
        self.assertEqual(set(self._board()[0]), {"OTT"})

    def test_who_has_no_office_sees_his_own(self):
        self._reserve(self.laptop, self.ott)
        self._reserve(self.phone, self.mari)
        self.assertEqual(set(self._board(self.ott_user)[0]), {"OTT"})
        self.assertEqual(set(self._board(self.hr_officer)[0]), {"OTT", "MARI"})
        self.assertEqual(self._loans(self.ott_user).board_kinds(), [])

    def test_names_of_things_gone_are_told_and_nothing_else(self):
        loan = self._hand_out(self.laptop, self.ott)
        loan.take_back()
        rows = self._loans(self.ott_user).board_rows([("id", "=", loan.id)])["rows"]
        self.assertEqual(rows["id"], loan.ids)
        self.assertEqual(rows["resource"], [None])

    def test_C22_what_is_chosen_on_a_persons_row_is_for_that_person(self):
        row = self._reserve(self.laptop, self.ott, due_at=datetime(2024, 5, 25))
        other = self._reserve(self.phone, self.mari, due_at=datetime(2024, 5, 25))
        entries = [
            {
                "row": loan.id,
                "resource": loan.asset_id.resource_id.id,
                "start": FROM,
                "stop": UNTIL,
            }
            for loan in (row, other)
        ]
        loans = self._loans()
        self.assertEqual(loans.board_check(entries), [])
        action = loans.board_order(entries)
        basket = loans.env[action["res_model"]].browse(action["res_id"])
        with Form(basket) as form:
            form.pickup_place = "Reception"
        basket.action_make()
        for loan, employee in ((row, self.ott), (other, self.mari)):
            made = loans.search(
                [("asset_id", "=", loan.asset_id.id), ("id", "!=", loan.id)]
            )
            self.assertEqual(made.employee_id, employee)
            self.assertEqual(made.start_at, datetime(2024, 6, 3, 6))

    def test_C23_chosen_rows_and_favourites(self):
        mine = self._reserve(self.laptop, self.ott)
        self._reserve(self.phone, self.mari)
        kari = self._reserve(self.shared, self.kari)
        self.phone.resource_id.with_user(self.officer).is_favorite = True
        action = mine.action_show_on_board()
        self.assertEqual(action["id"], self.action.id)
        found = self._loans().search(mine._domain_on_board())
        self.assertEqual(set(found.employee_id.mapped("name")), {"OTT", "MARI"})
        self.assertNotIn(kari, found)

    def test_rows_cost_the_same_however_many(self):
        things = [self._thing(f"Thing {number}", f"N-{number}") for number in range(20)]
        for thing in things:
            self._reserve(thing, self.ott)

        def queries(limit):
            some = [thing.id for thing in things[:limit]]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._loans().board_rows([("asset_id", "in", some)], ["employee_id"])
            return self.env.cr.sql_log_count - before

        queries(20)
        self.assertEqual(queries(3), queries(20))
