from odoo import api, fields, models


class AccountMoveLine(models.Model):
    """Journal items on the deposit account know whose deposit they are about."""

    _name = "account.move.line"
    _inherit = ["account.move.line", "resource.guarded.mixin"]

    rental_deposit_id = fields.Many2one(
        "rental.deposit",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    rental_deposit_kind = fields.Selection(
        [("received", "Received"), ("kept", "Kept"), ("returned", "Paid Back")],
        string="Rental Deposit Step",
        readonly=True,
        copy=False,
    )

    @api.model
    def _guarded_fields(self):
        """Whose money it is: see ``rental.deposit``."""
        return super()._guarded_fields() | {"rental_deposit_id", "rental_deposit_kind"}

    def _rental_deposit_values(self):
        return {
            "rental_deposit_id": self.rental_deposit_id.id,
            "rental_deposit_kind": self.rental_deposit_kind,
        }

    def _eligible_for_stock_account(self):
        if self.sale_line_ids.filtered(
            lambda line: line.is_rental or line.rental_charge
        ):
            return False
        return super()._eligible_for_stock_account()
