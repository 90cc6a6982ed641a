from odoo import fields, models
from odoo.exceptions import UserError

from .lending_holder_mixin import FIELD_OF_KIND


class LendingHandover(models.Model):
    """Confirming: the whole document in one batch, or nothing of it."""

    _inherit = "lending.handover"

    def confirm(self):
        """Hand out, or take back, all that is on these documents: all or nothing.

        :return: these, and those that were split off because what came back was of
            several people.
        :raise UserError: nothing on it, no holder, not open, or a signature missing.
        :raise AllocationConflict: a thing is promised to somebody else.
        """
        self.check_access("write")
        self._check_open()
        documents = self.browse()
        for handover in self:
            if not handover.line_ids:
                raise UserError(
                    self.env._("Nothing is on it yet: scan or add the things first.")
                )
            # The document's company decides, not the one the user looks at.
            handover = handover.with_company(handover.company_id)
            if handover.direction == "out":
                documents |= handover._confirm_out()
            else:
                documents |= handover._confirm_back()
        return documents

    def cancel(self):
        """Give up open documents; the reservations on them stay as they are.

        :raise UserError: what is done is corrected, not cancelled.
        """
        self.check_access("write")
        self._check_open()
        self._store({"state": "cancelled"})

    def _check_open(self):
        for handover in self:
            if handover.state != "draft":
                raise UserError(
                    self.env._("%s is no longer open.", handover.display_name)
                )

    # === OUT === #

    def _confirm_out(self):
        """What is reserved for the holder, and what goes out at once (L7, L20)."""
        holder = self._holder_vals()
        lines = self.line_ids
        lines._find_reservations(holder)
        self._check_signature()
        at = self.date or fields.Datetime.now()
        direct = lines.filtered(lambda line: not line.loan_id)
        (lines - direct).loan_id.hand_out(at)
        if direct:
            loans = self.env["lending.loan"].hand_out_directly(
                [
                    {**holder, "due_date": self.due_date, "asset_id": line.asset_id.id}
                    for line in direct
                ],
                at,
            )
            for line, loan in zip(direct, loans, strict=True):
                line.loan_id = loan
        lines.loan_id._store({"handover_id": self.id})
        self._finish(at)
        return self

    # === BACK === #

    def _confirm_back(self):
        """One batch for each outcome; each person gets a document of their own."""
        self.line_ids._find_custody()
        documents = self._split_by_holder()
        for handover in documents:
            at = handover.date or fields.Datetime.now()
            groups = handover.line_ids.grouped(
                lambda line: (line.outcome, line.condition_note or None)
            )
            for (outcome, condition), lines in groups.items():
                lines.loan_id.take_back(at=at, outcome=outcome, note=condition)
            handover.line_ids.loan_id._store({"return_handover_id": handover.id})
            handover._finish(at)
        return documents

    def _split_by_holder(self):
        """One document for each holder whose things came back: nobody's receipt shows
        what another person had. This document goes first."""
        names = (*FIELD_OF_KIND.values(), "sponsor_id", "company_id")
        groups = self.line_ids.grouped(
            lambda line: tuple(line.loan_id[name].id for name in names)
        )
        own = tuple(self[name].id for name in names)
        first = own if own in groups else next(iter(groups))
        documents = self.browse()
        for key in sorted(groups, key=lambda one: one != first):
            vals = dict(zip(names, key, strict=True))
            vals["holder_kind"] = groups[key].loan_id[0].holder_kind
            if key == first:
                document = self
                document.write(vals)
            else:
                document = self.create({**self._prepare_sibling_vals(), **vals})
                groups[key].write({"handover_id": document.id})
            documents += document
        self.invalidate_recordset(["line_ids"])
        return documents

    def _prepare_sibling_vals(self):
        """What documents share that were one return. Override to add your own."""
        return {
            "direction": self.direction,
            "company_id": self.company_id.id,
            "date": self.date,
            "note": self.note,
            "send_receipt": self.send_receipt,
        }

    # === BOTH === #

    def _finish(self, at):
        """Number and freeze the document, then tell the holder (L9)."""
        self._number(at)
        self.line_ids._freeze()
        if self.direction == "out":
            self._freeze_terms()
            self._await_signature()
        if self.signature:
            self._accept({"signed_by": self.signed_by or self.holder_name})
        if self.send_receipt:
            self._notify_receipt()

    def _number(self, at):
        """Narrow sudo: numbers are nobody's to read."""
        sequence = self.env["ir.sequence"].with_company(self.company_id).sudo()
        for handover in self:
            code = f"lending.handover.{handover.direction}"
            handover._store(
                {
                    "state": "done",
                    "date": at,
                    "user_id": self.env.uid,
                    "name": handover.name or sequence.next_by_code(code),
                }
            )
