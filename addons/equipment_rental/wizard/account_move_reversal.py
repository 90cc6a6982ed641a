from odoo import models


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        """*Reverse and Create Invoice* bills anew: what it gives back is not for good.

        Dated ahead, core reverses as for a credit note.
        """
        before = self.move_ids.reversal_move_ids
        done = super().reverse_moves(is_modify)
        if is_modify:
            made = self.move_ids.reversal_move_ids - before
            made.filtered("rental_credit_final").rental_credit_final = False
        return done
