from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.resource_allocation.inputs import Picture, only_one

from ..models.sale_order_line_counter import EARLY


class RentalTakeBack(models.TransientModel):
    """The moment items come back (C10, C13): all or a part, in what condition."""

    _name = "rental.take.back"
    _description = "Take Back Rented Items"
    _inherit = ["rental.counter.mixin"]

    date = fields.Datetime(string="Came Back")
    person_id = fields.Many2one(string="Brought by")
    signature = Picture(help="Of the person who brings the items back.")
    line_ids = fields.One2many("rental.take.back.line", "wizard_id", string="Items")
    is_counted = fields.Boolean(help="What came back is being scanned.")
    is_early = fields.Boolean(compute="_compute_is_early")
    early_return = fields.Selection(
        [("agreed", "As it was agreed"), ("real", "Until it came back")],
        string="Back Early: Charge",
        compute="_compute_early_return",
        store=True,
        readonly=False,
        precompute=True,
        help="Some of it comes back before the end it is charged for.",
    )
    has_units = fields.Boolean(
        compute="_compute_has", help="An item of these has serial numbers."
    )
    has_damages = fields.Boolean(
        compute="_compute_has", help="An item of these has a price list of damages."
    )

    @api.depends("order_id", "line_ids.sale_line_id", "line_ids.lot_id")
    def _compute_has(self):
        for window in self:
            items = window.line_ids.product_id.product_tmpl_id
            companies = items.rental_damage_ids.company_id
            window.has_units = bool(window.line_ids.lot_id)
            window.has_damages = window.order_id.company_id in companies

    def _window_title(self):
        return self.env._("Take Back")

    @api.model
    def _workable(self, lines):
        lines = lines.filtered("rental_qty_out")
        if not lines:
            raise UserError(self.env._("Nothing is out that could come back."))
        return lines

    @api.model
    def _prepare_rows(self, lines):
        """A row for each unit that is out, and for all pieces of an order line."""
        # Narrow sudo: whoever takes back sees which units of this order are out.
        rows = lines.sudo()._rental_rows("out")
        lots = self.env["stock.lot"].search(
            [("rental_resource_id", "in", rows.resource_id.ids)]
        )
        units_of = rows.grouped("res_id")
        condition = self.env["rental.condition"]._proposed()
        vals_list = []
        for line in lines:
            vals = {"sale_line_id": line.id, "condition_id": condition.id}
            if line.product_id.tracking == "serial":
                units = units_of[line.id].resource_id
                vals_list += [
                    {**vals, "lot_id": lot.id, "quantity_out": 1, "quantity": 1}
                    for lot in lots
                    if lot.sudo().rental_resource_id in units
                ]
            else:
                pieces = line.rental_qty_out
                vals_list.append({**vals, "quantity_out": pieces, "quantity": pieces})
        return vals_list

    # === BACK EARLY === #

    @api.depends("order_id")
    def _compute_early_return(self):
        """By the company's policy; asked each time, nothing is said for the clerk."""
        for window in self:
            policy = window.order_id.company_id.rental_early_return
            window.early_return = policy if policy != "ask" else False

    @api.depends("date", "line_ids.quantity")
    @api.depends_context("uid")
    def _compute_is_early(self):
        """Whether there is something to decide, for who may."""
        for window in self:
            lines = window.line_ids.filtered("quantity").sale_line_id
            # Narrow sudo: when what is out is due, of this order.
            rows = lines.sudo()._rental_rows("out")
            moment = window.date or fields.Datetime.now()
            window.is_early = (
                window.may_price
                and window.order_id.company_id.rental_early_return != "agreed"
                and any(moment < row._rental_charged()[1] for row in rows)
            )

    # === SCANNING === #

    def _scan_unit(self, units):
        row = self.line_ids.filtered(lambda row: row.lot_id._origin in units)[:1]
        if not row:
            return self.env._(
                "%(unit)s is not out on order %(order)s.",
                unit=units[0].display_name,
                order=self.order_id.name,
            )
        if self.is_counted and row.quantity:
            return self.env._("%s is already back.", units[0].display_name)
        self._start_count()
        row.quantity = 1
        return False

    def _scan_piece(self, rows):
        for line_rows in rows.grouped("sale_line_id").values():
            row = line_rows[0]
            counted = sum(line_rows.mapped("quantity")) if self.is_counted else 0
            if counted < row.quantity_out:
                self._start_count()
                row.quantity += 1
                return False
        return self.env._(
            "%(item)s: all %(out)s that are out are back already.",
            item=rows[0].product_id.display_name,
            out=sum(group[0].quantity_out for group in rows._by_promise().values()),
        )

    def _start_count(self):
        """With the first scan nothing is back but what is scanned."""
        if not self.is_counted:
            self.is_counted = True
            self.line_ids.quantity = 0

    # === DOING IT === #

    def action_take_back(self):
        """Move the goods back to the warehouse and tell the ledger, or do neither.

        :raise UserError: for nothing chosen, or more than is out.
        """
        self._take_back()
        return {"type": "ir.actions.act_window_close"}

    def action_take_back_and_print(self):
        """Take back as above, then print the protocol of this return (C12)."""
        transfers = self._take_back()
        report = self.env.ref("equipment_rental.action_report_return_protocol")
        action = report.report_action(transfers.ids)
        return {**action, "close_on_report_download": True}

    def _take_back(self):
        """The transfers that take back what came back."""
        self.ensure_one()
        chosen = self.line_ids.filtered("quantity")
        if not chosen:
            raise UserError(self.env._("Enter a quantity that came back."))
        chosen._check_out()
        chosen._check_damages()
        decided = EARLY.get(self.early_return) if self.is_early else None
        return self.with_context(rental_early=decided)._move_goods(
            "back",
            [
                {
                    "line": line.sale_line_id,
                    "quantity": line.quantity,
                    "lots": line.lot_id,
                    "rental_condition_id": line.condition_id.id,
                    "rental_remark": line.remark,
                    "rental_photo_ids": [Command.set(line.photo_ids.ids)],
                }
                for line in chosen
            ],
        )


