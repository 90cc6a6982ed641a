"""Fleets beside the stock they follow, compared by night."""

from collections import defaultdict
from math import floor

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.core.truth import Expected


class RentalPool(models.Model):
    _inherit = "rental.pool"

    @api.model
    def _ids_to_compare(self):
        return set(self._search([("active", "=", True)]))

    def _differences(self):
        """Fleets that have, or have out, other pieces than the stock, in sudo.

        Also where the stock counts a serial number more than once: somebody has to say
        where it is.
        """
        pools = self.exists().filtered("active")
        owned, away = pools._read_owned(as_counted=True), pools._read_away()
        out = dict(
            self.env["resource.allocation"]._read_group(
                [
                    ("resource_id", "in", pools.resource_id.ids),
                    ("live", "=", True),
                    ("kind", "=", "demand"),
                    ("state", "=", "out"),
                ],
                ["resource_id"],
                ["quantity:sum"],
            )
        )
        found = {}
        for pool in pools:
            thing = pool.resource_id
            pairs = (
                ("stock", owned[pool], thing.capacity),
                ("out", away[pool], out.get(thing, 0)),
            )
            off = [(state, a, b) for state, a, b in pairs if a != b]
            if off:
                found[pool.id] = (
                    [Expected(thing.id, state, None, None, a) for state, a, _b in off],
                    [Expected(thing.id, state, None, None, b) for state, _a, b in off],
                )
        return found

    def _read_owned(self, as_counted=False):
        """Pieces in the rentable stock and with customers: ``{pool: int}``."""
        fleets = self._read_fleets(self.product_id, as_counted)
        return {
            pool: max(
                0, floor(sum(fleets[pool.product_id, pool.warehouse_id].values()))
            )
            for pool in self
        }

    def _read_away(self):
        """Pieces in the rental location, which are with customers: ``{pool: int}``."""
        warehouse_of = self._fleet_locations()
        groups = self.env["stock.quant"]._read_group(
            [
                ("product_id", "in", self.product_id.ids),
                ("location_id", "child_of", self.warehouse_id.rental_location_id.ids),
            ],
            ["product_id", "location_id"],
            ["quantity:sum"],
        )
        away = defaultdict(float)
        for product, location, quantity in groups:
            away[product, warehouse_of.get(location.id)] += quantity
        return {pool: round(away[pool.product_id, pool.warehouse_id]) for pool in self}

    def _repair_allocations(self):
        """Let these fleets have the pieces that the stock has.

        :raise UserError: where pieces are with customers in the stock and not in the
            ledger, or the other way round: who has them, an order must say.
        """
        self.check_access("write")
        pools = self.sudo()
        owned = pools._read_owned()
        agreed = all(pool.capacity == owned[pool] for pool in pools)
        if agreed and pools._differences():
            raise UserError(
                self.env._(
                    "%s: count where the pieces are. What is with a customer is handed "
                    "over in its order; what is back is taken back there, or moved out "
                    "of the rental location.",
                    ", ".join(self.mapped("display_name")),
                )
            )
        pools._sync(pools.product_id)
