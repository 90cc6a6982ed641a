from odoo.exceptions import UserError
from odoo.tests import freeze_time, new_test_user
from odoo.tools import SQL, mute_logger

from .common import MANAGER, NOW, RentalCommon, at

LEDGER = "resource_allocation.resource_allocation_group_manager"

LOGGER = "odoo.addons.resource_allocation.models.resource_allocation_difference"


@freeze_time(NOW)
class TestTruth(RentalCommon):
    """The nightly job compares the ledger with orders, transfers and the stock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(mute_logger(LOGGER))
        cls.Difference = cls.env["resource.allocation.difference"]
        cls.keeper = new_test_user(cls.env, "truth", f"{MANAGER},{LEDGER}")

    def _compare(self):
        self.env.flush_all()
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref("resource_allocation.ir_cron_compare").method_direct_trigger()
        self.env.invalidate_all()
        return self.Difference.search([])

    def _falsify(self, table, ids, assignments):
        """Change rows as only SQL can."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE id = ANY(%s)",
                SQL.identifier(table),
                SQL(assignments),
                list(ids),
            )
        )
        self.env.invalidate_all()

    def _falsify_rows(self, order, assignments):
        rows = order.order_line._rental_rows()
        self._falsify("resource_allocation", rows._trees().ids, assignments)

    def _assert_repaired(self, differences):
        differences.with_user(self.keeper).action_repair()
        self.assertFalse(self._compare())

    def test_a_healthy_database_has_none(self):
        order = self._confirmed((self.drill, 2), (self.chair, 10))
        later = self._confirmed((self.chair, 20), start=at(0), stop=at(2))
        self._hand_over(later)
        self.assertFalse(self._compare())
        self._take_back(later, quantity=5)
        self._hand_over(order, lots=self.drill_lots[:1], when=at(0))
        self.assertFalse(self._compare())
        option = self._order((self.chair, 3))
        option._rental_place_option(at(0, 12))
        self.assertFalse(self._compare())
        with freeze_time(at(9)):
            self.assertFalse(self._compare())

    def test_a_reservation_is_missing(self):
        order = self._confirmed((self.chair, 10))
        self._falsify_rows(order, "state = 'cancelled', live = false")
        difference = self._compare()
        self.assertEqual(difference.what, "missing")
        self.assertEqual(difference.res_id, order.order_line.id)
        self.assertIn("10 × Reserved", difference.expected)
        self._assert_repaired(difference)
        self.assertEqual(order.order_line.rental_qty_reserved, 10)

    def test_a_reservation_has_other_pieces_or_another_period(self):
        order = self._confirmed((self.chair, 10))
        self._falsify_rows(order, "quantity = 7")
        self._assert_repaired(self._compare())
        self._falsify_rows(order, "stop = '2026-03-20', blocked_stop = '2026-03-20'")
        difference = self._compare()
        self.assertEqual(difference.what, "other")
        self._assert_repaired(difference)

    def test_a_cancelled_order_still_reserves(self):
        order = self._confirmed((self.chair, 10))
        self._falsify("sale_order", order.ids, "state = 'cancel'")
        self._falsify("sale_order_line", order.order_line.ids, "state = 'cancel'")
        difference = self._compare()
        self.assertEqual((difference.what, difference.expected), ("surplus", "nothing"))
        self._assert_repaired(difference)

    def test_a_transfer_took_out_what_the_ledger_has_not(self):
        order = self._confirmed((self.chair, 10), start=at(0), stop=at(4))
        self._hand_over(order)
        self._falsify_rows(order, "state = 'reserved', actual_start = NULL")
        line, fleet = self._compare().sorted("res_model", reverse=True)
        self.assertEqual((line.res_model, line.what), ("sale.order.line", "other"))
        self.assertEqual(fleet.res_model, "rental.pool")
        self._assert_repaired(line)
        self.assertEqual(order.order_line.rental_qty_out, 10)

    def test_the_ledger_closed_what_is_out(self):
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(4))
        self._hand_over(order, lots=self.drill_lots[:1])
        self._falsify_rows(order, "state = 'done', live = false")
        self._assert_repaired(self._compare().filtered("res_id")[:1])
        self.assertEqual(order.order_line.rental_qty_out, 1)

    def test_the_ledger_has_out_what_a_transfer_brought_back(self):
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(4))
        self._hand_over(order, lots=self.drill_lots[:1])
        rows = order.order_line._rental_rows()
        self._take_back(order)
        self._falsify(
            "resource_allocation",
            rows._trees().ids,
            "state = 'out', live = true, actual_stop = NULL",
        )
        differences = self._compare()
        lines = differences.filtered(lambda one: one.res_model == "sale.order.line")
        self.assertEqual(lines.what, "surplus")
        self._assert_repaired(lines)

    def test_a_fleet_counts_other_pieces_than_the_stock(self):
        pool = self._pool(self.chair)
        self._falsify("resource_resource", pool.resource_id.ids, "capacity = 39")
        difference = self._compare()
        self.assertEqual(
            (difference.res_model, difference.res_id), (pool._name, pool.id)
        )
        self.assertIn("40", difference.expected)
        self.assertIn("39", difference.found)
        self._assert_repaired(difference)
        self.assertEqual(pool.capacity, 40)

    def test_pieces_are_in_the_rental_location_without_a_rental(self):
        self.env["stock.quant"]._update_available_quantity(
            self.chair, self.north.rental_location_id, 2
        )
        self.env["rental.pool"]._sync(self.chair)
        difference = self._compare()
        self.assertIn("2 × Out", difference.expected)
        with self.assertRaises(UserError):
            difference.with_user(self.keeper).action_repair()
        self.assertTrue(difference.exists())
