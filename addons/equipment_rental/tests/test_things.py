from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from .common import MANAGER, NOW, RentalCommon, at


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


@freeze_time(NOW)
class TestItemChanges(RentalCommon):
    """What promises count on is kept while they live; names are followed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "item_manager", f"{MANAGER},stock.group_stock_manager"
        )

    def _refused(self, text, item, **vals):
        item = item.with_user(self.manager)
        for record in (item, item.product_tmpl_id):
            with (
                self.subTest(record=record._name, **vals),
                self.assertRaisesRegex(UserError, text),
                self.cr.savepoint(),
            ):
                record.write(vals)

    def _units(self, item):
        units = self.env["stock.lot"].search([("product_id", "=", item.id)])
        return units.rental_resource_id

    # === TRACKING === #

    def test_C35_tracking_stays_while_something_is_out(self):
        order = self._confirmed((self.chair, 3), (self.drill, 1), start=at(0))
        self._hand_over(order, lots=self.drill_lots[0])
        self._refused(f"{order.name}.*serial", self.chair, tracking="serial")
        self._refused(f"{order.name}.*serial", self.chair, tracking="lot")
        self._refused(f"{order.name}.*serial", self.drill, tracking="none")
        self.chair.write({"tracking": "none"})
        self._take_back(order)
        self.chair.tracking = "serial"
        self.drill.tracking = "none"
        self.assertFalse(any(self._units(self.drill).mapped("active")))

    def test_C35_serial_numbers_begin_while_pieces_are_reserved(self):
        order = self._confirmed((self.chair, 2), start=at(0))
        self.chair.tracking = "serial"
        lots = self._put(self.chair, self.north, lots=["C-1", "C-2"])
        self._put(self.chair, self.north, 0)
        self.assertEqual(self._pool(self.chair).capacity, 2)
        self._hand_over(order, lots=lots)
        window = self._window(order.action_rental_take_back())
        self.assertEqual(window.line_ids.lot_id, lots)
        self._take_back(order)
        self.assertEqual(order.order_line.rental_qty_back, 2)

    def test_C35_chosen_and_blocked_units_keep_their_numbers(self):
        order = self._confirmed((self.drill, 1))
        unit = self.drill_lots[0].rental_resource_id
        order.order_line._rental_rows().reassign(unit)
        self._refused(f"{order.name}.*serial", self.drill, tracking="none")
        order.action_cancel()
        block = self.env["resource.allocation"].allocate(
            [{"resource_id": unit.id, "start": at(0), "kind": "block", "name": "Fix"}]
        )
        self._refused("Fix|blocked", self.drill, tracking="none")
        block.close()
        self.drill.tracking = "none"
        self.assertFalse(unit.active)
        self.assertEqual(self._pool(self.drill).capacity, 3)
        self.drill.tracking = "serial"
        self.assertTrue(unit.active)

    # === UNIT, KIND OF PRODUCT === #

    def test_C6_unit_stays_while_something_is_promised(self):
        order = self._confirmed((self.chair, 3))
        dozen = self.env.ref("uom.product_uom_dozen")
        self._refused(f"Chair.*{order.name}.*unit", self.chair, uom_id=dozen.id)
        order.action_cancel()
        self.chair.uom_id = dozen

    def test_C35_item_for_rent_is_no_combo_and_no_service(self):
        item = Command.create({"product_id": self.drill.id})
        combo = self.env["product.combo"].create(
            {"name": "Set", "combo_item_ids": [item]}
        )
        for vals in (
            {"type": "combo", "combo_ids": [Command.set(combo.ids)]},
            {"type": "service"},
        ):
            with (
                self.subTest(vals["type"]),
                self.assertRaisesRegex(ValidationError, "Chair can only be rented out"),
                self.cr.savepoint(),
            ):
                self.chair.product_tmpl_id.write(vals)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.chair.is_storable = False

    def test_C13_item_that_became_a_kit_is_told(self):
        """Manufacturing replaces a kit's move by those of its parts."""

        def explode(moves, **_options):
            moves.sudo()._action_cancel()
            moves.sudo().unlink()
            return moves.browse()

        order = self._confirmed((self.chair, 3), start=at(0))
        Move = self.registry["stock.move"]
        for step in (self._hand_over, self._take_back):
            with (
                self.assertRaisesRegex(UserError, "Chair became a kit.*Archive"),
                self.cr.savepoint(),
                patch.object(Move, "_action_confirm", explode),
            ):
                step(order)
            step(order)
        self.assertEqual(order.order_line.rental_qty_back, 3)

    # === NAMES === #

    def test_C3_names_in_the_ledger_follow(self):
        order = self._confirmed((self.drill, 1), start=at(0))
        self._hand_over(order, lots=self.drill_lots[0])
        unit = self.drill_lots[0].rental_resource_id
        self.drill_lots[0].with_user(self.manager).name = "D-9"
        self.drill.with_user(self.manager).name = "Hammer"
        self.assertEqual(unit.display_name, "Hammer (D-9)")
        self.assertEqual(self._pool(self.drill).resource_id.name, "Hammer / NRT")

    def test_C3_reference_of_a_variant_is_a_part_of_its_name(self):
        self.drill.with_user(self.manager).default_code = "DRL"
        self.assertEqual(self._pool(self.drill).resource_id.name, "[DRL] Drill / NRT")
        self.assertEqual(set(self._units(self.drill).mapped("name")), {"[DRL] Drill"})
        self.drill.product_tmpl_id.default_code = "DR2"
        self.assertEqual(set(self._units(self.drill).mapped("name")), {"[DR2] Drill"})

    def test_C3_names_of_variants_say_their_values(self):
        size = self.env["product.attribute"].create(
            {
                "name": "Size",
                "value_ids": [
                    Command.create({"name": "S"}),
                    Command.create({"name": "L"}),
                ],
            }
        )
        item = self._make_item("Tent", day=5).product_tmpl_id.with_env(self.env)
        values = [Command.set(size.value_ids.ids)]
        item.attribute_line_ids = [
            Command.create({"attribute_id": size.id, "value_ids": values})
        ]
        small = self.env["product.product"].search(
            [("product_tmpl_id", "=", item.id)], limit=1
        )
        self._put(small, self.north, 4)
        pool = self._pool(small)
        self.assertEqual(pool.resource_id.name, "Tent (S) / NRT")

    def test_C33_code_of_the_yard_is_a_part_of_the_name(self):
        self.north.code = "YRD"
        self.assertEqual(self._pool(self.chair).resource_id.name, "Chair / YRD")

    def test_C3_names_are_in_the_companys_language(self):
        """The ledger has one name for all: whoever renames it or moves stock."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.env.company.partner_id.lang = "en_US"
        german = self.chair.with_context(lang="de_DE")
        german.name = "Stuhl"
        self._put(german, self.south, 3)
        for yard, code in ((self.north, "NRT"), (self.south, "SRT")):
            pool = self._pool(self.chair, yard)
            self.assertEqual(pool.resource_id.name, f"Chair / {code}")

    def test_C3_names_do_not_depend_on_who_asks(self):
        """A vendor's name for the item or a formatted one may be in the context."""
        chair = self.chair.with_context(
            partner_id=self.other.id, formatted_display_name=True
        )
        vendor = {"partner_id": self.other.id, "product_name": "Seat 4711"}
        chair.seller_ids = [Command.create(vendor)]
        chair.default_code = "CH"
        self.assertEqual(self._pool(self.chair).resource_id.name, "[CH] Chair / NRT")


