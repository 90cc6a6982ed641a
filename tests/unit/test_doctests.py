"""The examples in the docstrings of the addons' pure parts and of the gate."""

import doctest
import importlib

import pytest
from environment import ROOT, addons


def _modules(package, folder):
    """The names of the modules in ``folder`` that have examples."""
    return [
        f"{package}.{path.stem}"
        for path in sorted(folder.glob("*.py"))
        if ">>>" in path.read_text(encoding="utf-8")
    ]


MODULES = _modules("gate", ROOT / "tools/gate")
for addon in addons():
    MODULES += _modules(f"odoo.addons.{addon}.core", ROOT / "addons" / addon / "core")


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted
    assert not result.failed
