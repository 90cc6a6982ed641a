from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.resource_allocation.inputs import only_one

OFFICER = "resource_lending.lending_group_officer"


class MaintenanceEquipment(models.Model):
    """Equipment that is lent: whose it is, is changed in Lending and only there."""

    _inherit = "maintenance.equipment"

    lending_asset_ids = fields.One2many(
        "lending.asset", "equipment_id", string="Lent As", groups=OFFICER
    )
    is_lent_asset = fields.Boolean(
        compute="_compute_is_lent_asset",
        help="Linked to an asset in Lending, where people get and return it.",
    )

    @api.depends("lending_asset_ids")
    def _compute_is_lent_asset(self):
        # Narrow sudo: whether there is one, for managers without a lending role.
        for equipment in self:
            equipment.is_lent_asset = bool(equipment.sudo().lending_asset_ids)

    @api.constrains("employee_id", "department_id", "equipment_assign_to")
    def _check_follows_custody(self):
        """Whose linked equipment is, says custody.

        :raise ValidationError: somebody else would be typed.
        """
        # Narrow sudo: who has the asset is only compared.
        for equipment in self.sudo().filtered("lending_asset_ids"):
            asset = equipment.lending_asset_ids[:1]
            wanted = asset._assignment()
            if (equipment.employee_id.id, equipment.department_id.id) != (
                wanted["employee_id"],
                wanted["department_id"],
            ):
                raise ValidationError(
                    self.env._(
                        "%(equipment)s is lent as %(asset)s: hand it out, pass it on "
                        "or take it back in Lending; Maintenance follows.",
                        equipment=equipment.display_name,
                        asset=asset.display_name,
                    )
                )

    def _assigned_partners(self):
        """The contacts that core subscribes for whom this is assigned to."""
        managers = self.department_id.manager_id
        return (self.employee_id | managers).user_id.partner_id

    def _assign(self, vals):
        """Write whose these are now; who had them stops following them."""
        before = {one: one._assigned_partners() for one in self}
        # No tracking: whose it was before is not for the next one to read.
        self.with_context(mail_notrack=True).write(vals)
        stay = self[:1]._assigned_partners()
        gone = defaultdict(self.browse)
        for equipment, partners in before.items():
            left = partners - stay - equipment.technician_user_id.partner_id
            gone[left] |= equipment
        for partners, equipment in gone.items():
            equipment.message_unsubscribe(partners.ids)

    def action_view_lending_asset(self):
        """Open the asset this is lent as."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "lending.asset",
            "res_id": self.lending_asset_ids[:1].id,
            "views": [(False, "form")],
        }
