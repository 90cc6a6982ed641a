import base64
from datetime import date, datetime

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..core.holidays import Problem, Unreadable, read_holidays
from .common import MANAGER, NOW, LedgerCase, at


def event(uid="one", name="Closed", **properties):
    """One event of a file; ``_`` in a name stands for ``-``."""
    lines = [f"UID:{uid}", f"SUMMARY:{name}"]
    for key, value in properties.items():
        mark = "" if ":" in value else ":"
        lines.append(key.replace("_", "-").upper() + mark + value)
    return "\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])


def day(value, **more):
    return {"dtstart": f";VALUE=DATE:{value}", **more}


def calendar_file(*events):
    return "\n".join(["BEGIN:VCALENDAR", *events, "END:VCALENDAR"]).encode()


MAY_DAY = event("may", "Labour Day", **day("20270501", rrule="FREQ=YEARLY"))
SUMMER_TIME = event("dst", "Change of the clocks", **day("20270328"))


@tagged("post_install", "-at_install")
class TestHolidayFiles(TransactionCase):
    """What calendar files say, well and badly."""

    def _read(self, *events):
        return read_holidays(calendar_file(*events), 2027, 2029)

    def _problem(self, **properties):
        holidays, [problem] = self._read(event(**properties), MAY_DAY)
        self.assertEqual(len(holidays), 3, "the others are read")
        return problem.code

    def test_days_end_with_themselves_after_their_duration_or_as_told(self):
        for more in ({}, {"duration": "P1D"}, {"dtend": ";VALUE=DATE:20270503"}):
            [one], _none = self._read(event(**day("20270502", **more)))
            self.assertEqual(
                (one.start, one.stop), (date(2027, 5, 2), date(2027, 5, 3))
            )
        [one], _none = self._read(
            event(**day("20270502", dtend=";VALUE=DATE:20270502"))
        )
        self.assertEqual(one.stop, date(2027, 5, 3), "some programs mean the day")

    def test_hours_are_of_the_zone_that_is_named(self):
        [one], _none = self._read(
            event(dtstart=";TZID=Europe/Prague:20270328T013000", duration="PT3H")
        )
        begin, end = one.period(None)
        self.assertEqual(begin, datetime(2027, 3, 28, 0, 30))
        self.assertEqual(end, datetime(2027, 3, 28, 2, 30), "by the wall clock")

    def test_a_zone_that_the_file_describes(self):
        zone = "\n".join(
            [
                "BEGIN:VTIMEZONE", "TZID:Office", "BEGIN:STANDARD",
                "DTSTART:16010101T000000", "TZOFFSETFROM:+0500", "TZOFFSETTO:+0500",
                "END:STANDARD", "END:VTIMEZONE",
            ]
        )  # fmt: skip
        times = {"dtstart": ";TZID=Office:20270502T100000", "duration": "PT1H"}
        [one], _none = self._read(zone, event(**times))
        self.assertEqual(one.period(None)[0], datetime(2027, 5, 2, 5))
        self.assertEqual(self._problem(**times), "zone")

    def test_what_repeats_is_read_for_the_years_asked_for(self):
        [*days], _none = self._read(
            event(
                **day(
                    "20101125",
                    rrule="FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
                    exdate=";VALUE=DATE:20281123",
                )
            )
        )
        self.assertEqual(
            [one.start for one in days], [date(2027, 11, 25), date(2029, 11, 22)]
        )

    def test_one_of_many_is_moved_or_falls_out(self):
        moved = day("20280502", recurrence_id=";VALUE=DATE:20280501")
        fallen = day("20290501", recurrence_id=";VALUE=DATE:20290501")
        days, _none = self._read(
            event("may", "Moved", **moved),
            MAY_DAY,
            event("may", "Fallen", status="CANCELLED", **fallen),
        )
        self.assertEqual(
            [(one.day, one.start) for one in days],
            [(date(2027, 5, 1),) * 2, (date(2028, 5, 1), date(2028, 5, 2))],
        )

    def test_what_cannot_be_read_is_told_and_the_rest_is_read(self):
        self.assertEqual(self._problem(), "moment")
        self.assertEqual(self._problem(dtstart="some day"), "moment")
        self.assertEqual(self._problem(dtstart="99991231"), "moment")
        self.assertEqual(self._problem(dtstart="20270502T100000"), "end")
        self.assertEqual(self._problem(dtstart="20270502", duration="long"), "end")
        self.assertEqual(self._problem(dtstart="20270502", dtend="20270501"), "order")
        self.assertEqual(self._problem(uid="", name="", dtstart="20270502"), "uid")
        many = {"dtstart": "19990502", "rrule": "FREQ=DAILY"}
        self.assertEqual(self._problem(**many), "rule")
        for rule in ("FREQ=SECONDLY", "FREQ=YEARLY;INTERVAL=0", "BYDAY=MO", "often"):
            found = self._problem(dtstart="20270502", rrule=rule)
            self.assertEqual(found, "rule", rule)

    def test_letters(self):
        text = calendar_file(
            event(name="Tag der Einheit\\, für alle", **day("20271003"))
        )
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
            [one], _none = read_holidays(text.decode().encode(encoding), 2027, 2027)
            self.assertEqual(one.name, "Tag der Einheit, für alle")

    def test_what_is_no_file_of_holidays(self):
        for content, code in (
            (b"", "empty"),
            (b" \n", "empty"),
            (calendar_file(), "empty"),
            (b"<html>Not found</html>", "format"),
            (calendar_file(MAY_DAY)[:60], "format"),
            (b"BEGIN:VCARD\nEND:VCARD\n", "format"),
            (b"\x00\x01\x02", "encoding"),
            (b"x" * 10_000_000, "size"),
            (calendar_file(*[MAY_DAY] * 1001), "size"),
        ):
            with self.assertRaises(Unreadable) as refused:
                read_holidays(content, 2027, 2029)
            self.assertEqual(refused.exception.code, code, content[:30])

    def test_a_problem_says_what_the_file_says(self):
        _none, [problem] = self._read(event(name="Feast", dtstart="soon"))
        self.assertEqual(problem, Problem("Feast", "moment", "soon"))


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestHolidayImport(LedgerCase):
    """Holidays come into core's leaves, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Europe/Prague"
        cls.Leaves = cls.env["resource.calendar.leaves"]

    def _dialog(self, *events, user=None, **vals):
        content = calendar_file(*events) if events else vals.pop("content")
        return (
            self.env["resource.holiday.import"]
            .with_user(user or self.manager)
            .create({"file": base64.b64encode(content), "years": 0, **vals})
        )

    def _import(self, *events, **vals):
        """The leaves that the import shows."""
        action = self._dialog(*events, **vals).action_import()
        return self.Leaves.search(action["domain"], order="date_from")

    def _preview(self, *events, **vals):
        dialog = self._dialog(*events, **vals)
        dialog.action_preview()
        return [(line.what, line.name) for line in dialog.line_ids]

    def _hours(self, name, tz, company=None):
        return self.env["resource.calendar"].create(
            {"name": name, "tz": tz, "company_id": company and company.id}
        )

    def test_preview_does_nothing_import_does_it_once(self):
        self.assertEqual(self._preview(MAY_DAY), [("new", "Labour Day")])
        self.assertFalse(self.Leaves.search([("ics_uid", "=", "may")]))
        leave = self._import(MAY_DAY)
        self.assertEqual(
            (leave.name, leave.date_from, leave.date_to),
            ("Labour Day", datetime(2027, 4, 30, 22), datetime(2027, 5, 1, 21, 59, 59)),
        )
        self.assertEqual(
            (leave.company_id, leave.calendar_id.id), (self.company, False)
        )
        self.assertEqual(leave.create_uid, self.manager)
        stamp = leave.write_date
        self.assertEqual(self._preview(MAY_DAY), [("there", "Labour Day")])
        self.assertEqual(self._import(MAY_DAY), leave)
        self.assertEqual(leave.write_date, stamp)

    def test_the_list_tells_days(self):
        leave = self._import(MAY_DAY)
        self.assertEqual(leave.when_text, "Sat 1 May 2027")
        leave.date_to = datetime(2027, 5, 2, 21, 59, 59)
        self.assertEqual(leave.when_text, "Sat 1 May 2027 – Sun 2 May 2027")
        leave.date_from = datetime(2027, 5, 1, 10)
        text = leave.with_user(self.manager).when_text
        self.assertIn("12:00", text, "by the clock of who looks")
        self.assertFalse(self.Leaves.new({}).when_text)

    def test_so_many_years_ahead(self):
        leaves = self._import(MAY_DAY, years=2)
        self.assertEqual(
            leaves.mapped("ics_day"), [date(year, 5, 1) for year in (2027, 2028, 2029)]
        )
        for years in (-1, 11):
            with self.assertRaises(ValidationError):
                self._preview(MAY_DAY, years=years)
        with self.assertRaisesRegex(UserError, "no holiday between 2027 and 2027"):
            self._preview(event(**day("20260501")))

    def test_a_day_of_23_hours(self):
        leave = self._import(SUMMER_TIME)
        start, stop = leave._closed_period()
        self.assertEqual((stop - start).total_seconds(), 23 * 3600)

    def test_moved_renamed_and_vanished(self):
        old = [MAY_DAY, event("x", "Bridge", **day("20270507")), SUMMER_TIME]
        leaves = self._import(*old)
        newer = [
            event("may", "May Day", **day("20270503")),
            event("new", "Feast", **day("20270601")),
            event("dst", "Change of the clocks", **day("20270328")),
        ]
        self.assertEqual(
            self._preview(*newer),
            [
                ("there", "Change of the clocks"),
                ("changed", "May Day"),
                ("new", "Feast"),
                ("gone", "Bridge"),
            ],
        )
        dialog = self._dialog(*newer)
        dialog.action_preview()
        self.assertEqual(dialog.line_ids[1].note, "Before: Sat 1 May 2027, Labour Day")
        self._import(*newer)
        self.assertEqual(
            leaves.mapped("name"), ["Change of the clocks", "May Day", "Bridge"]
        )
        self.assertEqual(leaves[1].date_from, datetime(2027, 5, 2, 22))
        self.assertEqual(len(self.Leaves.search([("ics_uid", "!=", False)])), 4)

    def test_the_same_of_another_year_is_another_one(self):
        first = self._import(event("may", "Labour Day", **day("20270501")))
        second = self._import(event("may", "Labour Day", **day("20280501")), years=1)
        self.assertFalse(first & second)
        self.assertEqual(first.ics_day, date(2027, 5, 1))

    def test_what_is_closed_already_is_not_entered_twice(self):
        self.Leaves.create(
            {
                "name": "Typed by hand",
                "date_from": datetime(2027, 4, 30, 22),
                "date_to": datetime(2027, 5, 1, 21, 59, 59),
                "calendar_id": False,
            }
        )
        same = event("other", "The same day", **day("20270328"))
        dialog = self._dialog(MAY_DAY, SUMMER_TIME, same)
        dialog.action_preview()
        self.assertEqual(
            dialog.line_ids.mapped("note"),
            [
                "",
                "Closed already: Change of the clocks",
                "Closed already: Typed by hand",
            ],
        )
        self.assertEqual(len(self._import(MAY_DAY, SUMMER_TIME, same)), 1)

    def test_opening_hours_in_two_zones(self):
        prague = self._hours("Prague", "Europe/Prague", self.company)
        tokyo = self._hours("Tokyo", "Asia/Tokyo")
        hours = [Command.set((prague | tokyo).ids)]
        leaves = self._import(MAY_DAY, calendar_ids=hours)
        self.assertEqual(leaves.calendar_id, prague | tokyo)
        self.assertEqual(leaves.company_id, self.company)
        starts = {leave.calendar_id.name: leave.date_from for leave in leaves}
        self.assertEqual(
            starts,
            {
                "Prague": datetime(2027, 4, 30, 22),
                "Tokyo": datetime(2027, 4, 30, 15),
            },
        )
        self.assertEqual(self._import(MAY_DAY, calendar_ids=hours), leaves)

    def test_two_companies(self):
        both = self._user(
            "two_companies",
            MANAGER,
            company_id=self.company.id,
            company_ids=[Command.set((self.company | self.other_company).ids)],
        )
        self.other_company.resource_calendar_id.tz = "Asia/Tokyo"
        other = self._import(MAY_DAY, user=both, company_id=self.other_company.id)
        self.assertEqual(other.company_id, self.other_company)
        self.assertEqual(other.date_from, datetime(2027, 4, 30, 15))
        mine = self._import(MAY_DAY, user=both)
        self.assertEqual(mine.company_id, self.company)
        theirs = self._hours("Theirs", "Asia/Tokyo", self.other_company)
        with self.assertRaisesRegex(ValidationError, "opening hours of"):
            self._import(MAY_DAY, user=both, calendar_ids=[Command.set(theirs.ids)])

    def test_who_may(self):
        with self.assertRaises(AccessError):
            self._dialog(MAY_DAY, company_id=self.other_company.id).action_import()
        leave = self._import(MAY_DAY)
        for user in (self.user, self.employee):
            with self.assertRaises(AccessError):
                self._dialog(MAY_DAY, user=user)
            with self.assertRaises(AccessError):
                self._dialog(MAY_DAY).with_user(user).action_import()
            with self.assertRaises(AccessError):
                leave.with_user(user).action_holidays_remove()
        stranger = self._user(
            "stranger",
            MANAGER,
            company_id=self.other_company.id,
            company_ids=[Command.set(self.other_company.ids)],
        )
        with self.assertRaises(AccessError):
            leave.with_user(stranger).action_holidays_remove()
        with self.assertRaises(AccessError):
            self._dialog(MAY_DAY).with_user(stranger).action_preview()
        self.assertTrue(leave.exists())

    def test_taking_it_back(self):
        leave = self._import(MAY_DAY, SUMMER_TIME)
        typed = self.Leaves.create(
            {
                "name": "Typed",
                "date_from": at(0),
                "date_to": at(4),
                "calendar_id": False,
            }
        )
        with self.assertRaisesRegex(UserError, "“Typed” was not imported"):
            (leave | typed).with_user(self.manager).action_holidays_remove()
        leave.with_user(self.manager).action_holidays_remove()
        self.assertFalse(leave.exists())
        self.assertEqual(len(self._import(MAY_DAY, SUMMER_TIME)), 2)

    def test_what_is_no_file_is_refused_in_words_and_nothing_is_done(self):
        for content, words in (
            (b"", "no event"),
            (b"%PDF-1.4", "no calendar file"),
            (b"x" * 10_000_000, "at most 1 MB"),
            (b"\x00\xff", "Save it as UTF-8"),
        ):
            for step in ("action_preview", "action_import"):
                with self.assertRaisesRegex(UserError, words):
                    getattr(self._dialog(content=content), step)()
        broken = event("broken", "Broken", dtstart="tomorrow")
        self.assertEqual(
            self._preview(MAY_DAY, broken),
            [("new", "Labour Day"), ("unread", "Broken")],
        )
        self.assertEqual(len(self._import(MAY_DAY, broken)), 1)

    def test_two_who_import_at_once(self):
        leave = self._import(MAY_DAY)
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            leave.copy({"ics_uid": leave.ics_uid, "ics_day": leave.ics_day})

    def test_it_closes_what_keeps_opening_hours(self):
        hours = self.env["resource.calendar"].create(
            {
                "name": "Every day",
                "tz": "Europe/Prague",
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Open",
                            "dayofweek": str(weekday),
                            "hour_from": 8,
                            "hour_to": 12,
                            "day_period": "morning",
                        }
                    )
                    for weekday in range(7)
                ],
            }
        )
        self.room.write({"calendar_id": hours.id, "hours_enforced": True})
        tuesday = event("feast", "Feast", **day("20270302"))
        period = at(0, day=1), at(24, day=1)
        self.assertTrue(hours.open_intervals(*period)[hours.id])
        self._import(tuesday)
        self.assertFalse(hours.open_intervals(*period)[hours.id])
        self.assertFalse(self.room.open_intervals(*period)[self.room.id])
        refused = self._refused(self.room, at(8, day=1), at(9, day=1), user=self.user)
        self.assertEqual(refused.code, "closed")
        self._ask(self.room, at(8, day=2), at(9, day=2), user=self.user)
        # Open all the time: nothing of it is about holidays.
        self._ask(self.studio, at(8, day=1), at(9, day=1), user=self.user)

    def test_in_words_of_the_user(self):
        self.env["res.lang"]._activate_lang("de_DE")
        dialog = self._dialog(MAY_DAY).with_context(lang="de_DE")
        dialog.action_preview()
        self.assertIn("Mai 2027", dialog.line_ids.when)

    def test_as_queries_for_any_number(self):
        events = [
            event(f"many{number}", "Closed", **day(f"202706{number:02d}"))
            for number in range(1, 31)
        ]
        self._import(MAY_DAY)
        few, many = self._dialog(*events[:2]), self._dialog(*events[2:])
        self.env.flush_all()
        counts = []
        for dialog in (few, many):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            dialog.action_import()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_form(self):
        form = Form(self.env["resource.holiday.import"].with_user(self.manager))
        form.file = base64.b64encode(calendar_file(MAY_DAY))
        dialog = form.save()
        self.assertEqual((dialog.company_id, dialog.years), (self.company, 2))
        dialog.action_preview()
        self.assertEqual(dialog.change_count, 3)
