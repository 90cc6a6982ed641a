"""The gate's own judgement: what it reads, sums up and lets pass."""

import threading
import time
from types import SimpleNamespace

import pytest
from common import Failure
from environment import addons
from gate import part, places, side_by_side, sources, steps, whole
from gate.databases import PREFIX, Databases
from gate.expected import AllowList
from gate.odoo_log import LogReader, records
from gate.outcome import Finding, Outcome, Skip, closing_line, closing_report, is_green
from gate.part import KeptDatabase
from gate.places import Finished, Programs, call
from gate.pytest_run import read_junit, read_run
from gate.shares import count_tests, shares
from gate.steps import STEPS, Job, plan, read_odoo
from gate.whole import chosen_steps, judge_skips, stale_entries

STAMP = "2026-01-05 08:00:00,123 4242"
TESTS = "odoo.addons.study.tests.test_room"
NOTHING = AllowList([])
SLOW = """
[slow view]
kind = log
steps = addons browser
pattern = WARNING odoo\\.view: slow
reason = The view is slow by design.

[no scanner]
kind = skip
steps = browser
pattern = TestScan.*no scanner
reason = There is no scanner.
"""


def line(message, level="INFO", logger=TESTS):
    return f"{STAMP} {level} db {logger}: {message} "


def summed(run, failed=0, errors=0):
    level = "ERROR" if failed + errors else "INFO"
    text = (
        f"{failed} failed, {errors} error(s) of {run} tests when loading database 'd'"
    )
    return line(text, level, "odoo.tests.result")


def read(*lines, step="addons", allow=NOTHING):
    return LogReader(step, allow).read(lines)


@pytest.fixture
def allow(tmp_path):
    path = tmp_path / "expected.cfg"
    path.write_text(SLOW)
    return AllowList.read(path, STEPS)


class TestLog:
    def test_groups_lines_into_records(self):
        text = ["noise", line("one"), "Traceback", "  Error: x", line("two")]
        found = list(records(text))
        assert [one.message for one in found] == ["one", "two"]
        assert found[0].details == ["Traceback", "  Error: x"]

    def test_counts_passed_tests(self):
        outcome = read(
            line("Starting TestRoom.test_a ..."),
            line("Starting TestRoom.test_b ..."),
            summed(2),
        )
        assert (outcome.passed, outcome.findings) == (2, [])

    def test_failed_test_is_one_failure_with_its_traceback(self):
        outcome = read(
            line("Starting TestRoom.test_a ..."),
            line("FAIL: TestRoom.test_a", "ERROR"),
            "Traceback (most recent call last):",
            line("Module study: 1 failures, 0 errors of 1 tests", "ERROR", "odoo.x"),
            line("At least one test failed when loading the modules.", "ERROR", "o.l"),
            summed(1, failed=1),
        )
        assert outcome.passed == 0
        assert [one.title for one in outcome.findings] == [f"{TESTS}:TestRoom.test_a"]
        assert "Traceback" in outcome.failures[0].details

    def test_failed_subtests_take_their_test_along(self):
        outcome = read(
            line("Starting TestRoom.test_a ..."),
            line("FAIL: Subtest TestRoom.test_a (n=1)", "ERROR"),
            line("ERROR: Subtest TestRoom.test_a (n=2)", "ERROR"),
            summed(1, failed=1, errors=1),
        )
        assert (outcome.passed, len(outcome.failures)) == (0, 2)

    def test_class_that_cannot_be_set_up_fails(self):
        text = f"ERROR: setUpClass ({TESTS}.TestRoom)"
        outcome = read(line(text, "ERROR", "odoo.tests.suite"), summed(0, errors=1))
        assert len(outcome.failures) == 1

    @pytest.mark.parametrize("level", ["WARNING", "ERROR", "CRITICAL"])
    def test_unexpected_line_is_a_problem(self, level):
        outcome = read(line("slow", level, "odoo.view"))
        assert [one.title for one in outcome.problems] == [f"{level} odoo.view: slow"]

    def test_error_logged_inside_a_test_is_a_problem(self):
        outcome = read(
            line("Starting TestRoom.test_a ..."),
            line("bad query: SELECT", "ERROR", "odoo.sql_db"),
            summed(1),
        )
        assert (outcome.passed, len(outcome.problems)) == (1, 1)

    def test_repeated_line_is_one_problem(self):
        outcome = read(*[line("slow", "WARNING", "odoo.view")] * 3)
        titles = [one.title for one in outcome.problems]
        assert titles == ["WARNING odoo.view: slow (3 times)"]

    def test_expected_line_passes_in_its_steps_only(self, allow):
        text = line("slow", "WARNING", "odoo.view")
        assert read(text, allow=allow).matched == {"slow view"}
        assert read(text, allow=allow).findings == []
        assert read(text, step="integration", allow=allow).findings

    def test_run_without_any_test_is_a_problem(self):
        text = "0 failed, 0 error(s) of 0 tests when loading database 'd'"
        assert read(line(text, "WARNING", "odoo.tests.result")).problems

    def test_log_that_breaks_off_is_a_problem(self):
        outcome = read(line("Starting TestRoom.test_a ..."))
        assert "incomplete" in outcome.problems[0].title

    def test_exit_code_without_a_finding_is_a_problem(self, tmp_path):
        path = tmp_path / "odoo.log"
        path.write_text("Killed\n")
        assert (
            "ended with -9"
            in read_odoo("a", Finished(-9, path), NOTHING).problems[0].title
        )
        assert (
            "out of time"
            in read_odoo("a", Finished(None, path), NOTHING).problems[0].title
        )
        assert read_odoo("a", Finished(0, path), NOTHING).findings == []

    @pytest.mark.parametrize("code", [-9, None])
    def test_run_that_was_cut_off_says_so_beside_what_it_found(self, tmp_path, code):
        path = tmp_path / "odoo.log"
        path.write_text(line("Starting TestRoom.test_a ..."))
        finished = Finished(code, path)
        titles = [one.title for one in read_odoo("a", finished, NOTHING).findings]
        assert "incomplete" in titles[0]
        assert finished.verdict() in titles[1]
        path.write_text(line("slow", "WARNING", "odoo.view"))
        assert len(read_odoo("a", Finished(1, path), NOTHING).findings) == 1

    def test_skip_is_not_a_pass(self):
        outcome = read(
            line("Starting TestRoom.test_a ..."),
            line("skipped TestRoom.test_a : no scanner"),
            summed(1),
        )
        assert outcome.passed == 0
        assert outcome.skips == [Skip(f"{TESTS}:TestRoom.test_a", "no scanner")]


