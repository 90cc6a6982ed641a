from odoo import api, models
from odoo.fields import Domain

STEP = 100


class LendingAsset(models.Model):
    _inherit = "lending.asset"

    @api.model
    def _find_free(self, lending_type, company, start, stop, limit=1):
        """Up to ``limit`` usable things of a type that the ledger has free in the
        whole of ``[start, stop)`` (UTC; an empty ``stop`` is open), by their code.

        Asks the ledger in steps: what lies in stock first.
        """
        domain = (
            Domain("type_id", "=", lending_type.id)
            & Domain("condition", "=", "usable")
            & Domain("company_id", "in", [company.id, False])
        )
        found = self.browse()
        for stocked in ("in", "not in"):
            here = domain & Domain("status", stocked, ["in_stock"])
            assets = self.search(here, order="code, id")
            for first in range(0, len(assets), STEP):
                some = assets[first : first + STEP]
                # HR and employees may not look into the ledger; what is free is no
                # secret of it.
                free = some.sudo().resource_id.free_quantity(start, stop)
                found |= some.filtered(
                    lambda one, free=free: free[one.sudo().resource_id.id] > 0
                )
                if len(found) >= limit:
                    return found[:limit]
        return found
