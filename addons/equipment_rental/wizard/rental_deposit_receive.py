from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.inputs import only_one


class RentalDepositReceive(models.TransientModel):
    """The customer pays the deposit, or a part of it."""

    _name = "rental.deposit.receive"
    _inherit = ["rental.deposit.window"]
    _description = "Receive Rental Deposit"
    _check_company_auto = True

    amount = fields.Monetary(string="Received", required=True)
    amount_left = fields.Monetary(
        string="Still to Collect", compute="_compute_amount_left"
    )

    @api.depends("amount", "amount_due")
    def _compute_amount_left(self):
        for wizard in self:
            due = wizard.amount_due or wizard.amount_asked
            wizard.amount_left = due - wizard.amount

    @api.model
    def _open_for(self, deposits, order=None):
        """Open the window for what is to collect of ``deposits``.

        Where nothing is asked yet, what ``order``'s lines ask for is proposed.

        :raise UserError: when there is nothing to collect.
        """
        order = order or only_one(deposits.order_id)
        deposits = deposits.filtered("amount_due")
        ahead = 0 if deposits else order._rental_deposit_not_asked()
        due = sum(deposits.mapped("amount_due"))
        if not due and (not ahead or order.state != "sale"):
            raise UserError(
                self.env._("%s: there is no deposit to collect.", order.name)
            )
        vals = {"amount": due or ahead}
        if not deposits:
            vals["amount_asked"] = ahead
        return self._open_window(order, deposits, vals, self.env._("Receive Deposit"))

    def _amounts_now(self):
        """Nothing asked yet: somebody else may have asked meanwhile."""
        now = super()._amounts_now()
        if not self.deposit_ids:
            now["amount_asked"] = self.order_id._rental_deposit_not_asked()
        return now

    def action_receive(self):
        """Book the money in.

        :raise UserError: for nothing, for more than is asked, or when somebody booked
            meanwhile.
        """
        only_one(self)
        self._check_unchanged()
        deposits = self.deposit_ids
        if not deposits:
            self.order_id.check_access("write")
            deposits = self.order_id._ask_rental_deposit(self.amount_asked)
            # A second click finds the request made here, and it changed.
            self.deposit_ids = deposits
        deposits.receive(self.amount, self.journal_id, self.date)
        return {"type": "ir.actions.act_window_close"}
