from odoo import fields, models

from ..inputs import only_one


class ResourceAllocationReason(models.TransientModel):
    """Why something is cancelled or corrected; the reason stays in the history."""

    _name = "resource.allocation.reason"
    _description = "Reason of a Cancellation or Correction"

    allocation_ids = fields.Many2many("resource.allocation", required=True)
    step = fields.Selection(
        [
            ("cancel", "Cancel"),
            ("reopen", "Reopen"),
            ("undo_hand_out", "Undo the hand-over"),
        ],
        required=True,
        default="cancel",
    )
    reason = fields.Char()

    def action_apply(self):
        """Take the step with its reason."""
        only_one(self)
        steps = {
            "cancel": self.allocation_ids.cancel,
            "reopen": self.allocation_ids.reopen,
            "undo_hand_out": self.allocation_ids.undo_hand_out,
        }
        steps[self.step](self.reason)
        return {"type": "ir.actions.act_window_close"}
