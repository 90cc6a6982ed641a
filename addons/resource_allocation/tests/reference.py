"""The ledger's rules once more, as plainly as they can be said.

Independent of the product: no database, no intervals, no sweep. Time is counted in
whole hours, a load is a sum over all promises in one hour, units are matched by trying
everything. Slow and obvious, so that the property test has something to trust.
"""

from copy import copy
from dataclasses import dataclass, field, replace

END = 60
"""The hour that stands for an open end: later than anything the test asks for."""


class Illegal(Exception):
    """Asked for something that makes no sense now, free or not."""


class Taken(Exception):
    """There is no room for it."""


@dataclass
class Thing:
    """What can be promised; ``parts`` of a combination, ``pool`` of a unit: names."""

    name: str
    single: bool = True
    returns: bool = False
    capacity: int = 1
    pool: str = ""
    parts: tuple = ()
    setup: int = 0
    teardown: int = 0
    company: str = ""


@dataclass
class Promise:
    """A root: what somebody asked for. ``stop`` END is open."""

    number: int
    thing: str
    start: int
    stop: int
    quantity: int = 1
    kind: str = "demand"
    state: str = "reserved"
    hold_until: int = 0
    pinned: bool = False
    setup: int = 0
    teardown: int = 0
    company: str = ""
    parent: int = 0
    given_at: int | None = None
    back_at: int = 0
    at_risk: frozenset = field(default_factory=frozenset)


@dataclass(frozen=True)
class Share:
    """What a promise takes of one thing; ``unit`` names the unit behind a pool's."""

    thing: str
    quantity: int
    first: int
    last: int
    unit: str = ""

    @property
    def key(self):
        return self.thing, self.unit


