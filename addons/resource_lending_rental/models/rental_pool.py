from odoo import api, models


class RentalPool(models.Model):
    _inherit = "rental.pool"

    @api.model
    def _sync_units(self, products, fleets, pools):
        """Let serial numbers that are lent already bring their resource along.

        :raise ValidationError: some of them are promised or out in Lending.
        """
        homes = {
            lot: pools[key]
            for key, content in fleets.items()
            for lot, quantity in content.items()
            if lot and quantity > 0 and key[0].tracking == "serial"
        }
        lots = self.env["stock.lot"].union(*homes)
        # Sudo, as the caller: units follow the stock, whoever moved it.
        assets = self.env["lending.asset"].sudo().search([("lot_id", "in", lots.ids)])
        joining = assets.filtered(lambda asset: not asset.resource_id.pool_id)
        joining._check_not_promised()
        for asset in joining:
            unit = self._prepare_unit_vals(asset.lot_id, homes[asset.lot_id])
            asset.resource_id.write(
                {name: unit[name] for name in ("name", "code", "owner_model")}
            )
            asset.lot_id._store({"rental_resource_id": asset.resource_id.id})
        return super()._sync_units(products, fleets, pools)

    @api.model
    def _move_units(self, lots, homes):
        """What is lent goes on being lent when it leaves the fleet."""
        left = lots - lots.browse().union(*homes)
        # Sudo, as the caller.
        assets = self.env["lending.asset"].sudo().search([("lot_id", "in", left.ids)])
        done = super()._move_units(lots - assets.lot_id, homes)
        assets._leave_fleet()
        return done
