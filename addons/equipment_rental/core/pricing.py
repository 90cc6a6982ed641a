"""What a rental of some length costs: the cheapest set of price tiers that covers it.

Pure Python: no Odoo, no database. Lengths are whole minutes to charge for (``length``).
Prices are in any one currency.
"""

from collections import Counter
from dataclasses import dataclass
from functools import reduce
from math import gcd

HOUR = 60
DAY = 24 * HOUR
WEEK = 7 * DAY
# Minutes of one unit of a tier; a fixed price covers any length.
UNIT_MINUTES = {"hour": HOUR, "day": DAY, "week": WEEK, "fixed": None}


@dataclass(frozen=True)
class Tier:
    """A price for ``count`` units of time, e.g. 250 for 3 days."""

    unit: str
    count: int
    price: float

    @property
    def minutes(self):
        """Length it covers; None covers any length."""
        minutes = UNIT_MINUTES[self.unit]
        return minutes and minutes * self.count


@dataclass(frozen=True)
class Cover:
    """The tiers to charge, longest first, each with how many times."""

    parts: tuple
    total: float


def cover(minutes, tiers):
    """Return the cheapest :class:`Cover` of ``minutes``, or None without a tier.

    Among equally cheap ones the one with the fewest pieces wins. A started unit is
    charged whole. The price never falls when the length grows.

    >>> tiers = [Tier("day", 1, 100), Tier("day", 3, 250), Tier("week", 1, 500)]
    >>> best = cover(8 * DAY, tiers)
    >>> best.total
    600
    >>> [(tier.unit, tier.count, times) for tier, times in best.parts]
    [('week', 1, 1), ('day', 1, 1)]

    Four days are cheaper as 3 + 1 than as four single days, six days cost a week:

    >>> cover(4 * DAY, tiers).total, cover(6 * DAY, tiers).total
    (350, 500)

    A started day counts whole, and a lump sum covers any length:

    >>> cover(DAY + 1, tiers).total
    200
    >>> cover(90 * DAY, [*tiers, Tier("fixed", 1, 450)]).total
    450
    >>> cover(DAY, []) is None
    True
    """
    if minutes <= 0:
        return Cover((), 0.0)
    timed = [tier for tier in tiers if tier.minutes]
    candidates = [Cover(((tier, 1),), tier.price) for tier in tiers if not tier.minutes]
    if timed:
        candidates.append(_cover_timed(minutes, timed))
    return min(candidates, key=_rank, default=None)


def _rank(candidate):
    """Cheapest first, then fewest pieces; rounding keeps float dust from deciding."""
    return round(candidate.total, 6), sum(times for _tier, times in candidate.parts)


def _cover_timed(minutes, tiers):
    """Cover with tiers of a length: shortest path over the cells of their grid."""
    step = reduce(gcd, (tier.minutes for tier in tiers))
    cells = -(-minutes // step)
    bulk = min(tiers, key=lambda tier: (tier.price / tier.minutes, -tier.minutes))
    times = _bulk_times(
        cells, bulk.minutes // step, max(t.minutes for t in tiers) // step
    )
    parts = _cheapest_path(cells - times * bulk.minutes // step, tiers, step)
    parts[bulk] += times
    ordered = sorted(
        ((tier, count) for tier, count in parts.items() if count),
        key=lambda part: -part[0].minutes,
    )
    return Cover(tuple(ordered), sum(tier.price * count for tier, count in ordered))


def _bulk_times(cells, bulk_cells, longest_cells):
    """How often the tier that is cheapest per minute is surely part of the best cover.

    Of any ``bulk_cells`` pieces some have a summed length that is a multiple of
    ``bulk_cells`` (pigeonhole) and can be swapped for the cheapest tier at no loss. So
    a best cover has fewer than ``bulk_cells`` other pieces, and only the rest of that
    length has to be searched.
    """
    searched = bulk_cells * (longest_cells + 1)
    return max(0, (cells - searched) // bulk_cells)


def _cheapest_path(cells, tiers, step):
    """Counter of the tiers that cover ``cells`` grid cells at the lowest price."""
    lengths = [(tier, tier.minutes // step) for tier in tiers]
    best = [(0.0, 0, None)]
    for cell in range(1, cells + 1):
        price, pieces, tier = min(
            (
                (
                    round(best[max(0, cell - length)][0] + tier.price, 6),
                    best[max(0, cell - length)][1] + 1,
                    tier,
                )
                for tier, length in lengths
            ),
            key=lambda option: option[:2],
        )
        best.append((price, pieces, tier))
    parts = Counter()
    while cells > 0:
        tier = best[cells][2]
        parts[tier] += 1
        cells -= tier.minutes // step
    return parts
