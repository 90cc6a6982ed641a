from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from odoo.addons.resource_allocation.core.moment import (
    day_end,
    day_start,
    local_day,
)
from odoo.addons.resource_allocation.core.truth import Expected
from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .room_reservation import LIVE
from .room_reservation_part_mixin import Change
from .room_service_line import DROPPABLE, MANDATORY

ASKED = ("outside_hours",)
FIRMNESS = ("state", "hold_until", "hold_kind")
COMPARED = (
    "resource_id", "start", "stop", "quantity", "setup_minutes", "teardown_minutes",
    "reach",
)  # fmt: skip


class RoomReservation(models.Model):
    """A reservation and the ledger: what it promises, and who may ask for it."""

    _inherit = "room.reservation"

    # === PROMISES === #

    def _promises(self):
        """What these should have: ``[(room or line, values of its row)]``.

        Rooms from setup to teardown (R72, R73); of services what there is only a number
        of. In sudo: mandatory ones of rooms are nobody's own.
        """
        found, now = [], fields.Datetime.now()
        for one in self.filtered(lambda one: one.state in LIVE).sudo():
            if one.state == "requested" and not one._keeps_place(now):
                continue
            for room in one.space_ids.filtered(lambda room: not room.left_at):
                promise = one._prepare_promise(room)
                found.append((room, {**promise, **one._firmness(room, now)}))
            for line in one.line_ids.filtered(lambda line: line._is_promised()):
                promise = {**one._prepare_document(), **line._prepare_promise()}
                found.append((line, {**promise, **one._firmness(None, now)}))
        return found

    def _keeps_place(self, now):
        """Whether a request keeps all its rooms until it is answered."""
        until = self._request_until()
        keeps = self.space_ids._asked().space_id.policy_id.mapped("keeps_place")
        return bool(until) and until > now and all(keeps)

    def _firmness(self, room, now):
        """How firm a promise is: held until an answer, or until somebody checks in."""
        if self.state == "requested":
            return _firm("hold", self._request_until(), "request")
        grace = room.space_id.policy_id.checkin_minutes if room else 0
        until = self.start + timedelta(minutes=grace)
        if grace and not room.checked_in_at and until > now:
            return _firm("hold", until, "check_in")
        return _firm("reserved")

    def _prepare_promise(self, room):
        return {
            **self._prepare_document(),
            "resource_id": room.space_id.resource_id.id,
            "start": self.start,
            "stop": self.stop,
            "quantity": 1,
            "setup_minutes": room.setup_minutes,
            "teardown_minutes": room.teardown_minutes,
            "reach": "period",
            # Whole days have their nights; that it opens on each was looked at.
            **({"outside_hours": True} if self.allday else {}),
        }

    def _prepare_document(self):
        return {"res_model": self._name, "res_id": self.id}

    def _follow_ledger(self, change, reason=None):
        """Bring the ledger in step with these, whole or not at all.

        While only buffers are in the way, what came by itself and has the longest ones
        is left out.

        :param Change change: with the rows of what was removed
        :raise AllocationConflict: says who has it, when, and what is free.
        """
        while True:
            try:
                with self.env.cr.savepoint():
                    return self._follow_once(change, reason)
            except AllocationConflict as conflict:
                if not self._drop_for_buffers(conflict):
                    raise self._worded(conflict) from conflict

    def _follow_once(self, change, reason):
        ledger = self.env["resource.allocation"]
        promises = self._promises()
        # Narrow sudo: rows are found whoever may read them; the door is open for them.
        own = self.sudo().space_ids.allocation_id | self.sudo().line_ids.allocation_id
        live = self._ledger((own | ledger.sudo().browse(change.freed)).filtered("live"))
        kept, new = [], []
        for part, vals in promises:
            row = part.allocation_id
            if row.live:
                kept.append((row, vals))
            else:
                new.append((part, vals))
        gone = live - ledger.union(*(row for row, _vals in kept))
        moved = [
            (row, {name: vals[name] for name in (*COMPARED, *ASKED) if name in vals})
            for row, vals in kept
            if any(_plain(row[name]) != vals[name] for name in COMPARED)
        ]
        # Each step locks what it touches; several, all of it before the first.
        if sum(map(bool, (gone, moved, new))) > 1:
            wanted = {vals["resource_id"] for _part, vals in promises}
            resources = self.env["resource.resource"].sudo().browse(wanted)
            live.lock_resources(live.all_resources() | resources)
        if gone:
            gone.cancel(reason)
        if moved:
            rows = self._ledger(ledger.concat(*(row for row, _vals in moved)))
            rows.change([vals for _row, vals in moved])
        self._follow_firmness(kept)
        if new:
            self._promise(new)

    def _follow_firmness(self, kept):
        """Confirm rows, or hold them until an answer or a check-in."""
        wanted = defaultdict(lambda: self.env["resource.allocation"])
        for row, vals in kept:
            firm = tuple(vals[name] for name in FIRMNESS)
            if firm != tuple(row[name] for name in FIRMNESS):
                wanted[firm] |= row
        for (state, until, kind), rows in wanted.items():
            held = rows.filtered(lambda row: row.state == "hold")
            same = held.filtered(lambda row, k=kind: row.hold_kind == k)
            if state == "hold" and same:
                self._ledger(same).prolong(until)
            if others := held - same if state == "hold" else held:
                self._ledger(others).confirm()
            if state == "hold" and rows - same:
                self._ledger(rows - same).hold_again(until, kind)

    def _promise(self, new):
        """Ask the ledger for these rows, those of a reservation as a group."""
        rows = self._ledger().allocate(
            [
                {
                    **vals,
                    "group": vals["res_id"],
                    "user_id": self.browse(vals["res_id"]).organizer_id.id,
                    "company_id": self.browse(vals["res_id"]).company_id.id,
                }
                for _part, vals in new
            ]
        )
        for (part, _vals), row in zip(new, rows, strict=True):
            part._store({"allocation_id": row.id})

    def _drop_for_buffers(self, conflict):
        """Leave out what has the longest buffer, where only a buffer is in the way."""
        if any(verdict.code != "buffer" for verdict in conflict.verdicts):
            return False
        # Narrow sudo: lines that came by themselves.
        blocking = self.sudo().line_ids.filtered(
            lambda line: (
                line.service_id.blocks_room
                and line.source in DROPPABLE
                and line.state == "ordered"
            )
        )
        if not blocking:
            return False
        longest = max(blocking, key=lambda line: max(line._buffers()))
        longest._drop(
            self.env._(
                "%s: there is no time to build it up and down around the meeting.",
                longest.service_id.name,
            )
        )
        return True

    def _worded(self, conflict):
        """Say of what is mandatory that the appointment fails with it (R32)."""
        lines = self.sudo().line_ids.filtered(lambda line: line.source == MANDATORY)
        by_resource = {line.service_id.resource_id.id: line for line in lines}
        for verdict in conflict.verdicts:
            if line := by_resource.get(verdict.resource_id):
                verdict.message = self.env._(
                    "%(service)s is mandatory in %(room)s, and not to be had: %(why)s",
                    service=line.service_id.name,
                    room=line.space_names,
                    why=verdict.message,
                )
        return AllocationConflict(conflict.verdicts)

    # === HOOKS OF THE LEDGER === #

    def _allocation_worth(self):
        """Its status and that of each service: by a move it may be asked anew, and what
        comes by itself may be left out."""
        # Narrow sudo: told to who has moved it, and only what became another.
        told = {}
        for one in self.sudo():
            name = one.display_name
            told[name] = one._fields["state"].convert_to_export(one.state, one)
            for line in one.line_ids:
                state = line._fields["state"].convert_to_export(line.state, line)
                told[f"{name}, {line.service_id.display_name}"] = state
        return told

    def _allocation_contacts(self):
        """The organizer of each."""
        return {one.id: one.organizer_id.partner_id for one in self}

    def _allocation_responsible(self):
        """Who organises it."""
        return self.organizer_id._first_responsible()

    def _allocation_approve(self, asked):
        """What the reservation says, in rooms that the user may read; no more.

        Who books has no rights on the ledger.
        """
        names = ("resource_id", "start", "stop", "quantity")
        wanted = {
            (vals["res_id"], *(vals[name] for name in names))
            for _part, vals in self._promises()
        }
        for one, vals in asked:
            if (one.id, *(_plain(vals[name]) for name in names)) not in wanted:
                raise AccessError(
                    self.env._("A reservation asks for its own rooms and services.")
                )
        self.space_ids.space_id.check_access("read")

    # === MOVED FROM THE LEDGER, AS ON THE BOARD === #

    @api.model
    def _allocation_steps(self):
        """Another time or room is a change of the reservation; the rest is its own."""
        return frozenset(["change"])

    def _allocation_check(self, step, rows):
        """Only who may change these.

        :raise AccessError: for anybody else, without saying whose it is.
        """
        if not self.has_access("write"):
            raise AccessError(
                self.env._(
                    "%s: only who organises or booked the meeting, or manages the "
                    "room, changes that.",
                    rows[:1].sudo().resource_id.display_name,
                )
            )

    def _allocation_do(self, step, rows, *args, **kwargs):
        """Change the reservations: rooms, services, calendar and mails follow."""
        if step == "change":
            self._change_rows(rows, *args, **kwargs)
            return rows
        return super()._allocation_do(step, rows, *args, **kwargs)

    def _change_rows(self, rows, wanted):
        """Write what rows of rooms are to be as if it were typed, all or nothing.

        :raise UserError: for what is typed in the reservation only.
        :raise BookingRefused: as the reservation refuses.
        :raise AllocationConflict: somebody has it.
        """
        self._check_only_moved(rows, wanted)
        values = {}
        for row, vals in zip(rows, wanted, strict=True):
            reservation = self.browse(row.sudo().res_id)
            mine = values.setdefault(reservation, {})
            for name, value in reservation._values_for_row(row, vals).items():
                if name == "space_ids":
                    mine[name] = mine.get(name, []) + value
                elif mine.setdefault(name, value) != value:
                    raise UserError(
                        self.env._(
                            "%s has one time for all its rooms.",
                            reservation.display_name,
                        )
                    )
        for reservation, vals in values.items():
            if vals:
                reservation.write(vals)

    def _values_for_row(self, row, vals):
        """What of the reservation changes with one of its rows."""
        room = self._room_of(row)
        if vals.get("quantity", 1) != 1:
            raise UserError(
                self.env._("%s is booked whole.", room.space_id.display_name)
            )
        found = {}
        to = room._other_room(vals.get("resource_id"))
        if to != room.space_id:
            found["space_ids"] = [Command.update(room.id, room._values_in(to))]
        known = row.sudo()
        start, stop = vals.get("start", known.start), vals.get("stop", known.stop)
        if (start, stop) != (known.start, known.stop):
            first = to if room == self.space_ids[:1] else self.space_ids[:1].space_id
            found |= self._values_at(start, stop, first._zone())
        return found

    def _room_of(self, row):
        """Which of its rooms a row of the ledger is of.

        :raise UserError: it is of a service, which follows its meeting.
        """
        # Narrow sudo: whoever may change it need not read its rows.
        room = self.sudo().space_ids.filtered(lambda one: one.allocation_id == row)
        if not room:
            raise UserError(
                self.env._(
                    "%(service)s is ordered for “%(meeting)s” and moves along with it: "
                    "change its time and number in the booking.",
                    service=row.sudo().resource_id.display_name,
                    meeting=self.display_name,
                )
            )
        return room.with_env(self.env)

    def _values_at(self, start, stop, zone):
        """Its values for another period; of whole days, of this zone, the days.

        Other hours of whole days are refused as if they were typed.

        :raise UserError: without an end.
        """
        if not (start and stop):
            raise UserError(self.env._("A meeting begins and ends: say when."))
        first = local_day(start, zone)
        last = local_day(stop - timedelta(seconds=1), zone)
        whole = (day_start(first, zone), day_end(last, zone)) == (start, stop)
        if self.allday and whole:
            return {"first_day": first, "last_day": last}
        return {"start": start, "stop": stop}

    def _allocation_takes(self, resources):
        """Rooms; services move along."""
        rooms = self.env["room.space"].search([("resource_id", "in", resources.ids)])
        return rooms.resource_id & resources

    # === COMPARED === #

    @api.model
    def _domain_expecting(self):
        """What is booked and not over."""
        return Domain("state", "in", LIVE) & Domain("stop", ">", fields.Datetime.now())

    def _expected_allocations(self):
        """Rooms and counted services, as the reservation says them."""
        found = {}
        for _part, vals in self.filtered_domain(self._domain_expecting())._promises():
            found.setdefault(vals["res_id"], []).append(
                Expected(
                    vals["resource_id"],
                    vals["state"],
                    vals["start"],
                    vals["stop"],
                    vals["quantity"],
                    vals["hold_until"] or None,
                )
            )
        return found

    def _repair_allocations(self):
        """The reservation is right, and its promises follow."""
        self.check_access("write")
        self._follow_ledger(Change())


def _firm(state, until=False, kind=False):
    return {"state": state, "hold_until": until, "hold_kind": kind}


def _plain(value):
    """A record's id, and every other value itself."""
    return value.id if isinstance(value, models.BaseModel) else value
