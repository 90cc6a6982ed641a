from odoo import models
from odoo.tools import formatLang


class RentalFee(models.Model):
    """What a fee is called on the order, and its terms in the contract (C11, C17)."""

    _inherit = "rental.fee"

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
