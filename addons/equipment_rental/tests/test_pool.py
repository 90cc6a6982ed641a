from odoo.exceptions import UserError
from odoo.tests import freeze_time

from .common import NOW, RentalCommon, at


@freeze_time(NOW)
class TestPool(RentalCommon):
    """The fleet follows the stock, whatever moves it."""

    def _transfer(self, product, source, target, quantity=1, lot=None):
        move = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "location_id": source.id,
                "location_dest_id": target.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        if lot:
            move.move_line_ids.lot_id = lot
        move.quantity = quantity
        move.picked = True
        move._action_done()

    def test_C7_C34_each_warehouse_has_its_own_fleet(self):
        self._put(self.chair, self.south, 7)
        self.assertEqual(self._pool(self.chair, self.north).capacity, 40)
        self.assertEqual(self._pool(self.chair, self.south).capacity, 7)

    def test_C35_capacity_follows_every_movement(self):
        pool = self._pool(self.chair)
        suppliers = self.env.ref("stock.stock_location_suppliers")
        customers = self.env.ref("stock.stock_location_customers")
        stock = self.north.lot_stock_id
        with self.subTest("receipt"):
            self._transfer(self.chair, suppliers, stock, 10)
            self.assertEqual(pool.capacity, 50)
        with self.subTest("transfer to the other warehouse"):
            self._transfer(self.chair, stock, self.south.lot_stock_id, 5)
            self.assertEqual(pool.capacity, 45)
            self.assertEqual(self._pool(self.chair, self.south).capacity, 5)
        with self.subTest("sale"):
            self._transfer(self.chair, stock, customers, 5)
            self.assertEqual(pool.capacity, 40)
        with self.subTest("scrap"):
            self.env["stock.scrap"].create(
                {
                    "product_id": self.chair.id,
                    "scrap_qty": 2,
                    "location_id": stock.id,
                }
            ).do_scrap()
            self.assertEqual(pool.capacity, 38)
        with self.subTest("inventory count"):
            self._put(self.chair, self.north, 36)
            self.assertEqual(pool.capacity, 36)

    def test_C35_capacity_follows_a_change_without_a_move(self):
        """Whatever writes quantities is seen, at the latest before the commit."""
        self.env["stock.quant"]._update_available_quantity(
            self.chair, self.north.lot_stock_id, 3
        )
        self.env.cr.precommit.run()
        self.assertEqual(self._pool(self.chair).capacity, 43)

    def test_C35_renting_does_not_change_the_fleet(self):
        pool = self._pool(self.chair)
        order = self._confirmed((self.chair, 30))
        self._hand_over(order)
        self.assertEqual(pool.capacity, 40)
        self._take_back(order)
        self.assertEqual(pool.capacity, 40)

    def test_C35_what_is_out_can_be_lost(self):
        """A loss counted in the rental location is a smaller fleet."""
        order = self._confirmed((self.chair, 30))
        self._hand_over(order)
        quant = self.env["stock.quant"].search(
            [("location_id", "=", self.north.rental_location_id.id)]
        )
        quant.with_context(inventory_mode=True).inventory_quantity = 29
        quant.action_apply_inventory()
        self.assertEqual(self._pool(self.chair).capacity, 39)

    def test_C35_product_that_becomes_rentable_has_its_fleet(self):
        table = self._make_item("Table", rent_ok=False)
        self._put(table, self.north, 8)
        self.assertFalse(self._pool(table))
        table.rent_ok = True
        self.assertEqual(self._pool(table).capacity, 8)

    def test_C35_product_that_goes_off_rent_closes_its_fleet(self):
        order = self._confirmed((self.chair, 1))
        with self.assertRaisesRegex(UserError, "stays for rent"), self.cr.savepoint():
            self.chair.rent_ok = False
        order.action_cancel()
        pool = self._pool(self.chair)
        self.chair.rent_ok = False
        self.assertFalse(pool.active or pool.resource_id.active)
        self._put(self.chair, self.north, 12)
        self.chair.rent_ok = True
        self.assertTrue(pool.active and pool.resource_id.active)
        self.assertEqual(pool.capacity, 12)

    def test_fleet_is_called_as_the_item(self):
        self.chair.name = "Stool"
        self.assertIn("Stool", self._pool(self.chair).resource_id.name)

    def test_unit_is_told_apart_by_its_serial_number(self):
        unit = self.drill_lots[0].rental_resource_id
        self.assertEqual(unit.display_name, "Drill (D-1)")
        self.drill_lots[0].name = "D-9"
        self.assertEqual(unit.display_name, "Drill (D-9)")
        self.drill.name = "Hammer"
        self.assertEqual(unit.display_name, "Hammer (D-9)")
        found = self.env["resource.resource"].search([("display_name", "=", "D-9")])
        self.assertEqual(found, unit)

    def test_C35_own_location_for_rentals(self):
        """With a location of its own, only what lies there is for rent."""
        shelf = self.env["stock.location"].create(
            {"name": "Rentals", "location_id": self.north.view_location_id.id}
        )
        self.north.rental_stock_location_id = shelf
        pool = self._pool(self.chair)
        self.assertEqual(pool.capacity, 0)
        self._transfer(self.chair, self.north.lot_stock_id, shelf, 12)
        self.assertEqual(pool.capacity, 12)

    def test_C3_serial_numbers_are_units_of_the_pool(self):
        pool = self._pool(self.drill)
        units = self.drill_lots.rental_resource_id
        self.assertEqual(len(units), 3)
        self.assertEqual(units.pool_id, pool.resource_id)
        self.assertTrue(all(units.mapped("exclusive")))
        self.assertEqual(pool.capacity, 3)

    def test_C35_unit_moves_with_its_serial_number(self):
        lot = self.drill_lots[0]
        stock = self.north.lot_stock_id
        self._transfer(self.drill, stock, self.south.lot_stock_id, lot=lot)
        self.assertEqual(
            lot.rental_resource_id.pool_id,
            self._pool(self.drill, self.south).resource_id,
        )
        self.assertEqual(self._pool(self.drill).capacity, 2)
        customers = self.env.ref("stock.stock_location_customers")
        self._transfer(self.drill, self.south.lot_stock_id, customers, lot=lot)
        self.assertFalse(lot.rental_resource_id.active)
        self.assertEqual(lot.rental_state, "gone")
        self._transfer(self.drill, customers, stock, lot=lot)
        self.assertTrue(lot.rental_resource_id.active)
        self.assertEqual(self._pool(self.drill).capacity, 3)

    def test_C3_state_of_items_and_units_now(self):
        order = self._confirmed((self.drill, 2), (self.chair, 10), start=at(0, 7))
        self._hand_over(order, lots=self.drill_lots[0], quantity=4)
        chairs, drills = self._pool(self.chair), self._pool(self.drill)
        self.assertEqual(
            (chairs.quantity_out, chairs.quantity_reserved, chairs.quantity_free),
            (4, 6, 30),
        )
        self.assertEqual(
            (drills.quantity_out, drills.quantity_reserved, drills.quantity_free),
            (1, 1, 1),
        )
        self.assertEqual(self.drill_lots.mapped("rental_state"), ["out", "in", "in"])
        self.assertEqual(drills.allocation_root_ids, order.order_line[0]._rental_rows())
        with freeze_time("2026-03-10 08:00:00"):
            self.env.invalidate_all()
            self.assertEqual(self.drill_lots[0].rental_state, "late")

    def test_C33_warehouse_is_ready_for_rental(self):
        """Company-owned, internal, outside the warehouse: value stays, not on hand."""
        away = self.north.rental_location_id
        self.assertEqual(away.usage, "internal")
        self.assertEqual(away.company_id, self.north.company_id)
        self.assertFalse(away.warehouse_id)
        self.assertFalse(away.location_id)
        self.assertEqual(self.north.rent_out_type_id.reservation_method, "manual")
        self.assertEqual(self.north.rent_in_type_id.default_location_src_id, away)
        old = self.env.ref("stock.warehouse0", raise_if_not_found=False)
        if old:
            self.assertTrue(old.rental_location_id, "set up at installation")

    def test_C33_what_is_out_is_not_on_hand(self):
        order = self._confirmed((self.chair, 30))
        before = self.chair.qty_available
        self._hand_over(order)
        self.assertEqual(self.chair.qty_available, before - 30)

    def test_lower_capacity_puts_a_promise_at_risk(self):
        """A fact is never refused; who booked hears of it."""
        order = self._confirmed((self.chair, 40))
        self._put(self.chair, self.north, 35)
        self.assertTrue(order.order_line._rental_rows().at_risk)
        self.assertIn("at risk", order.activity_ids.summary)
