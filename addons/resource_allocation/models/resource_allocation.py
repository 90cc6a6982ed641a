"""The ledger: its rows, what guards them, and how they are written."""

import logging
import weakref
from collections import defaultdict
from contextlib import contextmanager
from functools import wraps
from typing import NamedTuple

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.service.model import MAX_TRIES_ON_CONCURRENCY_FAILURE
from odoo.sql_db import PoolError
from odoo.tools import SQL, file_open

from ..core.moment import FOREVER, blocked_period
from ..exceptions import AllocationConflict, LedgerBusy, Verdict
from ..inputs import yes_or_no

_logger = logging.getLogger(__name__)

FACTS = ("block", "supply")
LIVE_STATES = ("hold", "reserved", "out")


class Transition(NamedTuple):
    """The states in which a method can be called, and those it leads to."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]


TRANSITIONS = {
    "confirm": Transition(("hold", "expired"), ("reserved",)),
    "prolong": Transition(("hold", "expired"), ("hold",)),
    "hand_out": Transition(("reserved",), ("out",)),
    "take_back": Transition(("out",), ("done",)),
    "close": Transition(("reserved", "out"), ("done",)),
    "cancel": Transition(("hold", "reserved", "expired"), ("cancelled",)),
    "reopen": Transition(("done", "cancelled"), ("out", "reserved")),
    "undo_hand_out": Transition(("out",), ("reserved",)),
    "expect_back": Transition(("out",), ("out",)),
    "make_ready": Transition(("done",), ("done",)),
    "hold_again": Transition(("reserved",), ("hold",)),
}
"""Every method that changes a state; time alone turns a hold into ``expired`` and what
is over by itself into ``done``."""

CORRECTIONS = ("reopen", "undo_hand_out")
"""Methods that take back what was done by mistake."""

BUFFERS = ("setup_minutes", "teardown_minutes")
REACH = frozenset([*BUFFERS, "reach"])
"""What a row takes beyond its period."""
MOVES = frozenset(["start", "stop", "resource_id", "quantity"])
STEPS = frozenset([*TRANSITIONS, "change", "split_many", "write"])
"""Every way to change a row; the others are made of these."""

TOLD = frozenset(
    [
        *("state", "start", "stop", "reach", "resource_id", "quantity"),
        *("hold_until", "at_risk"),
    ]
)
"""Fields whose changes the documents are told."""

UNDER_THE_DOOR = "resource_document_door"
ON_BEHALF = "resource_allocation_on_behalf"
"""In the context: sudo is the ledger's own. Whoever sends it gets fewer rights."""
TYPED = "resource_allocation_typed"
FREED = "resource_allocation_freed"
BOARDS = "resource_allocation_boards"
UNBROKEN = "resource_allocation_unbroken"
"""In the cursor's cache, which Odoo empties when a savepoint is rolled back."""


class Door(NamedTuple):
    """In the context: methods of this model change the rows of its documents.

    An object, so no client can send it.
    """

    model: str


class Typed(NamedTuple):
    """In the context: the ledger does what somebody typed into these rows, or new ones.

    Whoever overrides ``write`` or ``create`` is already around it, and sees it once.
    """

    ids: frozenset | None


def through_the_door(method):
    """Let the documents of the rows decide, whoever calls; tell them what changed.

    The documents' own methods, and rows without a document, pass.
    """

    @wraps(method)
    def asking(self, *args, **kwargs):
        roots = self.roots()
        if roots._led_by_others():
            return roots._ask_documents(method.__name__, args, kwargs)
        with self._telling():
            done = method(roots._acting(), *args, **kwargs)
        return done.with_env(self.env)

    return asking


GUARDS = {
    "resource_allocation_no_overlap",
    "resource_allocation_enter",
    "resource_allocation_check",
    "resource_allocation_sync_gate",
}
LOCK = 7919
"""First key of the advisory locks; the second is the resource."""

GUARDED = {
    "resource_allocation_no_overlap",
    "resource_allocation_capacity",
    "resource_allocation_one_out",
}
"""What the database calls its refusals of a promise that does not fit."""

_sql_logger = logging.getLogger("odoo.sql_db")
_collisions = weakref.WeakKeyDictionary()
"""Tries of a request that met a newer snapshot, by its cursor."""

_changes = weakref.WeakKeyDictionary()
"""What the running method changed so far, by its cursor."""


