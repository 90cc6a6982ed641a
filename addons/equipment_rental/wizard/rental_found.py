from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.inputs import only_one


class RentalFound(models.TransientModel):
    """The moment something lost turns up (C10): in stock again, and credited."""

    _name = "rental.found"
    _description = "Found Again"
    _inherit = ["rental.counter.mixin"]

    date = fields.Datetime(string="Found")
    person_id = fields.Many2one(string="Brought by")
    note = fields.Text(string="Where and How", help="Stands in the order's history.")
    line_ids = fields.One2many("rental.found.line", "wizard_id", string="Items")

    def _window_title(self):
        return self.env._("Found Again")

    @api.model
    def _workable(self, lines):
        losses = lines.order_id._rental_lost_moves()
        if not losses:
            raise UserError(
                self.env._(
                    "%s: nothing is lost that could be found.",
                    ", ".join(lines.order_id.mapped("name")),
                )
            )
        return losses.sale_line_id & lines

    @api.model
    def _prepare_rows(self, lines):
        """A row for each unit, and for the pieces of each loss."""
        rows = [
            {
                "sale_line_id": loss.sale_line_id.id,
                "loss_id": loss.id,
                "lost_on": loss._rental_moment(),
                "lot_id": lot.id,
                "quantity_lost": pieces,
                "condition_id": self.env["rental.condition"]._proposed().id,
            }
            for loss in lines.order_id._rental_lost_moves()
            if loss.sale_line_id in lines
            for lot, pieces in loss._still_lost().items()
        ]
        if len(rows) == 1 and rows[0]["quantity_lost"] == 1:
            rows[0]["quantity"] = 1
        return rows

    # === SCANNING === #

    def _scan_unit(self, units):
        row = self.line_ids.filtered(lambda row: row.lot_id._origin in units)[:1]
        if not row:
            return self.env._(
                "%(unit)s is not lost on order %(order)s.",
                unit=units[0].display_name,
                order=self.order_id.name,
            )
        row.quantity = 1
        return False

    def _scan_piece(self, rows):
        for row in rows:
            if row.quantity < row.quantity_lost:
                row.quantity += 1
                return False
        return self.env._(
            "%(item)s: all %(lost)s that were lost are found already.",
            item=rows[0].product_id.display_name,
            lost=sum(rows.mapped("quantity_lost")),
        )

    # === DOING IT === #

    def action_found(self):
        """Bring the goods into the stock and take off what was charged for them.

        :raise AccessError: for anybody but clerks.
        :raise UserError: for nothing found, more than is lost, or without a reason.
        """
        only_one(self).order_id._check_may_find()
        found = self.line_ids.filtered("quantity")
        found._check_found()
        amounts = {rows: rows._amount_off() for rows in found._by_fee().values()}
        transfers = self._move_goods("found", [row._prepare_item() for row in found])
        for rows, amount in amounts.items():
            if amount:
                rows._take_off(amount, transfers)
        return {"type": "ir.actions.act_window_close"}

    def _prepare_transfer_vals(self):
        """From where the losses are, instead of from a customer."""
        losses = self.line_ids.filtered("quantity").loss_id
        return {
            **super()._prepare_transfer_vals(),
            "location_id": losses[0].location_dest_id.id,
        }


