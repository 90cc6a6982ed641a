from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from .common import NOW, RentalCommon, at


@freeze_time(NOW)
class TestSerialCountsOnce(RentalCommon):
    """A serial number is one thing, wherever and however often it is counted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.saw = cls._make_item("Saw", tracking="serial", day=50)
        cls.saws = cls._put(cls.saw, cls.north, lots=["S-1", "S-2"])
        cls.storekeeper = new_test_user(
            cls.env,
            "saw_storekeeper",
            "equipment_rental.equipment_rental_group_storekeeper,"
            "stock.group_stock_manager",
        )

    def _count(self, lot, place, quantity=1, user=None):
        """Count a serial number in a place, as *Physical Inventory* does."""
        Quant = self.env["stock.quant"].with_user(user or self.storekeeper)
        Quant.with_context(inventory_mode=True).create(
            {
                "product_id": lot.product_id.id,
                "location_id": place.id,
                "lot_id": lot.id,
                "inventory_quantity": quantity,
            }
        ).action_apply_inventory()

    def _fleets(self):
        pools = self._pool(self.saw) | self._pool(self.saw, self.south)
        return {pool.warehouse_id: pool.capacity for pool in pools if pool.capacity}

    def _out(self):
        order = self._confirmed((self.saw, 1), start=at(0))
        self._hand_over(order, lots=self.saws[0])
        return order

    def test_C35_serial_number_that_is_out_is_not_counted_into_stock(self):
        order = self._out()
        for place in (self.north.lot_stock_id, self.south.lot_stock_id):
            with (
                self.subTest(place=place.name),
                self.assertRaisesRegex(
                    UserError,
                    rf"S-1 is out \({order.name} · Alder Builders\). Take it back",
                ),
                self.cr.savepoint(),
            ):
                self._count(self.saws[0], place)
        self.assertEqual(self._fleets(), {self.north: 2})
        self._take_back(order)
        self._count(self.saws[0], self.north.lot_stock_id)
        self.assertEqual(self._fleets(), {self.north: 2})

    def test_C15_third_rental_of_two_machines_is_refused(self):
        """Also where a program wrote the second quantity past every refusal."""
        self._out()
        for place in (self.north.lot_stock_id, self.south.lot_stock_id):
            self.env["stock.quant"]._update_available_quantity(
                self.saw, place, 1, lot_id=self.saws[0]
            )
        self.env.cr.precommit.run()
        self.assertEqual(self._fleets(), {self.north: 2})
        self._confirmed((self.saw, 1), start=at(0))
        for yard in (self.north, self.south):
            with self.assertRaises(UserError), self.cr.savepoint():
                self._confirmed((self.saw, 1, {"warehouse_id": yard.id}), start=at(0))

    def test_C35_serial_number_of_another_yard_is_transferred(self):
        place = self.south.lot_stock_id
        with (
            self.assertRaisesRegex(UserError, "S-2 is in NRT/Stock already. Transfer"),
            self.cr.savepoint(),
        ):
            self._count(self.saws[1], place)
        self.assertEqual(self._fleets(), {self.north: 2})
        self._count(self.saws[1], self.north.lot_stock_id, 0)
        self._count(self.saws[1], place)
        self.assertEqual(self._fleets(), {self.north: 1, self.south: 1})
        self.assertEqual(self.saws[1].rental_warehouse_id, self.south)

    def test_C35_gone_here_and_found_there_in_one_count(self):
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        there = quants.create(
            {
                "product_id": self.saw.id,
                "location_id": self.south.lot_stock_id.id,
                "lot_id": self.saws[0].id,
                "inventory_quantity": 1,
            }
        )
        here = quants.search(
            [
                ("lot_id", "=", self.saws[0].id),
                ("location_id", "=", self.north.lot_stock_id.id),
            ]
        )
        here.inventory_quantity = 0
        (there | here).action_apply_inventory()
        self.assertEqual(self._fleets(), {self.north: 1, self.south: 1})

    def test_C35_serial_number_that_is_out_is_not_received(self):
        order = self._out()
        move = self.env["stock.move"].create(
            {
                "product_id": self.saw.id,
                "product_uom_qty": 1,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.south.lot_stock_id.id,
            }
        )
        move._action_confirm()
        move.lot_ids = self.saws[0]
        move.picked = True
        with self.assertRaisesRegex(UserError, order.name), self.cr.savepoint():
            move._action_done()
        self.assertEqual(self._fleets(), {self.north: 2})

    def test_C35_what_another_company_has_is_not_named(self):
        """A serial number may belong to no company; who has it is not everybody's."""
        order = self._out()
        other = self.env["res.company"].create({"name": "Elsewhere Ltd"})
        yard = self.env["stock.warehouse"].search([("company_id", "=", other.id)])
        keeper = new_test_user(
            self.env,
            "elsewhere_keeper",
            "stock.group_stock_manager,stock.group_production_lot",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.saws.sudo().company_id = False
        with self.assertRaises(UserError) as caught, self.cr.savepoint():
            self._count(self.saws[0], yard.lot_stock_id, user=keeper)
        self.assertIn("S-1", str(caught.exception))
        self.assertNotIn(order.name, str(caught.exception))
        self.assertNotIn("Alder", str(caught.exception))

    def test_C35_counted_twice_is_found_by_night(self):
        self._out()
        self.env["stock.quant"]._update_available_quantity(
            self.saw, self.south.lot_stock_id, 1, lot_id=self.saws[0]
        )
        self.env.cr.precommit.run()
        pool = self._pool(self.saw, self.south)
        self.assertEqual(pool.capacity, 0)
        self.assertIn(pool.id, pool.sudo()._differences())
        with self.assertRaisesRegex(UserError, "count where the pieces are"):
            pool._repair_allocations()

    def test_C35_comes_back_while_counted_elsewhere(self):
        """The other place is named, not the order that brings it back."""
        order = self._out()
        self.env["stock.quant"]._update_available_quantity(
            self.saw, self.south.lot_stock_id, 1, lot_id=self.saws[0]
        )
        with (
            self.assertRaisesRegex(UserError, "S-1 is in SRT/Stock already"),
            self.cr.savepoint(),
        ):
            self._take_back(order)
        self._count(self.saws[0], self.south.lot_stock_id, 0)
        self._take_back(order)
        self.assertEqual(self._fleets(), {self.north: 2})

    def test_C35_minus_one_here_is_the_one_there(self):
        """Core lets what is counted elsewhere leave from here, below zero."""
        self.env["stock.quant"]._update_available_quantity(
            self.saw, self.south.lot_stock_id, -1, lot_id=self.saws[0]
        )
        self.env.cr.precommit.run()
        self.assertEqual(self._fleets(), {self.north: 1})
