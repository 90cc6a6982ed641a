"""What began before another's commit never overlooks it: it is made to try again.

Under REPEATABLE READ a transaction sees the database as it was at its first query. Each
scenario lets one begin, another commit meanwhile, and the first one go on.
"""

from datetime import datetime, timedelta

from odoo_process import run_clients, transact

START = datetime(2031, 3, 3, 8)
STOP = START + timedelta(hours=2)


def thing(env, name):
    """The latest of that name: every scenario has things of its own."""
    Resource = env["resource.resource"].with_context(active_test=False)
    return Resource.search([("name", "=", name)], order="id desc", limit=1)


def ask(env, name, refuse_facts=False, **vals):
    period = {"resource_id": thing(env, name).id, "start": START, "stop": STOP}
    Allocation = env["resource.allocation"]
    return Allocation.allocate([period | vals], refuse_facts=refuse_facts).id


def prepare(env):
    """One thing of every kind."""
    Resource = env["resource.resource"]
    pools = Resource.create(
        [
            {"name": name, "bookable": True, "exclusive": False, "capacity": 1}
            for name in ("pool", "other pool")
        ]
    )
    Resource.create({"name": "room", "bookable": True})
    Resource.create({"name": "unit", "bookable": True, "pool_id": pools[0].id})


def promise(name):
    return lambda env: ask(env, name)


def block(name, **options):
    return lambda env: ask(env, name, kind="block", **options)


def change(name, **vals):
    def write(env):
        thing(env, name).write(vals)

    return write


def move_to_the_other_pool(env):
    thing(env, "unit").pool_id = thing(env, "other pool")


def promise_at_risk(name):
    """A promise that a late return has put at risk: no constraint sees it any more."""

    def book(env):
        allocation = env["resource.allocation"].browse(ask(env, name))
        allocation._store_risk(True)

    return book


SCENARIOS = {
    "promise after promise in a pool": (promise("pool"), promise("pool")),
    "block after promise": (promise("room"), block("room")),
    "planned block after promise": (promise("room"), block("room", refuse_facts=True)),
    "promise after block": (block("room"), promise("room")),
    "promise after smaller pool": (change("pool", capacity=0), promise("pool")),
    "smaller pool after promise": (promise("pool"), change("pool", capacity=0)),
    "promise after archiving": (change("room", active=False), promise("room")),
    "archiving after promise": (promise("room"), change("room", active=False)),
    "other kind after promise": (
        promise("room"),
        change("room", exclusive=False, capacity=3),
    ),
    "promise after other pool": (move_to_the_other_pool, promise("unit")),
    "other pool after promise": (promise("unit"), move_to_the_other_pool),
    "any after unit": (promise("unit"), promise("pool")),
    "promise over one at risk": (promise_at_risk("room"), promise("room")),
}


def overtaken(registry, _client):
    """Begin, let the other commit, go on; say how each scenario ends."""
    from odoo.tools import mute_logger

    with mute_logger("odoo.sql_db"):
        return {
            name: play(registry, quick, slow)
            for name, (quick, slow) in SCENARIOS.items()
        }


def play(registry, quick, slow):
    from psycopg2.errors import SerializationFailure

    from odoo import SUPERUSER_ID, api

    transact(registry, prepare)
    with registry.cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        env["resource.resource"].search_count([])
        transact(registry, quick)
        try:
            slow(env)
            env.flush_all()
        except SerializationFailure:
            return "tries again"
        finally:
            cursor.rollback()
    return "overlooked it"


def test_invariant_2_nothing_committed_meanwhile_is_overlooked(
    make_database, client_log
):
    (answers,) = run_clients(make_database(), overtaken, [0], client_log)
    assert answers == dict.fromkeys(SCENARIOS, "tries again")
