from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time
from odoo.tools.safe_eval import safe_eval

from .common import NOW, at
from .test_counter import CounterCommon


@freeze_time(NOW)
class TestToday(CounterCommon):
    """What the counter has to do, and a storekeeper's whole way through it."""

    def _today(self, name):
        action = self.env.ref(f"equipment_rental.sale_order_line_action_{name}")
        Line = self.env["sale.order.line"].with_user(self.keeper)
        orders = [("order_id.partner_id", "in", (self.customer | self.other).ids)]
        return Line.search([*safe_eval(action.domain), *orders])

    def test_C3_going_out_coming_back_and_late(self):
        """Till the end of today, with what is overdue; options and later ones not."""
        overdue = self._confirmed((self.chair, 1), start=at(-2)).order_line
        tonight = self._confirmed((self.chair, 1), start=at(0, 20)).order_line
        self._confirmed((self.chair, 1), start=at(1))
        option = self._order((self.chair, 1), start=at(0, 20))
        option.order_line._rental_hold(at(0, 12))
        self.assertEqual(option.rental_status, "option")
        self.assertEqual(self._today("going_out"), overdue | tonight)
        late, due, later = (
            self._confirmed((self.drill, 1), start=at(-3), stop=stop)
            for stop in (at(-1), at(0, 20), at(2))
        )
        for order, lot in zip(late | due | later, self.drill_lots, strict=True):
            self._hand_over(order, lots=lot, when=at(-3))
        self.assertEqual(self._today("coming_back"), (late | due).order_line)
        self.assertEqual(self._today("late"), late.order_line)
        self.assertEqual(late.order_line.rental_units_out, "D-1")
        self.assertFalse(late.order_line.rental_units_reserved)

    def test_C13_storekeeper_from_hand_over_to_return(self):
        """Scans, hands over, takes back; what it costs by the rules is charged."""
        order = self._confirmed((self.drill, 1), (self.chair, 4), start=at(-2))
        lines = self._today("going_out")
        self.assertEqual(lines, order.order_line)
        action = lines.action_rental_hand_over()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.keeper)
            .browse(action["res_id"])
        )
        self._scan(form, "D-2")
        form.person_id = self.other
        form.save().action_hand_over()
        self.assertEqual(order.rental_status, "out")
        order.rental_stop = at(-1)
        lines = self._today("late")
        action = lines.action_rental_take_back()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.keeper)
            .browse(action["res_id"])
        )
        with form.line_ids.edit(1) as row:
            row.condition_id = self.damaged
            row.remark = "torn"
        form.save().action_take_back()
        self.assertEqual(order.rental_status, "back")
        fees = order.order_line.filtered("rental_fee_id")
        self.assertEqual(fees.rental_fee_id, self.late_fee)
        self.assertEqual(fees.mapped("price_unit"), [100, 8])
        self.assertEqual(order.message_ids[0].author_id, self.keeper.partner_id)

    def test_C11_what_a_storekeeper_cannot_price_is_asked_for(self):
        """No amount of his own is charged; a fee without amount waits for a clerk."""
        self.damaged.fee_id = self.env.ref("equipment_rental.rental_fee_damage")
        self.damaged.fee_id.amount = 0
        order = self._confirmed((self.chair, 4), start=at(-2), stop=at(2))
        self._hand_over(order, when=at(-2))
        opened = order.with_user(self.keeper).action_rental_take_back()
        window = self._window(opened).with_user(self.keeper)
        self.assertFalse(window.may_price)
        window.line_ids.condition_id = self.damaged
        window._refresh_charges()
        window.charge_ids.amount = 1
        window.action_take_back()
        self.assertFalse(order.order_line.filtered("rental_fee_id"))
        self.assertIn("Damage", order.activity_ids.summary)

    def test_storekeeper_opens_any_link_to_an_order(self):
        """Also one from a mail, which names no view."""
        Order = self.env["sale.order"]
        counter = self.env.ref("equipment_rental.sale_order_view_form_counter")
        core = self.env.ref("sale.view_order_form")
        for user, view in ((self.keeper, counter), (self.clerk, core)):
            found = Order.with_user(user).get_view(core.id, "form")
            self.assertEqual(found["id"], view.id)

    def test_storekeeper_reads_orders_and_changes_nothing(self):
        """No price, no promise, no confirmation, no cancellation."""
        order = self._confirmed((self.chair, 4))
        draft = self._order((self.chair, 1))
        mine = order.with_user(self.keeper)
        self.assertEqual(mine.read(["rental_status"])[0]["rental_status"], "reserved")
        view = mine.order_line.action_rental_open_order()["views"][0][0]
        form = Form(mine, self.env["ir.ui.view"].browse(view))
        self.assertEqual(form.partner_id, self.customer)
        self.assertEqual(len(form.rental_line_ids), 1)
        with self.assertRaises(UserError):
            draft.with_user(self.keeper).action_confirm()
        for change in (
            lambda: mine.action_cancel(),
            lambda: mine.write({"note": "x"}),
            lambda: mine.order_line.write({"price_unit": 1}),
            lambda: mine.order_line.write({"product_uom_qty": 1}),
            lambda: mine.order_line.unlink(),
            lambda: draft.with_user(self.keeper).write({"state": "cancel"}),
            lambda: mine.copy(),
        ):
            with self.assertRaises(AccessError):
                change()
        self.assertEqual((order.state, draft.state), ("sale", "draft"))