class TestAllowList:
    def test_unexpected_skip_fails(self, allow):
        outcome = Outcome("browser", skips=[Skip("TestOther", "no scanner")])
        judge_skips(outcome, allow)
        assert "unexpected skip of TestOther" in outcome.problems[0].title

    def test_expected_and_wished_skips_pass(self, allow):
        wished = Skip("browser tests", "BROWSER=0", wished=True)
        outcome = Outcome("browser", skips=[Skip("TestScan", "no scanner"), wished])
        judge_skips(outcome, allow)
        assert (outcome.problems, outcome.matched) == ([], {"no scanner"})

    def test_entry_that_matches_nothing_fails(self, allow):
        ran = [Outcome("addons"), Outcome("browser", matched={"no scanner"})]
        stale = stale_entries(ran, allow, {"addons", "browser"})
        assert [one.title for one in stale.problems] == [
            "the entry [slow view] matches nothing any more: remove it"
        ]

    def test_entry_of_a_step_that_did_not_run_is_not_stale(self, allow):
        assert stale_entries([Outcome("addons")], allow, {"addons"}) is None

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("reason = The", "because = The"),
            ("kind = log", "kind = anything"),
            ("addons browser", "addons browsr"),
        ],
    )
    def test_entry_that_is_not_understood_is_refused(self, tmp_path, old, new):
        path = tmp_path / "expected.cfg"
        path.write_text(SLOW.replace(old, new))
        with pytest.raises(ValueError, match="slow view"):
            AllowList.read(path, STEPS)


class TestPytest:
    JUNIT = (
        "<testsuites><testsuite>"
        '<testcase classname="a" name="passes"/>'
        '<testcase classname="a" name="fails"><failure message="m">text</failure>'
        "</testcase>"
        '<testcase classname="a" name="breaks"><error message="e">text</error>'
        "</testcase>"
        '<testcase classname="a" name="rests"><skipped message="tired"/></testcase>'
        "</testsuite></testsuites>"
    )

    def test_reads_verdicts(self):
        outcome = read_junit("unit", self.JUNIT)
        assert outcome.passed == 1
        titles = [one.title for one in outcome.failures]
        assert titles == ["a.fails", "a.breaks"]
        assert outcome.skips == [Skip("a.rests", "tired")]

    def test_no_tests_and_a_crash_are_problems(self, tmp_path):
        log = tmp_path / "unit.log"
        log.write_text("Fatal\n")
        for code in (5, 3, None):
            run = read_run("unit", Finished(code, log), tmp_path / "no.xml")
            assert run.problems


