from psycopg2.errors import UniqueViolation
from pytz import utc

from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.resource_lending.tests.common import LendingCommon


class TestReceipt(LendingCommon):
    """Serial numbers that come in become assets, whoever receives them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receiver = new_test_user(cls.env, "receiver", "stock.group_stock_user")
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor"})
        cls.notebook = cls._product("Notebook X1")

    @classmethod
    def _product(cls, name, **vals):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "tracking": "serial",
                "lending_type_id": cls.type.id,
                "standard_price": 900,
                **vals,
            }
        )

    def _receive(self, product, numbers, source=None, target=None, **vals):
        """Validate a transfer of serial numbers, by the receiver."""
        source = source or self.suppliers
        target = target or self.warehouse.lot_stock_id
        lots = self._lots(product, numbers)
        picking = (
            self.env["stock.picking"]
            .with_user(self.receiver)
            .create(
                {
                    "picking_type_id": self.warehouse.in_type_id.id,
                    "partner_id": self.vendor.id,
                    "location_id": source.id,
                    "location_dest_id": target.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom_qty": len(numbers),
                                "location_id": source.id,
                                "location_dest_id": target.id,
                                **vals,
                            }
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        picking.move_ids.move_line_ids.unlink()
        picking.move_ids.move_line_ids = [
            Command.create({"product_id": product.id, "lot_id": lot.id, "quantity": 1})
            for lot in lots
        ]
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        return picking

    def _lots(self, product, numbers):
        Lot = self.env["stock.lot"]
        found = Lot.search([("product_id", "=", product.id), ("name", "in", numbers)])
        missing = [name for name in numbers if name not in found.mapped("name")]
        return found | Lot.create(
            [{"name": name, "product_id": product.id} for name in missing]
        )

    def _assets(self, products):
        return self.env["lending.asset"].search(
            [("product_id", "in", products.ids)], order="serial_no"
        )

    def test_received_serial_numbers_become_assets(self):
        picking = self._receive(self.notebook, ["SN-1", "SN-2"], price_unit=850)
        assets = self._assets(self.notebook)
        self.assertEqual(assets.mapped("serial_no"), ["SN-1", "SN-2"])
        asset = assets[0]
        self.assertEqual(asset.name, "Notebook X1")
        self.assertEqual(asset.type_id, self.type)
        self.assertEqual(asset.supplier_id, self.vendor)
        self.assertEqual(asset.value, 850)
        # The day in the company's zone, near midnight, too.
        zone = self.env.company._lending_tz()
        received = utc.localize(picking.date_done).astimezone(zone)
        self.assertEqual(asset.acquisition_date, received.date())
        self.assertEqual(asset.status, "in_stock")
        self.assertEqual(asset.lot_id.lending_asset_ids, asset)
        self.assertEqual(asset.action_view_lot()["res_id"], asset.lot_id.id)
        self.assertEqual(asset.lot_id.action_view_lending_asset()["res_id"], asset.id)
        picking = picking.with_user(self.env.user)
        self.assertEqual(picking.lending_asset_count, 2)
        action = picking.action_view_lending_assets()
        self.assertEqual(self.env["lending.asset"].search(action["domain"]), assets)

    def test_cost_of_the_product_without_a_price(self):
        self._receive(self.notebook, ["SN-1"])
        self.assertEqual(self._assets(self.notebook).value, 900)

    def test_nothing_is_made_twice(self):
        """Sent back and received again, it is the same thing."""
        self._receive(self.notebook, ["SN-1"])
        stock = self.warehouse.lot_stock_id
        self._receive(self.notebook, ["SN-1"], source=stock, target=self.suppliers)
        self._receive(self.notebook, ["SN-1"])
        self.assertEqual(len(self._assets(self.notebook)), 1)

    def test_known_serial_number_is_linked(self):
        """What was registered by hand before keeps its code and its history."""
        self.laptop.serial_no = "SN-1"
        self._receive(self.notebook, ["SN-1", "SN-2"])
        assets = self._assets(self.notebook)
        self.assertEqual(len(assets), 2)
        self.assertEqual(assets[0], self.laptop)
        self.assertEqual(self.laptop.lot_id.name, "SN-1")

    def test_same_number_of_another_product(self):
        """Receiving never fails: the second asset has its number by its link."""
        other = self._product("Notebook X2")
        self._receive(self.notebook, ["1"])
        self._receive(other, ["1"])
        asset = self._assets(other)
        self.assertFalse(asset.serial_no)
        self.assertEqual(asset.lot_id.name, "1")

    def test_moves_within_and_counts_make_nothing(self):
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id}
        )
        loss = self.notebook.property_stock_inventory
        self._receive(self.notebook, ["SN-1"], source=loss)
        stock = self.warehouse.lot_stock_id
        self._receive(self.notebook, ["SN-1"], source=stock, target=shelf)
        self.assertFalse(self._assets(self.notebook))

    def test_products_that_are_not_lent_make_nothing(self):
        plain = self._product("Plain", lending_type_id=False)
        bulk = self._product("Batch", tracking="lot")
        self._receive(plain, ["P-1"])
        self._receive(bulk, ["B-1"])
        self.assertFalse(self._assets(plain | bulk))

    def test_bills_leave_serial_numbers_to_the_receipt(self):
        self.assertTrue(self.notebook._is_lent_on_receipt())
        self.assertFalse(self._product("Batch", tracking="lot")._is_lent_on_receipt())

    def test_one_asset_for_one_serial_number(self):
        self._receive(self.notebook, ["SN-1"])
        lot = self._assets(self.notebook).lot_id
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self.phone.lot_id = lot
            self.phone.flush_recordset()
