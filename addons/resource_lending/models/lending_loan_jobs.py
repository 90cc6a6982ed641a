"""What time does to rows of custody, in steps that resume."""

import logging

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

BATCH = 200


class LendingLoan(models.Model):
    _inherit = "lending.loan"

    @api.model
    def _cron_turn_over(self):
        """Begin and end typed rows, and let go what nobody collected (L20).

        Reports of who has what do not wait for this: they look at the instants.
        """
        self._run_in_steps(self._domain_turning(), lambda rows: rows._turn_over())
        self._run_in_steps(self._domain_lapsing(), lambda rows: rows._lapse())

    @api.model
    def _run_in_steps(self, domain, work):
        """One row that cannot be done holds up no other: it is logged and skipped."""
        cron, last = self.env["ir.cron"], 0
        while rows := self.search(
            domain & Domain("id", ">", last), limit=BATCH, order="id"
        ):
            last = rows[-1].id
            try:
                with self.env.cr.savepoint():
                    work(rows)
            except (UserError, IntegrityError):
                self._run_one_by_one(rows, work)
            if not cron._commit_progress(
                len(rows), remaining=self.search_count(domain)
            ):
                break

    @api.model
    def _run_one_by_one(self, rows, work):
        for row in rows:
            try:
                with self.env.cr.savepoint():
                    work(row)
            except (UserError, IntegrityError) as error:
                _logger.info("Assignment %s was skipped: %s", row.id, error)

    @api.model
    def _domain_turning(self):
        """Typed rows whose day has come, and rows whose typed end has passed."""
        now = fields.Datetime.now()
        begins = Domain("state", "=", "reserved") & Domain("by_date", "=", True)
        ends = Domain("state", "=", "out") & Domain("stop_at", "<=", now)
        return (begins & Domain("start_at", "<=", now)) | ends

    def _turn_over(self):
        self._lock_custody(self.asset_id)
        self._refresh_begun()
        ended = self.filtered(lambda one: one.stop_at <= fields.Datetime.now())
        ended._store({"state": "closed"})
        self._sync_ledger(self.asset_id)
        self.asset_id._holders_changed()

    @api.model
    def _domain_lapsing(self):
        return Domain("state", "=", "reserved") & Domain(
            "lapse_at", "<=", fields.Datetime.now()
        )

    def _lapse(self):
        """Cancel reservations that were not collected in time; both sides are told."""
        self._lock_custody(self.asset_id)
        self._store({"state": "cancelled", "lapse_at": False})
        self._sync_ledger(self.asset_id)
        self._log("lapse")
        self._notify_lapsed()
