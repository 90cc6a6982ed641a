"""Sharing the addons' tests out among processes that run side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .sources import ADDONS

_TEST = re.compile(r"^ +def test_", re.MULTILINE)


def count_tests(addon: str) -> int:
    """About how many tests ``addon`` has: what stands in its files."""
    files = (ADDONS / addon / "tests").rglob("test_*.py")
    return sum(len(_TEST.findall(path.read_text(encoding="utf-8"))) for path in files)


def shares(weights: Mapping[str, int], count: int) -> list[list[str]]:
    """Every addon in one of ``count`` lists of about the same weight.

    There are fewer lists when fewer addons have tests: Odoo takes a run without any
    test for a mistake.

    >>> shares({"board": 3, "lending": 6, "product": 0, "rental": 5}, 2)
    [['lending', 'product'], ['rental', 'board']]
    """
    tested = sum(weight > 0 for weight in weights.values())
    found: list[list[str]] = [[] for _ in range(max(1, min(count, tested)))]
    for name in sorted(weights, key=lambda name: (-weights[name], name)):
        lightest = min(found, key=lambda share: sum(map(weights.__getitem__, share)))
        lightest.append(name)
    return found
