from collections import defaultdict
from math import floor

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.resource_allocation.core.truth import Expected

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
    _inherit = ["resource.guarded.mixin", "resource.bookable.mixin"]
    _description = "Rental Fleet"
    _order = "product_id, warehouse_id"
    _check_company_auto = True
    _board_basket = "rental.basket"

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

    # === FOLLOWING THE ITEMS === #

    @api.model
    def _follow_items(self, templates):
        """Keep the fleets of items that were renamed, or put on or off rent.

        :raise UserError: for an item that is promised or out and goes off rent.
        """
        # Narrow sudo: who may write an item may not write fleets, which only follow.
        pools = self.sudo().with_context(active_test=False)
        pools = pools.search([("product_tmpl_id", "in", templates.ids)])
        closed = pools.filtered(lambda pool: not pool.product_id.rent_ok)
        closed._check_no_promise()
        closed.action_archive()
        (pools - closed)._follow_names()
        pools._retire_units()
        self._sync(templates.product_variant_ids)

    def _follow_names(self):
        """Call these fleets and their units as their items are called now."""
        field = self.env["product.product"]._fields["name"]
        for pool in self:
            if self.env.is_protected(field, pool.product_id):
                # Its template is being renamed on its behalf: its own write comes here.
                continue
            name = pool._pool_name(pool.product_id, pool.warehouse_id)
            if pool.name != name:
                pool._store({"name": name})
            item = pool._item_name(pool.product_id, pool.company_id)
            pool._own_units().filtered(lambda unit, n=item: unit.name != n).name = item

    def _own_units(self):
        """Units that stand for serial numbers alone, archived ones too."""
        units = self.resource_id.with_context(active_test=False).unit_ids
        return units.filtered_domain([("owner_model", "=", "stock.lot")])

    def _retire_units(self):
        """Let units rest whose items have no serial numbers any more."""
        items = self.product_id.filtered(lambda item: item.tracking != "serial")
        lots = self.env["stock.lot"].search(
            [("product_id", "in", items.ids), ("rental_resource_id", "!=", False)]
        )
        if lots:
            self._move_units(lots, {})

    def _check_no_promise(self):
        """:raise UserError: something of these fleets is promised or out."""
        if live := self._first_alive(Domain.TRUE):
            raise UserError(
                self.env._(
                    "%(item)s is promised or out (%(who)s): it stays for rent until "
                    "that is over.",
                    item=live.resource_id.name,
                    who=live.holder_labels()[live.id],
                )
            )

    def _check_keeps_unit(self):
        """:raise UserError: promises count the item in its unit of measure."""
        if live := self._first_alive(Domain.TRUE):
            raise UserError(
                self.env._(
                    "%(item)s is promised, out or out of service (%(who)s): its unit "
                    "of measure stays until that is over. Make a new item for another "
                    "unit.",
                    item=live.resource_id.name,
                    who=live.holder_labels()[live.id],
                )
            )

    def _check_keeps_tracking(self):
        """What is out comes back as it went; chosen serial numbers are kept.

        Mere reservations choose serial numbers at the hand-over, so they may begin.

        :raise UserError: something is out, or one serial number is promised or blocked.
        """
        of_units = Domain("resource_id.pool_id", "in", self.resource_id.ids)
        if live := self._first_alive(Domain("state", "=", "out"), of_units):
            raise UserError(
                self.env._(
                    "%(item)s is out, chosen or out of service (%(who)s): whether it "
                    "has serial numbers stays until that is over.",
                    item=live.resource_id.display_name,
                    who=live.holder_labels()[live.id],
                )
            )

    def _first_alive(self, of_pools, of_others=Domain.FALSE):
        """A live row of these fleets that fits the domain, or another that fits."""
        rows = Domain("resource_id", "in", self.resource_id.ids) & of_pools
        return self.env["resource.allocation"].search(
            Domain("live", "=", True) & (rows | of_others), limit=1
        )

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
        self.union(*pools.values()).filtered(
            lambda pool: not pool.active
        ).action_unarchive()
        for key, pool in pools.items():
            pieces = max(0, floor(sum(fleets[key].values())))
            if pool.resource_id.capacity != pieces:
                by_capacity[pieces] |= pool.resource_id
        # In one step, so that no two moves wait for each other in a circle.
        self.env["resource.allocation"].lock_resources(
            self.resource_id.union(*by_capacity.values()), facts=True
        )
        for pieces, resources in by_capacity.items():
            resources.capacity = pieces
        self._sync_units(products, fleets, pools)

    @api.model
    def _read_fleets(self, products, as_counted=False):
        """What the stock has: ``{(product, warehouse): {lot or no lot: quantity}}``.

        :param bool as_counted: also where a serial number counts more than once
        """
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
        away = set()
        for product, location, lot, quantity in groups:
            warehouse = warehouse_of[location.id]
            fleets[product, warehouse][lot] += quantity
            if quantity > 0 and warehouse._is_rented_out(location):
                away.add((lot, warehouse))
        if as_counted:
            return fleets
        return self._count_once(fleets, away)

    @api.model
    def _count_once(self, fleets, away):
        """Let a serial number be one thing, whatever quantities the stock has of it.

        Counted in several fleets it is in the one whose customer has it, else in the
        one its unit belongs to already.

        :param set away: ``{(lot, warehouse)}`` of what is with customers
        """
        counted = defaultdict(dict)
        for (product, warehouse), lots in fleets.items():
            for lot in filter(None, lots if product.tracking == "serial" else ()):
                counted[product, lot][warehouse] = lots[lot]
        for (product, lot), quantities in counted.items():
            home = self._home_of(lot, quantities, away)
            for warehouse in quantities:
                fleets[product, warehouse][lot] = int(warehouse == home)
        return fleets

    @api.model
    def _home_of(self, lot, quantities, away):
        """The warehouse whose fleet has this serial number, or None.

        Less than zero here is what was counted there and left from here.

        :param dict quantities: ``{warehouse: quantity}``
        """
        places = [warehouse for warehouse in quantities if quantities[warehouse] > 0]
        if sum(quantities.values()) <= 0 or not places:
            return None
        if len(places) == 1:
            return places[0]
        unit = lot.rental_resource_id
        pools = self.search([("resource_id", "=", unit.pool_id.id)])
        return min(
            places,
            key=lambda place: (
                (lot, place) not in away,
                place != pools.warehouse_id,
                place.id,
            ),
        )

    @api.model
    def _check_in_one_place(self, arrived):
        """Refuse a serial number that comes into a fleet and is in one already.

        :param dict arrived: ``{lot: the location it was moved to}``
        :raise UserError: says where it is, or who has it, and what to do.
        """
        # Narrow sudo: a thing is in one place, also where another company has it.
        groups = (
            self.env["stock.quant"]
            .sudo()
            ._read_group(
                [
                    ("lot_id", "in", [lot.id for lot in arrived]),
                    ("location_id.usage", "=", "internal"),
                    ("quantity", ">", 0),
                ],
                ["lot_id"],
                ["location_id:recordset"],
            )
        )
        several = {lot: places for lot, places in groups if len(places) > 1}
        warehouse_of = several and self.sudo()._fleet_locations()
        for lot, places in several.items():
            place = arrived[lot]
            others = (places - place).filtered(lambda one: one.id in warehouse_of)
            if others and place.id in warehouse_of:
                warehouse = warehouse_of[others[0].id]
                raise UserError(self._say_where(lot, others[0], warehouse))

    @api.model
    def _say_where(self, lot, place, warehouse):
        """In words that a serial number is in ``place`` already, and what to do."""
        if place.company_id and place.company_id not in self.env.companies:
            return self.env._(
                "%s is in the stock of another company already: ask there to count it "
                "as 0, or check the number.",
                lot.name,
            )
        # Narrow sudo: who has it is told by the user's own rights.
        out = Domain("state", "=", "out") & Domain("live", "=", True)
        out &= Domain("resource_id", "=", lot.sudo().rental_resource_id.id)
        row = self.env["resource.allocation"].sudo().search(out, limit=1)
        if row and warehouse._is_rented_out(place):
            return self.env._(
                "%(unit)s is out (%(who)s). Take it back there first, or check the "
                "number.",
                unit=lot.name,
                who=row.holder_labels()[row.id],
            )
        return self.env._(
            "%(unit)s is in %(place)s already. Transfer it from there, or count it as "
            "0 there first.",
            unit=lot.name,
            place=place.display_name,
        )

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
    def _pools_of_moves(self, moves, end="location_dest_id"):
        """The pool into which each of these moves brings its goods, if into any.

        :param str end: ``location_id`` for the pool it takes them from
        """
        warehouse_of = self._fleet_locations()
        pools = self.search([("product_id", "in", moves.product_id.ids)])
        by_key = {(pool.product_id, pool.warehouse_id): pool for pool in pools}
        return {
            move: by_key.get(
                (move.product_id, warehouse_of.get(move[end].id)),
                self.browse(),
            )
            for move in moves
        }

    @api.model
    def _get_or_create_pools(self, products, fleets):
        """The pools of ``products``; what is in a fleet for the first time gets one."""
        pools = self.search([("product_id", "in", products.ids)])
        by_key = {(pool.product_id, pool.warehouse_id): pool for pool in pools}
        missing = [key for key in fleets if key not in by_key]
        created = self._insert(
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
            "name": self._pool_name(product, warehouse),
            "product_id": product.id,
            "warehouse_id": warehouse.id,
            "company_id": warehouse.company_id.id,
            "resource_calendar_id": False,
        }

    @api.model
    def _pool_name(self, product, warehouse):
        name = self._item_name(product, warehouse.company_id)
        return f"{name} / {warehouse.code}"

    @api.model
    def _item_name(self, product, company):
        """The item's name in the ledger, which has one for all: the company's language.

        Nothing else of the context counts, such as a vendor's own name for the item.
        """
        plain = product.sudo().with_context(
            lang=company.partner_id.lang,
            partner_id=False,
            seller_id=False,
            display_default_code=True,
            formatted_display_name=False,
        )
        return plain.display_name

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
            lot._store({"rental_resource_id": resource.id})
        self._move_units(known, homes)

    @api.model
    def _move_units(self, lots, homes):
        """Let known units follow their serial numbers: ``{lot: pool}``.

        One that leaves its pool while it is promised cannot count for another: it is
        archived, which puts its promises at risk, until they are relocated or over.
        """
        elsewhere = lots.filtered(
            lambda lot: (
                lot in homes
                and lot.rental_resource_id.pool_id != homes[lot].resource_id
            )
        )
        # Out of service is a matter of the fleet a unit has left now.
        left = lots.filtered(lambda lot: lot not in homes) | elsewhere
        left.rental_resource_id._blocks_until_lifted().close()
        promised = elsewhere and self.env["resource.allocation"].search(
            [
                ("resource_id", "in", elsewhere.rental_resource_id.ids),
                ("live", "=", True),
            ]
        )
        stuck = elsewhere.filtered(
            lambda lot: promised and lot.rental_resource_id in promised.resource_id
        )
        gone = lots.filtered(lambda lot: lot not in homes) | stuck
        gone.rental_resource_id.filtered("active").action_archive()
        for lot in elsewhere - stuck:
            lot.rental_resource_id.pool_id = homes[lot].resource_id
        (lots - gone).rental_resource_id.filtered(
            lambda unit: not unit.active
        ).action_unarchive()

    @api.model
    def _prepare_unit_vals(self, lot, pool):
        """Values of the resource of one serial number. Override to add your own."""
        return {
            "name": self._item_name(lot.product_id, pool.company_id),
            "code": lot.name,
            "resource_type": "material",
            "bookable": True,
            "exclusive": True,
            "release": "return",
            "pool_id": pool.resource_id.id,
            "company_id": pool.company_id.id,
            "calendar_id": False,
            "owner_model": "stock.lot",
        }

    # === WHAT THE LEDGER OUGHT TO SAY === #

    @api.model
    def _ids_to_compare(self):
        return set(self._search([("active", "=", True)]))

    def _differences(self):
        """Fleets that have, or have out, other pieces than the stock, in sudo.

        Also where the stock counts a serial number more than once: somebody has to say
        where it is.
        """
        pools = self.exists().filtered("active")
        owned, away = pools._read_owned(as_counted=True), pools._read_away()
        out = dict(
            self.env["resource.allocation"]._read_group(
                [
                    ("resource_id", "in", pools.resource_id.ids),
                    ("live", "=", True),
                    ("kind", "=", "demand"),
                    ("state", "=", "out"),
                ],
                ["resource_id"],
                ["quantity:sum"],
            )
        )
        found = {}
        for pool in pools:
            thing = pool.resource_id
            pairs = (
                ("stock", owned[pool], thing.capacity),
                ("out", away[pool], out.get(thing, 0)),
            )
            off = [(state, a, b) for state, a, b in pairs if a != b]
            if off:
                found[pool.id] = (
                    [Expected(thing.id, state, None, None, a) for state, a, _b in off],
                    [Expected(thing.id, state, None, None, b) for state, _a, b in off],
                )
        return found

    def _read_owned(self, as_counted=False):
        """Pieces in the rentable stock and with customers: ``{pool: int}``."""
        fleets = self._read_fleets(self.product_id, as_counted)
        return {
            pool: max(
                0, floor(sum(fleets[pool.product_id, pool.warehouse_id].values()))
            )
            for pool in self
        }

    def _read_away(self):
        """Pieces in the rental location, which are with customers: ``{pool: int}``."""
        warehouse_of = self._fleet_locations()
        groups = self.env["stock.quant"]._read_group(
            [
                ("product_id", "in", self.product_id.ids),
                ("location_id", "child_of", self.warehouse_id.rental_location_id.ids),
            ],
            ["product_id", "location_id"],
            ["quantity:sum"],
        )
        away = defaultdict(float)
        for product, location, quantity in groups:
            away[product, warehouse_of.get(location.id)] += quantity
        return {pool: round(away[pool.product_id, pool.warehouse_id]) for pool in self}

    def _repair_allocations(self):
        """Let these fleets have the pieces that the stock has.

        :raise UserError: where pieces are with customers in the stock and not in the
            ledger, or the other way round: who has them, an order must say.
        """
        self.check_access("write")
        pools = self.sudo()
        owned = pools._read_owned()
        agreed = all(pool.capacity == owned[pool] for pool in pools)
        if agreed and pools._differences():
            raise UserError(
                self.env._(
                    "%s: count where the pieces are. What is with a customer is handed "
                    "over in its order; what is back is taken back there, or moved out "
                    "of the rental location.",
                    ", ".join(self.mapped("display_name")),
                )
            )
        pools._sync(pools.product_id)
