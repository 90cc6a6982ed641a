"""What becomes of a request that was agreed to."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.core.moment import day_start, local_day

OPEN = ("to_approve", "approved", "reserved")


class LendingRequest(models.Model):
    _inherit = "lending.request"

    # === RESERVE === #

    def reserve(self):
        """Reserve a free one for each, the chosen one where one was chosen.

        :raise UserError: not approved, or none is free in those days.
        :raise AccessError: for others than lending officers.
        """
        self.check_access("read")
        if waiting := self.filtered(lambda one: one.state != "approved"):
            raise UserError(
                self.env._("%s is not approved, or done.", waiting[0].display_name)
            )
        taken = self.env["lending.asset"]
        vals_list = []
        for request in self:
            asset = request.asset_id or request._first_free(taken)
            taken |= asset
            vals_list.append(request._prepare_loan(asset))
        loans = self.env["lending.loan"].reserve(vals_list)
        for request, loan in zip(self, loans, strict=True):
            request._store({"state": "reserved", "loan_id": loan.id})
        return loans

    def _first_free(self, taken):
        start, stop = self._period_asked()
        found = self.env["lending.asset"]._find_free(
            self.type_id, self.company_id, start, stop, len(taken) + 1
        )
        if not found - taken:
            raise UserError(
                self.env._(
                    "No %(thing)s is free for %(employee)s in those days. Choose "
                    "another day, get another one, or refuse the request.",
                    thing=self.type_id.name,
                    employee=self.employee_id.name,
                )
            )
        return (found - taken)[:1]

    def _period_asked(self):
        """``(start, stop)`` in UTC; begins now if the day has come, may be open."""
        tz = self.company_id._lending_tz()
        now = fields.Datetime.now()
        future = self.date_from > local_day(now, tz)
        start = day_start(self.date_from, tz) if future else now
        due = self.env["lending.loan"]._with_due({"due_date": self.date_to}, tz)
        return start, due["due_at"] or None

    def _prepare_loan(self, asset):
        return {
            "asset_id": asset.id,
            "employee_id": self.employee_id.id,
            "start_at": self._period_asked()[0],
            "due_date": self.date_to,
            "note": self.reason,
        }

    def cancel(self):
        """Withdraw: by the one who asked, or by a lending officer. What was reserved
        is free again."""
        self.check_access("read")
        officer = self.env.user.has_group("resource_lending.lending_group_officer")
        if not officer and self.filtered(lambda one: not one.is_mine):
            raise UserError(self.env._("Only the one who asked withdraws a request."))
        if self.filtered(lambda one: one.state not in OPEN):
            raise UserError(self.env._("What is over cannot be withdrawn."))
        loans = self.sudo().loan_id.filtered(lambda one: one.state == "reserved")
        self._decide("cancelled")
        # The reservation was made for this request, by whoever asked for it.
        loans.cancel(self.env._("The request was withdrawn."))

    # === KITS === #

    @api.model
    def _make_shortages(self, short, day):
        """Ask for what kits could not find: ``[(employee, kit line)]``; an
        administrator agreed to it when writing the kit."""
        return self.sudo()._insert(
            [
                {
                    "employee_id": employee.id,
                    "type_id": line.type_id.id,
                    "date_from": day,
                    "kit_id": line.kit_id.id,
                    "state": "approved",
                    "reason": line.kit_id.name,
                }
                for employee, line in short
            ]
        )


class LendingLoan(models.Model):
    """A request follows the reservation that was made for it."""

    _inherit = "lending.loan"

    request_ids = fields.One2many("lending.request", "loan_id", string="Requests")

    def _notify_handed_out(self):
        self._requests_become("done")
        return super()._notify_handed_out()

    def _notify_cancelled(self, reason=None):
        self._requests_become("approved")
        return super()._notify_cancelled(reason)

    def _notify_lapsed(self):
        self._requests_become("cancelled")
        return super()._notify_lapsed()

    def _requests_become(self, state):
        """Whose reservation was given up waits for another one; who did not come
        for it, does not."""
        # Whoever moves the thing, the request says what became of it.
        requests = self.sudo().request_ids.filtered(lambda one: one.state == "reserved")
        if requests:
            requests._store({"state": state})
