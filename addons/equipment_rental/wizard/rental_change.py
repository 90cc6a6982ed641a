from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.resource_allocation.inputs import only_one


class RentalChange(models.TransientModel):
    """Another period for a confirmed rental: what it costs is seen before (C8, C9)."""

    _name = "rental.change"
    _description = "Change Period"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    company_id = fields.Many2one(related="order_id.company_id")
    currency_id = fields.Many2one(related="order_id.currency_id")
    rental_start = fields.Datetime(
        string="From",
        compute="_compute_rental_start",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    rental_stop = fields.Datetime(
        string="Until",
        compute="_compute_rental_stop",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="The moment the items are due back.",
    )
    is_waived = fields.Boolean(
        string="Free of Charge",
        help="The rent stays as it was for the old period.",
    )
    reason = fields.Char()
    line_ids = fields.One2many(
        "rental.change.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        string="Items",
    )
    difference = fields.Monetary(
        compute="_compute_line_ids",
        store=True,
        help="Charged, or taken off, on the next invoice. As prices are: taxes that "
        "are not included come on top.",
    )
    problem = fields.Char(compute="_compute_problem")

    @api.depends("order_id")
    def _compute_rental_start(self):
        for window in self:
            window.rental_start = window.order_id.rental_start

    @api.depends("order_id")
    def _compute_rental_stop(self):
        for window in self:
            window.rental_stop = window.order_id.rental_stop

    @api.depends("order_id", "rental_start", "rental_stop", "is_waived")
    def _compute_line_ids(self):
        for window in self:
            lines = window._is_period() and window._lines() or ()
            vals_list = [window._prepare_line(line) for line in lines]
            window.line_ids = [Command.clear(), *map(Command.create, vals_list)]
            window.difference = sum(vals["difference"] for vals in vals_list)

    @api.depends("order_id", "rental_start", "rental_stop")
    def _compute_problem(self):
        """What the ledger would refuse, in its words."""
        for window in self:
            window.problem = window._find_problem()

    def _is_period(self):
        return (
            self.rental_start
            and self.rental_stop
            and self.rental_start < self.rental_stop
        )

    def _lines(self):
        """The order's lines that follow its period and have something to follow it."""
        return self.order_id.order_line.filtered(
            lambda line: (
                line.is_rental
                and not line.rental_own_period
                and (line.rental_qty_reserved or line.rental_qty_out)
            )
        )

    def _prepare_line(self, line):
        before = line._rental_gross_now()
        after = (
            before
            if self.is_waived
            else line._rental_price_if(self.rental_start, self.rental_stop)
        )
        return {
            "sale_line_id": line.id,
            "quantity": line.rental_qty_reserved + line.rental_qty_out,
            "before": before,
            "after": after,
            "difference": self.order_id.currency_id.round(after - before),
            "hint": line.rental_price_hint,
        }

    def _find_problem(self):
        if not self._is_period():
            return self.env._("A rental must end after it starts.")
        rows = self._lines()._rental_rows("reserved", "out")
        wanted = [
            {"stop": self.rental_stop}
            if row.state == "out"
            else {"start": self.rental_start, "stop": self.rental_stop}
            for row in rows
        ]
        if not rows:
            return self.env._("Nothing is reserved or out that could get another time.")
        try:
            verdicts = rows.check_change(wanted)
        except UserError as refusal:
            return str(refusal)
        return " ".join(verdict["message"] for verdict in verdicts)

    def action_apply(self):
        """Give the order its new period, charged or not.

        :raise AllocationConflict: the new time is not free.
        """
        only_one(self)
        order = self.order_id
        order.check_access("write")
        difference = self.difference
        rows = self._lines()._rental_rows("reserved", "out")
        before = {row: row._rental_charged() for row in rows}
        order.write(
            {"rental_start": self.rental_start, "rental_stop": self.rental_stop}
        )
        if self.is_waived:
            rows._rental_charge_for(before)
            order._rental_settle()
        order.message_post(body=self._say(difference))
        return {"type": "ir.actions.act_window_close"}

    def _say(self, difference):
        """What was changed, for the order's history."""
        order = self.order_id
        period = self.env._(
            "Period changed: %(start)s to %(stop)s",
            start=order._rental_clock(self.rental_start),
            stop=order._rental_clock(self.rental_stop),
        )
        money = (
            self.env._("Free of charge")
            if self.is_waived
            else self.env._("Difference: %s", self.currency_id.format(difference))
        )
        return ". ".join(filter(None, [period, money, self.reason]))


class RentalChangeLine(models.TransientModel):
    """What another period does to one line of the order."""

    _name = "rental.change.line"
    _description = "Item of Another Period"

    wizard_id = fields.Many2one("rental.change", required=True, ondelete="cascade")
    sale_line_id = fields.Many2one("sale.order.line", readonly=True)
    product_id = fields.Many2one(related="sale_line_id.product_id", string="Item")
    currency_id = fields.Many2one(related="sale_line_id.currency_id")
    quantity = fields.Integer(string="Pieces", readonly=True)
    before = fields.Monetary(string="Rent So Far", readonly=True)
    after = fields.Monetary(string="Rent Then", readonly=True)
    difference = fields.Monetary(readonly=True)
    hint = fields.Char(readonly=True)
