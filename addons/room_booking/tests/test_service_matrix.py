"""Which options of a service go together, by a table typed from the rules."""

from itertools import chain, combinations

from odoo.exceptions import ValidationError
from odoo.tests import BaseCase, Form

from ..core import options
from .common_service import FIELDS, LABELS, ServiceCase

MATRIX = """
     C  D  NE NV M  PP PT MAX DV DAY BR XQ OUT
CB   x  +  +  x  x  x  x  x   x  x   .  .  .
MAX  .  x  x  x  !  x  x  -   .  .   .  .  .
PP   x  +  x  x  x  -  .  x   x  .   .  .  .
NE   +  +  -  x  .  x  .  x   +  .   .  .  .
NV   +  +  x  -  x  x  x  x   +  .   x  x  x
M    +  +  +  x  -  x  x  !   +  .   x  x  x
PT   .  .  .  x  x  .  -  x   .  .   x  .  .
BR   .  .  .  x  x  .  x  .   .  .   -  x  x
"""
"""Rows bring along (+), exclude (x), or leave free (.) what the columns say.

``!``: a mandatory service may be limited, and then its D and NE are, too (RA1).
"""
HEAD, *ROWS = (line.split() for line in MATRIX.strip().splitlines())
CELLS = {
    (row, column): cell
    for row, *cells in ROWS
    for column, cell in zip(HEAD, cells, strict=True)
}
LETTERS = ["CB", *HEAD]
NAMES = {
    **FIELDS,
    "CB": "co_booked",
    "MAX": "max_quantity",
    "DV": "default_quantity",
    "DAY": "collision_scope_day",
}
"""What the core calls them."""


def settled(ticked):
    """What the table brings along; of what is booked along its row alone counts."""
    rows = {"CB"} if "CB" in ticked else ticked
    more = {
        column for (row, column), cell in CELLS.items() if row in rows if cell == "+"
    }
    return frozenset(ticked) if more <= ticked else settled(frozenset(ticked | more))


def clashes(ticked):
    """Pairs that the table excludes."""
    lifted = {frozenset(["MAX", "D"]), frozenset(["MAX", "NE"])}
    return {
        frozenset(pair)
        for pair, cell in CELLS.items()
        if cell == "x" and ticked.issuperset(pair)
    } - (lifted if "M" in ticked else set())


def names(letters):
    return frozenset(NAMES[one] for one in letters)


def every_set():
    """All sets of options that somebody can tick."""
    sizes = range(len(LETTERS) + 1)
    return chain.from_iterable(combinations(LETTERS, size) for size in sizes)


class TestMatrix(BaseCase):
    """The core says what the table says, of each of the 16,384 sets of options."""

    def test_the_table_is_of_one_mind(self):
        for (row, column), cell in CELLS.items():
            if cell in "x!" and (column, row) in CELLS:
                self.assertEqual(CELLS[column, row], cell, (row, column))

    def test_every_set_settles_and_is_judged_as_the_table_says(self):
        stored = set()
        for ticked in map(frozenset, every_set()):
            after = options.settle(names(ticked))
            self.assertEqual(after, names(settled(ticked)), ticked)
            self.assertEqual(options.settle(after), after, ticked)
            self.assertFalse(options.missing(after), ticked)
            pairs = {frozenset(one[:2]) for one in options.conflicts(after)}
            self.assertEqual(pairs, set(map(names, clashes(settled(ticked)))), ticked)
            if not pairs:
                stored.add(after)
        self.assertGreater(len(stored), 200)

    def test_every_set_lacks_what_the_table_brings(self):
        for ticked in map(frozenset, every_set()):
            lacks = {
                NAMES[column]
                for (row, column), cell in CELLS.items()
                if cell == "+" and row in ticked and column not in ticked
                if "CB" not in ticked or row == "CB"
            }
            found = {what for _by, what, _rule in options.missing(names(ticked))}
            # What brings the rest along is lacking itself: enough to name that.
            self.assertLessEqual(found, lacks, ticked)
            self.assertEqual(bool(found), bool(lacks), ticked)

    def test_every_set_excludes_what_would_clash(self):
        for ticked in map(frozenset, every_set()):
            lifted = {"MAX", "D", "NE"} if "M" in ticked else set()
            wanted = {
                other
                for pair, cell in CELLS.items()
                if cell == "x" and not lifted.issuperset(pair)
                for one, other in (pair, pair[::-1])
                if one in ticked and other not in ticked
            }
            self.assertEqual(options.excluded(names(ticked)), names(wanted), ticked)

    def test_each_cell(self):
        for (row, column), cell in CELLS.items():
            with self.subTest(row=row, column=column, cell=cell):
                after = options.settle(names([row]))
                both = options.settle(names([row, column]))
                pairs = [set(one[:2]) for one in options.conflicts(both)]
                self.assertEqual(NAMES[column] in after - names([row]), cell == "+")
                self.assertEqual(names([row, column]) in pairs, cell == "x")
                if cell == "x":
                    self.assertEqual(pairs[0], names([row, column]), "named first")
                else:
                    self.assertEqual(pairs, [])


