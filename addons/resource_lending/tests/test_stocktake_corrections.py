from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common_stocktake import StocktakeCommon


@tagged("post_install", "-at_install")
@freeze_time("2024-05-09 10:00:00")
class TestStocktakeCorrections(StocktakeCommon):
    """What a confirmed stock-take found wrong is put right by documents (LW4)."""

    def _document(self, action):
        self.assertEqual(action["res_model"], "lending.change")
        return (
            self.env["lending.change"]
            .with_user(self.administrator)
            .browse(action["res_id"])
        )

    def test_LW4_write_off_of_what_was_counted_0(self):
        self._type(self.phone, self.ott, "2024-01-01")
        sheet = self._filled(type_ids=self.type)
        sheet.scan("LAP-001")
        with self.assertRaisesRegex(UserError, "still being counted"):
            sheet.line_ids.action_write_off()
        self._confirm(sheet)
        self.assertTrue(sheet.can_write_off)
        self.assertFalse(sheet.can_change)
        change = self._document(sheet.action_write_off())
        self.assertEqual(change.kind, "write_off")
        self.assertEqual(change.line_ids.asset_id, self.phone)
        self.assertEqual((change.stocktake_id, change.date), (sheet, sheet.date))
        self.assertFalse(sheet.can_write_off)
        with self.assertRaisesRegex(UserError, "nothing to correct"):
            sheet.action_write_off()
        change.confirm()
        self.assertEqual(self.phone.condition, "written_off")
        self.assertFalse(self._holders_on(self.phone, "2024-05-10"))
        self.assertEqual(self.laptop.condition, "usable")
        self.assertEqual(sheet.change_count, 1)

    def test_LW4_write_off_of_selected_rows(self):
        sheet = self._filled(type_ids=self.type)
        sheet.scan("LAP-001")
        self._confirm(sheet)
        row = self._line(sheet, self.laptop)
        change = self._document(row.action_write_off())
        self.assertEqual(change.line_ids.asset_id, self.laptop)
        with self.assertRaisesRegex(UserError, "already"):
            row.action_change()
        change.unlink()
        self.assertFalse(row.change_id)

    def test_LW4_change_to_where_things_were_found(self):
        self._type(self.laptop, self.ott, "2024-01-01")
        room = self.env["lending.place"].create({"name": "Room"})
        drill = self._thing("Drill", "DRL-1")
        sheet = self._filled(type_ids=self.type)
        sheet.scan("LAP-001", False, self.mari.id)
        sheet.scan("DRL-1", room.id)
        sheet.scan("PHN-017", self.store.id)
        self._confirm(sheet)
        self.assertEqual(
            self._results(sheet),
            {"LAP-001": "wrong_holder", "DRL-1": "wrong_place", "PHN-017": "found"},
        )
        change = self._document(sheet.action_change())
        self.assertEqual(change.kind, "change")
        self.assertEqual(change.line_ids.asset_id, self.laptop + drill)
        change.confirm()
        self.assertEqual(self._holders_on(self.laptop, "2024-05-08"), ["OTT"])
        self.assertEqual(self._holders_on(self.laptop, "2024-05-09"), ["MARI"])
        self.assertEqual(drill.place_id, room)
        self.assertFalse(sheet.can_change)

    def test_LW4_change_of_an_unexpected_thing(self):
        self._type(self.shared, self.ott, "2024-01-01")
        sheet = self._filled(type_ids=self.type)
        sheet.scan("POOL-1", False, self.kari.id)
        self._confirm(sheet)
        change = self._document(sheet.action_change())
        self.assertEqual(change.line_ids.asset_id, self.shared)
        self.assertEqual(change.line_ids.to_employee_id, self.kari)
        self.assertEqual(change.line_ids.present_name, "OTT")

    def test_LW4_several_sheets_at_once_are_refused(self):
        sheets = self._filled(type_ids=self.type) + self._filled(type_ids=self.type)
        self._confirm(sheets)
        with self.assertRaisesRegex(UserError, "one stock-take"):
            sheets.line_ids.action_write_off()
