from odoo import models


class ResourceAllocation(models.Model):
    """An allocation of a rental line belongs to that line's order."""

    _inherit = "resource.allocation"

    def action_open_rental_order(self):
        """Open the rental order this was promised for."""
        self.ensure_one()
        line = self.env["sale.order.line"].browse(self.res_id)
        return line.action_rental_open_order()

    def action_open_document(self):
        """A rental line is best read in its order."""
        if self.res_model == "sale.order.line":
            return self.action_open_rental_order()
        return super().action_open_document()

    # === UNITS THAT WENT ELSEWHERE === #

    def reassign(self, resource, pinned=True):
        """A unit that moved away while it was promised can follow its number now."""
        units = self.resource_id
        done = super().reassign(resource, pinned=pinned)
        units._follow_serial_numbers()
        return done

    def cancel(self, reason=None):
        """As :meth:`reassign`."""
        units = self.resource_id
        done = super().cancel(reason=reason)
        units._follow_serial_numbers()
        return done

    def close(self):
        """As :meth:`reassign`."""
        units = self.resource_id
        done = super().close()
        units._follow_serial_numbers()
        return done
