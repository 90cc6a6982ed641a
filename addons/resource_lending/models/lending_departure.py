from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from odoo.addons.resource_allocation.core.moment import day_end, local_day

from .lending_loan import LIVE

BATCH = 50
METHODS = [
    ("dropoff", "Drop-off"),
    ("pickup", "Pick-up"),
    ("shipment", "Shipment"),
]


class LendingDeparture(models.Model):
    """Somebody leaves: everything they have is asked back by a day, and somebody sees
    to it.

    Nothing is closed until it was received. What is still missing is not stored but
    follows from custody: rows the leaver has, is promised, answers for, or sponsors.
    """

    _name = "lending.departure"
    _description = "Leaver"
    _inherit = ["resource.guarded.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "deadline, id"
    _rec_name = "employee_id"

    employee_id = fields.Many2one(
        "hr.employee", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="employee_id.company_id", store=True)
    active = fields.Boolean(default=True)
    departure_date = fields.Date(string="Leaves on", readonly=True)
    deadline = fields.Date(
        string="Return by",
        required=True,
        tracking=True,
        help="The last day to hand things in, included.",
    )
    method = fields.Selection(
        METHODS, string="How", required=True, default="dropoff", tracking=True
    )
    instructions = fields.Char(
        string="Where", help="Counter, address or carrier; stands in the message."
    )
    responsible_id = fields.Many2one(
        "res.users",
        tracking=True,
        domain=[("share", "=", False)],
        help="Sees to it that everything comes back.",
    )
    loan_ids = fields.Many2many(
        "lending.loan", compute="_compute_loan_ids", string="To return"
    )
    has_reservations = fields.Boolean(compute="_compute_loan_ids")
    to_return_count = fields.Integer(
        string="Items to return",
        compute="_compute_to_return_count",
        search="_search_to_return_count",
        compute_sudo=True,
    )
    is_late = fields.Boolean(compute="_compute_to_return_count", compute_sudo=True)
    settled_on = fields.Date(readonly=True, help="When the last item came back.")

    _one_per_employee = models.UniqueIndex(
        "(employee_id) WHERE active", "This employee is already leaving."
    )

    def _compute_loan_ids(self):
        """What the reader may know of it."""
        rows = self.employee_id._lending_rows_to_return()
        for departure in self:
            loans = rows.get(departure.employee_id, self.env["lending.loan"])
            departure.loan_ids = loans
            departure.has_reservations = "reserved" in loans.mapped("state")

    @api.depends("deadline")
    def _compute_to_return_count(self):
        rows = self.employee_id._lending_rows_to_return()
        for departure in self:
            count = len(rows.get(departure.employee_id, ()))
            departure.to_return_count = count
            departure.is_late = bool(count) and departure._deadline_instant() <= (
                fields.Datetime.now()
            )

    @api.model
    def _search_to_return_count(self, operator, value):
        """Whether anything is missing: ``("to_return_count", ">", 0)`` or ``= 0``."""
        if (operator, value) not in ((">", 0), ("in", {0})):
            return NotImplemented
        # Who counts is not who may read the rows.
        Loan = self.env["lending.loan"].sudo()
        missing = Domain.OR(
            Domain(
                "employee_id",
                "in",
                Loan._search([("state", "in", LIVE), (name, "!=", False)]).subselect(
                    name
                ),
            )
            for name in ("employee_id", "sponsor_id")
        )
        return missing if operator == ">" else ~missing

    def _deadline_instant(self):
        """The last minute of the deadline's day in the company's zone, as UTC; a day
        that is over counts as today: nobody can be asked for the past."""
        self.ensure_one()
        tz = self.company_id._lending_tz()
        today = local_day(fields.Datetime.now(), tz)
        return day_end(max(self.deadline, today), tz) - timedelta(minutes=1)

    @api.model
    def _guarded_fields(self):
        """Who leaves and when, says the departure form; custody, when all is back."""
        return super()._guarded_fields() | {
            "employee_id", "company_id", "departure_date", "settled_on",
        }  # fmt: skip

    def write(self, vals):
        """Ask again where the day or the way changes."""
        done = super().write(vals)
        if {"deadline", "method", "instructions"} & set(vals):
            self._recall_again()
        return done

    def _recall_again(self):
        """Recalling is the officers' right; HR, who may write these, asks through it.

        :raise AccessError: for people of another company.
        """
        self.check_access("write")
        leavers = self.sudo()
        if not self.env.su and leavers.employee_id.company_id - self.env.companies:
            raise AccessError(
                self.env._("Whoever leaves another company is asked there.")
            )
        leavers._recall(again=True)

    # === REGISTER === #

    @api.model
    def _begin(self, employees, **vals):
        """Let these leave: recall all they have, one departure for each who has any.

        :param vals: ``departure_date``, ``deadline``, ``method``, ``instructions``,
            ``responsible_id``; what is missing is proposed.
        """
        known = self.search([("employee_id", "in", employees.ids)])
        if vals and known:
            known._store(vals)
        holding = self.env["hr.employee"].union(*employees._lending_rows_to_return())
        new = self._insert(
            [
                {**self._proposed_values(employee), **vals, "employee_id": employee.id}
                for employee in holding - known.employee_id
            ]
        )
        reopened = known.filtered(lambda one: one.settled_on and one.to_return_count)
        reopened._store({"settled_on": False})
        (known | new)._recall()
        (new | reopened)._schedule_follow_up()
        return known | new

    @api.model
    def _proposed_values(self, employee):
        """The day of leaving, and the manager, or who looks after the employee."""
        today = fields.Date.context_today(self)
        leaves = employee.departure_date
        users = employee.parent_id.user_id, employee.hr_responsible_id, self.env.user
        return {
            "departure_date": leaves,
            "deadline": max(leaves or today, today),
            "responsible_id": next((one.id for one in users if one.active), False),
        }

    def _recall(self, again=False):
        """Ask for what is out (L11); what was asked for earlier keeps its deadline,
        unless the departure itself was changed (``again``).

        Reservations are not out yet: they are listed until somebody cancels them.
        """
        rows = self.employee_id._lending_rows_to_return()
        batches = {}
        for departure in self:
            loans = rows.get(departure.employee_id, self.env["lending.loan"])
            by = departure._deadline_instant()
            loans = loans.filtered(
                lambda one, by=by: (
                    one.state == "out"
                    and (again or not one.recall_by or one.recall_by > by)
                )
            )
            key = by, departure._recall_message()
            batches[key] = batches.get(key, loans.browse()) | loans
        for (by, message), loans in batches.items():
            loans.recall(by, message)

    def _recall_message(self):
        """What the holder is told: the way and the place, nothing about the person."""
        method = dict(self._fields["method"]._description_selection(self.env))
        return ": ".join(filter(None, (method[self.method], self.instructions)))

    def _schedule_follow_up(self):
        for departure in self.filtered("responsible_id"):
            departure.activity_schedule(
                "mail.mail_activity_data_todo",
                departure.deadline,
                self.env._("Get back what %s has", departure.employee_id.name),
                user_id=departure.responsible_id.id,
            )

    # === FOLLOW === #

    def _settle(self):
        """Close what has nothing missing any more: done activities, a green list."""
        settled = self.filtered(lambda one: not one.to_return_count)
        settled = settled.filtered(lambda one: not one.settled_on)
        settled._store({"settled_on": fields.Date.context_today(self)})
        settled.activity_feedback(
            ["mail.mail_activity_data_todo"], feedback=self.env._("Everything is back.")
        )

    @api.model
    def _cron_follow(self):
        """Find who left without the departure form, and what leavers got since.

        In steps that resume; the next run goes on where this one stopped.
        """
        cron = self.env["ir.cron"]
        leavers = self._leavers_to_register()
        cron._commit_progress(remaining=len(leavers))
        for start in range(0, len(leavers), BATCH):
            batch = leavers[start : start + BATCH]
            self._begin(batch)
            if not cron._commit_progress(len(batch)):
                return
        self.search([("settled_on", "=", False), ("to_return_count", "=", 0)])._settle()

    @api.model
    def _leavers_to_register(self):
        """Archived employees and those whose last day is over, with rows nobody has
        asked for yet."""
        Loan = self.env["lending.loan"]
        today = fields.Date.context_today(self)
        Employee = self.env["hr.employee"].with_context(active_test=False)
        left = Employee._search(
            ["|", ("active", "=", False), ("departure_date", "<", today)]
        )
        known = self._search([])
        unasked = Domain("state", "=", "out") & Domain("recall_by", "=", False)
        found = Employee
        for name in ("employee_id", "sponsor_id"):
            new = Domain(name, "not in", known.subselect("employee_id"))
            domain = (
                Domain("state", "in", LIVE) & Domain(name, "in", left) & (unasked | new)
            )
            for (employee,) in Loan._read_group(domain, [name]):
                found |= employee
        return found

    # === ACTIONS === #

    def action_ask_again(self):
        """Send the recall again."""
        self._recall_again()

    def action_cancel_reservations(self):
        """Give up what is only promised to the leaver.

        :raise AccessError: for others than lending officers.
        """
        loans = self.loan_ids.filtered(lambda one: one.state == "reserved")
        loans.cancel(self.env._("The employee leaves."))
