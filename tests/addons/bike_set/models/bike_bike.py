from odoo import api, fields, models
from odoo.fields import Domain


class BikeBike(models.Model):
    """Bikes with a number, sets of bikes, and bikes that anybody may take."""

    _inherit = "bike.bike"
    _parts_field = "part_ids"
    _unlimited_field = "for_everybody"

    active = fields.Boolean(default=True)
    frame_no = fields.Char(help="What tells it apart from other bikes.")
    part_ids = fields.Many2many(
        "bike.bike",
        "bike_part_rel",
        "whole_id",
        "part_id",
        help="Of a set: the bikes that are only booked together.",
    )
    for_everybody = fields.Boolean(help="Old ones that anybody may take, unbooked.")

    @api.model
    def _resource_follows(self):
        """Bikes of one name are told apart by the number on the frame."""
        return {**super()._resource_follows(), "frame_no": "code"}

    def _domains_substitutes(self):
        """A set serves for a set; for a bike one of its name, else any."""
        self.ensure_one()
        alike = Domain("part_ids", "!=" if self.part_ids else "=", False)
        return [alike & Domain("name", "=", self.name), alike]
