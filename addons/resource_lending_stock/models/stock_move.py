from odoo import models

from odoo.addons.resource_allocation.core.moment import local_day


class StockMove(models.Model):
    """Serial numbers that come in from outside become assets, once."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Make the assets of what was received."""
        done = super()._action_done(cancel_backorder=cancel_backorder)
        done._make_lending_assets()
        return done

    def _make_lending_assets(self):
        """Register serial numbers of products that are lent.

        A receipt comes from a supplier; what only moves, is counted or comes back from
        a customer is known or is none of Lending's business.
        """
        # Narrow sudo: receiving the goods is what makes the assets, whoever receives
        # them; only assets are created and their serial numbers read.
        lines = self.sudo().move_line_ids.filtered(
            lambda line: (
                line.state == "done"
                and line.lot_id
                and line.location_id.usage == "supplier"
                and line.location_dest_id.usage == "internal"
                and line.product_id.lending_type_id
                and line.product_id._is_lent_on_receipt()
            )
        )
        Asset = self.env["lending.asset"].sudo().with_context(active_test=False)
        known = Asset.search([("lot_id", "in", lines.lot_id.ids)]).lot_id
        known |= lines._link_known_assets(known)
        new = lines.filtered(lambda line: line.lot_id not in known)
        for company, mine in new.grouped("company_id").items():
            Asset.with_company(company).create(mine._prepare_lending_assets())


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _link_known_assets(self, linked):
        """Link assets that were registered by hand with these serial numbers.

        :return: their serial numbers, ``stock.lot``.
        """
        lines = self.filtered(lambda line: line.lot_id not in linked)
        assets = self.env["lending.asset"].sudo().with_context(active_test=False)
        assets = assets.search(
            [
                ("serial_no", "in", lines.lot_id.mapped("name")),
                ("type_id", "in", lines.product_id.lending_type_id.ids),
                ("company_id", "in", lines.company_id.ids),
                ("lot_id", "=", False),
            ]
        )
        by_number = {
            (asset.serial_no, asset.type_id, asset.company_id): asset
            for asset in assets
        }
        found = self.env["stock.lot"]
        for line in lines:
            key = line.lot_id.name, line.product_id.lending_type_id, line.company_id
            if asset := by_number.pop(key, None):
                asset.write(
                    {"lot_id": line.lot_id.id, "product_id": line.product_id.id}
                )
                found |= line.lot_id
        return found

    def _prepare_lending_assets(self):
        """Values of the assets of these; receiving never fails for a serial number.

        Two products lent as one type may have the same number. The second asset then
        has none of its own, only its link to the stock.
        """
        prepared = [line._prepare_lending_asset() for line in self]
        assets = self.env["lending.asset"].with_context(active_test=False)
        assets = assets.search(
            [("serial_no", "in", [vals["serial_no"] for vals in prepared])]
        )
        taken = {(one.serial_no, one.type_id.id, one.company_id.id) for one in assets}
        for vals in prepared:
            key = vals["serial_no"], vals["type_id"], vals["company_id"]
            if key in taken:
                vals["serial_no"] = False
            taken.add(key)
        return prepared

    def _prepare_lending_asset(self):
        """Values of the asset of one received serial number. Override to add yours."""
        self.ensure_one()
        move, product = self.move_id, self.product_id
        return {
            "name": product.name,
            "type_id": product.lending_type_id.id,
            "company_id": self.company_id.id,
            "serial_no": self.lot_id.name,
            "lot_id": self.lot_id.id,
            "product_id": product.id,
            "supplier_id": move.picking_id.partner_id.commercial_partner_id.id,
            "acquisition_date": local_day(self.date, self.company_id._lending_tz()),
            "acquisition_method": "purchase",
            "value": move.price_unit
            or product.with_company(self.company_id).standard_price,
        }
