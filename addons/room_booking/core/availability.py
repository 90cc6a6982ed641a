"""When a service can be provided: its windows against hours, its place in time.

Pure Python: no Odoo, no database. Moments are naive UTC, buffers are minutes, hours are
half-open ``(start, stop)`` pairs that do not overlap. Letters are those of the rules: S
and E the meeting, P the moment of provision.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from odoo.addons.resource_allocation.core.hours import joined

OWN, GROUP = "own", "group"
DEFAULT_USE = 60
"""Minutes that what is provided at the end or later is in use, if not said."""


class Window(NamedTuple):
    """What must lie in the hours of the service or of its group, and by which rule.

    A window that ends where it starts is a moment.
    """

    rule: str
    start: datetime
    stop: datetime
    whose: str


def windows(mode, start, stop, provision, setup=0, teardown=0, own=OWN, on_group=False):
    """What has to be open for a service, by its check mode (R42 to R55, RA4, RA5).

    :param str mode: ``start``, ``end``, ``both`` or ``continuous``
    :param str own: :data:`GROUP` for what takes its group's hours (R40)
    :param bool on_group: setup and teardown are tested against the group (R44, R51)

    >>> at = lambda hour, minute=0: datetime(2026, 1, 5, hour, minute)
    >>> for window in windows("both", at(8), at(17), at(8), 15, 15):
    ...     print(window.rule, window.start.time(), window.stop.time(), window.whose)
    R43 08:00:00 08:00:00 own
    R43 07:45:00 08:00:00 own
    R50 17:00:00 17:00:00 own
    R50 17:00:00 17:15:00 own
    """
    around = GROUP if on_group else own
    last = max(stop, provision)
    found = []
    if mode != "end":
        found.append(Window("R43", provision, provision, own))
        if setup:
            before = provision - timedelta(minutes=setup)
            found.append(Window("R43", before, provision, around))
    if mode == "continuous" and provision < last:
        found.append(Window("RA4", provision, last, own))
    if mode != "start":
        found.append(Window("R50", last, last, own))
        if teardown:
            after = last + timedelta(minutes=teardown)
            found.append(Window("R50", last, after, around))
    return found


def uncovered(wanted, hours):
    """Those of the windows that the hours do not cover.

    A moment of provision is covered from opening to before closing, an end from after
    opening to closing.

    :param dict hours: ``{OWN: [(start, stop)], GROUP: [(start, stop)]}``

    The kitchen closes over noon; from 7:15 to 17:15 it is otherwise there (RE3):

    >>> at = lambda hour, minute=0: datetime(2026, 1, 5, hour, minute)
    >>> kitchen = {OWN: [(at(7, 15), at(12)), (at(13), at(17, 15))]}
    >>> uncovered(windows("both", at(7, 30), at(17), at(7, 30), 15, 15), kitchen)
    []
    >>> [one.rule for one in uncovered(
    ...     windows("continuous", at(7, 30), at(17), at(7, 30), 15, 15), kitchen)]
    ['RA4']
    """
    return [one for one in wanted if not _is_covered(one, joined(hours[one.whose]))]


def _is_covered(window, hours):
    if window.start < window.stop:
        return any(
            opens <= window.start and window.stop <= closes for opens, closes in hours
        )
    if window.rule == "R50":
        return any(opens < window.start <= closes for opens, closes in hours)
    return any(opens <= window.start < closes for opens, closes in hours)


def provision(start, stop, wanted=None, inside=False, outside=False):
    """When a service is provided, and the rule that refuses what was wanted, if one.

    :param bool inside: it may be another moment of the meeting (R34)
    :param bool outside: it may be before the meeting or after it (R74)
    :return: ``(moment, rule or None)``

    >>> at = lambda hour, minute=0: datetime(2026, 1, 5, hour, minute)
    >>> provision(at(8), at(10), at(9))[0] == at(8)
    True
    >>> provision(at(8), at(10), at(9), inside=True) == (at(9), None)
    True
    >>> provision(at(8), at(10), at(10, 30), inside=True)[1]
    'R34'
    >>> provision(at(8), at(10), at(12), outside=True) == (at(12), None)
    True
    """
    if wanted is None or not (inside or outside):
        return start, None
    if outside or start <= wanted < stop:
        return wanted, None
    return wanted, "R34"


def in_use(start, stop, provided, minutes=None):
    """From when until when something is away: to the end, or its own time after it.

    >>> at = lambda hour: datetime(2026, 1, 5, hour)
    >>> in_use(at(8), at(10), at(9)) == (at(9), at(10))
    True
    >>> in_use(at(8), at(10), at(12)) == (at(12), at(13))
    True
    """
    if minutes or provided >= stop:
        return provided, provided + timedelta(minutes=minutes or DEFAULT_USE)
    return provided, stop


def room_buffers(*pairs):
    """The longest setup and the longest teardown, each by itself (R73, RA11).

    >>> room_buffers((30, 10), (45, 0), (0, 0))
    (45, 10)
    >>> room_buffers()
    (0, 0)
    """
    setups, teardowns = zip(*pairs, strict=True) if pairs else ((0,), (0,))
    return max(setups), max(teardowns)
