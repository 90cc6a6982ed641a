"""One comes back, another goes out, on the same line and at the same price (P9)."""

from contextlib import contextmanager

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user
from odoo.tools import mute_logger

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import NOW, at
from .test_counter import CounterCommon

LEDGER = "odoo.addons.resource_allocation.models.resource_allocation_difference"


class SwapCommon(CounterCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lost = cls.env.ref("equipment_rental.rental_condition_lost")
        cls.one, cls.two, cls.three = cls.drill_lots

    def _out(self, *items, lots=None, **vals):
        order = self._confirmed(*items, **{"start": at(-3), "stop": at(4), **vals})
        self._hand_over(order, lots=lots, when=at(-3))
        return order

    def _swap_window(self, order, user=None):
        user = user or self.clerk
        return self._window(order.with_user(user).action_rental_swap()).with_user(user)

    def _swap(self, order, old=None, new=None, quantity=1, user=None, **vals):
        """Swap a serial number for another, or so many pieces; returns the window."""
        window = self._swap_window(order, user)
        window.note = vals.pop("note", "Motor smells")
        window.date = vals.pop("date", window.date)
        row = window.line_ids.filtered(lambda row: not old or row.lot_id == old)[:1]
        (window.line_ids - row).quantity = 0
        row.quantity = quantity
        if new:
            row.other_lot_id = new
        if vals:
            row.write(vals)
        window.action_swap()
        return window

    def _rows(self, order):
        """All rows of the order in the ledger, also what was swapped."""
        rows = order.order_line.sudo().rental_allocation_ids
        return rows.filtered(lambda row: not row.root_id).sorted("id")

    def _differences(self):
        """What the nightly job finds."""
        self.env.flush_all()
        self.env.invalidate_all()
        with self.enter_registry_test_mode(), mute_logger(LEDGER):
            self.env.ref("resource_allocation.ir_cron_compare").method_direct_trigger()
        self.env.invalidate_all()
        return self.env["resource.allocation.difference"].search([])

    @contextmanager
    def _refused(self, error, words):
        """Refused in these words; as in a request, nothing of it is kept."""
        with self.assertRaisesRegex(error, words), self.env.cr.savepoint():
            yield

    def _said(self, records):
        return " ".join(records.sudo().message_ids.mapped("body"))


@freeze_time(NOW)
class TestSwap(SwapCommon):
    def test_P9_swap_is_one_step_on_the_same_line(self):
        """Goods, ledger, fleet and order: the other goes on, nothing else changes."""
        order = self._out((self.drill, 1), lots=self.one)
        line = order.order_line.filtered("is_rental")
        before = order.order_line.ids, order.amount_total, line.qty_delivered
        self._swap(order, self.one, self.two, condition_id=self.damaged.id)
        self.assertEqual(
            (order.order_line.ids, order.amount_total, line.qty_delivered), before
        )
        old, new = self._rows(order)
        self.assertEqual((old.state, old.actual_stop), ("done", at(0)))
        self.assertEqual(old.rental_swapped_id, new)
        self.assertEqual((new.state, new.actual_start), ("out", at(0)))
        self.assertEqual((new.start, new.stop), (at(0), at(4)))
        self.assertEqual(new.resource_id, self.two.rental_resource_id)
        self.assertEqual(new.rental_charge_start, at(-3))
        self.assertEqual((line.rental_qty_out, line.rental_qty_back), (1, 0))
        self.assertEqual((order.rental_status, line.rental_units_out), ("out", "D-2"))
        self.assertEqual(
            self.drill_lots.mapped("rental_state"), ["service", "out", "in"]
        )
        self.assertEqual(
            order.rental_transfer_ids.sorted("id").mapped("rental_direction"),
            ["out", "back", "out"],
        )
        self.assertFalse(self._differences())

    def test_P9_reason_stands_in_the_history_of_both(self):
        order = self._out((self.drill, 1), lots=self.one)
        self._swap(order, self.one, self.two, remark="Smoke", note="<b>Burnt</b>")
        self.assertIn(
            "Swapped: 1 × Drill (D-1): Good, Smoke for 1 × Drill (D-2)",
            self._said(order),
        )
        self.assertNotIn("Came back", self._said(order))
        for record in (order, self.one, self.two, *self._rows(order)):
            with self.subTest(record=record):
                self.assertIn("&lt;b&gt;Burnt&lt;/b&gt;", self._said(record))
        self.assertIn(f"{order.name}: Drill (D-1) swapped for", self._said(self.two))

    def test_P9_the_other_comes_back_and_the_order_ends(self):
        order = self._out((self.drill, 1), lots=self.one)
        self._swap(order, self.one, self.two)
        self._take_back(order)
        self.assertEqual(order.rental_status, "back")
        self.assertEqual(order.order_line[0].rental_qty_back, 1)
        self.assertEqual(self.drill_lots.mapped("rental_state"), ["in"] * 3)
        self.assertFalse(self._differences())

    def test_P9_swapped_back_again(self):
        """A mistaken swap is undone by another; the chain ends with what is out."""
        order = self._out((self.drill, 1), lots=self.one)
        self._swap(order, self.one, self.two)
        self._swap(order, self.two, self.three)
        self._swap(order, self.three, self.one)
        rows = self._rows(order)
        self.assertEqual(rows[:-1].rental_swapped_id, rows[1:])
        self.assertEqual(rows.mapped("state"), ["done"] * 3 + ["out"])
        self.assertEqual(set(rows[1:].mapped("rental_charge_start")), {at(-3)})
        self.assertEqual(order.order_line[0]._rental_paper_units(), "D-1")
        self.assertEqual(self.drill_lots.mapped("rental_state"), ["out", "in", "in"])
        self.assertFalse(self._differences())

    def test_P9_one_of_several(self):
        """Of three reserved two are out: the third stays reserved as it was."""
        self._put(self.drill, self.north, lots=["D-4"])
        order = self._confirmed((self.drill, 3), start=at(-3), stop=at(4))
        self._hand_over(order, lots=self.one + self.two, when=at(-3))
        line = order.order_line[0]
        self._swap(order, self.two, self.three)
        self.assertEqual((line.rental_qty_reserved, line.rental_qty_out), (1, 2))
        self.assertEqual(line.rental_units_out, "D-1, D-3")
        self.assertEqual(order.rental_status, "part_out")
        self.assertFalse(self._differences())
        line.product_uom_qty = 2
        self.assertEqual((line.rental_qty_reserved, line.rental_qty_out), (0, 2))
        self.assertEqual(order.rental_status, "out")

    def test_P9_pieces_without_numbers(self):
        order = self._out((self.chair, 5))
        self._swap(order, quantity=2, condition_id=self.damaged.id)
        line = order.order_line[0]
        self.assertEqual((line.rental_qty_out, line.rental_qty_back), (5, 0))
        self.assertEqual(line.qty_delivered, 5)
        old = self._rows(order).filtered("rental_swapped_id")
        self.assertEqual((old.quantity, old.rental_swapped_id.quantity), (2, 2))
        pool = self._pool(self.chair)
        self.assertEqual((pool.quantity_blocked, pool.quantity_free), (2, 33))
        self._take_back(order, quantity=4)
        self.assertEqual((line.rental_qty_out, line.rental_qty_back), (1, 4))
        self.assertFalse(self._differences())

    def test_P9_the_same_pieces_do_not_go_out_again(self):
        """What is not there cannot go out: what comes back is not another one."""
        order = self._out((self.chair, 39))
        with self._refused(UserError, "Only 1 of Chair are in NRT/Stock"):
            self._swap(order, quantity=2)
        self.assertEqual(order.order_line[0].rental_qty_out, 39)
        self._swap(order, quantity=1)

    def test_P9_late_stays_late(self):
        order = self._out((self.drill, 1), lots=self.one, stop=at(-1))
        self._rows(order).expect_back(at(1))
        self.assertTrue(order.rental_is_late)
        self._swap(order, self.one, self.two)
        new = self._rows(order)[-1]
        self.assertEqual((new.stop, new.state), (at(-1), "out"))
        self.assertEqual((new.actual_start, new.expected_back), (at(0), at(1)))
        self.assertEqual(self.two.rental_state, "late")
        self.assertTrue(order.rental_is_late)
        self.assertFalse(self._differences())

    def test_P9_late_takes_nothing_that_another_has_now(self):
        order = self._out((self.drill, 1), lots=self.one, stop=at(-1))
        other = self._confirmed((self.drill, 1), start=at(0), stop=at(2))
        self._rows(other).reassign(self.two.rental_resource_id)
        with self._refused(AllocationConflict, other.name):
            self._swap(order, self.one, self.two)

    def test_P9_taken_meanwhile_is_refused_with_names(self):
        """Nothing moved; who has it is named, and another is proposed."""
        order = self._out((self.drill, 1), lots=self.one)
        window = self._swap_window(order)
        self.assertEqual(window.line_ids.other_lot_id, self.two)
        other = self._confirmed((self.drill, 1), start=at(1), stop=at(3))
        self._rows(other).reassign(self.two.rental_resource_id)
        window.note = "Motor smells"
        with self._refused(
            AllocationConflict, rf"(?s){other.name}.*Free instead: .*Drill \(D-3\)"
        ):
            window.action_swap()
        self.assertEqual(self._rows(order).mapped("state"), ["out"])
        self.assertEqual(len(order.rental_transfer_ids), 1)
        self._hand_over(other, lots=self.two, when=at(0))
        with self._refused(AllocationConflict, other.name):
            window.action_swap()

    def test_P9_teardown_counts(self):
        """Free until the end is not enough: it has to be tidied up for the next."""
        order = self._out((self.drill, 1), lots=self.one)
        (self.drill_lots.rental_resource_id | self._pool(self.drill).resource_id).write(
            {"teardown_minutes": 120}
        )
        other = self._confirmed((self.drill, 1), start=at(4, 9), stop=at(5))
        self._rows(other).reassign(self.two.rental_resource_id)
        with self._refused(AllocationConflict, other.name):
            self._swap(order, self.one, self.two)
        self._swap(order, self.one, self.three)

    def test_P9_place_of_the_old_one_is_free_for_the_other(self):
        """A full fleet: what comes back leaves room for what goes on instead."""
        order = self._out((self.drill, 1), lots=self.one)
        self._confirmed((self.drill, 2), start=at(1), stop=at(3))
        window = self._swap_window(order)
        self.assertEqual(window.line_ids.other_lot_id, self.two)
        window.note = "Motor smells"
        window.action_swap()
        self.assertEqual(self.two.rental_state, "out")

    def test_P9_only_of_the_same_item(self):
        saw = self._make_item("Saw", tracking="serial", day=10)
        [lot] = self._put(saw, self.north, lots=["S-1"])
        order = self._out((self.drill, 1), lots=self.one)
        with self._refused(UserError, "S-1 is no Drill.*a line of its own"):
            self._swap(order, self.one, lot)
        with self._refused(UserError, "cannot be swapped for itself"):
            self._swap(order, self.one, self.one)

    def test_P9_what_cannot_be_swapped_is_refused_in_words(self):
        order = self._out((self.drill, 2), (self.chair, 5), lots=self.one + self.two)
        with self._refused(UserError, "Say why it is swapped"):
            self._swap(order, self.one, self.three, note="  ")
        with self._refused(UserError, "Take it back as lost"):
            self._swap(order, self.one, self.three, condition_id=self.lost.id)
        with self._refused(UserError, "yet to come"):
            self._swap(order, self.one, self.three, date=at(1))
        with self._refused(ValidationError, "before it was handed out"):
            self._swap(order, self.one, self.three, date=at(-4))
        with self._refused(UserError, "only 1 are out, 2 cannot be swapped"):
            self._swap(order, self.one, self.three, quantity=2)
        window = self._swap_window(order)
        window.note = "Both"
        with self._refused(UserError, "Choose what is swapped"):
            window.action_swap()
        drills = window.line_ids.filtered("lot_id")
        drills.quantity = 1
        self.assertEqual(drills.mapped("other_lot_id.name"), ["D-3"], "one is free")
        self.assertEqual(drills[1].hint, "Choose what goes out instead")
        with self._refused(UserError, "D-2: choose the serial number"):
            window.action_swap()
        drills.other_lot_id = self.three
        with self._refused(UserError, "D-3 is chosen twice"):
            window.action_swap()
        self.assertEqual(len(order.rental_transfer_ids), 1)

    def test_P9_nothing_is_here_to_go_out(self):
        """Nothing is proposed, and the window says what is missing."""
        order = self._out((self.drill, 3), lots=self.drill_lots)
        window = self._swap_window(order)
        window.note = "Motor smells"
        window.line_ids[0].quantity = 1
        self.assertFalse(window.line_ids[0].other_lot_id)
        self.assertEqual(window.line_ids[0].hint, "Choose what goes out instead")
        with self._refused(UserError, "choose the serial number that goes out"):
            window.action_swap()

    def test_P9_locked_order_is_swapped_too(self):
        """Nothing of what was agreed changes."""
        order = self._out((self.drill, 1), lots=self.one)
        order.action_lock()
        self._swap(order, self.one, self.two, user=self.keeper)
        self.assertEqual(order.order_line[0].rental_units_out, "D-2")

    def test_P9_nothing_out_nothing_to_swap(self):
        order = self._confirmed((self.drill, 1), start=at(0))
        with self._refused(UserError, "Nothing is out"):
            order.action_rental_swap()

    def test_P9_lines_of_another_order_are_refused(self):
        order = self._out((self.drill, 1), lots=self.one)
        other = self._out((self.chair, 3))
        window = self._swap_window(order)
        window.note = "Forged"
        window.line_ids.sale_line_id = other.order_line[0]
        with self._refused(UserError, f"is not on {order.name}"):
            window.action_swap()

    def test_P9_by_scanning(self):
        order = self._out((self.drill, 2), (self.chair, 5), lots=self.one + self.two)
        form = Form(self._swap_window(order))
        quantities = [row["quantity"] for row in form.line_ids._records]
        self.assertEqual(quantities, [0, 0, 0])
        self.assertIn("Scan first what comes back", self._scan_wrong(form, "D-3"))
        self._scan(form, "d-2", "D-3", self.chair.barcode)
        self.assertIn("already chosen", self._scan_wrong(form, "D-2"))
        self.assertIn("already chosen", self._scan_wrong(form, "D-3"))
        form.note = "Wrong size"
        form.save().action_swap()
        units = order.order_line.mapped("rental_units_out")
        self.assertEqual(units[0], "D-1, D-3")
        self.assertEqual(len(self._rows(order).rental_swapped_id), 2)

    def test_P9_scanned_number_replaces_the_proposed_one(self):
        order = self._out((self.drill, 1), lots=self.one)
        form = Form(self._swap_window(order))
        self.assertEqual(form.line_ids._records[0]["quantity"], 1, "it is meant")
        self._scan(form, "D-1", "D-3")
        form.note = "Blunt"
        form.save().action_swap()
        self.assertEqual(self.three.rental_state, "out")

    def test_P9_what_is_out_of_service_does_not_go_out(self):
        other = self._out((self.drill, 1), lots=self.two)
        self._take_back(other, condition_id=self.damaged.id)
        order = self._out((self.drill, 1), lots=self.one)
        window = self._swap_window(order)
        self.assertEqual(window.line_ids.other_lot_id, self.three)
        self.assertIn(
            "D-2 is out of service",
            self._scan_wrong(Form(window), "D-2"),
        )
        with self.assertRaises(AllocationConflict):
            self._swap(order, self.one, self.two)

    def test_P9_storekeeper_swaps_and_leaves_the_fee(self):
        """Without rights on the order; what the condition may cost waits."""
        order = self._out((self.drill, 1), lots=self.one)
        self.dirty.fee_id.amount = 20
        lines = order.order_line
        self._swap(
            order, self.one, self.two, user=self.keeper, condition_id=self.dirty.id
        )
        self.assertEqual(order.order_line, lines, "nothing is charged by itself")
        self.assertEqual(order.activity_ids.summary, "Charge for what was swapped?")
        self.assertIn("Cleaning", order.activity_ids.note)
        self.assertEqual(self.two.rental_state, "out")

    def test_P9_who_does_not_hand_over_does_not_swap(self):
        order = self._out((self.drill, 1), lots=self.one)
        groups = {
            "employee": "base.group_user",
            "portal": "base.group_portal",
            "seller": "sales_team.group_sale_salesman_all_leads",
            "accountant": "equipment_rental.equipment_rental_group_accountant",
        }
        window = self._swap_window(order)
        for name, group in groups.items():
            user = new_test_user(self.env, f"swap_{name}", group)
            with self.subTest(name), self.assertRaises(AccessError):
                order.with_user(user).action_rental_swap()
            with self.subTest(name), self.assertRaises(AccessError):
                window.with_user(user).action_swap()
        with self.assertRaises(AccessError):
            window.with_user(self.keeper).action_swap()

    def test_P9_marks_are_not_typed(self):
        order = self._out((self.drill, 1), lots=self.one)
        self._swap(order, self.one, self.two)
        back, out = order.rental_transfer_ids.sorted("id")[-2:]
        self.assertEqual(out.rental_swap_id, back)
        with self.assertRaises(AccessError):
            out.rental_swap_id = False
        with self.assertRaises(UserError):
            self._rows(order)[:1].rental_swapped_id = False

    def test_C7_P9_each_company_swaps_its_own(self):
        company = self.env["res.company"].create({"name": "Other Rentals"})
        self.env.user.company_ids |= company
        self.clerk.company_ids |= company
        yard = self.env["stock.warehouse"].search([("company_id", "=", company.id)])
        self._put(self.drill, yard, lots=["X-1", "X-2"])
        order = self._out((self.drill, 1), company_id=company.id, warehouse_id=yard.id)
        window = self._swap_window(order)
        row = window.line_ids
        self.assertEqual((row.lot_id.name, row.other_lot_id.name), ("X-1", "X-2"))
        with self._refused(UserError, "Drill belongs to another company"):
            self._swap(order, row.lot_id, self.three)
        window.note = "Motor smells"
        window.action_swap()
        self.assertEqual(order.order_line[0].rental_units_out, "X-2")
        self.assertEqual(order.rental_transfer_ids.company_id, company)
        self.assertEqual(self.drill_lots.mapped("rental_state"), ["in"] * 3)

    def test_P9_two_yards_in_one_order(self):
        """A pair of transfers for each yard; each piece goes on from its own."""
        [far] = self._put(self.drill, self.south, lots=["S-1"])
        [spare] = self._put(self.drill, self.south, lots=["S-2"])
        order = self._confirmed(
            (self.drill, 1),
            (self.drill, 1, {"warehouse_id": self.south.id}),
            start=at(-3),
            stop=at(4),
        )
        window = self._window(order.action_rental_hand_over())
        window.date = at(-3)
        for row, lot in zip(window.line_ids, (self.one, far), strict=True):
            row.lot_ids = lot
        window.action_hand_over()
        window = self._swap_window(order)
        window.note = "Both were wet"
        window.line_ids.quantity = 1
        self.assertEqual(window.line_ids.other_lot_id, self.two + spare)
        window.action_swap()
        swaps = order.rental_transfer_ids.filtered("rental_swap_id")
        self.assertEqual(len(swaps), 2)
        self.assertEqual(order.order_line.mapped("rental_units_out"), ["D-2", "S-2"])
        for out in swaps:
            back = out.rental_swap_id
            self.assertEqual(
                out.picking_type_id.warehouse_id, back.picking_type_id.warehouse_id
            )
        self.assertFalse(self._differences())

    def test_P9_many_at_once_ask_no_more_often(self):
        """Opening a window for many units asks as often as for two."""
        lots = self._put(self.drill, self.north, lots=[f"M-{n}" for n in range(12)])
        few = self._out((self.drill, 2), lots=lots[:2])
        many = self._out((self.drill, 6), lots=lots[2:8])
        counts = []
        for order in (few, many):
            self.env.invalidate_all()
            window = self._swap_window(order)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            window.line_ids.quantity = 1
            window.line_ids.mapped("other_lot_id.name")
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)


