"""Days and stretches of custody: pure Python, no database."""

from datetime import datetime, time, timedelta
from typing import NamedTuple

import pytz

FOREVER = datetime(9999, 12, 31)
"""Stored end of what is open: an empty end would be no value for a constraint."""


def day_start(day, tz):
    """The first instant of a local day, as naive UTC.

    >>> day_start(datetime(2024, 3, 31).date(), pytz.timezone("Europe/Oslo"))
    datetime.datetime(2024, 3, 30, 23, 0)
    >>> day_start(datetime(2024, 4, 1).date(), pytz.timezone("Europe/Oslo"))
    datetime.datetime(2024, 3, 31, 22, 0)
    """
    local = tz.normalize(tz.localize(datetime.combine(day, time.min), is_dst=True))
    return local.astimezone(pytz.utc).replace(tzinfo=None)


def day_end(day, tz):
    """The first instant after a local day; without a day, never.

    >>> day_end(None, pytz.utc) == FOREVER
    True
    """
    return day_start(day + timedelta(days=1), tz) if day else FOREVER


def local_day(instant, tz):
    """The local day an instant (naive UTC) lies in."""
    return pytz.utc.localize(instant).astimezone(tz).date()


class Span(NamedTuple):
    """What one row of custody takes of its asset.

    ``held`` is custody, typed or real, ``alone`` a role held by one at a time.
    """

    key: int
    start: datetime
    stop: datetime
    held: bool
    alone: bool


def stretches(spans):
    """Group the spans of one asset into uninterrupted stretches of custody.

    Two belong together when several people have the thing at once, or when one's
    custody begins the instant the other's ends: it never came back in between. A
    reservation that only follows is a promise of its own.

    >>> def span(key, start, stop, held=True, alone=True):
    ...     day = lambda number: datetime(2024, 1, number)
    ...     return Span(key, day(start), day(stop), held, alone)
    >>> [[one.key for one in group] for group in stretches(
    ...     [span(1, 1, 5), span(2, 5, 9), span(3, 9, 12, held=False)])]
    [[1, 2], [3]]
    >>> [[one.key for one in group] for group in stretches(
    ...     [span(1, 1, 5, alone=False), span(2, 3, 9, alone=False), span(3, 10, 11)])]
    [[1, 2], [3]]
    """
    groups = []
    for span in sorted(spans, key=lambda one: (one.start, one.stop, one.key)):
        joined = [span]
        apart = []
        for group in groups:
            if any(_belong_together(one, span) for one in group):
                joined = group + joined
            else:
                apart.append(group)
        groups = [*apart, joined]
    return groups


def _belong_together(one, later):
    if one.start < later.stop and later.start < one.stop:
        return not one.alone and not later.alone
    return one.stop == later.start and one.held and later.held
