from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import clean_context

from odoo.addons.resource_allocation.inputs import existing


class LendingAsset(models.Model):
    """The counter's buttons on things."""

    _inherit = "lending.asset"

    def _live_loans(self):
        """``{asset: [assignments]}`` of its users: who has it, then for whom it is
        reserved, the earliest first."""
        loans = self.env["lending.loan"].search(
            [
                ("asset_id", "in", self.ids),
                ("role", "=", "user"),
                ("state", "in", ("out", "reserved")),
            ],
            order="start_at, id",
        )
        return {
            asset: sorted(some, key=lambda loan: loan.state != "out")
            for asset, some in loans.grouped("asset_id").items()
        }

    def action_reserve(self):
        """Reserve these for somebody (L3, L4)."""
        return self._open_counter("lending.reserve", self.env._("Reserve"))

    def action_hand_out(self):
        """Open a hand-over with these: what is reserved goes to whom it is for."""
        self = existing(self)
        live = self._live_loans()
        reserved = self.env["lending.loan"].union(
            *[
                next((one for one in loans if one.state == "reserved"), loans[0][:0])
                for loans in live.values()
            ]
        )
        if reserved.asset_id == self:
            return reserved.action_hand_out()
        # No defaults of whoever calls: they are for the list this was called from.
        env = self.env(context=clean_context(self.env.context))
        document = env["lending.handover"].create(
            {"line_ids": [Command.create({"asset_id": asset.id}) for asset in self]}
        )
        return document._open()

    def action_recall(self):
        """Ask whoever has these to bring them (L11)."""
        return self._held_loans().action_recall()

    def action_transfer(self):
        """Pass these on to somebody else without coming back."""
        return self._held_loans().action_transfer()

    def action_extend(self):
        """Give these another return date (L10)."""
        return self._held_loans().action_extend()

    def action_return(self):
        """Register what came back, or process what is here once more (L12-L14)."""
        return self._open_counter("lending.return", self.env._("Return and process"))

    def _held_loans(self):
        """Who has these now.

        :raise UserError: nobody has one of them.
        """
        live = self._live_loans()
        held = self.env["lending.loan"].union(
            *[loan for loans in live.values() for loan in loans if loan.state == "out"]
        )
        if free := self - held.asset_id:
            raise UserError(self.env._("Nobody has %s.", free[0].display_name))
        return held

    def _open_counter(self, model, name):
        """The window of one of the counter's actions, for these things."""
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_asset_ids": self.ids},
        }
