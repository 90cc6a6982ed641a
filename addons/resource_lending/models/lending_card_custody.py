from odoo import Command, api, fields, models

from .lending_loan import OFFICE


class LendingCard(models.Model):
    """Who has the pieces of a card (D23, D25)."""

    _inherit = "lending.card"

    loan_ids = fields.One2many(
        "lending.loan",
        "card_id",
        string="Users",
        domain=[("state", "!=", "cancelled")],
        context={"lending_take_over": True},
        groups=OFFICE,
    )
    employee_ids = fields.Many2many(
        "hr.employee.public",
        string="Users now",
        compute="_compute_holders",
        groups=OFFICE,
        help="Who has pieces of this card now.",
    )
    user_name = fields.Char(
        string="User",
        compute="_compute_holders",
        groups=OFFICE,
        help="Of a card of one piece; several pieces can be with several people.",
    )
    responsible_name = fields.Char(
        string="Responsible", compute="_compute_holders", groups=OFFICE
    )
    held_count = fields.Integer(string="Out", compute="_compute_held_count")

    @api.depends(
        "asset_ids.employee_ids", "asset_ids.holder_name", "asset_ids.responsible_name"
    )
    def _compute_holders(self):
        """One user and one responsible exist for one piece only (D23)."""
        for card in self:
            sole = card.sole_asset_id
            card.employee_ids = [Command.set(card.asset_ids.employee_ids.ids)]
            card.user_name = sole.holder_name
            card.responsible_name = sole.responsible_name

    @api.depends("asset_ids.status")
    def _compute_held_count(self):
        for card in self:
            card.held_count = len(
                card.asset_ids.filtered(lambda asset: asset.status == "handed_out")
            )


class LendingLoan(models.Model):
    _inherit = "lending.loan"

    card_id = fields.Many2one(
        related="asset_id.card_id", store=True, index="btree_not_null"
    )

    @api.model
    def _guarded_fields(self):
        """The card is the piece's."""
        return super()._guarded_fields() | {"card_id"}

    @api.model_create_multi
    def create(self, vals_list):
        """Take the card from the piece: a row typed on a card brings it along (D25)."""
        return super().create(
            [
                {name: value for name, value in vals.items() if name != "card_id"}
                for vals in vals_list
            ]
        )
