"""Everybody who might change a row of the ledger, and a way to try."""

from contextlib import suppress
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tests import new_test_user

from .common import LendingCommon

HOUR = timedelta(hours=1)


class DoorCommon(LendingCommon):
    """Everybody who might try, and a way to try as the web client does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        officers = "resource_lending.lending_group_officer"

        def user(login, groups, **values):
            return new_test_user(cls.env, login, groups=groups, **values)

        cls.booker = user(
            "booker", "resource_allocation.resource_allocation_group_user"
        )
        cls.stranger = user(
            "stranger",
            officers,
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        cls.roles = {
            "resources user": cls.booker,
            "employee": cls.kari_user,
            "holder": cls.ott_user,
            "lending officer": cls.officer,
            "lending manager": cls.administrator,
            "HR officer": cls.hr_officer,
            "another company's officer": cls.stranger,
        }
        cls.other_laptop = cls._thing("Other laptop", "LAP-002")

    # === ROWS === #

    def _reserved(self):
        return self._reserve(self.laptop, self.ott, due_date="2024-06-20")

    def _out(self):
        return self._hand_out(self.laptop, self.ott, due_date="2024-06-20")

    def _typed(self):
        return self._type(self.laptop, self.ott, "2024-06-10", "2024-06-20")

    def _row(self, loan):
        return loan.sudo().allocation_id

    # === TRYING === #

    def _calls(self, row):
        """``{how: (method, arguments)}``: every way to change a row from outside."""
        row = row.sudo()
        later, after = row.start + HOUR, (row.stop or row.start) + 24 * HOUR
        other = self.other_laptop.resource_id.id
        return {
            "confirm": ("confirm", []),
            "prolong": ("prolong", [after]),
            "hand_out": ("hand_out", []),
            "take_back": ("take_back", []),
            "close": ("close", []),
            "cancel": ("cancel", ["A reason"]),
            "reopen": ("reopen", ["A reason"]),
            "undo_hand_out": ("undo_hand_out", ["A reason"]),
            "expect_back": ("expect_back", [after]),
            "make_ready": ("make_ready", []),
            "hold_again": ("hold_again", [after]),
            "change the end": ("change", [{"stop": after}]),
            "change each": ("change", [[{"stop": after}]]),
            "change the thing": ("change", [{"resource_id": other}]),
            "change the quantity": ("change", [{"quantity": 2}]),
            "reschedule": ("reschedule", [row.start, after]),
            "move": ("reschedule", [later, after]),
            "extend": ("extend", [after]),
            "shift": ("shift", [60]),
            "reassign": ("reassign", [other]),
            "resize": ("resize", [2]),
            "split": ("split", [1]),
            "split_many": ("split_many", [[[1]]]),
            "write the end": ("write", [{"stop": after}]),
            "drag the end": ("write", [{"calendar_stop": after}]),
            "write the thing": ("write", [{"resource_id": other}]),
            "write the person": (
                "write",
                [{"partner_id": self.env.user.partner_id.id}],
            ),
            "write the purpose": ("write", [{"name": "Mine"}]),
            "write the responsible": ("write", [{"user_id": self.booker.id}]),
            "write the state": ("write", [{"state": "done"}]),
            "step": ("step", ["cancel"]),
        }

    def _try(self, user, row, how):
        """Call it as RPC does. Whether it went through; what did not left nothing."""
        method, arguments = self._calls(row)[how]
        rows = self.env["resource.allocation"].with_user(user)
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                call_kw(rows, method, [row.ids, *arguments], {})
                self.env.flush_all()
        except UserError as refusal:
            self.env.invalidate_all()
            self.refusal = str(refusal)
            return False
        return True

    def _and_undo(self, check, *arguments):
        with suppress(StopIteration), self.env.cr.savepoint():
            check(*arguments)
            self.env.flush_all()
            raise StopIteration

    # === AGREEING === #

    def _check_agree(self, loan):
        """Custody and the ledger say the same."""
        self.env.invalidate_all()
        row, loan = self._row(loan), loan.sudo()
        wanted = {
            "reserved": ("reserved", True),
            "out": ("reserved" if loan.by_date else "out", True),
            "closed": ("done", False),
            "cancelled": ("cancelled", False),
        }
        self.assertEqual((row.state, row.live), wanted[loan.state])
        self.assertEqual(row.resource_id, loan.asset_id.resource_id)
        if row.live:
            self.assertEqual(row.start, loan.start_at)
            self.assertEqual(row.stop or None, loan._planned_stop())

    def _picture(self, loan):
        """All that both of them say."""
        self.env.invalidate_all()
        row, loan = self._row(loan), loan.sudo()
        rows = row.search([("resource_id", "in", row.resource_id.ids)])
        stored = [name for name, field in row._fields.items() if field.store]
        mine = [name for name in loan._guarded_fields() if loan._fields[name].store]
        return rows.read(stored), loan.read(sorted(mine)), loan.asset_id.status
