from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.availability import room_buffers


class RoomReservationSpace(models.Model):
    """One room of a reservation, with its layout and what it takes around it."""

    _name = "room.reservation.space"
    _description = "Room of a Reservation"
    _inherit = ["room.reservation.part.mixin"]
    _rec_name = "space_id"
    _order = "reservation_id, id"
    _part_field = "space_ids"

    space_id = fields.Many2one(
        "room.space", string="Room", required=True, ondelete="restrict", index=True
    )
    layout_id = fields.Many2one(
        "room.layout",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('space_id', '=', space_id)]",
        compute="_compute_layout_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    approval = fields.Selection(
        [
            ("asked", "To be approved"),
            ("granted", "Approved"),
            ("rejected", "Rejected"),
        ],
        readonly=True,
        copy=False,
    )
    checked_in_at = fields.Datetime(
        string="Checked in", readonly=True, copy=False, help="When somebody came."
    )
    left_at = fields.Datetime(
        string="Given up",
        readonly=True,
        copy=False,
        help="Nobody had come by then: it is free for others.",
    )
    capacity = fields.Integer(
        compute="_compute_capacity", help="How many people it takes, so arranged."
    )
    start = fields.Datetime(related="reservation_id.start", store=True, index=True)
    stop = fields.Datetime(related="reservation_id.stop", store=True)
    state = fields.Selection(related="reservation_id.state", store=True)
    setup_minutes = fields.Integer(
        compute="_compute_buffers",
        string="Setup (min)",
        help="How long before the meeting it is taken: the longest of the room, its "
        "layout and what is built up in it.",
    )
    teardown_minutes = fields.Integer(
        compute="_compute_buffers", string="Teardown (min)"
    )

    @api.model
    def _guarded_fields(self):
        """What was decided, and who came."""
        return super()._guarded_fields() | {
            "approval", "checked_in_at", "left_at", "start", "stop", "state",
        }  # fmt: skip

    _once = models.UniqueIndex(
        "(reservation_id, space_id)", "A reservation has each room once."
    )

    def _asked(self):
        """Those that wait for an answer."""
        return self.filtered(lambda room: room.approval == "asked")

    @api.depends("space_id")
    def _compute_layout_id(self):
        """The first layout of the room, until another is chosen."""
        for room in self:
            if room.layout_id.space_id != room.space_id:
                room.layout_id = room.space_id.layout_ids[:1]

    @api.depends("layout_id.capacity", "space_id.capacity")
    def _compute_capacity(self):
        for room in self:
            room.capacity = room.layout_id.capacity or room.space_id.capacity

    @api.depends(
        "space_id.setup_minutes",
        "space_id.teardown_minutes",
        "layout_id.setup_minutes",
        "layout_id.teardown_minutes",
        "reservation_id.line_ids.quantity",
        "reservation_id.line_ids.state",
    )
    def _compute_buffers(self):
        """The longest of room, layout and what blocks it (R73, RA11, RA16)."""
        for room in self:
            space, layout = room.space_id, room.layout_id
            # Narrow sudo: hidden lines block nothing, but all are looked through.
            blocking = room.sudo().reservation_id.line_ids.filtered(
                lambda line, space=space: (
                    line.service_id.blocks_room
                    and line.state != "dropped"
                    and line.space_id in (space.browse(), space)
                )
            )
            room.setup_minutes, room.teardown_minutes = room_buffers(
                (space.setup_minutes, space.teardown_minutes),
                (layout.setup_minutes, layout.teardown_minutes),
                *(line._buffers() for line in blocking),
            )

    # === PUT ELSEWHERE, AS ON THE BOARD === #

    def _other_room(self, resource_id):
        """The room that has this resource; without one its own.

        :raise UserError: it is none.
        """
        if not resource_id or resource_id == self.space_id.resource_id.id:
            return self.space_id
        found = self.env["room.space"].search([("resource_id", "=", resource_id)])
        if not found:
            raise UserError(
                self.env._(
                    "Only another room can take the place of %s.",
                    self.space_id.display_name,
                )
            )
        return found

    def _values_in(self, space):
        """Its values in another room, which is to be arranged as this one is.

        :raise UserError: that cannot be.
        """
        name = self.layout_id.name
        layout = space.layout_ids.filtered(lambda one: name and one.name == name)[:1]
        if name and not layout:
            raise UserError(
                self.env._(
                    "%(room)s has no layout “%(layout)s”: choose the room in the "
                    "booking, and how it is arranged.",
                    room=space.display_name,
                    layout=name,
                )
            )
        return {"space_id": space.id, "layout_id": layout.id}
