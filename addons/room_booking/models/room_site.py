from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get


class RoomSite(models.Model):
    """A site, or a floor of one: whose clock and opening hours its rooms have.

    Who manages a site manages its floors and all their rooms, and no others (R7).
    """

    _name = "room.site"
    _description = "Site"
    _order = "complete_name, id"
    _rec_name = "complete_name"
    _rec_names_search = ["name", "complete_name"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        compute="_compute_complete_name",
        store=True,
        recursive=True,
        string="Full Name",
        help="With the site, where this is a floor of one.",
    )
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one(
        "room.site",
        string="Floor of",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('parent_id', '=', False), ('id', '!=', id)]",
        check_company=True,
    )
    floor_ids = fields.One2many("room.site", "parent_id", string="Floors")
    space_ids = fields.One2many("room.space", "site_id", string="Rooms")
    space_count = fields.Integer(compute="_compute_space_count", string="Room Count")
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        compute="_compute_from_parent",
        store=True,
        readonly=False,
        recursive=True,
        precompute=True,
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Opening Hours",
        index="btree_not_null",
        compute="_compute_from_parent",
        store=True,
        readonly=False,
        recursive=True,
        precompute=True,
        check_company=True,
        help="Rooms are booked within them, by the clock of the site. None: always "
        "open. Take no hours with a lunch break, or nobody meets over noon.",
    )
    address_id = fields.Many2one(
        "res.partner", index="btree_not_null", check_company=True
    )
    manager_ids = fields.Many2many(
        "res.users",
        "room_site_manager_rel",
        "site_id",
        "user_id",
        string="Managers",
        domain="[('share', '=', False)]",
        help="They keep the rooms of this site and its floors, and see all "
        "reservations there.",
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: shared by all companies.",
    )

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for site in self:
            names = [site.parent_id.complete_name, site.name]
            site.complete_name = " / ".join(filter(None, names))

    @api.depends("parent_id")
    def _compute_from_parent(self):
        """A new floor has those of its site; later ones follow in :meth:`write`."""
        for site in self:
            site.tz = site.parent_id.tz or site.tz or self.env.user.tz or "UTC"
            site.calendar_id = site.parent_id.calendar_id or site.calendar_id

    def _compute_space_count(self):
        groups = self.env["room.space"]._read_group(
            [("site_id", "child_of", self.ids)], ["site_id"], ["__count"]
        )
        counts = dict(groups)
        for site in self:
            found = (site | site.floor_ids).mapped(lambda one: counts.get(one, 0))
            site.space_count = sum(found)

    def _house(self):
        """The site that a floor is of, else itself."""
        return self.parent_id or self

    @api.constrains("parent_id")
    def _check_two_levels(self):
        """A site has floors, a floor has none."""
        for site in self:
            if site.parent_id.parent_id or (site.parent_id and site.floor_ids):
                raise ValidationError(
                    self.env._(
                        "%s: a site has floors, and a floor has rooms only.", site.name
                    )
                )

    def write(self, vals):
        """Let rooms follow zone and hours, and floors that have none of their own."""
        before = {site: (site.tz, site.calendar_id) for site in self}
        floors = {
            name: self._floors_with_the_same(name)
            for name in ("tz", "calendar_id")
            if name in vals
        }
        done = super().write(vals)
        for name, same in floors.items():
            if same:
                same.write({name: vals[name]})
        for site in self:
            if before[site] != (site.tz, site.calendar_id):
                spaces = site.with_context(active_test=False).space_ids
                # Narrow sudo: what a room has of its site is no choice of its own.
                spaces.sudo().write(site._space_values())
        return done

    def _floors_with_the_same(self, name):
        """Floors of these that have what their site has."""
        floors = self.with_context(active_test=False).floor_ids - self
        return floors.filtered(lambda floor: floor[name] == floor.parent_id[name])

    def _space_values(self):
        """What rooms have of their site."""
        return {"tz": self.tz, "resource_calendar_id": self.calendar_id.id}

    def action_view_spaces(self):
        """Show the rooms of these sites and their floors."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "room_booking.room_space_action"
        )
        action["domain"] = [("site_id", "child_of", self.ids)]
        action["context"] = {"default_site_id": self[:1].id}
        return action

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_rooms(self):
        if used := self.filtered(
            lambda site: site.with_context(active_test=False).space_ids
        ):
            raise ValidationError(
                self.env._(
                    "%s has rooms: archive it, or move them elsewhere first.",
                    used[0].name,
                )
            )
