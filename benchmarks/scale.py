#!/usr/bin/env python3
"""What grows with the ledger: the same work on a small and on a large one, in turns.

On 10,000 promises and on ``ROWS`` (100,000 unless named): booking, the lists that the
screens open, utilisation, the availability search and the jobs. Of each it also prints
how many rows of the ledger PostgreSQL read to answer; where that is a whole ledger of a
million rows or more, the program fails.
"""

import os
import sys
from collections import defaultdict
from contextlib import ExitStack
from datetime import timedelta
from statistics import median
from time import perf_counter
from unittest.mock import patch

import environment
import psycopg2
from _ledger_data import NOW, POOLS, fill
from common import LOCAL
from gate.databases import PREFIX, Databases
from gate.templates import Templates
from lxml import etree
from odoo_process import bootstrap

SMALL = 10_000
LARGE = int(os.environ.get("ROWS", "100000"))
MATTERS = 1_000_000
"""Rows of a ledger that nothing may read as a whole."""
TURNS = int(os.environ.get("ROUNDS", "5"))
PATIENCE = 5
"""Seconds after which a slow question is not asked again."""
BOOKINGS = 100
BOOKER = "resource_allocation.resource_allocation_group_user"
TODAY = str(NOW.date())
A_YEAR = [("day", ">=", str(NOW.date() - timedelta(days=365))), ("day", "<", TODAY)]
FOUR_WEEKS = [("day", ">=", str(NOW.date() - timedelta(days=28))), ("day", "<", TODAY)]
READ = """
    SELECT seq_tup_read + coalesce(idx_tup_fetch, 0)
      FROM pg_stat_xact_user_tables WHERE relname = 'resource_allocation'
"""


def main():
    variables = dict(os.environ)
    databases = Databases(variables)
    ready = Templates(variables, environment.addons()).ready()
    with ExitStack() as stack:
        ledgers = []
        for size in (SMALL, LARGE):
            name = databases.clone(ready, f"{PREFIX}_bench_{size}")
            stack.callback(databases.drop, name)
            began = perf_counter()
            connection = psycopg2.connect(dbname=name)
            things = fill(connection, size)
            connection.close()
            print(f"{size:,} promises, loaded in {perf_counter() - began:.0f} s")
            registry = bootstrap(name, LOCAL / "log" / "bench.log")
            cursor = stack.enter_context(registry.cursor())
            ledgers.append(Ledger(cursor, things))
        return measure(*ledgers)


def measure(small, large):
    print(f"\n{'':36} {SMALL:>12,} {LARGE:>12,} promises")
    for title, first in (("single thing", POOLS), ("one of a pool", 0)):
        times = defaultdict(list)
        for turn in range(BOOKINGS + 5):
            for ledger in (small, large):
                seconds = ledger.book(first + turn)
                if turn >= 5:
                    times[ledger].append(seconds)
        show(f"book a {title}", times[small], times[large], None)
    scans = []
    for title, question in QUESTIONS.items():
        times = defaultdict(list)
        while len(times[large]) < TURNS and sum(times[large]) < PATIENCE:
            for ledger in (small, large):
                times[ledger].append(ledger.time(question))
        rows = large.count(question)
        show(title, times[small], times[large], rows)
        if LARGE >= MATTERS and rows > LARGE / 2:
            scans.append(title)
    if scans:
        print(f"FAILED: these read the whole ledger: {', '.join(scans)}")
    return bool(scans)


