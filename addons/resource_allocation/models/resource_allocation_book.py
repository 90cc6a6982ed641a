"""Asking the ledger: the state of affairs, the answer, and the insertion."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..core.book import Book, Piece, Pool
from ..core.timeline import Claim, Timeline
from ..exceptions import AllocationConflict
from .resource_allocation_request import FACTS


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

    def _try_requests(self, asked, refuse_facts, without=()):
        """Book the requests in memory: facts first, then one after the other."""
        parts = [part for request, _vals in asked for part in request.parts]
        if not parts:
            return Book({}, {}), []
        book = self._load_book(
            self._resources_of(asked),
            min(part.start for part in parts),
            max(part.stop for part in parts),
            without,
        )
        recorded = {"supply"} if refuse_facts else set(FACTS)
        for request, vals in asked:
            if vals["kind"] in recorded:
                book.record(request, -1 if vals["kind"] == "supply" else 1)
        refusals = [
            (request, vals, refusal)
            for request, vals in asked
            if vals["kind"] not in recorded and (refusal := book.book(request))
        ]
        return book, self._verdicts(refusals)

    # === STATE OF AFFAIRS === #

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
    def _load_pools(self, pools, without):
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
                          a.kind, a.quantity, a.blocked_start,
                          CASE WHEN a.state = 'out' AND a.returnable
                               THEN greatest(a.blocked_stop, a.expected_back, %(now)s)
                               ELSE a.blocked_stop END,
                          root.resource_id <> a.unit_id OR root.pinned
                              OR a.state = 'out' OR a.kind = 'block'
                     FROM resource_allocation a
                     LEFT JOIN resource_allocation root ON root.id = a.root_id
                    WHERE a.resource_id = ANY(%(pools)s) AND a.live
                      AND NOT (a.state = 'hold' AND a.hold_until <= %(now)s)""",
                now=fields.Datetime.now(),
                pools=list(found),
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
