from odoo import models


class LendingLoan(models.Model):
    """What came back may have been the last thing of somebody who leaves."""

    _inherit = "lending.loan"

    def _notify_taken_back(self):
        self._settle_departures()
        return super()._notify_taken_back()

    def _notify_cancelled(self, reason=None):
        self._settle_departures()
        return super()._notify_cancelled(reason)

    def _settle_departures(self):
        # Whoever receives the last item ends it, whatever they may see of leavers.
        departures = self.env["lending.departure"].sudo()
        leavers = self.sudo().employee_id | self.sudo().sponsor_id
        if leavers:
            departures.search([("employee_id", "in", leavers.ids)])._settle()
