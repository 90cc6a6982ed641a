"""Many storekeepers at once: one thing goes to one person, in whichever way.

The requests go the way that the buttons go, each in a transaction of its own with the
server's own retries. Each load runs also as *control*, with the guards of both tables
taken away: there two must get the thing, else it proves nothing.
"""

import functools
from collections import Counter
from datetime import datetime, timedelta

import pytest
from gate.databases import run_name
from gate.odoo import run_shell
from ledger_load import ask, connect, deadlocks, overloads, read_rows
from lending_race import (
    BATCH,
    DEFEAT_CUSTODY,
    KEEPERS,
    MAKE_STORE,
    PAIRS,
    doubles,
    free_while_held,
    keepers,
    things,
    traces,
    users_of,
    without_turns,
)
from odoo_process import run_clients


@pytest.fixture(scope="module")
def store(databases, templates, variables):
    """A database with a store, its keepers and its things; tests work on clones."""
    name = databases.clone(templates.ready(), run_name("store"))
    done = run_shell(variables, name, "integration/lending_race_store", MAKE_STORE)
    assert done.code == 0, done.tail()
    yield name
    databases.drop(name)


@pytest.fixture
def race(databases, store, client_log):
    """Let every keeper do something, all at once.

    ``race(work)`` gives a :class:`Raced`; ``work(env, request)`` is one request.
    """
    made = []

    def run(work, wanted, naive=False):
        made.append(databases.clone(store, run_name(f"store{len(made)}")))
        database = made[-1]
        if naive:
            with connect(database) as connection, connection.cursor() as cursor:
                cursor.execute(DEFEAT_CUSTODY)
                connection.commit()
        items = things(database, wanted)
        requests = [
            Request(number, user, person, items)
            for number, (user, person) in enumerate(keepers(database))
        ]
        assert len(requests) == KEEPERS
        before, dead = traces(database), deadlocks(database)
        client = functools.partial(_request, work, naive)
        words = run_clients(database, client, requests, client_log)
        raced = Raced(database, words, before)
        if not naive:
            assert deadlocks(database) == dead
            assert doubles(database) == []
            assert overloads(database) == []
            assert free_while_held(database) == []
        return raced

    yield run
    for name in made:
        databases.drop(name)


class Request:
    """Who asks for whom, and what there is."""

    def __init__(self, number, user, person, items):
        self.number = number
        self.user = user
        self.person = person
        self.assets = [asset for asset, _resource in items]
        self.resources = [resource for _asset, resource in items]

    def wishes(self):
        """One dictionary for each thing, for this person."""
        return [{"asset_id": one, "employee_id": self.person} for one in self.assets]


def _request(work, naive, registry, request):
    """One keeper's request: in a word what came of it."""

    def run(env):
        env = env(user=request.user)
        if not naive:
            return work(env, request)
        with without_turns(env):
            work(env, request)
            return env.flush_all()

    return ask(registry, run, naive)[0]


class Raced:
    """What came of it: a word of each, and what was left behind."""

    def __init__(self, database, words, before):
        self.database = database
        self.words = words
        self.left = Counter(traces(database))
        self.left.subtract(before)

    def check_one_winner(self, **left):
        """One got it, the others were told; of them nothing at all is left."""
        words = Counter(map(kind_of, self.words))
        assert words == {"ok": 1, "refused": KEEPERS - 1}, self.words
        found = {name: self.left[name] for name in left}
        assert found == left, self.left


def kind_of(word):
    """``ok``, ``refused`` with words for people, or the error itself."""
    told = ("conflict", "UserError(", "ValidationError(")
    return "refused" if word.startswith(told) else word


def check_control(race, work, wanted, wrong):
    """The same load goes wrong without guards.

    Chance decides which of them meet, so a load that missed may try again.
    """
    missed = []
    for _try in range(4):
        raced = race(work, wanted, naive=True)
        if wrong(raced.database):
            return
        missed.append(Counter(raced.words))
    pytest.fail(f"nothing went wrong without guards: {missed}")


# === ONE THING === #


def reserve(env, request):
    env["lending.loan"].reserve(request.wishes())


def test_L4_L20_one_thing_is_reserved_for_one(race):
    raced = race(reserve, "drill")
    raced.check_one_winner(rows=1, custody=0, history=1, promises=1)
    check_control(race, reserve, "drill", overloads)


def hand_out(env, request):
    env["lending.loan"].hand_out_directly(request.wishes())


