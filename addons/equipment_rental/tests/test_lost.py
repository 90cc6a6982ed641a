"""What a customer lost ends like everything else, and is found again in one step."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user
from odoo.tools import mute_logger

from .common import NOW, at
from .test_counter import CounterCommon

LEDGER = "odoo.addons.resource_allocation.models.resource_allocation_difference"


class LostCommon(CounterCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lost = cls.env.ref("equipment_rental.rental_condition_lost")
        cls.away = cls.north.rental_location_id
        cls.chair.replacement_value = 40
        cls.drill.replacement_value = 1200

    def _out(self, *items, **vals):
        order = self._confirmed(*items, **{"start": at(-3), "stop": at(1), **vals})
        self._hand_over(order, when=at(-3))
        return order

    def _lose(self, order, lots=None, quantity=None, user=None, **vals):
        """Say in *Take Back* that units, or so many pieces, are lost."""
        user = user or self.clerk
        window = self._window(order.with_user(user).action_rental_take_back())
        window = window.with_user(user)
        for row in window.line_ids:
            if row.lot_id:
                row.quantity = int(lots is None or row.lot_id in lots)
            elif quantity is not None:
                row.quantity = quantity
        window.line_ids.write({"condition_id": self.lost.id, **vals})
        window.action_take_back()

    def _find(self, order, quantity=1, lots=None, note="In the cellar", **vals):
        """Say with *Found…* that units, or so many pieces, turned up."""
        window = self._window(order.with_user(self.clerk).action_rental_found())
        window.note = note
        for row in window.line_ids:
            if row.lot_id:
                row.quantity = int(lots is None or row.lot_id in lots)
            else:
                row.quantity = quantity
        if vals:
            window.line_ids.write(vals)
        window.action_found()

    def _pieces(self, product, place):
        """Pieces of a product that the stock has in a location."""
        quants = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id", "=", place.id)]
        )
        return sum(quants.mapped("quantity"))

    def _differences(self):
        """What the nightly job finds."""
        self.env.flush_all()
        self.env.invalidate_all()
        with self.enter_registry_test_mode(), mute_logger(LEDGER):
            self.env.ref("resource_allocation.ir_cron_compare").method_direct_trigger()
        self.env.invalidate_all()
        return self.env["resource.allocation.difference"].search([])

    def _fees(self, order):
        return order.sudo().order_line.filtered("rental_fee_id")

    def _said(self, order):
        return " ".join(order.sudo().message_ids.mapped("body"))


@freeze_time(NOW)
class TestLost(LostCommon):
    def test_C10_lost_serial_number_ends_the_rental(self):
        """Row, goods, fleet and unit in one step; nothing waits for it any more."""
        lot = self.drill_lots[0]
        order = self._confirmed((self.drill, 1), start=at(-3), stop=at(-1))
        self._hand_over(order, lots=lot, when=at(-3))
        self.assertTrue(order.rental_is_late)
        self._lose(order)
        row = order.order_line.filtered("is_rental")._rental_rows()
        self.assertEqual((row.state, row.actual_stop), ("done", at(0)))
        self.assertEqual(order.order_line[0].rental_qty_out, 0)
        self.assertFalse(order.rental_is_late)
        self.assertEqual(order.rental_status, "back")
        self.assertEqual(self._pool(self.drill).capacity, 2)
        self.assertEqual(lot.rental_state, "gone")
        self.assertFalse(lot.rental_resource_id.active)
        self.assertEqual(self._pieces(self.drill, self.away), 0)
        self.assertEqual(self.drill.qty_available, 2)
        self.assertFalse(self._differences())

    def test_C10_lost_in_part_the_rest_comes_back(self):
        """One of three pieces is lost in the return that brings the others."""
        order = self._out((self.chair, 3))
        window = self._window(order.action_rental_take_back())
        window.line_ids.action_split()
        window.line_ids[1].write({"condition_id": self.lost.id, "remark": "river"})
        window.action_take_back()
        line = order.order_line[0]
        self.assertEqual((line.rental_qty_out, line.rental_qty_back), (0, 3))
        self.assertEqual(self._pool(self.chair).capacity, 39)
        self.assertEqual(self._pieces(self.chair, self.away), 0)
        self.assertEqual(self._pieces(self.chair, self.north.lot_stock_id), 39)
        said = self._said(order)
        self.assertIn("Came back: 2 × Chair: Good", said)
        self.assertIn("Lost: 1 × Chair: Lost, river", said)
        self.assertFalse(self._differences())

    def test_C10_lost_alone_the_rest_stays_out(self):
        order = self._out((self.chair, 3))
        self._lose(order, quantity=1)
        line = order.order_line[0]
        self.assertEqual((line.rental_qty_out, line.rental_qty_back), (2, 1))
        self.assertEqual(order.rental_status, "part_back")
        self.assertNotIn("Came back", self._said(order))
        self._take_back(order)
        self.assertEqual(order.rental_status, "back")
        self.assertEqual(self._pool(self.chair).capacity, 39)
        self.assertFalse(self._differences())

    def test_C10_lost_is_never_taken_for_granted(self):
        """Not proposed, even where it stands first."""
        self.lost.sequence = 1
        order = self._out((self.chair, 3))
        window = self._window(order.action_rental_take_back())
        self.assertFalse(window.line_ids.condition_id.is_lost)
        order.order_line._rental_rows("out").with_user(self.clerk).take_back()
        self.assertEqual(self._pool(self.chair).capacity, 40)

    def test_C15_later_promise_of_what_is_lost_is_at_risk(self):
        """As with any fleet that shrinks: the latest booked, who hears of it."""
        order = self._out((self.chair, 10))
        first = self._confirmed((self.chair, 20), start=at(2), stop=at(3))
        later = self._confirmed((self.chair, 20), start=at(2), stop=at(3))
        self._lose(order, quantity=1)
        self.assertFalse(first.rental_is_at_risk)
        self.assertTrue(later.rental_is_at_risk)
        self.assertIn("at risk", later.activity_ids.summary)
        self._find(order)
        self.assertFalse(later.rental_is_at_risk)

    def test_C15_chosen_unit_that_is_lost_is_at_risk(self):
        lot = self.drill_lots[0]
        order = self._confirmed((self.drill, 1), start=at(-3), stop=at(1))
        self._hand_over(order, lots=lot, when=at(-3))
        later = self._confirmed((self.drill, 1), start=at(2), stop=at(3))
        later.order_line._rental_rows().reassign(lot.rental_resource_id)
        self._lose(order)
        self.assertTrue(later.rental_is_at_risk)

    def test_C10_what_is_lost_needs_no_cleaning(self):
        """Its teardown takes no other piece's place in the smaller fleet."""
        self._pool(self.chair).resource_id.teardown_minutes = 60
        order = self._out((self.chair, 1), stop=at(0, 12))
        other = self._confirmed((self.chair, 39), start=at(0, 8), stop=at(1))
        self._lose(order)
        self.assertFalse(other.rental_is_at_risk)

    def test_C10_out_of_service_and_lost(self):
        """Blocked pieces stay blocked; what is lost is blocked by nothing."""
        broken = self._out((self.chair, 5))
        self._take_back(broken, condition_id=self.damaged.id)
        order = self._out((self.chair, 10), (self.drill, 1))
        lot = self.drill_lots.filtered(lambda lot: lot.rental_state == "out")
        self._lose(order, quantity=2)
        pool = self._pool(self.chair)
        self.assertEqual((pool.capacity, pool.quantity_blocked), (38, 5))
        self.assertEqual(pool.quantity_free, 38 - 5 - 8)
        self.assertFalse(lot.rental_resource_id._blocks_now())
        self.assertFalse(self._differences())

    def test_C10_lots_without_numbers_of_units(self):
        """Pieces counted by lot go to the loss and come back as the lot they are."""
        rope = self._make_item("Rope", tracking="lot", day=1)
        lot = self.env["stock.lot"].create({"name": "L-1", "product_id": rope.id})
        self.env["stock.quant"]._update_available_quantity(
            rope, self.north.lot_stock_id, 8, lot_id=lot
        )
        self.env["rental.pool"]._sync(rope)
        order = self._out((rope, 5))
        self._lose(order, quantity=2)
        self.assertEqual(self._pool(rope).capacity, 6)
        self._find(order, quantity=1)
        self.assertEqual(self._pool(rope).capacity, 7)
        moved = order.rental_transfer_ids.move_line_ids
        self.assertEqual(moved.lot_id, lot)
        self.assertFalse(self._differences())

    def test_C10_storekeeper_says_lost(self):
        """Without rights on the order; charged by the company's rule."""
        self.env.company.rental_wear_percent = 25
        order = self._out((self.chair, 3))
        self._lose(order, quantity=1, user=self.keeper)
        self.assertEqual(order.order_line[0].rental_qty_out, 2)
        fee = self._fees(order)
        self.assertEqual((fee.price_unit, fee.name), (30, "Replacement: 1 × Chair"))
        self.assertEqual(self._pool(self.chair).capacity, 39)

    def test_C11_storekeeper_leaves_what_has_no_value_to_the_clerk(self):
        self.chair.replacement_value = 0
        order = self._out((self.chair, 3))
        self._lose(order, quantity=1, user=self.keeper)
        self.assertFalse(self._fees(order))
        self.assertIn("Replacement: 1 × Chair", order.activity_ids.summary)

    def test_C7_each_company_has_its_own_loss(self):
        company = self.env["res.company"].create({"name": "Other Rentals"})
        company.rental_wear_percent = 50
        self.env.user.company_ids |= company
        self.clerk.company_ids |= company
        yard = self.env["stock.warehouse"].search([("company_id", "=", company.id)])
        self.assertTrue(yard.rental_location_id)
        self._put(self.chair, yard, 10)
        self.env.company.rental_wear_percent = 10
        order = self._order(
            (self.chair, 4),
            user=self.clerk,
            company_id=company.id,
            warehouse_id=yard.id,
            start=at(-3),
            stop=at(1),
        )
        order.action_confirm()
        self._hand_over(order, when=at(-3))
        self._lose(order, quantity=1)
        move = order.rental_transfer_ids.sorted("id")[1].move_ids
        self.assertEqual(move.location_dest_id.usage, "inventory")
        self.assertEqual(move.location_dest_id.company_id, company)
        self.assertEqual(self._fees(order).price_unit, 20)
        self.assertEqual(self._pool(self.chair, yard).capacity, 9)
        self.assertEqual(self._pool(self.chair).capacity, 40)
        self._find(order)
        self.assertEqual(self._pool(self.chair, yard).capacity, 10)


