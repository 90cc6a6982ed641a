"""What the screens show of a resource; the ledger needs none of it."""

from odoo import api, fields, models
from odoo.fields import Domain

UPCOMING = 40


class ResourceResource(models.Model):
    _inherit = "resource.resource"

    booking_kind = fields.Selection(
        [
            ("single", "Single thing"),
            ("pool", "Pool"),
            ("unit", "Unit of a pool"),
            ("combination", "Combination"),
        ],
        compute="_compute_booking_kind",
        store=True,
        precompute=True,
        string="Kind",
    )
    promised_as = fields.Selection(
        [
            ("single", "One thing, promised to one at a time"),
            ("pool", "A pool of interchangeable pieces"),
        ],
        compute="_compute_promised_as",
        readonly=False,
        string="Promised as",
        help="Fixed once it was ever promised.",
    )
    ever_promised = fields.Boolean(compute="_compute_allocation_counts")
    live_allocation_count = fields.Integer(compute="_compute_allocation_counts")
    risk_count = fields.Integer(compute="_compute_allocation_counts", string="At risk")
    unit_count = fields.Integer(compute="_compute_unit_count")
    upcoming_ids = fields.Many2many(
        "resource.allocation", compute="_compute_upcoming_ids", string="Coming up"
    )

    # === KIND === #

    @api.depends("exclusive", "pool_id", "component_ids")
    def _compute_booking_kind(self):
        for resource in self:
            if resource.component_ids:
                resource.booking_kind = "combination"
            elif resource.pool_id:
                resource.booking_kind = "unit"
            else:
                resource.booking_kind = "single" if resource.exclusive else "pool"

    @api.depends("exclusive")
    def _compute_promised_as(self):
        for resource in self:
            resource.promised_as = "single" if resource.exclusive else "pool"

    @api.onchange("promised_as")
    def _onchange_promised_as(self):
        self.exclusive = self.promised_as != "pool"
        if self.exclusive:
            self.capacity = 1
        else:
            self.pool_id = False

    @api.model
    def default_get(self, fields):
        """A bookable thing starts without opening hours: always open."""
        defaults = super().default_get(fields)
        if self.env.context.get("default_bookable") and "calendar_id" in fields:
            defaults["calendar_id"] = self.env.context.get("default_calendar_id", False)
        return defaults

    # === COUNTS === #

    @api.depends("allocation_ids")
    @api.depends_context("uid")
    def _compute_allocation_counts(self):
        Allocation = self.env["resource.allocation"]
        mine = Domain("resource_id", "in", self.ids)
        live = mine & Domain("live", "=", True)
        roots = dict(
            Allocation._read_group(
                live & Domain("root_id", "=", False), ["resource_id"], ["__count"]
            )
        )
        leaves = dict(
            Allocation._read_group(live, ["resource_id"], ["root_id:count_distinct"])
        )
        risks = dict(
            Allocation._read_group(
                live & Domain("at_risk", "=", True), ["resource_id"], ["__count"]
            )
        )
        # Whether its kind is fixed does not depend on whose promises they were.
        promised = Allocation.sudo()._read_group(mine, ["resource_id"])
        promised = {resource.id for (resource,) in promised}
        for resource in self:
            known = resource._origin
            resource.live_allocation_count = roots.get(known, 0) + leaves.get(known, 0)
            resource.risk_count = risks.get(known, 0)
            resource.ever_promised = known.id in promised

    @api.depends("unit_ids")
    def _compute_unit_count(self):
        units = self._read_group(
            [("pool_id", "in", self.ids)], ["pool_id"], ["__count"]
        )
        counts = {pool.id: count for pool, count in units}
        for resource in self:
            resource.unit_count = counts.get(resource._origin.id, 0)

    @api.depends("allocation_ids")
    @api.depends_context("uid")
    def _compute_upcoming_ids(self):
        """What the user may read of its live rows, the next first."""
        for resource in self:
            resource.upcoming_ids = self.env["resource.allocation"].search(
                [("resource_id", "=", resource._origin.id), ("live", "=", True)],
                order="start, id",
                limit=UPCOMING,
            )

    # === ACTIONS === #

    def get_formview_id(self, access_uid=None):
        """Open what can be booked in our form, wherever it is linked."""
        if self[:1].bookable:
            return self.env.ref("resource_allocation.resource_resource_view_form").id
        return super().get_formview_id(access_uid)

    def action_view_allocations(self):
        """Show the promises and facts on this resource, also through its parts."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "resource_allocation.resource_allocation_action"
        )
        action["domain"] = [
            ("root_id", "=", False),
            "|",
            ("resource_id", "=", self.id),
            ("leaf_ids.resource_id", "=", self.id),
        ]
        action["context"] = {
            "search_default_live": 1,
            "default_resource_id": self.id,
        }
        return action

    def action_view_risks(self):
        """Show only what is at risk of it."""
        action = self.action_view_allocations()
        action["context"] = {"search_default_at_risk": 1}
        return action

    def action_view_units(self):
        """Show the units of this pool."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "resource_allocation.resource_resource_action"
        )
        action["domain"] = [("pool_id", "=", self.id)]
        action["context"] = {
            "default_bookable": True,
            "default_resource_type": "material",
            "default_pool_id": self.id,
            "default_release": self.release,
            "default_calendar_id": self.calendar_id.id,
            "default_company_id": self.company_id.id,
        }
        return action

    def action_find_free(self):
        """Open the availability search on this resource."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "resource_allocation.resource_allocation_find_action"
        )
        action["params"] = {"text": self.name}
        return action

    def action_block(self):
        """Record that it is not available for a while."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Block %s", self.name),
            "res_model": "resource.allocation",
            "views": [(False, "form")],
            "context": {
                "default_resource_id": self.id,
                "default_kind": "block",
                "default_quantity": self.capacity or 1,
            },
        }
