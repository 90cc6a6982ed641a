"""What a reservation answers when it cannot be booked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from odoo.exceptions import ValidationError


@dataclass
class Refusal:
    """Why a room or a service is not to be had.

    ``code`` says it to programs, ``rule`` is the number of the house's rule, and
    ``space_id`` or ``service_id`` what it is about. ``proposals`` are the ids of rooms
    that are to be had instead, which ``message`` names.
    """

    code: str
    rule: str
    message: str
    service_id: int | None = None
    space_id: int | None = None
    proposals: list[int] = field(default_factory=list)

    def __str__(self):
        return self.message


class BookingRefused(ValidationError):
    """A reservation cannot be booked; ``refusals`` say why, all at once.

    The web client gets them as ``context["refusals"]``.
    """

    def __init__(self, refusals):
        self.refusals = list(refusals)
        self.context = {"refusals": [asdict(one) for one in self.refusals]}
        super().__init__("\n".join(map(str, self.refusals)))
