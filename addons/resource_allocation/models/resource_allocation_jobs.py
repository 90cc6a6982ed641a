"""What time alone brings about."""

import logging
from collections import defaultdict

import psycopg2.errors
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..exceptions import LedgerBusy
from .resource_allocation_request import FACTS

_logger = logging.getLogger(__name__)
BATCH = 200


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

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
    def _cron_lapse(self):
        """Expire holds and let their documents know, each once.

        In the owner's company and language. Commits in steps, so that an interrupted
        run tells nobody twice.
        """
        self._expire_stale()
        todo = self.search([("lapse_pending", "=", True)], limit=BATCH)
        todo = todo.try_lock_for_update().filtered("lapse_pending")
        todo._store({"lapse_pending": False})
        # The flip was raw SQL in somebody else's request: documents that compute
        # something from the state follow now.
        todo._trees().modified(["state", "live"])
        groups = defaultdict(self.browse)
        for allocation in todo:
            user = allocation.user_id or allocation.create_uid
            groups[allocation.res_model, allocation.company_id, user] |= allocation
        for (model, company, user), allocations in groups.items():
            allocations.with_company(company).with_context(
                lang=user.lang
            )._announce_lapse(model, user)
        stale = [("state", "=", "hold"), ("hold_until", "<=", fields.Datetime.now())]
        remaining = self.search_count([("lapse_pending", "=", True)])
        self.env["ir.cron"]._commit_progress(
            len(todo), remaining=remaining + self.search_count(stale)
        )

    def _announce_lapse(self, model, user):
        """Tell the documents (``_allocation_expired``) or, without one, the person."""
        documents = self.env[model] if model in self.env else self.browse()
        if hasattr(documents, "_allocation_expired"):
            documents._allocation_expired(self)
            return
        for allocation in self:
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
                ("state", "in", ["reserved", "out"]),
                ("root_id", "=", False),
                ("blocked_stop", "<=", fields.Datetime.now()),
                "|",
                "|",
                ("returnable", "=", False),
                ("kind", "in", FACTS),
                ("leaf_ids.kind", "in", FACTS),
            ],
            limit=BATCH,
        )
        over._trees()._store({"state": "done", "at_risk": False})
        late = self.search(
            [
                "|",
                ("is_late", "=", True),
                ("at_risk", "=", True),
                ("root_id", "=", False),
            ]
        )
        resources = late._all_resources()
        for done in range(0, len(resources), BATCH):
            # A step locks what it looks at, so it is kept short.
            some = resources[done : done + BATCH]
            try:
                with self.env.cr.savepoint():
                    self._claim(some)
                    self._refresh_risk(some)
            except (psycopg2.errors.OperationalError, LedgerBusy):
                # Somebody books there right now; jobs are not retried, so next time.
                _logger.info("Busy, looked after next time: %s", some.mapped("name"))
            progress(remaining=len(resources) - done)
        self._anonymise_closed()
        progress(len(over), remaining=BATCH if len(over) == BATCH else 0)

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
