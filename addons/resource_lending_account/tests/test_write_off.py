from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LendingBooksCommon


@tagged("post_install", "-at_install")
class TestWriteOff(LendingBooksCommon):
    """Writing off part of a fixed card, by somebody without rights on the books."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        codes = (
            ("asset_account_id", "asset_fixed"),
            ("depreciation_account_id", "asset_fixed"),
            ("loss_account_id", "expense"),
        )
        cls.accounts = {
            name: cls.env["account.account"].create(
                {"name": name, "code": f"LEND{index}", "account_type": kind}
            )
            for index, (name, kind) in enumerate(codes)
        }
        cls.card = cls.env["lending.card"].create(
            {
                "name": "Row of chairs",
                "kind": "fixed",
                "type_id": cls.type.id,
                "units": 100,
                "cost": 10_000,
                "accumulated_depreciation": 4_000,
            }
        )

    def _set_accounts(self):
        self.category.write({name: one.id for name, one in self.accounts.items()})

    def _write_off(self, units):
        card = self.card.with_user(self.administrator)
        return card.write_off_part(units, "2026-03-02").sudo()

    def test_LT20_D20_write_off_in_part_makes_one_draft(self):
        """5 of 100 units at 10,000 with 4,000 written down: 200 and 300 against 500."""
        self._set_accounts()
        entry = self._write_off(5).entry_id
        self.assertEqual((entry.state, entry.move_type), ("draft", "entry"))
        self.assertEqual(entry.journal_id.type, "general")
        self.assertEqual(str(entry.date), "2026-03-02")
        booked = {line.account_id: (line.debit, line.credit) for line in entry.line_ids}
        self.assertEqual(
            booked,
            {
                self.accounts["depreciation_account_id"]: (200, 0),
                self.accounts["loss_account_id"]: (300, 0),
                self.accounts["asset_account_id"]: (0, 500),
            },
        )
        self.assertEqual(self.card.book_value, 5_700)
        entry.action_post()

    def test_D20_nothing_written_down_makes_no_empty_line(self):
        self._set_accounts()
        self.card.accumulated_depreciation = 0
        entry = self._write_off(10).entry_id
        self.assertEqual(sorted(entry.line_ids.mapped("balance")), [-1_000, 1_000])

    def test_D20_two_write_offs_are_two_entries(self):
        self._set_accounts()
        first, second = self._write_off(5).entry_id, self._write_off(5).entry_id
        self.assertNotEqual(first, second)
        self.assertEqual(sum(second.line_ids.mapped("debit")), 500)

    def test_chosen_journal(self):
        self._set_accounts()
        journal = self.env["account.journal"].create(
            {"name": "Disposals", "code": "DISP", "type": "general"}
        )
        self.category.write_off_journal_id = journal
        self.assertEqual(self._write_off(5).entry_id.journal_id, journal)

    def test_without_accounts_nothing_is_booked(self):
        write_off = self._write_off(5)
        self.assertFalse(write_off.entry_id)
        self.assertEqual(self.card.units, 95)
        self.assertIn("no accounts", " ".join(self.card.message_ids.mapped("body")))

    def test_missing_account_is_named(self):
        self._set_accounts()
        self.category.loss_account_id = False
        with self.assertRaisesRegex(UserError, "Loss on Disposal"):
            self._write_off(5)
        self.env.invalidate_all(flush=False)
        self.assertEqual(self.card.units, 100)
