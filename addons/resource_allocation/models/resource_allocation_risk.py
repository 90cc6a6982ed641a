"""Facts leave no room for some promises: which ones, and who is told."""

from collections import defaultdict

from odoo import api, fields, models

from ..core.moment import FOREVER
from ..core.timeline import Claim, Timeline


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
        promises = self.sudo().search(
            [
                ("resource_id", "in", resources.ids),
                ("kind", "=", "demand"),
                ("live", "=", True),
                ("blocked_stop", ">=", since),
            ]
        )
        losers = self._losers(resources.sudo(), promises, since)
        self._set_risk(promises, losers)

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
            claims[resource][row].append(Claim(start, stop, weight, root, row))
        losers = self.sudo().browse()
        for resource in resources:
            own = claims[resource.id]
            capacity = resource.capacity if resource.active else 0
            everything = [claim for found in own.values() for claim in found]
            if Timeline(capacity, everything).free(since, FOREVER) >= 0:
                continue
            mine = promises.filtered(lambda row, r=resource: row.resource_id == r)
            losers |= mine._admit(Timeline(capacity), own, since)
        return losers

    def _admit(self, timeline, claims, since):
        """Give places in order of right; return the rows that found none."""
        mine = set(self.ids)
        facts = [c for row, found in claims.items() if row not in mine for c in found]
        timeline.claims.extend(facts)
        losers = self.browse()
        for row in self.sorted(
            lambda row: (row.state != "out", row.parent_id.id or row._root_id(), row.id)
        ):
            wanted = claims.get(row.id, ())
            fits = all(
                timeline.free(max(claim.start, since), claim.stop) >= claim.weight
                for claim in wanted
            )
            if fits or row.state == "out":
                timeline.claims.extend(wanted)
            if wanted and not fits:
                losers |= row
        return losers

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
        """Post an activity to the responsible of each document, in their language.

        A document may answer itself with ``_allocation_at_risk(allocations)``.
        """
        for model, allocations in self.sudo().grouped("res_model").items():
            documents = self.env[model] if model in self.env else self.browse()
            if hasattr(documents, "_allocation_at_risk"):
                documents.sudo()._allocation_at_risk(allocations)
                continue
            for allocation in allocations:
                allocation._schedule_risk_activity()

    def _schedule_risk_activity(self):
        """One activity on the document, or here where it cannot have any."""
        self.ensure_one()
        user = self.user_id or self.create_uid
        where = self._activity_target()
        where.with_context(lang=user.lang).activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.with_context(lang=user.lang).env._(
                "%s no longer fits: relocate it", self.resource_id.name
            ),
            note=self.display_name,
            user_id=user.id,
        )

    def _activity_target(self):
        """The document, if it exists and can have activities, else the allocation."""
        self.ensure_one()
        model = self.env.get(self.res_model) if self.res_model else None
        if model is not None and hasattr(model, "activity_schedule"):
            document = model.sudo().browse(self.res_id).exists()
            if document:
                return document
        return self
