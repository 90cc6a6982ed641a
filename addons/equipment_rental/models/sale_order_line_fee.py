"""Fees among an order's lines, and what a line's pieces come to."""

from odoo import api, fields, models


class SaleOrderLine(models.Model):
    """A fee is an order line that knows what it is for and when it arose (C14)."""

    _inherit = "sale.order.line"

    rental_fee_id = fields.Many2one(
        "rental.fee",
        string="Fee",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    rental_moment = fields.Selection(
        selection=lambda self: self.env["rental.fee"]._moments(),
        string="Arose at",
        readonly=True,
        copy=False,
    )
    rental_moment_date = fields.Datetime(string="Arose on", readonly=True, copy=False)
    rental_origin_line_id = fields.Many2one(
        "sale.order.line",
        string="Fee for",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    rental_transfer_id = fields.Many2one(
        "stock.picking",
        string="Arose with",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    rental_condition_id = fields.Many2one(
        "rental.condition",
        string="Fee for Condition",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    rental_deposit = fields.Monetary(
        string="Deposit",
        compute="_compute_rental_deposit",
        store=True,
        readonly=False,
        precompute=True,
        help="Asked for when the pieces are handed over. Not part of the price.",
    )

    _rental_deposit_positive = models.Constraint(
        "CHECK (rental_deposit >= 0)", "A deposit cannot be negative."
    )

    @api.depends(
        "is_rental",
        "product_id",
        "product_uom_qty",
        "product_uom_id",
        "order_id.currency_id",
    )
    def _compute_rental_deposit(self):
        """The item's deposit for each piece (C9); what is typed stays till then."""
        for line in self:
            piece = line.is_rental and line.product_id.rental_deposit
            line.rental_deposit = (
                line._rental_in_order_currency(piece) * line._rental_pieces()
                if piece
                else 0
            )

    @api.model
    def _guarded_fields(self):
        """What a fee arose from."""
        return super()._guarded_fields() | {"rental_condition_id"}

    def _rental_rent_of(self, pieces):
        """The rent of ``pieces`` of this line, in the order's currency, after discount.

        A price as the line's is: with taxes that are included in prices.
        """
        self.ensure_one()
        unit = self.product_id.uom_id
        quantity = unit._compute_quantity(pieces, self.product_uom_id, round=False)
        return quantity * self.price_unit * (1 - self.discount / 100)

    def _rental_still_to_invoice(self):
        """What is on no invoice yet, drafts included, with taxes."""
        if self.is_downpayment:
            # The last invoice takes off what was paid in advance.
            return -self.amount_invoiced if self.qty_to_invoice else 0
        if not self.product_uom_qty:
            return 0
        return self.price_total / self.product_uom_qty * self.qty_to_invoice

    # What was agreed when something arose, no price list changes.

    @api.depends("rental_fee_id", "rental_charge")
    def _compute_price_unit(self):
        return super(SaleOrderLine, self._quoted())._compute_price_unit()

    @api.depends("rental_fee_id", "rental_charge")
    def _compute_discount(self):
        return super(SaleOrderLine, self._quoted())._compute_discount()

    def _quoted(self):
        """Those that were offered, not those that arose as the rental was lived."""
        return self.filtered(
            lambda line: not (line.rental_fee_id or line.rental_charge)
        )

    def _rental_in_order_currency(self, amount):
        """``amount`` in the item's currency, in the order's; not rounded."""
        self.ensure_one()
        order = self.order_id
        return self.product_id.currency_id._convert(
            amount,
            order.currency_id,
            order.company_id,
            (order.date_order or fields.Datetime.now()).date(),
            round=False,
        )
