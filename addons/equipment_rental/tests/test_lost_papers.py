"""What the papers say of what a customer lost (C12)."""

from odoo.tests import freeze_time

from .common import NOW, at
from .test_documents import CONTRACT, PROTOCOL, PaperCommon


@freeze_time(NOW)
class TestLostPapers(PaperCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lost = cls.env.ref("equipment_rental.rental_condition_lost")
        cls.lost.fee_id = cls._fee("Replacement", "return", basis="replacement")
        cls.env.company.rental_wear_percent = 25

    def _out(self):
        order = self._confirmed((self.drill, 2), (self.chair, 10), start=at(0))
        self._hand_over(order, lots=self.drill_lots[:2])
        return order

    def _lose(self, order, others=True):
        """One of two drills fell into a river; the rest comes back with it, or not."""
        window = self._window(order.action_rental_take_back())
        gone = window.line_ids.filtered(lambda row: row.lot_id == self.drill_lots[0])
        gone.write({"condition_id": self.lost.id, "remark": "fell into the river"})
        if not others:
            (window.line_ids - gone).quantity = 0
        window.action_take_back()
        return self._back(order)

    def test_C10_C12_protocol_says_what_was_lost(self):
        order = self._out()
        back = self._lose(order)
        paper = self._paper(PROTOCOL, back)[0]
        self.assertAllIn(
            [
                "Came back Mar 2, 2026 9:00 AM",
                "2 Chair 10 Mar 6, 2026 9:00 AM in time",
                "Not coming back Pieces Condition Remark Drill D-1 1 Lost fell into",
                "Nothing of this order is out any more.",
                "Replacement: 1 × Drill $ 967.50",
            ],
            paper,
        )
        self.assertNotIn("Drill D-1 1 Mar 6", paper)

    def test_C10_C12_protocol_of_a_loss_alone(self):
        """Nothing came back with it; printed after it was found, it says the same."""
        order = self._out()
        back = self._lose(order, others=False)
        before = self._paper(PROTOCOL, back)[0]
        self.assertAllIn(
            [
                "Reported lost Mar 2, 2026 9:00 AM",
                "Reported by Alder Builders",
                "Still out after this return Pieces Due Drill D-2 1",
            ],
            before,
        )
        self.assertNotIn("Came back", before)
        window = self._window(order.action_rental_found())
        window.note = "In the river, dry"
        window.action_found()
        after = self._paper(PROTOCOL, back)[0]
        self.assertIn("Drill D-1 1 Lost", after)
        self.assertIn("Still out after this return Pieces Due Drill D-2 1", after)
        kinds = order.rental_transfer_ids.sorted("id").mapped("rental_direction")
        self.assertEqual(kinds, ["out", "back", "found"])

    def test_C11_C12_contract_says_what_a_loss_costs(self):
        paper = self._paper(CONTRACT, self._out())[0]
        self.assertIn("Replacement the replacement value less 25 %", paper)
