"""Random histories of custody: what hypothesis draws, and shrinks."""

from hypothesis import strategies as st

THINGS = ["laptop", "laptop", "phone", "shared", "shared"]
PEOPLE = ["ott", "mari", "kari"]

things = st.sampled_from(THINGS)
people = st.sampled_from(PEOPLE)
places = st.integers(0, 7)
days = st.integers(-12, 20)
ends = st.none() | st.integers(0, 15)
"""Days after the first one; none: open."""
dues = st.none() | st.none() | st.integers(0, 10)
ago = st.sampled_from([0, 0, 0, 1, 5, 30])
"""Hours since something happened that is registered only now."""
roles = st.sampled_from(["user"] * 5 + ["responsible"])
outcomes = st.sampled_from(["in_stock"] * 5 + ["lost", "outdated"])

OPERATIONS = {
    "type": (things, people, roles, days, ends, st.booleans()),
    "retime": (places, st.none() | days, ends),
    "delete": (places,),
    "reserve": (things, people, st.integers(0, 200), dues),
    "hand_out": (places, ago),
    "hand_out_directly": (
        st.lists(things, min_size=1, max_size=2, unique=True), people, ago, dues,
    ),
    "take_back": (st.lists(places, min_size=1, max_size=2), ago, outcomes),
    "process": (places, outcomes),
    "transfer": (places, people, ago, dues),
    "correct_holder": (places, people),
    "correct_thing": (places, things),
    "correct_start": (places, st.integers(0, 60)),
    "extend": (places, dues),
    "recall": (places,),
    "cancel": (places,),
    "write_off": (things, st.integers(-6, 0)),
    "book": (things, st.integers(0, 300), st.integers(1, 100)),
    "hold": (things, st.sampled_from(["one", "many"])),
    "tick": (st.sampled_from([1, 7, 24, 80, 250]), st.booleans()),
}  # fmt: skip
"""What each operation is asked with."""

WEIGHTS = {
    "type": 8, "retime": 3, "delete": 3, "reserve": 9, "hand_out": 6,
    "hand_out_directly": 8, "take_back": 5, "process": 2, "transfer": 4,
    "correct_holder": 2, "correct_thing": 2, "correct_start": 2, "extend": 3,
    "recall": 1, "cancel": 2, "write_off": 1, "book": 2, "hold": 1, "tick": 6,
}  # fmt: skip


@st.composite
def steps(draw):
    """An operation and what it is asked with."""
    every = [name for name, weight in WEIGHTS.items() for _ in range(weight)]
    name = draw(st.sampled_from(every))
    return name, [draw(argument) for argument in OPERATIONS[name]]


histories = st.lists(steps(), min_size=10, max_size=20)


@st.composite
def spans(draw):
    """Start, length, custody and singleness of rows of one asset."""
    start, length = draw(st.integers(0, 12)), draw(st.integers(1, 6))
    return start, start + length, draw(st.booleans()), draw(st.booleans())
