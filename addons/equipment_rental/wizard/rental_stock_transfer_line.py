from collections import defaultdict
from math import floor

from odoo import api, fields, models


class RentalStockTransferLine(models.TransientModel):
    """One item in the window: how many are where, and how many move."""

    _name = "rental.stock.transfer.line"
    _description = "Item to Put In or Take Out"

    wizard_id = fields.Many2one(
        "rental.stock.transfer", required=True, ondelete="cascade", index=True
    )
    product_id = fields.Many2one(
        "product.product",
        string="Item",
        required=True,
        domain=[("rent_ok", "=", True)],
    )
    tracking = fields.Selection(related="product_id.tracking")
    quantity_there = fields.Integer(
        compute="_compute_pieces",
        string="In Rentable Stock",
        help="Pieces that lie in the warehouse's rentable stock; what is out with "
        "customers is not among them.",
    )
    quantity_source = fields.Integer(
        compute="_compute_pieces",
        string="Can Be Moved",
        help="Pieces that lie where they would be taken from and that no other "
        "transfer has reserved.",
    )
    places = fields.Char(
        compute="_compute_pieces", string="In Stock", help="How many lie where."
    )
    quantity_spare = fields.Integer(
        compute="_compute_quantity_spare",
        string="To Spare",
        help="Pieces there that no reservation, option or rental needs from now on.",
    )
    available_lot_ids = fields.Many2many("stock.lot", compute="_compute_pieces")
    lot_ids = fields.Many2many(
        "stock.lot",
        string="Serial Numbers",
        domain="[('id', 'in', available_lot_ids)]",
        help="Type or scan the numbers of the units that move.",
    )
    quantity = fields.Integer(
        compute="_compute_quantity", store=True, readonly=False, string="How Many"
    )

    @api.depends("lot_ids")
    def _compute_quantity(self):
        for line in self:
            if line.tracking == "serial":
                line.quantity = len(line.lot_ids)

    @api.depends(
        "product_id",
        "wizard_id.direction",
        "wizard_id.warehouse_id",
        "wizard_id.other_location_id",
    )
    def _compute_pieces(self):
        quants = self._quants()
        for line in self:
            own = quants.filtered(
                lambda quant, product=line.product_id._origin: (
                    quant.product_id == product
                )
            )
            wizard = line.wizard_id
            root = wizard.stock_location_id.parent_path or "-"
            there = own.filtered(
                lambda quant, r=root: quant.location_id.parent_path.startswith(r)
            )
            source = line._movable(own)
            line.quantity_there = floor(sum(there.mapped("quantity")))
            line.quantity_source = floor(sum(source.mapped("available_quantity")))
            line.available_lot_ids = source.lot_id
            line.places = line._describe_places(own)

    @api.depends("product_id", "wizard_id.warehouse_id", "quantity_there")
    def _compute_quantity_spare(self):
        pools = self.env["rental.pool"].search(
            [
                ("product_id", "in", self.product_id.ids),
                ("warehouse_id", "in", self.wizard_id.warehouse_id.ids),
            ]
        )
        free = pools.resource_id.free_quantity(fields.Datetime.now(), False)
        spare = {
            (pool.product_id, pool.warehouse_id): free[pool.resource_id.id]
            for pool in pools
        }
        for line in self:
            key = line.product_id._origin, line.wizard_id.warehouse_id._origin
            line.quantity_spare = min(spare.get(key, 0), line.quantity_there)

    def _quants(self):
        """All that is in stock of these items, in the company's own places."""
        return self.env["stock.quant"].search(
            [
                ("product_id", "in", self.product_id.ids),
                ("company_id", "in", self.wizard_id.company_id.ids),
                ("location_id.usage", "=", "internal"),
                ("quantity", ">", 0),
            ],
            order="in_date, id",
        )

    def _movable(self, quants):
        """Those of ``quants`` that lie where this is taken from."""
        wizard = self.wizard_id
        source = wizard._places()[0]
        if not source:
            return quants.browse()
        return quants.filtered(
            lambda quant: (
                quant.available_quantity > 0
                and quant.location_id.parent_path.startswith(source.parent_path)
                # A place around the rentable stock does not lend out its pieces.
                and (wizard.direction == "out" or wizard._is_outside(quant.location_id))
            )
        )

    def _describe_places(self, quants):
        """Where the pieces are: *North Yard 40, North Yard Rented Out 5*."""
        pieces = defaultdict(float)
        for quant in quants:
            pieces[quant.location_id] += quant.quantity
        if not pieces:
            return self.env._("Nowhere in stock")
        return ", ".join(
            f"{place.display_name}: {floor(quantity)}"
            for place, quantity in pieces.items()
        )

    def _describe_unit(self, lot):
        """What a unit that is not there is doing instead."""
        # Narrow sudo: what has the unit counts, whoever booked it.
        row = self.env["resource.allocation"].sudo()
        row = row.search(
            [
                ("resource_id", "=", lot.sudo().rental_resource_id.id),
                ("state", "=", "out"),
            ],
            limit=1,
        )
        if row:
            return self.env._("it is out, %s", self._describe_promise(row))
        place = lot.location_id.display_name
        return place or self.env._("it is in no place of the company")

    def _prepare_pieces(self):
        """Values of move lines: the very units, or what lies there longest."""
        quants = self._movable(self._quants())
        quants = quants.filtered(lambda quant: quant.product_id == self.product_id)
        if self.lot_ids:
            quants = quants.filtered(lambda quant: quant.lot_id in self.lot_ids)
        left, pieces = self.quantity, []
        for quant in quants:
            taken = min(left, quant.available_quantity)
            if taken <= 0:
                break
            left -= taken
            pieces.append(
                {
                    "location_id": quant.location_id.id,
                    "lot_id": quant.lot_id.id,
                    "package_id": quant.package_id.id,
                    "owner_id": quant.owner_id.id,
                    "quantity": taken,
                }
            )
        return pieces

    # === THE LEDGER === #

    def _prepare_requests(self, warehouse):
        """What to ask the ledger: could it do without these pieces, from now on?

        Units are asked for as such, other pieces from their pool.
        """
        pool = self._pool(warehouse)
        # Narrow sudo: the units' own ids in the ledger.
        units = self.lot_ids.sudo().rental_resource_id.filtered("active")
        if not units and not pool.active:
            return []
        vals = {
            "start": fields.Datetime.now(),
            "stop": False,
            "setup_minutes": 0,
            "teardown_minutes": 0,
            "company_id": warehouse.company_id.id,
        }
        if units:
            return [{**vals, "resource_id": unit.id, "pinned": True} for unit in units]
        return [{**vals, "resource_id": pool.resource_id.id, "quantity": self.quantity}]

    def _pool(self, warehouse):
        return self.env["rental.pool"].search(
            [
                ("product_id", "=", self.product_id.id),
                ("warehouse_id", "=", warehouse.id),
            ]
        )

    def _describe_refusal(self, warehouse, verdicts):
        """Why the pieces stay: how many could go, and who needs the others when."""
        resources = {verdict["resource_id"] for verdict in verdicts}
        units = self.lot_ids.filtered(
            lambda lot: lot.sudo().rental_resource_id.id in resources
        )
        if units:
            headline = self.env._(
                "%(units)s of %(item)s cannot be taken out of %(warehouse)s: promised.",
                units=", ".join(units.mapped("name")),
                item=self.product_id.display_name,
                warehouse=warehouse.name,
            )
        else:
            pool = self._pool(warehouse).resource_id
            free = pool.free_quantity(fields.Datetime.now(), False)[pool.id]
            headline = self.env._(
                "%(item)s: %(wanted)s cannot be taken out of %(warehouse)s, only "
                "%(free)s can.",
                item=self.product_id.display_name,
                wanted=self.quantity,
                warehouse=warehouse.name,
                free=free,
            )
        needed = {
            (holder["label"], holder["start"], holder["stop"], holder["quantity"])
            for verdict in verdicts
            for holder in verdict["holders"]
        }
        return "\n".join(
            [
                headline,
                self.env._("Needed by:"),
                *(
                    self._describe_holder(*holder)
                    for holder in sorted(needed, key=lambda holder: holder[1])
                ),
            ]
        )

    def _describe_holder(self, label, start, stop, quantity):
        period = self.env["resource.allocation"].period_in_words(
            fields.Datetime.to_datetime(start), fields.Datetime.to_datetime(stop)
        )
        return self.env._(
            "• %(who)s, %(period)s: %(quantity)s",
            who=label,
            period=period,
            quantity=quantity,
        )

    def _describe_promise(self, allocation):
        """Order and customer, where the user may know them, period and pieces."""
        return self.env._(
            "%(who)s, %(period)s: %(quantity)s",
            who=allocation.holder_labels()[allocation.id],
            period=allocation.period_in_words(allocation.start, allocation.stop),
            quantity=allocation.quantity,
        )

    def _promises_at_risk(self):
        """Promises of these items, in any warehouse, that have no place now."""
        # Narrow sudo: what is harmed counts, whoever booked it.
        pools = self.env["rental.pool"].sudo()
        pools = pools.search([("product_id", "in", self.product_id.ids)])
        fleet = pools.resource_id | pools.resource_id.unit_ids
        # Units that left their pool are looked at as well.
        fleet |= self.lot_ids.sudo().rental_resource_id
        rows = (
            self.env["resource.allocation"]
            .sudo()
            .search(
                [
                    ("at_risk", "=", True),
                    ("live", "=", True),
                    ("resource_id", "in", fleet.ids),
                ]
            )
        )
        return rows.roots()
