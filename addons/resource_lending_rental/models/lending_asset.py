from odoo import api, models
from odoo.exceptions import ValidationError

LENDING = ("lending.loan", "lending.asset", "maintenance.request")
"""The documents whose claims in the ledger are Lending's."""


class LendingAsset(models.Model):
    """A serial number that is lent and rented is one thing, so it has one resource.

    The unit of the fleet wins: it belongs to a pool, whose promises count on it. So
    the ledger itself refuses to lend what is rented and to rent what is lent.
    """

    _inherit = "lending.asset"

    @api.model_create_multi
    def create(self, vals_list):
        """Let assets of rental units share those at once."""
        assets = super().create(vals_list)
        assets._share_rental_unit()
        return assets

    def write(self, vals):
        """Share or part with the rental unit as the serial number says.

        :raise ValidationError: promised or out meanwhile.
        """
        done = super().write(vals)
        if "lot_id" in vals:
            self._share_rental_unit()
        return done

    def _share_rental_unit(self):
        """Give each asset the resource that its serial number says."""
        # Narrow sudo: who keeps assets may not write resources; which one is theirs
        # follows from the serial number.
        for asset in self.sudo():
            unit = asset.lot_id.rental_resource_id
            own = asset.resource_id
            if unit and unit != own:
                asset._check_not_promised()
                asset._check_company_of(unit)
                asset._store({"resource_id": unit.id})
                asset._drop(own)
            elif own.owner_model == "stock.lot" and not unit:
                asset._check_not_promised()
                new = self.env["resource.resource"].create(
                    asset._prepare_resource_values(
                        {
                            "name": asset.name,
                            "code": asset.code,
                            "company_id": asset.company_id.id,
                        },
                        asset.tz,
                    )
                )
                asset._store({"resource_id": new.id})

    @api.model
    def _drop(self, resource):
        """Remove a resource nobody needs; keep it in the archive if it has a past."""
        if resource.allocation_ids:
            resource.active = False
        else:
            resource.unlink()

    def _check_company_of(self, unit):
        if unit.company_id and unit.company_id != self.company_id:
            raise ValidationError(
                self.env._(
                    "%(asset)s belongs to %(company)s, the serial number %(lot)s is "
                    "rented by %(other)s.",
                    asset=self.display_name,
                    company=self.company_id.display_name,
                    lot=self.lot_id.display_name,
                    other=unit.company_id.display_name,
                )
            )

    def _check_not_promised(self):
        """Refuse to exchange the resource under what Lending keeps in the ledger.

        :raise ValidationError: naming what is promised, out or blocked.
        """
        if live := self.filtered(lambda asset: asset._lending_claims()):
            raise ValidationError(
                self.env._(
                    "These are reserved, handed out, lost or in repair in Lending: %s. "
                    "Settle that first; then they can be rented as well, or no more.",
                    ", ".join(live.mapped("display_name")),
                )
            )

    def _lending_claims(self):
        """What counts now of what Lending promised or blocked."""
        return self.sudo().resource_id.allocation_ids.filtered(
            lambda row: row.live and row.res_model in LENDING
        )

    def _leave_fleet(self):
        """Part from the pool, when nothing that counts on it is promised any more.

        Until then the unit is archived, as every unit that leaves its fleet while it
        is promised: what is promised is at risk.
        """
        for unit in self.resource_id:
            promised = unit.allocation_ids.filtered("live")
            if unit.pool_id and promised:
                unit.filtered("active").action_archive()
                continue
            if unit.pool_id:
                unit.pool_id = False
            if not unit.active:
                unit.action_unarchive()
