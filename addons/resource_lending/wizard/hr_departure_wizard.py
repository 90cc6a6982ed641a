from odoo import api, fields, models

from ..models.lending_departure import METHODS


class HrDepartureWizard(models.TransientModel):
    """What leavers still have is shown and asked back when the departure is
    registered."""

    _inherit = "hr.departure.wizard"

    lending_loan_ids = fields.Many2many(
        "lending.loan", compute="_compute_lending_loan_ids", string="Still held"
    )
    lending_count = fields.Integer(compute="_compute_lending_loan_ids")
    lending_deadline = fields.Date(
        string="Return by",
        compute="_compute_lending_deadline",
        store=True,
        readonly=False,
        help="The last day to hand things in, included.",
    )
    lending_method = fields.Selection(
        METHODS, string="How they come back", required=True, default="dropoff"
    )
    lending_instructions = fields.Char(
        string="Where", help="Counter, address or carrier; stands in the message."
    )
    lending_responsible_id = fields.Many2one(
        "res.users",
        string="Sees to it",
        domain=[("share", "=", False)],
        help="Empty: each one's manager.",
    )

    @api.depends("employee_ids")
    def _compute_lending_loan_ids(self):
        for wizard in self:
            rows = wizard.employee_ids._origin._lending_rows_to_return()
            wizard.lending_loan_ids = self.env["lending.loan"].union(*rows.values())
            wizard.lending_count = len(wizard.lending_loan_ids)

    @api.depends("departure_date")
    def _compute_lending_deadline(self):
        for wizard in self:
            wizard.lending_deadline = wizard.departure_date

    def action_register_departure(self):
        """Recall all that they have; nothing is closed until it was received."""
        action = super().action_register_departure()
        vals = {
            "departure_date": self.departure_date,
            "deadline": self.lending_deadline or self.departure_date,
            "method": self.lending_method,
            "instructions": self.lending_instructions,
        }
        if self.lending_responsible_id:
            vals["responsible_id"] = self.lending_responsible_id.id
        # HR registers departures without being lending officers; the recall is part
        # of it.
        departures = self.env["lending.departure"].sudo()
        departures._begin(self.employee_ids.sudo(), **vals)
        return action
