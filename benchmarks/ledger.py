#!/usr/bin/env python3
"""What the ledger costs beyond bare SQL: booking, and asking what is free.

At 10,000 and 1,000,000 promises of 10,000 things. What is compared is done in turns in
one run, because only ratios survive a busy machine. ``ROWS=10000`` runs one size.
"""

import itertools
import os
import sys
from collections import defaultdict
from datetime import timedelta
from statistics import median
from time import perf_counter

import environment
import psycopg2
from _ledger_data import COLUMNS, NOW, POOLS, copy_bare, fill, promise
from common import LOCAL, ROOT
from gate.databases import PREFIX, Databases
from gate.templates import Templates
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ

sys.path.append(str(ROOT / "tests" / "integration"))

from ledger_load import overloads  # noqa: E402
from odoo_process import bootstrap  # noqa: E402

SIZES = [int(size) for size in os.environ.get("ROWS", "10000 1000000").split()]
ROUNDS = 100
LOOKS = 15
PAGE = 200
INSERT = f"INSERT INTO {{}} ({', '.join(COLUMNS)}) VALUES %s RETURNING id"
SWEEP = """
    WITH claims AS (
        SELECT resource_id, greatest(blocked_start, %(start)s) since,
               blocked_stop until, quantity
          FROM resource_allocation
         WHERE live IS TRUE AND blocked_stop > %(start)s AND blocked_start < %(stop)s
           AND resource_id = ANY(%(things)s)
    ), events AS (
        SELECT resource_id, since instant, quantity FROM claims
        UNION ALL SELECT resource_id, until, -quantity FROM claims
    ), loads AS (
        SELECT resource_id,
               sum(quantity) OVER (PARTITION BY resource_id ORDER BY instant) load
          FROM events
    ), peaks AS (SELECT resource_id, max(load) peak FROM loads GROUP BY 1)
    SELECT id, capacity - coalesce(peak, 0)
      FROM resource_resource LEFT JOIN peaks ON resource_id = id
     WHERE id = ANY(%(things)s)
"""


def main():
    variables = dict(os.environ)
    databases = Databases(variables)
    ready = Templates(variables, environment.addons()).ready()
    for size in SIZES:
        name = databases.clone(ready, f"{PREFIX}_bench")
        try:
            measure(name, size)
        finally:
            databases.drop(name)


def measure(name, size):
    connection = psycopg2.connect(dbname=name)
    began = perf_counter()
    things = fill(connection, size)
    copy_bare(connection)
    assert overloads(name) == [], "the data itself is overbooked"
    print(f"\n{size:,} promises, loaded and counted in {perf_counter() - began:.0f} s")
    connection.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ)
    registry = bootstrap(name, LOCAL / "log" / "bench.log")
    with registry.cursor() as cursor:
        ledger = Ledger(cursor, connection, things)
        for kind, pick in (("single thing", POOLS), ("pool of 10", 0)):
            show(f"book one {kind}", ledger.book(pick))
        for things, days in ((PAGE, 7), (10_000, 7), (10_000, 31)):
            show(f"free of {things:,} things, {days} days", ledger.look(things, days))
        show("find what is free, 30 of 10,000 things", ledger.find())
        show_queries("rows that are refused", ledger.refuse())
    connection.close()


