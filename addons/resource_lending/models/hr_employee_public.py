from odoo import fields, models

from odoo.addons.resource_allocation.inputs import only_one


class HrEmployeePublic(models.Model):
    """What an employee has, for themselves and the managers above them (D41).

    The rows are read with the reader's own rights; pay and private data are not here.
    """

    _inherit = "hr.employee.public"

    lending_loan_ids = fields.One2many(
        "lending.loan",
        "employee_id",
        string="Assets",
        domain=[("state", "!=", "cancelled")],
    )
    lending_count = fields.Integer(
        string="Assets now", compute="_compute_manager_only_fields"
    )

    def _get_manager_only_fields(self):
        return [*super()._get_manager_only_fields(), "lending_count"]

    def action_lending_items(self):
        """Show what the employee has and had, as far as the reader may know."""
        only_one(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "resource_lending.lending_loan_action_of_employee"
        )
        return {
            **action,
            "name": self.env._("Assets of %s", self.name),
            "domain": [("employee_id", "=", self.id), ("state", "!=", "cancelled")],
        }
