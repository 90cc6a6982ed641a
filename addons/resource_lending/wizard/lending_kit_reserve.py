from odoo import Command, api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.resource_allocation.inputs import only_one


class LendingKitReserve(models.TransientModel):
    """Reserve a kit for one employee by hand, with what is optional if wished."""

    _name = "lending.kit.reserve"
    _description = "Reserve a Kit"

    employee_id = fields.Many2one("hr.employee", required=True, readonly=True)
    day = fields.Date(string="From", required=True, default=fields.Date.context_today)
    kit_ids = fields.Many2many(
        "lending.kit",
        string="Kits",
        compute="_compute_kit_ids",
        store=True,
        readonly=False,
        help="Proposed by job and department.",
    )
    line_ids = fields.One2many(
        "lending.kit.reserve.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("employee_id")
    def _compute_kit_ids(self):
        for wizard in self:
            employee = wizard.employee_id
            found = self.env["lending.kit"]._of_employees(employee)
            wizard.kit_ids = found.get(employee, False)

    @api.depends("kit_ids")
    def _compute_line_ids(self):
        for wizard in self:
            have = self.env["lending.kit"]._what_they_have(wizard.employee_id)
            wizard.line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "kit_line_id": line.id,
                        "has": have.get((wizard.employee_id.id, line.type_id.id), 0),
                        "chosen": not line.optional,
                    }
                )
                for line in wizard.kit_ids.line_ids._origin
            ]

    def action_reserve(self):
        """Reserve what is chosen and free; ask for the rest.

        :raise AccessError: for others than lending and HR officers.
        """
        only_one(self)
        user = self.env.user
        if not (
            user.has_group("resource_lending.lending_group_officer")
            or user.has_group("hr.group_hr_user")
        ):
            raise AccessError(
                self.env._("Kits are reserved by lending officers and by HR.")
            )
        lines = self.line_ids.filtered("chosen").kit_line_id
        self.employee_id.check_access("read")
        lines.check_access("read")
        # HR begins people's work without being lending officers; an administrator
        # wrote the kits.
        kits = self.env["lending.kit"].sudo()
        loans, requests = kits._reserve({self.employee_id.sudo(): lines}, self.day)
        kits._tell(self.employee_id.sudo(), loans, requests)
        return self._tell_user(loans, requests)

    def _tell_user(self, loans, requests):
        message = self.env._(
            "Reserved: %(reserved)s. Not free, requested: %(missing)s.",
            reserved=", ".join(loans.asset_id.mapped("display_name")) or "–",
            missing=", ".join(requests.mapped("type_id.display_name")) or "–",
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if requests else "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


class LendingKitReserveLine(models.TransientModel):
    """One item of the kit, to be reserved or left out."""

    _name = "lending.kit.reserve.line"
    _description = "Item of a Kit to Reserve"

    wizard_id = fields.Many2one(
        "lending.kit.reserve", required=True, ondelete="cascade"
    )
    kit_line_id = fields.Many2one("lending.kit.line", required=True)
    type_id = fields.Many2one(related="kit_line_id.type_id")
    quantity = fields.Integer(related="kit_line_id.quantity")
    has = fields.Integer(string="Has already", help="Held, promised or asked for.")
    chosen = fields.Boolean(string="Reserve")
