from odoo import models
from odoo.tools import format_datetime


class SaleOrderLine(models.Model):
    """What a line says in the contract."""

    _inherit = "sale.order.line"

    def _stands_in_rental_paper(self):
        """Not what was cancelled, nor what only invoices in advance."""
        return not self.is_downpayment and bool(self.product_uom_qty)

    def _rental_paper_group(self):
        """``rent``, ``fee`` or ``sale``."""
        if self.is_rental:
            return "rent"
        return "fee" if self.rental_fee_id else "sale"

    def _rental_paper_texts(self):
        """The line's description, row by row, without the period beside it."""
        self.ensure_one()
        texts = self.name.split("\n")
        if not (self.is_rental and self.rental_start and self.rental_stop):
            return texts
        zone = self._get_rental_tz()
        period = [
            format_datetime(self.env, moment, tz=zone, dt_format="short")
            for moment in (self.rental_start, self.rental_stop)
        ]
        return [text for text in texts if not all(moment in text for moment in period)]

    def _rental_paper_units(self):
        """Serial numbers that were handed over for this line: *D-1, D-2*."""
        moves = self.move_ids.filtered(
            lambda move: move.rental_direction == "out" and move.state == "done"
        )
        return ", ".join(sorted(set(moves.move_line_ids.lot_id.mapped("name"))))
