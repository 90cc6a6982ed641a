from odoo import fields, models


class RoomCateringType(models.Model):
    """A kind of catering that an appointment may have: buffet, snacks, drinks (R4)."""

    _name = "room.catering.type"
    _description = "Catering Type"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, export_string_translation=False)
    active = fields.Boolean(default=True)
