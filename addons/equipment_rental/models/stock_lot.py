from odoo import api, fields, models


class StockLot(models.Model):
    """A serial-numbered unit of the fleet has a resource of its own (C3)."""

    _inherit = "stock.lot"

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
            ("reserved", "Chosen for a reservation"),
            ("out", "Out"),
            ("late", "Late"),
            ("gone", "Not in the fleet"),
        ],
        compute="_compute_rental_state",
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

    @api.depends_context("company")
    def _compute_rental_state(self):
        resources = self.rental_resource_id
        # Narrow sudo: whoever may see the unit may see whether it is in; who has it
        # stays in the allocation.
        allocations = (
            self.env["resource.allocation"]
            .sudo()
            .search(
                [
                    ("resource_id", "in", resources.ids),
                    ("live", "=", True),
                    ("kind", "=", "demand"),
                ]
            )
        )
        pools = (
            self.env["rental.pool"]
            .sudo()
            .search([("resource_id", "in", resources.sudo().pool_id.ids)])
        )
        warehouse_of = {pool.resource_id: pool.warehouse_id for pool in pools}
        by_resource = allocations.grouped("resource_id")
        for lot in self:
            resource = lot.rental_resource_id.sudo()
            rows = by_resource.get(resource, allocations.browse())
            out = rows.filtered(lambda row: row.state == "out")[:1]
            lot.rental_warehouse_id = warehouse_of.get(resource.pool_id)
            lot.rental_until = out.stop
            if not resource.active:
                lot.rental_state = "gone"
            elif out:
                lot.rental_state = "late" if out.is_late else "out"
            else:
                lot.rental_state = "reserved" if rows else "in"

    def action_rental_allocations(self):
        """Open what was and is promised of these units."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "equipment_rental.resource_allocation_action_rental"
        )
        action["domain"] = [("resource_id", "in", self.rental_resource_id.ids)]
        return action
