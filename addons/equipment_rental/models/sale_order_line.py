from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.resource_allocation.inputs import is_nothing

from .sale_order import AGREED

FOLLOWED = {"product_uom_qty", "rental_start", "rental_stop", "rental_own_period"}
"""What may change on a confirmed rental line; the ledger follows."""
PERIOD = frozenset(["rental_start", "rental_stop"])
PROPOSED = PERIOD | {"warehouse_id", "rental_deposit"}
"""What the order or the item says where an import leaves it blank."""
FIXED = {"is_rental", "product_id", "product_uom_id", "warehouse_id", "order_id"}


class SaleOrderLine(models.Model):
    """A rental line: pieces of one item, for its own period, from one warehouse.

    ``price_unit`` is the rent of one piece for the whole period, so taxes, discounts
    and price lists work as for a sale.
    """

    _name = "sale.order.line"
    _inherit = [
        "sale.order.line",
        "resource.document.mixin",
        "resource.guarded.mixin",
    ]

    is_rental = fields.Boolean(
        string="Rent",
        compute="_compute_is_rental",
        store=True,
        readonly=False,
        precompute=True,
        help="Rented out. Otherwise the line sells the item.",
    )
    warehouse_id = fields.Many2one(readonly=False, check_company=True)
    rental_own_period = fields.Boolean(
        string="Own Period",
        copy=False,
        help="The line keeps its own period when the order's changes.",
    )
    rental_start = fields.Datetime(
        string="From",
        compute="_compute_rental_period",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    rental_stop = fields.Datetime(
        string="Until",
        compute="_compute_rental_period",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="The moment it is due back, not included.",
    )

    rental_free = fields.Integer(
        string="Free",
        compute="_compute_rental_free",
        help="How many are free in that period besides what this line has on option.",
    )
    rental_is_short = fields.Boolean(compute="_compute_rental_free")

    _rental_period = models.Constraint(
        "CHECK (rental_start IS NULL OR rental_stop IS NULL"
        " OR rental_start < rental_stop)",
        "A rental must end after it starts.",
    )

    @api.model
    def _guarded_fields(self):
        """What follows from promises, and what a fee arose from."""
        return super()._guarded_fields() | {
            "rental_qty_held", "rental_qty_reserved", "rental_qty_out",
            "rental_qty_back", "rental_breakdown", "rental_fee_id", "rental_moment",
            "rental_moment_date", "rental_origin_line_id", "rental_transfer_id",
        }  # fmt: skip

    # === COMPUTES === #

    @api.depends("product_id", "order_id.is_rental_order")
    def _compute_is_rental(self):
        for line in self:
            line.is_rental = line.order_id.is_rental_order and line.product_id.rent_ok

    @api.depends("is_rental")
    def _compute_warehouse_id(self):
        """Propose a warehouse that rents the item out where the order's does not."""
        done = super()._compute_warehouse_id()
        lines = self.filtered("is_rental")
        pools = self.env["rental.pool"].search(
            [
                ("product_id", "in", lines.product_id.ids),
                ("company_id", "in", lines.company_id.ids),
            ]
        )
        for line in lines:
            homes = pools.filtered(lambda pool, line=line: line._is_home(pool))
            if homes and line.warehouse_id not in homes.warehouse_id:
                line.warehouse_id = homes[0].warehouse_id
        return done

    def _is_home(self, pool):
        return pool.product_id == self.product_id and pool.company_id == self.company_id

    @api.depends(
        "is_rental",
        "rental_own_period",
        "order_id.rental_start",
        "order_id.rental_stop",
    )
    def _compute_rental_period(self):
        for line in self:
            order, own = line.order_id, line.rental_own_period
            if not line.is_rental:
                line.rental_start = line.rental_stop = False
                continue
            if (
                line.rental_qty_back
                and not line.rental_qty_reserved + line.rental_qty_out
            ):
                # All of it is back: it was rented until then.
                continue
            line.rental_start = own and line.rental_start or order.rental_start
            line.rental_stop = own and line.rental_stop or order.rental_stop

    @api.depends(
        "product_id",
        "product_uom_qty",
        "is_rental",
        "rental_start",
        "rental_stop",
        "warehouse_id",
        "state",
    )
    def _compute_rental_free(self):
        """Ask the ledger before the customer does; of quotations only."""
        self.rental_free = 0
        self.rental_is_short = False
        lines = self.filtered(
            lambda line: (
                line.is_rental
                and line.state in ("draft", "sent")
                and line.rental_start
                and line.rental_stop
                and line.rental_start < line.rental_stop
            )
        )
        pools = self.env["rental.pool"]._find_for_lines(lines)
        own = lines._origin._rental_rows("hold").ids
        periods = lines.grouped(lambda line: (line.rental_start, line.rental_stop))
        for (start, stop), some in periods.items():
            resources = self.env["resource.resource"].union(
                *(pools[line].resource_id for line in some)
            )
            free = resources.free_quantity(start, stop, exclude_ids=own)
            for line in some:
                line.rental_free = free.get(pools[line].resource_id.id, 0)
                line.rental_is_short = line.rental_free < line._rental_pieces()

    @api.depends("is_rental", "rental_charged_start", "rental_charged_stop")
    def _compute_name(self):
        return super()._compute_name()

    @api.depends("is_rental")
    def _compute_product_updatable(self):
        done = super()._compute_product_updatable()
        for line in self:
            if line.is_rental and line.state == "sale":
                line.product_updatable = False
        return done

    @api.depends("is_rental")
    def _compute_qty_to_deliver(self):
        """Stock's forecast knows nothing of periods: no forecast widget on a rental."""
        done = super()._compute_qty_to_deliver()
        self.filtered("is_rental").display_qty_widget = False
        return done

    @api.depends("move_ids.rental_direction", "move_ids.picking_id.rental_undo_ids")
    def _compute_qty_delivered(self):
        return super()._compute_qty_delivered()

    # === CONSTRAINTS AND ONCHANGES === #

    @api.constrains("is_rental", "product_id", "order_id")
    def _check_is_rental(self):
        for line in self.filtered("is_rental"):
            if not line.product_id.rent_ok or not line.order_id.is_rental_order:
                raise ValidationError(
                    self.env._(
                        "%s: only a rentable item in a rental order can be rented.",
                        line.product_id.display_name or line.name,
                    )
                )

    @api.onchange("rental_start", "rental_stop")
    def _onchange_rental_period(self):
        order = self.order_id
        self.rental_own_period = bool(self.is_rental) and (
            (self.rental_start, self.rental_stop)
            != (order.rental_start, order.rental_stop)
        )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        """Keep a line's own period; book a line of a confirmed order."""
        vals_list = [self._without_blanks(vals) for vals in vals_list]
        for vals in vals_list:
            if PERIOD & vals.keys():
                vals.setdefault("rental_own_period", True)
        lines = super().create(vals_list)
        lines._drop_same_period()
        lines._rental_follow()
        return lines

    def write(self, vals):
        """On a confirmed rental the ledger follows, or refuses and nothing changes."""
        promised = self.filtered(lambda line: line.is_rental and line.state == "sale")
        agreed = AGREED | (FOLLOWED | FIXED if promised else set())
        self.env["sale.order"]._check_rental_seller(self, agreed & vals.keys())
        if PERIOD & vals.keys():
            filled = self._with_order_period(vals)
            if any(own != vals for own in filled.values()):
                return all(lines.write(own) for lines, own in filled.items())
            self.order_id._check_rental_unlocked()
            vals = {"rental_own_period": True, **vals}
        self._check_rental_fixed(vals)
        done = super().write(vals)
        if PERIOD & vals.keys():
            self._drop_same_period()
        if (FOLLOWED | FIXED) & vals.keys():
            self.filtered("order_id.is_rental_order")._rental_follow()
        return done

    def unlink(self):
        """What a deleted line had on option is free."""
        self._rental_give_up(self._rental_rows("hold"))
        return super().unlink()

    @api.model
    def _without_blanks(self, vals):
        """What was said of a line: a blank is none, and proposed as ever."""
        return {
            name: value
            for name, value in vals.items()
            if name not in PROPOSED or not is_nothing(value)
        }

    def _with_order_period(self, vals):
        """What to write instead of a blank start or end: the order's, if it has one.

        :return: ``{lines: values}``
        """
        filled = {}
        for order, lines in self.grouped("order_id").items():
            blank = {name for name in PERIOD & vals.keys() if is_nothing(vals[name])}
            filled[lines] = vals | {name: order[name] for name in blank if order[name]}
        return filled

    def _drop_same_period(self):
        """A period that is the order's is not the line's own: it follows the order.

        A form sends the period of every line that followed the order's new one.
        """
        same = self.filtered(
            lambda line: (
                line.rental_own_period
                and line.rental_start == line.order_id.rental_start
                and line.rental_stop == line.order_id.rental_stop
            )
        )
        if same:
            same.rental_own_period = False

    def _check_rental_fixed(self, vals):
        """Refuse to change what was promised into something else."""
        for line in self.filtered(lambda line: line.is_rental and line.state == "sale"):
            for name in FIXED & vals.keys():
                if name == "warehouse_id" and line._is_promised_in(vals[name]):
                    continue
                field = line._fields[name]
                if field.convert_to_write(line[name], line) != vals[name]:
                    raise ValidationError(
                        self.env._(
                            "%(item)s is already reserved: set its quantity to 0 "
                            "and add a new line instead of changing “%(field)s”.",
                            item=line.product_id.display_name,
                            field=field._description_string(self.env),
                        )
                    )

    # === IN WORDS === #

    def _get_sale_order_line_multiline_description_sale(self):
        """Say the period where the customer reads it: on the order and the invoice."""
        text = super()._get_sale_order_line_multiline_description_sale()
        period = self._say_rental_period()
        return f"{text}\n{period}" if period else text
