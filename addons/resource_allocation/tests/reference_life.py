"""What can be asked of the ledger, played through on the plain model of its rules."""

from copy import deepcopy
from dataclasses import replace

from .reference import END, Illegal, Promise, Reference, Taken

FACTS = ("block", "supply")
UNCOLLECTED = 24
"""Hours after its time until what nobody collected ends."""


class ReferenceLife(Reference):
    """The model with the ledger's operations; ``who`` is a company's name.

    An operation that raises leaves a model that is no longer of use: play on a copy.
    """

    # === ASKING === #

    def book(self, who, asks, report=False, grouped=False):
        """Promise or record, facts first; return the places that were refused.

        ``grouped``: promises hold together, all or none of them.
        """
        new = [self._new(who, place, ask) for place, ask in enumerate(asks)]
        self.promises += [promise for promise in new if promise.kind in FACTS]
        refused = []
        for place, promise in enumerate(new):
            if promise.kind in FACTS:
                continue
            try:
                self.check([replace(promise, just_asked=True)])
            except Taken:
                refused.append(place)
            else:
                self.promises.append(promise)
        if refused and not report:
            raise Taken(refused)
        if refused and grouped and not self._has_facts(new):
            self.promises = [p for p in self.promises if p not in new]
        self.refresh_risk()
        return refused

    @staticmethod
    def _has_facts(promises):
        return any(promise.kind in FACTS for promise in promises)

    def _new(self, who, place, ask):
        number = max([p.number for p in self.promises], default=0) + 1 + place
        thing = self._reachable(who, ask["thing"])
        promise = Promise(number, company=who, **ask)
        if promise.kind not in FACTS:
            promise.take_over(thing)
        self._check_sense(promise)
        if promise.state == "hold" and promise.hold_until <= self.now:
            raise Illegal("lapsed before it began")
        return promise

    def _reachable(self, who, name):
        thing = self.things[name]
        if thing.company not in ("", who):
            raise Illegal("belongs to another company")
        return thing

    def _check_sense(self, promise):
        one = self.things[promise.thing].single
        if promise.start >= promise.stop:
            raise Illegal("ends before it starts")
        if promise.quantity < 1 or (one and promise.quantity > 1):
            raise Illegal("not so many")
        if one and promise.kind == "supply":
            raise Illegal("only a pool gets more")
        if promise.by_day and promise.kind in FACTS:
            raise Illegal("a fact takes its own period")

    def take(self, who, number, *states):
        """The promise, if this company may change it and it is in such a state."""
        promise = next(p for p in self.promises if p.number == number)
        if promise.company != who or self.state(promise) not in states:
            raise Illegal(self.state(promise))
        return promise

    # === CHANGING === #

    def change(self, who, changes):
        """``{number: values}``, all at once: only the outcome counts."""
        old = [self.take(who, n, "hold", "reserved", "out") for n in changes]
        new = [replace(promise, **changes[promise.number]) for promise in old]
        had = {}
        for before, after in zip(old, new, strict=True):
            if after.thing != before.thing:
                thing = self._reachable(who, after.thing)
                if after.kind not in FACTS:
                    after.take_over(thing, but=changes[before.number])
            self._check_sense(after)
            kept = {claim.key: claim for claim in self.claims(before)}
            moved = after.thing != before.thing
            if not (moved or (before.at_risk and self.added(after, kept))):
                had[before.number] = kept
        self._replace([p for p in new if p.kind in FACTS])
        promises = [p for p in new if p.kind not in FACTS]
        self.check(promises, had)
        self._replace(promises)
        self.refresh_risk()

    def _replace(self, changed):
        numbers = {p.number: p for p in changed}
        self.promises = [numbers.get(p.number, p) for p in self.promises]

    def change_some(self, who, wishes, seen, report, refused):
        """``{number: (values, group)}``; return the places that were refused.

        :param seen: ``nothing``, ``fresh``, or in what it is not what there is
        :param refused: the places that the ledger refused. Who is first is not said
            here: what it did must fit, in whole groups, and refused is nothing where
            all fits.
        """
        for number, (wish, group) in wishes.items():
            promise = self.take(who, number, "hold", "reserved", "out")
            held = promise.state == "hold" and wish.get("hold_until", END) > self.now
            if "hold_until" in wish and not held:
                raise Illegal("not to be held until then")
            if group and promise.kind in FACTS:
                raise Illegal("a fact holds together with nothing")
        if seen not in ("nothing", "fresh"):
            raise Illegal("changed meanwhile")
        changes = {number: wish for number, (wish, _group) in wishes.items()}
        try:
            deepcopy(self).change(who, changes)
        except Taken:
            if not report or not refused:
                raise
        else:
            refused = []
        groups = [group for _wish, group in wishes.values()]
        gone = {groups[place] for place in refused} - {None}
        for place, number in enumerate(wishes):
            if place in refused or groups[place] in gone:
                del changes[number]
        self.change(who, changes)
        return refused

    def reschedule(self, who, number, start, stop):
        self.change(who, {number: {"start": start, "stop": stop}})

    def shift(self, who, numbers, hours):
        found = {p.number: p for p in self.promises if p.number in numbers}
        self.change(
            who,
            {
                number: {
                    "start": p.start + hours,
                    "stop": p.stop if p.stop == END else p.stop + hours,
                }
                for number, p in found.items()
            },
        )

    def reassign(self, who, number, thing, pinned):
        self.change(who, {number: {"thing": thing, "pinned": pinned}})

    def resize(self, who, number, quantity):
        self.change(who, {number: {"quantity": quantity}})

    def split(self, who, number, quantity):
        promise = self.take(who, number, "hold", "reserved", "out")
        if not 0 < quantity < promise.quantity:
            raise Illegal("not so many")
        promise.quantity -= quantity
        newest = max(p.number for p in self.promises)
        part = replace(
            promise,
            number=newest + 1,
            quantity=quantity,
            parent=number,
            pinned=promise.pinned or promise.state == "out",
        )
        self.promises.append(part)
        self.refresh_risk()
        return part

    def resize_pool(self, name, capacity):
        self.things[name].capacity = capacity
        self.refresh_risk()

    # === LIVING === #

    def confirm(self, who, number):
        promise = self.take(who, number, "hold", "expired")
        lapsed = self.state(promise) == "expired"
        promise.state, promise.hold_until = "reserved", 0
        if lapsed and promise.kind not in FACTS:
            self.check([promise])
        self.refresh_risk()

    def prolong(self, who, number, until):
        promise = self.take(who, number, "hold", "expired")
        if until <= self.now:
            raise Illegal("over before it begins")
        lapsed = self.state(promise) == "expired"
        promise.state, promise.hold_until = "hold", until
        if lapsed and promise.kind not in FACTS:
            self.check([promise])
        self.refresh_risk()

    def cancel(self, who, number):
        self.take(who, number, "hold", "reserved", "expired").state = "cancelled"
        self.refresh_risk()

    def hand_out(self, who, number, at):
        promise = self.take(who, number, "reserved")
        if promise.kind in FACTS:
            raise Illegal("a fact is not handed out")
        if promise.stop <= at and not self.things[promise.thing].returns:
            raise Illegal("over")
        if at < promise.start:
            # What goes over the counter is that unit and no other.
            promise.just_asked = True
            self.reschedule(who, number, at, promise.stop)
            promise = self.take(who, number, "reserved")
            promise.just_asked = False
        self._check_present(promise, at)
        promise.state, promise.given_at = "out", at
        self.refresh_risk()

    def _check_present(self, promise, at):
        """Things are there once: what is out, or blocked, cannot go out."""
        wanted = {}
        for share in self.shares(promise):
            if self.things[share.thing].returns:
                wanted.setdefault(share.thing, 0)
                wanted[share.thing] += share.quantity
        for name, quantity in wanted.items():
            here = self.things[name].capacity
            for other in filter(self.counts, self.promises):
                sign = 1 if other.kind == "supply" else -1
                away = other.state == "out" and other is not promise
                for share in self.shares(other):
                    fact = other.kind in FACTS and share.first <= at < share.last
                    if share.thing == name and (away or fact):
                        here += sign * share.quantity
            if quantity > here:
                raise Taken(name)

    def take_back(self, who, number, at, quantity=None):
        promise = self.take(who, number, "out")
        if quantity is not None and not 0 < quantity <= promise.quantity:
            raise Illegal("not so many are out")
        if at < promise.given_at:
            raise Illegal("back before it was handed out")
        if quantity and quantity < promise.quantity:
            promise = self.split(who, number, quantity)
        promise.state = "done"
        self.tidy(promise, at)
        self.refresh_risk()

    def end(self, who, number, at):
        """End a room before its time, or after; lift a fact."""
        promise = self.take(who, number, "reserved", "out")
        if promise.kind not in FACTS:
            returns = self.things[promise.thing].returns
            begun = promise.start if promise.given_at is None else promise.given_at
            last = max(share.last for share in self.shares(promise))
            away = returns and promise.state == "out"
            if away or begun >= at or (returns and last > self.now):
                raise Illegal("not to be ended")
            self.tidy(promise, at)
        promise.state = "done"
        self.refresh_risk()

    def close(self, who, number):
        promise = self.take(who, number, "reserved", "out")
        if promise.kind not in FACTS and not self._may_be_closed(promise):
            raise Illegal("not over")
        promise.state = "done"
        self.refresh_risk()

    def reopen(self, who, number):
        promise = self.take(who, number, "done", "cancelled")
        was_out = promise.state == "done" and promise.given_at is not None
        self.tidying.pop(number, None)
        promise.state, promise.hold_until = "reserved", 0
        if promise.kind not in FACTS:
            self.check([promise])
        if was_out:
            self._check_present(promise, self.now)
            promise.state = "out"
        self.refresh_risk()

    def undo_hand_out(self, who, number):
        promise = self.take(who, number, "out")
        promise.state, promise.given_at, promise.back_at = "reserved", None, 0
        self.refresh_risk()

    def expect_back(self, who, number, when):
        self.take(who, number, "out").back_at = when
        self.refresh_risk()

    def tick(self, hours):
        """Time passes, and the job looks after what ended by itself."""
        self.now += hours
        for promise in self.promises:
            if promise.state in ("reserved", "out") and (
                self._is_over(promise) or self._is_uncollected(promise)
            ):
                promise.state = "done"
        self.refresh_risk()

    def _may_be_closed(self, promise):
        """Whether its time is over, and nothing that must come back is out."""
        returns = self.things[promise.thing].returns
        if returns and promise.state == "out":
            return False
        return max(share.last for share in self.shares(promise)) <= self.now

    def _is_over(self, promise):
        """Whether it ended by itself, teardown included, also that of a fact."""
        last = max(share.last for share in self.shares(promise))
        waits = promise.kind not in FACTS and self.things[promise.thing].returns
        return last <= self.now and not waits

    def _is_uncollected(self, promise):
        """Whether a thing was to be collected long ago, and nobody came."""
        last = max(share.last for share in self.shares(promise))
        return promise.state == "reserved" and last <= self.now - UNCOLLECTED
