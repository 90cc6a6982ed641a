from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """A reversal takes back what the entry did to the deposit."""
        reversals = super()._reverse_moves(default_values_list, cancel)
        for entry, reversal in zip(self, reversals, strict=True):
            # Narrow sudo: accountants of other apps reverse entries, too.
            items = entry.sudo().line_ids
            if not items.rental_deposit_id:
                continue
            turned = reversal.sudo().line_ids.sorted("id")
            for item, other in zip(items.sorted("id"), turned, strict=True):
                other._store(item._rental_deposit_values())
        return reversals
