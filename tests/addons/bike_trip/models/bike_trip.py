from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class BikeTrip(models.Model):
    """A ride on a company bike: promised, taken along, brought back."""

    _name = "bike.trip"
    _description = "Bike Trip"
    _inherit = [
        "resource.document.mixin",
        "resource.guarded.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]

    name = fields.Char(required=True)
    rider_id = fields.Many2one(
        "res.users", required=True, default=lambda self: self.env.user
    )
    bike_id = fields.Many2one("bike.bike", required=True)
    start = fields.Datetime(required=True)
    stop = fields.Datetime(required=True)
    allocation_id = fields.Many2one("resource.allocation", readonly=True, copy=False)
    state = fields.Selection(related="allocation_id.state", store=True)

    @api.model
    def _guarded_fields(self):
        """What the ledger decides; until it is booked, period and bike are typed."""
        return super()._guarded_fields() | {"allocation_id", "state"}

    def write(self, vals):
        """Let the promise follow what is typed: both change, or neither.

        :raise AllocationConflict: the bike is not free then.
        """
        done = super().write(vals)
        booked = self.filtered("allocation_id")
        if booked and {"bike_id", "start", "stop"} & vals.keys():
            promised = [trip._prepare_period() for trip in booked]
            booked._ledger(booked.allocation_id).change(promised)
        return done

    def _prepare_period(self):
        bike = self.bike_id.resource_id
        return {"resource_id": bike.id, "start": self.start, "stop": self.stop}

    # === WHAT A RIDER DOES === #

    def action_book(self):
        """Promise the bikes, all or none.

        :raise AllocationConflict: says who has it, and what is free.
        """
        self.check_access("write")
        rows = self._ledger().allocate([trip._prepare_allocation() for trip in self])
        for trip, row in zip(self, rows, strict=True):
            trip._store({"allocation_id": row.id})

    def _prepare_allocation(self):
        document = {"res_model": self._name, "res_id": self.id}
        return {**self._prepare_period(), **document, "user_id": self.rider_id.id}

    def action_cancel(self):
        """Give the bikes back before the trip."""
        self.check_access("write")
        self._ledger(self.allocation_id).cancel()

    def _allocation_approve(self, asked):
        """One bike that the user knows of; riders have no rights on the ledger."""
        known = self.env["bike.bike"].sudo(False).search([]).resource_id.ids
        for _trip, vals in asked:
            if vals["resource_id"] not in known or vals["quantity"] > 1:
                raise AccessError(self.env._("A trip needs a bike of ours."))

    # === WHAT OTHERS ASK THE LEDGER FOR === #

    @api.model
    def _allocation_steps(self):
        """Others hand the bike out, take it back and move the trip; no more."""
        return {"hand_out", "take_back", "expect_back", "change"}

    def _allocation_check(self, step, rows):
        """The porter has the keys, without reading where people ride."""
        porter = "resource_allocation.resource_allocation_group_manager"
        if step in ("hand_out", "take_back") and self.env.user.has_group(porter):
            return
        super()._allocation_check(step, rows)

    def _allocation_do(self, step, rows, *args, **kwargs):
        """A trip that has begun is not moved."""
        if step == "change" and rows.filtered("actual_start"):
            raise UserError(self.env._("You are on your way: ask the porter."))
        return super()._allocation_do(step, rows, *args, **kwargs)

    def _allocation_changed(self, changes):
        """The trip has the period and the bike that were promised, and says so."""
        for row, before in changes.items():
            trip = self.browse(row.res_id)
            if "resource_id" in before:
                bikes = self.env["bike.bike"]
                bike = bikes.search([("resource_id", "=", row.resource_id.id)])
                super(BikeTrip, trip).write({"bike_id": bike.id})
            if {"start", "stop"} & before.keys():
                super(BikeTrip, trip).write({"start": row.start, "stop": row.stop})
            if "state" in before and row.state != "reserved":
                trip.message_post(body=self.env._("The bike is %s now.", row.state))
