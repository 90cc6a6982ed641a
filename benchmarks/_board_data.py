"""What a planning board is measured with: 2,000 things, 60,000 promises in 3 months."""

from datetime import datetime, timedelta

from psycopg2.extras import execute_values

THINGS = 2_000
POOLS = 200  # of the things; the others are single
EACH = 30  # promises of each thing: one in three days, for 13 weeks
HOURS = (4, 8, 26, 50)
TODAY = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
FIRST = TODAY - timedelta(days=TODAY.weekday())
"""The Monday that the boards begin with."""

RESOURCES = """
    INSERT INTO resource_resource (
        name, resource_type, tz, time_efficiency, active, bookable, exclusive, capacity,
        release, reach)
    SELECT 'Thing ' || to_char(n, 'FM0000'), 'material', 'UTC', 100, true, true,
           n %% %(every)s > 0, CASE WHEN n %% %(every)s > 0 THEN 1 ELSE 10 END,
           'time', 'period'
      FROM generate_series(1, %(things)s) n
    RETURNING id, exclusive
"""
PROMISES = """
    INSERT INTO resource_allocation (
        resource_id, exclusive, quantity, company_id, name, state, hold_until, start,
        stop, blocked_start, blocked_stop, kind, live, at_risk, returnable, reach)
    VALUES %s
"""


def fill(connection):
    """Load the promises past the triggers; the exclusion constraint judges them."""
    with connection.cursor() as cursor:
        sizes = {"things": THINGS, "every": THINGS // POOLS}
        cursor.execute(RESOURCES, sizes)
        things = cursor.fetchall()
        cursor.execute("SELECT min(id) FROM res_company")
        company = cursor.fetchone()[0]
        cursor.execute("ALTER TABLE resource_allocation DISABLE TRIGGER USER")
        rows = _promises(things, company)
        execute_values(cursor, PROMISES, rows, page_size=1000)
        cursor.execute("ALTER TABLE resource_allocation ENABLE TRIGGER USER")
    connection.commit()


def _promises(things, company):
    for place, (thing, exclusive) in enumerate(things):
        for number in range(EACH):
            start = FIRST + timedelta(days=3 * number + place % 3, hours=8)
            stop = start + timedelta(hours=HOURS[(place + number) % len(HOURS)])
            held = number % 5 == 0
            state = (
                ("hold", start + timedelta(days=365)) if held else ("reserved", None)
            )
            whose = thing, exclusive, 1 if exclusive else 3, company
            period = start, stop, start, stop
            name = f"Shoot {place}-{number}"
            yield (
                *whose,
                name,
                *state,
                *period,
                "demand",
                True,
                False,
                False,
                "period",
            )
