"""Passing on, and correcting what was registered by mistake."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_datetime

from odoo.addons.resource_allocation.core.moment import day_end, local_day
from odoo.addons.resource_allocation.inputs import (
    only_one,
    to_past_instant,
    to_text,
    to_values,
)

from .lending_loan_actions import PASSED_ON
from .lending_loan_rows import HOLDERS

CORRECTABLE = {*HOLDERS, "asset_id", "sponsor_id", "start_at", "due_date"}
REBOOKED = {"asset_id", "start_at", "due_at"}


class LendingLoan(models.Model):
    _inherit = "lending.loan"

    @api.model
    def take_over(self, vals, date_from):
        """Type a row that ends the present holder's the day before (LT8, LC3).

        ``vals`` names asset and holder as :meth:`create` does; ``date_from`` is a
        local day.
        """
        vals = to_values(self, vals)
        taking = self.with_context(lending_take_over=True)
        return taking.create([{**vals, "date_from": date_from}])

    # === ANOTHER THING, ANOTHER TIME === #

    def rebook(self, vals):
        """Promise another thing of the same type, or another time; whom it is
        promised to is told once.

        :param dict vals: ``asset_id``, ``start_at`` and ``due_at`` (UTC; empty: no
            return date), those that change.
        :raise UserError: not reserved, typed, or a thing of another type or company.
        :raise AllocationConflict: not free in that time.
        """
        vals = to_values(self, vals)
        self.check_access("write")
        self._check_names([vals], REBOOKED)
        former = self.asset_id
        asset = former.browse(vals.get("asset_id") or [])
        self._lock_custody(former | asset)
        self._check_may_rebook(asset)
        self._log("change", self._describe_rebooking(vals))
        for loan in self:
            loan._store(loan._rebooked_values(vals))
        self._sync_ledger(former | asset)
        if asset:
            self._log("reserve")
            lines = self.env["lending.handover.line"]
            lines = lines.search([("loan_id", "in", self.ids), ("state", "=", "draft")])
            lines.write({"asset_id": asset.id})
        self._notify_reserved()
        return self

    def _check_may_rebook(self, asset):
        self._check_state("reserved", self.env._("promised otherwise"))
        if typed := self.filtered("by_date"):
            raise UserError(
                self.env._(
                    "%s was typed for dates: type another row.", typed[0].display_name
                )
            )
        (asset or self.asset_id)._check_usable()
        if not asset:
            return
        asset.check_access("read")
        company = asset.with_company(self.company_id[:1])._lending_company()
        if self.asset_id.type_id != asset.type_id or self.company_id != company:
            raise UserError(
                self.env._(
                    "%s is of another type or company than what was promised.",
                    asset.display_name,
                )
            )

    def _rebooked_values(self, vals):
        """The promise with what changes; collecting it moves along."""
        zone = self._zone(self.tz)
        start = vals.get("start_at") or self.start_at
        later = start - self.start_at
        values = {
            "start_at": start,
            "date_from": local_day(start, zone),
            "pickup_at": self.pickup_at and self.pickup_at + later,
            "lapse_at": self.lapse_at and self.lapse_at + later,
        }
        if "asset_id" in vals:
            asset = self.asset_id.browse(vals["asset_id"])
            values |= {"asset_id": asset.id, "single": asset._is_held_singly("user")}
        if "due_at" in vals:
            due = {"due_at": vals["due_at"]} if vals["due_at"] else {"due_date": False}
            values = self._with_due({**values, **due}, zone)
        return values

    def _describe_rebooking(self, vals):
        """What is promised instead, for the history of what was promised before."""
        asset = self.asset_id.browse(vals.get("asset_id") or [])
        start = vals.get("start_at")
        parts = [asset.display_name, start and format_datetime(self.env, start)]
        return self.env._("Instead: %s", ", ".join(filter(None, parts)))

    # === PASSING ON === #

    def transfer(self, vals, at=None):
        """Pass things that are out on to another holder, without coming back.

        :param dict vals: the new holder (and ``sponsor_id``, ``due_date``).
        :param datetime at: UTC, default now.
        :return: the new holder's rows.
        """
        at = to_past_instant(self.env, at)
        vals = to_values(self, vals)
        self.check_access("write")
        self._check_names([vals], PASSED_ON)
        self._check_holders([vals])
        self._lock_custody(self.asset_id)
        self._check_state("out", self.env._("passed on"))
        self.asset_id._check_may_leave()
        with self._all_at_once():
            self._end_at(at, False)
            new = self._insert(
                [
                    {
                        **self._prepare_reservation(
                            {"asset_id": loan.asset_id.id, "start_at": at, **vals},
                            self.asset_id,
                        ),
                        "start_at": max(at, loan.stop_at),
                        "state": "out",
                        "lapse_at": False,
                        "allocation_id": loan.sudo().allocation_id.id,
                    }
                    for loan in self
                ]
            )
            for former, loan in zip(self, new, strict=True):
                former._store({"ended_by_id": loan.id})
        self._sync_ledger(self.asset_id)
        self._log("transfer", at=at)
        new._log("hand_out", at=at)
        self.asset_id._holders_changed()
        new._notify_handed_out()
        return new

    def correct(self, vals, reason):
        """Correct a wrong scan in one step (LC11): the wrong row is cancelled, the
        right one takes its place; both stay in the history.

        :param dict vals: what was wrong: ``asset_id``, the holder, ``start_at`` (UTC),
            ``due_date``. An empty ``asset_id``: it was never handed out.
        :param str reason: required.
        :return: the right row, if there is one.
        :raise AccessError: after the day of the hand-over, no administrator.
        """
        only_one(self)
        vals, reason = to_values(self, vals), to_text(self.env, reason)
        self._check_may_correct(vals, reason)
        asset = self.env["lending.asset"].browse(
            vals.get("asset_id", self.asset_id.id) or []
        )
        self._lock_custody(self.asset_id | asset)
        self._check_state("out", self.env._("corrected"))
        if asset != self.asset_id:
            asset._check_usable()
            asset._check_may_leave()
        values = [self._corrected_values(one, vals) for one in asset]
        with self._all_at_once():
            self._store({"state": "cancelled"})
            right = self._insert(values)
        self._sync_ledger(self.asset_id | asset)
        (self | right)._log("correct", reason)
        (self.asset_id | asset)._holders_changed()
        right._notify_handed_out()
        return right

    def _check_may_correct(self, vals, reason):
        self.check_access("write")
        if not reason:
            raise ValidationError(self.env._("Say why: the reason is kept."))
        if wrong := set(vals) - CORRECTABLE:
            raise UserError(
                self.env._("Not to be corrected here: %s.", ", ".join(sorted(wrong)))
            )
        self._check_holders([vals])
        today = local_day(fields.Datetime.now(), self._zone(self.tz))
        manager = "resource_lending.lending_group_manager"
        if self.by_date or self.locked:
            raise UserError(
                self.env._("Typed rows and history are changed by a change document.")
            )
        if self.date_from != today and not self.env.user.has_group(manager):
            raise AccessError(
                self.env._(
                    "After the day of the hand-over only administrators correct it."
                )
            )

    def _corrected_values(self, asset, vals):
        """The right row: the wrong one's values, with what was wrong replaced."""
        holder = self._holder_values()
        if set(vals) & set(HOLDERS):
            holder = dict.fromkeys(holder, False)
        due = {} if "due_date" in vals else {"due_at": self.due_at}
        start = vals.get("start_at") or self.start_at
        start = to_past_instant(self.env, start)
        values = self._prepare_reservation(
            {
                **holder,
                **due,
                **vals,
                "asset_id": asset.id,
                "start_at": start,
                "note": self.note,
            },
            asset,
        )
        same = asset == self.asset_id and start == self.start_at
        return {
            **values,
            "state": "out",
            "lapse_at": False,
            "corrects_id": self.id,
            "allocation_id": same and self.sudo().allocation_id.id,
        }

    def _end_on(self, day):
        """End rows on a local day, included, because the thing is gone (D27)."""
        with self._all_at_once():
            for tz, loans in self.grouped("tz").items():
                loans._store(
                    {
                        "date_to": day,
                        "stop_at": day_end(day, self._zone(tz)),
                        "state": "closed",
                    }
                )
