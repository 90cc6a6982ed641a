from odoo import fields, models

from odoo.addons.resource_allocation.inputs import only_one


class StockLot(models.Model):
    """A serial number may be an asset that is lent to people."""

    _inherit = "stock.lot"

    lending_asset_ids = fields.One2many(
        "lending.asset",
        "lot_id",
        string="Lent As",
        context={"active_test": False},
        groups="resource_lending.lending_group_officer",
    )

    def action_view_lending_asset(self):
        """Open the asset this serial number is lent as."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "lending.asset",
            "res_id": self.lending_asset_ids[:1].id,
            "views": [(False, "form")],
        }
