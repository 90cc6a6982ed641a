from datetime import timedelta

from pytz import timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..core.moment import wall_time
from ..inputs import existing


class ResourceCalendarLeaves(models.Model):
    """When a bookable thing is closed is its managers' to say; so are the holidays
    that they imported."""

    _inherit = "resource.calendar.leaves"

    ics_uid = fields.Char(
        string="Identifier in the File",
        readonly=True,
        copy=False,
        help="By this the file of an import knows it again.",
    )
    ics_day = fields.Date(string="Known by Its Day", readonly=True, copy=False)
    when_text = fields.Char(
        compute="_compute_when_text",
        compute_sudo=True,
        string="When",
        help="Days as the opening hours count them, or the company where it is for all "
        "of it; a part of a day by your own clock.",
    )

    _ics_once = models.UniqueIndex(
        "(ics_uid, ics_day, company_id, coalesce(calendar_id, 0))"
        " WHERE ics_uid IS NOT NULL",
        "This holiday was imported already, perhaps by somebody else just now.",
    )

    @api.depends("date_from", "date_to", "calendar_id", "company_id")
    @api.depends_context("lang", "uid")
    def _compute_when_text(self):
        for leave in self:
            zone = leave._zone_of(leave.calendar_id, leave.company_id)
            dated = leave.date_from and leave.date_to
            leave.when_text = dated and leave._when_in_words(
                leave.date_from, leave.date_to, zone
            )

    @api.model
    def _zone_of(self, calendar, company):
        """The zone whose days a holiday of these hours is about, or of all of them."""
        return timezone(calendar.tz or company.resource_calendar_id.tz or "UTC")

    @api.model
    def _when_in_words(self, start, stop, zone):
        """Whole days of the zone as the user writes them, else the period (UTC)."""
        first, last = (
            wall_time(moment, zone) for moment in (start, _full_minute(stop))
        )
        if first.hour or first.minute or last.hour or last.minute:
            return self.env["resource.allocation"].period_in_words(start, stop)
        days = (first.date(), (last - timedelta(seconds=1)).date())
        words = [format_date(self.env, day, date_format="EEE d MMM y") for day in days]
        return " – ".join(dict.fromkeys(words))

    def write(self, vals):
        """Ask again where a leave arrives at a bookable thing: the rules looked at
        the resource it came from.

        :raise AccessError: not a manager of the thing.
        """
        done = super().write(vals)
        if "resource_id" in vals and self.sudo().resource_id.bookable:
            self.check_access("write")
        return done

    def _closes(self, calendar, company):
        """Whether this public holiday closes that calendar in that company (ids).

        Without a company, which has none of its own, only what was entered for the
        very calendar does.
        """
        if self.calendar_id.id not in (False, calendar):
            return False
        if not company:
            return bool(self.calendar_id)
        return self.company_id.id in (False, company)

    def _closed_period(self):
        """``(start, stop)``, UTC; a day that ends at 23:59:59 ends at midnight."""
        return self.date_from, _full_minute(self.date_to)

    def action_holidays_remove(self):
        """Take imported holidays back: what they closed is open again.

        :raise AccessError: for anybody but resource managers, and for companies that
            these do not work for.
        :raise UserError: for what was not imported.
        """
        self.check_access("read")
        ledger = self.env["resource.allocation"]
        ledger._check_manager(self.env._("take holidays back"))
        for leave in existing(self):
            if leave.resource_id or not leave.ics_uid:
                raise UserError(
                    self.env._(
                        "“%s” was not imported: delete it where it was entered.",
                        leave.display_name,
                    )
                )
        if self.company_id - self.env.user.company_ids:
            raise AccessError(self.env._("You do not work for all these companies."))
        # Narrow sudo: core keeps holidays for administrators; these were imported.
        self.sudo().unlink()


def _full_minute(stop):
    """Midnight for a day that ends in its last second, as core's do."""
    last_second = stop.minute == stop.second == 59
    return stop + timedelta(seconds=1) if last_second else stop
