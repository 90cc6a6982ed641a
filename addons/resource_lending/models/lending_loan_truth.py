"""What custody expects of the availability ledger, to be compared by night."""

from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.resource_allocation.core.truth import Expected

from .lending_loan import LIVE


class LendingLoan(models.Model):
    _inherit = "lending.loan"
    _compared = True

    @api.model
    def _domain_expecting(self):
        return Domain("role", "=", "user") & Domain("state", "in", LIVE)

    def _expected_allocations(self):
        """One row for each stretch of custody, at the assignment that the row names."""
        rows = self._rows_for_ledger(self.asset_id)
        kept = self._kept_allocations(self._wanted_stretches(rows))
        expected = defaultdict(list)
        for loans, allocation in kept.items():
            start, stop = loans._stretch()
            promise = Expected(
                loans.asset_id.resource_id.id,
                "out" if loans._is_out() else "reserved",
                start,
                stop,
            )
            first = min(loans.filtered(lambda one: one.state in LIVE).ids)
            expected[allocation.res_id or first].append(promise)
        return expected

    def _repair_allocations(self):
        """Let the ledger follow custody, and give back what belongs to nothing.

        :raise AllocationConflict: somebody else was promised the thing meanwhile.
        """
        self.check_access("write")
        rows = self._rows_for_ledger(self.asset_id)
        lost = self._live_rows() - rows.allocation_id
        self.browse()._release(lost, rows)
        self._sync_ledger(self.asset_id)
