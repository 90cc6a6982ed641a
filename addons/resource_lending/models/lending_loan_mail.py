from odoo import models


class LendingLoan(models.Model):
    """Messages about assignments: after the deed, one for each person (L4, L11)."""

    _inherit = "lending.loan"

    def _partners_to_tell(self, kind):
        """Contacts with an address: the holder, an external person's sponsor (LC10),
        and of a lapsed reservation also who made it (L20)."""
        self.ensure_one()
        partners = self._holder_partner()
        sponsor = self.sponsor_id
        partners |= sponsor.user_id.partner_id or sponsor.work_contact_id
        if kind == "lapsed":
            partners |= self.create_uid.partner_id
        return partners.filtered("email")

    def _notify_reserved(self):
        self.env["lending.notice"]._queue("reserved", self)
        return super()._notify_reserved()

    def _notify_recalled(self):
        self.env["lending.notice"]._queue("recalled", self)
        return super()._notify_recalled()

    def _notify_cancelled(self, reason=None):
        self.env["lending.notice"]._queue("cancelled", self, note=reason)
        return super()._notify_cancelled(reason)

    def _notify_lapsed(self):
        self.env["lending.notice"]._queue("lapsed", self)
        return super()._notify_lapsed()
