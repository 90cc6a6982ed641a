from odoo import fields, models

from odoo.addons.resource_allocation.inputs import only_one


class LendingAsset(models.Model):
    """An asset knows the serial number it is in stock."""

    _inherit = "lending.asset"

    lot_id = fields.Many2one(
        "stock.lot",
        string="Serial Number in Stock",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('product_id.tracking', '=', 'serial')]",
        groups="stock.group_stock_user",
        help="The same thing in Inventory.",
    )

    _lot_once = models.UniqueIndex(
        "(lot_id) WHERE lot_id IS NOT NULL",
        "Another asset is linked to this serial number.",
    )

    def action_view_lot(self):
        """Open the serial number."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.lot",
            "res_id": self.lot_id.id,
            "views": [(False, "form")],
        }
