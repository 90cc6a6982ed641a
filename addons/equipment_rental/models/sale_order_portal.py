"""What happens when the customer confirms: by signing or paying in the portal."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _rental_tell_unconfirmed(self, problem):
        """Tell the responsible that the customer confirmed, and why it did not work.

        :param problem: the refusal
        """
        self.ensure_one()
        self._rental_remind(
            self.env._("Confirmed by the customer, but not reserved"),
            str(problem),
            "mail.mail_activity_data_warning",
        )

    def _rental_taken_text(self, conflict):
        """What the customer may know of a conflict: the items, not who has them."""
        resources = self.env["resource.resource"].browse(
            [verdict.resource_id for verdict in conflict.verdicts]
        )
        items = ", ".join(resources.sudo().mapped("name"))
        return self.env._(
            "Not free in that period any more: %s. We will get back to you.", items
        )
