"""Running pytest, and reading what it found from its JUnit file."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
    junit = junit_path(step)
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


@dataclass(frozen=True)
class Case:
    """What pytest wrote about one test: *passed*, *failed* or *skipped*, and why."""

    test: str
    verdict: str
    details: str = ""


def junit_path(step: str) -> Path:
    """Where the last run of ``step`` wrote about each test."""
    return LOGS / f"{step}.xml"


def cases(text: str) -> Iterator[Case]:
    """What stands in the text of a JUnit file."""
    for case in ElementTree.fromstring(text).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        broken = [*case.findall("failure"), *case.findall("error")]
        if broken:
            details = "\n".join(one.text or one.get("message", "") for one in broken)
            yield Case(name, "failed", details)
        elif (skipped := case.find("skipped")) is not None:
            yield Case(name, "skipped", skipped.get("message", "no reason given"))
        else:
            yield Case(name, "passed")


def read_junit(step: str, text: str) -> Outcome:
    """What pytest found, for the gate."""
    outcome = Outcome(step)
    for case in cases(text):
        if case.verdict == "failed":
            outcome.failures.append(Finding(case.test, case.details))
        elif case.verdict == "skipped":
            outcome.skips.append(Skip(case.test, case.details))
        else:
            outcome.passed += 1
    return outcome
