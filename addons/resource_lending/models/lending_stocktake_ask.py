"""Asking those who have things what they have: a message to each person."""

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.inputs import only_one

from .lending_notice import TEMPLATES

TEMPLATES["count"] = "resource_lending.mail_template_lending_count"


class LendingNotice(models.Model):
    _inherit = "lending.notice"

    kind = fields.Selection(
        selection_add=[("count", "Stock-take")], ondelete={"count": "cascade"}
    )

    def _count_link(self):
        """Where the person of the message answers; each mail holds only their link."""
        own = self.loan_ids.filtered(
            lambda loan: loan._holder_partner() == self.partner_id
        )
        return own[:1]._portal_url() if own else ""


class LendingLoan(models.Model):
    _inherit = "lending.loan"

    def _partners_to_tell(self, kind):
        """Only the holder answers a stock-take: nobody who answers for the holder."""
        if kind == "count":
            return self._holder_partner().filtered("email")
        return super()._partners_to_tell(kind)


class LendingStocktake(models.Model):
    _inherit = "lending.stocktake"

    def action_ask_holders(self):
        """Let the holders say on their own pages what they have, and tell them so.

        Pressed again, it reminds those who have not answered.

        :raise UserError: not being counted, or nobody to ask.
        """
        only_one(self)
        self.check_access("write")
        open_lines = self.line_ids.filtered(lambda line: line.result == "open")
        loans = self.env["lending.loan"].union(
            *(line._holder_loans() for line in open_lines.sudo())
        )
        if self.state != "counting" or not loans:
            raise UserError(
                self.env._("%s: nobody is left who could be asked.", self.name)
            )
        self.ask_holders = True
        notices = self.env["lending.notice"]._queue("count", loans, note=self.name)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Persons who get a message: %(told)s. Things without a holder or "
                    "an e-mail address are left to be counted.",
                    told=len(notices.partner_id),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
