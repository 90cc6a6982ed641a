from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.resource_allocation.inputs import Picture, only_one


class RentalHandOver(models.TransientModel):
    """The moment reserved items go to the customer (C5, C13): who took what, when."""

    _name = "rental.hand.over"
    _description = "Hand Over Rented Items"
    _inherit = ["rental.counter.mixin"]

    date = fields.Datetime(string="Handed Over")
    person_id = fields.Many2one(
        string="Taken Over by",
        help="The person at the counter; may differ from the customer.",
    )
    signature = Picture(help="Of the person who takes the items over.")
    line_ids = fields.One2many("rental.hand.over.line", "wizard_id", string="Items")
    early_notice = fields.Char(compute="_compute_early_notice")

    @api.depends("date", "line_ids.sale_line_id")
    def _compute_early_notice(self):
        """More than a day before the planned start is worth a second look."""
        for window in self:
            limit = (window.date or fields.Datetime.now()) + timedelta(days=1)
            early = window.line_ids.sale_line_id.filtered(
                lambda line, limit=limit: (
                    line.rental_start and line.rental_start > limit
                )
            )
            window.early_notice = bool(early) and self.env._(
                "Earlier than planned: reserved from %(start)s (%(items)s).",
                start=window.order_id._rental_clock(min(early.mapped("rental_start"))),
                items=", ".join(early.product_id.mapped("display_name")),
            )

    def _window_title(self):
        return self.env._("Hand Over")

    @api.model
    def _workable(self, lines):
        lines = lines.filtered(
            lambda line: line.rental_qty_reserved and line.state == "sale"
        )
        if not lines:
            raise UserError(
                self.env._("Nothing is reserved that could be handed over.")
            )
        return lines

    @api.model
    def _prepare_rows(self, lines):
        """All reserved pieces, and those units that are already chosen."""
        # Narrow sudo: whoever hands over sees which units this order has chosen.
        rows = lines.sudo()._rental_rows("reserved")
        lots = (
            self.env["stock.lot"]
            .search([("rental_resource_id", "in", rows.resource_id.ids)])
            ._rental_in_service()
        )
        lines_of = {row.resource_id.id: row.res_id for row in rows}
        vals_list = []
        for line in lines:
            serial = line.product_id.tracking == "serial"
            chosen = lots.filtered(
                lambda lot, line=line: (
                    lines_of[lot.sudo().rental_resource_id.id] == line.id
                    and lot.location_id
                    and lot.location_id._child_of(
                        line.warehouse_id.rental_stock_location_id
                    )
                )
            )
            vals_list.append(
                {
                    "sale_line_id": line.id,
                    "lot_ids": chosen.ids,
                    "quantity": len(chosen) if serial else line.rental_qty_reserved,
                }
            )
        return vals_list

    # === SCANNING === #

    def _scan_unit(self, units):
        rows = self.line_ids.filtered(lambda row: row.tracking == "serial")
        if chosen := units & rows.lot_ids._origin:
            return self.env._("%s is already chosen.", chosen[0].display_name)
        unit = (units & rows.available_lot_ids._origin)[:1]
        if not unit:
            return self._why_not_here(units, rows)
        rows = rows.filtered(lambda row: unit in row.available_lot_ids._origin)
        row = rows.filtered(lambda row: len(row.lot_ids) < row.quantity_reserved)[:1]
        if not row:
            return self._full(rows)
        row.lot_ids |= unit
        return False

    def _scan_piece(self, rows):
        """The first scan of an item starts its count; before, all is chosen."""
        for row in rows:
            counted = row.quantity if row.is_counted else 0
            if counted < row.quantity_reserved:
                row.is_counted = True
                row.quantity = counted + 1
                return False
        return self._full(rows)

    def _full(self, rows):
        return self.env._(
            "%(item)s: all %(reserved)s that are reserved are chosen already.",
            item=rows[0].product_id.display_name,
            reserved=sum(rows.mapped("quantity_reserved")),
        )

    # === DOING IT === #

    def action_hand_over(self):
        """Move the goods to the customer and tell the ledger, or do neither.

        :raise UserError: for nothing chosen, more than is reserved, or pieces that
            are not there.
        :raise AllocationConflict: for a unit that is promised to somebody else.
        """
        self._hand_over()
        return {"type": "ir.actions.act_window_close"}

    def action_hand_over_and_print(self):
        """Hand over as above, then print the contract for the signature (C12)."""
        self._hand_over()
        action = self.order_id.action_rental_print_contract()
        return {**action, "close_on_report_download": True}

    def _hand_over(self):
        """The transfers that hand over what is chosen."""
        only_one(self)
        chosen = self.line_ids.filtered("quantity")
        if not chosen:
            raise UserError(
                self.env._("Choose serial numbers or enter a quantity to hand over.")
            )
        chosen._check_chosen()
        return self._move_goods(
            "out",
            [
                {
                    "line": line.sale_line_id,
                    "quantity": line.quantity,
                    "lots": line.lot_ids,
                    "rental_photo_ids": [Command.set(line.photo_ids.ids)],
                }
                for line in chosen
            ],
        )


