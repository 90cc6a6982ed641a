from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.bike_trip.tests.common import TripCase
from odoo.addons.resource_allocation.tests.common import NOW, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestBikeBasket(TripCase):
    """A stranger's board: what is chosen on it becomes the stranger's documents."""

    def test_C22_riders_make_trips_of_what_they_chose_on_a_strangers_board(self):
        """Without rights on the ledger: a trip asks in its own name."""
        bikes = (self.bike | self.tandem).with_user(self.rider)
        self.assertEqual(bikes.board_kinds(), [["trip", "Trip"]])

        def entry(bike, hour):
            ids = {"row": bike.id, "resource": bike.resource_id.id, "kind": "trip"}
            return {**ids, "start": str(at(hour)), "stop": str(at(hour + 2))}

        entries = [entry(self.bike, 8), entry(self.tandem, 8), entry(self.bike, 9)]
        [verdict] = bikes.board_check(entries)
        self.assertEqual((verdict["index"], verdict["code"]), (2, "taken"))
        action = bikes.board_order(entries)
        basket = bikes.env[action["res_model"]].browse(action["res_id"])
        with self.assertRaisesRegex(UserError, "taken"):
            basket.action_make()
        infos = basket.action_make_what_fits()["infos"]
        self.assertEqual(infos["made"], [0, 1])
        trips = self.env["bike.trip"].search([("bike_id", "in", bikes.ids)])
        self.assertEqual(set(trips.mapped("state")), {"reserved"})
        self.assertEqual(trips.bike_id, bikes.sudo(False).with_env(self.env))
