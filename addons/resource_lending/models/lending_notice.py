from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from .lending_handover_receipt import in_words

TEMPLATES = {
    "reserved": "resource_lending.mail_template_lending_reserved",
    "recalled": "resource_lending.mail_template_lending_recalled",
    "cancelled": "resource_lending.mail_template_lending_cancelled",
    "lapsed": "resource_lending.mail_template_lending_lapsed",
    "receipt": "resource_lending.mail_template_lending_receipt",
    "returned": "resource_lending.mail_template_lending_returned",
    "corrected": "resource_lending.mail_template_lending_corrected",
}
"""The mail of each kind of message."""
APART = {
    "reserved": ("pickup_at", "pickup_place"),
    "recalled": ("recall_by", "recall_message"),
}
"""What the things in one message must share."""
BATCH = 100


class LendingNotice(models.Model):
    """One message to one person about any number of things, and whether it went out.

    Written with the deed, mailed after it: the counter waits for no mail, and a deed
    that is undone tells nobody.
    """

    _name = "lending.notice"
    _description = "Lending Message"
    _order = "id desc"
    _rec_name = "kind"

    kind = fields.Selection(
        [
            ("reserved", "To collect"),
            ("recalled", "Recall"),
            ("cancelled", "Reservation cancelled"),
            ("lapsed", "Reservation lapsed"),
            ("receipt", "Receipt"),
            ("returned", "Receipt of a return"),
            ("corrected", "Corrected receipt"),
        ],
        string="About",
        required=True,
        readonly=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="To",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    loan_ids = fields.Many2many("lending.loan", string="Assignments", readonly=True)
    handover_id = fields.Many2one(
        "lending.handover", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    note = fields.Text(readonly=True)
    user_id = fields.Many2one("res.users", string="From", readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    state = fields.Selection(
        [("waiting", "Waiting"), ("sent", "Sent"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="waiting",
    )
    sent_at = fields.Datetime(string="Sent", readonly=True)
    error = fields.Char(string="Why not", readonly=True)

    _waiting = models.Index("(id) WHERE state = 'waiting'")

    @api.model
    @api.private
    def _queue(self, kind, loans, note=None, handover=None):
        """Write what is to be told: one message for each person, not for each thing.

        External persons' sponsors get their own (LC10). Who has no e-mail address gets
        none.

        :param str kind: see ``kind``
        :param loans: what it is about; also closed or cancelled ones
        :param str note: reason or message
        :param handover: of whose receipt it is
        """
        # Narrow sudo: messages are nobody's to write, and addresses of employees are
        # not the counter's to read.
        loans = loans.sudo()
        # Of everybody at once, not of one after the other.
        people = loans.employee_id | loans.sponsor_id | loans.department_id.manager_id
        contacts = people.work_contact_id | people.user_id.partner_id
        (contacts | loans.partner_id).fetch(["email"])
        groups = {}
        for loan in loans:
            apart = tuple(loan[name] for name in APART.get(kind, ()))
            for partner in loan._partners_to_tell(kind):
                key = (partner, loan.company_id, apart)
                groups.setdefault(key, []).append(loan.id)
        notices = self.sudo().create(
            [
                {
                    "kind": kind,
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "loan_ids": [Command.set(ids)],
                    "handover_id": handover.id if handover else False,
                    "note": note,
                    "user_id": self.env.uid,
                }
                for (partner, company, _apart), ids in groups.items()
            ]
        )
        if notices:
            cron = self.env.ref("resource_lending.ir_cron_lending_notice")
            cron.sudo()._trigger()
        return notices

    @api.depends("kind")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for notice in self:
            notice.display_name = labels.get(notice.kind, "")

    # === SENDING === #

    @api.model
    def _cron_send(self):
        """Mail what waits, in steps of a hundred; resumes where it was stopped."""
        waiting = [("state", "=", "waiting")]
        while True:
            todo = self.search(waiting, order="id", limit=BATCH).try_lock_for_update()
            todo._send()
            left = self.env["ir.cron"]._commit_progress(
                len(todo), remaining=self.search_count(waiting)
            )
            if not todo or not left:
                return

    def _send(self):
        """Render and queue the mails, each in the recipient's language.

        What cannot be rendered (a broken template) is marked and holds up nothing.
        """
        for kind, notices in self.grouped("kind").items():
            template = self.env.ref(TEMPLATES[kind])
            if any(notices.mapped("handover_id")):
                for notice in notices:
                    notice._try(notice._mail_with_receipt, template)
            else:
                notices._try(notices._mail, template)

    def _try(self, mail, template):
        try:
            with self.env.cr.savepoint():
                mail(template)
                self.write({"state": "sent", "sent_at": fields.Datetime.now()})
        except UserError as error:
            if len(self) > 1:
                for notice in self:
                    notice._try(notice._mail, template)
            else:
                self.write({"state": "failed", "error": str(error)})

    def _mail(self, template):
        template.send_mail_batch(self.ids)

    def _mail_with_receipt(self, template):
        paper = self.handover_id._receipt_attachment()
        template.send_mail(
            self.id, email_values={"attachment_ids": [Command.link(paper.id)]}
        )

    # === WHAT THE MAILS SAY === #

    def _when(self, moment):
        """A moment (UTC) in words, in the company's time zone."""
        return in_words(self.env, moment, self.company_id)

    def _day(self, day):
        """A day in words."""
        return format_date(self.env, day, date_format="medium")

    def _title(self):
        """The things in a few words, for a subject."""
        names = self.loan_ids.asset_id.mapped("name")
        if len(names) > 3:
            return self.env._("%s things", len(self.loan_ids))
        return ", ".join(names)

    def _pickup_at(self):
        """When to collect: the same for all things in one message."""
        return self.loan_ids[:1].pickup_at

    def _pickup_place(self):
        return self.loan_ids[:1].pickup_place

    def _link(self):
        """Where the holder signs; empty where nothing is to sign. The key that makes
        it open without login is put in as the mail leaves to the holder."""
        handover = self.handover_id
        if not handover.can_sign or handover._holder_partner() != self.partner_id:
            return ""
        if handover.sudo()._who_answers()._lending_has_left():
            return ""
        return f"{handover.get_base_url()}/my/resources/handover/{handover.id}"
