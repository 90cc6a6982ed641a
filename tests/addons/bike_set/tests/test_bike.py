from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time

from odoo.addons.bike_trip.tests.common import TripCase
from odoo.addons.resource_allocation.exceptions import AllocationConflict
from odoo.addons.resource_allocation.tests.common import NOW, at


@freeze_time(NOW)
class TestBike(TripCase):
    """The resource follows its document, which may be made of parts or be free."""

    def test_code_follows(self):
        self.bike.frame_no = "F-1"
        self.assertEqual(self.bike.resource_id.display_name, "Bike (F-1)")
        named = self.env["bike.bike"].create({"name": "Bike", "frame_no": "F-2"})
        self.assertEqual(named.resource_id.display_name, "Bike (F-2)")

    # === PARTS === #

    def _set(self, *parts):
        ids = [part.id for part in parts]
        return self.env["bike.bike"].create({"name": "Set", "part_ids": ids})

    def test_parts_are_those_of_the_document(self):
        both = self._set(self.bike, self.tandem)
        resource = both.resource_id
        self.assertEqual(resource.booking_kind, "combination")
        self.assertEqual(resource.component_ids, (self.bike | self.tandem).resource_id)
        third = self.env["bike.bike"].create({"name": "Cargo"})
        both.part_ids = self.tandem | third
        self.assertEqual(resource.component_ids, (self.tandem | third).resource_id)
        both.part_ids = False
        self.assertFalse(resource.component_ids)

    def test_set_takes_its_bikes(self):
        both = self._set(self.bike, self.tandem)
        self._trip(8, 10, both)
        with self.assertRaises(AllocationConflict):
            self._trip(9, 11, self.tandem)
        with self.assertRaises(ValidationError):
            both.part_ids = self.bike

    def test_parts_one_may_not_read_cannot_be_taken(self):
        self.env["ir.rule"].create(
            {
                "name": "No tandems",
                "model_id": self.env["ir.model"]._get_id("bike.bike"),
                "domain_force": "[('name', '!=', 'Tandem')]",
            }
        )
        self.env["ir.model.access"].search(
            [("model_id.model", "=", "bike.bike")]
        ).write({"perm_create": True, "perm_write": True})
        mine = self._set(self.tandem, self.bike).with_user(self.rider)
        bikes = self.env["bike.bike"].with_user(self.rider)
        with self.assertRaises(AccessError):
            bikes.create({"name": "Mine", "part_ids": self.tandem.ids})
        mine.name = "Still both"
        self.assertEqual(len(mine.sudo().resource_id.component_ids), 2)

    # === UNLIMITED === #

    def test_unlimited_rests_and_comes_back(self):
        resource = self.bike.resource_id
        self.bike.for_everybody = True
        self.assertFalse(resource.active)
        self.bike.name = "Anybody's"
        self.assertEqual((resource.name, resource.active), ("Anybody's", False))
        self.bike.active = False
        self.bike.active = True
        self.assertFalse(resource.active, "still for everybody")
        self.bike.for_everybody = False
        self.assertTrue(resource.active)
        self._trip(8, 10)

    def test_made_unlimited(self):
        bike = self.env["bike.bike"].create({"name": "Old", "for_everybody": True})
        self.assertFalse(bike.resource_id.active)

    def test_promised_does_not_rest(self):
        trip = self._trip(8, 10)
        with self.assertRaisesRegex(UserError, "promised"):
            self.bike.for_everybody = True
        trip._ledger(trip.allocation_id).cancel()
        self.bike.for_everybody = True
        self.assertFalse(self.bike.resource_id.active)

    def test_archived_stays_archived_when_limited(self):
        self.bike.write({"active": False, "for_everybody": True})
        self.bike.for_everybody = False
        self.assertFalse(self.bike.resource_id.active)

    # === A RESOURCE OF ANOTHER APP === #

    def test_resource_of_another_app_is_left_alone(self):
        room = self.room
        shared = self.env["bike.bike"].create(
            {"name": "Bike in the hall", "resource_id": room.id}
        )
        self.assertEqual((shared.resource_id, room.name), (room, "Aula"))
        shared.write({"name": "X", "frame_no": "F", "part_ids": self.bike.ids})
        shared.for_everybody = True
        shared.active = False
        self.assertEqual(
            (room.name, room.code, room.active, room.component_ids.ids),
            ("Aula", False, True, []),
        )
        shared.unlink()
        self.assertTrue(room.exists().active)
        self._ask(room, at(8), at(9))
