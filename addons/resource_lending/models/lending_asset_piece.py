from odoo import api, models
from odoo.exceptions import UserError


class LendingAsset(models.Model):
    """A thing as the piece of a card: the card's quantity makes and removes it."""

    _inherit = "lending.asset"

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
