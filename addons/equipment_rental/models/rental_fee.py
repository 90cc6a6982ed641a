from math import ceil

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import formatLang

DAY_MINUTES = 24 * 60


class RentalFee(models.Model):
    """A kind of additional price: what it is for, when it arises, what it comes to.

    Cleaning, damage, lateness and whatever else the company defines (C11), a fee for
    the reservation or the delivery (C14), a fee for cancelling (C17). A fee that was
    charged is a line of the order, so core invoices it with its product's taxes.
    """

    _name = "rental.fee"
    _description = "Rental Fee"
    _order = "moment, sequence, days_before, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: all of them.")
    product_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain="[('type', '=', 'service')]",
        help="Gives the fee its taxes and its income account.",
    )
    moment = fields.Selection(
        [
            ("reservation", "Reservation"),
            ("hand_over", "Hand-over"),
            ("return", "Return"),
            ("cancellation", "Cancellation"),
        ],
        required=True,
        default="return",
        help="When it arises.",
    )
    basis = fields.Selection(
        [
            ("fixed", "Lump sum"),
            ("piece", "Per piece"),
            ("rent_percent", "% of the rent"),
            ("replacement_percent", "% of the replacement value"),
            ("replacement", "Replacement value, less what the company takes off"),
            ("late_day", "% of the rent per day, each started day late"),
        ],
        required=True,
        default="fixed",
    )
    amount = fields.Float(
        digits="Product Price",
        aggregator=None,
        help="Money, or a percentage. With taxes that are included in prices. 0: it is "
        "typed each time. A replacement value needs none.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Of an amount of money.",
    )
    automatic = fields.Boolean(
        help="Reservation and hand-over: added by itself. Return: proposed whenever "
        "something comes back; a fee for lateness whenever it comes back late.",
    )
    grace_minutes = fields.Integer(
        string="Grace (min)", aggregator=None, help="So late is still in time."
    )
    days_before = fields.Integer(
        string="Days before Start",
        aggregator=None,
        help="Applies to a cancellation fewer than so many days before the rental "
        "starts. Of several the one with the fewest days applies.",
    )
    _amounts = models.Constraint(
        "CHECK (amount >= 0 AND grace_minutes >= 0 AND days_before >= 0)",
        "Amounts, minutes and days of a fee cannot be negative.",
    )
    _late_is_on_return = models.Constraint(
        "CHECK (basis <> 'late_day' OR moment = 'return')",
        "A fee for lateness arises on return.",
    )
    _replacement_is_of_what_is_lost = models.Constraint(
        "CHECK (basis <> 'replacement'"
        " OR (moment = 'return' AND automatic IS NOT TRUE))",
        "The replacement value is charged on return, by the condition of what is lost.",
    )

    @api.model
    def _moments(self):
        """When something arises: a fee's moments, and a change of the rental (C14)."""
        moments = self._fields["moment"]._description_selection(self.env)
        return [*moments, ("change", self.env._("Change"))]

    @api.constrains("automatic")
    def _check_not_of_damages(self):
        """What is charged with each return is the fee of no damage."""
        # Narrow sudo: a yes or no, of all companies.
        damages = self.env["rental.damage"].sudo()
        damages.search([("fee_id", "in", self.filtered("automatic").ids)])._check_fee()

    @api.constrains("product_id")
    def _check_product(self):
        for fee in self:
            product = fee.product_id
            if (
                product.type != "service"
                or product.invoice_policy != "order"
                or product.service_tracking != "no"
            ):
                raise ValidationError(
                    self.env._(
                        "%s: a fee needs a service that is invoiced as ordered and "
                        "creates neither task nor project.",
                        product.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # Narrow sudo: charged on an order of any company, proposed for any condition.
        used = self.env["sale.order.line"].sudo()
        if lines := used.search([("rental_fee_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "%(fee)s was charged on %(order)s and cannot be deleted. Archive "
                    "it instead.",
                    fee=lines.rental_fee_id.name,
                    order=lines.order_id.name,
                )
            )
        damages = self.env["rental.damage"].sudo()
        if damages := damages.search([("fee_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "“%(damage)s” of %(item)s is charged as %(fee)s. Choose another "
                    "fee there first, or archive this one.",
                    damage=damages.name,
                    item=damages.product_tmpl_id.display_name,
                    fee=damages.fee_id.name,
                )
            )
        conditions = self.env["rental.condition"].sudo().with_context(active_test=False)
        if conditions := conditions.search([("fee_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "%(fee)s is proposed for the condition “%(condition)s”. Choose "
                    "another fee there first, or archive this one.",
                    fee=conditions.fee_id.name,
                    condition=conditions.name,
                )
            )

    @api.model
    def _domain_for(self, company, moment):
        """Fees that ``company`` may charge at ``moment``."""
        return [("moment", "=", moment), ("company_id", "in", (company.id, False))]

    def _amount_for(self, order, items, date):
        """What the fee comes to, in the order's currency (C11, C14, C17).

        :param list items: ``[(rental line, whole pieces)]`` it is about
        :param datetime date: when it arises, UTC; decides how late something is
        """
        self.ensure_one()
        if self.basis in ("fixed", "piece"):
            pieces = sum(quantity for _line, quantity in items)
            amount = self.amount * (pieces if self.basis == "piece" else 1)
            amount = self.currency_id._convert(
                amount, order.currency_id, order.company_id, date.date(), round=False
            )
        else:
            amount = sum(
                self._share_of(line, quantity, date) for line, quantity in items
            )
        return order.currency_id.round(amount)

    def _share_of(self, line, quantity, date):
        """The percentage for ``quantity`` pieces of ``line``, in the order's currency.

        Lateness never costs more than the pieces are worth, where that is known.
        """
        share = quantity * self.amount / 100
        if self.basis == "rent_percent":
            return share * line._rental_rent_of(1)
        template = line.product_id.product_tmpl_id
        value = line._rental_in_order_currency(template.replacement_value)
        if self.basis == "replacement":
            worn = line.company_id.rental_wear_percent
            return quantity * value * (100 - worn) / 100
        if self.basis == "replacement_percent":
            return share * value
        day = template._rental_cover(DAY_MINUTES)
        rent = line._rental_in_order_currency(day.total if day else 0)
        late = share * rent * self._days_late(line, date)
        return min(late, quantity * value) if value else late

    def _days_late(self, line, date):
        """Started days between the end of ``line``'s period and ``date``, both UTC.

        Counted as the rent is.
        """
        if not line.rental_stop or not date:
            return 0
        minutes = line._rental_minutes(line.rental_stop, date)
        return ceil(minutes / DAY_MINUTES) if minutes > self.grace_minutes else 0

    # === IN WORDS === #

    def _say_late(self, item, days):
        """What the line of a fee for lateness says: *Late: Drill, days late: 2*."""
        return self.env._(
            "%(fee)s: %(item)s, days late: %(days)s",
            fee=self.name,
            item=item.display_name,
            days=days,
        )

    def _say_condition(self, item, pieces):
        """What the line says of a fee for a bad condition: *Cleaning: 2 × Chair*."""
        return f"{self.name}: {pieces} × {item.display_name}"

    def _describe_occasion(self):
        """When the fee arises: *Cancelled fewer than 7 days before the start*."""
        self.ensure_one()
        if self.moment != "cancellation":
            return self.name
        if not self.days_before:
            return self.env._("%s: cancelled when the period has begun", self.name)
        return self.env._(
            "%(fee)s: cancelled fewer than %(days)s days before the start",
            fee=self.name,
            days=self.days_before,
        )

    def _say_found(self, item, pieces):
        """What the line says that takes the fee back: *Found again: 2 × Chair*."""
        return self.env._(
            "Found again: %(pieces)s × %(item)s", pieces=pieces, item=item.display_name
        )

    def _describe_replacement(self, company):
        """What of a lost piece's value ``company`` charges."""
        if not (worn := company.rental_wear_percent):
            return self.env._("the replacement value")
        digits = 2 if worn % 1 else 0
        return self.env._(
            "the replacement value less %s %%",
            formatLang(self.env, worn, digits=digits),
        )

    def _describe_amount(self, company=None):
        """What the fee comes to: *30 % of the rent*; money in the fee's currency.

        :param company: that charges it, by default the user's
        """
        self.ensure_one()
        if self.basis == "replacement":
            return self._describe_replacement(company or self.env.company)
        if not self.amount:
            return self.env._("as it comes to")
        money = formatLang(self.env, self.amount, currency_obj=self.currency_id)
        digits = 2 if self.amount % 1 else 0
        percent = formatLang(self.env, self.amount, digits=digits)
        texts = {
            "fixed": money,
            "piece": self.env._("%s per piece", money),
            "rent_percent": self.env._("%s %% of the rent", percent),
            "replacement_percent": self.env._(
                "%s %% of the replacement value", percent
            ),
            "late_day": self.env._(
                "%s %% of a day's rent for each started day", percent
            ),
        }
        text = texts[self.basis]
        if self.grace_minutes:
            text = self.env._(
                "%(amount)s, free up to %(minutes)s min",
                amount=text,
                minutes=self.grace_minutes,
            )
        return text
