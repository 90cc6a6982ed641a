from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.resource_allocation.core.moment import day_end, day_start

from .lending_change_line import KEPT
from .lending_loan_rows import DOCUMENT


class LendingChangeLine(models.Model):
    """What confirming and reopening do, through the methods of assignments."""

    _inherit = "lending.change.line"

    # === DO === #

    def _do(self):
        """Do what the lines of one document say, in a fixed number of steps."""
        change = self.change_id
        if change.kind == "write_off":
            self.asset_id.write_off(change.date, change.reason)
            return
        self._remember()
        given = self.filtered(lambda line: line._holder_vals())
        passed = given.filtered(lambda line: line._passes_on())
        (given - passed)._type_rows()
        passed._pass_on()
        (self - given).filtered("date_to")._end_rows()
        self._keep_elsewhere()

    def _remember(self):
        for line in self:
            line._store(
                {
                    "former_date_to": line.loan_id.date_to,
                    "former_place_id": line.asset_id.place_id.id,
                    "former_type_id": line.asset_id.type_id.id,
                }
            )

    def _remember_last_event(self):
        last = self._last_events()
        for line in self:
            line._store({"last_event_id": last.get(line.asset_id.id, False)})

    def _loans(self):
        """Assignments that know they are changed by a document."""
        return self.env["lending.loan"].with_context(
            lending_document=DOCUMENT, lending_take_over=True
        )

    def _passes_on(self):
        """Whether the thing changes hands as at the counter: real custody goes on."""
        return self._is_at_counter() and (
            self._goes_on_today() or self.loan_id.date_from < self.date < self._today()
        )

    def _type_rows(self):
        """Type the new holders' rows; they end what went before (D10)."""
        if not self:
            return
        loans = self._loans()
        shared = self.loan_id.filtered(lambda loan: not loan.single)
        day_before = self.change_id.date - timedelta(days=1)
        loans.browse(shared.ids).write({"date_to": day_before})
        new = loans.create([line._prepare_row() for line in self])
        for line, loan in zip(self, new, strict=True):
            line._store({"new_loan_id": loan.id})

    def _prepare_row(self):
        return {
            **self._holder_vals(),
            "asset_id": self.asset_id.id,
            "role": self.role,
            "hr_type_id": self.hr_type_id.id,
            "date_from": self.date,
            "date_to": self.date_to,
            "due_date": self.due_date,
            "note": self.change_id.reason,
        }

    def _pass_on(self):
        """Pass on what was really handed out: to each new holder in one step."""
        for values, lines in self.grouped(
            lambda line: tuple(sorted(line._prepare_transfer().items()))
        ).items():
            first = lines[0]
            zone = first.change_id.company_id._lending_tz()
            today = first.date == first._today()
            at = None if today else day_start(first.date, zone)
            new = self._loans().browse(lines.loan_id.ids).transfer(dict(values), at)
            of_asset = lines.grouped("asset_id")
            for loan in new:
                of_asset[loan.asset_id]._store({"new_loan_id": loan.id})

    def _prepare_transfer(self):
        return {
            **self._holder_vals(),
            "due_date": self.due_date or self.date_to,
            "hr_type_id": self.hr_type_id.id,
        }

    def _end_rows(self):
        """End what the present holders have, on the days the lines say."""
        if free := self.filtered(lambda line: not line.loan_id):
            raise UserError(
                self.env._(
                    "%(asset)s: on %(day)s nobody has it, or several people; choose "
                    "whose assignment ends.",
                    asset=free[0].asset_id.display_name,
                    day=format_date(self.env, free[0].date),
                )
            )
        for day, lines in self.grouped("date_to").items():
            real = lines.filtered(lambda line: line._is_at_counter())
            typed = self._loans().browse((lines - real).loan_id.ids)
            typed.write({"date_to": day})
            real._return_on(day)

    def _return_on(self, day):
        """A thing that is really out comes back on a day, or should (a day to come)."""
        if not self:
            return
        loans = self._loans().browse(self.loan_id.ids)
        if day > self._today():
            loans.extend(day)
            return
        last = day_end(day, self.change_id.company_id._lending_tz())
        at = min(last - timedelta(seconds=1), fields.Datetime.now())
        loans.take_back(at, note=self.change_id.reason)

    def _keep_elsewhere(self):
        for place, lines in self.filtered("keep_at_id").grouped("keep_at_id").items():
            lines.asset_id.write({"place_id": place.id})
        for kind, lines in self.filtered("to_type_id").grouped("to_type_id").items():
            lines.asset_id.write({"type_id": kind.id})

    # === UNDO === #

    def _undo(self):
        """Take back what the lines did; nothing happened since (D12)."""
        real = self.filtered(lambda line: line._cannot_undo())
        if real:
            raise UserError(
                self.env._(
                    "%s really changed hands with this document. Pass it on, or take "
                    "it back.",
                    real[0].asset_id.display_name,
                )
            )
        self._loans().browse(self.new_loan_id.ids).unlink()
        ended = self.filtered(
            lambda line: line.loan_id and (line.new_loan_id or line.date_to)
        )
        for day, lines in ended.grouped("former_date_to").items():
            changed = lines.loan_id.filtered(lambda loan, day=day: loan.date_to != day)
            self._loans().browse(changed.ids).write({"date_to": day})
        for place, lines in (
            self.filtered("keep_at_id").grouped("former_place_id").items()
        ):
            lines.asset_id.write({"place_id": place.id})
        for kind, lines in (
            self.filtered("to_type_id").grouped("former_type_id").items()
        ):
            lines.asset_id.write({"type_id": kind.id})
        self._store(dict.fromkeys(KEPT, False))

    def _cannot_undo(self):
        """Whether a real hand-over or return came of the line."""
        if self.new_loan_id:
            return not self.new_loan_id.by_date
        return bool(self.date_to and self.loan_id and not self.loan_id.by_date)
