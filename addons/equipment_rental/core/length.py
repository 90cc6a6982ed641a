"""How long a rental is: days by the clock on the wall, the rest in real time.

Pure Python: no Odoo, no database. Moments are naive UTC; zones are of pytz.
"""

from datetime import timedelta

from odoo.addons.resource_allocation.core.moment import instant_of, wall_time

from .pricing import DAY

MINUTE = timedelta(minutes=1)


def length(start, stop, zone):
    """Minutes to charge for from ``start`` to ``stop``; a started minute counts.

    A day is a day, also where the clock changes:

    >>> from datetime import datetime
    >>> from pytz import timezone
    >>> prague = timezone("Europe/Prague")
    >>> length(datetime(2027, 3, 27, 11), datetime(2027, 3, 28, 10), prague) == DAY
    True
    >>> length(datetime(2027, 10, 30, 10), datetime(2027, 10, 31, 11), prague) == DAY
    True

    An hour that the clock repeats is an hour, and one that it leaves out is none:

    >>> length(datetime(2027, 10, 31, 0, 30), datetime(2027, 10, 31, 1, 15), prague)
    45
    >>> length(datetime(2027, 3, 28, 0, 30), datetime(2027, 3, 28, 1, 15), prague)
    45
    >>> length(stop := datetime(2027, 3, 28), stop, prague)
    0
    """
    if stop <= start:
        return 0
    first = wall_time(start, zone)

    def after(days):
        return instant_of(first + timedelta(days=days), zone) if days else start

    # By the clock on the wall it may be a day more or less, where that changes.
    days = max(0, (wall_time(stop, zone) - first).days - 1)
    while after(days + 1) <= stop:
        days += 1
    rest = -((after(days) - stop) // MINUTE)
    # The rest of a day of 25 hours is never more than a day.
    return days * DAY + min(rest, DAY)
