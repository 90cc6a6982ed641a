"""What the ledger answers when it cannot promise."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Datetime


@dataclass
class Holder:
    """Somebody else's claim, as much of it as the asking user may know."""

    label: str
    start: datetime
    stop: datetime | None
    quantity: int


@dataclass
class Proposal:
    """A promise the ledger could make instead; times in UTC.

    Where no single resource has enough, ``parts`` are the promises that have it
    together; ``resource_id`` is None then and ``resource_name`` names them all.
    """

    resource_id: int | None
    resource_name: str
    start: datetime
    stop: datetime | None
    quantity: int = 1
    parts: list[Proposal] = field(default_factory=list)

    def to_values(self):
        """The proposal in plain values, times as the server writes them (UTC)."""
        return _plain(asdict(self))


@dataclass
class Verdict:
    """Why one request was refused.

    ``index`` is its place in the list that was asked; ``code`` one of ``taken``
    (a single thing), ``capacity`` (a pool), ``buffer`` (only setup or teardown
    collide), ``quota`` (of the whole day fewer are left), ``blocked``, ``closed``
    (outside opening hours), ``fragmented`` (a fixed unit is in the way) and ``out``
    (not there to be handed out). ``start`` and ``stop`` are UTC, ``stop`` None where
    the request is open-ended.
    """

    index: int
    code: str
    resource_id: int
    start: datetime
    stop: datetime | None
    wanted: int = 1
    free: int = 0
    holders: list[Holder] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    message: str = ""

    def __str__(self):
        return self.message

    def to_values(self):
        """The verdict in plain values, times as the server writes them (UTC)."""
        return _plain(asdict(self))


def _plain(value):
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return Datetime.to_string(value) if isinstance(value, datetime) else value


class AllocationConflict(ValidationError):
    """The ledger refuses a promise; ``verdicts`` say what, who, when and what is free.

    The web client gets them as ``context["verdicts"]``, to show instead of to print.
    """

    def __init__(self, verdicts):
        self.verdicts = list(verdicts)
        self.context = {"verdicts": [one.to_values() for one in self.verdicts]}
        super().__init__("\n\n".join(filter(None, map(str, self.verdicts))))


class StaleChange(UserError):
    """What was to be changed is not what the user saw; nothing was saved."""


class LedgerBusy(UserError):
    """Too many transactions wanted the same pool at once; nothing was saved."""
