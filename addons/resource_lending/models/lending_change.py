from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.resource_allocation.inputs import only_one

from .lending_change_line import MANAGER


class LendingChange(models.Model):
    """A document that changes who has many things, in one step (D36, LW6).

    The other way to change custody besides the card and the counter; where rows may
    not be typed on cards (LS5), the only one besides the counter. It also is the only
    way into the past before the last row (LC8). Everything it changes goes through the
    named methods of assignments and assets: either all of it or nothing.
    """

    _name = "lending.change"
    _description = "Change Document"
    _inherit = [
        "lending.change.target",
        "resource.guarded.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    kind = fields.Selection(
        [("change", "Change"), ("write_off", "Write-off")],
        required=True,
        default="change",
        tracking=True,
        help="A change gives things to other holders or ends that they have them; a "
        "write-off ends that and takes the things off the register.",
    )
    date = fields.Date(
        string="As of",
        required=True,
        tracking=True,
        default=lambda self: self.env["lending.loan"]._today(),
        help="The first day of the new holders; the last day of what is written off.",
    )
    reason = fields.Char(tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("done", "Confirmed")],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
        tracking=True,
    )
    line_ids = fields.One2many(
        "lending.change.line", "change_id", string="Lines", copy=True
    )
    line_count = fields.Integer(compute="_compute_line_count", string="Assets")
    done_at = fields.Datetime(string="Confirmed on", readonly=True, copy=False)
    done_by_id = fields.Many2one(
        "res.users", string="Confirmed by", readonly=True, copy=False
    )

    @api.depends("line_ids")
    def _compute_line_count(self):
        counts = dict(
            self.env["lending.change.line"]._read_group(
                [("change_id", "in", self.ids)], ["change_id"], ["__count"]
            )
        )
        for change in self:
            change.line_count = counts.get(change._origin, len(change.line_ids))

    # === CRUD === #

    @api.model
    def _guarded_fields(self):
        """What confirming and reopening write."""
        return super()._guarded_fields() | {"done_at", "done_by_id", "name", "state"}

    @api.model_create_multi
    def create(self, vals_list):
        """Number the documents; a confirmed one is not made but confirmed."""
        changes = super().create(vals_list)
        for change in changes:
            number = self.env["ir.sequence"].next_by_code("lending.change")
            change._store({"name": number or "/"})
        return changes

    def write(self, vals):
        """Change drafts only.

        :raise UserError: the document is confirmed.
        """
        if vals.keys() & self._settled() and not self._is_unlocked([vals]):
            self._check_draft()
        return super().write(vals)

    @api.model
    def _settled(self):
        """What a confirmed document says for good."""
        target = self.env["lending.change.target"]._fields
        return {*target, "kind", "date", "company_id", "line_ids"} - {"display_name"}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        self._check_draft()

    def _check_draft(self):
        if done := self.filtered(lambda change: change.state == "done"):
            raise UserError(
                self.env._(
                    "%s is confirmed. Reopen it, or write another one.", done[0].name
                )
            )

    # === CONFIRM === #

    def confirm(self):
        """Do what the documents say, each as a whole or not at all (D36).

        :raise AccessError: changes the past before somebody's last row, or writes
            off, and the user is no administrator (LC8).
        :raise ValidationError: naming every line that cannot be done, and why.
        """
        for change in self:
            change._confirm()
        return True

    def _confirm(self):
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        self._check_draft()
        if not self.line_ids:
            raise UserError(
                self.env._("%s has no lines: add assets, or fill it.", self.name)
            )
        lines = self.line_ids.with_company(self.company_id)
        lines._check_says_something()
        lines._check_may_change_past()
        self._do_all(lines)
        lines._remember_last_event()
        self._store(
            {
                "state": "done",
                "done_at": fields.Datetime.now(),
                "done_by_id": self.env.uid,
            }
        )

    def _do_all(self, lines):
        """Do the lines in one step; where that fails find out which of them fail."""
        try:
            with self.env.cr.savepoint():
                lines._do()
            return
        except AccessError:
            raise
        except UserError:
            failures = self._failures_of(lines)
        if failures:
            raise ValidationError(
                self.env._(
                    "Nothing was changed. These lines cannot be done:\n%s",
                    "\n".join(failures),
                )
            )

    def _failures_of(self, lines):
        """Do the lines one after the other: ``["asset: why not"]``."""
        failures = []
        for line in lines:
            try:
                with self.env.cr.savepoint():
                    line._do()
            except UserError as error:
                failures.append(f"- {line.asset_id.display_name}: {error}")
        return failures

    # === REOPEN === #

    def reopen(self):
        """Take back what a document changed, and make it a draft again (LW6).

        :raise UserError: something happened to one of its things since, or one of
            them really changed hands, or was written off.
        """
        for change in self:
            change._reopen()
        return True

    def _reopen(self):
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        if self.state != "done":
            raise UserError(self.env._("%s is not confirmed.", self.name))
        if self.kind == "write_off":
            raise UserError(
                self.env._("%s: what is written off stays written off.", self.name)
            )
        lines = self.line_ids.with_company(self.company_id)
        lines._check_may_change_past()
        lines._check_nothing_later()
        lines._undo()
        self._store({"state": "draft", "done_at": False, "done_by_id": False})

    # === ACTIONS === #

    def action_confirm(self):
        return self.confirm()

    def action_reopen(self):
        return self.reopen()

    def action_view_loans(self):
        """Show the assignments that the document made or ended."""
        only_one(self)
        loans = self.line_ids.new_loan_id | self.line_ids.loan_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "resource_lending.lending_loan_action"
        )
        return {
            **action,
            "name": self.name,
            "domain": [("id", "in", loans.ids)],
            "context": {},
        }

    def _is_administrator(self):
        return self.env.su or self.env.user.has_group(MANAGER)

    def _describe(self):
        """The document in words, for messages."""
        return f"{self.name} ({format_date(self.env, self.date)})"
