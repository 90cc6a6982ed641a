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
