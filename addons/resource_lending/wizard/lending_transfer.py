from odoo import fields, models

from odoo.addons.resource_allocation.inputs import only_one


class LendingTransfer(models.TransientModel):
    """Passes things on to somebody else, without coming back in between."""

    _name = "lending.transfer"
    _description = "Pass On"
    _inherit = ["lending.holder.mixin"]

    loan_ids = fields.Many2many("lending.loan", string="Assignments", required=True)
    send_receipt = fields.Boolean(string="Send a receipt", default=True)
    note = fields.Char(string="Remarks")

    def action_transfer(self):
        """End the old assignments and begin the new ones at the same instant; the new
        holder gets a document to sign.

        :raise UserError: nobody chosen, or not handed out any more.
        """
        only_one(self)
        vals = {**self._holder_vals(), "due_date": self.due_date}
        loans = self.loan_ids.transfer(vals)
        documents = self.env["lending.handover"]._document(
            loans, note=self.note, send_receipt=self.send_receipt
        )
        return documents._open()
