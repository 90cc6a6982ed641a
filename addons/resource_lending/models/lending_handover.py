from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .lending_holder_mixin import FIELD_OF_KIND

OPEN = {
    *FIELD_OF_KIND.values(), "holder_kind", "sponsor_id", "due_date", "date",
    "line_ids", "method", "signature", "signed_by", "send_receipt", "direction",
    "company_id", "user_id",
}  # fmt: skip
"""What may be written while a document is open, and not afterwards."""


class LendingHandover(models.Model):
    """Things that change hands at one moment: one signature, one receipt, one mail.

    What goes out makes loans, or takes up reserved ones; what comes back ends them.
    The document keeps the words the holder signed.
    """

    _name = "lending.handover"
    _description = "Hand-over"
    _inherit = [
        "lending.holder.mixin",
        "resource.guarded.mixin",
        "barcodes.barcode_events_mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, copy=False, index="trigram")
    direction = fields.Selection(
        [("out", "Hand-out"), ("back", "Return")],
        required=True,
        default="out",
        readonly=True,
        index=True,
    )
    state = fields.Selection(
        [("draft", "Open"), ("done", "Done"), ("cancelled", "Cancelled")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    employee_id = fields.Many2one(index="btree_not_null", check_company=True)
    partner_id = fields.Many2one(index="btree_not_null")
    sponsor_id = fields.Many2one(index="btree_not_null", check_company=True)
    department_id = fields.Many2one(check_company=True)
    place_id = fields.Many2one(check_company=True)
    holder_name = fields.Char(store=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="At the counter",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    date = fields.Datetime(
        string="When",
        copy=False,
        help="Empty: the moment it is confirmed.",
    )
    line_ids = fields.One2many("lending.handover.line", "handover_id", string="Items")
    line_count = fields.Integer(compute="_compute_line_count", string="Items in all")
    note = fields.Text(string="Remarks")
    code = fields.Char(
        string="Scan or type",
        store=False,
        help="The code, barcode or serial number of a thing, or its QR label.",
    )

    @api.depends("line_ids")
    def _compute_line_count(self):
        for handover in self:
            handover.line_count = len(handover.line_ids)

    @api.depends("name", "direction", "holder_name")
    def _compute_display_name(self):
        labels = dict(self._fields["direction"]._description_selection(self.env))
        for handover in self:
            parts = (handover.name or labels[handover.direction], handover.holder_name)
            handover.display_name = ", ".join(filter(None, parts))

    @api.constrains("holder_kind", *FIELD_OF_KIND.values(), "sponsor_id")
    def _check_one_holder(self):
        for handover in self:
            named = {kind for kind, name in FIELD_OF_KIND.items() if handover[name]} - {
                handover.holder_kind
            }
            if named:
                raise ValidationError(
                    self.env._("A hand-over is for one person, department or place.")
                )

    @api.model
    def _guarded_fields(self):
        """What confirming, signing and correcting write."""
        return super()._guarded_fields() | {
            "state", "name", "holder_name", "signed_at", "terms", "revision",
            "corrects_id",
        }  # fmt: skip

    def write(self, vals):
        """Change what is open; afterwards only remarks.

        :raise UserError: it is no longer open.
        """
        if OPEN & vals.keys() and not self._is_unlocked([vals]):
            self._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if done := self.filtered(lambda handover: handover.state == "done"):
            raise UserError(
                self.env._(
                    "%s is done and stays in the history. Correct a wrong item on its "
                    "assignment instead.",
                    done[0].display_name,
                )
            )
