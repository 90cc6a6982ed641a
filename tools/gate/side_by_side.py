"""Jobs side by side, in threads that wait for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import TypeVar

from .places import PROGRAMS

# A run of Odoo and its server in PostgreSQL take turns: together one processor.
AT_ONCE = 2

Job = TypeVar("Job")
Result = TypeVar("Result")


def side_by_side(
    jobs: Iterable[Job],
    work: Callable[[Job], Result],
    ended: Callable[[Job, Future[Result]], None],
    at_once: int = AT_ONCE,
) -> None:
    """Begin ``work`` on the jobs in their order, some at a time; wait for all.

    Each is handed to ``ended`` as it ends; what it raised is in its future. Stopping
    the command (Ctrl-C) ends the programs that were started, and starts no more.
    """
    pool = ThreadPoolExecutor(at_once)
    try:
        futures = {pool.submit(work, job): job for job in jobs}
        for future in as_completed(futures):
            ended(futures[future], future)
    except BaseException:
        PROGRAMS.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
