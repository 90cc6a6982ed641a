"""Core's own tests with our addons installed, against the same without them.

Not a step of the gate: it takes long, and how core's tests end by themselves is noted
once for each version of Odoo. pytest-odoo runs them one addon at a time, all of them
after the installation. Some fail or are skipped that way without our addons, too; only
a test that ends in another way with them is a failure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import provide_odoo
from common import Failure, locked

from .outcome import Finding, Outcome, Skip, closing_report, is_green
from .places import LOCAL, ROOT
from .pytest_run import Case, cases, junit_path, run_pytest
from .steps import Gate, Job
from .whole import run_jobs

# All of them are installed wherever ours are; the short ones first.
CORE = (
    *("resource", "maintenance", "hr", "sale_management", "sale_project"),
    *("stock_account", "sale_stock", "sale", "project", "stock"),
)
NOTES = LOCAL / "core-tests"


def chosen_addons(wish: str) -> list[str]:
    """The addons of core whose tests to run."""
    named = wish.replace(",", " ").split()
    if unknown := set(named) - set(CORE):
        raise Failure(f"No tests of {', '.join(unknown)}: there is {', '.join(CORE)}.")
    return [name for name in CORE if name in named or not named]


def run_core_tests(gate: Gate, names: Sequence[str]) -> bool:
    """Run and compare the tests of core's addons ``names``; True when none differs."""
    jobs = [Job(name, name, partial(_compare, name)) for name in names]
    with locked("gate"):
        gate.databases.drop_abandoned()
        try:
            outcomes = run_jobs(gate, names, jobs)
        finally:
            gate.drop_used()
    print(closing_report(outcomes))
    return is_green(outcomes)


def _compare(addon: str, gate: Gate) -> Outcome:
    without = _without_ours(addon, gate)
    return differences(addon, without, _run(addon, gate, "with", gate.templates.ready))


def _without_ours(addon: str, gate: Gate) -> dict[str, str]:
    """The verdict on each test without our addons: noted, or found out and noted."""
    # The browser's tests are other tests; the database's name has Odoo's version.
    folder = NOTES / gate.templates.core_name()
    note = folder / f"{addon}{'' if gate.browser else '-no-browser'}.json"
    if not note.exists():
        found = _run(addon, gate, "without", gate.templates.core)
        verdicts = {case.test: case.verdict for case in found}
        folder.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps(verdicts, indent=1))
    return json.loads(note.read_text())


def _run(addon: str, gate: Gate, label: str, template: Callable[[], str]) -> list[Case]:
    """What pytest found in ``addon``'s tests on a copy of ``template``."""
    database = gate.clone(template, f"{addon}_{label}")
    name, tests = f"core-{addon}-{label}", _tests(addon, gate)
    options = [
        # Names begin with the addon, and nothing is written to Odoo's own folder.
        *("-c", str(ROOT / "setup.cfg"), f"--rootdir={tests.parent.parent}"),
        *("-p", "no:cacheprovider", "--continue-on-collection-errors"),
        *("-p", "odoo", f"--odoo-database={database}"),
        *(["--odoo-http"] if gate.browser else []),
    ]
    outcome = run_pytest(name, [*options, str(tests)], gate.variables)
    gate.databases.drop(database)
    if outcome.problems:
        raise Failure(outcome.problems[0].title)
    return list(cases(junit_path(name).read_text(encoding="utf-8")))


def _tests(addon: str, gate: Gate) -> Path:
    folder = Path(gate.variables["PYTHONPATH"].split(":")[0])
    found = (path / addon / "tests" for path in provide_odoo.core_addons(folder))
    return next(path for path in found if path.is_dir())


def differences(
    addon: str, without: Mapping[str, str], cases_with: Sequence[Case]
) -> Outcome:
    """Every test that ends otherwise with our addons than without them."""
    outcome = Outcome(addon)
    found = {case.test: case for case in cases_with}
    for test in sorted({*without, *found}):
        case = found.get(test, Case(test, "missing"))
        before = without.get(test, "missing")
        if case.verdict != before:
            title = f"{test}: {before} without our addons, {case.verdict} with them"
            outcome.failures.append(Finding(title, case.details))
        elif before == "passed":
            outcome.passed += 1
        else:
            reason = f"{before} without our addons, too"
            outcome.skips.append(Skip(test, reason, wished=True))
    if "passed" not in without.values():
        outcome.problems.append(Finding(f"{addon}: no test passes without ours"))
    return outcome
