"""What the tests of many storekeepers at once share: a store, and who then has what.

Everything is read past Odoo, in plain SQL: it must not trust what it is to judge.
"""

import contextlib
from collections import defaultdict
from itertools import pairwise
from unittest.mock import patch

from ledger_load import DEFEAT_GUARDS, read_rows

KEEPERS = 16
PAIRS = KEEPERS // 2
BATCH = 6

MAKE_STORE = (
    f"KEEPERS, PAIRS, BATCH = {KEEPERS}, {PAIRS}, {BATCH}"
    + """
from odoo.tests import new_test_user

group = "resource_lending.lending_group_manager"
keepers = [new_test_user(env, f"keeper_{n}", group) for n in range(KEEPERS)]
people = env["hr.employee"].create([{"name": f"Racer {n}"} for n in range(KEEPERS)])
category = env["lending.category"].create({"name": "Race things"})
kind = env["lending.hr.type"].create({"name": "Race tools"})

def make_type(name, holding):
    return env["lending.type"].create({
        "name": name, "category_id": category.id, "hr_type_id": kind.id,
        "holding": holding,
    })

def make_things(name, type, count):
    return env["lending.asset"].create([
        {"name": f"{name} {n}", "code": f"{name}-{n}", "type_id": type.id}
        for n in range(count)
    ])

one, many = make_type("Race one", "one"), make_type("Race many", "many")
make_things("drill", one, 1)
make_things("kit", one, BATCH)
pool = make_things("pool", many, PAIRS)
Loan = env["lending.loan"]
Loan.hand_out_directly([
    {"asset_id": thing.id, "employee_id": people[n].id} for n, thing in enumerate(pool)
])
held = make_things("passed", one, 1)
Loan.hand_out_directly([{"asset_id": held.id, "employee_id": people[0].id}])
wanted = make_things("wanted", one, 1)
Loan.reserve([{"asset_id": wanted.id, "employee_id": people[0].id}])
env.cr.commit()
"""
)

DEFEAT_CUSTODY = (
    DEFEAT_GUARDS
    + """
    ALTER TABLE lending_loan
        DROP CONSTRAINT lending_loan_no_overlap,
        ADD CONSTRAINT lending_loan_no_overlap
            EXCLUDE USING gist (tsrange(start_at, stop_at) WITH &&)
            WHERE (false) DEFERRABLE INITIALLY IMMEDIATE;
"""
)
"""A naive application, as in ``DEFEAT_GUARDS``, on both tables."""

TRACES = {
    "rows": "SELECT count(*) FROM lending_loan",
    "custody": "SELECT count(*) FROM lending_loan WHERE custody",
    "history": "SELECT count(*) FROM lending_event",
    "mails": "SELECT count(*) FROM lending_notice",
    "messages": "SELECT count(*) FROM mail_message",
    "promises": "SELECT count(*) FROM resource_allocation",
}
"""What a request leaves behind, and one that was refused must not."""


def traces(database):
    """What has been left behind so far, by kind."""
    return {name: read_rows(database, sql)[0][0] for name, sql in TRACES.items()}


@contextlib.contextmanager
def without_turns(env):
    """Python's own checks stay; nobody waits for anybody.

    Nor is the status of things kept: writing the same row would send one of two away,
    by accident.
    """
    with (
        patch.object(
            type(env["lending.loan"]),
            "_lock_custody",
            lambda self, assets: self.env.flush_all(),
        ),
        patch.object(type(env["lending.asset"]), "_compute_status", lambda self: None),
    ):
        yield


def things(database, name):
    """``[(asset, resource)]`` of that name, in order."""
    return read_rows(
        database,
        "SELECT id, resource_id FROM lending_asset WHERE code LIKE %s ORDER BY id",
        f"{name}-%",
    )


def keepers(database):
    """``[(user, employee)]``: who works at the counter, and who comes to it."""
    found = "SELECT id FROM {} WHERE {} LIKE %s ORDER BY id"
    users = read_rows(database, found.format("res_users", "login"), "keeper_%")
    people = read_rows(database, found.format("hr_employee", "name"), "Racer %")
    return [(user, person) for (user,), (person,) in zip(users, people, strict=True)]


def doubles(database):
    """``[(asset, role, row, row)]``: two people have what one at a time can have."""
    held = defaultdict(list)
    for asset, role, start, stop, row in read_rows(
        database,
        "SELECT asset_id, role, start_at, stop_at, id FROM lending_loan"
        " WHERE single AND custody",
    ):
        held[asset, role].append((start, stop, row))
    return [
        (*key, first[2], second[2])
        for key, rows in held.items()
        for first, second in pairwise(sorted(rows))
        if second[0] < first[1]
    ]


def free_while_held(database):
    """``[asset]`` that somebody has or is promised, and the ledger calls free, or the
    other way round."""
    query = """
        SELECT a.id FROM lending_asset a
         WHERE EXISTS (SELECT FROM lending_loan l WHERE l.asset_id = a.id
                          AND l.role = 'user' AND l.state IN ('reserved', 'out'))
            <> EXISTS (SELECT FROM resource_allocation p WHERE p.live
                          AND p.resource_id = a.resource_id
                          AND p.res_model = 'lending.loan')
    """
    return [asset for (asset,) in read_rows(database, query)]


def users_of(database, name):
    """``[(asset, employee)]`` of what is out now."""
    return read_rows(
        database,
        """
        SELECT l.asset_id, l.employee_id FROM lending_loan l
          JOIN lending_asset a ON a.id = l.asset_id
         WHERE a.code LIKE %s AND l.state = 'out' AND l.role = 'user' ORDER BY l.id
        """,
        f"{name}-%",
    )