class RentalHandOverLine(models.TransientModel):
    """One order line in the hand-over: how many, and which serial numbers."""

    _name = "rental.hand.over.line"
    _description = "Item to Hand Over"
    _inherit = ["rental.counter.line.mixin"]

    wizard_id = fields.Many2one(
        "rental.hand.over", required=True, ondelete="cascade", index=True
    )
    warehouse_id = fields.Many2one(related="sale_line_id.warehouse_id")
    rental_stop = fields.Datetime(related="sale_line_id.rental_stop", string="Due Back")
    quantity_reserved = fields.Integer(
        related="sale_line_id.rental_qty_reserved", string="Reserved"
    )
    available_lot_ids = fields.Many2many(
        "stock.lot", compute="_compute_available_lot_ids"
    )
    lot_ids = fields.Many2many(
        "stock.lot",
        string="Serial Numbers",
        domain="[('id', 'in', available_lot_ids)]",
        help="Scan or choose the numbers of the units that are handed over.",
    )
    quantity = fields.Integer(
        compute="_compute_quantity", store=True, readonly=False, string="Hand Over"
    )
    is_counted = fields.Boolean(help="Pieces of this item are being scanned.")
    photo_ids = fields.Many2many(
        "ir.attachment", string="Photos", help="How it looks when it goes."
    )
    hint = fields.Char(compute="_compute_is_too_many", string="To Do")

    @api.depends("product_id", "warehouse_id")
    def _compute_available_lot_ids(self):
        for line, lots in self._units_here().items():
            line.available_lot_ids = lots

    @api.depends("lot_ids")
    def _compute_quantity(self):
        for line in self:
            if line.tracking == "serial":
                line.quantity = len(line.lot_ids)

    @api.depends("quantity", "quantity_reserved", "tracking")
    def _compute_is_too_many(self):
        for line in self:
            line.is_too_many = line.quantity > line.quantity_reserved
            line.hint = line._describe_choice()

    def _describe_choice(self):
        """What is left to choose, or too much, in words."""
        numbers = {"chosen": self.quantity, "reserved": self.quantity_reserved}
        if self.is_too_many:
            return self.env._(
                "%(chosen)s chosen, only %(reserved)s reserved", **numbers
            )
        if self.tracking != "serial":
            return False
        if not self.quantity:
            return self.env._("Numbers to choose: %s", numbers["reserved"])
        return self.env._("%(chosen)s of %(reserved)s reserved chosen", **numbers)

    def _choose_rows(self, rows):
        """Choose the pieces of just these rows of the ledger.

        :raise UserError: for units that are not chosen yet, or cannot go.
        """
        for line in self:
            mine = rows.filtered(lambda row, o=line.sale_line_id: row.res_id == o.id)
            pieces = sum(mine.mapped("quantity"))
            if line.tracking != "serial":
                line.quantity = pieces
                continue
            # Narrow sudo: the units' own ids in the ledger.
            units = mine.sudo().resource_id
            line.lot_ids = line.lot_ids.filtered(
                lambda lot, units=units: lot.sudo().rental_resource_id in units
            )
            if len(line.lot_ids) != pieces:
                raise UserError(
                    self.env._(
                        "%(item)s: choose serial numbers that are there, with Hand "
                        "Over in %(order)s.",
                        item=line.product_id.display_name,
                        order=line.sale_line_id.order_id.name,
                    )
                )

    def _check_chosen(self):
        """Refuse more than is reserved, and a unit chosen twice."""
        seen = self.env["stock.lot"]
        for line in self:
            if line.is_too_many:
                raise UserError(line._too_many_message())
            if twice := seen & line.lot_ids:
                raise UserError(
                    self.env._(
                        "%s is chosen twice.", ", ".join(twice.mapped("display_name"))
                    )
                )
            seen |= line.lot_ids

    def _too_many_message(self):
        item = self.product_id.display_name
        if self.lot_ids:
            item += f" ({', '.join(self.lot_ids.mapped('name'))})"
        return self.env._(
            "%(item)s: %(chosen)s are chosen, but order %(order)s has only "
            "%(reserved)s reserved. Choose fewer, or raise the quantity on the order "
            "first.",
            item=item,
            chosen=self.quantity,
            reserved=self.quantity_reserved,
            order=self.sale_line_id.order_id.name,
        )
