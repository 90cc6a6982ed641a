from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import USER


@tagged("post_install", "-at_install", "tour")
class TestTour(HttpCase):
    """The screens in a real browser, as somebody who only books."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.booker = new_test_user(cls.env, "tour_booker", USER, name="Bo Booker")
        common = {
            "bookable": True,
            "resource_type": "material",
            "calendar_id": False,
            "company_id": cls.env.company.id,
        }
        cls.laptop, cls.room, cls.annex = cls.env["resource.resource"].create(
            [
                {"name": "Tour laptop", "release": "return", **common},
                {"name": "Tour room", **common},
                {"name": "Tour annex", **common},
            ]
        )
        now = fields.Datetime.now().replace(microsecond=0)
        opening = cls.env["resource.resource"].with_user(cls.booker).find_opening()
        cls.meeting = cls.env["resource.allocation"].allocate(
            [
                {
                    "resource_id": cls.room.id,
                    "name": "Board meeting",
                    "start": now - timedelta(hours=1),
                    # Now, and when the search opens.
                    "stop": max(now + timedelta(hours=5), opening["stop"]),
                }
            ]
        )

    def test_find_hold_confirm_hand_out_take_back_then_refused(self):
        self.start_tour(
            "/odoo/find-free", "resource_allocation_find_free_tour", login="tour_booker"
        )
        lent = self.laptop.allocation_ids
        self.assertEqual(len(lent), 1)
        self.assertEqual((lent.state, lent.name), ("done", "Site visit"))
        self.assertEqual((lent.user_id, lent.create_uid), (self.booker, self.booker))
        self.assertLessEqual(lent.actual_start, lent.actual_stop)
        self.assertFalse(lent.hold_until)
        self.assertEqual(self.room.allocation_ids, self.meeting, "nothing was doubled")
        instead = self.annex.allocation_ids
        self.assertEqual(instead.state, "reserved")
        self.assertTrue(
            self.meeting.start <= instead.start < instead.stop <= self.meeting.stop,
            "the annex was taken for the hour that was wanted in the room",
        )
        free = self.annex.free_quantity(instead.start, instead.stop)
        self.assertEqual(free, {self.annex.id: 0})

    def test_form_refuses_in_words(self):
        with mute_logger("odoo.http"):
            self.start_tour(
                "/odoo/allocations/new",
                "resource_allocation_conflict_tour",
                login="tour_booker",
            )
        self.assertEqual(self.room.allocation_ids, self.meeting)

    def test_relocate_what_a_block_displaced(self):
        others = self.env["resource.allocation"].search([("at_risk", "=", True)])
        self.assertFalse(others, "the tour ends with an empty list")
        self.env["resource.allocation"].allocate(
            [
                {
                    "resource_id": self.room.id,
                    "kind": "block",
                    "name": "Burst pipe",
                    "start": self.meeting.start,
                    "stop": self.meeting.stop,
                }
            ]
        )
        self.assertTrue(self.meeting.at_risk)
        self.start_tour(
            "/odoo/allocations-at-risk",
            "resource_allocation_relocate_tour",
            login="tour_booker",
        )
        self.assertEqual(self.meeting.resource_id, self.annex)
        self.assertFalse(self.meeting.at_risk)
