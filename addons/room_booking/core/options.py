"""Which options of a service go together (R10 to R36, R48, R49, R74).

Pure Python: no Odoo, no database. Options have the names of the service's fields.
"""

CO_BOOKED = "co_booked"
MAXIMUM = "max_quantity"
PER_DAY = "collision_scope_day"
DEFAULT = "default_quantity"
PREFILLED = "prefill_participants"
CHECKBOX = "is_checkbox"
FIXED = "not_editable"
HIDDEN = "not_visible"
ACTIVE = "default_active"
MANDATORY = "mandatory"
PROVISION = "allow_provision"
OUTSIDE = "allow_outside"
BLOCKS = "blocks_room"
PER_PIECE = "setup_per_quantity"

FORCES = {
    CO_BOOKED: {FIXED: "R11", ACTIVE: "R11"},
    PREFILLED: {ACTIVE: "R20"},
    FIXED: {CHECKBOX: "R24", ACTIVE: "R24", DEFAULT: "R23"},
    HIDDEN: {CHECKBOX: "R26", ACTIVE: "R26", DEFAULT: "R26"},
    MANDATORY: {CHECKBOX: "R33", ACTIVE: "R33", FIXED: "R33"},
}
"""``{option: {what it brings with it: rule}}``"""

FORBIDS = {
    CO_BOOKED: {
        **dict.fromkeys(
            (MAXIMUM, PER_DAY, DEFAULT, PREFILLED, CHECKBOX, HIDDEN, MANDATORY), "R12"
        ),
        PROVISION: "R12",
    },
    MAXIMUM: dict.fromkeys((PREFILLED, FIXED, HIDDEN, ACTIVE, PROVISION), "R14"),
    PREFILLED: dict.fromkeys((DEFAULT, CHECKBOX, FIXED, HIDDEN, MANDATORY), "RA3"),
    HIDDEN: {
        FIXED: "RS3",
        MANDATORY: "RS3",
        PROVISION: "R28",
        BLOCKS: "R28",
        PER_PIECE: "R28",
        OUTSIDE: "R28",
    },
    MANDATORY: {
        PROVISION: "R31",
        BLOCKS: "R31",
        PER_PIECE: "R31",
        OUTSIDE: "R31",
    },
    BLOCKS: {PROVISION: "R36", PER_PIECE: "R49", OUTSIDE: "RA7"},
}

_EXEMPT = {frozenset([MAXIMUM, FIXED]), frozenset([MAXIMUM, ACTIVE])}
"""What goes together in a mandatory service of limited number (RA1)."""

_BOTH_WAYS = {
    name: FORBIDS.get(name, {}).keys()
    | {one for one, others in FORBIDS.items() if name in others}
    for name in FORBIDS.keys() | set().union(*FORBIDS.values())
}


def settle(ticked):
    """What is ticked, with all that it brings along; once more changes nothing.

    Of what is booked along (R12) only that counts: its line is always 1.

    >>> sorted(settle({MANDATORY}))
    ['default_active', 'default_quantity', 'is_checkbox', 'mandatory', 'not_editable']
    >>> sorted(settle({CO_BOOKED}))
    ['co_booked', 'default_active', 'not_editable']
    """
    settled = set(ticked)
    if CO_BOOKED in settled:
        return frozenset(settled | FORCES[CO_BOOKED].keys())
    while more := {name for one in settled for name in FORCES.get(one, ())} - settled:
        settled |= more
    return frozenset(settled)


def conflicts(options):
    """Pairs of ``options`` that exclude each other, with the rule: ``[(a, b, rule)]``.

    What somebody ticked comes before what it brought along.

    >>> conflicts({PROVISION, BLOCKS})
    [('blocks_room', 'allow_provision', 'R36')]
    >>> conflicts(settle({MANDATORY}) | {MAXIMUM})
    []
    """
    lifted = _EXEMPT if MANDATORY in options else set()
    found = [
        (one, other, rule)
        for one, others in FORBIDS.items()
        for other, rule in others.items()
        if one in options and other in options
        if frozenset([one, other]) not in lifted
    ]
    brought = {name for one in options for name in FORCES.get(one, ())}
    return sorted(found, key=lambda pair: len(brought.intersection(pair[:2])))


def excluded(options):
    """What ``options`` exclude: a set of names.

    >>> sorted(excluded({PROVISION}))
    ['blocks_room', 'co_booked', 'mandatory', 'max_quantity', 'not_visible']
    """
    lifted = _EXEMPT if MANDATORY in options else set()
    return {
        other
        for one, others in _BOTH_WAYS.items()
        if one in options
        for other in others - set(options)
        if frozenset([one, other]) not in lifted
    }


def missing(options):
    """What ``options`` bring along and is not there: ``[(by, what, rule)]``.

    >>> missing({PREFILLED})
    [('prefill_participants', 'default_active', 'R20')]
    """
    rows = [CO_BOOKED] if CO_BOOKED in options else list(FORCES)
    return [
        (one, other, rule)
        for one in rows
        if one in options
        for other, rule in FORCES[one].items()
        if other not in options
    ]
