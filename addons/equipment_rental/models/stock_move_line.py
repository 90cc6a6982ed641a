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
                    "not rewritten. Take back what did not go (Take Back in %(order)s) "
                    "and hand over what did.",
                    transfer=line.picking_id.name,
                    order=line.picking_id.origin,
                ),
                "found": self.env._(
                    "%(transfer)s: what was found stands in the ledger and is not "
                    "rewritten. What was not found is counted away in the stock app.",
                    transfer=line.picking_id.name,
                ),
                "back": self.env._(
                    "%(transfer)s: what came back stands in the ledger and is not "
                    "rewritten. Record what else came back with Take Back in "
                    "%(order)s; put what did not on the order again, at no rent, and "
                    "hand it over.",
                    transfer=line.picking_id.name,
                    order=line.picking_id.origin,
                ),
            }
            raise UserError(texts[direction])
