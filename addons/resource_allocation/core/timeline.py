"""The load of one resource over time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from .hours import joined
from .moment import day_end, day_start, local_day


class Claim(NamedTuple):
    """``weight`` pieces taken (negative: supplied) within ``[start, stop)``, UTC."""

    start: datetime
    stop: datetime
    weight: int
    root: int = 0
    allocation: int = 0


class Timeline:
    """Claims on one resource of a given capacity.

    >>> day = lambda d: datetime(2026, 1, d)
    >>> chairs = Timeline(10, [Claim(day(1), day(3), 4), Claim(day(3), day(5), 7)])
    >>> chairs.free(day(1), day(3)), chairs.free(day(2), day(4))
    (6, 3)
    >>> next(chairs.windows(day(1), day(9), timedelta(days=2), 5))
    (datetime.datetime(2026, 1, 1, 0, 0), datetime.datetime(2026, 1, 3, 0, 0))
    >>> list(chairs.windows(day(2), day(9), timedelta(days=2), 5))
    [(datetime.datetime(2026, 1, 5, 0, 0), datetime.datetime(2026, 1, 9, 0, 0))]
    """

    def __init__(self, capacity: int, claims: list[Claim] | None = None):
        self.capacity = capacity
        self.claims = list(claims or ())

    def overlapping(self, start: datetime, stop: datetime) -> list[Claim]:
        """Claims that share an instant with ``[start, stop)``."""
        return [c for c in self.claims if c.start < stop and c.stop > start]

    def steps(self, start: datetime, stop: datetime) -> list[tuple[datetime, int]]:
        """Load from each instant at which it changes, the first being ``start``."""
        changes = {start: 0}
        for claim in self.overlapping(start, stop):
            since = max(claim.start, start)
            changes[since] = changes.get(since, 0) + claim.weight
            if claim.stop < stop:
                changes[claim.stop] = changes.get(claim.stop, 0) - claim.weight
        load = 0
        steps = []
        for at in sorted(changes):
            load += changes[at]
            steps.append((at, load))
        return steps

    def free(self, start: datetime, stop: datetime) -> int:
        """Pieces free during the whole of ``[start, stop)``; negative if overloaded."""
        return self.capacity - max(load for _at, load in self.steps(start, stop))

    def segments(
        self, start: datetime, stop: datetime
    ) -> Iterator[tuple[datetime, datetime, int]]:
        """``(since, until, free)`` between the changes of load."""
        steps = self.steps(start, stop)
        ends = [at for at, _load in steps[1:]] + [stop]
        for (since, load), until in zip(steps, ends, strict=True):
            yield since, until, self.capacity - load

    def windows(
        self, start: datetime, stop: datetime, length: timedelta, quantity: int
    ) -> Iterator[tuple[datetime, datetime]]:
        """Longest windows of at least ``length`` with ``quantity`` free throughout."""
        since = None
        for begin, end, free in self.segments(start, stop):
            if free >= quantity:
                since = begin if since is None else since
                if end < stop:
                    continue
                begin = end
            if since is not None and begin - since >= length:
                yield since, begin
            since = None

    def days(
        self, start: datetime, stop: datetime, zone, quantity: int
    ) -> list[tuple[datetime, datetime]]:
        """Local days from ``start`` to ``stop`` with ``quantity`` free all day."""
        day, last = local_day(start, zone), local_day(stop, zone)
        found = []
        while day <= last:
            since, until = day_start(day, zone), day_end(day, zone)
            if self.free(since, until) >= quantity:
                found.append((since, until))
            day += timedelta(days=1)
        return joined(found)
