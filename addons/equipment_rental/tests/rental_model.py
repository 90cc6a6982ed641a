"""What a rental costs, told by simple means, piece by piece, apart from the addon."""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

PRICES = {1: 20, 3: 50, 7: 100}
"""Days, and what so many days cost."""


def rent(days):
    """The cheapest way to cover ``days``, by trying all of them."""
    most = [range(days // length + 2) for length in PRICES]
    return min(
        sum(count * price for count, price in zip(counts, PRICES.values(), strict=True))
        for counts in product(*most)
        if sum(count * length for count, length in zip(counts, PRICES, strict=True))
        >= days
    )


@dataclass(eq=False)
class Piece:
    """One chair: until when it is to be charged, and what invoices said of it."""

    stop: int
    state: str = "reserved"
    invoiced: list = field(default_factory=list)
    """``[amount by the rates, net]`` of each invoice line that charged it."""
    back: int | None = None
    """On which day it came back."""
    real: bool = False
    """Charged until then, if that was before its end."""

    @property
    def due(self):
        if self.state == "given up":
            return 0
        return rent(min(self.stop, self.back) if self.real else self.stop)

    def after(self, share, latest=1):
        """What would be invoiced after the next invoice: a list as ``invoiced``.

        :param share: what was agreed for each unit of money by the rates
        :param latest: the same on top of that, of what is new
        """
        charged = [list(entry) for entry in self.invoiced]
        rest = self.due - sum(amount for amount, _net in charged)
        if rest > 0:
            return [*charged, [rest, rest * share * latest]]
        for entry in reversed(charged):
            part = min(entry[0], -rest)
            if part > 0:
                entry[1] -= entry[1] * Fraction(part) / Fraction(entry[0])
                entry[0] -= part
                rest += part
        return charged


@dataclass
class Life:
    """One rental line from the order to the last invoice."""

    pieces: list
    stop: int
    share: Fraction = Fraction(1)
    drafts: list = field(default_factory=list)
    """Pieces, and what had been invoiced of them before the draft still open."""

    def of(self, *states):
        return [piece for piece in self.pieces if piece.state in states]

    @property
    def is_invoiced(self):
        return any(piece.invoiced for piece in self.pieces)

    def until(self, stop):
        """The end of the order moves; what is back stays as it was."""
        if self.of("reserved", "out"):
            self.stop = stop
        for piece in self.of("reserved", "out"):
            piece.stop = stop

    def move(self, count, before, after):
        for piece in self.of(before)[:count]:
            piece.state = after

    def take_back(self, count, day, real):
        for piece in self.of("out")[:count]:
            piece.state, piece.back, piece.real = "back", day, real

    def decide(self, real):
        """How what came back early is charged."""
        for piece in self.of("back"):
            piece.real = real and piece.back < piece.stop

    def swap(self, count):
        """Others go on instead of the first that are out: what comes back last."""
        gone = self.of("out")[:count]
        self.pieces = [piece for piece in self.pieces if piece not in gone] + gone

    def add(self, count):
        self.pieces += [Piece(self.stop) for _piece in range(count)]

    def invoice(self, latest=1):
        self.drafts = [(piece, piece.invoiced) for piece in self.pieces]
        for piece in self.pieces:
            piece.invoiced = piece.after(self.share, latest)

    def drop_draft(self):
        for piece, before in self.drafts:
            piece.invoiced = before

    @property
    def total(self):
        """What the order comes to: what was invoiced, and what is open."""
        return sum(
            net for piece in self.pieces for _amount, net in piece.after(self.share)
        )

    @property
    def billed(self):
        return sum(net for piece in self.pieces for _amount, net in piece.invoiced)
