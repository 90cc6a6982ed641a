from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class RentalPool(models.Model):
    """The pieces of one product that one warehouse rents out (C7, C34, C35).

    Its capacity follows the stock as a fact: the quantity in the warehouse's rentable
    location and in its rental location (what is out), without scrap. So renting out and
    taking back do not change it; receipts, transfers, sales, scrap and inventory counts
    do. Nobody creates or counts pools by hand.
    """

    _name = "rental.pool"
    _inherit = ["resource.guarded.mixin", "resource.bookable.mixin"]
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
        help="Reserved and not yet handed over, now and in the future.",
    )
    quantity_held = fields.Integer(
        compute="_compute_quantities",
        string="Options",
        help="Held by options that have not lapsed, now and in the future.",
    )
    quantity_late = fields.Integer(
        compute="_compute_quantities",
        string="Late",
        help="Of what is out: should be back by now.",
    )
    quantity_blocked = fields.Integer(
        compute="_compute_quantities",
        string="Out of Service",
        help="Blocked now, such as damaged pieces and units.",
    )
    quantity_free = fields.Integer(
        compute="_compute_quantities",
        string="Free Now",
        help="Neither out, promised nor out of service at this moment.",
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

    @api.model
    def _guarded_fields(self):
        """Which fleet it is; what it has, the stock says."""
        return super()._guarded_fields() | {
            "name", "product_id", "product_tmpl_id", "categ_id", "warehouse_id",
            "resource_id", "company_id",
        }  # fmt: skip

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
        taken = self._read_promised(now)
        blocks = self.resource_id._blocks_now().grouped("resource_id")
        free = self.resource_id.free_quantity(now, fields.Datetime.add(now, minutes=1))
        for pool in self:
            resource = pool.resource_id
            pool.quantity_out = taken.get((resource, "out"), 0)
            pool.quantity_late = taken.get((resource, "late"), 0)
            pool.quantity_reserved = taken.get((resource, "reserved"), 0)
            pool.quantity_held = taken.get((resource, "hold"), 0)
            blocked = blocks.get(resource)
            pool.quantity_blocked = sum(blocked.mapped("quantity")) if blocked else 0
            # Late without word: the ledger counts on it being back this instant.
            away = taken.get((resource, "overdue"), 0)
            pool.quantity_free = max(free.get(resource.id, 0) - away, 0)

    def _read_promised(self, now):
        """Pieces by what they are promised as: ``{(resource, state): pieces}``.

        Rentals that should be back count as ``late``, too, and as ``overdue`` unless a
        later return was announced. Options that lapsed count for nothing, whether or
        not a job has run (C19).
        """
        # Narrow sudo: counts are nobody's secret, and they count every company's rows.
        ledger = self.env["resource.allocation"].sudo()
        live = Domain("resource_id", "in", self.resource_id.ids)
        live &= Domain("kind", "=", "demand") & Domain("live", "=", True)
        live &= Domain("state", "!=", "hold") | Domain("hold_until", ">", now)
        rows = ledger._read_group(live, ["resource_id", "state"], ["quantity:sum"])
        taken = {(resource, state): pieces for resource, state, pieces in rows}
        late = live & Domain("is_late", "=", True)
        announced = Domain("expected_back", ">", now)
        for key, domain in (("late", late), ("overdue", late & ~announced)):
            rows = ledger._read_group(domain, ["resource_id"], ["quantity:sum"])
            taken |= {(resource, key): pieces for resource, pieces in rows}
        return taken

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
            ).roots()

    def _domains_substitutes(self):
        """The same item in another warehouse, then what is of its category."""
        ours = Domain("company_id", "=", self.company_id.id)
        same = ours & Domain("product_id", "=", self.product_id.id)
        if not self.categ_id:
            return [same]
        return [same, ours & Domain("categ_id", "=", self.categ_id.id)]

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
        """Open rentals, reservations and options of these pools (C3).

        A button may choose a filter of the list by its context.
        """
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "equipment_rental.resource_allocation_action_pool"
        )
        # A promise of a unit takes its piece from the pool as a part of it.
        action["domain"] = [
            ("root_id", "=", False),
            ("takes_ids", "in", self.resource_id.ids),
        ]
        action["context"] = {
            name: value
            for name, value in self.env.context.items()
            if name.startswith("search_default_")
        }
        return action

    def action_back_in_service(self):
        """Let all pieces of these pools be rented again (C10); units are let singly.

        :raise AccessError: for anybody but storekeepers.
        :raise UserError: when no pieces are out of service until further notice.
        """
        self.check_access("read")
        self.resource_id._put_back_in_service()

    def action_put_in(self):
        """Put pieces into these warehouses' rentable stock (C35)."""
        return self._open_transfer("in")

    def action_take_out(self):
        """Take pieces out of these warehouses' rentable stock (C35)."""
        return self._open_transfer("out")

    def _open_transfer(self, direction):
        if len(self.warehouse_id) > 1:
            raise UserError(
                self.env._(
                    "Choose items of one warehouse; these are in %s.",
                    ", ".join(self.warehouse_id.mapped("name")),
                )
            )
        return self.env["rental.stock.transfer"]._open_for(
            direction, self.product_id, warehouse=self.warehouse_id
        )

    # === FINDING === #

    @api.model
    def _find_for_lines(self, lines):
        """The pool each rental line takes from, if there is one: ``{line: pool}``."""
        pools = self.search(
            [
                ("product_id", "in", lines.product_id.ids),
                ("warehouse_id", "in", lines.warehouse_id.ids),
            ]
        )
        by_key = {(pool.product_id, pool.warehouse_id): pool for pool in pools}
        return {
            line: by_key.get((line.product_id, line.warehouse_id), self.browse())
            for line in lines
        }

    @api.model
    def _for_lines(self, lines):
        """The pool each rental line takes from: ``{line: pool}``.

        :raise UserError: for an item that was never put into the warehouse (C35).
        """
        found = self._find_for_lines(lines)
        for line, pool in found.items():
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
        return found
