from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import formatLang

EDITABLE = {"order_id", "partner_id", "amount", "date"}
"""What a person may write; all else follows from the journal entries."""
WHOSE = {"order_id", "partner_id"}
"""Whose money it is: fixed once there is any."""


class RentalDeposit(models.Model):
    """A deposit asked of the customer (C9): received, kept for invoices, paid back.

    It is money owed to the customer, never revenue: its amounts are what the posted
    entries on the liability account say, in the order's currency. So an entry that an
    accountant resets or reverses counts here at once. Nothing of it is on the order's
    total or in the VAT report.
    """

    _name = "rental.deposit"
    _description = "Rental Deposit"
    _inherit = ["resource.guarded.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    order_id = fields.Many2one(
        "sale.order",
        string="Rental Order",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        domain=[("is_rental_order", "=", True)],
    )
    transfer_id = fields.Many2one(
        "stock.picking",
        string="Hand-over",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        help="The hand-over it was asked for. Empty: asked for by hand.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
        index=True,
        help="Who pays it and gets it back: at first whom the order is invoiced to.",
    )
    company_id = fields.Many2one(
        related="order_id.company_id", store=True, precompute=True, index=True
    )
    currency_id = fields.Many2one(
        related="order_id.currency_id", store=True, precompute=True
    )
    date = fields.Date(
        string="Asked on", required=True, default=fields.Date.context_today
    )
    amount = fields.Monetary(
        string="Asked",
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    amount_received = fields.Monetary(
        string="Received", compute="_compute_amounts", store=True
    )
    amount_kept = fields.Monetary(
        string="Kept",
        compute="_compute_amounts",
        store=True,
        help="Taken for the order's invoices.",
    )
    amount_returned = fields.Monetary(
        string="Paid Back", compute="_compute_amounts", store=True
    )
    amount_held = fields.Monetary(
        string="Held",
        compute="_compute_state",
        store=True,
        help="Received and neither kept nor paid back yet: what is owed to the "
        "customer.",
    )
    amount_due = fields.Monetary(
        string="To Collect",
        compute="_compute_state",
        store=True,
        help="Asked and not received yet.",
    )
    is_cancelled = fields.Boolean(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "To Collect"),
            ("held", "Held"),
            ("settled", "Settled"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        compute="_compute_state",
        store=True,
        index=True,
        group_expand=True,
    )
    account_id = fields.Many2one(
        "account.account",
        string="Deposit Account",
        readonly=True,
        copy=False,
        ondelete="restrict",
        check_company=True,
        help="The liability account it was booked on when it was received.",
    )
    line_ids = fields.One2many(
        "account.move.line",
        "rental_deposit_id",
        string="Journal Items",
        readonly=True,
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    payment_ids = fields.Many2many(
        "account.payment",
        string="Payments",
        readonly=True,
        copy=False,
        groups="account.group_account_readonly,account.group_account_invoice",
    )

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "Say how much the deposit is: more than nothing."
    )
    _amounts_positive = models.Constraint(
        "CHECK (amount_received >= 0 AND amount_kept >= 0 AND amount_returned >= 0)",
        "No amount of a deposit can be negative.",
    )
    _received_was_asked = models.Constraint(
        "CHECK (amount_received <= amount)",
        "More cannot be received than the deposit asks for.",
    )
    _settled_was_received = models.Constraint(
        "CHECK (amount_kept + amount_returned <= amount_received)",
        "More cannot be kept and paid back than was received.",
    )
    _cancelled_is_empty = models.Constraint(
        "CHECK (NOT is_cancelled OR amount_received = 0)",
        "A deposit that was received cannot be cancelled: pay it back instead.",
    )

    # === COMPUTES === #

    @api.depends("order_id")
    def _compute_display_name(self):
        for deposit in self:
            name = deposit.order_id.name
            deposit.display_name = self.env._("Deposit %s", name or "")

    @api.depends("order_id")
    def _compute_partner_id(self):
        for deposit in self:
            deposit.partner_id = deposit.order_id.partner_invoice_id

    @api.depends("order_id", "order_id.order_line.rental_deposit")
    def _compute_amount(self):
        """What the order's lines ask for and no other request does.

        A request in advance follows the lines while it is open, never below what was
        received; what is typed stays till then. One of a hand-over is for what went
        out.
        """
        for deposit in self.filtered("order_id"):
            if not deposit.amount:
                deposit.amount = deposit.order_id._rental_deposit_not_asked()
            elif deposit._is_ahead():
                asked = sum(deposit.order_id.rental_deposit_ids.mapped("amount"))
                others = asked - deposit.amount
                left = deposit.order_id.rental_deposit_amount - others
                left = max(left, deposit.amount_received)
                # Nothing is asked any more: cancelling it is a person's decision.
                deposit.amount = left if left > 0 else deposit.amount

    def _is_ahead(self):
        """Asked for before a hand-over, and neither cancelled nor settled."""
        settled = self.amount_kept + self.amount_returned
        is_settled = settled and settled >= self.amount_received
        return not (self.transfer_id or self.is_cancelled or is_settled)

    @api.depends(
        "line_ids.parent_state",
        "line_ids.amount_currency",
        "line_ids.rental_deposit_kind",
    )
    def _compute_amounts(self):
        for deposit in self:
            sums = dict.fromkeys(("received", "kept", "returned"), 0.0)
            for line in deposit.line_ids:
                if line.parent_state == "posted":
                    sums[line.rental_deposit_kind] += line.amount_currency
            deposit.amount_received = -sums["received"]
            deposit.amount_kept = sums["kept"]
            deposit.amount_returned = sums["returned"]

    @api.depends(
        "amount", "amount_received", "amount_kept", "amount_returned", "is_cancelled"
    )
    def _compute_state(self):
        for deposit in self:
            received = deposit.amount_received
            held = received - deposit.amount_kept - deposit.amount_returned
            empty = (deposit.currency_id or self.env.company.currency_id).is_zero(held)
            deposit.amount_held = 0 if empty else held
            if deposit.is_cancelled:
                deposit.state = "cancelled"
            elif not received:
                deposit.state = "draft"
            else:
                deposit.state = "settled" if empty else "held"
            is_open = deposit.state in ("draft", "held")
            deposit.amount_due = deposit.amount - received if is_open else 0

    # === CRUD === #

    @api.model
    def _guarded_fields(self):
        """All but :data:`EDITABLE` values follow from the entries."""
        return super()._guarded_fields() | self._all_fields_but(EDITABLE)

    def write(self, vals):
        """Whose money it is cannot change once there is any."""
        booked = WHOSE & vals.keys() and self.sudo().filtered("line_ids")
        if booked:
            raise UserError(
                self.env._(
                    "%s was received already: order and customer stay as they are.",
                    booked[0].display_name,
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        # Narrow sudo: a clerk may not read journal items, yet they must be found.
        booked = self.sudo().filtered("line_ids")
        if booked:
            raise UserError(
                self.env._(
                    "%s has journal entries and cannot be deleted. Pay it back, or "
                    "reverse its entries.",
                    booked[0].display_name,
                )
            )

    # === ACTIONS === #

    def action_receive(self):
        """Open the window in which the customer's payment is recorded."""
        return self.env["rental.deposit.receive"]._open_for(self)

    def action_settle(self):
        """Open the window in which the deposit is kept or paid back."""
        return self.env["rental.deposit.settle"]._open_for(self)

    def action_cancel(self):
        """Ask for it no longer: for a deposit that was never received.

        :raise UserError: when something was received; that must be paid back.
        """
        self.check_access("write")
        received = self.filtered("amount_received")
        if received:
            raise UserError(
                self.env._(
                    "%(deposit)s: %(amount)s was received. Settle it: pay it back or "
                    "keep it.",
                    deposit=received[0].display_name,
                    amount=received[0]._format(received[0].amount_received),
                )
            )
        self._store({"is_cancelled": True})

    def action_reopen(self):
        """Ask for cancelled deposits again."""
        self.check_access("write")
        self._store({"is_cancelled": False})

    def action_entries(self):
        """Open the journal items of these deposits, payments included."""
        self.check_access("read")
        moves = self.line_ids.move_id | self.payment_ids.move_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Journal Items"),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": Domain("move_id", "in", moves.ids),
            "context": {"create": False, "search_default_group_by_move": 1},
        }

    def _format(self, amount):
        """``amount`` as the user writes money, in the currency of the deposits."""
        return formatLang(self.env, amount, currency_obj=self.currency_id[:1])
