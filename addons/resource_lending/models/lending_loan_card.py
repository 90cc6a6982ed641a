"""Rows typed on the employee's card."""

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.resource_allocation.inputs import yes_or_no


class LendingLoan(models.Model):
    _inherit = "lending.loan"

    is_my_team = fields.Boolean(
        compute="_compute_is_my_team",
        search="_search_is_my_team",
        string="My team's",
        help="Of somebody below the one who looks at it, at any depth.",
    )

    def _compute_is_my_team(self):
        team = self.filtered_domain(self._domain_my_team())
        for loan in self:
            loan.is_my_team = loan in team

    def _search_is_my_team(self, operator, value):
        if operator != "in":
            return NotImplemented
        team = self._domain_my_team()
        return yes_or_no(team, value)

    @api.model
    def _domain_my_team(self):
        """Rows of the people below me, without my own (D41)."""
        mine = self.env.user.employee_ids.ids
        return Domain("employee_id", "child_of", mine) & Domain(
            "employee_id", "not in", mine
        )

    @api.onchange("asset_id", "date_from", "date_to", "role")
    def _onchange_employee_card(self):
        """D13: say at once that somebody else has it then, and offer to take it over
        (LT8, LC3). The asset's card ends the former row instead (D10)."""
        if not self.env.context.get("lending_employee_card") or self._origin.id:
            return None
        if not self.has_access("create"):
            return None
        if not (self.asset_id and self.date_from):
            return None
        self.hr_type_id = self.hr_type_id or self.asset_id.type_id.hr_type_id
        try:
            self._make_room([self._prepare_card_row()])
        except ValidationError as refusal:
            return self._refuse_on_card(refusal)
        return None

    def _prepare_card_row(self):
        """The typed row as the checks of custody want it."""
        asset = self.asset_id._origin
        row = self._with_instants(
            {
                "asset_id": asset.id,
                "employee_id": self.employee_id._origin.id,
                "role": self.role,
                "single": asset._is_held_singly(self.role),
                "date_from": self.date_from,
                "date_to": self.date_to,
            },
            asset._lending_company(),
        )
        self._check_order(row)
        return row

    def _refuse_on_card(self, refusal):
        """Empty the row; where the former holder can be followed, offer it.

        :raise RedirectWarning: with the way to take it over. The web client then puts
            the row back to what it was, that is empty.
        """
        former = self._former_to_take_over()
        text = str(refusal)
        if former:
            raise RedirectWarning(
                text,
                self._prepare_take_over_action(),
                self.env._(
                    "Take over from %(holder)s on %(date)s",
                    holder=former.holder_name,
                    date=format_date(self.env, self.date_from),
                ),
            )
        self.asset_id = False
        return {"warning": {"title": self.env._("Not possible"), "message": text}}

    def _former_to_take_over(self):
        """The row of somebody else that a take-over would end; empty if none."""
        try:
            row = self._prepare_card_row()
            ended = self.with_context(lending_take_over=True)._make_room([row])
        except ValidationError:
            return self.browse()
        former = self.browse(ended[0][0].id) if ended else self.browse()
        return former.filtered(
            lambda loan: loan.employee_id != self.employee_id._origin
        )

    def _prepare_take_over_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take over"),
            "res_model": "lending.take.over",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_asset_id": self.asset_id._origin.id,
                "default_employee_id": self.employee_id._origin.id,
                "default_hr_type_id": self.hr_type_id._origin.id,
                "default_role": self.role,
                "default_date_from": fields.Date.to_string(self.date_from),
                "default_date_to": self.date_to and fields.Date.to_string(self.date_to),
            },
        }
