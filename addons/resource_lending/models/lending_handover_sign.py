from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.resource_allocation.inputs import Picture, only_one, to_ids, to_text


class LendingHandover(models.Model):
    """The holder's answer: signs for the things, or says that one did not come.

    An answer belongs to the line and its assignment. Once the thing went on to
    somebody else or came back, nobody accepts or declines it any more.
    """

    _inherit = "lending.handover"

    method = fields.Selection(
        [
            ("counter", "Here"),
            ("portal", "By link, without login"),
            ("paper", "On paper"),
        ],
        string="Signs",
        required=True,
        default="counter",
    )
    signature = Picture(copy=False, max_width=1024, max_height=1024)
    signed_by = fields.Char(copy=False, help="Who signed, if not the holder.")
    signed_at = fields.Datetime(string="Signed on", readonly=True, copy=False)
    terms = fields.Html(
        readonly=True,
        copy=False,
        help="What was agreed to: the words as they were at the hand-over, each "
        "category's once.",
    )
    sign_required = fields.Boolean(compute="_compute_sign_required")
    can_sign = fields.Boolean(compute="_compute_can_sign")

    @api.depends("direction", "line_ids.asset_id")
    def _compute_sign_required(self):
        for handover in self:
            handover.sign_required = handover.direction == "out" and any(
                handover.line_ids.asset_id.category_id.mapped("sign_required")
            )

    @api.depends("state", "direction", "line_ids.acceptance", "line_ids.loan_id.state")
    def _compute_can_sign(self):
        for handover in self:
            handover.can_sign = bool(handover._lines_to_answer())

    def _lines_to_answer(self):
        """Lines whose thing the holder has by this document, and did not answer yet."""
        return self.filtered(
            lambda handover: (
                handover.state == "done"
                and handover.direction == "out"
                and not handover.signed_at
            )
        ).line_ids.filtered(lambda line: line._is_answerable())

    def sign(self, name, image):
        """Accept all that is left of these things, by signature.

        :param str name: who signs
        :param image: base64 PNG; None for a signature on paper
        :raise UserError: nothing is left to sign for.
        :raise AccessError: neither the counter nor the holder.
        """
        name = to_text(self.env, name)
        self._check_may_answer()
        for handover in self:
            if not handover._lines_to_answer():
                raise UserError(
                    self.env._(
                        "%s: nothing is left to sign for. It is signed already, or the "
                        "things came back or went on to somebody else.",
                        handover.display_name,
                    )
                )
            if not image and handover.method != "paper":
                raise UserError(self.env._("Please sign in the box first."))
            handover._sudo_answer()._accept(
                {"signature": image, "signed_by": name or handover.holder_name}
            )

    def action_signed_on_paper(self):
        """The signed paper came back; its scan can be attached to the document."""
        self.sign(False, None)

    def action_new_link(self):
        """End the links of the one who signs; see ``action_lending_new_link``."""
        only_one(self)
        self.check_access("write")
        # The counter need not read employees to know whose link it is.
        return self.sudo()._who_answers().sudo(False).action_lending_new_link()

    def decline(self, lines, reason):
        """The holder says that these did not come, or are not what was agreed.

        Custody does not change by that: the thing is somewhere, and the counter finds
        out. It gets a task.

        :param lines: of these documents (recordset, or ids from a client)
        :raise UserError: without reason, after signing, or too late: the thing came
            back or went on to somebody else since.
        """
        self._check_may_answer()
        reason = to_text(self.env, reason)
        if not reason:
            raise UserError(self.env._("Say why, so that it can be put right."))
        lines = self.line_ids.browse(to_ids(self.env, lines))
        if not lines or lines - self.line_ids:
            raise UserError(self.env._("Choose items of this hand-over."))
        late = lines - self._lines_to_answer()
        if late:
            raise UserError(
                self.env._(
                    "%s can no longer be declined: it was answered, came back or went "
                    "on to somebody else since.",
                    late[0].name,
                )
            )
        self._sudo_answer()._decline(lines.sudo(), reason)

    def _decline(self, lines, reason):
        lines._store(
            {
                "acceptance": "declined",
                "decline_reason": reason,
                "answered_at": fields.Datetime.now(),
            }
        )
        lines.loan_id._log("decline", reason)
        for handover in lines.handover_id:
            names = "; ".join((lines & handover.line_ids).mapped("name"))
            handover.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("%s declined", handover.holder_name),
                note=escape(f"{names}: {reason}"),
                user_id=handover.user_id.id,
            )

    # === WHO MAY ANSWER === #

    def _check_may_answer(self):
        """The counter, and the holder of exactly these documents.

        :raise AccessError: anybody else, also who may read them.
        """
        if self.env.su or self.has_access("write"):
            return
        self.check_access("read")
        user = self.env.user
        for handover in self.sudo():
            if user.partner_id not in (
                handover._holder_partner() | handover.employee_id.user_id.partner_id
            ):
                raise AccessError(
                    self.env._("Only the holder answers for %s.", handover.display_name)
                )

    def _who_answers(self):
        """The person whose link opens it; a department's is its manager."""
        return self.employee_id or self.partner_id or self.department_id.manager_id

    def _sudo_answer(self):
        """Narrow sudo: the holder, who was checked, writes nothing but the answer."""
        return self.sudo()

    # === THE ANSWER === #

    def _check_signature(self):
        """Whose category asks for it signs here, or later by link or on paper."""
        if self.sign_required and self.method == "counter" and not self.signature:
            raise UserError(
                self.env._(
                    "A signature is needed for these things. Let %s sign here, or "
                    "choose to sign by link or on paper.",
                    self.holder_name,
                )
            )

    def _await_signature(self):
        if self.sign_required or self.method != "counter" or self.signature:
            self.line_ids._store({"acceptance": "waiting"})

    def _accept(self, signature):
        """All lines that can still be answered are accepted now.

        :param dict signature: ``signed_by`` and, later than at the counter, the image
        """
        now = fields.Datetime.now()
        lines = self._lines_to_answer()
        self._store({"signed_at": now, **signature})
        if lines:
            lines._store({"acceptance": "accepted", "answered_at": now})
            lines.loan_id._log("accept")

    def _freeze_terms(self):
        """The words of each category once, in the holder's language, with their
        version: changing a category later does not change what was signed."""
        for handover in self:
            # Narrow sudo: whoever gets things is shown what he agrees to.
            categories = handover.line_ids.asset_id.category_id.sudo()
            categories = categories.with_context(lang=handover._receipt_lang())
            parts = [
                Markup("<h5>{}</h5>{}").format(
                    category.env._(
                        "%(category)s (version %(version)s)",
                        category=category.name,
                        version=category.terms_version,
                    ),
                    category.terms,
                )
                for category in categories
                if category.terms and category.terms.striptags().strip()
            ]
            handover._store({"terms": Markup("").join(parts)})
