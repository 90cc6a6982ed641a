#!/usr/bin/env python3
"""Who has what, of a million rows; a hand-over of 200 things; a recall of 5,000.

The list as of a past date, by department, in turns with the bare SQL that answers it.
``ASSETS=10000`` before the command takes fewer than 100,000 assets, each with ten rows.
"""

import os
import re
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from statistics import median

import environment
import psycopg2
from _lending_data import EACH, NOW, fill
from common import LOCAL
from gate.databases import PREFIX, Databases
from gate.templates import Templates
from odoo_process import bootstrap, run_clients

ASSETS = int(os.environ.get("ASSETS", "100000"))
LOOKS = 5
ITEMS = 200
RECALLS = 500, 5_000
LOG = LOCAL / "log" / "bench.log"
DAY = NOW.date() - timedelta(days=100)
HELD = """
    WITH held AS (
        SELECT asset_id, employee_id FROM lending_loan
         WHERE custody AND start_at <= %(at)s AND stop_at > %(at)s
    ), team AS (
        SELECT DISTINCT ON (employee_id) employee_id, department_id FROM hr_version
         WHERE active AND date_version <= %(day)s
      ORDER BY employee_id, date_version DESC
    )
"""
EMPLOYEES = (
    HELD
    + """
    SELECT department_id, count(*) FROM held LEFT JOIN team USING (employee_id)
     GROUP BY department_id
"""
)
THINGS = (
    HELD
    + """
    SELECT department_id, count(*) FROM (
        SELECT asset_id, department_id FROM held LEFT JOIN team USING (employee_id)
         UNION ALL
        SELECT id, NULL FROM lending_asset a WHERE a.active AND create_date <= %(at)s
           AND NOT EXISTS (SELECT FROM held WHERE held.asset_id = a.id)
    ) known GROUP BY department_id
"""
)
OFFICER = "resource_lending.lending_group_officer"


def main():
    variables = dict(os.environ)
    databases = Databases(variables)
    ready = Templates(variables, environment.addons()).ready()
    name = databases.clone(ready, f"{PREFIX}_bench_lending")
    try:
        officer = prepare(name)
        measure(name, officer)
        for count in RECALLS:
            [answer] = run_clients(name, recall, [(officer, count)], LOG)
            show_recall(count, answer)
    finally:
        databases.drop(name)


def prepare(name):
    """Load the data; the user whose rights everything else is done with."""
    answers = run_clients(name, load, [ASSETS], LOG)
    assert isinstance(answers[0], int), answers
    connection = psycopg2.connect(dbname=name)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    return answers[0]


def load(registry, count):
    """In a process of its own: what it takes up is gone before anything is measured."""
    from odoo import SUPERUSER_ID, api
    from odoo.tests import new_test_user

    began = time.perf_counter()
    with registry.cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {"tracking_disable": True})
        fill(env, count)
        officer = new_test_user(env, "bench_officer", OFFICER)
        cursor.commit()
    seconds = time.perf_counter() - began
    print(f"\n{count:,} assets, {count * EACH:,} rows, loaded in {seconds:.0f} s")
    return officer.id


def measure(name, officer):
    registry = bootstrap(name, LOG)
    from odoo import api

    with registry.cursor() as cursor:
        counter = Counter(api.Environment(cursor, officer, {}))
        counter.look("things, by department", THINGS, [])
        counter.look("employees, by department", EMPLOYEES, [("loan_id", "!=", False)])
        counter.first_page()
        counter.play()


