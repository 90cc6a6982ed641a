"""The one door: what happens to a rental's rows is the order's business."""

from contextlib import closing
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from odoo.addons.resource_allocation.models.resource_allocation import STEPS

from .common import CLERK, MANAGER, NOW, RentalCommon, at

STOREKEEPER = "equipment_rental.equipment_rental_group_storekeeper"
BOOKER = "resource_allocation.resource_allocation_group_user"
LENDER = "resource_lending.resource_lending_group_user"
COUNTER = "storekeeper clerk manager"
DESK = "clerk manager"
STATES = ("hold", "reserved", "out")

CALLS = {
    "confirm": lambda row: row.confirm(),
    "prolong": lambda row: row.prolong(at(0, 20)),
    "hand_out": lambda row: row.hand_out(),
    "action_hand_out": lambda row: row.action_hand_out(),
    "take_back": lambda row: row.take_back(),
    "take_back some": lambda row: row.take_back(quantity=1),
    "close": lambda row: row.close(),
    "cancel": lambda row: row.cancel("no more"),
    "reopen": lambda row: row.reopen("mistake"),
    "undo_hand_out": lambda row: row.undo_hand_out("mistake"),
    "expect_back": lambda row: row.expect_back(at(6)),
    "make_ready": lambda row: row.make_ready(),
    "hold_again": lambda row: row.hold_again(at(0, 20)),
    "change": lambda row: row.change({"start": at(2), "stop": at(6)}),
    "reschedule": lambda row: row.reschedule(at(2), at(6)),
    "extend": lambda row: row.extend(at(6)),
    "shift": lambda row: row.shift(24 * 60),
    "reassign": lambda row: row.reassign(_south(row)),
    "resize": lambda row: row.resize(2),
    "split": lambda row: row.split(1),
    "split_many": lambda row: row.split_many([[1]]),
    "step": lambda row: row.step("cancel"),
    "write period": lambda row: row.write({"start": at(2), "stop": at(6)}),
    "write end": lambda row: row.write({"calendar_stop": at(6)}),
    "write quantity": lambda row: row.write({"quantity": 2}),
    "write name": lambda row: row.write({"name": "mine"}),
    "write customer": lambda row: row.write({"partner_id": row.env.user.partner_id.id}),
    "write responsible": lambda row: row.write({"user_id": row.env.uid}),
    "write state": lambda row: row.write({"state": "done"}),
    "allocate": lambda row: row.allocate([_same(row)]),
    "create": lambda row: row.create(_same(row)),
}
"""Every public method that changes a row, as a client calls it."""

MOVES = {
    "change", "reschedule", "extend", "shift", "reassign", "write period", "write end",
}  # fmt: skip
MAY = {
    **{("hold", call): DESK for call in MOVES},
    **{("reserved", call): DESK for call in MOVES},
    ("reserved", "hand_out"): COUNTER,
    ("reserved", "action_hand_out"): COUNTER,
    ("out", "take_back"): COUNTER,
    ("out", "take_back some"): COUNTER,
    ("out", "expect_back"): COUNTER,
    ("out", "extend"): DESK,
    ("out", "write end"): DESK,
}
"""Who may what; all else is refused."""


def _south(row):
    """The same item's fleet in the other warehouse."""
    pools = row.env["rental.pool"].sudo()
    return pools.search([("name", "=", "Chair / SRT")]).resource_id.id


def _same(row):
    known = row.sudo()
    return {
        "resource_id": known.resource_id.id,
        "start": at(1),
        "stop": at(2),
        "res_model": known.res_model,
        "res_id": known.res_id,
    }


