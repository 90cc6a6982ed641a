from odoo import fields, models

from odoo.addons.resource_allocation.inputs import only_one


class LendingRecall(models.TransientModel):
    """Asks holders to hand things in by a deadline, with or without a message (L11)."""

    _name = "lending.recall"
    _description = "Recall"

    loan_ids = fields.Many2many("lending.loan", string="Assignments", required=True)
    recall_by = fields.Datetime(string="Hand in by", required=True)
    message = fields.Text(help="Added to the mail to the holder. May stay empty.")

    def action_recall(self):
        """Recall them in one batch; each person gets one mail.

        :raise ValidationError: a deadline that has passed.
        :raise UserError: not handed out any more.
        """
        only_one(self)
        self.loan_ids.recall(self.recall_by, self.message)
        return {"type": "ir.actions.act_window_close"}
