"""Instants of the ledger: naive UTC, open ends as a sentinel."""

from datetime import datetime, timedelta

FOREVER = datetime(9999, 12, 31)
"""Stored end of what has none: PostgreSQL's infinity does not survive the driver."""
LONGEST_BUFFER = 100_000
"""Minutes that may be blocked before or after, about 70 days."""


def blocked_period(start, stop, setup_minutes=0, teardown_minutes=0):
    """What a period takes with its buffers, in minutes before and after.

    >>> blocked_period(datetime(2026, 1, 5, 9), None, 15, 15)
    (datetime.datetime(2026, 1, 5, 8, 45), datetime.datetime(9999, 12, 31, 0, 0))
    """
    blocked_start = start and start - timedelta(minutes=setup_minutes or 0)
    if not stop:
        return blocked_start, FOREVER
    return blocked_start, stop + timedelta(minutes=teardown_minutes or 0)
