from odoo import api, models
from odoo.fields import Domain

from odoo.addons.resource_allocation.core.truth import Expected


class BikeTrip(models.Model):
    """Trips that wait for a bike, and are compared with the ledger every night."""

    _inherit = "bike.trip"
    _compared = True

    def _tell_if_free(self):
        """Ask again: a part of the time may be taken all the same."""
        for trip in self:
            bike = trip.bike_id.resource_id
            if bike.free_quantity(trip.start, trip.stop)[bike.id]:
                rider = trip.rider_id.partner_id
                trip.message_post(body=self.env._("Book now!"), partner_ids=rider.ids)

    @api.model
    def _domain_expecting(self):
        return Domain("state", "in", ("reserved", "out"))

    def _expected_allocations(self):
        """Its bike for its time, as the trip says it."""
        return {
            trip.id: [
                Expected(trip.bike_id.resource_id.id, trip.state, trip.start, trip.stop)
            ]
            for trip in self.filtered_domain(self._domain_expecting())
        }

    def _repair_allocations(self):
        """The trip is right, and its promise follows."""
        self.check_access("write")
        promised = [trip._prepare_period() for trip in self]
        self._ledger(self.allocation_id).change(promised)
