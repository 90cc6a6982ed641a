"""What a rental line costs: the customer's rates, and what they come to (C9)."""

from pytz import timezone

from odoo import api, fields, models
from odoo.tools import formatLang

from ..core.length import length
from ..core.pricing import Tier, cover


class SaleOrderLine(models.Model):
    """The terms are the contract's: no later price list or zone re-rates it."""

    _inherit = "sale.order.line"

    rental_charged_start = fields.Datetime(
        string="Charged From",
        compute="_compute_rental_charged",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="The rent of this line is for the time from then.",
    )
    rental_charged_stop = fields.Datetime(
        string="Charged Until",
        compute="_compute_rental_charged",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="What is rented longer is charged on a line of its own.",
    )
    rental_terms = fields.Json(
        copy=False, help="The rates and the time zone the contract was made with."
    )
    rental_breakdown = fields.Char(
        string="How the Rent Is Made Up",
        compute="_compute_rental_breakdown",
        store=True,
        help="The prices that together cover the period at the lowest cost, per piece.",
    )
    rental_price_hint = fields.Char(
        string="Typed Price",
        compute="_compute_rental_price_hint",
        help="A price that was typed stays whatever the period.",
    )

    @api.depends("is_rental", "rental_start", "rental_stop")
    def _compute_rental_charged(self):
        """As reserved, until something is invoiced or went out: then it stands."""
        for line in self:
            if line.rental_charge or line._rental_rent_stands():
                continue
            line.rental_charged_start = line.rental_start
            line.rental_charged_stop = line.rental_stop

    def _rental_rent_stands(self):
        """Whether what this line charges is a fact: some went out, or is invoiced.

        A draft counts: the customer may have seen it.
        """
        self.ensure_one()
        return bool(
            self.is_rental
            and self.state == "sale"
            and (self.rental_qty_out or self.rental_qty_back or self._is_on_invoice())
        )

    def _is_on_invoice(self):
        # Narrow sudo: a yes or no, for clerks who see no invoices.
        states = self.sudo().invoice_lines.mapped("parent_state")
        return any(state != "cancel" for state in states)

    @api.depends(
        "product_id",
        "is_rental",
        "rental_charged_start",
        "rental_charged_stop",
        "pricelist_item_id",
        "price_unit",
        "currency_id",
    )
    def _compute_rental_breakdown(self):
        """In the customer's language, as core does with the line's description."""
        for line in self:
            lang = line.order_id._get_lang()
            line.rental_breakdown = line.with_context(lang=lang)._describe_rent()

    @api.depends(
        "is_rental", "price_unit", "rental_charged_start", "rental_charged_stop"
    )
    def _compute_rental_price_hint(self):
        for line in self:
            rent = line.is_rental and line._rental_rent()
            line.rental_price_hint = (
                self.env._(
                    "Typed, and the same for any period. By the rates: %s",
                    formatLang(self.env, rent, currency_obj=line.currency_id),
                )
                if rent and line._rental_price_is_typed(rent)
                else False
            )

    # === HOOKS OF SALE === #

    def _get_pricelist_kwargs(self):
        """Let price rules start from the rent instead of the sales price."""
        values = super()._get_pricelist_kwargs()
        if self.is_rental:
            values["rental_price"] = self._get_rental_price()
        return values

    @api.depends("is_rental", "rental_charged_start", "rental_charged_stop")
    def _compute_pricelist_item_id(self):
        return super()._compute_pricelist_item_id()

    @api.depends("is_rental", "rental_charged_start", "rental_charged_stop")
    def _compute_price_unit(self):
        """A price stands as long as what it is for does."""
        following = self.filtered(lambda line: not line._rental_rent_stands())
        return super(SaleOrderLine, following)._compute_price_unit()

    @api.depends("is_rental", "rental_charged_start", "rental_charged_stop")
    def _compute_discount(self):
        open_lines = self.filtered(lambda line: not line.rental_terms)
        return super(SaleOrderLine, open_lines)._compute_discount()

    def _reset_price_unit(self):
        """The rent by the line's own rates."""
        rent = self._rental_rent() if self.is_rental else None
        if rent is None:
            return super()._reset_price_unit()
        price = self.product_id.uom_id._compute_price(rent, self.product_uom_id)
        return self.update({"price_unit": price, "technical_price_unit": price})

    # === RATES AND RENT === #

    def _get_rental_price(self):
        """Rent of one piece for the line's period, in the product's currency (C9)."""
        self.ensure_one()
        minutes = self._rental_minutes()
        best = self.product_id.product_tmpl_id._rental_cover(minutes)
        return best.total if best else 0.0

    def _rental_rates(self):
        """What each length of time costs the customer: :class:`core.pricing.Tier` s.

        As ``price_unit`` is: in the order's currency, before discount, with taxes that
        are included; of one piece in the item's own unit. Those of the contract, or,
        before there is one, of the item, each through the price list's rule.
        """
        self.ensure_one()
        if self.rental_terms:
            return [Tier(*rate) for rate in self.rental_terms["rates"]]
        # Narrow sudo: a rent is the same whoever makes it be computed; who takes back
        # need not see the list of prices.
        tiers = self.product_id.product_tmpl_id.sudo().rental_tier_ids
        line = self.with_company(self.company_id)
        values = line._get_pricelist_kwargs() | {"uom": self.product_id.uom_id}
        return [
            Tier(tier.unit, tier.count, line._rental_rate(tier.price, values))
            for tier in tiers
        ]

    def _rental_rate(self, rent, values):
        """``rent`` (in the item's currency) as the customer sees it: see above."""
        product = self.product_id.with_context(**self._get_product_price_context())
        values = values | {"rental_price": rent}
        rule = self.pricelist_item_id
        price = rule._compute_price(product=product, **values)
        if rule._show_discount():
            before = rule._compute_price_before_discount(product=product, **values)
            price = max(before, price)
        return product._get_tax_included_unit_price_from_price(
            price,
            product_taxes=product.taxes_id._filter_taxes_by_company(self.company_id),
            fiscal_position=self.order_id.fiscal_position_id,
        )

    def _rental_cover(self, minutes):
        """The cheapest of the customer's rates for ``minutes``, or None without any."""
        return cover(minutes, self._rental_rates())

    def _rental_rent(self, start=None, stop=None):
        """The rent of one piece by the rates, for the charged or another period (UTC).

        :return: rounded to the order's currency; None where nothing has a rate
        """
        self.ensure_one()
        best = self._rental_cover(self._rental_minutes(start, stop))
        return best and self._rental_currency().round(best.total)

    def _rental_currency(self):
        company = self.company_id or self.env.company
        return self.currency_id or company.currency_id

    def _rental_piece_price(self):
        """The price of one piece, in the item's own unit, before discount."""
        self.ensure_one()
        unit = self.product_id.uom_id
        return self.product_uom_id._compute_price(self.price_unit, unit)

    def _rental_price_is_typed(self, rent):
        price = self._rental_piece_price()
        return bool(self._rental_currency().compare_amounts(price, rent))

    def _rental_freeze(self):
        """Keep the rates and the zone: from now on they are the contract's."""
        for line in self.filtered(lambda line: not line.rental_terms):
            rates = [
                (rate.unit, rate.count, rate.price) for rate in line._rental_rates()
            ]
            terms = {"rates": rates, "zone": line._get_rental_tz()}
            line._store({"rental_terms": terms})

    def _get_rental_tz(self):
        """The zone whose wall clock counts the days: the contract's, or the company's.

        Not the user's, so the price does not depend on who looks.
        """
        if self.rental_terms:
            return self.rental_terms["zone"]
        company = self.company_id or self.env.company
        return company.resource_calendar_id.tz or self.env.tz.zone

    def _rental_minutes(self, start=None, stop=None):
        """Minutes to charge for, of the charged or another period: ``core.length``."""
        self.ensure_one()
        start = start or self.rental_charged_start
        stop = stop or self.rental_charged_stop
        if not start or not stop:
            return 0
        return length(start, stop, timezone(self._get_rental_tz()))

    # === IN WORDS === #

    def _describe_rent(self):
        """The breakdown in words, e.g. *1 × week 500.00 + 1 × day 100.00*."""
        self.ensure_one()
        minutes = self._rental_minutes()
        if not self.is_rental or not self.product_id or not minutes:
            return False
        best = self._rental_cover(minutes)
        if not best:
            return self.env._("The item has no rental price.")
        currency = self._rental_currency()
        if self._rental_price_is_typed(currency.round(best.total)):
            return self.env._("Agreed price")
        Tier = self.env["rental.rate.tier"]
        return " + ".join(
            self.env._(
                "%(times)s × %(length)s %(price)s",
                times=times,
                length=Tier._label(tier.unit, tier.count),
                price=formatLang(self.env, tier.price, currency_obj=currency),
            )
            for tier, times in best.parts
        )

    def _say_rental_period(self):
        """The period that a rented item is charged for in words, or ''."""
        start, stop = self.rental_charged_start, self.rental_charged_stop
        if not (self.is_rental and start and stop):
            return ""
        return self.env._(
            "Rental from %(start)s until %(stop)s",
            start=self.order_id._rental_clock(start),
            stop=self.order_id._rental_clock(stop),
        )
