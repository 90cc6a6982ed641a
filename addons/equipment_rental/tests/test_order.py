from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import NOW, RentalCommon, at


@freeze_time(NOW)
class TestOrder(RentalCommon):
    """From the quotation to the promise, and back."""

    def test_C1_register_lists_rental_orders_only(self):
        rental = self._order((self.drill, 1))
        sale = self._order((self.drill, 1), is_rental_order=False)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "equipment_rental.sale_order_action_rental"
        )
        listed = self.env["sale.order"].search([("is_rental_order", "=", True)])
        self.assertEqual(action["domain"], "[('is_rental_order', '=', True)]")
        self.assertIn(rental, listed)
        self.assertNotIn(sale, listed)
        self.assertFalse(sale.order_line.is_rental)

    def test_C8_lines_follow_the_order_whenever_its_period_is_set(self):
        form = Form(
            self.env["sale.order"]
            .with_user(self.clerk)
            .with_context(default_is_rental_order=True),
            view="sale.view_order_form",
        )
        form.partner_id = self.customer
        form.warehouse_id = self.north
        with form.order_line.new() as line:
            line.product_id = self.drill
        form.rental_start, form.rental_stop = at(1), at(3)
        order = form.save()
        self.assertEqual(order.order_line.rental_stop, at(3))
        for stop in (at(4), at(5)):
            with Form(order, view="sale.view_order_form") as form:
                form.rental_stop = stop
            self.assertEqual(order.order_line.rental_stop, stop)
            self.assertFalse(order.order_line.rental_own_period)

    def test_C8_line_follows_again_once_its_period_is_the_orders(self):
        """Whichever of the two moved there; nobody says so by hand."""
        order = self._order((self.chair, 2), (self.drill, 1))
        chairs, drills = order.order_line
        chairs.rental_stop = at(6)
        self.assertRecordValues(
            order.order_line,
            [{"rental_own_period": True}, {"rental_own_period": False}],
        )
        order.rental_stop = at(6)
        self.assertFalse(chairs.rental_own_period)
        order.rental_stop = at(8)
        self.assertEqual((chairs.rental_stop, drills.rental_stop), (at(8), at(8)))
        with self.assertRaises(AccessError):
            chairs.with_user(self.clerk).rental_own_period = True

    def test_C4_C6_C7_C8_order_typed_in_the_form(self):
        """The clerk types customer, period and items; lines follow the period."""
        form = Form(
            self.env["sale.order"]
            .with_user(self.clerk)
            .with_context(default_is_rental_order=True),
            view="sale.view_order_form",
        )
        form.partner_id = self.customer
        form.warehouse_id = self.north
        form.rental_start = at(1)
        form.rental_stop = at(3)
        with form.order_line.new() as line:
            line.product_id = self.drill
            line.product_uom_qty = 2
        with form.order_line.new() as line:
            line.product_id = self.chair
            line.rental_start = at(2)
            line.rental_stop = at(3)
        form.rental_stop = at(4)
        order = form.save()
        drill, chair = order.order_line
        self.assertEqual(order.partner_id, self.customer)
        self.assertEqual((drill.product_id, drill.product_uom_qty), (self.drill, 2))
        self.assertEqual(drill.warehouse_id, self.north)
        self.assertEqual((drill.rental_start, drill.rental_stop), (at(1), at(4)))
        self.assertEqual(drill.price_unit, 300)
        self.assertEqual(
            (chair.rental_start, chair.rental_stop),
            (at(2), at(3)),
            "a period of its own stays",
        )
        self.assertEqual(chair.price_unit, 2)

    def test_C7_line_from_another_warehouse(self):
        self._put(self.chair, self.south, 5)
        order = self._confirmed((self.chair, 5, {"warehouse_id": self.south.id}))
        self.assertEqual(
            order.order_line._rental_rows().resource_id,
            self._pool(self.chair, self.south).resource_id,
        )

    def test_C34_line_proposes_a_warehouse_that_has_the_item(self):
        line = self._order((self.chair, 1), warehouse_id=self.south.id).order_line
        self.assertEqual(line.warehouse_id, self.north)

    def test_C8_order_without_period_is_not_confirmed(self):
        order = self._order((self.chair, 1))
        order.rental_stop = False
        with self.assertRaisesRegex(UserError, "from when until when"):
            order.action_confirm()

    def test_C6_only_whole_pieces(self):
        order = self._order((self.chair, 1.5))
        with self.assertRaisesRegex(UserError, "whole pieces"):
            order.action_confirm()

    def test_C15_confirmed_is_reserved(self):
        order = self._confirmed((self.drill, 2), (self.chair, 10))
        rows = order.order_line._rental_rows()
        self.assertEqual(rows.mapped("quantity"), [2, 10])
        self.assertEqual(set(rows.mapped("state")), {"reserved"})
        self.assertEqual(set(rows.mapped("name")), {order.name})
        self.assertEqual(order.rental_status, "reserved")
        self.assertEqual(order.order_line.mapped("rental_qty_reserved"), [2, 10])

    def test_C15_taken_is_refused_with_who_when_and_what_is_free(self):
        first = self._confirmed((self.chair, 30), start=at(1), stop=at(5))
        second = self._order(
            (self.chair, 11), start=at(4), stop=at(6), partner_id=self.other.id
        )
        with self.assertRaises(AllocationConflict) as refused:
            second.action_confirm()
        [verdict] = refused.exception.verdicts
        self.assertEqual((verdict.wanted, verdict.free), (11, 10))
        text = str(refused.exception)
        self.assertIn(first.name, text, "who")
        self.assertIn("Chair", text, "what")
        self.assertIn("10", text, "what is free")
        self.assertTrue(verdict.proposals, "and when it would be")

    def test_C15_other_warehouse_with_the_item_is_proposed(self):
        self._put(self.chair, self.south, 20)
        self._put(self._make_item("Table"), self.south, 20)
        self._confirmed((self.chair, 40))
        with self.assertRaises(AllocationConflict) as refused:
            self._confirmed((self.chair, 5))
        [verdict] = refused.exception.verdicts
        south = self._pool(self.chair, self.south).resource_id
        later, elsewhere = {}, set()
        for proposal in verdict.proposals:
            if proposal.start == at(1):
                elsewhere.add(proposal.resource_id)
            else:
                later[proposal.resource_id] = proposal.start
        self.assertEqual(elsewhere, {south.id})
        self.assertEqual(later, {self._pool(self.chair).resource_id.id: at(4)})

    def test_C15_same_category_is_proposed_after_the_same_item(self):
        garden = self.env["product.category"].create({"name": "Garden"})
        stool, bench = (self._make_item(name) for name in ("Stool", "Bench"))
        (self.chair | stool).categ_id = garden
        for item, place in ((stool, self.north), (bench, self.north)):
            self._put(item, place, 50)
        self._put(self.chair, self.south, 20)
        wanted = self._pool(self.chair).resource_id
        self.assertEqual(
            [one.name for one in wanted._alternatives(10)],
            ["Chair / SRT", "Stool / NRT"],
        )

    def test_C15_units_of_the_fleet_then_of_the_item_elsewhere(self):
        self._put(self.drill, self.south, lots=["C-1"])
        self._put(self._make_item("Saw", tracking="serial"), self.north, lots=["S-1"])
        wanted = self.drill_lots[1].rental_resource_id
        self.assertEqual(wanted._alternatives(10).mapped("code"), ["D-1", "D-3", "C-1"])

    def test_C15_all_lines_are_reserved_or_none(self):
        self._confirmed((self.drill, 3))
        order = self._order((self.chair, 5), (self.drill, 1))
        with self.assertRaises(AllocationConflict), self.cr.savepoint():
            order.action_confirm()
        order.invalidate_recordset()
        self.assertEqual(order.state, "draft")
        self.assertFalse(order.order_line._rental_rows())

    def test_C15_enclosed_window_is_seen(self):
        """A booking inside the wanted period blocks it too (OCA's check misses it)."""
        self._confirmed((self.drill, 3), start=at(3), stop=at(4))
        with self.assertRaises(AllocationConflict):
            self._confirmed((self.drill, 1), start=at(1), stop=at(8))

    def test_C15_back_to_back_fits(self):
        self._confirmed((self.drill, 3), start=at(1), stop=at(3))
        self._confirmed((self.drill, 3), start=at(3), stop=at(5))

    def test_invariant_1_order_says_that_it_is_at_risk(self):
        order, other = (self._confirmed((self.drill, 1)) for _ in range(2))
        order.order_line._rental_rows().reassign(
            self.drill_lots[0].rental_resource_id, pinned=True
        )
        self.env["resource.allocation"].allocate(
            [
                {
                    "resource_id": self.drill_lots[0].rental_resource_id.id,
                    "start": at(1),
                    "stop": at(9),
                    "kind": "block",
                    "name": "Repair",
                }
            ]
        )
        self.assertEqual((order | other).mapped("rental_is_at_risk"), [True, False])
        found = self.env["sale.order"].search(
            [("rental_is_at_risk", "=", True), ("id", "in", (order | other).ids)]
        )
        self.assertEqual(found, order)

    def test_C15_lines_of_one_order_count_together(self):
        with self.assertRaises(AllocationConflict):
            self._confirmed((self.drill, 2), (self.drill, 2))

    def test_cancelled_order_frees_and_can_be_confirmed_again(self):
        order = self._confirmed((self.drill, 3))
        order.action_cancel()
        self.assertEqual(order.rental_status, "cancelled")
        other = self._confirmed((self.drill, 3))
        order.action_draft()
        self.assertEqual(order.rental_status, "quote")
        with self.assertRaises(AllocationConflict), self.cr.savepoint():
            order.action_confirm()
        other.action_cancel()
        order.action_confirm()
        self.assertEqual(order.order_line.rental_qty_reserved, 3)

    def test_C35_item_that_was_never_put_into_the_warehouse(self):
        order = self._order((self.chair, 1, {"warehouse_id": self.south.id}))
        with self.assertRaisesRegex(UserError, "Chair is not rented from South Yard"):
            order.action_confirm()

    def test_C6_quantity_of_a_confirmed_line_asks_the_ledger(self):
        order = self._confirmed((self.chair, 30))
        line = order.order_line
        line.product_uom_qty = 40
        self.assertEqual(line.rental_qty_reserved, 40)
        line.product_uom_qty = 5
        self.assertEqual(line.rental_qty_reserved, 5)
        with self.assertRaises(AllocationConflict), self.cr.savepoint():
            line.product_uom_qty = 41
        self.assertFalse(order.picking_ids, "nothing is procured")

    def test_C8_longer_confirmed_rental_asks_the_ledger(self):
        order = self._confirmed((self.drill, 3), start=at(1), stop=at(3))
        self._confirmed((self.drill, 3), start=at(5), stop=at(6))
        order.rental_stop = at(5)
        self.assertEqual(set(order.order_line._rental_rows().mapped("stop")), {at(5)})
        with self.assertRaises(AllocationConflict), self.cr.savepoint():
            order.rental_stop = at(6)

    def test_C15_line_added_to_a_confirmed_order_is_reserved(self):
        order = self._confirmed((self.drill, 1))
        order.order_line = [
            Command.create({"product_id": self.chair.id, "product_uom_qty": 4})
        ]
        self.assertEqual(order.order_line[1].rental_qty_reserved, 4)

    def test_promised_line_does_not_become_something_else(self):
        order = self._confirmed((self.drill, 1))
        for vals in ({"warehouse_id": self.south.id}, {"is_rental": False}):
            with self.assertRaisesRegex(ValidationError, "already reserved"):
                order.order_line.write(vals)
        with self.assertRaisesRegex(UserError, "cannot become a sale"):
            order.is_rental_order = False

    def test_mixed_order_sells_and_rents(self):
        """The sale line is delivered by stock's own rules, the rental line is not."""
        order = self._confirmed((self.chair, 4), (self.drill, 1, {"is_rental": False}))
        rent, sale = order.order_line
        self.assertEqual(sale.price_unit, 999)
        self.assertEqual(sale.move_ids.mapped("product_uom_qty"), [1])
        self.assertFalse(rent.move_ids)
        self.assertFalse(sale._rental_rows())

    def test_rental_line_is_never_procured_for(self):
        """Not even when another addon (kits) counts what is left to procure anew."""
        order = self._order((self.chair, 2))
        lines = type(order.order_line)
        with patch.object(lines, "_get_qty_procurement", lambda *_args, **_kw: 0):
            order.action_confirm()
        self.assertFalse(order.picking_ids)

    def test_plain_sale_is_left_alone(self):
        order = self._order((self.chair, 2), is_rental_order=False)
        order.action_confirm()
        self.assertFalse(order.rental_status)
        self.assertEqual(order.order_line.price_unit, 999)
        order.action_cancel()

    def test_copy_is_a_new_quotation(self):
        copy = self._confirmed((self.drill, 1)).copy()
        self.assertTrue(copy.is_rental_order)
        self.assertEqual(copy.rental_status, "quote")
        self.assertFalse(copy.order_line.rental_start)
        self.assertFalse(copy.order_line._rental_rows())

    def test_salesperson_without_rental_rights_cannot_promise(self):
        order = self._order((self.drill, 1))
        seller = new_test_user(
            self.env, "seller", "sales_team.group_sale_salesman_all_leads"
        )
        with self.assertRaisesRegex(UserError, "rental clerk"):
            order.with_user(seller).action_confirm()
