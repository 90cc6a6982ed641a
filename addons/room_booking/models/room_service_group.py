from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get

ORDERS = {
    "search_default_ordered": 1,
    "search_default_next_days": 1,
    "search_default_group_day": 1,
}
"""How lists of what is ordered open: what comes next, day by day."""


class RoomServiceGroup(models.Model):
    """A work group: who provides services, when, and until when they are ordered."""

    _name = "room.service.group"
    _description = "Work Group"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, export_string_translation=False)
    manager_ids = fields.Many2many(
        "res.users",
        "room_service_group_manager_rel",
        "group_id",
        "user_id",
        string="Managers",
        domain="[('share', '=', False)]",
        help="They keep the services of the group and no others.",
    )
    member_ids = fields.Many2many(
        "res.users",
        "room_service_group_member_rel",
        "group_id",
        "user_id",
        string="Members",
        domain="[('share', '=', False)]",
        help="They read what is ordered of the group.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Vendor",
        index="btree_not_null",
        check_company=True,
        help="Where another company provides it.",
    )
    service_ids = fields.One2many("room.service", "group_id", string="Services")
    service_count = fields.Integer(compute="_compute_service_count")
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="Whose clock the hours and the cut-off go by.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        index="btree_not_null",
        tracking=True,
        check_company=True,
        help="When the group is there. None: always.",
    )
    has_cutoff = fields.Boolean(
        string="Cut-off", help="Orders end at a time of the day.", tracking=True
    )
    cutoff_time = fields.Float(
        string="Cut-off at",
        help="From this time on, what is provided within the lock is not ordered any "
        "more.",
        tracking=True,
    )
    lock_hours = fields.Float(
        string="Lock (hours)",
        help="How long a cut-off locks: 14:00 and 22 hours means that after 14:00 "
        "nothing is ordered until noon of the next day.",
        tracking=True,
    )
    cutoff_days = fields.Selection(
        [("every", "Every day"), ("group", "The group's working days")],
        required=True,
        default="every",
        string="Cut-off on",
    )
    lock_unit = fields.Selection(
        [("hours", "Hours of the clock"), ("group", "The group's working hours")],
        required=True,
        default="hours",
        string="Lock counts",
    )
    lead_minutes = fields.Integer(
        string="Lead (min)",
        help="Ordered at least so many minutes before setup begins.",
        tracking=True,
    )
    changes_after_cutoff = fields.Boolean(
        string="Changes after cut-off",
        help="Who booked may change and cancel an order also while it is locked.",
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: works for all companies.",
    )

    _cutoff_in_a_day = models.Constraint(
        "CHECK (coalesce(cutoff_time, 0) >= 0 AND coalesce(cutoff_time, 0) < 24)",
        "A cut-off is a time of the day, from 00:00 to 23:59.",
    )
    _times_positive = models.Constraint(
        "CHECK (least(coalesce(lock_hours, 0), coalesce(lead_minutes, 0)) >= 0)",
        "Lock and lead are zero or more.",
    )

    @api.depends("service_ids")
    def _compute_service_count(self):
        groups = self.env["room.service"]._read_group(
            [("group_id", "in", self.ids)], ["group_id"], ["__count"]
        )
        counts = dict(groups)
        for group in self:
            group.service_count = counts.get(group, 0)

    def write(self, vals):
        """Let the services' pools follow zone and company of their group."""
        done = super().write(vals)
        follow = {name: vals[name] for name in ("tz", "company_id") if name in vals}
        if follow:
            services = self.with_context(active_test=False).service_ids
            # Narrow sudo: what a service has of its group is no choice of its own.
            services.sudo().write(follow)
        return done

    def action_view_services(self):
        """Show what these groups provide."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "room_booking.room_service_action"
        )
        action["domain"] = [("group_id", "in", self.ids)]
        action["context"] = {"default_group_id": self[:1].id}
        return action

    def action_view_lines(self):
        """Show what is ordered of these groups."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "room_booking.room_service_line_action"
        )
        action["domain"] = [("group_id", "in", self.ids)]
        action["context"] = ORDERS
        return action

    def _opening(self, start, stop):
        """When the group is there: ``[(start, stop)]``, UTC."""
        calendar = self.calendar_id
        company = self.company_id or self.env.company
        return calendar.open_intervals(start, stop, self.tz, company)[calendar.id]
