from pytz import timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain
from odoo.tools import format_time

from odoo.addons.resource_allocation.inputs import only_one, to_period


class RoomSpace(models.Model):
    """A room that is booked, or several that are booked together (RS1).

    Its resource in the ledger decides whether it is free. A combination owns no time:
    booking it books its parts.
    """

    _name = "room.space"
    _description = "Room"
    _inherit = [
        "resource.bookable.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "image.mixin",
    ]
    _order = "site_id, sequence, name, id"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True
    _parts_field = "part_ids"

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        copy=False, index="trigram", help="The number on its door.", tracking=True
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, export_string_translation=False)
    site_id = fields.Many2one(
        "room.site",
        required=True,
        ondelete="restrict",
        index=True,
        tracking=True,
        check_company=True,
    )
    description = fields.Text(translate=True)
    attribute_ids = fields.Many2many("room.attribute", string="Attributes")
    capacity = fields.Integer(
        required=True, default=1, tracking=True, help="How many people it takes."
    )
    layout_ids = fields.One2many("room.layout", "space_id", string="Layouts", copy=True)
    part_ids = fields.Many2many(
        "room.space",
        "room_space_part_rel",
        "whole_id",
        "part_id",
        string="Consists of",
        domain="[('site_id', '=', site_id), ('part_ids', '=', False),"
        " ('id', '!=', id)]",
        check_company=True,
        help="Rooms that become one. Booking it books all of them, and each of them "
        "keeps it from being booked.",
    )
    whole_ids = fields.Many2many(
        "room.space", "room_space_part_rel", "part_id", "whole_id", string="Part of"
    )
    setup_minutes = fields.Integer(
        string="Setup (min)", help="Blocked before each meeting."
    )
    teardown_minutes = fields.Integer(
        string="Teardown (min)", help="Blocked after each meeting."
    )
    policy_id = fields.Many2one(
        "room.policy",
        string="Booking Policy",
        index="btree_not_null",
        ondelete="restrict",
    )
    approver_ids = fields.Many2many(
        "res.users",
        "room_space_approver_rel",
        "space_id",
        "user_id",
        string="Approvers",
        domain="[('share', '=', False)]",
        help="They decide on requests, where the policy asks for it. Empty: the "
        "managers of the site.",
    )
    service_ids = fields.Many2many(
        "room.service",
        "room_space_service_rel",
        "space_id",
        "service_id",
        string="Services That Belong to It",
        check_company=True,
        help="What comes with the room: mandatory services, built-in equipment, who is "
        "told that it is booked. Services to order are offered by occasion.",
    )
    activity_id = fields.Many2one(
        "room.activity",
        string="Activity Type",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        help="What its rent is called in accounting, and which cost centre performs "
        "it, also where it costs nothing.",
    )
    videocall_url = fields.Char(
        string="Video Meeting", help="The link of the room's own video system."
    )
    now_text = fields.Char(
        compute="_compute_now", string="Now", help="Whether it is free at this moment."
    )
    is_free_now = fields.Boolean(compute="_compute_now", search="_search_is_free_now")
    is_closed_now = fields.Boolean(compute="_compute_now")

    _numbers_positive = models.Constraint(
        "CHECK (capacity > 0 AND least(coalesce(setup_minutes, 0),"
        " coalesce(teardown_minutes, 0)) >= 0)",
        "A room takes at least one; setup and teardown are zero or more.",
    )
    _code_unique = models.UniqueIndex(
        "(site_id, code) WHERE code IS NOT NULL",
        "Another room of the site has this code.",
    )

    @api.depends("code")
    def _compute_display_name(self):
        done = super()._compute_display_name()
        for space in self.filtered("code"):
            space.display_name = f"{space.name} ({space.code})"
        return done

    @api.model
    def _search_display_name(self, operator, value):
        """Find rooms by what they are called where they are listed, too."""
        found = super()._search_display_name(operator, value)
        if operator not in ("=", "in", "ilike"):
            return found
        for shown in [value] if isinstance(value, str) else value or ():
            for name, code in self._called(shown or ""):
                if operator == "in":
                    name, code = [name], [code]
                found |= Domain("name", operator, name) & Domain("code", operator, code)
        return found

    @api.model
    def _called(self, shown):
        """Which names and codes are shown as this: ``[(name, code)]``."""
        parts = shown[:-1].split(" (") if shown.endswith(")") else [shown]
        return [
            (" (".join(parts[:cut]), " (".join(parts[cut:]))
            for cut in range(1, len(parts))
        ]

    def _compute_now(self):
        now = fields.Datetime.now()
        soon = fields.Datetime.add(now, days=1)
        # Narrow sudo: that it is taken, and until when, is what a door says.
        rooms = self.sudo()
        busy = rooms.resource_id.busy(now, soon)
        is_open = rooms._open_now()
        for space in self:
            taken = busy.get(space.resource_id.id, [])
            current = next((one for one in taken if one[0] <= now), None)
            space.is_free_now = not current and space in is_open
            space.is_closed_now = not current and space not in is_open
            if current:
                until = format_time(self.env, current[1], space.tz, "short")
                space.now_text = self.env._("Taken until %s", until)
            elif space in is_open:
                space.now_text = self.env._("Free")
            else:
                space.now_text = self.env._("Closed")

    def _open_now(self):
        """Those of these that are open at this moment."""
        now = fields.Datetime.now()
        soon = fields.Datetime.add(now, minutes=1)
        hours = self.resource_id.open_intervals(now, soon)
        return self.filtered(lambda space: hours.get(space.resource_id.id))

    def _search_is_free_now(self, operator, value):
        if operator != "in":
            return NotImplemented
        every = self.sudo().search([("active", "=", True)])
        now = fields.Datetime.now()
        soon = fields.Datetime.add(now, minutes=1)
        free = every.resource_id.free_quantity(now, soon)
        is_free = every._open_now().filtered(lambda one: free[one.resource_id.id] > 0)
        found = every.filtered(lambda space: (space in is_free) in value)
        return Domain("id", "in", found.ids)

    @api.constrains("part_ids")
    def _check_parts(self):
        for space in self.filtered("part_ids"):
            if space.part_ids.part_ids or space in space.part_ids:
                raise ValidationError(
                    self.env._(
                        "%s: choose the single rooms it consists of, not other "
                        "combinations.",
                        space.display_name,
                    )
                )

    @api.constrains("site_id", "company_id")
    def _check_site_company(self):
        for space in self:
            site = space.site_id.company_id
            if site and space.company_id != site:
                raise ValidationError(
                    self.env._(
                        "%(room)s belongs to %(company)s, as its site does.",
                        room=space.display_name,
                        company=site.name,
                    )
                )

    # === THE RESOURCE === #

    @api.model_create_multi
    def create(self, vals_list):
        """Rooms have the zone, the hours and the company of their site."""
        sites = self.env["room.site"]
        for vals in vals_list:
            site = sites.browse(vals.get("site_id"))
            if site:
                vals.update(site._space_values())
                vals.setdefault("company_id", site.company_id.id)
        return super().create(vals_list)

    def write(self, vals):
        """Follow another site, and its zone and hours.

        :raise AccessError: for a site of others.
        """
        if "site_id" in vals:
            site = self.env["room.site"].browse(vals["site_id"])
            vals = {**vals, **site._space_values()}
        done = super().write(vals)
        if "site_id" in vals:
            # Who may give it away may not hand it to whom they like.
            self.check_access("write")
        return done

    def _prepare_resource_values(self, vals, tz):
        """A single thing, free by itself, within the hours of its site."""
        return {
            **super()._prepare_resource_values(vals, tz),
            "exclusive": True,
            "capacity": 1,
            "release": "time",
            "hours_enforced": True,
        }

    @api.model
    def _resource_follows(self):
        """The ledger calls it as its door does, and knows its own buffers."""
        return {
            **super()._resource_follows(),
            "code": "code",
            "setup_minutes": "setup_minutes",
            "teardown_minutes": "teardown_minutes",
        }

    def _domains_substitutes(self):
        """Rooms of its site that take as many, the others of its company after."""
        large = Domain("capacity", ">=", self.capacity)
        here = Domain("site_id", "=", self.site_id.id)
        return [large & here, large]

    def _seats(self):
        """How many it takes, arranged for as many as may be."""
        return max([self.capacity, *self.layout_ids.mapped("capacity")])

    def _zone(self):
        """The zone of its clock, of pytz."""
        return timezone(self.tz or "UTC")

    def _approvers(self):
        """Who decides on requests for it."""
        # Narrow sudo: who decides is told to whom asks.
        space = self.sudo()
        site = space.site_id
        return space.approver_ids or (site | site.parent_id).manager_ids

    def _needs_approval(self, user):
        """Whether what this user books has to be approved."""
        policy = self.policy_id
        if policy.approval == "none" or not policy or user in self._approvers():
            return False
        return policy.approval == "all" or not self._is_booked_by(user)

    def _is_booked_by(self, user):
        """Whether the policy lets the user book it."""
        groups = self.policy_id.booker_group_ids
        return not groups or bool(groups & user.all_group_ids)

    def _is_managed(self):
        """Whether the user manages all of these, by site or as administrator (R7)."""
        if self.env.su or self.env.user.has_group(
            "room_booking.room_booking_group_admin"
        ):
            return True
        sites = self.sudo().site_id
        return all(
            self.env.user in (site | site.parent_id).manager_ids for site in sites
        )

    def action_book_it(self):
        """Open a new reservation of these rooms."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Book a room"),
            "res_model": "room.reservation",
            "views": [(False, "form")],
            "context": self._default_rooms(),
        }

    def board_book(self, start, stop):
        """Open a new reservation of this room for a period chosen on the board."""
        start, stop = to_period(self.env, start, stop)
        action = only_one(self).action_book_it()
        action["context"] = {
            **action["context"],
            "default_start": fields.Datetime.to_string(start),
            "default_stop": fields.Datetime.to_string(stop),
        }
        return action

    def _default_rooms(self):
        """The context in which a new reservation is of these rooms."""
        rooms = [Command.create({"space_id": room}) for room in self.ids]
        return {"default_space_ids": rooms}

    def action_view_reservations(self):
        """Show who has these rooms, and when."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "room_booking.room_reservation_action"
        )
        action["domain"] = [("space_ids.space_id", "in", self.ids)]
        action["context"] = {
            "search_default_not_cancelled": 1,
            **self._default_rooms(),
        }
        return action

    def action_view_allocations(self):
        """Show what the ledger says of these rooms, also through their parts."""
        return self.resource_id.action_view_allocations()
