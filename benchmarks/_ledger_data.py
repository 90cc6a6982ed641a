"""A ledger of a given size: 10,000 things, most of their promises long over."""

import io
from datetime import datetime, timedelta

THINGS = 10_000
POOLS = 1_000  # of the things; the others are single
CAPACITY = 10
NOW = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
PAST = 0.7  # of the promises of each thing; they are done and count no more

COLUMNS = (
    "resource_id", "company_id", "kind", "quantity", "state", "live", "at_risk",
    "exclusive", "returnable", "start", "stop", "blocked_start", "blocked_stop",
    "reach",
)  # fmt: skip
RESOURCES = """
    INSERT INTO resource_resource (
        name, resource_type, tz, time_efficiency, active, bookable, exclusive, capacity,
        release, reach)
    SELECT 'thing ' || n, 'material', 'UTC', 100, true, true, n > %(pools)s,
           CASE WHEN n > %(pools)s THEN 1 ELSE %(capacity)s END, 'time',
           'period'
      FROM generate_series(1, %(things)s) n RETURNING id
"""
EXCLUSION = """
    SELECT conname FROM pg_constraint
     WHERE conrelid = 'bare_allocation'::regclass AND contype = 'x'
"""


def fill(connection, rows):
    """Load ``rows`` promises past the triggers; return the things' ids.

    The exclusion constraint stays and judges every row; the caller counts afterwards.
    """
    with connection.cursor() as cursor:
        sizes = {"things": THINGS, "pools": POOLS, "capacity": CAPACITY}
        cursor.execute(RESOURCES, sizes)
        things = [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT min(id) FROM res_company")
        company = cursor.fetchone()[0]
        cursor.execute("ALTER TABLE resource_allocation DISABLE TRIGGER USER")
        cursor.copy_expert(
            f"COPY resource_allocation ({', '.join(COLUMNS)}) FROM STDIN",
            _Lines(_promises(things, company, rows // THINGS)),
        )
        cursor.execute("ALTER TABLE resource_allocation ENABLE TRIGGER USER")
        cursor.execute(
            "CREATE TABLE bare_allocation (LIKE resource_allocation INCLUDING ALL)"
        )
        cursor.execute(EXCLUSION)
        cursor.execute(
            f"ALTER TABLE bare_allocation DROP CONSTRAINT {cursor.fetchone()[0]}"
        )
        cursor.execute("INSERT INTO bare_allocation SELECT * FROM resource_allocation")
    connection.commit()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.autocommit = False
    return things


def promise(thing, company, number, single):
    """One promise: single things 8 hours a day, pools 3 pieces for 30 hours."""
    start = NOW + timedelta(days=number, hours=8)
    stop = start + timedelta(hours=8 if single else 30)
    done = stop < NOW
    state, live = ("done", "f") if done else ("reserved", "t")
    quantity, exclusive = (1, "t") if single else (3, "f")
    kind = (thing, company, "demand", quantity, state, live, "f", exclusive, "f")
    return (*kind, start, stop, start, stop, "period")


def _promises(things, company, each):
    past = int(each * PAST)
    for number in range(-past, each - past):
        for place, thing in enumerate(things):
            yield promise(thing, company, number, place >= POOLS)


class _Lines(io.RawIOBase):
    """Rows as the text that COPY reads, made while it reads."""

    def __init__(self, rows):
        self._lines = ("\t".join(map(str, row)) + "\n" for row in rows)

    def read(self, size=-1):
        parts, length = [], 0
        for line in self._lines:
            parts.append(line)
            length += len(line)
            if length > 1 << 16:
                break
        return "".join(parts).encode()
