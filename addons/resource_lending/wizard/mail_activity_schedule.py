from odoo import models


class MailActivitySchedule(models.TransientModel):
    """Launching an onboarding plan reserves the kit."""

    _inherit = "mail.activity.schedule"

    def action_schedule_plan(self):
        """Also reserve the kits of the employees, where the plan says so.

        What is not free becomes requests in the lending officers' list.
        """
        action = super().action_schedule_plan()
        if self.res_model == "hr.employee" and self.plan_id.lending_reserve_kits:
            # Who launches the plan needs no rights in lending: an administrator wrote
            # the kits, and tied them to this plan.
            employees = self._get_applied_on_records().sudo()
            kits = self.env["lending.kit"].sudo()
            kits._tell(employees, *kits._launch(employees, self.plan_date))
        return action
