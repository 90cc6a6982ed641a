from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class ResourceResource(models.Model):
    """What the ledger knows of fleets and their units."""

    _inherit = "resource.resource"

    def _domains_substitutes(self):
        """Instead of a unit: another of its fleet, then of the same item's fleets."""
        if self.owner_model != "stock.lot" or self._owner() is not None:
            return super()._domains_substitutes()
        # Narrow sudo: only ids for a search the user's own rights still filter.
        pools = self.env["rental.pool"].sudo()
        pool = pools.search([("resource_id", "=", self.pool_id.id)], limit=1)
        same = pools.search(
            [
                ("product_id", "=", pool.product_id.id),
                ("company_id", "=", pool.company_id.id),
            ]
        )
        return [
            Domain("pool_id", "=", self.pool_id.id),
            Domain("pool_id", "in", same.resource_id.ids),
        ]

    def _rows_out(self):
        """What of these fleets and units is out with customers."""
        # Narrow sudo: that something is out is nobody's secret.
        return (
            self.env["resource.allocation"]
            .sudo()
            .search(
                [
                    ("resource_id", "in", self.ids),
                    ("kind", "=", "demand"),
                    ("state", "=", "out"),
                    ("live", "=", True),
                    ("root_id", "=", False),
                    ("res_model", "=", "sale.order.line"),
                ]
            )
        )

    # === OUT OF SERVICE === #

    def _blocks_now(self):
        """What blocks these units and pools at this moment, and for how many pieces."""
        now = fields.Datetime.now()
        # Narrow sudo: that something is blocked is nobody's secret.
        return (
            self.env["resource.allocation"]
            .sudo()
            .search(
                [
                    ("resource_id", "in", self.ids),
                    ("kind", "=", "block"),
                    ("live", "=", True),
                    ("blocked_start", "<=", now),
                    ("blocked_stop", ">", now),
                ]
            )
        )

    def _blocks_until_lifted(self):
        """Of these blocks those of the very units and pieces that have no end.

        What another document blocks, as a repair does, that document lifts.
        """
        return self._blocks_now().filtered(
            lambda block: not block.root_id and not block.stop and not block.res_model
        )

    def _put_back_in_service(self):
        """Lift what keeps these units or pieces out of service (C10).

        :raise AccessError: for anybody but storekeepers.
        :raise UserError: when nothing is to be lifted.
        """
        group = "equipment_rental.equipment_rental_group_storekeeper"
        if not (self.env.su or self.env.user.has_group(group)):
            raise AccessError(
                self.env._(
                    "Only a storekeeper can put something back into service. Ask one "
                    "of them."
                )
            )
        # Sudo as in _blocks_now, and narrow: blocks are a resource manager's matter;
        # a storekeeper only lifts those without an end.
        blocks = self._blocks_until_lifted()
        if not blocks:
            raise UserError(
                self.env._(
                    "None of this is out of service until further notice. Ask a "
                    "resource manager to lift a block that has an end."
                )
            )
        blocks.close()

    def _follow_serial_numbers(self):
        """Bring units in step that were archived, because they left while promised."""
        left = self.filtered(
            lambda unit: not unit.active and unit.owner_model == "stock.lot"
        )
        if not left:
            return
        # Narrow sudo: which product a unit is of is nobody's secret.
        lots = self.env["stock.lot"].sudo()
        lots = lots.search([("rental_resource_id", "in", left.ids)])
        self.env["rental.pool"]._note_stock_change(lots.product_id)
