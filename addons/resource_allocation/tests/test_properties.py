"""Random histories: the ledger does what the plain model of its rules does."""

import os
from contextlib import closing
from copy import deepcopy
from datetime import datetime, timedelta
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import HealthCheck, given, note, settings
from hypothesis.configuration import set_hypothesis_home_dir

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.resource_allocation.core.book import Book
from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import MANAGER, MONDAY, LedgerCase, in_rows
from .histories import NOW, SEEN, THINGS, of_promises, of_things
from .reference import END, Illegal, Taken, Undecided
from .reference_life import FACTS, ReferenceLife

LONG = bool(os.environ.get("SUITE_LONG"))
LIVE = ("hold", "reserved", "out")
SENSIBLE = {
    "confirm": ("hold", "expired"),
    "prolong": ("hold", "expired"),
    "cancel": ("hold", "reserved"),
    "hand_out": ("reserved",),
    "take_back": ("out",),
    "close": ("reserved",),
    "end": ("reserved", "out"),
    "reopen": ("done", "cancelled"),
    "undo_hand_out": ("out",),
    "expect_back": ("out",),
}
"""The states in which an operation mostly makes sense; the others want a live row."""


@tagged("post_install", "-at_install")
class TestProperties(LedgerCase):
    """Accepted, refused, free, busy, at risk: the ledger agrees with the model."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        set_hypothesis_home_dir(cls.enterClassContext(TemporaryDirectory()))
        cls.companies = {
            "": cls.env["res.company"],
            "ours": cls.company,
            "theirs": cls.other_company,
        }
        cls.users = {
            name: cls._user(
                f"ledger_{name}",
                MANAGER,
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
            )
            for name, company in cls.companies.items()
            if name
        }
        cls.records = {}
        for thing in THINGS:
            cls.records[thing.name] = cls._thing(
                thing.name,
                exclusive=thing.single,
                capacity=thing.capacity,
                release="return" if thing.returns else "time",
                company_id=cls.companies[thing.company].id,
                setup_minutes=thing.setup * 60,
                teardown_minutes=thing.teardown * 60,
                reach="day" if thing.by_day else "period",
                # Zones of that name count westwards: midnight is at that hour, UTC.
                tz=f"Etc/GMT{thing.dawn:+d}",
                pool_id=cls.records[thing.pool].id if thing.pool else False,
                component_ids=[(6, 0, [cls.records[name].id for name in thing.parts])],
            )

    def test_histories_of_promises(self):
        """Invariants 1, 2, 3 and 7: booked, moved, held, given up, in facts' way."""
        self._play(of_promises)

    def test_histories_of_things(self):
        """Invariant 4 above all: handed out, late, taken back, corrected."""
        self._play(of_things)

    @mute_logger("odoo.sql_db")
    def _play(self, histories):
        @settings(
            max_examples=2000 if LONG else 50,
            derandomize=not LONG,
            database=None,
            report_multiple_bugs=False,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(histories)
        def play(history):
            with closing(self.env.cr.savepoint()):
                History(self).play(history)
            self.env.invalidate_all()

        play()


class History:
    """One history, on the ledger and on the model at the same time."""

    def __init__(self, case):
        self.case = case
        self.model = ReferenceLife(THINGS, NOW)
        self.now = NOW
        self.rows = {}
        self.names = {record.id: name for name, record in case.records.items()}
        self.ledger = case.env["resource.allocation"]

    def play(self, history):
        clock = patch.object(fields.Datetime, "now", lambda: moment(self.now))
        cron = patch.object(type(self.case.env["ir.cron"]), "_commit_progress")
        with clock, cron:
            for name, who, arguments, period in history:
                try:
                    self.step(name, who, arguments)
                except Undecided:
                    return
                self.compare_rows()
                self.compare_reads(who if who == "theirs" else "ours", period)

    # === ONE STEP === #

    def step(self, name, who, arguments):
        """Ask both; they must answer the same."""
        arguments = self.resolve(name, arguments, blind=who != "who may")
        if arguments is None:
            return
        if who in ("who may", "anybody"):
            who = self.company(name, arguments)
        note(f"at {self.now}: {who} {name} {arguments}")
        trial = deepcopy(self.model)
        if name == "tick":
            self.now += arguments[0]
        result, answer, words = self.ask_ledger(name, who, arguments)
        if name == "change":
            expected = self.ask_model(
                trial, "change_some", who, [*arguments, answer[1]]
            )
        else:
            expected = self.ask_model(trial, name, who, arguments)
        self.case.assertEqual(answer, expected, words)
        if answer[0] == "done":
            self.model = trial
            self.enter(result)
        elif name == "book" and answer[0] == "taken":
            self.check_guards_alone(who, *arguments)

    def resolve(self, name, arguments, blind):
        """Turn places in the list of promises into their numbers."""
        if name in ("book", "resize_pool", "tick"):
            return arguments
        numbers = sorted(
            promise.number
            for promise in self.model.promises
            if blind or self.model.state(promise) in SENSIBLE.get(name, LIVE)
        )
        if not numbers:
            return None
        first, *rest = arguments
        if name == "change":
            wishes = {}
            for place, wish, group in first:
                wish = self.in_the_way(wish, numbers)
                wishes.setdefault(numbers[place % len(numbers)], (wish, group))
            first = wishes if blind else self.sensible(wishes)
        elif isinstance(first, list):
            first = sorted({numbers[place % len(numbers)] for place in first})
        else:
            first = numbers[first % len(numbers)]
        if name == "reschedule":
            rest = rest[0]
        elif name == "hand_out":
            rest = [self.now - rest[0]]
        elif name in ("take_back", "end"):
            rest = [self.now, *rest]
        return [first, *rest]

    def in_the_way(self, wish, numbers):
        """The wish, where it is for somebody else's place told as that."""
        if "place_of" not in wish:
            return wish
        number = numbers[wish["place_of"] % len(numbers)]
        other = next(p for p in self.model.promises if p.number == number)
        place = {"thing": other.thing, "start": other.start, "stop": other.stop}
        return {name: wish[name] for name in wish if name != "place_of"} | place

    def sensible(self, wishes):
        """Those for rows of one company, as far as such rows can be given that."""
        promises = {p.number: p for p in self.model.promises}
        mine = promises[next(iter(wishes))].company
        found = {}
        for number, (wish, group) in wishes.items():
            promise = promises[number]
            fact = promise.kind in FACTS
            single = self.model.things[wish.get("thing", promise.thing)].single
            useless = {"hold_until": promise.state != "hold", "quantity": single}
            useless["by_day"] = fact
            wish = {name: wish[name] for name in wish if not useless.get(name)}
            if promise.company == mine:
                found[number] = wish, None if fact else group
        return found

    def company(self, name, arguments):
        """A company that may ask for this."""
        if name == "book":
            return self.model.things[arguments[0][0]["thing"]].company or "ours"
        if name in ("resize_pool", "tick"):
            return "ours"
        several = name in ("shift", "change")
        number = next(iter(arguments[0])) if several else arguments[0]
        return next(p.company for p in self.model.promises if p.number == number)

    def ask_model(self, trial, name, who, arguments):
        who = () if name in ("resize_pool", "tick") else (who,)
        try:
            refused = getattr(trial, name)(*who, *arguments)
        except Illegal:
            return "illegal", []
        except Taken as taken:
            return "taken", taken.args[0] if name == "book" else []
        return "done", refused if name in ("book", "change_some") else []

    def ask_ledger(self, name, who, arguments):
        """Call the ledger as a request would: refused, it leaves nothing behind."""
        ledger = self.ledger.with_user(self.case.users[who])
        try:
            with self.ledger.env.cr.savepoint():
                result, refused = getattr(self, f"do_{name}")(ledger, *arguments)
        except AllocationConflict as conflict:
            self.case.assertIsNone(
                conflict.__cause__, "the guards refused what Python's check let through"
            )
            refused = [verdict.index for verdict in conflict.verdicts]
            return None, ("taken", refused if name == "book" else []), str(conflict)
        except UserError as error:
            return None, ("illegal", []), str(error)
        return result, ("done", refused), ""

    def enter(self, result):
        """Learn the new rows, and where rows that may move were moved to."""
        known = {row.id for row in self.rows.values()}
        new = sorted({p.number for p in self.model.promises} - self.rows.keys())
        rows = [row for row in result or () if row.id not in known]
        self.case.assertEqual(len(rows), len(new))
        self.rows.update(zip(new, rows, strict=True))
        for promise in self.model.promises:
            name = self.names[self.rows[promise.number].resource_id.id]
            if name != promise.thing:
                pool = self.model.things[promise.thing].pool
                self.case.assertTrue(pool)
                self.case.assertEqual(self.model.things[name].pool, pool)
                self.case.assertFalse(promise.pinned or promise.state == "out")
                promise.thing = name
        self.model.refresh_risk()

    # === THE LEDGER'S SIDE === #

    def root(self, ledger, number):
        return ledger.browse(self.rows[number].id)

    def values(self, asks):
        return [
            {
                **ask,
                "resource_id": self.case.records[ask["thing"]].id,
                "start": moment(ask["start"]),
                "stop": moment(ask["stop"]),
                "hold_until": moment(ask.get("hold_until", END)),
            }
            for ask in asks
        ]

    def do_book(self, ledger, asks, report, grouped):
        values = self.values(asks)
        promises = all(ask["kind"] not in FACTS for ask in asks)
        for ask in values:
            del ask["thing"]
            if grouped and promises:
                ask["group"] = "both"
        foreseen = promises and [v["index"] for v in ledger.check(values)]
        try:
            done = ledger.allocate(values, on_conflict="report" if report else "raise")
        except AllocationConflict as conflict:
            refused = [verdict.index for verdict in conflict.verdicts]
            self.case.assertIn(foreseen, (False, refused))
            raise
        roots, verdicts = done if report else (done, [])
        refused = [verdict.index for verdict in verdicts]
        self.case.assertIn(foreseen, (False, refused), "check() against allocate()")
        return roots, refused

    def change(self, roots, *values, report=False, seen=None):
        """Ask first, then do it: the dry run gives the verdicts of the deed."""
        asked = list(values), "report" if report else "raise", seen
        try:
            foreseen = roots.check_change(*asked)
        except UserError:
            foreseen = "not to be asked for"
        try:
            done = roots.change(*asked)
        except AllocationConflict as conflict:
            if conflict.__cause__ is None:
                self.agree(foreseen, conflict.verdicts)
            raise
        except UserError:
            self.case.assertEqual(foreseen, "not to be asked for")
            raise
        done, verdicts = done if report else (done, [])
        self.agree(foreseen, verdicts)
        return done, [verdict.index for verdict in verdicts]

    def agree(self, foreseen, verdicts):
        refused = [verdict.to_values() for verdict in verdicts]
        self.case.assertEqual(foreseen, refused, "check_change() against change()")

    def do_change(self, ledger, wishes, seen, report):
        roots = ledger.browse([self.rows[number].id for number in wishes])
        values = [
            {**self.wish(wish), "group": group} for wish, group in wishes.values()
        ]
        seen = seen != "nothing" and [self.seen(root, seen) for root in roots.sudo()]
        return self.change(roots, *values, report=report, seen=seen)

    def wish(self, wish):
        """The model's wish in the ledger's words."""
        words = {"thing": "resource_id", "setup": "setup_minutes"}
        words["teardown"] = "teardown_minutes"
        values = {words.get(name, name): value for name, value in wish.items()}
        for name in {"start", "stop", "hold_until"} & values.keys():
            values[name] = moment(values[name])
        for name in {"setup_minutes", "teardown_minutes"} & values.keys():
            values[name] *= 60
        if "by_day" in values:
            values["reach"] = "day" if values.pop("by_day") else "period"
        if "resource_id" in values:
            values["resource_id"] = self.case.records[values["resource_id"]].id
        return values

    def seen(self, root, stale):
        """What a row is, but for the field that is stale."""
        found = {name: root[name] for name in SEEN} | {
            "resource_id": root.resource_id.id
        }
        other = {
            "start": root.start + timedelta(hours=1),
            "stop": root.start + timedelta(minutes=1),
            "resource_id": root.resource_id.id + 1,
            "quantity": root.quantity + 1,
            "state": "reserved" if root.state == "hold" else "hold",
            "pinned": not root.pinned,
            "hold_until": root.start + timedelta(minutes=1),
        }
        return found | {name: other[name] for name in {stale} & other.keys()}

    def do_reschedule(self, ledger, number, start, stop):
        root = self.root(ledger, number)
        return self.change(root, {"start": moment(start), "stop": moment(stop)})

    def do_shift(self, ledger, numbers, hours):
        roots = ledger.browse([self.rows[number].id for number in numbers])
        later = timedelta(hours=hours)
        values = [
            {"start": root.start + later, "stop": root.stop and root.stop + later}
            for root in roots
        ]
        return self.change(roots, *values)

    def do_reassign(self, ledger, number, thing, pinned):
        resource = self.case.records[thing].id
        root = self.root(ledger, number)
        return self.change(root, {"resource_id": resource, "pinned": pinned})

    def do_resize(self, ledger, number, quantity):
        return self.change(self.root(ledger, number), {"quantity": quantity})

    def do_end(self, ledger, number, at):
        return self.root(ledger, number).close(moment(at)), []

    def do_hand_out(self, ledger, number, at):
        return self.root(ledger, number).hand_out(moment(at)), []

    def do_take_back(self, ledger, number, at, quantity):
        return self.root(ledger, number).take_back(moment(at), quantity), []

    def do_prolong(self, ledger, number, until):
        return self.root(ledger, number).prolong(moment(until)), []

    def do_expect_back(self, ledger, number, when):
        return self.root(ledger, number).expect_back(moment(when)), []

    def do_resize_pool(self, ledger, name, capacity):
        self.case.records[name].with_env(ledger.env).capacity = capacity
        return (), []

    def do_tick(self, ledger, hours):
        self.ledger.sudo()._cron_look_after()
        return (), []

    def __getattr__(self, name):
        """``do_…`` of an operation that needs nothing but its arguments."""
        if not name.startswith("do_"):
            raise AttributeError(name)
        method = name.removeprefix("do_")
        reasons = ["mistake"] if method in ("reopen", "undo_hand_out") else []

        def do(ledger, number, *arguments):
            root = self.root(ledger, number)
            return getattr(root, method)(*arguments, *reasons), []

        return do

    def check_guards_alone(self, who, asks, report, grouped):
        """With Python's checks off, PostgreSQL still refuses what is overbooked."""
        new = self.model._new(who, 0, asks[0])
        if len(asks) > 1 or not self.model.overbooks(new):
            return
        ledger = self.ledger.with_user(self.case.users[who])
        believe = patch.object(
            type(ledger), "_try_requests", lambda *args, **kwargs: (Book({}, {}), [])
        )
        values = [
            {k: v for k, v in ask.items() if k != "thing"} for ask in self.values(asks)
        ]
        with believe, closing(self.ledger.env.cr.savepoint()):
            with self.case.assertRaises(AllocationConflict) as caught:
                ledger.allocate(values)
            self.case.assertTrue(caught.exception.__cause__)

    # === COMPARISONS === #

    def compare_rows(self):
        """Every tree is what the model says, leaves included (one truth)."""
        self.ledger.env.invalidate_all()
        numbers = [promise.number for promise in self.model.promises]
        roots = self.ledger.browse([self.rows[number].id for number in numbers])
        for promise, root in zip(self.model.promises, roots, strict=True):
            state = root.state
            if state == "hold" and root.hold_until <= moment(self.now):
                state = "expired"
            self.case.assertEqual(state, self.model.state(promise))
            if not self.model.counts(promise):
                continue
            found, at_risk = set(), set()
            for row in root | root.leaf_ids:
                self.case.assertEqual(row.state, root.state)
                if row.kind != "group":
                    found.add(self.share(row))
                if row != root and row.at_risk:
                    at_risk.add(self.share(row)[:2])
            shares = self.model.shares(promise)
            expected = {(s.thing, s.unit, s.quantity, s.first, s.last) for s in shares}
            self.case.assertEqual(found, expected)
            self.case.assertEqual(root.at_risk, bool(promise.at_risk), promise)
            own = {(promise.thing, "")}
            self.case.assertEqual(at_risk - own, promise.at_risk - own, promise)

    def compare_timetable(self, things, start, stop):
        """A board is told what ``busy()`` says, and the load that follows from it."""
        edges = [moment(hours) for hours in range(start, stop + 1)]
        told = things.timetable(edges[0], edges[-1], edges)
        loads = told["loads"]
        bars = in_rows(told["bars"])
        busy = things.busy(edges[0], edges[-1])
        for thing in things.filtered(lambda one: not one.component_ids):
            found = [
                (
                    from_seconds(bar["taken_from"]),
                    from_seconds(bar["taken_until"]),
                    bar["quantity"],
                    bar["state"] if bar["kind"] == "demand" else bar["kind"],
                )
                for bar in bars
                if bar["resource"] == thing.id
            ]
            expected = busy[thing.id]
            self.case.assertCountEqual(found, expected, thing.name)
            if thing.exclusive:
                continue
            place = loads["resource"].index(thing.id)
            parts = {"load": None, "held": {"hold"}, "out": {"out", "late"}}
            for name, states in parts.items():
                load = [
                    sum(
                        -quantity if state == "supply" else quantity
                        for since, until, quantity, state in expected
                        if since <= at and (until is None or at < until)
                        if states is None or state in states
                    )
                    for at in edges[:-1]
                ]
                self.case.assertEqual(loads[name][place], load, (thing.name, name))
            self.case.assertEqual(loads["capacity"][place], thing.capacity)

    def share(self, row):
        return (
            self.names[row.resource_id.id],
            self.names.get(row.unit_id.id, ""),
            row.quantity,
            hour(row.blocked_start),
            hour(row.blocked_stop),
        )

    def compare_reads(self, who, period):
        """Invariants 3, 4, 7: free and busy count every company's promises."""
        start, stop = period
        mine = [t for t in self.model.things.values() if t.company in ("", who)]
        things = self.ledger.env["resource.resource"].with_user(self.case.users[who])
        things = things.browse([self.case.records[thing.name].id for thing in mine])
        free = things.free_quantity(moment(start), moment(stop))
        busy = things.busy(moment(start), moment(stop))
        self.compare_timetable(things, start, min(stop, start + 12))
        for thing in mine:
            record = self.case.records[thing.name]
            if not thing.parts:
                found = [
                    (hour(since), hour(until), quantity, state)
                    for since, until, quantity, state in busy[record.id]
                ]
                expected = self.model.busy(thing.name, start, stop)
                self.case.assertEqual(sorted(found), expected, f"busy: {thing.name}")
            try:
                expected = self.model.free(thing.name, start, stop)
            except Undecided:
                continue
            if thing.pool or thing.parts:
                # A unit that somebody holds loosely can be had, but is not offered.
                self.case.assertLessEqual(
                    free[record.id], expected, f"free: {thing.name}"
                )
            else:
                self.case.assertEqual(free[record.id], expected, f"free: {thing.name}")


def moment(hours):
    """The model's hour as the ledger's instant; an open end as None."""
    return None if hours == END else MONDAY + timedelta(hours=hours)


def from_seconds(seconds):
    """An instant of the timetable; an open end is None there too."""
    return None if seconds is None else datetime(1970, 1, 1) + timedelta(0, seconds)


def hour(instant):
    """The other way round; the ledger's open ends are None or lie ages ahead."""
    hours = END if instant is None else (instant - MONDAY).total_seconds() / 3600
    return int(min(hours, END))
