from odoo import fields, models

HOLDER_OF = {
    "to_employee_id": "employee_id",
    "to_department_id": "department_id",
    "to_place_id": "place_id",
    "to_partner_id": "partner_id",
}
"""Which field of an assignment each new holder becomes."""


class LendingChangeTarget(models.AbstractModel):
    """What a change document makes of things: the columns of LW6.

    User, Responsible and Customer are the new holder in the line's role; Department
    and Location hold things, too, and Location also says where things are kept; Class
    is the type. Object and Project have no counterpart: custody is posted to no
    analytic account. What is empty stays as it is.
    """

    _name = "lending.change.target"
    _description = "What Changes"

    to_employee_id = fields.Many2one("hr.employee", string="New holder")
    to_department_id = fields.Many2one("hr.department", string="New department")
    to_place_id = fields.Many2one(
        "lending.place",
        string="New place",
        help="The place has it: a meeting room, a workshop.",
    )
    to_partner_id = fields.Many2one("res.partner", string="New external person")
    to_sponsor_id = fields.Many2one(
        "hr.employee",
        string="Sponsor",
        help="The employee who answers for the external person.",
    )
    due_date = fields.Date(string="Return by", help="The last day, included.")
    date_to = fields.Date(
        string="Ends on",
        help="The last day of the new holder; without one, of the present holder.",
    )
    keep_at_id = fields.Many2one(
        "lending.place", string="Kept at", help="Where it lies when nobody has it."
    )
    to_type_id = fields.Many2one("lending.type", string="New type")

    def _target_values(self):
        """What changes, as values of another record of these columns."""
        self.ensure_one()
        names = self.env["lending.change.target"]._fields
        return {
            name: self[name].id if self._fields[name].relational else self[name]
            for name in names
            if name not in models.MAGIC_COLUMNS
            and name != "display_name"
            and self[name]
        }

    def _holder_vals(self):
        """The new holder as values of an assignment; empty where none is named."""
        self.ensure_one()
        return {
            **{HOLDER_OF[name]: self[name].id for name in self._holders()},
            **({"sponsor_id": self.to_sponsor_id.id} if self.to_partner_id else {}),
        }

    def _holders(self):
        """The names of the columns that name a new holder."""
        self.ensure_one()
        return [name for name in HOLDER_OF if self[name]]
