from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.resource_allocation.inputs import only_one


class LendingTakeOver(models.TransientModel):
    """Give an employee what somebody else has: that one's row ends the day before.

    The way out of the refusal on the employee's card (LT8, LC3).
    """

    _name = "lending.take.over"
    _description = "Take Over an Asset"

    asset_id = fields.Many2one("lending.asset", required=True, readonly=True)
    employee_id = fields.Many2one(
        "hr.employee", string="Goes to", required=True, readonly=True
    )
    role = fields.Selection(
        [("user", "User"), ("responsible", "Responsible")],
        required=True,
        default="user",
        readonly=True,
    )
    hr_type_id = fields.Many2one(
        "lending.hr.type", string="Personnel type", required=True
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", help="The last day, included. Empty: open.")
    summary = fields.Char(compute="_compute_summary")

    @api.depends("asset_id", "role", "date_from")
    def _compute_summary(self):
        for wizard in self:
            former = wizard._former()
            wizard.summary = bool(former and wizard.date_from) and self.env._(
                "%(holder)s has had it since %(since)s; that row ends on %(end)s.",
                holder=former.holder_name,
                since=format_date(self.env, former.date_from),
                end=format_date(self.env, wizard.date_from - timedelta(days=1)),
            )

    def _former(self):
        """The last row of the asset in that role."""
        return self.env["lending.loan"].search(
            [
                ("asset_id", "=", self.asset_id.id),
                ("role", "=", self.role),
                ("custody", "=", True),
            ],
            order="start_at desc",
            limit=1,
        )

    def action_take_over(self):
        """End the former row and add this one.

        :raise ValidationError: a start not after the former row's (D15).
        :raise AllocationConflict: booked or rented to somebody in that time.
        """
        only_one(self)
        self.env["lending.loan"].take_over(
            {
                "asset_id": self.asset_id.id,
                "employee_id": self.employee_id.id,
                "role": self.role,
                "hr_type_id": self.hr_type_id.id,
                "date_to": self.date_to,
            },
            self.date_from,
        )
        return {
            "type": "ir.actions.client",
            "tag": "lending_reload_card",
            "params": {"employee_id": self.employee_id.id},
        }
