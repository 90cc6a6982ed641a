"""Which unit of a pool can serve which promise.

A pool with serial-numbered units promises "any of them": a count is enough as long
as units may be chosen late. A unit that was fixed for a period can make a longer
promise impossible although the count fits, so the choice has to be searched.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

BUDGET = 20_000
"""Placements tried before the search gives up: a pool is then called fragmented."""


class Piece(NamedTuple):
    """One piece promised for ``[start, stop)``.

    ``lane`` is its unit, if one was chosen; it can then change to another unit but
    not to a spare lane (a number below zero: a piece of the pool without identity).
    """

    key: object
    start: datetime
    stop: datetime
    lane: int | None = None
    fixed: bool = False


def assign(lanes: list[int], pieces: list[Piece], asked: list[Piece]) -> dict | None:
    """Give every piece a lane for its whole period, or None when that is impossible.

    Fixed pieces keep their lane, the others keep it when they can. Fixed ``pieces``
    may collide, as facts do: a block over a promise. Those ``asked`` for may not.

    >>> d = lambda n: datetime(2026, 1, n)
    >>> a, b = Piece("a", d(1), d(3), 7, True), Piece("b", d(3), d(5), 8, True)
    >>> assign([7, 8], [a, b], [Piece("c", d(1), d(5))]) is None
    True
    >>> assign([7, 8], [a, b._replace(fixed=False)], [Piece("c", d(1), d(5))])["b"]
    7
    """
    everything_kept = [piece._replace(fixed=piece.lane is not None) for piece in pieces]
    found = _assign(lanes, everything_kept, asked)
    return _assign(lanes, pieces, asked) if found is None else found


def _assign(lanes, pieces, asked) -> dict | None:
    taken = {lane: [] for lane in lanes}
    for piece in pieces:
        if piece.fixed:
            taken.setdefault(piece.lane, []).append((piece.start, piece.stop))
    for piece in asked:
        if piece.fixed:
            intervals = taken.setdefault(piece.lane, [])
            if not _fits(intervals, piece):
                return None
            intervals.append((piece.start, piece.stop))
    free = sorted(
        (piece for piece in (*pieces, *asked) if not piece.fixed),
        key=lambda piece: (piece.start, piece.stop),
    )
    return _search(free, taken, lanes)


def _search(free, taken, lanes) -> dict | None:
    """Place the pieces in order of start, going back where one finds no lane.

    An explicit stack: a pool can have more pieces than Python has frames.
    """
    budget = BUDGET
    chosen, untried = [], []
    while len(chosen) < len(free):
        piece = free[len(chosen)]
        if len(untried) == len(chosen):
            untried.append(_candidates(piece, taken, lanes))
        lane = next(untried[-1], None)
        budget -= 1
        if budget < 0:
            return None
        if lane is not None:
            taken[lane].append((piece.start, piece.stop))
            chosen.append(lane)
            continue
        untried.pop()
        if not chosen:
            return None
        taken[chosen.pop()].pop()
    return {piece.key: lane for piece, lane in zip(free, chosen, strict=True)}


def _candidates(piece, taken, lanes):
    """Lanes that can take the piece: its own first, then the tightest gap.

    Pieces are placed by start, so of a lane only what is fixed later matters to
    the rest: lanes with the same future are tried once.
    """
    futures = {}
    for lane in lanes:
        named_only = piece.lane is not None and lane < 0
        if not named_only and _fits(taken[lane], piece):
            future = tuple(sorted(i for i in taken[lane] if i[0] >= piece.stop))
            if future not in futures or lane == piece.lane:
                futures[future] = lane
    tightest = sorted(futures, key=lambda future: future or ((datetime.max,),))
    own_first = sorted(tightest, key=lambda future: futures[future] != piece.lane)
    return iter([futures[future] for future in own_first])


def _fits(intervals, piece) -> bool:
    return all(stop <= piece.start or piece.stop <= start for start, stop in intervals)
