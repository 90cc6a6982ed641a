"""`make test-core`: what counts as a difference, and what is noted."""

from types import SimpleNamespace

import pytest
from common import Failure
from gate import core_tests
from gate.core_tests import CORE, chosen_addons, differences
from gate.outcome import Outcome, Skip
from gate.pytest_run import Case

JUNIT = "<testsuites><testsuite>{}</testsuite></testsuites>"
PASSES = '<testcase classname="t" name="{}"/>'
FAILS = '<testcase classname="t" name="{}"><failure>why</failure></testcase>'


def titles(outcome):
    return [one.title for one in outcome.findings]


class TestDifferences:
    def test_only_what_ends_otherwise_fails(self):
        without = {"a": "passed", "b": "failed", "c": "skipped", "d": "passed"}
        found = [
            Case("a", "passed"),
            Case("b", "failed", "as ever"),
            Case("c", "skipped"),
            Case("d", "failed", "Traceback"),
        ]
        outcome = differences("hr", without, found)
        assert outcome.passed == 1
        assert titles(outcome) == ["d: passed without our addons, failed with them"]
        assert outcome.failures[0].details == "Traceback"
        assert outcome.skips == [
            Skip("b", "failed without our addons, too", wished=True),
            Skip("c", "skipped without our addons, too", wished=True),
        ]

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("failed", "passed"),
            ("passed", "skipped"),
            ("skipped", "failed"),
            ("passed", "missing"),
            ("missing", "passed"),
        ],
    )
    def test_every_other_end_is_a_difference(self, before, after):
        without = {"a": "passed"} | ({"b": before} if before != "missing" else {})
        found = [Case("a", "passed")]
        found += [Case("b", after)] if after != "missing" else []
        outcome = differences("hr", without, found)
        assert titles(outcome) == [f"b: {before} without our addons, {after} with them"]

    def test_comparing_nothing_that_passes_proves_nothing(self):
        outcome = differences("hr", {"a": "failed"}, [Case("a", "failed")])
        assert titles(outcome) == ["hr: no test passes without ours"]


class TestRun:
    @pytest.fixture
    def gate(self, monkeypatch, tmp_path):
        """A gate whose databases are words; ``ran`` has those that pytest ran on."""
        self.ran, self.junit, self.problems = [], {}, []
        monkeypatch.setattr(core_tests, "NOTES", tmp_path / "notes")
        monkeypatch.setattr(core_tests, "junit_path", lambda name: tmp_path / name)
        monkeypatch.setattr(core_tests, "_tests", lambda addon, gate: tmp_path)

        def run_pytest(name, arguments, variables):
            (option,) = (one for one in arguments if "--odoo-database" in one)
            database = option.partition("=")[2]
            self.ran.append(database)
            text = "".join(self.junit[database.rpartition("_")[2]])
            (tmp_path / name).write_text(JUNIT.format(text))
            return Outcome(name, problems=self.problems)

        monkeypatch.setattr(core_tests, "run_pytest", run_pytest)
        templates = SimpleNamespace(
            core=None, ready=None, core_name=lambda: self.core_name
        )
        self.core_name = "core_1"
        return SimpleNamespace(
            browser=True,
            variables={},
            templates=templates,
            databases=SimpleNamespace(drop=lambda name: None),
            clone=lambda template, label: label,
        )

    def test_without_ours_runs_once_for_a_version(self, gate):
        self.junit = {"without": PASSES.format("a"), "with": FAILS.format("a")}
        for _ in range(2):
            outcome = core_tests._compare("hr", gate)
            assert titles(outcome) == [
                "t.a: passed without our addons, failed with them"
            ]
        assert self.ran == ["hr_without", "hr_with", "hr_with"]
        self.core_name = "core_2"
        core_tests._compare("hr", gate)
        assert self.ran[3:] == ["hr_without", "hr_with"]

    def test_without_the_browser_is_noted_by_itself(self, gate):
        self.junit = dict.fromkeys(("without", "with"), PASSES.format("a"))
        core_tests._compare("hr", gate)
        gate.browser = False
        core_tests._compare("hr", gate)
        assert self.ran == ["hr_without", "hr_with"] * 2

    def test_a_run_that_breaks_off_is_not_noted(self, gate):
        self.junit = dict.fromkeys(("without", "with"), PASSES.format("a"))
        self.problems = [SimpleNamespace(title="pytest ended with 3")]
        with pytest.raises(Failure, match="ended with 3"):
            core_tests._compare("hr", gate)
        self.problems = []
        assert core_tests._compare("hr", gate).passed == 1
        assert self.ran == ["hr_without", "hr_without", "hr_with"]


def test_unknown_addon_is_refused():
    assert chosen_addons("") == list(CORE)
    assert chosen_addons("stock, hr") == ["hr", "stock"]
    with pytest.raises(Failure, match="hrr"):
        chosen_addons("hrr")
