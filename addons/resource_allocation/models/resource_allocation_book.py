"""Asking the ledger: locks, the state of affairs, and the insertion."""

import weakref
from contextlib import contextmanager

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.service.model import MAX_TRIES_ON_CONCURRENCY_FAILURE
from odoo.tools import SQL

from ..core.book import Book, Part, Piece, Pool, Request
from ..core.moment import blocked_period
from ..core.timeline import Claim, Timeline
from ..exceptions import AllocationConflict, LedgerBusy, Verdict

FACTS = ("block", "supply")
READ_WITH_A_REQUEST = [
    "name", "active", "company_id", "exclusive", "capacity", "release", "pool_id",
    "component_ids", "setup_minutes", "teardown_minutes",
]  # fmt: skip
LONGEST_BUFFER = 100_000
FIRST_YEAR, LAST_YEAR = 1970, 2200
LOCK = 7919
"""First key of the advisory locks; the second is the resource."""

_collisions = weakref.WeakKeyDictionary()
"""Tries of a request that met a newer snapshot, by its cursor."""


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    # === ASKING === #

    @api.model
    def allocate(self, vals_list, on_conflict="raise", refuse_facts=False):
        """Promise or record, all rows in one go.

        Each dictionary names ``resource_id``, ``start`` and ``stop`` (UTC; no ``stop``:
        open-ended) and may name ``quantity``, ``kind``, ``state`` (``reserved`` or
        ``hold`` with ``hold_until``), ``pinned``, ``setup_minutes``,
        ``teardown_minutes``, ``res_model`` and ``res_id``, ``partner_id``, ``user_id``,
        ``company_id``, ``name``.

        :param str on_conflict: ``raise`` books everything or nothing and returns the
            roots in the order asked; ``report`` books what fits, in order, and returns
            ``(roots, verdicts)``.
        :param bool refuse_facts: check blocks like promises instead of recording them.
        :raise AllocationConflict: with a verdict for each row that does not fit; also
            with ``report`` where somebody was quicker between check and writing.
        :raise ValidationError: a row that makes no sense; names its place.
        """
        asked = self._prepare_requests(vals_list)
        self._claim(self._resources_of(asked), facts=self._has_facts(vals_list))
        book, verdicts = self._try_requests(asked, refuse_facts)
        if verdicts and on_conflict == "raise":
            raise AllocationConflict(verdicts)
        refused = {verdict.index for verdict in verdicts}
        accepted = [
            self._retarget(request, vals, book.moves)
            for request, vals in asked
            if request.index not in refused
        ]
        with self._guarded(accepted):
            self._move_units(book.moves)
            roots = self._insert_trees(accepted)
        if facts := [pair for pair in accepted if pair[1]["kind"] in FACTS]:
            self._refresh_risk(self._resources_of(facts))
        return (roots, verdicts) if on_conflict == "report" else roots

    @api.model
    @api.readonly
    def check(self, vals_list, exclude_ids=None):
        """What :meth:`allocate` would answer; writes nothing.

        :param exclude_ids: roots to leave out of account, as when moving them.
        :return: verdicts of the rows that do not fit, as dictionaries.
        """
        asked = self._prepare_requests(vals_list)
        _book, verdicts = self._try_requests(asked, True, without=exclude_ids or ())
        return [verdict.to_values() for verdict in verdicts]

    # === REQUESTS === #

    @api.model
    def _has_facts(self, vals_list):
        return any(vals.get("kind") in FACTS for vals in vals_list)

    @api.model
    def _prepare_requests(self, vals_list):
        """Complete and check what was asked: ``[(request, values of the root)]``."""
        self.browse().check_access("create")
        if self._has_facts(vals_list):
            self._check_manager(self.env._("record blocks and extra supply"))
        self._check_documents(vals_list)
        resources = self.env["resource.resource"].browse(
            {int(vals["resource_id"]) for vals in vals_list if vals.get("resource_id")}
        )
        resources.check_access("read")
        # Narrow sudo: a unit's pool or an atom may not be the user's to see, yet
        # capacity arithmetic counts everybody's rows (invariant 7).
        resources.sudo().fetch(READ_WITH_A_REQUEST)
        asked = []
        for index, vals in enumerate(vals_list):
            vals = self._complete_values(index, vals)
            asked.append((self._request(index, vals), vals))
        return asked

    @api.model
    def _check_documents(self, vals_list):
        """Refuse to hang a promise on a document the user may not change.

        What becomes of the promise is told to the document, which may act on it.
        """
        documents = {}
        for vals in vals_list:
            if vals.get("res_model") and vals.get("res_id") and not self.env.su:
                documents.setdefault(vals["res_model"], set()).add(vals["res_id"])
        for model, ids in documents.items():
            if model not in self.env:
                raise ValidationError(self.env._("There are no documents “%s”.", model))
            self.env[model].browse(ids).check_access("write")

    @api.model
    def _askable_fields(self):
        """What a request may name; the rest of a row is the ledger's own."""
        return self._writable_fields() | {
            "resource_id", "start", "stop", "quantity", "kind", "state", "hold_until",
            "pinned", "setup_minutes", "teardown_minutes",
            "company_id", "res_model", "res_id",
        }  # fmt: skip

    @api.model
    def _complete_values(self, index, vals):
        """Defaults and types of one row that was asked for."""
        forged = vals.keys() - self._askable_fields()
        if forged:
            raise ValidationError(
                self.env._(
                    "Row %(number)s: the ledger decides on %(names)s, nobody else.",
                    number=index + 1,
                    names=", ".join(sorted(forged)),
                )
            )
        vals = dict(vals)
        resource = (
            self.env["resource.resource"]
            .sudo()
            .browse(vals.get("resource_id") and int(vals["resource_id"]))
        )
        for name in ("start", "stop", "hold_until"):
            vals[name] = vals.get(name) and self._to_instant(vals[name])
        vals["quantity"] = self._to_whole(vals.get("quantity", 1))
        for name in ("setup_minutes", "teardown_minutes"):
            if vals.get(name) is not None:
                vals[name] = self._to_whole(vals[name])
        vals["kind"] = vals.get("kind") or "demand"
        vals["state"] = vals.get("state") or "reserved"
        vals["company_id"] = (
            vals.get("company_id") or resource.company_id.id or self.env.company.id
        )
        if problem := self._problem(resource, vals):
            raise ValidationError(
                self.env._(
                    "Row %(number)s: %(problem)s", number=index + 1, problem=problem
                )
                if index
                else problem
            )
        promised = vals["kind"] == "demand"
        for name in ("setup_minutes", "teardown_minutes"):
            if vals.get(name) is None:
                vals[name] = resource[name] if promised else 0
        return vals

    def _problem(self, resource, vals, archived_too=False):
        """What is wrong with a row, in words, or nothing."""
        if not resource or not vals["start"]:
            return self.env._("say which resource is wanted, and from when.")
        name = resource.name
        single = resource.exclusive or resource.component_ids
        now = fields.Datetime.now()
        checks = (
            (
                vals["stop"] and vals["stop"] <= vals["start"],
                self.env._("%s: the end must be after the start.", name),
            ),
            (
                not (resource.active or archived_too),
                self.env._("%s is archived.", name),
            ),
            (
                not all(
                    0 <= (vals.get(name) or 0) <= LONGEST_BUFFER
                    for name in ("setup_minutes", "teardown_minutes")
                ),
                self.env._("%s: setup and teardown are minutes, up to 70 days.", name),
            ),
            (
                not (vals["start"].year >= FIRST_YEAR)
                or (vals["stop"] or vals["start"]).year > LAST_YEAR,
                self.env._("%s: that is not a date to plan for.", name),
            ),
            (
                vals["quantity"] < 1 or (single and vals["quantity"] > 1),
                self.env._(
                    "%s: the quantity is a whole number above zero; of a single thing "
                    "there is one.",
                    name,
                ),
            ),
            (
                vals["kind"] not in ("demand", *FACTS),
                self.env._("%s: ask for a promise, a block or extra supply.", name),
            ),
            (
                vals["kind"] == "supply" and single,
                self.env._("%s: only a pool can get extra supply.", name),
            ),
            (
                vals["state"] not in ("hold", "reserved"),
                self.env._("%s: ask for a hold or a reservation.", name),
            ),
            (
                vals["kind"] in FACTS and vals["state"] == "hold",
                self.env._("%s: a fact is recorded, it cannot be held.", name),
            ),
            (
                vals["state"] == "hold"
                and not (vals["hold_until"] and vals["hold_until"] > now),
                self.env._("%s: a hold needs a time in the future to lapse at.", name),
            ),
            (
                resource.company_id and resource.company_id.id != vals["company_id"],
                self.env._("%s belongs to another company.", name),
            ),
            (
                not self.env.su and vals["company_id"] not in self.env.companies.ids,
                self.env._("%s: you are not working in that company.", name),
            ),
        )
        return next((problem for failed, problem in checks if failed), None)

    @api.model
    def _request(self, index, vals, root=0, kept=()):
        """The pure form of a row, with what it takes of every resource."""
        resource = self.env["resource.resource"].sudo().browse(vals["resource_id"])
        parts = []
        for leaf, pieces, unit in resource._expand(vals["quantity"]):
            setup, teardown = self._leaf_buffers(resource, leaf, vals)
            period = blocked_period(vals["start"], vals["stop"], setup, teardown)
            parts.append(Part(leaf.id, *period, pieces, unit.id or 0))
        pinned = bool(vals.get("pinned") or vals.get("state") == "out")
        return Request(index, parts, list(kept), root, pinned)

    @api.model
    def _leaf_buffers(self, resource, leaf, vals):
        """Minutes before and after: an atom keeps its own where they are longer."""
        setup, teardown = vals["setup_minutes"] or 0, vals["teardown_minutes"] or 0
        if resource.component_ids and vals["kind"] == "demand":
            setup = max(setup, leaf.setup_minutes)
            teardown = max(teardown, leaf.teardown_minutes)
        return setup, teardown

    @api.model
    def _resources_of(self, asked):
        return self.env["resource.resource"].browse(
            {part.resource for request, _vals in asked for part in request.parts}
        )

    def _try_requests(self, asked, refuse_facts, without=()):
        """Book the requests in memory, one after the other."""
        parts = [part for request, _vals in asked for part in request.parts]
        if not parts:
            return Book({}, {}), []
        book = self._load_book(
            self._resources_of(asked),
            min(part.start for part in parts),
            max(part.stop for part in parts),
            without,
        )
        refusals = []
        for request, vals in asked:
            if vals["kind"] in FACTS and not (refuse_facts and vals["kind"] == "block"):
                book.record(request, -1 if vals["kind"] == "supply" else 1)
            elif refusal := book.book(request):
                refusals.append((request, vals, refusal))
        return book, self._verdicts(refusals)

    # === STATE OF AFFAIRS === #

    @api.model
    def _claim(self, resources, facts=False):
        """Become the only one who changes these resources until the commit.

        Advisory locks, pools before single things and each in ascending id, so nobody
        waits in a circle: who has a pool may still take any of its units, because
        nobody has a unit without its pool. Then the gates of the pools (with ``facts``
        all gates) are moved, which makes whoever read them before retry; then holds
        that lapsed are flipped out of the way.
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
                    "SELECT resource_allocation_bump(resource_id)"
                    " FROM resource_allocation_gate"
                    " WHERE resource_id = ANY(%s) AND (%s OR NOT exclusive)",
                    ids,
                    facts,
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
    def _guarded(self, asked):
        """Turn the database's refusal of a race into the ledger's conflict.

        Who was quicker is not to be seen yet: this transaction began before.
        """
        names = [
            self.env["resource.resource"].sudo().browse(vals["resource_id"]).name
            for _request, vals in asked
        ]
        try:
            with self._collision_counted(names), self.env.cr.savepoint():
                yield
        except (
            psycopg2.errors.ExclusionViolation,
            psycopg2.errors.CheckViolation,
            psycopg2.errors.UniqueViolation,
        ) as error:
            if error.diag.constraint_name not in (
                "resource_allocation_no_overlap",
                "resource_allocation_capacity",
                "resource_allocation_one_out",
            ):
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

    @api.model
    def _load_book(self, resources, since, until, without=()):
        """The claims on these in ``[since, until)``, and their pools' units."""
        resources = resources.sudo()
        without = set(without)
        timelines = {
            resource.id: Timeline(resource.capacity if resource.active else 0)
            for resource in resources
        }
        for row in self._claims(resources.ids, since, until):
            allocation, root, resource, start, stop, weight = row
            if root not in without:
                timelines[resource].claims.append(
                    Claim(start, stop, weight, root, allocation)
                )
        pools = self._load_pools(
            resources.filtered(lambda one: not one.exclusive) | resources.pool_id,
            since,
            without,
        )
        return Book(timelines, pools)

    @api.model
    def _claims(self, ids, since, until):
        """Rows of the one predicate (``resource_allocation_claims``)."""
        self.flush_model()
        return self.env.execute_query(
            SQL(
                "SELECT * FROM resource_allocation_claims(%s, %s, %s, %s)",
                ids,
                since,
                until,
                fields.Datetime.now(),
            )
        )

    @api.model
    def _load_pools(self, pools, since, without):
        """Pools that have units: every live piece from ``since`` on, each whole.

        Pieces reach beyond the window that was asked for; a choice of units is only
        right when it is right for all of them.
        """
        found = {}
        for pool in pools.filtered("unit_ids"):
            units = pool.unit_ids.filtered("active")
            spare = max(pool.capacity - len(units), 0)
            found[pool.id] = Pool(units.ids, spare)
        if not found:
            return found
        rows = self.env.execute_query(
            SQL(
                """SELECT coalesce(a.root_id, a.id), a.id, a.resource_id, a.unit_id,
                          a.kind, a.quantity, a.blocked_start,
                          CASE WHEN a.state = 'out' AND a.returnable
                               THEN greatest(a.blocked_stop, a.expected_back, %(now)s)
                               ELSE a.blocked_stop END,
                          root.resource_id <> a.unit_id OR root.pinned
                              OR a.state = 'out' OR a.kind = 'block'
                     FROM resource_allocation a
                     LEFT JOIN resource_allocation root ON root.id = a.root_id
                    WHERE a.resource_id = ANY(%(pools)s) AND a.live
                      AND NOT (a.state = 'hold' AND a.hold_until <= %(now)s)
                      AND (a.blocked_stop > %(since)s
                           OR (a.state = 'out' AND a.returnable
                               AND greatest(a.expected_back, %(now)s) > %(since)s))""",
                now=fields.Datetime.now(),
                pools=list(found),
                since=since,
            )
        )
        for root, row, pool, unit, kind, quantity, start, stop, fixed in rows:
            if root in without:
                continue
            if kind == "supply":
                found[pool].supply += [(start, stop)] * quantity
                continue
            for number in range(quantity):
                piece = Piece(
                    (root, row, number), start, stop, unit, bool(unit and fixed)
                )
                found[pool].pieces[piece.key] = piece
        return found

    # === INSERTING === #

    @api.model
    def _retarget(self, request, vals, moves):
        """The request on the unit that a later one of the same batch left to it."""
        unit = moves.get(("new", request.index))
        if not unit:
            return request, vals
        vals = {**vals, "resource_id": unit}
        return self._request(request.index, vals), vals

    @api.model
    def _move_units(self, moves):
        """Give loose promises another unit, before the new ones are inserted."""
        if not moves:
            return
        with self._deferred():
            self._store_units(moves)

    @api.model
    def _store_units(self, moves):
        for root, unit in moves.items():
            if isinstance(root, int):
                allocation = self.browse(root)
                allocation._store({"resource_id": unit})
                allocation.sudo().leaf_ids._store({"unit_id": unit})

    def _insert_trees(self, accepted):
        """Two insertions for any number of trees: roots, then leaves."""
        roots = self._insert([self._root_values(*pair) for pair in accepted])
        leaves = []
        for root, (request, vals) in zip(roots, accepted, strict=True):
            shared = self._shared_values(vals)
            for part in request.parts:
                if part.resource != vals["resource_id"]:
                    leaves.append(self._leaf_values(root, part, vals, shared))
        if leaves:
            self._insert(leaves)
        return roots

    @api.model
    def _root_values(self, request, vals):
        own = any(part.resource == vals["resource_id"] for part in request.parts)
        return vals if own else {**vals, "kind": "group"}

    @api.model
    def _shared_values(self, vals):
        """What a leaf has from its root."""
        names = (
            "name", "start", "stop", "state", "hold_until", "kind", "company_id",
            "partner_id", "user_id", "res_model", "res_id", "expected_back",
            "actual_start", "actual_stop", "at_risk", "parent_id",
        )  # fmt: skip
        return {name: vals[name] for name in names if name in vals}

    @api.model
    def _leaf_values(self, root, part, vals, shared):
        resource = self.env["resource.resource"].sudo().browse(vals["resource_id"])
        leaf = self.env["resource.resource"].sudo().browse(part.resource)
        setup, teardown = self._leaf_buffers(resource, leaf, vals)
        return {
            **shared,
            "root_id": root.id,
            "resource_id": part.resource,
            "unit_id": part.unit,
            "quantity": part.quantity,
            "setup_minutes": setup,
            "teardown_minutes": teardown,
        }

    # === RIGHTS === #

    @api.model
    def _check_manager(self, what):
        group = "resource_allocation.resource_allocation_group_manager"
        if not (self.env.su or self.env.user.has_group(group)):
            raise AccessError(
                self.env._("Only a resource manager can %s. Ask one of them.", what)
            )
