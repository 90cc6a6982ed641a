"""What is ordered by itself with a room, a scenario or another service.

Pure Python: no Odoo, no database.
"""

from dataclasses import dataclass
from typing import NamedTuple

FITS_ALL, FITS_ONE = "all", "one"
HIDDEN, MANDATORY, FIXED = "hidden", "mandatory", "fixed"
PREFILLED, DEFAULT, CO_BOOKED = "prefilled", "default", "co_booked"


@dataclass(frozen=True)
class Service:
    """What of a service decides about its lines; options as in ``core/options.py``."""

    key: int
    group: int = 0
    options: frozenset = frozenset()
    quantity: int = 1
    """Its default quantity (R17)."""
    catering: str | None = None
    """Its catering: :data:`FITS_ALL`, :data:`FITS_ONE` or none."""
    catering_type: int | None = None
    co_groups: frozenset = frozenset()
    """The groups whose services bring it along (R10)."""


class Line(NamedTuple):
    """So many of a service, and why."""

    key: int
    quantity: int
    source: str


SOURCES = (
    ("not_visible", HIDDEN),
    ("mandatory", MANDATORY),
    ("not_editable", FIXED),
    ("prefill_participants", PREFILLED),
    ("default_active", DEFAULT),
)
"""Options by which a service is ordered by itself; the first that it has says why."""


def automatic(services, catering_type=None, participants=1):
    """The lines that an appointment gets by itself (R19, R20, R23, R27, R29, R30).

    Of another catering than the appointment's nothing is ordered by itself (R25).

    >>> water = Service(1, options=frozenset(["default_active"]), quantity=2)
    >>> cake = Service(2, options=frozenset(["prefill_participants"]))
    >>> for line in automatic([water, cake, Service(3)], participants=12):
    ...     print(*line)
    1 2 default
    2 12 prefilled
    >>> buffet = frozenset(["not_editable"])
    >>> automatic([Service(4, options=buffet, catering="one", catering_type=7)], 8)
    []
    """
    found = []
    for service in services:
        if "co_booked" in service.options or not fits(service, catering_type):
            continue
        source = next((why for name, why in SOURCES if name in service.options), None)
        if source:
            counted = source == PREFILLED
            quantity = participants if counted else service.quantity
            found.append(Line(service.key, quantity, source))
    return found


def fits(service, catering_type):
    """Whether a service is to be had in an appointment of that catering (R4, R25)."""
    return service.catering != FITS_ONE or service.catering_type == catering_type


def co_booked(services, ordered):
    """One line of each service that one of the ``ordered`` brings along (R10, RA9).

    Those that are booked along bring nothing along themselves.

    >>> fee = Service(9, options=frozenset(["co_booked"]), co_groups=frozenset([1]))
    >>> co_booked([fee], [Service(1, group=1), Service(2, group=1)])
    [Line(key=9, quantity=1, source='co_booked')]
    >>> co_booked([fee], [Service(3, group=2)])
    []
    >>> co_booked([fee], [Service(4, group=1, options=frozenset(["co_booked"]))])
    []
    """
    groups = {one.group for one in ordered if "co_booked" not in one.options}
    return [
        Line(service.key, 1, CO_BOOKED)
        for service in services
        if "co_booked" in service.options and service.co_groups & groups
    ]
