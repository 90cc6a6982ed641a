"""Random histories: whatever is done to custody, its table and the ledger agree."""

import os
from contextlib import closing
from datetime import datetime, timedelta
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core.custody import Span, stretches
from .common import LendingCommon
from .custody_histories import histories, spans
from .custody_history import History

LONG = bool(os.environ.get("SUITE_LONG"))


@tagged("post_install", "-at_install")
class TestCustodyProperties(LendingCommon):
    """Nobody has what another one has, and the ledger knows what somebody has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        set_hypothesis_home_dir(cls.enterClassContext(TemporaryDirectory()))

    def test_LC1_LC5_histories_of_custody(self):
        """Custody, ledger, status and the answers about the past hold together."""

        @given(histories)
        def play(history):
            with closing(self.env.cr.savepoint()):
                History(self).play(history)
            self.env.invalidate_all()

        with mute_logger("odoo.sql_db"):
            _often(play, 600 if LONG else 30)()

    def test_stretches_take_no_instant_twice(self):
        """Of people who may have a thing together, no two stretches overlap."""

        @given(st.lists(spans(), min_size=1, max_size=6))
        def play(drawn):
            rows = [
                Span(key, _day(start), _day(stop), held, False)
                for key, (start, stop, held, _alone) in enumerate(drawn)
            ]
            groups = stretches(rows)
            keys = sorted(span.key for group in groups for span in group)
            self.assertEqual(keys, list(range(len(rows))))
            periods = sorted(
                (min(one.start for one in group), max(one.stop for one in group))
                for group in groups
            )
            for (_start, stop), (start, _stop) in zip(
                periods, periods[1:], strict=False
            ):
                self.assertLessEqual(stop, start, groups)

        _often(play, 5000 if LONG else 300)()


def _often(play, times):
    """Let hypothesis play so many times; the same ones at each run of the gate."""
    return settings(
        max_examples=times,
        derandomize=not LONG,
        database=None,
        report_multiple_bugs=False,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )(play)


def _day(number):
    return datetime(2026, 1, 1) + timedelta(days=number)
