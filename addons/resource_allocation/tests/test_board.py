from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestBoard(LedgerCase):
    """Rows of a board: what is found, in groups, with what belongs to it."""

    def _rows(self, domain, groupby=(), user=None):
        model = self.env["resource.resource"].with_user(user or self.env.user)
        return model.board_rows(domain, groupby)

    def test_rows_are_what_the_search_finds(self):
        pool, units = self._pool_with_units()
        told = self._rows([("id", "in", (pool | self.room).ids)])
        rows = dict(zip(told["rows"]["id"], told["rows"]["kind"], strict=True))
        self.assertEqual(rows, {pool.id: "pool", self.room.id: "single"})
        at_pool = told["rows"]["id"].index(pool.id)
        self.assertEqual(told["rows"]["units"][at_pool], len(units))
        self.assertEqual(told["rows"]["name"][at_pool], pool.display_name)
        self.assertEqual(told["groups"], [{"label": "", "rows": [0, 1]}])
        self.assertEqual(told["more"], 0)

    def test_rows_come_in_the_groups_of_the_search(self):
        pool, units = self._pool_with_units()
        found = self._rows(
            [("id", "in", [pool.id, *(one.id for one in units)])],
            ["pool_id", "exclusive"],
        )
        labels = [group["label"] for group in found["groups"]]
        self.assertEqual(set(labels), {f"{pool.display_name} › Yes", "– › No"})
        named = {
            group["label"]: {found["rows"]["id"][at] for at in group["rows"]}
            for group in found["groups"]
        }
        self.assertEqual(named["– › No"], set(pool.ids))
        self.assertEqual(named[f"{pool.display_name} › Yes"], {one.id for one in units})

    def test_unknown_field_is_refused_in_words(self):
        for name in ("nonsense", "name.nonsense", "", "create"):
            with (
                self.subTest(name),
                self.assertRaisesRegex(ValidationError, "grouped by fields"),
            ):
                self._rows([], [name])

    def test_what_is_no_domain_is_refused_in_words(self):
        for domain in (2, "nonsense", [2], [("nonsense", "=", 1)], [("id", "?", 1)]):
            with self.subTest(domain), self.assertRaises(ValidationError):
                self._rows(domain)

    def test_more_than_two_years_are_refused_in_words(self):
        for stop in (at(0, 800), None):
            with (
                self.subTest(stop),
                self.assertRaisesRegex(ValidationError, "two years"),
            ):
                self.room.timetable(at(0), stop)

    def test_equal_hours_are_told_once(self):
        told = (self.room | self.laptop).board_hours(at(0), at(2))
        self.assertEqual(told["resource"], (self.room | self.laptop).ids)
        self.assertEqual(len(told["kinds"]), len(set(told["hours"])))
        for resource, kind in zip(told["resource"], told["hours"], strict=True):
            thing = self.env["resource.resource"].browse(resource)
            hours = thing.open_intervals(at(0), at(2))[resource]
            self.assertEqual(len(told["kinds"][kind]), len(hours))

    def test_rows_cost_the_same_however_many(self):
        many = self.env["resource.resource"].create(
            [
                {"name": f"Row {number}", "resource_type": "material", "bookable": True}
                for number in range(40)
            ]
        )

        def queries(things):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._rows([("id", "in", things.ids)], ["exclusive"], user=self.employee)
            return self.env.cr.sql_log_count - before

        queries(many)
        self.assertEqual(queries(many[:5]), queries(many))
        self.assertLessEqual(queries(many), 8)

    def test_view_knows_only_what_it_can_do(self):
        def board(attributes, model="resource.resource", inside=""):
            arch = f"<resource_board {attributes}>{inside}</resource_board>"
            view = {"name": "Board", "model": model, "arch": arch}
            return self.env["ir.ui.view"].create(view)

        self.assertEqual(board('scale="day" book="1"').type, "resource_board")
        for refused in (
            {"attributes": 'colour="red"'},
            {"attributes": 'scale="century"'},
            {"attributes": "", "inside": "<field name='name'/>"},
            {"attributes": "", "model": "res.partner"},
        ):
            with self.subTest(refused), self.assertRaises(ValidationError):
                board(**refused)
