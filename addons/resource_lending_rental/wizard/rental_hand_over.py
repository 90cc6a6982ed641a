from odoo import models


class RentalHandOver(models.TransientModel):
    _inherit = "rental.hand.over"

    def _scan_unit(self, units):
        """Say where a unit is that a person has."""
        if lent := units._lent_now():
            return self.env._(
                "%s is lent to a person: take it back in Lending first.",
                lent[0].display_name,
            )
        return super()._scan_unit(units)
