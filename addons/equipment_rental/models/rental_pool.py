from collections import defaultdict
from math import floor

from odoo import api, fields, models
from odoo.exceptions import UserError

PENDING = "equipment_rental.products"
"""Where a transaction notes the products whose stock changed."""


class RentalPool(models.Model):
    """The pieces of one product that one warehouse rents out (C7, C34, C35).

    Its capacity follows the stock as a fact: the quantity in the warehouse's rentable
    location and in its rental location (what is out), without scrap. So renting out and
    taking back do not change it; receipts, transfers, sales, scrap and inventory counts
    do. Nobody creates or counts pools by hand.
    """

    _name = "rental.pool"
    _inherit = ["resource.bookable.mixin"]
    _description = "Rental Fleet"
    _order = "product_id, warehouse_id"
    _check_company_auto = True

    name = fields.Char(
        required=True,
        readonly=True,
        help="How the ledger names it: item and warehouse.",
    )
    active = fields.Boolean(default=True)
    product_id = fields.Many2one(
        "product.product",
        string="Item",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    product_tmpl_id = fields.Many2one(
        related="product_id.product_tmpl_id", store=True, index=True
    )
    categ_id = fields.Many2one(related="product_id.categ_id", store=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    tracking = fields.Selection(related="product_id.tracking")
    capacity = fields.Integer(
        related="resource_id.capacity",
        string="Pieces",
        help="In the warehouse and out with customers, as the stock says.",
    )
    quantity_out = fields.Integer(
        compute="_compute_quantities", string="Out", help="With customers now."
    )
    quantity_reserved = fields.Integer(
        compute="_compute_quantities",
        string="Reserved",
        help="Promised and not yet handed over, now and in the future.",
    )
    quantity_free = fields.Integer(
        compute="_compute_quantities",
        string="Free Now",
        help="Neither out nor promised at this moment.",
    )
    allocation_root_ids = fields.Many2many(
        "resource.allocation",
        compute="_compute_allocation_root_ids",
        string="Rentals and Reservations",
    )

    _product_warehouse_unique = models.UniqueIndex(
        "(product_id, warehouse_id)",
        "This item already has a fleet in that warehouse.",
    )

    @api.depends("product_id", "warehouse_id")
    def _compute_display_name(self):
        for pool in self:
            pool.display_name = self.env._(
                "%(item)s in %(warehouse)s",
                item=pool.product_id.display_name,
                warehouse=pool.warehouse_id.name,
            )

    @api.depends("resource_id")
    def _compute_quantities(self):
        now = fields.Datetime.now()
        # Narrow sudo: counts are nobody's secret, and they count every company's rows.
        rows = (
            self.env["resource.allocation"]
            .sudo()
            ._read_group(
                [
                    ("resource_id", "in", self.resource_id.ids),
                    ("kind", "=", "demand"),
                    ("state", "in", ("reserved", "out")),
                ],
                ["resource_id", "state"],
                ["quantity:sum"],
            )
        )
        taken = {(resource.id, state): quantity for resource, state, quantity in rows}
        free = self.resource_id.free_quantity(now, fields.Datetime.add(now, minutes=1))
        for pool in self:
            resource = pool.resource_id.id
            pool.quantity_out = taken.get((resource, "out"), 0)
            pool.quantity_reserved = taken.get((resource, "reserved"), 0)
            pool.quantity_free = free.get(resource, 0)

    @api.depends("resource_id")
    def _compute_allocation_root_ids(self):
        Allocation = self.env["resource.allocation"]
        rows = Allocation.search(
            [("resource_id", "in", self.resource_id.ids), ("live", "=", True)],
            order="start",
        )
        by_resource = rows.grouped("resource_id")
        for pool in self:
            pool.allocation_root_ids = by_resource.get(
                pool.resource_id, Allocation
            )._roots()

    # === ACTIONS === #

    def action_units(self):
        """Open the serial-numbered units of these pools with their state now (C3)."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "equipment_rental.stock_lot_action_rental"
        )
        action["domain"] = [("rental_resource_id.pool_id", "in", self.resource_id.ids)]
        action["context"] = {}
        return action

    def action_allocations(self):
        """Open rentals, reservations and options of these pools (C3)."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "equipment_rental.resource_allocation_action_rental"
        )
        action["domain"] = [("resource_id", "in", self.resource_id.ids)]
        return action

    # === FINDING === #

    @api.model
    def _for_lines(self, lines):
        """The pool each rental line takes from: ``{line: pool}``.

        :raise UserError: for an item that was never put into the warehouse (C35).
        """
        pools = self.search(
            [
                ("product_id", "in", lines.product_id.ids),
                ("warehouse_id", "in", lines.warehouse_id.ids),
            ]
        )
        by_key = {(pool.product_id, pool.warehouse_id): pool for pool in pools}
        found = {}
        for line in lines:
            pool = by_key.get((line.product_id, line.warehouse_id))
            if not pool:
                raise UserError(
                    self.env._(
                        "%(item)s is not rented from %(warehouse)s: no piece was ever "
                        "put into its stock. Choose another warehouse on the line, or "
                        "put some in.",
                        item=line.product_id.display_name,
                        warehouse=line.warehouse_id.name or self.env._("no warehouse"),
                    )
                )
            found[line] = pool
        return found

    # === FOLLOWING THE STOCK === #

    @api.model
    def _note_stock_change(self, products):
        """Remember products whose stock changed, to bring their pools in step.

        That happens once: at the end of the stock move that did it, or, where no move
        did, before the commit.
        """
        if not products:
            return
        precommit = self.env.cr.precommit
        if PENDING not in precommit.data:
            precommit.data[PENDING] = set()
            precommit.add(self.env["rental.pool"].sudo()._sync_pending)
        precommit.data[PENDING].update(products.ids)

    @api.model
    def _sync_pending(self):
        """Bring the pools of the products noted so far in step with the stock."""
        pending = self.env.cr.precommit.data.get(PENDING)
        if pending:
            products = self.env["product.product"].browse(pending).exists()
            pending.clear()
            self._sync(products)

    @api.model
    def _rentable_products(self):
        """Every product that can be rented out, archived ones too."""
        return (
            self.env["product.product"]
            .with_context(active_test=False)
            .search([("rent_ok", "=", True)])
        )

    @api.model
    def _sync(self, products):
        """Make capacities and units of ``products`` what the stock says they are.

        The number of queries does not grow with the number of products.
        """
        products = products.filtered("rent_ok")
        if not products:
            return
        # Narrow sudo: stock is moved by people who may not write resources; what they
        # moved is a fact, and only capacities, units and pools are written here.
        self = self.sudo().with_context(active_test=False)
        fleets = self._read_fleets(products)
        pools = self._get_or_create_pools(products, fleets)
        by_capacity = defaultdict(self.env["resource.resource"].browse)
        for key, pool in pools.items():
            pieces = max(0, floor(sum(fleets[key].values())))
            if pool.resource_id.capacity != pieces:
                by_capacity[pieces] |= pool.resource_id
        for pieces, resources in by_capacity.items():
            resources.capacity = pieces
        self._sync_units(products, fleets, pools)

    @api.model
    def _read_fleets(self, products):
        """What the stock has: ``{(product, warehouse): {lot or no lot: quantity}}``."""
        warehouse_of = self._fleet_locations()
        groups = self.env["stock.quant"]._read_group(
            [
                ("product_id", "in", products.ids),
                ("location_id", "in", list(warehouse_of)),
            ],
            ["product_id", "location_id", "lot_id"],
            ["quantity:sum"],
        )
        fleets = defaultdict(lambda: defaultdict(float))
        for product, location, lot, quantity in groups:
            fleets[product, warehouse_of[location.id]][lot] += quantity
        return fleets

    @api.model
    def _fleet_locations(self):
        """Every location whose content is a fleet: ``{id: warehouse}``."""
        warehouses = self.env["stock.warehouse"].search(
            [("rental_location_id", "!=", False)]
        )
        roots = {
            location.id: warehouse
            for warehouse in warehouses
            for location in (
                warehouse.rental_stock_location_id | warehouse.rental_location_id
            )
        }
        locations = self.env["stock.location"].search(
            [("id", "child_of", list(roots)), ("usage", "=", "internal")]
        )
        return {
            location.id: next(
                roots[int(part)]
                for part in reversed(location.parent_path.split("/")[:-1])
                if int(part) in roots
            )
            for location in locations
        }

    @api.model
    def _get_or_create_pools(self, products, fleets):
        """The pools of ``products``; what is in a fleet for the first time gets one."""
        pools = self.search([("product_id", "in", products.ids)])
        by_key = {(pool.product_id, pool.warehouse_id): pool for pool in pools}
        missing = [key for key in fleets if key not in by_key]
        created = self.create(
            [
                self._prepare_pool_vals(product, warehouse)
                for product, warehouse in missing
            ]
        )
        return by_key | dict(zip(missing, created, strict=True))

    @api.model
    def _prepare_pool_vals(self, product, warehouse):
        """Values of a new pool. Override to add your own."""
        return {
            "name": f"{product.display_name} / {warehouse.code}",
            "product_id": product.id,
            "warehouse_id": warehouse.id,
            "company_id": warehouse.company_id.id,
            "resource_calendar_id": False,
        }

    def _prepare_resource_values(self, vals, tz):
        """A pool of things: any number of pieces, each out until it is taken back."""
        return super()._prepare_resource_values(vals, tz) | {
            "bookable": True,
            "exclusive": False,
            "capacity": 0,
            "release": "return",
        }

    @api.model
    def _sync_units(self, products, fleets, pools):
        """Give each serial number in a fleet its unit; archive those that left."""
        homes = {
            lot: pools[key]
            for key, lots in fleets.items()
            for lot, quantity in lots.items()
            if lot and quantity > 0 and key[0].tracking == "serial"
        }
        serial = products.filtered(lambda product: product.tracking == "serial")
        if not serial:
            return
        known = self.env["stock.lot"].search(
            [("product_id", "in", serial.ids), ("rental_resource_id", "!=", False)]
        )
        new = [lot for lot in homes if not lot.rental_resource_id]
        resources = self.env["resource.resource"].create(
            [self._prepare_unit_vals(lot, homes[lot]) for lot in new]
        )
        for lot, resource in zip(new, resources, strict=True):
            lot.rental_resource_id = resource
        known.filtered(lambda lot: lot not in homes).rental_resource_id.action_archive()
        back = known.filtered(lambda lot: lot in homes)
        back.rental_resource_id.filtered(
            lambda unit: not unit.active
        ).action_unarchive()
        for lot in back:
            if lot.rental_resource_id.pool_id != homes[lot].resource_id:
                lot.rental_resource_id.pool_id = homes[lot].resource_id

    @api.model
    def _prepare_unit_vals(self, lot, pool):
        """Values of the resource of one serial number. Override to add your own."""
        return {
            "name": f"{lot.product_id.display_name} {lot.name}",
            "resource_type": "material",
            "bookable": True,
            "exclusive": True,
            "release": "return",
            "pool_id": pool.resource_id.id,
            "company_id": pool.company_id.id,
            "calendar_id": False,
            "owner_model": "stock.lot",
        }
