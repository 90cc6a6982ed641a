"""What a planning board shows, on paper or as a sheet to go on calculating with."""

import base64
import re
from collections import defaultdict
from datetime import datetime, timezone
from io import BytesIO
from urllib.parse import quote

import xlsxwriter

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..inputs import shown, to_dict, to_ids, to_instant, to_list, to_number
from ..models.resource_resource_timetable import in_seconds

MOST_LINES = 500
"""More than anybody pins to a wall; a sheet has them all."""
PAPERS = {
    "a4": "resource_allocation.resource_board_print_report_a4",
    "a3": "resource_allocation.resource_board_print_report_a3",
}
LANE = 20
"""Height of one bar on paper, in px."""


class ResourceBoardPrint(models.TransientModel):
    """A board as it was asked for; what it shows is read when it is printed.

    Whoever prints it sees on paper what he sees on the screen: his own rights count.
    """

    _name = "resource.board.print"
    _description = "Planning Board on Paper"

    rows_of = fields.Char(required=True, help="The model whose records are its rows.")
    asked = fields.Json(
        required=True, help="What is shown, as resource.board.mixin.board_print has it."
    )
    sheet = fields.Binary(compute="_compute_sheet")

    @api.depends("rows_of", "asked")
    @api.depends_context("uid", "lang", "tz")
    def _compute_sheet(self):
        for board in self:
            board.sheet = base64.b64encode(board._as_on_screen()._write_sheet())

    def _as_on_screen(self):
        """This by the clock and in the companies of the screen it was printed from.

        :raise AccessError: the user has no business in one of these companies.
        :raise ValidationError: that is no time zone.
        """
        asked = to_dict(self.env, self.asked)
        zone = self.env["resource.calendar"]._to_zone_name(asked.get("zone"))
        companies = to_ids(self.env, asked.get("companies")) or self.env.companies.ids
        return self.with_context(
            tz=zone or self.env.user.tz, allowed_company_ids=companies
        )

    # === WHAT IS ON IT === #

    def _rows(self):
        """The model of its rows."""
        rows = self.env.get(self.rows_of or "")
        if not isinstance(rows, self.pool["resource.board.mixin"]) or rows._abstract:
            raise ValidationError(
                self.env._("There is no planning board of %s.", shown(self.rows_of))
            )
        return rows

    def _period(self):
        asked = to_dict(self.env, self.asked)
        return self.env["resource.resource"]._to_board_period(
            asked.get("start"), asked.get("stop")
        )

    def _lines(self):
        """Groups, rows and their unfolded units, from top to bottom.

        :return: dictionaries with ``type`` (``group``, ``row``, ``unit``), ``name``,
            ``group`` and, but for groups, ``resource`` (its id or None) and ``kind``
        """
        asked = to_dict(self.env, self.asked)
        told = self._rows().board_rows(
            asked.get("domain"), asked.get("groupby"), asked.get("free")
        )
        rows = _by_row(told["rows"])
        units = self._units(to_ids(self.env, asked.get("unfolded")))
        folded = to_list(self.env, asked.get("folded"))
        lines = []
        for group in told["groups"]:
            label = group["label"]
            if label:
                lines.append({"type": "group", "name": label, "group": label})
            for at in [] if label in folded else group["rows"]:
                row = rows[at]
                lines.append({**row, "type": "row", "group": label})
                for unit in units.get(row["resource"], ()):
                    lines.append({**unit, "type": "unit", "group": label})
        return lines

    def _units(self, pools):
        """Of each of these pools its units, as rows: ``{id: [row]}``."""
        units = self.env["resource.resource"].search([("pool_id", "in", pools)])
        rows = zip(units, _by_row(units._board_columns()), strict=True)
        found = defaultdict(list)
        for unit, row in rows:
            found[unit.pool_id.id].append(row)
        return found

    def _contents(self, lines, cells, bars):
        """What stands on these lines: ``(bars, loads)``, each by resource.

        What takes a part of a combination stands on the whole as well.
        """
        ids = {line["resource"] for line in lines if line.get("resource")}
        things = self.env["resource.resource"].browse(sorted(ids))
        told = things.timetable(*self._period(), cells, bars)
        found = defaultdict(list)
        for bar in _by_row(told["bars"]) if bars else ():
            found[bar["resource"]].append(bar)
        own = {one: list(found[one]) for one in ids}
        for pair in _by_row(told["parts"]):
            whole = own.get(pair["whole"], [])
            roots = {bar["root"] for bar in whole}
            whole += [bar for bar in found[pair["part"]] if bar["root"] not in roots]
        ordered = {
            one: sorted(mine, key=lambda bar: bar["taken_from"])
            for one, mine in own.items()
        }
        loads = {load["resource"]: load for load in _by_row(told["loads"])}
        return ordered, loads

    @api.model
    def _looks(self):
        """What each look of a bar means, in the words of the board's legend."""
        return {
            "hold": self.env._("Held"),
            "reserved": self.env._("Reserved"),
            "out": self.env._("In use"),
            "late": self.env._("Late"),
            "teardown": self.env._("Made ready"),
            "block": self.env._("Blocked"),
        }

    # === ON PAPER === #

    def _print(self, paper):
        """The action that prints it: on ``a4`` or ``a3``, or as ``xlsx``."""
        if report := PAPERS.get(paper):
            return self.env.ref(report).report_action(self, config=False)
        path = f"/web/content/{self._name}/{self.id}/sheet"
        name = quote(self.env._("Planning board"), safe="")
        return {
            "type": "ir.actions.act_url",
            "url": f"{path}/{name}.xlsx?download=true",
            "target": "download",
        }

    def _paper(self):
        """All that the paper needs: places are in per cent of the period.

        :raise UserError: more lines than a paper should have.
        """
        return self._as_on_screen()._draw()

    def _draw(self):
        asked = to_dict(self.env, self.asked)
        lines = self._lines()
        if len(lines) > MOST_LINES:
            raise UserError(
                self.env._(
                    "That would be %(count)s rows on paper: search for fewer than "
                    "%(most)s, or take the sheet, which has all.",
                    count=len(lines),
                    most=MOST_LINES,
                )
            )
        cells = to_list(self.env, asked.get("cells"))
        has_bars = bool(asked.get("bars"))
        bars, loads = self._contents(lines, cells, has_bars)
        edges = [in_seconds(to_instant(self.env, edge)) for edge in cells]
        place = self._places()
        for line in lines:
            load = loads.get(line.get("resource"))
            line.update(bars=[], loads=[], lanes=1)
            if load:
                line["loads"] = self._loads_on_paper(load, edges, place)
            elif line.get("resource"):
                _in_lanes(bars[line["resource"]])
                line["bars"] = [
                    self._bar_on_paper(bar, place) for bar in bars[line["resource"]]
                ]
                line["lanes"] = max([1, *(bar["lanes"] for bar in line["bars"])])
            line["height"] = LANE * line["lanes"] + 4
        return {
            "title": str(asked.get("title") or ""),
            "zone": self.env.context["tz"] or "UTC",
            "lines": lines,
            "looks": self._looks(),
            "ticks": [self._ticks(asked.get(name)) for name in ("major", "minor")],
        }

    def _ticks(self, asked):
        """Labels of one line of the head, as the client has written them."""
        ticks = [to_dict(self.env, one) for one in to_list(self.env, asked)]
        return [
            {
                "label": str(tick.get("label") or ""),
                "style": self._style(
                    to_number(self.env, tick.get("left")) or 0,
                    to_number(self.env, tick.get("width")) or 0,
                ),
            }
            for tick in ticks
        ]

    def _places(self):
        """What says where something is: of seconds since 1970, as a style.

        From where the reader begins: times run as the language is read.
        """
        first, last = map(in_seconds, self._period())

        def share(moment):
            return (min(max(moment, first), last) - first) / (last - first) * 100

        def place(since, until):
            begins, ends = share(since), share(last if until is None else until)
            return self._style(begins, ends - begins)

        return place

    @api.model
    def _style(self, begins, width):
        # Papers are made by a browser that knows no logical sides.
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        side = "right" if lang.direction == "rtl" else "left"
        return f"{side}: {begins:.3f}%; width: {width:.3f}%;"

    def _bar_on_paper(self, bar, place):
        taken = place(bar["taken_from"], bar["taken_until"])
        top, height = bar["lane"] * LANE + 2, LANE - 2
        pieces = f"{bar['quantity']} × " if bar["quantity"] > 1 else ""
        return {
            **bar,
            "style": f"{taken} top: {top}px; height: {height}px;",
            "look": _look(bar),
            "text": pieces + bar["label"],
        }

    def _loads_on_paper(self, load, edges, place):
        """What is taken in each cell, neighbours with the same number as one."""
        runs = []
        for at, taken in enumerate(load["load"]):
            if runs and runs[-1]["taken"] == taken:
                runs[-1]["last"] = at
            else:
                runs.append({"taken": taken, "first": at, "last": at})
        most = max(load["capacity"], *load["load"], 1)
        for run in runs:
            run["style"] = place(edges[run["first"]], edges[run["last"] + 1])
            run["height"] = round(run["taken"] / most * LANE)
            run["over"] = run["taken"] > load["capacity"]
            run["text"] = f"{run['taken']}/{load['capacity']}"
        return [run for run in runs if run["taken"]]

    # === AS A SHEET === #

    def _write_sheet(self):
        """A workbook: each period on a line, and what is taken in each cell."""
        cells = to_list(self.env, to_dict(self.env, self.asked).get("cells"))
        lines = [line for line in self._lines() if line["type"] != "group"]
        bars, _loads = self._contents(lines, cells, bars=True)
        _bars, loads = self._contents(lines, cells, bars=False)
        content = BytesIO()
        # Names of people's things are no formulas.
        options = {"strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(content, {"in_memory": True, **options}) as book:
            styles = {
                "head": book.add_format({"bold": True, "bottom": 1}),
                "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
                "over": book.add_format({"bold": True, "font_color": "#b3261e"}),
            }
            self._write_periods(book, styles, lines, bars)
            self._write_taken(book, styles, lines, loads, cells)
        return content.getvalue()

    def _write_periods(self, book, styles, lines, bars):
        sheet = book.add_worksheet(_sheet_name(self.env._("Periods")))
        head = (
            self.env._("Group"), self.env._("Row"), self.env._("From"),
            self.env._("Until"), self.env._("Status"), self.env._("Quantity"),
            self.env._("For"),
        )  # fmt: skip
        sheet.write_row(0, 0, head, styles["head"])
        looks = self._looks()
        at = 0
        for line in lines:
            for bar in bars.get(line["resource"], ()):
                at += 1
                sheet.write_row(at, 0, (line["group"], line["name"]))
                for column, name in ((2, "taken_from"), (3, "taken_until")):
                    if bar[name] is not None:
                        moment = self._local(bar[name])
                        sheet.write_datetime(at, column, moment, styles["time"])
                last = (looks[_look(bar)], bar["quantity"], bar["label"])
                sheet.write_row(at, 4, last)
        sheet.autofilter(0, 0, at, len(head) - 1)
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, 1, 28)
        sheet.set_column(2, 3, 17)
        sheet.set_column(4, 5, 12)
        sheet.set_column(6, 6, 40)

    def _write_taken(self, book, styles, lines, loads, cells):
        sheet = book.add_worksheet(_sheet_name(self.env._("Taken")))
        head = (self.env._("Group"), self.env._("Row"), self.env._("There are"))
        sheet.write_row(0, 0, head, styles["head"])
        for at, cell in enumerate(cells[:-1]):
            sheet.write_datetime(0, 3 + at, self._local(cell), styles["time"])
        for at, line in enumerate(lines, 1):
            load = loads.get(line["resource"], {"capacity": "", "load": []})
            sheet.write_row(at, 0, (line["group"], line["name"], load["capacity"]))
            for cell, taken in enumerate(load["load"]):
                over = styles["over"] if taken > load["capacity"] else None
                sheet.write(at, 3 + cell, taken, over)
        sheet.freeze_panes(1, 3)
        sheet.set_column(0, 1, 28)
        sheet.set_column(3, 3 + len(cells), 17)

    def _local(self, moment):
        """A moment, told in seconds or UTC, by the clock of the user's zone; naive."""
        if isinstance(moment, int):
            moment = datetime.fromtimestamp(moment, timezone.utc)
        at = to_instant(self.env, moment)
        return fields.Datetime.context_timestamp(self, at).replace(tzinfo=None)


def _by_row(columns):
    """Columns as one dictionary for each row."""
    return [
        dict(zip(columns, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]


def _look(bar):
    """As on the screen: what is blocked says so, whatever its state."""
    return "block" if bar["kind"] == "block" else bar["state"]


def _sheet_name(text):
    """A text as a workbook takes it for a page."""
    return re.sub(r"[\[\]:*?/\\]", " ", text)[:31]


def _in_lanes(bars):
    """Give each of ``bars``, in order of time, its lane where they overlap."""
    ends = []
    for bar in bars:
        free = [at for at, end in enumerate(ends) if end <= bar["taken_from"]]
        lane = free[0] if free else len(ends)
        ends[lane : lane + 1] = [bar["taken_until"] or float("inf")]
        bar["lane"] = lane
    for bar in bars:
        bar["lanes"] = len(ends)
