from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.resource_allocation.inputs import only_one

from .sale_order import WHO
from .sale_order_line_charge import BY_SETTLING, SETTLING


class SaleOrder(models.Model):
    """What a rental costs besides what was quoted: charges and fees (C9, C11).

    And the deposit, which the customer leaves as a security: never on its total (C10).
    """

    _inherit = "sale.order"

    rental_deposit_ids = fields.One2many(
        "rental.deposit", "order_id", string="Deposits", groups=WHO
    )
    rental_deposit_amount = fields.Monetary(
        string="Deposit",
        compute="_compute_rental_deposit_amount",
        help="What the order's lines ask for as a deposit, all pieces together.",
    )
    rental_deposit_due = fields.Monetary(
        string="Deposit to Collect",
        compute="_compute_rental_deposits",
        store=True,
        help="Asked of the customer and not received yet.",
    )
    rental_deposit_held = fields.Monetary(
        string="Deposit Held",
        compute="_compute_rental_deposits",
        store=True,
        help="Received from the customer and neither kept nor paid back yet.",
    )
    rental_can_receive_deposit = fields.Boolean(
        compute="_compute_rental_can_receive_deposit"
    )

    # === CHARGES === #

    def _rental_settle(self, moment="change", date=None):
        """Write what the pieces cost by now and no invoice says (C9, C14).

        After every change of period, quantity, return or undo. Twice changes nothing
        more. The only writer of charge lines.

        :param str moment: see ``sale.order.line.rental_moment``
        :param datetime date: UTC, default now
        :return: the new charge lines
        """
        lines = self.order_line.filtered(
            lambda line: line.is_rental and line.state == "sale"
        )
        return lines._rental_settle(moment, date or fields.Datetime.now())

    def _get_invoiceable_lines(self, final=False):
        """Take advances off as far as there is something to take them off.

        Core takes all of an advance off the first invoice; of a rental that is invoiced
        in parts this would pay the customer back what he owes a week later.
        """
        lines = super()._get_invoiceable_lines(final)
        advances = lines.filtered(lambda line: line.is_downpayment)
        if not (self.is_rental_order and final and advances and self._rental_goes_on()):
            return lines
        rest = lines - advances
        amount = sum(line._rental_still_to_invoice() for line in lines)
        return lines if self.currency_id.compare_amounts(amount, 0) >= 0 else rest

    def _rental_goes_on(self):
        """Whether more is to be invoiced later: something is reserved, or out."""
        lines = self.order_line
        return any(line.rental_qty_reserved or line.rental_qty_out for line in lines)

    def action_rental_change(self):
        """Ask for another period, and show what it costs (C8, C9)."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change Period"),
            "res_model": "rental.change",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def _rental_place_charges(self):
        """Let each new charge stand below the line it is about."""
        for order in self:
            lines = order.order_line
            own = {
                line: line.rental_origin_line_id if line.rental_charge else line
                for line in lines
            }
            places = {line: place for place, line in enumerate(lines)}
            ordered = sorted(lines, key=lambda line: (places[own[line]], line.id))
            for place, line in enumerate(ordered):
                if line.sequence != 10 + place:
                    line.sequence = 10 + place
            order.invalidate_recordset(["order_line"])

    def _rental_forget_terms(self):
        """Of a quotation again: it has no terms yet, and charges what is reserved."""
        drafts = self.filtered(lambda order: order.state == "draft").order_line
        charges = drafts.filtered("rental_charge")
        charges.with_context(**{SETTLING: BY_SETTLING}).unlink()
        rentals = (drafts - charges).filtered("rental_terms")
        rentals._store({"rental_terms": False})
        self.env.add_to_compute(rentals._fields["rental_charged_start"], rentals)
        self.env.add_to_compute(rentals._fields["rental_charged_stop"], rentals)

    # === FEES === #

    def _add_rental_fee(
        self,
        fee,
        amount,
        moment,
        date,
        origin_line=None,
        transfer=None,
        name=None,
        **values,
    ):
        """Add a fee to the order as a line of its own, invoiced like any other (C11).

        :param float amount: a price as the order's other prices are, in its currency
        :param str moment: when it arose: see ``rental.fee.moment`` (C14)
        :param datetime date: UTC
        :param origin_line: the rental line it is about
        :param transfer: the hand-over or return it came with
        :param values: further values of the line
        :return: the new line
        """
        self.ensure_one()
        self.check_access("write")
        origin = origin_line or self.env["sale.order.line"]
        name = name or fee.with_context(lang=self._get_lang()).name
        # Narrow sudo: a storekeeper who takes back may not add lines otherwise.
        Line = self.env["sale.order.line"].sudo()
        line = Line._insert(
            [
                {
                    "order_id": self.id,
                    "sequence": max(self.order_line.mapped("sequence"), default=10),
                    "product_id": fee.product_id.id,
                    "name": name,
                    "product_uom_qty": 1,
                    "price_unit": amount,
                    "discount": 0,
                    "rental_fee_id": fee.id,
                    "rental_moment": moment,
                    "rental_moment_date": date,
                    "rental_origin_line_id": origin.id,
                    "rental_transfer_id": transfer and transfer.id,
                    "analytic_distribution": (
                        origin.sudo().analytic_distribution
                        or self.sudo().project_id._get_analytic_distribution()
                    ),
                    **values,
                }
            ]
        )
        return line.sudo(False)

    def _propose_rental_fees(self, moment, date, items):
        """Fees that arise now: automatic ones, for lateness, for bad condition (C11).

        :param str moment: ``reservation``, ``hand_over`` or ``return``
        :param datetime date: UTC
        :param list items: ``[(rental line, whole pieces, condition or none)]``
        :return: ``[{"fee_id", "amount", "sale_line_id", "condition_id", "damage_id",
            "name"}]``, one for each fee, line and condition; an amount of 0 is one to
            be typed. Names are in the customer's language: they are invoiced.
        """
        self.ensure_one()
        order = self.with_context(lang=self._get_lang())
        items = [
            (line.with_env(order.env), quantity, condition)
            for line, quantity, condition in items
            if quantity
        ]
        if not items:
            return []
        Fee = order.env["rental.fee"]
        fees = Fee.search(Fee._domain_for(self.company_id, moment))
        return order._propose_automatic_fees(
            fees.filtered("automatic"), date, items
        ) + order._propose_condition_fees(fees, date, items)

    def _propose_automatic_fees(self, fees, date, items):
        """One proposal of each fee; of fees for lateness, of each line that is late."""
        pieces = [(line, quantity) for line, quantity, _condition in items]
        late = fees.filtered(lambda fee: fee.basis == "late_day")
        proposals = [
            self._prepare_rental_fee(fee, pieces, date, fee.name) for fee in fees - late
        ]
        for line, quantity in self._sum_by_key(pieces):
            proposals += [
                self._prepare_rental_fee(
                    fee,
                    [(line, quantity)],
                    date,
                    fee._say_late(line.product_id, fee._days_late(line, date)),
                )
                for fee in late
                if fee._days_late(line, date)
            ]
        return proposals

    def _propose_condition_fees(self, fees, date, items):
        """A proposal for what came back in a condition that one of ``fees`` is for."""
        proposals = []
        pieces = [
            ((line, condition), quantity)
            for line, quantity, condition in items
            if condition
        ]
        for (line, condition), quantity in self._sum_by_key(pieces):
            # Narrow sudo: the fee may be another company's; then it is none of these.
            if fee := fees & condition.sudo().fee_id:
                name = fee._say_condition(line.product_id, quantity)
                proposals.append(
                    {
                        **self._prepare_rental_fee(fee, [(line, quantity)], date, name),
                        "condition_id": condition.id,
                    }
                )
        return proposals

    def _propose_damages(self, date, items):
        """A proposal for each damage that pieces of a line came back with (C11).

        :param list items: ``[(rental line, whole pieces, damages of each piece)]``
        :return: see :meth:`_propose_rental_fees`
        """
        self.ensure_one()
        lang = self._get_lang()
        pieces = [
            ((line, damage), quantity)
            for line, quantity, damages in items
            for damage in damages.with_context(lang=lang)
        ]
        return [
            {
                "fee_id": damage.fee_id.id,
                "amount": damage._amount_for(self, quantity, date),
                "sale_line_id": line.id,
                "condition_id": False,
                "damage_id": damage.id,
                "name": damage._say(line.product_id.with_context(lang=lang), quantity),
            }
            for (line, damage), quantity in self._sum_by_key(pieces)
        ]

    def _prepare_rental_fee(self, fee, items, date, name):
        lines = {line for line, _quantity in items}
        return {
            "fee_id": fee.id,
            "amount": fee._amount_for(self, items, date),
            "sale_line_id": lines.pop().id if len(lines) == 1 else False,
            "condition_id": False,
            "damage_id": False,
            "name": name,
        }

    @api.model
    def _sum_by_key(self, items):
        """One ``(key, pieces)`` for each key of ``items``, in their order."""
        pieces = {}
        for key, quantity in items:
            pieces[key] = pieces.get(key, 0) + quantity
        return pieces.items()

    def _ask_to_charge(self, summary, date, items):
        """A to-do to charge what came back or was lost without anybody pricing it.

        :param items: see :meth:`_propose_rental_fees`
        """
        self._ask_for_fees(summary, self._propose_rental_fees("return", date, items))

    def _ask_for_fees(self, summary, fees):
        """A to-do to charge these proposals, if there are any."""
        self.ensure_one()
        if fees:
            self._rental_remind(summary, ", ".join(vals["name"] for vals in fees))

    def _add_automatic_fees(self, moment, date, items, transfer=None):
        """Add what arises by itself at a reservation or a hand-over (C14)."""
        Line = self.env["sale.order.line"]
        for vals in self._propose_rental_fees(moment, date, items):
            if vals["amount"]:
                self._add_rental_fee(
                    self.env["rental.fee"].browse(vals["fee_id"]),
                    vals["amount"],
                    moment,
                    date,
                    origin_line=Line.browse(vals["sale_line_id"]),
                    transfer=transfer,
                    name=vals["name"],
                )

    def _add_reservation_fees(self):
        """What a reservation costs besides the rent (C14).

        Not where the customer has signed or paid: for him the price was what he saw.
        """
        self.ensure_one()
        if self.signed_on or self.amount_paid:
            return
        lines = self.order_line.filtered("is_rental")
        items = [(line, round(line._rental_pieces()), None) for line in lines]
        self._add_automatic_fees("reservation", fields.Datetime.now(), items)

    def _rental_forget_proposed(self):
        """Of a quotation again: what arises anew once it is confirmed.

        Its reservation fee, and a deposit that was asked for and never received.
        """
        self.order_line.filtered(
            lambda line: (
                line.rental_moment == "reservation"
                and line.state == "draft"
                and not line.invoice_lines
            )
        ).unlink()
        # Narrow sudo: as for cancelling; only what was never received.
        self.sudo().rental_deposit_ids.filtered(
            lambda deposit: deposit.is_cancelled and not deposit.line_ids
        ).unlink()

    def _get_copiable_order_lines(self):
        """What a copy will cost besides what is quoted, is not known yet."""
        return super()._get_copiable_order_lines()._quoted()

    def _get_update_prices_lines(self):
        """What arose was agreed then: new price lists leave it alone."""
        return super()._get_update_prices_lines()._quoted()

    # === DEPOSIT === #

    @api.depends("order_line.rental_deposit")
    def _compute_rental_deposit_amount(self):
        for order in self:
            order.rental_deposit_amount = sum(order.order_line.mapped("rental_deposit"))

    @api.depends("rental_deposit_ids.amount_due", "rental_deposit_ids.amount_held")
    def _compute_rental_deposits(self):
        for order in self:
            order.rental_deposit_due = sum(
                order.rental_deposit_ids.mapped("amount_due")
            )
            order.rental_deposit_held = sum(
                order.rental_deposit_ids.mapped("amount_held")
            )

    @api.depends(
        "state", "rental_deposit_due", "rental_deposit_amount", "rental_deposit_ids"
    )
    def _compute_rental_can_receive_deposit(self):
        for order in self:
            # Narrow sudo: a yes or no, for salespeople who see no deposits too.
            ahead = order.sudo()._rental_deposit_not_asked()
            order.rental_can_receive_deposit = order.state != "cancel" and bool(
                order.rental_deposit_due or (order.state == "sale" and ahead)
            )

    def _rental_still_to_post(self):
        """What draft invoices and what is on none yet come to, with taxes.

        In the order's currency; credits count against it.
        """
        self.ensure_one()
        # Narrow sudo: what it comes to, for clerks who see no invoices.
        order = self.sudo()
        drafts = order.invoice_ids.filtered(lambda move: move.state == "draft")
        amount = -sum(
            move.direction_sign
            * move.currency_id._convert(
                move.amount_total,
                order.currency_id,
                order.company_id,
                move.invoice_date or fields.Date.context_today(order),
            )
            for move in drafts
        )
        amount += sum(line._rental_still_to_invoice() for line in order.order_line)
        return max(order.currency_id.round(amount), 0)

    @api.constrains("pricelist_id", "partner_id", "company_id")
    def _check_rental_deposit_currency(self):
        """What was received is in its currency; the price list decides the order's."""
        # Narrow sudo: whoever quotes need not see the journal items.
        for order in self.sudo():
            received = order.rental_deposit_ids.line_ids.currency_id
            if received - order.currency_id:
                raise ValidationError(
                    self.env._(
                        "%(order)s: a deposit was received in %(currency)s. Keep a "
                        "price list in that currency, or make a new order.",
                        order=order.name,
                        currency=received[0].name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_deposits(self):
        # Narrow sudo: a salesperson who may delete the order sees no deposits.
        if asked := self.sudo().filtered("rental_deposit_ids"):
            raise UserError(
                self.env._(
                    "%s has deposits and cannot be deleted: keep it cancelled, or "
                    "delete those that were never received.",
                    asked[0].name,
                )
            )

    def _rental_deposit_not_asked(self):
        """What the lines ask for and no request does; what was waived counts."""
        self.ensure_one()
        asked = sum(self.rental_deposit_ids.mapped("amount"))
        return max(self.currency_id.round(self.rental_deposit_amount - asked), 0)

    # === ASKING FOR IT === #

    def _request_rental_deposit(self, transfer, items):
        """Ask for the deposit on what was just handed over (C9, C14).

        What was asked in advance is not asked again.

        :param transfer: the hand-over
        :param list items: ``[(rental line, whole pieces)]``
        :return: the new deposit, empty when there is nothing to ask for
        """
        self.ensure_one()
        share = sum(
            line.rental_deposit * pieces / line._rental_pieces()
            for line, pieces in items
            if line.rental_deposit
        )
        # Narrow sudo: a storekeeper who hands over asks for it and sees no deposits.
        order = self.sudo()
        amount = order._rental_deposit_not_asked()
        if any(self.order_line.mapped("rental_qty_reserved")):
            # With the last piece all that is left is asked, what rounding left too.
            amount = self.currency_id.round(min(share, amount))
        if not amount:
            return self.env["rental.deposit"]
        return order._ask_rental_deposit(amount, transfer).sudo(False)

    def _ask_rental_deposit(self, amount, transfer=None):
        """Make the request for ``amount``, in the order's currency.

        :raise UserError: for nothing.
        """
        self.ensure_one()
        if self.currency_id.compare_amounts(amount, 0) <= 0:
            raise UserError(
                self.env._("Say how much the deposit is: more than nothing.")
            )
        moment = (transfer and transfer.rental_date) or fields.Datetime.now()
        return self.env["rental.deposit"]._insert(
            [
                {
                    "order_id": self.id,
                    "transfer_id": transfer and transfer.id,
                    "amount": amount,
                    "date": fields.Date.context_today(self, moment),
                }
            ]
        )

    def _waive_rental_deposits(self):
        # Narrow sudo: a salesperson who may cancel the order sees no deposits.
        self.sudo().rental_deposit_ids.filtered(
            lambda deposit: deposit.state == "draft"
        ).action_cancel()

    # === ACTIONS === #

    def action_rental_deposit_receive(self):
        """Record the deposit the customer pays: what was asked, or in advance."""
        only_one(self)
        return self.env["rental.deposit.receive"]._open_for(
            self.rental_deposit_ids, order=self
        )

    def action_rental_deposit_settle(self):
        """Keep deposits for the order's invoices and pay back the rest."""
        only_one(self)
        return self.env["rental.deposit.settle"]._open_for(
            self.rental_deposit_ids, order=self
        )

    def action_rental_deposits(self):
        """Open the deposits of these orders."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "equipment_rental.rental_deposit_action"
        )
        action["domain"] = [("order_id", "in", self.ids)]
        action["context"] = {"default_order_id": self.id if len(self) == 1 else False}
        return action
