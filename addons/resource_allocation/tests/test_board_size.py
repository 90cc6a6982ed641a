import json
from datetime import timedelta
from functools import partial

from odoo.fields import Datetime
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged

from .common import MONDAY, NOW, USER, LedgerCase

EACH = 30
"""Promises of each thing: one in three days, for 13 weeks."""
THINGS = """
    INSERT INTO resource_resource (
        name, company_id, resource_type, tz, time_efficiency, active, bookable,
        exclusive, capacity, release, reach)
    SELECT 'Thing ' || to_char(n, 'FM0000'), %(company)s, 'material', 'UTC', 100, true,
           true, n %% 10 > 0, CASE WHEN n %% 10 > 0 THEN 1 ELSE 10 END, 'time', 'period'
      FROM generate_series(1, %(things)s) n
    RETURNING id
"""
PROMISES = """
    INSERT INTO resource_allocation (
        resource_id, company_id, exclusive, quantity, name, state, hold_until, start,
        stop, blocked_start, blocked_stop, kind, live, at_risk, returnable, reach)
    SELECT r.id, r.company_id, r.exclusive, CASE WHEN r.exclusive THEN 1 ELSE 3 END,
           'Shoot ' || r.id || '-' || n,
           CASE WHEN n %% 5 = 0 THEN 'hold' ELSE 'reserved' END,
           CASE WHEN n %% 5 = 0 THEN since + interval '1 year' END, since, until, since,
           until, 'demand', true, false, false, 'period'
      FROM unnest(%(things)s) WITH ORDINALITY AS thing(id, place)
      JOIN resource_resource r ON r.id = thing.id
     CROSS JOIN generate_series(0, %(each)s - 1) n
     CROSS JOIN LATERAL (SELECT %(monday)s::timestamp + interval '8 hours'
                           + (3 * n + place %% 3) * interval '1 day') AS a(since)
     CROSS JOIN LATERAL (SELECT since + interval '1 hour'
                           * (ARRAY[4, 8, 26, 50])[1 + (place + n) %% 4]) AS b(until)
"""


def fill(env, count, monday):
    """So many things with promises from that day on, loaded past the triggers.

    One thing in ten is a pool. The exclusion constraint judges what is loaded.
    """
    env.flush_all()
    cursor = env.cr
    cursor.execute(THINGS, {"company": env.company.id, "things": count})
    things = env["resource.resource"].browse(row[0] for row in cursor.fetchall())
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("ALTER TABLE resource_allocation DISABLE TRIGGER USER")
    cursor.execute(PROMISES, {"things": things.ids, "each": EACH, "monday": monday})
    cursor.execute("ALTER TABLE resource_allocation ENABLE TRIGGER USER")
    cursor.execute("ANALYZE resource_allocation, resource_resource")
    env.invalidate_all()
    return things


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestBoardRequest(LedgerCase):
    """What one sight of a well filled board costs: queries and bytes (C20)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.things = fill(cls.env, 80, MONDAY).with_user(cls.user)

    def _timetable(self, rows, hours, cells):
        step = timedelta(hours=hours)
        edges = [MONDAY + step * number for number in range(cells + 1)]
        return self.things[:rows].timetable(edges[0], edges[-1], edges)

    def _queries(self, function):
        function()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        return self.env.cr.sql_log_count - before

    def test_C20_rows_in_sight_are_four_queries_however_many(self):
        for hours, cells in ((1, 7 * 24), (24, 35), (24, 91)):
            for rows in (20, 80):
                with self.subTest(hours=hours, cells=cells, rows=rows):
                    ask = partial(self._timetable, rows, hours, cells)
                    self.assertEqual(self._queries(ask), 4)

    def test_C20_rows_of_a_board_cost_the_same_however_many(self):
        def ask(rows):
            domain = [("id", "in", self.things[:rows].ids)]
            told = self.things.board_rows(domain, ["exclusive"])
            self.assertEqual(set(told["rows"]["kind"]), {"single", "pool"})

        few, many = (self._queries(partial(ask, rows)) for rows in (20, 80))
        self.assertEqual(few, many)
        self.assertLessEqual(many, 12)

    def test_C20_bytes_of_the_rows_in_sight(self):
        """A dictionary for each bar would be twice as much."""
        for cells, hours, most in ((7 * 24, 1, 24), (35, 24, 75), (91, 24, 190)):
            told = self._timetable(40, hours, cells)
            length = len(json.dumps(told))
            with self.subTest(cells=cells, bars=len(told["bars"]["id"]), bytes=length):
                self.assertLess(length, most * 1000)


@tagged("post_install", "-at_install", "tour")
class TestBoardSize(HttpCase):
    """A board of 2,000 rows and 60,000 promises in a real browser (C20)."""

    def test_C20_page_stays_small_wherever_one_scrolls(self):
        fill(self.env, 2000, Datetime.start_of(Datetime.now(), "week"))
        clerk = new_test_user(self.env, "board_clerk", USER, tz="UTC")
        action = self.env.ref("resource_allocation.resource_resource_action")
        plan = {
            "action": action.id,
            "slow": 40,
            "jumps": 6,
            "limits": {
                "week": {"bars": 150, "elements": 1000, "questions": 12},
                "month": {"bars": 600, "elements": 2200, "questions": 12},
                "quarter": {"bars": 600, "elements": 2500, "questions": 12},
            },
        }
        module = "@resource_allocation/../tests/screens/board_size"
        self.browser_js(
            "/odoo",
            f"odoo.loader.modules.get({module!r}).measureBoard({json.dumps(plan)})",
            "odoo.isReady === true",
            login=clerk.login,
            success_signal="the board stays small",
            timeout=300,
        )
