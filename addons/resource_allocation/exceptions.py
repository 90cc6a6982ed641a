"""What the ledger answers when it cannot promise."""

from dataclasses import dataclass, field
from datetime import datetime

from odoo.exceptions import UserError, ValidationError


@dataclass
class Holder:
    """Somebody else's claim, as much of it as the asking user may know."""

    label: str
    start: datetime
    stop: datetime | None
    quantity: int


@dataclass
class Proposal:
    """A promise the ledger could make instead; times in UTC."""

    resource_id: int
    start: datetime
    stop: datetime | None


@dataclass
class Verdict:
    """Why one request was refused.

    ``index`` is its place in the list that was asked; ``code`` one of ``taken``
    (a single thing), ``capacity`` (a pool), ``blocked``, ``fragmented`` (a fixed unit
    is in the way) and ``out`` (not there to be handed out). ``start`` and ``stop`` are
    UTC, ``stop`` None where the request is open-ended.
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


class AllocationConflict(ValidationError):
    """The ledger refuses a promise; ``verdicts`` say what, who, when and what is free."""

    def __init__(self, verdicts):
        self.verdicts = list(verdicts)
        super().__init__("\n\n".join(map(str, self.verdicts)))


class LedgerBusy(UserError):
    """Too many transactions wanted the same pool at once; nothing was saved."""
