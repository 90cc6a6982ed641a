"""docs/requirements.md tells the truth about rules, their state and their tests."""

import ast
import re
from typing import NamedTuple

import pytest
from environment import ROOT

DOCUMENT = ROOT / "docs/requirements.md"
STATES = {"done", "partly", "planned", "unused"}
# Series of rules; a number follows. The longer ones first: LT5 is no L.
SERIES = ("LC", "LS", "LT", "LW", "RA", "RE", "RS", "C", "D", "L", "P", "R")
ROW = re.compile(
    rf"^\| ((?:Invariant |{'|'.join(SERIES)})\d+) \| (.*) \| (\w*) \|(.*)\|$"
)
TEST = re.compile(r"`([^`]+)`")
RULE = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(SERIES)})\d+(?!\d)")
INVARIANT = re.compile(r"(?<![A-Za-z0-9])invariant (\d+)")
JAVASCRIPT_TEST = re.compile(r"\btest(?:\.\w+)*\(\s*([\"'`])(.+?)\1", re.DOTALL)


class Rule(NamedTuple):
    """A row of the document."""

    id: str
    text: str
    state: str
    tests: list[str]


def read_rules(text):
    """The rows of all tables of rules; a row that is not understood is an error."""
    rules = []
    for line in text.splitlines():
        if found := ROW.match(line):
            name, rule, state, tests = found.groups()
            rules.append(Rule(name, rule, state, TEST.findall(tests)))
        elif re.match(r"\| (Invariant|[A-Z]{1,2}) ?\d", line):
            raise ValueError(f"not a row of a rule: {line}")
    return rules


def problems(rules, tests):
    """What is untrue or unclear in the rows, given the names of all tests there are."""
    yield from _problems_of_numbers([rule.id for rule in rules])
    for rule in rules:
        yield from _problems_of_row(rule, tests)
    states = {rule.id: rule.state for rule in rules}
    for test in sorted(tests):
        for name in rules_named(test):
            if states.get(name, "planned") not in ("done", "partly"):
                yield f"{name} is called {states.get(name, 'nothing')}, yet {test} is"


def _problems_of_numbers(ids):
    numbers = {}
    for name in ids:
        series, number = re.fullmatch(r"(\D+)(\d+)", name).groups()
        numbers.setdefault(series, []).append(int(number))
    for series, found in numbers.items():
        for number in range(1, max(found) + 1):
            if found.count(number) != 1:
                yield f"{series}{number} has {found.count(number)} rows"


def _problems_of_row(rule, tests):
    if rule.state not in STATES:
        yield f"{rule.id}: no state {rule.state!r}"
    built = rule.state in ("done", "partly")
    if built != bool(rule.tests):
        yield f"{rule.id} is {rule.state} with {len(rule.tests)} tests"
    if (rule.state == "partly") != ("*Missing:" in rule.text):
        yield f"{rule.id} is {rule.state}: the row says what is missing, or is whole"
    for test in rule.tests:
        if test not in tests:
            yield f"{rule.id}: there is no test {test}"


def rules_named(test):
    """The rules that the name of a test speaks of."""
    words = test.replace("_", " ")
    return RULE.findall(words) + [f"Invariant {n}" for n in INVARIANT.findall(words)]


def python_tests(source):
    """The names of the tests in a module."""
    return {
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def javascript_tests(source):
    """The descriptions of the tests in a Hoot file."""
    return {description for _quote, description in JAVASCRIPT_TEST.findall(source)}


def all_tests():
    """The names of every test in the tree."""
    found = set()
    for pattern in ("addons/*/tests/**/*.py", "tests/**/*.py"):
        for path in ROOT.glob(pattern):
            found |= python_tests(path.read_text(encoding="utf-8"))
    for path in ROOT.glob("addons/*/static/tests/**/*.test.js"):
        found |= javascript_tests(path.read_text(encoding="utf-8"))
    return found


def test_document_is_true():
    rules = read_rules(DOCUMENT.read_text(encoding="utf-8"))
    assert {re.sub(r" ?\d+", "", rule.id) for rule in rules} == {"Invariant", *SERIES}
    assert list(problems(rules, all_tests())) == []


ROWS = """
| id | rule | state | test |
|---|---|---|---|
| C1 | A register. | done | `test_C1_register` |
| C2 | Hours. *Missing: days.* | partly | `test_hours`, `keeps hours` |
| C3 | A board. | planned | |
| Invariant 1 | Once. | done | `test_invariant_1_once` |
"""
TESTS = {"test_C1_register", "test_hours", "keeps hours", "test_invariant_1_once"}


def test_rows_are_read():
    first, second, *_others = read_rules(ROWS)
    assert first == ("C1", "A register.", "done", ["test_C1_register"])
    assert second.tests == ["test_hours", "keeps hours"]
    assert list(problems(read_rules(ROWS), TESTS)) == []
    with pytest.raises(ValueError, match="C4"):
        read_rules("| C4 | done |")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("| C3 |", "| C4 |", "C3 has 0 rows"),
        ("| C3 |", "| C2 |", "C2 has 2 rows"),
        ("planned", "soon", "no state 'soon'"),
        ("`test_C1_register`", "", "C1 is done with 0 tests"),
        ("planned | |", "planned | `test_hours` |", "C3 is planned with 1 tests"),
        ("*Missing: days.*", "", "C2 is partly"),
        ("`test_hours`", "`test_days`", "no test test_days"),
    ],
)
def test_untrue_rows_are_found(old, new, problem):
    found = list(problems(read_rules(ROWS.replace(old, new)), TESTS))
    assert any(problem in one for one in found), found


@pytest.mark.parametrize("test", ["test_C3_board", "C3 drags", "test_C1_C4_more"])
def test_tests_of_rules_that_are_not_built_are_found(test):
    assert list(problems(read_rules(ROWS), TESTS | {test}))


def test_rules_are_found_in_names():
    assert rules_named("test_C15_C18_options") == ["C15", "C18"]
    assert rules_named("LT5 opens the previous row") == ["LT5"]
    assert rules_named("test_invariant_3_and_C19") == ["C19", "Invariant 3"]
    assert rules_named("test_150_rows_of_XC1_and_c2") == []


def test_every_test_is_found():
    python = "class T:\n    def test_a(self): pass\n    def help(self): pass\n"
    assert python_tests(python) == {"test_a"}
    javascript = 'test("C21 selects", async () => {});\ntest.tags("x")("y");'
    assert "C21 selects" in javascript_tests(javascript)
