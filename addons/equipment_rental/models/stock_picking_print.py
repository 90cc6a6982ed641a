"""The protocol of a return: what came back, how, and what is still out (C12)."""

from odoo import models
from odoo.exceptions import AccessError, UserError

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
PHOTOS = 12
"""So many are printed; the transfer has all."""
PHOTOS_ABREAST = 4
PHOTO_PIXELS = 480


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def action_rental_print_return_protocol(self):
        """Print the protocol of these returns (C12).

        :raise UserError: for what is no return that took place.
        """
        if self.filtered(
            lambda transfer: (
                transfer.rental_direction != "back" or transfer.state != "done"
            )
        ):
            raise UserError(
                self.env._("Only what came back from a rental has a return protocol.")
            )
        report = self.env.ref("equipment_rental.action_report_return_protocol")
        return report.report_action(self)

    def _rental_moment(self):
        """When the goods changed hands, UTC."""
        self.ensure_one()
        return self.rental_date or self.date_done or self.create_date

    def _rental_order_key(self):
        """Sorts transfers in the order they took place."""
        return self._rental_moment(), self.id

    def _rental_paper_items(self):
        """What moved, in a row: *2 × Drill (D-1, D-2); 10 × Chair*."""
        self.ensure_one()
        texts = []
        for move in self._rental_moves().filtered("quantity"):
            lots = ", ".join(move.move_line_ids.lot_id.mapped("name"))
            # No-break spaces: the number stays with its item at the end of a row.
            text = f"{round(move.quantity)}\xa0×\xa0{move.product_id.name}"
            texts.append(f"{text} ({lots})" if lots else text)
        return "; ".join(texts)

    def _rental_paper_name(self):
        """What the protocol is called: *Return Protocol S00012, NRT-RENTIN-00001*.

        In the customer's language, as the protocol.
        """
        self.ensure_one()
        env = self.with_context(lang=self._rental_paper_lang()).env
        return env._(
            "Return Protocol %(order)s, %(transfer)s",
            order=self.sale_id.name or self.origin or "",
            transfer=(self.name or "").replace("/", "-"),
        )

    def _rental_paper_lang(self):
        """The language of the customer the items came back from."""
        order = self.sudo().sale_id
        return order._get_lang() if order else self._get_report_lang()

    def _rental_paper(self):
        """The return as its protocol shows it, for the template.

        Texts are in the language of the environment, times in the rental's zone. What
        is still out is what was out after this return, also when it is printed later.

        :raise AccessError: for users of the portal, and who may read neither the
            transfer nor its order.
        """
        self.ensure_one()
        if not (self.env.su or self.env.user._is_internal()):
            raise AccessError(
                self.env._("Only the company's own people print return protocols.")
            )
        # Narrow sudo: accounts may print what came back of an order they see, and the
        # protocol names the order's charges to a storekeeper.
        order = self.sudo().sale_id.sudo(False)
        (self if self.has_access("read") or not order else order).check_access("read")
        transfer = self.sudo()
        order = transfer.sale_id
        moves = transfer.move_ids.filtered(
            lambda move: move.rental_direction == "back" and move.quantity
        )
        return {
            "o": transfer,
            "order": order,
            "title": self._rental_paper_name(),
            "rows": [
                (move, transfer._rental_lateness(move.sale_line_id))
                for move in moves
                if not move._is_lost()
            ],
            "lost": [move for move in moves if move._is_lost()],
            "instead": transfer._rental_went_instead()._rental_moves(),
            "photos": transfer._rental_paper_photos(),
            "photos_left": max(0, len(transfer.rental_photo_ids) - PHOTOS),
            "still_out": transfer._rental_still_out(),
            "charges": order.order_line.filtered(
                lambda line: line.rental_transfer_id == transfer
            ),
        }

    def _rental_paper_photos(self):
        """The first photos, small, in rows: ``[[(what it shows, data URI)]]``."""
        photos = [
            (move, photo)
            for move in self._rental_moves()
            for photo in move.rental_photo_ids
        ]
        shown = []
        for move, photo in photos[:PHOTOS]:
            units = move.move_line_ids.lot_id.mapped("name")
            text = " ".join([move.product_id.name, *units])
            shown.append((text, photo._shrink_photo(PHOTO_PIXELS)))
        return [
            shown[at : at + PHOTOS_ABREAST]
            for at in range(0, len(shown), PHOTOS_ABREAST)
        ]

    def _rental_lateness(self, line):
        """How late something of ``line`` came with this return: *1 d 2 h*, or ''."""
        if not line.rental_stop:
            return ""
        late = (self._rental_moment() - line.rental_stop).total_seconds()
        if late < MINUTE:
            return ""
        days, rest = divmod(late, DAY)
        hours, rest = divmod(rest, HOUR)
        values = {
            "days": int(days),
            "hours": int(hours),
            "minutes": int(rest // MINUTE),
        }
        if days:
            return self.env._("%(days)s d %(hours)s h", **values)
        return self.env._("%(hours)s h %(minutes)s min", **values)

    def _rental_went_instead(self):
        """The hand-over of what this return was swapped for, if it was (P9)."""
        self.ensure_one()
        return self.search([("rental_swap_id", "=", self.id)], limit=1)

    def _rental_still_out(self):
        """What the customer had still out after this return, or had by then instead.

        :return: ``[(order line, whole pieces, their serial numbers)]``
        """
        self.ensure_one()
        order = self.sale_id
        until = (self._rental_went_instead() or self)._rental_order_key()
        found = []
        for line in order.order_line.filtered("is_rental"):
            pieces, lots = 0, self.env["stock.lot"]
            moves = line.move_ids._rental_standing("out", "back")
            for move in moves.sorted(lambda move: move.picking_id._rental_order_key()):
                if move.picking_id._rental_order_key() > until:
                    break
                sign = 1 if move.rental_direction == "out" else -1
                pieces += sign * round(move.quantity)
                moved = move.move_line_ids.lot_id
                lots = lots | moved if sign > 0 else lots - moved
            if pieces > 0:
                found.append((line, pieces, ", ".join(lots.mapped("name"))))
        return found
