"""What a reservation consists of, and how it is changed: by the reservation alone."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.resource_allocation.inputs import to_id

CHANGING = "room_reservation_change"


class Change:
    """A change of reservations that is being written, with all that belongs to it.

    In the context it reaches the parts, which are then saved as they stand; the ledger
    is asked once, when all are. No client can send an object.
    """

    def __init__(self, settling=False, running=False):
        self.settling = settling
        """What comes by itself is put in order, by the reservation."""
        self.running = running
        """A meeting that takes place ends at another time: only the ledger is asked."""
        self.freed = []
        """Rows in the ledger of parts that were removed."""
        self.taken_off = set()
        """Lines that were removed and are there whatever the booker wants."""


class RoomReservationPartMixin(models.AbstractModel):
    """A room or a service of a reservation.

    Whoever creates, writes or deletes one changes its reservation, which decides: it
    is done as a change of that, whole or not at all.
    """

    _name = "room.reservation.part.mixin"
    _description = "Part of a Reservation"
    _inherit = ["resource.guarded.mixin"]
    _part_field = None
    """Name of the reservation's field that has them."""

    reservation_id = fields.Many2one(
        "room.reservation", required=True, ondelete="cascade", index=True
    )
    allocation_id = fields.Many2one(
        "resource.allocation", readonly=True, copy=False, index="btree_not_null"
    )

    @api.model
    def _guarded_fields(self):
        """What the ledger promised."""
        return super()._guarded_fields() | {"allocation_id"}

    def _change(self):
        change = self.env.context.get(CHANGING)
        return change if isinstance(change, Change) else None

    @api.model_create_multi
    def create(self, vals_list):
        """Create them as a change of their reservations, see there.

        :raise BookingRefused: and as the reservation refuses.
        """
        if self._change() or self._is_unlocked(vals_list):
            return super().create(vals_list)
        made = self.browse()
        for vals in vals_list:
            reservation = self.env["room.reservation"].browse(
                to_id(self.env, vals.get("reservation_id")) or []
            )
            if not reservation:
                raise UserError(self.env._("Say which reservation it belongs to."))
            before = reservation[self._part_field]
            reservation.write({self._part_field: [Command.create(vals)]})
            made += reservation[self._part_field] - before
        return made

    def write(self, vals):
        """Write them as a change of their reservations, see there.

        :raise BookingRefused: and as the reservation refuses.
        """
        self._check_stays(vals)
        if self._change() or self._is_unlocked([vals]):
            return super().write(vals)
        for reservation, parts in self.grouped("reservation_id").items():
            reservation.write(
                {self._part_field: [Command.update(part.id, vals) for part in parts]}
            )
        return True

    def _check_stays(self, vals):
        """Refuse to move a part into another reservation: it would drop its promise."""
        if "reservation_id" in vals and any(
            part.reservation_id.id != vals["reservation_id"] for part in self
        ):
            raise UserError(
                self.env._(
                    "Order it anew in the other reservation, and take it off here."
                )
            )

    def unlink(self):
        """Remove them as a change of their reservations, see there.

        :raise BookingRefused: and as the reservation refuses.
        """
        if change := self._change():
            # Narrow sudo: a row is given up whoever may read it.
            change.freed += self.sudo().allocation_id.filtered("live").ids
            return super().unlink()
        for reservation, parts in self.grouped("reservation_id").items():
            reservation.write(
                {self._part_field: [Command.delete(part.id) for part in parts]}
            )
        return True