class Ledger:
    """One ledger and a user of it."""

    def __init__(self, cursor, things):
        from odoo import SUPERUSER_ID, api
        from odoo.tests import new_test_user

        root = api.Environment(cursor, SUPERUSER_ID, {})
        user = new_test_user(root, "bench_booker", BOOKER)
        # Works with a share of what is there, as its responsible.
        cursor.execute(
            "UPDATE resource_allocation SET user_id = %s, create_uid = %s"
            " WHERE resource_id IN %s",
            [user.id, user.id, tuple(things[::500])],
        )
        cursor.commit()
        self.env = api.Environment(cursor, user.id, {})
        self.things = things

    def book(self, place):
        """Book two hours of a thing at a time when it is free, committed: seconds."""
        start = NOW + timedelta(days=5, hours=18)
        vals = {
            "resource_id": self.things[place],
            "start": start,
            "stop": start + timedelta(hours=2),
        }
        began = perf_counter()
        self.env["resource.allocation"].allocate([vals])
        self.env.cr.commit()
        seconds = perf_counter() - began
        self.env.invalidate_all()
        return seconds

    def time(self, question):
        """Seconds, from a cold cache of Odoo's."""
        self.env.invalidate_all()
        began = perf_counter()
        question(self)
        seconds = perf_counter() - began
        self.env.cr.rollback()
        return seconds

    def count(self, question):
        """How many rows of the ledger PostgreSQL reads for it."""
        cursor = self.env.cr
        # Other processes would count for themselves, and so would other transactions.
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        before = self._read()
        with patch.object(cursor, "commit"):
            question(self)
        after = self._read()
        cursor.rollback()
        return after - before

    def _read(self):
        self.env.cr.execute(READ)
        return self.env.cr.fetchone()[0]

    # === QUESTIONS === #

    def list(self, domain, model="resource.allocation", order="start ASC, id ASC"):
        """The first page of a list with its count, as the browser asks for it."""
        rows = self.env[model]
        arch = etree.fromstring(rows.get_view(None, "list")["arch"])
        names = {node.get("name") for node in arch.iter("field")}
        wanted = {
            name: {"fields": {"display_name": {}}} if field.relational else {}
            for name, field in rows._fields.items()
            if name in names
        }
        return rows.web_search_read(
            domain, wanted, limit=80, order=order, count_limit=10_001
        )

    def allocations(self, *conditions):
        return self.list([("root_id", "=", False), *conditions])

    def history(self, *conditions):
        """What the button on a resource opens."""
        resource = self.env["resource.resource"].browse(self.things[POOLS + 7])
        action = resource.action_view_allocations()
        return self.list([*action["domain"], *conditions])

    def resources(self):
        return self.list([("bookable", "=", True)], "resource.resource", "name, id")

    def utilisation(self, days, group="day:month"):
        report = self.env["resource.utilisation.report"]
        domain = [("booking_kind", "not in", ("unit", "combination")), *days]
        measures = ["utilisation:avg", "booked_hours:sum"]
        return report.formatted_read_group(
            domain, ["resource_id", group], measures, limit=80
        )

    def utilisation_of_one(self):
        return self.utilisation([("resource_id", "=", self.things[POOLS + 7]), *A_YEAR])

    def find(self):
        start = NOW + timedelta(days=1)
        criteria = {"start": str(start), "stop": str(start + timedelta(hours=2))}
        return self.env["resource.resource"].find_free({**criteria, "only_free": True})

    def lapse(self):
        self.env["resource.allocation"].sudo()._expire_stale()

    def look_after(self):
        self.env["resource.allocation"].sudo()._cron_look_after()

    def compare(self):
        differences = self.env["resource.allocation.difference"].sudo()
        for model in differences._sources():
            differences.env[model]._ids_to_compare()


LIVE = [
    ("live", "=", True),
    *("|", "|"),
    ("stop", "=", False),
    ("stop", ">=", "today"),
    ("state", "=", "out"),
]
"""The filter *Current and coming*, with which the list opens."""

QUESTIONS = {
    "allocations, current and coming": lambda on: on.allocations(*LIVE),
    "allocations, all": lambda on: on.allocations(),
    "allocations, over": lambda on: on.allocations(("live", "=", False)),
    "allocations, by name": lambda on: on.allocations(("resource_id", "ilike", "7123")),
    "allocations, my own": lambda on: on.allocations(("user_id", "=", on.env.uid)),
    "one thing, current and coming": lambda on: on.history(*LIVE),
    "one thing, its whole history": lambda on: on.history(),
    "resources": lambda on: on.resources(),
    "utilisation of a year": lambda on: on.utilisation(A_YEAR),
    "utilisation of 4 weeks": lambda on: on.utilisation(FOUR_WEEKS, "day:week"),
    "utilisation of one thing, a year": lambda on: on.utilisation_of_one(),
    "find what is free, a page": lambda on: on.find(),
    "job: holds that lapse": lambda on: on.lapse(),
    "job: late and ended": lambda on: on.look_after(),
    "job: what to compare by night": lambda on: on.compare(),
}


def show(title, small, large, rows):
    few, many = median(small), median(large)
    read = "" if rows is None else f"   {rows:>10,} rows read"
    print(
        f"{title:36} {few * 1000:9.1f} ms {many * 1000:9.1f} ms"
        f" {many / few:6.1f} x{read}"
    )


if __name__ == "__main__":
    sys.exit(main())
