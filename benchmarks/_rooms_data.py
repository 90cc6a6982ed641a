"""Bookings of a given number: 200 rooms, one meeting in each on each day.

Odoo makes the first; SQL copies it and all that belongs to it, past the triggers.
"""

from datetime import datetime, timedelta

ROOMS = 200
PAST = 0.7  # of the days; their meetings are over
NOW = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
HOUR = 9  # when they begin, UTC; the other hours are free

SLOTS = """
    CREATE TEMPORARY TABLE bench_slot AS
    SELECT n, mod(n, %(rooms)s) AS room,
           (%(thing)s::int[])[1 + mod(n, %(rooms)s)] AS thing,
           day + interval '9 hours' AS start, day + interval '10 hours' AS stop,
           day < %(now)s AS past
      FROM generate_series(0, %(count)s - 1) n,
           LATERAL (SELECT %(first)s + make_interval(days => n / %(rooms)s) AS day) d
"""


class Copier:
    """Copies rows of a sample, one for each booking.

    The copy of row ``id`` for booking ``n`` has the id that :meth:`copy` returns, plus
    ``n``: so copies can name each other.
    """

    def __init__(self, env, things, count):
        self.cursor = env.cr
        env.flush_all()
        first = NOW - timedelta(days=int(PAST * count / ROOMS))
        numbers = {"rooms": ROOMS, "thing": things, "count": count, "first": first}
        self.cursor.execute(SLOTS, {**numbers, "now": NOW})
        self.cursor.execute("ANALYZE bench_slot")

    def copy(self, sample, **values):
        """Copy a record with other values, as SQL in terms of the slot ``s``."""
        table = sample._table
        self.cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND column_name <> 'id' AND is_generated = 'NEVER'",
            [table],
        )
        names = [name for (name,) in self.cursor.fetchall()]
        assert values.keys() <= set(names), values.keys() - set(names)
        columns = ", ".join(f'"{name}"' for name in names)
        chosen = ", ".join(values.get(name, f'src."{name}"') for name in names)
        self.cursor.execute(f"SELECT max(id) + 1 FROM {table}")
        base = self.cursor.fetchone()[0]
        self.cursor.execute(
            f"INSERT INTO {table} (id, {columns}) SELECT {base} + s.n, {chosen}"
            f" FROM {table} src, bench_slot s WHERE src.id = %s ORDER BY s.n",
            [sample.id],
        )
        self.cursor.execute(
            f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"
        )
        return base

    def link(self, field, base, record):
        """Give each copy the records that the sample has in a many2many field."""
        for other in record[field.name].ids:
            self.cursor.execute(
                f"INSERT INTO {field.relation} ({field.column1}, {field.column2})"
                f" SELECT {base} + n, %s FROM bench_slot",
                [other],
            )

    def copy_event(self, event, **values):
        """Copy a meeting in the calendar with those who attend it."""
        base = self.copy(event, start="s.start", stop="s.stop", **values)
        self.link(event._fields["partner_ids"], base, event)
        for attendee in event.attendee_ids:
            self.copy(attendee, event_id=f"{base} + s.n")
        return base


def fill_rooms(env, sample, count):
    """Copy a booked reservation with its services ``count`` times, into every room."""
    rooms = env["room.space"].search([("name", "like", "Bench room")], order="id")
    copier = Copier(env, rooms.resource_id.ids, count)
    over = "CASE WHEN s.past THEN 'done' ELSE '{}' END"
    space = f"(ARRAY{rooms.ids})[1 + s.room]"
    cursor = env.cr
    cursor.execute("ALTER TABLE resource_allocation DISABLE TRIGGER USER")
    event = copier.copy_event(sample.event_id, room_reservation_id="NULL")
    times = {"start": "s.start", "stop": "s.stop"}
    base = copier.copy(
        sample,
        **times,
        number="'B-' || s.n",
        event_id=f"{event} + s.n",
        state=over.format("confirmed"),
    )
    cursor.execute(
        f"UPDATE calendar_event SET room_reservation_id = id - {event} + {base}"
        f" WHERE id >= {event}"
    )
    meeting = f"{base} + s.n"

    def promise(row, **values):
        return copier.copy(
            row,
            **times,
            blocked_start="s.start - make_interval(mins => src.setup_minutes)",
            blocked_stop="s.stop + make_interval(mins => src.teardown_minutes)",
            res_id=meeting,
            state=over.format("reserved"),
            live="NOT s.past",
            **values,
        )

    row = promise(sample.space_ids.allocation_id, resource_id="s.thing")
    copier.copy(
        sample.space_ids,
        **times,
        reservation_id=meeting,
        space_id=space,
        allocation_id=f"{row} + s.n",
        state=over.format("confirmed"),
    )
    for line in sample.line_ids:
        row = line.allocation_id and promise(line.allocation_id)
        copier.copy(
            line,
            **times,
            work_start="s.start",
            work_stop="s.stop",
            reservation_id=meeting,
            allocation_id=f"{row} + s.n" if row else "NULL",
        )
    cursor.execute("ALTER TABLE resource_allocation ENABLE TRIGGER USER")


def fill_bookings(env, sample, count):
    """The same for a booking of the other module."""
    wholes = env["resource.booking.combination"].search([], order="id")
    copier = Copier(env, wholes.ids, count)
    event = copier.copy_event(sample.meeting_id)
    base = copier.copy(
        sample,
        start="s.start",
        stop="s.stop",
        combination_id="s.thing",
        meeting_id=f"{event} + s.n",
    )
    copier.link(sample._fields["partner_ids"], base, sample)
