from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import CLERK, NOW, RentalCommon, at

UNTIL = at(0, 12)
LAPSED = UNTIL + timedelta(minutes=1)


@freeze_time(NOW)
class TestOption(RentalCommon):
    """A quotation that keeps its items until some time."""

    def _option(self, *items, until=UNTIL, **vals):
        order = self._order(*items, **vals)
        window = Form(
            self.env["rental.option"]
            .with_user(self.clerk)
            .with_context(**order.action_rental_option()["context"])
        )
        window.until = until
        window.save().action_hold()
        return order

    def _run_lapse_job(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("resource_allocation.ir_cron_lapse").method_direct_trigger()
        self.env.invalidate_all()

    def test_C18_option_keeps_the_items_like_a_reservation(self):
        order = self._option((self.drill, 3), (self.chair, 10))
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.rental_status, "option")
        self.assertEqual(order.rental_hold_until, UNTIL)
        self.assertEqual(order.order_line.mapped("rental_qty_held"), [3, 10])
        self.assertFalse(order.rental_can_hand_over, "an option is no reservation yet")
        with self.assertRaises(AllocationConflict) as refused:
            self._confirmed((self.drill, 1))
        self.assertIn(order.name, str(refused.exception))

    def test_C18_option_runs_as_long_as_the_company_says(self):
        self.env.company.rental_option_hours = 5
        order = self._order((self.drill, 1))
        form = Form(self.env["rental.option"].with_context(default_order_id=order.id))
        self.assertEqual(form.until, at(0, 13))
        soon = self._order((self.drill, 1), start=at(0, 10))
        form = Form(self.env["rental.option"].with_context(default_order_id=soon.id))
        self.assertEqual(form.until, at(0, 10), "not into the rental")

    def test_C18_no_fee_when_an_option_lapses_or_is_released(self):
        self._cancellation_fee()
        lapsed = self._option((self.drill, 1))
        released = self._option((self.drill, 1))
        released.action_rental_option_release()
        with freeze_time(LAPSED):
            self._run_lapse_job()
        for order in (lapsed, released):
            self.assertEqual(order.rental_status, "quote")
            self.assertFalse(order.order_line.filtered("rental_fee_id"))
            self.assertFalse(order.invoice_ids)
            self.assertEqual(order.state, "draft")

    def _cancellation_fee(self):
        self.env["rental.fee"].create(
            {
                "name": "Storno",
                "product_id": self.env.ref("equipment_rental.product_product_fee").id,
                "moment": "cancellation",
                "amount": 50,
                "days_before": 30,
                "automatic": True,
            }
        )

    def test_C19_option_lapses_by_itself(self):
        """At 12:01 somebody else reserves, though no job has run."""
        order = self._option((self.drill, 3))
        with (
            freeze_time(UNTIL - timedelta(minutes=1)),
            self.assertRaises(AllocationConflict),
            self.cr.savepoint(),
        ):
            self._confirmed((self.drill, 3), partner_id=self.other.id)
        with freeze_time(LAPSED):
            other = self._confirmed((self.drill, 3), partner_id=self.other.id)
            self.assertEqual(other.rental_status, "reserved")
            with self.assertRaises(AllocationConflict), self.cr.savepoint():
                order.action_confirm()
            self.assertEqual(order.state, "draft")

    def test_C19_responsible_is_told_once_that_it_lapsed(self):
        order = self._option((self.drill, 1), user_id=self.clerk.id)
        with freeze_time(LAPSED):
            self._run_lapse_job()
            self._run_lapse_job()
        self.assertEqual(order.rental_status, "quote")
        self.assertFalse(order.rental_hold_until)
        told = order.activity_ids
        self.assertEqual(len(told), 1)
        self.assertEqual(told.user_id, self.clerk)
        self.assertIn("Drill", told.note)

    def test_C19_lapsed_option_is_renewed_where_free(self):
        order = self._option((self.drill, 2))
        with freeze_time(LAPSED):
            self._run_lapse_job()
            order._rental_place_option(at(0, 20))
            self.assertEqual(order.rental_hold_until, at(0, 20))
            self.assertEqual(order.order_line.rental_qty_held, 2)
            with self.assertRaises(AllocationConflict):
                self._confirmed((self.drill, 2))

    def test_C19_lapsed_option_can_still_be_confirmed_where_free(self):
        order = self._option((self.drill, 2))
        with freeze_time(LAPSED):
            order.order_line.product_uom_qty = 3
            order.action_confirm()
        self.assertEqual(order.order_line.rental_qty_reserved, 3)

    def test_C15_confirmed_option_is_a_reservation(self):
        order = self._option((self.drill, 3))
        rows = order.order_line._rental_rows("hold")
        order.action_confirm()
        self.assertEqual(order.rental_status, "reserved")
        self.assertEqual(rows.mapped("state"), ["reserved"])
        self.assertFalse(order.rental_hold_until)
        with freeze_time(LAPSED):
            self.assertEqual(order.order_line.rental_qty_reserved, 3)
            with self.assertRaises(AllocationConflict):
                self._confirmed((self.drill, 1))

    def test_C18_option_follows_its_quotation(self):
        order = self._option((self.chair, 10), (self.drill, 1))
        chairs, drill = order.order_line
        chairs.product_uom_qty = 12
        order.rental_stop = at(6)
        drill.product_id = self.chair
        order.order_line = [
            Command.create({"product_id": self.drill.id, "product_uom_qty": 2})
        ]
        rows = order.order_line._rental_rows("hold")
        self.assertEqual(set(rows.mapped("stop")), {at(6)})
        self.assertEqual(order.order_line.mapped("rental_qty_held"), [12, 1, 2])
        for line in order.order_line:
            self.assertEqual(
                line._rental_rows("hold").resource_id,
                self._pool(line.product_id).resource_id,
            )
        self.assertEqual(set(rows.mapped("hold_until")), {UNTIL})

    def test_C18_option_stays_one_when_its_only_item_is_another(self):
        order = self._option((self.drill, 1))
        order.order_line.product_id = self.chair
        [row] = order.order_line._rental_rows("hold", "reserved")
        self.assertEqual((row.state, row.hold_until), ("hold", UNTIL))

    def test_C18_option_is_for_whom_the_quotation_is(self):
        order = self._option((self.drill, 3))
        seller = new_test_user(self.env, "seller", CLERK)
        order.write({"partner_id": self.other.id, "user_id": seller.id})
        [row] = order.order_line._rental_rows()
        self.assertEqual(row.user_id, seller)
        order.user_id = False
        self.assertEqual(row.user_id, self.clerk, "who acts, where nobody is named")
        with self.assertRaisesRegex(AllocationConflict, "Brightwell Roofing"):
            self._confirmed((self.drill, 1))

        order = self._option((self.chair, 10))
        with self.assertRaises(AllocationConflict), self.cr.savepoint():
            order.order_line.product_uom_qty = 41
        order.invalidate_recordset()
        self.assertEqual(order.order_line.product_uom_qty, 10)
        self.assertEqual(order.order_line.rental_qty_held, 10)

    def test_C18_deleted_quotation_or_line_keeps_nothing(self):
        first = self._option((self.drill, 3))
        rows = first.order_line._rental_rows()
        first.sudo().unlink()
        self.assertEqual(rows.state, "cancelled")
        second = self._option((self.drill, 3), (self.chair, 1))
        second.order_line[0].unlink()
        self._confirmed((self.drill, 3))

    def test_C18_cancelled_quotation_keeps_nothing(self):
        order = self._option((self.drill, 3))
        order.action_cancel()
        self._confirmed((self.drill, 3))
        self.assertEqual(order.rental_status, "cancelled")

    def test_C18_option_needs_a_time_that_makes_sense(self):
        order = self._order((self.drill, 1))
        for until, message in (
            (at(0, 7), "over already"),
            (at(1, 9), "until the rental starts"),
        ):
            with self.assertRaisesRegex(UserError, message):
                order._rental_place_option(until)
        confirmed = self._confirmed((self.drill, 1))
        with self.assertRaisesRegex(UserError, "not a quotation"):
            confirmed._rental_place_option(UNTIL)
        with self.assertRaisesRegex(UserError, "no item to rent"):
            self._order()._rental_place_option(UNTIL)

    def test_quotation_shows_what_is_free(self):
        self._confirmed((self.chair, 30))
        order = self._order((self.chair, 12))
        line = order.order_line
        self.assertEqual((line.rental_free, line.rental_is_short), (10, True))
        line.product_uom_qty = 10
        self.assertFalse(line.rental_is_short)
        order._rental_place_option(UNTIL)
        self.assertEqual(line.rental_free, 10, "its own option does not count")
        order.write({"rental_start": at(10), "rental_stop": at(11)})
        self.assertEqual(line.rental_free, 40)

    def test_C22_flipped_line_moves_to_the_running_order(self):
        """With what was typed on it, and without a gap."""
        running = self._confirmed((self.chair, 1))
        self._confirmed(
            (self.chair, 1),
            partner_id=self.other.id,
            project_id=running.project_id.id,
        )
        order = self._option(
            (self.drill, 3),
            (self.chair, 5),
            start=at(2),
            stop=at(6),
            project_id=running.project_id.id,
        )
        drills, chairs = order.order_line
        account = running.order_line.analytic_distribution
        drills.write({"price_unit": 77, "discount": 10, "name": "The good drills"})
        row = drills._rental_rows("hold")
        drills.action_rental_flip()
        self.assertRecordValues(
            drills,
            [
                {
                    "order_id": running.id,
                    "state": "sale",
                    "price_unit": 77,
                    "discount": 10,
                    "name": "The good drills",
                    "rental_start": at(2),
                    "rental_stop": at(6),
                    "rental_own_period": True,
                    "warehouse_id": self.north.id,
                    "rental_qty_held": 0,
                    "rental_qty_reserved": 3,
                    "analytic_distribution": account,
                }
            ],
        )
        self.assertRecordValues(
            drills._rental_rows(),
            [{"id": row.id, "state": "reserved", "name": running.name}],
        )
        self.assertEqual(order.order_line, chairs)
        self.assertEqual(order.rental_status, "option")
        self.assertEqual(order.rental_hold_until, UNTIL)
        self.assertEqual(chairs.rental_qty_held, 5)
        for one, two in ((order, running), (running, order)):
            self.assertRegex(
                " ".join(one.message_ids.mapped("body")),
                f"Drill: reserved, and moved from .*{two.id}.*{two.name}</a>",
            )
        self._hand_over(running)
        self.assertEqual(running.rental_status, "out")

    def test_C22_flipped_line_gets_an_order_where_none_runs(self):
        other_money = self._confirmed((self.chair, 1))
        other_money.currency_id = self.env.ref("base.EUR")
        order = self._option(
            (self.drill, 1), (self.chair, 5), project_id=other_money.project_id.id
        )
        order.client_order_ref = "PO 7"
        drill = order.order_line[0]
        drill.action_rental_flip()
        self.assertRecordValues(
            drill.order_id,
            [
                {
                    "state": "sale",
                    "rental_status": "reserved",
                    "partner_id": order.partner_id.id,
                    "project_id": order.project_id.id,
                    "client_order_ref": "PO 7",
                    "origin": order.name,
                    "rental_start": at(1),
                }
            ],
        )
        self.assertNotEqual(drill.order_id, order)
        self.assertEqual(drill.price_unit, 300)

    def test_C22_quotation_is_confirmed_when_all_its_lines_flip(self):
        running = self._confirmed((self.chair, 1))
        order = self._option(
            (self.drill, 1), (self.chair, 5), project_id=running.project_id.id
        )
        order.order_line.action_rental_flip()
        self.assertEqual((order.state, order.rental_status), ("sale", "reserved"))
        last = self._option((self.drill, 1), (self.chair, 5))
        last.order_line[0].action_rental_flip()
        last.order_line.action_rental_flip()
        self.assertEqual(last.rental_status, "reserved")

    def test_C22_what_cannot_flip(self):
        order = self._option((self.drill, 1), (self.chair, 5))
        drill, chairs = order.order_line
        seller = new_test_user(
            self.env, "flip_seller", "sales_team.group_sale_salesman_all_leads"
        )
        with self.assertRaises(AccessError):
            drill.with_user(seller).action_rental_flip()
        with freeze_time(LAPSED), self.assertRaises(AllocationConflict):
            self._confirmed((self.drill, 3))
            drill.action_rental_flip()
        drill.action_rental_flip()
        with self.assertRaisesRegex(UserError, "nothing of Drill on option"):
            drill.action_rental_flip()
