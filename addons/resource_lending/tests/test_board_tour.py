from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import LendingCommon


@tagged("post_install", "-at_install", "tour")
class TestBoardTour(LendingCommon, HttpCase):
    """The board of assets in a browser: chosen, made, moved, taken back (C21, C22)."""

    def test_C21_C22_officer_chooses_on_two_rows_makes_both_moves_one_and_undoes(self):
        things = [
            self._thing(f"Board {name}", f"AAA-{number}")
            for number, name in enumerate(["drill", "saw", "tent"])
        ]
        # The last step is refused, which is what it is for.
        with mute_logger("odoo.http"):
            self.start_tour("/odoo", "lending_board_tour", login="officer")
        drill, saw, tent = (self._live_allocations(thing) for thing in things)
        self.assertFalse(tent)
        loans = self.env["lending.loan"].search([("employee_id", "=", self.ott.id)])
        self.assertEqual(len(loans), 2)
        self.assertEqual(set(loans.mapped("state")), {"reserved"})
        # Five weeks from this week's beginning on: days 14 to 16, and 17 and 18.
        days = (saw.stop - saw.start, saw.start - drill.start)
        self.assertEqual(days, (timedelta(days=2), timedelta(days=3)))
        self.assertGreater(saw.start, fields.Datetime.now())
        self.assertEqual(drill.stop, datetime(2099, 1, 1))

    def test_officer_reserves_on_a_persons_row(self):
        drill = self._thing("Board drill", "AAA-1")
        due = fields.Datetime.now() + timedelta(days=2)
        self._reserve(drill, self.ott, due_at=due)
        self.start_tour("/odoo", "lending_people_tour", login="officer")
        loans = self.env["lending.loan"].search([("asset_id", "=", drill.id)])
        self.assertEqual(loans.employee_id, self.ott)
        self.assertEqual(loans.mapped("state"), ["reserved", "reserved"])
