"""Random histories of a small world: what hypothesis draws, and shrinks."""

from hypothesis import strategies as st

from .reference import END, Thing

NOW = 4
"""The hour at which every history begins."""

THINGS = [
    Thing("room", teardown=1),
    Thing("studio", company="ours"),
    Thing("hall", parts=("room", "studio")),
    Thing("chairs", single=False, capacity=4),
    Thing("stage", parts=("studio", "chairs"), setup=1),
    Thing("laptop", returns=True, company="theirs", teardown=1),
    Thing("drills", single=False, returns=True, capacity=3),
    Thing("drill1", returns=True, pool="drills"),
    Thing("drill2", returns=True, pool="drills", setup=1),
    Thing("kit", returns=True, parts=("drill1", "laptop")),
    Thing("passes", single=False, capacity=3, by_day=True, dawn=5),
    Thing("visit", parts=("studio", "passes")),
]
POOLS = [thing.name for thing in THINGS if not thing.single]

SEEN = ["start", "stop", "resource_id", "quantity", "state", "pinned", "hold_until"]
"""Of which the user may have seen something else than there is by now."""
RETURNED = [thing.name for thing in THINGS if thing.returns]

hours = st.integers(0, 8)
lengths = st.sampled_from([1, 2, 2, 3, 3, 4, 5, END])
periods = st.tuples(hours, lengths).map(lambda pair: (pair[0], min(sum(pair), END)))
places = st.integers(0, 7)
callers = st.sampled_from(["who may"] * 8 + ["anybody"] * 2 + ["ours", "theirs"])
"""Mostly somebody who may, for something that makes sense; or for anything."""


@st.composite
def asks(draw, names):
    """One row of an ``allocate`` call, as the model's promise has it."""
    name, (start, stop) = draw(names), draw(periods)
    kind = draw(st.sampled_from(["demand"] * 5 + ["block", "supply"]))
    ask = {"thing": name, "start": start, "stop": stop, "kind": kind}
    if name in POOLS:
        ask["quantity"] = draw(st.integers(1, 3))
    if kind == "demand":
        ask["pinned"] = draw(st.booleans())
        if draw(st.integers(0, 2)) == 0:
            ask |= {"state": "hold", "hold_until": draw(st.integers(NOW + 1, 9))}
    return ask


@st.composite
def wishes(draw, names):
    """What somebody wants of a row, and the group that it holds together with."""
    wish = {}
    for name, values in (
        ("period", periods),
        ("thing", names),
        ("place_of", places),
        ("quantity", st.integers(1, 3)),
        ("setup", st.integers(0, 2)),
        ("teardown", st.integers(0, 2)),
        ("by_day", st.booleans()),
        ("pinned", st.booleans()),
        ("hold_until", st.integers(NOW, 14)),
    ):
        if draw(st.integers(0, 6)) < (3 if name in ("period", "place_of") else 1):
            wish[name] = draw(values)
    if "period" in wish:
        wish["start"], wish["stop"] = wish.pop("period")
    return draw(places), wish, draw(st.sampled_from([None, None, 1, 2]))


seen = st.sampled_from(["nothing"] * 14 + ["fresh"] * 12 + SEEN)
"""What is said of the rows: nothing, what they are, or something that they are not."""


def operations(names):
    """What each operation is asked with."""
    return {
        "book": (
            st.lists(asks(names), min_size=1, max_size=2),
            st.booleans(),
            st.booleans(),
        ),
        "reschedule": (places, periods),
        "shift": (st.lists(places, min_size=1, max_size=3), st.integers(-3, 3)),
        "change": (
            st.lists(wishes(names), min_size=1, max_size=3),
            seen,
            st.booleans(),
        ),
        "reassign": (places, names, st.booleans()),
        "resize": (places, st.integers(0, 4)),
        "split": (places, st.integers(0, 2)),
        "confirm": (places,),
        "prolong": (places, st.integers(0, 14)),
        "cancel": (places,),
        "hand_out": (places, st.integers(0, 1)),
        "take_back": (places, st.none() | st.integers(1, 2)),
        "close": (places,),
        "end": (places,),
        "reopen": (places,),
        "undo_hand_out": (places,),
        "expect_back": (places, st.integers(0, 14)),
        "resize_pool": (st.sampled_from(POOLS), st.integers(0, 4)),
        "tick": (st.integers(1, 3),),
    }


PROMISING = {
    "book": 9, "reschedule": 2, "shift": 1, "change": 8, "reassign": 2, "resize": 2,
    "split": 1, "confirm": 3, "prolong": 2, "cancel": 2, "hand_out": 2, "take_back": 1,
    "close": 1, "end": 2, "reopen": 3, "resize_pool": 1, "tick": 2,
}  # fmt: skip
HANDING_OUT = {
    "book": 7, "reschedule": 1, "change": 5, "reassign": 1, "resize": 1, "split": 1,
    "cancel": 1, "hand_out": 7, "take_back": 4, "close": 1, "end": 1, "reopen": 2,
    "undo_hand_out": 2, "expect_back": 2, "resize_pool": 1, "tick": 4,
}  # fmt: skip


@st.composite
def steps(draw, names, weights):
    """An operation, who asks for it, and the period that is looked at afterwards."""
    every = [name for name, weight in weights.items() for _ in range(weight)]
    name = draw(st.sampled_from(every))
    arguments = [draw(argument) for argument in operations(names)[name]]
    return name, draw(callers), arguments, draw(periods)


def histories(things, weights):
    return st.lists(steps(st.sampled_from(things), weights), min_size=15, max_size=25)


of_promises = histories([thing.name for thing in THINGS] + 2 * POOLS, PROMISING)
of_things = histories(RETURNED + ["drills", "laptop"], HANDING_OUT)
