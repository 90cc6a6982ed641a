"""Who keeps a place where there are too few."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime
from typing import NamedTuple

from .timeline import Claim, Timeline


class Promise(NamedTuple):
    """A row's claims on one resource; who ``stays`` has it, room or not."""

    key: int
    claims: list[Claim]
    stays: bool = False


def without_place(
    capacity: int,
    facts: list[Claim],
    promises: list[Promise],
    since: datetime,
    until: datetime,
) -> set[int]:
    """Keys of the promises that find no room, those first in the list served first.

    >>> day = lambda d: datetime(2026, 1, d)
    >>> old, new = Claim(day(1), day(3), 2), Claim(day(2), day(4), 1)
    >>> promises = [Promise(1, [old]), Promise(2, [new])]
    >>> without_place(2, [], promises, day(1), day(9))
    {2}
    >>> without_place(1, [], promises, day(1), day(9))
    {1}
    """
    every = [*facts, *(claim for promise in promises for claim in promise.claims)]
    short = [
        (start, stop)
        for start, stop, free in Timeline(capacity, every).segments(since, until)
        if free < 0
    ]
    starts = [start for start, _stop in short]
    room = [Timeline(capacity, facts).free(start, stop) for start, stop in short]
    losers = set()
    for promise in promises:
        needs = _needs(promise.claims, short, starts)
        fits = all(room[place] >= weight for place, weight in needs)
        if not fits:
            losers.add(promise.key)
        if fits or promise.stays:
            for place, weight in needs:
                room[place] -= weight
    return losers


def _needs(claims, short, starts):
    """``(place, weight)`` of the short segments that the claims cover.

    Segments lie between changes of load, so a claim covers them whole or not at all.
    """
    return [
        (place, claim.weight)
        for claim in claims
        for place in range(bisect_left(starts, claim.start), len(short))
        if short[place][0] < claim.stop
    ]
