"""Many at once: the ledger promises nothing twice, loses nothing, blames nobody.

Every load runs twice: on the ledger as it is, and as *control* on one whose guards were
taken away. The control must overbook, else the load proves nothing.
"""

import functools
import time
from collections import Counter
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from gate.databases import run_name
from gate.odoo import run_shell
from ledger_load import (
    DEFEAT_GUARDS,
    MAKE_THINGS,
    Client,
    at_risk,
    broken_groups,
    connect,
    deadlocks,
    hour,
    overloads,
    read_rows,
    roots,
)
from odoo_process import run_clients

CLIENTS = 16
POOLS = {"pool of 1": 1, "pool of 4": 4, "pool of 40": 40}


@pytest.fixture(scope="module")
def stage(databases, templates, variables):
    """A database with the things that the clients want; tests work on clones."""
    name = databases.clone(templates.ready(), run_name("ledger"))
    done = run_shell(variables, name, "integration/ledger_things", MAKE_THINGS)
    assert done.code == 0, done.tail()
    yield name
    databases.drop(name)


@pytest.fixture
def play(databases, stage, client_log, large):
    """Let all clients do something: ``play(work)`` gives a :class:`Played`.

    ``work(client, number, things, rounds)`` is what each of them does.
    """
    made = []

    def run(work, naive=False, prepare=lambda database, things: None):
        made.append(databases.clone(stage, run_name(f"ledger{len(made)}")))
        database = made[-1]
        query = "SELECT name->>'en_US', id FROM resource_resource"
        column = "SELECT data_type FROM information_schema.columns"
        column += " WHERE table_name = 'resource_resource' AND column_name = 'name'"
        if read_rows(database, column) != [("jsonb",)]:
            query = "SELECT name, id FROM resource_resource"
        things = dict(read_rows(database, query))
        if naive:
            with connect(database) as connection, connection.cursor() as cursor:
                cursor.execute(DEFEAT_GUARDS)
                connection.commit()
        prepare(database, things)
        rounds = 100 if large else 6
        client = functools.partial(_start_client, work, things, rounds, naive)
        before = deadlocks(database)
        answers = run_clients(database, client, range(CLIENTS), client_log)
        assert all(isinstance(answer, dict) for answer in answers), answers
        return Played(database, answers, deadlocks(database) - before)

    yield run
    for name in made:
        databases.drop(name)


def _start_client(work, things, rounds, naive, registry, number):
    client = Client(registry, f"client {number}", naive)
    work(client, number, things, rounds)
    return client.answer()


class Played:
    """What came of it."""

    def __init__(self, database, answers, deadlocks):
        self.database = database
        self.words = Counter(word for answer in answers for word in answer["words"])
        self.acknowledged = {
            key: value for answer in answers for key, value in answer["mine"].items()
        }
        self.won = Counter(version for answer in answers for version in answer["won"])
        self.deadlocks = deadlocks

    def check(self, busy=0.0, refusal="conflict"):
        """What must hold whatever was asked; ``busy``: how many may be sent away."""
        assert self.words.keys() <= {"ok", refusal, "busy"}, self.words
        assert self.words["busy"] <= busy * self.words.total(), self.words
        assert self.words["ok"] and self.words[refusal], self.words
        assert overloads(self.database) == []
        assert roots(self.database) == self.acknowledged, "something was lost"
        assert self.deadlocks == 0


def overbooked_without_guards(play, work):
    """Whether the same load overbooks a ledger without guards: else it proves nothing.

    Chance decides which clients meet, so a load that missed may try again.
    """
    return any(overloads(play(work, naive=True).database) for _try in range(4))


# === ONE SLOT === #


def ask_for_one_slot(client, number, things, rounds):
    client.book(things["room"], period=(hour(8), hour(10)))


def test_invariant_2_one_slot_has_one_winner(play):
    played = play(ask_for_one_slot)
    assert played.words == {"ok": 1, "conflict": CLIENTS - 1}
    played.check()
    assert overbooked_without_guards(play, ask_for_one_slot), "control"


def ask_for_the_last_piece(client, number, things, rounds):
    client.book(things["pool of 1"], period=(hour(8), hour(10)))


def test_invariant_2_last_piece_of_a_pool_has_one_winner(play):
    played = play(ask_for_the_last_piece)
    assert played.words["ok"] == 1
    played.check(busy=0.02)
    assert overbooked_without_guards(play, ask_for_the_last_piece), "control"


# === RANDOM LOAD === #


def want_the_room(client, number, things, rounds):
    for _round in range(rounds):
        client.choose(
            (6, lambda: client.book(things["room"])),
            (3, client.move),
            (1, client.cancel),
        )


def test_single_things_know_no_error_but_the_conflict(play):
    play(want_the_room).check()
    assert overbooked_without_guards(play, want_the_room), "control"


