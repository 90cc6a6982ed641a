"""Until when a service can be ordered: cut-off, lock and lead (R60 to R64).

Pure Python: no Odoo, no database. Moments are naive UTC; zones are of pytz.
"""

from datetime import datetime, time, timedelta
from typing import NamedTuple

from odoo.addons.resource_allocation.core.moment import instant_of, wall_time

WEEK = 7


class Cutoff(NamedTuple):
    """From a time of the day on, so many hours are locked; both in hours."""

    at: float
    lock: float

    def time(self):
        """The time of the day.

        >>> Cutoff(14.5, 22).time()
        datetime.time(14, 30)
        """
        minutes = round(self.at * 60)
        return time(minutes // 60, minutes % 60)


def last_cut_off(now, cutoff, zone, days=None):
    """The last cut-off that has passed, or None within a week.

    :param time cutoff: by the group's clock on the wall
    :param days: weekdays it counts on, Monday is 0; by default every day (RA13)
    """
    today = wall_time(now, zone).date()
    for back in range(WEEK + 1):
        day = today - timedelta(days=back)
        if days is not None and day.weekday() not in days:
            continue
        passed = instant_of(datetime.combine(day, cutoff), zone)
        if passed <= now:
            return passed
    return None


def locked_until(now, cutoff, lock_hours, zone, days=None, opening=None):
    """Nothing is ordered for a moment before this one; None where all may be.

    :param float lock_hours: how long a cut-off locks, in hours on the clock or, with
        ``opening``, in hours of the group's
    :param opening: ``(start, stop)`` pairs from now on, in order

    Cut-off at 14:00 for 22 hours; a minute before it, and from then on (RE12, RE13):

    >>> from datetime import time
    >>> from pytz import timezone
    >>> berlin = timezone("Europe/Berlin")
    >>> monday = datetime(2026, 1, 5)
    >>> def locked(hour, minute=0, **more):
    ...     now = instant_of(monday.replace(hour=hour, minute=minute), berlin)
    ...     return wall_time(locked_until(now, time(14), 22, berlin, **more), berlin)
    >>> locked(13, 59), locked(14)
    (datetime.datetime(2026, 1, 5, 12, 0), datetime.datetime(2026, 1, 6, 12, 0))

    On working days only, the lock of Friday is over:

    >>> locked(9, days=range(5))
    datetime.datetime(2026, 1, 3, 12, 0)
    """
    passed = last_cut_off(now, cutoff, zone, days)
    if passed is None or not lock_hours:
        return None
    lock = timedelta(hours=lock_hours)
    if opening is None:
        return passed + lock
    for opens, closes in opening:
        opens = max(opens, passed)
        if opens < closes:
            if lock <= closes - opens:
                return opens + lock
            lock -= closes - opens
    return datetime.max


def earliest(now, lead_minutes=0, setup_minutes=0):
    """The first moment of provision: lead and setup add up (R64).

    >>> earliest(datetime(2026, 1, 5, 9), 120, 60)
    datetime.datetime(2026, 1, 5, 12, 0)
    """
    return now + timedelta(minutes=lead_minutes + setup_minutes)
