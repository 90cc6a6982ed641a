from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError

GOODS_FIELDS = {
    "quantity", "product_uom_id", "lot_id", "quant_id", "location_id",
    "location_dest_id", "owner_id",
}  # fmt: skip
"""What says which goods went where."""


class StockMoveLine(models.Model):
    """What was handed over or came back stands in the ledger: it is not rewritten."""

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        """:raise UserError: for more goods in a rental transfer that is done."""
        lines = super().create(vals_list)
        lines._check_rental_done()
        return lines

    def write(self, vals):
        """:raise UserError: for other goods in a rental transfer that is done."""
        names = GOODS_FIELDS & vals.keys()
        if names:
            self.filtered(
                lambda line: any(line._is_changed(name, vals[name]) for name in names)
            )._check_rental_done()
        return super().write(vals)

    def _is_changed(self, name, value):
        field = self._fields[name]
        value = value.id if isinstance(value, models.BaseModel) else value
        return (field.convert_to_write(self[name], self) or False) != (value or False)

    def _check_rental_done(self):
        """:raise UserError: for goods that were handed over or came back already."""
        for line in self:
            move = line.move_id
            direction = move.rental_direction or line.picking_id.rental_direction
            if not direction or move.state != "done":
                continue
            texts = {
                "out": self.env._(
                    "%(transfer)s: what was handed over stands in the ledger and is "
                    "not rewritten. Let a clerk undo it (Undo… in %(order)s), then "
                    "hand over what did go.",
                    transfer=line.picking_id.name,
                    order=line.picking_id.origin,
                ),
                "found": self.env._(
                    "%(transfer)s: what was found stands in the ledger and is not "
                    "rewritten. What was not found is counted away in the stock app.",
                    transfer=line.picking_id.name,
                ),
                "undo": self.env._(
                    "%(transfer)s: what was undone stands in the ledger and is not "
                    "rewritten. Hand over or take back in %(order)s.",
                    transfer=line.picking_id.name,
                    order=line.picking_id.origin,
                ),
                "back": self.env._(
                    "%(transfer)s: what came back stands in the ledger and is not "
                    "rewritten. Record what else came back with Take Back in "
                    "%(order)s; if it is wrong, let a clerk undo it (Undo… there), "
                    "then take back what did come.",
                    transfer=line.picking_id.name,
                    order=line.picking_id.origin,
                ),
            }
            raise UserError(texts[direction])

    # === UNDOING === #

    def _prepare_undo(self, move):
        """Values of the line that brings back what this one moved."""
        return {
            **move._prepare_move_line_vals(quantity=0),
            "lot_id": self.lot_id.id,
            "owner_id": self.owner_id.id,
            "product_uom_id": self.product_uom_id.id,
            "quantity": self.quantity,
            "location_id": self.location_dest_id.id,
            "location_dest_id": self.location_id.id,
        }

    def _check_still_there(self):
        """:raise UserError: for goods that are not where these lines left them."""
        wanted, there = defaultdict(float), defaultdict(float)
        for line in self:
            key = (line.product_id, line.lot_id, line.location_dest_id)
            wanted[key] += line.quantity_product_uom
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "in", self.product_id.ids),
                ("location_id", "in", self.location_dest_id.ids),
            ]
        )
        for quant in quants:
            there[quant.product_id, quant.lot_id, quant.location_id] += quant.quantity
        for (item, lot, place), quantity in wanted.items():
            left = there[item, lot, place]
            if item.uom_id.compare(left, quantity) < 0:
                raise UserError(
                    self.env._(
                        "Only %(there)s of %(item)s are in %(place)s, not %(wanted)s.",
                        item=(lot or item).display_name,
                        there=round(left),
                        place=place.display_name,
                        wanted=round(quantity),
                    )
                )
