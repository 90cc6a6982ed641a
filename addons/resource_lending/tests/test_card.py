from contextlib import contextmanager

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import LendingCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 09:00:00")
class TestCard(LendingCommon):
    """Cards of quantities: fixed and small assets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cards = cls.env["lending.card"].with_user(cls.officer)
        cls.headsets = cls.cards.create(
            {"name": "Headset", "type_id": cls.type.id, "quantity": 3, "cost": 80}
        )
        cls.h1, cls.h2, cls.h3 = cls.headsets.asset_ids.sorted("code")

    @contextmanager
    def _refused(self, error, message=""):
        """What is refused leaves nothing behind."""
        with self.assertRaisesRegex(error, message), self.env.cr.savepoint():
            yield

    def _set(self, **vals):
        return self.cards.create(
            {
                "name": "Rows of chairs",
                "kind": "fixed",
                "type_id": self.type.id,
                "units": 100,
                "cost": 10000,
                "accumulated_depreciation": 4000,
                **vals,
            }
        )

    def test_copied_once_however_often_it_is_named(self):
        copied = self.headsets.browse(self.headsets.ids * 3).copy()
        self.assertEqual(len(copied), 1)
        self.assertEqual((copied.name, copied.quantity), ("Headset", 3))

    def test_D1_fixed_and_small_assets_are_tied_alike(self):
        fixed = self._set().asset_ids
        for thing in (fixed, self.h1):
            self._type(thing, self.ott, "2026-01-01")
            self.assertEqual(thing.employee_ids.ids, self.ott.ids)
        held = self.env["lending.asset"].search([("employee_ids", "in", self.ott.ids)])
        self.assertEqual(held, fixed | self.h1)

    def test_D19_quantity_of_a_fixed_asset_is_one(self):
        fixed = self._set()
        self.assertEqual(len(fixed.asset_ids), 1)
        for quantity in (0, 2):
            with self._refused(ValidationError):
                fixed.quantity = quantity
        with self._refused(ValidationError, "its quantity stays 1"):
            self._set(quantity=2)
        with self._refused(ValidationError, "its quantity stays 1"):
            self.headsets.kind = "fixed"
        self.assertEqual(fixed.quantity, 1)

    def test_D20_LT20_partial_write_off_takes_its_share(self):
        chairs = self._set().with_user(self.administrator)
        self.assertEqual(chairs.book_value, 6000)
        write_off = chairs.write_off_part(5, "2026-03-01")
        self.assertEqual(
            (write_off.cost, write_off.accumulated_depreciation, write_off.loss),
            (500, 200, 300),
        )
        self.assertEqual((chairs.units, chairs.cost), (95, 9500))
        self.assertEqual(chairs.accumulated_depreciation, 3800)
        self.assertEqual(chairs.book_value, 5700)
        self.assertEqual(chairs.asset_ids.value, 9500)
        self.assertEqual(chairs.asset_ids.status, "in_stock")

    def test_D20_the_window_shows_the_share_before_it_is_taken(self):
        chairs = self._set().with_user(self.administrator)
        context = chairs.action_write_off_part()["context"]
        window = self.env["lending.card.write.off"].with_user(self.administrator)
        with Form(window.with_context(**context)) as form:
            form.units = 10
            self.assertEqual((form.cost, form.loss), (1000, 600))
        self.assertEqual(chairs.units, 90)
        chairs.write_off_part(9, "2026-03-02")
        self.assertEqual(form.record.cost, 1000)
        self.assertEqual(chairs.cost, 8100)

    def test_D20_shares_leave_nothing_over(self):
        chairs = self._set(units=3, cost=100, accumulated_depreciation=100)
        chairs = chairs.with_user(self.administrator)
        chairs.write_off_part(1, "2026-03-01")
        chairs.write_off_part(1, "2026-03-01")
        self.assertEqual((chairs.cost, chairs.book_value), (33.33, 0))

    def test_D20_what_cannot_be_written_off_in_part(self):
        chairs = self._set().with_user(self.administrator)
        for units in (0, -1, 100, 101):
            with self._refused(UserError, "100 units"):
                chairs.write_off_part(units, "2026-03-01")
        with self._refused(UserError, "in the future"):
            chairs.write_off_part(1, "2026-03-03")
        headsets = self.headsets.with_user(self.administrator)
        with self._refused(UserError, "piece by piece"):
            headsets.write_off_part(1, "2026-03-01")
        with self._refused(AccessError):
            chairs.with_user(self.officer).write_off_part(1, "2026-03-01")
        self.assertEqual((chairs.units, chairs.cost), (100, 10000))

    def test_D21_each_piece_has_its_own_code(self):
        self.assertEqual(len(self.headsets.asset_ids), 3)
        codes = self.headsets.asset_ids.mapped("code")
        self.assertEqual(len(set(codes)), 3)
        self.assertEqual(codes, [f"{self.headsets.code}-00{n}" for n in (1, 2, 3)])
        self.assertEqual(set(self.headsets.asset_ids.mapped("value")), {80})
        self.assertEqual(len(self.headsets.asset_ids.resource_id), 3)

    def test_D21_making_pieces_costs_no_query_each(self):
        def queries(quantity):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.cards.create(
                {"name": "Cable", "type_id": self.type.id, "quantity": quantity}
            )
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(2)
        self.assertLessEqual(queries(60) - queries(2), 8)

    def test_D22_quantity_is_raised(self):
        with Form(self.headsets) as form:
            form.quantity = 5
        self.assertEqual(len(self.headsets.asset_ids), 5)
        self.assertEqual(
            self.headsets.asset_ids.sorted("id")[-1].code, f"{self.headsets.code}-005"
        )

    def test_D22_quantity_is_lowered_while_nothing_happened(self):
        kept = self.h1 | self.h2
        with Form(self.headsets) as form:
            form.quantity = 2
        self.assertEqual(self.headsets.asset_ids, kept)
        self.assertFalse(self.h3.exists())
        with self._refused(ValidationError):
            self.headsets.quantity = 0

    def test_D22_quantity_is_not_lowered_after_a_follow_up(self):
        self._type(self.h1, self.ott, "2026-01-01").unlink()
        with self._refused(UserError, "has a history already"):
            self.headsets.quantity = 2
        self.assertEqual(len(self.headsets.asset_ids), 3)
        self.headsets.quantity = 4
        self.assertEqual(len(self.headsets.asset_ids), 4)

    def test_D22_a_used_card_is_not_deleted(self):
        self._hand_out(self.h1, self.ott)
        with self._refused(UserError, "has a history already"):
            self.headsets.with_user(self.administrator).unlink()
        other = self.cards.create({"name": "Mouse", "type_id": self.type.id})
        piece = other.asset_ids
        other.with_user(self.administrator).unlink()
        self.assertFalse(piece.exists())

    def test_D22_pieces_come_and_go_with_the_quantity_only(self):
        with self._refused(UserError, "Lower its quantity"):
            self.h3.with_user(self.administrator).unlink()
        for piece, card in ((self.laptop, self.headsets), (self.h3, False)):
            with self._refused(AccessError, "Card of “Asset”"):
                piece.with_user(self.officer).card_id = card
        self.assertEqual(len(self.headsets.asset_ids), 3)

    def test_D23_one_piece_shows_its_user_and_responsible(self):
        mouse = self.cards.create({"name": "Mouse", "type_id": self.type.id})
        self._type(mouse.asset_ids, self.ott, "2026-01-01")
        self._type(mouse.asset_ids, self.boss, "2026-01-01", role="responsible")
        with Form(mouse) as form:
            self.assertFalse(form._get_modifier("user_name", "invisible"))
            self.assertEqual(form.user_name, "OTT")
            self.assertEqual(form.responsible_name, "Boss")

    def test_D23_LT12_several_pieces_show_no_single_user(self):
        self._type(self.h1, self.ott, "2026-01-01")
        self._type(self.h2, self.mari, "2026-01-01")
        with Form(self.headsets) as form:
            self.assertTrue(form._get_modifier("user_name", "invisible"))
            self.assertTrue(form._get_modifier("responsible_name", "invisible"))
        self.assertFalse(self.headsets.user_name)
        self.assertEqual(self.headsets.employee_ids.ids, [self.ott.id, self.mari.id])
        self.assertEqual(self.headsets.held_count, 2)
        of_ott = self.env["lending.loan"].search([("employee_id", "=", self.ott.id)])
        self.assertEqual(of_ott.asset_id, self.h1)

    def test_D24_LC9_LS3_what_is_entered_for_one_piece_is_on_its_id(self):
        """LS3: „front-page change of a quantity-1 small asset is saved to the ID tab,
        default Yes“. Different on purpose: there is one table, so it always is."""
        mouse = self.cards.create({"name": "Mouse", "type_id": self.type.id})
        with Form(mouse) as form, form.loan_ids.new() as row:
            row.asset_id = mouse.asset_ids
            row.employee_id = self.ott
            row.date_from = "2026-01-01"
        self.assertEqual(mouse.user_name, "OTT")
        self.assertEqual(mouse.asset_ids.holder_name, "OTT")

    def test_D25_the_users_tab_chooses_the_piece_and_the_person(self):
        with Form(self.headsets) as form, form.loan_ids.new() as row:
            row.asset_id = self.h2
            row.employee_id = self.mari
            row.date_from = "2026-01-01"
        row = self.headsets.loan_ids
        self.assertEqual((row.asset_id, row.employee_id), (self.h2, self.mari))
        self.assertEqual(row.card_id, self.headsets)
        self.assertEqual(self.h2.employee_ids.ids, self.mari.ids)
        with Form(self.headsets) as form, form.loan_ids.new() as row:
            row.asset_id = self.h2
            row.employee_id = self.ott
            row.date_from = "2026-02-01"
        self.assertEqual(self.h2.employee_ids.ids, self.ott.ids)

    def test_D26_LC9_a_person_put_on_a_piece_is_everywhere(self):
        """„A person put directly on the ID tab reaches neither the Users tab nor the
        employee card.“ Different on purpose: one table of rows (LC4)."""
        form = Form(self.h1.with_user(self.officer))
        with form, form.loan_ids.new() as row:
            row.employee_id = self.ott
            row.date_from = "2026-01-01"
        self.assertEqual(self.headsets.loan_ids.employee_id, self.ott)
        self.assertEqual(
            self.env["lending.loan"]
            .with_user(self.ott_user)
            .search([("employee_id", "=", self.ott.id)])
            .asset_id,
            self.h1,
        )

    def test_D27_LT13_written_off_piece_ends_its_row_and_is_struck_through(self):
        first = self._type(self.h1, self.ott, "2024-02-01")
        second = self._type(self.h2, self.mari, "2024-02-01")
        self.h1.with_user(self.administrator).write_off("2024-06-30", "broken")
        self.assertEqual(self._period(first), ("2024-02-01", "2024-06-30"))
        self.assertEqual(self._period(second), ("2024-02-01", None))
        self.assertEqual(self.h1.status, "written_off")
        self.assertEqual(self.h2.status, "handed_out")
        self.headsets.invalidate_recordset()
        self.assertIn(self.h1, self.headsets.asset_ids)
        arch = self.env["lending.card"].get_view(view_type="form")["arch"]
        pieces = arch.partition('name="asset_ids"')[2].partition("</list>")[0]
        self.assertIn("decoration-muted=\"status == 'written_off'\"", pieces)
        self.assertIn("o_lending_pieces", arch)
