"""What a document expects of the ledger, and where the ledger differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple


class Expected(NamedTuple):
    """So many pieces of a resource in a state, ``[start, stop)`` in UTC.

    ``state`` is ``hold``, ``reserved`` or ``out``, for facts ``block`` or ``supply``.
    Without ``start`` it does not matter: of what is out it is history. Without
    ``stop`` it has no end. ``until`` is when a hold lapses; where no hold of a document
    says it, it is not compared.
    """

    resource: int
    state: str
    start: datetime | None
    stop: datetime | None
    quantity: int = 1
    until: datetime | None = None


def differences(
    expected: Iterable[Expected], found: Iterable[Expected], now: datetime
) -> tuple[list[Expected], list[Expected]]:
    """What is missing and what is too much; rows of one kind count together.

    What ended without ever having left is no difference: time closes it.

    >>> at = datetime
    >>> nine, ten = at(2026, 1, 5, 9), at(2026, 1, 5, 10)
    >>> wanted = [Expected(7, "reserved", nine, ten, 5)]
    >>> there = [Expected(7, "reserved", nine, ten, 2)] * 2
    >>> [(one.quantity, other) for [one], other in [differences(wanted, there, nine)]]
    [(1, [])]
    >>> differences(wanted, [], ten)
    ([], [])
    """
    left: Counter = Counter()
    for sign, rows in ((1, expected), (-1, found)):
        for row in rows:
            if row.state == "out":
                left[row._replace(start=None, quantity=0)] += sign * row.quantity
            elif not row.stop or row.stop > now:
                left[row._replace(quantity=0)] += sign * row.quantity
    missing = [row._replace(quantity=many) for row, many in left.items() if many > 0]
    surplus = [row._replace(quantity=-many) for row, many in left.items() if many < 0]
    return missing, surplus
