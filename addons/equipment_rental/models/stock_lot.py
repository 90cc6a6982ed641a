from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class StockLot(models.Model):
    """A serial-numbered unit of the fleet has a resource of its own (C3)."""

    _name = "stock.lot"
    _inherit = ["stock.lot", "resource.guarded.mixin"]

    rental_resource_id = fields.Many2one(
        "resource.resource",
        string="Rental Unit",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The unit in the availability ledger; it belongs to the pool of the "
        "warehouse whose fleet it is in.",
    )
    rental_state = fields.Selection(
        [
            ("in", "In stock"),
            ("held", "Chosen for an option"),
            ("reserved", "Chosen for a reservation"),
            ("out", "Out"),
            ("late", "Late"),
            ("service", "Out of service"),
            ("gone", "Not in the fleet"),
        ],
        compute="_compute_rental_state",
        search="_search_rental_state",
        string="State Now",
    )
    rental_until = fields.Datetime(
        compute="_compute_rental_state",
        string="Back Planned",
        help="When what is out should come back.",
    )
    rental_warehouse_id = fields.Many2one(
        "stock.warehouse", compute="_compute_rental_state", string="Fleet of"
    )

    rental_next = fields.Datetime(
        compute="_compute_rental_state",
        string="Promised From",
        help="When what is chosen for an option or a reservation leaves.",
    )

    @api.model
    def _guarded_fields(self):
        """The unit follows the stock: see ``rental.pool``."""
        return super()._guarded_fields() | {"rental_resource_id"}

    def write(self, vals):
        """Let the unit follow its serial number."""
        done = super().write(vals)
        if "name" in vals:
            # Narrow sudo: who may rename the unit may not write resources.
            units = self.sudo().rental_resource_id
            units.filtered_domain([("owner_model", "=", "stock.lot")]).write(
                {"code": vals["name"]}
            )
        return done

    @api.depends_context("company")
    def _compute_rental_state(self):
        # Narrow sudo: whoever may see the unit may see whether it is in; who has it
        # stays in the allocation.
        resources = self.sudo().rental_resource_id
        by_resource = self._rental_claims(resources).grouped("resource_id")
        pools = (
            self.env["rental.pool"]
            .sudo()
            .search([("resource_id", "in", resources.pool_id.ids)])
        )
        warehouse_of = {pool.resource_id: pool.warehouse_id for pool in pools}
        nothing = self.env["resource.allocation"].sudo()
        for lot in self:
            resource = lot.sudo().rental_resource_id
            rows = by_resource.get(resource, nothing)
            lot.rental_warehouse_id = warehouse_of.get(resource.pool_id)
            lot.rental_until = rows.filtered(lambda row: row.state == "out")[:1].stop
            lot.rental_next = min(
                rows.filtered(
                    lambda row: row.kind == "demand" and row.state != "out"
                ).mapped("start"),
                default=False,
            )
            state = self._rental_state_of(rows) if resource.active else "gone"
            lot.rental_state = state if resource else False

    @api.model
    def _rental_claims(self, resources):
        """What counts now of what these units are promised for, and blocks them."""
        promises = (
            self.env["resource.allocation"]
            .sudo()
            .search(
                Domain("resource_id", "in", resources.ids)
                & Domain("live", "=", True)
                & Domain("kind", "=", "demand")
                & (
                    Domain("state", "!=", "hold")
                    | Domain("hold_until", ">", fields.Datetime.now())
                )
            )
        )
        return promises | resources._blocks_now()

    @api.model
    def _rental_state_of(self, rows):
        """The state of a unit of the fleet that ``rows`` promise or block."""
        out = rows.filtered(lambda row: row.state == "out")
        if out:
            return "late" if any(out.mapped("is_late")) else "out"
        if "block" in rows.mapped("kind"):
            return "service"
        states = rows.mapped("state")
        if "reserved" in states:
            return "reserved"
        return "held" if states else "in"

    def _search_rental_state(self, operator, value):
        """Units by their state now; only those that belong, or belonged, to a fleet."""
        if operator != "in":
            return NotImplemented
        # Narrow sudo: as for the state itself.
        units = self.env["resource.resource"].sudo().with_context(active_test=False)
        units = units.search([("owner_model", "=", "stock.lot")])
        claims = self._rental_claims(units)
        by_unit, nothing = claims.grouped("resource_id"), claims.browse()
        found = units.filtered(
            lambda unit: (
                (
                    self._rental_state_of(by_unit.get(unit, nothing))
                    if unit.active
                    else "gone"
                )
                in value
            )
        )
        domain = Domain("rental_resource_id", "in", found.ids)
        if False in value:
            domain |= Domain("rental_resource_id", "=", False)
        return domain

    def _rental_in_service(self):
        """Those of these units that nothing blocks now."""
        # Narrow sudo: as for the state.
        units = self.sudo()
        blocked = units.rental_resource_id._blocks_now().resource_id
        usable = units.filtered(lambda lot: lot.rental_resource_id not in blocked)
        return usable.with_env(self.env)

    # === ACTIONS === #

    def action_rental_back_in_service(self):
        """Let these units be rented again (C10).

        :raise AccessError: for anybody but storekeepers.
        :raise UserError: when none of them is out of service until further notice.
        """
        self.check_access("read")
        self.rental_resource_id._put_back_in_service()

    def action_rental_put_in(self):
        """Put these units into a warehouse's rentable stock (C35)."""
        return self._open_rental_transfer("in")

    def action_rental_take_out(self):
        """Take these units out of their warehouse's rentable stock (C35)."""
        return self._open_rental_transfer("out")

    def _open_rental_transfer(self, direction):
        homes = self.rental_warehouse_id
        if direction == "out" and len(homes) > 1:
            raise UserError(
                self.env._(
                    "Choose units of one warehouse; these are in %s.",
                    ", ".join(homes.mapped("name")),
                )
            )
        return self.env["rental.stock.transfer"]._open_for(
            direction,
            self.product_id,
            lots=self,
            warehouse=homes if direction == "out" else None,
        )

    def action_rental_allocations(self):
        """Open what was and is promised of these units."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "equipment_rental.resource_allocation_action_rental"
        )
        action["domain"] = [("resource_id", "in", self.rental_resource_id.ids)]
        return action
