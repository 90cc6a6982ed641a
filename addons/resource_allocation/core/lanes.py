"""Which unit of a pool can serve which promise.

A pool with serial-numbered units promises "any of them": a count is enough as long
as units may be chosen late. A unit that was fixed for a period can make a longer
promise impossible although the count fits, so the choice has to be searched.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from datetime import datetime
from typing import NamedTuple

BUDGET = 4_000
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
    tries = ((_kept(pieces), _kept(asked)), (_kept(pieces), asked), (pieces, asked))
    for standing, wanted in tries:
        found = _assign(lanes, standing, wanted)
        if found is not None:
            return found
    return None


def is_arranged(lanes: list[int], pieces: list[Piece]) -> bool:
    """Whether each piece can have a lane for its whole period; fixed ones may collide.

    >>> d = lambda n: datetime(2026, 1, n)
    >>> out, loose = Piece("a", d(1), d(4), 7, True), Piece("b", d(3), d(5), 7)
    >>> is_arranged([7], [out, loose]), is_arranged([7, 8], [out, loose])
    (False, True)
    """
    return _assign(lanes, pieces, []) is not None


def _kept(pieces) -> list[Piece]:
    """The pieces, each fixed where it has a unit already."""
    return [piece._replace(fixed=piece.lane is not None) for piece in pieces]


def _assign(lanes, pieces, asked) -> dict | None:
    board = {lane: _Lane() for lane in lanes}
    for piece in pieces:
        if piece.fixed:
            board.setdefault(piece.lane, _Lane()).fix(piece)
    for piece in asked:
        if piece.fixed:
            lane = board.setdefault(piece.lane, _Lane())
            if not lane.fits(piece):
                return None
            lane.fix(piece)
    free = sorted(
        (piece for piece in (*pieces, *asked) if not piece.fixed),
        key=lambda piece: (piece.start, piece.stop),
    )
    board = {lane: board[lane] for lane in lanes}
    return _search(free, board)


class _Lane:
    """What is fixed on a lane, and until when the pieces placed so far take it.

    Pieces are placed by their start, so of those only the last one matters.
    """

    def __init__(self):
        self.fixed: list[tuple[datetime, datetime]] = []
        self.placed: list[datetime] = []

    def fix(self, piece):
        insort(self.fixed, (piece.start, piece.stop))

    def fits(self, piece) -> bool:
        if self.placed and self.placed[-1] > piece.start:
            return False
        return all(
            stop <= piece.start or piece.stop <= start for start, stop in self.fixed
        )

    def future(self, piece) -> tuple:
        """What is fixed after the piece: all that matters to the rest."""
        return tuple(self.fixed[bisect_left(self.fixed, (piece.stop,)) :])


def _search(free, board) -> dict | None:
    """Place the pieces in order of start, going back where one finds no lane.

    An explicit stack: a pool can have more pieces than Python has frames.
    """
    budget = BUDGET + len(free)
    chosen, untried = [], []
    while len(chosen) < len(free):
        piece = free[len(chosen)]
        if len(untried) == len(chosen):
            untried.append(_candidates(piece, board))
        lane = next(untried[-1], None)
        budget -= 1
        if budget < 0:
            return None
        if lane is not None:
            board[lane].placed.append(piece.stop)
            chosen.append(lane)
            continue
        untried.pop()
        if not chosen:
            return None
        board[chosen.pop()].placed.pop()
    return {piece.key: lane for piece, lane in zip(free, chosen, strict=True)}


def _candidates(piece, board):
    """Lanes that can take the piece: its own first, then the tightest gap.

    Of units with the same future one is tried, and one of the spare lanes: those are
    many, and a piece that names a unit cannot go there.
    """
    found = {}
    for number, lane in board.items():
        spare = number < 0
        named_only = spare and piece.lane is not None
        same = not lane.fixed and number != piece.lane and (spare, ()) in found
        if named_only or same:
            continue
        if lane.fits(piece):
            key = (spare, lane.future(piece))
            if key not in found or number == piece.lane:
                found[key] = number
    tightest = sorted(found, key=lambda key: key[1] or ((datetime.max,),))
    lanes = [found[key] for key in tightest]
    return iter(sorted(lanes, key=lambda number: number != piece.lane))
