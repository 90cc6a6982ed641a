from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.resource_allocation.exceptions import AllocationConflict
from odoo.addons.resource_allocation.tests.common import NOW, at

from .common import TripCase


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestBikeTrip(TripCase):
    """A stranger's document does everything through the public API."""

    def test_rider_books_and_moves_without_rights_on_the_ledger(self):
        trip = self._trip()
        self.assertEqual((trip.state, trip.allocation_id.start), ("reserved", at(8)))
        trip.with_user(self.rider).write({"start": at(9), "stop": at(12)})
        self.assertEqual(trip.allocation_id.stop, at(12))
        trip.with_user(self.rider).action_cancel()
        self.assertEqual(trip.state, "cancelled")

    def test_bikes_are_rows_of_a_board(self):
        trip = self._trip()
        bikes = (self.bike | self.tandem).with_user(self.rider)
        told = bikes.board_rows([("id", "in", bikes.ids)])
        self.assertEqual(told["rows"]["id"], bikes.ids)
        self.assertEqual(told["rows"]["resource"], bikes.resource_id.ids)
        # Nothing is booked from its board: it does not say how.
        self.assertFalse(bikes[0].board_book(at(8), at(9)))
        for user, label in ((self.rider, trip.display_name), (self.employee, "busy")):
            things = self.bike.resource_id.with_user(user)
            bars = things.timetable(at(0), at(24))["bars"]
            self.assertEqual(bars["label"], [label])

    def test_two_trips_do_not_get_one_bike(self):
        self._trip()
        with self.assertRaises(AllocationConflict):
            self._trip(9, 11)
        second = self._trip(12, 13)
        with self.assertRaises(AllocationConflict):
            second.with_user(self.rider).write({"start": at(9)})
        self.assertEqual(second.start, at(12))

    def test_what_the_ledger_decides_is_not_typed(self):
        trip = self._trip()
        for vals in ({"state": "done"}, {"allocation_id": False}):
            with self.subTest(vals), self.assertRaises(AccessError):
                trip.with_user(self.rider).write(vals)
            with self.subTest(vals), self.assertRaises(AccessError):
                trip.sudo().write(vals)
            with self.subTest(vals), self.assertRaises(AccessError):
                self.env["bike.trip"].create({"name": "Forged", **vals})

    def test_nobody_else_promises_in_a_trips_name(self):
        trip = self._trip()
        forged = {"res_model": "bike.trip", "res_id": trip.id}
        for user in (self.manager, self.rider):
            with self.subTest(user.login), self.assertRaises(UserError):
                self._ask(self.tandem.resource_id, at(8), at(9), user=user, **forged)
        with self.assertRaises(ValidationError):
            trip._ledger().allocate(
                [
                    {
                        **trip._prepare_allocation(),
                        "start": at(20),
                        "stop": at(21),
                        "partner_id": self.rider.partner_id.id,
                    }
                ]
            )

    def test_a_trip_is_not_made_with_what_is_no_bike(self):
        trip = self._trip()
        with self.assertRaises(UserError):
            trip.allocation_id.with_user(self.rider).reassign(self.room.id)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            trip.allocation_id.with_user(self.env.user).reassign(self.room)
        self.assertEqual(trip.allocation_id.resource_id, self.bike.resource_id)

    def test_activity_stands_on_the_document(self):
        trip = self._trip()
        self._ask(self.bike.resource_id, at(9), at(11), kind="block")
        self.assertTrue(trip.allocation_id.at_risk)
        self.assertEqual(trip.activity_ids.user_id, self.rider)

    def test_trips_are_relocated_from_the_list_of_what_is_at_risk(self):
        trip = self._trip()
        self._ask(self.bike.resource_id, at(8), at(12), kind="block")
        row = trip.allocation_id.with_user(self.rider).sudo(False)
        dialog = self.env["resource.allocation.relocate"].with_user(self.env.user)
        dialog = dialog._create_for(row.with_user(self.env.user))
        self.assertTrue(dialog.line_ids.proposals)
        dialog.action_apply()
        self.assertFalse(trip.allocation_id.at_risk)
        self.assertEqual(
            (trip.start, trip.stop, trip.bike_id.resource_id),
            (row.start, row.stop, row.resource_id),
        )

    def test_invariant_7_unreadable_document_is_only_busy(self):
        trip = self._trip()
        verdict = self._refused(self.bike.resource_id, at(9), at(11), user=self.manager)
        self.assertEqual(verdict.holders[0].label, "busy")
        self.assertNotIn("secret", str(verdict))
        row = trip.allocation_id.with_user(self.manager)
        self.assertFalse(row.document_name)
        self.assertNotIn("secret", str(row.read()))
        mine = self._refused(self.bike.resource_id, at(9), at(11), user=self.env.user)
        self.assertEqual(mine.holders[0].label, trip.display_name)

    def test_what_acts_in_sudo_tells_the_real_user_no_more(self):
        self._trip()
        asking = self.Allocation.with_user(self.manager).sudo()
        vals = {"resource_id": self.bike.resource_id.id, "start": at(9), "stop": at(11)}
        [verdict] = asking.check([vals])
        self.assertEqual(verdict["holders"][0]["label"], "busy")
        self.assertNotIn("secret", verdict["message"])
