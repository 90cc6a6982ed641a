from odoo import fields, models

from odoo.addons.resource_allocation.inputs import only_one


class StockPicking(models.Model):
    """A receipt shows the assets it made."""

    _inherit = "stock.picking"

    lending_asset_count = fields.Integer(
        compute="_compute_lending_asset_count",
        groups="resource_lending.lending_group_officer",
    )

    def _compute_lending_asset_count(self):
        for picking in self:
            picking.lending_asset_count = len(picking._lending_assets())

    def _lending_assets(self):
        self.ensure_one()
        return self.move_ids.move_line_ids.lot_id.lending_asset_ids

    def action_view_lending_assets(self):
        """Open the assets of the serial numbers of this transfer."""
        only_one(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "resource_lending.lending_asset_action"
        )
        return {
            **action,
            "domain": [("id", "in", self._lending_assets().ids)],
            "context": {"active_test": False},
        }
