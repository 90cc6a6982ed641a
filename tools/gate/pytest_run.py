"""Running pytest, and reading what it found from its JUnit file."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from pathlib import Path

import provide_python

from .outcome import Finding, Outcome, Skip
from .places import LOGS, Finished, call

NO_TESTS = 5


def run_pytest(
    step: str,
    arguments: Iterable[str],
    variables: Mapping[str, str],
    *,
    prefix: Iterable[str] = (),
) -> Outcome:
    """Run pytest as a part of ``step``; ``prefix`` stands before ``pytest``."""
    junit = LOGS / f"{step}.xml"
    junit.unlink(missing_ok=True)
    runner = [str(provide_python.INTERPRETER), "-m", *prefix, "pytest"]
    command = [*runner, f"--junit-xml={junit}", *arguments]
    done = call(command, step, variables)
    return read_run(step, done, junit)


def run_coverage_report(variables: Mapping[str, str], addon: str) -> str:
    """The table of what the last run left uncovered in ``addon``."""
    report = ["-m", "coverage", "report", f"--include=addons/{addon}/*"]
    command = [str(provide_python.INTERPRETER), *report]
    return "\n".join(call(command, "coverage", variables).lines())


def read_run(step: str, done: Finished, junit: Path) -> Outcome:
    """What a run of pytest found."""
    outcome = Outcome(step)
    if junit.exists():
        outcome.absorb(read_junit(step, junit.read_text(encoding="utf-8")))
    if done.code == NO_TESTS:
        outcome.problems.append(Finding(f"{step}: pytest found no test"))
    elif done.code != 0 and not outcome.findings:
        title = f"pytest {done.verdict()}; all output: {done.log}"
        outcome.problems.append(Finding(title, done.tail()))
    return outcome


def read_junit(step: str, text: str) -> Outcome:
    """What pytest wrote about each test."""
    outcome = Outcome(step)
    for case in ElementTree.fromstring(text).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        broken = [*case.findall("failure"), *case.findall("error")]
        if broken:
            details = "\n".join(one.text or one.get("message", "") for one in broken)
            outcome.failures.append(Finding(name, details))
        elif (skipped := case.find("skipped")) is not None:
            outcome.skips.append(Skip(name, skipped.get("message", "no reason given")))
        else:
            outcome.passed += 1
    return outcome
