"""What a customer lost, and the way back when it turns up (C10)."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.resource_allocation.inputs import only_one

CLERK = "equipment_rental.equipment_rental_group_user"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    rental_has_lost = fields.Boolean(
        compute="_compute_rental_has_lost",
        compute_sudo=True,
        help="Something was lost and not found yet.",
    )

    @api.depends("order_line.move_ids.state", "order_line.rental_qty_back")
    def _compute_rental_has_lost(self):
        for order in self:
            order.rental_has_lost = bool(order._rental_lost_moves())

    def _rental_lost_moves(self):
        """The stock moves by which these orders lost what nobody found yet."""
        moves = self.order_line.move_ids.filtered(
            lambda move: move.state == "done" and move._is_lost()
        )
        return moves.filtered(lambda move: move._still_lost()).sorted("id")

    def action_rental_found(self):
        """Say what of the lost things turned up again (C10).

        :raise AccessError: for anybody but clerks: it takes off what was charged.
        :raise UserError: when nothing is lost.
        """
        self._check_may_find()
        return self.env["rental.found"]._open_for(only_one(self).order_line)

    @api.model
    def _check_may_find(self):
        if not (self.env.su or self.env.user.has_group(CLERK)):
            raise AccessError(
                self.env._(
                    "Only a rental clerk takes off what was charged for something "
                    "lost. Tell one of them that it was found, and where."
                )
            )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _rental_loss_location(self):
        """Where what customers lost goes in the stock: as what a count misses."""
        self.ensure_one()
        company = self.company_id
        place = self.product_id.with_company(company).property_stock_inventory
        if not place:
            raise UserError(
                self.env._(
                    "%s has no place for what is lost: choose its Inventory Location "
                    "on the item.",
                    self.product_id.display_name,
                )
            )
        return place

    # === WHAT A LOSS COST === #

    def _rental_charged_for(self, loss):
        """The fee that was charged on the order for what the move ``loss`` lost.

        What was lost in the stock app, a clerk charged in his own way.
        """
        if not (loss.picking_id and loss.rental_condition_id):
            return self.browse()
        return self.search(
            [
                ("order_id", "=", loss.sale_line_id.order_id.id),
                ("rental_origin_line_id", "=", loss.sale_line_id.id),
                ("rental_transfer_id", "=", loss.picking_id.id),
                ("rental_condition_id", "=", loss.rental_condition_id.id),
                ("rental_takes_off_id", "=", False),
            ],
            limit=1,
        )

    def _rental_corrections(self):
        """What was taken off these fees already."""
        return self.search([("rental_takes_off_id", "in", self.ids)])

    def _rental_left_of_fee(self):
        """What of this fee nobody took off: a price as the line's, after discount.

        Neither here nor with a credit note of its own.
        """
        lines = self | self._rental_corrections()
        left = sum(
            line._rental_rent_of(line.product_uom_qty)
            * (1 - line._rental_credited_share())
            for line in lines
        )
        return max(left, 0)

    def _rental_take_off(self, amount, date, transfer, name):
        """Take ``amount`` off this fee, as a line of its own that core credits (C11).

        Where all of it goes and nothing of it is on an invoice, the lines are given up
        instead: an invoice over nothing helps nobody.

        :param float amount: a price as the line's, after its discount
        :param datetime date: UTC
        """
        self.ensure_one()
        currency = self.order_id.currency_id
        lines = self | self._rental_corrections()
        whole = currency.is_zero(self._rental_left_of_fee() - amount)
        if whole and not self.order_id.locked and not any(lines.mapped("qty_invoiced")):
            lines.product_uom_qty = 0
            return
        self.order_id._add_rental_fee(
            self.rental_fee_id,
            amount / (1 - self.discount / 100),
            self.rental_moment,
            date,
            origin_line=self.rental_origin_line_id,
            transfer=transfer,
            name=name,
            product_uom_qty=-1,
            discount=self.discount,
            tax_ids=self.tax_ids.ids,
            analytic_distribution=self.analytic_distribution,
            rental_condition_id=self.rental_condition_id.id,
            rental_takes_off_id=self.id,
        )