@freeze_time(NOW)
class TestOrderBegunIsOver(RentalCommon):
    """What went out and came back in an order is history: it does not begin anew."""

    def _out_and_back(self):
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order)
        self._take_back(order)
        # As of old, when that could still be cancelled.
        order.state = "cancel"
        return order

    def test_C15_order_that_was_out_is_no_quotation_again(self):
        order = self._out_and_back()
        with (
            self.assertRaisesRegex(UserError, f"{order.name}.*Chair.*Duplicate"),
            self.cr.savepoint(),
        ):
            order.action_draft()
        self.assertEqual(order.state, "cancel")
        again = order.copy({"rental_start": at(1), "rental_stop": at(2)})
        again.action_rental_new_project()
        again.action_confirm()
        self.assertEqual(again.order_line.rental_qty_reserved, 5)

    def test_C15_order_that_was_out_is_not_confirmed_anew(self):
        """Such as one that was made a quotation before that was refused."""
        order = self._out_and_back()
        order.state = "draft"
        with self.assertRaisesRegex(UserError, "Chair.*Duplicate"):
            order.action_confirm()

    def test_C15_order_that_never_left_begins_anew(self):
        order = self._confirmed((self.chair, 5))
        order.action_cancel()
        order.action_draft()
        order.action_confirm()
        self.assertEqual(order.order_line.rental_qty_reserved, 5)
