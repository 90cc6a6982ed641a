from odoo import fields, models


class AccountMoveLine(models.Model):
    """Journal items on the deposit account know whose deposit they are about."""

    _inherit = "account.move.line"

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

    def _copy_data_extend_business_fields(self, values):
        """A reversal takes back what the entry did to the deposit."""
        done = super()._copy_data_extend_business_fields(values)
        values["rental_deposit_id"] = self.rental_deposit_id.id
        values["rental_deposit_kind"] = self.rental_deposit_kind
        return done