class Reference:
    """All things and promises of a small world, and its clock."""

    def __init__(self, things, now):
        self.things = {thing.name: replace(thing) for thing in things}
        self.promises = []
        self.now = now

    # === WHAT COUNTS === #

    def counts(self, promise):
        if promise.state == "hold":
            return promise.hold_until > self.now
        return promise.state in ("reserved", "out")

    def state(self, promise):
        """The state that everybody must see: a hold that lapsed has expired."""
        lapsed = promise.state == "hold" and promise.hold_until <= self.now
        return "expired" if lapsed else promise.state

    def shares(self, promise):
        """What the promise takes by its plan, buffers included."""
        thing = self.things[promise.thing]
        shares = []
        for name in thing.parts or (thing.name,):
            part = self.things[name]
            setup, teardown = promise.setup, promise.teardown
            if thing.parts and promise.kind == "demand":
                setup, teardown = max(setup, part.setup), max(teardown, part.teardown)
            first = promise.start - setup
            last = END if promise.stop == END else promise.stop + teardown
            shares.append(Share(name, promise.quantity, first, last))
            if part.pool:
                pool = self.things[part.pool]
                if thing.parts and promise.kind == "demand":
                    setup = max(promise.setup, pool.setup)
                    teardown = max(promise.teardown, pool.teardown)
                first = promise.start - setup
                last = END if promise.stop == END else promise.stop + teardown
                shares.append(Share(pool.name, promise.quantity, first, last, name))
        return shares

    def claims(self, promise):
        """What the promise really takes: a late thing is away until it is back."""
        claims = self.shares(promise)
        if promise.state != "out":
            return claims
        until = max(promise.back_at, self.now)
        return [
            replace(share, last=max(share.last, until))
            if self.things[share.thing].returns
            else share
            for share in claims
        ]

    def load(self, name, hour, without=()):
        """Pieces taken in one hour; ``without``: numbers of promises left out."""
        return sum(
            -claim.quantity if promise.kind == "supply" else claim.quantity
            for promise in self.promises
            if self.counts(promise) and promise.number not in without
            for claim in self.claims(promise)
            if claim.thing == name and claim.first <= hour < claim.last
        )

    # === WHAT FITS === #

    def check(self, changed, had=None):
        """Refuse promises that have no room, as they would all be.

        :param changed: new promises, or old ones as they would become.
        :param dict had: per number the claims that an old promise keeps; in those
            hours nothing is asked for.
        :raise Taken: there is no room, or no unit for somebody's whole period.
        """
        numbers = [promise.number for promise in changed]
        standing, world = copy(self), copy(self)
        standing.promises = [p for p in self.promises if p.number not in numbers]
        world.promises = standing.promises + changed
        for promise in changed:
            kept = (had or {}).get(promise.number, {})
            added = [
                (share, hour)
                for share in world.shares(promise)
                for hour in range(share.first, share.last)
                if not self._keeps(kept.get(share.key), share, hour)
            ]
            for share, hour in added:
                if self.things[share.thing].pool:
                    continue  # whoever is on the unit may move: see the matching
                if world.load(share.thing, hour) > self.things[share.thing].capacity:
                    raise Taken(share.thing)
            for name in {share.thing for share, _hour in added}:
                world.check_units(name, promise, standing)
            standing.promises = [*standing.promises, promise]

    @staticmethod
    def _keeps(kept, share, hour):
        return kept and kept.quantity >= share.quantity and kept.first <= hour < kept.last

    def units(self, pool):
        return [thing.name for thing in self.things.values() if thing.pool == pool]

    def check_units(self, pool, asked, standing):
        """Refuse ``asked`` if with it the pool's pieces find no units any more."""
        if not self.units(pool):
            return
        new = [
            replace(piece, fixed=bool(piece.lane))
            for piece in self.pieces(pool)
            if piece.owner == asked.number
        ]
        old = standing.pieces(pool)
        if any(piece.clashes(other) for piece in new for other in old if other.fixed):
            raise Taken(pool)
        old = [piece for piece in old if not piece.at_risk]
        if not any(piece.fixed for piece in old + new):
            return
        if standing.can_match(pool, old) and not standing.can_match(pool, old + new):
            raise Taken(pool)

    def pieces(self, pool):
        """Every single piece promised or blocked of a pool."""
        found = []
        for promise in filter(self.counts, self.promises):
            if promise.kind == "supply":
                continue
            fixed = (
                promise.pinned
                or promise.state == "out"
                or promise.kind == "block"
                or bool(self.things[promise.thing].parts)
            )
            for claim in self.claims(promise):
                if claim.thing == pool:
                    found += [
                        Piece(
                            promise.number,
                            range(claim.first, claim.last),
                            claim.unit,
                            bool(claim.unit and fixed),
                            bool(promise.at_risk),
                            promise.kind == "block",
                        )
                    ] * claim.quantity
        return found

    def can_match(self, pool, pieces):
        """Whether each piece can have a unit or a spare piece for its whole period."""
        units = self.units(pool)
        spare = max(self.things[pool].capacity - len(units), 0)
        lanes = {name: set() for name in [*units, *range(spare)]}
        for promise in filter(self.counts, self.promises):
            if promise.kind == "supply" and promise.thing == pool:
                away = set(range(-END, promise.start)) | set(range(promise.stop, END))
                for number in range(promise.quantity):
                    lanes[promise.number, number] = away
        fixed = [piece for piece in pieces if piece.fixed]
        for piece in sorted(fixed, key=lambda piece: not piece.closed):
            if lanes[piece.lane] & set(piece.hours) and not piece.closed:
                return False
            lanes[piece.lane] |= set(piece.hours)
        return _match(lanes, sorted((p for p in pieces if not p.fixed), key=Piece.order))

    # === WHAT READERS SEE === #

    def free(self, name, start, stop):
        """The largest quantity that could be booked for these hours."""
        thing = self.things[name]
        probe = Promise(-1, name, start, stop)
        most = 1 if thing.single else thing.capacity + 9
        for quantity in range(most, 0, -1):
            probe.quantity = quantity
            try:
                self.check([probe])
            except Taken:
                continue
            return quantity
        return 0

    def busy(self, name, start, stop):
        """``[(first, last, quantity, state)]`` of one thing that is no combination."""
        rows = []
        for promise in filter(self.counts, self.promises):
            for share, claim in zip(
                self.shares(promise), self.claims(promise), strict=True
            ):
                if share.thing != name:
                    continue
                state = promise.state if promise.kind == "demand" else promise.kind
                rows.append((share.first, share.last, share.quantity, state))
                if claim.last > share.last:
                    rows.append((share.last, claim.last, share.quantity, "late"))
        return sorted(row for row in rows if row[0] < stop and row[1] > start)

    # === WHO IS AT RISK === #

    def losers(self, name):
        """``{(number, share key)}``: who finds no place on a thing, latest first.

        What is out has its place, then whoever booked first. Looked at from now on,
        or from when a late thing was due.
        """
        standing = [p for p in self.promises if self.counts(p)]
        since = min(
            [self.now]
            + [
                share.last
                for p in standing
                if p.state == "out" and p.stop <= self.now and self.things[name].returns
                for share in self.shares(p)
                if share.thing == name
            ]
        )
        taken = dict.fromkeys(range(since, END), 0)
        for promise in standing:
            for claim in self.claims(promise) if promise.kind != "demand" else ():
                sign = -1 if promise.kind == "supply" else 1
                if claim.thing == name:
                    for hour in range(max(claim.first, since), claim.last):
                        taken[hour] += sign * claim.quantity
        lost = set()
        promises = [p for p in standing if p.kind == "demand"]
        for promise in sorted(promises, key=self.rank):
            for claim in self.claims(promise):
                hours = range(max(claim.first, since), claim.last)
                if claim.thing != name or not hours:
                    continue
                room = self.things[name].capacity - claim.quantity
                fits = all(taken[hour] <= room for hour in hours)
                if not fits:
                    lost.add((promise.number, claim.key))
                if fits or promise.state == "out":
                    for hour in hours:
                        taken[hour] += claim.quantity
        return lost

    @staticmethod
    def rank(promise):
        return promise.state != "out", promise.parent or promise.number, promise.number

    def refresh_risk(self):
        lost = set().union(*(self.losers(name) for name in self.things))
        for promise in self.promises:
            promise.at_risk = frozenset(
                key for number, key in lost if number == promise.number
            )


@dataclass(frozen=True)
class Piece:
    """One piece for some hours; ``lane``: its unit, ``fixed``: that and no other."""

    owner: int
    hours: range
    lane: str = ""
    fixed: bool = False
    at_risk: bool = False
    closed: bool = False

    def order(self):
        return self.hours.start, self.hours.stop

    def clashes(self, other):
        return self.lane and self.lane == other.lane and bool(
            set(self.hours) & set(other.hours)
        )


def _match(lanes, pieces):
    """Try every lane for the first piece, then the rest."""
    if not pieces:
        return True
    piece, *rest = pieces
    hours = set(piece.hours)
    for lane, taken in lanes.items():
        if piece.lane and not isinstance(lane, str):
            continue  # who was given a unit is not sent away with a nameless piece
        if not taken & hours and _match({**lanes, lane: taken | hours}, rest):
            return True
    return False
