from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

OUTCOMES = [
    ("in_stock", "In stock"),
    ("lost", "Lost"),
    ("outdated", "Outdated"),
]
"""What became of a thing that came back, or did not (L13)."""


class LendingEvent(models.Model):
    """What happened to a thing, when and by whom: written once, never changed.

    The history of an asset (L8, L19) and of each time somebody had it (L14).
    """

    _name = "lending.event"
    _description = "Custody Event"
    _order = "at desc, id desc"
    _rec_name = "kind"

    loan_id = fields.Many2one(
        "lending.loan", index=True, ondelete="restrict", readonly=True
    )
    asset_id = fields.Many2one(
        "lending.asset", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="asset_id.company_id")
    kind = fields.Selection(
        [
            ("reserve", "Reserved"),
            ("hand_out", "Handed out"),
            ("accept", "Accepted"),
            ("decline", "Declined"),
            ("recall", "Recalled"),
            ("extend", "Return date changed"),
            ("return", "Returned"),
            ("process", "Processed"),
            ("transfer", "Passed on"),
            ("stocktake", "Counted"),
            ("write_off", "Written off"),
            ("correct", "Corrected"),
            ("cancel", "Cancelled"),
            ("lapse", "Lapsed"),
            ("change", "Row changed"),
        ],
        string="What",
        required=True,
        readonly=True,
    )
    holder_name = fields.Char(related="loan_id.holder_name")
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    at = fields.Datetime(
        string="When", required=True, readonly=True, default=fields.Datetime.now
    )
    outcome = fields.Selection(
        OUTCOMES,
        readonly=True,
    )
    note = fields.Text(readonly=True)
    attachment_ids = fields.Many2many("ir.attachment", string="Files", readonly=True)

    @api.model
    def _record(self, whose, kind, note=None, at=None, outcome=None, attachments=None):
        """Write the same into several histories, in sudo: events are nobody's to
        write, and the caller checked the right to do it.

        :param list whose: of each event its ``asset_id`` and, of custody, ``loan_id``
        :param datetime at: UTC, default now
        """
        shared = {
            "kind": kind,
            "note": note,
            "at": at or fields.Datetime.now(),
            "outcome": outcome,
            "attachment_ids": [Command.set(attachments.ids if attachments else [])],
            "user_id": self.env.uid,
        }
        return self.sudo().create([{**shared, **one} for one in whose])

    def write(self, vals):
        """History is not rewritten.

        :raise AccessError: always, when there is something to write.
        """
        if self:
            raise AccessError(self.env._("What happened is not changed afterwards."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What happened is not deleted."))
