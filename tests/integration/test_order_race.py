"""Many clerks at once: the last pieces go to as many as there are, whole or not at all.

The orders go the way that the buttons go, each in a transaction of its own with the
server's own retries. The load runs also as *control*, on a ledger without guards: there
it must promise too much, else it proves nothing.
"""

import functools
from collections import Counter
from datetime import datetime, timedelta

import pytest
from gate.databases import run_name
from gate.odoo import run_shell
from ledger_load import DEFEAT_GUARDS, ask, connect, deadlocks, overloads, read_rows
from odoo_process import run_clients
from order_race import CLERKS, LAST, MAKE_SHOP, orders, strays, traces


@pytest.fixture(scope="module")
def shop(databases, templates, variables):
    """A database with a shop, its clerks and their orders; tests work on clones."""
    name = databases.clone(templates.ready(), run_name("shop"))
    done = run_shell(variables, name, "integration/order_race_shop", MAKE_SHOP)
    assert done.code == 0, done.tail()
    yield name
    databases.drop(name)


@pytest.fixture
def race(databases, shop, client_log):
    """Let every clerk work on an order of theirs, all at once.

    ``race(work, wish)`` gives a :class:`Raced`; ``work(env, order)`` is one request.
    """
    made = []

    def run(work, wish, naive=False):
        made.append(databases.clone(shop, run_name(f"shop{len(made)}")))
        database = made[-1]
        if naive:
            with connect(database) as connection, connection.cursor() as cursor:
                cursor.execute(DEFEAT_GUARDS)
                connection.commit()
        wanted = orders(database, wish)
        assert len(wanted) == CLERKS
        before = {order: traces(database, order) for order, _clerk in wanted}
        stray, dead = strays(database), deadlocks(database)
        client = functools.partial(_request, work, naive)
        words = run_clients(database, client, wanted, client_log)
        raced = Raced(database, words, before)
        assert strays(database) == stray
        assert deadlocks(database) == dead
        return raced

    yield run
    for name in made:
        databases.drop(name)


def _request(work, naive, registry, wanted):
    """One clerk's request: in a word what came of it."""
    order, clerk = wanted

    def request(env):
        work(env(user=clerk), env["sale.order"].with_user(clerk).browse(order))

    return ask(registry, request, naive)[0]


class Raced:
    """What came of it, order by order."""

    def __init__(self, database, words, before):
        self.database = database
        self.words = dict(zip(before, words, strict=True))
        self.before = before
        self.after = {order: traces(database, order) for order in before}

    def winners(self):
        return [order for order, word in self.words.items() if word == "ok"]

    def losers(self):
        return {order: word for order, word in self.words.items() if word != "ok"}

    def check_losers_untouched(self):
        """A request that was refused left nothing at all behind."""
        for order in self.losers():
            assert self.after[order] == self.before[order]

    def states(self, order):
        """How many pieces the ledger has for the order, by state."""
        states = Counter()
        for root, _resource, quantity, state in self.after[order]["ledger"]:
            states[state] += 0 if root else quantity
        return states


# === THE LAST PIECES === #


def confirm(env, order):
    order.action_confirm()


def test_C7_last_pieces_are_confirmed_to_as_many(race):
    raced = race(confirm, "wants a lift")
    assert (
        sorted(raced.words.values()) == ["conflict"] * (CLERKS - LAST) + ["ok"] * LAST
    )
    raced.check_losers_untouched()
    for order in raced.winners():
        after = raced.after[order]
        assert after["order"] == [("sale", "reserved", after["order"][0][2])]
        assert raced.states(order) == {"reserved": 3}
        assert after["account"] != [(None,)], "an account for the project"
        assert len(after["messages"]) > len(raced.before[order]["messages"])
    assert overloads(raced.database) == []
    assert promises_too_much(race, confirm), "control"


def place_option(env, order):
    # As far ahead as to outlast the test, and before the rental starts.
    order._rental_place_option(datetime.now() + timedelta(days=2))


def test_C18_last_pieces_are_on_option_for_as_many(race):
    raced = race(place_option, "wants a lift")
    assert (
        sorted(raced.words.values()) == ["conflict"] * (CLERKS - LAST) + ["ok"] * LAST
    )
    raced.check_losers_untouched()
    for order in raced.winners():
        assert raced.after[order]["order"][0][:2] == ("draft", "option")
        assert raced.states(order) == {"hold": 3}
    assert overloads(raced.database) == []
    assert promises_too_much(race, place_option), "control"


def promises_too_much(race, work):
    """Whether the same load overbooks a ledger without guards.

    Chance decides which clerks meet, so a load that missed may try again.
    """
    return any(
        overloads(race(work, "wants a lift", naive=True).database) for _try in range(4)
    )


# === ONE UNIT === #


def hand_over_the_same(env, order):
    """As the counter does: open the window, scan the unit, press the button."""
    action = order.action_rental_hand_over()
    window = env[action["res_model"]].browse(action["res_id"])
    unit = env["stock.lot"].search([("name", "=", "R-0")])
    window.line_ids.filtered(lambda row: row.tracking == "serial").lot_ids = unit
    window.action_hand_over()


WHERE_IT_IS = """
    SELECT location.id, sum(quant.quantity) FROM stock_quant quant
      JOIN stock_lot lot ON lot.id = quant.lot_id
      JOIN stock_location location ON location.id = quant.location_id
     WHERE lot.name = 'R-0' AND location.usage = 'internal'
     GROUP BY location.id HAVING sum(quant.quantity) <> 0
"""


def test_C13_a_unit_is_handed_over_to_one(race):
    """No control: without the ledger's guards the stock alone would refuse as well."""
    raced = race(hand_over_the_same, "wants the drill")
    [winner] = raced.winners()
    for word in raced.losers().values():
        # The ledger says that it is out; the stock that it is not there, or, where
        # both came to move it, that the number would be in two places.
        refused = word.startswith(("UserError(", "ValidationError(")) and "R-0" in word
        assert word == "conflict" or refused, word
    raced.check_losers_untouched()
    assert raced.states(winner) == {"out": 2}
    assert [state for _id, state in raced.after[winner]["transfers"]] == ["done"]
    out = "SELECT count(*) FROM resource_allocation a JOIN resource_resource r"
    out += " ON r.id = a.resource_id WHERE a.state = 'out' AND r.exclusive"
    assert read_rows(raced.database, out) == [(1,)]
    [(_place, quantity)] = read_rows(raced.database, WHERE_IT_IS)
    assert quantity == 1, "one unit, in one place"
    assert overloads(raced.database) == []
