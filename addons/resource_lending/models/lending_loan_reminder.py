from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.resource_allocation.core.moment import local_day


class LendingLoan(models.Model):
    _inherit = "lending.loan"

    last_reminded_on = fields.Date(
        readonly=True, copy=False, help="When the holder was last written to."
    )
    sponsor_reminded_on = fields.Date(
        string="Sponsor last reminded on",
        readonly=True,
        copy=False,
        help="When the one who answers for the holder was last written to.",
    )
    escalated_on = fields.Date(
        string="Manager told on",
        readonly=True,
        copy=False,
        help="When the manager was told that it is late: once for each return date.",
    )

    @api.model
    def _guarded_fields(self):
        """When somebody was written to, says writing to them."""
        return super()._guarded_fields() | {
            "last_reminded_on", "sponsor_reminded_on", "escalated_on",
        }  # fmt: skip

    @api.model
    def _domain_to_remind(self):
        """Things that are out and have to come back; none that are lost or gone."""
        return (
            Domain("state", "=", "out")
            & Domain("stop_at", ">", fields.Datetime.now())
            & Domain("asset_id.active", "=", True)
            & Domain("asset_id.condition", "not in", ("lost", "written_off"))
        )

    @api.model
    def _domain_due_within_notice(self):
        """Those whose notice, as their category sets it, has begun; a day too early
        at most, for zones ahead of UTC."""
        now = fields.Datetime.now()
        categories = self.env["lending.category"].search(
            [("active", "in", (True, False))]
        )
        groups = categories.grouped("remind_days_before")
        return Domain.OR(
            Domain("category_id", "in", group.ids)
            & (
                Domain("due_date", "<=", now.date() + timedelta(days=days + 1))
                | Domain("recall_by", "<=", now + timedelta(days=days + 2))
            )
            for days, group in groups.items()
        )

    def _reminder_today(self):
        """The local day of the row's own time zone."""
        return local_day(fields.Datetime.now(), pytz.timezone(self.tz))

    def _deadline(self):
        """The last local day to bring it back: what was agreed, or asked for before."""
        self.ensure_one()
        zone = pytz.timezone(self.tz)
        days = [
            self.due_date,
            self.recall_by and local_day(self.recall_by - timedelta(seconds=1), zone),
        ]
        return min(filter(None, days), default=None)

    def _days_left(self):
        """Days until the deadline: 0 on it, negative when late; None without one."""
        deadline = self._deadline()
        return (deadline - self._reminder_today()).days if deadline else None

    def _is_to_mention(self):
        """Whether a digest names it: late, due, or within its category's notice."""
        left = self._days_left()
        return left is not None and left <= self.category_id.remind_days_before

    def _is_reminder_due(self, last):
        """Whether it is a reason to write today, ``last`` being the day of the last
        message: at the beginning of the notice, on the day, the day after, and then as
        often as the category says."""
        left, today = self._days_left(), self._reminder_today()
        if not self._is_to_mention() or last == today:
            return False
        deadline = today + timedelta(days=left)
        if left > 0:
            begin = deadline - timedelta(days=self.category_id.remind_days_before)
            return not last or last < begin
        if left == 0 or not last or last <= deadline:
            return True
        every = self.category_id.remind_every_days
        return bool(every and (today - last).days >= every)

    def _is_escalation_due(self):
        """Whether the manager is to be told now: once for each return date."""
        after, left = self.category_id.escalate_after_days, self._days_left()
        if not after or left is None or -left < after:
            return False
        return not self.escalated_on or self.escalated_on < self._deadline()

    def _told_on(self):
        """The day of the last message to the holder; a recall is one, too."""
        recalled = self.recalled_at and local_day(
            self.recalled_at, pytz.timezone(self.tz)
        )
        return max(filter(None, (self.last_reminded_on, recalled)), default=None)

    def _manager_partner(self):
        """The contact to tell when the holder does not bring it back: the sponsor of
        an external person, the manager of an employee."""
        self.ensure_one()
        # Who leads whom is read for the mail alone; employees are not everybody's.
        employee = self.sudo().employee_id
        manager = (
            self.sudo().sponsor_id
            or employee.parent_id
            or employee.department_id.manager_id - employee
        )
        return manager.user_id.partner_id or manager.work_contact_id

    def _reminder_partners(self):
        """``(holder's contact, that of who answers for them)``, each possibly empty.

        An external person's sponsor gets the same reminders (LC10); so does the manager
        of those whom no mail reaches, or who left.
        """
        holder = self._holder_partner()
        holder = holder.filtered("email")
        absent = not holder or (self.employee_id and not self.employee_id.active)
        second = self._manager_partner() if self.sponsor_id or absent else holder[:0]
        return holder, second.filtered("email") - holder
