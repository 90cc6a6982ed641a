"""What happens when the customer confirms: by signing or paying in the portal."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _rental_tell_taken(self, conflict):
        """Tell the responsible that the customer confirmed what is not free any more.

        :return: what the customer may know: the items, not who has them.
        """
        self.ensure_one()
        resources = self.env["resource.resource"].browse(
            [verdict.resource_id for verdict in conflict.verdicts]
        )
        items = ", ".join(resources.sudo().mapped("name"))
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("Confirmed by the customer, but not free any more"),
            note=str(conflict),
            user_id=self.user_id.id or self.create_uid.id,
        )
        return self.env._(
            "Not free in that period any more: %s. We will get back to you.", items
        )
