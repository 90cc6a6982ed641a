"""The named methods by which a promise goes through its life."""

from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..exceptions import AllocationConflict, Holder, Verdict
from .resource_allocation import TRANSITIONS
from .resource_allocation_request import READ_WITH_A_REQUEST


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    def confirm(self):
        """Make holds into reservations: ``hold``, ``expired`` -> ``reserved``.

        A hold that lapsed is asked for anew: free, it succeeds.

        :raise AllocationConflict: it lapsed, and somebody else was quicker.
        """
        roots = self._begin("confirm")
        roots._ask_again_where_lapsed()
        with self._guarded(roots._as_asked()):
            roots._trees()._store(
                {"state": "reserved", "hold_until": False, "lapse_pending": False}
            )
        roots._log_transition(self.env._("Reserved"))
        return roots

    def prolong(self, until):
        """Hold until another time (UTC): ``hold``, ``expired`` -> ``hold``.

        A hold that lapsed is asked for anew: free, it succeeds (C19).

        :raise ValidationError: for a time that has passed.
        :raise AllocationConflict: it lapsed, and somebody else was quicker.
        """
        until = self._to_instant(until)
        if until <= fields.Datetime.now():
            raise ValidationError(
                self.env._("A hold can only be prolonged to a time to come.")
            )
        roots = self._begin("prolong")
        roots._ask_again_where_lapsed()
        with self._guarded(roots._as_asked()):
            roots._trees()._store(
                {"state": "hold", "hold_until": until, "lapse_pending": False}
            )
        roots._log_transition(self.env._("Hold prolonged"))
        return roots

    def hand_out(self, at=None):
        """Record that it left: ``reserved`` -> ``out``, at ``at`` (UTC, default now).

        Earlier than planned, the period grows to the front, if that is free. A thing
        that somebody else still has cannot be handed out a second time.

        :raise AllocationConflict: it is not there, or not free yet.
        """
        at = self._to_instant(at)
        roots = self._begin("hand_out")
        roots._check_demand()
        early = roots.filtered(lambda allocation: at < allocation.start)
        ended = roots.filtered(
            lambda allocation: allocation.stop and allocation.stop <= at
        )
        not_things = ended.filtered(lambda allocation: not allocation.returnable)
        if not_things:
            raise UserError(
                self.env._("%s is already over.", not_things[:1].display_name)
            )
        # As out: the unit that goes over the counter is the one that is meant.
        early._change({"start": at, "state": "out"})
        roots._check_present(at)
        with self._guarded(roots._as_asked()):
            roots._trees()._store({"state": "out", "actual_start": at})
        self._refresh_overtaken(roots)
        roots._log_transition(self.env._("Handed out"))
        return roots

    def take_back(self, at=None, quantity=None):
        """Record that it came back: ``out`` -> ``done``, at ``at`` (UTC, default now).

        :param int quantity: fewer than are out: that many are split off and closed,
            the rest stays out.
        :return: the roots that were closed.
        :raise ValidationError: more than are out, or before it was handed out.
        """
        at = self._to_instant(at)
        roots = self._begin("take_back")
        for allocation in roots:
            if quantity is not None and not 0 < quantity <= allocation.quantity:
                raise ValidationError(
                    self.env._(
                        "%(name)s: %(out)s are out, %(back)s cannot come back.",
                        name=allocation.display_name,
                        out=allocation.quantity,
                        back=quantity,
                    )
                )
            if allocation.actual_start and at < allocation.actual_start:
                raise ValidationError(
                    self.env._(
                        "%s cannot come back before it was handed out.",
                        allocation.display_name,
                    )
                )
        if quantity is not None:
            partly = roots.filtered(lambda allocation: allocation.quantity > quantity)
            roots = roots - partly | partly.split(quantity)
        roots._trees()._store({"state": "done", "actual_stop": at, "at_risk": False})
        self._freed(roots._all_resources())
        roots._log_transition(self.env._("Taken back"))
        return roots

    def close(self):
        """End what is over or a fact that no longer holds: ``reserved`` -> ``done``.

        For rooms and people, whose time runs out by itself, for things whose time ran
        out without being handed out here, and for blocks and extra supply that are
        lifted. A lifted block frees; supply that ends is a fact.

        :raise UserError: a promise whose time is not over.
        """
        roots = self._begin("close")
        now = fields.Datetime.now()
        open_promises = roots.filtered(
            lambda allocation: (
                allocation._asked_kind() == "demand"
                and (
                    (allocation.returnable and allocation.state == "out")
                    or allocation.blocked_stop > now
                )
            )
        )
        if open_promises:
            raise UserError(
                self.env._(
                    "%s is not over yet: cancel it, or take it back.",
                    open_promises[:1].display_name,
                )
            )
        roots._trees()._store({"state": "done", "at_risk": False})
        self._refresh_risk(roots._all_resources())
        roots._log_transition(self.env._("Closed"))
        return roots

    def cancel(self, reason=None):
        """Give up the promise: ``hold``, ``reserved``, ``expired`` -> ``cancelled``."""
        roots = self._begin("cancel")
        supply = roots.filtered(lambda allocation: allocation.kind == "supply")
        roots._trees()._store(
            {"state": "cancelled", "at_risk": False, "lapse_pending": False}
        )
        self._freed(roots._all_resources())
        self._refresh_risk(supply._all_resources())
        roots._log_transition(self.env._("Cancelled"), reason)
        return roots

    def reopen(self, reason):
        """Correct a return or a cancellation: ``done`` -> ``out`` or ``reserved``,
        ``cancelled`` -> ``reserved``. Kept with user, time and reason.

        :raise AllocationConflict: its place was given away meanwhile.
        """
        self._check_correction(reason)
        roots = self._begin("reopen")
        was_out = roots.filtered(
            lambda allocation: allocation.state == "done" and allocation.actual_start
        )
        roots._check_again()
        was_out._check_present(fields.Datetime.now())
        with self._guarded(roots._as_asked()):
            was_out._trees()._store({"state": "out", "actual_stop": False})
            (roots - was_out)._trees()._store(
                {"state": "reserved", "hold_until": False}
            )
        self._refresh_overtaken(roots)
        roots._log_transition(self.env._("Reopened"), reason)
        return roots

    def undo_hand_out(self, reason):
        """Correct a hand-over that did not happen: ``out`` -> ``reserved``."""
        self._check_correction(reason)
        roots = self._begin("undo_hand_out")
        roots._trees()._store(
            {"state": "reserved", "actual_start": False, "expected_back": False}
        )
        self._freed(roots._all_resources())
        roots._log_transition(self.env._("Hand-over undone"), reason)
        return roots

    def expect_back(self, when):
        """Record when a thing that is out will be back (UTC): a fact, never refused.

        What was promised meanwhile is put at risk.
        """
        roots = self._begin("expect_back", facts=True)
        roots._trees()._store({"expected_back": self._to_instant(when)})
        self._refresh_risk(roots._all_resources())
        return roots

    # === SHARED STEPS === #

    def _begin(self, method, facts=False):
        """Check rights, lock everything touched, then check the transition.

        The state is read under the lock: who waited for another user's click must
        see what that click did (invariant 5).
        """
        roots = self._roots()
        roots.check_access("write")
        roots._check_fact_rights()
        self._claim(roots._all_resources(), facts=facts or roots._is_fact())
        roots.invalidate_recordset(["state", "live"], flush=False)
        for allocation in roots:
            if method not in TRANSITIONS[allocation.state]:
                raise UserError(
                    self.env._(
                        "%(name)s: %(wanted)s is not possible, it is %(state)s.",
                        name=allocation.display_name,
                        wanted=self._method_label(method),
                        state=self._state_label(allocation.state),
                    )
                )
        return roots

    def _is_fact(self):
        """Whether any of these trees records a fact instead of promising."""
        return any(row.kind in ("block", "supply") for row in self.sudo()._trees())

    def _asked_kind(self):
        """What was asked for: the root of a combination has a kind of its own."""
        self.ensure_one()
        return self.sudo().leaf_ids[:1].kind if self.kind == "group" else self.kind

    def _check_fact_rights(self):
        if self._is_fact():
            self._check_manager(self.env._("change blocks and extra supply"))

    @api.model
    def _state_label(self, state):
        labels = dict(self._fields["state"]._description_selection(self.env))
        return labels[state]

    @api.model
    def _method_label(self, method):
        return {
            "confirm": self.env._("confirming"),
            "prolong": self.env._("prolonging"),
            "hand_out": self.env._("handing out"),
            "take_back": self.env._("taking back"),
            "close": self.env._("closing"),
            "cancel": self.env._("cancelling"),
            "reopen": self.env._("reopening"),
            "undo_hand_out": self.env._("undoing the hand-over"),
            "expect_back": self.env._("expecting it back"),
        }[method]

    def _check_demand(self):
        if self._is_fact():
            raise UserError(
                self.env._("Blocks and extra supply are recorded, not handed out.")
            )

    def _check_correction(self, reason):
        self._check_manager(self.env._("correct what was already done"))
        if not (reason or "").strip():
            raise ValidationError(self.env._("Say why: the reason is kept."))

    def _ask_again_where_lapsed(self):
        """Holds that lapsed lost their place: it must still be free."""
        now = fields.Datetime.now()
        self.filtered(
            lambda hold: hold.state == "expired" or hold.hold_until <= now
        )._check_again()

    def _check_again(self):
        """Refuse what lost its place while it did not count.

        :raise AllocationConflict: with a verdict for each.
        """
        promises = self.filtered(lambda row: row._asked_kind() == "demand")
        book, verdicts = self._try_requests(
            promises._as_asked(), True, without=promises.ids
        )
        if verdicts:
            raise AllocationConflict(verdicts)
        self._move_units(book.moves)

    def _as_asked(self):
        """The roots as requests for what they are: ``[(request, values)]``."""
        return [
            (self._request(index, vals, root=root.id), vals)
            for index, (root, vals) in enumerate(self.sudo()._current_values())
        ]

    def _current_values(self):
        """Each root with the values a request for it would have."""
        self.resource_id.fetch(READ_WITH_A_REQUEST)
        for allocation in self:
            yield (
                allocation,
                {
                    "resource_id": allocation.resource_id.id,
                    "start": allocation.start,
                    "stop": allocation.stop or None,
                    "quantity": allocation.quantity,
                    "setup_minutes": allocation.setup_minutes,
                    "teardown_minutes": allocation.teardown_minutes,
                    "pinned": allocation.pinned,
                    "state": allocation.state,
                    "kind": allocation._asked_kind(),
                },
            )

    def _check_present(self, at):
        """Refuse to hand out what is not here at ``at``: things are there once.

        :raise AllocationConflict: ``out``, naming who still has it, or ``blocked``.
        """
        leaves = (
            self._trees()
            .sudo()
            .filtered(lambda row: row.returnable and row.kind == "demand")
        )
        wanted = defaultdict(int)
        for leaf in leaves:
            wanted[leaf.resource_id] += leaf.quantity
        others = leaves._others_affecting(at)
        verdicts = []
        for resource, quantity in wanted.items():
            mine = others.filtered(lambda row, r=resource: row.resource_id == r)
            here = resource.capacity - sum(
                -row.quantity if row.kind == "supply" else row.quantity for row in mine
            )
            if quantity > here:
                verdicts.append(
                    self._verdict_not_here(resource, at, quantity, here, mine)
                )
        if verdicts:
            raise AllocationConflict(verdicts)

    def _others_affecting(self, at):
        """What else is out of these rows' resources, blocked or supplied at ``at``."""
        facts = (
            Domain("kind", "in", ["block", "supply"])
            & Domain("live", "=", True)
            & Domain("blocked_start", "<=", at)
            & Domain("blocked_stop", ">", at)
        )
        out = Domain("state", "=", "out") & Domain("kind", "=", "demand")
        same = Domain("resource_id", "in", self.resource_id.ids)
        return self.sudo().search(
            same & Domain("id", "not in", self.ids) & (out | facts)
        )

    @api.model
    def _verdict_not_here(self, resource, at, quantity, here, others):
        missing = others.filtered(lambda row: row.kind != "supply")._roots()
        labels = missing.with_env(self.env)._holder_labels()
        blocked = set(missing.mapped("kind")) == {"block"}
        verdict = Verdict(
            0,
            "blocked" if blocked else "out",
            resource.id,
            at,
            None,
            quantity,
            max(here, 0),
            [
                Holder(
                    labels[row.id],
                    row.actual_start or row.start,
                    row.stop,
                    row.quantity,
                )
                for row in missing
            ],
        )
        verdict.message = self._verdict_text(verdict)
        return verdict

    @api.model
    def _refresh_overtaken(self, roots):
        """What came to life as a fact, or already late, may leave others no room."""
        now = fields.Datetime.now()
        pushing = roots.filtered(
            lambda row: row._is_fact() or (row.returnable and row.blocked_stop <= now)
        )
        self._refresh_risk(pushing._all_resources())

    @api.model
    def _freed(self, resources):
        """Others that were at risk may fit again now."""
        at_risk = self.sudo().search_count(
            [("at_risk", "=", True), ("resource_id", "in", resources.ids)], limit=1
        )
        if at_risk:
            self._refresh_risk(resources)

    def _log_transition(self, what, reason=None):
        """Keep who did it, when and why, in the allocation's own history."""
        body = Markup("<b>%s</b> %s") % (what, reason or "")
        self.sudo()._message_log_batch({allocation.id: body for allocation in self})

    @api.model
    def _to_instant(self, at):
        """A moment as the ledger keeps it: naive UTC, whole seconds; default now."""
        try:
            at = fields.Datetime.to_datetime(at or fields.Datetime.now())
        except (TypeError, ValueError):
            at = None
        if at is None:
            raise ValidationError(
                self.env._("Write times as YYYY-MM-DD HH:MM:SS, in UTC.")
            )
        return at.replace(microsecond=0, tzinfo=None)

    @api.model
    def _to_whole(self, number):
        """A quantity or a number of minutes: whole, as typed or imported."""
        try:
            whole = int(number)
        except (TypeError, ValueError, OverflowError):
            whole = None
        if whole is None or whole != float(number):
            raise ValidationError(self.env._("“%s” is not a whole number.", number))
        return whole
