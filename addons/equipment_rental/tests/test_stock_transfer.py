from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user

from odoo.addons.resource_allocation.models.resource_allocation_asking import (
    ResourceAllocation as Ledger,
)

from .common import NOW, RentalCommon, at

STOREKEEPER = "equipment_rental.equipment_rental_group_storekeeper"


@freeze_time(NOW)
class TestStockTransfer(RentalCommon):
    """Putting items into a warehouse's rentable stock, and taking them out (C35)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = new_test_user(cls.env, "keeper", STOREKEEPER)
        cls.back_room = cls.env["stock.location"].create(
            {"name": "Back Room", "location_id": cls.north.view_location_id.id}
        )

    def _open(self, direction, records, **vals):
        method = "put_in" if direction == "in" else "take_out"
        if records._name != "rental.pool":
            method = f"rental_{method}"
        action = getattr(records.with_user(self.keeper), f"action_{method}")()
        window = self.env[action["res_model"]].with_user(self.keeper)
        window = window.browse(action["res_id"])
        window.write(vals)
        return window

    def _move(self, direction, records, quantity=None, lots=None, **vals):
        window = self._open(direction, records, **vals)
        if lots:
            window.line_ids.lot_ids = lots
        elif quantity is not None:
            window.line_ids.quantity = quantity
        return window.action_transfer()

    def _last_transfer(self):
        return self.env["stock.picking"].search([], order="id desc", limit=1)

    def test_C35_put_in_makes_pieces_rentable(self):
        """Pieces in the back room are nobody's fleet until they are put in."""
        self._put_at(self.chair, self.back_room, 12)
        pool = self._pool(self.chair)
        self.assertEqual(pool.capacity, 40)
        window = self._open("in", self.chair.product_tmpl_id, warehouse_id=self.north)
        self.assertEqual(window.other_location_id, self.back_room)
        self.assertEqual(
            window.line_ids.mapped(
                lambda line: (line.quantity_there, line.quantity_source)
            ),
            [(40, 12)],
        )
        self.assertIn("Back Room: 12", window.line_ids.places)
        window.line_ids.quantity = 10
        window.action_transfer()
        self.assertEqual(pool.capacity, 50)
        transfer = self._last_transfer()
        self.assertEqual(
            (transfer.state, transfer.picking_type_code), ("done", "internal")
        )
        self.assertEqual(transfer.user_id, self.keeper)
        self.assertEqual(transfer.move_ids.quantity, 10)

    def _put_at(self, product, location, quantity):
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            {
                "product_id": product.id,
                "location_id": location.id,
                "inventory_quantity": quantity,
            }
        ).action_apply_inventory()

    def test_C35_take_out_what_nobody_needs(self):
        self._confirmed((self.chair, 30))
        pool = self._pool(self.chair)
        self._move("out", pool, 10, other_location_id=self.back_room.id)
        self.assertEqual(pool.capacity, 30)
        quants = self.env["stock.quant"].search(
            [("location_id", "=", self.back_room.id)]
        )
        self.assertEqual(quants.quantity, 10)

    def test_C35_take_out_is_refused_for_a_future_reservation(self):
        """The message names order, customer, period and how many could go."""
        order = self._confirmed((self.chair, 30), start=at(100), stop=at(103))
        with self.assertRaises(UserError) as refused, self.cr.savepoint():
            self._move(
                "out", self._pool(self.chair), 11, other_location_id=self.back_room.id
            )
        text = str(refused.exception)
        for part in (
            "Chair: 11 cannot be taken out of North Yard, only 10 can",
            order.name,
            self.customer.name,
            "6/10/26",
            "6/13/26",
            "30",
        ):
            self.assertIn(part, text)
        self.assertEqual(self._pool(self.chair).capacity, 40)

    def test_C35_take_out_is_refused_for_a_running_rental(self):
        """What is out comes back and is promised again: it counts as long as it is."""
        order = self._confirmed((self.chair, 25), start=at(0), stop=at(2))
        self._hand_over(order)
        self._confirmed((self.chair, 35), start=at(2), stop=at(3))
        pool = self._pool(self.chair)
        with self.assertRaisesRegex(UserError, "only 5 can"), self.cr.savepoint():
            self._move("out", pool, 6, other_location_id=self.back_room.id)
        self._move("out", pool, 5, other_location_id=self.back_room.id)
        self.assertEqual(pool.capacity, 35)

    def test_C35_take_out_to_another_warehouse_is_its_fleet(self):
        window = self._open("out", self._pool(self.chair))
        self.assertNotEqual(window.other_location_id.warehouse_id, self.north)
        window.other_location_id = self.south.lot_stock_id
        window.line_ids.quantity = 15
        window.action_transfer()
        self.assertEqual(self._pool(self.chair).capacity, 25)
        self.assertEqual(self._pool(self.chair, self.south).capacity, 15)

    def test_C35_put_in_from_another_fleet_asks_that_fleet(self):
        order = self._confirmed((self.chair, 40))
        with self.assertRaisesRegex(UserError, f"(?s)out of North Yard.*{order.name}"):
            self._move(
                "in",
                self.chair.product_tmpl_id,
                1,
                warehouse_id=self.south.id,
                other_location_id=self.north.lot_stock_id.id,
            )

    def test_C35_pinned_unit_stays_another_goes(self):
        order = self._confirmed((self.drill, 1))
        pinned = self.drill_lots[1]
        order.order_line._rental_rows().reassign(pinned.rental_resource_id)
        other = {"other_location_id": self.back_room.id}
        with self.assertRaises(UserError) as refused, self.cr.savepoint():
            self._move("out", pinned, lots=pinned, **other)
        self.assertIn("D-2 of Drill cannot be taken out", str(refused.exception))
        self.assertIn(order.name, str(refused.exception))
        free = self.drill_lots - pinned
        self._move("out", free, lots=free, **other)
        self.assertEqual(free.mapped("rental_state"), ["gone", "gone"])
        self.assertEqual(self._pool(self.drill).capacity, 1)

    def test_C35_the_last_units_stay_for_a_reservation_of_any(self):
        """No unit was chosen yet, but one of the three has to be there."""
        order = self._confirmed((self.drill, 1))
        with self.assertRaises(UserError) as refused:
            self._move(
                "out",
                self.drill_lots,
                lots=self.drill_lots,
                other_location_id=self.back_room.id,
            )
        self.assertIn("Drill: 3 cannot be taken out", str(refused.exception))
        self.assertIn("only 2 can", str(refused.exception))
        self.assertIn(order.name, str(refused.exception))

    def test_C35_unit_that_is_out_cannot_be_taken_out(self):
        order = self._confirmed((self.drill, 1), start=at(0))
        self._hand_over(order, lots=self.drill_lots[0])
        with self.assertRaises(UserError) as refused:
            self._move(
                "out",
                self.drill_lots[0],
                lots=self.drill_lots[0],
                other_location_id=self.back_room.id,
            )
        text = str(refused.exception)
        self.assertIn("it is out", text)
        self.assertIn(order.name, text)

    def test_C35_nothing_to_put_in_leads_to_the_stock_count(self):
        table = self._make_item("Table")
        window = self._open("in", table.product_tmpl_id, warehouse_id=self.north)
        self.assertEqual(window.missing, "Table")
        window.line_ids.quantity = 3
        with self.assertRaises(RedirectWarning) as refused:
            window.action_transfer()
        message, action, _button = refused.exception.args[:3]
        self.assertIn("Receive the pieces, or count", message)
        self.assertEqual(action["res_model"], "stock.quant")
        self.assertEqual(window.action_count()["res_model"], "stock.quant")

    def test_C35_more_than_is_there_is_refused(self):
        self._put_at(self.chair, self.back_room, 2)
        with self.assertRaisesRegex(UserError, "2 can be taken from.*Back Room"):
            self._move("in", self.chair.product_tmpl_id, 3, warehouse_id=self.north.id)

    def test_C35_pieces_of_a_shelf_below_are_not_taken_twice(self):
        """With a shelf of its own for rentals, the stock around it is for sale."""
        shelf = self.env["stock.location"].create(
            {"name": "Rentals", "location_id": self.north.lot_stock_id.id}
        )
        self.north.rental_stock_location_id = shelf
        window = self._open("in", self.chair.product_tmpl_id, warehouse_id=self.north)
        self.assertEqual(window.other_location_id, self.north.lot_stock_id)
        window.line_ids.quantity = 15
        window.action_transfer()
        self.assertEqual(self._pool(self.chair).capacity, 15)
        window = self._open("in", self.chair.product_tmpl_id, warehouse_id=self.north)
        self.assertEqual(window.line_ids.quantity_source, 25)
        window = self._open("out", self._pool(self.chair))
        self.assertEqual(window.other_location_id, self.north.lot_stock_id)

    def test_C35_part_of_the_rentable_stock_is_no_other_place(self):
        part = self.env["stock.location"].create(
            {"name": "Shelf 1", "location_id": self.north.lot_stock_id.id}
        )
        with self.assertRaisesRegex(UserError, "choose a place outside"):
            self._move("out", self._pool(self.chair), 1, other_location_id=part.id)

    def test_C35_where_everything_is_rentable_a_place_is_missing(self):
        window = self._open("out", self._pool(self.chair), other_location_id=False)
        window.line_ids.quantity = 1
        with self.assertRaisesRegex(UserError, "choose a location outside it"):
            window.action_transfer()

    def test_C35_window_says_what_could_be_spared(self):
        self._confirmed((self.chair, 35))
        window = self._open("out", self._pool(self.chair))
        self.assertEqual(window.line_ids.quantity_spare, 5)
        late = self._confirmed((self.chair, 5), start=at(-3), stop=at(-1))
        self._hand_over(late, when=at(-3))
        window.invalidate_recordset()
        window.line_ids.invalidate_recordset()
        self.assertEqual(window.line_ids.quantity_there, 35)
        self.assertEqual(window.line_ids.quantity_spare, 5)

    def test_C35_the_ledger_has_the_last_word(self):
        """What the question before missed is refused after the goods moved."""
        order = self._confirmed((self.chair, 40))
        pool = self._pool(self.chair)
        self.patch(Ledger, "check", lambda *_args, **_kwargs: [])
        with self.assertRaises(UserError) as refused, self.cr.savepoint():
            self._move("out", pool, 1, other_location_id=self.back_room.id)
        self.assertIn("Nothing was moved", str(refused.exception))
        self.assertIn(order.name, str(refused.exception))
        self.env.invalidate_all()
        self.assertEqual(pool.capacity, 40)
        self.assertFalse(order.order_line._rental_rows().at_risk)

    def test_C35_several_items_move_together_or_not_at_all(self):
        self._confirmed((self.drill, 3))
        window = self._open(
            "out",
            (self.chair | self.drill).product_tmpl_id,
            warehouse_id=self.north.id,
            other_location_id=self.back_room.id,
        )
        chair, drill = window.line_ids.sorted(lambda line: line.product_id.name)
        chair.quantity = 5
        drill.lot_ids = self.drill_lots[0]
        with self.assertRaisesRegex(UserError, "D-1|Drill"), self.cr.savepoint():
            window.action_transfer()
        self.assertEqual(self._pool(self.chair).capacity, 40)

    def test_C35_window_typed_in_the_form(self):
        self._put_at(self.chair, self.back_room, 12)
        window = Form(self._open("in", self.chair.product_tmpl_id))
        window.warehouse_id = self.north
        self.assertEqual(window.other_location_id, self.back_room)
        with window.line_ids.edit(0) as line:
            self.assertEqual(line.quantity_source, 12)
            line.quantity = 12
        window.save().action_transfer()
        self.assertEqual(self._pool(self.chair).capacity, 52)

    def test_C35_item_that_is_not_for_rent(self):
        lamp = self._make_item("Lamp", rent_ok=False)
        with self.assertRaisesRegex(UserError, "Lamp is not for rent"):
            lamp.product_tmpl_id.action_rental_put_in()

    def test_C35_one_warehouse_at_a_time(self):
        self._put(self.chair, self.south, 5)
        pools = self._pool(self.chair) | self._pool(self.chair, self.south)
        with self.assertRaisesRegex(UserError, "North Yard, South Yard"):
            pools.action_take_out()

    def test_C35_who_may_not(self):
        employee = new_test_user(self.env, "employee", "base.group_user")
        with self.assertRaises(AccessError):
            self._pool(self.chair).with_user(employee).action_take_out()

    def test_C35_quantity_of_lots_moves_from_several_places(self):
        """Pieces are taken from wherever below the source they lie, by their lots."""
        rope = self._make_item("Rope", tracking="lot")
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": rope.id} for name in ("R-1", "R-2")]
        )
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            [
                {
                    "product_id": rope.id,
                    "location_id": self.back_room.id,
                    "lot_id": lot.id,
                    "inventory_quantity": 4,
                }
                for lot in lots
            ]
        ).action_apply_inventory()
        self._move("in", rope.product_tmpl_id, 6, warehouse_id=self.north.id)
        self.assertEqual(self._pool(rope).capacity, 6)
        lines = self._last_transfer().move_line_ids
        self.assertEqual(lines.mapped("quantity"), [4, 2])
        self.assertEqual(lines.lot_id, lots)

    def test_C35_company_of_the_window(self):
        company = self.env["res.company"].create({"name": "Other Rentals"})
        stranger = new_test_user(
            self.env,
            "stranger",
            STOREKEEPER,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        with self.assertRaises(AccessError):
            self._pool(self.chair).with_user(stranger).action_take_out()
