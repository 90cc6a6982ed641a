"""Those who have the things say themselves what they have."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class LendingStocktakeLine(models.Model):
    _inherit = "lending.stocktake.line"

    @api.model
    def _lines_to_confirm(self, holder):
        """What a holder is asked about: rows of sheets being counted, as superuser.

        :param holder: an employee or a contact. For things of a department its manager
            is asked.
        """
        by_kind = {
            "hr.employee": Domain("loan_ids.employee_id", "in", holder.ids)
            | Domain("loan_ids.department_id.manager_id", "in", holder.ids),
            "res.partner": Domain("loan_ids.partner_id", "in", holder.ids),
        }
        # Narrow sudo: holders have no right to stock-takes but to answer their rows.
        lines = self.sudo().search(
            by_kind[holder._name]
            & Domain("stocktake_id.state", "=", "counting")
            & Domain("stocktake_id.ask_holders", "=", True)
            & Domain("counted", "=", False)
        )
        return lines.filtered(lambda line: line._is_held_by(holder))

    def _is_held_by(self, holder):
        loans = self._holder_loans()
        if holder._name == "res.partner":
            return holder in loans.partner_id
        return holder in (loans.employee_id | loans.department_id.manager_id)

    @api.private
    def confirm_by_holder(self, holder, have=True, note=None):
        """A holder says of own rows that the things are there, or that they are not.

        Who answered and when is kept. A row that somebody counted meanwhile keeps its
        count.

        :param holder: employee or contact, whom the caller has recognised.
        :raise AccessError: a row of somebody else.
        :raise UserError: the sheet is confirmed or does not ask holders.
        """
        lines = self.sudo()
        if any(not line._is_held_by(holder.sudo()) for line in lines):
            raise AccessError(self.env._("Only the holder of a thing answers for it."))
        lines.stocktake_id._hold_open()
        if any(
            sheet.state != "counting" or not sheet.ask_holders
            for sheet in lines.stocktake_id
        ):
            raise UserError(self.env._("This stock-take does not ask its holders."))
        answer = {"confirmed_at": fields.Datetime.now()}
        employee = holder._name == "hr.employee"
        answer["confirmed_employee_id" if employee else "confirmed_partner_id"] = (
            holder.id
        )
        if note:
            answer["note"] = note
        lines._store(answer)
        lines.filtered(lambda line: not line.counted)._store(
            {"counted": "1" if have else "0", **self._stamp("holder")}
        )
