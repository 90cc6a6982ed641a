"""Reading Odoo's log: what its test runner ran, and every line that is a defect."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import shorten

from .expected import AllowList
from .outcome import Finding, Outcome, Skip

_HEAD = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+"
    r" (?P<level>[A-Z]+) (?P<database>\S+) (?P<logger>\S+): (?P<message>.*)$"
)
_STARTED = re.compile(r"^Starting (?P<test>\S.*) \.\.\.$")
_SKIPPED = re.compile(r"^skipped (?P<test>\S.*?) : (?P<reason>.*)$")
_FAILED = re.compile(r"^(?:FAIL|ERROR): (?P<test>\S.*)$")
_SUM = re.compile(
    r"^(?P<failed>\d+) failed, (?P<errors>\d+) error\(s\) of (?P<run>\d+) tests"
)
# What Odoo logs because a test failed: the failed test itself says it better.
_ECHO = re.compile(
    r"^Module \S+: \d+ failures, \d+ errors of \d+ tests"
    r"|^At least one test failed when loading the modules"
    r"|^\d+ failed, \d+ error\(s\) of [1-9]\d* tests"
)
_BAD_LEVELS = {"WARNING", "ERROR", "CRITICAL"}


@dataclass
class Record:
    """One record of the log; ``details`` are the lines that followed it."""

    level: str
    logger: str
    message: str
    details: list[str]

    @property
    def is_of_test(self) -> bool:
        return ".tests." in self.logger or self.logger.endswith(".tests")

    def headline(self) -> str:
        return f"{self.level} {self.logger}: {self.message}"

    def text(self) -> str:
        """What the patterns of the allow list are searched in."""
        return "\n".join([self.headline(), *self.details])


def records(lines: Iterable[str]) -> Iterator[Record]:
    """Group the lines of a log into records."""
    current = None
    for line in lines:
        head = _HEAD.match(line.rstrip("\n"))
        if head:
            if current:
                yield current
            message = head["message"].rstrip()
            current = Record(head["level"], head["logger"], message, [])
        elif current:
            current.details.append(line.rstrip("\n"))
    if current:
        yield current


class LogReader:
    """Collects from one run of Odoo what a step has to report."""

    def __init__(self, step: str, allow: AllowList) -> None:
        self.outcome = Outcome(step)
        self._allow = allow
        self._started: set[str] = set()
        self._failed: dict[str, Record] = {}
        self._skipped: set[str] = set()
        self._problems: Counter[str] = Counter()
        self._details: dict[str, str] = {}
        self._announced = 0
        self._counted = 0

    def read(self, lines: Iterable[str]) -> Outcome:
        """Read one whole log."""
        for record in records(lines):
            if not (self._read_test(record) or self._read_sum(record)):
                self._read_other(record)
        return self._conclude()

    def _read_test(self, record: Record) -> bool:
        """Whether ``record`` is the test runner's word on one test."""
        # An error logged by a test's own code has the same logger: only these forms
        # at these levels are the runner's.
        if not (record.is_of_test or record.logger.startswith("odoo.tests.")):
            return False
        if record.level == "INFO" and (found := _STARTED.match(record.message)):
            self._announced += 1
            self._started.add(f"{record.logger}:{found['test']}")
            return True
        if record.level == "INFO" and (found := _SKIPPED.match(record.message)):
            self._skip(f"{record.logger}:{found['test']}", found["reason"])
            return True
        if record.level == "ERROR" and (found := _FAILED.match(record.message)):
            self._failed[f"{record.logger}:{found['test']}"] = record
            return True
        return False

    def _skip(self, test: str, reason: str) -> None:
        self._skipped.add(test)
        self.outcome.skips.append(Skip(test, reason))

    def _read_sum(self, record: Record) -> bool:
        """Whether ``record`` only repeats what failing tests have said already."""
        if found := _SUM.match(record.message):
            self._counted += int(found["run"])
        return bool(_ECHO.match(record.message))

    def _read_other(self, record: Record) -> None:
        if record.level not in _BAD_LEVELS:
            return
        name = self._allow.match("log", self.outcome.step, record.text())
        if name:
            self.outcome.matched.add(name)
        else:
            title = shorten(record.headline(), 160)
            self._problems[title] += 1
            self._details.setdefault(title, record.text().removeprefix(title))

    def _conclude(self) -> Outcome:
        outcome = self.outcome
        broken = {_owner(test) for test in self._failed}
        outcome.passed = len(self._started - broken - self._skipped)
        for test, record in self._failed.items():
            outcome.failures.append(Finding(test, "\n".join(record.details)))
        for line, times in self._problems.items():
            title = f"{line} ({times} times)" if times > 1 else line
            outcome.problems.append(Finding(title, self._details[line]))
        if self._announced != self._counted:
            outcome.problems.append(
                Finding(
                    f"the log announces {self._announced} tests, Odoo counts"
                    f" {self._counted}: the log is incomplete"
                )
            )
        return outcome


def _owner(test: str) -> str:
    """The test that a failed subtest belongs to; any other test is its own.

    >>> _owner("a.tests.test_b:Subtest TestB.test_c (n=1)")
    'a.tests.test_b:TestB.test_c'
    >>> _owner("a.tests.test_b:TestB.test_c")
    'a.tests.test_b:TestB.test_c'
    """
    logger, _, name = test.partition(":")
    if name.startswith("Subtest "):
        name = name.split()[1]
    return f"{logger}:{name}"
