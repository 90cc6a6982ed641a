"""The four actions: reserve, hand out, recall, return and process (L2)."""

from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.resource_allocation.core.moment import FOREVER, local_day
from odoo.addons.resource_allocation.inputs import (
    to_day,
    to_instant,
    to_past_instant,
    to_text,
    to_values_list,
)

from .lending_loan_rows import HOLDERS

PASSED_ON = {*HOLDERS, "sponsor_id", "hr_type_id", "due_date", "due_at", "note"}
"""What may be said of the holder to come when a thing is passed on."""
RESERVED = PASSED_ON | {"asset_id", "start_at", "pickup_at", "pickup_place"}
"""What may be said of a reservation; the rest follows."""
SECOND = timedelta(seconds=1)
# A scanner is quicker than the clock: what happens within a minute is put in order.
MINUTE = timedelta(minutes=1)
"""The shortest custody there is."""


class LendingLoan(models.Model):
    _inherit = "lending.loan"

    # === RESERVE === #

    @api.model
    def reserve(self, vals_list):
        """Reserve things for holders and tell them where and when to collect (L4-L6).

        Each dictionary names ``asset_id`` and the holder, and may name ``start_at``
        (UTC; default ``pickup_at``, else now), ``due_date`` or ``due_at``,
        ``pickup_at``, ``pickup_place`` and ``note``. Without a return date it is
        promised until further notice.

        :raise UserError: lost, outdated or written off (L20).
        :raise AllocationConflict: not free in that time.
        """
        loans = self._promise(to_values_list(self, vals_list))
        loans._log("reserve")
        loans._notify_reserved()
        return loans

    @api.model
    def hand_out_directly(self, vals_list, at=None):
        """Hand out what nobody reserved: the reservation is made and used at once
        (L10, L20). ``at``: UTC, default now."""
        at = to_instant(self.env, at) or fields.Datetime.now()
        asked = to_values_list(self, vals_list)
        loans = self._promise([{**vals, "start_at": at} for vals in asked])
        return loans.hand_out(at)

    @api.model
    def _promise(self, vals_list):
        self.check_access("create")
        self._check_names(vals_list, RESERVED)
        assets = self._assets_asked(vals_list)
        rows = [self._prepare_reservation(vals, assets) for vals in vals_list]
        assets._check_usable()
        self._lock_custody(assets)
        loans = self._insert(rows)
        self._sync_ledger(assets)
        return loans

    @api.model
    def _check_names(self, vals_list, known):
        """Refuse what only follows from something else, as states and instants do."""
        if forged := set().union(*vals_list) - known:
            raise UserError(
                self.env._("Not typed in a row: %s.", ", ".join(sorted(forged)))
            )

    @api.model
    def _prepare_reservation(self, vals, assets):
        asset = self._asset_of(vals, assets)
        company = asset._lending_company()
        tz = company._lending_tz()
        now = fields.Datetime.now()
        pickup = vals.get("pickup_at")
        start = vals.get("start_at") or max(pickup or now, now)
        vals = self._with_due(dict(vals), tz)
        if vals.get("due_at") and vals["due_at"] <= start:
            raise ValidationError(
                self.env._(
                    "%s: the return date lies before the loan begins.",
                    asset.display_name,
                )
            )
        days = asset.category_id.uncollected_days
        return {
            "hr_type_id": asset.type_id.hr_type_id.id,
            **vals,
            "role": "user",
            "by_date": False,
            "company_id": company.id,
            "tz": str(tz),
            "single": asset._is_held_singly("user"),
            "state": "reserved",
            "start_at": start,
            "stop_at": FOREVER,
            "date_from": local_day(start, tz),
            "date_to": False,
            "lapse_at": days and max(pickup or start, start) + timedelta(days=days),
        }

    # === HAND OUT === #

    def hand_out(self, at=None):
        """Register that reserved things were delivered: ``reserved`` -> ``out`` (L7).

        :param datetime at: UTC, default now; not in the future.
        :raise UserError: not reserved, an inspection past due.
        :raise ValidationError: the return date has passed.
        :raise AllocationConflict: somebody still has it.
        """
        at = to_past_instant(self.env, at)
        self.check_access("write")
        self._lock_custody(self.asset_id)
        self._check_state("reserved", self.env._("handed out"))
        if typed := self.filtered("by_date"):
            raise UserError(
                self.env._(
                    "%s was typed for a date and begins by itself.",
                    typed[0].display_name,
                )
            )
        self.asset_id._check_usable()
        self.asset_id._check_may_leave()
        self._check_nobody_has_it()
        if overdue := self.filtered(lambda one: one.due_at and one.due_at <= at):
            raise ValidationError(
                self.env._(
                    "%s: the return date has passed. Set a later one first.",
                    overdue[0].display_name,
                )
            )
        self._begin_at(at)
        self._sync_ledger(self.asset_id)
        self._log("hand_out", at=at)
        self.asset_id._holders_changed()
        self._notify_handed_out()
        return self

    def _begin_at(self, at):
        # Who gave it back in this very second had it until a later one (_end_at).
        just_back = (
            self.filtered("single")
            .sudo()
            .search(
                [
                    ("asset_id", "in", self.asset_id.ids),
                    ("role", "=", "user"),
                    ("state", "=", "closed"),
                    ("stop_at", ">", at),
                    ("stop_at", "<=", at + MINUTE),
                ]
            )
        )
        free = {loan.asset_id.id: loan.stop_at for loan in just_back.sorted("stop_at")}

        def begins(loan):
            start = free.get(loan.asset_id.id, at) if loan.single else at
            return loan.tz, start

        for (tz, start), loans in self.grouped(begins).items():
            loans._store(
                {
                    "state": "out",
                    "start_at": start,
                    "date_from": local_day(start, self._zone(tz)),
                    "lapse_at": False,
                }
            )

    def _check_nobody_has_it(self):
        """Say who still has it, before the database does.

        :raise UserError: naming the holder.
        """
        if held := (self.filtered("single").asset_id._live_holders() - self)[:1]:
            raise UserError(
                self.env._(
                    "%(asset)s is still with %(holder)s. Take it back, or pass it on.",
                    asset=held.asset_id.display_name,
                    holder=held._known_holder(),
                )
            )

    # === WHILE IT IS OUT === #

    def recall(self, by, message=None):
        """Ask the holders to hand things in (L11); never shortens the return date.

        :param datetime by: UTC, required, in the future.
        :raise ValidationError: without a deadline, or one that has passed.
        """
        by = to_instant(self.env, by)
        message = to_text(self.env, message)
        if not by or by <= fields.Datetime.now():
            raise ValidationError(
                self.env._("Say by when it is to be handed in: a time to come.")
            )
        self.check_access("write")
        self._check_state("out", self.env._("recalled"))
        self._store(
            {
                "recall_by": by,
                "recall_message": message,
                "recalled_at": fields.Datetime.now(),
            }
        )
        self._log("recall", message)
        self._notify_recalled()
        return self

    def extend(self, due_date):
        """Change the return date (a local day, included, or an instant in UTC).

        :raise AllocationConflict: somebody else was promised it in that time.
        """
        self.check_access("write")
        self._lock_custody(self.asset_id)
        live = self.filtered(lambda one: one.state not in ("reserved", "out"))
        if live or self.filtered("by_date"):
            raise UserError(
                self.env._(
                    "%s: only what is reserved or out has a return date to change.",
                    (live or self)[0].display_name,
                )
            )
        due = (
            {"due_at": to_instant(self.env, due_date)}
            if isinstance(due_date, datetime)
            else {"due_date": to_day(self.env, due_date)}
        )
        for tz, loans in self.grouped("tz").items():
            loans._store(self._with_due(dict(due), self._zone(tz)))
        self._sync_ledger(self.asset_id)
        for due, loans in self.grouped("due_date").items():
            loans._log("extend", due and format_date(self.env, due))
        return self

    # === RETURN AND PROCESS === #

    def take_back(self, at=None, outcome="in_stock", note=None):
        """Register that things came back, and what became of them (L12, L13).

        :param datetime at: UTC, default now; a fact, so not in the future.
        :param str outcome: ``in_stock``, ``lost`` or ``outdated``.
        :raise UserError: what is not out, or an instant before it was handed out.
        """
        at = to_past_instant(self.env, at)
        note = to_text(self.env, note)
        self.env["lending.asset"]._check_outcome(outcome)
        self.check_access("write")
        self._lock_custody(self.asset_id)
        self._check_state("out", self.env._("taken back"))
        if early := self.filtered(lambda one: at + MINUTE < one.start_at):
            raise UserError(
                self.env._(
                    "%s cannot come back before it was handed out.",
                    early[0].display_name,
                )
            )
        ended = self | self._others_of_lost(outcome)
        ended._end_at(at, outcome)
        self._sync_ledger(self.asset_id)
        ended._log("return", note, at=at, outcome=outcome)
        self._settle_assets(outcome)
        self.asset_id._holders_changed()
        self._notify_taken_back()
        return self

    def _others_of_lost(self, outcome):
        """Who else has what is lost or outdated: it is gone for all of them."""
        if outcome == "in_stock":
            return self.browse()
        return self.search(
            [
                ("asset_id", "in", self.asset_id.ids),
                ("role", "=", "user"),
                ("state", "=", "out"),
                ("id", "not in", self.ids),
            ]
        )

    def _end_at(self, at, outcome):
        # Handed out and back within a second, it still was custody; what ended by
        # its date before is not prolonged.
        def ends(loan):
            stop = max(at, loan.start_at + SECOND)
            return loan.tz, min(stop, loan.stop_at)

        for (tz, stop), loans in self.grouped(ends).items():
            loans._store(
                {
                    "state": "closed",
                    "stop_at": stop,
                    "date_to": local_day(min(at, stop - SECOND), self._zone(tz)),
                    "outcome": outcome,
                }
            )

    def _settle_assets(self, outcome):
        """What comes back last says in what condition the thing is."""
        free = self.asset_id - self.asset_id._live_holders().asset_id
        if free:
            free._set_condition(outcome)

    def process(self, outcome, note=None, at=None):
        """Register again what became of things: repeatable (L14).

        What is still out is returned with that outcome; of what is back only the
        thing's condition changes, not who had it until when.
        """
        note = to_text(self.env, note)
        at = to_instant(self.env, at)
        out = self.filtered(lambda one: one.state == "out")
        if out:
            out.take_back(at, outcome, note)
        back = self - out
        if not back:
            return self
        back._check_state("closed", self.env._("processed"))
        back.asset_id._check_outcome(outcome)
        back.check_access("write")
        back.asset_id._check_nobody_has()
        back._log("process", note, at=at, outcome=outcome)
        back.asset_id._set_condition(outcome)
        return self

    def cancel(self, reason=None):
        """Give up reservations: ``reserved`` -> ``cancelled`` (L20)."""
        reason = to_text(self.env, reason)
        self.check_access("write")
        self._lock_custody(self.asset_id)
        self._check_state("reserved", self.env._("cancelled"))
        self._store({"state": "cancelled", "lapse_at": False})
        self._sync_ledger(self.asset_id)
        self._log("cancel", reason)
        self._notify_cancelled(reason)
        return self

    # === SHARED === #

    def _check_state(self, state, wanted):
        """Read the state as it is now, under the lock, and refuse another."""
        self.invalidate_recordset(["state"])
        labels = dict(self._fields["state"]._description_selection(self.env))
        if wrong := self.filtered(lambda one: one.state != state):
            raise UserError(
                self.env._(
                    "%(row)s cannot be %(wanted)s: it is %(state)s.",
                    row=wrong[0].display_name,
                    wanted=wanted,
                    state=labels[wrong[0].state].lower(),
                )
            )

    @api.model
    def _holder_values(self):
        """The holder's fields, to be given to another row."""
        self.ensure_one()
        names = (*HOLDERS, "sponsor_id")
        return {name: self[name].id for name in names}
