"""Values that nobody should send, and some that somebody might."""

import math
import string
from datetime import timedelta

from fuzz_world import NOW

LONG = "long " * 20_000
DEEP = []
for _level in range(60):
    DEEP = [DEEP]

NUMBERS = [
    0, -1, 1, 2, 7, 2**31, -(2**31) - 1, 2**63, 10**30, 0.5, 1e308, math.nan, math.inf,
    -math.inf,
]  # fmt: skip
DAYS = [
    "9999-12-31", "9999-12-31 23:59:59", "0001-01-01", "0001-01-01 00:00:00",
    "1969-12-31 23:59:59", "2026-02-30", "2026-13-45 99:99:99", "today", "tomorrow",
    "2026-11-27T10:00:00+02:00", "12/31/2026", "2026",
]  # fmt: skip
TEXTS = [
    "", " ", "x", "0", "-1", "1e9", "nan", "\x00", "a\x00b", "\ud800", "a\udfffb", LONG,
    "<script>alert(1)</script><b>", "%s %(x)s {0} {x.y}", "' OR 1=1 --", "../../etc",
    "\u202e\u0000", "😀", "out", "sale.order", "no.model", "base",
]  # fmt: skip
SHAPES = [
    None, True, False, [], [None], [[]], [1, 2], ["a"], [[1, 2, 3]], {}, {"a": 1},
    {"id": 1}, {"": {}}, [{}], [{"a": None}], [[6, 0, []]], DEEP,
]  # fmt: skip
HOSTILE = [*NUMBERS, *DAYS, *TEXTS, *SHAPES]
HOSTILE_IDS = [0, -1, 2**31, 2**63, 10**20, 999_999, False]
ZONES = ["Mars/Phobos", "", "\x00", 5, "../../etc/passwd", ["UTC"], "Europe/Oslo"]

INSTANT_NAMES = {"start", "stop", "at", "until", "when", "start_at", "pickup_at"}
DAY_NAMES = {"date", "by", "due_date", "date_from", "date_to"}
NUMBER_NAMES = {"minutes", "quantity", "units", "hold_hours", "offset", "limit", "step"}


class Values:
    """Values for arguments and fields, drawn by ``dice``; ``ids(model)`` are those
    that there are."""

    def __init__(self, env, dice, ids):
        self.env = env
        self.dice = dice
        self.ids = ids

    def hostile(self):
        return self.dice.choice(HOSTILE)

    def record_ids(self, model):
        """Ids to call a method of ``model`` on."""
        some = self.ids(model)
        count = self.dice.choice((0, 1, 1, 1, 1, 2, 3))
        found = [self.dice.choice(some) for _each in range(count) if some]
        if self.dice.random() < 0.1 or (count and not found):
            found.append(self.dice.choice(HOSTILE_IDS[:-1]))
        return found

    def record_id(self, model):
        some = self.ids(model)
        if not some or self.dice.random() < 0.15:
            return self.dice.choice(HOSTILE_IDS)
        return self.dice.choice(some)

    def argument(self, model, name):
        """A value for the argument ``name`` of a method of ``model``."""
        if self.dice.random() < 0.4:
            return self.hostile()
        if name in ("vals", "criteria", "step", "default"):
            return self.values(model)
        if name in ("vals_list", "parts", "lines"):
            return [self.values(model) for _each in range(self.dice.choice((1, 1, 2)))]
        if name in INSTANT_NAMES:
            return self.instant()
        if name in DAY_NAMES:
            return self.instant()[:10]
        if name in NUMBER_NAMES:
            return self.dice.choice([1, 2, 3, 24, 60, *NUMBERS])
        if name in ("resource", "resource_id"):
            return self.record_id("resource.resource")
        if name.endswith("_ids"):
            return self.record_ids(model)
        return self.dice.choice(["Because", *TEXTS])

    def instant(self):
        moment = NOW + timedelta(hours=self.dice.randint(-100, 400))
        return moment.strftime("%Y-%m-%d %H:%M:%S")

    def values(self, model, wild=0.25):
        """Values of some of the fields of ``model``, a few of them odd."""
        fields = self.env[model]._fields
        chosen = {
            name
            for name, field in fields.items()
            if field.required and not field.related
        }
        chosen |= set(self.dice.sample(sorted(fields), min(len(fields), 5)))
        chosen -= {"id", "create_uid", "create_date", "write_uid", "write_date"}
        values = {name: self.field(fields[name], wild) for name in sorted(chosen)}
        if self.dice.random() < 0.1:
            values[self.dice.choice(["no_field", "", "id", "a.b", LONG[:200]])] = 1
        return values

    def field(self, field, wild=0.25):
        """A value for ``field``: of its kind, or anything."""
        if self.dice.random() < wild:
            return self.hostile()
        kind = field.type
        if kind == "many2one":
            return self.record_id(field.comodel_name)
        if kind in ("one2many", "many2many"):
            return [[6, 0, self.record_ids(field.comodel_name)]]
        if kind == "selection":
            keys = [key for key, _label in field._description_selection(self.env)]
            return self.dice.choice([*keys, "none of them"])
        plain = {
            "datetime": self.instant,
            "date": lambda: self.instant()[:10],
            "integer": lambda: self.dice.choice([0, 1, 2, 5, -1, 100]),
            "float": lambda: self.dice.choice([0, 0.5, 2, -1, 1e12]),
            "monetary": lambda: self.dice.choice([0, 10, -5.5]),
            "boolean": lambda: self.dice.random() < 0.5,
        }
        word = "".join(self.dice.choices(string.ascii_letters, k=6))
        return plain.get(kind, lambda: word)()

    def context(self, model):
        """What a client may say about itself, or pretend."""
        context = {}
        if self.dice.random() < 0.3:
            context["tz"] = self.dice.choice(ZONES)
        if self.dice.random() < 0.2:
            companies = self.ids("res.company")
            context["allowed_company_ids"] = self.dice.choice(
                [companies, companies[-1:], companies[:1]]
            )
        if self.dice.random() < 0.3:
            name = self.dice.choice(sorted(self.env[model]._fields))
            field = self.env[model]._fields[name]
            context[f"default_{name}"] = self.field(field, 0.4)
        if self.dice.random() < 0.3:
            context["active_model"] = self.dice.choice(
                [model, "no.model", "lending.loan"]
            )
            context["active_ids"] = self.record_ids(model)
            context["active_id"] = self.record_id(model)
        if self.dice.random() < 0.1:
            key = self.dice.choice(["active_test", "lending_take_over", "bin_size"])
            context[key] = self.hostile()
        return context
