"""The steps of the gate, and the jobs they are run in, two at a time.

- *lint*: the linters, and the part of Odoo's own lint suite that fits addons.
- *unit*: ``tests/unit`` and the doctests of the addons' ``core``; no database.
- *addons*: the addons' tests by Odoo's own runner while they are installed into a fresh
  database without demo data; all but those tagged ``tour``. Two processes share them:
  each installs all addons into a database of its own and runs the tests of some.
- *integration*: ``tests/integration``, in processes and databases of their own.
- *browser*: the tests tagged ``tour`` and the Hoot tests.

What an addon's author has to follow: a test that drives the browser is an ``HttpCase``
with ``@tagged("post_install", "-at_install", "tour")``; tests of JavaScript are
``static/tests/**/*.test.js`` in the bundle ``web.assets_unit_tests``; a test that
provokes a refusal by the database mutes ``odoo.sql_db`` around that one call, because
any other warning in Odoo's log fails the run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from common import Failure

from .databases import DatabaseError, Databases, run_name
from .expected import AllowList
from .linters import run_linters
from .odoo import run_odoo
from .odoo_log import LogReader
from .outcome import Finding, Outcome, Skip
from .places import LOCAL, LOGS, Finished
from .pytest_run import run_pytest
from .shares import count_tests, shares
from .side_by_side import AT_ONCE
from .sources import ADDONS
from .templates import Templates

STEPS = ("lint", "unit", "addons", "integration", "browser")

# The rest of the suite is about Odoo's own repository, or repeats our linters.
ODOO_LINT = (
    "TestIndex",
    "TestNaming",
    "TestLintOverrideSignatures",
    "TestTestHoles",
    "TestOnchangeDomains",
    "RoutesLinter",
    "ManifestLinter",
)


@dataclass
class Gate:
    """What the steps of one run share."""

    variables: Mapping[str, str]
    own: Sequence[str]
    allow: AllowList
    browser: bool = True
    used: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.databases = Databases(self.variables)
        self.templates = Templates(self.variables, self.own)
        self._preparing = threading.Lock()

    def prepare(self, template: Callable[[], str]) -> str:
        """Make one of the templates, unless another job just did."""
        with self._preparing:
            return template()

    def clone(self, template: Callable[[], str], label: str) -> str:
        """A database for this run only."""
        name = run_name(label)
        self.used.append(name)
        with self._preparing:
            return self.databases.clone(template(), name)

    def drop_used(self) -> None:
        for name in self.used:
            self.databases.drop(name)

    def native(
        self, step: str, database: str, *arguments: str, log: str = ""
    ) -> Outcome:
        """Run tests by Odoo's own runner."""
        done = run_odoo(self.variables, database, log or step, *arguments)
        return read_odoo(step, done, self.allow)


@dataclass(frozen=True)
class Job:
    """A part of a step, or all of it, that runs beside other jobs."""

    step: str
    name: str
    work: Callable[[Gate], Outcome]


def read_odoo(step: str, done: Finished, allow: AllowList) -> Outcome:
    """What a run of Odoo found: its tests, its log, its end."""
    outcome = LogReader(step, allow).read(done.lines())
    # It ends with 1 because of what its log says; with anything else it was cut off.
    if done.code not in ((0, 1) if outcome.findings else (0,)):
        title = f"Odoo {done.verdict()}; all output: {done.log}"
        outcome.problems.append(Finding(title, done.tail()))
    return outcome


def attempt(step: str, work: Callable[[], Outcome]) -> Outcome:
    """What ``work`` found, or that it could not be done."""
    try:
        return work()
    except (Failure, DatabaseError) as error:
        return Outcome(step, problems=[Finding(str(error))])


def linters(gate: Gate) -> Outcome:
    return run_linters(gate.variables, gate.own)


def odoo_lint(gate: Gate) -> Outcome:
    database = gate.clone(gate.templates.ready, "lint")
    tags = ",".join(f"/test_lint:{name}" for name in ODOO_LINT)
    return gate.native("lint", database, "-i", "test_lint", "--test-tags", tags)


def unit(gate: Gate) -> Outcome:
    return run_pytest("unit", ["tests/unit"], gate.variables)


def addons(name: str, share: Sequence[str], gate: Gate) -> Outcome:
    database = gate.clone(gate.templates.core, name)
    tags = ",".join([*(f"/{addon}" for addon in share), "-tour"])
    arguments = ("-i", ",".join(gate.own), "--test-tags", tags)
    return gate.native("addons", database, *arguments, log=name)


def integration(gate: Gate) -> Outcome:
    gate.prepare(gate.templates.ready)
    logs = LOGS / "integration"
    for path in logs.glob("*.log"):
        path.unlink()
    outcome = run_pytest("integration", ["tests/integration"], gate.variables)
    for path in sorted(logs.glob("*.log")):
        outcome.absorb(read_odoo("integration", Finished(0, path), gate.allow))
    return outcome


def browser(gate: Gate) -> Outcome:
    if not gate.browser:
        skip = Skip("browser tests", "BROWSER=0 leaves them out", wished=True)
        return Outcome("browser", skips=[skip])
    database = gate.clone(gate.templates.ready, "browser")
    tags = [f"tour/{name}" for name in gate.own]
    tags += [f"/web:WebSuite.test_unit_desktop[@{name}]" for name in hoot(gate.own)]
    pictures = f"--screenshots={LOCAL / 'screenshots'}"
    return gate.native("browser", database, "--test-tags", ",".join(tags), pictures)


def hoot(own: Sequence[str]) -> list[str]:
    """Our addons that have tests in JavaScript."""

    def tests(name: str) -> list[Path]:
        return list((ADDONS / name / "static" / "tests").rglob("*.test.js"))

    return [name for name in own if tests(name)]


def plan(own: Sequence[str]) -> list[Job]:
    """The jobs of all steps, in the order they begin.

    The first makes the database that the others wait for, but for the two after it.
    Short ones come last, so that none is left to run long alone.
    """
    parts = shares({addon: count_tests(addon) for addon in own}, AT_ONCE)
    names = [f"addons{number}" for number in range(1, len(parts) + 1)]
    first, *others = (
        Job("addons", name, partial(addons, name, part))
        for name, part in zip(names, parts, strict=True)
    )
    return [
        first,
        Job("lint", "linters", linters),
        Job("unit", "unit", unit),
        *others,
        Job("integration", "integration", integration),
        Job("browser", "browser", browser),
        Job("lint", "odoo-lint", odoo_lint),
    ]
