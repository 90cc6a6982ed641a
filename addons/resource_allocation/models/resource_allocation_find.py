"""Booking from the availability search."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    @api.model
    def book_free(self, vals, hold_hours=0):
        """Promise what the availability search found, or say why not.

        :param float hold_hours: only hold it that long; 0 reserves at once.
        :return: ``allocation`` (what was booked) or ``verdicts``.
        :raise UserError: for a time that is over.
        """
        vals = dict(vals)
        now = fields.Datetime.now()
        if vals.get("stop") and self._to_instant(vals["stop"]) <= now:
            raise UserError(self.env._("That time is over: choose a later one."))
        if hold_hours:
            lapse = now + timedelta(hours=hold_hours)
            vals |= {"state": "hold", "hold_until": lapse}
        roots, verdicts = self.allocate([vals], on_conflict="report")
        return {
            "allocation": roots._client_values()[0] if roots else False,
            "verdicts": [verdict.to_values() for verdict in verdicts],
        }

    def step(self, step):
        """Take one named step from the search's list of what was booked.

        :param str step: ``confirm`` or ``cancel``.
        """
        steps = {"confirm": self.confirm, "cancel": self.cancel}
        if step not in steps:
            raise UserError(self.env._("There is no such step."))
        steps[step]()
        return self._client_values()[0]

    @api.model
    @api.readonly
    def booked_now(self, allocation_ids):
        """The search's list of what was booked, as it is by now."""
        return self.browse(allocation_ids).exists()._client_values()

    def _client_values(self):
        return [
            {
                "id": allocation.id,
                "name": allocation.display_name,
                "resource": allocation.resource_id.name,
                "state": allocation.state,
                "state_label": self._state_label(allocation.state),
                "period": allocation.period_text,
                "quantity": allocation.quantity,
                "hold_text": allocation.hold_until
                and format_datetime(self.env, allocation.hold_until, dt_format="short"),
            }
            for allocation in self
        ]
