"""Instants of the ledger: naive UTC, open ends as a sentinel."""

from datetime import datetime, time, timedelta

import pytz

FOREVER = datetime(9999, 12, 31)
"""Stored end of what has none: PostgreSQL's infinity does not survive the driver."""
LONGEST_BUFFER = 100_000
"""Minutes that may be blocked before or after, about 70 days."""


def local_day(instant, zone):
    """The local day an instant lies in; ``zone`` is one of pytz."""
    return wall_time(instant, zone).date()


def wall_time(instant, zone):
    """What the clock on the wall shows at an instant; ``zone`` is one of pytz."""
    return pytz.utc.localize(instant).astimezone(zone).replace(tzinfo=None)


def instant_of(wall, zone):
    """The instant at which the clock on the wall shows that.

    The first where it shows it twice; later by the gap where it leaves it out.

    >>> prague = pytz.timezone("Europe/Prague")
    >>> instant_of(datetime(2027, 10, 31, 2, 30), prague)
    datetime.datetime(2027, 10, 31, 0, 30)
    >>> wall_time(instant_of(datetime(2027, 3, 28, 2, 30), prague), prague)
    datetime.datetime(2027, 3, 28, 3, 30)
    """
    readings = {wall - zone.localize(wall, dst).utcoffset() for dst in (True, False)}
    if len(readings) == 1:
        return readings.pop()
    true = [one for one in readings if wall_time(one, zone) == wall]
    return min(true, default=max(readings))


def day_start(day, zone):
    """The first instant of a local day, also where the clock leaves midnight out.

    >>> day_start(datetime(2024, 3, 31).date(), pytz.timezone("Europe/Oslo"))
    datetime.datetime(2024, 3, 30, 23, 0)
    >>> day_start(datetime(2024, 4, 26).date(), pytz.timezone("Africa/Cairo"))
    datetime.datetime(2024, 4, 25, 22, 0)
    >>> day_start(datetime(2024, 10, 27).date(), pytz.timezone("Atlantic/Azores"))
    datetime.datetime(2024, 10, 27, 0, 0)
    """
    return instant_of(datetime.combine(day, time.min), zone)


def day_end(day, zone):
    """The first instant after a local day; without a day, never.

    >>> day_end(None, pytz.utc) == FOREVER
    True
    """
    return day_start(day + timedelta(days=1), zone) if day else FOREVER


def same_hour(instant, span, zone):
    """That hour of the local clock, on each day of the time after it.

    >>> prague = pytz.timezone("Europe/Prague")
    >>> for at in same_hour(datetime(2027, 3, 27, 9), timedelta(days=2), prague):
    ...     print(at)
    2027-03-28 08:00:00
    2027-03-29 08:00:00
    """
    wall = wall_time(instant, zone)
    for days in range(1, span.days + 1):
        yield instant_of(wall + timedelta(days=days), zone)


def whole_days(start, stop, zone):
    """The local days that a period touches, from midnight to midnight.

    >>> day = datetime(2024, 3, 31, 9), datetime(2024, 3, 31, 22)
    >>> for end in whole_days(*day, pytz.timezone("Europe/Oslo")):
    ...     print(end)
    2024-03-30 23:00:00
    2024-03-31 22:00:00
    """
    last = stop and local_day(stop - timedelta.resolution, zone)
    return day_start(local_day(start, zone), zone), day_end(last, zone)


def blocked_period(start, stop, setup_minutes=0, teardown_minutes=0, days_in=None):
    """What a period takes with its buffers, in minutes before and after.

    With a zone in ``days_in`` it takes its local days whole, and buffers say nothing.

    >>> blocked_period(datetime(2026, 1, 5, 9), None, 15, 15)
    (datetime.datetime(2026, 1, 5, 8, 45), datetime.datetime(9999, 12, 31, 0, 0))
    """
    if start and days_in:
        return whole_days(start, stop, days_in)
    blocked_start = start and start - timedelta(minutes=setup_minutes or 0)
    if not stop:
        return blocked_start, FOREVER
    return blocked_start, stop + timedelta(minutes=teardown_minutes or 0)