def want_pools(client, number, things, rounds):
    for _round in range(rounds):
        name = client.random.choice(sorted(POOLS))
        quantity = client.random.randint(1, max(POOLS[name] // 3, 1))
        client.choose(
            (6, lambda n=name, q=quantity: client.book(things[n], q)),
            (2, client.move),
            (1, client.cancel),
        )


def test_invariant_2_pools_hold_against_moves_and_cancels(play):
    played = play(want_pools)
    played.check(busy=0.02)
    assert not at_risk(played.database), "without facts nothing is at risk"
    assert overbooked_without_guards(play, want_pools), "control"


def face_facts(client, number, things, rounds):
    """A fact and a promise want each booth at once; then two clients cut capacities and
    block, the others want what is left."""
    booth = things[f"booth {number // 2}"]
    kind = "block" if number % 2 else "demand"
    client.book(booth, period=(hour(8), hour(10)), kind=kind)
    if number > 1:
        for _round in range(rounds // 2):
            client.book(things["room"])
        want_pools(client, number, things, rounds)
        return
    for round_ in range(rounds // 3):
        size = POOLS["pool of 40"]
        client.recount(things["pool of 40"], size - 5 * (round_ % 3))
        client.book(things["room"], kind="block")
        client.book(things["pool of 4"], 2, kind="block")


def test_invariant_1_facts_are_recorded_and_leave_no_unmarked_overload(play):
    played = play(face_facts)
    played.check(busy=0.02)
    assert at_risk(played.database)
    assert overbooked_without_guards(play, face_facts), "control"


# === IN EACH OTHER'S WAY === #


def want_unit_and_pool(client, number, things, rounds):
    pair = [things[f"drill {number % 2 + 1}"], things["drills"]]
    for _round in range(rounds):
        client.choose(
            (6, lambda: client.book(pair if number % 4 < 2 else pair[::-1])),
            (2, client.move),
            (3, client.cancel),
        )


def test_invariant_5_unit_and_pool_in_any_order(play):
    play(want_unit_and_pool).check(busy=0.02)
    assert overbooked_without_guards(play, want_unit_and_pool), "control"


def want_hall_or_atoms(client, number, things, rounds):
    wishes = [things["hall"], things["room"], [things["studio"], things["room"]]]
    for _round in range(rounds):
        client.choose(
            (6, lambda: client.book(client.random.choice(wishes))),
            (2, client.move),
            (3, client.cancel),
        )


def test_invariant_5_combinations_against_their_atoms(play):
    play(want_hall_or_atoms).check()
    assert overbooked_without_guards(play, want_hall_or_atoms), "control"


def want_groups(client, number, things, rounds):
    for round_ in range(rounds):
        own = things[f"booth {number % 8}"], number * rounds + round_
        client.choose(
            (2, lambda own=own: client.book_groups(things, *own)),
            (1, client.move_groups),
        )


def test_groups_are_there_whole_or_not_at_all(play):
    played = play(want_groups)
    played.check(busy=0.1)
    assert broken_groups(played.database) == []
    assert overbooked_without_guards(play, want_groups), "control"


# === WHAT WAS SEEN === #


def count_together(client, number, things, rounds, blind=False):
    """Each row has a number that all of them raise."""
    if number == 0:
        client.book([things["room"], things["pool of 40"]], period=(hour(0), hour(1)))
        client.book(things["hall"], period=(hour(100), hour(101)))
    while len(roots(client.database)) < 3:
        time.sleep(0.05)
    keys = sorted(roots(client.database))
    for _round in range(rounds):
        client.count_up(client.random.sample(keys, client.random.randint(1, 3)), blind)


def versions(database):
    """Every number that was once to be seen of a row, and is no more."""
    rows = "SELECT coalesce(root_id, id), setup_minutes FROM resource_allocation"
    return {
        (key, number)
        for key, last in set(read_rows(database, rows))
        for number in range(last)
    }


def test_of_those_who_saw_the_same_one_wins(play):
    played = play(count_together)
    played.check(busy=0.1, refusal="stale")
    assert played.won == Counter(versions(played.database)), "an update was lost"
    blind = functools.partial(count_together, blind=True)
    assert any(max(play(blind).won.values()) > 1 for _try in range(4)), "control"


# === ONCE ONLY === #

LAPSED = """
    INSERT INTO resource_allocation (
        resource_id, company_id, kind, quantity, start, stop, blocked_start,
        blocked_stop, state, hold_until, live, at_risk, exclusive, returnable, reach)
    SELECT %s, min(id), 'demand', 1, %s, %s, %s, %s, %s, %s, true, false, true, false,
           'period'
      FROM res_company RETURNING id
"""


def insert(database, thing, state="reserved", hold_until=None):
    """Write a promise of the slot past Odoo."""
    period = (hour(8), hour(10))
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(LAPSED, (thing, *period, *period, state, hold_until))
        connection.commit()
        return cursor.fetchone()[0]


def want_what_lapsed(client, number, things, rounds):
    if number == 0:
        key = read_rows(client.database, "SELECT id FROM resource_allocation")[0][0]
        if client.confirm(key):
            client.mine[key] = (hour(8), hour(10), 1)
    else:
        ask_for_one_slot(client, number, things, rounds)


def test_invariant_3_lapsed_hold_goes_to_one(play):
    long_ago = datetime.now() - timedelta(days=2)

    def prepare(database, things):
        insert(database, things["room"], "hold", long_ago)

    played = play(want_what_lapsed, prepare=prepare)
    assert played.words == {"ok": 1, "conflict": CLIENTS - 1}
    played.check()


def hand_out_the_same(client, number, things, rounds):
    key = read_rows(client.database, "SELECT id FROM resource_allocation")[0][0]
    client.hand_out(key, None)


def test_invariant_4_handed_out_once(play):
    def prepare(database, things):
        insert(database, things["drill 1"])

    words = play(hand_out_the_same, prepare=prepare).words
    assert words.pop("ok") == 1
    assert all(word.startswith("UserError(") for word in words), words
    assert words.total() == CLIENTS - 1


def want_pool_without_patience(client, number, things, rounds):
    with patch("odoo.service.model.time.sleep"):
        for _round in range(4 * rounds):
            client.book(things["pool of 40"])


def test_who_is_sent_away_is_told_in_words(play):
    """Without the pauses between tries the last one is soon reached."""
    played = play(want_pool_without_patience)
    assert played.words["busy"]
    assert played.words.keys() <= {"ok", "conflict", "busy"}, played.words
    assert overloads(played.database) == []
    assert roots(played.database) == played.acknowledged