@contextmanager
def _answers_unlogged():
    """Keep a statement out of the log whose refusal is an answer, not an error.

    A flush cannot be told not to log it. Other errors are logged as ever.
    """

    def is_news(record):
        error = record.args[-1] if record.args else None
        return not isinstance(error, psycopg2.Error) or not _is_answer(error)

    _sql_logger.addFilter(is_news)
    try:
        yield
    finally:
        _sql_logger.removeFilter(is_news)


def _is_answer(error):
    """Whether a refusal of the database is told in words, or tried again."""
    answers = (
        psycopg2.errors.SerializationFailure,
        psycopg2.errors.DeadlockDetected,
        psycopg2.errors.ForeignKeyViolation,
    )
    return isinstance(error, answers) or error.diag.constraint_name in GUARDED


class ResourceAllocation(models.Model):
    """One promise or one fact about one resource and one period: the ledger.

    Times are UTC and half-open, ``[start, stop)``; an empty ``stop`` is open-ended.
    What a row takes is ``[blocked_start, blocked_stop)``, the period with its buffers.
    A *root* is what somebody asked for; its *leaves* are what that takes of other
    resources (atoms of a combination, the share of a pool). Every method takes and
    returns roots and acts on the whole tree.

    PostgreSQL refuses what does not fit (``sql/guards.sql``); the checks in Python
    only say so in time and in words.
    """

    _name = "resource.allocation"
    _description = "Allocation"
    _inherit = ["mail.thread", "mail.activity.mixin", "resource.guarded.mixin"]
    _order = "start desc, id desc"

    name = fields.Char(string="Purpose", help="What it is for, as others may read it.")
    resource_id = fields.Many2one(
        "resource.resource",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('bookable', '=', True)]",
    )
    kind = fields.Selection(
        [
            ("demand", "Promise"),
            ("block", "Block"),
            ("supply", "Extra supply"),
            ("group", "Combination"),
        ],
        required=True,
        default="demand",
        help="A promise takes pieces and is refused when there are none. A block "
        "(maintenance, closure) and extra supply are facts: they are always accepted, "
        "and what no longer fits is put at risk.",
    )
    quantity = fields.Integer(required=True, default=1, aggregator="sum")
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", index=True, readonly=True
    )
    document_name = fields.Char(compute="_compute_document_name", string="Booked by")
    partner_id = fields.Many2one(
        "res.partner",
        string="For",
        index="btree_not_null",
        groups="resource_allocation.resource_allocation_group_user",
        help="The person or customer it is promised to.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index="btree_not_null",
        default=lambda self: self.env.user._first_responsible(),
        help="Is told when the promise is at risk or a hold lapsed.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        help="The company that booked it.",
    )

    start = fields.Datetime(required=True)
    stop = fields.Datetime(help="Empty: until further notice.")
    setup_minutes = fields.Integer(string="Setup (min)")
    teardown_minutes = fields.Integer(string="Teardown (min)")
    reach = fields.Selection(
        selection=lambda self: (
            self.env["resource.resource"]
            ._fields["reach"]
            ._description_selection(self.env)
        ),
        string="Takes",
        required=True,
        default="period",
        help="The whole day: it counts for each local day of the resource that it "
        "touches, whatever the hour.",
    )
    blocked_start = fields.Datetime(
        compute="_compute_blocked", store=True, required=True, precompute=True
    )
    blocked_stop = fields.Datetime(
        compute="_compute_blocked", store=True, required=True, precompute=True
    )
    hold_until = fields.Datetime(
        help="A hold counts until this instant and lapses by itself."
    )
    hold_kind = fields.Selection(
        [
            ("option", "Option"),
            ("request", "Request"),
            ("offer", "Offer"),
            ("check_in", "Until check-in"),
        ],
        copy=False,
        help="What a hold waits for. What waits for people to check in is theirs until "
        "then: it is shown and counted as reserved.",
    )
    actual_start = fields.Datetime(string="Handed out", readonly=True, copy=False)
    actual_stop = fields.Datetime(string="Taken back", readonly=True, copy=False)
    expected_back = fields.Datetime(
        readonly=True,
        copy=False,
        help="When a late thing is now expected; it stays taken until then.",
    )
    ready_at = fields.Datetime(
        string="Ready again",
        readonly=True,
        copy=False,
        help="When what came back, or ended, is ready for the next: until then its "
        "teardown counts.",
    )
    hours = fields.Float(
        compute="_compute_hours",
        store=True,
        precompute=True,
        aggregator="sum",
        help="Length of the period in hours; open-ended ones count nothing.",
    )

    state = fields.Selection(
        [
            ("hold", "Hold"),
            ("reserved", "Reserved"),
            ("out", "Out"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
            ("expired", "Expired"),
        ],
        required=True,
        default="reserved",
        readonly=True,
        index=True,
        group_expand=True,
    )
    display_state = fields.Selection(
        selection=lambda self: [
            *self._fields["state"].selection,
            ("late", self.env._("Late")),
            ("at_risk", self.env._("At risk")),
        ],
        compute="_compute_display_state",
        string="Situation",
    )
    at_risk = fields.Boolean(
        required=True,
        readonly=True,
        default=False,
        copy=False,
        help="A fact (a block, a smaller pool, a late return) left no room for it.",
    )
    pinned = fields.Boolean(
        help="This very unit. Otherwise another unit of the pool may replace it "
        "until the hand-over."
    )
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")

    root_id = fields.Many2one(
        "resource.allocation",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        copy=False,
    )
    leaf_ids = fields.One2many("resource.allocation", "root_id", readonly=True)
    parent_id = fields.Many2one(
        "resource.allocation",
        string="Split off from",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
    )
    unit_id = fields.Many2one(
        "resource.resource",
        readonly=True,
        ondelete="restrict",
        copy=False,
        help="Technical: the unit this takes from its pool.",
    )
    # Technical: copied from the resource by the guards, whoever writes the row.
    exclusive = fields.Boolean(
        compute="_compute_kind_of_resource", store=True, required=True, precompute=True
    )
    returnable = fields.Boolean(
        compute="_compute_kind_of_resource", store=True, required=True, precompute=True
    )
    live = fields.Boolean(
        compute="_compute_live", store=True, required=True, precompute=True
    )
    lapse_pending = fields.Boolean(readonly=True, copy=False)
    anonymised = fields.Boolean(readonly=True, copy=False)

    _period = models.Constraint(
        "CHECK (stop IS NULL OR start < stop)",
        "An allocation must end after it starts.",
    )
    _blocked_period = models.Constraint(
        "CHECK (blocked_start <= start AND blocked_stop >= coalesce(stop, blocked_stop)"
        " AND blocked_start < blocked_stop)",
        "The blocked period must contain the allocation's own period.",
    )
    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0 AND (NOT exclusive OR quantity = 1))",
        "The quantity is a whole number above zero; of a single thing there is one.",
    )
    _live_states = models.Constraint(
        "CHECK (live = (state IN ('hold', 'reserved', 'out')))",
        "An allocation counts while it is held, reserved or out.",
    )
    _hold_has_end = models.Constraint(
        "CHECK (state <> 'hold' OR hold_until IS NOT NULL)",
        "A hold needs the time until which it is held.",
    )
    _actual_period = models.Constraint(
        "CHECK (actual_stop IS NULL OR actual_start IS NULL"
        " OR actual_start <= actual_stop)",
        "It cannot come back before it was handed out.",
    )
    _ready_after_return = models.Constraint(
        "CHECK (ready_at IS NULL OR (state = 'done' AND ready_at > actual_stop))",
        "Only what came back is made ready, and afterwards.",
    )
    # Always true: it carries the words for what the trigger of this name refuses.
    _capacity = models.Constraint(
        "CHECK (quantity IS NOT NULL)",
        "There are not enough left in that period.",
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(resource_id, resource_id, '[]') WITH &&,"
        " tsrange(blocked_start, blocked_stop) WITH &&)"
        " WHERE (live AND exclusive AND NOT at_risk) DEFERRABLE INITIALLY IMMEDIATE",
        "It is already taken in that period.",
    )
    _one_out = models.UniqueIndex(
        "(resource_id) WHERE state = 'out' AND exclusive AND returnable",
        "It is still out; take it back before handing it out again.",
    )
    # Odoo asks ``live IS TRUE``; an index WHERE live would serve none of its searches.
    _live_stop = models.Index(
        "(resource_id, blocked_stop, blocked_start) INCLUDE (quantity)"
        " WHERE live IS TRUE"
    )
    _live_time = models.Index(
        "(blocked_stop, blocked_start, resource_id) INCLUDE (quantity)"
        " WHERE live IS TRUE"
    )
    _live_by_start = models.Index("(start, id) WHERE live IS TRUE AND root_id IS NULL")
    _by_start = models.Index("(start, id) WHERE root_id IS NULL")
    # What is over is asked for by time, of many things at once. Rows lie in the table
    # about as they were booked, so this is tiny and costs a booking next to nothing.
    _by_period = models.Index(
        "USING brin (start, stop) WITH (pages_per_range = 32, autosummarize = on)"
    )
    _creator = models.Index("(create_uid)")
    _to_anonymise = models.Index(
        "(company_id, write_date) WHERE live IS NOT TRUE AND anonymised IS NOT TRUE"
    )
    _late = models.Index(
        "(resource_id, blocked_stop) WHERE state = 'out' AND returnable IS TRUE"
    )
    _holds = models.Index("(hold_until) WHERE state = 'hold'")
    _lapsed = models.Index("(id) WHERE lapse_pending IS TRUE")
    _ready = models.Index("(resource_id, ready_at) WHERE ready_at IS NOT NULL")
    _risky = models.Index("(resource_id) WHERE at_risk IS TRUE")

    # === GUARDS === #

    def init(self):
        """Create the functions and triggers that guard the ledger."""
        with file_open("resource_allocation/sql/guards.sql") as script:
            self.env.cr.execute(script.read())

    def _register_hook(self):
        super()._register_hook()
        self._check_guards()

    @api.model
    def _check_guards(self):
        """Raise unless the guards really are in the database.

        Odoo only logs a constraint that could not be created; a ledger without its
        guards would promise twice, so it must not start.
        """
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint"
            " WHERE conrelid = 'resource_allocation'::regclass AND contype = 'x'"
            " UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgenabled = 'O' AND tgrelid IN"
            " ('resource_allocation'::regclass, 'resource_resource'::regclass)"
        )
        missing = GUARDS - {name for (name,) in self.env.cr.fetchall()}
        if missing:
            raise RuntimeError(
                "The availability ledger is not guarded: "
                f"{', '.join(sorted(missing))} missing in the database. Remove "
                "overlapping live allocations and update resource_allocation."
            )

    # === COMPUTES === #

    @api.depends("start", "stop", *REACH, "resource_id")
    def _compute_blocked(self):
        for allocation in self:
            resource = allocation.resource_id.sudo()
            allocation.blocked_start, allocation.blocked_stop = blocked_period(
                allocation.start,
                allocation.stop,
                allocation.setup_minutes,
                allocation.teardown_minutes,
                resource and resource._days_in(allocation.reach),
            )

    @api.depends("resource_id", "kind")
    def _compute_kind_of_resource(self):
        for allocation in self:
            resource = allocation.resource_id.sudo()
            allocation.exclusive = resource.exclusive and allocation.kind == "demand"
            allocation.returnable = resource.release == "return"

    @api.depends("state")
    def _compute_live(self):
        for allocation in self:
            allocation.live = allocation.state in LIVE_STATES

    @api.depends("start", "stop", "kind")
    def _compute_hours(self):
        for allocation in self:
            if allocation.stop and allocation.start:
                length = allocation.stop - allocation.start
                allocation.hours = length.total_seconds() / 3600
            else:
                allocation.hours = 0

    @api.depends("state", "blocked_stop", "returnable")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for allocation in self:
            allocation.is_late = (
                allocation.state == "out"
                and allocation.returnable
                and bool(allocation.stop)
                and allocation.stop <= now
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = (
            Domain("state", "=", "out")
            & Domain("returnable", "=", True)
            & Domain("stop", "<=", fields.Datetime.now())
        )
        return yes_or_no(late, value)

    @api.depends("state", "hold_kind", "hold_until", "at_risk", "is_late", "live")
    def _compute_display_state(self):
        now = fields.Datetime.now()
        for allocation in self:
            checks_in = allocation.state == "hold" and (
                allocation.hold_kind == "check_in" and allocation.hold_until > now
            )
            if allocation.at_risk and allocation.live:
                allocation.display_state = "at_risk"
            elif allocation.is_late:
                allocation.display_state = "late"
            else:
                allocation.display_state = "reserved" if checks_in else allocation.state

    @api.depends("name", "resource_id.display_name")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_display_name(self):
        """What for is told to those who may read the row, also where core asks for the
        names of linked records as superuser."""
        told = self
        if self.env.su:
            told = self.sudo(False)._filtered_access("read").sudo()
        for allocation in self:
            resource = allocation.resource_id.sudo().display_name or ""
            purpose = allocation.name if allocation in told else None
            allocation.display_name = f"{resource}: {purpose}" if purpose else resource

    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_document_name(self):
        """What the document is called for the user, who may not know of it at all."""
        for model, allocations in self.grouped("res_model").items():
            labels = {}
            if self._document_model(model) is not None:
                # The user's own rights count, also where the ledger acts in sudo.
                labels = allocations.sudo(False)._documents()._allocation_labels()
            for allocation in allocations:
                allocation.document_name = labels.get(allocation.res_id, False)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        """Create is asking the ledger: the same as :meth:`allocate`.

        A form that says until when to hold asks for a hold.
        """
        if self._is_unlocked(vals_list):
            return super().create(vals_list)
        asked = [dict(vals) for vals in vals_list]
        for vals in asked:
            if vals.get("hold_until") and not vals.get("state"):
                vals["state"] = "hold"
            if "calendar_stop" in vals:
                vals.setdefault("stop", vals.pop("calendar_stop"))
        typed = self.with_context(**{TYPED: Typed(None)})
        return typed.allocate(asked).with_env(self.env)

    def write(self, vals):
        """Turn a change of period, thing or quantity into the ledger's own method.

        A calendar drags the end it shows, an import moves: both go through the same
        check. What only a named method may change is refused.
        """
        if self._is_unlocked([vals]) or self._is_chatter(vals):
            return super().write(vals)
        if "calendar_stop" in vals:
            vals = self._keep_time_of_day({**vals, "stop": vals["calendar_stop"]})
            del vals["calendar_stop"]
        moves = {name: vals[name] for name in MOVES & vals.keys()}
        plain = {name: value for name, value in vals.items() if name not in moves}
        if plain and self.roots()._led_by_others():
            self._check_no_person(plain)
            self.roots()._ask_documents("write", [plain], {})
        elif plain:
            super().write(plain)
        if moves:
            self.with_context(**{TYPED: Typed(frozenset(self.ids))}).change(moves)
        return True

    @api.model
    def _guarded_fields(self):
        """All of a row but what means nothing to availability."""
        return super()._guarded_fields() | self._all_fields_but(self._writable_fields())

    @api.model
    def _writable_fields(self):
        """Fields that mean nothing to availability. Override to add your own."""
        chatter = filter(self._is_chatter_field, self._fields)
        return {"name", "partner_id", "user_id", *chatter}

    @api.model
    def _is_chatter_field(self, name):
        return name.startswith(("message_", "activity_", "my_activity", "rating_"))

    def _is_chatter(self, vals):
        return bool(vals) and all(map(self._is_chatter_field, vals))

    def _store(self, vals):
        """Write ledger fields. Only the ledger's own methods call this.

        Their callers were checked for access; the tree may hold rows of resources
        the user cannot see (the pool of a unit, another company's atoms).
        """
        # The door is closed to what runs inside: rules, and overrides of others.
        rows = self.sudo().with_context(**{UNDER_THE_DOOR: None, ON_BEHALF: None})
        typed = self._typed_into()
        seen = rows.filtered(lambda row: typed and row.id in (typed.ids or ()))
        with self._telling():
            rows._note_changes(vals)
            done = super(ResourceAllocation, rows - seen)._store(vals)
            if seen:
                # pylint: disable-next=super-method-mismatch
                super(ResourceAllocation, seen._with_key([vals])).write(vals)
            # What follows from it goes into the same UPDATE: a partial flush before a
            # search would else write a state that contradicts itself.
            rows._recompute_recordset()
        return done

    @api.model
    def _insert(self, vals_list):
        """Create ledger rows. Only the ledger's own methods call this, as above."""
        closed = {"tracking_disable": True, UNDER_THE_DOOR: None, ON_BEHALF: None}
        quiet = self.sudo().with_context(**closed)
        with self._telling():
            typed = self._typed_into()
            if typed and typed.ids is None:
                keyed = quiet.browse()._with_key(vals_list)
                # pylint: disable-next=super-method-mismatch
                rows = super(ResourceAllocation, keyed).create(vals_list)
            else:
                rows = super(ResourceAllocation, quiet)._insert(vals_list)
            for root in rows.filtered(lambda row: not row.root_id):
                _changes[self.env.cr][root.id] = dict.fromkeys(TOLD)
        return rows.with_env(self.env)

    @api.model
    def _check_no_person(self, vals):
        """Of what has a document, the document alone says for whom it is."""
        if vals.get("partner_id"):
            raise ValidationError(
                self.env._("For whom it is, the document says: leave it out here.")
            )

    def _add_missing_default_values(self, values):
        """A row is what was asked: neither context nor user fills in the rest."""
        names = {name for name, field in self._fields.items() if field.default}
        missing = names - values.keys()
        return {**{name: self._own_default(name) for name in missing}, **values}

    @api.model
    def _typed_into(self):
        typed = self.env.context.get(TYPED)
        return typed if isinstance(typed, Typed) else None

    @api.ondelete(at_uninstall=False)
    def _unlink_never_by_users(self):
        if not self.env.su:
            raise AccessError(
                self.env._("Allocations are never deleted. Cancel them instead.")
            )

    def copy_data(self, default=None):
        """A copy is a new promise: nothing of the old one's life goes along."""
        fresh = {"state": "reserved", "hold_until": False, **(default or {})}
        return super().copy_data(default=fresh)

    # === THE DOOR === #

    def _led_by_others(self):
        """The roots that belong to a document whose own methods are not the caller.

        In narrow sudo: the document decides, also for who may not read its rows.
        """
        known = self.sudo()
        known.fetch(["res_model"])
        return known.filtered(
            lambda row: (
                self._document_model(row.res_model) is not None
                and not self._is_door_open(row.res_model)
            )
        ).with_env(self.env)

    @api.model
    def _document_model(self, name):
        """The model of that name if it is one of documents, else None.

        A row whose app was uninstalled has no document any more.
        """
        model = self.env.get(name or "")
        mixin = self.pool["resource.document.mixin"]
        return model if isinstance(model, mixin) and not model._abstract else None

    @api.model
    def _is_door_open(self, model):
        """Whether methods of this model's documents are the caller."""
        door = self.env.context.get(UNDER_THE_DOOR)
        return bool(model) and isinstance(door, Door) and door.model == model

    def _acting(self):
        """These rows in sudo, where their own documents act, who checked who may.

        Their people may not read the ledger. What it says is worded for the user all
        the same (``sudo(False)``).
        """
        if self.env.su or not all(row._is_vouched_for() for row in self):
            return self
        return self.sudo().with_context(**{ON_BEHALF: True})

    @api.model
    def _is_all_powerful(self):
        """Whether the caller acts in sudo of his own; not by :meth:`_acting`."""
        return self.env.su and not self.env.context.get(ON_BEHALF)

    def _ask_documents(self, step, args, kwargs):
        """Let each kind of document take a step on its rows, or refuse it."""
        groups = self._by_document_model()
        if len(groups) > 1:
            self.lock_resources(self.all_resources())
        done = self.browse()
        for model, rows in groups.items():
            mine = rows._own_arguments(self, args)
            named = rows._own_arguments(self, kwargs.values())
            named = dict(zip(kwargs, named, strict=True))
            if self._document_model(model) is not None:
                rows._check_document(step)
                result = rows._documents()._allocation_do(step, rows, *mine, **named)
            else:
                result = getattr(rows, step)(*mine, **named)
            if isinstance(result, models.BaseModel):
                done |= result
        return done

    def _by_document_model(self):
        return self.grouped(lambda row: row.sudo().res_model)

    def _check_document(self, step):
        """Let the documents of these rows, of one kind, refuse who may not do it.

        Who may read neither these nor those is told nothing of them.
        """
        # The user's own rights count, also where an app acts in sudo.
        documents, rows = self._documents().sudo(False), self.sudo(False)
        if not (rows.has_access("read") or documents.has_access("read")):
            rows.check_access("read")
        documents._allocation_check(step, rows)

    def _own_arguments(self, asked, args):
        """Of arguments that say something of each of the asked rows, those of these."""
        mine = set(self.ids)
        return [
            [arg[number] for number, row in enumerate(asked) if row.id in mine]
            if isinstance(arg, list | tuple) and len(arg) == len(asked)
            else arg
            for arg in args
        ]

    def _documents(self):
        """The documents of these rows, which are of one kind."""
        [model] = set(self.sudo().mapped("res_model"))
        documents = self.env[model].with_context(**{ON_BEHALF: None})
        return documents.browse(set(self.sudo().mapped("res_id")))

    # === TELLING === #

    @contextmanager
    def _telling(self):
        """Collect what changes, and tell it once, when the outermost method is done."""
        cursor = self.env.cr
        if cursor in _changes:
            yield
            return
        _changes[cursor] = defaultdict(dict)
        cursor.cache[UNBROKEN] = True
        try:
            yield
            while changes := _changes[cursor]:
                _changes[cursor] = defaultdict(dict)
                if UNBROKEN not in cursor.cache:
                    # A savepoint was rolled back, and with it perhaps new rows.
                    there = self.browse(changes).exists().ids
                    changes = {root: changes[root] for root in there}
                self._tell(changes)
        finally:
            del _changes[cursor]

    def _note_changes(self, vals):
        """Remember what these values replace, of each root the first that was there."""
        changes = _changes[self.env.cr]
        for row in self.filtered(lambda row: not row.root_id):
            for name in TOLD & vals.keys():
                old = row._fields[name].convert_to_write(row[name], row)
                if old != row._fields[name].convert_to_write(vals[name], row):
                    changes[row.id].setdefault(name, old)

    @api.model
    def _tell(self, changes):
        """Every change of a row passes here, whatever made it, also SQL.

        Override to watch the ledger; documents are told by ``_allocation_changed``.

        :param dict changes: ``{root's id: {field: value before}}``; of a new root all
            values before are None
        """
        outside = {UNDER_THE_DOOR: None, TYPED: None, ON_BEHALF: None}
        rows = self.sudo().with_context(**outside).browse(changes)
        for model, led in rows.grouped("res_model").items():
            if self._document_model(model) is not None:
                documents = led._documents()
                documents._allocation_changed({row: changes[row.id] for row in led})
        self._note_freed(
            [found for row in rows if (found := row._freed_since(changes[row.id]))]
        )
        self._note_for_boards(changes)

    @api.model
    def _note_for_boards(self, changes):
        """Remember what changed where, to be told to open boards after the commit."""
        postcommit = self.env.cr.postcommit
        if BOARDS not in postcommit.data:
            postcommit.data[BOARDS] = set(), set()
            postcommit.add(self._tell_boards)
        roots, left = postcommit.data[BOARDS]
        roots.update(changes)
        left.update(old.get("resource_id") for old in changes.values())

    @api.model
    def _tell_boards(self):
        """Tell open boards which resources to ask for again: their ids alone.

        What changed each board asks with its own user's rights. Once for a commit, in a
        transaction of its own: what comes before the commit also runs at savepoints.
        """
        roots, left = self.env.cr.postcommit.data.pop(BOARDS)
        try:
            with self.env.registry.cursor() as cr:
                # Sudo: ids of things are nobody's secret.
                rows = self.with_env(self.env(cr=cr, su=True)).browse(roots)
                things = left.union(rows.exists()._trees().resource_id.ids) - {None}
                rows.env["bus.bus"]._sendone(
                    rows._board_channel(),
                    "resource_board/changed",
                    {"resources": sorted(things)},
                )
        except (psycopg2.Error, PoolError):
            # It is booked all the same; a board asks again within a minute.
            _logger.warning("Open boards were not told of a change.", exc_info=True)

    @api.model
    def _board_channel(self):
        """Where open boards listen: see ``ir.websocket``."""
        return self.env.ref("base.group_user"), "resource_board"

    @api.model
    def _note_freed(self, freed):
        """Remember ``(resource id, start, stop)``, to be told before the commit."""
        if not freed:
            return
        precommit = self.env.cr.precommit
        if FREED not in precommit.data:
            precommit.data[FREED] = []
            precommit.add(self._tell_freed)
        precommit.data[FREED] += freed

    def _freed_since(self, before):
        """``(resource id, start, stop)`` this row had ``before`` and has no more; of
        extra supply, what it has by now and had not."""
        names = MOVES | {"state", "reach"}
        had = {name: before.get(name, self[name]) for name in names}
        now = {name: self[name] for name in names}
        had["resource_id"] = before.get("resource_id", self.resource_id.id)
        now["resource_id"] = self.resource_id.id
        if self._asked_kind() == "supply":
            had, now = now, had
        if had["state"] not in LIVE_STATES:
            return None
        start, stop = self._period_without_buffers(had)
        if (
            now["state"] in LIVE_STATES
            and now["resource_id"] == had["resource_id"]
            and now["quantity"] >= had["quantity"]
        ):
            since, until = self._period_without_buffers(now)
            if since <= start and stop <= until:
                return None
        return had["resource_id"], start, None if stop == FOREVER else stop

    @api.model
    def _period_without_buffers(self, vals):
        resource = self.env["resource.resource"].sudo().browse(vals["resource_id"])
        days_in = resource._days_in(vals["reach"])
        return blocked_period(vals["start"], vals["stop"], days_in=days_in)

    @api.model
    def _tell_freed(self):
        freed = self.env.cr.precommit.data.pop(FREED, [])
        self._became_free(list(dict.fromkeys(freed)))

    @api.model
    def _became_free(self, freed):
        """React to what may be free by now, once for each transaction, in sudo.

        Override to serve a waiting list. Ask the ledger again: somebody else may have
        been quicker, and a part of the period may be taken all the same.

        :param list freed: ``(id of the resource, start, stop)``, UTC; the resource as
            it was asked for, which may be a combination or a unit
        """

    # === ONE AFTER THE OTHER === #

    @api.model
    @api.private
    def lock_resources(self, resources, facts=False):
        """Become the only one who changes these resources until the commit.

        Advisory locks, pools before single things and each in ascending id, so nobody
        waits in a circle: who has a pool may still take any of its units, because
        nobody has a unit without its pool. Then their pulse is moved, which makes
        whoever could have overlooked this retry; then holds that lapsed are flipped
        out of the way.
        """
        if not resources:
            return
        ordered = resources.sudo().sorted(lambda one: (one.exclusive, one.id))
        ids, names = ordered.ids, ordered.mapped("name")
        self.env.flush_all()
        now = fields.Datetime.to_string(fields.Datetime.now())
        with self._collision_counted(names):
            self.env.cr.execute(
                SQL(
                    "SELECT set_config('resource_allocation.now', %s, true),"
                    " pg_advisory_xact_lock(%s, id) FROM unnest(%s) AS id",
                    now,
                    LOCK,
                    ids,
                )
            )
            self.env.cr.execute(
                SQL(
                    "SELECT resource_allocation_bump(id, %s) FROM unnest(%s) AS id",
                    facts,
                    ids,
                ),
                log_exceptions=False,
            )
            self._expire_stale(resources)

    @contextmanager
    def _collision_counted(self, names):
        """Let the server retry, but say in words when it would give up.

        The last try would end as a raw database error in front of the user.
        """
        cursor = self.env.cr
        try:
            yield
        except (
            psycopg2.errors.SerializationFailure,
            psycopg2.errors.DeadlockDetected,
        ) as error:
            _collisions[cursor] = _collisions.get(cursor, 0) + 1
            if _collisions[cursor] < MAX_TRIES_ON_CONCURRENCY_FAILURE:
                raise
            del _collisions[cursor]
            raise LedgerBusy(
                self.env._(
                    "Many people are booking %s just now, nothing was saved, try "
                    "again.",
                    ", ".join(names[:3]),
                )
            ) from error
        if cursor in _collisions:
            cursor.postcommit.add(lambda: _collisions.pop(cursor, None))

    @contextmanager
    def _races_in_words(self, asked):
        """Turn the database's refusal of a race into the ledger's conflict.

        Who was quicker is not to be seen yet: this transaction began before.
        """
        names = [
            self.env["resource.resource"].sudo().browse(vals["resource_id"]).name
            for _request, vals in asked
        ]
        try:
            with (
                self._collision_counted(names),
                _answers_unlogged(),
                self.env.cr.savepoint(),
            ):
                yield
        except psycopg2.errors.ForeignKeyViolation as error:
            raise ValidationError(
                self.env._("Nothing was saved: there is no such person or document.")
            ) from error
        except (
            psycopg2.errors.ExclusionViolation,
            psycopg2.errors.CheckViolation,
            psycopg2.errors.UniqueViolation,
        ) as error:
            if error.diag.constraint_name not in GUARDED:
                raise
            message = self.env._(
                "%s was taken by somebody else a moment ago. Nothing was saved; look "
                "again what is free.",
                ", ".join(names[:3]),
            )
            raise AllocationConflict(
                [
                    Verdict(
                        request.index,
                        "taken",
                        vals["resource_id"],
                        vals["start"],
                        vals["stop"],
                        vals["quantity"],
                        message=message if not number else "",
                    )
                    for number, (request, vals) in enumerate(asked)
                ]
            ) from error

    # === TREES === #

    @api.private
    def roots(self):
        """The roots of these rows: what was asked for."""
        self.browse().check_access("read")
        # Narrow sudo: boards tell everybody which rows are one; no more is read.
        known = self.sudo()
        known.fetch(["root_id"])
        return known.mapped(lambda row: row.root_id or row).with_env(self.env)

    def _trees(self):
        """These roots with all their leaves."""
        return self | self.sudo().leaf_ids.with_env(self.env)

    @api.private
    def all_resources(self):
        """Every resource these trees take something of, in sudo: parts and pools too.

        What :meth:`lock_resources` wants of a flow that calls several methods.
        """
        return self._trees().sudo().resource_id
