"""What the availability ledger knows of custody: that the thing is occupied."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.resource_allocation.core.moment import FOREVER
from odoo.addons.resource_allocation.exceptions import AllocationConflict

from ..core.custody import Span, stretches
from .lending_loan import LIVE

LEDGERS_OWN = frozenset(["expect_back", "make_ready"])
"""Steps that mean nothing to custody."""


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
        # Narrow sudo: users of two companies may share the row of a thing of none.
        self._move_stretches(ledger.sudo(), kept)
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
                    "Not free in that period: %s.",
                    ", ".join(things.mapped("display_name")),
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
            "user_id": first._allocation_responsible().id,
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
        """Let kept allocations have the thing and the period of their stretch."""
        moved, changes = ledger, []
        for loans, allocation in kept.items():
            if not allocation:
                continue
            known = allocation.sudo()
            start, stop = loans._stretch()
            if known.state == "out" or loans._is_out():
                start = min(start, known.start) if loans._is_out() else known.start
                start = known.start if known.state == "out" else start
            thing = loans.asset_id.sudo().resource_id
            now = (known.resource_id, known.start, known.stop or None)
            if (thing, start, stop) != now:
                moved |= ledger.browse(allocation.id)
                changes.append({"resource_id": thing.id, "start": start, "stop": stop})
        if changes:
            self._ask(moved.change, changes)

    @api.model
    def _hand_out_in_ledger(self, kept):
        """Say what really left, at the instants it did."""
        by_instant = {}
        for loans, allocation in kept.items():
            if loans._is_out() and allocation.sudo().state != "out":
                out = loans.filtered(lambda one: one.state == "out" and not one.by_date)
                at = min(*out.mapped("start_at"), fields.Datetime.now())
                by_instant.setdefault(at, []).append(allocation.id)
        ledger = self._ledger().sudo()
        for at, ids in by_instant.items():
            self._ask(ledger.browse(ids).hand_out, at)

    @api.model
    def _allocation_waits(self):
        """The category says after how many days a reservation lapses."""
        return True

    # === THE DOOR: what the ledger's screens may do === #

    @api.model
    def _allocation_steps(self):
        """What somebody may do on the row; the rest is done on the assignment."""
        return LEDGERS_OWN | {"hand_out", "take_back", "cancel", "change"}

    def _allocation_check(self, step, rows):
        """Only who may change every assignment that shares the row.

        :raise AccessError: for anybody else, without saying who has it.
        """
        if not (self.exists() | self._sharing(rows)).has_access("write"):
            raise AccessError(
                self.env._(
                    "%s is lent: only lending officers of its company change that.",
                    rows[:1].sudo().resource_id.display_name,
                )
            )

    def _allocation_do(self, step, rows, *args, **kwargs):
        """Do it with the assignments: custody, papers, messages and the ledger."""
        if step in self._allocation_steps() - LEDGERS_OWN:
            getattr(self, f"_row_{step}")(rows, *args, **kwargs)
            return rows
        return super()._allocation_do(step, rows, *args, **kwargs)

    def _allocation_contacts(self):
        """The holder of each, where it is one."""
        # Narrow sudo: whoever reads an assignment reads whose it is.
        return {
            document: loans.sudo()._holder_partner()
            for document, loans in self._having_now().items()
            if len(loans) == 1
        }

    def _allocation_labels(self):
        """Who has it now."""
        return {
            document: ", ".join(loans.mapped("display_name"))
            for document, loans in self._having_now().items()
        }

    def _having_now(self):
        """Who has now what these were made for: ``{id: loans}`` that the user may read.

        A row goes on when a thing is passed on, or one of several gives it back, and
        then stands for others than it was made for.
        """
        if not self.browse().has_access("read"):
            return {}
        # Sudo: simultaneous users share a row, whoever may read which.
        every, mine = self.sudo(), Domain("id", "in", self.ids)
        rows = every._search(mine).subselect("allocation_id")
        sharing = Domain("allocation_id", "in", rows) & Domain("state", "in", LIVE)
        known = self.search_fetch([("id", "in", every._search(mine | sharing))])
        live = known.filtered(lambda loan: loan.state in LIVE)
        now = live.grouped(lambda loan: loan.sudo().allocation_id)
        found = {loan.id: loan for loan in known & self}
        for loan in self.sudo().filtered(lambda loan: loan.allocation_id in now):
            loans = now[loan.allocation_id]
            found[loan.id] = loans.filtered(lambda one: one.state == "out") or loans
        return found

    @api.model
    def _sharing(self, rows):
        """The live assignments that these rows stand for, with the user's rights.

        Found in sudo: simultaneous users share a row, whoever may read them.
        """
        loans = self.sudo().search(
            [("allocation_id", "in", rows.ids), ("state", "in", LIVE)]
        )
        return loans.with_env(self.env)

    @api.model
    def _at_counter(self, rows):
        """The assignments of each row, as ``[(row, loans)]``.

        :raise UserError: a row that was typed, or stands for nothing any more.
        """
        loans = self._sharing(rows).grouped(lambda one: one.sudo().allocation_id.id)
        shared = [(row, loans.get(row.id, self.browse())) for row in rows]
        for row, some in shared:
            if not some:
                raise UserError(
                    self.env._("%s: that assignment is over.", row.display_name)
                )
            if some.filtered("by_date"):
                raise UserError(
                    self.env._(
                        "%s was typed for dates: change that on the asset, in Lending.",
                        row.display_name,
                    )
                )
        return shared

    @api.model
    def _row_hand_out(self, rows, at=None):
        shared = self._at_counter(rows)
        for row, loans in shared:
            self._check_one(row, loans)
        self.browse().union(*(loans for _row, loans in shared)).hand_out(at)

    @api.model
    def _row_take_back(self, rows, at=None, quantity=None, ready=False):
        if quantity not in (None, 1):
            raise ValidationError(self.env._("Of a single thing, one comes back."))
        back = self.browse()
        for _row, loans in self._at_counter(rows):
            # Who shares it and did not collect it yet is still promised it.
            back |= loans.filtered(lambda one: one.state == "out") or loans
        back.take_back(at)
        if ready:
            self._ledger(rows.filtered(lambda row: row.state == "done")).make_ready()

    @api.model
    def _row_cancel(self, rows, reason=None):
        shared = self._at_counter(rows)
        self.browse().union(*(loans for _row, loans in shared)).cancel(reason)

    @api.model
    def _row_change(self, rows, wanted):
        self._check_only_moved(rows, wanted)
        for (row, loans), new in zip(self._at_counter(rows), wanted, strict=True):
            self._change_row(row, loans, new)

    @api.model
    def _change_row(self, row, loans, vals):
        """The end is the return date; another thing or start is another promise."""
        known = row.sudo()
        if vals.get("quantity", 1) != 1:
            raise UserError(
                self.env._("%s is a single thing: it has no parts.", row.display_name)
            )
        new = {}
        if vals.get("resource_id", known.resource_id.id) != known.resource_id.id:
            new["asset_id"] = self._asset_on(vals["resource_id"]).id
        if vals.get("start", known.start) != known.start:
            new["start_at"] = vals["start"]
        moves = "stop" in vals and (vals["stop"] or None) != (known.stop or None)
        if moves or "start_at" in new:
            self._check_one(row, loans)
        if new:
            loans.rebook({**new, **({"due_at": vals["stop"]} if moves else {})})
        elif moves:
            loans.extend(vals["stop"] or None)

    @api.model
    def _check_one(self, row, loans):
        """Refuse to say of several people at once what is each one's own.

        :raise UserError: several share the thing.
        """
        if len(loans) > 1:
            raise UserError(
                self.env._(
                    "Several people share %s: do this on their assignments, in "
                    "Lending.",
                    row.display_name,
                )
            )

    @api.model
    def _asset_on(self, resource_id):
        """The asset that has this resource.

        :raise UserError: it is nothing that is lent.
        """
        asset = self.env["lending.asset"].search(
            [("resource_id", "=", resource_id)], limit=1
        )
        if not asset:
            raise UserError(
                self.env._("Only another asset can take the place of what is lent.")
            )
        return asset
