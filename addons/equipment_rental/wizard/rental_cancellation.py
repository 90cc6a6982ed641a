from odoo import api, fields, models

from odoo.addons.resource_allocation.inputs import only_one


class RentalCancellation(models.TransientModel):
    """Why a reservation is cancelled, and at what fee (C17)."""

    _name = "rental.cancellation"
    _description = "Cancel Reservation"
    _check_company_auto = True

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    company_id = fields.Many2one(related="order_id.company_id")
    currency_id = fields.Many2one(related="order_id.currency_id")
    rental_start = fields.Datetime(compute="_compute_what", string="Starts")
    rent = fields.Monetary(compute="_compute_what", help="Of what is still reserved.")
    fee_id = fields.Many2one(
        "rental.fee",
        compute="_compute_fee_id",
        store=True,
        readonly=False,
        check_company=True,
        domain="[('moment', '=', 'cancellation')]",
        help="By how long before the start it is cancelled.",
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="0: it is cancelled for nothing.",
    )
    reason = fields.Char()

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "A fee cannot be negative."
    )
    _amount_has_fee = models.Constraint(
        "CHECK (fee_id IS NOT NULL OR amount IS NULL OR amount = 0)",
        "Choose the fee the amount is charged as.",
    )

    @api.depends("order_id")
    def _compute_what(self):
        for wizard in self:
            items = wizard.order_id._rental_reserved_items()
            wizard.rent = sum(line._rental_rent_of(pieces) for line, pieces in items)
            wizard.rental_start = min(
                (line.rental_start for line, _pieces in items), default=False
            )

    @api.depends("order_id")
    def _compute_fee_id(self):
        now = fields.Datetime.now()
        for wizard in self:
            wizard.fee_id = wizard.order_id._rental_cancellation_fee(now)

    @api.depends("fee_id")
    def _compute_amount(self):
        now = fields.Datetime.now()
        for wizard in self:
            order = wizard.order_id
            wizard.amount = (
                wizard.fee_id._amount_for(order, order._rental_reserved_items(), now)
                if wizard.fee_id
                else 0
            )

    def action_cancel(self):
        """Free the items and, with a fee, put it on the order.

        :raise UserError: when nothing is reserved.
        """
        only_one(self)
        self.order_id._rental_cancel(self.reason, self.fee_id, self.amount)
        return {"type": "ir.actions.act_window_close"}
