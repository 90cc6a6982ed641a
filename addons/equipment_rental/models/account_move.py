from odoo import api, fields, models


class AccountMove(models.Model):
    """A credit note of a rental is for good: its order bills nothing again."""

    _inherit = "account.move"

    rental_credit_final = fields.Boolean(
        string="Credited for Good",
        copy=False,
        help="The rental order does not propose to invoice again what this credit note "
        "gives back. Switch it off to bill it again.",
    )
    rental_is_credit = fields.Boolean(compute="_compute_rental_is_credit")

    @api.depends("move_type", "line_ids.sale_line_ids")
    def _compute_rental_is_credit(self):
        for move in self:
            # Narrow sudo: whether it is about a rental, for accountants of other apps.
            orders = move.sudo().line_ids.sale_line_ids.order_id
            move.rental_is_credit = move.move_type == "out_refund" and any(
                orders.mapped("is_rental_order")
            )

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """A reversal takes back what the entry did to the deposit; a credit note gives
        back for good, unless it is made to invoice anew.
        """
        reversals = super()._reverse_moves(default_values_list, cancel)
        if not cancel:
            reversals.filtered("rental_is_credit").rental_credit_final = True
        for entry, reversal in zip(self, reversals, strict=True):
            # Narrow sudo: accountants of other apps reverse entries, too.
            items = entry.sudo().line_ids
            if not items.rental_deposit_id:
                continue
            turned = reversal.sudo().line_ids.sorted("id")
            for item, other in zip(items.sorted("id"), turned, strict=True):
                other._store(item._rental_deposit_values())
        return reversals
