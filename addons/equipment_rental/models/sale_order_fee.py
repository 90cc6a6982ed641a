"""Additional prices on the order: when they arose, and what they come to."""

from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

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

    def action_draft(self):
        """A quotation again: its reservation fee arises anew with the reservation."""
        done = super().action_draft()
        self.order_line.filtered(
            lambda line: (
                line.rental_moment == "reservation"
                and line.state == "draft"
                and not line.invoice_lines
            )
        ).unlink()
        return done

    def _get_copiable_order_lines(self):
        """What a copy will cost besides what is quoted, is not known yet."""
        return super()._get_copiable_order_lines()._quoted()

    def _get_update_prices_lines(self):
        """What arose was agreed then: new price lists leave it alone."""
        return super()._get_update_prices_lines()._quoted()
