from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class RentalDamage(models.Model):
    """What may come back wrong with an item, and what that costs a piece (C11).

    An item's price list of damages: *Scratched display: 80*, *Missing charger: 25*. In
    *Take Back* they are chosen for what came back and proposed as charges. The prices
    are those of one company, also of an item that several companies rent out.
    """

    _name = "rental.damage"
    _description = "Damage of an Item"
    _order = "product_tmpl_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(string="Damage", required=True, translate=True)
    sequence = fields.Integer(default=10)
    product_tmpl_id = fields.Many2one(
        "product.template",
        string="Item",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    price = fields.Monetary(
        help="For one piece, in the company's currency. With taxes that are included "
        "in prices. 0: it is typed each time."
    )
    fee_id = fields.Many2one(
        "rental.fee",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        default=lambda self: self._default_fee(),
        domain="[('moment', '=', 'return'), ('basis', 'in', ('fixed', 'piece')), "
        "('automatic', '=', False)]",
        help="It is charged as this fee: with its product, so its taxes and account. "
        "What the fee itself comes to is not charged as well.",
    )

    _price_positive = models.Constraint(
        "CHECK (price >= 0)", "The price of a damage cannot be negative."
    )

    @api.constrains("fee_id")
    def _check_fee(self):
        for damage in self:
            if damage.fee_id.automatic:
                raise ValidationError(
                    self.env._(
                        "%(damage)s: the fee %(fee)s is charged with each return by "
                        "itself, so the damage would cost it twice. Choose another.",
                        damage=damage.name,
                        fee=damage.fee_id.name,
                    )
                )

    @api.model
    def _default_fee(self):
        """The fee of the first condition that takes things out of service."""
        condition = self.env["rental.condition"].search(
            [
                ("out_of_service", "=", True),
                ("fee_id.basis", "in", ("fixed", "piece")),
                ("fee_id.automatic", "=", False),
                ("fee_id.company_id", "in", (self.env.company.id, False)),
            ],
            limit=1,
        )
        return condition.fee_id

    def _amount_for(self, order, pieces, date):
        """What this damage of so many pieces comes to, in the order's currency (C11).

        :param datetime date: when it arises, UTC; decides on the rate
        """
        self.ensure_one()
        amount = self.currency_id._convert(
            self.price * pieces,
            order.currency_id,
            order.company_id,
            date.date(),
            round=False,
        )
        return order.currency_id.round(amount)

    def _say(self, item, pieces):
        """What the line says of it: *Scratched display: 2 × Laptop*."""
        return f"{self.name}: {pieces} × {item.display_name}"

    def _check_belongs(self, line):
        """Refuse damages that are in no price list of what ``line`` rents out.

        :raise UserError: of another item, or another company's price.
        """
        item = line.product_id.product_tmpl_id
        wrong = self.filtered(
            lambda damage: (
                damage.product_tmpl_id != item or damage.company_id != line.company_id
            )
        )
        if wrong:
            raise UserError(
                self.env._(
                    "“%(damage)s” is no damage of %(item)s. Choose one of its price "
                    "list.",
                    damage=wrong[0].name,
                    item=item.display_name,
                )
            )
