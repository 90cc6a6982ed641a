from odoo.tests import freeze_time, tagged

from odoo.addons.bike_trip.tests.common import TripCase
from odoo.addons.resource_allocation.tests.common import NOW, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestWatch(TripCase):
    """A stranger waits for bikes, says what instead, and is compared by night."""

    def _waiting(self, start, stop):
        return self.env["bike.trip"].create(
            {
                "name": "Later",
                "rider_id": self.rider.id,
                "bike_id": self.bike.id,
                "start": at(start),
                "stop": at(stop),
            }
        )

    def test_who_waits_is_told_what_became_free(self):
        trip = self._trip(8, 12)
        told, still_taken = self._waiting(8, 9), self._waiting(10, 12)
        trip.with_user(self.rider).write({"start": at(10)})
        self.env.cr.precommit.run()
        self.assertIn("Book now!", told.message_ids[0].body)
        self.assertEqual(told.message_ids[0].partner_ids, self.rider.partner_id)
        self.assertNotIn("Book now!", str(still_taken.message_ids.mapped("body")))

    def test_what_serves_instead_is_alike(self):
        same = self.env["bike.bike"].create({"name": "Bike", "frame_no": "F-2"})
        self.env["bike.bike"].create({"name": "Old", "for_everybody": True})
        self.env["bike.bike"].create({"name": "Set", "part_ids": self.tandem.ids})
        self._trip(8, 10)
        verdict = self._refused(self.bike.resource_id, at(8), at(10))
        elsewhere = [
            proposal.resource_name
            for proposal in verdict.proposals
            if proposal.resource_id != self.bike.resource_id.id
        ]
        self.assertEqual(elsewhere, ["Bike (F-2)", "Tandem"])
        self.assertEqual(same.resource_id.display_name, "Bike (F-2)")

    def test_what_differs_is_listed_and_repaired(self):
        trip = self._trip(8, 10)
        difference = self.env["resource.allocation.difference"]
        difference._look_at(trip)
        self.assertFalse(self._listed(trip))
        trip.env.flush_all()
        self.env.cr.execute(
            "UPDATE bike_trip SET stop = %s WHERE id = %s", [at(11), trip.id]
        )
        trip.invalidate_recordset()
        with self.assertLogs("odoo.addons.resource_allocation", "WARNING"):
            difference._look_at(trip)
        self._listed(trip).action_repair()
        self.assertEqual(trip.allocation_id.stop, at(11))
        self.assertFalse(self._listed(trip))

    def _listed(self, trip):
        domain = [("res_model", "=", "bike.trip"), ("res_id", "=", trip.id)]
        return self.env["resource.allocation.difference"].search(domain)
