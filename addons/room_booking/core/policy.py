"""What a room's policy refuses: how far ahead, when, how long.

Pure Python: no Odoo, no database. Moments are naive UTC.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from odoo.addons.resource_allocation.core.moment import wall_time


@dataclass(frozen=True)
class Policy:
    """Limits of booking a room; 0 says nothing."""

    window_days: int = 0
    notice_minutes: int = 0
    grid_minutes: int = 0
    min_minutes: int = 0
    max_minutes: int = 0


@dataclass(frozen=True)
class Wanted:
    """An appointment as far as the policy asks; the zone is the room's, of pytz."""

    start: datetime
    stop: datetime
    zone: object


def refusals(policy, wanted, now):
    """What the policy refuses: a list of ``window notice grid length``.

    >>> import pytz
    >>> now, hour = datetime(2026, 1, 5, 9), timedelta(hours=1)
    >>> wanted = Wanted(now + hour, now + 2 * hour, pytz.utc)
    >>> policy = Policy(notice_minutes=90, grid_minutes=30, max_minutes=45)
    >>> refusals(policy, wanted, now)
    ['notice', 'length']
    """
    start, stop = wanted.start, wanted.stop
    minutes = (stop - start) / timedelta(minutes=1)
    found = []
    if policy.window_days and start > now + timedelta(days=policy.window_days):
        found.append("window")
    if start < now + timedelta(minutes=policy.notice_minutes):
        found.append("notice")
    if policy.grid_minutes and any(
        _minute_of_day(one, wanted.zone) % policy.grid_minutes for one in (start, stop)
    ):
        found.append("grid")
    if minutes < policy.min_minutes or 0 < policy.max_minutes < minutes:
        found.append("length")
    return found


def _minute_of_day(instant, zone):
    wall = wall_time(instant, zone)
    return wall.hour * 60 + wall.minute + wall.second / 60
