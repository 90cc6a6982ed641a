from odoo import api, fields, models

from odoo.addons.resource_allocation.inputs import only_one


class HrDepartureWizard(models.TransientModel):
    _inherit = "hr.departure.wizard"

    lent_equipment = fields.Char(compute="_compute_lent_equipment")

    @api.depends("employee_ids")
    def _compute_lent_equipment(self):
        for wizard in self:
            wizard.lent_equipment = ", ".join(
                wizard._equipment(lent=True).mapped("display_name")
            )

    def _equipment(self, lent):
        """What the leavers have of equipment that is, or is not, in Lending's care."""
        # Narrow sudo: names of what the leavers have, for who lets them go.
        equipment = self.sudo().employee_ids.equipment_ids
        return equipment.filtered(lambda one: one.is_lent_asset == lent)

    def action_register_departure(self):
        """Free equipment as the tick says, but not what is lent.

        That stays with the leaver until somebody has received it.
        """
        only_one(self)
        free = self.unassign_equipment and self._equipment(lent=False)
        self.unassign_equipment = False
        action = super().action_register_departure()
        if free:
            free.with_env(self.env).employee_id = False
        return action