class DoorCommon(RentalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._put(cls.chair, cls.south, 10)
        cls.south_chairs = cls._pool(cls.chair, cls.south).resource_id
        cls.chair.rental_deposit = 5
        elsewhere = cls.env["res.company"].create({"name": "Other Rentals"})
        cls.people = {
            "booker": new_test_user(cls.env, "d_booker", BOOKER),
            "storekeeper": new_test_user(cls.env, "d_storekeeper", STOREKEEPER),
            "clerk": cls.clerk,
            "manager": new_test_user(cls.env, "d_manager", MANAGER),
            "stranger": new_test_user(
                cls.env,
                "d_stranger",
                CLERK,
                company_id=elsewhere.id,
                company_ids=[Command.set(elsewhere.ids)],
            ),
        }
        if cls.env.ref(LENDER, raise_if_not_found=False):
            cls.people["lender"] = new_test_user(cls.env, "d_lender", LENDER)

    def _placed(self, state, quantity=3):
        """An order of chairs whose row is in this state."""
        order = self._order((self.chair, quantity))
        if state == "hold":
            order._rental_place_option(at(0, 16))
        else:
            order.action_confirm()
        if state == "out":
            self._hand_over(order)
        return order

    def _row(self, order, who="clerk"):
        """Its row as a client's call reaches it: without anything in the context."""
        ids = order.order_line.sudo().rental_allocation_ids.ids
        return self.env["resource.allocation"].with_user(self.people[who]).browse(ids)

    def _facts(self, order):
        """All that a refused call must leave as it was."""
        order = order.sudo()
        rows = order.order_line.rental_allocation_ids
        moved = order.rental_transfer_ids
        lines = [
            "product_uom_qty", "rental_start", "rental_stop", "price_unit",
            "warehouse_id", "rental_qty_held", "rental_qty_reserved", "rental_qty_out",
            "rental_qty_back",
        ]  # fmt: skip
        ledger = [
            "name", "state", "start", "stop", "resource_id", "quantity", "partner_id",
            "user_id", "expected_back", "hold_until", "actual_start", "actual_stop",
        ]  # fmt: skip
        return (
            order.read(["state", "rental_status", "rental_deposit_due"]),
            order.order_line.read(lines),
            (rows | rows.leaf_ids).read(ledger),
            moved.read(["state"]),
            order.message_ids.ids + rows.message_ids.ids,
        )

    def _assert_agree(self, order):
        """Order, ledger and goods say the same."""
        order = order.sudo()
        for line in order.order_line.filtered("is_rental"):
            rows = line.rental_allocation_ids
            pool = self._pool(line.product_id, line.warehouse_id).resource_id
            living = rows.filtered("live")
            fleets = {row.resource_id.pool_id or row.resource_id for row in living}
            self.assertLessEqual(fleets, {pool})
            self.assertLessEqual(set(living.mapped("stop")), {line.rental_stop})
            not_out = living.filtered(lambda row: row.state != "out")
            self.assertLessEqual(set(not_out.mapped("start")), {line.rental_start})
            out = sum(rows.filtered(lambda row: row.state == "out").mapped("quantity"))
            away = line.warehouse_id.rental_location_id
            goods = self.env["stock.quant"].search([("location_id", "=", away.id)])
            self.assertEqual(sum(goods.mapped("quantity")), out)
            self.assertEqual(line.rental_qty_out, out)
            self.assertEqual(line.price_unit, line._get_rental_price())


@freeze_time(NOW)
class TestDoor(DoorCommon):
    def test_who_may_what(self):
        """Every public method of the ledger, on rows in each state, as each role."""
        for state in STATES:
            order = self._placed(state)
            self.env.flush_all()
            before = self._facts(order)
            for call, method in CALLS.items():
                for who in self.people:
                    with (
                        self.subTest(state=state, call=call, who=who),
                        closing(self.cr.savepoint()),
                    ):
                        self._try(order, before, method, who, MAY.get((state, call)))
                    self.env.invalidate_all()
            self.env.cr.precommit.clear()

    def _try(self, order, before, method, who, allowed):
        row = self._row(order, who)
        if who in (allowed or "").split():
            method(row)
            self.env.invalidate_all()
            self.assertNotEqual(self._facts(order), before)
            self._assert_agree(order)
            return
        with self.assertRaises(UserError) as refusal, self.cr.savepoint():
            method(row)
        if who in ("booker", "stranger", "lender"):
            self.assertNotIn(self.customer.name, str(refusal.exception))
        self.env.invalidate_all()
        self.assertEqual(self._facts(order), before)

    def test_every_step_is_tried(self):
        tried = {call.partition(" ")[0] for call in CALLS}
        self.assertLessEqual(STEPS, tried)

    def test_who_may_not_is_told_so(self):
        """Not something about the row's state: who has no right learns nothing."""
        row = self._row(self._placed("reserved"))
        for who in ("booker", "stranger"):
            for step in ("hand_out", "cancel"):
                with self.subTest(who=who, step=step), self.assertRaises(AccessError):
                    getattr(row.with_user(self.people[who]), step)()
        with self.assertRaises(AccessError):
            row.with_user(self.people["storekeeper"]).cancel()

    def test_button_of_the_list_hands_over_goods(self):
        """*Resources › Allocations* › *Hand out*: a transfer, a receipt, a deposit."""
        order = self._placed("reserved")
        self._row(order).action_hand_out()
        [transfer] = order.rental_transfer_ids
        self.assertEqual(transfer.state, "done")
        self.assertEqual(transfer.move_ids.quantity, 3)
        self.assertEqual(order.rental_status, "out")
        self.assertEqual(order.rental_deposit_due, 15)
        self.assertIn("Handed over", order.message_ids[0].body)
        self._take_back(order)
        self.assertEqual(order.rental_status, "back")

    def test_what_only_the_order_does_names_it(self):
        order = self._placed("reserved")
        row = self._row(order)
        action = row.action_cancel()
        window = self.env[action["res_model"]].with_user(self.clerk)
        window = window.with_context(**action["context"]).create({"reason": "rain"})
        for refused in (window.action_apply, row.cancel, lambda: row.resize(2)):
            with self.assertRaisesRegex(UserError, order.name), self.cr.savepoint():
                refused()
        self.assertEqual(order.rental_status, "reserved")

    def test_hand_out_at_a_moment(self):
        order = self._placed("reserved")
        with freeze_time(at(1)):
            self._row(order).hand_out(at(1, 7))
        self.assertEqual(order.rental_transfer_ids.rental_date, at(1, 7))
        self.assertEqual(self._row(order).actual_start, at(1, 7))

    def test_rows_of_two_orders_get_a_transfer_each(self):
        one, two = self._placed("reserved"), self._placed("reserved", 2)
        (self._row(one) | self._row(two)).hand_out()
        self.assertEqual(one.rental_transfer_ids.move_ids.quantity, 3)
        self.assertEqual(two.rental_transfer_ids.move_ids.quantity, 2)

    def test_just_the_chosen_row_goes(self):
        """Two rows of one line, alike: the one that was ticked is out."""
        order = self._placed("reserved", 2)
        order.order_line.product_uom_qty = 4
        first, second = self._row(order).sorted("id")
        second.hand_out()
        self.assertEqual((first.state, second.state), ("reserved", "out"))
        self.assertEqual(order.rental_status, "part_out")
        self._assert_agree(order)

    def test_serial_numbers_are_chosen_in_the_order(self):
        order = self._confirmed((self.drill, 1))
        row = self._row(order)
        with self.assertRaisesRegex(UserError, f"serial numbers.*{order.name}"):
            row.hand_out()
        row.reassign(self.drill_lots[1].rental_resource_id.id)
        row.hand_out()
        self.assertEqual(
            order.rental_transfer_ids.move_line_ids.lot_id, self.drill_lots[1]
        )
        row.take_back()
        self.assertEqual(self.drill_lots[1].rental_state, "in")
        self._assert_agree(order)

    def test_some_come_back(self):
        order = self._placed("out")
        with freeze_time(at(2)):
            back = self._row(order).take_back(at(2), 1)
        self.assertEqual((back.state, back.quantity), ("done", 1))
        self.assertEqual(back.actual_stop, at(2))
        self.assertEqual(order.rental_status, "part_back")
        self.assertEqual(len(order.rental_transfer_ids), 2)
        self._assert_agree(order)
        row = self._row(order).filtered(lambda row: row.state == "out")
        for quantity in (0, -1, 3, 1.5):
            with self.subTest(quantity), self.assertRaises(UserError):
                row.take_back(quantity=quantity)

    def test_dialog_takes_back(self):
        order = self._placed("out")
        action = self._row(order).action_take_back_at()
        window = self.env[action["res_model"]].with_user(self.clerk)
        window.with_context(**action["context"]).create({}).action_apply()
        self.assertEqual(order.rental_status, "back")
        self.assertEqual(len(order.rental_transfer_ids), 2)

    def test_condition_is_said_in_the_order(self):
        """Where the first condition is a damage, nobody takes good for granted."""
        order = self._placed("out")
        first = self.env["rental.condition"].search([], limit=1)
        first.out_of_service = True
        with self.assertRaisesRegex(UserError, f"condition.*{order.name}"):
            self._row(order).take_back()
        self.assertEqual(order.rental_status, "out")

    def test_late_return_is_charged_as_at_the_counter(self):
        order = self._placed("out")
        self.env["rental.fee"].search([]).active = False
        service = self.env["product.product"].create(
            {"name": "Late", "type": "service", "invoice_policy": "order"}
        )
        self.env["rental.fee"].create(
            {
                "name": "Late",
                "product_id": service.id,
                "basis": "late_day",
                "amount": 100,
                "automatic": True,
            }
        )
        with freeze_time(at(5)):
            self._row(order).take_back(at(5))
        fee = order.order_line.filtered("rental_fee_id")
        self.assertEqual(fee.price_unit, 6)
        self.assertEqual(fee.rental_transfer_id.rental_direction, "back")


@freeze_time(NOW)
class TestMoved(DoorCommon):
    """Another time or place, from the ledger: the order line follows, or it is told."""

    def test_price_follows_the_time(self):
        order = self._placed("reserved")
        before = order.order_line.price_unit
        self._row(order).extend(at(12))
        self.assertEqual(order.order_line.rental_stop, at(12))
        self.assertGreater(order.order_line.price_unit, before)
        self.assertIn("Chair", order.message_ids[0].body)
        self._assert_agree(order)

    def _preview(self, row, vals):
        """As a request does, which has committed what is there before."""
        with self.enter_registry_test_mode():
            return row.board_preview(vals)

    def test_preview_tells_what_the_order_would_come_to(self):
        order = self._placed("reserved")
        before = order.amount_total
        row = self._row(order)
        told = self._preview(row, {"stop": at(12)})
        order.invalidate_recordset()
        self.assertEqual(order.amount_total, before)
        row.change({"stop": at(12)})
        self.assertNotEqual(order.amount_total, before)
        currency = order.currency_id
        amounts = [currency.format(one) for one in (order.amount_total, before)]
        self.assertEqual(
            told["notes"], ["{}: {} instead of {}.".format(order.name, *amounts)]
        )

    def test_preview_refuses_what_the_order_refuses(self):
        order = self._placed("out")
        with self.assertRaisesRegex(UserError, "only when it is due back"):
            self._preview(self._row(order), {"start": at(2)})
        self.assertEqual(order.order_line.rental_stop, at(4))

    def test_preview_pushes_nothing_to_phones(self):
        order = self._placed("reserved")
        boss = new_test_user(self.env, "boss", MANAGER, notification_type="inbox")
        order.message_subscribe(boss.partner_id.ids, self.env.ref("mail.mt_note").ids)
        self.env["mail.push.device"].create(
            {
                "partner_id": boss.partner_id.id,
                "endpoint": "https://push.example.com/1",
                "keys": "{}",
            }
        )
        parameters = self.env["ir.config_parameter"]
        for side in ("private", "public"):
            parameters.set_param(f"mail.web_push_vapid_{side}_key", "key")
        path = "odoo.addons.mail.models.mail_thread.push_to_end_point"
        with patch(path) as push:
            self._preview(self._row(order), {"stop": at(6)})
            push.assert_not_called()
            self._row(order).change({"stop": at(6)})
            push.assert_called_once()

    def test_part_of_a_line_is_not_moved(self):
        order = self._placed("reserved", 2)
        order.order_line.product_uom_qty = 4
        rows = self._row(order)
        for move in (
            lambda: rows[0].extend(at(8)),
            lambda: rows[0].reassign(self.south_chairs),
        ):
            with self.assertRaisesRegex(UserError, order.name), self.cr.savepoint():
                move()
        rows.extend(at(8))
        self._assert_agree(order)
        self.assertEqual(order.order_line.rental_stop, at(8))

    def test_no_end_is_refused(self):
        row = self._row(self._placed("reserved"))
        with self.assertRaises(UserError):
            row.extend(False)

    def test_locked_order_keeps_its_time(self):
        order = self._placed("reserved")
        order.action_lock()
        with self.assertRaisesRegex(UserError, "locked"):
            self._row(order).extend(at(8))

    def test_another_warehouse_carries_it(self):
        for state, status in {"hold": "option", "reserved": "reserved"}.items():
            with self.subTest(state), closing(self.cr.savepoint()):
                order = self._placed(state)
                self._row(order).reassign(self.south_chairs)
                self.assertEqual(order.order_line.warehouse_id, self.south)
                self.assertEqual(order.rental_status, status)
                self._assert_agree(order)
            self.env.invalidate_all()

    def test_not_to_where_the_line_cannot_be(self):
        """Another item's fleet, or when something has left already."""
        order = self._placed("reserved")
        drills = self._pool(self.drill).resource_id
        with self.assertRaisesRegex(UserError, "cannot rent"), self.cr.savepoint():
            self._row(order).reassign(drills)
        self._hand_over(order, quantity=1)
        rows = self._row(order).filtered(lambda row: row.state == "reserved")
        with self.assertRaises(UserError), self.cr.savepoint():
            rows.reassign(self.south_chairs)
        self._take_back(order)
        with self.assertRaisesRegex(UserError, "cannot rent"):
            rows.reassign(self.south_chairs)

    def test_warehouse_stays_fixed_in_the_form(self):
        order = self._placed("reserved")
        with self.assertRaises(UserError):
            order.order_line.warehouse_id = self.south

    # === RELOCATE === #

    def _at_risk(self):
        order = self._placed("reserved", 4)
        self.env["resource.allocation"].allocate(
            [
                {
                    "resource_id": self._pool(self.chair).resource_id.id,
                    "start": at(0, 9),
                    "stop": at(4),
                    "quantity": 40,
                    "kind": "block",
                }
            ]
        )
        self.assertTrue(order.rental_is_at_risk)
        return order

    def _relocated(self, order, choose):
        action = self._row(order).action_relocate()
        dialog = self.env[action["res_model"]].with_user(self.clerk)
        dialog = dialog.browse(action["res_id"])
        [line] = dialog.line_ids
        line.proposal = list(map(choose, line.proposals)).index(True)
        line.action_apply()
        self.assertTrue(line.done)

    def test_relocate_to_a_later_time(self):
        order = self._at_risk()
        chairs = self._pool(self.chair).resource_id
        self._relocated(order, lambda one: one["resource_id"] == chairs.id)
        self.assertFalse(order.rental_is_at_risk)
        self.assertGreaterEqual(order.order_line.rental_start, at(4))
        self.assertEqual(order.order_line.warehouse_id, self.north)
        self._assert_agree(order)

    def test_relocate_to_another_warehouse(self):
        order = self._at_risk()
        self._relocated(order, lambda one: one["resource_id"] == self.south_chairs.id)
        self.assertFalse(order.rental_is_at_risk)
        self.assertEqual(order.order_line.rental_start, at(1))
        self.assertEqual(order.order_line.warehouse_id, self.south)
        self._assert_agree(order)

    def test_relocation_offers_only_what_the_order_rents(self):
        """Stools are proposed instead of chairs; the order itself says chairs."""
        stool = self._make_item("Stool")
        (self.chair | stool).categ_id = self.env["product.category"].create(
            {"name": "Garden"}
        )
        self._put(stool, self.north, 50)
        stools = self._pool(stool).resource_id
        row = self._row(self._at_risk())
        dialog = self.env["resource.allocation.relocate"]
        dialog = dialog.with_user(self.clerk)._create_for(row.with_user(self.clerk))
        offered = [one["resource_id"] for one in dialog.line_ids.proposals]
        self.assertIn(self.south_chairs.id, offered)
        self.assertNotIn(stools.id, offered)
        found = self._pool(self.chair).resource_id._alternatives(100)
        self.assertEqual(found[0], self.south_chairs, "the closest first")
        self.assertIn(stools, found)

    def test_other_companies_fleets_are_not_proposed(self):
        stranger = self.people["stranger"]
        yard = self.env["stock.warehouse"].search(
            [("company_id", "=", stranger.company_id.id)]
        )
        self._put(self.chair, yard, 50)
        theirs = self._pool(self.chair, yard).resource_id
        mine = self._pool(self.chair).resource_id
        found = mine._alternatives(100)
        self.assertIn(self.south_chairs, found)
        self.assertNotIn(theirs, found)


@freeze_time(NOW)
class TestDiscretion(DoorCommon):
    """Rows tell who a thing is promised to only to those who may read the order."""

    def test_rows_are_neutral(self):
        for state in STATES:
            order = self._placed(state)
            row = self._row(order, "booker")
            texts = row.read()[0] | {"": row.message_ids.mapped("body")}
            self.assertNotIn(self.customer.name, str(texts))
            self.assertFalse(row.partner_id)
            self.assertFalse(row.document_name)
            self.assertEqual(row.name, order.name)
            row = self._row(order, "storekeeper")
            self.assertEqual(row.rental_for, f"{order.name} · {self.customer.name}")

    def test_customer_is_found_by_who_may_read_the_order(self):
        order = self._placed("reserved")
        Allocation = self.env["resource.allocation"]
        for who, found in {"booker": False, "storekeeper": True}.items():
            mine = Allocation.with_user(self.people[who])
            domain = [("rental_for", "ilike", "alder")]
            self.assertEqual(bool(mine.search(domain)), found)
            by_number = mine.search([("rental_for", "ilike", order.name)])
            self.assertEqual(by_number.ids, self._row(order).ids)

    def test_another_customer_another_label(self):
        order = self._placed("reserved")
        order.partner_id = self.other
        self.assertIn(self.other.name, self._row(order).rental_for)
        self.assertEqual(self._row(order).name, order.name)

    def test_refusals_name_no_order_that_one_may_not_read(self):
        """Of somebody's own orders only, and of another company."""
        unit = self.drill_lots[0].rental_resource_id
        theirs = self._confirmed((self.drill, 1), start=at(0))
        theirs.order_line._rental_rows().reassign(unit)
        self._hand_over(theirs, lots=self.drill_lots[0])
        mine = self._confirmed((self.drill, 1), start=at(1))
        self.env["ir.rule"].create(
            {
                "name": "not theirs",
                "model_id": self.env["ir.model"]._get_id("sale.order.line"),
                "domain_force": f"[('order_id', '!=', {theirs.id})]",
            }
        )
        keeper = self.people["storekeeper"]
        lines = mine.order_line.with_user(keeper)
        with self.assertRaises(UserError) as refusal:
            lines._rental_hand_out([(lines, self.drill_lots[0], 1)], at(1))
        self.assertNotIn(self.customer.name, str(refusal.exception))
        self.assertNotIn(theirs.name, str(refusal.exception))

    def test_stock_transfer_names_no_order_that_one_may_not_read(self):
        order = self._placed("reserved")
        keeper = self.people["storekeeper"]
        row = self._row(order, "storekeeper").sudo()
        line = self.env["rental.stock.transfer.line"].with_user(keeper)
        self.assertIn(self.customer.name, line._describe_promise(row))
        self.env["ir.rule"].create(
            {
                "name": "not theirs",
                "model_id": self.env["ir.model"]._get_id("sale.order.line"),
                "domain_force": f"[('order_id', '!=', {order.id})]",
            }
        )
        self.env.invalidate_all()
        for who in ("storekeeper", "stranger"):
            mine = line.with_user(self.people[who])
            text = mine._describe_promise(row.with_user(self.people[who]).sudo())
            with self.subTest(who):
                self.assertNotIn(self.customer.name, text)
                self.assertNotIn(order.name, text)
