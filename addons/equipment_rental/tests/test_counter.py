"""The counter's windows, used as people use them: scanned, typed, chosen."""

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, new_test_user
from odoo.tools import mute_logger

from .common import NOW, RentalCommon, at

STOREKEEPER = "equipment_rental.equipment_rental_group_storekeeper"


class CounterCommon(RentalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chair.barcode = "4006381333931"
        cls.drill.barcode = "4006381333948"
        cls.late_fee = cls.env.ref("equipment_rental.rental_fee_late")
        cls.damaged = cls.env.ref("equipment_rental.rental_condition_damaged")
        cls.dirty = cls.env.ref("equipment_rental.rental_condition_dirty")
        cls.dirty.fee_id = cls.env.ref("equipment_rental.rental_fee_cleaning")
        cls.keeper = new_test_user(cls.env, "rental_keeper", STOREKEEPER, name="Stan")

    def _scan(self, form, *codes):
        """Scan into an open window what is right."""
        for code in codes:
            form.code = code

    def _scan_wrong(self, form, code):
        """Scan what is wrong; returns the warning."""
        with self.assertLogs("odoo.tests.form.onchange", "WARNING") as log:
            form.code = code
        self.assertIn(code, log.output[0])
        return log.output[0]

    def _rows(self, form, name):
        return [row[name] for row in form.line_ids._records]


@freeze_time(NOW)
class TestHandOverWindow(CounterCommon):
    def test_C13_scanning_hands_over_what_was_scanned(self):
        """Units go to their row; pieces of an item are counted from the first scan."""
        order = self._confirmed((self.drill, 2), (self.chair, 10), start=at(0))
        form = Form(self._window(order.action_rental_hand_over()))
        self.assertEqual(self._rows(form, "quantity"), [0, 10])
        self._scan(form, "D-3", "d-1", *[self.chair.barcode] * 3)
        self.assertEqual(self._rows(form, "quantity"), [2, 3])
        self.assertFalse(form.code)
        form.save().action_hand_over()
        self.assertEqual(order.order_line.mapped("rental_qty_out"), [2, 3])
        self.assertEqual(self.drill_lots.mapped("rental_state"), ["out", "in", "out"])

    def test_C13_scanner_and_keyboard_do_the_same(self):
        order = self._confirmed((self.drill, 2), start=at(0))
        form = Form(self._window(order.action_rental_hand_over()))
        form["_barcode_scanned"] = "D-2"
        self.assertEqual(self._rows(form, "quantity"), [1])

    def test_C13_wrong_scan_changes_nothing_and_says_why(self):
        """Unknown, elsewhere, twice, too many, an item that has serial numbers."""
        [away] = self._put(self.drill, self.south, lots=["D-9"])
        order = self._confirmed((self.drill, 1), (self.chair, 2), start=at(0))
        form = Form(self._window(order.action_rental_hand_over()))
        self.assertIn(order.name, self._scan_wrong(form, "NOBODY"))
        self.assertIn(
            "South Yard", self._scan_wrong(form, away.name).replace("SRT", "South Yard")
        )
        self.assertIn("serial numbers", self._scan_wrong(form, self.drill.barcode))
        self.assertEqual(self._rows(form, "quantity"), [0, 2])
        self._scan(form, "D-1", self.chair.barcode, self.chair.barcode)
        self.assertIn("already chosen", self._scan_wrong(form, "D-1"))
        self.assertIn("all 1 that are", self._scan_wrong(form, "D-2"))
        self.assertIn("all 2 that are", self._scan_wrong(form, self.chair.barcode))
        self.assertEqual(self._rows(form, "quantity"), [1, 2])

    def test_C13_more_serial_numbers_than_reserved_are_refused(self):
        """Told while choosing, refused with names and numbers, nothing half-done."""
        order = self._confirmed((self.drill, 1), start=at(0))
        form = Form(self._window(order.action_rental_hand_over()))
        with form.line_ids.edit(0) as row:
            self.assertEqual(row.hint, "Numbers to choose: 1")
            self.assertFalse(row.is_too_many)
            row.lot_ids.add(self.drill_lots[0])
            row.lot_ids.add(self.drill_lots[1])
            self.assertTrue(row.is_too_many)
            self.assertEqual(row.hint, "2 chosen, only 1 reserved")
        window = form.save()
        with self.assertRaisesRegex(UserError, r"Drill \(D-1, D-2\): 2 are.*only 1"):
            window.action_hand_over()
        self.assertFalse(order.picking_ids)
        self.assertEqual(order.rental_status, "reserved")

    def test_C13_one_unit_on_two_lines_is_refused(self):
        order = self._confirmed((self.drill, 1), (self.drill, 1), start=at(0))
        window = self._window(order.action_rental_hand_over())
        window.line_ids.lot_ids = self.drill_lots[0]
        with self.assertRaisesRegex(UserError, "D-1 is chosen twice"):
            window.action_hand_over()

    def test_C13_units_chosen_before_are_preselected(self):
        order = self._confirmed((self.drill, 1), start=at(0))
        order.order_line._rental_rows().reassign(self.drill_lots[1].rental_resource_id)
        window = self._window(order.action_rental_hand_over())
        self.assertEqual(window.line_ids.lot_ids, self.drill_lots[1])
        self.assertEqual(window.line_ids.quantity, 1)

    def test_C13_negative_quantity_is_refused(self):
        order = self._confirmed((self.chair, 1), start=at(0))
        window = self._window(order.action_rental_hand_over())
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            window.line_ids.quantity = -1
            window.flush_recordset()

    def test_C5_early_hand_over_is_noticed(self):
        soon = self._confirmed((self.chair, 1), start=at(0, 20))
        window = self._window(soon.action_rental_hand_over())
        self.assertFalse(window.early_notice)
        later = self._confirmed((self.chair, 1), start=at(3))
        window = self._window(later.action_rental_hand_over())
        self.assertIn("3/5/26", window.early_notice)
        self.assertIn("Chair", window.early_notice)

    def test_C5_person_signs_for_what_was_taken_over(self):
        order = self._confirmed((self.chair, 1), start=at(0))
        window = Form(self._window(order.action_rental_hand_over()))
        pixel = (
            b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
            b"awAAAABJRU5ErkJggg=="
        )
        window.signature = pixel
        window.person_id = self.other
        window.save().action_hand_over()
        transfer = order.rental_transfer_ids
        self.assertTrue(transfer.is_signed)
        self.assertEqual(transfer.rental_person_id, self.other)

    def test_C13_rows_of_one_order_at_a_time(self):
        first = self._confirmed((self.chair, 1), start=at(0))
        second = self._confirmed((self.chair, 1), start=at(0))
        lines = first.order_line | second.order_line
        with self.assertRaisesRegex(UserError, f"{first.name}, {second.name}"):
            lines.action_rental_hand_over()

    def test_C14_fees_of_a_hand_over_arise_with_it(self):
        """However it is made: each piece that goes out is charged once."""
        self.env["rental.fee"].create(
            {
                "name": "Loading",
                "product_id": self.late_fee.product_id.id,
                "moment": "hand_over",
                "basis": "piece",
                "amount": 3,
                "automatic": True,
            }
        )
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order, quantity=2, when=at(-1))
        self._hand_over(order, quantity=3)
        fees = order.order_line.filtered("rental_fee_id")
        self.assertEqual(fees.mapped("price_unit"), [6, 9])
        self.assertEqual(fees.mapped("rental_moment_date"), [at(-1), at(0)])
        self.assertEqual(fees.rental_transfer_id, order.rental_transfer_ids)

    def test_C9_deposit_is_asked_for_what_goes_out(self):
        """Each hand-over asks for its share; a storekeeper's too."""
        self.chair.rental_deposit = 10
        order = self._confirmed((self.chair, 5), start=at(0))
        self._hand_over(order, quantity=2, when=at(-1))
        window = order.with_user(self.keeper).action_rental_hand_over()
        self._window(window).with_user(self.keeper).action_hand_over()
        deposits = order.rental_deposit_ids.sorted("id")
        self.assertEqual(deposits.mapped("amount"), [20, 30])
        self.assertEqual(deposits.transfer_id, order.rental_transfer_ids)

    def test_C12_hand_over_and_return_print_their_papers(self):
        order = self._confirmed((self.chair, 5), start=at(0))
        window = self._window(order.action_rental_hand_over())
        action = window.action_hand_over_and_print()
        self.assertEqual(
            action["report_name"],
            self.env.ref("equipment_rental.action_report_rental_contract").report_name,
        )
        self.assertTrue(action["close_on_report_download"])
        window = self._window(order.action_rental_take_back())
        action = window.action_take_back_and_print()
        self.assertEqual(order.rental_status, "back")
        back = order.rental_transfer_ids.sorted("id")[1]
        self.assertEqual(action["context"]["active_ids"], back.ids)


