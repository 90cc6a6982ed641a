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


class Undecided(Exception):
    """The rules do not say."""


@dataclass
class Thing:
    """What can be promised; ``parts`` of a combination, ``pool`` of a unit: names.

    ``by_day``: a promise takes whole days of it, which begin at the hour ``dawn``.
    """

    name: str
    single: bool = True
    returns: bool = False
    capacity: int = 1
    pool: str = ""
    parts: tuple = ()
    setup: int = 0
    teardown: int = 0
    company: str = ""
    by_day: bool = False
    dawn: int = 0


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
    by_day: bool = False
    company: str = ""
    parent: int = 0
    given_at: int | None = None
    back_at: int = 0
    just_asked: bool = False
    at_risk: frozenset = field(default_factory=frozenset)

    def take_over(self, thing, but=()):
        """Take what the thing says beyond the period, but for what is named."""
        for name in {"setup", "teardown", "by_day"} - set(but):
            setattr(self, name, getattr(thing, name))


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
        self.tidying = {}
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
        shares = []
        for name in self.things[promise.thing].parts or (promise.thing,):
            part = self.things[name]
            hours = self._hours(promise, part)
            shares.append(Share(name, promise.quantity, *hours))
            if part.pool:
                hours = self._hours(promise, self.things[part.pool])
                shares.append(Share(part.pool, promise.quantity, *hours, name))
        return shares

    def _hours(self, promise, part):
        """First and last hour of a part: with buffers, or its days, whole.

        An atom of a combination keeps its own where it is more.
        """
        setup, teardown, by_day = promise.setup, promise.teardown, promise.by_day
        if self.things[promise.thing].parts and promise.kind == "demand":
            setup, teardown = max(setup, part.setup), max(teardown, part.teardown)
            by_day = by_day or part.by_day
        first, last = promise.start - setup, promise.stop + teardown
        if by_day:
            first = part.dawn + (promise.start - part.dawn) // 24 * 24
            last = part.dawn - (part.dawn - promise.stop) // 24 * 24
        return first, END if promise.stop == END else min(last, END)

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

    def tidy(self, promise, back):
        """What came back, or ended, takes its teardown from then on."""
        ended = replace(promise, start=back, stop=back)
        self.tidying[promise.number] = [
            replace(share, first=back)
            for share in self.shares(ended)
            if promise.kind == "demand" and share.last > back
        ]

    def tidied(self, name):
        """What of this thing is still made ready for the next."""
        shares = [share for found in self.tidying.values() for share in found]
        return [s for s in shares if s.thing == name and s.last > self.now]

    def load(self, name, hour, without=()):
        """Pieces taken in one hour; ``without``: numbers of promises left out."""
        tidied = self.tidied(name)
        return sum(s.quantity for s in tidied if s.first <= hour < s.last) + sum(
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
        asked = [(p, world.added(p, (had or {}).get(p.number, {}))) for p in changed]
        # Who takes no more than he has stays, whoever wants his place.
        for promise, added in sorted(asked, key=lambda pair: bool(pair[1])):
            for share, hour in added:
                if self.things[share.thing].pool:
                    continue  # whoever is on the unit may move: see the matching
                if world.load(share.thing, hour) > self.things[share.thing].capacity:
                    raise Taken(share.thing)
            for name in {share.thing for share, _hour in added}:
                world.check_units(name, promise, standing)
            standing.promises = [*standing.promises, promise]

    def added(self, promise, kept):
        """``(share, hour)`` of what the promise takes beyond the claims it keeps."""
        return [
            (share, hour)
            for share in self.shares(promise)
            for hour in range(share.first, share.last)
            if not self._keeps(kept.get(share.key), share, hour)
        ]

    @staticmethod
    def _keeps(kept, share, hour):
        return (
            kept and kept.quantity >= share.quantity and kept.first <= hour < kept.last
        )

    def overbooks(self, promise):
        """Whether somewhere there would be more than there is, counted alone."""
        world = copy(self)
        world.promises = [*self.promises, promise]
        return any(
            world.load(share.thing, hour) > self.things[share.thing].capacity
            for share in self.shares(promise)
            for hour in range(share.first, share.last)
        )

    def units(self, pool):
        return [thing.name for thing in self.things.values() if thing.pool == pool]

    def check_units(self, pool, asked, standing):
        """Refuse ``asked`` if with it the pool's pieces find no units any more.

        Only what overlaps it, directly or through others, has a say. Where facts left
        no arrangement even without it, only what has a unit is in the way of what wants
        one. Whether what is at risk still has a claim to a unit, the rules leave open.
        """
        if not self.units(pool):
            return
        new = [piece for piece in self.pieces(pool) if piece.owner == asked.number]
        old = _connected(new, standing.pieces(pool))
        placed = [p for p in old if p.fixed or not _is_displaced(p, old)]
        lanes = standing.lanes(pool)
        answers = {_finds_units(lanes, some, new) for some in (old, placed)}
        if len(answers) > 1:
            raise Undecided(pool)
        if answers == {False}:
            raise Taken(pool)

    def pieces(self, pool):
        """Every single piece promised or blocked of a pool."""
        found = []
        for promise in filter(self.counts, self.promises):
            if promise.kind == "supply":
                continue
            fixed = (
                promise.pinned
                or promise.just_asked
                or promise.state == "out"
                or promise.kind == "block"
                or bool(self.things[promise.thing].parts)
            )
            for claim in self.claims(promise):
                if claim.thing == pool:
                    hours = frozenset(range(claim.first, claim.last))
                    fixed_here = bool(claim.unit and fixed)
                    at_risk = bool(promise.at_risk)
                    piece = Piece(
                        promise.number, hours, claim.unit, fixed_here, at_risk
                    )
                    found += [piece] * claim.quantity
        for share in self.tidied(pool):
            hours = frozenset(range(share.first, share.last))
            piece = Piece(0, hours, share.unit, bool(share.unit))
            found += [piece] * share.quantity
        return found

    def lanes(self, pool):
        """Hours in which each unit, spare piece or supplied piece is not there."""
        units = self.units(pool)
        spare = max(self.things[pool].capacity - len(units), 0)
        lanes = {name: frozenset() for name in [*units, *range(spare)]}
        for promise in filter(self.counts, self.promises):
            if promise.kind == "supply" and promise.thing == pool:
                [share] = self.shares(promise)
                away = {*range(-END, share.first), *range(share.last, END)}
                for number in range(promise.quantity):
                    lanes[promise.number, number] = frozenset(away)
        return lanes

    # === WHAT READERS SEE === #

    def free(self, name, start, stop):
        """The largest quantity that could be booked for these hours of use."""
        thing = self.things[name]
        probe = Promise(-1, name, start, stop, just_asked=True)
        probe.take_over(thing)
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
        rows += [
            (share.first, share.last, share.quantity, "teardown")
            for share in self.tidied(name)
        ]
        return sorted(row for row in rows if row[0] < stop and row[1] > start)

    # === WHO IS AT RISK === #

    def losers(self, name):
        """``{(number, share key)}``: who finds no place on a thing, latest first.

        What is out has its place, then whoever booked first. Looked at from now on,
        or from when a late thing was due.
        """
        standing = [p for p in self.promises if self.counts(p)]
        since = self._looked_at_since(name, standing)
        taken = dict.fromkeys(range(since, END), 0)
        for share in self.tidied(name):
            for hour in range(max(share.first, since), share.last):
                taken[hour] += share.quantity
        lost = set()
        for promise in sorted(standing, key=self.rank):
            for claim in self.claims(promise):
                hours = range(max(claim.first, since), claim.last)
                if claim.thing != name or not hours:
                    continue
                weight = -claim.quantity if promise.kind == "supply" else claim.quantity
                room = self.things[name].capacity - weight
                fits = all(taken[hour] <= room for hour in hours)
                if promise.kind == "demand" and not fits:
                    lost.add((promise.number, claim.key))
                if promise.kind != "demand" or fits or promise.state == "out":
                    for hour in hours:
                        taken[hour] += weight
        return lost

    def _looked_at_since(self, name, standing):
        due = [
            share.last
            for promise in standing
            if promise.state == "out" and promise.stop <= self.now
            for share in self.shares(promise)
            if share.thing == name and self.things[name].returns
        ]
        return min([self.now, *due])

    def overlaid(self, lost):
        """What was at risk of a single thing and still lies under another's plan.

        A late thing that is prolonged takes what was promised meanwhile: one of them
        stays at risk, also when both are over.
        """
        return {
            (promise.number, share.key)
            for promise, share in self._plans()
            if promise.at_risk
            and (share.thing == promise.thing or share.key in promise.at_risk)
            and any(
                other is not promise
                and (other.number, plan.key) not in lost
                and plan.thing == share.thing
                and plan.first < share.last
                and share.first < plan.last
                for other, plan in self._plans()
            )
        }

    def _plans(self):
        """``(promise, share)`` of what is promised of single things."""
        return [
            (promise, share)
            for promise in filter(self.counts, self.promises)
            if promise.kind == "demand"
            for share in self.shares(promise)
            if self.things[share.thing].single
        ]

    @staticmethod
    def rank(promise):
        """Facts first, then what is out, then what was booked first."""
        first = promise.parent or promise.number
        return promise.kind == "demand", promise.state != "out", first, promise.number

    def refresh_risk(self):
        lost = set().union(*(self.losers(name) for name in self.things))
        lost |= self.overlaid(lost)
        for promise in self.promises:
            promise.at_risk = frozenset(
                key for number, key in lost if number == promise.number
            )


@dataclass(frozen=True)
class Piece:
    """One piece for some hours; ``lane``: its unit, ``fixed``: that and no other."""

    owner: int
    hours: frozenset
    lane: str = ""
    fixed: bool = False
    at_risk: bool = False


def _is_displaced(piece, pieces):
    """Whether a fact took its place: it is at risk, or about to be."""
    return piece.at_risk or any(
        other.fixed and other.lane == piece.lane and other.hours & piece.hours
        for other in pieces
    )


def _finds_units(lanes, old, new):
    if not any(piece.fixed for piece in old) and not any(piece.lane for piece in new):
        return True
    if _arrange(lanes, old, new):
        return True
    placed = [replace(piece, fixed=True) for piece in old if piece.lane]
    named = [piece for piece in new if piece.lane]
    return not _arrange(lanes, old, []) and _arrange(lanes, placed, named)


def _connected(new, pieces):
    """The pieces that share an hour with the new ones, directly or through others."""
    hours = frozenset().union(*(piece.hours for piece in new))
    while True:
        near = [piece for piece in pieces if piece.hours & hours]
        grown = hours.union(*(piece.hours for piece in near))
        if grown == hours:
            return near
        hours = grown


def _arrange(lanes, old, new):
    """Whether each piece can have a lane for all its hours.

    What is fixed stays, even where facts made it collide; new pieces may not.
    """
    for piece in old + new:
        if piece.fixed:
            if piece in new and lanes[piece.lane] & piece.hours:
                return False
            lanes = {**lanes, piece.lane: lanes[piece.lane] | piece.hours}
    return _match(lanes, [piece for piece in old + new if not piece.fixed])


def _match(lanes, pieces):
    """Try every lane for the first piece, then the rest."""
    if not pieces:
        return True
    piece, *rest = sorted(pieces, key=lambda piece: min(piece.hours))
    for lane, taken in lanes.items():
        if piece.lane and not isinstance(lane, str):
            continue  # who was given a unit is not sent away with a nameless piece
        later = {**lanes, lane: taken | piece.hours}
        if not taken & piece.hours and _match(later, rest):
            return True
    return False
