from odoo import fields, models


class StockLot(models.Model):
    _inherit = "stock.lot"

    def _rental_in_service(self):
        """What a person has now is in no customer's reach."""
        usable = super()._rental_in_service()
        return usable - usable._lent_now()

    def _lent_now(self):
        """Those of these units that a person has now, or was promised from now."""
        now = fields.Datetime.now()
        # Narrow sudo: that it is lent, not to whom.
        units = self.sudo()
        rows = self.env["resource.allocation"].sudo()
        rows = rows.search(
            [
                ("resource_id", "in", units.rental_resource_id.ids),
                ("res_model", "=", "lending.loan"),
                ("live", "=", True),
                ("start", "<=", now),
                "|",
                ("state", "=", "out"),
                ("blocked_stop", ">", now),
            ]
        )
        lent = rows.resource_id
        found = units.filtered(lambda lot: lot.rental_resource_id in lent)
        return found.with_env(self.env)