@freeze_time(NOW)
class TestTakeBackWindow(CounterCommon):
    def _out(self, *items, **vals):
        order = self._confirmed(*items, **{"start": at(-3), **vals})
        self._hand_over(order, when=at(-3))
        return order

    def test_C10_scanning_takes_back_what_was_scanned(self):
        """The first scan sets all the rest to not back."""
        order = self._out((self.drill, 3), (self.chair, 10))
        form = Form(self._window(order.action_rental_take_back()))
        self.assertEqual(self._rows(form, "quantity"), [1, 1, 1, 10])
        self._scan(form, "D-2", self.chair.barcode, self.chair.barcode)
        self.assertEqual(self._rows(form, "quantity"), [0, 1, 0, 2])
        form.save().action_take_back()
        self.assertEqual(order.order_line.mapped("rental_qty_back"), [1, 2])
        self.assertEqual(self.drill_lots.mapped("rental_state"), ["out", "in", "out"])

    def test_C10_wrong_scan_changes_nothing_and_says_why(self):
        order = self._out((self.drill, 1), (self.chair, 1))
        form = Form(self._window(order.action_rental_take_back()))
        self.assertIn(order.name, self._scan_wrong(form, "NOBODY"))
        self.assertIn("is not out", self._scan_wrong(form, "D-2"))
        self.assertEqual(self._rows(form, "quantity"), [1, 1])
        self._scan(form, "D-1", self.chair.barcode)
        self.assertIn("already back", self._scan_wrong(form, "D-1"))
        self.assertIn("all 1 that are out", self._scan_wrong(form, self.chair.barcode))
        self.assertEqual(self._rows(form, "quantity"), [1, 1])

    def test_C10_row_is_split_for_another_condition(self):
        """Three good, two damaged, in one return; the transfer knows which."""
        order = self._out((self.chair, 5))
        window = self._window(order.action_rental_take_back())
        window.line_ids.quantity = 4
        action = window.line_ids.action_split()
        self.assertEqual(action["res_id"], window.id)
        self.assertEqual(
            window.line_ids.mapped("quantity"), [3, 1], "what stays out is left out"
        )
        window.line_ids[1].write(
            {"quantity": 2, "condition_id": self.damaged.id, "remark": "bent"}
        )
        window.action_take_back()
        moves = order.rental_transfer_ids.sorted("id")[1].move_ids
        self.assertEqual(moves.mapped("quantity"), [3, 2])
        self.assertEqual(moves[1].rental_condition_id, self.damaged)
        self.assertEqual(moves.mapped("rental_remark"), [False, "bent"])
        self.assertEqual(order.rental_status, "back")

    def test_C10_split_of_a_full_row_moves_one_piece(self):
        order = self._out((self.chair, 5))
        window = self._window(order.action_rental_take_back())
        window.line_ids.action_split()
        self.assertEqual(window.line_ids.mapped("quantity"), [4, 1])

    def test_C10_rows_together_take_back_no_more_than_is_out(self):
        order = self._out((self.chair, 5))
        window = self._window(order.action_rental_take_back())
        window.line_ids.action_split()
        form = Form(window)
        with form.line_ids.edit(1) as row:
            row.quantity = 2
        with form.line_ids.edit(1) as row:
            self.assertTrue(row.is_too_many)
        window = form.save()
        with self.assertRaisesRegex(UserError, "only 5 are out, 6 cannot come back"):
            window.action_take_back()
        self.assertEqual(order.order_line.rental_qty_back, 0)
        self.assertEqual(len(order.rental_transfer_ids), 1)

    def test_C11_late_and_damaged_are_proposed_and_charged(self):
        """100 % of a day per started day late; cleaning as typed; own rows."""
        order = self._out((self.chair, 5), stop=at(-1))
        form = Form(self._window(order.action_rental_take_back()))
        self.assertEqual([row["amount"] for row in form.charge_ids._records], [10])
        with form.line_ids.edit(0) as row:
            row.quantity = 4
            row.condition_id = self.dirty
        self.assertEqual([row["amount"] for row in form.charge_ids._records], [8, 0])
        with form.charge_ids.edit(1) as charge:
            charge.amount = 30
        with form.charge_ids.new() as charge:
            charge.fee_id = self.env.ref("equipment_rental.rental_fee_damage")
            charge.name = "Lost rubber feet"
            charge.amount = 5
        form.date = at(1)
        amounts = [row["amount"] for row in form.charge_ids._records]
        self.assertEqual(amounts, [16, 30, 5], "what was typed stays")
        form.date = at(0)
        form.save().action_take_back()
        fees = order.order_line.filtered("rental_fee_id")
        self.assertEqual(fees.mapped("price_unit"), [8, 30, 5])
        self.assertEqual(fees[2].name, "Lost rubber feet")
        self.assertEqual(set(fees.mapped("rental_moment")), {"return"})
        self.assertEqual(set(fees.mapped("rental_moment_date")), {at(0)})
        back = order.rental_transfer_ids.sorted("id")[1]
        self.assertEqual(fees.rental_transfer_id, back)
        self.assertEqual(fees[0].rental_origin_line_id, order.order_line[0])

    def _cleaned(self, **vals):
        """Twelve for each piece to be cleaned, as the fee is set."""
        self.dirty.fee_id.write({"basis": "piece", "amount": 12, **vals})
        self.damaged.fee_id.write({"basis": "piece", "amount": 30})

    def _charges(self, window):
        return window.charge_ids.mapped(lambda one: (one.name, one.amount))

    def test_C11_split_charges_each_piece_once(self):
        """One proposal per fee, line and condition: 24 stays 24 in any split."""
        self._cleaned()
        order = self._out((self.chair, 5))
        form = Form(self._window(order.action_rental_take_back()))
        with form.line_ids.edit(0) as row:
            row.quantity = 2
            row.condition_id = self.dirty
        window = form.save()
        self.assertEqual(self._charges(window), [("Cleaning: 2 × Chair", 24)])
        window.line_ids.action_split()
        self.assertEqual(self._charges(window), [("Cleaning: 2 × Chair", 24)])
        window.line_ids[1].action_split()
        self.assertEqual(self._charges(window), [("Cleaning: 2 × Chair", 24)])
        window.line_ids[0].condition_id = self.damaged
        window._refresh_charges()
        names = ["Cleaning: 1 × Chair", "Damage: 1 × Chair"]
        self.assertEqual(
            sorted(self._charges(window)), [(names[0], 12), (names[1], 30)]
        )
        window.action_take_back()
        fees = order.order_line.filtered("rental_fee_id")
        self.assertEqual(sorted(fees.mapped("price_unit")), [12, 30])

    def test_C11_what_was_typed_survives_a_split(self):
        """The clerk's amount is for the fee of that line and condition."""
        self._cleaned(amount=0)
        order = self._out((self.chair, 5))
        form = Form(self._window(order.action_rental_take_back()))
        with form.line_ids.edit(0) as row:
            row.quantity = 2
            row.condition_id = self.dirty
        with form.charge_ids.edit(0) as charge:
            charge.amount = 24
        window = form.save()
        window.line_ids.action_split()
        self.assertEqual(self._charges(window), [("Cleaning: 2 × Chair", 24)])
        form = Form(window)
        with form.line_ids.edit(1) as row:
            row.condition_id = self.damaged
        amounts = {row["name"]: row["amount"] for row in form.charge_ids._records}
        self.assertEqual(amounts, {"Cleaning: 1 × Chair": 24, "Damage: 1 × Chair": 30})
        form.save().action_take_back()
        fees = order.order_line.filtered("rental_fee_id")
        self.assertEqual(sorted(fees.mapped("price_unit")), [24, 30])

    def test_C11_lump_sum_is_one_for_all_units_of_a_line(self):
        """Rows are of single units; one fee for two conditions is two proposals."""
        self._cleaned(basis="fixed", amount=15)
        self.damaged.fee_id = self.dirty.fee_id
        order = self._out((self.drill, 3))
        window = self._window(order.action_rental_take_back())
        window.line_ids.condition_id = self.dirty
        window._refresh_charges()
        self.assertEqual(self._charges(window), [("Cleaning: 3 × Drill", 15)])
        window.line_ids[2].condition_id = self.damaged
        window.charge_ids.amount = 14
        window._refresh_charges()
        self.assertEqual(
            self._charges(window),
            [("Cleaning: 2 × Drill", 14), ("Cleaning: 1 × Drill", 15)],
        )

    def test_C11_storekeepers_split_is_charged_once_too(self):
        self._cleaned()
        order = self._out((self.chair, 5)).with_user(self.keeper)
        action = order.action_rental_take_back()
        window = self._window(action).with_user(self.keeper)
        window.line_ids.write({"quantity": 2, "condition_id": self.dirty.id})
        window.line_ids.action_split()
        window.action_take_back()
        fees = order.sudo().order_line.filtered("rental_fee_id")
        self.assertEqual(fees.mapped("price_unit"), [24])

    def test_C11_unticked_and_zero_are_not_charged(self):
        order = self._out((self.chair, 5), stop=at(-1))
        form = Form(self._window(order.action_rental_take_back()))
        with form.line_ids.edit(0) as row:
            row.condition_id = self.dirty
        with form.charge_ids.edit(0) as charge:
            charge.is_charged = False
        with form.line_ids.edit(0) as row:
            row.remark = "mud"
            row.quantity = 4
        form.save().action_take_back()
        self.assertFalse(order.order_line.filtered("rental_fee_id"))

    def test_C11_what_came_back_in_time_costs_nothing(self):
        order = self._out((self.chair, 5), stop=at(1))
        window = self._window(order.action_rental_take_back())
        self.assertFalse(window.charge_ids)

    def test_C13_partial_hand_over_then_partial_returns(self):
        """Two of two lines' quantities, out and back in pieces."""
        order = self._confirmed((self.chair, 4), (self.chair, 6), start=at(-3))
        first, second = order.order_line
        self._hand_over(order, quantity=2, when=at(-3))
        self.assertEqual(order.order_line.mapped("rental_qty_out"), [2, 2])
        window = self._window(first.action_rental_take_back())
        window.line_ids.quantity = 1
        window.action_take_back()
        self.assertEqual((first.rental_qty_reserved, first.rental_qty_out), (2, 1))
        self.assertEqual((second.rental_qty_reserved, second.rental_qty_out), (4, 2))
        self._hand_over(order)
        self._take_back(order, quantity=3)
        self.assertEqual(order.order_line.mapped("rental_qty_out"), [0, 3])
        self._take_back(order)
        self.assertEqual(order.order_line.mapped("rental_qty_back"), [4, 6])
