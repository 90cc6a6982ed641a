"""The ledger's guards are in the catalogue, or nothing starts."""

import pytest
from ledger_load import connect, read_rows

GUARDS = {
    ("resource_allocation", "resource_allocation_no_overlap"),
    ("resource_allocation", "resource_allocation_enter"),
    ("resource_allocation", "resource_allocation_check"),
    ("resource_resource", "resource_allocation_sync_gate"),
}
LOST = [
    "ALTER TABLE resource_allocation DROP CONSTRAINT resource_allocation_no_overlap",
    "ALTER TABLE resource_allocation DISABLE TRIGGER resource_allocation_enter",
    "DROP TRIGGER resource_allocation_check ON resource_allocation",
    "DROP TRIGGER resource_allocation_sync_gate ON resource_resource",
]
OVERLAPPING = """
    ALTER TABLE resource_allocation DROP CONSTRAINT resource_allocation_no_overlap;
    ALTER TABLE resource_allocation DISABLE TRIGGER USER;
    INSERT INTO resource_resource
        (name, resource_type, tz, time_efficiency, active, exclusive, capacity, release,
         reach)
        VALUES ('room', 'material', 'UTC', 100, true, true, 1, 'time', 'period');
    INSERT INTO resource_allocation (
        resource_id, company_id, kind, quantity, state, live, at_risk, exclusive,
        returnable, reach, start, stop, blocked_start, blocked_stop)
    SELECT max(resource_resource.id), min(res_company.id), 'demand', 1, 'reserved',
           true, false, true, false, 'period',
           '2031-03-03', '2031-03-05', '2031-03-03', '2031-03-05'
      FROM resource_resource, res_company, generate_series(1, 2)
     GROUP BY generate_series;
    ALTER TABLE resource_allocation ENABLE TRIGGER USER;
"""


def guards(database):
    """Table and name of every constraint and trigger that is at work."""
    return set(
        read_rows(
            database,
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE contype = 'x' AND convalidated"
            " UNION SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgenabled = 'O'",
        )
    )


def execute(database, statements):
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(statements)
        connection.commit()


def test_invariant_2_guards_are_there_after_install_and_upgrade(
    make_database, run_odoo
):
    database = make_database()
    assert guards(database) >= GUARDS
    for statement in LOST:
        execute(database, statement)
    assert not guards(database) & GUARDS
    run_odoo(database, "-u", "resource_allocation", "--no-http")
    assert guards(database) >= GUARDS


@pytest.mark.parametrize("statement", LOST)
def test_invariant_2_server_does_not_start_without(statement, make_database, run_odoo):
    database = make_database()
    execute(database, statement)
    done = run_odoo(database, "--no-http", fails=True)
    assert "The availability ledger is not guarded" in done.log.read_text()


def test_invariant_2_upgrade_over_overlapping_rows_is_loud(make_database, run_odoo):
    database = make_database()
    execute(database, OVERLAPPING)
    done = run_odoo(database, "-u", "resource_allocation", "--no-http", fails=True)
    assert "The availability ledger is not guarded" in done.log.read_text()
