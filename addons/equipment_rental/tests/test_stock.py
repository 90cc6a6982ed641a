from odoo.exceptions import UserError
from odoo.tests import freeze_time

from .common import NOW, RentalCommon, at


@freeze_time(NOW)
class TestStock(RentalCommon):
    """Each way goods come and go is a fact for the fleet, and so is its reversal.

    What no longer fits is put at risk and named to whoever booked it, never refused.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock = cls.north.lot_stock_id
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.customers = cls.env.ref("stock.stock_location_customers")

    def _transfer(self, picking_type, product, source, target, quantity=1, lots=None):
        """A transfer of the stock app, done by its own button."""
        transfer = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "location_id": source.id,
                "location_dest_id": target.id,
            }
        )
        move = self.env["stock.move"].create(
            {
                "picking_id": transfer.id,
                "product_id": product.id,
                "product_uom_qty": len(lots) if lots else quantity,
                "location_id": source.id,
                "location_dest_id": target.id,
            }
        )
        transfer.action_confirm()
        self._finish(transfer, move, quantity, lots)
        return transfer

    def _finish(self, transfer, moves, quantity=1, lots=None):
        for move in moves:
            if lots:
                move.move_line_ids.unlink()
                move.lot_ids = lots
            else:
                move.quantity = quantity
            move.picked = True
        transfer.button_validate()
        self.assertEqual(transfer.state, "done")

    def _return(self, transfer, quantity):
        wizard = self.env["stock.return.picking"].create({"picking_id": transfer.id})
        wizard.product_return_moves.quantity = quantity
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        self._finish(back, back.move_ids, quantity)
        return back

    def _assert_at_risk(self, order, at_risk=True):
        row = order.order_line._rental_rows()
        self.assertEqual(any(row.mapped("at_risk")), at_risk)
        if at_risk:
            [activity] = order.activity_ids
            self.assertIn("at risk", activity.summary)
            self.assertIn("Chair", activity.note)
            self.assertIn(order.name, activity.note)

    # === FACTS === #

    def test_C35_receipt_and_its_return(self):
        order = None
        receipt = self._transfer(
            self.north.in_type_id, self.chair, self.suppliers, self.stock, 10
        )
        self.assertEqual(self._pool(self.chair).capacity, 50)
        order = self._confirmed((self.chair, 45))
        self._return(receipt, 10)
        self.assertEqual(self._pool(self.chair).capacity, 40)
        self._assert_at_risk(order)

    def test_C35_transfer_between_warehouses_and_back(self):
        order = self._confirmed((self.chair, 36))
        target = self.south.lot_stock_id
        there = self._transfer(
            self.north.int_type_id, self.chair, self.stock, target, 5
        )
        self.assertEqual(self._pool(self.chair).capacity, 35)
        self.assertEqual(self._pool(self.chair, self.south).capacity, 5)
        self._assert_at_risk(order)
        self._return(there, 5)
        self.assertEqual(self._pool(self.chair).capacity, 40)
        self.assertEqual(self._pool(self.chair, self.south).capacity, 0)
        self._assert_at_risk(order, False)

    def test_C35_serial_number_between_warehouses(self):
        lot = self.drill_lots[0]
        order = self._confirmed((self.drill, 3))
        self._transfer(
            self.north.int_type_id,
            self.drill,
            self.stock,
            self.south.lot_stock_id,
            lots=lot,
        )
        north, south = self._pool(self.drill), self._pool(self.drill, self.south)
        self.assertEqual((north.capacity, south.capacity), (2, 1))
        self.assertEqual(lot.rental_resource_id.pool_id, south.resource_id)
        self.assertTrue(order.order_line._rental_rows().at_risk)

    def test_C35_pinned_serial_number_that_goes_elsewhere(self):
        """The goods went; the promise of that very unit is at risk, not in the way."""
        lot, unit = self.drill_lots[0], self.drill_lots[0].rental_resource_id
        order = self._confirmed((self.drill, 1))
        row = order.order_line._rental_rows()
        row.reassign(unit)
        self._transfer(
            self.north.int_type_id,
            self.drill,
            self.stock,
            self.south.lot_stock_id,
            lots=lot,
        )
        self.assertEqual(self._pool(self.drill, self.south).capacity, 1)
        self.assertTrue(row.at_risk)
        self.assertIn("at risk", order.activity_ids.summary)
        self.assertFalse(unit.active, "it can stand in for nobody there yet")
        row.reassign(self.drill_lots[1].rental_resource_id)
        self.env.cr.precommit.run()
        self.assertFalse(row.at_risk)
        self.assertTrue(unit.active)
        self.assertEqual(unit.pool_id, self._pool(self.drill, self.south).resource_id)

    def test_C35_serial_number_that_is_pinned_and_cancelled_follows(self):
        unit = self.drill_lots[0].rental_resource_id
        order = self._confirmed((self.drill, 1))
        order.order_line._rental_rows().reassign(unit)
        self._transfer(
            self.north.int_type_id,
            self.drill,
            self.stock,
            self.south.lot_stock_id,
            lots=self.drill_lots[0],
        )
        self.assertFalse(unit.active)
        order.action_cancel()
        self.env.cr.precommit.run()
        self.assertTrue(unit.active)
        self.assertEqual(unit.pool_id, self._pool(self.drill, self.south).resource_id)

    def test_C35_scrap_and_its_return(self):
        order = self._confirmed((self.chair, 38))
        scrap = self.env["stock.scrap"].create(
            {
                "product_id": self.chair.id,
                "scrap_qty": 3,
                "location_id": self.stock.id,
            }
        )
        scrap.do_scrap()
        self.assertEqual(self._pool(self.chair).capacity, 37)
        self._assert_at_risk(order)
        self._transfer(
            self.north.int_type_id, self.chair, scrap.scrap_location_id, self.stock, 3
        )
        self.assertEqual(self._pool(self.chair).capacity, 40)
        self._assert_at_risk(order, False)

    def test_C35_sale_with_delivery_and_its_return(self):
        rental = self._confirmed((self.chair, 35))
        sale = self._confirmed((self.chair, 10), is_rental_order=False)
        self.assertEqual(self._pool(self.chair).capacity, 40, "not before it leaves")
        delivery = sale.picking_ids
        self._finish(delivery, delivery.move_ids, 10)
        self.assertEqual(self._pool(self.chair).capacity, 30)
        self._assert_at_risk(rental)
        self._return(delivery, 10)
        self.assertEqual(self._pool(self.chair).capacity, 40)
        self._assert_at_risk(rental, False)

    def test_C35_sold_serial_number_leaves_the_fleet(self):
        lot = self.drill_lots[0]
        sale = self._confirmed((self.drill, 1), is_rental_order=False)
        self._finish(sale.picking_ids, sale.picking_ids.move_ids, lots=lot)
        self.assertEqual(lot.rental_state, "gone")
        self.assertEqual(self._pool(self.drill).capacity, 2)

    def test_C35_inventory_count_down_and_up(self):
        order = self._confirmed((self.chair, 40))
        self._put(self.chair, self.north, 33)
        self.assertEqual(self._pool(self.chair).capacity, 33)
        self._assert_at_risk(order)
        self._put(self.chair, self.north, 41)
        self.assertEqual(self._pool(self.chair).capacity, 41)
        self._assert_at_risk(order, False)

    def test_C35_latest_booked_is_the_one_at_risk(self):
        first = self._confirmed((self.chair, 20))
        second = self._confirmed((self.chair, 20))
        self._put(self.chair, self.north, 30)
        self._assert_at_risk(first, False)
        self._assert_at_risk(second)

    # === WHAT IS OUT === #

    def test_C33_what_is_out_is_on_hand_nowhere(self):
        order = self._confirmed((self.chair, 30), start=at(0))
        self._hand_over(order)
        chair = self.chair
        self.assertEqual(chair.qty_available, 10)
        self.assertEqual(chair.with_context(warehouse_id=self.north.id).free_qty, 10)
        self.assertEqual(
            chair.with_context(warehouse_id=self.south.id).qty_available, 0
        )
        self._take_back(order)
        self.assertEqual(chair.qty_available, 40)

    def test_C35_counted_where_it_is_out(self):
        """Physical inventory lists what customers have; a loss there is a fact."""
        order = self._confirmed((self.chair, 30), start=at(0))
        self._hand_over(order)
        action = self.env["stock.quant"].action_view_inventory()
        quant = self.env["stock.quant"].search(
            [
                *action["domain"],
                ("location_id", "=", self.north.rental_location_id.id),
                ("product_id", "=", self.chair.id),
            ]
        )
        self.assertEqual(quant.quantity, 30)
        quant.with_context(inventory_mode=True).inventory_quantity = 28
        quant.action_apply_inventory()
        self.assertEqual(self._pool(self.chair).capacity, 38)
        quant.with_context(inventory_mode=True).inventory_quantity = 30
        quant.action_apply_inventory()
        self.assertEqual(self._pool(self.chair).capacity, 40)

    def test_renting_out_buys_nothing(self):
        """What is out comes back: replenishment counts it as on its way."""
        rule = self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.chair.id,
                "location_id": self.stock.id,
                "warehouse_id": self.north.id,
                "product_min_qty": 40,
                "product_max_qty": 40,
            }
        )
        self.assertEqual(rule.qty_to_order, 0)
        order = self._confirmed((self.chair, 30), start=at(0))
        self.assertEqual((rule.qty_to_order, rule.qty_forecast), (0, 40))
        self._hand_over(order)
        self.assertEqual(self._to_order(rule), 0)
        self.assertEqual(rule.qty_on_hand, 10)
        wizard = self.env["stock.return.picking"].create(
            {"picking_id": order.rental_transfer_ids.id}
        )
        wizard.product_return_moves.quantity = 30
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        self.assertEqual(self._to_order(rule), 0)
        self.assertEqual(rule.qty_forecast, 40, "a planned return counts once")
        self._finish(back, back.move_ids, 30)
        self.assertEqual(self._to_order(rule), 0)
        self._put(self.chair, self.north, 35)
        self.assertEqual(self._to_order(rule), 5, "what is lost is bought")

    def _to_order(self, rule):
        rule.invalidate_recordset()
        rule._compute_qty_to_order_computed()
        return rule.qty_to_order

    def test_renting_out_leaves_stock_for_sale_alone(self):
        """Where rentals have a shelf of their own, the stock beside it is bought."""
        shelf = self.env["stock.location"].create(
            {"name": "Rentals", "location_id": self.north.view_location_id.id}
        )
        self.north.rental_stock_location_id = shelf
        self._transfer(self.north.int_type_id, self.chair, self.stock, shelf, 15)
        beside, own = self.env["stock.warehouse.orderpoint"].create(
            [
                {
                    "product_id": self.chair.id,
                    "location_id": place.id,
                    "warehouse_id": self.north.id,
                    "product_min_qty": quantity,
                    "product_max_qty": quantity,
                }
                for place, quantity in ((self.stock, 26), (shelf, 15))
            ]
        )
        order = self._confirmed((self.chair, 15), start=at(0))
        self._hand_over(order)
        self.assertEqual(self._to_order(beside), 1, "25 for sale, of 26")
        self.assertEqual(self._to_order(own), 0)

    # === WHAT IS DONE STAYS DONE === #

    def test_C10_done_hand_over_is_not_rewritten(self):
        """Core lets a done transfer be edited; the ledger would not know."""
        order = self._confirmed((self.chair, 5), (self.drill, 1), start=at(0))
        self._hand_over(order, lots=self.drill_lots[0])
        transfer = order.rental_transfer_ids
        transfer.action_toggle_is_locked()
        drill, chair = transfer.move_ids.sorted(lambda move: move.quantity)
        for change in (
            lambda: chair.write({"quantity": 6}),
            lambda: chair.move_line_ids.write({"quantity": 4}),
            lambda: drill.move_line_ids.write({"lot_id": self.drill_lots[1].id}),
            lambda: chair.move_line_ids.copy({"quantity": 1}),
        ):
            with (
                self.assertRaisesRegex(UserError, f"Undo… in {order.name}"),
                self.cr.savepoint(),
            ):
                change()
        self.env.invalidate_all()
        self.assertEqual(chair.quantity, 5)
        chair.move_line_ids.write({"quantity": 5, "lot_id": False})
        self._take_back(order, lots=None)
        back = order.rental_transfer_ids - transfer
        with self.assertRaisesRegex(UserError, "what came back"):
            back.move_ids.move_line_ids[:1].quantity = 7

    # === STATE NOW === #

    def test_C3_options_are_counted_apart_from_reservations(self):
        self._confirmed((self.chair, 10))
        option = self._order((self.chair, 7))
        option._rental_place_option(at(0, 12))
        pool, item = self._pool(self.chair), self.chair.product_tmpl_id
        self.assertEqual((pool.quantity_reserved, pool.quantity_held), (10, 7))
        self.assertEqual((item.rental_reserved, item.rental_held), (10, 7))
        self.assertEqual((item.rental_pieces, item.rental_free), (40, 40))
        with freeze_time("2026-03-02 12:00:01"):
            self.env.invalidate_all()
            self.assertEqual(pool.quantity_held, 0, "lapsed, whether or not a job ran")

    def test_C3_what_is_late_is_not_free(self):
        order = self._confirmed((self.chair, 15), start=at(-2), stop=at(-1))
        self._hand_over(order, when=at(-2))
        pool = self._pool(self.chair)
        self.assertEqual(
            (pool.quantity_out, pool.quantity_late, pool.quantity_free), (15, 15, 25)
        )
        order.order_line._rental_rows("out").expect_back(at(1))
        pool.invalidate_recordset()
        self.assertEqual((pool.quantity_late, pool.quantity_free), (15, 25))

    def test_C3_states_stand_beside_the_units(self):
        """The kanban's panel offers every state, though none is stored."""
        panel = self.env["stock.lot"].search_panel_select_range(
            "rental_state", expand=True, enable_counters=False
        )
        states = [value["id"] for value in panel["values"]]
        self.assertEqual(
            states, ["in", "held", "reserved", "out", "late", "service", "gone"]
        )

    def test_C3_units_are_found_by_their_state(self):
        out, reserved, free = self.drill_lots
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(1))
        self._hand_over(order, lots=out)
        later = self._confirmed((self.drill, 1), start=at(2), stop=at(3))
        later.order_line._rental_rows().reassign(reserved.rental_resource_id)
        Lot = self.env["stock.lot"].with_user(self.clerk)

        def found(*states, operator="in"):
            return Lot.search(
                [
                    ("rental_state", operator, states),
                    ("product_id", "=", self.drill.id),
                ]
            )

        self.assertEqual(found("out"), out)
        self.assertEqual(found("reserved"), reserved)
        self.assertEqual(found("in"), free)
        self.assertEqual(found("in", operator="not in"), out | reserved)
        self.assertEqual(reserved.rental_next, at(2))
        self._put(self.drill, self.south, lots=["D-9"])
        self.assertEqual(found("in").mapped("name"), ["D-3", "D-9"])
        with freeze_time("2026-03-04 08:00:00"):
            self.env.invalidate_all()
            self.assertEqual((found("late"), found("out")), (out, Lot.browse()))

    def test_C3_unit_chosen_for_an_option(self):
        unit = self.drill_lots[0]
        option = self._order((self.drill, 1))
        option._rental_place_option(at(0, 12))
        option.order_line._rental_rows().reassign(unit.rental_resource_id)
        self.assertEqual(unit.rental_state, "held")
        found = self.env["stock.lot"].search([("rental_state", "=", "held")])
        self.assertEqual(found, unit)
        with freeze_time("2026-03-02 12:00:01"):
            self.env.invalidate_all()
            self.assertEqual(unit.rental_state, "in")
            self.assertFalse(
                self.env["stock.lot"].search([("rental_state", "=", "held")])
            )

    def test_C3_lists_behind_the_numbers(self):
        order = self._confirmed((self.drill, 2), start=at(0))
        self._hand_over(order, lots=self.drill_lots[0])
        pool = self._pool(self.drill)
        ledger = self.env["resource.allocation"]
        action = pool.with_context(search_default_out=1).action_allocations()
        self.assertEqual(action["context"], {"search_default_out": 1})
        self.assertEqual(
            ledger.search(action["domain"]),
            order.order_line._rental_rows(),
            "also those of one unit",
        )
        item = self.drill.product_tmpl_id
        self.assertEqual(item.action_rental_allocations()["domain"], action["domain"])
        units = self.env["stock.lot"].search(item.action_rental_units()["domain"])
        self.assertEqual(units, self.drill_lots)
