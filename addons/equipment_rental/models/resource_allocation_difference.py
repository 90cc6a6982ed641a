from odoo import api, models


class ResourceAllocationDifference(models.Model):
    _inherit = "resource.allocation.difference"

    @api.model
    def _sources(self):
        """Fleets, too, say what the ledger should have: they follow the stock."""
        return [*super()._sources(), "rental.pool"]
