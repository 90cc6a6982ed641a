from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import MANAGER, NOW, RentalCommon, at

STOREKEEPER = "equipment_rental.equipment_rental_group_storekeeper"


@freeze_time(NOW)
class TestService(RentalCommon):
    """What comes back broken is rented to nobody before it is put back (C10)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.damaged = cls.env.ref("equipment_rental.rental_condition_damaged")
        cls.damaged.write({"name": "Damaged", "out_of_service": True})
        cls.good = cls.env.ref("equipment_rental.rental_condition_good")
        cls.good.out_of_service = False
        cls.storekeeper = new_test_user(cls.env, "service_store", STOREKEEPER)

    def _back(self, *items, condition=None, **vals):
        """A rental that came back now, damaged: its order."""
        order = self._confirmed(*items, start=at(0), stop=at(1))
        self._hand_over(order, lots=vals.pop("lots", None))
        self._take_back(order, condition_id=(condition or self.damaged).id, **vals)
        self.env.invalidate_all()
        return order

    def _blocks(self, records):
        resources = (
            records.rental_resource_id
            if records._name == "stock.lot"
            else records.resource_id
        )
        return self.env["resource.allocation"].search(
            [("resource_id", "in", resources.ids), ("kind", "=", "block")]
        )

    def test_C10_damaged_unit_is_blocked_from_its_return_on(self):
        broken = self.drill_lots[0]
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(1))
        self._hand_over(order, lots=broken)
        with freeze_time("2026-03-02 11:00:00"):
            self._take_back(
                order,
                when=at(0, 9),
                condition_id=self.damaged.id,
                remark="cable torn",
            )
            self.env.invalidate_all()
            block = self._blocks(broken)
            self.assertEqual(block.name, f"Damaged: cable torn ({order.name})")
            self.assertEqual((block.start, block.stop), (at(0, 9), False))
            self.assertEqual(block.company_id, order.company_id)
            self.assertFalse(block.res_model)
            self.assertEqual(broken.rental_state, "service")
            self.assertFalse(broken.rental_next)
            pool = self._pool(self.drill)
            self.assertEqual((pool.quantity_blocked, pool.quantity_free), (1, 2))
            lots = self.env["stock.lot"].search(
                [
                    ("rental_state", "=", "service"),
                    ("product_id", "=", self.drill.id),
                ]
            )
            self.assertEqual(lots, broken)

    def test_C10_what_comes_back_good_is_free(self):
        self._back((self.drill, 1), lots=self.drill_lots[0], condition=self.good)
        self.assertFalse(self._blocks(self.drill_lots))
        self.assertEqual(self.drill_lots[0].rental_state, "in")

    def test_C10_blocked_unit_is_neither_offered_nor_handed_over(self):
        broken = self.drill_lots[0]
        self._back((self.drill, 1), lots=broken)
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(2))
        window = self._window(order.action_rental_hand_over())
        row = window.line_ids
        self.assertEqual(row.available_lot_ids, self.drill_lots - broken)
        row.lot_ids = broken
        with self.assertRaisesRegex(AllocationConflict, "blocked"):
            window.action_hand_over()

    def test_C10_scan_says_out_of_service(self):
        broken = self.drill_lots[0]
        self._back((self.drill, 1), lots=broken)
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(2))
        window = self._window(order.action_rental_hand_over())
        self.assertIn("out of service", window._scan_unit(broken))

    def test_C10_chosen_unit_out_of_service_is_not_proposed(self):
        broken = self.drill_lots[0]
        order = self._confirmed((self.drill, 1), start=at(2), stop=at(3))
        order.order_line._rental_rows().reassign(broken.rental_resource_id)
        self._back((self.drill, 1), lots=broken)
        window = self._window(order.action_rental_hand_over())
        self.assertFalse(window.line_ids.lot_ids)

    def test_C10_all_units_broken_leave_a_reservation_at_risk(self):
        later = self._confirmed((self.drill, 3), start=at(5), stop=at(6))
        self._back((self.drill, 1), lots=self.drill_lots[0])
        self.assertTrue(later.rental_is_at_risk)
        self.drill_lots[0].with_user(self.storekeeper).action_rental_back_in_service()
        self.env.invalidate_all()
        self.assertFalse(later.rental_is_at_risk)

    def test_C10_storekeeper_puts_a_unit_back(self):
        broken = self.drill_lots[0]
        self._back((self.drill, 1), lots=broken)
        block = self._blocks(broken)
        broken.with_user(self.storekeeper).action_rental_back_in_service()
        self.env.invalidate_all()
        self.assertEqual(block.state, "done")
        self.assertEqual(block.message_ids[0].author_id, self.storekeeper.partner_id)
        self.assertEqual(broken.rental_state, "in")
        self.assertEqual(self._pool(self.drill).quantity_free, 3)
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(2))
        self._hand_over(order, lots=broken)
        self.assertEqual(order.rental_status, "out")

    def test_C10_others_do_not_put_back(self):
        broken = self.drill_lots[0]
        self._back((self.drill, 1), (self.chair, 2), lots=broken)
        seller = new_test_user(
            self.env, "service_seller", "sales_team.group_sale_salesman_all_leads"
        )
        pool = self._pool(self.chair)
        for user in (
            seller,
            new_test_user(self.env, "service_none", "base.group_user"),
        ):
            with self.assertRaises(AccessError):
                broken.with_user(user).action_rental_back_in_service()
            with self.assertRaises(AccessError):
                pool.with_user(user).action_back_in_service()
        self.assertEqual(broken.rental_state, "service")

    def test_C10_only_what_has_no_end_is_lifted(self):
        unit = self.drill_lots[0]
        self.env["resource.allocation"].allocate(
            [
                {
                    "kind": "block",
                    "resource_id": unit.rental_resource_id.id,
                    "start": at(0),
                    "stop": at(1),
                }
            ]
        )
        self.assertEqual(unit.rental_state, "service")
        with self.assertRaisesRegex(UserError, "resource manager"):
            unit.with_user(self.storekeeper).action_rental_back_in_service()

    def test_C10_pieces_of_a_pool(self):
        """Of 10 chairs 3 are damaged, in a row of their own."""
        order = self._confirmed((self.chair, 10), start=at(0), stop=at(1))
        self._hand_over(order)
        window = self._window(order.action_rental_take_back())
        window.line_ids.action_split()
        window.line_ids[0].quantity = 7
        window.line_ids[-1].write({"quantity": 3, "condition_id": self.damaged.id})
        window.action_take_back()
        self.env.invalidate_all()
        pool = self._pool(self.chair)
        self.assertEqual((pool.quantity_blocked, pool.quantity_free), (3, 37))
        block = self._blocks(pool)
        self.assertEqual((block.quantity, block.name), (3, f"Damaged ({order.name})"))
        later = self._order((self.chair, 38), start=at(3), stop=at(4))
        with self.assertRaises(AllocationConflict):
            later.action_confirm()
        pool.with_user(self.storekeeper).action_back_in_service()
        self.env.invalidate_all()
        self.assertEqual((pool.quantity_blocked, pool.quantity_free), (0, 40))
        later.action_confirm()

    def test_C10_pieces_missing_put_the_next_rental_at_risk(self):
        later = self._confirmed((self.chair, 39), start=at(5), stop=at(6))
        self._back((self.chair, 2))
        self.assertTrue(later.rental_is_at_risk)

    def test_C10_pools_button_leaves_units_blocked(self):
        broken = self.drill_lots[0]
        self._back((self.drill, 1), lots=broken)
        with self.assertRaises(UserError):
            self._pool(self.drill).action_back_in_service()
        self.assertEqual(broken.rental_state, "service")

    def test_C10_return_in_the_stock_app_blocks_too(self):
        """Made and finished by a storekeeper who may write no order."""
        broken = self.drill_lots[0]
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(1))
        self._hand_over(order, lots=broken)
        warehouse = self.north
        picking = (
            self.env["stock.picking"]
            .with_user(self.storekeeper)
            .create(
                {
                    "picking_type_id": warehouse.rent_in_type_id.id,
                    "location_id": warehouse.rental_location_id.id,
                    "location_dest_id": warehouse.rental_stock_location_id.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": self.drill.id,
                                "product_uom_qty": 1,
                                "location_id": warehouse.rental_location_id.id,
                                "location_dest_id": (
                                    warehouse.rental_stock_location_id.id
                                ),
                                "sale_line_id": order.order_line.id,
                                "origin_returned_move_id": (
                                    order.rental_transfer_ids.move_ids.id
                                ),
                                "rental_condition_id": self.damaged.id,
                            }
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        picking.move_ids._pick_rental({picking.move_ids: broken})
        picking.button_validate()
        self.env.invalidate_all()
        self.assertEqual(broken.rental_state, "service")
        self.assertEqual(self._blocks(broken).start, at(0))

    def test_C10_unit_that_leaves_the_fleet_blocks_it_no_more(self):
        """Gone to repair outside the fleet, it is not missed twice; C35."""
        broken = self.drill_lots[0]
        self._back((self.drill, 1), lots=broken)
        repair = self.env["stock.location"].create(
            {"name": "Repair", "location_id": self.north.view_location_id.id}
        )
        quant = broken.quant_ids.filtered(lambda one: one.quantity > 0)
        quant.with_user(new_test_user(self.env, "service_boss", MANAGER)).move_quants(
            location_dest_id=repair
        )
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        self.assertEqual(broken.rental_state, "gone")
        self.assertEqual(self._blocks(broken).state, "done")
        pool = self._pool(self.drill)
        self.assertEqual(
            (pool.capacity, pool.quantity_blocked, pool.quantity_free), (2, 0, 2)
        )
