"""Asking the ledger: what is wanted, what there is, and what is entered."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from ..core.book import Book, Part, Piece, Pool, Refusal, Request
from ..core.moment import FOREVER, LONGEST_BUFFER, blocked_period
from ..core.timeline import Claim, Timeline
from ..exceptions import AllocationConflict
from ..inputs import to_choice, to_ids, to_values_list
from .resource_allocation import BUFFERS, FACTS, REACH, UNDER_THE_DOOR

LARGEST_QUANTITY = 100_000
FIRST_YEAR, LAST_YEAR = 1970, 2200
READ_WITH_A_REQUEST = [
    "name", "active", "company_id", "exclusive", "capacity", "release", "pool_id",
    "component_ids", *REACH, "tz", "hours_enforced",
]  # fmt: skip


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    # === ASKING === #

    @api.model
    def allocate(self, vals_list, on_conflict="raise", refuse_facts=False):
        """Promise or record, all rows in one go.

        Each dictionary names ``resource_id``, ``start`` and ``stop`` (UTC; no ``stop``:
        open-ended) and may name ``quantity``, ``kind``, ``state`` (``reserved`` or
        ``hold`` with ``hold_until`` and ``hold_kind``), ``pinned``, ``setup_minutes``,
        ``teardown_minutes``, ``reach`` (``period``, or ``day``: each local day of the
        resource that it touches, whole), ``res_model`` and ``res_id``, ``partner_id``,
        ``user_id``, ``company_id``, ``name``; ``group``, a number or text that rows
        share which hold together: a room and its services, an order's lines; and
        ``outside_hours``, for who manages the resource or for its document, where
        opening hours are enforced.

        :param str on_conflict: ``raise`` books everything or nothing and returns the
            roots in the order asked; ``report`` books what fits, each group whole or
            not at all, and returns ``(roots, verdicts)``.
        :param bool refuse_facts: check blocks like promises instead of recording them.
        :raise AllocationConflict: with a verdict for each row that does not fit; also
            with ``report`` where somebody was quicker between check and writing.
        :raise ValidationError: a row that makes no sense; names its place.
        """
        vals_list = to_values_list(self, vals_list)
        on_conflict = to_choice(self.env, on_conflict, ("raise", "report"))
        asked = self._prepare_requests(vals_list)
        with self._telling():
            return self._allocate(asked, on_conflict, refuse_facts)

    @api.model
    def _allocate(self, asked, on_conflict, refuse_facts):
        facts = self._has_facts([vals for _request, vals in asked])
        self.lock_resources(self._resources_of(asked), facts=facts)
        book, refusals = self._try_requests(asked, refuse_facts)
        verdicts = self._verdicts(refusals)
        if verdicts and on_conflict == "raise":
            raise AllocationConflict(verdicts)
        accepted = [
            self._retarget(request, vals, book.moves)
            for request, vals in self._accepted(asked, refusals)
        ]
        with self._races_in_words(accepted):
            self._move_units(book.moves)
            roots = self._insert_trees(accepted)
        self._wake_at(vals["hold_until"] for _request, vals in accepted)
        if facts := [pair for pair in accepted if pair[1]["kind"] in FACTS]:
            self._refresh_risk(self._resources_of(facts))
        return (roots, verdicts) if on_conflict == "report" else roots

    @api.model
    @api.readonly
    def check(self, vals_list, exclude_ids=None):
        """What :meth:`allocate` would answer; writes nothing.

        :param exclude_ids: roots to leave out of account. Whoever moves rows asks
            :meth:`check_change`, which knows what they have.
        :return: verdicts of the rows that do not fit, as dictionaries.
        """
        asked = self._prepare_requests(to_values_list(self, vals_list))
        without = to_ids(self.env, exclude_ids)
        _book, refusals = self._try_requests(asked, True, without=without)
        verdicts = self._verdicts(refusals, without)
        return [verdict.to_values() for verdict in verdicts]

    def _try_requests(self, asked, refuse_facts, without=()):
        """The book with the requests in it, and ``[(request, values, refusal)]``."""
        book = self._load_book_for(asked).without(without)
        return book, self._book_all(book, asked, refuse_facts)

    @api.model
    def _book_all(self, book, asked, refuse_facts=False):
        """Facts first, which are never refused, then group by group."""
        recorded = {"supply"} if refuse_facts else set(FACTS)
        promises = []
        for request, vals in asked:
            if vals["kind"] in recorded:
                book.record(request, -1 if vals["kind"] == "supply" else 1)
            else:
                promises.append(request)
        values = {request.index: vals for request, vals in asked}
        return [
            (request, values[request.index], refusal)
            for request, refusal in book.book_groups(promises, self._closed(asked))
        ]

    @api.model
    def _closed(self, asked):
        """``{index: refusal}`` of promises outside opening hours that are enforced."""
        bound = [
            (
                request.index,
                Part(
                    vals["resource_id"],
                    vals["start"],
                    vals["stop"] or FOREVER,
                    vals["quantity"],
                ),
            )
            for request, vals in asked
            if vals["kind"] == "demand" and not request.any_hour
        ]
        Resource = self.env["resource.resource"].sudo()
        fits = Resource._may_be_promised([part[:3] for _index, part in bound])
        return {
            index: Refusal("closed", part, 0, [])
            for (index, part), fit in zip(bound, fits, strict=True)
            if not fit
        }

    @api.model
    def _accepted(self, asked, refusals):
        """What was asked without the refused and what holds together with them."""
        rows = {request.index for request, _vals, _refusal in refusals}
        groups = {request.group for request, _vals, _refusal in refusals} - {None}
        return [
            (request, vals)
            for request, vals in asked
            if request.index not in rows and request.group not in groups
        ]

    # === STATE OF AFFAIRS === #

    @api.model
    def _load_book_for(self, asked):
        """The claims that matter to these requests."""
        parts = [part for request, _vals in asked for part in request.parts]
        if not parts:
            return Book({}, {})
        return self._load_book(
            self._resources_of(asked),
            min(part.start for part in parts),
            max(part.stop for part in parts),
        )

    @api.model
    def _load_book(self, resources, since, until, without=()):
        """The claims on these in ``[since, until)``, and their pools' units."""
        resources = resources.sudo()
        timelines = {
            resource.id: Timeline(resource.capacity if resource.active else 0)
            for resource in resources
        }
        for row in self._claims(resources.ids, since, until):
            allocation, root, resource, start, stop, weight = row
            timelines[resource].claims.append(
                Claim(start, stop, weight, root, allocation)
            )
        pools = self._load_pools(
            resources.filtered(lambda one: not one.exclusive) | resources.pool_id
        )
        return Book(timelines, pools).without(without)

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
    def _load_pools(self, pools):
        """Pools that have units, with every live piece, each whole.

        Not only those in the window that is asked for: a unit that was fixed before it
        says where others are that reach into it.
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
                          a.kind, a.quantity,
                          CASE WHEN a.live THEN a.blocked_start ELSE a.actual_stop END,
                          CASE WHEN NOT a.live THEN a.ready_at
                               WHEN a.state = 'out' AND a.returnable
                               THEN greatest(a.blocked_stop, a.expected_back, %(now)s)
                               ELSE a.blocked_stop END,
                          root.resource_id <> a.unit_id OR root.pinned
                              OR a.state IN ('out', 'done') OR a.kind = 'block'
                     FROM resource_allocation a
                     LEFT JOIN resource_allocation root ON root.id = a.root_id
                    WHERE a.resource_id = ANY(%(pools)s)
                      AND (a.live IS TRUE
                           OR (a.ready_at > %(now)s AND a.kind = 'demand'))
                      AND NOT (a.state = 'hold' AND a.hold_until <= %(now)s)""",
                now=fields.Datetime.now(),
                pools=list(found),
            )
        )
        for root, row, pool, unit, kind, quantity, start, stop, fixed in rows:
            if kind == "supply":
                found[pool].supply += [(root, start, stop)] * quantity
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
                # There it has a place, whatever took the one it had.
                allocation._store({"resource_id": unit, "at_risk": False})
                allocation.sudo().leaf_ids._store({"unit_id": unit})
                allocation._keep_risk()

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
            "name", "start", "stop", "state", "hold_until", "hold_kind", "kind",
            "company_id", "partner_id", "user_id", "res_model", "res_id",
            "expected_back", "actual_start", "actual_stop", "at_risk", "parent_id",
        )  # fmt: skip
        return {name: vals[name] for name in names if name in vals}

    @api.model
    def _leaf_values(self, root, part, vals, shared):
        resource = self.env["resource.resource"].sudo().browse(vals["resource_id"])
        leaf = self.env["resource.resource"].sudo().browse(part.resource)
        return {
            **shared,
            **self._leaf_reach(resource, leaf, vals),
            "root_id": root.id,
            "resource_id": part.resource,
            "unit_id": part.unit,
            "quantity": part.quantity,
        }

    # === WHAT IS WANTED === #

    @api.model
    def _has_facts(self, vals_list):
        return any(vals.get("kind") in FACTS for vals in vals_list)

    @api.model
    def _prepare_requests(self, vals_list):
        """Complete and check what was asked: ``[(request, values of the root)]``."""
        self._check_asking(vals_list)
        resources = self.env["resource.resource"].browse(
            {vals["resource_id"] for vals in vals_list if vals.get("resource_id")}
        )
        own = [vals for vals in vals_list if not vals.get("res_model")]
        resources.browse(
            {vals["resource_id"] for vals in own if vals.get("resource_id")}
        ).check_access("read")
        facts = resources.browse(
            vals["resource_id"]
            for vals in own
            if vals.get("kind") in FACTS and vals.get("resource_id")
        )
        if facts:
            self._check_responsible(facts, self.env._("record blocks and extra supply"))
        # Narrow sudo: a unit's pool or an atom may not be the user's to see, yet
        # capacity arithmetic counts everybody's rows (invariant 7).
        self._read_for_requests(resources.sudo())
        asked = []
        for index, vals in enumerate(vals_list):
            vals = self._complete_values(index, vals)
            group = self._group_of(vals)
            any_hour = self._any_hour(vals, vals.get("res_model"))
            request = self._request(index, vals, group=group)
            request.any_hour = any_hour
            asked.append((request, vals))
        self._approve([vals for _request, vals in asked if vals.get("res_model")])
        return asked

    @api.model
    def _read_for_requests(self, resources):
        """Read what requests take of these, their parts and pools: level by level."""
        while resources:
            resources.fetch(READ_WITH_A_REQUEST)
            resources.pool_id.mapped("tz")
            resources = resources.component_ids

    @api.model
    def _approve(self, vals_list):
        """Let documents refuse what their own methods ask for in their name."""
        groups = defaultdict(list)
        for vals in vals_list:
            groups[vals["res_model"]].append(vals)
        for model, asked in groups.items():
            documents = self._document_model(model).sudo(self._is_all_powerful())
            documents = documents.with_context(**{UNDER_THE_DOOR: None})
            documents = documents.browse({vals["res_id"] for vals in asked})
            documents._allocation_approve(
                [(documents.browse(vals["res_id"]), vals) for vals in asked]
            )

    @api.model
    def _any_hour(self, vals, document_model):
        """Whether a row was asked ``outside_hours``, which is taken out of its values.

        :raise AccessError: but by who manages the resource, or by its document.
        """
        asked = vals.pop("outside_hours", False)
        if asked and not self._is_door_open(document_model):
            self._check_responsible(
                self.env["resource.resource"].browse(vals["resource_id"]),
                self.env._("book outside opening hours"),
            )
        return bool(asked)

    @api.model
    def _group_of(self, vals):
        """The group that a row was asked in, taken out of its values, or None."""
        group = vals.pop("group", None)
        if not isinstance(group, int | str | None):
            raise ValidationError(
                self.env._(
                    "A group is named by a number or a text that its rows share."
                )
            )
        if group and vals.get("kind") in FACTS:
            raise ValidationError(
                self.env._("A fact is recorded by itself: leave its group out.")
            )
        return group or None

    @api.model
    def _check_asking(self, vals_list):
        """Refuse a promise for a document by anybody but the document itself.

        :raise ValidationError: for what is no document, or asks past its methods.
        """
        if not all(vals.get("res_model") for vals in vals_list):
            self.browse().check_access("create")
        for vals in vals_list:
            model, document = vals.get("res_model"), vals.get("res_id")
            if bool(model) != bool(document):
                raise ValidationError(
                    self.env._("Name a document by its model and its number, or none.")
                )
            if model and not self._is_door_open(model):
                documents = self._document_model(model)
                what = model if documents is None else documents._description
                raise ValidationError(
                    self.env._(
                        "Only “%s” itself promises something in its name: do it there.",
                        what,
                    )
                )
            if model:
                self._check_no_person(vals)

    @api.model
    def _askable_fields(self):
        """What a request may name; the rest of a row is the ledger's own."""
        return {
            "name", "partner_id", "user_id", "resource_id",
            "start", "stop", "quantity", "kind", "state", "hold_until", "hold_kind",
            "pinned", *REACH,
            "company_id", "res_model", "res_id", "group", "outside_hours",
        }  # fmt: skip

    @api.model
    def _complete_values(self, index, vals):
        """Defaults of one row that was asked for."""
        forged = vals.keys() - self._askable_fields()
        if forged:
            raise ValidationError(
                self.env._(
                    "Row %(number)s: the ledger decides on %(names)s, nobody else.",
                    number=index + 1,
                    names=", ".join(sorted(forged)),
                )
            )
        vals = {**dict.fromkeys(("start", "stop", "hold_until")), **vals}
        vals["resource_id"] = vals.get("resource_id") or 0
        resource = self.env["resource.resource"].sudo().browse(vals["resource_id"])
        vals["quantity"] = vals.get("quantity", 1) or 0
        vals["kind"] = vals.get("kind") or "demand"
        vals["state"] = vals.get("state") or "reserved"
        held = vals["state"] == "hold"
        vals["hold_kind"] = held and (vals.get("hold_kind") or "option")
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
        for name in BUFFERS:
            if vals.get(name) is None:
                vals[name] = resource[name] if promised else 0
        vals["reach"] = vals.get("reach") or (resource.reach if promised else "period")
        return vals

    def _problem(self, resource, vals, archived_too=False):
        """What is wrong with a row, in words, or nothing."""
        if not resource or not vals["start"]:
            return self.env._("say which resource is wanted, and from when.")
        problems = (
            *self._problems_of_period(resource.name, vals),
            *self._problems_of_quantity(resource, vals),
            *self._problems_of_state(resource.name, vals),
            *self._problems_of_company(resource, vals),
        )
        if not (resource.active or archived_too):
            return self.env._("%s is archived.", resource.name)
        return next(iter(problems), None)

    def _problems_of_period(self, name, vals):
        start, stop = vals["start"], vals["stop"] or vals["start"]
        if vals["stop"] and stop <= start:
            yield self.env._("%s: the end must be after the start.", name)
        if start.year < FIRST_YEAR or stop.year > LAST_YEAR:
            yield self.env._("%s: that is not a date to plan for.", name)
        buffers = vals.get("setup_minutes") or 0, vals.get("teardown_minutes") or 0
        if min(buffers) < 0 or max(buffers) > LONGEST_BUFFER:
            yield self.env._("%s: setup and teardown are minutes, up to 70 days.", name)

    def _problems_of_quantity(self, resource, vals):
        single = resource.exclusive or resource.component_ids
        if vals["quantity"] > LARGEST_QUANTITY:
            yield self.env._("%s: that is more than can be counted.", resource.name)
        if vals["quantity"] < 1 or (single and vals["quantity"] > 1):
            yield self.env._(
                "%s: the quantity is a whole number above zero; of a single thing "
                "there is one.",
                resource.name,
            )
        if vals["kind"] == "supply" and single:
            yield self.env._("%s: only a pool can get extra supply.", resource.name)

    def _problems_of_state(self, name, vals):
        until = vals.get("hold_until")
        if vals["kind"] not in ("demand", *FACTS):
            yield self.env._("%s: ask for a promise, a block or extra supply.", name)
        if vals["state"] not in ("hold", "reserved"):
            yield self.env._("%s: ask for a hold or a reservation.", name)
        if vals.get("reach") == "day" and vals["kind"] in FACTS:
            yield self.env._("%s: a fact takes its own period.", name)
        if vals["state"] == "hold" and vals["kind"] in FACTS:
            yield self.env._("%s: a fact is recorded, it cannot be held.", name)
        if vals["state"] == "hold" and not (until and until > fields.Datetime.now()):
            yield self.env._("%s: a hold needs a time in the future to end.", name)

    def _problems_of_company(self, resource, vals):
        company = vals["company_id"]
        if resource.company_id and resource.company_id.id != company:
            yield self.env._("%s belongs to another company.", resource.name)
        if not self._is_all_powerful() and company not in self.env.companies.ids:
            yield self.env._("%s: you are not working in that company.", resource.name)

    @api.model
    def _request(self, index, vals, root=0, kept=(), group=None):
        """The pure form of a row, with what it takes of every resource."""
        resource = self.env["resource.resource"].sudo().browse(vals["resource_id"])
        parts = []
        for leaf, pieces, unit in resource._expand(vals["quantity"]):
            reach = self._leaf_reach(resource, leaf, vals)
            parts.append(self._part(leaf, vals, reach, pieces, unit))
        # What is out, and the units a combination consists of, are not exchanged.
        pinned = vals.get("pinned") or vals.get("state") == "out"
        pinned = bool(pinned or resource.component_ids)
        return Request(index, parts, list(kept), root, pinned, group)

    @api.model
    def _part(self, leaf, vals, reach, pieces, unit):
        period = blocked_period(
            vals["start"],
            vals["stop"],
            reach["setup_minutes"],
            reach["teardown_minutes"],
            leaf._days_in(reach["reach"]),
        )
        return Part(leaf.id, *period, pieces, unit.id or 0)

    @api.model
    def _leaf_reach(self, resource, leaf, vals):
        """What a leaf takes beyond the period: an atom keeps its own where longer."""
        reach = {name: vals[name] or 0 for name in BUFFERS}
        by_day = vals["reach"] == "day"
        if resource.component_ids and vals["kind"] == "demand":
            reach = {name: max(reach[name], leaf[name]) for name in reach}
            by_day = by_day or leaf.reach == "day"
        return {**reach, "reach": "day" if by_day else "period"}

    @api.model
    def _resources_of(self, asked):
        return self.env["resource.resource"].browse(
            {part.resource for request, _vals in asked for part in request.parts}
        )

    # === RIGHTS === #

    @api.model
    def _check_manager(self, what):
        group = "resource_allocation.resource_allocation_group_manager"
        if not (self._is_all_powerful() or self.env.user.has_group(group)):
            raise AccessError(
                self.env._("Only a resource manager can %s. Ask one of them.", what)
            )

    @api.model
    def _check_responsible(self, resources, what):
        """Facts are recorded by resource managers, and by who manages these very ones.

        :raise AccessError: for anybody else.
        """
        if not resources._is_managed_by(self.env.user):
            self._check_manager(what)
