"""What the tests of the ledger under load share: things, clients, the count afterwards.

The count (:func:`overloads`) is plain Python over plain rows, read past Odoo: it must
not trust what it is to judge.
"""

import contextlib
import random
import time
from collections import defaultdict
from datetime import datetime, timedelta

import psycopg2

DAY = datetime(2031, 3, 3)
# Seconds that a transaction goes on after it asked the ledger, as real ones do.
LINGER = 0.02

# A naive application: it looks whether there is room, then writes. The names stay in
# the catalogue, because a ledger that misses them does not start.
DEFEAT_GUARDS = """
    ALTER TABLE resource_allocation
        DROP CONSTRAINT resource_allocation_no_overlap,
        ADD CONSTRAINT resource_allocation_no_overlap
            EXCLUDE USING gist (tsrange(blocked_start, blocked_stop) WITH &&)
            WHERE (false);
    DROP INDEX resource_allocation_one_out;
    CREATE OR REPLACE FUNCTION resource_allocation_enter() RETURNS trigger
        LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE OR REPLACE FUNCTION resource_allocation_check() RETURNS trigger
        LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
"""
THINGS = {
    "room": {},
    "studio": {},
    "hall": {"component_ids": ["room", "studio"]},
    "pool of 1": {"exclusive": False, "capacity": 1},
    "pool of 4": {"exclusive": False, "capacity": 4},
    "pool of 40": {"exclusive": False, "capacity": 40},
    "drills": {"exclusive": False, "capacity": 3, "release": "return"},
    "drill 1": {"pool_id": "drills", "release": "return"},
    "drill 2": {"pool_id": "drills", "release": "return"},
    **{f"booth {number}": {} for number in range(8)},
}
MAKE_THINGS = (
    f"things = {THINGS!r}"
    + """
made = {}
for name, values in things.items():
    for field in {"pool_id", "component_ids"} & values.keys():
        names = values[field]
        values[field] = (
            made[names] if isinstance(names, str) else [made[one] for one in names]
        )
    made[name] = env["resource.resource"].create(
        {"name": name, "bookable": True, "company_id": False, **values}
    ).id
env.cr.commit()
"""
)


WORDS = {
    "AllocationConflict": "conflict",
    "StaleChange": "stale",
    "LedgerBusy": "busy",
}
GROUPS = {
    "lecture": {"room": 1, "pool of 40": 10, "pool of 1": 1},
    "concert": {"hall": 1, "pool of 4": 2},
    "repair": {"drills": 1, "studio": 1, "pool of 4": 1},
}
"""What holds together, and how many of each."""


def hour(number):
    return DAY + timedelta(hours=number)


# === CLIENTS === #


def ask(registry, work, naive=False):
    """One request as a server runs it: what came of it, in a word, and its result.

    The words: ``ok``, ``conflict``, ``stale``, ``busy``, else the error itself.
    """
    from odoo_process import transact

    def request(env):
        with _without_locks(env) if naive else contextlib.nullcontext():
            result = work(env)
            env.flush_all()
            time.sleep(LINGER)
            return result

    try:
        return "ok", transact(registry, request)
    except Exception as error:  # noqa: BLE001 - which errors reach a client is the test
        return WORDS.get(type(error).__name__) or repr(error), None


@contextlib.contextmanager
def _without_locks(env):
    """Python's own checks stay; nobody waits for anybody."""
    model = type(env["resource.allocation"])
    lock = model.lock_resources
    model.lock_resources = lambda self, resources, facts=False: None
    try:
        yield
    finally:
        model.lock_resources = lock


