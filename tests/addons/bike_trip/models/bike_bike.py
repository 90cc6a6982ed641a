from odoo import fields, models


class BikeBike(models.Model):
    """A company bike: who may read it may know when it is free."""

    _name = "bike.bike"
    _description = "Bike"
    _inherit = "resource.bookable.mixin"

    name = fields.Char(required=True)

    def _prepare_resource_values(self, vals, tz):
        """A bike is free again when it is brought back, not by itself."""
        return {**super()._prepare_resource_values(vals, tz), "release": "return"}