class RentalTakeBackLine(models.TransientModel):
    """Pieces of one order line in one condition, or one unit, that may come back."""

    _name = "rental.take.back.line"
    _description = "Item to Take Back"
    _inherit = ["rental.counter.line.mixin"]
    _order = "sale_line_id, lot_id, id"

    wizard_id = fields.Many2one(
        "rental.take.back", required=True, ondelete="cascade", index=True
    )
    lot_id = fields.Many2one("stock.lot", string="Serial Number", readonly=True)
    quantity_out = fields.Integer(
        string="Out", readonly=True, help="Of this order line, in all its rows."
    )
    quantity = fields.Integer(string="Came Back")
    condition_id = fields.Many2one("rental.condition")
    is_lost = fields.Boolean(related="condition_id.is_lost")
    remark = fields.Char()
    photo_ids = fields.Many2many(
        "ir.attachment", string="Photos", help="How it looks now that it is back."
    )
    product_tmpl_id = fields.Many2one(related="product_id.product_tmpl_id")
    company_id = fields.Many2one(related="sale_line_id.company_id")
    damage_ids = fields.Many2many(
        "rental.damage",
        string="Damages",
        domain="[('product_tmpl_id', '=', product_tmpl_id),"
        " ('company_id', '=', company_id)]",
        help="Of the item's price list; each piece of the row is charged for them.",
    )

    def _choose_rows(self, rows, quantity=None):
        """Choose the pieces of just these rows of the ledger, or so many of each.

        :raise UserError: when the first condition is none to be taken for granted.
        """
        for line in self:
            mine = rows.filtered(lambda row, o=line.sale_line_id: row.res_id == o.id)
            if line.lot_id:
                # Narrow sudo: the unit's own id in the ledger.
                unit = line.lot_id.sudo().rental_resource_id
                mine = mine.filtered(lambda row, unit=unit: row.resource_id == unit)
            line.quantity = sum(quantity or row.quantity for row in mine)
            condition = line.condition_id.sudo()
            if line.quantity and (condition.out_of_service or condition.fee_id):
                raise UserError(
                    self.env._(
                        "%(item)s: say in what condition it came back, with Take Back "
                        "in %(order)s.",
                        item=line.product_id.display_name,
                        order=line.sale_line_id.order_id.name,
                    )
                )

    def _by_promise(self):
        """These rows by what is out: one unit, or the pieces of an order line."""
        return self.grouped(lambda row: (row.sale_line_id, row.lot_id))

    @api.depends("quantity", "wizard_id.line_ids.quantity")
    def _compute_is_too_many(self):
        for rows in self.wizard_id.line_ids._by_promise().values():
            rows.is_too_many = sum(rows.mapped("quantity")) > rows[0].quantity_out
        (self - self.wizard_id.line_ids).is_too_many = False

    def _check_out(self):
        """Refuse more than is out, over all rows of an order line."""
        for rows in self._by_promise().values():
            quantity = sum(rows.mapped("quantity"))
            if quantity > rows[0].quantity_out:
                raise UserError(
                    self.env._(
                        "%(item)s: only %(out)s are out, %(quantity)s cannot come "
                        "back.",
                        item=(rows[0].lot_id or rows[0].product_id).display_name,
                        out=rows[0].quantity_out,
                        quantity=quantity,
                    )
                )

    def _check_damages(self):
        """Refuse damages that these items cannot have.

        :raise UserError: of another item, or of what did not come back.
        """
        for line in self.filtered("damage_ids"):
            line.damage_ids._check_belongs(line.sale_line_id)
            if line.is_lost:
                raise UserError(
                    self.env._(
                        "%(item)s is lost: what it is worth is charged, no damage of "
                        "it. Take the damages off, or choose another condition.",
                        item=(line.lot_id or line.product_id).display_name,
                    )
                )

    def _condition_to_charge(self):
        """The condition these pieces are charged for.

        None where its fee is that of a damage which says more exactly what is wrong.
        """
        # Narrow sudo: only compared; whoever may not read fees sees no damages either.
        row = self.sudo()
        same = row.condition_id.fee_id & row.damage_ids.fee_id
        return self.condition_id.browse() if same else self.condition_id

    def action_split(self):
        """Make a row of its own for pieces that came back in another condition (C10).

        It takes one piece of this row, so that no more come back than before.
        """
        only_one(self)
        taken = min(self.quantity, 1)
        self.quantity -= taken
        self.copy(
            {
                "quantity": taken,
                "remark": False,
                "damage_ids": False,
                "photo_ids": False,
            }
        )
        self.wizard_id._refresh_charges()
        return self.wizard_id._window_action()
