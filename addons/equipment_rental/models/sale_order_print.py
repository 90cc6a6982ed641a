"""The papers of a rental: which one a state asks for, and what stands in it."""

from pytz import timezone, utc

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_time

from odoo.addons.resource_allocation.inputs import only_one

REPORTS = {
    "quotation": "sale.action_report_saleorder",
    "option": "equipment_rental.action_report_reservation_contract",
    "reservation": "equipment_rental.action_report_reservation_contract",
    "contract": "equipment_rental.action_report_rental_contract",
}
"""The report of each kind of paper."""


class SaleOrder(models.Model):
    """Prints the contract, the reservation contract, the return protocol (C12, C16)."""

    _inherit = "sale.order"

    # === BUTTONS === #

    def action_rental_print_contract(self):
        """Print what these orders have agreed so far (C12, C16).

        A quotation while nothing is promised, the reservation contract until something
        is handed over, then the rental contract.

        :raise UserError: when quotations are printed together with contracts.
        """
        reports = {order: order._get_rental_report() for order in self}
        if len(set(reports.values())) < 2:
            return self[:1]._get_rental_report().report_action(self)
        quotation = self.env.ref(REPORTS["quotation"])
        if quotation in reports.values():
            raise UserError(
                self.env._(
                    "%s: a quotation is no contract yet. Select only contracts, or "
                    "only quotations.",
                    ", ".join(
                        order.name for order in self if reports[order] == quotation
                    ),
                )
            )
        # The rental contract's report prints for each order the paper it has.
        return self.env.ref(REPORTS["contract"]).report_action(self)

    def action_rental_print_return_protocol(self):
        """Print the protocol of every return of these orders (C12).

        :raise UserError: when nothing came back yet.
        """
        returns = self._rental_transfers_done("back")
        if not returns:
            raise UserError(
                self.env._(
                    "%s: nothing came back yet. The protocol is printed after “Take "
                    "Back”.",
                    ", ".join(self.mapped("name")),
                )
            )
        report = self.env.ref("equipment_rental.action_report_return_protocol")
        return report.report_action(returns.ids)

    def _get_rental_report(self):
        """The report of the paper this order has now. Override to choose another."""
        return self.env.ref(REPORTS[self._rental_paper_kind()])

    # === WHICH PAPER === #

    def _rental_paper_kind(self):
        """``quotation``, ``option``, ``reservation`` or ``contract``."""
        only_one(self)
        if not self.is_rental_order or self.rental_status in (False, "quote"):
            return "quotation"
        if self._rental_transfers_done("out"):
            return "contract"
        return "option" if self.rental_status == "option" else "reservation"

    def _rental_transfers_done(self, *directions, void=False):
        """Hand-overs (``out``) or returns (``back``) that took place, in that order.

        :param bool void: with those that were undone
        """
        self.check_access("read")
        # Narrow sudo: who may read the order may know what was handed over; accounts
        # and sales see no transfers otherwise.
        transfers = self.sudo().rental_transfer_ids.filtered(
            lambda transfer: (
                transfer.rental_direction in directions
                and transfer.state == "done"
                and (void or not transfer.rental_undo_ids)
            )
        )
        return transfers.sorted(lambda transfer: transfer._rental_order_key())

    def _rental_paper_name(self, kind=None):
        """What the paper is called, for its title and its file: *Option S00012*.

        In the customer's language, as the paper.
        """
        self.ensure_one()
        kind = kind or self._rental_paper_kind()
        env = self.with_context(lang=self._get_lang()).env
        names = {
            "quotation": env._("Quotation %s", self.name),
            "option": env._("Option %s", self.name),
            "reservation": env._("Reservation Contract %s", self.name),
            "contract": env._("Rental Contract %s", self.name),
        }
        return names[kind]

    # === IN THE CUSTOMER'S LANGUAGE === #

    def _rental_note_said(self):
        """The terms in the language of the environment, unless a person wrote them."""
        self.ensure_one()
        if not self.is_rental_order:
            return self.note
        # Narrow sudo: what stands on the order, and the company's words for everybody.
        company = self.sudo().company_id
        for code, _name in self.env["res.lang"].get_installed():
            if company.with_context(lang=code).invoice_terms == self.note:
                return company.with_context(lang=self.env.lang).invoice_terms
        return self.note

    def _rental_day(self, moment):
        """The day of a moment (UTC) as it is written in the papers: *Mar 2, 2026*."""
        if not moment:
            return ""
        return format_date(self.env, self._rental_date(moment), date_format="medium")

    def _rental_date(self, moment):
        """The day of a moment (UTC) by the wall clock of the rental."""
        zone = timezone(self.order_line[:1]._get_rental_tz())
        return utc.localize(moment).astimezone(zone).date()

    def _rental_when(self, moment):
        """A moment (UTC) as it is written in the papers: *Mar 2, 2026 9:00 AM*."""
        if not moment:
            return ""
        zone = self.order_line[:1]._get_rental_tz()
        time = format_time(self.env, moment, tz=zone, time_format="short")
        return f"{self._rental_day(moment)} {time}"
