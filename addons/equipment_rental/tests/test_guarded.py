"""What follows from what was done is written by nobody: no form, import or RPC."""

from contextlib import closing
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.models import MAGIC_COLUMNS
from odoo.tests import freeze_time, new_test_user
from odoo.tools import mute_logger

from .common import MANAGER, NOW, at
from .common_money import DAY, MoneyCommon

ADDON = "equipment_rental"
HARMLESS = {
    ("stock.warehouse", "rent_out_type_id"): "set up by core's write, as its own types",
    ("stock.warehouse", "rent_in_type_id"): "set up by core's write, as its own types",
    **{
        ("resource.allocation", name): "refused in the ledger's own words: see below"
        for name in (
            "rental_charge_start", "rental_charge_stop", "rental_charge_ids",
            "rental_charge_real", "rental_blocked_by_id",
            "rental_swapped_id",
        )
    },
}  # fmt: skip
"""Stored, read-only, and yet writable, and why."""


@freeze_time(NOW)
class TestGuarded(MoneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            "storekeeper": cls._make_user(
                "g_keeper", "equipment_rental.equipment_rental_group_storekeeper"
            ),
            "clerk": cls.clerk,
            "accountant": cls.accountant,
            "manager": new_test_user(
                cls.env,
                "g_manager",
                f"{MANAGER},account.group_account_manager",
                company_id=cls.env.company.id,
                company_ids=[Command.set(cls.env.company.ids)],
            ),
        }

    def _live(self):
        """One of everything: something out, a deposit received, a fee."""
        order = self._out(2)
        self._receive(order)
        order._add_rental_fee(self.cleaning, 20, "return", at(3))
        self.env.flush_all()
        return order

    def _decided_fields(self):
        """``(model, field)`` that are stored and read-only, of or by this addon."""
        for model in self.env.registry.values():
            if model._abstract or model._transient or not model._auto:
                continue
            for name, field in model._fields.items():
                ours = ADDON in (model._original_module, *field._modules)
                kept = field.store and (field.column_type or field.type == "many2many")
                if ours and kept and field.readonly and name not in MAGIC_COLUMNS:
                    yield model._name, name

    def _left_open(self, models=None):
        """Those that somebody can write or create with: ``{(model, field)}``."""
        envs = [self.env(user=user.id) for user in self.people.values()]
        found = set()
        for model, name in set(self._decided_fields()) - HARMLESS.keys():
            if models and model not in models:
                continue
            known = self._example(model, name)
            # Another value: core's journal items pass over what does not change.
            vals = {name: known._fields[name].type == "boolean" and not known[name]}
            new = {**self._asked_first(known), **vals}
            for env in [*envs, self.env(su=True)]:
                mine = known.with_env(env)
                write = self._is_refused(lambda m=mine, v=vals: m.write(v))
                create = self._is_refused(lambda m=mine, v=new: m.create(v))
                if not (write and create):
                    found.add((model, name))
        return found

    def _asked_first(self, known):
        """What core looks at before it creates anything."""
        if known._name == "account.move.line":
            return {"move_id": known.move_id.id}
        if known._name == "stock.warehouse":
            return {"name": "Third Yard", "code": "3RD"}
        return {}

    def _example(self, model, name):
        records = self.env[model].search([])
        filled = records.filtered(name)[:1] or records[:1]
        self.assertTrue(filled, f"There is no {model} to try {name} on.")
        return filled

    def _is_refused(self, call):
        """Whether it is, as nobody's right; whatever happened is undone."""
        with closing(self.cr.savepoint()), mute_logger("odoo.sql_db"):
            try:
                call()
                self.env.flush_all()
            except AccessError:
                return True
            except (UserError, KeyError, psycopg2.Error):
                # It was let in, and made nonsense.
                return False
        return False

    def _assert_refused(self, call):
        self.assertTrue(self._is_refused(call))

    def test_walk(self):
        """No stored, read-only field can be written or created with, by any role."""
        self._live()
        self.assertFalse(self._left_open())

    def test_what_is_charged_is_written_by_nobody(self):
        """Neither into a row of an order, nor with a new row."""
        row = self._live().order_line._rental_rows("out")[:1]
        new = {"resource_id": row.resource_id.id, "start": at(20), "stop": at(21)}
        envs = [self.env(user=user.id) for user in self.people.values()]
        for env in [*envs, self.env(su=True)]:
            mine = row.with_env(env)
            for vals in (
                {"rental_charge_start": at(9)},
                {"rental_charge_stop": at(9)},
                {"rental_charge_real": True},
                {"rental_charge_ids": [Command.clear()]},
                {"rental_swapped_id": row.id},
            ):
                for deed in (mine.write, lambda v, m=mine: m.create({**new, **v})):
                    with self.assertRaises(UserError), self.cr.savepoint():
                        deed(vals)

    def test_walk_finds_what_is_left_open(self):
        self._live()
        for model, name in (
            ("stock.move", "rental_direction"),
            ("account.move.line", "rental_deposit_kind"),
            ("rental.deposit", "is_cancelled"),
        ):
            with self.subTest(model), self._unguarded(model, name):
                self.assertEqual(self._left_open([model]), {(model, name)})

    def _unguarded(self, model, name):
        rest = self.env[model]._guarded_fields() - {name}
        return patch.object(
            self.env.registry[model], "_guarded_fields", lambda self: rest
        )

    def test_reasons_are_of_fields(self):
        self.assertLessEqual(set(HARMLESS), set(self._decided_fields()))

    def test_nobody_points_a_journal_item_at_a_deposit(self):
        """C9: one customer's deposit is not paid out to another."""
        order = self._live()
        deposit = order.rental_deposit_ids
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": DAY,
                "line_ids": [
                    Command.create({"account_id": self.receivable.id, "debit": 50}),
                    Command.create({"account_id": self.receivable.id, "credit": 50}),
                ],
            }
        )
        values = {"rental_deposit_id": deposit.id, "rental_deposit_kind": "received"}
        for name, user in self.people.items():
            with self.subTest(name):
                items = entry.line_ids.with_user(user).sudo()
                self._assert_refused(lambda i=items: i[0].write(values))
        self.assertEqual(deposit.amount_received, 300)

    def test_nobody_says_a_customer_paid(self):
        order = self._live()
        line = order.order_line[0]
        for values in (
            {"rental_status": "closed"},
            {"rental_deposit_held": 0},
            {"rental_deposit_due": 900},
            {"order_line": [Command.update(line.id, {"rental_qty_out": 0})]},
        ):
            mine = order.with_user(self.clerk)
            with self.subTest(values):
                self._assert_refused(lambda m=mine, v=values: m.write(v))

    def test_storekeeper_points_no_lot_at_a_foreign_thing(self):
        room = self.env["resource.resource"].create(
            {"name": "Boardroom", "resource_type": "material", "bookable": True}
        )
        lot = self.drill_lots[0].with_user(self.people["storekeeper"])
        unit = lot.rental_resource_id
        self._assert_refused(lambda: lot.write({"rental_resource_id": room.id}))
        self.assertEqual(lot.rental_resource_id, unit)
        self._assert_refused(
            lambda: lot.create(
                {
                    "name": "D-9",
                    "product_id": self.drill.id,
                    "rental_resource_id": room.id,
                }
            ),
        )

    def test_reversal_takes_the_deposit_back(self):
        """The items of the reversal know the deposit, also when made by a wizard."""
        order = self._live()
        deposit = order.rental_deposit_ids.sudo()
        entry = deposit.line_ids.move_id
        payment = deposit.payment_ids
        (entry.line_ids | payment.move_id.line_ids).remove_move_reconcile()
        entry._reverse_moves([{"date": DAY}], cancel=True)
        self.assertEqual(deposit.amount_received, 0)
        self.assertEqual(len(deposit.line_ids), 2)
        self.assertEqual(deposit.state, "draft")
