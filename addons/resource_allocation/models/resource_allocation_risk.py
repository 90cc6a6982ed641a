"""Facts leave no room for some promises: which ones, and who is told."""

from collections import defaultdict

from odoo import api, fields, models

from ..core.admission import Promise, without_place
from ..core.moment import FOREVER
from ..core.timeline import Claim


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    @api.model
    def _refresh_risk(self, resources):
        """Mark the promises that no longer fit on these resources, clear the others.

        What is out keeps its place first, then what was booked first; so the latest
        promise is the one at risk. The caller holds the resources' locks.
        """
        if not resources:
            return
        self.flush_model()
        # A promise is at risk by any of its leaves, so its other resources are looked
        # at as well: one of them may be the reason that remains.
        resources |= (
            self.sudo()
            .search([("at_risk", "=", True), ("resource_id", "in", resources.ids)])
            ._roots()
            ._all_resources()
        )
        since = self._risk_since(resources)
        promises = self._promises_since(resources, since)
        losers = self._losers(resources.sudo(), promises, since)
        if over := self._over_at_risk(resources, since):
            promises |= over
            earlier = min(over.mapped("blocked_start"))
            # Whatever was promised then, also what is over and fits, has its turn.
            rivals = self._promises_since(resources, earlier)
            losers |= over & self._losers(resources.sudo(), rivals, earlier)
        self._set_risk(promises, losers)

    @api.model
    def _promises_since(self, resources, since):
        """The live promises of these resources that end at ``since`` or later."""
        return self.sudo().search(
            [
                ("resource_id", "in", resources.ids),
                ("kind", "=", "demand"),
                ("live", "=", True),
                ("blocked_stop", ">=", since),
            ]
        )

    @api.model
    def _over_at_risk(self, resources, since):
        """What is over and still at risk: until its reason goes, or it is closed."""
        return self.sudo().search(
            [
                ("resource_id", "in", resources.ids),
                ("kind", "=", "demand"),
                ("live", "=", True),
                ("at_risk", "=", True),
                ("blocked_stop", "<", since),
            ]
        )

    @api.model
    def _risk_since(self, resources):
        """From when on promises can be at risk: now, or when a late thing was due."""
        late = self.sudo().search(
            [("resource_id", "in", resources.ids), ("is_late", "=", True)],
            order="blocked_stop",
            limit=1,
        )
        now = fields.Datetime.now()
        return min(now, late.blocked_stop) if late else now

    @api.model
    def _losers(self, resources, promises, since):
        """The promises without a place, per resource, latest booked first."""
        claims = defaultdict(lambda: defaultdict(list))
        for row, root, resource, start, stop, weight in self._claims(
            resources.ids, since, FOREVER
        ):
            start = max(start, since)
            claims[resource][row].append(Claim(start, stop, weight, root, row))
        losers = set()
        rows = promises.sorted(lambda row: row._order_of_right())
        by_resource = rows.grouped("resource_id")
        for resource in resources:
            mine = by_resource.get(resource, rows.browse())
            own = claims[resource.id]
            losers |= without_place(
                resource.capacity if resource.active else 0,
                [c for row in own.keys() - set(mine.ids) for c in own[row]],
                [Promise(row.id, own[row.id], row.state == "out") for row in mine],
                since,
                FOREVER,
            )
        return self.sudo().browse(losers)

    def _order_of_right(self):
        """What is out first, then what was booked first; a part counts as its whole."""
        return self.state != "out", self.parent_id.id or self._root_id(), self.id

    def _root_id(self):
        return self.root_id.id or self.id

    @api.model
    def _set_risk(self, promises, losers):
        """Store the flags; a root is at risk when any of its leaves is."""
        changing = (losers | promises.filtered("at_risk"))._roots()
        before = changing.filtered("at_risk")
        leaves = changing.leaf_ids & promises
        (leaves & losers)._store_risk(True)
        (leaves - losers)._store_risk(False)
        at_risk = changing.filtered(
            lambda root: root in losers or any(root.leaf_ids.mapped("at_risk"))
        )
        at_risk._store_risk(True)
        (changing - at_risk)._store_risk(False)
        self.flush_model()
        (at_risk - before)._announce_risk()

    def _store_risk(self, at_risk):
        changed = self.filtered(lambda row: row.at_risk != at_risk)
        if changed:
            changed._store({"at_risk": at_risk})

    def _announce_risk(self):
        """Tell the responsible of each document, in their language, by an activity.

        A document may answer itself with ``_allocation_at_risk(allocations)``.
        """
        activities = []
        for model, allocations in self.sudo().grouped("res_model").items():
            documents = self.env[model] if model in self.env else self.browse()
            if hasattr(documents, "_allocation_at_risk"):
                documents.sudo()._allocation_at_risk(allocations)
                continue
            can_have = hasattr(documents, "activity_schedule")
            there = set(
                documents.sudo().browse(allocations.mapped("res_id")).exists().ids
            )
            for allocation in allocations:
                on_document = can_have and allocation.res_id in there
                activities.append(allocation._prepare_risk_activity(on_document))
        self.env["mail.activity"].sudo().create(activities)

    def _prepare_risk_activity(self, on_document):
        """An activity on the document; here where it cannot have any."""
        self.ensure_one()
        user = self.user_id or self.create_uid
        target = (self.res_model, self.res_id) if on_document else (self._name, self.id)
        kind = self.env.ref("mail.mail_activity_data_warning", raise_if_not_found=False)
        env = self.with_context(lang=user.lang).env
        return {
            "activity_type_id": kind.id if kind else False,
            "automated": True,
            "summary": env._("%s no longer fits: relocate it", self.resource_id.name),
            "note": self.display_name,
            "user_id": user.id,
            "res_model_id": self.env["ir.model"]._get_id(target[0]),
            "res_id": target[1],
        }
