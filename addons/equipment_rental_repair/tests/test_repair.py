"""What comes back broken is repaired, and then rented again (C10, P7)."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user

from odoo.addons.equipment_rental.tests.common import MANAGER, NOW, RentalCommon, at

STOREKEEPER = "equipment_rental.equipment_rental_group_storekeeper"
ACCOUNTANT = "equipment_rental.equipment_rental_group_accountant"


@freeze_time(NOW)
class TestRepair(RentalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.damaged = cls.env.ref("equipment_rental.rental_condition_damaged")
        cls.keeper = new_test_user(cls.env, "repair_keeper", STOREKEEPER, name="Stan")
        cls.manager = new_test_user(cls.env, "repair_manager", MANAGER)

    def _back(self, *items, lots=None, user=None, **vals):
        """A rental that came back damaged, taken back by the storekeeper: its order."""
        order = self._confirmed(*items, start=at(0), stop=at(1))
        self._hand_over(order, lots=lots)
        user = user or self.keeper
        action = order.with_user(user).action_rental_take_back()
        window = self._window(action).with_user(user)
        window.line_ids.write({"condition_id": self.damaged.id, **vals})
        window.action_take_back()
        self.env.invalidate_all()
        return order

    def _repairs(self, item):
        return self.env["repair.order"].search([("product_id", "=", item.id)])

    def _given_up(self, order):
        """To-dos for what stays out of service, not for what is to be priced."""
        return order.activity_ids.filtered(
            lambda todo: "given up" in (todo.summary or "")
        )

    def _finish(self, repair):
        repair = repair.with_user(self.keeper)
        repair.action_validate()
        repair.action_repair_start()
        repair.action_repair_end()
        self.env.invalidate_all()

    def test_C10_damaged_unit_proposes_its_repair(self):
        unit = self.drill_lots[1]
        order = self._back((self.drill, 1), lots=unit, remark="<b>torn</b> cable")
        repair = self._repairs(self.drill)
        self.assertEqual((repair.state, repair.lot_id), ("draft", unit))
        self.assertEqual(repair.picking_id.rental_direction, "back")
        self.assertEqual(repair.picking_id.sale_id, order)
        self.assertEqual(repair.picking_type_id, self.north.repair_type_id)
        self.assertEqual(repair.product_location_src_id, unit.location_id)
        self.assertEqual(repair.product_location_dest_id, unit.location_id)
        self.assertFalse(repair.partner_id, "it is the company's own")
        self.assertFalse(repair.user_id, "whoever took it back does not repair it")
        self.assertIn("Damaged: &lt;b&gt;torn&lt;/b&gt; cable", repair.internal_notes)
        self.assertEqual(repair.rental_block_id.resource_id, unit.rental_resource_id)
        self.assertEqual(unit.rental_state, "service")
        self.assertEqual(unit.in_repair_count, 1)

    def test_C10_good_things_are_not_repaired(self):
        good = self.env.ref("equipment_rental.rental_condition_good")
        self._back((self.drill, 1), condition_id=good.id)
        self.assertFalse(self._repairs(self.drill))

    def test_C10_repaired_unit_can_be_rented_again(self):
        unit = self.drill_lots[0]
        self._back((self.drill, 1), lots=unit)
        repair = self._repairs(self.drill)
        block = repair.rental_block_id
        self._finish(repair)
        self.assertEqual((repair.state, block.state), ("done", "done"))
        self.assertEqual(unit.rental_state, "in")
        self.assertEqual(self._pool(self.drill).quantity_free, 3)
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(2))
        self._hand_over(order, lots=unit)
        self.env.invalidate_all()
        self.assertEqual(unit.rental_state, "out")

    def test_C10_pieces_are_repaired_together(self):
        self._back((self.chair, 4))
        repair = self._repairs(self.chair)
        self.assertEqual((repair.product_qty, repair.lot_id.id), (4, False))
        self.assertEqual(self._pool(self.chair).quantity_blocked, 4)
        self._finish(repair)
        self.assertEqual(self._pool(self.chair).quantity_blocked, 0)
        self.assertEqual(self._pool(self.chair).capacity, 40)

    def test_C10_repair_given_up_is_told_to_the_responsible(self):
        """Cancelled or deleted: it stays blocked until somebody decides."""
        first, second = self.drill_lots[:2]
        orders = {
            unit: self._back((self.drill, 1), lots=unit) for unit in (first, second)
        }
        repairs = self._repairs(self.drill).with_user(self.keeper)
        repairs.filtered(lambda repair: repair.lot_id == first).action_repair_cancel()
        repairs.filtered(lambda repair: repair.lot_id == second).unlink()
        for unit, order in orders.items():
            todo = self._given_up(order)
            self.assertIn(f"{unit.name} is out of service", todo.summary)
            self.assertEqual(todo.user_id, order._rental_responsible())
            self.assertEqual(unit.rental_state, "service")
        first.with_user(self.keeper).action_rental_back_in_service()
        self.env.invalidate_all()
        self.assertEqual(first.rental_state, "in")

    def test_C10_unit_has_one_open_repair(self):
        """Put back by hand, begun already, and broken once more."""
        unit = self.drill_lots[0]
        self._back((self.drill, 1), lots=unit)
        repair = self._repairs(self.drill)
        repair.action_repair_start()
        unit.with_user(self.keeper).action_rental_back_in_service()
        self.assertEqual(repair.state, "under_repair")
        self.assertIn("was put back into service", repair.message_ids[0].body)
        self._back((self.drill, 1), lots=unit, remark="again")
        self.assertEqual(self._repairs(self.drill), repair)
        self.assertTrue(repair.rental_block_id.live)
        self.assertIn("Damaged: again", repair.message_ids[0].body)

    def test_C10_back_in_service_withdraws_what_nobody_took_up(self):
        order = self._back((self.drill, 1), lots=self.drill_lots[0])
        repair = self._repairs(self.drill)
        self.drill_lots[0].with_user(self.keeper).action_rental_back_in_service()
        self.assertEqual(repair.state, "cancel")
        self.assertFalse(self._given_up(order), "there is nothing to decide")

    def test_C10_return_undone_withdraws_its_repair(self):
        order = self._back((self.drill, 1), lots=self.drill_lots[0])
        repair = self._repairs(self.drill)
        self.assertEqual(repair.state, "draft")
        transfer = order.rental_transfer_ids.filtered(
            lambda one: one.rental_direction == "back"
        )
        undo = {"transfer_id": transfer.id, "reason": "The wrong drill"}
        self.env["rental.undo"].create(undo).action_undo()
        self.assertEqual(repair.state, "cancel")
        self.assertEqual(order.order_line.rental_qty_out, 1)

    def test_an_accountant_opens_the_transfer_of_a_repair(self):
        order = self._back((self.drill, 1), lots=self.drill_lots[0])
        accountant = new_test_user(
            self.env, "books", "equipment_rental.equipment_rental_group_accountant"
        )
        transfers = order.with_user(accountant).rental_transfer_ids
        self.env.invalidate_all()
        self.assertEqual(sum(transfers.mapped("nbr_repairs")), 1)
        self.assertEqual(len(transfers.repair_ids), 1)

    def test_C10_block_of_a_repair_is_not_typed(self):
        self._back((self.drill, 1), lots=self.drill_lots[0])
        repair = self._repairs(self.drill).with_user(self.manager)
        with self.assertRaises(AccessError):
            repair.rental_block_id = False

    def test_P7_unit_shows_what_its_repairs_cost(self):
        """The parts of finished repairs, for those who read what things cost."""
        unit = self.drill_lots[0]
        cable = self.env["product.product"].create(
            {"name": "Cable", "is_storable": True, "standard_price": 12.5}
        )
        self._put(cable, self.north, 10)
        for _time in range(2):
            self._back((self.drill, 1), lots=unit)
            repair = self._repairs(self.drill).filtered(
                lambda one: one.state == "draft"
            )
            with Form(repair) as form, form.move_ids.new() as part:
                part.repair_line_type = "add"
                part.product_id = cable
                part.product_uom_qty = 2
            self._finish(repair)
        mine = unit.with_user(self.manager)
        self.assertEqual((mine.repaired_count, mine.rental_repair_cost), (2, 50))
        accountant = new_test_user(self.env, "repair_accountant", ACCOUNTANT)
        self.assertEqual(unit.with_user(accountant).rental_repair_cost, 50)
        with self.assertRaises(AccessError):
            unit.with_user(self.keeper).read(["rental_repair_cost"])
        company = self.env["res.company"].create({"name": "Other Rentals"})
        self.assertEqual(unit.with_company(company).rental_repair_cost, 0)

    def test_C10_repair_is_of_the_company_that_rents_out(self):
        """Whatever company the user stands in, and by its own warehouse's work."""
        company = self.env["res.company"].create({"name": "Other Rentals"})
        self.clerk.company_ids = [Command.link(company.id)]
        self.keeper.write(
            {
                "company_ids": [Command.link(company.id)],
                "company_id": company.id,
            }
        )
        self._back((self.drill, 1), lots=self.drill_lots[0])
        repair = self._repairs(self.drill)
        self.assertEqual(repair.company_id, self.env.company)
        self.assertEqual(repair.picking_type_id.company_id, self.env.company)
