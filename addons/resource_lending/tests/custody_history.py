"""One random history of custody, as requests would make it."""

from datetime import datetime, timedelta
from unittest.mock import patch

from hypothesis import note
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.core.moment import day_start, local_day

from .custody_invariants import Invariants

NOW = datetime(2026, 3, 20, 8, 30)
"""Nine days before the clocks of Oslo change."""
SENSIBLE = {
    "retime": lambda row: row.by_date and not row.locked,
    "delete": lambda row: not row.locked and (row.by_date or row.state == "reserved"),
    "hand_out": lambda row: row.state == "reserved" and not row.by_date,
    "process": lambda row: row.state in ("out", "closed"),
    "extend": lambda row: row.state in ("reserved", "out") and not row.by_date,
    "cancel": lambda row: row.state == "reserved",
}
"""The rows that an operation makes sense for; the others want what is out."""


class History(Invariants):
    """One history, and what must be true after each of its steps."""

    def __init__(self, case):
        self.case = case
        self.env = case.env
        self.now = NOW
        self.assets = case.laptop | case.phone | case.shared
        self.tz = case.company._lending_tz()
        self.answers = {}
        """``{instant: who had what}`` as it was said; the instants are in the past."""

    def play(self, history):
        clock = patch.object(fields.Datetime, "now", lambda: self.now)
        cron = patch.object(type(self.env["ir.cron"]), "_commit_progress")
        with clock, cron as progress:
            progress.return_value = 1
            for name, arguments in history:
                self.now += timedelta(minutes=1)
                self.step(name, arguments)
                self.check_rows()
                self.check_ledger()
                self.check_status()
            self.case.assertFalse(self.differences())

    def differences(self):
        """What the nightly comparison would list."""
        self.env["resource.allocation.difference"]._cron_compare()
        return self.env["resource.allocation.difference"].search([]).mapped("what")

    # === ONE STEP === #

    def step(self, name, arguments):
        """Ask as a request would: what is refused leaves nothing behind."""
        self.since = self.now
        try:
            with self.env.cr.savepoint():
                getattr(self, f"do_{name}")(*arguments)
                self.env.flush_all()
            word = "done"
        except (UserError, IntegrityError) as refused:
            word = f"refused: {refused}"
        note(f"{self.now}: {name} {arguments}: {word}")
        self.env.invalidate_all()
        self.check_past(changed=word == "done")

    def loans(self, who="administrator"):
        return self.case._loans(getattr(self.case, who))

    def row(self, name, place):
        """One of the rows that the operation makes sense for."""
        rows = self.loans().search([], order="id")
        known = SENSIBLE.get(name, lambda row: row.state == "out" and not row.by_date)
        rows = rows.filtered(known)
        if not rows:
            # pylint: disable-next=translation-required
            raise UserError("nothing to do it with")
        row = rows[place % len(rows)]
        self.changes(row.start_at)
        return row

    def changes(self, instant):
        """From there on, the answers about the past may be others."""
        self.since = min(self.since, instant)

    def day(self, number):
        return local_day(self.now, self.tz) + timedelta(days=number)

    def due(self, number):
        return {} if number is None else {"due_date": self.day(number)}

    def happened(self, hours):
        """An instant some hours ago, from which on the past may change."""
        at = self.now - timedelta(hours=hours)
        self.changes(at)
        return at

    def values(self, thing, person, **vals):
        holder = getattr(self.case, person).id
        return {
            "asset_id": getattr(self.case, thing).id, "employee_id": holder, **vals
        }  # fmt: skip

    # === WHAT PEOPLE DO === #

    def do_type(self, thing, person, role, first, length, take_over):
        first = self.day(first)
        self.changes(day_start(first, self.tz))
        self.loans().with_context(lending_take_over=take_over).create(
            self.values(
                thing,
                person,
                role=role,
                date_from=first,
                date_to=length is not None and first + timedelta(days=length),
            )
        )

    def do_retime(self, place, first, length):
        row = self.row("retime", place)
        vals = {} if first is None else {"date_from": self.day(first)}
        start = vals.get("date_from", row.date_from)
        vals["date_to"] = length is not None and start + timedelta(days=length)
        self.changes(day_start(start, self.tz))
        row.write(vals)

    def do_delete(self, place):
        self.row("delete", place).unlink()

    def do_reserve(self, thing, person, hours, due):
        start = self.now + timedelta(hours=hours)
        if due is not None:
            due += hours // 24
        self.loans().reserve(
            [self.values(thing, person, start_at=start, **self.due(due))]
        )

    def do_hand_out(self, place, hours):
        row = self.row("hand_out", place)
        self.since = self.now
        row.hand_out(self.happened(hours))

    def do_hand_out_directly(self, things, person, hours, due):
        vals_list = [self.values(thing, person, **self.due(due)) for thing in things]
        self.loans().hand_out_directly(vals_list, self.happened(hours))

    def do_take_back(self, numbers, hours, outcome):
        rows = self.loans().union(*(self.row("take_back", one) for one in numbers))
        self.since = self.now
        rows.take_back(self.happened(hours), outcome)

    def do_process(self, place, outcome):
        row = self.row("process", place)
        self.since = self.now
        row.process(outcome)

    def do_transfer(self, place, person, hours, due):
        row = self.row("transfer", place)
        self.since = self.now
        vals = {"employee_id": getattr(self.case, person).id, **self.due(due)}
        row.transfer(vals, self.happened(hours))

    def do_correct_holder(self, place, person):
        row = self.row("correct", place)
        row.correct({"employee_id": getattr(self.case, person).id}, "wrong badge")

    def do_correct_thing(self, place, thing):
        row = self.row("correct", place)
        row.correct({"asset_id": getattr(self.case, thing).id}, "wrong label")

    def do_correct_start(self, place, hours):
        row = self.row("correct", place)
        row.correct({"start_at": self.happened(hours)}, "wrong time")

    def do_extend(self, place, due):
        row = self.row("extend", place)
        self.since = self.now
        row.extend(self.day(due) if due is not None else False)

    def do_recall(self, place):
        row = self.row("recall", place)
        self.since = self.now
        row.recall(self.now + timedelta(days=3))

    def do_cancel(self, place):
        row = self.row("cancel", place)
        row.cancel("not needed")

    def do_write_off(self, thing, number):
        day = self.day(number)
        self.changes(day_start(day, self.tz))
        asset = getattr(self.case, thing).with_user(self.case.administrator)
        asset.write_off(day, "gone")

    def do_book(self, thing, hours, length):
        start = self.now + timedelta(hours=hours)
        self.env["resource.allocation"].allocate(
            [
                {
                    "resource_id": getattr(self.case, thing).resource_id.id,
                    "start": start,
                    "stop": start + timedelta(hours=length),
                }
            ]
        )

    def do_hold(self, thing, holding):
        """From now on, one or several may have such a thing; what is, stays."""
        getattr(self.case, thing).type_id.holding = holding

    def do_tick(self, hours, job):
        """Time passes; the job may be late."""
        self.now += timedelta(hours=hours)
        self.since = self.now
        if job:
            self.env["resource.allocation"].sudo()._cron_look_after()
            self.loans().sudo()._cron_turn_over()
