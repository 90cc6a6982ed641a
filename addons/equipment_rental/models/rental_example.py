from odoo import api, models

CATALOGUE = (
    "product.category",
    "stock.warehouse",
    "product.template",
    "rental.fee",
    "rental.damage",
    "res.partner",
    "project.project",
    "stock.lot",
    "stock.quant",
)
"""The files of the example company, in the order they are imported."""

STAFF = ("hr.department", "hr.employee")
"""Its people, where there are employees at all."""


class RentalExample(models.AbstractModel):
    """The example company in ``demo/example``: what it rents out, and its people."""

    _name = "rental.example"
    _description = "Rental Example Company"
    _inherit = ["resource.example.mixin"]
    _folder = "equipment_rental/demo/example"

    @api.model
    def _load_catalogue(self):
        """Import the catalogue the way a user does, by Odoo's own import.

        The records become the user's own: uninstalling the addon leaves them.

        :return: ``{model: ids}`` of what was imported.
        :raise ValueError: with the import's own messages when a file does not fit.
        """
        return {model: self._import(model, *self._read(model)) for model in CATALOGUE}

    @api.model
    def _load_staff(self):
        """Import the people, once, as soon as *Employees* is installed.

        Whoever has a user with the same address is that user.

        :return: as :meth:`_load_catalogue`; empty when there is nothing to do.
        """
        known = self.env.ref("__import__.example_employee_manager", False)
        if "hr.employee" not in self.env or known:
            return {}
        imported = {}
        for model in STAFF:
            header, rows = self._read(model)
            if model == "hr.employee":
                self._add_users(header, rows)
            imported[model] = self._import(model, header, rows)
        people = self.env["hr.employee"].browse(imported["hr.employee"])
        for department, members in people.grouped("department_id").items():
            department.manager_id = members.filtered(
                lambda one: one.parent_id.department_id != one.department_id
            )
        return imported

    @api.model
    def _add_users(self, header, rows):
        """Add the column of the users: in a file they would bind it to the demo."""
        mail = header.index("work_email")
        users = self.env["res.users"].search([("email", "in", [r[mail] for r in rows])])
        id_of = {user.email: str(user.id) for user in users if not user.employee_ids}
        header.append("user_id/.id")
        for row in rows:
            row.append(id_of.get(row[mail], ""))
