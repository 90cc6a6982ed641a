"""What is still to be charged, or taken off, of what pieces cost by now.

Pure Python: no Odoo, no database. Amounts are of one piece, in the smallest unit of any
one currency, and before what was agreed on top (a typed price, a discount).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Charge:
    """An order line that charges an amount for each of its pieces, or takes one off."""

    key: int
    amount: int
    takes_off: int | None = None
    """The key of the line whose amount it takes off; gives back, where that is < 0."""
    credited: int = 0
    """What was given back of it for good: that can't be taken off again."""


@dataclass(frozen=True)
class Promise:
    """Some pieces of an item, and what each of them costs by now."""

    key: int
    pieces: int
    due: int
    stop: datetime
    facts: tuple = field(default=())
    """The charges on invoices beside the rent's own line, oldest first."""
    given_up: bool = False
    """The rent's line is for so many pieces less: the rest is not to be charged."""


@dataclass(frozen=True)
class Difference:
    """What one new order line is to charge for each piece (> 0) or take off (< 0)."""

    amount: int
    stop: datetime
    follows: int
    """The key of the line whose terms it has: what it adds to or takes off."""
    given_up: bool = False
    """For pieces that the rent's line is not for any more."""


def differences(rent, promises):
    """What invoiced lines charge too little or too much: ``{Difference: [promise]}``.

    :param Charge rent: the line of the order that charges every piece first
    :param promises: of that line

    Ten chairs for 30, ten days cost 100; two of them stay so long, eight were back:

    >>> three, ten = datetime(2027, 1, 3), datetime(2027, 1, 10)
    >>> rent = Charge(1, 30)
    >>> back, kept = Promise(1, 8, 30, three), Promise(2, 2, 100, ten)
    >>> for what, whose in differences(rent, [back, kept]).items():
    ...     print(what.amount, sum(promise.pieces for promise in whose))
    70 2

    Invoiced, and two days shorter: the latest charge is taken off first.

    >>> kept = Promise(2, 2, 80, datetime(2027, 1, 8), (Charge(7, 70),))
    >>> [(what.amount, what.follows) for what in differences(rent, [kept])]
    [(-20, 7)]

    More than that charge, and the rest comes off the rent:

    >>> kept = Promise(2, 2, 20, datetime(2027, 1, 2), (Charge(7, 70),))
    >>> [(what.amount, what.follows) for what in differences(rent, [kept])]
    [(-70, 7), (-10, 1)]

    Given up, after a day was taken off the rent and the rest was extended anew:

    >>> facts = (Charge(6, 10, takes_off=1), Charge(7, 70))
    >>> gone = Promise(2, 2, 0, three, facts, given_up=True)
    >>> [(what.amount, what.follows) for what in differences(rent, [gone])]
    [(-70, 7), (10, 1)]
    """
    found = defaultdict(list)
    for promise in promises:
        if promise.given_up:
            for line, left in _left_to_take_off(rent, promise.facts):
                if line is rent:
                    # What comes off with the whole line, came off before.
                    left -= rent.amount - rent.credited
                if left:
                    what = Difference(-left, promise.stop, line.key, given_up=True)
                    found[what].append(promise)
            continue
        charged = rent.amount + sum(
            -fact.amount if fact.takes_off else fact.amount for fact in promise.facts
        )
        rest = promise.due - charged
        if rest > 0:
            found[Difference(rest, promise.stop, rent.key)].append(promise)
        for line, left in _left_to_take_off(rent, promise.facts):
            part = min(left, -rest)
            if part > 0:
                found[Difference(-part, promise.stop, line.key)].append(promise)
                rest += part
    return dict(found)


def _left_to_take_off(rent, facts):
    """What can still be taken off: ``(charge, amount)``, the latest charged first."""
    for line in [*(fact for fact in reversed(facts) if not fact.takes_off), rent]:
        taken = sum(fact.amount for fact in facts if fact.takes_off == line.key)
        yield line, line.amount - line.credited - taken
