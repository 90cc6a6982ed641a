from odoo import fields, models

from odoo.addons.resource_allocation.inputs import only_one


class RoomReservationCancel(models.TransientModel):
    """Ask why a reservation is cancelled."""

    _name = "room.reservation.cancel"
    _description = "Cancel a Reservation"

    reservation_ids = fields.Many2many("room.reservation", required=True)
    reason = fields.Char(string="Why")

    def action_cancel(self):
        """Cancel, with the reason if there is one, which those who take part are told.

        :raise BookingRefused: it has begun, or its deadline is over.
        """
        window = only_one(self)
        window.reservation_ids.cancel(window.reason)
        return {"type": "ir.actions.act_window_close"}
