"""What the steps of the gate found, and the lines that say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

SHOWN_LINES = 40


@dataclass(frozen=True)
class Finding:
    """Something that fails the run: one line, and what helps to understand it."""

    title: str
    details: str = ""

    def show(self) -> str:
        """The finding with the last of its details; the log file has them all."""
        lines = self.details.strip("\n").splitlines()
        cut = ["…"] if len(lines) > SHOWN_LINES else []
        shown = [f"    {line}" for line in cut + lines[-SHOWN_LINES:]]
        return "\n".join([f"--- {self.title}", *shown])


@dataclass(frozen=True)
class Skip:
    """A test that did not run, and why; ``wished`` when that needs no excuse."""

    test: str
    reason: str
    wished: bool = False


@dataclass
class Outcome:
    """What one step found.

    ``problems`` are findings beside the tests' own verdicts: an unexpected line in
    Odoo's log, a command that broke off. Each counts as a failure, so that no number of
    passed tests can hide it. ``matched`` names the entries of the allow list it used.
    """

    step: str
    passed: int = 0
    failures: list[Finding] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    matched: set[str] = field(default_factory=set)
    seconds: float = 0.0

    @property
    def findings(self) -> list[Finding]:
        return self.failures + self.problems

    def absorb(self, other: Outcome) -> None:
        """Add what a part of this step found."""
        self.passed += other.passed
        self.failures += other.failures
        self.problems += other.problems
        self.skips += other.skips
        self.matched |= other.matched
        self.seconds += other.seconds

    def describe(self, name: str = "") -> str:
        """One line for the table of steps, or for the part ``name`` of one."""
        return (
            f"{name or self.step:<12}"
            f"{self.passed:6} passed{len(self.findings):5} failed"
            f"{len(self.skips):5} skipped{self.seconds:8.1f} s"
        )


def closing_line(outcomes: Iterable[Outcome]) -> str:
    """The last line of every run; other programs read it, so its form is fixed."""
    passed = failed = skipped = 0
    for outcome in outcomes:
        passed += outcome.passed
        failed += len(outcome.findings)
        skipped += len(outcome.skips)
    return f"{passed} passed, {failed} failed, {skipped} skipped"


def is_green(outcomes: Iterable[Outcome]) -> bool:
    """Whether nothing failed and something was tested at all."""
    outcomes = list(outcomes)
    tested = any(outcome.passed for outcome in outcomes)
    return tested and not any(outcome.findings for outcome in outcomes)


def closing_report(outcomes: list[Outcome]) -> str:
    """What closes a run: the steps, skips with their reasons, failures, the sum."""
    lines = ["", *(outcome.describe() for outcome in outcomes), ""]
    for outcome in outcomes:
        lines += [f"SKIPPED {skip.test}: {skip.reason}" for skip in outcome.skips]
    for outcome in outcomes:
        lines += [f"FAILED {outcome.step}: {one.title}" for one in outcome.findings]
    if not any(outcome.passed or outcome.findings for outcome in outcomes):
        lines.append("FAILED: nothing was tested.")
    return "\n".join([*lines, closing_line(outcomes)])
