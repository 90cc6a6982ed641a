from odoo import api, fields, models

from ..core.pricing import UNIT_MINUTES, Tier


class RentalRateTier(models.Model):
    """What an item costs for some time, e.g. 250 for 3 days or 500 for a week.

    The tiers of an item compete: a rental is charged with the cheapest combination
    that covers it (C9, ``core/pricing.py``). Prices are without tax, per piece, in the
    item's currency.
    """

    _name = "rental.rate.tier"
    _description = "Rental Price"
    _inherit = ["resource.guarded.mixin"]
    _order = "product_tmpl_id, minutes, id"

    product_tmpl_id = fields.Many2one(
        "product.template", string="Item", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="product_tmpl_id.company_id", store=True)
    count = fields.Integer(string="For", required=True, default=1, aggregator=None)
    unit = fields.Selection(
        [
            ("hour", "Hour(s)"),
            ("day", "Day(s)"),
            ("week", "Week(s)"),
            ("fixed", "Lump sum"),
        ],
        required=True,
        default="day",
        help="A lump sum is charged once, however long the rental is.",
    )
    minutes = fields.Integer(
        compute="_compute_minutes",
        store=True,
        precompute=True,
        aggregator=None,
        help="Length of time; the shortest comes first.",
    )
    currency_id = fields.Many2one(related="product_tmpl_id.currency_id")
    price = fields.Monetary(required=True)

    _one_price = models.UniqueIndex(
        "(product_tmpl_id, unit, count)",
        "This item already has a price for that length of time.",
    )
    _count_positive = models.Constraint(
        "CHECK (count > 0)", "A price is for one unit of time or more."
    )
    _price_positive = models.Constraint(
        "CHECK (price >= 0)", "A rental price cannot be negative."
    )

    @api.model
    def _guarded_fields(self):
        """What follows from the item and the length of time."""
        return super()._guarded_fields() | {"company_id", "minutes"}

    @api.depends("count", "unit")
    def _compute_minutes(self):
        for tier in self:
            tier.minutes = (UNIT_MINUTES.get(tier.unit) or 0) * tier.count

    @api.depends("count", "unit")
    def _compute_display_name(self):
        for tier in self:
            tier.display_name = tier._label(tier.unit, tier.count)

    def _core_tiers(self):
        """These tiers as plain values for :func:`core.pricing.cover`."""
        return [Tier(tier.unit, tier.count, tier.price) for tier in self]

    @api.model
    def _label(self, unit, count):
        """The length of time in words, e.g. *3 days*; nothing without a unit yet."""
        if unit == "fixed":
            return self.env._("lump sum")
        if count == 1:
            names = {
                "hour": self.env._("hour"),
                "day": self.env._("day"),
                "week": self.env._("week"),
            }
            return names.get(unit, "")
        names = {
            "hour": self.env._("%s hours", count),
            "day": self.env._("%s days", count),
            "week": self.env._("%s weeks", count),
        }
        return names.get(unit, "")
