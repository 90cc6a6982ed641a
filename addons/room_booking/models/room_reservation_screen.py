from odoo import api, fields, models


class RoomReservation(models.Model):
    """What the form of a reservation offers to choose from."""

    _inherit = "room.reservation"

    chosen_space_ids = fields.Many2many(
        "room.space",
        compute="_compute_chosen_spaces",
        string="Chosen Rooms",
        help="Technical: which of them a service can be ordered for.",
    )
    has_many_rooms = fields.Boolean(compute="_compute_chosen_spaces")

    @api.depends("space_ids.space_id")
    def _compute_chosen_spaces(self):
        for reservation in self:
            reservation.chosen_space_ids = reservation.space_ids.space_id
            reservation.has_many_rooms = len(reservation.space_ids.space_id) > 1
