"""A ledger of a given size: 10,000 things, most of their promises long over."""

import io
from datetime import datetime, timedelta

THINGS = 10_000
POOLS = 1_000  # of the things; the others are single
CAPACITY = 10
NOW = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
PAST = 0.7  # of the promises of each thing; they are done and count no more
AHEAD = 60  # promises of each thing at most that are not over: one a day
MOST_AHEAD = 30  # days; promises lie in the table as they were booked, not by start

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
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
     WHERE tablename = 'resource_allocation' AND NOT EXISTS (
           SELECT FROM pg_constraint WHERE conname = indexname)
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
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("ALTER TABLE resource_allocation DISABLE TRIGGER USER")
        indexes = _indexes(cursor)
        # Built afterwards: of millions of rows that takes minutes, not hours.
        for name in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.copy_expert(
            f"COPY resource_allocation ({', '.join(COLUMNS)}) FROM STDIN",
            _Lines(_promises(things, company, rows // THINGS)),
        )
        for definition in indexes.values():
            cursor.execute(definition)
        cursor.execute("ALTER TABLE resource_allocation ENABLE TRIGGER USER")
    _tidy(connection)
    return things


def copy_bare(connection):
    """Copy the ledger to ``bare_allocation``, which has its indexes and no guards."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bare_allocation (LIKE resource_allocation INCLUDING ALL"
            " EXCLUDING INDEXES, PRIMARY KEY (id))"
        )
        cursor.execute("INSERT INTO bare_allocation SELECT * FROM resource_allocation")
        for definition in _indexes(cursor).values():
            cursor.execute(definition.replace("resource_allocation", "bare_allocation"))
    _tidy(connection)


def _indexes(cursor):
    """``{name: definition}`` of the ledger's indexes that are no constraints."""
    cursor.execute(INDEXES)
    return dict(cursor.fetchall())


def _tidy(connection):
    connection.commit()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.autocommit = False


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
    past = max(int(each * PAST), each - AHEAD)
    for day in range(-past - MOST_AHEAD, each - past):
        for place, thing in enumerate(things):
            number = day + place % MOST_AHEAD
            if -past <= number < each - past:
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
