from odoo import api, fields, models
from odoo.exceptions import UserError


class LendingCardWriteOff(models.Model):
    """Some units of a set that are gone, and their share of its value (D20).

    Made once and never changed: the card goes on with what is left.
    """

    _name = "lending.card.write.off"
    _description = "Partial Write-off"
    _inherit = ["resource.guarded.mixin"]
    _order = "date desc, id desc"
    _rec_name = "date"
    _check_company_auto = True

    card_id = fields.Many2one(
        "lending.card", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="card_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, default=fields.Date.context_today)
    units = fields.Integer(required=True, default=1)
    units_before = fields.Integer(
        string="Of", compute="_compute_amounts", store=True, aggregator=None
    )
    cost = fields.Monetary(compute="_compute_amounts", store=True)
    accumulated_depreciation = fields.Monetary(
        string="Accumulated depreciation", compute="_compute_amounts", store=True
    )
    loss = fields.Monetary(
        string="Book value lost", compute="_compute_amounts", store=True
    )

    @api.depends("units", "card_id")
    def _compute_amounts(self):
        """The share of the units in what the card had *before*: it shrinks by this."""
        for write_off in self:
            card = write_off.card_id
            share = write_off.units / card.units if card else 0
            currency = write_off.currency_id or self.env.company.currency_id
            write_off.units_before = card.units
            write_off.cost = currency.round(card.cost * share)
            write_off.accumulated_depreciation = currency.round(
                card.accumulated_depreciation * share
            )
            write_off.loss = write_off.cost - write_off.accumulated_depreciation

    @api.model
    def _guarded_fields(self):
        """The share follows from the units."""
        return super()._guarded_fields() | {
            "company_id", "units_before", "cost", "accumulated_depreciation", "loss",
        }  # fmt: skip

    @api.model_create_multi
    def create(self, vals_list):
        """Take what is gone off the cards, and have it posted.

        :raise UserError: not a set, more than is there, or in the future.
        """
        done = self.browse()
        # One after the other: two for one card share what the first one left.
        for vals in vals_list:
            write_off = super().create([vals])
            write_off._check_possible()
            write_off._take_off()
            done += write_off
        return done

    def _check_possible(self):
        self.ensure_one()
        card = self.card_id
        if card.kind != "fixed":
            raise UserError(
                self.env._(
                    "%s: small assets are written off piece by piece.",
                    card.display_name,
                )
            )
        if not 0 < self.units < self.units_before:
            raise UserError(
                self.env._(
                    "%(card)s has %(units)s units: write off fewer of them, or the "
                    "asset as a whole.",
                    card=card.display_name,
                    units=self.units_before,
                )
            )
        if self.date > fields.Date.context_today(self):
            raise UserError(
                self.env._("%s cannot be written off in the future.", card.display_name)
            )

    def _take_off(self):
        self.ensure_one()
        card = self.card_id
        card.write(
            {
                "units": self.units_before - self.units,
                "cost": card.cost - self.cost,
                "accumulated_depreciation": card.accumulated_depreciation
                - self.accumulated_depreciation,
            }
        )
        card.sole_asset_id.value = card.cost
        card._post_write_off(
            {
                "write_off_id": self.id,
                "date": self.date,
                "units": self.units,
                "share": self.units / self.units_before,
                "cost": self.cost,
                "accumulated_depreciation": self.accumulated_depreciation,
                "loss": self.loss,
            }
        )