@freeze_time(NOW)
class TestSwapPapers(SwapCommon):
    def _paper(self, report, records):
        ref = f"equipment_rental.action_report_{report}"
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(ref, records.ids)
        return html.decode()

    def test_P9_C12_protocol_says_what_went_out_instead(self):
        order = self._out((self.drill, 2), lots=self.one + self.two)
        self.assertFalse(order.rental_has_returns)
        window = self._swap_window(order)
        window.note = "Motor smells"
        row = window.line_ids.filtered(lambda row: row.lot_id == self.one)
        row.quantity = 1
        action = window.action_swap_and_print()
        self.assertIn("return_protocol", action["report_name"])
        self.assertTrue(order.rental_has_returns)
        back = order.rental_transfer_ids.filtered(
            lambda transfer: transfer.rental_direction == "back"
        )
        text = self._paper("return_protocol", back)
        for words in ("Handed over instead", "Motor smells", "D-1", "D-3"):
            self.assertIn(words, text)
        paper = self._said_in("return_protocol", back)
        self.assertEqual(paper["still_out"][0][1:], (2, "D-2, D-3"))
        self.assertEqual(paper["instead"].move_line_ids.lot_id, self.three)
        self._take_back(order, lots=self.two)
        again = self._said_in("return_protocol", back)
        self.assertEqual(again["still_out"][0][1:], (2, "D-2, D-3"), "as it was then")

    def test_P9_C12_contract_names_what_is_out_and_the_swap(self):
        order = self._out((self.drill, 1), lots=self.one)
        self._swap(order, self.one, self.two)
        text = self._paper("rental_contract", order)
        self.assertIn("swapped for", text)
        self.assertEqual(order.order_line[0]._rental_paper_units(), "D-2")

    def test_P9_C12_papers_are_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        view = self.env.ref("equipment_rental.return_protocol_items")
        view.update_field_translations(
            "arch_db", {"de_DE": {"Handed over instead": "Dafür ausgegeben"}}
        )
        self.customer.lang = "de_DE"
        order = self._out((self.drill, 1), lots=self.one)
        self._swap(order, self.one, self.two)
        back = order.rental_transfer_ids.filtered(
            lambda transfer: transfer.rental_direction == "back"
        )
        self.assertIn("Dafür ausgegeben", self._paper("return_protocol", back))
