from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from odoo.addons.resource_allocation.core.moment import (
    FOREVER,
    day_end,
    day_start,
    local_day,
)
from odoo.addons.resource_allocation.inputs import yes_or_no

from .lending_event import OUTCOMES

LIVE = ("reserved", "out")
OFFICE = "resource_lending.lending_group_officer,hr.group_hr_user"
"""Groups that may know who has things."""


class LendingLoan(models.Model):
    """Custody: one thing in one holder's hands for one period, in one role.

    The only place that knows who had what and when. A row made *at the counter* goes
    ``reserved`` -> ``out`` -> ``closed`` by its named methods, at real instants; a
    *typed* row (``by_date``) holds from one local day to another, both included
    (LC1), and begins and ends by itself. Rows are never overwritten and never deleted:
    what was wrong is cancelled, what follows is another row.

    Instants are UTC and half-open, ``[start_at, stop_at)``; days are local to ``tz``.
    While a thing is out, ``stop_at`` is FOREVER: lateness ends nothing. A reservation
    is a promise, whose place the ledger guards; the database keeps custody itself,
    and every role that one person holds at a time, free of overlaps.
    """

    _name = "lending.loan"
    _description = "Assignment"
    _inherit = [
        "resource.guarded.mixin",
        "resource.document.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "start_at desc, id desc"
    _check_company_auto = True

    asset_id = fields.Many2one(
        "lending.asset", required=True, index=True, ondelete="restrict"
    )
    asset_condition = fields.Selection(related="asset_id.condition")
    type_id = fields.Many2one(related="asset_id.type_id", store=True, index=True)
    category_id = fields.Many2one(
        related="asset_id.category_id", store=True, index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    tz = fields.Char(
        required=True,
        readonly=True,
        help="The time zone of its days, as it was when the row was made.",
    )

    employee_id = fields.Many2one(
        "hr.employee", index="btree_not_null", ondelete="restrict"
    )
    department_id = fields.Many2one(
        "hr.department", index="btree_not_null", ondelete="restrict"
    )
    place_id = fields.Many2one(
        "lending.place", index="btree_not_null", ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="External person",
        index="btree_not_null",
        ondelete="restrict",
        help="A contractor or visitor; needs a sponsor and a return date (LC10).",
    )
    sponsor_id = fields.Many2one(
        "hr.employee",
        index="btree_not_null",
        ondelete="restrict",
        help="The employee who answers for an external person.",
    )
    holder_kind = fields.Selection(
        [
            ("employee", "Employee"),
            ("department", "Department"),
            ("place", "Place"),
            ("partner", "External person"),
        ],
        compute="_compute_holder",
        string="Holder is",
    )
    holder_name = fields.Char(compute="_compute_holder", string="Holder")
    role = fields.Selection(
        [("user", "User"), ("responsible", "Responsible")],
        required=True,
        default="user",
        readonly=True,
    )
    hr_type_id = fields.Many2one(
        "lending.hr.type",
        string="Personnel type",
        ondelete="restrict",
        index="btree_not_null",
    )

    by_date = fields.Boolean(string="Typed", readonly=True, required=True)
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._today()
    )
    date_to = fields.Date(string="To", help="The last day, included. Empty: open.")
    start_at = fields.Datetime(required=True, readonly=True)
    stop_at = fields.Datetime(required=True, readonly=True)
    due_date = fields.Date(string="Return by", help="The last day, included.")
    due_at = fields.Datetime(
        string="Due",
        readonly=True,
        index="btree_not_null",
        help="The instant from which it is late.",
    )
    state = fields.Selection(
        [
            ("reserved", "Reserved"),
            ("out", "Handed out"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="reserved",
        index=True,
        group_expand=True,
    )
    single = fields.Boolean(
        required=True,
        readonly=True,
        help="One holder at a time has this role, as it was when the row was made.",
    )
    custody = fields.Boolean(
        compute="_compute_custody",
        store=True,
        required=True,
        precompute=True,
        help="The holder has it in that period; a reservation is only a promise.",
    )
    is_late = fields.Boolean(
        compute="_compute_is_late", search="_search_is_late", string="Late"
    )
    locked = fields.Boolean(
        compute="_compute_locked", help="A later row follows: this one is history."
    )

    pickup_at = fields.Datetime(string="Collect from")
    pickup_place = fields.Char(string="Collect at")
    lapse_at = fields.Datetime(
        string="Lapses", readonly=True, index="btree_not_null",
        help="Not collected by then, the reservation lapses.",
    )  # fmt: skip
    recall_by = fields.Datetime(string="Hand in by", readonly=True)
    recall_message = fields.Text(readonly=True)
    recalled_at = fields.Datetime(string="Recalled", readonly=True)
    outcome = fields.Selection(
        OUTCOMES,
        readonly=True,
        help="What its return found.",
    )
    note = fields.Text()
    event_ids = fields.One2many("lending.event", "loan_id", string="History")
    ended_by_id = fields.Many2one(
        "lending.loan", readonly=True, index="btree_not_null", groups=OFFICE,
        ondelete="restrict", help="The row that ended this one.",
    )  # fmt: skip
    corrects_id = fields.Many2one(
        "lending.loan", readonly=True, index="btree_not_null", groups=OFFICE,
        ondelete="restrict", help="The cancelled row that this one replaces.",
    )  # fmt: skip
    allocation_id = fields.Many2one(
        "resource.allocation", readonly=True, index="btree_not_null", groups=OFFICE,
        ondelete="restrict",
    )  # fmt: skip

    _one_holder = models.Constraint(
        "CHECK (num_nonnulls(employee_id, department_id, place_id, partner_id) = 1)",
        "A thing is with exactly one holder: an employee, a department, a place or "
        "an external person.",
    )
    _external = models.Constraint(
        "CHECK (partner_id IS NULL OR (sponsor_id IS NOT NULL AND"
        " (due_at IS NOT NULL OR stop_at < '9999-12-31')))",
        "An external person needs a sponsor and a return date.",
    )
    _period = models.Constraint(
        "CHECK (start_at < stop_at)", "Custody must end after it begins."
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(asset_id, asset_id, '[]') WITH &&,"
        " (CASE WHEN role = 'user' THEN int4range(1, 1, '[]')"
        " ELSE int4range(2, 2, '[]') END) WITH &&,"
        " tsrange(start_at, stop_at) WITH &&)"
        " WHERE (single AND custody) DEFERRABLE INITIALLY IMMEDIATE",
        "The asset's period of validity overlaps with the time assigned to another "
        "holder for the same asset.",
    )
    _asset_start = models.Index("(asset_id, role, start_at DESC)")
    _live_assets = models.Index("(asset_id) WHERE state IN ('reserved', 'out')")
    _held = models.Index("(start_at, stop_at) WHERE custody")

    @api.model
    def _guarded_fields(self):
        """All that custody rests upon; what is typed goes through its checks."""
        return super()._guarded_fields() | {
            "asset_id", "type_id", "category_id", "company_id", "tz", "role", "single",
            "employee_id", "department_id", "place_id", "partner_id", "sponsor_id",
            "hr_type_id", "by_date", "date_from", "date_to", "start_at", "stop_at",
            "due_date", "due_at", "state", "custody", "lapse_at", "recall_by",
            "recall_message", "recalled_at", "outcome", "ended_by_id", "corrects_id",
            "allocation_id",
        }  # fmt: skip

    # === COMPUTES === #

    @api.depends("employee_id", "department_id", "place_id", "partner_id")
    def _compute_holder(self):
        """Who has it; the name alone, which whoever reads the row may know."""
        for loan in self.sudo():
            holder = loan._holder()
            kinds = {
                "hr.employee": "employee",
                "hr.department": "department",
                "lending.place": "place",
                "res.partner": "partner",
            }
            loan.holder_kind = kinds[holder._name] if holder else False
            loan.holder_name = holder.display_name if holder else False

    def _holder(self):
        """The record that holds: employee, department, place or partner."""
        return (
            self.employee_id or self.department_id or self.place_id or self.partner_id
        )

    def _names_of_holders(self, known):
        """Who has things by these rows (sudo), as far as rows are ``known`` to the
        reader: of the others only that they are another company's."""
        names = [loan.holder_name for loan in self & known]
        if self - known:
            names.append(self.env._("Another company"))
        return ", ".join(names)

    def _known_holder(self):
        """The holder's name for a message; of a row that the user may not read only
        that there is somebody."""
        self.ensure_one()
        if self.sudo(False).has_access("read"):
            return self.holder_name
        return self.env._("somebody else")

    def _holder_partner(self):
        """The contact that mail for the holder goes to; empty where there is none."""
        self.ensure_one()
        employee = self.sudo().employee_id or self.sudo().department_id.manager_id
        return (
            self.sudo().partner_id
            or employee.user_id.partner_id
            or employee.work_contact_id
        )

    @api.depends("asset_id", "employee_id", "department_id", "place_id", "partner_id")
    def _compute_display_name(self):
        for loan in self:
            asset = loan.asset_id.sudo().display_name
            names = filter(None, (asset, loan.holder_name))
            loan.display_name = ": ".join(names) or self.env._("New")

    @api.depends("state", "by_date")
    def _compute_custody(self):
        for loan in self:
            loan.custody = loan.state in ("out", "closed") or (
                loan.by_date and loan.state != "cancelled"
            )

    @api.depends("state", "due_at")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for loan in self:
            loan.is_late = bool(
                loan.state == "out" and loan.due_at and loan.due_at <= now
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("state", "=", "out") & Domain(
            "due_at", "<=", fields.Datetime.now()
        )
        return yes_or_no(late, value)

    def _compute_locked(self):
        """D11: of a role held singly, only the last row can be changed."""
        last = self._last_starts()
        for loan in self:
            latest = last.get((loan.asset_id.id, loan.role))
            loan.locked = bool(
                loan.state == "cancelled"
                or (loan.single and latest and loan.start_at and loan.start_at < latest)
            )

    def _last_starts(self):
        """``{(asset id, role): start of the last row of custody}``."""
        return {
            (asset.id, role): start
            for asset, role, start in self.sudo()._read_group(
                [("asset_id", "in", self.asset_id.ids), ("custody", "=", True)],
                ["asset_id", "role"],
                ["start_at:max"],
            )
        }

    # === TIME === #

    @api.model
    def _zone(self, name):
        return pytz.timezone(name)

    @api.model
    def _today(self):
        return local_day(fields.Datetime.now(), self.env.company._lending_tz())

    @api.model
    def _domain_held(self, at=None):
        """Who has what at an instant (UTC, default now): the one predicate."""
        at = at or fields.Datetime.now()
        return (
            Domain("custody", "=", True)
            & Domain("start_at", "<=", at)
            & Domain("stop_at", ">", at)
        )

    @api.model
    def _domain_held_on(self, day):
        """Who has what as of a local day, that is at its end; each company has its own
        zone. Without a day: now (D39)."""
        if not day:
            return self._domain_held()
        companies = (
            self.env["res.company"].sudo().search([("active", "in", (True, False))])
        )
        return Domain.OR(
            Domain("company_id", "in", group.ids)
            & self._domain_held(self._instant_of(day, tz))
            for tz, group in companies.grouped(lambda one: one._lending_tz()).items()
        )

    @api.model
    def _instant_of(self, day, tz):
        """The last second of a local day, UTC; what was planned for later does not
        count, what came back that day does (LT19)."""
        return day_end(day, tz) - timedelta(seconds=1)

    @api.model
    def _with_instants(self, vals, company):
        """Days typed, completed by the instants they mean."""
        tz = company._lending_tz()
        vals = {**vals, "tz": str(tz)}
        if "date_from" in vals:
            if not vals["date_from"]:
                raise ValidationError(self.env._("Say from which day."))
            vals["start_at"] = day_start(vals["date_from"], tz)
        if "date_to" in vals:
            vals["stop_at"] = day_end(vals["date_to"], tz)
        return self._with_due(vals, tz)

    @api.model
    def _with_due(self, vals, tz):
        """The planned return, as the day and as the instant; the instant wins."""
        if vals.get("due_at"):
            last = vals["due_at"] - timedelta(seconds=1)
            vals["due_date"] = local_day(last, tz)
        elif "due_date" in vals:
            vals["due_at"] = vals["due_date"] and day_end(vals["due_date"], tz)
        return vals

    def _planned_stop(self):
        """Until when the ledger is asked to keep it; None without an end."""
        self.ensure_one()
        if self.stop_at < FOREVER:
            return self.stop_at
        return (not self.by_date and self.due_at) or None

    # === HISTORY === #

    def _log(self, kind, note=None, **what):
        """Write into the history of each row and its asset: see
        ``lending.event._record``."""
        whose = [{"loan_id": loan.id, "asset_id": loan.asset_id.id} for loan in self]
        return self.env["lending.event"]._record(whose, kind, note=note, **what)

    # === HOOKS: what others are told; empty here === #

    def _notify_reserved(self):
        """Tell the holders where and when to collect (L4)."""

    def _notify_handed_out(self):
        """Send the receipt, where one is wished (L9)."""

    def _notify_recalled(self):
        """Ask the holders to hand in, with deadline and message (L11)."""

    def _notify_taken_back(self):
        """Confirm the return."""

    def _notify_cancelled(self, reason=None):
        """Tell those who had a reservation that it is gone."""

    def _notify_lapsed(self):
        """Tell both sides that a reservation was not collected in time (L20)."""
