from pytz import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import file_open

from ..inputs import yes_or_no

MINUTES_A_DAY = 24 * 60


class ResourceResource(models.Model):
    """The identity of everything that can be promised.

    A room, one laptop, one serial-numbered drill, the pool of 40 chairs in one
    warehouse, also a person. What is lent, booked and rented has one resource, so the
    apps exclude each other by construction.
    """

    _inherit = "resource.resource"
    _order = "name, code, id"
    _rec_names_search = ["name", "code"]

    code = fields.Char(
        copy=False,
        index="trigram",
        help="What tells it apart from others of its name: the number on its label, a "
        "serial number, a room's code.",
    )
    bookable = fields.Boolean(
        index=True,
        help="Kept in the availability ledger. Other apps do not offer it as staff "
        "or work center.",
    )
    exclusive = fields.Boolean(
        string="Single Thing",
        required=True,
        default=True,
        help="One thing, promised to one at a time: a room, a laptop, a person. "
        "Otherwise a pool of interchangeable pieces. Fixed once it was ever promised.",
    )
    capacity = fields.Integer(
        required=True,
        default=1,
        help="How many pieces the pool has. A single thing has one.",
    )
    release = fields.Selection(
        [("time", "By itself, at the end"), ("return", "When it is taken back")],
        required=True,
        default="time",
        help="Rooms and people are free again when the time is over; things only when "
        "somebody brought them back.",
    )
    pool_id = fields.Many2one(
        "resource.resource",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('exclusive', '=', False), ('bookable', '=', True)]",
        help="The pool this unit belongs to: promising the unit takes one from it.",
    )
    unit_ids = fields.One2many("resource.resource", "pool_id", string="Units")
    component_ids = fields.Many2many(
        "resource.resource",
        "resource_component_rel",
        "composite_id",
        "component_id",
        string="Consists of",
        help="Booking the combination books all of these.",
    )
    composite_ids = fields.Many2many(
        "resource.resource",
        "resource_component_rel",
        "component_id",
        "composite_id",
        string="Part of",
    )
    setup_minutes = fields.Integer(
        string="Setup (min)",
        help="Blocked before each promise, in minutes. Copied when it is promised.",
    )
    teardown_minutes = fields.Integer(
        string="Teardown (min)",
        help="Blocked after each promise, in minutes. Copied when it is promised.",
    )
    reach = fields.Selection(
        [("period", "Its own period"), ("day", "The whole day")],
        string="A promise takes",
        required=True,
        default="period",
        help="The whole day: a quota for each local day, whatever the hour, as of what "
        "a kitchen can make. Setup and teardown then say nothing. Copied when it is "
        "promised.",
    )
    hours_enforced = fields.Boolean(
        string="Only within opening hours",
        help="Promises outside are refused, except for who manages it.",
    )
    manager_ids = fields.Many2many(
        "res.users",
        "resource_manager_rel",
        "resource_id",
        "user_id",
        string="Managed by",
        domain="[('share', '=', False)]",
        help="These people may record blocks and extra supply for it, as resource "
        "managers may for everything.",
    )
    favorite_user_ids = fields.Many2many(
        "res.users",
        "resource_favorite_user_rel",
        "resource_id",
        "user_id",
        string="Favourite of",
        copy=False,
        groups=fields.NO_ACCESS,
    )
    is_favorite = fields.Boolean(
        string="Favourite",
        compute="_compute_is_favorite",
        inverse="_inverse_is_favorite",
        search="_search_is_favorite",
        help="Starred by you; nobody else sees it.",
    )
    known_by_owner = fields.Boolean(
        compute="_compute_known_by_owner",
        search="_search_known_by_owner",
        help="Technical: the user may read a document that stands for it.",
    )
    owner_model = fields.Char(
        readonly=True, index=True, help="The kind of document this resource stands for."
    )
    allocation_ids = fields.One2many("resource.allocation", "resource_id")

    _capacity_of_kind = models.Constraint(
        "CHECK (capacity >= 0 AND (NOT exclusive OR capacity = 1))",
        "A pool has a capacity of zero or more; a single thing has exactly one.",
    )
    # Always true: it carries the words for what the trigger of this name refuses.
    _kind_fixed = models.Constraint(
        "CHECK (exclusive IS NOT NULL)",
        "This resource was already promised: whether it is a single thing or a pool, "
        "and how it is released, can no longer change. Archive it and create another.",
    )
    _unit_is_single = models.Constraint(
        "CHECK (pool_id IS NULL OR (exclusive AND pool_id <> id))",
        "Only a single thing can be a unit of a pool.",
    )
    _buffers_positive = models.Constraint(
        "CHECK (coalesce(setup_minutes, 0) >= 0"
        " AND coalesce(teardown_minutes, 0) >= 0)",
        "Setup and teardown are minutes, zero or more.",
    )

    def init(self):
        """Create the gate that mirrors kind and capacity for the guards."""
        with file_open("resource_allocation/sql/gate.sql") as script:
            self.env.cr.execute(script.read())

    @api.depends("code")
    def _compute_display_name(self):
        done = super()._compute_display_name()
        for resource in self.filtered("code"):
            resource.display_name = f"{resource.display_name} ({resource.code})"
        return done

    @api.constrains("pool_id", "exclusive", "company_id")
    def _check_pool(self):
        for resource in self:
            pool = resource.pool_id
            if pool and pool.exclusive:
                raise ValidationError(
                    self.env._(
                        "%(unit)s cannot be a unit of %(pool)s, which is no pool.",
                        unit=resource.name,
                        pool=pool.name,
                    )
                )
            if pool.company_id and pool.company_id != resource.company_id:
                raise ValidationError(
                    self.env._(
                        "%(unit)s and its pool %(pool)s belong to different companies.",
                        unit=resource.name,
                        pool=pool.name,
                    )
                )

    @api.constrains("component_ids")
    def _check_components(self):
        for resource in self:
            if resource._has_cycle("component_ids"):
                raise ValidationError(
                    self.env._("%s cannot consist of itself.", resource.name)
                )

    @api.constrains("release", "pool_id", "component_ids")
    def _check_release(self):
        """What must come back is never free by itself, alone or within something."""
        for resource in self | self.unit_ids | self.composite_ids:
            pool = resource.pool_id
            unlike = pool and pool.release != resource.release
            if unlike or (
                resource.release == "time"
                and "return" in resource.component_ids.mapped("release")
            ):
                raise ValidationError(
                    self.env._(
                        "%s has parts that must be taken back, so it has to be "
                        "released when it is taken back.",
                        resource.name,
                    )
                    if not unlike
                    else self.env._(
                        "%(unit)s has to be released as its pool %(pool)s is.",
                        unit=resource.name,
                        pool=pool.name,
                    )
                )

    @api.depends("favorite_user_ids")
    @api.depends_context("uid")
    def _compute_is_favorite(self):
        every = self.with_context(active_test=False)
        mine = every.search([("id", "in", self.ids), ("is_favorite", "=", True)])
        for resource in self:
            resource.is_favorite = resource._origin in mine

    def _inverse_is_favorite(self):
        for favorite, resources in self.grouped("is_favorite").items():
            resources._set_favorite(favorite)

    def _search_is_favorite(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Narrow sudo: whose favourites they are is nobody's to read.
        every = self.sudo().with_context(active_test=False)
        mine = every._search([("favorite_user_ids", "in", self.env.uid)])
        return yes_or_no(Domain("id", "in", mine), value)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_known_by_owner(self):
        # Sudo: a record rule asks this, before it is known what may be read.
        every = self.sudo().with_context(active_test=False)
        known = every.search([("id", "in", self.ids), ("known_by_owner", "=", True)])
        for resource in self:
            resource.known_by_owner = resource.id in known._ids

    def _search_known_by_owner(self, operator, value):
        """Used by a record rule, so in sudo; the user's own rights on owners count."""
        if operator != "in":
            return NotImplemented
        domains = []
        for model in self.pool["resource.bookable.mixin"]._inherit_children:
            owner = self.env[model].sudo(False)
            if not owner._abstract and owner.has_access("read"):
                owners = owner.with_context(active_test=False)._search([])
                domains.append(Domain("id", "in", owners.subselect("resource_id")))
        return Domain.OR(domains)

    def _owner(self):
        """The document that stands for it, in sudo; its own before one that shares it.

        None where it stands for no ``resource.bookable.mixin``.
        """
        self.ensure_one()
        models = self.pool["resource.bookable.mixin"]._inherit_children
        for model in sorted(models, key=lambda name: (name != self.owner_model, name)):
            # Narrow sudo: what a thing is may be asked by who may not read it.
            owners = self.env[model].sudo().with_context(active_test=False)
            if not owners._abstract:
                found = owners.search([("resource_id", "=", self.id)], limit=1)
                if found:
                    return found
        return None

    @api.model
    def default_get(self, fields):
        """A bookable thing is no person, and always open unless it says otherwise."""
        values = super().default_get(fields)
        given = self.env.context
        if values.get("bookable") or given.get("default_bookable"):
            for name, value in self._bookable_defaults().items():
                if name in fields and f"default_{name}" not in given:
                    values[name] = value
        return values

    @api.model
    def _bookable_defaults(self):
        return {"resource_type": "material", "calendar_id": False}

    @api.onchange("company_id")
    def _onchange_company_id(self):
        return None if self.bookable else super()._onchange_company_id()

    @api.model_create_multi
    def create(self, vals_list):
        """Core gives every resource the company's working hours; things have none."""
        defaults = self._bookable_defaults()
        return super().create(
            [{**defaults, **v} if v.get("bookable") else v for v in vals_list]
        )

    def write(self, vals):
        """Accept a new capacity as the fact it is, then mark what no longer fits.

        Archiving takes all of it away. A thing that is promised keeps its pool and its
        parts: its promises count on them.

        Whoever may read a thing may star it, without the right to change it.

        :raise ValidationError: a promised thing would change its pool or its parts.
        """
        if "is_favorite" in vals:
            self._set_favorite(vals["is_favorite"])
            vals = {name: vals[name] for name in vals if name != "is_favorite"}
            if not vals:
                return True
        if not {"capacity", "active", "pool_id", "component_ids"} & vals.keys():
            return super().write(vals)
        Allocation = self.env["resource.allocation"].sudo()
        touched = self | self.pool_id | self.browse(vals.get("pool_id") or [])
        Allocation.lock_resources(touched, facts=True)
        if "pool_id" in vals or "component_ids" in vals:
            self._check_free_to_regroup(vals)
        pieces = {one: one._pieces() for one in self}
        done = super().write(vals)
        Allocation._refresh_risk(touched)
        now = fields.Datetime.now()
        Allocation._note_freed(
            [(one.id, now, None) for one in self if one._pieces() > pieces[one]]
        )
        return done

    def _pieces(self):
        """How many there are to promise: none of what is archived."""
        return self.capacity if self.active else 0

    def _set_favorite(self, favorite):
        """Star these for the user, or take the star away."""
        self.check_access("read")
        # Narrow sudo: the star is the user's own.
        command = Command.link if favorite else Command.unlink
        self.sudo().write({"favorite_user_ids": [command(self.env.uid)]})

    def _check_free_to_regroup(self, vals):
        """Refuse to change pool or components while live promises count on them."""
        changing = self.filtered(
            lambda resource: (
                "component_ids" in vals or resource.pool_id.id != vals["pool_id"]
            )
        )
        live = (
            self.env["resource.allocation"]
            .sudo()
            .search([("resource_id", "in", changing.ids), ("live", "=", True)], limit=1)
        )
        if live:
            raise ValidationError(
                self.env._(
                    "%s is promised; end or cancel its allocations before moving it to "
                    "another pool or combination.",
                    live.resource_id.name,
                )
            )

    def _check_nothing_lives(self):
        """Keep what is promised or blocked in the ledger.

        :raise UserError: naming one; end or cancel that first.
        """
        # Sudo: rows count whoever may read them.
        rows = self.env["resource.allocation"].sudo()
        live = rows.search(
            [("resource_id", "in", self.ids), ("live", "=", True)], limit=1
        )
        if live:
            raise UserError(
                self.env._(
                    "%s is promised or blocked: end or cancel that first.",
                    live.resource_id.display_name,
                )
            )

    def _expand(self, quantity=1):
        """What promising ``quantity`` of this takes: ``[(resource, pieces, unit)]``.

        A combination takes its atoms and no time of its own; a unit also takes one
        from its pool, and then says which unit that share is for.
        """
        self.ensure_one()
        if self.component_ids:
            pieces = {}
            for component in self.component_ids.sorted("id"):
                for part, count, unit in component._expand(quantity):
                    once = part.exclusive or unit
                    pieces[part, unit] = (
                        1 if once else pieces.get((part, unit), 0) + count
                    )
            return [(part, count, unit) for (part, unit), count in pieces.items()]
        own = (self, quantity, self.browse())
        return [own, (self.pool_id, quantity, self)] if self.pool_id else [own]

    def _days_in(self, reach):
        """The zone in which a promise of this takes whole days, or None."""
        return timezone(self.tz) if reach == "day" else None

    def _is_managed_by(self, user):
        """Whether these are the user's to record facts on; a combination by its parts.

        A unit's pool need not be: what happens to the unit happens to it.
        """
        # Narrow sudo: who manages a thing may be asked of what one cannot see whole.
        parts = {
            part
            for resource in self.sudo()
            for part, _pieces, unit in resource._expand()
            if not unit
        }
        return all(user in part.manager_ids for part in parts)

    @api.private
    def expand_all(self):
        """Every resource that promising these would take something of: parts, pools."""
        return self.browse(
            {
                part.id
                for resource in self
                for part, _pieces, _unit in resource._expand()
            }
        )
