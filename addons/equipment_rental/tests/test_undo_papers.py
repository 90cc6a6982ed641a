"""What the papers say of a hand-over or a return that was undone (C12)."""

from unittest.mock import patch

from odoo.tests import freeze_time
from odoo.tools.translate import code_translations

from .common import NOW, at
from .test_documents import CONTRACT, PIXEL, PROTOCOL, PaperCommon

CZECH = {
    "Void: undone on %(date)s by %(user)s, %(reason)s": (
        "Neplatné: zrušeno %(date)s, %(user)s, %(reason)s"
    )
}
REASON = "Wrong <b>customer</b>"


@freeze_time(NOW)
class TestUndoPapers(PaperCommon):
    def _out(self):
        order = self._confirmed((self.drill, 2), start=at(0))
        window = self._window(order.action_rental_hand_over())
        window.line_ids.lot_ids = self.drill_lots[:2]
        window.signature = PIXEL
        window.action_hand_over()
        return order

    def _undo(self, transfer):
        transfer.with_user(self.clerk)._rental_undo(REASON)
        self.env.flush_all()
        self.env.invalidate_all()

    def test_C12_void_protocol_says_so(self):
        """With when, who and why; what was signed and came back stays on it."""
        order = self._out()
        self._take_back(order, lots=self.drill_lots[0])
        back = self._back(order)
        self.assertNotIn("Void", self._paper(PROTOCOL, back)[0])
        self._undo(back)
        paper = self._paper(PROTOCOL, back)[0]
        void = "Void: undone on Mar 2, 2026 9:00 AM by Clara Clerk, " + REASON
        self.assertAllIn([void, "Drill D-1 1"], paper)

    def test_C12_void_protocol_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("cs_CZ")
        key = ("equipment_rental", "cs_CZ")
        order = self._out()
        self._take_back(order)
        back = self._back(order)
        self._undo(back)
        self.customer.lang = "cs_CZ"
        with patch.dict(code_translations.python_translations, {key: CZECH}):
            paper = self._paper(PROTOCOL, back)[0]
        self.assertIn("Neplatné: zrušeno 2. 3. 2026", paper)
        self.assertNotIn("Void", paper)

    def test_C12_contract_of_a_hand_over_that_was_undone(self):
        """Nothing is out: it is a reservation; later the void one stands, signed."""
        order = self._out()
        first = order.rental_transfer_ids
        self._undo(first)
        printed = self._printed(order.action_rental_print_contract())
        self.assertEqual(printed[0], "equipment_rental.report_reservation_contract")
        self._hand_over(order, lots=self.drill_lots[1:])
        paper = self._paper(CONTRACT, order)[0]
        self.assertEqual(paper.count("Void: undone on"), 1)
        self.assertIn("D-2, D-3", paper)
        self.assertNotIn("Drill D-1, D-2, D-3", paper)
        self.assertTrue(first.signature)

    def test_C12_order_prints_the_returns_that_stand(self):
        order = self._out()
        self._take_back(order, lots=self.drill_lots[0])
        wrong = self._back(order)
        self._undo(wrong)
        self._take_back(order)
        right = self._back(order) - wrong
        printed = self._printed(order.action_rental_print_return_protocol())
        self.assertEqual(printed[1], right.ids)
        self.assertIn("Nothing of this order is out", self._paper(PROTOCOL, right)[0])
