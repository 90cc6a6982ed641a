from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.resource_allocation.inputs import only_one

from .lending_loan import LIVE

HR = "hr.group_hr_user"
OFFICER = "resource_lending.lending_group_officer"


class HrEmployee(models.Model):
    """What an employee has and had, on the card that HR officers see (D3)."""

    _inherit = "hr.employee"

    lending_loan_ids = fields.One2many(
        "lending.loan",
        "employee_id",
        string="Assets",
        domain=[("state", "!=", "cancelled")],
        # Without groups, as the next one: core lets everybody read by the name of this
        # card what the public one has. The rows have rules of their own.
        help="Who has what is one table: what is typed on an asset's card stands here, "
        "too, and the other way round (D4).",
    )
    lending_count = fields.Integer(
        string="Assets now", compute="_compute_lending_count"
    )
    lending_as_of = fields.Date(
        string="As of",
        store=False,
        groups=HR,
        help="Its end counts. Empty: now.",
    )
    lending_held_ids = fields.Many2many(
        "lending.loan",
        compute="_compute_lending_held_ids",
        string="Held then",
        groups=HR,
    )
    lending_to_return_count = fields.Integer(
        string="Items to return",
        compute="_compute_lending_to_return_count",
        groups=HR,
        help="What a leaver still has, is promised, or answers for.",
    )
    lending_can_type = fields.Boolean(compute="_compute_lending_can_type", groups=HR)
    lending_untyped_selectable = fields.Boolean(
        related="company_id.lending_untyped_selectable", groups=HR
    )
    lending_default_role = fields.Char(compute="_compute_lending_can_type", groups=HR)

    def _compute_lending_count(self):
        """Rows that hold as of now, whatever a job has done or not."""
        Loan = self.env["lending.loan"]
        counts = Loan._read_group(
            Domain("employee_id", "in", self.ids) & Loan._domain_held(),
            ["employee_id"],
            ["__count"],
        )
        counts = {employee.id: count for employee, count in counts}
        for employee in self:
            employee.lending_count = counts.get(employee._origin.id, 0)

    @api.depends("lending_as_of", "lending_loan_ids")
    def _compute_lending_held_ids(self):
        """What they had at the end of the chosen day (D40)."""
        Loan = self.env["lending.loan"]
        for day, employees in self.grouped("lending_as_of").items():
            rows = Loan.search(
                Domain("employee_id", "in", employees._origin.ids)
                & Loan._domain_held_on(day)
            ).grouped("employee_id")
            for employee in employees:
                employee.lending_held_ids = rows.get(employee._origin, Loan)

    @api.depends("active")
    def _compute_lending_to_return_count(self):
        """Only of those who leave or have left; nobody else has anything to return."""
        departures = self.env["lending.departure"].search(
            [("employee_id", "in", self.ids)]
        )
        leaving = departures.employee_id
        left = self.filtered(lambda one: not one.active or one._origin in leaving)
        counts = left._origin._lending_rows_to_return()
        for employee in self:
            employee.lending_to_return_count = len(
                counts.get(employee._origin, ()) if employee in left else ()
            )

    def _compute_lending_can_type(self):
        """Rows are typed by those who are lending officers, too, where cards are open
        for it (LS5)."""
        officer = self.env.user.has_group(OFFICER)
        for employee in self:
            company = employee.company_id or self.env.company
            employee.lending_can_type = officer and company.lending_rows_typed
            relation = company.lending_relation
            responsible = relation == "responsible"
            employee.lending_default_role = "responsible" if responsible else "user"

    def _lending_rows_to_return(self):
        """``{employee: rows}`` that they hold, are promised, answer for or sponsor."""
        loans = self.env["lending.loan"].search(
            Domain("state", "in", LIVE)
            & (
                Domain("employee_id", "in", self.ids)
                | Domain("sponsor_id", "in", self.ids)
            )
        )
        rows = {}
        for loan in loans:
            for employee in (loan.employee_id | loan.sponsor_id) & self:
                rows[employee] = rows.get(employee, loan.browse()) | loan
        return rows

    def write(self, vals):
        """However somebody was archived, what they have is asked back at once; who
        comes back leaves no more."""
        done = super().write(vals)
        if "active" in vals and self:
            # Archiving is HR's right; the recall is its documented consequence.
            if vals["active"]:
                self.env["lending.departure"].sudo().search(
                    [("employee_id", "in", self.ids)]
                ).action_archive()
            else:
                self.env.ref(
                    "resource_lending.ir_cron_lending_departure"
                ).sudo()._trigger()
        return done

    # === ACTIONS === #

    def action_lending_items(self):
        """Show what the employee has and had."""
        only_one(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "resource_lending.lending_loan_action_of_employee"
        )
        return {
            **action,
            "name": self.env._("Assets of %s", self.name),
            "domain": [("employee_id", "=", self.id), ("state", "!=", "cancelled")],
        }

    def action_lending_to_return(self):
        """Show what is still to come back from a leaver."""
        only_one(self)
        departure = self.env["lending.departure"].search(
            [("employee_id", "=", self.id)], limit=1
        )
        if not departure:
            return self.action_lending_items()
        return {
            "type": "ir.actions.act_window",
            "res_model": "lending.departure",
            "res_id": departure.id,
            "views": [(False, "form")],
        }

    def action_lending_kit(self):
        """Ask which kit to reserve."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reserve a kit"),
            "res_model": "lending.kit.reserve",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_employee_id": self.id},
        }
