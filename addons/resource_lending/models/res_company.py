import pytz

from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    lending_relation = fields.Selection(
        [
            ("user", "User"),
            ("responsible", "Responsible"),
            ("none", "None"),
        ],
        string="Relation of asset and employee",
        required=True,
        default="user",
        help="The role that the rows of an asset carry (LS1). The other role is always "
        "held by one person at a time.",
    )
    lending_single = fields.Boolean(
        string="One at a time",
        default=True,
        help="An asset has one active holder of that role at a time: a new row ends "
        "the former one the day before (LS2).",
    )
    lending_untyped_selectable = fields.Boolean(
        string="Offer things without a personnel type",
        default=True,
        help="On the employee's page, things whose type has no personnel type can be "
        "chosen for any (LS4).",
    )
    lending_rows_typed = fields.Boolean(
        string="Type holders on cards",
        default=True,
        help="Off: only change documents may change who has what (LS5). History is "
        "kept either way.",
    )
    lending_managers_see_team = fields.Boolean(
        string="Managers see their team's things",
        default=True,
        help="Of everybody below them, and of nobody else (LS6).",
    )

    def _lending_is_single(self, role):
        """Whether one person at a time holds ``role``: LS2 governs the role of LS1,
        the other one is always single (LC7)."""
        self.ensure_one()
        governed = "responsible" if self.lending_relation == "responsible" else "user"
        return self.lending_single if role == governed else True

    def _lending_tz(self):
        """The one time zone in which this company's days of custody begin and end."""
        self.ensure_one()
        company = self.sudo()
        name = company.resource_calendar_id.tz or company.partner_id.tz
        return pytz.timezone(name or "UTC")

    @api.constrains("lending_relation", "lending_single")
    def _check_lending_single(self):
        """Let rows follow the setting; refuse where several already hold one role.

        :raise ValidationError: naming the assets to settle first.
        """
        for company in self:
            self.env["lending.loan"]._follow_holding([("company_id", "=", company.id)])
