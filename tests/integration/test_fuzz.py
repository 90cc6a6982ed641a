"""Bad input never reaches a client as a traceback, and answers betray nobody.

The gate plays the same calls each time, the long run others; a failure prints the seed,
and ``FUZZ_SEED=<seed> make test K=test_fuzz`` plays it again.
"""

import os
import random

from fuzz_run import fuzz
from odoo_process import run_clients

SEED = 9
CALLS, CALLS_IN_LONG_RUN = 2_000, 20_000


def test_hostile_calls_are_refused_and_betray_nobody(make_database, client_log, large):
    drawn = random.randrange(10**6) if large else SEED
    seed = int(os.environ.get("FUZZ_SEED") or drawn)
    calls = CALLS_IN_LONG_RUN if large else CALLS
    [answer] = run_clients(make_database("ready"), fuzz, [(seed, calls)], client_log)
    assert isinstance(answer, dict), answer
    findings = "\n".join(answer["findings"])
    assert not findings, f"FUZZ_SEED={seed}\n{findings}"
    assert answer["calls"] >= calls
