"""Deposits of an order: asked at the hand-over, held, settled at the end."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.resource_allocation.inputs import only_one

WHO = (
    "equipment_rental.equipment_rental_group_user,"
    "equipment_rental.equipment_rental_group_accountant"
)


class SaleOrder(models.Model):
    """What the customer leaves as a security; never on the order's total."""

    _inherit = "sale.order"

    rental_deposit_ids = fields.One2many(
        "rental.deposit", "order_id", string="Deposits", groups=WHO
    )
    rental_deposit_amount = fields.Monetary(
        string="Deposit",
        compute="_compute_rental_deposit_amount",
        help="What the order's lines ask for as a deposit, all pieces together.",
    )
    rental_deposit_due = fields.Monetary(
        string="Deposit to Collect",
        compute="_compute_rental_deposits",
        store=True,
        help="Asked of the customer and not received yet.",
    )
    rental_deposit_held = fields.Monetary(
        string="Deposit Held",
        compute="_compute_rental_deposits",
        store=True,
        help="Received from the customer and neither kept nor paid back yet.",
    )
    rental_can_receive_deposit = fields.Boolean(
        compute="_compute_rental_can_receive_deposit"
    )

    @api.depends("order_line.rental_deposit")
    def _compute_rental_deposit_amount(self):
        for order in self:
            order.rental_deposit_amount = sum(order.order_line.mapped("rental_deposit"))

    @api.depends("rental_deposit_ids.amount_due", "rental_deposit_ids.amount_held")
    def _compute_rental_deposits(self):
        for order in self:
            order.rental_deposit_due = sum(
                order.rental_deposit_ids.mapped("amount_due")
            )
            order.rental_deposit_held = sum(
                order.rental_deposit_ids.mapped("amount_held")
            )

    @api.depends(
        "state", "rental_deposit_due", "rental_deposit_amount", "rental_deposit_ids"
    )
    def _compute_rental_can_receive_deposit(self):
        for order in self:
            # Narrow sudo: a yes or no, for salespeople who see no deposits too.
            ahead = order.sudo()._rental_deposit_not_asked()
            order.rental_can_receive_deposit = order.state != "cancel" and bool(
                order.rental_deposit_due or (order.state == "sale" and ahead)
            )

    @api.depends("rental_deposit_ids.state")
    def _compute_rental_status(self):
        """An order is closed when its deposits are settled, too."""
        return super()._compute_rental_status()

    def _rental_still_to_post(self):
        """What draft invoices and what is on none yet come to, with taxes.

        In the order's currency; credits count against it.
        """
        self.ensure_one()
        # Narrow sudo: what it comes to, for clerks who see no invoices.
        order = self.sudo()
        drafts = order.invoice_ids.filtered(lambda move: move.state == "draft")
        amount = -sum(
            move.direction_sign
            * move.currency_id._convert(
                move.amount_total,
                order.currency_id,
                order.company_id,
                move.invoice_date or fields.Date.context_today(order),
            )
            for move in drafts
        )
        amount += sum(line._rental_still_to_invoice() for line in order.order_line)
        return max(order.currency_id.round(amount), 0)

    @api.constrains("pricelist_id", "partner_id", "company_id")
    def _check_rental_deposit_currency(self):
        """What was received is in its currency; the price list decides the order's."""
        # Narrow sudo: whoever quotes need not see the journal items.
        for order in self.sudo():
            received = order.rental_deposit_ids.line_ids.currency_id
            if received - order.currency_id:
                raise ValidationError(
                    self.env._(
                        "%(order)s: a deposit was received in %(currency)s. Keep a "
                        "price list in that currency, or make a new order.",
                        order=order.name,
                        currency=received[0].name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_deposits(self):
        # Narrow sudo: a salesperson who may delete the order sees no deposits.
        if asked := self.sudo().filtered("rental_deposit_ids"):
            raise UserError(
                self.env._(
                    "%s has deposits and cannot be deleted: keep it cancelled, or "
                    "delete those that were never received.",
                    asked[0].name,
                )
            )

    def _rental_is_settled(self):
        # Narrow sudo: the status is the same whoever makes it change.
        states = self.sudo().rental_deposit_ids.mapped("state")
        return super()._rental_is_settled() and not {"draft", "held"} & set(states)

    def _rental_deposit_not_asked(self):
        """What the lines ask for and no request does; what was waived counts."""
        self.ensure_one()
        asked = sum(self.rental_deposit_ids.mapped("amount"))
        return max(self.currency_id.round(self.rental_deposit_amount - asked), 0)

    # === ASKING === #

    def _request_rental_deposit(self, transfer, items):
        """Ask for the deposit on what was just handed over (C9, C14).

        What was asked in advance is not asked again.

        :param transfer: the hand-over
        :param list items: ``[(rental line, whole pieces)]``
        :return: the new deposit, empty when there is nothing to ask for
        """
        self.ensure_one()
        share = sum(
            line.rental_deposit * pieces / line._rental_pieces()
            for line, pieces in items
            if line.rental_deposit
        )
        # Narrow sudo: a storekeeper who hands over asks for it and sees no deposits.
        order = self.sudo()
        amount = order._rental_deposit_not_asked()
        if any(self.order_line.mapped("rental_qty_reserved")):
            # With the last piece all that is left is asked, what rounding left too.
            amount = self.currency_id.round(min(share, amount))
        if not amount:
            return self.env["rental.deposit"]
        return order._ask_rental_deposit(amount, transfer).sudo(False)

    def _ask_rental_deposit(self, amount, transfer=None):
        """Make the request for ``amount``, in the order's currency.

        :raise UserError: for nothing.
        """
        self.ensure_one()
        if self.currency_id.compare_amounts(amount, 0) <= 0:
            raise UserError(
                self.env._("Say how much the deposit is: more than nothing.")
            )
        moment = (transfer and transfer.rental_date) or fields.Datetime.now()
        return self.env["rental.deposit"]._insert(
            [
                {
                    "order_id": self.id,
                    "transfer_id": transfer and transfer.id,
                    "amount": amount,
                    "date": fields.Date.context_today(self, moment),
                }
            ]
        )

    def _action_cancel(self):
        """What was asked and never received is asked no longer."""
        done = super()._action_cancel()
        self._waive_rental_deposits()
        return done

    def action_draft(self):
        """A quotation again: what it asked for before may be asked for anew."""
        done = super().action_draft()
        # Narrow sudo: as for cancelling; only what was never received.
        self.sudo().rental_deposit_ids.filtered(
            lambda deposit: deposit.is_cancelled and not deposit.line_ids
        ).unlink()
        return done

    def _rental_cancel(self, reason, fee=None, amount=0.0):
        """As :meth:`_action_cancel`, when no more than the fee is left of the order."""
        done = super()._rental_cancel(reason, fee, amount)
        if self.rental_status == "cancelled":
            self._waive_rental_deposits()
        return done

    def _waive_rental_deposits(self):
        # Narrow sudo: a salesperson who may cancel the order sees no deposits.
        self.sudo().rental_deposit_ids.filtered(
            lambda deposit: deposit.state == "draft"
        ).action_cancel()

    # === ACTIONS === #

    def action_rental_deposit_receive(self):
        """Record the deposit the customer pays: what was asked, or in advance."""
        only_one(self)
        return self.env["rental.deposit.receive"]._open_for(
            self.rental_deposit_ids, order=self
        )

    def action_rental_deposit_settle(self):
        """Keep deposits for the order's invoices and pay back the rest."""
        only_one(self)
        return self.env["rental.deposit.settle"]._open_for(
            self.rental_deposit_ids, order=self
        )

    def action_rental_deposits(self):
        """Open the deposits of these orders."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "equipment_rental.rental_deposit_action"
        )
        action["domain"] = [("order_id", "in", self.ids)]
        action["context"] = {"default_order_id": self.id if len(self) == 1 else False}
        return action
