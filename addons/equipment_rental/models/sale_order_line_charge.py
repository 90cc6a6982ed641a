from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..core.charge import Charge, Promise, differences

SETTLING, BY_SETTLING = "rental_settling", object()
"""In the context while charge lines are derived; no client can send an object."""
FACTS = {"price_unit", "discount", "tax_ids"}
"""What stands once it is on an invoice."""
DERIVED = {
    "product_id", "product_uom_id", "product_uom_qty", "discount", "tax_ids",
    "order_id", "qty_delivered",
}  # fmt: skip
"""What of a charge line only follows what it is about."""


class SaleOrderLine(models.Model):
    """A charge line adds to the rent of another line, or takes some of it off.

    It moves no goods and promises nothing: the line it is about does.
    """

    _inherit = "sale.order.line"

    rental_charge = fields.Selection(
        [
            ("extension", "Extension"),
            ("again", "Charged again"),
            ("taken_off", "Taken off"),
            ("given_up", "Given up"),
            ("correction", "Correction"),
        ],
        string="Change of Rent",
        readonly=True,
        copy=False,
        help="What the item costs besides its own line, or less, since it changed.",
    )
    rental_charge_amount = fields.Monetary(
        string="By the Rates",
        readonly=True,
        copy=False,
        help="Of one piece, before a typed price or a discount.",
    )
    rental_takes_off_id = fields.Many2one(
        "sale.order.line",
        string="Taken off",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    rental_charge_row_ids = fields.Many2many(
        "resource.allocation",
        "rental_charge_row_rel",
        "line_id",
        "allocation_id",
        string="Charged For",
        readonly=True,
        copy=False,
    )
    rental_fee_id = fields.Many2one(
        "rental.fee",
        string="Fee",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    rental_moment = fields.Selection(
        selection=lambda self: self.env["rental.fee"]._moments(),
        string="Arose at",
        readonly=True,
        copy=False,
    )
    rental_moment_date = fields.Datetime(string="Arose on", readonly=True, copy=False)
    rental_origin_line_id = fields.Many2one(
        "sale.order.line",
        string="Fee for",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    rental_transfer_id = fields.Many2one(
        "stock.picking",
        string="Arose with",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    rental_condition_id = fields.Many2one(
        "rental.condition",
        string="Fee for Condition",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    rental_deposit = fields.Monetary(
        string="Deposit",
        compute="_compute_rental_deposit",
        store=True,
        readonly=False,
        precompute=True,
        help="Asked for when the pieces are handed over. Not part of the price.",
    )
    _rental_deposit_positive = models.Constraint(
        "CHECK (rental_deposit >= 0)", "A deposit cannot be negative."
    )

    @api.model
    def _guarded_fields(self):
        """What settling decides, and what a fee arose from."""
        return super()._guarded_fields() | {
            "rental_charge", "rental_charge_amount", "rental_takes_off_id",
            "rental_charge_row_ids", "rental_charged_start", "rental_charged_stop",
            "rental_terms", "rental_condition_id",
        }  # fmt: skip

    @api.depends("rental_charge")
    def _compute_is_rental(self):
        charges = self.filtered("rental_charge")
        charges.is_rental = False
        return super(SaleOrderLine, self - charges)._compute_is_rental()

    @api.depends("rental_charge")
    def _compute_name(self):
        """A charge says what it is for; its item alone says too little."""
        charges = self.filtered("rental_charge")
        return super(SaleOrderLine, self - charges)._compute_name()

    # === WHAT IS TO BE CHARGED === #

    def _rental_settle(self, moment, date):
        """Write the open charge lines of these rental lines: see ``sale.order``."""
        # Narrow sudo: who moves a rental, at the counter or in the ledger, changes what
        # it costs by the contract; nobody types it.
        settling = self.sudo().with_context(
            **{SETTLING: BY_SETTLING, "sale_no_log_for_new_lines": True}
        )
        settling._rental_freeze()
        # Of all lines at once.
        settling._rental_charged_rows().fetch(["rental_charge_ids"])
        arose = {"rental_moment": moment, "rental_moment_date": date}
        wanted, over = [], settling.browse()
        for line in settling:
            new, left = line._settle_one()
            wanted += [vals | arose for vals in new]
            over |= left
        over.unlink()
        made = settling._insert(wanted)
        made.order_id._rental_place_charges()
        return made

    def _settle_one(self):
        """Bring the open charge lines of one line in step.

        :return: values of those to make, and those that are over
        """
        rows = self._rental_charged_rows()
        left = self._rental_open_charges()
        if not left and self._is_charged_by(rows):
            return [], left
        lines = {line.id: line for line in rows.rental_charge_ids | self}
        wanted = []
        found = differences(self._as_charge(), self._rental_promises(rows))
        for what, promises in found.items():
            mine = rows.browse([promise.key for promise in promises])
            vals = self._prepare_charge(what, lines[what.follows], mine)
            old = left.filtered(lambda line, w=what: line._is_charge_of(w))[:1]
            if old and self.order_id.locked and old._changes_by(vals):
                # Not written: replaced, as it was typed.
                wanted.append(vals | old._typed())
            elif old:
                old._take_over(vals)
                left -= old
            else:
                wanted.append(vals)
        return wanted, left

    def _rental_waiting(self):
        """Pieces that are reserved or out: what a change is about."""
        return self.rental_qty_reserved + self.rental_qty_out

    def _rental_early_rows(self):
        """Rows of these lines that came back before the end they are charged for."""
        return self._rental_rows("done").sudo()._rental_came_early()

    def _rental_charged_rows(self):
        """The rows whose pieces this line charges, or did until they were given up."""
        # Narrow sudo: what was promised is charged, whoever may see it.
        return self._rental_rows("reserved", "out", "done", "cancelled").sudo()

    def _rental_price_if(self, period=None, more=0, early=None, waived=False):
        """What this line and its charges would come to, if something changed.

        As prices are: before taxes that are added, after discount. Writes nothing.

        :param tuple period: another one, UTC
        :param int more: pieces that are added, or given back
        :param bool early: what came back early is charged until then, or is not
        :param bool waived: what is promised is charged as before
        """
        self.ensure_one()
        rent, price = self._rent_due(), self._rental_piece_price()
        if period and not waived and not self._rental_rent_stands():
            typed = self._rental_price_is_typed(rent)
            rent = self._rental_rent(*period) or price
            price = price if typed else rent
        promises = self._rental_promises(
            self._rental_charged_rows(), None if waived else period, early, more
        )
        if more > 0:
            start, stop = period or (self.rental_start, self.rental_stop)
            due = self._rental_cents(self._rent_due(start, stop))
            promises.append(Promise(0, more, due, stop))
        found = differences(
            replace(self._as_charge(), amount=self._rental_cents(rent)), promises
        )
        facts = self._rental_charge_lines() - self._rental_open_charges()
        terms = {line.id: line._rental_terms_of_charge() for line in facts}
        terms[self.id] = self._agreed_share(rent, price) * (1 - self.discount / 100)
        open_cents = sum(
            what.amount * sum(promise.pieces for promise in whose)
            * terms[what.follows]
            for what, whose in found.items()
        )  # fmt: skip
        return (
            price * (self._rental_pieces() + more) * (1 - self.discount / 100)
            + open_cents * self._rental_currency().rounding
            + sum(fact._rental_gross() for fact in facts)
        )

    def _rental_promises(self, rows, period=None, early=None, more=0):
        """What is to be charged for the pieces of these rows, as plain values.

        As it is by now, or as it would be: see :meth:`_rental_price_if`.
        """
        charged = {row: row._rental_charged() for row in rows}
        if period:
            waiting = rows.filtered(lambda row: row.state in ("reserved", "out"))
            charged |= self._rental_charged_if(waiting, *period)
        if early is not None:
            came = rows._rental_came_early()
            charged |= {row: row._rental_charged(early) for row in came}
        gone = self._rental_given_back(-more) if more < 0 else {}
        facts = rows.rental_charge_ids.filtered(lambda line: line._is_on_invoice())
        promises = []
        for row in rows:
            promise = self._as_promise(row, charged[row], facts)
            left = gone.get(row, 0)
            promises.append(replace(promise, pieces=promise.pieces - left))
            if left:
                promises.append(replace(promise, pieces=left, given_up=True))
        return promises

    def _rental_terms_of_charge(self):
        """What a unit of money by the rates costs at the terms of this charge."""
        return self._rental_agreed_share() * (1 - self.discount / 100)

    def _rental_gross(self):
        """Quantity by price, after discount: with taxes that prices include."""
        return self.product_uom_qty * self.price_unit * (1 - self.discount / 100)

    def _rental_gross_now(self):
        """What this line and its charges come to now, as :meth:`_rental_price_if`."""
        return sum(line._rental_gross() for line in self | self._rental_charge_lines())

    def _is_charged_by(self, rows):
        """Whether this line alone says what all its pieces cost: nearly always."""
        return not rows.rental_charge_ids and all(
            row.state == "cancelled"
            or (row._rental_charged() == (
                self.rental_charged_start, self.rental_charged_stop
            ))
            for row in rows
        )  # fmt: skip

    def _rental_charge_lines(self):
        """The charge lines of this line."""
        return self.order_id.order_line.filtered(
            lambda line: line.rental_charge and line.rental_origin_line_id == self
        )

    def _rental_open_charges(self):
        """Those that are derived, and on no invoice."""
        return self._rental_charge_lines().filtered(
            lambda line: (
                line.rental_charge != "correction" and not line._is_on_invoice()
            )
        )

    def _is_charge_of(self, what):
        """Whether this open line is about just that difference: then it stays."""
        sign = 1 if self.product_uom_qty > 0 else -1
        follows = self.rental_takes_off_id or self.rental_origin_line_id
        return (
            sign * self._rental_cents(self.rental_charge_amount) == what.amount
            and follows.id == what.follows
            and (self.rental_charge == "given_up") == what.given_up
            and what.stop in (self.rental_charged_start, self.rental_charged_stop)
        )

    def _as_charge(self):
        """This line as a plain value; what takes off is positive there, too."""
        amount = self.rental_charge_amount if self.rental_charge else self._rent_due()
        cents = self._rental_cents(amount)
        taken = self.rental_takes_off_id
        return Charge(
            self.id,
            -cents if taken and self.product_uom_qty > 0 else cents,
            taken.id or None,
            round(cents * self._rental_credited_share()),
        )

    def _as_promise(self, row, period, facts):
        """A row as a plain value: what is charged for each of its pieces by now."""
        start, stop = period
        mine = (row.rental_charge_ids & facts).sorted("id")
        return Promise(
            row.id,
            row.quantity,
            self._rental_cents(self._rent_due(start, stop)),
            stop,
            tuple(line._as_charge() for line in mine),
            row.state == "cancelled",
        )

    def _rent_due(self, start=None, stop=None):
        """The rent of a piece for a period: by the rates; without any, in proportion.

        :return: before a typed price and a discount, rounded
        """
        rent = self._rental_rent(start, stop)
        if rent is not None:
            return rent
        share = self._rental_minutes(start, stop) / (self._rental_minutes() or 1)
        return self._rental_currency().round(self._rental_piece_price() * share)

    def _rental_credited_share(self):
        """How much of this line was credited for good, 1 for all of it."""
        # Narrow sudo: a share, for clerks who see no invoices.
        credits = self.sudo().invoice_lines.filtered("move_id.rental_credit_final")
        given = sum(credits.mapped("price_subtotal"))
        charged = self.price_subtotal
        return min(given / charged, 1) if charged else 0

    def _rental_cents(self, amount):
        return round(amount / self._rental_currency().rounding)

    # === THE LINES === #

    def _prepare_charge(self, what, follows, rows):
        """Values of the charge line for a difference. Override to add your own.

        :param what: a :class:`core.charge.Difference`
        :param follows: the line it adds to, or takes off
        :param rows: the ledger's rows it is about
        """
        sign = 1 if what.amount > 0 else -1
        amount = sign * what.amount * self._rental_currency().rounding
        price = amount * follows._rental_agreed_share()
        kind, start, stop = self._charged_span(what, follows, rows[:1])
        kind = "given_up" if what.given_up else kind
        pieces = sign * sum(rows.mapped("quantity"))
        return self._prepare_charge_line(follows, pieces, price) | {
            "name": self._say_charge(kind, start, stop),
            "rental_charge": kind,
            "rental_charge_amount": amount,
            "rental_charged_start": start,
            "rental_charged_stop": stop,
            "rental_takes_off_id": follows.id if sign < 0 or what.given_up else False,
            "rental_charge_row_ids": [Command.set(rows.ids)],
        }

    def _prepare_charge_line(self, follows, pieces, price):
        """Values of any charge line, at the terms of the line it ``follows``."""
        return {
            "order_id": self.order_id.id,
            "product_id": self.product_id.id,
            "product_uom_id": self.product_id.uom_id.id,
            "product_uom_qty": pieces,
            "qty_delivered": pieces,
            "price_unit": price,
            "technical_price_unit": price,
            "discount": follows.discount,
            "tax_ids": [Command.set(follows.tax_ids.ids)],
            "analytic_distribution": follows.analytic_distribution,
            "sequence": self.sequence,
            "is_rental": False,
            "rental_origin_line_id": self.id,
        }

    def _rental_correct(self, amount, reason):
        """Add ``amount`` to the rent, or take it off, as a line of its own (C9).

        Typed, not derived: no later change follows it. The way back is another one.

        :param float amount: as prices are, in the order's currency
        :param str reason: said to the customer
        :return: the line
        """
        self.ensure_one()
        sign = 1 if amount > 0 else -1
        line = self.with_context(lang=self.order_id._get_lang())
        vals = self._prepare_charge_line(self, sign, abs(amount)) | {
            "name": f"{line.product_id.display_name}\n{reason}",
            "discount": 0,
            "rental_charge": "correction",
            "rental_moment": "change",
            "rental_moment_date": fields.Datetime.now(),
        }
        made = self.with_context(
            **{SETTLING: BY_SETTLING, "sale_no_log_for_new_lines": True}
        )._insert([vals])
        made.order_id._rental_place_charges()
        return made

    def _rental_drop_corrections(self, reason):
        """Turn back what corrected the rent of these lines: they rent nothing more.

        What is on no invoice goes; the rest is turned back by a line of its own.
        """
        for line in self:
            corrections = line._rental_charge_lines().filtered(
                lambda charge: charge.rental_charge == "correction"
            )
            billed = corrections.filtered(lambda charge: charge._is_on_invoice())
            left = sum(charge._rental_gross() for charge in billed)
            (corrections - billed).with_context(**{SETTLING: BY_SETTLING}).unlink()
            if not line._rental_currency().is_zero(left):
                line._rental_correct(-left, reason)

    def _rental_agreed_share(self):
        """What was agreed for each unit of money by the rates: of a typed price."""
        if self.rental_charge:
            return self._agreed_share(self.rental_charge_amount, self.price_unit)
        return self._agreed_share(self._rent_due(), self._rental_piece_price())

    def _agreed_share(self, rates, price):
        if not rates or not self._rental_currency().compare_amounts(rates, price):
            return 1
        return price / rates

    def _charged_span(self, what, follows, row):
        """What it is, and the time it is about: added, or taken off (UTC)."""
        start, stop = row._rental_charged()
        if what.amount < 0:
            last = follows.rental_charged_stop
            return ("taken_off", *((stop, last) if stop < last else (start, stop)))
        charged = furthest = self.rental_charged_stop
        billed = row.rental_charge_ids.filtered(lambda line: line._is_on_invoice())
        for line in billed.sorted("id"):
            if line.rental_charge == "taken_off":
                charged = line.rental_charged_start
            else:
                charged = line.rental_charged_stop
                furthest = max(furthest, charged)
        kind = "extension" if furthest < stop else "again"
        return kind, charged if charged < stop else start, stop

    def _take_over(self, vals):
        """Take over what changed of an open line; what was typed stays."""
        if changed := self._changes_by(vals):
            # First: the stock lets no line be for less than was delivered.
            self.qty_delivered = vals["qty_delivered"]
            self._store(changed)

    def _changes_by(self, vals):
        """What of an open line is not as in ``vals``, besides what was typed."""
        names = ["product_uom_qty", "discount"]
        if "price_unit" not in self._typed():
            names += ["price_unit", "technical_price_unit"]
        changed = {name: vals[name] for name in names if self[name] != vals[name]}
        for name in ("tax_ids", "rental_charge_row_ids"):
            if self[name].ids != vals[name][0][2]:
                changed[name] = vals[name]
        return changed

    def _typed(self):
        """What of an open line a person may have typed: its text, and another price."""
        typed = {"name": self.name}
        if self._rental_currency().compare_amounts(
            self.price_unit, self.technical_price_unit
        ):
            typed["price_unit"] = self.price_unit
        return typed

    def _say_charge(self, kind, start, stop):
        """What an open line says to the customer, in his language."""
        line = self.with_context(lang=self.order_id._get_lang())
        span = line._say_charged_span(kind, start, stop)
        return f"{line.product_id.display_name}\n{span}"

    def _say_charged_span(self, kind, start, stop):
        """The time a charge is about in words, in the language of the environment."""
        clock = self.order_id.with_env(self.env)._rental_clock
        span = {"start": clock(start), "stop": clock(stop)}
        if kind == "extension":
            return self.env._("Extended from %(start)s until %(stop)s", **span)
        if kind == "again":
            return self.env._("Charged again: from %(start)s until %(stop)s", **span)
        if kind == "given_up":
            return self.env._("Given up: from %(start)s until %(stop)s", **span)
        return self.env._("Taken off: from %(start)s until %(stop)s", **span)

    # === HOOKS OF SALE AND STOCK === #

    def write(self, vals):
        """What is invoiced is not repriced; of open charges price and text are typed.

        :raise UserError: saying what to do instead.
        """
        if self.env.context.get(SETTLING) is BY_SETTLING:
            return super().write(vals)
        self._check_charges_stand(vals)
        done = super().write(vals)
        if FACTS & vals.keys():
            # At these terms open charges go on.
            self.filtered("is_rental").order_id._rental_settle()
        return done

    def _check_charges_stand(self, vals):
        facts, derived = FACTS & vals.keys(), DERIVED & vals.keys()
        if not facts | derived:
            return
        for line in self.filtered(lambda line: line.is_rental or line.rental_charge):
            names = derived if line.rental_charge else facts
            if facts and line._is_on_invoice():
                names |= facts
            elif not line.rental_charge:
                continue
            for name in sorted(names):
                field = line._fields[name]
                # Compared as the field keeps it: a form sends what did not change.
                new = field.convert_to_cache(vals[name], line)
                if new != field.convert_to_cache(line[name], line):
                    raise UserError(line._say_charge_stands(field))

    def _say_charge_stands(self, field):
        if self._is_on_invoice():
            return self.env._(
                "%(item)s: “%(field)s” is on an invoice. Credit it there, or add a "
                "line for what is new.",
                item=self.product_id.display_name,
                field=field._description_string(self.env),
            )
        return self.env._(
            "%(item)s: “%(field)s” of this line follows what it is about. Change the "
            "period or the quantity there; here the price can be typed.",
            item=self.product_id.display_name,
            field=field._description_string(self.env),
        )

    def _check_line_unlink(self):
        """What is derived goes when there is no difference any more."""
        kept = super()._check_line_unlink()
        if self.env.context.get(SETTLING) is BY_SETTLING:
            kept = kept.filtered(
                lambda line: not line.rental_charge or line._is_on_invoice()
            )
        return kept

    def _prepare_qty_delivered(self):
        """A charge is for goods that another line delivers."""
        charges = self.filtered("rental_charge")
        delivered = super(SaleOrderLine, self - charges)._prepare_qty_delivered()
        for line in charges:
            delivered[line] = line.product_uom_qty
        return delivered

    def _get_invoice_lines(self):
        """What was credited for good stays invoiced: nothing bills it again."""
        items = super()._get_invoice_lines()
        if not self.order_id.is_rental_order or self.is_downpayment:
            return items
        return items.filtered(lambda item: not item.move_id.rental_credit_final)

    @api.depends("invoice_lines.move_id.rental_credit_final")
    def _compute_qty_invoiced(self):
        return super()._compute_qty_invoiced()

    @api.depends("invoice_lines.move_id.rental_credit_final")
    def _compute_qty_invoiced_posted(self):
        return super()._compute_qty_invoiced_posted()

    @api.depends("invoice_lines.move_id.rental_credit_final")
    def _compute_untaxed_amount_invoiced(self):
        return super()._compute_untaxed_amount_invoiced()

    @api.depends("invoice_lines.move_id.rental_credit_final")
    def _compute_amount_invoiced(self):
        return super()._compute_amount_invoiced()

    # === FEES === #

    @api.depends(
        "is_rental",
        "product_id",
        "product_uom_qty",
        "product_uom_id",
        "order_id.currency_id",
    )
    def _compute_rental_deposit(self):
        """The item's deposit for each piece (C9); what is typed stays till then."""
        for line in self:
            piece = line.is_rental and line.product_id.rental_deposit
            line.rental_deposit = (
                line._rental_in_order_currency(piece) * line._rental_pieces()
                if piece
                else 0
            )

    def _rental_rent_of(self, pieces):
        """The rent of ``pieces`` of this line, in the order's currency, after discount.

        A price as the line's is: with taxes that are included in prices.
        """
        self.ensure_one()
        unit = self.product_id.uom_id
        quantity = unit._compute_quantity(pieces, self.product_uom_id, round=False)
        return quantity * self.price_unit * (1 - self.discount / 100)

    def _rental_still_to_invoice(self):
        """What is on no invoice yet, drafts included, with taxes."""
        if self.is_downpayment:
            # The last invoice takes off what was paid in advance.
            return -self.amount_invoiced if self.qty_to_invoice else 0
        if not self.product_uom_qty:
            return 0
        return self.price_total / self.product_uom_qty * self.qty_to_invoice

    # What was agreed when something arose, no price list changes.

    @api.depends("rental_fee_id", "rental_charge")
    def _compute_price_unit(self):
        return super(SaleOrderLine, self._quoted())._compute_price_unit()

    @api.depends("rental_fee_id", "rental_charge")
    def _compute_discount(self):
        return super(SaleOrderLine, self._quoted())._compute_discount()

    def _quoted(self):
        """Those that were offered, not those that arose as the rental was lived."""
        return self.filtered(
            lambda line: not (line.rental_fee_id or line.rental_charge)
        )

    def _rental_in_order_currency(self, amount):
        """``amount`` in the item's currency, in the order's; not rounded."""
        self.ensure_one()
        order = self.order_id
        return self.product_id.currency_id._convert(
            amount,
            order.currency_id,
            order.company_id,
            (order.date_order or fields.Datetime.now()).date(),
            round=False,
        )

    # === LOST === #

    def _rental_loss_location(self):
        """Where what customers lost goes in the stock: as what a count misses."""
        self.ensure_one()
        company = self.company_id
        place = self.product_id.with_company(company).property_stock_inventory
        if not place:
            raise UserError(
                self.env._(
                    "%s has no place for what is lost: choose its Inventory Location "
                    "on the item.",
                    self.product_id.display_name,
                )
            )
        return place

    # === WHAT A LOSS COST === #

    def _rental_charged_for(self, loss):
        """The fee that was charged on the order for what the move ``loss`` lost.

        What was lost in the stock app, a clerk charged in his own way.
        """
        if not (loss.picking_id and loss.rental_condition_id):
            return self.browse()
        return self.search(
            [
                ("order_id", "=", loss.sale_line_id.order_id.id),
                ("rental_origin_line_id", "=", loss.sale_line_id.id),
                ("rental_transfer_id", "=", loss.picking_id.id),
                ("rental_condition_id", "=", loss.rental_condition_id.id),
                ("rental_takes_off_id", "=", False),
            ],
            limit=1,
        )

    def _rental_corrections(self):
        """What was taken off these fees already."""
        return self.search([("rental_takes_off_id", "in", self.ids)])

    def _rental_left_of_fee(self):
        """What of this fee nobody took off: a price as the line's, after discount.

        Neither here nor with a credit note of its own.
        """
        lines = self | self._rental_corrections()
        left = sum(
            line._rental_rent_of(line.product_uom_qty)
            * (1 - line._rental_credited_share())
            for line in lines
        )
        return max(left, 0)

    def _rental_take_off(self, amount, date, transfer, name):
        """Take ``amount`` off this fee, as a line of its own that core credits (C11).

        Where all of it goes and nothing of it is on an invoice, the lines are given up
        instead: an invoice over nothing helps nobody.

        :param float amount: a price as the line's, after its discount
        :param datetime date: UTC
        """
        self.ensure_one()
        currency = self.order_id.currency_id
        lines = self | self._rental_corrections()
        whole = currency.is_zero(self._rental_left_of_fee() - amount)
        if whole and not self.order_id.locked and not any(lines.mapped("qty_invoiced")):
            lines.product_uom_qty = 0
            return
        self.order_id._add_rental_fee(
            self.rental_fee_id,
            amount / (1 - self.discount / 100),
            self.rental_moment,
            date,
            origin_line=self.rental_origin_line_id,
            transfer=transfer,
            name=name,
            product_uom_qty=-1,
            discount=self.discount,
            tax_ids=self.tax_ids.ids,
            analytic_distribution=self.analytic_distribution,
            rental_condition_id=self.rental_condition_id.id,
            rental_takes_off_id=self.id,
        )