class Client:
    """One user at work: random requests, and what was acknowledged of them."""

    def __init__(self, registry, seed, naive):
        self.registry = registry
        self.naive = naive
        self.random = random.Random(seed)
        self.words = []
        self.mine = {}
        self.groups = {}
        self.won = []

    @property
    def database(self):
        return self.registry.db_name

    def choose(self, *wishes):
        """Do one of ``(weight, deed)``."""
        weights, deeds = zip(*wishes, strict=True)
        self.random.choices(deeds, weights)[0]()

    def ask(self, work):
        word, result = ask(self.registry, work, self.naive)
        self.words.append(word)
        return result

    def answer(self):
        return {"words": self.words, "mine": self.mine, "won": self.won}

    def period(self, hours=12, longest=6):
        start = self.random.randrange(hours)
        return hour(start), hour(start + self.random.randint(1, longest))

    def book(self, thing, quantity=1, period=None, **vals):
        """Book; ``thing`` may be several, booked in that order in one call."""
        start, stop = period or self.period()
        things = thing if isinstance(thing, list) else [thing]
        asked = [
            {"resource_id": one, "start": start, "stop": stop, "quantity": quantity}
            for one in things
        ]
        ids = self.ask(
            lambda env: (
                env["resource.allocation"]
                .allocate([{**row, **vals} for row in asked])
                .ids
            )
        )
        for key, row in zip(ids or (), asked, strict=bool(ids)):
            self.mine[key] = (row["start"], row["stop"], row["quantity"])

    def move(self):
        if not self.mine:
            return
        key = self.random.choice(sorted(self.mine))
        start, stop = self.period()

        def work(env):
            env["resource.allocation"].browse(key).reschedule(start, stop)
            return True

        if self.ask(work):
            self.mine[key] = (start, stop, self.mine[key][2])

    def cancel(self):
        if not self.mine:
            return
        key = self.random.choice(sorted(self.mine))

        def work(env):
            env["resource.allocation"].browse(key).cancel()
            return True

        if self.ask(work):
            del self.mine[key]

    def book_groups(self, things, own, at):
        """Ask for every group, each some time, and for ``own`` in vain and alone.

        ``own`` nobody else wants at that hour. The group that wants it twice is
        refused, and then in nobody's way.
        """
        asked = []
        for group, wanted in GROUPS.items():
            name = f"{group} {self.random.random()}"
            start, stop = self.period()
            for thing, quantity in wanted.items():
                row = {"resource_id": things[thing], "quantity": quantity, "name": name}
                asked.append({**row, "start": start, "stop": stop, "group": group})
        alone = {"resource_id": own, "start": hour(at), "stop": hour(at + 1)}
        asked += [{**alone, "group": "in vain"}, {**alone, "group": "in vain"}, alone]

        def work(env):
            roots, verdicts = env["resource.allocation"].allocate(asked, "report")
            return roots.ids, [verdict.index for verdict in verdicts]

        if (answer := self.ask(work)) is None:
            return
        ids, refused = answer
        gone = {asked[place].get("group") for place in refused}
        assert None not in gone, "refused for the sake of another"
        done = [row for row in asked if row.get("group") not in gone]
        for key, row in zip(ids, done, strict=True):
            self.mine[key] = (row["start"], row["stop"], row.get("quantity", 1))
            if "group" in row:
                self.groups.setdefault(row["name"], []).append(key)
        self.words += ["conflict"] * len(gone - {"in vain"})

    def move_groups(self):
        """Move some groups, each as a whole, to some time of its own."""
        names = self.random.sample(sorted(self.groups), min(len(self.groups), 3))
        wanted = {}
        for name in names:
            start, stop = self.period()
            for key in self.groups[name]:
                wanted[key] = {"start": start, "stop": stop, "group": name}

        def work(env):
            rows = env["resource.allocation"].browse(wanted)
            done, _verdicts = rows.change(list(wanted.values()), "report")
            return done.ids

        for key in self.ask(work) or ():
            start, stop = wanted[key]["start"], wanted[key]["stop"]
            self.mine[key] = (start, stop, self.mine[key][2])

    def count_up(self, keys, blind):
        """Raise a number of each of these rows by one, as who saw what it was."""
        seen = dict(
            read_rows(
                self.database,
                "SELECT id, setup_minutes FROM resource_allocation WHERE id = ANY(%s)",
                keys,
            )
        )

        def work(env):
            env["resource.allocation"].browse(keys).change(
                [{"setup_minutes": seen[key] + 1} for key in keys],
                seen=None if blind else [{"setup_minutes": seen[key]} for key in keys],
            )
            return True

        if self.ask(work):
            self.won += [(key, seen[key]) for key in keys]

    def confirm(self, key):
        def work(env):
            env["resource.allocation"].browse(key).confirm()
            return True

        return self.ask(work)

    def hand_out(self, key, at):
        def work(env):
            env["resource.allocation"].browse(key).hand_out(at)
            return True

        return self.ask(work)

    def recount(self, thing, capacity):
        """Write another capacity: a fact, whatever is booked."""

        def work(env):
            env["resource.resource"].browse(thing).capacity = capacity
            return True

        self.ask(work)


# === THE COUNT AFTERWARDS === #


def connect(database):
    return contextlib.closing(psycopg2.connect(dbname=database))


def read_rows(database, query, *arguments):
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return cursor.fetchall()


def live_rows(database):
    """Every row that counts: resource, period, quantity, kind, at risk."""
    return read_rows(
        database,
        "SELECT resource_id, blocked_start, blocked_stop, quantity, kind, at_risk"
        " FROM resource_allocation WHERE live AND kind <> 'group'",
    )


def overloads(database):
    """``[(resource, instant, load, capacity)]``: promised more than there is.

    A promise that a fact took the room of is marked *at risk*: it may be too much. So
    may facts alone; where they are, nothing else may be promised.
    """
    capacity = dict(read_rows(database, "SELECT id, capacity FROM resource_resource"))
    changes = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for resource, start, stop, quantity, kind, marked in live_rows(database):
        if kind == "demand" and marked:
            continue
        weight = -quantity if kind == "supply" else quantity
        promised = quantity if kind == "demand" else 0
        for instant, sign in ((start, 1), (stop, -1)):
            changes[resource][instant][0] += sign * weight
            changes[resource][instant][1] += sign * promised
    found = []
    for resource, steps in changes.items():
        load = promised = 0
        for instant in sorted(steps):
            load += steps[instant][0]
            promised += steps[instant][1]
            if promised and load > capacity[resource]:
                found.append((resource, instant, load, capacity[resource]))
    return found


def broken_groups(database):
    """Names of groups that are there in part, or in several places."""
    rows = read_rows(
        database,
        "SELECT name, count(*), count(DISTINCT (start, stop)) FROM resource_allocation"
        " WHERE live AND root_id IS NULL AND name IS NOT NULL GROUP BY name",
    )
    sizes = {group: len(wanted) for group, wanted in GROUPS.items()}
    return [
        name
        for name, rows, places in rows
        if (rows, places) != (sizes[name.split()[0]], 1)
    ]


def at_risk(database):
    """The promises that a fact left no room for."""
    return read_rows(database, "SELECT id FROM resource_allocation WHERE at_risk")


def roots(database):
    """``{id: (start, stop, quantity)}`` of every live root."""
    rows = read_rows(
        database,
        "SELECT id, start, stop, quantity FROM resource_allocation"
        " WHERE live AND root_id IS NULL",
    )
    return {key: tuple(values) for key, *values in rows}


def deadlocks(database):
    query = "SELECT deadlocks FROM pg_stat_database WHERE datname = %s"
    return read_rows(database, query, database)[0][0]
