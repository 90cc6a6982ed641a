import math
from datetime import datetime, timedelta, timezone

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from ..inputs import (
    shown,
    to_day,
    to_ids,
    to_instant,
    to_number,
    to_text,
    to_values,
    to_whole,
)
from .common import NOW, LedgerCase, at

NO_TIMES = ["soon", "2027-02-30", "9999-12-31 23:59:59", "0001-01-01", 7, [1], {"a": 1},
            "\x00", "\ud800", math.inf, 10**30, True]  # fmt: skip
NO_WHOLES = ["x", 1.5, math.nan, math.inf, 2**31, -(10**400), [1], {}, "\ud800", "1e3"]


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestInputs(LedgerCase):
    """Bad input is refused in words; it never ends as a traceback."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Allocation = cls.Allocation.with_user(cls.manager)
        cls.room = cls.room.with_user(cls.manager)
        cls.chairs = cls.chairs.with_user(cls.manager)

    def _refuses(self, method, *args, **kwargs):
        with self.assertRaises(UserError, msg=f"{method.__name__} {args} {kwargs}"):
            method(*args, **kwargs)

    def _row(self, **vals):
        row = {"resource_id": self.room.id, "start": at(9), "stop": at(10), **vals}
        return self.Allocation.allocate([row])

    # === WHAT IS MADE OF IT === #

    def test_values_of_their_kind(self):
        env = self.env
        summer = datetime(2027, 3, 1, 9, tzinfo=timezone(timedelta(hours=2)))
        self.assertEqual(to_instant(env, summer), at(7))
        self.assertEqual(to_instant(env, "2027-03-01 07:00:00"), at(7))
        self.assertIsNone(to_instant(env, False))
        self.assertEqual(to_day(env, "2027-03-01"), at(0).date())
        self.assertEqual((to_whole(env, "7"), to_whole(env, 7.0)), (7, 7))
        self.assertEqual(to_number(env, "0.5"), 0.5)
        self.assertEqual(to_text(env, " why "), "why")
        self.assertEqual(to_ids(env, self.room | self.chairs), [
            self.room.id, self.chairs.id,
        ])  # fmt: skip
        self.assertEqual(
            to_values(
                self.Allocation,
                {"start": "2027-03-01 07:00:00", "resource_id": self.room, "no": []},
            ),
            {"start": at(7), "resource_id": self.room.id, "no": []},
        )

    def test_what_is_refused_is_told_so_that_it_can_be_sent(self):
        for value in NO_TIMES:
            with self.assertRaises(ValidationError) as refused:
                to_instant(self.env, value)
            str(refused.exception).encode()
        for value in NO_WHOLES:
            self._refuses(to_whole, self.env, value)
        for value in ("\x00", "\ud800", 5, ["a"], "x" * 200_000):
            self._refuses(to_text, self.env, value)
        for value in (math.nan, math.inf, "x", [], {}, 10**400):
            self._refuses(to_number, self.env, value)
        self.assertLess(len(shown("x" * 1000)), 100)

    # === ASKING === #

    def test_rows_that_are_none(self):
        for rows in (5, "x", [5], ["x"], [None], {"a": 1}, [[]], None):
            if not rows:
                self.assertFalse(self.Allocation.allocate(rows))
                continue
            self._refuses(self.Allocation.allocate, rows)
            self._refuses(self.Allocation.check, rows)
        for value in NO_TIMES:
            self._refuses(self._row, start=value)
            self._refuses(self._row, stop=value)
        for value in NO_WHOLES:
            self._refuses(self._row, quantity=value)
            self._refuses(self._row, partner_id=value)
            self._refuses(self._row, resource_id=value)
        for name, value in (
            ("kind", "x"), ("kind", [1]), ("state", {}), ("name", "\x00"),
            ("name", 5), ("partner_id", 999_999), ("company_id", "x"),
            ("res_model", "\x00"), ("res_id", "x"), ("user_id", 10**9),
        ):  # fmt: skip
            self._refuses(self._row, **{name: value})

    def test_holding_what_was_found(self):
        found = {"resource_id": self.room.id, "start": at(9), "stop": at(10)}
        for hours in (math.inf, math.nan, -1, 10**9, "soon", [1], 10**400):
            self._refuses(self.Allocation.book_free, [found], hold_hours=hours)
        for vals in (5, "x", [5], [[found]]):
            self._refuses(self.Allocation.book_free, vals)
        for ids in (5, "x", [[6, 0, []]], [{}]):
            self._refuses(self.Allocation.booked_now, ids)
        for step in ({}, [], None, "reopen"):
            self._refuses(self._row().step, step)
            self.Allocation.search([]).filtered("live").cancel()

    # === CHANGES === #

    def test_methods_on_rows(self):
        row = self._row()
        for value in NO_TIMES:
            for method in (row.hand_out, row.extend, row.expect_back, row.prolong):
                self._refuses(method, value)
            self._refuses(row.reschedule, value, at(10))
            self._refuses(row.reschedule, at(9), value)
        for value in NO_WHOLES:
            for method in (row.shift, row.resize, row.split):
                self._refuses(method, value)
            # A list is of one resource for each row.
            self._refuses(row.reassign, value if value != [1] else ["x"])
            self._refuses(row.split_many, [[value]])
        for value in (5, "x", [5], {}, [["x"]]):
            self._refuses(row.split_many, value)
        for value in ("\x00", 5, {"a": 1}):
            self._refuses(row.cancel, value)
            self._refuses(row.reopen, value)
            self._refuses(row.undo_hand_out, value)
            self._refuses(row.hold_again, at(10), value)
            self._refuses(row.change, {"start": at(10)}, value)
        for value in NO_TIMES:
            self._refuses(row.hold_again, value)
        row.hand_out()
        for value in NO_WHOLES:
            self._refuses(row.take_back, quantity=value)
        self.assertEqual(row.state, "out")

    # === READING === #

    def test_reading(self):
        for value in (*NO_TIMES, None):
            for method in (self.room.free_quantity, self.room.busy):
                self._refuses(method, value, at(10))
            self._refuses(self.room.free_slots, value, at(10), 30)
            if value is not None:
                self._refuses(self.room.busy, at(9), value)
        self._refuses(self.room.free_quantity, at(9), at(8))
        for value in (*NO_WHOLES, 0, None):
            self._refuses(self.room.free_slots, at(9), at(10), value)
            if value is not None:
                self._refuses(self.room.free_slots, at(9), at(10), 30, 1, value)
                self._refuses(self.room.free_slots, at(9), at(10), 30, value)
        self._refuses(self.room.free_quantity, at(9), at(10), [[6, 0, []]])

    def test_availability_search(self):
        found = {"start": at(9), "stop": at(10)}
        find = self.room.browse().find_free
        for name, values in (
            ("start", NO_TIMES), ("stop", NO_TIMES), ("quantity", NO_WHOLES),
            ("kind", (5, [1], "\x00")), ("text", (5, {}, "\x00", "\ud800")),
            ("strip", (5, "x", [at(9)], ["x", "y"], {"a": 1})),
        ):  # fmt: skip
            for value in values:
                self._refuses(find, {**found, name: value})
        for criteria in (5, "x", [1], None):
            self._refuses(find, criteria)
        for page in ("x", -1, math.inf, 2**40):
            self._refuses(find, found, page)
            self._refuses(find, found, 0, page)

    # === BUTTONS === #

    def test_a_button_of_a_form_means_one(self):
        many = self.room | self.chairs
        for resources in (many, many.browse()):
            for name in ("allocations", "risks", "units"):
                self._refuses(getattr(resources, f"action_view_{name}"))
            self._refuses(resources.action_find_free)
            self._refuses(resources.action_block)
        rows = self._row() | self._row(start=at(11), stop=at(12))
        for name in ("change", "split", "expect_back", "open_document"):
            self._refuses(getattr(rows, f"action_{name}"))

    # === THE CLIENT'S CONTEXT === #

    def test_unknown_time_zone(self):
        for zone in ("Mars/Phobos", "\x00", 5, "", ["UTC"]):
            room = self.room.with_context(tz=zone)
            self.assertEqual(len(room.load_days), 14)
            room.invalidate_recordset()
        report = self.env["resource.utilisation.report"].with_user(self.manager)
        report = report.with_context(tz="Mars/Phobos")
        report.formatted_read_group([], ["day:day"], ["available_hours:sum"])
        report.search_count([("day", ">=", "2027-03-01"), ("day", "<", "2027-03-08")])

    def test_late_or_not_late_is_everything(self):
        late = self._row(resource_id=self.laptop.id, start=at(3), stop=at(5))
        late.hand_out(at(3))
        fine = self._row()
        found = self.Allocation.search([("is_late", "in", [True, False])])
        self.assertLessEqual(late | fine, found)
        self.assertFalse(self.Allocation.search([("is_late", "in", [])]))
        self.assertIn(fine, self.Allocation.search([("is_late", "in", [False])]))
        self.assertNotIn(late, self.Allocation.search([("is_late", "!=", True)]))
        free = self.room.search([("is_free_now", "in", [True, False])])
        self.assertEqual(free, self.room.search([]))

    # === A LOST RACE === #

    def test_a_lost_race_is_no_error_of_the_server(self):
        from ..core.book import Book

        self._row()
        self.patch(
            type(self.Allocation),
            "_try_requests",
            lambda *args, **kwargs: (Book({}, {}), []),
        )
        with self.assertNoLogs("odoo.sql_db", "ERROR"):
            self._refuses(self._row)

    def test_another_refusal_of_the_database_is_an_error(self):
        row = self._row()
        with (
            self.assertLogs("odoo.sql_db", "ERROR"),
            self.assertRaises(Exception),  # noqa: B017 - the database's own
            self.Allocation._races_in_words(row._as_asked()),
        ):
            self.env.cr.execute("SELECT 1/0")
