"""Custody of a given size: ten rows for each asset, seven of ten out right now."""

from datetime import datetime, timedelta

EACH = 10
"""Rows of custody of each asset: 25 days in somebody's hands, 5 in the store."""
PEOPLE = 1_000
DEPARTMENTS = 100
NOW = datetime.now().replace(microsecond=0)

PERIODS = f"""
    SELECT b.asset_id, k, b.n, mod(b.n, 10) < 7 AND k = {EACH - 1} AS open,
           %(now)s - make_interval(days => 30 * ({EACH} - k) - mod(b.n, 29)) AS since
      FROM bench_asset b, generate_series(0, {EACH - 1}) k
"""


def fill(env, count):
    """Load ``count`` assets with their custody, by cloning one that Odoo made.

    The exclusion constraint judges every row; what is out now is in the ledger as well,
    past its triggers.
    """
    samples = _make_samples(env)
    env.flush_all()
    cursor = env.cr
    cursor.execute("ALTER TABLE resource_allocation DISABLE TRIGGER USER")
    _clone_assets(cursor, samples, count)
    _clone_loans(cursor, samples)
    _clone_allocations(cursor, samples)
    cursor.execute("ALTER TABLE resource_allocation ENABLE TRIGGER USER")
    cursor.commit()
    env.invalidate_all()


def _make_samples(env):
    """One of each through Odoo: people with two departments each, an asset, a loan."""
    departments = env["hr.department"].create(
        [{"name": f"Bench {number}"} for number in range(DEPARTMENTS)]
    )
    people = env["hr.employee"].create(
        [
            {
                "name": f"Bench {number}",
                "work_email": f"bench{number}@example.com",
                "department_id": departments[number % DEPARTMENTS].id,
            }
            for number in range(PEOPLE)
        ]
    )
    env.flush_all()
    # All were elsewhere until half a year ago.
    env.cr.execute(
        "UPDATE hr_version SET date_version = %s WHERE employee_id = ANY(%s)",
        [NOW.date() - timedelta(days=150), people.ids],
    )
    _clone(
        env.cr,
        "hr_version",
        "src.employee_id = ANY(%(people)s)",
        {
            "date_version": "'2000-01-01'",
            "department_id": "(SELECT min(id) FROM hr_department WHERE id ="
            " ANY(%(departments)s) AND id > src.department_id)",
        },
        {"people": people.ids, "departments": departments.ids},
    )
    category = env["lending.category"].create({"name": "Bench"})
    kind = env["lending.type"].create(
        {"name": "Bench", "category_id": category.id, "holding": "one"}
    )
    asset = env["lending.asset"].create(
        {"name": "Bench", "code": "BENCH", "type_id": kind.id}
    )
    wish = {"asset_id": asset.id, "employee_id": people[0].id}
    loan = env["lending.loan"].hand_out_directly([wish])
    return {"people": people.ids, "asset": asset, "loan": loan}


def _clone(cursor, table, where, values, arguments, source=""):
    """Copy rows of ``table`` with other values, as SQL in terms of ``src``."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        " AND column_name <> 'id' AND is_generated = 'NEVER'",
        [table],
    )
    names = [name for (name,) in cursor.fetchall()]
    assert values.keys() <= set(names), values.keys() - set(names)
    columns = ", ".join(f'"{name}"' for name in names)
    chosen = ", ".join(values.get(name, f'src."{name}"') for name in names)
    cursor.execute(
        f"INSERT INTO {table} ({columns}) SELECT {chosen} FROM {table} src {source}"
        f" WHERE {where} RETURNING id",
        arguments,
    )
    return [key for (key,) in cursor.fetchall()]


def _clone_assets(cursor, samples, count):
    asset = samples["asset"]
    numbers = {"count": count, "sample": asset.resource_id.id}
    things = _clone(
        cursor,
        "resource_resource",
        "src.id = %(sample)s",
        {},
        numbers,
        ", generate_series(1, %(count)s) n",
    )
    cursor.execute(
        "CREATE TEMPORARY TABLE bench_asset AS SELECT n::int, resource_id, NULL::int AS"
        " asset_id FROM unnest(%s) WITH ORDINALITY AS one (resource_id, n)",
        [things],
    )
    assets = _clone(
        cursor,
        "lending_asset",
        "src.id = %(sample)s",
        {
            "code": "'B-' || b.n",
            "barcode": "'B-' || b.n",
            "resource_id": "b.resource_id",
            "create_date": "%(born)s",
            "status": "CASE WHEN mod(b.n, 10) < 7 THEN 'handed_out'"
            " ELSE 'in_stock' END",
        },
        {"sample": asset.id, "born": NOW - timedelta(days=400)},
        ", bench_asset b",
    )
    cursor.execute(
        "UPDATE bench_asset b SET asset_id = a.id FROM lending_asset a"
        " WHERE a.resource_id = b.resource_id AND a.id = ANY(%s)",
        [assets],
    )
    cursor.execute("ANALYZE bench_asset")


def _clone_loans(cursor, samples):
    stop = "CASE WHEN p.open THEN '9999-12-31' ELSE p.since + interval '25 days' END"
    stop = f"CASE WHEN p.k = {EACH - 1} AND NOT p.open THEN p.since + interval"
    stop += " '12 hours' WHEN p.open THEN '9999-12-31'::timestamp"
    stop += " ELSE p.since + interval '25 days' END"
    _clone(
        cursor,
        "lending_loan",
        "src.id = %(sample)s",
        {
            "asset_id": "p.asset_id",
            "employee_id": "(%(people)s::int[])"
            "[1 + mod(p.n * 7 + p.k * 13, array_length(%(people)s::int[], 1))]",
            "start_at": "p.since",
            "stop_at": stop,
            "date_from": "p.since::date",
            "date_to": f"CASE WHEN p.open THEN NULL ELSE ({stop})::date END",
            "state": "CASE WHEN p.open THEN 'out' ELSE 'closed' END",
            "outcome": "CASE WHEN p.open THEN NULL ELSE 'in_stock' END",
            "allocation_id": "NULL",
        },
        {"sample": samples["loan"].id, "people": samples["people"], "now": NOW},
        f", ({PERIODS}) p",
    )


def _clone_allocations(cursor, samples):
    allocation = samples["loan"].sudo().allocation_id
    _clone(
        cursor,
        "resource_allocation",
        "src.id = %(sample)s",
        {
            "resource_id": "b.resource_id",
            "res_id": "l.id",
            "start": "l.start_at",
            "blocked_start": "l.start_at",
            "actual_start": "l.start_at",
        },
        {"sample": allocation.id},
        ", bench_asset b JOIN lending_loan l ON l.asset_id = b.asset_id"
        " AND l.state = 'out'",
    )
    cursor.execute(
        "UPDATE lending_loan l SET allocation_id = a.id FROM resource_allocation a"
        " WHERE a.res_model = 'lending.loan' AND a.res_id = l.id AND a.live"
    )
