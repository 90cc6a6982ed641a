"""The allow list: log lines and skips that are expected, each with its reason.

``tests/expected.cfg`` has one section per entry. ``kind`` is *log* or *skip*,
``steps`` names the steps it may occur in, ``pattern`` is a regular expression
searched in the log line (level, logger and message) or in the skip (test and reason),
``reason`` says why it is no defect. Nothing else in the suite forgives a line.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

KINDS = ("log", "skip")


@dataclass(frozen=True)
class Entry:
    """One expected line."""

    name: str
    kind: str
    steps: frozenset[str]
    pattern: re.Pattern[str]
    reason: str


class AllowList:
    """All entries of the file."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)

    @classmethod
    def read(cls, path: Path, known_steps: Iterable[str]) -> AllowList:
        """Read ``path``; an entry that is not understood is an error, never ignored."""
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(path.read_text(encoding="utf-8"), source=str(path))
        known = set(known_steps)
        return cls(_entry(parser[name], known) for name in parser.sections())

    def match(self, kind: str, step: str, text: str) -> str | None:
        """The name of the entry that expects ``text`` in ``step``, if one does."""
        for entry in self.entries:
            concerned = entry.kind == kind and step in entry.steps
            if concerned and entry.pattern.search(text):
                return entry.name
        return None

    def stale(self, matched: set[str], complete_steps: set[str]) -> list[str]:
        """Entries that matched nothing although all their steps ran whole."""
        return [
            entry.name
            for entry in self.entries
            if entry.steps <= complete_steps and entry.name not in matched
        ]


def _entry(section: configparser.SectionProxy, known_steps: set[str]) -> Entry:
    missing = {"kind", "steps", "pattern", "reason"} - set(section)
    if missing:
        raise ValueError(f"[{section.name}] lacks {', '.join(sorted(missing))}")
    steps = frozenset(section["steps"].split())
    if section["kind"] not in KINDS:
        raise ValueError(f"[{section.name}] kind is one of {', '.join(KINDS)}")
    if not steps or steps - known_steps:
        raise ValueError(f"[{section.name}] steps are among {sorted(known_steps)}")
    pattern = re.compile(section["pattern"])
    return Entry(section.name, section["kind"], steps, pattern, section["reason"])
