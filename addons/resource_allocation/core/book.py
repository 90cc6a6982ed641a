"""The ledger as it is now, and what one more promise would do to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import NamedTuple

from .lanes import Piece, assign, is_arranged
from .timeline import Claim, Timeline


class Part(NamedTuple):
    """What a request takes of one resource; ``unit`` names the unit behind a share.

    ``late`` is until when what is out is away; beyond ``stop`` that is a fact.
    """

    resource: int
    start: datetime
    stop: datetime
    quantity: int
    unit: int = 0
    late: datetime = datetime.min

    @property
    def until(self) -> datetime:
        """When it is there again."""
        return max(self.stop, self.late)


@dataclass
class Request:
    """A promise asked for: ``parts`` as it would be, ``kept`` as it already is.

    Requests of one ``group`` are entered together or not at all; without a group each
    is its own. ``any_hour``: opening hours say nothing about it.
    """

    index: int
    parts: list[Part]
    kept: list[Part] = field(default_factory=list)
    root: int = 0
    pinned: bool = False
    group: object = None
    any_hour: bool = False

    def held(self, part: Part) -> tuple[datetime, datetime] | None:
        """What is already held of a part and kept, if anything."""
        kept = next(
            (
                k
                for k in self.kept
                if (k.resource, k.unit) == (part.resource, part.unit)
            ),
            None,
        )
        if kept is None or kept.quantity < part.quantity:
            return None
        start, stop = max(part.start, kept.start), min(part.stop, kept.stop)
        return (start, stop) if start < stop else None

    def added(self, part: Part) -> list[tuple[datetime, datetime]]:
        """The periods of a part beyond what is already held of it."""
        start, stop = self.held(part) or (part.stop, part.stop)
        periods = ((part.start, start), (stop, part.stop))
        return [(since, until) for since, until in periods if since < until]

    def stays(self, part: Part) -> list[tuple[datetime, datetime]]:
        """The periods of a part that are taken whatever becomes of the request."""
        late = (part.stop, part.until)
        periods = (self.held(part) or (part.stop, part.stop), late)
        return [(since, until) for since, until in periods if since < until]

    def grows(self) -> bool:
        """Whether it would take anything that it does not have."""
        return any(map(self.added, self.parts))


class Refusal(NamedTuple):
    """The first part of a request that does not fit, and what is in its way."""

    code: str
    part: Part
    free: int
    claims: list[Claim]


@dataclass
class Pool:
    """The units of a pool and every live piece on them or on the pool itself.

    ``supply``: root, start and stop of each extra piece.
    """

    units: list[int]
    spare: int
    pieces: dict[object, Piece] = field(default_factory=dict)
    supply: list[tuple[int, datetime, datetime]] = field(default_factory=list)

    def lanes(self) -> tuple[list[int], list[Piece]]:
        """All lanes, and the pieces that keep a lane closed outside its supply."""
        number = count(-1, -1)
        lanes = [*self.units, *(next(number) for _ in range(self.spare))]
        closed = []
        for _root, start, stop in self.supply:
            lane = next(number)
            lanes.append(lane)
            for since, until in ((datetime.min, start), (stop, datetime.max)):
                if since < until:
                    closed.append(Piece(("closed", lane), since, until, lane, True))
        return lanes, closed

    def arrange(self, asked: list[Piece]) -> dict | None:
        """A unit for every piece and those asked for, or None.

        Only pieces that overlap the asked ones, directly or through others, matter.
        Where facts left no arrangement even without them, the count decides alone;
        but who asks for a unit needs one that nobody has.
        """
        pieces = self._connected(asked)
        if not any(p.fixed for p in pieces) and not any(p.lane for p in asked):
            return {}
        if self._spare_suffice(pieces, asked):
            return {}
        lanes, closed = self.lanes()
        found = assign(lanes, [*closed, *pieces], asked)
        if found is None and not is_arranged(lanes, [*closed, *pieces]):
            placed = [
                piece._replace(fixed=True)
                for piece in (*closed, *pieces)
                if piece.lane is not None
            ]
            return assign(lanes, placed, [piece for piece in asked if piece.lane])
        return found

    def _spare_suffice(self, pieces, asked) -> bool:
        """Whether pieces without identity serve all that want none."""
        if not self.spare or any(piece.lane for piece in asked):
            return False
        loose = [
            Claim(piece.start, piece.stop, 1)
            for piece in (*pieces, *asked)
            if piece.lane is None
        ]
        since = min(claim.start for claim in loose)
        until = max(claim.stop for claim in loose)
        return Timeline(self.spare, loose).free(since, until) >= 0

    def _connected(self, asked) -> list[Piece]:
        """The pieces whose place could depend on that of the asked ones."""
        waiting = sorted(self.pieces.values(), key=lambda piece: piece.start)
        found = []
        since = min(piece.start for piece in asked)
        until = max(piece.stop for piece in asked)
        grown = True
        while grown:
            near = [p for p in waiting if p.start < until and p.stop > since]
            waiting = [p for p in waiting if p.start >= until or p.stop <= since]
            found += near
            since = min([since, *(piece.start for piece in near)])
            until = max([until, *(piece.stop for piece in near)])
            grown = bool(near)
        return found


class Book:
    """Timelines and pools of the resources some requests touch.

    Requests are tried one after the other; each that fits stands in the way of the
    next. ``moves`` collects the units that had to change to make room, by root (a
    request of the same batch has none yet: ``("new", index)``).
    """

    def __init__(self, timelines: dict[int, Timeline], pools: dict[int, Pool]):
        self.timelines = timelines
        self.pools = pools
        self.pool_of = {unit: pool for pool, p in pools.items() for unit in p.units}
        self.moves: dict[int, int] = {}

    def without(self, roots: Iterable[int]) -> Book:
        """A book in which these roots take nothing: another one, if there are any."""
        gone = set(roots)
        if not gone:
            return self
        timelines = {
            resource: Timeline(
                timeline.capacity, [c for c in timeline.claims if c.root not in gone]
            )
            for resource, timeline in self.timelines.items()
        }
        pools = {
            number: Pool(
                pool.units,
                pool.spare,
                {k: p for k, p in pool.pieces.items() if _root_of(p) not in gone},
                [piece for piece in pool.supply if piece[0] not in gone],
            )
            for number, pool in self.pools.items()
        }
        return Book(timelines, pools)

    def book_groups(
        self, requests: list[Request], refused: dict[int, Refusal] | None = None
    ) -> list[tuple[Request, Refusal]]:
        """Enter each group whole or not at all: what of the others did not fit.

        What they keep of their places, and where they are late, is in each other's
        way, whoever comes first.

        :param refused: by index what is known not to fit, for another reason
        """
        for request in requests:
            self._enter_what_stays(request)
        known = refused or {}
        groups = {}
        for request in requests:
            alone = ("alone", request.index)
            key = alone if request.group is None else ("group", request.group)
            groups.setdefault(key, []).append(request)
        refusals = []
        for group in groups.values():
            restore = self._as_before(group) if len(group) > 1 else None
            found = [
                (one, why)
                for one in group
                if (why := known.get(one.index) or self.book(one))
            ]
            if found and restore:
                restore()
            refusals += found
        return refusals

    def _enter_what_stays(self, request):
        for part in request.parts:
            self.timelines[part.resource].claims += [
                Claim(*period, part.quantity, request.root)
                for period in request.stays(part)
            ]
        for pool, pieces in self._pieces(request).items():
            for piece, part in pieces.items():
                if periods := request.stays(part):
                    self.pools[pool].pieces[piece.key] = piece._replace(
                        start=periods[0][0],
                        stop=periods[-1][1],
                        fixed=bool(part.unit) and request.pinned,
                    )

    def book(self, request: Request) -> Refusal | None:
        """Enter the request, or say what is in its way and leave all as it was."""
        restore = self._as_before([request])
        refusal = self._book_parts(request) or self._book_units(request)
        if refusal:
            restore()
        return refusal

    def _as_before(self, requests):
        """What takes these requests out again."""
        timelines = {
            self.timelines[part.resource]
            for request in requests
            for part in request.parts
        }
        claims = [(timeline, len(timeline.claims)) for timeline in timelines]
        pools = [(pool, dict(pool.pieces)) for pool in self.pools.values()]
        moves = dict(self.moves)

        def restore():
            for timeline, length in claims:
                del timeline.claims[length:]
            for pool, pieces in pools:
                pool.pieces = pieces
            self.moves = moves

        return restore

    def would_fit(self, request: Request) -> bool:
        """Whether the request fits; nothing is entered."""
        for part in request.parts:
            timeline = self.timelines[part.resource]
            movable = part.resource in self.pool_of
            for start, stop in () if movable else request.added(part):
                if timeline.free(start, stop) < part.quantity:
                    return False
        return all(
            self.pools[pool].arrange(list(pieces)) is not None
            for pool, pieces in self._pieces(request).items()
        )

    def record(self, request: Request, sign: int) -> None:
        """Enter a fact, which is never refused; ``sign`` -1 for supply."""
        for number, part in enumerate(request.parts):
            weight = sign * part.quantity
            self.timelines[part.resource].claims.append(
                Claim(part.start, part.stop, weight, request.root)
            )
            pool = self.pools.get(part.resource)
            if pool is None:
                continue
            if sign < 0:
                supplied = (request.root, part.start, part.stop)
                pool.supply += [supplied] * part.quantity
                continue
            for piece in range(part.quantity):
                key = (("new", request.index), number, piece)
                lane = part.unit or None
                pool.pieces[key] = Piece(key, part.start, part.stop, lane, bool(lane))

    def _book_parts(self, request) -> Refusal | None:
        for part in request.parts:
            timeline = self.timelines[part.resource]
            movable = part.resource in self.pool_of
            for start, stop in () if movable else request.added(part):
                free = timeline.free(start, stop)
                if free < part.quantity:
                    return Refusal(
                        "taken" if timeline.capacity == 1 else "capacity",
                        part._replace(start=start, stop=stop),
                        max(free, 0),
                        timeline.overlapping(start, stop),
                    )
            timeline.claims += [
                Claim(start, stop, part.quantity, request.root)
                for start, stop in request.added(part)
            ]
        return None

    def _book_units(self, request) -> Refusal | None:
        """Find a unit for every piece of the pools touched, moving loose ones.

        What takes no more than it has stays where it is, also where that is at risk.
        """
        for pool_id, pieces in self._pieces(request).items():
            pool = self.pools[pool_id]
            grows = self._grows(request, pieces)
            for piece in pieces:
                pool.pieces.pop(piece.key, None)
            arranged = pool.arrange(list(pieces)) if grows else {}
            if arranged is None:
                return self._refuse_units(pool_id, pieces)
            for piece in pool.pieces.values():
                lane = arranged.get(piece.key)
                if piece.lane is not None and lane not in (None, piece.lane):
                    self.moves[piece.key[0]] = lane
                    pool.pieces[piece.key] = piece._replace(lane=lane)
            for piece, part in pieces.items():
                lane = arranged.get(piece.key, piece.lane) if part.unit else None
                if lane != piece.lane:
                    self.moves[piece.key[0]] = lane
                fixed = bool(part.unit) and request.pinned
                pool.pieces[piece.key] = piece._replace(lane=lane, fixed=fixed)
        return None

    def _grows(self, request, pieces) -> bool:
        return any(request.added(part) for part in pieces.values())

    def _pieces(self, request) -> dict[int, dict[Piece, Part]]:
        """The request as pieces of the pools that have units, each with its part.

        A unit that was just asked for is meant; the unit of a promise that already is
        one is a preference, unless pinned. Another request may have moved it since.
        """
        pools = {}
        for number, part in enumerate(request.parts):
            if part.resource not in self.pools:
                continue
            pieces = pools.setdefault(part.resource, {})
            for piece in range(part.quantity):
                key = (request.root or ("new", request.index), number, piece)
                known = self.pools[part.resource].pieces.get(key)
                lane = known.lane if known else part.unit or None
                fixed = bool(lane) and (request.pinned or not request.root)
                pieces[Piece(key, part.start, part.until, lane, fixed)] = part
        return pools

    def _refuse_units(self, pool_id, pieces) -> Refusal:
        """Name the fixed pieces in the way of the first piece without a place."""
        pool = self.pools[pool_id]
        piece, part = next(iter(pieces.items()))
        overlapping = [
            other
            for other in pool.pieces.values()
            if other.fixed and other.start < piece.stop and other.stop > piece.start
        ]
        on_unit = [other for other in overlapping if other.lane == part.unit]
        claims = [
            Claim(other.start, other.stop, 1, _root_of(other))
            for other in on_unit or overlapping
        ]
        if on_unit:
            return Refusal("taken", part._replace(resource=part.unit), 0, claims)
        free = self.timelines[pool_id].free(part.start, part.stop)
        return Refusal("fragmented", part, max(free, 0), claims)


def _root_of(piece: Piece) -> int:
    """The root behind a piece; one asked for in the same batch has none yet."""
    root = piece.key[0]
    return root if isinstance(root, int) else 0