class TestSum:
    def test_closing_line_adds_problems_to_failures(self):
        one = Outcome("a", passed=2, skips=[Skip("t", "r")])
        other = Outcome("b", 3, [Finding("x")], [Finding("y")])
        assert closing_line([one, other]) == "5 passed, 2 failed, 1 skipped"

    def test_green_needs_a_test_and_no_finding(self):
        assert is_green([Outcome("a", passed=1)])
        assert not is_green([Outcome("a")])
        assert not is_green([Outcome("a", passed=1, problems=[Finding("x")])])

    def test_report_names_skips_and_failures_and_ends_with_the_sum(self):
        one = Outcome("a", 1, [Finding("x")], skips=[Skip("t", "r")])
        lines = closing_report([one]).splitlines()
        assert lines[-3:] == ["SKIPPED t: r", "FAILED a: x", closing_line([one])]
        assert "nothing was tested" in closing_report([Outcome("a")])


class TestPlan:
    def test_all_steps_in_order_unless_named(self):
        assert chosen_steps("") == list(STEPS)
        assert chosen_steps("browser, lint") == ["lint", "browser"]
        assert list(STEPS) == ["lint", "unit", "addons", "integration", "browser"]

    def test_unknown_step_is_refused(self):
        with pytest.raises(Failure, match="lnt"):
            chosen_steps("lnt")

    def test_every_job_is_of_a_step_and_every_step_has_one(self):
        jobs = plan(addons())
        assert {job.step for job in jobs} == set(STEPS)
        assert len({job.name for job in jobs}) == len(jobs)

    def test_two_databases_share_the_addons_tests(self, monkeypatch):
        monkeypatch.setattr(steps, "count_tests", {"a": 5, "b": 3, "c": 4}.get)
        gate = SimpleNamespace(
            own=["a", "b", "c"],
            templates=SimpleNamespace(core=None),
            clone=lambda template, label: label,
            native=lambda step, *arguments, log: (step, *arguments, log),
        )
        ran = [job.work(gate) for job in plan(gate.own) if job.step == "addons"]
        install = ("-i", "a,b,c", "--test-tags")
        assert ran == [
            ("addons", "addons1", *install, "/a,-tour", "addons1"),
            ("addons", "addons2", *install, "/c,/b,-tour", "addons2"),
        ]


class TestShares:
    def test_each_addon_once_and_about_equal(self):
        weights = {name: count_tests(name) for name in addons()}
        found = shares(weights, 2)
        assert sorted(sum(found, [])) == addons()
        loads = [sum(map(weights.get, share)) for share in found]
        assert max(loads) < 0.65 * sum(loads)

    def test_no_share_is_without_tests(self):
        assert shares({"a": 3, "b": 0, "c": 0}, 2) == [["a", "b", "c"]]
        assert shares({"a": 0}, 2) == [["a"]]
        assert shares({"a": 0, "b": 1, "c": 1}, 2) == [["b", "a"], ["c"]]