def test_L7_one_thing_is_handed_out_to_one(race):
    raced = race(hand_out, "drill")
    raced.check_one_winner(rows=1, custody=1, history=1, promises=1)
    [(_asset, person)] = users_of(raced.database, "drill")
    winner = raced.words.index("ok")
    assert person == keepers(raced.database)[winner][1]
    check_control(race, hand_out, "drill", doubles)


def collect(env, request):
    """The one reservation is collected at every counter."""
    loan = env["lending.loan"].search([("asset_id", "in", request.assets)])
    loan.hand_out()


def test_L7_one_reservation_is_collected_once(race):
    """No control: each of them writes the same row, which PostgreSQL alone refuses."""
    raced = race(collect, "wanted")
    raced.check_one_winner(rows=0, custody=1, history=1, promises=0)


def pass_on(env, request):
    if request.number:
        loan = env["lending.loan"].search([("asset_id", "in", request.assets)])
        loan.transfer({"employee_id": request.person})
    else:
        env["lending.loan"].search([("asset_id", "in", request.assets)]).take_back()


def test_LC3_one_thing_is_passed_on_once_or_taken_back(race):
    """No control: each of them writes the same row, which PostgreSQL alone refuses."""
    raced = race(pass_on, "passed")
    words = Counter(map(kind_of, raced.words))
    assert words == {"ok": 1, "refused": KEEPERS - 1}, raced.words
    assert len(users_of(raced.database, "passed")) == int(raced.words[0] != "ok")


# === LENT, BLOCKED AND TYPED === #


def take_it_somehow(env, request):
    """A third each lends it, keeps it out of service, and types who has it."""
    now = datetime.now().replace(microsecond=0)
    if request.number % 3 == 0:
        hand_out(env, request)
    elif request.number % 3 == 1:
        env["resource.allocation"].allocate(
            [
                {
                    "resource_id": request.resources[0],
                    "start": now + timedelta(hours=1),
                    "stop": now + timedelta(days=1),
                    "kind": "block",
                }
            ],
            refuse_facts=True,
        )
    else:
        env["lending.loan"].create(request.wishes())


def in_both(database):
    """Something is wrong in one of the tables, or between them."""
    return doubles(database) or overloads(database) or taken_twice(database)


def taken_twice(database):
    """``[(resource, ...)]``: live in the ledger more than once, by whatever."""
    query = "SELECT resource_id FROM resource_allocation WHERE live"
    query += " GROUP BY resource_id HAVING count(*) > 1"
    return read_rows(database, query)


def test_invariant_2_lent_blocked_or_typed_but_one_of_them(race):
    raced = race(take_it_somehow, "drill")
    raced.check_one_winner(promises=1)
    assert raced.left["rows"] <= 1
    assert taken_twice(raced.database) == []
    check_control(race, take_it_somehow, "drill", in_both)


# === HELD BY SEVERAL === #


def add_or_return(env, request):
    """Of each pair, one takes back from the only holder, the other adds one."""
    asset = request.assets[request.number // 2]
    if request.number % 2:
        wish = {"asset_id": asset, "employee_id": request.person}
        env["lending.loan"].hand_out_directly([wish])
    else:
        loan = env["lending.loan"].search(
            [("asset_id", "=", asset), ("state", "=", "out")], order="id", limit=1
        )
        loan.take_back()


def test_D14_the_ledger_never_calls_free_what_somebody_still_has(race):
    raced = race(add_or_return, "pool")
    assert set(raced.words) == {"ok"}, raced.words
    assert len(users_of(raced.database, "pool")) == PAIRS
    check_control(race, add_or_return, "pool", wrong_of_shared)


def wrong_of_shared(database):
    """The ledger has it twice, or says that it is free while somebody has it."""
    return free_while_held(database) or taken_twice(database)


# === MANY THINGS, IN ANY ORDER === #


def take_the_kit(env, request):
    """Half of them name the things in the other order: nobody may wait in a circle."""
    wishes = request.wishes()[:: 1 if request.number % 2 else -1]
    env["lending.loan"].hand_out_directly(wishes)


def test_invariant_2_a_batch_in_any_order_goes_to_one_whole(race):
    raced = race(take_the_kit, "kit")
    raced.check_one_winner(rows=BATCH, custody=BATCH, promises=BATCH)
    people = {person for _asset, person in users_of(raced.database, "kit")}
    assert len(people) == 1
    check_control(race, take_the_kit, "kit", doubles)
