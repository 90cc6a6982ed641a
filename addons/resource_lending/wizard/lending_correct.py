from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.inputs import only_one


class LendingCorrect(models.TransientModel):
    """Puts right in one step what was recorded wrongly: item, holder or time (LC11)."""

    _name = "lending.correct"
    _description = "Correct an Assignment"
    _inherit = ["lending.holder.mixin"]

    loan_ids = fields.Many2many("lending.loan", required=True)
    loan_id = fields.Many2one(
        "lending.loan", string="Assignment", compute="_compute_loan_id"
    )
    asset_id = fields.Many2one(
        "lending.asset",
        string="Item",
        compute="_compute_as_recorded",
        store=True,
        readonly=False,
    )
    start_at = fields.Datetime(
        string="Handed out", compute="_compute_as_recorded", store=True, readonly=False
    )
    holder_kind = fields.Selection(
        default=None, compute="_compute_as_recorded", store=True, readonly=False
    )
    employee_id = fields.Many2one(
        compute="_compute_as_recorded", store=True, readonly=False
    )
    partner_id = fields.Many2one(
        compute="_compute_as_recorded", store=True, readonly=False
    )
    sponsor_id = fields.Many2one(
        compute="_compute_as_recorded", store=True, readonly=False
    )
    department_id = fields.Many2one(
        compute="_compute_as_recorded", store=True, readonly=False
    )
    place_id = fields.Many2one(
        compute="_compute_as_recorded", store=True, readonly=False
    )
    due_date = fields.Date(compute="_compute_as_recorded", store=True, readonly=False)
    never = fields.Boolean(
        string="It was never handed out",
        help="The record is cancelled, and nothing takes its place.",
    )
    reason = fields.Char(required=True, help="Kept in the history of both.")

    @api.depends("loan_ids")
    def _compute_loan_id(self):
        for window in self:
            window.loan_id = window.loan_ids[:1]._origin

    @api.depends("loan_ids")
    def _compute_as_recorded(self):
        """Start from what was recorded."""
        for window in self:
            loan = window.loan_ids[:1]._origin
            for name, value in window._recorded(loan).items():
                window[name] = value
            window.holder_kind = loan.holder_kind or "employee"

    @api.model
    def _recorded(self, loan):
        holder = loan._holder_values() if loan else {}
        names = ("asset_id", "start_at", "due_date")
        return {**holder, **{name: loan[name] for name in names}}

    def action_correct(self):
        """Cancel what was wrong, record what is right, and send corrected receipts.

        :raise UserError: nothing was changed, or it is not out any more.
        :raise AccessError: on a later day, no administrator.
        """
        only_one(self)
        wrong = only_one(self.loan_ids)
        vals = self._changed(wrong)
        if not vals:
            raise UserError(self.env._("Nothing was changed: say what is right."))
        right = wrong.correct(vals, self.reason)
        documents = self.env["lending.handover"]._follow_correction(
            wrong, right, self.reason
        )
        if not documents:
            return {"type": "ir.actions.act_window_close"}
        return documents._open()

    def _changed(self, loan):
        """What differs from what was recorded, for :meth:`LendingLoan.correct`."""
        if self.never:
            return {"asset_id": False}
        vals = {}
        holder = self._holder_vals()
        if holder != loan._holder_values():
            vals.update(holder)
        if self.asset_id != loan.asset_id:
            vals["asset_id"] = self.asset_id.id
        for name in ("start_at", "due_date"):
            if self[name] != loan[name]:
                vals[name] = self[name]
        return vals
