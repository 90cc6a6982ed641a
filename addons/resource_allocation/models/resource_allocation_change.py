"""Moving, resizing and splitting what is already promised."""

from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..core.book import Part
from ..core.moment import FOREVER
from ..exceptions import AllocationConflict
from .resource_allocation import LIVE_STATES

DEFERRABLE = SQL("resource_allocation_no_overlap, resource_allocation_check")
FURTHEST_SHIFT = 10 * 366 * 24 * 60
"""Minutes."""


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    def reschedule(self, start, stop):
        """Move to ``[start, stop)``, UTC; an empty ``stop`` is open-ended.

        Only what it takes beyond its own claim is checked: shortening never fails,
        and a late thing is checked only over the added time.

        :raise AllocationConflict: the added time is not free.
        """
        return self._change({"start": start, "stop": stop})

    def extend(self, stop):
        """Move the end to ``stop``, UTC (empty: open-ended), whatever each start is.

        :raise AllocationConflict: the added time is not free.
        """
        return self._change({"stop": stop})

    def shift(self, minutes):
        """Move every root by as many minutes, all at once.

        Rows may pass through each other's old places: only the outcome counts.
        """
        minutes = self._to_whole(minutes)
        if abs(minutes) > FURTHEST_SHIFT:
            raise ValidationError(self.env._("Move by at most ten years at once."))
        delta = timedelta(minutes=minutes)
        return self._apply_changes(
            {
                root: {
                    "start": root.start + delta,
                    "stop": root.stop and root.stop + delta,
                }
                for root in self._roots()
            }
        )

    def reassign(self, resource, pinned=True):
        """Give it another resource: a unit of its pool, another room, another pool.

        :param resource: a ``resource.resource`` record or its id, for every root; or a
            list of such, one for each root in their order. They move all at once, so
            roots may change places.
        :param bool pinned: that very one, which the ledger will not exchange again.
        :raise ValidationError: for a list of another length.
        """
        roots = self._roots()
        many = isinstance(resource, list | tuple)
        wanted = resource if many else [resource] * len(roots)
        roots._check_one_for_each(wanted)
        return self._apply_changes(
            {
                root: {"resource_id": self._to_resource_id(one), "pinned": pinned}
                for root, one in zip(roots, wanted, strict=True)
            }
        )

    @api.model
    def _to_resource_id(self, resource):
        if isinstance(resource, models.BaseModel):
            resource = resource.id
        return self._to_whole(resource)

    def _check_one_for_each(self, wanted):
        """Refuse a list that does not say what to do with each of these rows."""
        if not isinstance(wanted, list | tuple) or len(wanted) != len(self):
            raise ValidationError(
                self.env._(
                    "Of %s allocations, say of each what it is to be.", len(self)
                )
            )

    def resize(self, quantity):
        """Change how many pieces of a pool are promised; fewer never fails."""
        return self._change({"quantity": quantity})

    def split(self, quantity):
        """Part ``quantity`` pieces off each root into a row of its own.

        What both take together is what the root took; ``parent_id`` says whence.

        :return: the new roots, in the same state as theirs.
        :raise ValidationError: not fewer than there are.
        """
        return self.split_many([[quantity]] * len(self._roots()))

    def split_many(self, parts):
        """Part several rows off each root at once, as :meth:`split` does one.

        :param list parts: for each root in their order, the pieces of each part.
        :return: the new roots: all of the first root's parts, then the second's.
        :raise ValidationError: not fewer than there are; a list of another length.
        """
        roots = self._roots()
        roots._check_one_for_each(parts)
        wanted = {
            root: [self._to_whole(quantity) for quantity in quantities]
            for root, quantities in zip(roots, parts, strict=True)
            if quantities
        }
        for root, quantities in wanted.items():
            if min(quantities) < 1 or sum(quantities) >= root.quantity:
                raise ValidationError(
                    self.env._(
                        "%(name)s: of %(count)s, 1 to %(most)s can be split off.",
                        name=root.display_name,
                        count=root.quantity,
                        most=root.quantity - 1,
                    )
                )
        if not wanted:
            return self.browse()
        self._apply_changes(
            {
                root: {"quantity": root.quantity - sum(quantities)}
                for root, quantities in wanted.items()
            }
        )
        return self._insert_parts(wanted)

    @api.model
    def _insert_parts(self, wanted):
        """Rows for what was parted off: ``{root: pieces of each part}``."""
        trees = []
        for root, vals in self.browse().union(*wanted).sudo()._current_values():
            vals |= root._split_values()
            # Until it is known which of them fits; facts are never at risk.
            vals["at_risk"] = vals["kind"] == "demand"
            for quantity in wanted[self.browse(root.id)]:
                part = {**vals, "quantity": quantity}
                trees.append((self._request(len(trees), part), part))
        with self._guarded(trees):
            parts = self._insert_trees(trees)
        for part in parts.filtered("at_risk"):
            # Right for what is over; what is not over is looked at anew.
            part._trees()._store_risk(part.parent_id.at_risk)
        self._refresh_risk(parts._all_resources())
        return parts

    def _split_values(self):
        """What a part split off has from its root. Override to add your own."""
        self.ensure_one()
        names = (
            "name", "state", "hold_until", "actual_start", "actual_stop", "res_model",
            "res_id", "expected_back",
        )  # fmt: skip
        links = ("company_id", "partner_id", "user_id")
        return {
            **{name: self[name] for name in names},
            **{name: self[name].id for name in links},
            "parent_id": self.id,
        }

    # === ONE WAY TO CHANGE === #

    def _change(self, vals):
        """The same change for every root."""
        for name in {"start", "stop"} & vals.keys():
            vals[name] = vals[name] and self._to_instant(vals[name])
        return self._apply_changes(dict.fromkeys(self._roots(), vals))

    def _apply_changes(self, changes):
        """Change period, resource or quantity of each root: ``{root: values}``."""
        roots = self.browse([root.id for root in changes])
        if not roots:
            return roots
        roots.check_access("write")
        roots._check_fact_rights()
        before = roots._all_resources()
        self._claim(before | self._resources_wanted(changes), facts=roots._is_fact())
        roots.invalidate_recordset(["state", "live", "at_risk"], flush=False)
        late = roots.filtered("is_late")
        self._refresh_risk(late._all_resources())
        asked = roots._prepare_changes(changes)
        book, verdicts = self._try_requests(asked, False, without=roots.ids)
        if verdicts:
            raise AllocationConflict(verdicts)
        with self._guarded(asked), self._deferred():
            self._store_units(
                {
                    root: unit
                    for root, unit in book.moves.items()
                    if root not in roots.ids
                }
            )
            self._store_changes(
                root._retarget_change(request, values, book.moves)
                for root, (request, values) in zip(roots, asked, strict=True)
            )
            self.flush_model()
        touched = before | roots._all_resources()
        if roots._is_fact():
            self._refresh_risk(touched)
        else:
            self._freed(touched)
        return roots

    def _resources_wanted(self, changes):
        wanted = {
            int(vals["resource_id"])
            for vals in changes.values()
            if vals.get("resource_id")
        }
        resources = self.env["resource.resource"].browse(wanted)
        resources.check_access("read")
        return resources.sudo()._expand_all()

    def _prepare_changes(self, changes):
        """Requests for what the roots would become, knowing what they have."""
        asked = []
        for index, (root, old) in enumerate(self.sudo()._current_values()):
            if root.state not in LIVE_STATES:
                raise UserError(
                    self.env._(
                        "%(name)s is %(state)s and cannot be changed. Reopen it first.",
                        name=root.display_name,
                        state=self._state_label(root.state),
                    )
                )
            new = {**old, **changes[self.browse(root.id)], "kind": old["kind"]}
            resource = root.resource_id.browse(new["resource_id"])
            if resource != root.resource_id and new["kind"] == "demand":
                new["setup_minutes"] = resource.setup_minutes
                new["teardown_minutes"] = resource.teardown_minutes
            grows = root._would_grow(new)
            values = {**new, "state": "reserved", "company_id": root.company_id.id}
            if problem := self._problem(resource, values, archived_too=not grows):
                raise ValidationError(problem)
            kept = [] if grows and root.at_risk else root._kept_parts()
            asked.append((self._request(index, new, root.id, kept), new))
        return asked

    def _would_grow(self, new):
        """Whether it would take anything it does not have."""
        return (
            new["start"] < self.start
            or (new["stop"] or FOREVER) > (self.stop or FOREVER)
            or new["quantity"] > self.quantity
            or new["resource_id"] != self.resource_id.id
        )

    def _kept_parts(self):
        """What the tree takes now; a late thing keeps what it overran."""
        now = fields.Datetime.now()
        parts = []
        for leaf in self._trees().sudo().filtered(lambda row: row.kind == "demand"):
            stop = leaf.blocked_stop
            if leaf.state == "out" and leaf.returnable:
                stop = max(stop, leaf.expected_back or now, now)
            parts.append(
                Part(
                    leaf.resource_id.id,
                    leaf.blocked_start,
                    stop,
                    leaf.quantity,
                    leaf.unit_id.id or 0,
                )
            )
        return parts

    def _retarget_change(self, request, values, moves):
        """The change of this root, on the unit that others of the batch left to it."""
        if unit := moves.get(self.id):
            values = {**values, "resource_id": unit}
            request = self._request(request.index, values, self.id, request.kept)
        return self, request, values

    @api.model
    def _store_changes(self, changes):
        """Write changed trees, ``[(root, request, values)]``.

        Leaves are made anew where resource or buffers changed, all in one go.
        """
        changes = list(changes)
        moved = [change for change in changes if change[0]._would_move(change[2])]
        leaving = self.browse([root.id for root, _request, _values in moved])
        leaving.sudo().leaf_ids.unlink()
        for root, request, values in changes:
            root._store_change(request, values)
        leaves = [leaf for change in moved for leaf in self._changed_leaves(*change)]
        if leaves:
            self.flush_model()
            self._insert(leaves)

    def _would_move(self, values):
        """Whether its leaves would be others: another resource, or other buffers."""
        same = ("setup_minutes", "teardown_minutes")
        return values["resource_id"] != self.resource_id.id or any(
            values[name] != self[name] for name in same
        )

    def _store_change(self, request, values):
        """Write the changed root, and the leaves it kept."""
        self.ensure_one()
        at_risk = self.at_risk and bool(request.kept)
        own = any(part.resource == values["resource_id"] for part in request.parts)
        self._store(
            {
                "resource_id": values["resource_id"],
                "start": values["start"],
                "stop": values["stop"],
                "quantity": values["quantity"],
                "setup_minutes": values["setup_minutes"],
                "teardown_minutes": values["teardown_minutes"],
                "pinned": values["pinned"],
                "kind": values["kind"] if own else "group",
                "at_risk": at_risk,
            }
        )
        quantities = defaultdict(list)
        for part in request.parts:
            quantities[part.resource, part.unit].append(part.quantity)
        for leaf in self.sudo().leaf_ids:
            key = (leaf.resource_id.id, leaf.unit_id.id or 0)
            leaf._store(
                {
                    "start": values["start"],
                    "stop": values["stop"],
                    "quantity": quantities[key].pop(),
                    "at_risk": at_risk,
                }
            )

    @api.model
    def _changed_leaves(self, root, request, values):
        """Values of the leaves of a root that was given others."""
        shared = {
            **root.sudo()._split_values(),
            "kind": values["kind"],
            "start": values["start"],
            "stop": values["stop"],
        }
        del shared["parent_id"]
        return [
            self._leaf_values(root, part, values, shared)
            for part in request.parts
            if part.resource != values["resource_id"]
        ]

    @contextmanager
    def _deferred(self):
        """Check the outcome instead of each statement.

        A flush writes in batches and by sets of fields, so rows that change places
        would collide half-way. Never left to the commit, where Odoo neither maps nor
        retries a violation.
        """
        self.env.cr.execute(SQL("SET CONSTRAINTS %s DEFERRED", DEFERRABLE))
        yield
        self.flush_model()
        self.env.cr.execute(SQL("SET CONSTRAINTS %s IMMEDIATE", DEFERRABLE))
