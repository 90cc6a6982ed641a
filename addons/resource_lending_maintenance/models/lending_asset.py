from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.resource_allocation.inputs import only_one

EQUIPMENT_MANAGER = "maintenance.group_equipment_manager"


class LendingAsset(models.Model):
    """An asset may be a piece of equipment; then its custody says who uses that."""

    _inherit = "lending.asset"

    equipment_id = fields.Many2one(
        "maintenance.equipment",
        copy=False,
        index="btree_not_null",
        check_company=True,
        groups=EQUIPMENT_MANAGER,
        help="The same thing in Maintenance. Whose it is there, follows custody.",
    )

    status = fields.Selection(
        selection_add=[("in_repair", "In repair"), ("lost",)],
        ondelete={"in_repair": lambda assets: assets._store({"status": "in_stock"})},
    )

    _equipment_once = models.UniqueIndex(
        "(equipment_id) WHERE equipment_id IS NOT NULL",
        "Another asset is linked to this equipment.",
    )

    # === LINKING === #

    @api.model_create_multi
    def create(self, vals_list):
        """Let equipment that is linked from the start follow at once."""
        assets = super().create(vals_list)
        linked = assets.filtered(lambda asset: asset.sudo().equipment_id)
        linked._link_equipment()
        return assets

    def write(self, vals):
        """Let equipment that is linked now follow at once.

        :raise ValidationError: it is assigned to somebody, but nobody has the asset.
        """
        if "equipment_id" not in vals:
            return super().write(vals)
        # Narrow sudo: repairs of what was linked no longer block anything here.
        former = self.sudo().equipment_id
        done = super().write(vals)
        former.maintenance_ids._follow_repairs()
        self._link_equipment()
        return done

    def _link_equipment(self):
        # Narrow sudo: who assigns equipment elsewhere is only read.
        for asset in self.sudo():
            equipment = asset.equipment_id
            owner = equipment.employee_id or equipment.department_id
            if owner and not asset._holding_now():
                raise ValidationError(
                    self.env._(
                        "%(equipment)s is assigned to %(owner)s in Maintenance, but "
                        "nobody has %(asset)s. First register who has it, or take the "
                        "assignment away, then link them.",
                        equipment=equipment.display_name,
                        owner=owner.display_name,
                        asset=asset.display_name,
                    )
                )
        self._sync_equipment()
        self.sudo().equipment_id.maintenance_ids._follow_repairs()

    def action_create_equipment(self):
        """Link each of these to equipment: that of its serial number, else a new one.

        :raise AccessError: for anybody but equipment managers.
        :raise UserError: all of them are linked already.
        """
        missing = self.filtered(lambda asset: not asset.equipment_id)
        if not missing:
            raise UserError(self.env._("These are linked to equipment already."))
        known = missing._equipment_by_serial_no()
        new = missing.filtered(lambda asset: asset.serial_no not in known)
        created = self.env["maintenance.equipment"].create(
            [asset._prepare_equipment_vals() for asset in new]
        )
        made = dict(zip(new, created, strict=True))
        for asset in missing:
            asset.equipment_id = made.get(asset) or known[asset.serial_no]
        return True

    def _equipment_by_serial_no(self):
        """Equipment with these serial numbers that no asset is linked to yet."""
        numbers = list(filter(None, self.mapped("serial_no")))
        found = self.env["maintenance.equipment"].search(
            [("serial_no", "in", numbers), ("lending_asset_ids", "=", False)]
        )
        return {equipment.serial_no: equipment for equipment in found}

    def _prepare_equipment_vals(self):
        """Values of new equipment for this asset. Override to add your own."""
        self.ensure_one()
        return {
            "name": self.name,
            "serial_no": self.serial_no,
            "company_id": self.company_id.id,
            "partner_id": self.supplier_id.id,
            "warranty_date": self.warranty_end,
            "effective_date": self.acquisition_date or fields.Date.context_today(self),
            "cost": self.value,
        }

    def action_view_equipment(self):
        """Open the equipment, with its maintenance requests."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "maintenance.equipment",
            "res_id": self.equipment_id.id,
            "views": [(False, "form")],
        }

    # === REPAIR === #

    @api.depends("equipment_id")
    def _compute_status(self):
        return super()._compute_status()

    def _status(self, states):
        """What is here and usable, but being repaired, cannot be had."""
        status = super()._status(states)
        if status in ("in_stock", "reserved") and self._is_in_repair():
            return "in_repair"
        return status

    def _is_in_repair(self):
        """Whether a repair that has begun by now is not done."""
        # Narrow sudo: that it is in repair is nobody's secret.
        blocks = self.sudo().equipment_id.maintenance_ids.repair_block_id
        now = fields.Datetime.now()
        return any(
            block.live and block.start <= now and (not block.stop or block.stop > now)
            for block in blocks
        )

    def _refresh_status(self):
        self.env.add_to_compute(self._fields["status"], self)

    # === FOLLOWING === #

    def _holders_changed(self):
        """Let equipment follow whoever has the thing now."""
        done = super()._holders_changed()
        self._sync_equipment()
        return done

    def _sync_equipment(self):
        """Write into the linked equipment who has it and since when.

        A former holder stops following it, or he would go on reading it.
        """
        # Narrow sudo: who registers custody needs no right on equipment; only whose
        # it is gets written.
        changing = defaultdict(self.env["maintenance.equipment"].sudo().browse)
        for asset in self.sudo().filtered("equipment_id"):
            equipment, vals = asset.equipment_id, asset._assignment()
            now = equipment._convert_to_write({name: equipment[name] for name in vals})
            if now != vals:
                changing[tuple(vals.items())] |= equipment
        for vals, equipment in changing.items():
            equipment._assign(dict(vals))

    def _holding_now(self):
        """The row of whoever uses it now; of several the first."""
        self.ensure_one()
        return self.user_loan_ids.sorted("start_at")[:1]

    def _assignment(self):
        """Values of the equipment as custody has it."""
        loan = self._holding_now()
        kind = {"employee": "employee", "department": "department"}
        return {
            "equipment_assign_to": kind.get(loan.holder_kind, "other")
            if loan
            else "employee",
            "employee_id": loan.employee_id.id,
            "department_id": loan.department_id.id,
            "assign_date": loan.date_from,
        }