@freeze_time(NOW)
class TestFound(LostCommon):
    def _lost_drill(self):
        order = self._confirmed((self.drill, 1), start=at(-3), stop=at(1))
        self._hand_over(order, lots=self.drill_lots[0], when=at(-3))
        self._lose(order)
        return order

    def test_C10_found_again_is_one_step(self):
        """Into stock, into the fleet, and off the order, with the reason."""
        order, lot = self._lost_drill(), self.drill_lots[0]
        self.assertEqual(self._fees(order).price_unit, 1200)
        self.assertTrue(order.rental_has_lost)
        self._find(order, note="Under the tarpaulin")
        self.assertEqual(lot.rental_state, "in")
        self.assertTrue(lot.rental_resource_id.active)
        self.assertEqual(self._pool(self.drill).capacity, 3)
        self.assertEqual(self._pieces(self.drill, self.north.lot_stock_id), 3)
        self.assertEqual(self._fees(order).product_uom_qty, 0, "it was on no invoice")
        self.assertIn("Found again: 1 × Drill (D-1)", self._said(order))
        self.assertIn("Under the tarpaulin", self._said(order))
        self.assertEqual(order.rental_status, "back")
        self.assertFalse(order.rental_has_lost)
        self.assertFalse(self._differences())
        again = self._confirmed((self.drill, 3), start=at(0))
        self._hand_over(again)
        self.assertEqual(lot.rental_state, "out")

    def test_C10_lost_found_and_lost_again(self):
        self._lost_drill()
        order = self.env["sale.order"].search([], limit=1, order="id desc")
        self._find(order)
        again = self._confirmed((self.drill, 1), start=at(0))
        self._hand_over(again, lots=self.drill_lots[0])
        self._lose(again)
        self.assertEqual(self._pool(self.drill).capacity, 2)
        with self.assertRaisesRegex(UserError, f"{order.name}: nothing is lost"):
            order.action_rental_found()
        self._find(again)
        self.assertEqual(self._pool(self.drill).capacity, 3)
        self.assertEqual(self.drill_lots.mapped("rental_state"), ["in"] * 3)
        self.assertFalse(self._differences())

    def test_C10_found_in_part(self):
        order = self._out((self.chair, 3))
        self._lose(order, quantity=3)
        self._find(order, quantity=1)
        self.assertEqual(self._pool(self.chair).capacity, 38)
        window = self._window(order.action_rental_found())
        self.assertEqual(window.line_ids.quantity_lost, 2)
        window.write({"note": "The rest"})
        window.line_ids.quantity = 3
        with self.assertRaisesRegex(UserError, "Chair: only 2 are lost, not 3"):
            window.action_found()
        window.line_ids.quantity = 2
        window.action_found()
        self.assertEqual(self._pool(self.chair).capacity, 40)
        self.assertFalse(self._differences())

    def test_C10_found_damaged_is_out_of_service(self):
        order, lot = self._lost_drill(), self.drill_lots[0]
        self._find(order, condition_id=self.damaged.id)
        self.assertEqual(lot.rental_state, "service")
        self.assertEqual(self._pool(self.drill).capacity, 3)

    def test_C10_nothing_is_found_as_lost(self):
        order = self._lost_drill()
        with self.assertRaisesRegex(UserError, "in what condition it was found"):
            self._find(order, condition_id=self.lost.id)

    def test_C10_found_by_scanning(self):
        order = self._out((self.drill, 2), (self.chair, 5))
        self._lose(order, quantity=2)
        form = Form(self._window(order.action_rental_found()))
        self.assertEqual(self._rows(form, "quantity"), [0, 0, 0])
        out = self.drill_lots - self.drill_lots.filtered(
            lambda lot: lot.rental_state == "in"
        )
        self._scan(form, out[0].name, self.chair.barcode)
        self.assertEqual(sum(self._rows(form, "quantity")), 2)
        [never] = self.drill_lots - out
        self.assertIn("is not lost on order", self._scan_wrong(form, never.name))
        form.note = "In the van"
        form.save().action_found()
        self.assertEqual(self._pool(self.chair).capacity, 39)
        self.assertEqual(out[0].rental_state, "in")

    def test_C10_found_needs_a_reason_and_something_found(self):
        order = self._lost_drill()
        with self.assertRaisesRegex(UserError, "Say where and how"):
            self._find(order, note=False)
        window = self._window(order.action_rental_found())
        window.note = "In the cellar"
        window.line_ids.quantity = 0
        with self.assertRaisesRegex(UserError, "how many were found"):
            window.action_found()

    def test_C10_found_in_time_to_come_is_refused(self):
        order = self._lost_drill()
        window = self._window(order.action_rental_found())
        window.write({"note": "In the cellar", "date": at(2)})
        with self.assertRaisesRegex(UserError, "yet to come"):
            window.action_found()

    def test_C10_only_a_clerk_finds(self):
        """It takes off what was charged: refused in words, also without the button."""
        order = self._lost_drill()
        seller = new_test_user(
            self.env, "lost_seller", "sales_team.group_sale_salesman_all_leads"
        )
        for user in (self.keeper, seller):
            with (
                self.subTest(user.login),
                self.assertRaisesRegex(AccessError, "Only a rental clerk"),
            ):
                order.with_user(user).action_rental_found()
        window = self._window(order.action_rental_found())
        with self.assertRaises(AccessError):
            window.with_user(self.keeper).action_found()

    def test_C35_counted_in_meanwhile(self):
        """Somebody counted it into stock: said where it is, and what to do."""
        order, lot = self._lost_drill(), self.drill_lots[0]
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            {
                "product_id": self.drill.id,
                "location_id": self.north.lot_stock_id.id,
                "lot_id": lot.id,
                "inventory_quantity": 1,
            }
        ).action_apply_inventory()
        self.assertEqual(self._pool(self.drill).capacity, 3)
        with self.assertRaisesRegex(UserError, "D-1 is in NRT/Stock already"):
            self._find(order)

    def test_C35_done_loss_and_find_are_not_rewritten(self):
        order = self._lost_drill()
        self._find(order)
        found = order.rental_transfer_ids.sorted("id")[-1]
        self.assertEqual(found.rental_direction, "found")
        found.action_toggle_is_locked()
        with self.assertRaisesRegex(UserError, "was found stands in the ledger"):
            found.move_ids.move_line_ids.quantity = 0
