from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.inputs import only_one

from ..models.sale_order_line_counter import EARLY


class RentalSwap(models.TransientModel):
    """The moment something that is out is swapped for another of the same item (P9).

    One comes back, another goes out, in one step: period, price and place in the order
    stay as they are.
    """

    _name = "rental.swap"
    _description = "Swap Rented Items"
    _inherit = ["rental.counter.mixin"]

    date = fields.Datetime(string="Swapped")
    person_id = fields.Many2one(
        string="With", help="Who brings the one and takes the other."
    )
    note = fields.Text(
        string="Reason", help="Stands in the history of both, and on the protocol."
    )
    line_ids = fields.One2many("rental.swap.line", "wizard_id", string="Items")

    def _window_title(self):
        return self.env._("Swap")

    @api.model
    def _workable(self, lines):
        lines = lines.filtered("rental_qty_out")
        if not lines:
            raise UserError(self.env._("Nothing is out that could be swapped."))
        return lines

    @api.model
    def _prepare_rows(self, lines):
        """A row for each unit that is out, and for all pieces of an order line.

        They are those of *Take Back*. Where only one thing is out, it is meant.
        """
        rows = [
            {name: value for name, value in vals.items() if name != "quantity"}
            for vals in self.env["rental.take.back"]._prepare_rows(lines)
        ]
        if len(rows) == 1 and rows[0]["quantity_out"] == 1:
            rows[0]["quantity"] = 1
        return rows

    # === SCANNING === #

    def _scan_unit(self, units):
        """What is out comes back; what is here goes out instead of it."""
        row = self.line_ids.filtered(lambda row: row.lot_id._origin in units)[:1]
        if not row:
            return self._scan_other(units)
        if row.quantity and row.is_scanned:
            return self.env._("%s is already chosen.", units[0].display_name)
        row.quantity = 1
        row.is_scanned = True
        return False

    def _scan_other(self, units):
        """Choose one of ``units`` for what came back and has none scanned yet."""
        rows = self.line_ids.filtered(
            lambda row: row.quantity and row.product_id in units.product_id
        )
        if not rows:
            return self.env._(
                "%(unit)s is not out on order %(order)s. Scan first what comes back, "
                "then what goes out instead.",
                unit=units[0].display_name,
                order=self.order_id.name,
            )
        unit = (units & rows.available_lot_ids._origin)[:1]
        if not unit:
            return self._why_not_here(units, rows)
        open_rows = rows.filtered(lambda row: not row.is_other_scanned)
        proposed = open_rows.filtered(lambda row: row.other_lot_id._origin == unit)
        row = (proposed or open_rows)[:1]
        if not row or unit in (rows - open_rows).other_lot_id._origin:
            return self.env._("%s is already chosen.", unit.display_name)
        row.other_lot_id = unit
        row.is_other_scanned = True
        return False

    def _scan_piece(self, rows):
        for row in rows:
            if row.quantity < row.quantity_out:
                row.quantity += 1
                return False
        return self.env._(
            "%(item)s: all %(out)s that are out are chosen already.",
            item=rows[0].product_id.display_name,
            out=sum(rows.mapped("quantity_out")),
        )

    # === DOING IT === #

    def action_swap(self):
        """Take back the one and hand over the other, or do neither (P9).

        :raise UserError: for nothing chosen, no reason, more than is out, or what
            cannot go out instead.
        :raise AllocationConflict: for a unit that is promised to somebody else.
        """
        self._swap()
        return {"type": "ir.actions.act_window_close"}

    def action_swap_and_print(self):
        """Swap as above, then print the protocol of it (C12)."""
        transfers = self._swap()
        report = self.env.ref("equipment_rental.action_report_return_protocol")
        action = report.report_action(transfers.ids)
        return {**action, "close_on_report_download": True}

    def _swap(self):
        """Goods, ledger and money go on together; the returns that belong to it.

        First comes back what is out: then its place is free for the other.
        """
        rows = only_one(self).line_ids.filtered("quantity")
        self._check_swap(rows)
        lines, moment = rows.sale_line_id, self.date
        swaps = lines._rental_swaps_of([row._as_swap() for row in rows])
        returns = self._move_rows(
            "back", [swap.row.id for swap in swaps], [row._item_back() for row in rows]
        )
        new = lines._rental_promise_instead(swaps, moment)
        for back in returns:
            mine = rows.filtered(
                lambda row, back=back: row.sale_line_id in back.move_ids.sale_line_id
            )
            self._move_rows(
                "out",
                new.ids,
                [row._item_out() for row in mine],
                rental_swap_id=back.id,
            )._log_rental()
        lines._rental_end_swap(swaps, new, moment)
        lines._rental_log_swaps(swaps, new, self.note)
        self._ask_for_fees(rows)
        return returns

    def _move_rows(self, direction, row_ids, items, **vals):
        """Make and finish the transfers of just these rows of the ledger."""
        transfers = self.env["stock.picking"].with_context(
            # Its rent goes on with the other: no early return.
            rental_rows=row_ids,
            rental_early=EARLY["agreed"],
        )
        return transfers._create_rental_transfers(
            direction, items, {**self._prepare_transfer_vals(), **vals}
        )

    def _check_swap(self, rows):
        """:raise UserError: for what cannot be swapped like this."""
        if not rows:
            raise UserError(self.env._("Choose what is swapped."))
        if not (self.note or "").strip():
            raise UserError(
                self.env._("Say why it is swapped: it stands in the history of both.")
            )
        self._check_own([row._item_back() for row in rows])
        others = self.env["stock.lot"]
        for row in rows:
            row._check_back()
            if row.tracking == "serial":
                row._check_other()
            if row.other_lot_id & others:
                raise UserError(
                    self.env._("%s is chosen twice.", row.other_lot_id.display_name)
                )
            others |= row.other_lot_id
        rows.filtered(lambda row: row.tracking != "serial")._check_there()

    def _ask_for_fees(self, rows):
        """Leave what the condition may cost to whoever charges: it may be our fault."""
        # Narrow sudo: a storekeeper may not write the order; one activity on it.
        order = self.order_id.sudo()
        items = [(row.sale_line_id, row.quantity, row.condition_id) for row in rows]
        fees = order._propose_rental_fees("return", self.date, items)
        order._ask_for_fees(
            self.env._("Charge for what was swapped?"),
            # What else a return costs, costs the one of what went out instead.
            [vals for vals in fees if vals["condition_id"]],
        )


