"""Many bookers at once: a room, a combination, the last pieces have as many winners as
there are, whole or not at all.

The reservations go the way that the buttons go, each in a transaction of its own with
the server's own retries. Each load runs also as *control*, on a ledger without guards:
there it must promise too much, else it proves nothing.
"""

import functools

import pytest
from gate.databases import run_name
from gate.odoo import run_shell
from ledger_load import DEFEAT_GUARDS, ask, connect, deadlocks, overloads
from odoo_process import run_clients
from room_race import (
    BOOKERS,
    LAST,
    MAKE_HOUSE,
    is_whole,
    reservations,
    rooms_of,
    strays,
    traces,
)


@pytest.fixture(scope="module")
def house(databases, templates, variables):
    """A database with a house, its bookers and their drafts; tests work on clones."""
    name = databases.clone(templates.ready(), run_name("house"))
    done = run_shell(variables, name, "integration/room_race_house", MAKE_HOUSE)
    assert done.code == 0, done.tail()
    yield name
    databases.drop(name)


@pytest.fixture
def race(databases, house, client_log):
    """Let every booker ask at once: who won?

    ``race(work, wish)`` gives the database and the winners. Who lost left nothing at
    all behind, who won has all of it. ``work(reservation)`` is one request.
    """
    made = []

    def run(work, wish, naive=False):
        made.append(databases.clone(house, run_name(f"house{len(made)}")))
        database = made[-1]
        if naive:
            with connect(database) as connection, connection.cursor() as cursor:
                cursor.execute(DEFEAT_GUARDS)
                connection.commit()
        wanted = reservations(database, wish)
        assert len(wanted) == BOOKERS
        before = {one: traces(database, one) for one, _booker in wanted}
        stray, dead = strays(database), deadlocks(database)
        client = functools.partial(_request, work, naive)
        words = run_clients(database, client, wanted, client_log)
        words = dict(zip(before, words, strict=True))
        assert set(words.values()) <= {"ok", "conflict"}
        winners = [one for one, word in words.items() if word == "ok"]
        for one in before:
            after = traces(database, one)
            if one in winners:
                assert is_whole(after), after
            else:
                assert after == before[one]
        assert strays(database) == stray
        assert deadlocks(database) == dead
        return database, winners

    yield run
    for name in made:
        databases.drop(name)


def _request(work, naive, registry, wanted):
    """One booker's request: in a word what came of it."""
    one, booker = wanted

    def request(env):
        work(env["room.reservation"].with_user(booker).browse(one))

    return ask(registry, request, naive)[0]


def promises_too_much(race, work, wish):
    """Whether the same load overbooks a ledger without guards.

    Chance decides which bookers meet, so a load that missed may try again.
    """
    return any(overloads(race(work, wish, naive=True)[0]) for _try in range(4))


def book(reservation):
    reservation.action_book()


def approve(reservation):
    boss = reservation.env["res.users"].search([("login", "=", "race_boss")])
    reservation.with_user(boss).approve()


def check_in_or_book(reservation):
    """Who is late wants to come in; the others want the room that they find empty."""
    if reservation.state == "draft":
        reservation.action_book()
    else:
        reservation.check_in()


@pytest.mark.parametrize(
    ("work", "wish", "most"),
    [
        (book, "wants the aula", 1),
        (book, "wants a laptop", LAST),
        (book, "wants lunch", LAST),
        (check_in_or_book, "wants the door", 1),
        (approve, "wants the board", 1),
    ],
    ids=["room", "pool", "quota", "late_check_in", "approval"],
)
def test_R13_R16_as_many_win_as_there_are(race, work, wish, most):
    database, winners = race(work, wish)
    assert len(winners) == most
    assert overloads(database) == []
    assert promises_too_much(race, work, wish), "control"


def test_RS1_combination_against_its_parts(race):
    """Both parts, to one each, or the whole to one; nobody waits in a circle."""
    database, winners = race(book, "wants a hall")
    assert rooms_of(database, winners) in (
        ["Race Aula", "Race Studio"],
        ["Race Hall"],
    )
    assert overloads(database) == []
    assert promises_too_much(race, book, "wants a hall"), "control"
