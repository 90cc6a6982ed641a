from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, new_test_user

from odoo.addons.equipment_rental.tests.common import NOW, RentalFactory, at
from odoo.addons.resource_allocation.exceptions import AllocationConflict
from odoo.addons.resource_lending.tests.common import LendingCommon
from odoo.addons.resource_lending_rental.models.lending_asset import LENDING


@freeze_time(NOW)
class TestOneResource(RentalFactory, LendingCommon):
    """A serial number that is lent and rented is one thing: either, never both."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_rental()
        cls.lot = cls.drill_lots[0]
        cls.drill_asset = cls._thing("Drill", "DRL-1", lot_id=cls.lot.id)
        cls.back_room = cls.env["stock.location"].create(
            {"name": "Back Room", "location_id": cls.north.view_location_id.id}
        )

    def _lend(self, start=None, stop=None):
        """Reserve the drill for Ott from ``start``, or hand it out now."""
        if start is None:
            return self._hand_out(self.drill_asset, self.ott)
        return self._reserve(self.drill_asset, self.ott, start_at=start, due_at=stop)

    def _free(self, start, stop):
        pool = self._pool(self.drill).resource_id
        return pool.free_quantity(start, stop)[pool.id]

    def _move(self, lot, target):
        """Move a serial number as a storekeeper does."""
        quant = lot.quant_ids.filtered(lambda one: one.quantity > 0)
        quant.move_quants(target)
        self.env["rental.pool"]._sync_pending()

    def test_asset_of_a_unit_shares_it(self):
        unit = self.lot.rental_resource_id
        self.assertEqual(self.drill_asset.resource_id, unit)
        self.assertEqual(unit.owner_model, "stock.lot")
        self.assertEqual(unit.pool_id, self._pool(self.drill).resource_id)

    def test_storekeeper_makes_no_unit_of_a_lent_thing(self):
        """Or he would hand it out from the fleet, and lift its blocks."""
        laptop = self._thing("Laptop", "LAP-9")
        group = "equipment_rental.equipment_rental_group_storekeeper"
        keeper = new_test_user(self.env, "keeper", group)
        lot = self.drill_lots[1]
        unit = lot.rental_resource_id
        mine = lot.with_user(keeper)
        with self.assertRaises(AccessError):
            mine.rental_resource_id = laptop.resource_id
        self.assertEqual(lot.rental_resource_id, unit)

    def test_lent_unit_cannot_be_rented(self):
        """Of three drills two are left for customers, and D-1 is none of them."""
        self.assertEqual(self._free(at(1), at(4)), 3)
        self._lend(at(0, 9), at(5))
        self.assertEqual(self._free(at(1), at(4)), 2)
        self._confirmed((self.drill, 2))
        with self.assertRaises(AllocationConflict):
            self._confirmed((self.drill, 1))

    def test_hand_over_offers_no_lent_unit(self):
        self._lend()
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(3))
        window = self._window(order.action_rental_hand_over())
        self.assertNotIn(self.lot, window.line_ids.available_lot_ids)
        self.assertEqual(self.lot.rental_state, "out")
        self.assertIn("Lending", window._scan_unit(self.lot))

    def test_rented_unit_cannot_be_lent(self):
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(3))
        self._hand_over(order, lots=self.lot)
        with self.assertRaises(AllocationConflict):
            self._lend(at(1), at(2))
        self._take_back(order)
        self._lend(at(1), at(2))

    def test_fleet_that_is_promised_cannot_be_lent(self):
        """All three are promised, though nobody said which: none can be lent."""
        self._confirmed((self.drill, 3))
        with self.assertRaises(AllocationConflict):
            self._lend(at(1), at(2))

    def test_lent_unit_is_never_exchanged_for_another(self):
        """Rentals make room for each other; what a person has stays what it is."""
        loan = self._lend(at(1), at(4))
        self._confirmed((self.drill, 1), start=at(0), stop=at(2))
        self._confirmed((self.drill, 1), start=at(3), stop=at(6))
        self._confirmed((self.drill, 1), start=at(0), stop=at(6))
        self.assertEqual(loan.allocation_id.resource_id, self.lot.rental_resource_id)

    def test_item_that_goes_on_rent_takes_its_assets_along(self):
        """Registered first, rented later: the fleet gets the asset's resource."""
        saw = self._make_item("Saw", tracking="serial", rent_ok=False)
        lot = self._put(saw, self.north, lots=["S-1"])
        asset = self._thing("Saw", "SAW-1", lot_id=lot.id)
        own = asset.resource_id
        saw.rent_ok = True
        self.assertEqual(lot.rental_resource_id, own)
        self.assertEqual(asset.resource_id, own)
        self.assertEqual(own.owner_model, "stock.lot")
        self.assertEqual(own.pool_id, self._pool(saw).resource_id)

    def test_lent_item_cannot_go_on_rent(self):
        saw = self._make_item("Saw", tracking="serial", rent_ok=False)
        lot = self._put(saw, self.north, lots=["S-1"])
        asset = self._thing("Saw", "SAW-1", lot_id=lot.id)
        self._hand_out(asset, self.ott)
        with self.assertRaisesRegex(ValidationError, "SAW-1"):
            saw.rent_ok = True

    def test_linking_what_is_lent_is_refused(self):
        """Two histories would run on one thing."""
        lot = self.drill_lots[1]
        self._hand_out(self.laptop, self.ott)
        with self.assertRaisesRegex(ValidationError, "LAP-001"):
            self.laptop.lot_id = lot

    def test_linking_and_parting(self):
        lot = self.drill_lots[1]
        own, unit = self.laptop.resource_id, lot.rental_resource_id
        self.laptop.lot_id = lot
        self.assertEqual(self.laptop.resource_id, unit)
        self.assertFalse(own.exists())
        self.laptop.lot_id = False
        self.assertNotEqual(self.laptop.resource_id, unit)
        self.assertEqual(self.laptop.resource_id.owner_model, "lending.asset")
        self.assertTrue(self.laptop.resource_id.exclusive)
        self.assertTrue(unit.pool_id)

    def test_linking_keeps_the_past(self):
        loan = self._hand_out(self.laptop, self.ott)
        with freeze_time(at(0, 10)):
            loan.take_back()
        own = self.laptop.resource_id
        self.laptop.lot_id = self.drill_lots[1]
        self.assertFalse(own.active)
        self.assertEqual(loan.allocation_id.resource_id, own)

    def test_leaving_the_fleet_it_goes_on_being_lent(self):
        unit = self.lot.rental_resource_id
        self._move(self.lot, self.back_room)
        self.assertEqual(self._pool(self.drill).capacity, 2)
        self.assertTrue(unit.active)
        self.assertFalse(unit.pool_id)
        loan = self._lend()
        self.env["rental.pool"]._sync(self.drill)
        self.assertTrue(unit.active)
        self.assertFalse(loan.activity_ids)

    def test_back_in_the_fleet(self):
        self._move(self.lot, self.back_room)
        self._move(self.lot, self.north.lot_stock_id)
        unit = self.lot.rental_resource_id
        self.assertEqual(unit.pool_id, self._pool(self.drill).resource_id)
        self.assertEqual(self._free(at(1), at(4)), 3)

    def test_lost_unit_is_not_put_back_at_the_counter(self):
        """Lending lost it, Lending finds it."""
        self.drill_asset.with_user(self.officer).process("lost")
        self.assertEqual(self._free(at(1), at(4)), 2)
        unit = self.lot.rental_resource_id
        self.assertFalse(unit._blocks_until_lifted())
        blocks = unit.allocation_ids.filtered("live")
        self.assertLessEqual(set(blocks.mapped("res_model")), set(LENDING))
        self.drill_asset.with_user(self.officer).process("in_stock")
        self.assertEqual(self._free(at(1), at(4)), 3)
