from odoo import api, models

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
PHOTOS = 12
"""So many are printed; the transfer has all."""
PHOTOS_ABREAST = 4
PHOTO_PIXELS = 480


class ReturnProtocol(models.AbstractModel):
    """The protocol of a return: what came back, how, and what is still out (C12)."""

    _name = "report.equipment_rental.report_return_protocol"
    _inherit = ["rental.paper.mixin"]
    _description = "Return Protocol"
    _prints = "stock.picking"

    @api.model
    def _paper_lang(self, record):
        return record._rental_paper_lang()

    @api.model
    def _paper(self, record):
        """What is still out is what was out after this return, printed later too.

        :raise AccessError: for who may read neither the transfer nor its order.
        """
        # Narrow sudo: accounts may print what came back of an order they see, and the
        # protocol names the order's charges to a storekeeper.
        transfer = record.sudo()
        order = transfer.sale_id
        seen = record if record.has_access("read") or not order else order.sudo(False)
        seen.check_access("read")
        moves = transfer.move_ids.filtered(
            lambda move: move.rental_direction == "back" and move.quantity
        )
        instead = transfer._rental_went_instead()
        return {
            "o": transfer,
            "order": order,
            "rows": [
                (move, self._lateness(transfer, move.sale_line_id))
                for move in moves
                if not move._is_lost()
            ],
            "lost": [move for move in moves if move._is_lost()],
            "instead": instead._rental_moves(),
            "photos": self._photos(transfer),
            "photos_left": max(0, len(transfer.rental_photo_ids) - PHOTOS),
            "still_out": self._still_out(order, instead or transfer),
            "charges": order.order_line.filtered(
                lambda line: line.rental_transfer_id == transfer
            ),
        }

    @api.model
    def _photos(self, transfer):
        """The first photos, small, in rows: ``[[(what it shows, data URI)]]``."""
        photos = [
            (move, photo)
            for move in transfer._rental_moves()
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

    @api.model
    def _lateness(self, transfer, line):
        """How late something of ``line`` came with this return: *1 d 2 h*, or ''."""
        if not line.rental_stop:
            return ""
        late = (transfer._rental_moment() - line.rental_stop).total_seconds()
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
            return transfer.env._("%(days)s d %(hours)s h", **values)
        return transfer.env._("%(hours)s h %(minutes)s min", **values)

    @api.model
    def _still_out(self, order, last):
        """What the customer had still out after the transfer ``last``.

        :return: ``[(order line, whole pieces, their serial numbers)]``
        """
        until = last._rental_order_key()
        found = []
        for line in order.order_line.filtered("is_rental"):
            pieces, lots = 0, line.env["stock.lot"]
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
