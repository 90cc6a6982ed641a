from odoo.addons.resource_allocation.tests.common import LedgerCase, at


class TripCase(LedgerCase):
    """A bike, its rider, and the ledger's people, who have no rights on trips."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rider = cls._user("rider", "base.group_user", email="rider@example.com")
        cls.bike, cls.tandem = cls.env["bike.bike"].create(
            [{"name": "Bike"}, {"name": "Tandem"}]
        )

    @classmethod
    def _trip(cls, start=8, stop=10, bike=None, **vals):
        """A trip of the rider's, booked."""
        trip = cls.env["bike.trip"].create(
            {
                "name": "To the secret client",
                "rider_id": cls.rider.id,
                "bike_id": (bike or cls.bike).id,
                "start": at(start),
                "stop": at(stop),
                **vals,
            }
        )
        trip.with_user(cls.rider).action_book()
        return trip

    @classmethod
    def _trip_in(cls, state):
        trip = cls._trip(6, 8)
        row = trip._ledger(trip.allocation_id)
        if state == "hold":
            row._store({"state": "hold", "hold_until": at(7)})
        if state in ("out", "done"):
            row.hand_out()
        if state == "done":
            row.take_back()
        if state == "cancelled":
            row.cancel()
        return trip