class RentalSwapLine(models.TransientModel):
    """A unit, or pieces of an order line, that may be swapped, and for what."""

    _name = "rental.swap.line"
    _description = "Item to Swap"
    _inherit = ["rental.counter.line.mixin"]
    _order = "sale_line_id, lot_id, id"

    wizard_id = fields.Many2one(
        "rental.swap", required=True, ondelete="cascade", index=True
    )
    lot_id = fields.Many2one("stock.lot", string="Comes Back", readonly=True)
    quantity_out = fields.Integer(string="Out", readonly=True)
    quantity = fields.Integer(string="Swap")
    condition_id = fields.Many2one("rental.condition", domain=[("is_lost", "=", False)])
    remark = fields.Char()
    available_lot_ids = fields.Many2many(
        "stock.lot", compute="_compute_available_lot_ids"
    )
    other_lot_id = fields.Many2one(
        "stock.lot",
        string="Goes Out",
        compute="_compute_other_lot_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', available_lot_ids)]",
        help="Another of the same item; the first that is free is proposed.",
    )
    is_scanned = fields.Boolean(help="It was scanned as it came back.")
    is_other_scanned = fields.Boolean(help="What goes out instead was scanned.")
    hint = fields.Char(compute="_compute_is_too_many", string="To Do")

    @api.depends("product_id")
    def _compute_available_lot_ids(self):
        for row, lots in self._units_here().items():
            row.available_lot_ids = lots

    @api.depends("quantity")
    def _compute_other_lot_id(self):
        """Propose the first that is free until the end, for each row another one."""
        chosen = self.filtered(lambda row: row.quantity and row.tracking == "serial")
        (self - chosen).other_lot_id = False
        taken = (self.wizard_id.line_ids - self).other_lot_id
        taken |= chosen.other_lot_id
        chosen = chosen.filtered(lambda row: not row.other_lot_id)
        for row, lots in chosen._free_units().items():
            row.other_lot_id = (lots - taken)[:1]
            taken |= row.other_lot_id

    def _free_units(self):
        """The units here that are free until the line ends: ``{row: serial numbers}``.

        As if what comes back had come back already.
        """
        now = fields.Datetime.now()
        # Narrow sudo: whether a unit is free is nobody's secret.
        back = self.lot_id.sudo().rental_resource_id
        out = self.sale_line_id.sudo()._rental_rows("out")
        out = out.filtered(lambda row: row.resource_id in back)
        free_for = {}
        by_stop = self.grouped(lambda row: row.sale_line_id.rental_stop)
        for stop, rows in by_stop.items():
            here = rows.available_lot_ids._origin
            units = here.sudo().rental_resource_id
            until = max(stop, now + timedelta(minutes=1))
            free = units.free_quantity(now, until, exclude_ids=out.ids)
            fitting = here.filtered(
                lambda lot, free=free: free.get(lot.sudo().rental_resource_id.id)
            )
            free_for |= {row: row.available_lot_ids._origin & fitting for row in rows}
        return free_for

    @api.depends("quantity", "quantity_out", "other_lot_id")
    def _compute_is_too_many(self):
        for row in self:
            row.is_too_many = row.quantity > row.quantity_out
            missing = row.quantity and row.tracking == "serial" and not row.other_lot_id
            row.hint = self.env._("Choose what goes out instead") if missing else False

    # === CHECKS === #

    def _check_back(self):
        """:raise UserError: for what cannot come back like this."""
        item = (self.lot_id or self.product_id).display_name
        if self.is_too_many:
            raise UserError(
                self.env._(
                    "%(item)s: only %(out)s are out, %(quantity)s cannot be swapped.",
                    item=item,
                    out=self.quantity_out,
                    quantity=self.quantity,
                )
            )
        if self.condition_id.is_lost:
            raise UserError(
                self.env._(
                    "%s: what is lost does not come back. Take it back as lost, then "
                    "add a line for what goes out instead.",
                    item,
                )
            )

    def _check_other(self):
        """:raise UserError: for the number of what cannot go out instead."""
        other = self.other_lot_id
        if not other:
            raise UserError(
                self.env._(
                    "%s: choose the serial number that goes out instead.",
                    self.lot_id.display_name,
                )
            )
        if other.product_id != self.product_id:
            raise UserError(
                self.env._(
                    "%(other)s is no %(item)s: only one of the same item is swapped. "
                    "Another item is a line of its own: take this one back and add it.",
                    other=other.display_name,
                    item=self.product_id.display_name,
                )
            )
        if other == self.lot_id:
            raise UserError(
                self.env._("%s cannot be swapped for itself.", other.display_name)
            )

    def _check_there(self):
        """:raise UserError: fewer pieces are here than go out: they are no others."""
        by_stock = self.grouped(
            lambda row: (row.product_id, row.sale_line_id.warehouse_id)
        )
        for (item, warehouse), rows in by_stock.items():
            place = warehouse.rental_stock_location_id
            there = item.with_context(location=place.id).free_qty
            wanted = sum(rows.mapped("quantity"))
            if there < wanted:
                raise UserError(
                    self.env._(
                        "Only %(there)s of %(item)s are in %(place)s, not %(wanted)s.",
                        item=item.display_name,
                        there=round(there),
                        place=place.display_name,
                        wanted=wanted,
                    )
                )

    # === WHAT MOVES === #

    def _as_swap(self):
        """See ``sale.order.line._rental_swaps_of``."""
        return self.sale_line_id, self.lot_id, self.quantity, self.other_lot_id

    def _item_back(self):
        """What comes back: see ``stock.picking._create_rental_transfers``."""
        return {
            "line": self.sale_line_id,
            "quantity": self.quantity,
            "lots": self.lot_id,
            "rental_condition_id": self.condition_id.id,
            "rental_remark": self.remark,
        }

    def _item_out(self):
        """What goes out instead, as above."""
        return {
            "line": self.sale_line_id,
            "quantity": self.quantity,
            "lots": self.other_lot_id,
        }
