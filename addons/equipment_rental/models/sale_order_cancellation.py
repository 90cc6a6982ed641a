"""A customer cancels a reservation, perhaps at a fee (C17)."""

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.inputs import only_one


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _rental_reserved_items(self):
        """What is reserved and not handed over: ``[(rental line, whole pieces)]``."""
        return [
            (line, line.rental_qty_reserved)
            for line in self.order_line
            if line.rental_qty_reserved
        ]

    def _rental_cancellation_fee(self, moment):
        """The fee for cancelling at ``moment`` (UTC), or none (C17).

        Of the fees whose days before the start have begun, the one with the fewest.
        """
        self.ensure_one()
        Fee = self.env["rental.fee"]
        items = self._rental_reserved_items()
        if not items:
            return Fee
        start = min(line.rental_start for line, _pieces in items)
        days_left = (start - moment).total_seconds() / (24 * 60 * 60)
        fees = Fee.search(Fee._domain_for(self.company_id, "cancellation"))
        fitting = fees.filtered(lambda fee: days_left < fee.days_before)
        return fitting.sorted("days_before")[:1]

    def _rental_cancel(self, reason, fee=None, amount=0.0):
        """Give up what is reserved, at a fee or without (C17).

        With a fee, or where something was handed over, sold or invoiced, the order
        stays confirmed with what is left of it, so that core's invoicing invoices that,
        and credits what was invoiced before.

        :param float amount: the fee without tax, in the order's currency
        :raise UserError: when nothing is reserved.
        """
        self.ensure_one()
        items = self._rental_reserved_items()
        if not items:
            raise UserError(
                self.env._(
                    "%s: nothing is reserved that could be cancelled. What is out has "
                    "to come back first.",
                    self.name,
                )
            )
        # As core does with all of an order: a draft would still bill what is given up.
        drafts = self.invoice_ids.filtered(lambda invoice: invoice.state == "draft")
        # Narrow sudo: they are this order's, and their payments are not the clerk's.
        drafts.sudo().button_cancel()
        if amount:
            self._add_rental_fee(fee, amount, "cancellation", fields.Datetime.now())
        for line, _pieces in items:
            line._rental_keep(line.rental_qty_out + line.rental_qty_back)
        said = self.with_context(lang=self._get_lang()).env._("Reservation cancelled")
        given_up = self.order_line.browse([line.id for line, _pieces in items])
        given_up.filtered(
            lambda line: not line.product_uom_qty
        )._rental_drop_corrections(said)
        self.message_post(
            body=self.env._(
                "Reservation cancelled: %s", reason or self.env._("no reason")
            )
        )
        lines = self.order_line
        if any(line.product_uom_qty or line._is_on_invoice() for line in lines):
            return
        self._action_cancel()

    def _action_cancel(self):
        """Core cancels at once what is only reserved; not what was begun or billed.

        :raise UserError: saying how it is ended instead.
        """
        for order in self.filtered("is_rental_order"):
            order._check_rental_ends_by_itself()
        return super()._action_cancel()

    def _check_rental_ends_by_itself(self):
        lines = self.order_line.filtered("is_rental")
        if any(lines.mapped("rental_qty_back")) and self.state == "sale":
            raise UserError(
                self.env._(
                    "%s: something was handed over and is back. What it cost remains: "
                    "cancel what is still reserved with “Cancel Reservation”, and "
                    "credit what is given back on its invoice.",
                    self.name,
                )
            )
        # Drafts are cancelled with the order.
        # Narrow sudo: a yes or no, for clerks who see no invoices.
        if "posted" in self.sudo().order_line.invoice_lines.mapped("parent_state"):
            raise UserError(
                self.env._(
                    "%s is on an invoice. Press “Cancel Reservation”, then “Invoice”: "
                    "that makes the credit note.",
                    self.name,
                )
            )

    def action_rental_cancel(self):
        """Ask why a reservation is cancelled and at what fee (C17)."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel Reservation"),
            "res_model": "rental.cancellation",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _rental_keep(self, pieces):
        """Rent out only so many whole pieces; the ledger follows."""
        self.ensure_one()
        unit = self.product_id.uom_id
        self.product_uom_qty = unit._compute_quantity(pieces, self.product_uom_id)
