from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date, format_time

from odoo.addons.resource_allocation.core.moment import local_day

from .lending_holder_mixin import FIELD_OF_KIND

REPORT = "resource_lending.lending_handover_report_action"


def in_words(env, moment, company):
    """A moment (naive UTC) in the language of ``env`` and the company's time zone:
    *May 6, 2024 9:00 AM*."""
    if not moment:
        return ""
    zone = company._lending_tz()
    day = format_date(env, local_day(moment, zone), date_format="medium")
    time = format_time(env, moment, tz=str(zone), time_format="short")
    return f"{day} {time}"


class LendingHandover(models.Model):
    """The receipt of a hand-over: one paper and one mail for all things on it (L9)."""

    _inherit = "lending.handover"

    send_receipt = fields.Boolean(
        string="Send a receipt",
        default=True,
        help="By e-mail, to the holder; for external persons also to the sponsor.",
    )
    revision = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=None,
        help="How often its items were corrected since.",
    )
    corrects_id = fields.Many2one(
        "lending.handover",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The hand-over in which the item was recorded wrongly.",
    )

    def action_print(self):
        """Print the receipts.

        :raise UserError: not confirmed yet.
        """
        self._check_done()
        return self.env.ref(REPORT).report_action(self)

    def action_send_receipt(self):
        """Send the receipts once more."""
        self._check_done()
        self.check_access("write")
        self._notify_receipt()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The receipt will be sent in a moment."),
            },
        }

    def _check_done(self):
        if open_ones := self.filtered(lambda handover: handover.state != "done"):
            raise UserError(
                self.env._(
                    "%s: there is a receipt once it is confirmed.",
                    open_ones[0].display_name,
                )
            )

    def _notify_receipt(self):
        """Queue one mail for each document, whatever the number of things on it."""
        for handover in self:
            kind = "receipt" if handover.direction == "out" else "returned"
            if handover.corrects_id or handover.revision:
                kind = "corrected"
            self.env["lending.notice"]._queue(
                kind, handover.line_ids.loan_id, handover=handover
            )

    # === PAPER === #

    def _receipt_lang(self):
        """The holder's language, else the company's."""
        self.ensure_one()
        partner = self.sudo()._holder_partner() or self.company_id.sudo().partner_id
        return partner.lang or self.env.lang

    def _receipt_file(self):
        """The name under which a signed receipt is kept, never to be made again;
        nothing while it may still change."""
        self.ensure_one()
        return self._receipt_name() + ".pdf" if self.signed_at else False

    def _receipt_name(self):
        """What the paper is called: *Receipt OUT/00012*; with the number of its
        correction."""
        self.ensure_one()
        parts = [self.env._("Receipt"), (self.name or "").replace("/", "-")]
        if self.revision:
            parts.append(self.env._("corrected %s", self.revision))
        return " ".join(filter(None, parts))

    def _receipt_when(self, moment):
        """A moment (UTC) as receipts show it, in the company's time zone."""
        self.ensure_one()
        return in_words(self.env, moment, self.company_id)

    def _receipt_attachment(self):
        """The paper of this document as a file, for the mail.

        Narrow sudo: of the document alone, whose reader was checked.
        """
        self.ensure_one()
        report = self.env["ir.actions.report"].sudo()
        content, kind = report._render_qweb_pdf(REPORT, self.ids)
        name = f"{self._receipt_name()}.{kind}"
        kept = self.env["ir.attachment"].sudo()
        found = kept.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("name", "=", name),
            ],
            limit=1,
        )
        return found or kept.create(
            {
                "name": name,
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    # === DOCUMENTS AFTERWARDS === #

    @api.model
    def _document(self, loans, note=None, send_receipt=True, corrects=None):
        """Documents for things that have changed hands already, one for each holder:
        they were passed on, or recorded wrongly. The holder can still sign."""
        names = (*FIELD_OF_KIND.values(), "sponsor_id")
        groups = loans.grouped(lambda loan: tuple(loan[name].id for name in names))
        documents = self.browse()
        for key, some in groups.items():
            document = self.with_company(some.company_id).create(
                {
                    **dict(zip(names, key, strict=True)),
                    "holder_kind": some[0].holder_kind,
                    "company_id": some.company_id.id,
                    "method": "portal",
                    "note": note,
                    "send_receipt": send_receipt,
                    "line_ids": [
                        Command.create(
                            {"asset_id": loan.asset_id.id, "loan_id": loan.id}
                        )
                        for loan in some
                    ],
                }
            )
            some._store({"handover_id": document.id})
            if corrects:
                document._store({"corrects_id": corrects.id})
            document._finish(fields.Datetime.now())
            documents += document
        return documents

    @api.model
    def _follow_correction(self, wrong, right, reason):
        """Papers after a correction (LC11): a new receipt for what is right, and the
        old one with the wrong item struck through. Both stay in history.

        :param wrong: cancelled loan
        :param right: the loan in its place; empty when it was never handed out
        :return: the new document, if any
        """
        old = wrong.handover_id
        if old:
            lines = old.line_ids.filtered(lambda line: line.loan_id == wrong)
            lines._store({"replaced": True})
            old._store({"revision": old.revision + 1})
            if not right or old._holder() != right._holder():
                old._notify_receipt()
        return self._document(right, note=reason, corrects=old)
