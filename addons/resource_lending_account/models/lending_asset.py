from odoo import api, fields, models

from odoo.addons.resource_allocation.inputs import only_one

READS_BILLS = "account.group_account_readonly,account.group_account_invoice"


class LendingAsset(models.Model):
    """An asset knows the bill it was bought by."""

    _inherit = "lending.asset"

    bill_id = fields.Many2one(
        "account.move",
        string="Vendor Bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=READS_BILLS,
    )
    bill_line_id = fields.Many2one(
        "account.move.line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=READS_BILLS,
        help="Technical: what it was made of, so that no bill makes it twice.",
    )

    @api.model
    def _guarded_fields(self):
        """Posting the bill says which it was."""
        return super()._guarded_fields() | {"bill_id", "bill_line_id"}

    def action_view_bill(self):
        """Open the vendor bill."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.bill_id.id,
            "views": [(False, "form")],
        }
