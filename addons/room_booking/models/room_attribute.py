from odoo import fields, models


class RoomAttribute(models.Model):
    """What a room has and people look for: daylight, step-free access, a whiteboard."""

    _name = "room.attribute"
    _description = "Room Attribute"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, export_string_translation=False)
    color = fields.Integer(export_string_translation=False)

    _name_unique = models.UniqueIndex("(name)", "There is an attribute of this name.")
