from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class RentalHandOver(models.TransientModel):
    """The moment reserved items go to the customer (C5, C13): who took what, when."""

    _name = "rental.hand.over"
    _description = "Hand Over Rented Items"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    partner_id = fields.Many2one(related="order_id.partner_id", string="Customer")
    date = fields.Datetime(
        string="Handed Over",
        required=True,
        default=lambda self: fields.Datetime.now(),
    )
    person_id = fields.Many2one(
        "res.partner",
        string="Taken Over by",
        help="The person at the counter; may differ from the customer.",
    )
    note = fields.Text(string="Remarks")
    line_ids = fields.One2many("rental.hand.over.line", "wizard_id", string="Items")

    @api.model
    def _open_for(self, lines):
        """Open the window for what ``lines`` have reserved.

        :raise UserError: when nothing is reserved.
        """
        lines = lines.filtered("rental_qty_reserved")
        if not lines:
            raise UserError(
                self.env._("Nothing is reserved that could be handed over.")
            )
        wizard = self.create(
            {
                "order_id": lines.order_id.ensure_one().id,
                "person_id": lines.order_id.partner_id.id,
                "line_ids": [
                    Command.create(
                        {
                            "sale_line_id": line.id,
                            "quantity": 0
                            if line.product_id.tracking == "serial"
                            else line.rental_qty_reserved,
                        }
                    )
                    for line in lines
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand Over"),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_hand_over(self):
        """Move the goods to the customer and tell the ledger, or do neither.

        :raise UserError: for nothing chosen, or pieces that are not there.
        :raise AllocationConflict: for a unit that is promised to somebody else.
        """
        self.ensure_one()
        chosen = self.line_ids.filtered("quantity")
        if not chosen:
            raise UserError(
                self.env._("Choose serial numbers or enter a quantity to hand over.")
            )
        self.env["stock.picking"]._create_rental_transfers(
            "out",
            [
                {
                    "line": line.sale_line_id,
                    "quantity": line.quantity,
                    "lots": line.lot_ids,
                }
                for line in chosen
            ],
            {
                "rental_date": self.date,
                "rental_person_id": self.person_id.id,
                "rental_note": self.note,
            },
        )
        return {"type": "ir.actions.act_window_close"}


class RentalHandOverLine(models.TransientModel):
    """One order line in the hand-over: how many, and which serial numbers."""

    _name = "rental.hand.over.line"
    _description = "Item to Hand Over"

    wizard_id = fields.Many2one(
        "rental.hand.over", required=True, ondelete="cascade", index=True
    )
    sale_line_id = fields.Many2one("sale.order.line", required=True, readonly=True)
    product_id = fields.Many2one(related="sale_line_id.product_id", string="Item")
    tracking = fields.Selection(related="product_id.tracking")
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
        help="Type or scan the numbers of the units that are handed over.",
    )
    quantity = fields.Integer(
        compute="_compute_quantity", store=True, readonly=False, string="Hand Over"
    )

    _quantity_positive = models.Constraint(
        "CHECK (quantity >= 0)", "A quantity cannot be negative."
    )

    @api.depends("product_id", "warehouse_id")
    def _compute_available_lot_ids(self):
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "in", self.product_id.ids),
                ("lot_id", "!=", False),
                ("quantity", ">", 0),
                (
                    "location_id",
                    "child_of",
                    self.warehouse_id.rental_stock_location_id.ids,
                ),
            ]
        )
        for line in self:
            place = line.warehouse_id.rental_stock_location_id.parent_path or "-"
            line.available_lot_ids = quants.filtered(
                lambda quant, line=line, place=place: (
                    quant.product_id == line.product_id
                    and quant.location_id.parent_path.startswith(place)
                )
            ).lot_id

    @api.depends("lot_ids")
    def _compute_quantity(self):
        for line in self:
            if line.tracking == "serial":
                line.quantity = len(line.lot_ids)
