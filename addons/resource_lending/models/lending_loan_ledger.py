"""What the availability ledger knows of custody: that the thing is occupied."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from ..core.custody import FOREVER, Span, stretches
from .lending_loan import LIVE


class LendingLoan(models.Model):
    _inherit = "lending.loan"

    @api.model
    def _sync_ledger(self, assets):
        """Bring the ledger in line with the custody of these assets.

        One allocation for each uninterrupted stretch in which users have the thing or
        are promised it; simultaneous users and direct transfers share it. Typed rows
        are reservations to the ledger, which end by themselves; what really went over
        the counter is out until it is taken back. Responsible persons occupy nothing.

        :raise AllocationConflict: somebody else was promised it, in any of the apps.
        """
        rows = self._rows_for_ledger(assets)
        wanted = self._wanted_stretches(rows)
        kept = self._kept_allocations(wanted)
        gone = rows.allocation_id.filtered("live") - self._union(kept.values())
        ledger = self._ledger()
        self._release(gone, rows)
        self._move_stretches(ledger, kept)
        new = [loans for loans, allocation in kept.items() if not allocation]
        made = self._ask(
            ledger.allocate, [loans._prepare_allocation() for loans in new]
        )
        for loans, allocation in zip(new, made, strict=True):
            kept[loans] = allocation
        for loans, allocation in kept.items():
            stale = loans.filtered(
                lambda loan, mine=allocation: loan.allocation_id != mine
            )
            stale._store({"allocation_id": allocation.id})
        self._hand_out_in_ledger(kept)

    @api.model
    def _ledger(self, rows=None):
        """With the user's own rights on the ledger, or narrowly without.

        HR and employees act through documents whose rights were checked; they have
        none on the ledger, and learn nothing from it (:meth:`_ask`).
        """
        ledger = super()._ledger(rows)
        officer = "resource_allocation.resource_allocation_group_user"
        return ledger if self.env.user.has_group(officer) else ledger.sudo()

    @api.model
    def _ask(self, method, *args):
        """Call the ledger; who may not read it is only told what is not free."""
        try:
            return method(*args)
        except AllocationConflict as conflict:
            if not self.env.su and not self._ledger().env.su:
                raise
            things = (
                self.env["resource.resource"]
                .sudo()
                .browse(verdict.resource_id for verdict in conflict.verdicts)
            )
            raise ValidationError(
                self.env._(
                    "Not free in that period: %s.", ", ".join(things.mapped("name"))
                )
            ) from conflict

    @api.model
    def _rows_for_ledger(self, assets):
        """Live rows of users, and those whose allocation still counts.

        In sudo: of a shared thing also those of other companies.
        """
        self.flush_model()
        return self.sudo().search(
            [
                ("asset_id", "in", assets.ids),
                ("role", "=", "user"),
                "|",
                ("state", "in", LIVE),
                ("allocation_id.live", "=", True),
            ]
        )

    @api.model
    def _wanted_stretches(self, rows):
        """Recordsets of live rows that share one allocation each."""
        wanted = []
        for loans in rows.grouped("asset_id").values():
            spans = [
                Span(
                    loan.id,
                    loan.start_at,
                    loan._planned_stop() or FOREVER,
                    loan.custody,
                    loan.single,
                )
                for loan in loans
                if loan.state != "cancelled"
            ]
            for group in stretches(spans):
                loans = rows.browse(span.key for span in group)
                loans = loans.with_prefetch(rows._prefetch_ids)
                if any(loan.state in LIVE for loan in loans):
                    wanted.append(loans)
        return wanted

    @api.model
    def _kept_allocations(self, wanted):
        """``{stretch: the live allocation it goes on with, or none}``.

        Each allocation goes on with one stretch, also where one fell into two. What is
        out and comes back before a typed row begins is taken back: that row gets a new
        one.
        """
        kept, taken = {}, self.env["resource.allocation"]
        for loans in sorted(wanted, key=lambda one: min(one.mapped("start_at"))):
            allocations = loans.sudo().allocation_id.filtered("live") - taken.sudo()
            if not loans._begun():
                allocations = allocations.filtered(lambda one: one.state != "out")
            kept[loans] = allocations.sorted("id")[:1].with_env(self.env)
            taken |= kept[loans]
        return kept

    def _begun(self):
        now = fields.Datetime.now()
        return any(loan.start_at <= now for loan in self)

    def _is_out(self):
        """Whether anything of the stretch went over the counter and is not back."""
        return any(loan.state == "out" and not loan.by_date for loan in self)

    def _stretch(self):
        """``(start, stop)`` of the stretch; no stop where it is open."""
        stops = [loan._planned_stop() for loan in self]
        return min(self.mapped("start_at")), None if None in stops else max(stops)

    @api.model
    def _union(self, allocations):
        return self.env["resource.allocation"].union(*allocations)

    def _prepare_allocation(self):
        """What the ledger is asked for; neutral, since many may read it."""
        first = self[0]
        start, stop = self._stretch()
        return {
            "resource_id": first.asset_id.sudo().resource_id.id,
            "start": start,
            "stop": stop,
            "pinned": True,
            "name": self.env._("Lent"),
            "res_model": self._name,
            "res_id": first.id,
            "company_id": first.company_id.id,
        }

    @api.model
    def _release(self, allocations, rows):
        """Give back what no stretch needs any more: what was out came back, what began
        as typed is over, the rest is cancelled."""
        # Sudo: the consequence of what was checked on the rows, whoever booked them.
        none = self._ledger().sudo()
        undone, cancelled, over, back = none, none, {}, {}
        held = rows.filtered(lambda one: one.state == "closed").sudo()
        held = held.grouped("allocation_id")
        for allocation in self._ledger(allocations).sudo():
            stop = held.get(allocation, self)._ended_by_now()
            if allocation.state == "out" and stop:
                at = max(stop, allocation.actual_start)
                back[at] = back.get(at, none) | allocation
            elif stop and stop > allocation.start:
                over[allocation] = {"stop": stop}
            else:
                undone |= allocation.filtered(lambda one: one.state == "out")
                cancelled |= allocation
        for at, allocations in back.items():
            allocations.take_back(at)
        if undone:
            undone.undo_hand_out(self.env._("Corrected"))
        if cancelled:
            cancelled.cancel()
        if over:
            ended = none.union(*over)
            ended.change(list(over.values()))
            ended.close()

    def _ended_by_now(self):
        """When the last of these ended (UTC), not later than now; None of none."""
        stop = max(self.mapped("stop_at"), default=None)
        return stop and min(stop, fields.Datetime.now())

    @api.model
    def _move_stretches(self, ledger, kept):
        """Let kept allocations have the period of their stretch."""
        moved, changes = ledger, []
        for loans, allocation in kept.items():
            if not allocation:
                continue
            known = allocation.sudo()
            start, stop = loans._stretch()
            if known.state == "out" or loans._is_out():
                start = min(start, known.start) if loans._is_out() else known.start
                start = known.start if known.state == "out" else start
            if (start, stop) != (known.start, known.stop or None):
                moved |= ledger.browse(allocation.id)
                changes.append({"start": start, "stop": stop})
        if changes:
            self._ask(moved.change, changes)

    @api.model
    def _hand_out_in_ledger(self, kept):
        """Say what really left, at the instants it did."""
        by_instant = {}
        for loans, allocation in kept.items():
            if loans._is_out() and allocation.sudo().state != "out":
                out = loans.filtered(lambda one: one.state == "out" and not one.by_date)
                at = min(out.mapped("start_at"))
                by_instant.setdefault(at, []).append(allocation.id)
        ledger = self._ledger()
        for at, ids in by_instant.items():
            self._ask(ledger.browse(ids).hand_out, at)
