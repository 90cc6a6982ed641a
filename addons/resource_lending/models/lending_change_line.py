from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from odoo.addons.resource_allocation.core.moment import local_day

from .lending_change_target import HOLDER_OF

MANAGER = "resource_lending.lending_group_manager"
KEPT = {
    "former_date_to",
    "former_place_id",
    "former_type_id",
    "last_event_id",
    "new_loan_id",
}
"""What confirming keeps to be able to reopen."""


class LendingChangeLine(models.Model):
    """What a change document makes of one thing in one role."""

    _name = "lending.change.line"
    _description = "Line of a Change Document"
    _inherit = ["lending.change.target", "resource.guarded.mixin"]
    _order = "change_id, id"
    _rec_name = "asset_id"
    _check_company_auto = True

    change_id = fields.Many2one(
        "lending.change", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="change_id.company_id")
    state = fields.Selection(related="change_id.state")
    kind = fields.Selection(related="change_id.kind")
    date = fields.Date(related="change_id.date")
    asset_id = fields.Many2one(
        "lending.asset",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    role = fields.Selection(
        [("user", "User"), ("responsible", "Responsible")],
        required=True,
        default=lambda self: self._default_role(),
    )
    loan_id = fields.Many2one(
        "lending.loan",
        string="Present assignment",
        compute="_compute_loan_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        help="What ends. Where several people have a thing, choose whose; empty: a "
        "new holder is added to them.",
    )
    present_name = fields.Char(related="loan_id.holder_name", string="Has it")
    hr_type_id = fields.Many2one(
        "lending.hr.type",
        string="Personnel type",
        compute="_compute_hr_type_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
    )

    new_loan_id = fields.Many2one(
        "lending.loan",
        string="New assignment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    former_date_to = fields.Date(readonly=True, copy=False)
    former_place_id = fields.Many2one("lending.place", readonly=True, copy=False)
    former_type_id = fields.Many2one("lending.type", readonly=True, copy=False)
    last_event_id = fields.Many2one(
        "lending.event",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Technical: the last thing that happened when it was confirmed.",
    )

    @api.model
    def _default_role(self):
        relation = self.env.company.lending_relation
        return "responsible" if relation == "responsible" else "user"

    @api.depends("asset_id", "role", "change_id.date")
    def _compute_loan_id(self):
        """Who has it on the day of the document; nobody where several do."""
        Loan = self.env["lending.loan"]
        for day, lines in self.grouped(lambda line: line.change_id.date).items():
            held = Loan.search(
                [("asset_id", "in", lines.asset_id.ids), *Loan._domain_held_on(day)]
            ).grouped(lambda loan: (loan.asset_id.id, loan.role))
            for line in lines:
                loans = held.get((line.asset_id.id, line.role), Loan)
                line.loan_id = loans if len(loans) == 1 else False

    @api.depends("asset_id")
    def _compute_hr_type_id(self):
        for line in self:
            line.hr_type_id = line.hr_type_id or line.asset_id.type_id.hr_type_id

    # === CRUD === #

    @api.model
    def _guarded_fields(self):
        """What confirming keeps to be able to reopen."""
        return super()._guarded_fields() | KEPT

    @api.model_create_multi
    def create(self, vals_list):
        """Add lines to drafts."""
        lines = super().create(vals_list)
        lines.change_id._check_draft()
        return lines

    def write(self, vals):
        """Change lines of drafts.

        :raise UserError: the document is confirmed.
        """
        if not self._is_unlocked([vals]):
            self.change_id._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        self.change_id._check_draft()

    # === CHECKS === #

    def _check_says_something(self):
        """Refuse lines that name no change, or more than one holder.

        :raise UserError: naming them.
        """
        if self.change_id.kind == "write_off":
            return
        told = ("date_to", "keep_at_id", "to_type_id", *HOLDER_OF)
        if empty := self.filtered(lambda line: not any(line[name] for name in told)):
            raise UserError(
                self.env._(
                    "Say what changes, or delete the line: %s.",
                    ", ".join(empty[:5].asset_id.mapped("display_name")),
                )
            )
        two = self.filtered(
            lambda line: sum(bool(line[name]) for name in HOLDER_OF) > 1
        )
        if two:
            raise UserError(
                self.env._(
                    "One new holder only: an employee, a department, a place or an "
                    "external person: %s.",
                    ", ".join(two[:5].asset_id.mapped("display_name")),
                )
            )

    def _check_may_change_past(self):
        """LC8: before the start of somebody's last row only administrators.

        :raise AccessError: naming the first asset.
        """
        if self.change_id._is_administrator():
            return
        last = {
            (asset, role): day
            for asset, role, day in self.env["lending.loan"]
            .sudo()
            ._read_group(
                [
                    ("asset_id", "in", self.asset_id.ids),
                    ("custody", "=", True),
                    ("id", "not in", self.new_loan_id.ids),
                ],
                ["asset_id", "role"],
                ["date_from:max"],
            )
        }
        for line in self.filtered(lambda line: line._holder_vals()):
            day = last.get((line.asset_id, line.role))
            if day and line.date <= day and not line._goes_on_today():
                raise AccessError(
                    self.env._(
                        "%(asset)s: somebody has or had it since %(day)s. Only "
                        "administrators of lending change the time before.",
                        asset=line.asset_id.display_name,
                        day=format_date(self.env, day),
                    )
                )

    def _goes_on_today(self):
        """Whether it is passed on at the counter today: at this instant, not before."""
        return self._is_at_counter() and self.date == self._today()

    def _check_nothing_later(self):
        """LW6: reopen only what nothing followed.

        :raise UserError: naming the asset and what happened.
        """
        events = self.env["lending.event"].sudo()
        kinds = dict(events._fields["kind"]._description_selection(self.env))
        last = self._last_events()
        for line in self:
            event = events.browse(last.get(line.asset_id.id))
            if event and event != line.last_event_id.sudo():
                raise UserError(
                    self.env._(
                        "%(asset)s: something happened since (%(what)s, %(day)s). "
                        "Write another change document.",
                        asset=line.asset_id.display_name,
                        what=kinds[event.kind],
                        day=format_date(self.env, event.at),
                    )
                )

    def _last_events(self):
        """``{asset id: number of the last thing that happened}``; counting is nothing.

        Sudo: what nobody may look up still happened.
        """
        happened = (
            self.env["lending.event"]
            .sudo()
            ._read_group(
                [("asset_id", "in", self.asset_id.ids), ("kind", "!=", "stocktake")],
                ["asset_id"],
                ["id:max"],
            )
        )
        return {asset.id: number for asset, number in happened}

    def _today(self):
        zone = self.change_id.company_id._lending_tz()
        return local_day(fields.Datetime.now(), zone)

    def _is_at_counter(self):
        """Whether it was really handed out, and still is."""
        return self.loan_id.state == "out" and not self.loan_id.by_date
