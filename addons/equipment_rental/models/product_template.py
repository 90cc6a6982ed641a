from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core.pricing import cover
from .rental_condition import WHO_READ_FEES

WHO = (
    "sales_team.group_sale_salesman,equipment_rental.equipment_rental_group_accountant"
)
"""Who reads what renting costs: those who quote it and those who invoice it."""
FOLLOWED = {"rent_ok", "name", "tracking", "attribute_line_ids"}
"""What of an item its fleets and their units follow."""


class ProductTemplate(models.Model):
    """A product that can be rented out, with its prices and its replacement value."""

    _inherit = "product.template"

    rent_ok = fields.Boolean(
        string="Rental",
        help="Pieces of it can be rented out. Its stock in a warehouse is the fleet.",
    )
    rental_tier_ids = fields.One2many(
        "rental.rate.tier",
        "product_tmpl_id",
        string="Rental Prices",
        copy=True,
        groups=WHO,
    )
    rental_price_day = fields.Monetary(
        string="Rent per Day",
        compute="_compute_rental_price_day",
        inverse="_inverse_rental_price_day",
        groups=WHO,
        help="Without tax, for one piece. Empty: no price per day.",
    )
    rental_price_week = fields.Monetary(
        string="Rent per Week",
        compute="_compute_rental_price_week",
        inverse="_inverse_rental_price_week",
        groups=WHO,
        help="Without tax, for one piece. Empty: no price per week.",
    )
    replacement_value = fields.Monetary(
        help="What one piece costs when it is lost, without tax. It stands in the "
        "contract.",
    )
    rental_deposit = fields.Monetary(
        string="Deposit",
        help="Asked for each piece when it is handed over, and given back; outside the "
        "order's total, revenue and VAT.",
    )
    rental_damage_ids = fields.One2many(
        "rental.damage",
        "product_tmpl_id",
        string="Prices of Damages",
        copy=True,
        groups=WHO_READ_FEES,
    )
    rental_pool_count = fields.Integer(compute="_compute_rental_pool_count")
    _replacement_value_positive = models.Constraint(
        "CHECK (replacement_value >= 0)", "A replacement value cannot be negative."
    )
    _rental_deposit_positive = models.Constraint(
        "CHECK (rental_deposit >= 0)", "A deposit cannot be negative."
    )
    rental_pool_ids = fields.One2many(
        "rental.pool", "product_tmpl_id", string="Fleets", readonly=True
    )
    rental_pieces = fields.Integer(
        compute="_compute_rental_quantities",
        string="Pieces",
        help="In the warehouses and out with customers.",
    )
    rental_out = fields.Integer(
        compute="_compute_rental_quantities", string="Out", help="With customers now."
    )
    rental_reserved = fields.Integer(
        compute="_compute_rental_quantities",
        string="Reserved",
        help="Reserved and not yet handed over, now and in the future.",
    )
    rental_held = fields.Integer(
        compute="_compute_rental_quantities",
        string="Options",
        help="Held by options, now and in the future.",
    )
    rental_free = fields.Integer(
        compute="_compute_rental_quantities",
        string="Free Now",
        help="Neither out nor promised at this moment.",
    )

    @api.depends(
        "rental_tier_ids.unit", "rental_tier_ids.count", "rental_tier_ids.price"
    )
    def _compute_rental_price_day(self):
        for template in self:
            template.rental_price_day = template._single_tier("day").price

    def _inverse_rental_price_day(self):
        for template in self:
            template._set_single_tier("day", template.rental_price_day)

    @api.depends(
        "rental_tier_ids.unit", "rental_tier_ids.count", "rental_tier_ids.price"
    )
    def _compute_rental_price_week(self):
        for template in self:
            template.rental_price_week = template._single_tier("week").price

    def _inverse_rental_price_week(self):
        for template in self:
            template._set_single_tier("week", template.rental_price_week)

    def _compute_rental_pool_count(self):
        counts = dict(
            self.env["rental.pool"]._read_group(
                [("product_id.product_tmpl_id", "in", self.ids)],
                ["product_tmpl_id"],
                ["__count"],
            )
        )
        for template in self:
            template.rental_pool_count = counts.get(template, 0)

    @api.constrains("rent_ok", "is_storable")
    def _check_rentable(self):
        for template in self:
            if template.rent_ok and not template.is_storable:
                raise ValidationError(
                    self.env._(
                        "%s can only be rented out when its inventory is tracked: the "
                        "stock says how many pieces there are.",
                        template.display_name,
                    )
                )

    def write(self, vals):
        """Fleets come and go with *Rental* (C35) and are called as the item is.

        :raise UserError: promises count on the unit of measure or on serial numbers.
        """
        for name in ("uom_id", "tracking"):
            if name in vals:
                self._check_fleets_keep(name, vals[name])
        done = super().write(vals)
        if FOLLOWED & vals.keys():
            self.env["rental.pool"]._follow_items(self)
        return done

    def _check_fleets_keep(self, name, value):
        field = self._fields[name]
        changed = self.filtered(
            lambda template: field.convert_to_write(template[name], template) != value
        )
        # Narrow sudo: promises count whoever may see them; they are not told who.
        pools = self.env["rental.pool"].sudo().with_context(active_test=False)
        pools = pools.search([("product_tmpl_id", "in", changed.ids)])
        if name == "uom_id":
            pools._check_keeps_unit()
        else:
            pools._check_keeps_tracking()

    def action_rental_pools(self):
        """Open the fleet of these items: how many are where, out and free (C3)."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "equipment_rental.rental_pool_action"
        )
        action["domain"] = [("product_tmpl_id", "in", self.ids)]
        action["context"] = {}
        return action

    def _rental_cover(self, minutes):
        """The cheapest tiers for ``minutes`` of wall-clock time (C9).

        :return: a :class:`core.pricing.Cover`, or None when the item has no price.
        """
        self.ensure_one()
        # Narrow sudo: a rent is the same whoever makes it be computed; who takes back
        # need not see the list of prices.
        return cover(minutes, self.sudo().rental_tier_ids._core_tiers())

    def _single_tier(self, unit):
        return self.rental_tier_ids.filtered(
            lambda tier: tier.unit == unit and tier.count == 1
        )[:1]

    def _set_single_tier(self, unit, price):
        """Keep the tier of one ``unit`` at ``price``; without a price there is none."""
        tier = self._single_tier(unit)
        if not price:
            tier.unlink()
        elif tier:
            tier.price = price
        else:
            self.rental_tier_ids = [
                fields.Command.create({"unit": unit, "count": 1, "price": price})
            ]

    # === FLEET === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fleet(self):
        self.with_context(active_test=False).product_variant_ids._unlink_except_fleet()

    def _compute_rental_quantities(self):
        for template in self:
            pools = template.rental_pool_ids
            template.rental_pieces = sum(pools.mapped("capacity"))
            template.rental_out = sum(pools.mapped("quantity_out"))
            template.rental_reserved = sum(pools.mapped("quantity_reserved"))
            template.rental_held = sum(pools.mapped("quantity_held"))
            template.rental_free = sum(pools.mapped("quantity_free"))

    def action_rental_allocations(self):
        """Open rentals, reservations and options of these items (C3)."""
        return self.rental_pool_ids.action_allocations()

    def action_rental_units(self):
        """Open the serial-numbered units of these items with their state now (C3)."""
        return self.rental_pool_ids.action_units()

    def action_rental_show_on_board(self):
        """Open the board with the fleets of these items and one's favourites (C23)."""
        self.check_access("read")
        fleets = self.env["rental.pool"].search([("product_tmpl_id", "in", self.ids)])
        return fleets.action_show_on_board()

    def action_rental_put_in(self):
        """Put pieces of these items into a warehouse's rentable stock (C35)."""
        return self.env["rental.stock.transfer"]._open_for(
            "in", self.product_variant_ids
        )

    def action_rental_take_out(self):
        """Take pieces of these items out of a warehouse's rentable stock (C35)."""
        return self.env["rental.stock.transfer"]._open_for(
            "out", self.product_variant_ids
        )
