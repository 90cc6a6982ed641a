from odoo import api, models
from odoo.exceptions import UserError, ValidationError


class LendingAsset(models.Model):
    """A thing as the piece of a card: the card's quantity makes and removes it."""

    _inherit = "lending.asset"

    @api.constrains("card_id")
    def _check_card_id(self):
        for card in self.card_id:
            if len(card.asset_ids) > card.quantity:
                raise ValidationError(
                    self.env._(
                        "%s makes its pieces itself. Raise its quantity instead.",
                        card.display_name,
                    )
                )

    def write(self, vals):
        """Keep a piece with its card.

        :raise ValidationError: it is taken off its card by hand.
        """
        if "card_id" in vals and not self.env.su:
            moved = self.filtered(
                lambda asset: asset.card_id and asset.card_id.id != vals["card_id"]
            )
            if moved:
                raise ValidationError(
                    self.env._("%s stays with its card.", moved[0].display_name)
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_piece(self):
        if pieces := self.filtered("card_id"):
            raise UserError(
                self.env._(
                    "%(piece)s is a piece of %(card)s. Lower its quantity instead.",
                    piece=pieces[0].display_name,
                    card=pieces[0].card_id.display_name,
                )
            )
