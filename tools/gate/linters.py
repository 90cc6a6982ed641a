"""The linters that read our files; Odoo's own lint needs a database (see steps)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import environment
import provide_python

from .outcome import Finding, Outcome
from .places import ROOT, call

PYTHON_FOLDERS = ("addons", "tests", "tools", "benchmarks", "bin/odoo")


def run_linters(variables: Mapping[str, str], own: Sequence[str]) -> Outcome:
    """Run every linter; each counts as one check."""
    outcome = Outcome("lint")
    for name, command in commands(own).items():
        done = call(command, f"lint-{name}", variables)
        if done.code == 0:
            outcome.passed += 1
        else:
            title = f"{name} {done.verdict()}"
            outcome.failures.append(Finding(title, done.tail()))
    return outcome


def commands(own: Sequence[str]) -> dict[str, list[str]]:
    """The command line of each linter."""
    folders = [name for name in PYTHON_FOLDERS if (ROOT / name).exists()]
    ruff = [program("ruff")]
    lines = {
        "ruff": [*ruff, "check", "--output-format=concise", *folders],
        "ruff-format": [*ruff, "format", "--diff", *folders],
    }
    if own:
        paths = [f"addons/{name}" for name in own]
        lines["pylint-odoo"] = [program("pylint"), "--rcfile=.pylintrc", *paths]
        lines["oca-module"] = [program("oca-checks-odoo-module"), *paths]
    if files := translations():
        lines["oca-po"] = [program("oca-checks-po"), *files]
    return lines


def repairs(own: Sequence[str]) -> list[list[str]]:
    """The command lines that repair what can be repaired without a person."""
    found = commands(own)
    check, layout = found["ruff"], found["ruff-format"]
    lines = [[*check, "--fix"], [part for part in layout if part != "--diff"]]
    return lines + [[*found[name], "--fix"] for name in found if "oca" in name]


def translations() -> list[str]:
    """Our catalogues of texts."""
    folder = environment.ROOT / "addons"
    paths = [*folder.glob("*/i18n/*.po"), *folder.glob("*/i18n/*.pot")]
    return sorted(str(path.relative_to(environment.ROOT)) for path in paths)


def program(name: str) -> str:
    """The path of a program of our Python environment."""
    return str(provide_python.VENV / "bin" / name)
