from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.resource_allocation.inputs import Picture, shown, to_text


class RentalCounterMixin(models.AbstractModel):
    """A moment at the counter: things of one order change hands (C5, C10, C13).

    What is handed over or brought back is scanned or chosen; who brings or takes it,
    and when, stands on the transfer.
    """

    _name = "rental.counter.mixin"
    _description = "Rental Counter"
    _inherit = ["barcodes.barcode_events_mixin"]

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    partner_id = fields.Many2one(related="order_id.partner_id", string="Customer")
    date = fields.Datetime(required=True, default=lambda self: fields.Datetime.now())
    person_id = fields.Many2one("res.partner")
    note = fields.Text(string="Remarks")
    signature = Picture(max_width=1024, max_height=1024)
    to_deliver = fields.Char(related="order_id.rental_to_deliver")
    code = fields.Char(
        string="Scan or Type",
        help="A serial number, or the barcode of an item without serial numbers.",
    )

    # === OPENING === #

    @api.model
    def _open_for(self, lines):
        """Open the window for what can be done with ``lines``, of one order.

        :raise UserError: when nothing can be done, or they are of several orders.
        """
        lines = self._workable(lines)
        if len(lines.order_id) > 1:
            raise UserError(
                self.env._(
                    "Choose rows of one order at a time; these are of %s.",
                    ", ".join(lines.order_id.mapped("name")),
                )
            )
        window = self.create(
            {
                "order_id": lines.order_id.id,
                "person_id": lines.order_id.partner_id.id,
                "line_ids": [Command.create(row) for row in self._prepare_rows(lines)],
            }
        )
        return window._window_action()

    @api.model
    def _workable(self, lines):
        """Those of ``lines`` this window can do something with.

        :raise UserError: when there is none.
        """
        raise NotImplementedError

    @api.model
    def _prepare_rows(self, lines):
        """Values of the window's rows for ``lines``. Override to add your own."""
        raise NotImplementedError

    def _window_action(self):
        """The window of this record, also to show it again after a button."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": f"{self._window_title()}: {self.order_id.name}, "
            f"{self.partner_id.display_name}",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _window_title(self):
        raise NotImplementedError

    # === SCANNING === #

    @api.onchange("code")
    def _onchange_code(self):
        """What is typed counts like what is scanned."""
        code, self.code = (self.code or "").strip(), False
        return self.on_barcode_scanned(code) if code else None

    def on_barcode_scanned(self, barcode):
        """Choose what was scanned; a wrong code is told and changes nothing."""
        problem = self._scan(to_text(self.env, barcode) or "")
        if not problem:
            return None
        return {
            "warning": {
                "title": self.env._("%s was not added", shown(barcode)),
                "message": problem,
                # Not a dialog: the next scan would end up in it.
                "type": "notification",
            }
        }

    def _scan(self, code):
        """Choose the unit or piece with this number; else say in words what is wrong.

        Runs in an onchange.
        """
        units = self.env["stock.lot"].search(
            [
                ("name", "in", [code, code.upper()]),
                ("product_id", "in", self.line_ids.product_id.ids),
            ]
        )
        if units:
            return self._scan_unit(units)
        rows = self.line_ids.filtered(
            lambda row: code in (row.product_id.barcode, row.product_id.default_code)
        )
        pieces = rows.filtered(lambda row: row.tracking != "serial")
        if pieces:
            return self._scan_piece(pieces)
        if rows:
            return self.env._(
                "%s has serial numbers: scan the number of the unit instead.",
                rows[0].product_id.display_name,
            )
        return self.env._(
            "Nothing in this window has the number %(code)s. Check whether it belongs "
            "to order %(order)s.",
            code=code,
            order=self.order_id.name,
        )

    def _scan_unit(self, units):
        """Choose one of ``units``, all of one number, or say what is wrong."""
        raise NotImplementedError

    def _why_not_here(self, units, rows):
        """Why none of ``units``, all of one number, can go out for these rows."""
        if units - units._rental_in_service():
            return self.env._(
                "%s is out of service: take another one, or put it back into service "
                "first (Rental › Fleet › Units).",
                units[0].display_name,
            )
        rows = rows.filtered(lambda row: row.product_id == units[0].product_id)
        return self.env._(
            "%(unit)s is not in %(place)s: it is in %(where)s.",
            unit=units[0].display_name,
            place=", ".join(rows.sale_line_id.warehouse_id.mapped("display_name")),
            where=units[0].location_id.display_name or self.env._("no place"),
        )

    def _scan_piece(self, rows):
        """Count one piece more on one of ``rows``, or say what is wrong."""
        raise NotImplementedError

    # === DOING IT === #

    def _move_goods(self, direction, items):
        """Make and finish the transfers, and tell them in the order's history.

        :param list items: see ``stock.picking._create_rental_transfers``
        :raise UserError: for a line of another order, as a program could send it.
        """
        self._check_own(items)
        transfers = self.env["stock.picking"]._create_rental_transfers(
            direction, items, self._prepare_transfer_vals()
        )
        transfers._log_rental()
        return transfers

    def _check_own(self, items):
        self.ensure_one()
        for item in items:
            if item["line"].order_id != self.order_id:
                raise UserError(
                    self.env._(
                        "%(item)s is not on %(order)s.",
                        item=item["line"].display_name,
                        order=self.order_id.name,
                    )
                )

    def _prepare_transfer_vals(self):
        """Who, when and remarks, for the transfer. Override to add your own."""
        return {
            "rental_date": self.date,
            "rental_person_id": self.person_id.id,
            "rental_note": self.note,
            "signature": self.signature,
        }


class RentalCounterLineMixin(models.AbstractModel):
    """Pieces or units of one order line in a window of the counter."""

    _name = "rental.counter.line.mixin"
    _description = "Item at the Rental Counter"

    sale_line_id = fields.Many2one("sale.order.line", required=True, readonly=True)
    product_id = fields.Many2one(related="sale_line_id.product_id", string="Item")
    tracking = fields.Selection(related="product_id.tracking")
    is_too_many = fields.Boolean(compute="_compute_is_too_many")

    _quantity_positive = models.Constraint(
        "CHECK (quantity >= 0)", "A quantity cannot be negative."
    )

    def _compute_is_too_many(self):
        raise NotImplementedError

    def _units_here(self):
        """Serial numbers in service in the warehouse each row rents from.

        :return: ``{row: serial numbers}``
        """
        place_of = {
            row: row.sale_line_id.warehouse_id.rental_stock_location_id for row in self
        }
        places = self.env["stock.location"].union(*place_of.values())
        lots = (
            self.env["stock.lot"]
            .search(
                [
                    ("product_id", "in", self.product_id.ids),
                    ("location_id", "child_of", places.ids),
                ]
            )
            ._rental_in_service()
        )
        return {
            row: lots.filtered(
                lambda lot, row=row, place=place: (
                    lot.product_id == row.product_id
                    and lot.location_id._child_of(place)
                )
            )
            for row, place in place_of.items()
        }
