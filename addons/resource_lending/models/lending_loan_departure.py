from odoo import models


class LendingLoan(models.Model):
    """What came back may have been the last thing of somebody who leaves."""

    _inherit = "lending.loan"

    def _notify_taken_back(self):
        super()._notify_taken_back()
        self._settle_departures()

    def _notify_cancelled(self, reason=None):
        super()._notify_cancelled(reason)
        self._settle_departures()

    def _settle_departures(self):
        # Whoever receives the last item ends it, whatever they may see of leavers.
        departures = self.env["lending.departure"].sudo()
        leavers = self.sudo().employee_id | self.sudo().sponsor_id
        if leavers:
            departures.search([("employee_id", "in", leavers.ids)])._settle()