PAIRS = sorted({tuple(sorted(pair)) for pair, cell in CELLS.items() if cell != "-"})
MORE = [
    (),
    *((one,) for one in LETTERS),
    ("M", "MAX", "DAY"),
    ("MAX", "DAY", "C"),
    ("MAX", "DV", "BR"),
    ("MAX", "DV", "XQ", "OUT"),
    ("PP", "PT", "XQ"),
    ("PP", "BR"),
    ("PP", "OUT", "PT"),
    ("NE", "PT", "OUT", "XQ"),
    ("NE", "BR"),
    ("CB", "BR"),
    ("CB", "XQ", "OUT"),
    ("CB", "BR", "XQ"),
    ("M", "NV", "PP"),
    ("C", "DV", "D", "BR"),
    ("PT", "BR", "OUT"),
]


class TestMatrixStored(ServiceCase):
    """What the table allows is saved and saved again; the rest is refused by name.

    Typed in a form, written by a program, imported from a file: each cell of the table
    (as the pair of its row and its column) and some larger sets.
    """

    def _check_refusal(self, message, ticked, after):
        """Both that exclude each other are named, first those that were ticked."""
        direct = clashes(frozenset(ticked))
        named = [
            pair
            for pair in direct or clashes(after)
            if all(f"“{LABELS[one]}”" in message for one in pair)
        ]
        self.assertTrue(named, message)

    def test_each_by_form(self):
        for ticked in [*PAIRS, *MORE]:
            for order in sorted({ticked, ticked[::-1]}):
                with self.subTest(typed=" ".join(order)):
                    self._try_form(order)

    def test_each_by_create_and_write(self):
        for ticked in [*PAIRS, *MORE]:
            with self.subTest(options=" ".join(ticked)):
                self._try_create(ticked)

    def test_each_by_import(self):
        for ticked in [*PAIRS, *MORE]:
            with self.subTest(options=" ".join(ticked)):
                self._try_import(ticked)

    def _try_form(self, ticked):
        form = Form(self.env["room.service"], view=self.form)
        form.name, form.group_id = "Typed", self.kitchen
        form.activity_id = self.activity
        for letters in ticked:
            self._tick(form, letters)
        # What is booked along takes off by itself what it excludes (R12).
        kept = {"CB", "BR", "XQ", "OUT"} if "CB" in ticked else set(LETTERS)
        after = settled(kept & set(ticked))
        if clashes(after):
            with self.assertRaises(ValidationError) as caught:
                form.save()
            self._check_refusal(str(caught.exception), ticked, after)
            return
        service = form.save()
        self.assertEqual(self._stored(service), after)
        again = Form(service, view=self.form)
        again.name = "Typed again"
        again.save()
        self.assertEqual(self._stored(service), after)

    def _try_create(self, ticked):
        after = settled(set(ticked))
        vals = self._values(after)
        if clashes(after):
            plain = self._service("Plain")
            for act in (
                lambda: self._service("Made", **vals),
                lambda: plain.write(vals),
            ):
                with self.assertRaises(ValidationError) as caught:
                    act()
                self._check_refusal(str(caught.exception), ticked, after)
            return
        service = self._service("Made", **vals)
        self.assertEqual(self._stored(service), after)
        service.write(vals)
        self.assertEqual(self._stored(service), after)

    def _try_import(self, ticked):
        after = settled(set(ticked))
        answer = self._load(after)
        if clashes(after):
            self.assertFalse(answer["ids"])
            self._check_refusal(answer["messages"][0]["message"], ticked, after)
            return
        self.assertTrue(answer["ids"], answer["messages"])
        service = self.env["room.service"].browse(answer["ids"])
        self.assertEqual(self._stored(service), after)
        answer = self._load(after, service)
        self.assertEqual(answer["ids"], service.ids, answer["messages"])
        self.assertEqual(self._stored(service), after)

    def test_what_is_needed_is_not_left_out_by_programs(self):
        for (row, column), cell in CELLS.items():
            if cell != "+":
                continue
            with self.subTest(row=row, column=column):
                lacking = settled(frozenset([row])) - {column}
                with self.assertRaises(ValidationError) as caught:
                    self._service("Made", **self._values(lacking))
                self.assertIn(f"“{LABELS[column]}”", str(caught.exception))
                [message] = self._load(lacking)["messages"]
                self.assertIn(f"“{LABELS[column]}”", message["message"])

    def test_every_form_of_a_service_is_saved_again(self):
        every = {settled(frozenset(one)) for one in every_set()}
        every = [one for one in every if not clashes(one)]
        services = self.env["room.service"].create(
            [
                {
                    "name": " ".join(sorted(one)),
                    "group_id": self.kitchen.id,
                    "activity_id": self.activity.id,
                    **self._values(one),
                }
                for one in every
            ]
        )
        for service, one in zip(services, every, strict=True):
            self.assertEqual(self._stored(service), one)
            service.write(self._values(one))
            self.assertEqual(self._stored(service), one)
