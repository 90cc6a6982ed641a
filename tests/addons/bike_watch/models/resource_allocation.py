from odoo import api, models


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    @api.model
    def _became_free(self, freed):
        """Riders whose trip has no bike yet are told; who is first, gets it."""
        super()._became_free(freed)
        bikes = [resource for resource, _start, _stop in freed]
        self.env["bike.trip"].sudo().search(
            [("allocation_id", "=", False), ("bike_id.resource_id", "in", bikes)]
        )._tell_if_free()
