from datetime import timedelta

from pytz import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_datetime

from ..core import options
from ..core.availability import GROUP, OWN, windows
from ..core.deadlines import Cutoff, earliest, locked_until
from ..core.lines import CO_BOOKED, Service
from ..exceptions import Refusal
from .room_service_group import ORDERS

LOCK_BACK, LOCK_AHEAD = timedelta(days=8), timedelta(days=60)
"""Where a lock in working hours is counted: the last cut-off is a week ago at most."""

OPTIONS = (
    options.FIXED,
    options.HIDDEN,
    options.ACTIVE,
    options.MANDATORY,
    options.PREFILLED,
    options.CHECKBOX,
    options.PROVISION,
    options.OUTSIDE,
    options.BLOCKS,
    options.PER_PIECE,
)
"""Options that are a yes/no field of their name; the others follow from values."""
NO_COST = frozenset([options.HIDDEN, options.MANDATORY])
"""Options of services that have neither a price nor a setup (R28, R31)."""


class RoomService(models.Model):
    """What is ordered with a room: catering, equipment, people, a surcharge.

    Of what there is only so many its resource in the ledger is a pool, and decides. Of
    everything else there is enough, and nothing is in the ledger.
    """

    _name = "room.service"
    _description = "Service"
    _inherit = ["resource.bookable.mixin", "mail.thread", "image.mixin"]
    _order = "group_id, category_id, sequence, name, id"
    _rec_names_search = ["name", "article_number"]
    _check_company_auto = True
    _unlimited_field = "is_unlimited"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, export_string_translation=False)
    group_id = fields.Many2one(
        "room.service.group",
        string="Work Group",
        required=True,
        ondelete="restrict",
        index=True,
        tracking=True,
        check_company=True,
        help="Who provides it.",
    )
    category_id = fields.Many2one(
        "room.service.category",
        index="btree_not_null",
        ondelete="restrict",
    )
    kind = fields.Selection(
        [
            ("standard", "Ordered"),
            ("equipment", "Built into a room"),
            ("co_booked", "Booked along"),
        ],
        required=True,
        default="standard",
        tracking=True,
        help="Booked along: comes by itself, once, with any other service of the work "
        "groups that are named, as a delivery fee.",
    )
    co_group_ids = fields.Many2many(
        "room.service.group",
        "room_service_co_group_rel",
        "service_id",
        "group_id",
        string="Comes with services of",
    )
    article_number = fields.Char(help="As accounting calls it.")
    description = fields.Text(translate=True)
    attachment = fields.Binary(
        attachment=True, help="A template to fill in, or instructions, for who orders."
    )
    attachment_name = fields.Char()
    scenario_ids = fields.Many2many(
        "room.scenario",
        "room_service_scenario_rel",
        "service_id",
        "scenario_id",
        string="Offered in",
        help="Occasions in which it can be ordered. Without any it is not offered.",
    )
    space_ids = fields.Many2many(
        "room.space",
        "room_space_service_rel",
        "service_id",
        "space_id",
        string="Belongs to rooms",
        check_company=True,
    )
    # === CATERING === #
    catering = fields.Selection(
        [
            ("none", "Not by catering type"),
            ("all", "All catering types"),
            ("one", "One catering type"),
        ],
        required=True,
        default="none",
        string="Bookable with",
        help="Of one type it is to be had only in appointments of this catering.",
    )
    catering_type_id = fields.Many2one(
        "room.catering.type", index="btree_not_null", ondelete="restrict"
    )
    is_catering = fields.Boolean(
        string="Catering Service",
        compute="_compute_is_catering",
        store=True,
        readonly=False,
        precompute=True,
        help="Billed as catering.",
    )
    # === MONEY === #
    price = fields.Monetary(help="Of one piece, without tax.")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    activity_id = fields.Many2one(
        "room.activity",
        string="Activity Type",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        help="What it is called in accounting, and which cost centre performs it, also "
        "where it costs nothing.",
    )
    # === HOW IT IS ORDERED === #
    is_checkbox = fields.Boolean(
        string="Yes or no", help="Ordered or not, instead of how many."
    )
    default_quantity = fields.Integer(
        help="How many are filled in. 0: it is left to who orders."
    )
    default_active = fields.Boolean(
        string="On the list by itself", help="Who orders may take it off."
    )
    not_editable = fields.Boolean(
        string="Cannot be changed", help="Booked by itself, and not taken off."
    )
    not_visible = fields.Boolean(
        string="Not visible",
        help="Booked with the room without telling who books: its work group knows. "
        "Costs nothing.",
    )
    mandatory = fields.Boolean(
        help="Always booked with its room; where it is not to be had, the room is not."
    )
    prefill_participants = fields.Boolean(
        string="As many as participants", help="Follows how many are expected."
    )
    is_unlimited = fields.Boolean(
        string="As many as wanted",
        default=True,
        tracking=True,
        help="Otherwise there is only a number of them.",
    )
    max_quantity = fields.Integer(string="Number of Pieces", tracking=True)
    collision_scope = fields.Selection(
        [("interval", "At the same time"), ("day", "On the same day")],
        required=True,
        default="interval",
        string="Counted",
        help="On the same day: a quota for the day, whatever the hour.",
    )
    allow_provision = fields.Boolean(
        string="Other time in the meeting",
        help="Who orders may say when it is provided, instead of at the start.",
    )
    allow_outside = fields.Boolean(
        string="Before or after the meeting",
        help="Who orders may have it provided before the meeting begins or after it "
        "ended.",
    )
    # === WHEN IT IS TO BE HAD === #
    use_group_hours = fields.Boolean(
        string="Hours of the group", default=True, help="Otherwise it has its own."
    )
    own_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Own Hours",
        index="btree_not_null",
        check_company=True,
        help="None: always.",
    )
    check_mode = fields.Selection(
        [
            ("start", "When it is provided"),
            ("end", "At the end"),
            ("both", "At both"),
            ("continuous", "All the time"),
        ],
        required=True,
        default="start",
        string="Somebody is there",
        help="When the hours must be open: at provision with the setup before it, at "
        "the end with the teardown after it, at both, or all the time between.",
    )
    buffers_on_group = fields.Boolean(
        string="Setup in the group's hours",
        help="Setup and teardown are looked up in the hours of the group, not in its "
        "own: lunch from 12 on, while the kitchen works from 7.",
    )
    setup_minutes = fields.Integer(string="Setup (min)")
    setup_per_quantity = fields.Boolean(
        string="For each piece", help="The setup is so long for each piece."
    )
    teardown_minutes = fields.Integer(string="Teardown (min)")
    blocks_room = fields.Boolean(
        string="Blocks the room",
        help="The room is taken for its setup and its teardown, too.",
    )
    use_minutes = fields.Integer(
        string="In use (min)",
        help="How long after provision. 0: to the end of the meeting, and an hour "
        "where it is provided after it.",
    )
    # === UNTIL WHEN IT IS ORDERED === #
    own_cutoff = fields.Boolean(
        string="Own cut-off", help="Instead of the group's, with its own lock."
    )
    cutoff_time = fields.Float(string="Cut-off at")
    lock_hours = fields.Float(string="Lock (hours)")
    own_lead = fields.Boolean(string="Own lead time", help="Instead of the group's.")
    lead_minutes = fields.Integer(string="Lead (min)")
    excluded = fields.Char(
        compute="_compute_excluded",
        export_string_translation=False,
        help="Technical: options that those which are set exclude.",
    )

    _numbers_positive = models.Constraint(
        "CHECK (least(coalesce(max_quantity, 0), coalesce(default_quantity, 0),"
        " coalesce(price, 0), coalesce(setup_minutes, 0),"
        " coalesce(teardown_minutes, 0), coalesce(use_minutes, 0),"
        " coalesce(lock_hours, 0), coalesce(lead_minutes, 0)) >= 0)",
        "Numbers of a service are zero or more.",
    )
    _cutoff_in_a_day = models.Constraint(
        "CHECK (coalesce(cutoff_time, 0) >= 0 AND coalesce(cutoff_time, 0) < 24)",
        "A cut-off is a time of the day, from 00:00 to 23:59.",
    )

    # === COMPUTED === #

    @api.depends("group_id.company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for service in self:
            company = service.group_id.company_id or self.env.company
            service.currency_id = company.currency_id

    @api.depends("catering")
    def _compute_is_catering(self):
        """Ticked where catering types are used, else where it has one (R8)."""
        used = self.env.user.has_group("room_booking.room_booking_group_catering_types")
        for service in self:
            service.is_catering = used or service.catering != "none"

    @api.depends("kind", "is_unlimited", "default_quantity", *OPTIONS)
    def _compute_excluded(self):
        for service in self:
            ticked = service._options()
            service.excluded = " ".join(sorted(options.excluded(ticked)))

    # === OPTIONS === #

    def _options(self):
        """Which options are set, by the names of :mod:`..core.options`."""
        ticked = {name for name in OPTIONS if self[name]}
        if self.kind == "co_booked":
            ticked.add(options.CO_BOOKED)
        if not self.is_unlimited:
            ticked.add(options.MAXIMUM)
        if self.collision_scope == "day":
            ticked.add(options.PER_DAY)
        if self.default_quantity:
            ticked.add(options.DEFAULT)
        return frozenset(ticked)

    @api.onchange("kind", "is_unlimited", "max_quantity", "collision_scope",
                  "default_quantity", *OPTIONS)  # fmt: skip
    def _onchange_options(self):
        """Tick what is brought along (R11, R20, R23, R24, R26, R33, RS3)."""
        ticked = self._options()
        if self.kind == "equipment":
            ticked |= {options.CHECKBOX}
        settled = options.settle(ticked)
        for name in OPTIONS:
            self[name] = name in settled
        if options.DEFAULT in settled:
            self.default_quantity = self.default_quantity or 1
        if self.kind == "equipment" or settled & NO_COST:
            self.default_quantity = 1
        if settled & NO_COST:
            self.price = 0
            self.setup_minutes = self.teardown_minutes = 0
        if self.kind == "co_booked":
            self._clear_beside_co_booked()
        if self.is_unlimited:
            self.max_quantity = 0

    def _clear_beside_co_booked(self):
        """Take off what a service that is booked along does not have (R12)."""
        for name in options.excluded({options.CO_BOOKED}) & set(OPTIONS):
            self[name] = False
        self.update(
            {"default_quantity": 0, "is_unlimited": True, "collision_scope": "interval"}
        )

    @api.constrains("kind", "co_group_ids", "is_unlimited", "collision_scope",
                    "default_quantity", "price", "setup_minutes", "teardown_minutes",
                    *OPTIONS)  # fmt: skip
    def _check_options(self):
        """Refuse what does not go together: options first, then what they ask for."""
        for service in self:
            service._check_pairs()
            service._check_kind()
            service._check_free_of_charge()

    def _check_pairs(self):
        """Refuse options that exclude each other, or lack what they need."""
        ticked = self._options()
        for one, other, _rule in options.conflicts(ticked):
            raise ValidationError(
                self.env._(
                    "%(service)s: “%(one)s” and “%(other)s” exclude each other.",
                    service=self.name,
                    one=self._option_label(one),
                    other=self._option_label(other),
                )
            )
        for one, other, _rule in options.missing(ticked):
            raise ValidationError(
                self.env._(
                    "%(service)s: “%(one)s” needs “%(other)s”, too.",
                    service=self.name,
                    one=self._option_label(one),
                    other=self._option_label(other),
                )
            )

    def _option_label(self, option):
        """What the form calls an option."""
        if option == options.CO_BOOKED:
            kinds = self._fields["kind"]._description_selection(self.env)
            return dict(kinds)["co_booked"]
        if option == options.PER_DAY:
            scopes = self._fields["collision_scope"]._description_selection(self.env)
            return dict(scopes)["day"]
        return self._fields[option]._description_string(self.env)

    def _check_kind(self):
        """Refuse equipment that is no equipment, and fees that come with nothing."""
        if self.kind == "co_booked" and not self.co_group_ids:
            raise ValidationError(
                self.env._("%s: say with whose services it is booked along.", self.name)
            )
        shown = self.not_editable or self.not_visible or self.mandatory
        if self.kind == "equipment" and not (
            shown and self.is_checkbox and self.default_quantity == 1
        ):
            raise ValidationError(
                self.env._(
                    "%s: what is built into a room is ordered with yes or no, one of "
                    "it, and cannot be changed, is not visible, or is mandatory.",
                    self.name,
                )
            )

    def _check_free_of_charge(self):
        """Refuse a price or a setup of what has none (R28, R31), or more than one."""
        free = self._options() & NO_COST
        if not free:
            return
        option = self._option_label(min(free))
        if self.price or self.setup_minutes or self.teardown_minutes:
            raise ValidationError(
                self.env._(
                    "%(service)s: what has “%(option)s” costs nothing, and has no "
                    "setup or teardown.",
                    service=self.name,
                    option=option,
                )
            )
        if self.default_quantity != 1:
            raise ValidationError(
                self.env._(
                    "%(service)s: of what has “%(option)s” there is one.",
                    service=self.name,
                    option=option,
                )
            )

    @api.onchange("catering")
    def _onchange_catering(self):
        """Of all types or none it has no type of its own."""
        if self.catering != "one":
            self.catering_type_id = False

    @api.constrains("is_unlimited", "max_quantity")
    def _check_number(self):
        """Refuse a number that would count for nothing (R13, R15)."""
        if unclear := self.filtered(lambda one: one.is_unlimited and one.max_quantity):
            raise ValidationError(
                self.env._(
                    "%s: there is a number of pieces, and as many as wanted. Say one "
                    "of them.",
                    unclear[0].name,
                )
            )

    @api.constrains("catering", "catering_type_id")
    def _check_catering(self):
        for service in self:
            if (service.catering == "one") != bool(service.catering_type_id):
                raise ValidationError(
                    self.env._(
                        "%s: name the one catering type, or choose none or all.",
                        service.name,
                    )
                )

    # === THE RESOURCE === #

    @api.model_create_multi
    def create(self, vals_list):
        """Services have the company and the zone of their work group."""
        for vals in vals_list:
            self._check_number_of_pieces(vals)
            group = self.env["room.service.group"].browse(vals.get("group_id"))
            vals.update({"company_id": group.company_id.id, "tz": group.tz})
        return super().create(vals_list)

    def write(self, vals):
        """Follow another work group; the number stays while some are ordered.

        :raise UserError: limited or unlimited while orders lie ahead.
        :raise AccessError: for a work group of others.
        """
        self._check_number_of_pieces(vals)
        if "group_id" in vals:
            group = self.env["room.service.group"].browse(vals["group_id"])
            vals = {**vals, "company_id": group.company_id.id, "tz": group.tz}
        if "is_unlimited" in vals:
            self._check_no_orders_ahead(vals["is_unlimited"])
        done = super().write(vals)
        if "group_id" in vals:
            # Who may give it away may not hand it to whom they like.
            self.check_access("write")
        return done

    def _check_number_of_pieces(self, vals):
        """Refuse a number below zero before its pool does, in words."""
        if (vals.get("max_quantity") or 0) < 0:
            raise ValidationError(
                self.env._("The number of pieces of a service is zero or more.")
            )

    def _check_no_orders_ahead(self, is_unlimited):
        """Refuse to begin to count, or to stop, while some are ordered."""
        turned = self.filtered(lambda one: one.is_unlimited != bool(is_unlimited))
        # Narrow sudo: orders count whoever may read them.
        ahead = (
            self.env["room.service.line"]
            .sudo()
            .search(
                [
                    ("service_id", "in", turned.ids),
                    ("state", "=", "ordered"),
                    ("stop", ">", fields.Datetime.now()),
                ],
                limit=1,
            )
        )
        if ahead:
            raise UserError(
                self.env._(
                    "%s is ordered ahead: whether there is only a number of it can be "
                    "changed once those orders are over. The number itself can.",
                    ahead.service_id.name,
                )
            )

    def _prepare_resource_values(self, vals, tz):
        """A pool of as many as there are, free by itself."""
        return {
            **super()._prepare_resource_values(vals, tz),
            "exclusive": False,
            "capacity": vals.get("max_quantity", 0),
            "release": "time",
        }

    @api.model
    def _resource_follows(self):
        """The pool has as many pieces as there are; its hours are tested here."""
        follows = super()._resource_follows()
        follows.pop("resource_calendar_id")
        return {**follows, "max_quantity": "capacity"}

    def action_view_lines(self):
        """Show what is ordered of these services."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "room_booking.room_service_line_action"
        )
        action["domain"] = [("service_id", "in", self.ids)]
        action["context"] = ORDERS
        return action

    # === FOR THE PURE CORE === #

    def _for_lines(self):
        """These as :mod:`..core.lines` wants them."""
        return [
            Service(
                service.id,
                service.group_id.id,
                service._options(),
                service.default_quantity or 1,
                service.catering,
                service.catering_type_id.id or None,
                frozenset(
                    service.co_group_ids.ids if service.kind == CO_BOOKED else ()
                ),
            )
            for service in self
        ]

    def _setup(self, quantity):
        """Minutes of setup for so many (R45, R48); none of what has none."""
        return self.setup_minutes * (quantity if self.setup_per_quantity else 1)

    def _windows(self, start, stop, provided, quantity):
        """What has to be open: see :func:`..core.availability.windows`."""
        own = GROUP if self.use_group_hours else OWN
        return windows(
            self.check_mode,
            start,
            stop,
            provided,
            self._setup(quantity),
            self.teardown_minutes,
            own,
            self.buffers_on_group,
        )

    def _calendar_of(self, whose):
        """The hours that count; no record: always."""
        return self.group_id.calendar_id if whose == GROUP else self.own_calendar_id

    def _comes_with_room(self):
        """Whether it comes with each room it belongs to, and not by occasion (RA8)."""
        return self.mandatory or self.not_visible or self.kind == "equipment"

    # === UNTIL WHEN IT IS ORDERED === #

    def _is_provided_by(self, user):
        """Whether the user belongs to its group, which may order at any time."""
        # Narrow sudo: who belongs to a group is no secret to its services.
        group = self.sudo().group_id
        return user in group.manager_ids | group.member_ids or user.has_group(
            "room_booking.room_booking_group_admin"
        )

    def _cutoff(self):
        """Its own cut-off and lock, both of them, or those of its group (R60, R62)."""
        group = self.group_id
        if self.own_cutoff:
            return Cutoff(self.cutoff_time, self.lock_hours)
        return Cutoff(group.cutoff_time, group.lock_hours) if group.has_cutoff else None

    def _locked_until(self, now):
        """Before when nothing is ordered any more, UTC, or None (R63, RA13)."""
        cutoff, group = self._cutoff(), self.group_id
        if not cutoff:
            return None
        days = opening = None
        if group.cutoff_days == "group" and group.calendar_id:
            attendances = group.calendar_id.attendance_ids
            days = {int(one.dayofweek) for one in attendances}
        if group.lock_unit == "group" and group.calendar_id:
            opening = group._opening(now - LOCK_BACK, now + LOCK_AHEAD)
        return locked_until(
            now, cutoff.time(), cutoff.lock, timezone(group.tz), days, opening
        )

    def _is_closed(self, moment, now):
        """Whether what is provided at ``moment`` is locked at ``now``, both UTC."""
        until = self._locked_until(now)
        return bool(until) and moment < until

    def _lead_minutes(self):
        """Its own lead, or that of its group (R60, R64)."""
        return self.lead_minutes if self.own_lead else self.group_id.lead_minutes

    def _earliest(self, now, setup):
        """From when on it can be provided: lead and setup add up (R64)."""
        lead = self._lead_minutes()
        return earliest(now, lead, setup) if lead else now

    def _refusal_of_cutoff(self, moment, now):
        until = self._locked_until(now)
        message = self.env._(
            "%(service)s for %(moment)s is closed: %(group)s takes orders again for "
            "%(until)s and later.",
            service=self.name,
            moment=format_datetime(self.env, moment, dt_format="short"),
            group=self.group_id.name,
            until=format_datetime(self.env, until, dt_format="short"),
        )
        return Refusal("cut_off", "R63", message, self.id)

    def _refusal_of_lead(self, first):
        message = self.env._(
            "%(service)s is to be ordered earlier: the first time it can be had is "
            "%(first)s.",
            service=self.name,
            first=format_datetime(self.env, first, dt_format="short"),
        )
        return Refusal("lead", "R64", message, self.id)
