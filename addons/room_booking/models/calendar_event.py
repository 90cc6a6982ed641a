from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from odoo.addons.resource_allocation.exceptions import LedgerBusy

from .room_reservation import LIVE

ADOPTED = {"name": "name", "user_id": "organizer_id"}
"""What a reservation takes over from its event: ``{its field: the reservation's}``."""


class CalendarEvent(models.Model):
    """An event of a reservation: who edits it asks the reservation."""

    _inherit = "calendar.event"

    room_reservation_id = fields.Many2one(
        "room.reservation", copy=False, index="btree_not_null", ondelete="set null"
    )

    def _show(self, values):
        """Show a reservation as it is now; what is equal is not written."""
        people = values["partner_ids"][0][2]
        changed = {
            name: value
            for name, value in values.items()
            if name != "partner_ids" and self._differs(name, value)
        }
        if set(people) != set(self.partner_ids.ids):
            changed["partner_ids"] = values["partner_ids"]
        if changed:
            self.write(changed)

    def _differs(self, name, value):
        mine = self._room_privacy() if name == "privacy" else self[name]
        return (mine.id if isinstance(mine, models.BaseModel) else mine) != value

    def _room_privacy(self):
        """A reservation is private or not; the calendar knows finer steps."""
        return "private" if self.privacy == "private" else "public"

    @api.model_create_multi
    def create(self, vals_list):
        """Let nobody but a reservation say whose event it is.

        :raise AccessError: naming the field.
        """
        self._check_reserves(vals_list)
        proposing = self.with_context(default_room_reservation_id=False)
        return super(CalendarEvent, proposing).create(vals_list).with_env(self.env)

    def _check_reserves(self, vals_list):
        if not self.env.su and any("room_reservation_id" in one for one in vals_list):
            raise AccessError(
                self.env._("Which reservation an event is of is not written by hand.")
            )

    def write(self, vals):
        """Ask the reservation for another time; it adopts title and organiser.

        What the reservation itself writes is equal to it, and changes nothing.

        :raise AllocationConflict: somebody else has the room then.
        :raise AccessError: the reservation is not the user's to change.
        """
        self._check_reserves([vals])
        # Many are written one by one: what that reads is read for all of them.
        reserved = self.filtered("room_reservation_id").with_prefetch(
            self._prefetch_ids
        )
        if not reserved:
            return super().write(vals)
        if vals.get("recurrency") or vals.get("recurrence_update"):
            raise UserError(
                self.env._(
                    "%s has a room: repeat it from its reservation, which looks "
                    "whether the room is free each time.",
                    reserved[0].name,
                )
            )
        # Those who take part hear of it from the reservation.
        quiet = reserved.with_context(skip_attendee_notification=True)
        if others := self - reserved:
            super(CalendarEvent, others).write(dict(vals))
        vals = reserved._with_an_organizer(vals)
        done = super(CalendarEvent, quiet).write(dict(vals))
        for event in reserved:
            event._tell_reservation()
        return done

    def _with_an_organizer(self, vals):
        """``vals`` without an owner who organises no meetings here.

        Other calendars name nobody whom they do not know, and anybody by address.
        """
        # Narrow sudo: whose meeting it is, and who works here.
        ours = self.room_reservation_id.sudo().organizer_id
        owner = ours.browse(vals.get("user_id") or []).exists()
        if "user_id" not in vals or owner & ours or (owner.active and not owner.share):
            return vals
        return {name: vals[name] for name in vals if name != "user_id"}

    def _get_ics_file(self):
        """Of a meeting in a room the one that its mails have."""
        reserved = self.filtered("room_reservation_id")
        files = super(CalendarEvent, self - reserved)._get_ics_file()
        for event in reserved:
            # Narrow sudo: whoever takes part, of a private one, too.
            meeting = event.room_reservation_id.sudo()
            files[event.id] = meeting._ics(
                "invited", meeting._as_told(), meeting.attendee_ids
            )
        return files

    def action_unlink_event(self, attendee_id=None, recurrence=False):
        """Ask for no mail of the calendar's own: once it is cancelled the reservation
        tells those who take part."""
        if not self.room_reservation_id:
            return super().action_unlink_event(attendee_id, recurrence)
        self.unlink()
        return {
            "type": "ir.actions.act_url",
            "target": "self",
            "url": "/odoo/calendar",
        }

    def _tell_reservation(self):
        """Change the reservation as the event now is, if it differs."""
        # As the user: the calendar lets everybody write, a reservation does not.
        reservation = self.room_reservation_id.sudo(False)
        shown = reservation.sudo()
        if shown.state not in LIVE:
            self._check_still_over(shown)
            return
        if not self.active:
            reservation.action_cancel()
            return
        vals = {
            theirs: _plain(self[ours])
            for ours, theirs in ADOPTED.items()
            if self[ours] != shown[theirs]
        }
        if self._room_privacy() != shown.privacy:
            vals["privacy"] = self._room_privacy()
        vals.update(self._other_period(shown))
        people = shown.organizer_id.partner_id | shown.attendee_ids
        if self.partner_ids | shown.organizer_id.partner_id != people:
            others = self.partner_ids - shown.organizer_id.partner_id
            vals["attendee_ids"] = [Command.set(others.ids)]
        if vals:
            reservation.write(vals)

    def _check_still_over(self, shown):
        """Refuse to move what is over, or to bring back what was given up."""
        back = self.active and shown.state != "done"
        if back or self._other_period(shown):
            raise UserError(
                self.env._(
                    "%s is over or was given up, and has no room any more: book anew.",
                    shown.display_name,
                )
            )

    def _other_period(self, shown):
        """The event's period, where it is not the reservation's."""
        if self.allday:
            days = (self.start_date, self.stop_date)
            if shown.allday and days == (shown.first_day, shown.last_day):
                return {}
            return {"allday": True, "first_day": days[0], "last_day": days[1]}
        if not shown.allday and (self.start, self.stop) == (shown.start, shown.stop):
            return {}
        if self.start >= self.stop:
            # Calendars know moments, the ledger does not.
            raise ValidationError(self.env._("A meeting ends after it begins."))
        return {"allday": False, "start": self.start, "stop": self.stop}

    def unlink(self):
        """Cancel the reservations of deleted events.

        :raise UserError: too late to cancel, or not the user's.
        """
        for event in self.filtered("room_reservation_id"):
            reservation = event.room_reservation_id.sudo(False)
            if reservation.sudo().state in LIVE:
                reservation.action_cancel()
        return super().unlink()

    # === OTHER CALENDARS === #

    def _from_elsewhere(self, step):
        """Take a step that comes from another calendar, or tell the user why not.

        It comes among many, and again each time: none may stop the others. What the
        database refuses only for now is raised, to be tried again.

        :param step: called with this event, in the user's language and zone
        :return: whether it was taken; if not, the other calendar shows what is not so
        """
        self.ensure_one()
        user = self.env.user
        zone = user.tz or self.env.context.get("tz")
        event = self.with_context(lang=user.lang, tz=zone)
        try:
            with self.env.cr.savepoint():
                step(event)
        except LedgerBusy:
            raise
        except UserError as refused:
            # Narrow sudo: it is in the user's calendar, whatever they may read here.
            event.room_reservation_id.sudo()._tell_refused(user, refused)
            return False
        return True

    def _only_theirs(self, vals):
        """``vals`` from another calendar without what the reservation says alone.

        That is where people meet; and who has no address, whom it cannot know.
        """
        # Narrow sudo: as the event is written.
        reservation = self.room_reservation_id.sudo()
        own = {"location"}
        if reservation._videocall_url():
            own.add("videocall_location")
        theirs = {name: vals[name] for name in vals if name not in own}
        unknown = self.attendee_ids.filtered(
            lambda one: not one.partner_id.email_normalized
        )
        stay = {"attendee_ids": unknown.ids, "partner_ids": unknown.partner_id.ids}
        for name in stay.keys() & theirs.keys():
            theirs[name] = [
                command
                for command in theirs[name]
                if command[0] not in (Command.DELETE, Command.UNLINK)
                or command[1] not in stay[name]
            ]
        return theirs

    def _take_answer(self, vals):
        """Take from ``vals`` of another calendar whether its user comes, no more."""
        mine = self.attendee_ids.filtered(
            lambda one: one.partner_id == self.env.user.partner_id
        )
        for command in vals.get("attendee_ids") or []:
            if command[0] == Command.UPDATE and command[1] in mine.ids:
                mine.state = command[2].get("state") or mine.state


def _plain(value):
    return value.id if isinstance(value, models.BaseModel) else value
