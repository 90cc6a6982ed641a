from odoo import api, fields, models
from odoo.exceptions import UserError

FIELD_OF_KIND = {
    "employee": "employee_id",
    "partner": "partner_id",
    "department": "department_id",
    "place": "place_id",
}
"""Which field names the holder of each kind."""


class LendingHolderMixin(models.AbstractModel):
    """Asks who gets things, the same way wherever they change hands (L4, LC10)."""

    _name = "lending.holder.mixin"
    _description = "Who Gets It"

    holder_kind = fields.Selection(
        [
            ("employee", "Employee"),
            ("partner", "External person"),
            ("department", "Department"),
            ("place", "Place"),
        ],
        string="For",
        required=True,
        default="employee",
    )
    employee_id = fields.Many2one("hr.employee")
    partner_id = fields.Many2one(
        "res.partner",
        string="External person",
        help="A contractor or visitor; an employee answers for them.",
    )
    sponsor_id = fields.Many2one(
        "hr.employee",
        help="The employee who answers for the external person and gets the same mail.",
    )
    department_id = fields.Many2one("hr.department")
    place_id = fields.Many2one("lending.place")
    due_date = fields.Date(
        string="Return date",
        help="The last day. May stay empty, except for external persons.",
    )
    holder_name = fields.Char(compute="_compute_holder_name", compute_sudo=True)
    holder_notice = fields.Char(
        compute="_compute_holder_notice",
        compute_sudo=True,
        export_string_translation=False,
    )

    @api.depends("holder_kind", *FIELD_OF_KIND.values())
    def _compute_holder_name(self):
        for record in self:
            record.holder_name = record._holder().display_name or ""

    @api.depends("holder_kind", *FIELD_OF_KIND.values())
    def _compute_holder_notice(self):
        """Whom no message reaches must be told in person."""
        for record in self:
            holder = record._holder()
            record.holder_notice = False
            if holder and not record._holder_partner().email:
                record.holder_notice = self.env._(
                    "%s has no e-mail address: no message will be sent.",
                    holder.display_name,
                )

    @api.onchange("holder_kind")
    def _onchange_holder_kind(self):
        """Keep no holder of another kind."""
        for kind, name in FIELD_OF_KIND.items():
            if kind != self.holder_kind:
                self[name] = False
        if self.holder_kind != "partner":
            self.sponsor_id = False

    def _holder(self):
        """The record that gets the things; empty while none is chosen."""
        self.ensure_one()
        name = FIELD_OF_KIND.get(self.holder_kind)
        return self[name] if name else self.env["hr.employee"]

    def _holder_partner(self):
        """Where mail for the holder goes; empty for a place."""
        self.ensure_one()
        holder = self._holder()
        if self.holder_kind == "department":
            holder = holder.manager_id
        if holder._name == "hr.employee":
            return holder.user_id.partner_id or holder.work_contact_id
        return self.partner_id if self.holder_kind == "partner" else self.partner_id[:0]

    def _holder_vals(self):
        """The holder as values of a loan.

        :raise UserError: nobody is chosen, or an external person without sponsor or
            return date (LC10).
        """
        self.ensure_one()
        if not self._holder():
            raise UserError(self.env._("Say who gets it."))
        external = self.holder_kind == "partner"
        if external and not (self.sponsor_id and self.due_date):
            raise UserError(
                self.env._(
                    "%s is an external person: name the employee who answers for them "
                    "and the return date.",
                    self.partner_id.display_name,
                )
            )
        vals = {
            name: self[name].id if kind == self.holder_kind else False
            for kind, name in FIELD_OF_KIND.items()
        }
        vals["sponsor_id"] = self.sponsor_id.id if external else False
        return vals
