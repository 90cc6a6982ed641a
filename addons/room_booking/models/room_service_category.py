from odoo import fields, models


class RoomServiceCategory(models.Model):
    """Under which heading a service is offered (R2)."""

    _name = "room.service.category"
    _description = "Service Category"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, export_string_translation=False)
