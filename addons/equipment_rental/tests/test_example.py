import csv

from odoo.tests import TransactionCase
from odoo.tools import file_open

EXPECTED = {
    "product.category": 8,
    "stock.warehouse": 2,
    "product.template": 69,
    "res.partner": 10,
    "stock.lot": 120,
    "stock.quant": 212,
}


class TestExample(TransactionCase):
    """The example company's files, imported by Odoo's own import."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.env.ref("__import__.example_warehouse_north", False):
            cls.skipTest(cls, "the example company is already here as demo data")
        cls.imported = cls.env["rental.example"]._load_catalogue()
        cls.env.cr.precommit.run()

    def test_every_row_is_imported(self):
        self.assertEqual(
            {model: len(ids) for model, ids in self.imported.items()}, EXPECTED
        )

    def test_items_have_prices_and_values(self):
        items = self.env["product.template"].browse(self.imported["product.template"])
        self.assertGreaterEqual(len(items), 60)
        self.assertEqual(len(items.categ_id), 8)
        for item in items:
            self.assertTrue(item.rent_ok)
            self.assertGreater(item.rental_price_day, 0)
            self.assertGreater(item.rental_price_week, item.rental_price_day)
            self.assertLess(item.rental_price_week, 7 * item.rental_price_day)
            self.assertGreater(item.replacement_value, item.rental_price_week)

    def test_fleet_is_what_the_files_say(self):
        with file_open("equipment_rental/demo/example/stock.quant.csv") as text:
            counted = sum(
                int(row["inventory_quantity_auto_apply"])
                for row in csv.DictReader(text)
            )
        warehouses = self.env["stock.warehouse"].browse(
            self.imported["stock.warehouse"]
        )
        pools = self.env["rental.pool"].search([("warehouse_id", "in", warehouses.ids)])
        self.assertEqual(len(pools), 2 * EXPECTED["product.template"])
        self.assertEqual(sum(pools.mapped("capacity")), counted)
        lots = self.env["stock.lot"].browse(self.imported["stock.lot"])
        self.assertEqual(len(lots.rental_resource_id), 120)
        self.assertEqual(
            lots.rental_resource_id.pool_id,
            pools.filtered(lambda pool: pool.tracking == "serial").resource_id,
        )

    def test_importing_again_changes_nothing(self):
        """The catalogue can be corrected in the file and imported once more."""
        header = ["id", "name", "rental_price_day"]
        row = ["example_item_ex_008", "Micro excavator 0.8 t", "99"]
        result = self.env["product.template"].load(header, [row])
        self.assertFalse(result["messages"])
        item = self.env.ref("__import__.example_item_ex_008")
        self.assertEqual(result["ids"], item.ids)
        self.assertEqual(item.rental_price_day, 99)
        self.assertEqual(len(item.rental_tier_ids), 2)
