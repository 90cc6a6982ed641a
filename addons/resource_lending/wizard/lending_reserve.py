from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.inputs import only_one


class LendingReserve(models.TransientModel):
    """Reserves things for somebody and tells them where and when to collect (L4)."""

    _name = "lending.reserve"
    _description = "Reserve"
    _inherit = ["lending.holder.mixin"]

    asset_ids = fields.Many2many(
        "lending.asset",
        string="Items",
        required=True,
        domain="[('condition', '=', 'usable')]",
    )
    start_at = fields.Datetime(
        string="From", help="Empty: from the time to collect it, else from now."
    )
    pickup_at = fields.Datetime(
        string="Collect on", help="Day and hour. May stay empty (L5)."
    )
    pickup_place = fields.Char(
        string="Collect at", help="For example: Reception, 1st floor. May stay empty."
    )
    due_date = fields.Date(compute="_compute_due_date", store=True, readonly=False)
    note = fields.Text(string="Remarks")

    @api.depends("asset_ids", "pickup_at", "start_at")
    def _compute_due_date(self):
        """Propose what is usual for these things, the shortest; none where one of
        them is usually lent until further notice (L10)."""
        for window in self:
            days = window.asset_ids.category_id.mapped("loan_days")
            first = window.start_at or window.pickup_at or fields.Datetime.now()
            if days and all(days):
                window.due_date = first.date() + timedelta(days=min(days))
            else:
                window.due_date = window.due_date

    def action_reserve(self):
        """Make the reservations: all of them, or none.

        :raise UserError: nothing or nobody chosen, lost or outdated.
        :raise AllocationConflict: not free in that time.
        """
        self._reserve()
        return {"type": "ir.actions.act_window_close"}

    def action_reserve_and_hand_out(self):
        """Reserve, and open the hand-over at once."""
        return self._reserve().action_hand_out()

    def _reserve(self):
        only_one(self)
        if not self.asset_ids:
            raise UserError(self.env._("Choose what to reserve."))
        vals = {**self._holder_vals(), **self._prepare_terms()}
        return self.env["lending.loan"].reserve(
            [{**vals, "asset_id": asset.id} for asset in self.asset_ids]
        )

    def _prepare_terms(self):
        """When, where and until when, of each reservation."""
        return {
            "start_at": self.start_at,
            "due_date": self.due_date,
            "pickup_at": self.pickup_at,
            "pickup_place": self.pickup_place,
            "note": self.note,
        }
