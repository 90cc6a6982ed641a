"""Days and stretches of custody: pure Python, no database."""

from datetime import datetime
from typing import NamedTuple


class Span(NamedTuple):
    """What one row of custody takes of its asset.

    ``held`` is custody, typed or real, ``alone`` a role held by one at a time.
    """

    key: int
    start: datetime
    stop: datetime
    held: bool
    alone: bool


def stretches(spans):
    """Group the spans of one asset into uninterrupted stretches of custody.

    Two belong together when several people have the thing at once, or when one's
    custody begins the instant the other's ends: it never came back in between. A
    reservation that only follows is a promise of its own.

    >>> def span(key, start, stop, held=True, alone=True):
    ...     day = lambda number: datetime(2024, 1, number)
    ...     return Span(key, day(start), day(stop), held, alone)
    >>> [[one.key for one in group] for group in stretches(
    ...     [span(1, 1, 5), span(2, 5, 9), span(3, 9, 12, held=False)])]
    [[1, 2], [3]]
    >>> [[one.key for one in group] for group in stretches(
    ...     [span(1, 1, 5, alone=False), span(2, 3, 9, alone=False), span(3, 10, 11)])]
    [[1, 2], [3]]
    """
    groups = []
    for span in sorted(spans, key=lambda one: (one.start, one.stop, one.key)):
        joined = [span]
        apart = []
        for group in groups:
            if any(_belong_together(one, span) for one in group):
                joined = group + joined
            else:
                apart.append(group)
        groups = [*apart, joined]
    return groups


def _belong_together(one, later):
    if one.start < later.stop and later.start < one.stop:
        return not one.alone and not later.alone
    return one.stop == later.start and one.held and later.held
