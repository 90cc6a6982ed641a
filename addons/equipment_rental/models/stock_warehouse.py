from odoo import api, fields, models


class StockWarehouse(models.Model):
    """A place items are rented from (C33, C34)."""

    _name = "stock.warehouse"
    _inherit = ["stock.warehouse", "resource.guarded.mixin"]

    rental_stock_location_id = fields.Many2one(
        "stock.location",
        string="Rentable Stock",
        compute="_compute_rental_stock_location_id",
        store=True,
        readonly=False,
        check_company=True,
        domain="[('usage', '=', 'internal'), ('warehouse_id', '=', id)]",
        help="What lies here (and below) can be rented out. Choose a location of its "
        "own where goods for sale must stay apart.",
    )
    rental_location_id = fields.Many2one(
        "stock.location",
        string="Rented Out Location",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Where the goods are while customers have them: still the company's own, "
        "but not on hand in any warehouse.",
    )
    rent_out_type_id = fields.Many2one(
        "stock.picking.type", string="Hand-over Type", readonly=True, copy=False
    )
    rent_in_type_id = fields.Many2one(
        "stock.picking.type", string="Take-back Type", readonly=True, copy=False
    )

    @api.model
    def _guarded_fields(self):
        """Where the goods are that are out, is decided once."""
        return super()._guarded_fields() | {"rental_location_id"}

    @api.depends("lot_stock_id")
    def _compute_rental_stock_location_id(self):
        for warehouse in self:
            warehouse.rental_stock_location_id = (
                warehouse.rental_stock_location_id or warehouse.lot_stock_id
            )

    def write(self, vals):
        """Another rentable location is another fleet; a new code renames ours."""
        done = super().write(vals)
        if "rental_stock_location_id" in vals:
            pool = self.env["rental.pool"]
            pool._sync(pool._rentable_products())
        if vals.get("code"):
            for warehouse in self.filtered("rental_location_id"):
                warehouse.rental_location_id.name = warehouse._rental_location_name()
            # Narrow sudo: who may write a warehouse may not write fleets.
            fleets = self.env["rental.pool"].sudo().with_context(active_test=False)
            fleets.search([("warehouse_id", "in", self.ids)])._follow_names()
        return done

    def _is_rented_out(self, location):
        """Whether what lies in ``location`` is with customers of this warehouse."""
        return location.parent_path.startswith(self.rental_location_id.parent_path)

    @api.model
    def _create_missing_rental_setup(self):
        """Give every warehouse its rental location and operation types; idempotent."""
        for warehouse in self.with_context(active_test=False).search(
            ["|", ("rent_in_type_id", "=", False), ("rental_location_id", "=", False)]
        ):
            warehouse.write(warehouse._create_or_update_sequences_and_picking_types())

    # === HOOKS OF STOCK === #

    def _create_or_update_sequences_and_picking_types(self):
        self._create_rental_location()
        created = super()._create_or_update_sequences_and_picking_types()
        if "rent_out_type_id" in created:
            out_type, in_type = self.env["stock.picking.type"].browse(
                [created["rent_out_type_id"], created["rent_in_type_id"]]
            )
            out_type.return_picking_type_id = in_type
            in_type.return_picking_type_id = out_type
        return created

    def _get_picking_type_update_values(self):
        values = super()._get_picking_type_update_values()
        code = self.code.replace(" ", "").upper()
        stock = self.rental_stock_location_id or self.lot_stock_id
        values["rent_out_type_id"] = {
            "active": self.active,
            "default_location_src_id": stock.id,
            "barcode": f"{code}RENTOUT",
        }
        values["rent_in_type_id"] = {
            "active": self.active,
            "default_location_dest_id": stock.id,
            "barcode": f"{code}RENTIN",
        }
        return values

    def _get_picking_type_create_values(self, max_sequence):
        values, max_sequence = super()._get_picking_type_create_values(max_sequence)
        shared = {
            "code": "internal",
            "company_id": self.company_id.id,
            "use_create_lots": False,
            "use_existing_lots": True,
            # The ledger promises, not the stock: nothing is reserved in advance.
            "reservation_method": "manual",
        }
        stock = self.rental_stock_location_id or self.lot_stock_id
        values["rent_out_type_id"] = {
            **shared,
            "name": self.env._("Rental Hand-overs"),
            "sequence_code": "RENTOUT",
            "sequence": max_sequence,
            "default_location_src_id": stock.id,
            "default_location_dest_id": self.rental_location_id.id,
        }
        values["rent_in_type_id"] = {
            **shared,
            "name": self.env._("Rental Returns"),
            "sequence_code": "RENTIN",
            "sequence": max_sequence + 1,
            "default_location_src_id": self.rental_location_id.id,
            "default_location_dest_id": stock.id,
        }
        return values, max_sequence + 2

    def _get_sequence_values(self, name=False, code=False):
        values = super()._get_sequence_values(name=name, code=code)
        name, code = name or self.name, code or self.code
        values["rent_out_type_id"] = {
            "name": self.env._("%s Sequence rental hand-over", name),
            "prefix": f"{code}/{self.rent_out_type_id.sequence_code or 'RENTOUT'}/",
            "padding": 5,
            "company_id": self.company_id.id,
        }
        values["rent_in_type_id"] = {
            "name": self.env._("%s Sequence rental return", name),
            "prefix": f"{code}/{self.rent_in_type_id.sequence_code or 'RENTIN'}/",
            "padding": 5,
            "company_id": self.company_id.id,
        }
        return values

    def _create_rental_location(self):
        """The place of what is out: internal and owned by the company, so its value
        stays in the books; outside the warehouse's tree, so it is not on hand.
        """
        for warehouse in self.filtered(
            lambda warehouse: not warehouse.rental_location_id
        ):
            place = self.env["stock.location"].create(
                {
                    "name": warehouse._rental_location_name(),
                    "usage": "internal",
                    "company_id": warehouse.company_id.id,
                    "location_id": False,
                    "replenish_location": False,
                }
            )
            warehouse._store({"rental_location_id": place.id})

    def _rental_location_name(self):
        return self.env._("%s Rented Out", self.code)
