from datetime import timedelta

from odoo import models


class ResourceCalendarLeaves(models.Model):
    """When a bookable thing is closed is its managers' to say."""

    _inherit = "resource.calendar.leaves"

    def write(self, vals):
        """Ask again where a leave arrives at a bookable thing: the rules looked at
        the resource it came from.

        :raise AccessError: not a manager of the thing.
        """
        done = super().write(vals)
        if "resource_id" in vals and self.sudo().resource_id.bookable:
            self.check_access("write")
        return done

    def _closes(self, calendar, company):
        """Whether this public holiday closes that calendar in that company (ids).

        Without a company, which has none of its own, only what was entered for the
        very calendar does.
        """
        if self.calendar_id.id not in (False, calendar):
            return False
        if not company:
            return bool(self.calendar_id)
        return self.company_id.id in (False, company)

    def _closed_period(self):
        """``(start, stop)``, UTC; a day that ends at 23:59:59 ends at midnight."""
        stop = self.date_to
        last_second = stop.minute == stop.second == 59
        return self.date_from, stop + timedelta(seconds=1) if last_second else stop
