"""What follows from custody: who has a thing, and its status."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.resource_allocation.core.moment import day_end, local_day
from odoo.addons.resource_allocation.inputs import to_day, to_text

from .lending_loan import LIVE, OFFICE

STATUSES = [
    ("in_stock", "In stock"),
    ("reserved", "Reserved"),
    ("handed_out", "Handed out"),
    ("lost", "Lost"),
    ("outdated", "Outdated"),
    ("written_off", "Written off"),
]


class LendingAsset(models.Model):
    _inherit = "lending.asset"

    loan_ids = fields.One2many(
        "lending.loan",
        "asset_id",
        string="Users",
        domain=[("state", "!=", "cancelled")],
        # A row typed on the asset's card ends the former one (D10).
        context={"lending_take_over": True},
        help="Who has it and had it, from which day to which.",
    )
    status = fields.Selection(
        STATUSES,
        compute="_compute_status",
        store=True,
        index=True,
        help="Follows from custody and the last processing; never typed.",
    )
    user_loan_ids = fields.Many2many(
        "lending.loan",
        compute="_compute_holders",
        string="Held now",
        groups=OFFICE,
    )
    employee_ids = fields.Many2many(
        # The public card: storekeepers may not read employees themselves.
        "hr.employee.public",
        compute="_compute_holders",
        search="_search_employee_ids",
        string="Users now",
        groups=OFFICE,
    )
    holder_name = fields.Char(
        compute="_compute_holders", string="User", groups=OFFICE,
        help="Whose it is today (D16).",
    )  # fmt: skip
    responsible_name = fields.Char(
        compute="_compute_holders", string="Responsible", groups=OFFICE,
        help="Who answers for it today (D17).",
    )  # fmt: skip

    @api.depends("condition", "loan_ids.state", "loan_ids.role")
    def _compute_status(self):
        """L6, L13, L20: in someone's hands before all, then what processing found."""
        states = defaultdict(set)
        for asset, state in (
            self.env["lending.loan"]
            .sudo()
            ._read_group(
                [
                    ("asset_id", "in", self.ids),
                    ("role", "=", "user"),
                    ("state", "in", LIVE),
                ],
                ["asset_id", "state"],
            )
        ):
            states[asset.id].add(state)
        for asset in self:
            asset.status = asset._status(states[asset._origin.id or asset.id])

    def _status(self, states):
        """The status from the condition and the states of live user rows."""
        if "out" in states:
            return "handed_out"
        if self.condition != "usable":
            return self.condition
        return "reserved" if "reserved" in states else "in_stock"

    @api.depends("loan_ids.custody", "loan_ids.start_at", "loan_ids.stop_at")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_holders(self):
        """Who has it as of now, whatever a job has done or not (LT11).

        Of a shared thing that another company lent: that it has it, not who.
        """
        Loan = self.env["lending.loan"].sudo()
        held = Loan.search(
            [("asset_id", "in", self.ids), *Loan._domain_held()], order="start_at, id"
        )
        known = held.with_env(self.env)._filtered_access("read")
        rows = held.grouped(lambda loan: (loan.asset_id.id, loan.role))
        people = self.env["hr.employee.public"].browse(known.sudo().employee_id.ids)
        people = people._filtered_access("read")
        for asset in self:
            users = rows.get((asset._origin.id, "user"), Loan)
            responsible = rows.get((asset._origin.id, "responsible"), Loan)
            asset.user_loan_ids = known & users
            asset.employee_ids = people.browse(users.employee_id.ids) & people
            asset.holder_name = users._names_of_holders(known)
            asset.responsible_name = responsible._names_of_holders(known)

    @api.model
    def _search_employee_ids(self, operator, value):
        if operator != "in":
            return NotImplemented
        Loan = self.env["lending.loan"]
        held = Domain("role", "=", "user") & Loan._domain_held()
        by_these = Domain("employee_id", "in", [one for one in value if one])
        found = Domain("loan_ids", "in", Loan._search(held & by_these))
        if False in value:
            by_any = Domain("employee_id", "!=", False)
            found |= Domain("loan_ids", "not in", Loan._search(held & by_any))
        return found

    def _live_holders(self):
        """Rows of users who have these now and have not given them back (sudo)."""
        Loan = self.env["lending.loan"].sudo()
        return Loan.search(
            [
                ("asset_id", "in", self.ids),
                ("role", "=", "user"),
                ("state", "in", LIVE),
                *Loan._domain_held(),
            ]
        )

    def _lending_company(self):
        """The company whose rules and time zone hold; of shared things the user's."""
        return (self.sudo().company_id or self.env.company).ensure_one()

    def _is_held_singly(self, role):
        """Whether one holder at a time has ``role``; the type may say so of users."""
        self.ensure_one()
        holding = self.sudo().type_id.holding
        if role == "user" and holding in ("one", "many"):
            return holding == "one"
        return self._lending_company()._lending_is_single(role)

    def _holders_changed(self):
        """Who has these now is another one. Override to let others follow."""

    @api.constrains("company_id")
    def _check_company_of_live_rows(self):
        """A thing somebody has stays with its company: its rows are that company's."""
        rows = (
            self.env["lending.loan"]
            .sudo()
            .search([("asset_id", "in", self.ids), ("state", "in", LIVE)])
        )
        for loan in rows:
            company = loan.asset_id.company_id
            if company and company != loan.company_id:
                raise ValidationError(
                    self.env._(
                        "%(asset)s is assigned to %(holder)s: take it back before it "
                        "moves to another company.",
                        asset=loan.asset_id.display_name,
                        holder=loan._known_holder(),
                    )
                )

    def _check_nobody_counts_on_it(self):
        """Refuse to archive what somebody has or is promised.

        :raise UserError: naming the holder.
        """
        loan = self.env["lending.loan"].search(
            [("asset_id", "in", self.ids), ("state", "in", LIVE)], limit=1
        )
        if loan:
            raise UserError(
                self.env._(
                    "%(asset)s is assigned to %(holder)s. Take it back, or write it "
                    "off.",
                    asset=loan.asset_id.display_name,
                    holder=loan.holder_name,
                )
            )

    # === WRITE-OFF === #

    def write_off(self, date, reason=None):
        """Write things off: their open rows end on that day (D27), and they go.

        :param date: the local day, not in the future.
        :raise UserError: no administrator; already written off; given to somebody
            after that day.
        """
        self.check_access("write")
        self._check_may_write_off()
        date = to_day(self.env, date)
        reason = to_text(self.env, reason)
        if not date:
            raise UserError(self.env._("Say on which day it was written off."))
        Loan = self.env["lending.loan"]
        Loan._lock_custody(self)
        rows = Loan.search([("asset_id", "in", self.ids), ("state", "in", LIVE)])
        rows.filtered(lambda one: one.state == "reserved" and not one.by_date).cancel(
            self.env._("The thing is written off.")
        )
        self._check_write_off_day(date)
        held = rows.filtered(lambda one: one.state != "cancelled")
        held._end_on(date)
        Loan._sync_ledger(self)
        held._log("write_off", reason)
        (self - held.asset_id)._log("write_off", note=reason)
        self._store(
            {"condition": "written_off", "written_off_on": date, "active": False}
        )
        self._holders_changed()

    def _check_may_write_off(self):
        if not self.env.su and not self.env.user.has_group(
            "resource_lending.lending_group_manager"
        ):
            raise UserError(
                self.env._("Only administrators of lending write things off.")
            )
        if gone := self.filtered(lambda asset: asset.condition == "written_off"):
            raise UserError(
                self.env._("%s is already written off.", gone[0].display_name)
            )

    def _check_write_off_day(self, date):
        """Refuse a day to come, and one before somebody was given the thing."""
        Loan = self.env["lending.loan"]
        for company, assets in self.grouped(lambda one: one._lending_company()).items():
            tz = company._lending_tz()
            if date > local_day(fields.Datetime.now(), tz):
                raise ValidationError(
                    self.env._(
                        "A write-off is registered when it happened, not before."
                    )
                )
            later = Loan.search(
                [
                    ("asset_id", "in", assets.ids),
                    ("custody", "=", True),
                    ("start_at", ">=", day_end(date, tz)),
                ],
                limit=1,
            )
            if later:
                raise ValidationError(
                    self.env._(
                        "%(asset)s was given to %(holder)s after %(date)s.",
                        asset=later.asset_id.display_name,
                        holder=later.holder_name,
                        date=date,
                    )
                )
