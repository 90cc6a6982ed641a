from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.inputs import only_one


class RentalDepositSettle(models.TransientModel):
    """What becomes of a deposit: kept for invoices, paid back, or held on."""

    _name = "rental.deposit.settle"
    _inherit = ["rental.deposit.window"]
    _description = "Settle Rental Deposit"
    _check_company_auto = True

    amount_open = fields.Monetary(
        string="Open on Invoices",
        readonly=True,
        help="What the order's posted invoices still have open, less its credit notes.",
    )
    amount_to_post = fields.Monetary(
        string="Not Posted Yet",
        readonly=True,
        help="What draft invoices and what is on no invoice yet come to. It is held "
        "back for them.",
    )
    amount_kept = fields.Monetary(
        string="Keep", help="Pays the order's invoices, the first due first."
    )
    amount_returned = fields.Monetary(
        string="Pay Back",
        compute="_compute_amount_returned",
        store=True,
        readonly=False,
    )
    amount_left = fields.Monetary(string="Held Further", compute="_compute_amount_left")
    hint = fields.Char(compute="_compute_hint")

    @api.depends("amount_held", "amount_kept", "amount_open", "amount_to_post")
    def _compute_amount_returned(self):
        """The rest, but for what is to be posted and not kept ahead already."""
        for wizard in self:
            ahead = max(wizard.amount_kept - wizard.amount_open, 0)
            held_back = max(wizard.amount_to_post - ahead, 0)
            rest = wizard.amount_held - wizard.amount_kept - held_back
            wizard.amount_returned = max(rest, 0)

    @api.depends("amount_held", "amount_kept", "amount_returned")
    def _compute_amount_left(self):
        for wizard in self:
            wizard.amount_left = (
                wizard.amount_held - wizard.amount_kept - wizard.amount_returned
            )

    @api.depends("order_id", "amount_open", "amount_kept")
    def _compute_hint(self):
        for wizard in self:
            wizard.hint = wizard._hint()

    def _hint(self):
        """What to mind before settling, or False."""
        order = self.order_id
        beyond = self.amount_kept - self.amount_open
        if self.currency_id.compare_amounts(beyond, 0) > 0:
            return self.env._(
                "%s more than the posted invoices have open: it stays the customer's "
                "credit for the next invoice.",
                self.deposit_ids._format(beyond),
            )
        # Narrow sudo: whether there is a draft, for clerks who see no invoices.
        if any(move.state == "draft" for move in order.sudo().invoice_ids):
            return self.env._(
                "There is a draft invoice: post it first, and the deposit can pay it. "
                "Until then that much is held back."
            )
        if order.invoice_status == "to invoice":
            return self.env._(
                "There is still something to invoice: rent or fees are not on an "
                "invoice yet. Until then that much is held back."
            )
        if order.rental_can_take_back:
            return self.env._(
                "Something is still out: what it may cost is not known yet."
            )
        return False

    @api.model
    def _open_for(self, deposits, order=None):
        """Open the window for what is held of ``deposits``.

        :raise UserError: when nothing is held.
        """
        order = order or only_one(deposits.order_id)
        deposits = deposits.filtered("amount_held")
        if not deposits:
            raise UserError(self.env._("%s: no deposit is held.", order.name))
        open_amount = sum(deposits._open_items().values())
        held = sum(deposits.mapped("amount_held"))
        vals = {
            "amount_open": open_amount,
            "amount_to_post": order._rental_still_to_post(),
            "amount_kept": min(held, open_amount),
        }
        return self._open_window(order, deposits, vals, self.env._("Settle Deposit"))

    def _amounts_now(self):
        """What is kept pays invoices: somebody may have paid them meanwhile."""
        return {
            **super()._amounts_now(),
            "amount_open": sum(self.deposit_ids._open_items().values()),
            "amount_to_post": self.order_id._rental_still_to_post(),
        }

    def action_settle(self):
        """Book what is kept and what is paid back.

        :raise UserError: for nothing, for more than is held, or when somebody booked
            meanwhile.
        """
        only_one(self)
        self._check_unchanged()
        self.deposit_ids.settle(
            self.amount_kept,
            self.journal_id,
            self.date,
            give_back=self.amount_returned,
        )
        return {"type": "ir.actions.act_window_close"}
