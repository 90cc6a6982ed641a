import re

from odoo import models
from odoo.tools import format_datetime

NUMBER = "\N{REPLACEMENT CHARACTER}"
"""Stands for any whole number in a phrase."""


class SaleOrderLine(models.Model):
    """What a line says to the customer, in his language when he reads it."""

    _inherit = "sale.order.line"

    # === IN THE CUSTOMER'S LANGUAGE === #

    def _rental_said(self):
        """The line's description in the language of the environment.

        It was stored in the language the customer had then. What the system wrote is
        said again, row by row; what a person wrote stays.
        """
        self.ensure_one()
        if not (self.order_id.is_rental_order and self.product_id):
            return self.name
        return self._say_again(self.name, lambda line: line._rental_phrases())

    def _rental_said_with_span(self):
        """The description, and the time it is for, also where somebody typed it."""
        span = ""
        if self.rental_charge and self.rental_charge != "correction":
            span = self._rental_phrases()[-1]
        elif self.is_rental:
            span = self._say_rental_period()
        text = self._rental_said()
        return text if span in text else f"{text}\n{span}"

    def _rental_breakdown_said(self):
        """How the rent is made up, in the language of the environment."""
        self.ensure_one()
        return self._say_again(
            self.rental_breakdown or "", lambda line: [line._describe_rent() or ""]
        )

    def _say_again(self, text, phrases):
        """``text`` with the phrases of all languages said in the environment's.

        :param phrases: function that gives the same phrases for the line in each
            language, each one or more whole rows
        """
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        if len(languages) < 2:
            return text
        # Narrow sudo: they stand on the line already, and readers see no fees.
        line = self.sudo()
        new = phrases(line)
        for code in languages:
            old = phrases(line.with_context(lang=code))
            for before, after in zip(old, new, strict=True):
                text = _replace_rows(text, before, after)
        return text

    def _rental_phrases(self):
        """What the system writes as the description, in parts, in this language."""
        self.ensure_one()
        if fee := self.rental_fee_id:
            item = self.rental_origin_line_id.product_id
            return [
                fee.name,
                fee._say_late(item, NUMBER),
                fee._say_condition(item, NUMBER),
                fee._say_found(item, NUMBER),
            ]
        if self.rental_charge == "correction":
            # Below it stands why, in a person's words.
            return [self.product_id.display_name]
        if self.rental_charge:
            span = (self.rental_charged_start, self.rental_charged_stop)
            return [
                self.product_id.display_name,
                self._say_charged_span(self.rental_charge, *span),
            ]
        period = self._say_rental_period()
        text = self._get_sale_order_line_multiline_description_sale()
        return [text.removesuffix(f"\n{period}"), period]

    def _prepare_invoice_line(self, **optional_values):
        """An invoice is in the language of whoever gets it."""
        order = self.order_id
        lang = order.partner_invoice_id.lang or order._get_lang()
        line = self.with_context(lang=lang)
        vals = super(SaleOrderLine, line)._prepare_invoice_line(**optional_values)
        if order.is_rental_order and vals["display_type"] == "product":
            Item = line.env["account.move.line"]
            vals["name"] = Item._get_journal_items_full_name(
                line._rental_said_with_span(), line.product_id.display_name
            )
        return vals

    # === IN THE CONTRACT === #

    def _stands_in_rental_paper(self):
        """Not what was cancelled, nor what only invoices in advance."""
        return not self.is_downpayment and bool(self.product_uom_qty)

    def _rental_paper_group(self):
        """``rent``, ``change``, ``fee`` or ``sale``."""
        if self.rental_charge:
            return "change"
        if self.is_rental:
            return "rent"
        return "fee" if self.rental_fee_id else "sale"

    def _rental_paper_texts(self):
        """The line's description, row by row, without the period beside it."""
        self.ensure_one()
        texts = self._rental_said().split("\n")
        if not (self.is_rental and self.rental_charged_stop):
            return texts
        zone = self._get_rental_tz()
        period = [
            format_datetime(self.env, moment, tz=zone, dt_format="short")
            for moment in (self.rental_charged_start, self.rental_charged_stop)
        ]
        return [text for text in texts if not all(moment in text for moment in period)]

    def _rental_paper_units(self):
        """Serial numbers that were handed over for this line: *D-1, D-2*.

        Of what was swapped, those it was swapped for.
        """
        moves = self.move_ids._rental_standing("out")
        lots = self.env["stock.lot"]
        for move in moves.sorted(lambda move: move.picking_id._rental_order_key()):
            swapped = move.picking_id.rental_swap_id.move_ids & self.move_ids
            lots = lots - swapped.move_line_ids.lot_id | move.move_line_ids.lot_id
        return ", ".join(sorted(lots.mapped("name")))


def _replace_rows(text, before, after):
    """Replace the rows ``before``, with any number for :data:`NUMBER`."""
    if not before or before == after:
        return text
    rows = re.escape(before).replace(re.escape(NUMBER), r"(\d+)")

    def say(found):
        return after.replace(NUMBER, found[1]) if found.groups() else after

    return re.sub(f"(?m)^{rows}$", say, text)
