import base64
from io import BytesIO

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import NOW, LedgerCase, at

A4 = "resource_allocation.resource_board_paper"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestBoardPrint(LedgerCase):
    """What the board shows, on paper and as a sheet: of whoever prints it."""

    def _asked(self, things, **more):
        return {
            "domain": [("id", "in", things.ids)],
            "start": str(at(8)),
            "stop": str(at(16)),
            "cells": [str(at(hour)) for hour in range(8, 17)],
            "bars": True,
            "title": "Rooms · 1 March",
            "major": [{"label": "Monday", "left": 0, "width": 100}],
            "minor": [{"label": "8", "left": 0, "width": 50}],
            **more,
        }

    def _board(self, things, user=None, **more):
        user = user or self.user
        things.with_user(user).board_print(self._asked(things, **more), "xlsx")
        return (
            self.env["resource.board.print"]
            .with_user(user)
            .search([], order="id desc", limit=1)
        )

    def _paper(self, board):
        user = board.env.user
        report = self.env["ir.actions.report"].with_user(user)
        report = report.with_context(lang=user.lang)
        return report._render_qweb_html(A4, board.ids)[0].decode()

    def _sheets(self, board):
        book = load_workbook(BytesIO(base64.b64decode(board.sheet)))
        return [[[cell.value for cell in row] for row in sheet] for sheet in book]

    def test_each_paper_is_the_report_of_its_size(self):
        asked = self._asked(self.room)
        for paper, size in (("a4", "A4"), ("a3", "A3")):
            action = self.room.with_user(self.user).board_print(asked, paper)
            report = self.env["ir.actions.report"]._get_report(action["report_name"])
            self.assertEqual(report.paperformat_id.format, size)
            self.assertEqual(report.paperformat_id.orientation, "Landscape")
            self.assertEqual(len(action["context"]["active_ids"]), 1)

    def test_paper_shows_rows_and_bars_where_they_are(self):
        self._ask(self.room, at(10), at(12), name="Interview <b>Berg</b>")
        paper = self._paper(self._board(self.room))
        self.assertIn("Rooms · 1 March", paper)
        self.assertIn(self.room.name, paper)
        self.assertIn("Monday", paper)
        # A quarter of eight hours, from their quarter on.
        self.assertIn("left: 25.000%; width: 25.000%;", paper)
        self.assertIn("look_reserved", paper)
        self.assertIn("Interview &lt;b&gt;Berg&lt;/b&gt;", paper)

    def test_paper_shows_how_much_of_a_pool_is_taken(self):
        pool, units = self._pool_with_units()
        self._ask(pool, at(8), at(12), quantity=2)
        paper = self._paper(self._board(pool))
        self.assertIn(f"2/{len(units)}", paper)
        self.assertIn("left: 0.000%; width: 50.000%;", paper)
        self.assertNotIn(units[0].name, paper)
        paper = self._paper(self._board(pool, unfolded=pool.ids))
        self.assertIn(units[0].name, paper)

    def test_folded_groups_stay_folded(self):
        both = self.room | self.studio
        groups = {"groupby": ["exclusive"]}
        self.assertIn(self.room.name, self._paper(self._board(both, **groups)))
        paper = self._paper(self._board(both, **groups, folded=["Yes"]))
        self.assertNotIn(self.room.name, paper)

    def test_what_overlaps_stands_side_by_side(self):
        whole, parts = self.studio, self.room
        whole = self.env["resource.resource"].create(
            {
                "name": "Both",
                "resource_type": "material",
                "bookable": True,
                "component_ids": [(6, 0, (whole | parts).ids)],
            }
        )
        self._ask(self.room, at(9), at(12))
        self._ask(self.studio, at(10), at(13))
        [line] = self._board(whole)._paper()["lines"]
        self.assertEqual([bar["lane"] for bar in line["bars"]], [0, 1])
        self.assertEqual(line["lanes"], 2)

    def test_names_of_others_do_not_leak_on_paper(self):
        person = self._thing("Ada", resource_type="user")
        self._ask(person, at(10), at(12), name="Dismissal of Berg")
        board = self._board(person, user=self.employee)
        paper = self._paper(board)
        self.assertNotIn("Berg", paper)
        self.assertIn("busy", paper)
        self.assertEqual(self._sheets(board)[0][1][-1], "busy")

    def test_paper_of_somebody_else_is_not_read(self):
        board = self._board(self.room)
        with self.assertRaises(AccessError):
            board.with_user(self.employee).read(["sheet"])

    def test_sheet_has_each_period_by_the_clock_of_the_reader(self):
        self.user.tz = "Asia/Tokyo"
        self._ask(self.room, at(10), at(12), name="=1+1")
        periods, taken = self._sheets(self._board(self.room))
        [row] = periods[1:]
        self.assertEqual(row[1], self.room.display_name)
        self.assertEqual([row[2].hour, row[3].hour], [19, 21])
        self.assertEqual(row[4:], ["Reserved", 1, "=1+1"])
        self.assertEqual(taken[0][3].hour, 17)
        self.assertEqual(taken[1][2:], [1, 0, 0, 1, 1, 0, 0, 0, 0])

    def test_times_are_those_of_the_screen_and_not_of_the_profile(self):
        self.user.tz = "Asia/Tokyo"
        self._ask(self.room, at(10), at(12))
        board = self._board(self.room, zone="Europe/Berlin")
        self.assertIn("Europe/Berlin", self._paper(board))
        self.assertEqual(self._sheets(board)[0][1][2].hour, 11)
        with self.assertRaisesRegex(ValidationError, "no.* time zone"):
            self._board(self.room, zone="Mars")._paper()

    def test_only_the_companies_of_the_screen_are_printed(self):
        theirs = self._thing("Theirs", company_id=self.other_company.id)
        both = [self.company.id, self.other_company.id]
        self.user.company_ids = [Command.set(both)]
        rooms = self.room.with_user(self.user).with_context(
            allowed_company_ids=self.company.ids
        )
        rooms.board_print(self._asked(self.room | theirs), "xlsx")
        # A download knows nothing of the screen.
        board = self.env["resource.board.print"].with_user(self.user)
        board = board.search([], order="id desc", limit=1)
        names = [row[1] for row in self._sheets(board)[1][1:]]
        self.assertEqual(names, [self.room.display_name])
        self.assertNotIn("Theirs", self._paper(board))
        # Nor may one say so oneself.
        board.asked = {
            **board.asked,
            "companies": self.env["res.company"].create({"name": "Third"}).ids,
        }
        with self.assertRaises(AccessError):
            board._paper()

    def test_from_right_to_left_on_paper_too(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self._ask(self.room, at(10), at(12))
        board = self._board(self.room).with_context(lang="ar_001")
        [line] = board._paper()["lines"]
        self.assertIn("right: 25.000%; width: 25.000%;", line["bars"][0]["style"])

    def test_paper_speaks_the_language_and_the_zone_of_the_reader(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.user.write({"lang": "de_DE", "tz": "Asia/Tokyo"})
        sheet = self.env.ref("resource_allocation.resource_board_sheet")
        arch = {"de_DE": {"No rows.": "Keine Zeilen."}}
        sheet.update_field_translations("arch_db", arch)
        board = self._board(self.room.browse())
        paper = self._paper(board)
        self.assertIn("Keine Zeilen.", paper)
        self.assertIn("Asia/Tokyo", paper)

    def test_too_many_rows_for_paper_are_refused_and_the_sheet_has_all(self):
        many = self.env["resource.resource"].create(
            [
                {"name": f"Row {at}", "resource_type": "material", "bookable": True}
                for at in range(501)
            ]
        )
        board = self._board(many)
        with self.assertRaisesRegex(UserError, "501 rows"):
            board._paper()
        self.assertEqual(len(self._sheets(board)[1]), 502)

    def test_what_cannot_be_printed_is_refused_in_words(self):
        rooms = self.room.with_user(self.user)
        for wrong in (
            {"start": None},
            {"stop": str(at(0, 900))},
            {"start": "today"},
        ):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                rooms.board_print(self._asked(self.room, **wrong), "a4")
        with self.assertRaisesRegex(ValidationError, "a5"):
            rooms.board_print(self._asked(self.room), "a5")
        board = self.env["resource.board.print"].with_user(self.user)
        board = board.create({"rows_of": "res.users", "asked": self._asked(self.room)})
        with self.assertRaisesRegex(ValidationError, "no planning board"):
            board._paper()
