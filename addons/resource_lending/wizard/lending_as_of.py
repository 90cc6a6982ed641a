from odoo import fields, models

from odoo.addons.resource_allocation.inputs import only_one


class LendingAsOf(models.TransientModel):
    """The date box of the asset list and the employee list (D38-D40)."""

    _name = "lending.as.of"
    _description = "Who Had What on a Date"

    date = fields.Date(
        string="As of",
        default=lambda self: self.env["lending.loan"]._today(),
        help="The end of that day counts. Empty: now.",
    )
    subject = fields.Selection(
        [
            ("assets", "Assets: each with who had it"),
            ("employees", "Employees: each with what they had"),
        ],
        string="List",
        required=True,
        default="assets",
    )

    def action_open(self):
        """Open the list as of the date, which its title tells."""
        only_one(self)
        report = self.env["lending.custody.report"].with_context(
            lending_as_of=self.date and self.date.isoformat()
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"resource_lending.lending_custody_report_action_{self.subject}"
        )
        title = report._title(action["name"])
        return {
            **action,
            "name": title,
            "display_name": title,
            "path": False,
            "target": "current",
            "context": {
                **self._search_defaults(),
                "lending_as_of": self.date and self.date.isoformat(),
                "lending_subject": self.subject,
            },
        }

    def _search_defaults(self):
        """Group employees by department, as it was; show the role of the company."""
        company = self.env.company
        role = "responsibles" if company.lending_relation == "responsible" else "users"
        group = "department" if self.subject == "employees" else "category"
        return {f"search_default_{role}": 1, f"search_default_group_{group}": 1}
