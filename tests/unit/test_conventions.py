"""What the gate asks of the addons' tests, read from their source."""

import ast

import pytest
from environment import ROOT

BROWSER_CALLS = {"start_tour", "browser_js", "_open_screens", "_open_actions"}
TESTS = sorted(ROOT.glob("addons/*/tests/test_*.py"))
EXCEPTIONS = sorted(ROOT.glob("addons/*/exceptions.py"))
MODULES = sorted(
    path for path in ROOT.glob("addons/*/**/*.py") if "tests" not in path.parts
)
SHOWN_BY_ODOO = {"UserError", "ValidationError", "AccessError"}


def untagged(source):
    """The classes that drive the browser without saying so by the tag ``tour``."""
    return [
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef)
        and _drives_browser(node)
        and not _tags(node) >= {"tour", "post_install", "-at_install"}
    ]


def _drives_browser(node):
    return any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in BROWSER_CALLS
        for call in ast.walk(node)
    )


def _tags(node):
    return {
        argument.value
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        for argument in decorator.args
        if isinstance(argument, ast.Constant)
    }


def test_untagged_browser_test_is_found():
    source = (
        "@tagged('post_install', '-at_install'{more})\n"
        "class TestTour(HttpCase):\n"
        "    def test_tour(self):\n"
        "        self.start_tour('/odoo', 'a_tour')\n"
    )
    assert untagged(source.format(more="")) == ["TestTour"]
    assert untagged(source.format(more=", 'tour'")) == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_browser_tests_are_tagged(path):
    assert untagged(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_is_imported(path):
    """Odoo's runner never sees a test that its package does not import."""
    package = ast.parse((path.parent / "__init__.py").read_text(encoding="utf-8"))
    imported = {
        alias.name
        for node in package.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert path.stem in imported


def refusals(source):
    """The exceptions for users that are defined there: each inherits one of Odoo's."""
    return [
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef)
        and {getattr(base, "id", None) for base in node.bases} & SHOWN_BY_ODOO
    ]


@pytest.mark.parametrize("path", EXCEPTIONS, ids=lambda path: path.parent.name)
def test_refusals_are_shown_as_such(path):
    """The web client takes exceptions that it does not know for faults."""
    addon = path.parent
    known = "".join(
        script.read_text(encoding="utf-8")
        for script in addon.glob("static/src/**/*.js")
    )
    names = refusals(path.read_text(encoding="utf-8"))
    assert names
    for name in names:
        assert f'"odoo.addons.{addon.name}.exceptions.{name}"' in known


def test_refusals_are_defined_among_the_exceptions():
    elsewhere = {
        str(path): found
        for path in MODULES
        if (found := refusals(path.read_text(encoding="utf-8")))
        and path.name != "exceptions.py"
    }
    assert not elsewhere
