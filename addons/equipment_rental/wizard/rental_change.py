from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from odoo.addons.resource_allocation.inputs import only_one


class RentalChange(models.TransientModel):
    """Another period or quantity for a confirmed rental (C8, C9).

    What it costs is seen before, and who has what is not free.
    """

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
    has_early = fields.Boolean(compute="_compute_has_early")
    early_return = fields.Selection(
        [("agreed", "As it was agreed"), ("real", "Until it came back")],
        string="Back Early: Charge",
        help="For what came back before its end. Empty: it stays as it is.",
    )
    reason = fields.Char()
    line_ids = fields.One2many(
        "rental.change.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        string="Items",
    )
    difference = fields.Monetary(
        compute="_compute_difference",
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

    @api.depends("order_id")
    def _compute_has_early(self):
        for window in self:
            window.has_early = bool(window._early_rows())

    @api.depends("order_id")
    def _compute_line_ids(self):
        """A row for each line that rents something out, or did."""
        for window in self:
            lines = window.order_id.order_line.filtered(
                lambda line: line._rental_waiting() or line.rental_qty_back
            )
            window.line_ids = [
                Command.clear(),
                *(Command.create(window._prepare_line(line)) for line in lines),
            ]

    @api.model
    def _prepare_line(self, line):
        """Values of the row for an order line. Override to add your own."""
        pieces = line._rental_waiting()
        return {
            "sale_line_id": line.id,
            "pieces_before": pieces,
            "pieces": pieces,
        }

    @api.depends("line_ids.difference")
    def _compute_difference(self):
        for window in self:
            window.difference = sum(window.line_ids.mapped("difference"))

    @api.depends("order_id", "rental_start", "rental_stop", "line_ids.pieces")
    def _compute_problem(self):
        """What would be refused, in words."""
        for window in self:
            window.problem = window._find_problem()

    def _is_period(self):
        return (
            self.rental_start
            and self.rental_stop
            and self.rental_start < self.rental_stop
        )

    def _say_no_period(self):
        return self.env._("A rental must end after it starts.")

    def _is_other_period(self):
        order = self.order_id
        return (self.rental_start, self.rental_stop) != (
            order.rental_start, order.rental_stop
        )  # fmt: skip

    def _lines(self):
        """The order's lines that follow its period and have something to follow it."""
        return self.order_id.order_line.filtered(
            lambda line: (
                line.is_rental and not line.rental_own_period and line._rental_waiting()
            )
        )

    def _early_rows(self):
        """What came back before the end it is charged for."""
        return self.order_id.order_line._rental_early_rows()

    def _find_problem(self):
        if not self._is_period():
            return self._say_no_period()
        if not self._lines() and self._is_other_period():
            return self.env._("Nothing is reserved or out that could get another time.")
        for line in self.line_ids:
            if line.pieces < line.sale_line_id.rental_qty_out:
                return line._say_too_few()
        try:
            return " ".join(self._find_conflicts())
        except UserError as refusal:
            return str(refusal)

    def _find_conflicts(self):
        """What the ledger would refuse: texts."""
        own, more, gone = self._lines(), {}, {}
        for line in self.line_ids:
            order_line, added = line.sale_line_id, line.pieces - line.pieces_before
            more[order_line] = max(added, 0)
            gone |= order_line._rental_given_back(max(-added, 0))
        asked = {}
        for row in own.union(*more)._rental_rows("reserved", "out"):
            line = own.browse(row.res_id)
            values = {"stop": self.rental_stop if line in own else row.stop}
            if row.state == "reserved":
                values["start"] = self.rental_start if line in own else row.start
                # As one promise: what is reserved, and what comes to it.
                added = more.pop(line, 0)
                values["quantity"] = row.quantity + added - gone.get(row, 0)
            if values.get("quantity", 1):
                asked[row] = values
        rows = own._ledger().union(*asked)
        verdicts = rows.check_change(list(asked.values())) if rows else []
        verdicts += self._find_missing({line: n for line, n in more.items() if n})
        return [verdict["message"] for verdict in verdicts]

    def _find_missing(self, more):
        """Verdicts on pieces more of lines that have nothing reserved to add them to.

        :param dict more: ``{order line: pieces}``
        """
        own, lines = self._lines(), self.env["sale.order.line"].union(*more)
        pools = self.env["rental.pool"]._for_lines(lines) if lines else {}
        asked = [
            {**vals, "start": self.rental_start, "stop": self.rental_stop}
            if line in own
            else vals
            for line, pieces in more.items()
            for vals in line._prepare_allocations(pools[line], pieces)
        ]
        return own._ledger().check(asked) if asked else []

    # === DOING IT === #

    def action_apply(self):
        """Give the order its new period and quantities, charged or not.

        :raise AllocationConflict: the new time is not free.
        :raise ValidationError: the period ends before it starts.
        :raise UserError: for fewer pieces than are out, or a correction without reason.
        """
        only_one(self)
        order, difference = self.order_id, self.difference
        order.check_access("write")
        if self._is_other_period() and not self._is_period():
            raise ValidationError(self._say_no_period())
        self.line_ids._check_as_seen()
        said = self._say(difference)
        changed = self.line_ids.filtered(lambda line: line.pieces != line.pieces_before)
        if any(line.correction for line in self.line_ids) and not self.reason:
            raise UserError(self.env._("Say why the rent is corrected."))
        # First what makes room, last what takes more.
        less = changed.filtered(lambda line: line.pieces < line.pieces_before)
        less._change_pieces()
        self._change_period()
        (changed - less)._change_pieces()
        if self.early_return:
            real = self.early_return == "real"
            self._early_rows()._store({"rental_charge_real": real})
        for line in self.line_ids.filtered("correction"):
            line.sale_line_id._rental_correct(line.correction, self.reason)
        order._rental_settle()
        order.message_post(body=said)
        return {"type": "ir.actions.act_window_close"}

    def _change_period(self):
        rows = self._lines()._rental_rows("reserved", "out")
        before = {row: row._rental_charged() for row in rows}
        self.order_id.write(
            {"rental_start": self.rental_start, "rental_stop": self.rental_stop}
        )
        if self.is_waived:
            rows._rental_charge_for(before)

    def _say(self, difference):
        """What was changed, for the order's history."""
        order = self.order_id
        said = []
        if self._is_other_period():
            said.append(
                self.env._(
                    "Period changed: %(start)s to %(stop)s",
                    start=order._rental_clock(self.rental_start),
                    stop=order._rental_clock(self.rental_stop),
                )
            )
        said += [
            self.env._(
                "%(item)s: %(before)s → %(after)s",
                item=line.product_id.display_name,
                before=line.pieces_before,
                after=line.pieces,
            )
            for line in self.line_ids
            if line.pieces != line.pieces_before
        ]
        if self.early_return:
            labels = dict(self._fields["early_return"]._description_selection(self.env))
            said.append(
                self.env._(
                    "What came back early is charged: %s", labels[self.early_return]
                )
            )
        if self.is_waived:
            said.append(self.env._("Free of charge"))
        money = self.currency_id.format(difference)
        said.append(self.env._("Difference: %s", money))
        return ". ".join(filter(None, [*said, self.reason]))


class RentalChangeLine(models.TransientModel):
    """What a change does to one line of the order."""

    _name = "rental.change.line"
    _description = "Item of a Change"

    wizard_id = fields.Many2one("rental.change", required=True, ondelete="cascade")
    sale_line_id = fields.Many2one("sale.order.line", required=True)
    product_id = fields.Many2one(related="sale_line_id.product_id", string="Item")
    currency_id = fields.Many2one(related="sale_line_id.currency_id")
    pieces_before = fields.Integer(string="Pieces So Far")
    pieces = fields.Integer(help="Reserved or out, of this line.")
    before = fields.Monetary(string="Rent So Far", compute="_compute_rent")
    after = fields.Monetary(string="Rent Then", compute="_compute_rent")
    correction = fields.Monetary(
        help="Added to the rent, or taken off with a minus, with the reason below. "
        "As prices are: taxes that are not included come on top."
    )
    difference = fields.Monetary(compute="_compute_rent")
    hint = fields.Char(related="sale_line_id.rental_price_hint", string="Typed Price")

    _pieces_positive = models.Constraint(
        "CHECK (pieces >= 0)", "A quantity cannot be negative."
    )

    @api.depends(
        "pieces",
        "correction",
        "wizard_id.rental_start",
        "wizard_id.rental_stop",
        "wizard_id.is_waived",
        "wizard_id.early_return",
    )
    def _compute_rent(self):
        # Of all lines at once.
        self.sale_line_id._rental_charged_rows().fetch(["rental_charge_ids"])
        for line in self:
            order_line = line.sale_line_id
            line.before = order_line._rental_gross_now()
            line.after = line._rent_then() + line.correction
            line.difference = line.after - line.before

    def _rent_then(self):
        window, line = self.wizard_id, self.sale_line_id
        if not window._is_period():
            return self.before
        follows = line in window._lines()
        return line._rental_price_if(
            (window.rental_start, window.rental_stop) if follows else None,
            more=max(self.pieces, line.rental_qty_out) - self.pieces_before,
            early=window.early_return == "real" if window.early_return else None,
            waived=window.is_waived,
        )

    def _check_as_seen(self):
        """:raise UserError: something else is reserved or out than the window showed,
        or a line is of another order, as a program could send it."""
        for line in self:
            order_line, order = line.sale_line_id, line.wizard_id.order_id
            if order_line.order_id != order:
                raise UserError(
                    self.env._(
                        "%(item)s is not on %(order)s.",
                        item=order_line.display_name,
                        order=order.name,
                    )
                )
            if line.pieces_before != order_line._rental_waiting():
                raise UserError(
                    self.env._(
                        "%(item)s: meanwhile %(now)s are reserved or out, not "
                        "%(before)s. Open the window again.",
                        item=order_line.product_id.display_name,
                        now=order_line._rental_waiting(),
                        before=line.pieces_before,
                    )
                )

    def _say_too_few(self):
        return self.env._(
            "%(item)s: %(out)s are out; take back first what is not needed any more.",
            item=self.product_id.display_name,
            out=self.sale_line_id.rental_qty_out,
        )

    def _change_pieces(self):
        """Let the order's lines be for so many pieces.

        :raise UserError: for fewer than are out.
        """
        for line in self:
            order_line = line.sale_line_id
            if line.pieces < order_line.rental_qty_out:
                raise UserError(line._say_too_few())
            pieces = order_line._rental_pieces() + line.pieces - line.pieces_before
            unit = order_line.product_id.uom_id
            order_line.product_uom_qty = unit._compute_quantity(
                pieces, order_line.product_uom_id
            )
