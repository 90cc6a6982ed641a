from contextlib import contextmanager, suppress
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user
from odoo.tools import SQL, mute_logger

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import MANAGER, NOW, RentalCommon, at

LEDGER = "resource_allocation.resource_allocation_group_manager"

LOGGER = "odoo.addons.resource_allocation.models.resource_allocation_difference"


class CutOff(BaseException):
    """What ends a worker: nobody catches it."""


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

    def _option(self, *items):
        order = self._order(*items)
        order._rental_place_option(at(0, 12))
        return order

    def test_an_option_is_lost(self):
        """Whatever became of its row, and whatever the order computes since."""
        for assignments in (
            "state = 'cancelled', live = false",
            "state = 'expired', live = false",
            "quantity = 2",
        ):
            order = self._option((self.chair, 3))
            self._falsify_rows(order, assignments)
            # A note on the quotation, which promises nothing.
            order.order_line = [
                Command.create({"display_type": "line_note", "name": "By rail"})
            ]
            difference = self._compare()
            self.assertIn(difference.what, ("missing", "other"), assignments)
            self.assertIn("× Hold", difference.expected)
            self._assert_repaired(difference)
            self.assertEqual(order.order_line[0].rental_qty_held, 3)
            self.assertEqual(order.rental_hold_until, at(0, 12))
            order.action_rental_option_release()
            self.assertFalse(self._compare())

    def test_an_option_is_deleted_from_the_ledger(self):
        order = self._option((self.chair, 3))
        self.env.flush_all()
        rows = order.order_line._rental_rows()
        self.env.cr.execute(
            SQL("DELETE FROM resource_allocation WHERE id IN %s", tuple(rows.ids))
        )
        self.env.invalidate_all()
        order.order_line = [
            Command.create({"display_type": "line_note", "name": "By rail"})
        ]
        self._assert_repaired(self._compare())
        self.assertEqual(order.order_line[0].rental_qty_held, 3)

    def test_an_option_runs_shorter_or_longer_than_the_order_says(self):
        order = self._option((self.chair, 3), (self.drill, 1))
        for until in ("2026-03-02 10:00:00", "2026-03-03 10:00:00"):
            self._falsify_rows(order, f"hold_until = '{until}'")
            differences = self._compare()
            self.assertEqual(set(differences.mapped("what")), {"other"})
            self.assertIn("kept until 3/2/26", differences[0].expected)
            self._assert_repaired(differences)
            rows = order.order_line._rental_rows("hold")
            self.assertEqual(set(rows.mapped("hold_until")), {at(0, 12)})

    def _swap(self, rows, *units):
        """Give each row of a unit the next of ``units``, which nobody has meanwhile."""
        for row, unit in zip(rows, units, strict=True):
            leaves = row._trees().filtered(
                lambda leaf, row=row: leaf.resource_id == row.resource_id
            )
            self._falsify("resource_allocation", leaves.ids, f"resource_id = {unit.id}")

    def test_serial_numbers_are_swapped(self):
        """The ledger says D-3 is out, the transfer moved D-1."""
        first = self._confirmed((self.drill, 1), start=at(0), stop=at(4))
        second = self._confirmed((self.drill, 1), start=at(0), stop=at(5))
        self._hand_over(first, lots=self.drill_lots[0])
        self._hand_over(second, lots=self.drill_lots[1])
        self.assertFalse(self._compare())
        units = self.drill_lots.rental_resource_id
        self._swap(first.order_line._rental_rows("out"), units[2])
        differences = self._compare()
        self.assertEqual(set(differences.mapped("res_id")), set(first.order_line.ids))
        self.assertEqual(differences.resource_id, units[0] | units[2])
        with freeze_time(at(1)):
            self._assert_repaired(differences)
        [row] = first.order_line._rental_rows("out")
        self.assertEqual((row.resource_id, row.actual_start), (units[0], at(0)))

    def test_serial_numbers_are_swapped_between_two_orders(self):
        first = self._confirmed((self.drill, 1), start=at(0), stop=at(4))
        second = self._confirmed((self.drill, 1), start=at(0), stop=at(4))
        self._hand_over(first, lots=self.drill_lots[0])
        self._hand_over(second, lots=self.drill_lots[1])
        one, two, spare = self.drill_lots.rental_resource_id
        lines = first.order_line | second.order_line
        rows = lines._rental_rows("out")
        self._swap([rows[0], rows[1], rows[0]], spare, one, two)
        differences = self._compare()
        self.assertEqual(len(differences), 4)
        one_order = differences.filtered(lambda one: one.res_id in first.order_line.ids)
        with self.assertRaises(AllocationConflict), self.cr.savepoint():
            one_order.with_user(self.keeper).action_repair()
        self._assert_repaired(differences)
        self.assertEqual(first.order_line._rental_rows("out").resource_id, one)
        self.assertEqual(second.order_line._rental_rows("out").resource_id, two)

    def test_another_serial_number_came_back(self):
        order = self._confirmed((self.drill, 2), start=at(0), stop=at(4))
        self._hand_over(order, lots=self.drill_lots[:2])
        self._take_back(order, lots=self.drill_lots[0])
        one, two, _spare = self.drill_lots.rental_resource_id
        rows = order.order_line._rental_rows("out", "done").sorted("state")
        self._swap(rows, two, one)
        self._assert_repaired(self._compare())
        self.assertEqual(order.order_line._rental_rows("out").resource_id, two)
        self.assertEqual(order.order_line._rental_rows("done").resource_id, one)

    def _delete_lines(self, order):
        """Make them go as a cascade in the database does: unasked."""
        self.env.flush_all()
        ids = tuple(order.order_line.ids)
        self.env.cr.execute(SQL("DELETE FROM sale_order_line WHERE id IN %s", ids))
        self.env.invalidate_all()

    def test_a_promise_of_a_line_that_is_gone(self):
        order = self._confirmed((self.chair, 10))
        row = order.order_line._rental_rows()
        self._delete_lines(order)
        difference = self._compare()
        self.assertEqual(
            (difference.what, difference.document_name), ("surplus", "gone")
        )
        self._assert_repaired(difference)
        self.assertEqual(row.state, "cancelled")
        self.assertIn("gone", row.message_ids[0].body)

    def test_what_is_out_of_a_line_that_is_gone_is_taken_back_in_the_ledger(self):
        order = self._confirmed((self.drill, 1), start=at(0), stop=at(4))
        self._hand_over(order)
        row = order.order_line._rental_rows("out")
        self._delete_lines(order)
        self._assert_repaired(self._compare())
        self.assertEqual((row.state, row.res_model), ("out", False))
        self.env["resource.allocation"].browse(row.id).with_user(
            self.keeper
        ).take_back()
        self.assertEqual(row.state, "done")

    def _three_wrong_orders(self):
        orders = [self._confirmed((self.chair, 10)) for _number in range(3)]
        for order in orders:
            self._falsify_rows(order, "quantity = 7")
        return [order.order_line.id for order in orders]

    @contextmanager
    def _note_looks(self, cut_off_at=None, fails_at=None):
        """The documents that the job looks at, one by one; one may be its last."""
        looked = []
        real = type(self.Difference)._look_at

        def look_at(differences, documents):
            real(differences, documents)
            looked.append((documents._name, documents.id))
            if looked[-1] == ("sale.order.line", cut_off_at):
                raise CutOff
            if looked[-1] == ("sale.order.line", fails_at):
                raise ValueError

        one_by_one = patch(f"{LOGGER}.BATCH", 1)
        with one_by_one, patch.object(type(self.Difference), "_look_at", look_at):
            yield looked

    def test_a_run_that_was_cut_off_goes_on_where_it_stopped(self):
        lines = self._three_wrong_orders()
        # Not assertRaises, which would undo what was committed before.
        with self._note_looks(cut_off_at=lines[1]), suppress(CutOff):
            self._compare()
        self.env.invalidate_all()
        listed = self.Difference.search([])
        self.assertEqual(listed.mapped("res_id"), lines[:1], "no half of the second")
        with self._note_looks() as looked:
            self.assertEqual(set(self._compare().mapped("res_id")), set(lines))
            self.assertNotIn(("sale.order.line", lines[0]), looked, "not once more")
            self._compare()
        self.assertIn(("sale.order.line", lines[0]), looked, "the next begins anew")

    def test_a_run_that_has_had_its_time_lets_others_go_first(self):
        self._three_wrong_orders()
        at_once = patch("odoo.addons.base.models.ir_cron.MIN_TIME_PER_JOB", 0)
        with self._note_looks() as looked, at_once:
            self._compare()
        self.assertEqual(len(looked), len(set(looked)), "each once")
        self.assertEqual(len(self.Difference.search([])), 3)
        runs = self.env["ir.cron.progress"].search(
            [("resource_reached", "!=", False)], order="id"
        )
        self.assertEqual(runs.mapped("done"), [1] * len(looked))
        self.assertEqual(runs.mapped("remaining"), list(range(len(looked)))[::-1])

    def test_a_document_that_fails_keeps_no_other_from_being_looked_at(self):
        lines = self._three_wrong_orders()
        ledger = "odoo.addons.resource_allocation.jobs"
        with self._note_looks(fails_at=lines[0]), mute_logger(ledger):
            self.assertEqual(self._compare().mapped("res_id"), lines[1:])

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
