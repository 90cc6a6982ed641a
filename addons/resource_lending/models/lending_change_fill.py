from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.inputs import only_one


class LendingChange(models.Model):
    """Fills a change document by filter: all things of a person, a department, a
    place, a type (LW6)."""

    _inherit = "lending.change"

    fill_employee_id = fields.Many2one("hr.employee", string="All things of")
    fill_department_id = fields.Many2one(
        "hr.department",
        string="All things of department",
        help="What it has and what its employees have, as of the date of the document; "
        "with the departments below it.",
    )
    fill_place_id = fields.Many2one(
        "lending.place",
        string="All things at",
        help="What the place has and what lies there; with the places in it.",
    )
    fill_type_id = fields.Many2one("lending.type", string="Of type")
    fill_category_id = fields.Many2one("lending.category", string="Of category")
    fill_role = fields.Selection(
        [("user", "Users"), ("responsible", "Responsibles")], string="Held as"
    )

    def action_fill(self):
        """Add a line for each thing that the filter finds as of the date, with what
        shall change.

        :raise UserError: confirmed; no filter; nothing found.
        """
        only_one(self)
        self._check_draft()
        report = self.env["lending.custody.report"].with_context(
            lending_as_of=self.date
        )
        found = report.search(self._fill_domain(), order="asset_id, id")
        lines = self._lines_to_add(found)
        if not lines:
            raise UserError(
                self.env._("The filter finds nothing that is not in the list already.")
            )
        self.env["lending.change.line"].create(lines)
        return True

    def _fill_domain(self):
        domain = [("company_id", "=", self.company_id.id)]
        for name, operator in (
            ("employee_id", "="),
            ("department_id", "child_of"),
            ("place_id", "child_of"),
            ("type_id", "="),
            ("category_id", "="),
        ):
            if self[f"fill_{name}"]:
                domain.append((name, operator, self[f"fill_{name}"].id))
        if len(domain) == 1:
            raise UserError(
                self.env._("Say whose things, or which, the document is about.")
            )
        if self.fill_role:
            domain.append(("role", "in", (self.fill_role, False)))
        return domain

    def _lines_to_add(self, found):
        """Values of a line for each row found; of a write-off one for each asset."""
        known = {line._fill_key() for line in self.line_ids}
        target = self._target_values() if self.kind == "change" else {}
        added = []
        for row in found:
            key = self._key_of_row(row)
            if key in known:
                continue
            known.add(key)
            added.append(
                {
                    **target,
                    "change_id": self.id,
                    "asset_id": row.asset_id.id,
                    **({"role": row.role} if row.role else {}),
                    **({"loan_id": row.loan_id.id} if row.loan_id else {}),
                }
            )
        return added

    def _key_of_row(self, row):
        if self.kind == "write_off":
            return row.asset_id.id
        return row.asset_id.id, row.loan_id.id

    def action_set_lines(self):
        """Put what shall change into all lines."""
        only_one(self)
        self.line_ids.write(self._target_values())
        return True


class LendingChangeLine(models.Model):
    _inherit = "lending.change.line"

    def _fill_key(self):
        if self.kind == "write_off":
            return self.asset_id.id
        return self.asset_id.id, self.loan_id.id
