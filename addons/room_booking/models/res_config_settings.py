from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    group_room_catering_types = fields.Boolean(
        string="Catering types",
        implied_group="room_booking.room_booking_group_catering_types",
        help="Several kinds of catering, as buffet and snacks: an appointment has one, "
        "and gets what fits it.",
    )
