from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class RentalTakeBack(models.TransientModel):
    """The moment items come back (C10, C13): all or a part, in what condition."""

    _name = "rental.take.back"
    _description = "Take Back Rented Items"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    partner_id = fields.Many2one(related="order_id.partner_id", string="Customer")
    date = fields.Datetime(
        string="Came Back", required=True, default=lambda self: fields.Datetime.now()
    )
    person_id = fields.Many2one("res.partner", string="Brought by")
    note = fields.Text(string="Remarks")
    line_ids = fields.One2many("rental.take.back.line", "wizard_id", string="Items")

    @api.model
    def _open_for(self, lines):
        """Open the window for what ``lines`` have out, one row per serial number.

        :raise UserError: when nothing is out.
        """
        lines = lines.filtered("rental_qty_out")
        if not lines:
            raise UserError(self.env._("Nothing is out that could come back."))
        condition = self.env["rental.condition"].search([], limit=1)
        wizard = self.create(
            {
                "order_id": lines.order_id.ensure_one().id,
                "person_id": lines.order_id.partner_id.id,
                "line_ids": [
                    Command.create({**vals, "condition_id": condition.id})
                    for line in lines
                    for vals in self._prepare_lines(line)
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take Back"),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    @api.model
    def _prepare_lines(self, line):
        """Rows of one order line: each unit that is out, or all its pieces."""
        if line.product_id.tracking != "serial":
            pieces = line.rental_qty_out
            return [
                {
                    "sale_line_id": line.id,
                    "quantity_out": pieces,
                    "quantity": pieces,
                }
            ]
        # Narrow sudo: a clerk sees which units of this order are out.
        units = line.sudo()._rental_rows("out").resource_id
        lots = self.env["stock.lot"].search([("rental_resource_id", "in", units.ids)])
        return [
            {
                "sale_line_id": line.id,
                "lot_id": lot.id,
                "quantity_out": 1,
                "quantity": 1,
            }
            for lot in lots
        ]

    def action_take_back(self):
        """Move the goods back to the warehouse and tell the ledger, or do neither.

        :raise UserError: for nothing chosen, or more than is out.
        """
        self.ensure_one()
        chosen = self.line_ids.filtered("quantity")
        if not chosen:
            raise UserError(self.env._("Enter a quantity that came back."))
        too_many = chosen.filtered(lambda line: line.quantity > line.quantity_out)
        if too_many:
            raise UserError(
                self.env._(
                    "%(item)s: only %(out)s are out, %(quantity)s cannot come back.",
                    item=too_many[0].product_id.display_name,
                    out=too_many[0].quantity_out,
                    quantity=too_many[0].quantity,
                )
            )
        self.env["stock.picking"]._create_rental_transfers(
            "back",
            [
                {
                    "line": line.sale_line_id,
                    "quantity": line.quantity,
                    "lots": line.lot_id,
                    "rental_condition_id": line.condition_id.id,
                    "rental_remark": line.remark,
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


class RentalTakeBackLine(models.TransientModel):
    """Pieces of one order line, or one unit, that may come back."""

    _name = "rental.take.back.line"
    _description = "Item to Take Back"

    wizard_id = fields.Many2one(
        "rental.take.back", required=True, ondelete="cascade", index=True
    )
    sale_line_id = fields.Many2one("sale.order.line", required=True, readonly=True)
    product_id = fields.Many2one(related="sale_line_id.product_id", string="Item")
    lot_id = fields.Many2one("stock.lot", string="Serial Number", readonly=True)
    quantity_out = fields.Integer(string="Out", readonly=True)
    quantity = fields.Integer(string="Came Back")
    condition_id = fields.Many2one("rental.condition")
    remark = fields.Char()

    _quantity_positive = models.Constraint(
        "CHECK (quantity >= 0)", "A quantity cannot be negative."
    )
