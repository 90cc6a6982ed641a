from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.resource_allocation.inputs import only_one

from ..models.lending_event import OUTCOMES


class LendingReturn(models.TransientModel):
    """Registers what came back and what became of it; again, where more turns out
    later (L12-L14)."""

    _name = "lending.return"
    _description = "Return and Process"

    asset_ids = fields.Many2many("lending.asset")
    loan_ids = fields.Many2many("lending.loan")
    date = fields.Datetime(string="When", help="Empty: now.")
    outcome = fields.Selection(
        OUTCOMES,
        string="All are",
        help="In stock: handed back, can be lent again. Lost: mislaid or stolen. "
        "Outdated: broken or obsolete.",
    )
    send_receipt = fields.Boolean(
        string="Send a receipt", help="Of what came back, to who had it."
    )
    line_ids = fields.One2many(
        "lending.return.line",
        "wizard_id",
        string="Items",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("asset_ids", "loan_ids")
    def _compute_line_ids(self):
        """A line for each assignment, and for each thing that nobody has."""
        for window in self:
            loans = window.loan_ids._origin
            assets = window.asset_ids._origin
            live = assets._live_loans()
            for some in live.values():
                loans = loans.union(*[one for one in some if one.state == "out"])
            here = assets - loans.asset_id
            window.line_ids = [
                Command.clear(),
                *(
                    Command.create({"loan_id": loan.id, "asset_id": loan.asset_id.id})
                    for loan in loans
                ),
                *(Command.create({"asset_id": asset.id}) for asset in here),
            ]

    @api.onchange("outcome")
    def _onchange_outcome(self):
        """One answer for all lines."""
        if self.outcome:
            self.line_ids.outcome = self.outcome

    def action_process(self):
        """Take back what is out, and process once more what is here.

        :raise UserError: nothing chosen, or a time to come.
        """
        only_one(self)
        if not self.line_ids:
            raise UserError(self.env._("Choose what came back."))
        out = self.line_ids.filtered(lambda line: line.loan_id.state == "out")
        documents = self._take_back(out) if out else self.env["lending.handover"]
        rest = self.line_ids - out
        for (outcome, note), lines in rest.grouped(
            lambda line: (line.outcome, line.condition_note or None)
        ).items():
            lines.loan_id.process(outcome, note, self.date)
            assets = lines.filtered(lambda line: not line.loan_id).asset_id
            if assets:
                assets.process(outcome, note, self.date)
        return (
            documents._open() if documents else {"type": "ir.actions.act_window_close"}
        )

    def _take_back(self, lines):
        """One document for each person who had some of these."""
        return (
            self.env["lending.handover"]
            .create(
                {
                    "direction": "back",
                    "date": self.date,
                    "send_receipt": self.send_receipt,
                    "company_id": lines.loan_id[:1].company_id.id,
                    "line_ids": [
                        Command.create(line._prepare_handover_line()) for line in lines
                    ],
                }
            )
            .confirm()
        )


class LendingReturnLine(models.TransientModel):
    """What became of one thing."""

    _name = "lending.return.line"
    _description = "Item that Came Back"

    wizard_id = fields.Many2one("lending.return", required=True, ondelete="cascade")
    loan_id = fields.Many2one("lending.loan")
    asset_id = fields.Many2one("lending.asset", string="Item", required=True)
    holder_name = fields.Char(related="loan_id.holder_name", string="From")
    outcome = fields.Selection(
        OUTCOMES,
        required=True,
        default="in_stock",
        string="Is",
    )
    condition_note = fields.Char(string="Condition")
    photo_ids = fields.Many2many("ir.attachment", string="Photos")

    def _prepare_handover_line(self):
        return {
            "asset_id": self.asset_id.id,
            "loan_id": self.loan_id.id,
            "outcome": self.outcome,
            "condition_note": self.condition_note,
            "photo_ids": [Command.set(self.photo_ids.ids)],
        }
