"""The whole gate, or some of its steps: run, judge, report."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial

from common import Failure, locked, say

from .expected import AllowList
from .outcome import Finding, Outcome, closing_report, is_green
from .side_by_side import side_by_side
from .steps import STEPS, Gate, Job, attempt, plan


def chosen_steps(wish: str) -> list[str]:
    """The steps to run, in their order whatever order they were named in."""
    named = wish.replace(",", " ").split()
    if unknown := set(named) - set(STEPS):
        raise Failure(f"No step {', '.join(unknown)}: there is {', '.join(STEPS)}.")
    return [name for name in STEPS if name in named or not named]


def run_steps(gate: Gate, names: Sequence[str], *, long: bool = False) -> bool:
    """Run the named steps and print what they found; True when all is well."""
    # Two runs at once would write to the same logs.
    with locked("gate"):
        gate.databases.drop_abandoned()
        try:
            jobs = [job for job in plan(gate.own) if job.step in names]
            outcomes = run_jobs(gate, names, jobs)
        finally:
            gate.drop_used()
    # A long run skips other tests than a short one: it cannot tell what is stale.
    complete = set() if long else _complete(outcomes, gate)
    if stale := stale_entries(outcomes, gate.allow, complete):
        outcomes.append(stale)
    print(closing_report(outcomes))
    return is_green(outcomes)


def run_jobs(gate: Gate, names: Sequence[str], jobs: Sequence[Job]) -> list[Outcome]:
    """Run ``jobs`` two at a time; return what they found, summed up by step.

    ``names`` are the steps in the order to report; their seconds are added, too.
    """
    steps = {name: Outcome(name) for name in names}

    def ended(job: Job, future: Future[Outcome]) -> None:
        outcome = result_of(job, future)
        say(outcome.describe(job.name))
        for finding in outcome.findings:
            print(finding.show(), flush=True)
        steps[job.step].absorb(outcome)

    side_by_side(jobs, partial(_run_job, gate), ended)
    return list(steps.values())


def _run_job(gate: Gate, job: Job) -> Outcome:
    say(f"{job.name} …")
    began = time.monotonic()
    outcome = attempt(job.step, lambda: job.work(gate))
    judge_skips(outcome, gate.allow)
    outcome.seconds = time.monotonic() - began
    return outcome


def result_of(job: Job, future: Future[Outcome]) -> Outcome:
    """What ``job`` found; a mistake of the gate's own must not hide what others did."""
    if (error := future.exception()) is None:
        return future.result()
    details = "".join(traceback.format_exception(error))
    problem = Finding(f"{job.name} broke off: {error!r}", details)
    return Outcome(job.step, problems=[problem])


def judge_skips(outcome: Outcome, allow: AllowList) -> None:
    """Make every skip that nobody wished for or expected a failure."""
    for skip in outcome.skips:
        if skip.wished:
            continue
        name = allow.match("skip", outcome.step, f"{skip.test}: {skip.reason}")
        if name:
            outcome.matched.add(name)
        else:
            title = f"unexpected skip of {skip.test}: {skip.reason}"
            outcome.problems.append(Finding(title))


def stale_entries(
    outcomes: Sequence[Outcome], allow: AllowList, complete: set[str]
) -> Outcome | None:
    """Entries of the allow list that expect what no longer happens."""
    matched = set().union(*(outcome.matched for outcome in outcomes))
    stale = allow.stale(matched, complete)
    if not stale:
        return None
    title = "the entry [{}] matches nothing any more: remove it"
    return Outcome("expected", problems=[Finding(title.format(name)) for name in stale])


def _complete(outcomes: Sequence[Outcome], gate: Gate) -> set[str]:
    """The steps that ran whole: a broken one may have missed its expected lines."""
    whole = {outcome.step for outcome in outcomes if not outcome.findings}
    return whole if gate.browser else whole - {"browser"}
