"""What time and facts bring about: what lapses, is over, late, or at risk."""

import logging
from collections import defaultdict

import psycopg2.errors
from dateutil.relativedelta import relativedelta
from markupsafe import escape

from odoo import api, fields, models
from odoo.tools import SQL

from ..core.admission import Promise, without_place
from ..core.moment import FOREVER
from ..core.timeline import Claim
from ..exceptions import LedgerBusy
from ..jobs import one_of_many
from .resource_allocation import FACTS

_logger = logging.getLogger(__name__)
BATCH = 200


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    # === TIME === #

    @api.model
    def _expire_stale(self, resources=None):
        """Flip holds that lapsed, of these resources or of all (C19).

        They counted for nothing since that instant; this only makes room in the
        exclusion constraint. What the documents do about it is done by the job, once.

        :return: the roots that were flipped.
        """
        scope = SQL("TRUE")
        if resources is not None:
            scope = SQL("resource_id = ANY(%s)", resources.ids)
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """WITH roots AS (
                    SELECT DISTINCT coalesce(root_id, id) AS id FROM (
                        SELECT id, root_id FROM resource_allocation
                         WHERE live AND state = 'hold' AND hold_until <= %s AND %s
                         LIMIT %s) AS found
                ), stale AS (
                    SELECT id FROM resource_allocation
                     WHERE live AND id IN (
                           SELECT id FROM roots UNION ALL
                           SELECT leaf.id FROM resource_allocation leaf
                             JOIN roots ON leaf.root_id = roots.id)
                     ORDER BY id FOR UPDATE)
                UPDATE resource_allocation a
                   SET state = 'expired', live = false, at_risk = false,
                       lapse_pending = (root_id IS NULL)
                  FROM stale WHERE a.id = stale.id
             RETURNING a.id, a.root_id""",
                fields.Datetime.now(),
                scope,
                BATCH if resources is None else None,
            )
        )
        flipped = self.browse([row for row, _root in rows])
        if flipped:
            flipped.invalidate_recordset(flush=False)
            self.env.ref("resource_allocation.ir_cron_lapse").sudo()._trigger()
        return self.browse([row for row, root in rows if not root])

    @api.model
    def _wake_at(self, instants):
        """Let the job tell who waits when holds lapse, within a minute.

        The place itself is free at that instant, job or not.
        """
        if instants := sorted({instant for instant in instants if instant}):
            job = self.env.ref("resource_allocation.ir_cron_lapse").sudo()
            job._trigger(at=instants)

    @api.model
    def _cron_lapse(self):
        """Expire holds and let their documents know, each once.

        In the owner's company and language. Commits in steps, so that an interrupted
        run tells nobody twice.
        """
        self._expire_stale()
        todo = self.search([("lapse_pending", "=", True)], limit=BATCH)
        todo = todo.try_lock_for_update().filtered("lapse_pending")
        groups = defaultdict(self.browse)
        for allocation in todo:
            user = allocation.user_id or allocation.create_uid
            groups[allocation.res_model, allocation.company_id, user] |= allocation
        for (model, company, user), allocations in groups.items():
            allocations = allocations.with_company(company)
            allocations = allocations.with_context(lang=user.lang)
            with one_of_many(allocations):
                allocations._store_lapse()
                if self._document_model(model) is None:
                    allocations._notify_lapse()
                else:
                    allocations._documents()._allocation_expired(allocations)
        stale = [("state", "=", "hold"), ("hold_until", "<=", fields.Datetime.now())]
        remaining = self.search_count([("lapse_pending", "=", True)])
        self.env["ir.cron"]._commit_progress(
            len(todo.filtered(lambda row: not row.lapse_pending)),
            remaining=remaining + self.search_count(stale),
        )

    def _store_lapse(self):
        """Let everybody see the flip who watches writes, also what computes from it.

        It was raw SQL, in somebody else's request: the ORM is told what it was before.
        """
        trees = self._trees().sudo()
        state = self._fields["state"]
        state._update_cache(trees, "hold")
        trees._store({"state": "expired"})
        self._store({"lapse_pending": False})

    def _notify_lapse(self):
        """Tell each row's responsible that the hold lapsed."""
        for allocation in self:
            user = allocation.user_id or allocation.create_uid
            allocation.message_notify(
                partner_ids=user.partner_id.ids,
                subject=self.env._("Hold lapsed: %s", allocation.display_name),
                body=self.env._(
                    "Your hold on %s was not confirmed in time and is free for others "
                    "now.",
                    allocation.display_name,
                ),
            )

    @api.model
    def _cron_look_after(self):
        """Close what is over by itself, then look anew at what is late or at risk."""
        progress = self.env["ir.cron"]._commit_progress
        over = self.search(
            [
                ("live", "=", True),
                ("state", "in", ["reserved", "out"]),
                ("root_id", "=", False),
                ("blocked_stop", "<=", fields.Datetime.now()),
                "|",
                "|",
                ("returnable", "=", False),
                ("kind", "in", FACTS),
                ("leaf_ids.kind", "in", FACTS),
                ("leaf_ids", "not any", [("blocked_stop", ">", fields.Datetime.now())]),
            ],
            order="blocked_stop, id",
            limit=BATCH,
        )
        for rows in over.grouped("res_model").values():
            with one_of_many(rows):
                rows._trees()._store({"state": "done", "at_risk": False})
        self._end_uncollected()
        late = self.search(
            [
                "|",
                ("is_late", "=", True),
                ("at_risk", "=", True),
                ("root_id", "=", False),
            ]
        )
        resources = late.all_resources()
        for done in range(0, len(resources), BATCH):
            # A step locks what it looks at, so it is kept short.
            some = resources[done : done + BATCH]
            try:
                with self.env.cr.savepoint():
                    self.lock_resources(some)
                    self._refresh_risk(some)
            except (psycopg2.errors.OperationalError, LedgerBusy):
                # Somebody books there right now; jobs are not retried, so next time.
                _logger.info("Busy, looked after next time: %s", some.mapped("name"))
            progress(remaining=len(resources) - done)
        self._anonymise_closed()
        progress(len(over), remaining=BATCH if len(over) == BATCH else 0)

    @api.model
    def _end_uncollected(self):
        """End what nobody collected, so many days after its time as its company says.

        Not what belongs to documents that wait until they give it up themselves.
        """
        waiting = [
            name
            for name in self.env
            if self._document_model(name) is not None
            and self.env[name]._allocation_waits()
        ]
        for company in self.env["res.company"].search(
            [("allocation_uncollected_days", ">", 0)]
        ):
            limit = fields.Datetime.now() - relativedelta(
                days=company.allocation_uncollected_days
            )
            uncollected = self.search(
                [
                    ("company_id", "=", company.id),
                    ("live", "=", True),
                    ("state", "=", "reserved"),
                    ("root_id", "=", False),
                    ("kind", "not in", FACTS),
                    ("returnable", "=", True),
                    ("blocked_stop", "<=", limit),
                    ("leaf_ids", "not any", [("blocked_stop", ">", limit)]),
                    ("res_model", "not in", waiting),
                ],
                order="blocked_stop, id",
                limit=BATCH,
            )
            for rows in uncollected.grouped("res_model").values():
                with one_of_many(rows):
                    rows._trees()._store({"state": "done", "at_risk": False})
                    rows._log_transition(self.env._("Never collected"))

    @api.model
    def _anonymise_closed(self):
        """Forget the persons on closed rows after the company's retention period.

        Counts, times and things stay (invariant 6); the history that names people goes.
        """
        for company in self.env["res.company"].search(
            [("allocation_retention", ">", 0)]
        ):
            limit = fields.Datetime.now() - relativedelta(
                months=company.allocation_retention
            )
            closed = self.with_context(active_test=False).search(
                [
                    ("company_id", "=", company.id),
                    ("live", "=", False),
                    ("anonymised", "=", False),
                    ("write_date", "<", limit),
                ],
                order="write_date, id",
                limit=BATCH,
            )
            closed.message_ids.unlink()
            closed.activity_ids.unlink()
            closed._store(
                {
                    "partner_id": False,
                    "user_id": False,
                    "name": False,
                    "anonymised": True,
                }
            )
            _logger.info("%s: %s allocations anonymised", company.name, len(closed))

    # === RISK === #

    @api.model
    def _refresh_risk(self, resources):
        """Mark the promises that no longer fit on these resources, clear the others.

        What is out keeps its place first, then what was booked first; so the latest
        promise is the one at risk. The caller holds the resources' locks.
        """
        if resources:
            self._set_risk(*self._look_for_risk(resources))

    @api.model
    def _look_for_risk(self, resources):
        """``(promises, losers)``: what was looked at, and what of it has no place."""
        if not resources:
            return self.browse(), self.browse()
        self.flush_model()
        # A promise is at risk by any of its leaves, so its other resources are looked
        # at as well: one of them may be the reason that remains.
        resources |= (
            self.sudo()
            .search([("at_risk", "=", True), ("resource_id", "in", resources.ids)])
            .roots()
            .all_resources()
        )
        since = self._risk_since(resources)
        promises = self._promises_since(since)
        losers = self._losers(resources.sudo(), promises, since)
        # What is over is at risk of nothing any more.
        promises |= self._at_risk_of(resources)
        losers |= self._overlaid(promises.filtered("at_risk") - losers, losers)
        return promises, losers

    @api.model
    def _promises_since(self, since):
        """The live promises of these resources that take something from then on.

        :param dict since: ``{resource's id: instant}``
        """
        promises = self.sudo().search(
            [
                ("resource_id", "in", list(since)),
                ("kind", "=", "demand"),
                ("live", "=", True),
                ("blocked_stop", ">=", min(since.values())),
            ]
        )
        return promises.filtered(
            lambda row: (
                row.blocked_stop > since[row.resource_id.id]
                or (row.state == "out" and row.returnable)
            )
        )

    @api.model
    def _at_risk_of(self, resources):
        """The live promises of these resources that are at risk so far."""
        return self.sudo().search(
            [
                ("resource_id", "in", resources.ids),
                ("kind", "=", "demand"),
                ("live", "=", True),
                ("at_risk", "=", True),
            ]
        )

    @api.model
    def _overlaid(self, rows, losers):
        """Those of single things over whose plan another lies that keeps its place.

        So a late thing takes what was promised meanwhile, once it is prolonged: to the
        exclusion constraint they stay what they are, also when both are over.
        """
        rows = rows.filtered(lambda row: row.resource_id.exclusive)
        if not rows:
            return rows
        others = self.sudo().search(
            [
                ("resource_id", "in", rows.resource_id.ids),
                ("kind", "=", "demand"),
                ("live", "=", True),
                ("blocked_start", "<", max(rows.mapped("blocked_stop"))),
                ("blocked_stop", ">", min(rows.mapped("blocked_start"))),
            ]
        )
        keeping = (others - losers).grouped("resource_id")
        return rows.filtered(
            lambda row: any(
                other != row
                and other.blocked_start < row.blocked_stop
                and other.blocked_stop > row.blocked_start
                for other in keeping.get(row.resource_id, ())
            )
        )

    @api.model
    def _risk_since(self, resources):
        """From when on each can have promises at risk: now, or when it was due, late.

        :return: ``{resource's id: instant}``
        """
        since = dict.fromkeys(resources.ids, fields.Datetime.now())
        late = self.sudo().search(
            [("resource_id", "in", resources.ids), ("is_late", "=", True)]
        )
        for row in late:
            resource = row.resource_id.id
            since[resource] = min(since[resource], row.blocked_stop)
        return since

    @api.model
    def _losers(self, resources, promises, since):
        """The promises without a place, per resource, latest booked first."""
        claims = defaultdict(lambda: defaultdict(list))
        for row, root, resource, start, stop, weight in self._claims(
            resources.ids, min(since.values()), FOREVER
        ):
            if stop > since[resource]:
                start = max(start, since[resource])
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
                since[resource.id],
                FOREVER,
            )
        return self.sudo().browse(losers)

    def _order_of_right(self):
        """What is out first, then what was booked first; a part counts as its whole."""
        return (
            self.state != "out",
            self.parent_id.id or self.root_id.id or self.id,
            self.id,
        )

    @api.model
    def _set_risk(self, promises, losers):
        """Store the flags; a root is at risk when any of its leaves is."""
        changing = (losers | promises.filtered("at_risk")).roots()
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
        """Tell the documents, or the responsible of what has none."""
        for model, allocations in self.sudo().grouped("res_model").items():
            with one_of_many(allocations):
                if self._document_model(model) is None:
                    allocations._schedule_risk_activities()
                else:
                    allocations._documents()._allocation_at_risk(allocations)

    def _schedule_risk_activities(self):
        """An activity for each row's responsible, in their language."""
        activities = []
        for model, allocations in self.grouped("res_model").items():
            there = set()
            documents = self._document_model(model)
            if hasattr(documents, "activity_schedule"):
                there = set(allocations._documents().exists().ids)
            activities += [
                allocation._prepare_risk_activity(allocation.res_id in there)
                for allocation in allocations
            ]
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
            "note": escape(self.display_name),
            "user_id": user.id,
            "res_model_id": self.env["ir.model"]._get_id(target[0]),
            "res_id": target[1],
        }
