"""Opening hours: a weekly pattern as instants, and what is left of it.

Instants are naive UTC, periods half-open, lists of them sorted and apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

Period = tuple[datetime, datetime]


class Opening(NamedTuple):
    """Open on one day of the week (Monday is 0), in hours of the local wall clock.

    ``week`` is the parity of the weeks it holds for, or None for all.
    """

    weekday: int
    week: int | None
    opens: float
    closes: float


def openings(
    pattern: Iterable[Opening], start: datetime, stop: datetime, zone
) -> list[Period]:
    """When it is open within ``[start, stop)``; ``zone`` is one of pytz.

    >>> from pytz import timezone
    >>> mornings = [Opening(day, None, 8, 12) for day in range(7)]
    >>> days = datetime(2027, 3, 27), datetime(2027, 3, 29)
    >>> for begin, end in openings(mornings, *days, timezone("Europe/Prague")):
    ...     print(begin, end)
    2027-03-27 07:00:00 2027-03-27 11:00:00
    2027-03-28 06:00:00 2027-03-28 10:00:00
    """
    by_day: dict[tuple[int, int], list[Opening]] = {}
    for opening in pattern:
        for week in (0, 1) if opening.week is None else (opening.week,):
            by_day.setdefault((opening.weekday, week), []).append(opening)
    found = []
    day = start.date() - timedelta(days=1)
    while by_day and day <= stop.date() + timedelta(days=1):
        for opening in by_day.get((day.weekday(), parity(day)), ()):
            begin = max(_instant(day, opening.opens, zone), start)
            end = min(_instant(day, opening.closes, zone), stop)
            found.append((begin, end))
        day += timedelta(days=1)
    return joined(found)


def parity(day: date) -> int:
    """0 or 1, in turns from week to week, whatever the year: as the ERP counts."""
    return (day.toordinal() - 1) // 7 % 2


def _instant(day: date, hours: float, zone) -> datetime:
    """That hour of the local day; one the clock leaves out is later by the gap.

    One that it shows twice is the second, as the ERP's own calendars have it.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=round(hours * 60))
    return wall - zone.localize(wall).utcoffset()


def joined(periods: Iterable[Period]) -> list[Period]:
    """The same, sorted, those that touch in one.

    >>> day = lambda d: datetime(2027, 1, d)
    >>> joined([(day(3), day(4)), (day(1), day(2)), (day(2), day(3)), (day(6), day(5))])
    [(datetime.datetime(2027, 1, 1, 0, 0), datetime.datetime(2027, 1, 4, 0, 0))]
    """
    found: list[Period] = []
    for begin, end in sorted(period for period in periods if period[0] < period[1]):
        if found and found[-1][1] >= begin:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return found


def without(periods: list[Period], gaps: Iterable[Period]) -> list[Period]:
    """What the gaps leave.

    >>> day = lambda d: datetime(2027, 1, d)
    >>> [(a.day, b.day) for a, b in without([(day(1), day(9))], [(day(3), day(4))])]
    [(1, 3), (4, 9)]
    """
    for since, until in gaps:
        periods = [
            part
            for begin, end in periods
            for part in ((begin, min(end, since)), (max(begin, until), end))
            if part[0] < part[1]
        ]
    return periods


def common(one: list[Period], other: list[Period]) -> list[Period]:
    """What is in both.

    >>> day = lambda d: datetime(2027, 1, d)
    >>> both = common([(day(1), day(4)), (day(6), day(9))], [(day(3), day(7))])
    >>> [(a.day, b.day) for a, b in both]
    [(3, 4), (6, 7)]
    """
    found = []
    mine, theirs = iter(one), iter(other)
    first, second = next(mine, None), next(theirs, None)
    while first and second:
        begin, end = max(first[0], second[0]), min(first[1], second[1])
        if begin < end:
            found.append((begin, end))
        if first[1] == end:
            first = next(mine, None)
        else:
            second = next(theirs, None)
    return found
