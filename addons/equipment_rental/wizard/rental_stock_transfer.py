from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError

from odoo.addons.resource_allocation.inputs import only_one


class RentalStockTransfer(models.TransientModel):
    """Put items into what a warehouse rents out, or take them out of it (C35).

    Made as an internal transfer that is done at once. The pieces that left are a fact,
    so the ledger is told in the same transaction; where that would leave a promise
    without its pieces, nothing is moved.
    """

    _name = "rental.stock.transfer"
    _description = "Put Items into Rentable Stock, or Take Them Out"

    direction = fields.Selection(
        [("in", "Put into rentable stock"), ("out", "Take out of rentable stock")],
        required=True,
        default="in",
        readonly=True,
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        required=True,
        default=lambda self: self.env.user._get_default_warehouse_id(),
    )
    company_id = fields.Many2one(related="warehouse_id.company_id")
    stock_location_id = fields.Many2one(
        related="warehouse_id.rental_stock_location_id",
        help="What lies here, and below, is rented out from this warehouse.",
    )
    other_location_id = fields.Many2one(
        "stock.location",
        string="Other Place",
        compute="_compute_other_location_id",
        store=True,
        readonly=False,
        domain="[('usage', '=', 'internal'), ('warehouse_id', '!=', False),"
        " ('company_id', '=', company_id), '!', ('id', 'child_of', stock_location_id)]",
        help="Where the pieces are taken from, or where they go.",
    )
    line_ids = fields.One2many("rental.stock.transfer.line", "wizard_id")
    missing = fields.Char(
        compute="_compute_missing", help="Items of which there is nothing to put in."
    )

    has_serial = fields.Boolean(compute="_compute_has_serial")

    @api.model
    def _open_for(self, direction, products, lots=None, warehouse=None):
        """Open the window for ``products``, or for exactly the serial numbers ``lots``.

        :param str direction: ``in`` or ``out``
        :raise UserError: for items that are not for rent.
        """
        strange = products.filtered(lambda product: not product.rent_ok)
        if strange:
            raise UserError(
                self.env._(
                    "%s is not for rent: tick “Rental” on the item first.",
                    strange[0].display_name,
                )
            )
        lots = lots or self.env["stock.lot"]
        vals = {
            "direction": direction,
            "line_ids": [
                fields.Command.create(
                    {
                        "product_id": product.id,
                        "lot_ids": lots.filtered(
                            lambda lot, product=product: lot.product_id == product
                        ).ids,
                    }
                )
                for product in products
            ],
        }
        if warehouse := warehouse or self._home_of(products):
            vals["warehouse_id"] = warehouse.id
        wizard = self.create(vals)
        names = dict(self._fields["direction"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": names[direction],
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    @api.model
    def _home_of(self, products):
        """The warehouse that rents out most of ``products``, if any does."""
        pools = self.env["rental.pool"].search([("product_id", "in", products.ids)])
        return pools.sorted("capacity", reverse=True)[:1].warehouse_id

    # === COMPUTES === #

    @api.depends("line_ids.product_id")
    def _compute_has_serial(self):
        for wizard in self:
            wizard.has_serial = "serial" in wizard.line_ids.mapped("tracking")

    @api.depends("direction", "warehouse_id", "line_ids.product_id")
    def _compute_other_location_id(self):
        for wizard in self:
            place = wizard.other_location_id
            if not (place and wizard._is_outside(place)):
                wizard.other_location_id = wizard._propose_place()

    @api.depends("direction", "warehouse_id", "line_ids.product_id")
    def _compute_missing(self):
        for wizard in self:
            somewhere = {
                quant.product_id
                for quant in wizard.line_ids._quants()
                if wizard._is_outside(quant.location_id)
            }
            nowhere = wizard.line_ids.product_id.filtered(
                lambda product, there=somewhere: product._origin not in there
            )
            wizard.missing = wizard.direction == "in" and ", ".join(
                nowhere.mapped("display_name")
            )

    def _is_outside(self, location):
        """Whether pieces can lie in ``location`` without being this fleet's."""
        root = self.stock_location_id.parent_path
        outside = not root or not location.parent_path.startswith(root)
        return bool(outside and location.warehouse_id)

    def _propose_place(self):
        """The other end: near, and where it does not stand in for another fleet.

        Put in: where most of these items lie. Take out: the warehouse's stock for
        sale, else the stock of another warehouse.
        """
        if self.direction == "in":
            pieces = defaultdict(float)
            for quant in self.line_ids._quants():
                if self._is_outside(quant.location_id):
                    pieces[quant.location_id] += quant.available_quantity
            return max(
                pieces,
                key=lambda place: (*self._nearness(place), pieces[place]),
                default=self.env["stock.location"],
            )
        # Sorted: the own warehouse first, then the others as they are listed.
        warehouses = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company_id.id)]
        )
        places = (self.warehouse_id._origin | warehouses).lot_stock_id
        return places.filtered(self._is_outside)[:1]

    def _nearness(self, location):
        """Preferred: of the same warehouse, and nobody's fleet."""
        warehouse = location.warehouse_id
        fleet = warehouse.rental_stock_location_id.parent_path or "-"
        return (
            warehouse == self.warehouse_id._origin,
            not location.parent_path.startswith(fleet),
        )

    # === ACTIONS === #

    def action_transfer(self):
        """Move the goods at once, if every promise keeps its pieces.

        :raise UserError: for nothing chosen, pieces that are not there, or pieces that
            a reservation needs: the message names it.
        """
        only_one(self)
        lines = self.line_ids.filtered("quantity")
        if not lines:
            raise UserError(
                self.env._("Enter how many to move, or choose serial numbers.")
            )
        self._check_places()
        self._check_pieces_there(lines)
        self._check_not_needed(lines)
        before = lines._promises_at_risk()
        transfer = self._create_transfer(lines)
        # The ledger has the last word: it has taken its locks and counted anew.
        if harmed := lines._promises_at_risk() - before:
            raise UserError(
                self.env._(
                    "Nothing was moved, because these rentals need the pieces: %s",
                    "; ".join(harmed.mapped(lines._describe_promise)),
                )
            )
        return self._tell(transfer)

    def action_count(self):
        """Open the stock count for items of which there is nothing to put in."""
        only_one(self)
        return self._count_action(self.line_ids.product_id)

    def _count_action(self, products):
        """Core's stock count of ``products``, new rows in the rentable stock."""
        quants = self.env["stock.quant"].with_context(
            default_location_id=self.stock_location_id.id,
            default_product_id=products.id if len(products) == 1 else False,
            inventory_mode=True,
        )
        action = quants.action_view_inventory()
        # Core's view asks for the user's own counts; these are about the items.
        action["context"] = dict(action["context"], search_default_my_count=False)
        action["domain"] = [
            ("product_id", "in", products.ids),
            ("location_id.usage", "in", ["internal", "transit"]),
        ]
        return action

    def _places(self):
        """``(source, target)`` of the transfer."""
        ends = self.other_location_id, self.stock_location_id
        return ends if self.direction == "in" else ends[::-1]

    def _check_places(self):
        if not self.other_location_id:
            lines = self.line_ids.filtered("quantity")
            if self.direction == "in" and self.missing:
                self._refuse_nothing_there(lines)
            raise UserError(
                self.env._(
                    "Say where the pieces go. Everything that lies in %(stock)s is "
                    "rented out; choose a location outside it, or create one in "
                    "Inventory › Configuration › Locations.",
                    stock=self.stock_location_id.display_name,
                )
                if self.direction == "out"
                else self.env._("Say where the pieces are taken from.")
            )
        if not self._is_outside(self.other_location_id):
            raise UserError(
                self.env._(
                    "%(other)s is a part of %(stock)s, whose pieces %(warehouse)s "
                    "rents out: choose a place outside it.",
                    other=self.other_location_id.display_name,
                    stock=self.stock_location_id.display_name,
                    warehouse=self.warehouse_id.name,
                )
            )

    def _refuse_nothing_there(self, lines):
        """:raise RedirectWarning: to the stock count."""
        raise RedirectWarning(
            self.env._(
                "There is nothing of %(items)s to put in. Receive the pieces, or count "
                "them in %(stock)s: what is counted there is rented out.",
                items=self.missing,
                stock=self.stock_location_id.display_name,
            ),
            self._count_action(lines.product_id),
            self.env._("Count the stock"),
        )

    def _check_pieces_there(self, lines):
        """:raise UserError: for pieces that are not where they are taken from."""
        source = self._places()[0]
        for line in lines:
            if line.quantity < 0:
                raise UserError(self.env._("A quantity cannot be negative."))
            away = line.lot_ids - line.available_lot_ids
            if away:
                raise UserError(
                    self.env._(
                        "%(unit)s cannot be moved, it is not in %(place)s: %(state)s.",
                        unit=away[0].display_name,
                        place=source.display_name,
                        state=line._describe_unit(away[0]),
                    )
                )
            if line.quantity > line.quantity_source:
                if self.direction == "in" and line.product_id.display_name in (
                    self.missing or ""
                ):
                    self._refuse_nothing_there(line)
                raise UserError(
                    self.env._(
                        "%(item)s: %(there)s can be taken from %(place)s, not "
                        "%(wanted)s. %(places)s",
                        item=line.product_id.display_name,
                        there=line.quantity_source,
                        place=source.display_name,
                        wanted=line.quantity,
                        places=line.places or "",
                    )
                )

    def _check_not_needed(self, lines):
        """Ask the ledger whether the pieces could be spared for good, from now on.

        :raise UserError: names the promises that need them, and how many could go.
        """
        losing = self._losing_warehouse()
        if not losing:
            return
        asked, lines_asked = [], []
        for line in lines:
            requests = line._prepare_requests(losing)
            asked += requests
            lines_asked += [line] * len(requests)
        refused = defaultdict(list)
        for verdict in self._ledger().check(asked):
            refused[lines_asked[verdict["index"]]].append(verdict)
        if refused:
            raise UserError(
                "\n\n".join(
                    line._describe_refusal(losing, verdicts)
                    for line, verdicts in refused.items()
                )
            )

    def _losing_warehouse(self):
        """The warehouse whose fleet gets smaller, or none."""
        source = self._places()[0]
        return self.env["rental.pool"]._fleet_locations().get(source.id)

    def _ledger(self):
        """The ledger, able to answer what could be spared."""
        ledger = self.env["resource.allocation"]
        if ledger.has_access("create"):
            return ledger
        # Narrow sudo: whoever may move the goods is told who needs them; only asked.
        return ledger.sudo()

    # === THE GOODS === #

    def _create_transfer(self, lines):
        """An internal transfer of exactly these pieces, done."""
        source, target = self._places()
        transfer = self.env["stock.picking"].create(self._prepare_transfer())
        moves = self.env["stock.move"].create(
            [
                {
                    "picking_id": transfer.id,
                    "picking_type_id": transfer.picking_type_id.id,
                    "product_id": line.product_id.id,
                    "product_uom_qty": line.quantity,
                    "product_uom": line.product_id.uom_id.id,
                    "location_id": source.id,
                    "location_dest_id": target.id,
                    "company_id": transfer.company_id.id,
                }
                for line in lines
            ]
        )
        moves._action_confirm(merge=False)
        # The type may reserve by itself, and then from anywhere below the source.
        moves._do_unreserve()
        self.env["stock.move.line"].create(
            [
                {**move._prepare_move_line_vals(quantity=0), **vals}
                for move, line in zip(moves, lines, strict=True)
                for vals in line._prepare_pieces()
            ]
        )
        moves.picked = True
        transfer._action_done()
        return transfer

    def _prepare_transfer(self):
        """Values of the transfer. Override to add your own."""
        source, target = self._places()
        names = dict(self._fields["direction"]._description_selection(self.env))
        return {
            "picking_type_id": source.warehouse_id.int_type_id.id,
            "location_id": source.id,
            "location_dest_id": target.id,
            "origin": names[self.direction],
            "company_id": self.company_id.id,
            "user_id": self.env.uid,
        }

    def _tell(self, transfer):
        """Close the window and say what was done, with a link to the transfer."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._(
                    "Moved to %s", transfer.location_dest_id.display_name
                ),
                "message": "%s",
                "links": [
                    {
                        "label": transfer.name,
                        "url": f"/odoo/stock.picking/{transfer.id}",
                    }
                ],
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
