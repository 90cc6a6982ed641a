import re

from pytz import timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_datetime, formatLang

from odoo.addons.resource_allocation.inputs import is_nothing

from ..core.length import length
from ..core.pricing import Tier, cover
from .sale_order import AGREED

FOLLOWED = {"product_uom_qty", "rental_start", "rental_stop"}
"""What may change on a confirmed rental line; the ledger follows."""
PERIOD = frozenset(["rental_start", "rental_stop"])
PROPOSED = PERIOD | {"warehouse_id", "rental_deposit"}
"""What the order or the item says where an import leaves it blank."""
FIXED = {"is_rental", "product_id", "product_uom_id", "warehouse_id", "order_id"}
NUMBER = "\N{REPLACEMENT CHARACTER}"
"""Stands for any whole number in a phrase."""


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
        readonly=True,
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

    @api.model
    def _guarded_fields(self):
        """What follows from promises, and what a fee arose from."""
        return super()._guarded_fields() | {
            "rental_own_period", "rental_qty_held", "rental_qty_reserved",
            "rental_qty_out", "rental_qty_back", "rental_breakdown", "rental_fee_id",
            "rental_moment", "rental_moment_date", "rental_origin_line_id",
            "rental_transfer_id",
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
        self.rental_own_period = self._is_own_period()

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        """Keep a line's own period; book a line of a confirmed order."""
        vals_list = [self._without_blanks(vals) for vals in vals_list]
        lines = super().create(vals_list)
        lines._note_own_period()
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
            # What is written now is not to become what the order proposes.
            self._store({"rental_own_period": True})
        self._check_rental_fixed(vals)
        done = super().write(vals)
        if PERIOD & vals.keys():
            self._note_own_period()
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

    def _is_own_period(self):
        """Whether the period is another than the order's; such a line keeps its own."""
        order = self.order_id
        return bool(self.is_rental) and (
            (self.rental_start, self.rental_stop)
            != (order.rental_start, order.rental_stop)
        )

    def _note_own_period(self):
        own = self.filtered(lambda line: line._is_own_period())
        (self - own).filtered("rental_own_period")._store({"rental_own_period": False})
        own.filtered(lambda line: not line.rental_own_period)._store(
            {"rental_own_period": True}
        )

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

    # === RENT === #

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

    # === IN THE CUSTOMER'S LANGUAGE === #

    def _rental_said(self):
        """The line's description in the language of the environment.

        It was stored in the language the customer had then. What the system wrote is
        said again, row by row; what a person wrote stays.
        """
        self.ensure_one()
        if not (self.order_id.is_rental_order and self.product_id):
            return self.name
        return self._say_again(self.name, lambda line: line._rental_phrases())

    def _rental_said_with_span(self):
        """The description, and the time it is for, also where somebody typed it."""
        span = ""
        if self.rental_charge and self.rental_charge != "correction":
            span = self._rental_phrases()[-1]
        elif self.is_rental:
            span = self._say_rental_period()
        text = self._rental_said()
        return text if span in text else f"{text}\n{span}"

    def _rental_breakdown_said(self):
        """How the rent is made up, in the language of the environment."""
        self.ensure_one()
        return self._say_again(
            self.rental_breakdown or "", lambda line: [line._describe_rent() or ""]
        )

    def _say_again(self, text, phrases):
        """``text`` with the phrases of all languages said in the environment's.

        :param phrases: function that gives the same phrases for the line in each
            language, each one or more whole rows
        """
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        if len(languages) < 2:
            return text
        # Narrow sudo: they stand on the line already, and readers see no fees.
        line = self.sudo()
        new = phrases(line)
        for code in languages:
            old = phrases(line.with_context(lang=code))
            for before, after in zip(old, new, strict=True):
                text = _replace_rows(text, before, after)
        return text

    def _rental_phrases(self):
        """What the system writes as the description, in parts, in this language."""
        self.ensure_one()
        if fee := self.rental_fee_id:
            item = self.rental_origin_line_id.product_id
            return [
                fee.name,
                fee._say_late(item, NUMBER),
                fee._say_condition(item, NUMBER),
                fee._say_found(item, NUMBER),
            ]
        if self.rental_charge == "correction":
            # Below it stands why, in a person's words.
            return [self.product_id.display_name]
        if self.rental_charge:
            span = (self.rental_charged_start, self.rental_charged_stop)
            return [
                self.product_id.display_name,
                self._say_charged_span(self.rental_charge, *span),
            ]
        period = self._say_rental_period()
        text = self._get_sale_order_line_multiline_description_sale()
        return [text.removesuffix(f"\n{period}"), period]

    def _prepare_invoice_line(self, **optional_values):
        """An invoice is in the language of whoever gets it."""
        order = self.order_id
        lang = order.partner_invoice_id.lang or order._get_lang()
        line = self.with_context(lang=lang)
        vals = super(SaleOrderLine, line)._prepare_invoice_line(**optional_values)
        if order.is_rental_order and vals["display_type"] == "product":
            Item = line.env["account.move.line"]
            vals["name"] = Item._get_journal_items_full_name(
                line._rental_said_with_span(), line.product_id.display_name
            )
        return vals

    # === IN THE CONTRACT === #

    def _stands_in_rental_paper(self):
        """Not what was cancelled, nor what only invoices in advance."""
        return not self.is_downpayment and bool(self.product_uom_qty)

    def _rental_paper_group(self):
        """``rent``, ``change``, ``fee`` or ``sale``."""
        if self.rental_charge:
            return "change"
        if self.is_rental:
            return "rent"
        return "fee" if self.rental_fee_id else "sale"

    def _rental_paper_texts(self):
        """The line's description, row by row, without the period beside it."""
        self.ensure_one()
        texts = self._rental_said().split("\n")
        if not (self.is_rental and self.rental_charged_stop):
            return texts
        zone = self._get_rental_tz()
        period = [
            format_datetime(self.env, moment, tz=zone, dt_format="short")
            for moment in (self.rental_charged_start, self.rental_charged_stop)
        ]
        return [text for text in texts if not all(moment in text for moment in period)]

    def _rental_paper_units(self):
        """Serial numbers that were handed over for this line: *D-1, D-2*.

        Of what was swapped, those it was swapped for.
        """
        moves = self.move_ids._rental_standing("out")
        lots = self.env["stock.lot"]
        for move in moves.sorted(lambda move: move.picking_id._rental_order_key()):
            swapped = move.picking_id.rental_swap_id.move_ids & self.move_ids
            lots = lots - swapped.move_line_ids.lot_id | move.move_line_ids.lot_id
        return ", ".join(sorted(lots.mapped("name")))


def _replace_rows(text, before, after):
    """Replace the rows ``before``, with any number for :data:`NUMBER`."""
    if not before or before == after:
        return text
    rows = re.escape(before).replace(re.escape(NUMBER), r"(\d+)")

    def say(found):
        return after.replace(NUMBER, found[1]) if found.groups() else after

    return re.sub(f"(?m)^{rows}$", say, text)