class TestSideBySide:
    @pytest.fixture
    def programs(self, monkeypatch):
        programs = Programs()
        monkeypatch.setattr(places, "PROGRAMS", programs)
        monkeypatch.setattr(side_by_side, "PROGRAMS", programs)
        return programs

    def run(self, *works, names=("lint", "unit", "addons")):
        """What the gate finds with jobs of these steps that do these works."""
        jobs = [
            Job(step, f"{step}{place}", work)
            for place, (step, work) in enumerate(works, 1)
        ]
        gate = SimpleNamespace(allow=NOTHING)
        return whole.run_jobs(gate, names, jobs)

    def test_jobs_of_a_step_are_summed_up_in_the_order_of_the_steps(self):
        one = Outcome("addons", passed=2, skips=[Skip("t", "r", wished=True)])
        two = Outcome("addons", 3, [Finding("x")], matched={"slow view"})
        found = self.run(
            ("addons", lambda gate: one),
            ("addons", lambda gate: two),
            ("unit", lambda gate: Outcome("unit", passed=7)),
            names=("unit", "addons"),
        )
        assert [outcome.step for outcome in found] == ["unit", "addons"]
        assert closing_line(found) == "12 passed, 1 failed, 1 skipped"
        assert found[1].matched == {"slow view"}

    def test_what_breaks_off_hides_nothing(self, capsys):
        def refuse(gate):
            raise Failure("no database")

        def err(gate):
            raise KeyError("a mistake in the gate")

        found = self.run(
            ("addons", refuse),
            ("addons", lambda gate: Outcome("addons", passed=2)),
            ("unit", err),
        )
        lint, unit, addons = found
        assert (addons.passed, [one.title for one in addons.problems]) == (
            2,
            ["no database"],
        )
        assert unit.problems[0].title.startswith("unit3 broke off: KeyError")
        assert "in err" in unit.problems[0].details
        assert "in err" in capsys.readouterr().out
        assert not is_green(found)

    def test_unexpected_skip_of_one_job_fails_its_step(self):
        skipping = Outcome("addons", passed=1, skips=[Skip("t", "tired")])
        found = self.run(("addons", lambda gate: skipping))
        assert closing_line(found) == "1 passed, 1 failed, 1 skipped"

    def test_some_at_a_time_in_their_order(self):
        meeting = threading.Barrier(2, timeout=10)
        begun, ended = [], []

        def work(name):
            begun.append(name)
            meeting.wait()  # breaks unless two run at the same time

        def end(name, future):
            ended.append((name, future.exception()))

        side_by_side.side_by_side("abcd", work, end, at_once=2)
        assert set(begun[:2]) == {"a", "b"}
        assert sorted(ended) == [(name, None) for name in "abcd"]

    def test_stopping_ends_programs_and_starts_no_more(self, programs, tmp_path):
        log, begun = str(tmp_path / "sleep"), time.monotonic()
        codes = []

        def work(seconds):
            if not seconds:
                while not programs._running:
                    time.sleep(0.01)
                raise KeyboardInterrupt
            codes.append(call(["sleep", seconds], log, {}).code)

        def end(seconds, future):
            future.result()

        with pytest.raises(KeyboardInterrupt):
            side_by_side.side_by_side(["60", "", "61", "62"], work, end, at_once=2)
        assert time.monotonic() - begun < 30
        assert set(codes) == {-9}
        with pytest.raises(Failure, match="Stopped"):
            call(["true"], log, {})


class TestKeptDatabase:
    @pytest.fixture
    def runs(self, tmp_path, monkeypatch):
        """What was run on the database so far."""
        (tmp_path / "odoo.conf").write_text("[options]\ndata_dir = .\n")
        self.variables = {"ODOO_RC": str(tmp_path / "odoo.conf"), "PYTHONPATH": "."}
        self.digests = {"base_x": "1", "app_x": "1"}
        self.there = [f"{PREFIX}_dev_app_x"]
        runs = []
        monkeypatch.setattr(part, "KEPT", tmp_path)
        monkeypatch.setattr(sources, "odoo_digest", lambda folder: "1")
        monkeypatch.setattr(sources, "installed_digest", self.digests.get)
        monkeypatch.setattr(Databases, "names", lambda self_: self.there)
        monkeypatch.setattr(Databases, "drop", lambda self_, name: None)
        monkeypatch.setattr(Databases, "create", lambda self_, name: None)
        monkeypatch.setattr(
            KeptDatabase, "_run_odoo", lambda self_, *arguments: runs.append(arguments)
        )
        return runs

    def bring_up_to_date(self):
        KeptDatabase(self.variables, "app_x", ["base_x", "app_x"]).bring_up_to_date()

    def test_made_once_and_updated_by_what_changed(self, runs):
        self.bring_up_to_date()
        self.bring_up_to_date()
        self.digests["base_x"] = "2"
        self.bring_up_to_date()
        self.bring_up_to_date()
        assert runs == [("-i", "app_x"), ("-u", "base_x")]

    def test_made_anew_when_it_is_gone(self, runs):
        self.bring_up_to_date()
        self.there.clear()
        self.bring_up_to_date()
        assert runs == [("-i", "app_x")] * 2


class TestSources:
    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        monkeypatch.setattr(sources, "ADDONS", tmp_path)
        for name, depends in {"base_x": ["web"], "app_x": ["base_x", "mail"]}.items():
            (tmp_path / name / "tests").mkdir(parents=True)
            manifest = tmp_path / name / "__manifest__.py"
            manifest.write_text(repr({"depends": depends}))
        return tmp_path

    def test_dependencies(self, folder):
        own = ["app_x", "base_x"]
        assert sources.core_dependencies(own) == ["mail", "web"]
        assert sources.own_closure(["app_x"], own) == ["base_x", "app_x"]

    def test_digest_follows_what_is_installed(self, folder):
        before = sources.installed_digest("app_x")
        (folder / "app_x" / "tests" / "test_x.py").write_text("1")
        assert sources.installed_digest("app_x") == before
        (folder / "app_x" / "models.py").write_text("1")
        assert sources.installed_digest("app_x") != before
