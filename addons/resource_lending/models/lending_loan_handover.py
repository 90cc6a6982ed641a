from odoo import api, fields, models

from odoo.addons.resource_allocation.inputs import only_one


class LendingLoan(models.Model):
    """The papers of an assignment, and the counter's buttons."""

    _inherit = "lending.loan"

    handover_id = fields.Many2one(
        "lending.handover",
        string="Handed out with",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    return_handover_id = fields.Many2one(
        "lending.handover",
        string="Returned with",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    @api.model
    def _guarded_fields(self):
        """Which hand-over it was, says confirming it."""
        return super()._guarded_fields() | {"handover_id", "return_handover_id"}

    # === BUTTONS === #

    def action_hand_out(self):
        """Open hand-overs for what is reserved: one for each holder (L3, L7).

        :raise AccessError: for who reads assignments only, as managers of a team.
        :raise UserError: one of them is not reserved.
        """
        self.env["lending.handover"].check_access("create")
        self._check_state("reserved", self.env._("handed out"))
        lines = self.env["lending.handover.line"].search(
            [("loan_id", "in", self.ids), ("state", "=", "draft")]
        )
        documents = lines.handover_id
        documents |= self.env["lending.handover"]._prepare_for(self - lines.loan_id)
        return documents._open()

    def action_recall(self):
        """Ask for these back (L11)."""
        self._check_state("out", self.env._("recalled"))
        return self._open_counter("lending.recall", self.env._("Recall"))

    def action_return(self):
        """Register what came back, or process it once more (L12, L14)."""
        known = self.filtered(lambda loan: loan.state in ("out", "closed"))
        (self - known)._check_state("out", self.env._("taken back"))
        return self._open_counter("lending.return", self.env._("Return and process"))

    def action_extend(self):
        """Give these another return date (L10)."""
        known = self.filtered(lambda loan: loan.state in ("out", "reserved"))
        (self - known)._check_state("out", self.env._("given a return date"))
        return self._open_counter("lending.extend", self.env._("Return date"))

    def action_transfer(self):
        """Pass these on to somebody else without coming back."""
        self._check_state("out", self.env._("passed on"))
        return self._open_counter("lending.transfer", self.env._("Pass on"))

    def action_correct(self):
        """Put right what was recorded wrongly (LC11)."""
        only_one(self)
        return self._open_counter("lending.correct", self.env._("Correct"))

    def action_cancel(self):
        """Cancel reservations; the holders are told (L20)."""
        self.cancel()

    def _open_counter(self, model, name):
        """The window of one of the counter's actions, for these assignments."""
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_loan_ids": self.ids},
        }


class LendingHandover(models.Model):
    _inherit = "lending.handover"

    @api.model
    def _prepare_for(self, loans):
        """Open documents that will hand out these reservations, one for each holder."""
        groups = loans.grouped(lambda loan: tuple(loan._holder_values().items()))
        return self.create(
            [
                {
                    **dict(key),
                    "holder_kind": some[0].holder_kind,
                    "due_date": some[0].due_date,
                    "company_id": some[0].company_id.id,
                    "line_ids": [
                        fields.Command.create(
                            {"asset_id": loan.asset_id.id, "loan_id": loan.id}
                        )
                        for loan in some
                    ],
                }
                for key, some in groups.items()
            ]
        )

    def _open(self):
        """The window of these documents: the form of a single one."""
        xml_id = "resource_lending.lending_handover_action"
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        action.pop("context", None)
        if len(self) == 1:
            return {**action, "res_id": self.id, "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", self.ids)]}
