from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.tools import format_date, format_list

from odoo.addons.resource_allocation.core.moment import local_day

from ..core.lines import CO_BOOKED, PREFILLED, automatic, co_booked
from ..core.policy import Wanted, refusals
from ..exceptions import BookingRefused, Refusal
from .room_reservation_part_mixin import Change
from .room_service_line import DROPPABLE, FORCED, ORDERED, TYPED

LONGEST = timedelta(days=366)
PROPOSED = 3
"""How many rooms are proposed instead of one that is refused."""


class RoomReservation(models.Model):
    """A reservation and its services: what comes by itself, and what is refused."""

    _inherit = "room.reservation"

    # === WHAT COMES BY ITSELF === #

    def _automatic(self):
        """What comes by itself: ``{(service's id, room's id or 0): Line}``.

        Mandatory, hidden and built-in ones with each room they belong to (RA8), the
        others once, also with the occasion.
        """
        self.ensure_one()
        expected = self._expected_participants()
        catering = self.catering_type_id._origin.id or None
        # Narrow sudo: hidden services come along, too.
        rooms = self.space_ids.space_id._origin.sudo()
        found = {}
        for room in rooms:
            bound = room.service_ids.filtered(
                lambda one: one.active and one._comes_with_room()
            )
            for line in automatic(bound._for_lines(), catering, expected):
                found[line.key, room.id] = line
        offered = rooms.service_ids | self.scenario_id._origin.sudo().service_ids
        offered = offered.filtered(
            lambda one: one.active and not one._comes_with_room()
        )
        for line in automatic(offered._for_lines(), catering, expected):
            found[line.key, 0] = line
        return found

    def _listed(self, wanted):
        """Services that stand on the list by themselves."""
        return self.env["room.service"].browse({key for key, _room in wanted})

    def _plan_lines(self, wanted, known):
        """How the list has to change: ``(gone, {line: values}, [new values])``.

        What was ordered stays; what was taken off does not come again.

        :param dict wanted: what comes by itself, see :meth:`_automatic`
        :param known: all fees, see :meth:`_known_fees`
        """
        self.ensure_one()
        forced = {key for (key, _room), one in wanted.items() if one.source in FORCED}
        listed = set(self.listed_service_ids._origin.ids)
        lines = self._every_line()
        fees = lines.filtered(lambda line: line.service_id.kind == CO_BOOKED)
        there, gone, changed = {}, fees.browse(), {}
        for line in (lines - fees).filtered("service_id"):
            service = line.service_id._origin.id
            key = (service, line.space_id._origin.id or 0)
            if key in wanted and key not in there:
                there[key] = line
                vals = self._values_of(wanted[key], line)
                vals = {name: new for name, new in vals.items() if line[name] != new}
                if vals:
                    changed[line] = vals
            elif line.source != ORDERED or service in forced:
                gone += line
        new = [
            self._prepare_line(*key, line)
            for key, line in wanted.items()
            if key not in there and (line.source in FORCED or key[0] not in listed)
        ]
        staying = lines - fees - gone
        services = staying.service_id._origin.ids
        services += [vals["service_id"] for vals in new]
        gone_fees, changed_fees, new_fees = self._plan_fees(fees, services, known)
        return gone + gone_fees, {**changed, **changed_fees}, new + new_fees

    def _prepare_line(self, service, room, line):
        return {
            "service_id": service,
            "space_id": room or False,
            "quantity": line.quantity,
            "source": line.source,
        }

    def _values_of(self, wanted, line):
        """What a line that comes by itself has to say; what was typed stays (RA3)."""
        vals = {"source": wanted.source}
        if wanted.source in FORCED:
            vals["quantity"] = wanted.quantity
        elif wanted.source == PREFILLED and not line.is_overridden:
            if line.source == ORDERED and line.quantity != wanted.quantity:
                vals["is_overridden"] = True
            else:
                vals["quantity"] = wanted.quantity
        return vals

    def _known_fees(self):
        """All that is booked along with something, in any company."""
        # Narrow sudo: which services bring a fee is no secret of the group's.
        return self.env["room.service"].sudo().search([("kind", "=", CO_BOOKED)])

    def _plan_fees(self, fees, ordered, known):
        """How fees have to change: what others bring, once, to the last of them (RA9).

        :param list ordered: ids of the services that are had
        """
        had = known.browse(ordered)
        known = known.filtered(lambda fee: fee.company_id <= self.company_id)
        brought = co_booked(known._for_lines(), had._for_lines())
        wanted = {line.key: line for line in brought}
        gone, changed = fees.browse(), {}
        for line in fees:
            if not wanted.pop(line.service_id._origin.id, None):
                gone += line
            elif line.source != CO_BOOKED or line.quantity != 1:
                changed[line] = {"source": CO_BOOKED, "quantity": 1}
        new = [self._prepare_line(key, 0, line) for key, line in wanted.items()]
        return gone, changed, new

    def _settle_lines(self, change, seen):
        """Put the lists in order, and let what has a time of its own move along."""
        settling, fees = Change(settling=True), self._known_fees()
        # Narrow sudo: hidden lines are listed, too. All are read at once.
        self.sudo()._every_line().mapped("service_id")
        for one in self._changing(settling).sudo():
            one._move_along(seen)
            wanted = one._automatic()
            gone, changed, new = one._plan_lines(wanted, fees)
            one._check_not_taken_off(change, new)
            gone.unlink()
            for line, vals in changed.items():
                line._store(vals)
            new = [{**vals, "reservation_id": one.id} for vals in new]
            one.line_ids._insert(new)
            listed = one._listed(wanted)
            if one.listed_service_ids != listed:
                one.listed_service_ids = listed
        change.freed += settling.freed

    def _settle_fees(self):
        """Let fees go with what was left out, and come with what is to be had (RA9)."""
        # Where nothing was left out they are as they were planned.
        some = self.filtered(lambda one: "dropped" in one.line_ids.mapped("state"))
        known = some and self._known_fees()
        # Narrow sudo: as the lists are put in order.
        for one in some._changing(Change(settling=True)).sudo():
            lines = one._every_line()
            fees = lines.filtered(lambda line: line.service_id.kind == CO_BOOKED)
            had = (lines - fees).filtered(lambda line: line.state == "ordered")
            gone, _changed, new = one._plan_fees(fees, had.service_id.ids, known)
            gone.unlink()
            lines._insert(
                [{**vals, "reservation_id": one.id, "state": "ordered"} for vals in new]
            )

    def _check_not_taken_off(self, change, new):
        """Refuse that what cannot be taken off was, and comes again (R18, R23, R30)."""
        lines = self.env["room.service.line"]
        for vals in new:
            service = lines.service_id.browse(vals["service_id"])
            if (self.id, service.id, vals["space_id"]) in change.taken_off:
                raise lines._refusal_of_forced(vals["source"], service)

    def _move_along(self, seen):
        """Move what is provided at a time of its own as the meeting moved."""
        before = seen.get(self)
        if not before or before[0] == self.start:
            return
        for line in self.line_ids.filtered("wanted_start"):
            asked = seen.get(line)
            if asked and asked.wanted == line.wanted_start:
                line.wanted_start += self.start - before[0]

    # === WHAT IS REFUSED === #

    def _ask(self, change, seen):
        """Book what these ask for, all or none: rules first, then the ledger.

        :param dict seen: how it stood before, see :meth:`_seen`; what did not change
            is not looked at again
        :raise BookingRefused: naming each rule that is in the way.
        :raise AllocationConflict: somebody has it.
        """
        if not self:
            return
        refused = [one for each in self for one in each._refused_rooms(seen)]
        refused += self._order_lines(seen)
        if refused:
            self._propose_rooms(refused)
            raise BookingRefused(refused)
        self._follow_ledger(change)
        self._settle_fees()
        self._project()
        self._say_dropped()

    def _refused_rooms(self, seen):
        """What the rules of the house say of rooms, people and period."""
        self.ensure_one()
        rooms = self.space_ids.space_id
        if not rooms:
            return [Refusal("room", "R30", self.env._("Choose a room first."))]
        if self.stop - self.start > LONGEST:
            text = self.env._("A meeting lasts a year at most.")
            return [Refusal("length", "policy", text)]
        found = []
        seats = sum(self.space_ids.mapped("capacity"))
        if self._expected_participants() > seats:
            found.append(
                Refusal(
                    "too_many",
                    "RS6",
                    self.env._(
                        "%(room)s takes %(seats)s people, %(expected)s are expected: "
                        "choose another layout or a larger room.",
                        room=self.room_names,
                        seats=seats,
                        expected=self._expected_participants(),
                    ),
                    space_id=rooms[:1].id,
                )
            )
        if self.allday:
            found += self._refused_days()
        same = all(seen.get(room) == room.space_id.id for room in self.space_ids)
        if not same or seen.get(self) != (self.start, self.stop):
            for room in rooms:
                codes = self._codes_of_policy(room)
                # Only then: who manages it is read for nothing, otherwise.
                if codes and not room._is_managed():
                    found += [self._refusal_of_policy(code, room) for code in codes]
        return found

    def _propose_rooms(self, refused):
        """Name rooms that would do instead of a single one that is refused (RS6)."""
        asked = self.space_ids.space_id
        about = [one for one in refused if one.space_id and not one.service_id]
        if len(self) > 1 or len(asked) != 1 or not about:
            return
        if others := self._other_rooms(asked):
            names = [f"{one.display_name} ({one._seats()})" for one in others]
            about[-1].proposals = others.ids
            about[-1].message += " " + self.env._(
                "Free then, and large enough: %s.", format_list(self.env, names)
            )

    def _other_rooms(self, asked):
        """Rooms that are free, open, large enough and booked by the user without an
        approval: those of the same site first, then the smallest."""
        rooms = self.env["room.space"].search(
            [
                ("id", "not in", asked.ids),
                ("company_id", "in", (False, self.company_id.id)),
            ]
        )
        people, user = self._expected_participants(), self.env.user
        rooms = rooms.filtered(
            lambda room: (
                room._seats() >= people
                and not room._needs_approval(user)
                and not self._codes_of_policy(room)
            )
        )
        things = rooms.resource_id
        # Narrow sudo: its own rows, which whoever changes it need not read.
        own = self.sudo().space_ids.allocation_id.ids
        free = things.free_quantity(self.start, self.stop, exclude_ids=own)
        period = (self.start, self.stop)
        hours = things.open_intervals(*period)

        def is_open(thing):
            # Whole days need only a day on which it opens.
            return hours[thing.id] if self.allday else period in hours[thing.id]

        rooms = rooms.filtered(
            lambda room: free[room.resource_id.id] and is_open(room.resource_id)
        )
        here, house = asked.site_id, asked.site_id._house()
        return rooms.sorted(
            lambda room: (
                room.site_id != here,
                room.site_id._house() != house,
                room._seats(),
                room.id,
            )
        )[:PROPOSED]

    def _refused_days(self):
        """Whole days on which a room does not open at all."""
        rooms = self.space_ids.space_id
        hours = rooms.resource_id.open_intervals(self.start, self.stop)
        wanted = (self.last_day - self.first_day).days + 1
        days = {self.first_day + timedelta(days=one) for one in range(wanted)}
        found = []
        for room in rooms:
            zone = room._zone()
            closed = days - {
                local_day(opens, zone) + timedelta(days=more)
                for opens, closes in hours[room.resource_id.id]
                for more in range((closes - opens).days + 1)
            }
            if closed:
                text = self.env._(
                    "%(room)s is closed on %(day)s.",
                    room=room.display_name,
                    day=format_date(self.env, min(closed)),
                )
                found.append(Refusal("closed", "hours", text, space_id=room.id))
        return found

    def _codes_of_policy(self, room):
        """What the policy of a room has against it."""
        user = self.env.user
        wanted = Wanted(self.start, self.stop, room._zone())
        codes = refusals(room.policy_id._limits(), wanted, fields.Datetime.now())
        if not room._needs_approval(user) and not room._is_booked_by(user):
            return ["not_allowed", *codes]
        return codes

    def _refused_length(self):
        """Rooms that are not booked for so long."""
        minutes = (self.stop - self.start) / timedelta(minutes=1)
        return [
            self._refusal_of_policy("length", room)
            for room in self.space_ids.space_id
            if 0 < room.policy_id.max_minutes < minutes and not room._is_managed()
        ]

    def _refusal_of_policy(self, code, room):
        policy = room.policy_id
        texts = {
            "not_allowed": self.env._(
                "%(room)s is not booked by everybody: ask its managers.",
                room=room.display_name,
            ),
            "window": self.env._(
                "%(room)s is booked at most %(days)s days ahead.",
                room=room.display_name,
                days=policy.window_days,
            ),
            "notice": self._text_of_notice(room, policy),
            "grid": self.env._(
                "%(room)s is booked in steps of %(minutes)s minutes of its clock.",
                room=room.display_name,
                minutes=policy.grid_minutes,
            ),
            "length": self._text_of_length(room, policy),
        }
        return Refusal(code, "policy", texts[code], space_id=room.id)

    def _text_of_notice(self, room, policy):
        if policy.notice_minutes:
            return self.env._(
                "%(room)s is booked at least %(minutes)s minutes before.",
                room=room.display_name,
                minutes=policy.notice_minutes,
            )
        return self.env._(
            "%s is not booked for a time that has begun.", room.display_name
        )

    def _text_of_length(self, room, policy):
        if policy.max_minutes:
            return self.env._(
                "%(room)s is booked for %(least)s to %(most)s minutes.",
                room=room.display_name,
                least=policy.min_minutes,
                most=policy.max_minutes,
            )
        return self.env._(
            "%(room)s is booked for at least %(least)s minutes.",
            room=room.display_name,
            least=policy.min_minutes,
        )

    def _order_lines(self, seen):
        """Order the lines, or drop what may be dropped; return what is refused.

        Ordered lines that stay as they are keep their order, whatever the hour (R63).
        """
        # Narrow sudo: hidden lines are ordered, too.
        lines = self.sudo()._every_line()
        asked = lines.filtered(
            lambda line: line.state != "ordered" or seen.get(line) != line._asked()
        )
        hours, now = asked._hours(), fields.Datetime.now()
        refused, dropped = self._refused_removals(lines, seen, now), {}
        for line in asked:
            found = line._refused(hours, seen.get(line), now)
            if found and line.source in DROPPABLE and found[0].code not in TYPED:
                dropped[line] = found[0].message
            else:
                refused += found
        if not refused:
            booked = asked - lines.browse().union(*dropped)
            booked.filtered(lambda line: line.state != "ordered")._store(
                {"state": "ordered", "refusal": False}
            )
            for line, message in dropped.items():
                line._drop(message)
        return refused

    def _refused_removals(self, lines, seen, now):
        """Orders that were taken off although their group has closed them (R63)."""
        services = self.env["room.service"].sudo()
        found = []
        for line, before in seen.items():
            if line._name != "room.service.line" or line in lines or not before.ordered:
                continue
            service = services.browse(before.service)
            if service._is_closed(before.start, now):
                found.append(service._refusal_of_cutoff(before.start, now))
        return found

    def _say_dropped(self):
        """Write down what could not be had of what comes by itself (RA10)."""
        for reservation in self:
            dropped = reservation.line_ids.filtered(
                lambda line: line.state == "dropped" and not line.is_told
            )
            if dropped:
                head = self.env._("Booked without these services:")
                text = Markup("<br/>").join([head, *dropped.mapped("refusal")])
                reservation.message_post(body=text)
                dropped._store({"is_told": True})
