from odoo import fields, models

from odoo.addons.resource_allocation.inputs import only_one


class RoomReservationReject(models.TransientModel):
    """Ask why a request for a room is rejected."""

    _name = "room.reservation.reject"
    _description = "Reject a Request"

    reservation_ids = fields.Many2many("room.reservation", required=True)
    reason = fields.Char(string="Why", required=True)

    def action_reject(self):
        """Reject with that reason, which who asked is told.

        :raise AccessError: it is not the user's to decide on, or was decided already.
        """
        only_one(self).reservation_ids.reject(self.reason)
        return {"type": "ir.actions.act_window_close"}