class Counter:
    """What the officer does."""

    def __init__(self, env):
        self.env = env

    def look(self, title, bare, domain):
        """The list as of a past day, in turns with bare SQL."""
        report = self.env["lending.custody.report"].with_context(lending_as_of=DAY)
        zone = self.env.company._lending_tz()
        at = self.env["lending.loan"]._instant_of(DAY, zone)
        times = defaultdict(list)
        for _look in range(LOOKS):
            seconds, rows = self.time(self.fetch, bare, {"at": at, "day": DAY})
            times["bare SQL"].append(seconds)
            seconds, groups = self.time(
                report._read_group, domain, ["department_id"], ["__count"]
            )
            times["list as of a day"].append(seconds)
            assert {team.id or None: count for team, count in groups} == dict(rows)
        show(f"{title}: {sum(count for _team, count in rows):,}", times)

    def first_page(self):
        """What the browser asks for when the list is opened."""
        report = self.env["lending.custody.report"].with_context(lending_as_of=DAY)
        names = ["asset_id", "holder_name", "department_id", "date_from", "date_to"]
        fields = {name: {"fields": {"display_name": {}}} for name in names[:1]}
        fields |= {name: {} for name in names[1:]}
        seconds = [
            self.time(report.web_search_read, [], fields, limit=80)[0]
            for _look in range(LOOKS)
        ]
        print(f"  first page of 80: {median(seconds) * 1000:.1f} ms")

    def fetch(self, query, arguments):
        self.env.cr.execute(query, arguments)
        return self.env.cr.fetchall()

    def time(self, work, *arguments, **options):
        """Seconds, from a cold cache, and the answer."""
        self.env.cr.commit()
        self.env.invalidate_all()
        began = time.perf_counter()
        answer = work(*arguments, **options)
        return time.perf_counter() - began, answer

    # === AT THE COUNTER === #

    def play(self):
        """A document of some things and one of twice as many, out and back."""
        costs = defaultdict(list)
        employee = self.env["hr.employee"].sudo().search([], limit=1, order="id desc")
        for turn in range(LOOKS + 1):
            for count in (ITEMS // 2, ITEMS):
                free = self.env["lending.asset"].search(
                    [("status", "=", "in_stock"), ("code", "like", "B-")], limit=count
                )
                for direction in ("out", "back"):
                    document = self.document(direction, employee, free)
                    queries = self.env.cr.sql_log_count
                    seconds, _done = self.time(self.confirm, document)
                    if turn:
                        spent = self.env.cr.sql_log_count - queries
                        costs[direction, count].append((spent, seconds))
                    # Custody lasts a second at least.
                    time.sleep(1.1)
        for direction, title in (("out", "hand-over"), ("back", "return")):
            self.show_document(title, costs[direction, ITEMS // 2],
                               costs[direction, ITEMS])  # fmt: skip

    def document(self, direction, employee, things):
        vals = {
            "direction": direction,
            "line_ids": [(0, 0, {"asset_id": thing.id}) for thing in things],
        }
        if direction == "out":
            vals |= {"holder_kind": "employee", "employee_id": employee.id}
        return self.env["lending.handover"].create(vals)

    def confirm(self, document):
        document.confirm()
        self.env.cr.commit()

    def show_document(self, title, few, many):
        (few_queries, _), (queries, seconds) = (
            map(median, zip(*costs, strict=True)) for costs in (few, many)
        )
        beyond = (queries - few_queries) / (ITEMS - ITEMS // 2)
        print(
            f"  {title} of {ITEMS}: {queries:.0f} queries, {beyond:.2f} per further"
            f" item, {seconds * 1000:.0f} ms"
        )


def recall(registry, wanted):
    """Recall so many rows in one go, then mail those who have the things.

    In a process of its own, so that the most memory it ever had says something.
    """
    from odoo import api

    officer, count = wanted
    answer = {}
    with registry.cursor() as cursor:
        env = api.Environment(cursor, officer, {})
        loans = env["lending.loan"].search(
            [("state", "=", "out"), ("recalled_at", "=", False)], limit=count
        )
        window = env["lending.recall"].create(
            {
                "loan_ids": [(6, 0, loans.ids)],
                "recall_by": NOW + timedelta(days=7),
                "message": "Inventory",
            }
        )
        # What the counter left to be mailed is not the recall's.
        env["lending.notice"].sudo()._cron_send()
        env.invalidate_all()
        answer["recall"] = spend(env, window.action_recall)
        env = env(su=True)
        waiting = env["lending.notice"].search_count([("state", "=", "waiting")])
        answer["mails"] = waiting
        answer["mailing"] = spend(env, env["lending.notice"]._cron_send)
    return answer


def spend(env, work):
    """Queries, seconds and the growth of memory (MB) of one request."""
    # From here on, the kernel notes the peak anew.
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    before, queries = peak_memory(), env.cr.sql_log_count
    began = time.perf_counter()
    work()
    env.cr.commit()
    seconds = time.perf_counter() - began
    return env.cr.sql_log_count - queries, seconds, peak_memory() - before


def peak_memory():
    """The most that this process had in memory since it last was asked, in MB."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024


def show_recall(count, answer):
    assert isinstance(answer, dict), answer
    print(f"  recall of {count:,}")
    for step in ("recall", "mailing"):
        queries, seconds, growth = answer[step]
        what = f"{answer['mails']:,} mails" if step == "mailing" else "one request"
        print(
            f"    {what:<16} {queries:6.0f} queries {seconds:8.2f} s"
            f"   memory at most {growth:6.0f} MB more"
        )


def show(title, times):
    print(f"  {title}")
    floor = median(next(iter(times.values())))
    for way, seconds in times.items():
        middle = median(seconds)
        print(f"    {way:<18} {middle * 1000:9.1f} ms {middle / floor:6.1f} x")


if __name__ == "__main__":
    main()