class Ledger:
    """The same work, done through the ledger and past it."""

    def __init__(self, cursor, connection, things):
        from odoo import SUPERUSER_ID, api

        self.env = api.Environment(cursor, SUPERUSER_ID, {})
        self.connection = connection
        self.things = things
        self.company = self.env["res.company"].search([], limit=1).id

    def book(self, first):
        """Book in turns by bare INSERT, guarded INSERT and allocate(), each committed.

        Every turn takes another thing, at an hour when it is free.
        """
        others = itertools.count(first)
        ways = {
            "INSERT without guards": lambda row: self.insert("bare_allocation", row),
            "INSERT with guards": lambda row: self.insert("resource_allocation", row),
            "allocate()": self.allocate,
        }
        times = defaultdict(list)
        for turn in range(ROUNDS + 5):
            for way, deed in ways.items():
                thing = self.things[next(others)]
                row = list(promise(thing, self.company, 5, first >= POOLS))
                row[3] = 1
                row[9] = row[11] = NOW + timedelta(days=5, hours=18)
                row[10] = row[12] = NOW + timedelta(days=5, hours=20)
                began = perf_counter()
                deed(row)
                if turn >= 5:
                    times[way].append(perf_counter() - began)
        return times

    def insert(self, table, row):
        with self.connection.cursor() as cursor:
            cursor.execute(INSERT.format(table), [tuple(row)])
        self.connection.commit()

    def allocate(self, row):
        vals = {"resource_id": row[0], "start": row[9], "stop": row[10]}
        self.env["resource.allocation"].allocate([vals])
        self.env.cr.commit()
        self.env.invalidate_all()

    def look(self, count, days):
        """Ask in turns what is free, by one bare sweep and by free_quantity()."""
        things = self.things[:: len(self.things) // count]
        period = NOW + timedelta(days=1), NOW + timedelta(days=1 + days)
        times = defaultdict(list)
        for _look in range(LOOKS):
            began = perf_counter()
            swept = self.sweep(things, *period)
            times["bare sweep"].append(perf_counter() - began)
            self.env.invalidate_all()
            self.env.cr.rollback()
            began = perf_counter()
            free = self.env["resource.resource"].browse(things)
            free = free.free_quantity(*period)
            times["free_quantity()"].append(perf_counter() - began)
            assert free == swept, "they do not agree"
        return times

    def find(self):
        """A page of the finder where 30 things match in all, and where 10,000 do."""
        finder = self.env["resource.resource"]
        start = NOW + timedelta(days=1)
        criteria = {"start": str(start), "stop": str(start + timedelta(hours=2))}
        few = finder.browse(self.things[:30])
        few.write({"name": "Bench few"})
        times = defaultdict(list)
        for _look in range(LOOKS):
            for way, text in (("30 match", "Bench few"), ("10,000 match", "")):
                self.env.flush_all()
                self.env.invalidate_all()
                began = perf_counter()
                finder.find_free({**criteria, "text": text})
                times[way].append(perf_counter() - began)
        self.env.cr.rollback()
        return times

    def refuse(self):
        """Queries of one refused row and of twenty: ``{how many: queries}``."""
        start = NOW + timedelta(hours=9)
        rows = [
            {"resource_id": thing, "start": start, "stop": start + timedelta(hours=1)}
            for thing in self.things[POOLS : POOLS + 20]
        ]
        spent = {}
        for count in (1, 20):
            for _warm in range(2):
                self.env.invalidate_all()
                queries = self.env.cr.sql_log_count
                verdicts = self.env["resource.allocation"].check(rows[:count])
                spent[count] = self.env.cr.sql_log_count - queries
            assert len(verdicts) == count
        return spent

    def sweep(self, things, start, stop):
        with self.connection.cursor() as cursor:
            values = {"start": start, "stop": stop, "things": things}
            cursor.execute(SWEEP, values)
            swept = dict(cursor.fetchall())
        self.connection.rollback()
        return swept


def show_queries(what, spent):
    floor = next(iter(spent.values()))
    print(f"  {what}")
    for count, queries in spent.items():
        print(f"    {count:<22} {queries:9} queries {queries / floor:21.1f} x")


def show(what, times):
    print(f"  {what}")
    floor = median(next(iter(times.values())))
    for way, seconds in times.items():
        middle = median(seconds)
        worst = sorted(seconds)[int(len(seconds) * 0.95)]
        print(
            f"    {way:<22} {middle * 1000:9.2f} ms   95 %: {worst * 1000:9.2f} ms"
            f"   {middle / floor:6.1f} x"
        )


if __name__ == "__main__":
    main()