class RentalFoundLine(models.TransientModel):
    """A unit, or pieces, that one return lost and that may have been found."""

    _name = "rental.found.line"
    _description = "Item Found Again"
    _inherit = ["rental.counter.line.mixin"]
    _order = "sale_line_id, lot_id, id"

    wizard_id = fields.Many2one(
        "rental.found", required=True, ondelete="cascade", index=True
    )
    currency_id = fields.Many2one(related="sale_line_id.currency_id")
    loss_id = fields.Many2one("stock.move", required=True, readonly=True)
    lost_on = fields.Datetime(readonly=True)
    lot_id = fields.Many2one("stock.lot", string="Serial Number", readonly=True)
    quantity_lost = fields.Integer(string="Lost", readonly=True)
    quantity = fields.Integer(string="Found")
    condition_id = fields.Many2one("rental.condition", domain=[("is_lost", "=", False)])
    credit = fields.Monetary(
        compute="_compute_credit",
        store=True,
        readonly=False,
        help="Taken off what was charged for the loss, without tax.",
    )

    _credit_positive = models.Constraint(
        "CHECK (credit >= 0)", "A credit cannot be negative."
    )

    @api.depends("quantity", "quantity_lost")
    def _compute_is_too_many(self):
        for row in self:
            row.is_too_many = row.quantity > row.quantity_lost

    @api.depends("quantity")
    def _compute_credit(self):
        for row in self:
            fee, currency = row._fee(), row.currency_id
            lost, left = row._pieces_charged()
            whole = fee._rental_rent_of(fee.product_uom_qty) if fee else 0
            parts = [
                currency.round(whole * pieces / lost) if lost else 0
                for pieces in (lost - left, lost - left + row.quantity)
            ]
            row.credit = min(parts[1] - parts[0], fee._rental_left_of_fee())

    def _fee(self):
        """The fee that was charged for the loss, if one was."""
        self.ensure_one()
        return self.env["sale.order.line"]._rental_charged_for(self.loss_id)

    def _by_fee(self):
        """These rows by what was charged for their losses."""
        return self.grouped(lambda row: row._fee())

    def _pieces_charged(self):
        """Pieces that the fee of this row's loss was charged for; still lost of them.

        One return in one condition is one fee, however many units it lost.
        """
        loss = self.loss_id
        losses = (loss.picking_id.move_ids or loss).filtered(
            lambda move: (
                move._is_lost()
                and move.sale_line_id == loss.sale_line_id
                and move.rental_condition_id == loss.rental_condition_id
            )
        )
        lost = sum(n for move in losses for *_what, n in move._rental_pieces())
        return lost, sum(n for move in losses for n in move._still_lost().values())

    def _check_found(self):
        """:raise UserError: for what cannot have been found like this."""
        if not self:
            raise UserError(self.env._("Enter how many were found."))
        if not self.wizard_id.note:
            raise UserError(
                self.env._(
                    "Say where and how it was found: it stands in the order's history."
                )
            )
        for row in self:
            left = row.loss_id._still_lost().get(row.lot_id, 0)
            if row.quantity > left:
                raise UserError(
                    self.env._(
                        "%(item)s: only %(lost)s are lost, not %(found)s.",
                        item=(row.lot_id or row.product_id).display_name,
                        lost=left,
                        found=row.quantity,
                    )
                )
            if row.condition_id.is_lost:
                raise UserError(
                    self.env._(
                        "%s: say in what condition it was found.",
                        (row.lot_id or row.product_id).display_name,
                    )
                )
            row._check_not_in_stock()

    def _check_not_in_stock(self):
        """:raise UserError: somebody counted or moved the unit into a stock already."""
        # Narrow sudo: a thing is in one place, also where another company has it.
        quants = self.lot_id.sudo().quant_ids.filtered(
            lambda quant: quant.location_id.usage == "internal" and quant.quantity > 0
        )
        if place := quants.location_id[:1]:
            Pool = self.env["rental.pool"]
            raise UserError(Pool._say_where(self.lot_id, place, place.warehouse_id))

    def _prepare_item(self):
        """What moves: see ``stock.picking._create_rental_transfers``."""
        return {
            "line": self.sale_line_id,
            "quantity": self.quantity,
            "lots": self.lot_id,
            "location_id": self.loss_id.location_dest_id.id,
            "origin_returned_move_id": self.loss_id.id,
            "rental_condition_id": self.condition_id.id,
        }

    def _amount_off(self):
        """What to take off the one fee of these rows: their credits, cents mended.

        :raise UserError: for more than is left of the fee.
        """
        currency, left = self.currency_id, self[0]._fee()._rental_left_of_fee()
        amount = sum(self.mapped("credit"))
        whole = sum(self.mapped("quantity")) == self[0]._pieces_charged()[1]
        if (
            whole
            and len(self) > 1
            and abs(left - amount) <= (len(self) * currency.rounding)
        ):
            # Each row was rounded by itself.
            amount = left
        if currency.compare_amounts(amount, left) > 0:
            raise UserError(
                self.env._(
                    "%(item)s: no more than %(left)s of what the loss was charged can "
                    "be taken off. Credit other invoices themselves.",
                    item=self[0].product_id.display_name,
                    left=currency.format(left),
                )
            )
        return currency.round(amount)

    def _take_off(self, amount, transfers):
        """Take ``amount`` off the one fee of these rows, in the customer's language."""
        order, line, fee = self.wizard_id.order_id, self[0].sale_line_id, self[0]._fee()
        kind = fee.rental_fee_id.with_context(lang=order._get_lang())
        fee._rental_take_off(
            amount,
            self.wizard_id.date,
            transfers.filtered(lambda done: line in done.move_ids.sale_line_id)[:1],
            kind._say_found(
                line.product_id.with_env(kind.env), sum(self.mapped("quantity"))
            ),
        )
