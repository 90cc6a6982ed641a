from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import NOW, at
from .common_money import BooksCommon


class ChangeCommon(BooksCommon):
    """Benches for 10 a day, a clerk who invoices, and the window *Change Period*."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk.group_ids += cls.env.ref("account.group_account_invoice")
        cls.keeper, cls.employee = (
            new_test_user(cls.env, login, group)
            for login, group in (
                ("keeper", "equipment_rental.equipment_rental_group_storekeeper"),
                ("employee", "base.group_user"),
            )
        )
        cls.bench = cls._make_item("Bench")
        cls.bench.rental_tier_ids = [Command.create({"unit": "day", "price": 10})]
        cls._put(cls.bench, cls.north, 20)

    def _running(self, pieces=10, days=10, invoiced=True):
        """An order that is out."""
        order = self._confirmed((self.bench, pieces), start=at(0), stop=at(days))
        self._hand_over(order)
        if invoiced:
            self._invoice(order)
        return order.with_user(self.clerk)

    def _invoice(self, order):
        invoice = self.env["account.move"].browse(
            order.action_rental_invoice()["res_id"]
        )
        invoice.action_post()
        return invoice

    def _change(self, order, **vals):
        action = order.action_rental_change()
        window = Form(
            self.env[action["res_model"]]
            .with_user(self.clerk)
            .with_context(**action["context"])
        )
        for name, value in vals.items():
            window[name] = value
        return window

    def _apply(self, window, order):
        """Apply the window; what it showed and what is booked."""
        before = order.amount_untaxed
        shown = window.difference
        window.save().action_apply()
        return shown, order.amount_untaxed - before

    def _charges(self, order):
        lines = order.order_line.filtered("rental_charge")
        return [
            (line.rental_charge, line.product_uom_qty, line.price_unit)
            for line in lines
        ]


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestChargeEarly(ChangeCommon):
    """What comes back before its end is charged as the company says (C10)."""

    def _window_back(self, order, user=None):
        lines = order.order_line.with_user(user or self.clerk)
        action = lines.filtered("rental_qty_out").action_rental_take_back()
        return Form(lines.env[action["res_model"]].browse(action["res_id"]))

    def _back(self, order, pieces, user=None, **vals):
        form = self._window_back(order, user)
        with form.line_ids.edit(0) as line:
            line.quantity = pieces
        for name, value in vals.items():
            form[name] = value
        form.save().action_take_back()

    def _tasks(self, order):
        return self.env["mail.activity"].search(
            [("res_model", "=", order._name), ("res_id", "=", order.id)]
        )

    def test_C10_as_agreed_nobody_is_asked(self):
        order = self._running()
        with freeze_time(at(4)):
            self.assertFalse(self._window_back(order).is_early)
            self._back(order, 10)
        self.assertFalse(self._charges(order))
        self.assertEqual(order.amount_untaxed, 1000)

    def test_C10_real_time_takes_off_what_was_invoiced(self):
        """Four of ten benches come back on the fourth day, six days early."""
        self.env.company.rental_early_return = "real"
        order = self._running()
        with freeze_time(at(4)):
            self._back(order, 4)
        self.assertEqual(self._charges(order), [("taken_off", -4, 60)])
        credit = self._invoice(order)
        self.assertEqual((credit.move_type, credit.amount_untaxed), ("out_refund", 240))
        with freeze_time(at(10)):
            self._back(order, 6)
        self.assertEqual(order.amount_untaxed, 760)
        billed = self.env["rental.billing"].search([("order_id", "=", order.id)])
        self.env.flush_all()
        self.assertEqual(sum(billed.mapped("amount")), 760)

    def test_C5_C10_credited_and_undone_is_charged_again(self):
        """Nothing was extended: he reads what was taken off, the other way."""
        self.env.company.rental_early_return = "real"
        order = self._running()
        with freeze_time(at(4)):
            self._back(order, 4)
            self._invoice(order)
            transfer = order.rental_transfer_ids[-1]
            window = self.env["rental.undo"].create({"transfer_id": transfer.id})
            self.assertIn("charged until the agreed end again", window.consequences)
            transfer._rental_undo("Another customer's")
        self.assertEqual(
            self._charges(order), [("taken_off", -4, 60), ("again", 4, 60)]
        )
        taken, again = order.order_line.filtered("rental_charge")
        self.assertEqual(again.rental_charged_start, taken.rental_charged_start)
        span = taken.name.partition("Taken off: ")[2]
        self.assertTrue(span)
        self.assertIn(f"Charged again: {span}", again.name)
        self.assertEqual(order.amount_untaxed, 1000)

    def test_C9_a_charge_says_which_days_it_is_for(self):
        """Ten days invoiced, five of them credited: what comes then starts there."""
        for days, kind, price in ((8, "again", 30), (12, "extension", 70)):
            order = self._running(pieces=1)
            order.rental_stop = at(5)
            self._invoice(order)
            order.rental_stop = at(days)
            charge = order.order_line[-1]
            self.assertEqual((charge.rental_charge, charge.price_unit), (kind, price))
            self.assertEqual(
                (charge.rental_charged_start, charge.rental_charged_stop),
                (at(5), at(days)),
            )
            self._invoice(order)
            order.rental_stop = at(days + 1)
            last = order.order_line[-1]
            self.assertEqual(last.rental_charged_start, at(days))

    def test_C10_real_time_before_the_invoice(self):
        self.env.company.rental_early_return = "real"
        order = self._running(invoiced=False)
        with freeze_time(at(4)):
            self._back(order, 10)
        self.assertEqual(order.amount_untaxed, 400)
        self.assertEqual(self._invoice(order).amount_untaxed, 400)

    def test_C10_late_is_the_fee_and_no_rent(self):
        self.env.company.rental_early_return = "real"
        order = self._running()
        with freeze_time(at(12)):
            self.assertFalse(self._window_back(order).is_early)
            self._back(order, 10)
        self.assertFalse(self._charges(order))

    def test_C10_the_storekeepers_return_follows_the_policy(self):
        self.env.company.rental_early_return = "real"
        order = self._running()
        with freeze_time(at(4)):
            self.assertFalse(self._window_back(order, self.keeper).is_early)
            self._back(order, 10, self.keeper)
        self.assertEqual(self._charges(order), [("taken_off", -10, 60)])

    def test_C10_asked_the_clerk_decides(self):
        self.env.company.rental_early_return = "ask"
        order = self._running()
        with freeze_time(at(4)):
            with self.assertRaises(AssertionError, msg="It is to be said"):
                self._back(order, 2)
            self._back(order, 2, early_return="agreed")
            self.assertFalse(self._charges(order))
            self._back(order, 3, early_return="real")
        self.assertEqual(self._charges(order), [("taken_off", -3, 60)])
        self.assertFalse(self._tasks(order))

    def test_C10_asked_a_storekeeper_leaves_it_to_the_responsible(self):
        """He cannot decide, and what he sends along decides nothing."""
        self.env.company.rental_early_return = "ask"
        order = self._running()
        self.bench.name = "Bench <b>"
        with freeze_time(at(4)):
            window = self._window_back(order, self.keeper).save()
            window.early_return = "real"
            window.with_context(rental_early="real").action_take_back()
        self.assertFalse(self._charges(order))
        task = self._tasks(order)
        self.assertEqual(task.user_id, order._rental_responsible())
        self.assertIn("Back early", task.summary)
        self.assertIn("10 × Bench &lt;b&gt;", task.note)
        # Decided afterwards, and the way back from it.
        window = self._change(order, early_return="real")
        self.assertTrue(window.has_early)
        self.assertEqual(self._apply(window, order), (-600, -600))
        self.assertEqual(self._charges(order), [("taken_off", -10, 60)])
        window = self._change(order, early_return="agreed")
        self.assertEqual(self._apply(window, order), (600, 600))
        self.assertFalse(self._charges(order))

    def test_C10_a_return_in_the_ledger_leaves_it_open_too(self):
        self.env.company.rental_early_return = "ask"
        order = self._running()
        with freeze_time(at(4)):
            ledger = self.env["resource.allocation"].with_user(self.clerk)
            ledger.browse(order.order_line._rental_rows("out").ids).take_back()
        self.assertIn("Back early", self._tasks(order).summary)

    def test_C10_each_company_has_its_own_policy(self):
        """The order's counts, not that of the company somebody works in just then."""
        other = self.env["res.company"].create({"name": "Other"})
        other.rental_early_return = "real"
        self.clerk.company_ids += other
        order = self._running()
        both = (other | order.company_id).ids
        with freeze_time(at(4)):
            self._back(order.with_context(allowed_company_ids=both), 10)
        self.assertFalse(self._charges(order))

    def test_C10_an_early_return_undone_is_charged_as_agreed(self):
        """And what really came back is decided anew."""
        self.env.company.rental_early_return = "real"
        order = self._running()
        with freeze_time(at(4)):
            self._back(order, 10)
            self._invoice(order)
            transfer = order.sudo().rental_transfer_ids.filtered(
                lambda one: one.rental_direction == "back"
            )
            undo = {"transfer_id": transfer.id, "reason": "It was another order"}
            self.env["rental.undo"].create(undo).action_undo()
        self.assertEqual(order.amount_untaxed, 1000)
        with freeze_time(at(9)):
            self._back(order, 10, early_return="agreed")
        self.assertEqual(order.amount_untaxed, 1000)

    def test_C10_early_on_a_locked_order(self):
        """Its open charges are replaced, with the price that was typed."""
        self.env.company.rental_early_return = "real"
        order = self._running(days=3)
        order.rental_stop = at(10)
        charge = order.order_line.filtered("rental_charge")
        charge.write({"price_unit": 35, "name": "A week more"})
        order.sudo().action_lock()
        with freeze_time(at(4)):
            self._back(order, 4)
        self.assertEqual(
            sorted(self._charges(order)),
            [("extension", 4, 10), ("extension", 6, 35)],
        )
        typed = order.order_line.filtered(lambda line: line.price_unit == 35)
        self.assertEqual(typed.name, "A week more")

    def test_C10_a_swap_is_no_early_return(self):
        """Its piece goes on: nobody is asked, nothing is taken off, until that ends."""
        self.env.company.rental_early_return = "ask"
        order = self._running(1)
        with freeze_time(at(2)):
            window = self._window(order.action_rental_swap())
            window.note = "It wobbled"
            window.line_ids.quantity = 1
            window.action_swap()
            transfers = order.sudo().rental_transfer_ids
            self.assertEqual(len(transfers), 3)
            for transfer in transfers.sorted("id")[1:]:
                with self.assertRaisesRegex(UserError, "belongs to a swap"):
                    transfer.action_rental_undo()
        self.assertFalse(self._tasks(order))
        with freeze_time(at(4)):
            self._back(order, 1, early_return="real")
        self.assertEqual(self._charges(order), [("taken_off", -1, 60)])

    def test_C10_back_before_it_was_to_start(self):
        """Fetched two days early and back a day later: that day is charged."""
        self.env.company.rental_early_return = "real"
        order = self._confirmed((self.bench, 1), start=at(2), stop=at(6))
        self._hand_over(order)
        with freeze_time(at(1)):
            self._back(order.with_user(self.clerk), 1)
        self.assertEqual(order.amount_untaxed, 10)

    def test_C10_after_the_return_of_others_the_rest_is_extended(self):
        self.env.company.rental_early_return = "real"
        order = self._running()
        with freeze_time(at(4)):
            self._back(order, 4)
            self.assertEqual(
                self._apply(self._change(order, rental_stop=at(12)), order), (120, 120)
            )
        self.assertEqual(order.amount_untaxed, 4 * 40 + 6 * 120)


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestChargeChanged(ChangeCommon):
    """Pieces and corrections in *Change Period* (C9, C13)."""

    def _pieces(self, order, pieces, **vals):
        window = self._change(order, **vals)
        with window.line_ids.edit(0) as line:
            line.pieces = pieces
        return window

    def test_C13_more_and_fewer_pieces_are_seen_before(self):
        """Reserved, invoiced and with a longer period at the same time."""
        for invoiced in (False, True):
            order = self._confirmed((self.bench, 10), start=at(0), stop=at(3))
            if invoiced:
                self._invoice(order)
            order = order.with_user(self.clerk)
            told = f"invoiced: {invoiced}"
            steps = [
                (12, at(3), 60), (8, at(3), -120), (10, at(10), 760), (4, at(5), -800)
            ]  # fmt: skip
            for pieces, stop, difference in steps:
                window = self._pieces(order, pieces, rental_stop=stop)
                self.assertEqual(
                    self._apply(window, order), (difference,) * 2, (told, pieces)
                )
                rows = order.order_line._rental_rows("reserved")
                self.assertEqual(sum(rows.mapped("quantity")), pieces)

    def test_C13_more_pieces_beside_what_is_out(self):
        order = self._running(days=3)
        with freeze_time(at(2)):
            window = self._pieces(order, 12, rental_stop=at(10))
            self.assertFalse(window.problem)
            self.assertEqual(self._apply(window, order), (900, 900))
        self.assertEqual(order.order_line[0].product_uom_qty, 12)

    def test_C13_fewer_after_an_extension_was_invoiced(self):
        """What was charged for those pieces comes off, all of it."""
        order = self._confirmed((self.bench, 10), start=at(0), stop=at(3))
        self._invoice(order)
        order.rental_stop = at(10)
        self._invoice(order)
        order = order.with_user(self.clerk)
        self.assertEqual(self._apply(self._pieces(order, 7), order), (-300, -300))

    def test_C13_what_is_not_there_is_said_before(self):
        order = self._running(days=3)
        self._confirmed((self.bench, 9), start=at(1), stop=at(2))
        window = self._pieces(order, 12)
        self.assertIn("Bench", window.problem)
        with self.assertRaises(UserError):
            window.save().action_apply()
        self.assertEqual(order.order_line.product_uom_qty, 10)

    def test_C13_fewer_pieces_for_longer_where_only_so_many_are_free(self):
        order = self._confirmed((self.bench, 10), start=at(0), stop=at(3))
        order.order_line.product_uom_qty = 12
        self._confirmed((self.bench, 16), start=at(3), stop=at(6))
        order = order.with_user(self.clerk)
        self.assertIn("Bench", self._pieces(order, 5, rental_stop=at(5)).problem)
        window = self._pieces(order, 4, rental_stop=at(5))
        self.assertFalse(window.problem)
        self.assertEqual(self._apply(window, order), (-160, -160))

    def test_C13_longer_and_what_came_back_early_at_the_same_time(self):
        order = self._running()
        with freeze_time(at(4)):
            self._take_back(order, quantity=4)
            window = self._change(order, rental_stop=at(12), early_return="real")
            self.assertEqual(self._apply(window, order), (-120, -120))

    def test_C13_more_of_a_line_with_a_period_of_its_own(self):
        """It is asked for that period, and what is missing is said before."""
        order = self._confirmed(
            (self.bench, 2), (self.bench, 3, {"rental_stop": at(6)}),
            start=at(0), stop=at(3),
        ).with_user(self.clerk)  # fmt: skip
        self._confirmed((self.bench, 12), start=at(4), stop=at(5))
        for pieces, fits in ((9, False), (8, True)):
            window = self._change(order)
            with window.line_ids.edit(1) as line:
                line.pieces = pieces
            self.assertEqual(not window.problem, fits)
        self.assertEqual(self._apply(window, order), (300, 300))

    def test_C8_the_window_asks_as_often_for_many_lines(self):
        def asked(lines):
            order = self._confirmed(
                *[(self.bench, 1)] * lines, start=at(0), stop=at(3)
            ).with_user(self.clerk)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            window = self.env["rental.change"].new(
                {"order_id": order.id, "rental_stop": at(5)}
            )
            self.assertEqual(window.difference, 20 * lines)
            self.assertFalse(window.problem)
            return self.cr.sql_log_count - before

        asked(1)
        self.assertEqual(asked(2), asked(9))

    def test_end_before_the_start_is_refused_in_words(self):
        order = self._running()
        before = (order.rental_start, order.rental_stop)
        window = self._change(order).save()
        for stop in (at(-1), False):
            window.rental_stop = stop
            with (
                self.subTest(stop),
                self.assertRaisesRegex(ValidationError, "must end"),
            ):
                window.action_apply()
        self.assertEqual((order.rental_start, order.rental_stop), before)

    def test_C13_not_fewer_than_are_out(self):
        order = self._running()
        window = self._pieces(order, 9)
        self.assertIn("10 are out", window.problem)
        with self.assertRaises(UserError):
            window.save().action_apply()

    def test_C9_a_correction_is_a_line_of_its_own(self):
        order = self._running()
        window = self._change(order)
        with window.line_ids.edit(0) as line:
            line.correction = -50
        with self.assertRaises(UserError, msg="Without a reason"):
            window.save().action_apply()
        window = self._change(order, reason="Two of them wobbled")
        with window.line_ids.edit(0) as line:
            line.correction = -50
        self.assertEqual(self._apply(window, order), (-50, -50))
        self.assertEqual(self._charges(order), [("correction", -1, 50)])
        line = order.order_line[1]
        self.assertEqual(line.name.split("\n"), ["Bench", "Two of them wobbled"])
        # Whatever changes later, it stands.
        order.rental_stop = at(12)
        order._rental_settle()
        self.assertEqual(
            self._charges(order), [("correction", -1, 50), ("extension", 10, 20)]
        )
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_untaxed, 150)
        self.assertIn("Two of them wobbled", invoice.invoice_line_ids.mapped("name")[0])
        billed = self.env["rental.billing"].search([("order_id", "=", order.id)])
        self.assertEqual(sum(billed.mapped("amount")), 1150)

    def test_C12_a_contract_printed_again_lists_what_changed(self):
        """In the customer's language, apart from what was agreed first."""
        self.env["res.lang"]._activate_lang("de_DE")
        order = self._running()
        window = self._change(order, rental_stop=at(12), reason="Two wobbled")
        with window.line_ids.edit(0) as line:
            line.correction = -50
        window.save().action_apply()
        self.customer.lang = "de_DE"
        groups = self._said_in("rental_contract", order)["groups"]
        self.assertEqual(groups["rent"].mapped("price_subtotal"), [1000])
        self.assertEqual(groups["change"].mapped("price_subtotal"), [200, -50])
        texts = [line._rental_said() for line in groups["change"]]
        self.assertIn("14.03.26", texts[0])
        self.assertIn("Two wobbled", texts[1])
        Report = self.env["ir.actions.report"].with_user(self.clerk)
        page = Report._render_qweb_html(
            "equipment_rental.action_report_rental_contract", order.ids
        )[0].decode()
        self.assertLess(page.index("Amendments"), page.index("Two wobbled"))

    def _corrected(self, order, amount):
        window = self._change(order, reason="Two of them wobbled")
        with window.line_ids.edit(0) as line:
            line.correction = amount
        window.save().action_apply()

    def test_C9_C17_a_correction_ends_with_what_it_corrects(self):
        """Cancelled before the invoice it goes, after it it is turned back."""
        for invoiced in (False, True):
            order = self._confirmed((self.bench, 10), start=at(0), stop=at(3))
            if invoiced:
                self._invoice(order)
            order = order.with_user(self.clerk)
            self._corrected(order, -50)
            if invoiced:
                self._invoice(order)
            order._rental_cancel("Rain")
            self.assertEqual(order.amount_untaxed, 0)
            if invoiced:
                credit = self._invoice(order)
                self.assertEqual(credit.amount_untaxed, 250)
                self.assertEqual(self._billed(order), 0)
            else:
                self.assertEqual(order.state, "cancel")

    def _billed(self, order):
        moves = order.sudo().invoice_ids.filtered(lambda move: move.state == "posted")
        return -sum(move.direction_sign * move.amount_untaxed for move in moves)

    def test_C9_corrected_when_all_is_back(self):
        order = self._running()
        with freeze_time(at(10)):
            self._take_back(order)
            self._corrected(order, -50)
            self.assertEqual(self._charges(order), [("correction", -1, 50)])
            window = self._change(order, rental_stop=at(12))
            self.assertIn("Nothing is reserved or out", window.problem)

    def test_C13_what_changed_while_the_window_was_open_is_told(self):
        """Three came back meanwhile: they are not rented anew."""
        order = self._running()
        with freeze_time(at(4)):
            window = self._change(order, rental_stop=at(12)).save()
            self._take_back(order, quantity=3)
            with self.assertRaisesRegex(UserError, "meanwhile 7 are"):
                window.action_apply()
        self.assertEqual(order.order_line.product_uom_qty, 10)
        self.assertEqual(order.rental_stop, at(10))

    def test_C9_who_changes_no_orders_corrects_no_rent(self):
        order = self._running()
        for user in (self.keeper, self.employee):
            with self.assertRaises(AccessError):
                self.env["rental.change"].with_user(user).create(
                    {"order_id": order.id}
                ).action_apply()
