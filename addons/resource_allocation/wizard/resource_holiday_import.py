import base64
import binascii
from datetime import timedelta
from typing import NamedTuple

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..core.holidays import Holiday, Unreadable, known_by, read_holidays
from ..inputs import only_one

MOST_YEARS = 10
SECOND = timedelta(seconds=1)
CHANGES = ("new", "changed")


class Planned(NamedTuple):
    """What becomes of a holiday for a calendar, or for all where that is empty."""

    what: str
    calendar: models.BaseModel
    leave: models.BaseModel
    vals: dict
    note: str = ""


class ResourceHolidayImport(models.TransientModel):
    """Public holidays from a calendar file, as core's leaves: once, for all apps.

    What was imported is known again by its identifier in the file and its day, so the
    same file changes nothing, and a newer one only what moved or is called otherwise.
    """

    _name = "resource.holiday.import"
    _description = "Import of Holidays"
    _rec_name = "file_name"

    file = fields.Binary(
        string="Calendar File",
        attachment=False,
        help="A file that ends in .ics, as authorities and calendars offer it.",
    )
    file_name = fields.Char()
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        domain="[('id', 'in', allowed_company_ids)]",
    )
    calendar_ids = fields.Many2many(
        "resource.calendar",
        string="Only for",
        domain="[('company_id', 'in', [company_id, False])]",
        help="Opening hours that these holidays close, in the zone of each. Empty: all "
        "of the company, in the company's zone.",
    )
    years = fields.Integer(
        string="Years Ahead",
        default=2,
        help="What the file repeats is entered for this year and so many more.",
    )
    line_ids = fields.One2many("resource.holiday.import.line", "import_id")
    change_count = fields.Integer(compute="_compute_change_count")

    @api.depends("line_ids.what")
    def _compute_change_count(self):
        for dialog in self:
            changes = dialog.line_ids.filtered(lambda line: line.what in CHANGES)
            dialog.change_count = len(changes)

    # === BUTTONS === #

    def action_preview(self):
        """Show what the import would do, and do nothing.

        :raise UserError: for a file that is none, with what is wrong.
        """
        only_one(self)._check_may_import()
        planned, problems = self._plan()
        lines = [self._prepare_line(one) for one in planned]
        lines += [self._prepare_problem(one) for one in problems]
        self.line_ids = [Command.clear(), *map(Command.create, lines)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Holidays"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def action_import(self):
        """Enter what is new, change what is known, and open the holidays of the file.

        Read anew: what somebody entered since the preview counts.

        :raise AccessError: for anybody but resource managers of the company.
        :raise UserError: for a file that is none, with what is wrong.
        """
        only_one(self)._check_may_import()
        planned, _problems = self._plan()
        leaves = self.env["resource.calendar.leaves"]
        for calendar in self._calendars():
            mine = [one for one in planned if one.calendar == calendar]
            new = [one.vals for one in mine if one.what == "new"]
            leaves |= self._enter(new, calendar)
            for one in mine:
                if one.what == "changed":
                    # Narrow sudo: as for new ones.
                    one.leave.sudo().write(one.vals)
            leaves = leaves.union(*(one.leave for one in mine if one.what != "gone"))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "resource_allocation.resource_holiday_action"
        )
        return {**action, "domain": [("id", "in", leaves.ids)], "context": {}}

    def _enter(self, vals_list, calendar):
        """New holidays of a calendar, or of the whole company.

        The calendar comes by the context: values that name one are taken for times of
        the user's clock by the app for time off.
        """
        # Narrow sudo: core keeps holidays for administrators; the user's role and
        # company are checked.
        leaves = self.env["resource.calendar.leaves"].sudo()
        leaves = leaves.with_company(self.company_id)
        leaves = leaves.with_context(default_calendar_id=calendar.id).create(vals_list)
        # Core computes it again, in the company that the user works in.
        leaves.write({"company_id": self.company_id.id})
        return leaves.sudo(False)

    def _check_may_import(self):
        ledger = self.env["resource.allocation"]
        ledger._check_manager(self.env._("import holidays"))
        if self.company_id not in self.env.user.company_ids:
            raise AccessError(
                self.env._("You do not work for %s.", self.company_id.display_name)
            )
        self.calendar_ids.check_access("read")
        if self.calendar_ids.company_id - self.company_id:
            raise ValidationError(
                self.env._("Choose opening hours of %s.", self.company_id.display_name)
            )

    # === PLANNING === #

    def _plan(self):
        """What the file means for each calendar, and what in it cannot be read."""
        holidays, problems = self._read()
        there = self._holidays_there()
        planned = []
        for calendar in self._calendars():
            planned += self._plan_for(calendar, holidays, there)
        return planned, problems

    def _calendars(self):
        """Each chosen calendar, or an empty one, for all of the company."""
        return list(self.calendar_ids) or [self.calendar_ids]

    def _zone(self, calendar):
        leaves = self.env["resource.calendar.leaves"]
        return leaves._zone_of(calendar, self.company_id)

    def _read(self):
        if not 0 <= self.years <= MOST_YEARS:
            raise ValidationError(
                self.env._("Enter holidays for 0 to %s more years.", MOST_YEARS)
            )
        this_year = fields.Date.context_today(self).year
        try:
            # With bin_size the field would read as its size.
            content = base64.b64decode(self.with_context(bin_size=False).file or b"")
            holidays, problems = read_holidays(
                content, this_year, this_year + self.years
            )
        except binascii.Error:
            raise UserError(self._words_for("format")) from None
        except Unreadable as unreadable:
            raise UserError(self._words_for(unreadable.code)) from None
        if not holidays and not problems:
            raise UserError(
                self.env._(
                    "The file has no holiday between %(first)s and %(last)s.",
                    first=this_year,
                    last=this_year + self.years,
                )
            )
        return holidays, problems

    def _holidays_there(self):
        """What closes the company or some of its opening hours already."""
        first_day = fields.Date.context_today(self).replace(month=1, day=1)
        return self.env["resource.calendar.leaves"].sudo().search(
            Domain("resource_id", "=", False)
            & Domain("time_type", "=", "leave")
            & Domain("company_id", "in", [self.company_id.id, False])
            & Domain("calendar_id", "in", [False, *self.calendar_ids.ids])
            & Domain("date_to", ">=", first_day)
        )  # fmt: skip

    def _plan_for(self, calendar, holidays, there):
        zone, nothing = self._zone(calendar), there.browse()
        own = {
            (leave.ics_uid, leave.ics_day): leave
            for leave in there
            if leave.ics_uid
            and leave.calendar_id == calendar
            and leave.company_id == self.company_id
        }
        known = known_by([(one.uid, one.day) for one in holidays], own)
        leaves = {key: own[old] for key, old in known.items()}
        closed = [
            (*leave._closed_period(), leave.name)
            for leave in there - nothing.union(*leaves.values())
        ]
        planned = [
            self._plan_one(one, calendar, zone, leaves.get((one.uid, one.day)), closed)
            for one in holidays
        ]
        return planned + self._gone(calendar, nothing.union(*own.values()), planned)

    def _plan_one(self, holiday, calendar, zone, leave, closed):
        """What becomes of one; ``closed`` are ``(start, stop, name)``, and grow."""
        start, stop = holiday.period(zone)
        vals = self._prepare_leave(holiday, start, stop)
        if leave:
            old = {name: leave[name] for name in vals}
            if old == vals:
                return Planned("there", calendar, leave, vals)
            return Planned("changed", calendar, leave, vals, self._was(old, vals, zone))
        for begin, end, name in closed:
            if begin <= start and stop <= end:
                note = self.env._("Closed already: %s", name)
                nothing = self.env["resource.calendar.leaves"]
                return Planned("there", calendar, nothing, vals, note)
        closed.append((start, stop, holiday.name))
        return Planned("new", calendar, self.env["resource.calendar.leaves"], vals)

    @api.model
    def _prepare_leave(self, holiday: Holiday, start, stop):
        """Values of the leave of a holiday in ``[start, stop)``, UTC.

        What differs from them is changed by the next import.
        """
        return {
            "name": holiday.name,
            "date_from": start,
            # Core's days end in their last second.
            "date_to": stop - SECOND if holiday.whole_days else stop,
            "ics_uid": holiday.uid,
            "ics_day": holiday.day,
        }

    def _gone(self, calendar, own, planned):
        """What an earlier file had within the time that this one is about."""
        first = min((one.vals["date_from"] for one in planned), default=None)
        last = max((one.vals["date_to"] for one in planned), default=None)
        rest = own - own.browse().union(*(one.leave for one in planned))
        names = ("name", "date_from", "date_to")
        return [
            Planned("gone", calendar, leave, {name: leave[name] for name in names})
            for leave in rest.sorted("date_from")
            if first and first <= leave.date_from <= last
        ]

    # === WORDS === #

    def _prepare_line(self, one):
        """Values of a line of the preview."""
        return {
            "what": one.what,
            "when": self._when(one.vals, self._zone(one.calendar)),
            "name": one.vals["name"],
            "calendar_id": one.calendar.id,
            "note": one.note,
        }

    def _when(self, vals, zone):
        leaves = self.env["resource.calendar.leaves"]
        return leaves._when_in_words(vals["date_from"], vals["date_to"], zone)

    def _was(self, old, new, zone):
        """What a changed one was before."""
        pairs = [(self._when(vals, zone), vals["name"] or "") for vals in (old, new)]
        before = [was for was, is_now in zip(*pairs, strict=True) if was != is_now]
        return self.env._("Before: %s", ", ".join(before)) if before else ""

    def _prepare_problem(self, problem):
        """Values of a line for what is left out, and why."""
        reasons = {
            "uid": self.env._("It has neither a name nor an identifier."),
            "moment": self.env._("It is not said when, or not so that it can be read."),
            "zone": self.env._("Its time zone is not known and not described."),
            "end": self.env._("It begins at an hour and has no end."),
            "order": self.env._("It ends before it begins."),
            "rule": self.env._("How it repeats cannot be read, or is too often."),
        }
        reason = reasons[problem.code]
        return {
            "what": "unread",
            "name": problem.name,
            "note": f"{reason} ({problem.detail})" if problem.detail else reason,
        }

    def _words_for(self, code):
        """What is wrong with a file as a whole, and what to do."""
        return {
            "size": self.env._(
                "That is too much for a file of holidays: choose one of at most 1 MB "
                "and 1000 events."
            ),
            "encoding": self.env._(
                "The letters of this file cannot be read. Save it as UTF-8."
            ),
            "format": self.env._(
                "This is no calendar file. Choose one that ends in .ics; where you "
                "have a link, download what it leads to."
            ),
            "empty": self.env._("There is no event in this file. Choose another one."),
        }[code]


class ResourceHolidayImportLine(models.TransientModel):
    """What an import would do, to be read before."""

    _name = "resource.holiday.import.line"
    _description = "Holiday to Import"
    _order = "id"

    import_id = fields.Many2one("resource.holiday.import", ondelete="cascade")
    when = fields.Char(readonly=True)
    name = fields.Char(string="Holiday", readonly=True)
    what = fields.Selection(
        [
            ("new", "New"),
            ("changed", "Changed"),
            ("there", "Already there"),
            ("gone", "Not in this file: stays"),
            ("unread", "Left out"),
        ],
        string="What Happens",
        readonly=True,
    )
    calendar_id = fields.Many2one(
        "resource.calendar", string="Opening Hours", readonly=True
    )
    note = fields.Char(string="Why", readonly=True)
