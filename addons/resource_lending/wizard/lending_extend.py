from odoo import fields, models

from odoo.addons.resource_allocation.inputs import only_one


class LendingExtend(models.TransientModel):
    """Gives assignments another return date (L10)."""

    _name = "lending.extend"
    _description = "Change the Return Date"

    loan_ids = fields.Many2many("lending.loan", string="Assignments", required=True)
    due_date = fields.Date(string="New return date", required=True)

    def action_extend(self):
        """Change the return date of all of them, or of none.

        :raise AllocationConflict: promised to somebody else in that time.
        """
        only_one(self)
        self.loan_ids.extend(self.due_date)
        return {"type": "ir.actions.act_window_close"}
