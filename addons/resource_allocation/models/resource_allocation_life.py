"""What a promise goes through: its states, and changes of what was promised."""

from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..core.book import Part
from ..core.moment import FOREVER, blocked_period
from ..exceptions import AllocationConflict, Holder, StaleChange, Verdict
from ..inputs import (
    to_choice,
    to_instant,
    to_list,
    to_past_instant,
    to_text,
    to_values_list,
    to_whole,
)
from .resource_allocation import (
    BUFFERS,
    FACTS,
    LIVE_STATES,
    MOVES,
    REACH,
    TRANSITIONS,
    through_the_door,
)

DEFERRABLE = SQL("resource_allocation_no_overlap, resource_allocation_check")
CHANGEABLE = MOVES | REACH | {"pinned", "hold_until"}
"""What :meth:`change` takes."""
ASKED_WITH = frozenset(["group", "outside_hours"])
"""What says how a change is asked for, besides what changes."""
FURTHEST_SHIFT = 10 * 366 * 24 * 60
"""Minutes."""


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    # === STATES === #

    @through_the_door
    def confirm(self):
        """Make holds into reservations: ``hold``, ``expired`` -> ``reserved``.

        A hold that lapsed is asked for anew: free, it succeeds.

        :raise AllocationConflict: it lapsed, and somebody else was quicker.
        """
        roots = self._begin("confirm")
        roots._ask_again_where_lapsed()
        with self._races_in_words(roots._as_asked()):
            roots._trees()._store(
                {
                    "state": "reserved",
                    "hold_until": False,
                    "hold_kind": False,
                    "lapse_pending": False,
                }
            )
        roots._log_transition(self.env._("Reserved"))
        return roots

    @through_the_door
    def hold_again(self, until, kind="option"):
        """Take a confirmation back: ``reserved`` -> ``hold`` until ``until`` (UTC).

        The undo of a check-in: who then does not come loses the place, without a job.

        :param str kind: ``option``, ``request``, ``offer`` or ``check_in``.
        :raise ValidationError: for a time that has passed.
        """
        until = self._time_to_come(until)
        kinds = [key for key, _label in self._fields["hold_kind"].selection]
        kind = to_choice(self.env, kind, kinds)
        roots = self._begin("hold_again")
        roots._check_demand()
        roots._trees()._store({"state": "hold", "hold_until": until, "hold_kind": kind})
        self._wake_at([until])
        roots._log_transition(self.env._("On hold again"))
        return roots

    @through_the_door
    def prolong(self, until):
        """Hold until another time (UTC): ``hold``, ``expired`` -> ``hold``.

        A hold that lapsed is asked for anew: free, it succeeds (C19).

        :raise ValidationError: for a time that has passed.
        :raise AllocationConflict: it lapsed, and somebody else was quicker.
        """
        until = self._time_to_come(until)
        roots = self._begin("prolong")
        roots._ask_again_where_lapsed()
        with self._races_in_words(roots._as_asked()):
            roots._trees()._store(
                {"state": "hold", "hold_until": until, "lapse_pending": False}
            )
        self._wake_at([until])
        roots._log_transition(self.env._("Hold prolonged"))
        return roots

    @api.model
    def _time_to_come(self, until):
        until = to_instant(self.env, until)
        if not until or until <= fields.Datetime.now():
            raise ValidationError(
                self.env._("A hold can only be prolonged to a time to come.")
            )
        return until

    @through_the_door
    def hand_out(self, at=None):
        """Record that it left: ``reserved`` -> ``out``, at ``at`` (UTC, default now).

        Earlier than planned, the period grows to the front, if that is free. A thing
        that somebody else still has cannot be handed out a second time.

        :raise ValidationError: a time to come: what is recorded has happened.
        :raise AllocationConflict: it is not there, or not free yet.
        """
        at = to_past_instant(self.env, at)
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
        early._change([{"start": at, "state": "out"}] * len(early))
        roots._check_present(at)
        with self._races_in_words(roots._as_asked()):
            roots._trees()._store({"state": "out", "actual_start": at})
        self._refresh_overtaken(roots)
        roots._log_transition(self.env._("Handed out"))
        return roots

    @through_the_door
    def take_back(self, at=None, quantity=None, ready=False):
        """Record that it came back: ``out`` -> ``done``, at ``at`` (UTC, default now).

        Its teardown counts from then on, until it is over.

        :param int quantity: fewer than are out: that many are split off and closed,
            the rest stays out.
        :param bool ready: for the next at once.
        :return: the roots that were closed.
        :raise ValidationError: more than are out, before it was handed out, or a time
            to come.
        """
        at = to_past_instant(self.env, at)
        roots = self._begin("take_back", facts=self._leaves_to_tidy(ready))
        quantity = to_whole(self.env, quantity)
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
        roots._end_at(at, ready)
        roots._log_transition(self.env._("Taken back"))
        return roots

    @through_the_door
    def close(self, at=None, ready=False):
        """End what is over or a fact that no longer holds: ``reserved`` -> ``done``.

        For rooms and people, whose time runs out by itself, for things whose time ran
        out without being handed out here, and for blocks and extra supply that are
        lifted. A lifted block frees; supply that ends is a fact.

        :param datetime at: UTC; when a promise of a room really ended, before its time
            or after: its teardown counts from then on.
        :param bool ready: for the next at once.
        :raise UserError: a promise whose time is not over, teardown of its parts
            included; one that has not begun ``at`` that time.
        :raise ValidationError: a time to come.
        """
        at = at and to_past_instant(self.env, at)
        roots = self._begin("close", facts=bool(at) and self._leaves_to_tidy(ready))
        promises = roots.filtered(lambda row: row._asked_kind() == "demand")
        for allocation in promises:
            allocation._check_may_close(at)
        early = promises if at else promises.browse()
        early._end_at(at, ready)
        others = roots - early
        others._trees()._store({"state": "done", "at_risk": False})
        self._refresh_risk(others.all_resources())
        roots._log_transition(self.env._("Closed"))
        return roots

    def _check_may_close(self, at):
        """Refuse to end what is still out, not over, or has not begun."""
        tree = self._trees().sudo()
        away = self.state == "out" and self.returnable
        if at and not away and (self.actual_start or self.start) >= at:
            raise UserError(
                self.env._("%s has not begun: cancel it.", self.display_name)
            )
        lasts = max(tree.mapped("blocked_stop")) > fields.Datetime.now()
        if away or (lasts and (not at or any(tree.mapped("returnable")))):
            raise UserError(
                self.env._(
                    "%s is not over yet: cancel it, or take it back.",
                    self.display_name,
                )
            )

    @through_the_door
    def make_ready(self):
        """Record that what came back is ready for the next, before its teardown is
        over: ``done`` -> ``done``."""
        roots = self._begin("make_ready")
        roots._trees()._store({"ready_at": False})
        self._freed(roots.all_resources())
        roots._log_transition(self.env._("Ready"))
        return roots

    def _leaves_to_tidy(self, ready):
        """Whether something is still taken once these ended: a fact for others."""
        rows = self.roots()._trees().sudo()
        return not ready and any(
            row.teardown_minutes or row.reach == "day" for row in rows
        )

    def _end_at(self, at, ready):
        """End trees at an instant; each row's teardown counts from then on, or its
        place in the quota of that day."""
        now = fields.Datetime.now()

        def ready_at(row):
            days_in = row.resource_id._days_in(row.reach)
            last = at - timedelta(seconds=1)
            _, tidy = blocked_period(last, at, 0, row.teardown_minutes, days_in)
            return False if ready or row.kind != "demand" or tidy <= now else tidy

        ended = {"state": "done", "actual_stop": at, "at_risk": False}
        for instant, rows in self._trees().sudo().grouped(ready_at).items():
            rows._store({**ended, "ready_at": instant})
        resources = self.all_resources()
        if self._leaves_to_tidy(ready):
            self._refresh_risk(resources)
        else:
            self._freed(resources)

    @through_the_door
    def cancel(self, reason=None):
        """Give up the promise: ``hold``, ``reserved``, ``expired`` -> ``cancelled``."""
        reason = to_text(self.env, reason)
        roots = self._begin("cancel")
        supply = roots.filtered(lambda allocation: allocation.kind == "supply")
        roots._trees()._store(
            {"state": "cancelled", "at_risk": False, "lapse_pending": False}
        )
        self._freed(roots.all_resources())
        self._refresh_risk(supply.all_resources())
        roots._log_transition(self.env._("Cancelled"), reason)
        return roots

    @through_the_door
    def reopen(self, reason):
        """Correct a return or a cancellation: ``done`` -> ``out`` or ``reserved``,
        ``cancelled`` -> ``reserved``. Kept with user, time and reason.

        :raise AllocationConflict: its place was given away meanwhile.
        """
        reason = self._check_correction(reason)
        roots = self._begin("reopen")
        was_out = roots.filtered(
            lambda allocation: allocation.state == "done" and allocation.actual_start
        )
        roots._check_again()
        was_out._check_present(fields.Datetime.now())
        with self._races_in_words(roots._as_asked()):
            back = {"actual_stop": False, "ready_at": False}
            was_out._trees()._store({**back, "state": "out"})
            (roots - was_out)._trees()._store(
                {**back, "state": "reserved", "hold_until": False, "hold_kind": False}
            )
        self._refresh_overtaken(roots)
        roots._log_transition(self.env._("Reopened"), reason)
        return roots

    @through_the_door
    def undo_hand_out(self, reason):
        """Correct a hand-over that did not happen: ``out`` -> ``reserved``."""
        reason = self._check_correction(reason)
        roots = self._begin("undo_hand_out")
        roots._trees()._store(
            {"state": "reserved", "actual_start": False, "expected_back": False}
        )
        self._freed(roots.all_resources())
        roots._log_transition(self.env._("Hand-over undone"), reason)
        return roots

    @through_the_door
    def expect_back(self, when):
        """Record when a thing that is out will be back (UTC): a fact, never refused.

        What was promised meanwhile is put at risk.
        """
        when = to_instant(self.env, when) or fields.Datetime.now()
        roots = self._begin("expect_back", facts=True)
        roots._trees()._store({"expected_back": when})
        self._refresh_risk(roots.all_resources())
        return roots

    # === SHARED STEPS === #

    def _begin(self, method, facts=False):
        """Check rights, lock everything touched, then check the transition.

        The state is read under the lock: who waited for another user's click must
        see what that click did (invariant 5).
        """
        roots = self.roots()
        roots._check_rights()
        self.lock_resources(roots.all_resources(), facts=facts or roots._is_fact())
        roots.invalidate_recordset(["state", "live"], flush=False)
        for allocation in roots:
            if allocation.state not in TRANSITIONS[method].sources:
                raise UserError(
                    self.env._(
                        "%(name)s: %(wanted)s is not possible, it is %(state)s.",
                        name=allocation.display_name,
                        wanted=self._method_label(method),
                        state=self.state_label(allocation.state),
                    )
                )
        return roots

    def _is_fact(self):
        """Whether any of these trees records a fact instead of promising."""
        return any(row._asked_kind() in FACTS for row in self.sudo())

    def _asked_kind(self):
        """What was asked for: the root of a combination has a kind of its own."""
        self.ensure_one()
        if self.kind != "group":
            return self.kind
        # Not the first by slicing, which would be read alone.
        return next((leaf.kind for leaf in self.sudo().leaf_ids), False)

    def _check_rights(self, wanted=()):
        """Refuse who may not change these; a document has checked that for its own.

        :param wanted: ids of resources that they are to be given
        """
        resources = self.env["resource.resource"].browse(wanted)
        if asked := self.filtered(lambda row: not row._is_vouched_for()):
            asked.check_access("write")
        facts = self.filtered(lambda row: row._is_fact())
        if facts:
            self._check_responsible(
                facts.resource_id | resources,
                self.env._("change blocks and extra supply"),
            )

    def _is_vouched_for(self):
        """Whether the document of this row acts, which has checked who may do what."""
        return self._is_door_open(self.sudo().res_model)

    @api.model
    @api.private
    def state_label(self, state):
        """What a state is called in the user's language."""
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
            "make_ready": self.env._("making it ready"),
            "hold_again": self.env._("holding it again"),
        }[method]

    def _check_demand(self):
        if self._is_fact():
            raise UserError(
                self.env._("Blocks and extra supply are recorded, not handed out.")
            )

    def _check_correction(self, reason):
        """Managers correct, and say why: the reason as text."""
        if not all(row._is_vouched_for() for row in self.roots()):
            self._check_manager(self.env._("correct what was already done"))
        reason = to_text(self.env, reason)
        if not reason:
            raise ValidationError(self.env._("Say why: the reason is kept."))
        return reason

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
        book, refusals = self._try_requests(
            promises._as_asked(), True, without=promises.ids
        )
        if refusals:
            raise AllocationConflict(self._verdicts(refusals))
        self._move_units(book.moves)

    def _as_asked(self):
        """The roots as requests for what they are: ``[(request, values)]``."""
        return [
            (root._request_anew(index, vals), vals)
            for index, (root, vals) in enumerate(self.sudo()._current_values())
        ]

    def _current_values(self):
        """Each root with the values a request for it would have."""
        # At once: what is reached from one root is read alone.
        self.leaf_ids.mapped("kind")
        self._read_for_requests(self.resource_id)
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
                    "reach": allocation.reach,
                    "pinned": allocation.pinned,
                    "hold_until": allocation.hold_until or None,
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
        labels = others.roots().with_env(self.env).holder_labels()
        verdicts = []
        for resource, quantity in wanted.items():
            mine = others.filtered(lambda row, r=resource: row.resource_id == r)
            here = resource.capacity - sum(
                -row.quantity if row.kind == "supply" else row.quantity for row in mine
            )
            if quantity > here:
                verdicts.append(
                    self._verdict_not_here(resource, at, quantity, here, mine, labels)
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
    def _verdict_not_here(self, resource, at, quantity, here, others, labels):
        missing = others.filtered(lambda row: row.kind != "supply").roots()
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
                    row.stop or None,
                    row.quantity,
                )
                for row in missing
            ],
        )
        verdict.message = self._verdict_text(verdict)
        return verdict

    @api.model
    def _refresh_overtaken(self, roots):
        """What came to life as a fact, or already late, may leave others no room.

        So may who had none himself: what is out has its place.
        """
        now = fields.Datetime.now()
        pushing = roots.filtered(
            lambda row: (
                row.at_risk
                or row._is_fact()
                or (row.returnable and row.blocked_stop <= now)
            )
        )
        self._refresh_risk(pushing.all_resources())

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

    # === CHANGES === #

    def change(self, vals, on_conflict="raise", seen=None):
        """Change period, thing or quantity, all at once: rows may change places.

        Only what a row takes beyond its own claim is checked: shortening never fails,
        and a late thing is checked only over the added time.

        :param vals: of ``start`` and ``stop`` (UTC; an empty ``stop`` is open-ended),
            ``resource_id``, ``quantity``, ``pinned``, ``setup_minutes``,
            ``teardown_minutes``, ``reach`` and (UTC, of a hold) ``hold_until`` those
            that change: a dictionary for every root, or a list with one for each in
            their order, which may name the ``group`` that it holds together with;
            ``outside_hours`` as in :meth:`allocate`.
        :param str on_conflict: ``raise`` changes all or nothing and returns the roots;
            ``report`` changes what fits, each group whole or not at all, and returns
            ``(changed roots, verdicts)``. What is refused stays where it is.
        :param seen: what the caller believes to change, of the same fields and
            ``state``: a dictionary, or a list with one for each root.
        :raise AllocationConflict: what is added is not free.
        :raise StaleChange: a row is not what was ``seen``.
        :raise ValidationError: for a list of another length, or other fields.
        """
        on_conflict = to_choice(self.env, on_conflict, ("raise", "report"))
        roots = self.roots()
        wanted = roots._each_of(vals, CHANGEABLE | ASKED_WITH)
        seen = roots._each_of(seen or {}, CHANGEABLE | {"state"})
        if roots._led_by_others():
            return roots._change_by_documents(wanted, on_conflict, seen)
        with self._telling():
            changed, verdicts = roots._acting()._change(wanted, on_conflict, seen)
        changed = changed.with_env(self.env)
        return (changed, verdicts) if on_conflict == "report" else changed

    def _change_by_documents(self, wanted, on_conflict, seen):
        """Let the documents of these rows do it: all of it, for nothing is half done.

        :raise ValidationError: asked to change what fits only.
        """
        if on_conflict == "report":
            raise ValidationError(
                self.env._(
                    "What belongs to documents is changed all at once or not at all."
                )
            )
        for model, rows in self._by_document_model().items():
            # Before anything is said of them.
            if self._document_model(model) is not None:
                rows._check_document("change")
            else:
                rows._check_rights()
        self.lock_resources(self.all_resources())
        self.invalidate_recordset(flush=False)
        self._check_seen(seen)
        for row, one in zip(self, wanted, strict=True):
            one.pop("group", None)
            self._any_hour({"resource_id": row.sudo().resource_id.id, **one}, None)
        return self._ask_documents("change", [wanted], {})

    @api.readonly
    def check_change(self, vals, on_conflict="raise", seen=None):
        """What :meth:`change` would answer, asked the same way; writes nothing.

        :return: verdicts of what would be refused, as dictionaries.
        :raise StaleChange: a row is not what was ``seen``.
        """
        on_conflict = to_choice(self.env, on_conflict, ("raise", "report"))
        roots = self.roots()
        wanted = roots._each_of(vals, CHANGEABLE | ASKED_WITH)
        roots._check_rights_to_change(wanted)
        roots._check_seen(roots._each_of(seen or {}, CHANGEABLE | {"state"}))
        asked = roots._prepare_changes(wanted, roots._at_risk_by_now())
        _book, _accepted, refusals = self._try_changes(asked, on_conflict)
        return [verdict.to_values() for verdict in self._verdicts(refusals)]

    def _each_of(self, vals, known):
        """A dictionary for each of these rows, of the types the ledger keeps."""
        many = isinstance(vals, list | tuple)
        each = vals if many else [vals] * len(self)
        self._check_one_for_each(each)
        each = to_values_list(self, list(each))
        if unknown := set().union(*each) - known:
            raise ValidationError(
                self.env._("Not to be changed: %s.", ", ".join(sorted(unknown)))
            )
        return each

    def _check_seen(self, seen):
        """Refuse to change what is another by now than the caller saw."""
        for root, one in zip(self.sudo(), seen, strict=True):
            now = {
                name: root._fields[name].convert_to_write(root[name], root)
                for name in one
            }
            other = [name for name in one if (now[name] or None) != (one[name] or None)]
            if other:
                labels = self.fields_get(other, ["string"])
                raise StaleChange(
                    self.env._(
                        "%(name)s was changed meanwhile: %(fields)s. Nothing was "
                        "saved; look again what you want to change.",
                        name=root.with_env(self.env).display_name,
                        fields=", ".join(labels[name]["string"] for name in other),
                    )
                )

    def reschedule(self, start, stop):
        """Move to ``[start, stop)``, UTC; an empty ``stop`` is open-ended.

        :raise AllocationConflict: the added time is not free.
        """
        return self.change({"start": start, "stop": stop})

    def extend(self, stop):
        """Move the end to ``stop``, UTC (empty: open-ended), whatever each start is.

        :raise AllocationConflict: the added time is not free.
        """
        return self.change({"stop": stop})

    def shift(self, minutes):
        """Move every root by as many minutes, all at once.

        Rows may pass through each other's old places: only the outcome counts.
        """
        minutes = to_whole(self.env, minutes) or 0
        if abs(minutes) > FURTHEST_SHIFT:
            raise ValidationError(self.env._("Move by at most ten years at once."))
        delta = timedelta(minutes=minutes)
        roots = self.roots()
        return roots.change(
            [
                {"start": root.start + delta, "stop": root.stop and root.stop + delta}
                for root in roots
            ]
        )

    def reassign(self, resource, pinned=True):
        """Give it another resource: a unit of its pool, another room, another pool.

        :param resource: a ``resource.resource`` record or its id, for every root; or a
            list of such, one for each root in their order. They move all at once, so
            roots may change places.
        :param bool pinned: that very one, which the ledger will not exchange again.
        :raise ValidationError: for a list of another length.
        """
        roots = self.roots()
        many = isinstance(resource, list | tuple)
        wanted = resource if many else [resource] * len(roots)
        return roots.change([{"resource_id": one, "pinned": pinned} for one in wanted])

    def _check_one_for_each(self, wanted):
        """Refuse a list that does not say what to do with each of these rows."""
        if not isinstance(wanted, list | tuple) or len(wanted) != len(self):
            raise ValidationError(
                self.env._(
                    "Of %s allocations, say of each what it is to be.", len(self)
                )
            )

    def resize(self, quantity):
        """Change how many pieces of a pool are promised; fewer never fails."""
        return self.change({"quantity": quantity})

    def split(self, quantity):
        """Part ``quantity`` pieces off each root into a row of its own.

        What both take together is what the root took; ``parent_id`` says whence.

        :return: the new roots, in the same state as theirs.
        :raise ValidationError: not fewer than there are.
        """
        return self.split_many([[quantity]] * len(self.roots()))

    @through_the_door
    def split_many(self, parts):
        """Part several rows off each root at once, as :meth:`split` does one.

        :param list parts: for each root in their order, the pieces of each part.
        :return: the new roots: all of the first root's parts, then the second's.
        :raise ValidationError: not fewer than there are; a list of another length.
        """
        roots = self.roots()
        roots._check_one_for_each(parts)
        wanted = {
            root: [
                to_whole(self.env, quantity) or 0
                for quantity in to_list(self.env, quantities)
            ]
            for root, quantities in zip(roots, parts, strict=True)
            if quantities
        }
        for root, quantities in wanted.items():
            if min(quantities) < 1 or sum(quantities) >= root.quantity:
                raise ValidationError(
                    self.env._(
                        "%(name)s: of %(count)s, 1 to %(most)s can be split off.",
                        name=root.display_name,
                        count=root.quantity,
                        most=root.quantity - 1,
                    )
                )
        if not wanted:
            return self.browse()
        self.browse().union(*wanted)._change(
            [
                {"quantity": root.quantity - sum(quantities)}
                for root, quantities in wanted.items()
            ]
        )
        return self._insert_parts(wanted)

    @api.model
    def _insert_parts(self, wanted):
        """Rows for what was parted off: ``{root: pieces of each part}``."""
        trees = []
        for root, vals in self.browse().union(*wanted).sudo()._current_values():
            vals |= root._split_values()
            # Until it is known which of them fits; facts are never at risk.
            vals["at_risk"] = vals["kind"] == "demand"
            for quantity in wanted[self.browse(root.id)]:
                part = {**vals, "quantity": quantity}
                trees.append((self._request(len(trees), part), part))
        with self._races_in_words(trees):
            parts = self._insert_trees(trees)
        for part in parts.filtered("at_risk"):
            # Right for what is over; what is not over is looked at anew.
            part._trees()._store_risk(part.parent_id.at_risk)
        self._refresh_risk(parts.all_resources())
        return parts

    def _split_values(self):
        """What a part split off has from its root. Override to add your own."""
        self.ensure_one()
        names = (
            "name", "state", "hold_until", "hold_kind", "actual_start", "actual_stop",
            "res_model", "res_id", "expected_back",
        )  # fmt: skip
        links = ("company_id", "partner_id", "user_id")
        return {
            **{name: self[name] for name in names},
            **{name: self[name].id for name in links},
            "parent_id": self.id,
        }

    # === ONE WAY TO CHANGE === #

    def _change(self, vals_list, on_conflict="raise", seen=()):
        """Change each root as its dictionary says: ``(changed roots, verdicts)``."""
        roots = self
        if not roots:
            return roots, []
        roots._check_rights_to_change(vals_list)
        before = roots.all_resources()
        wanted = before.browse(self._ids_wanted(vals_list)).sudo().expand_all()
        self.lock_resources(before | wanted, facts=roots._is_fact())
        roots.invalidate_recordset(flush=False)
        if seen:
            roots._check_seen(seen)
        self._refresh_risk(roots.filtered("is_late").all_resources())
        asked = roots._prepare_changes(vals_list, roots.filtered("at_risk"))
        book, accepted, refusals = self._try_changes(asked, on_conflict)
        verdicts = self._verdicts(refusals)
        if verdicts and on_conflict == "raise":
            raise AllocationConflict(verdicts)
        changed = self._apply_changes(accepted, book.moves)
        self._wake_at(vals.get("hold_until") for vals in vals_list)
        touched = before | changed.all_resources()
        if changed._is_fact():
            self._refresh_risk(touched)
        else:
            self._freed(touched)
        return changed, verdicts

    @api.model
    def _apply_changes(self, accepted, moves):
        """Write what fits, and the units that others left to it: the changed roots."""
        changed = self.browse(request.root for request, _values in accepted)
        others = {root: unit for root, unit in moves.items() if root not in changed.ids}
        with self._races_in_words(accepted), self._deferred():
            self._store_units(others)
            self._store_changes(
                root._retarget_change(request, values, moves)
                for root, (request, values) in zip(changed, accepted, strict=True)
            )
            self.flush_model()
        return changed

    def _check_rights_to_change(self, vals_list):
        wanted = self._ids_wanted(vals_list)
        self._check_rights(wanted)
        # Of documents' rows, what they approve is decided once all is known.
        if not all(row._is_vouched_for() for row in self):
            self.env["resource.resource"].browse(wanted).check_access("read")

    @api.model
    def _ids_wanted(self, vals_list):
        return {vals["resource_id"] for vals in vals_list if vals.get("resource_id")}

    @api.model
    def _try_changes(self, asked, on_conflict):
        """Change in memory: ``(book, what is accepted, refusals)``.

        All at once: rows may take each other's places. With ``report``, what is refused
        stays where it is and may then be in another's way, which is refused as well.
        """
        known = self._load_book_for(asked)
        accepted, refusals = list(asked), []
        while True:
            book = known.without(request.root for request, _values in accepted)
            refused = self._book_all(book, accepted)
            refusals += refused
            if not refused or on_conflict == "raise":
                return book, accepted, refusals
            accepted = self._accepted(accepted, refused)

    def _prepare_changes(self, vals_list, at_risk):
        """Requests for what the roots would become, knowing what they have.

        :param at_risk: those that have no place: they must ask for all of it anew.
        """
        asked = []
        known = zip(self.sudo()._current_values(), vals_list, strict=True)
        for index, ((root, old), wanted) in enumerate(known):
            state = root._state_by_now()
            if state not in LIVE_STATES:
                raise UserError(
                    self.env._(
                        "%(name)s is %(state)s and cannot be changed. Reopen it first.",
                        name=root.display_name,
                        state=self.state_label(state),
                    )
                )
            new = {**old, **wanted}
            group = self._group_of(new)
            any_hour = self._any_hour(new, root.sudo().res_model)
            resource = root.resource_id.browse(new["resource_id"])
            if resource != root.resource_id and new["kind"] == "demand":
                own = {name: resource[name] for name in REACH}
                new |= own | {name: wanted[name] for name in REACH & wanted.keys()}
            root._check_problems(resource, new, wanted)
            # Elsewhere its leaves are new rows: to the guards they have nothing yet.
            moved = resource != root.resource_id
            kept = [] if moved else root._kept_parts()
            request = root._request_anew(index, new, kept, group)
            if grows := request.grows():
                if not resource.active:
                    raise ValidationError(self.env._("%s is archived.", resource.name))
                if root.id in at_risk.ids:
                    request.kept = []
            # What keeps its place, or gives some of it up, is asked nothing.
            request.any_hour = any_hour or (not grows and root._keeps_hours(new))
            asked.append((request, new))
        self._approve(
            [
                {**new, "res_model": root.res_model, "res_id": root.res_id}
                for root, (_request, new) in zip(self.sudo(), asked, strict=True)
                if root._is_vouched_for()
            ]
        )
        return asked

    def _state_by_now(self):
        """The state, also of a hold that lapsed and that nobody met since."""
        lapsed = self.state == "hold" and self.hold_until <= fields.Datetime.now()
        return "expired" if lapsed else self.state

    def _check_problems(self, resource, new, wanted):
        """Refuse a change to what makes no sense, in words."""
        asked = {**new, "company_id": self.company_id.id}
        if "hold_until" not in wanted:
            asked["state"] = "reserved"
        elif self.state != "hold":
            raise ValidationError(self.env._("%s is not on hold.", self.display_name))
        if problem := self._problem(resource, asked, archived_too=True):
            raise ValidationError(problem)

    def _at_risk_by_now(self):
        """Those of these roots that are at risk, late things looked at anew."""
        late = self.filtered("is_late").all_resources()
        promises, losers = self._look_for_risk(late)
        losing = (
            self.sudo()
            ._trees()
            .filtered(
                lambda row: (
                    row.kind == "demand"
                    and (row in losers or (row.at_risk and row not in promises))
                )
            )
        )
        return losing.roots().with_env(self.env)

    def _keeps_hours(self, new):
        """Whether it would stay within the period it has, without its buffers."""
        return self.start <= new["start"] and (new["stop"] or FOREVER) <= (
            self.stop or FOREVER
        )

    def _request_anew(self, index, vals, kept=(), group=None):
        """What this root would ask for as these values say.

        A combination that stays takes what was booked, whatever its parts are by now.
        """
        request = self._request(index, vals, self.id, kept, group)
        if self.kind == "group" and not self._would_move(vals):
            request.parts = [
                self._part(
                    leaf.resource_id,
                    vals,
                    self._reach_kept(leaf, vals),
                    leaf.quantity,
                    leaf.unit_id,
                )
                for leaf in self.sudo().leaf_ids
            ]
        if self.state == "out":
            late = self._away_until()
            things = self.env["resource.resource"].sudo()
            request.parts = [
                part._replace(late=late)
                if things.browse(part.resource).release == "return"
                else part
                for part in request.parts
            ]
        return request

    def _away_until(self):
        """Until when what is out is away at least, whatever was planned."""
        now = fields.Datetime.now()
        return max(self.expected_back or now, now)

    def _reach_kept(self, leaf, values):
        """What a leaf that stays takes beyond the period when its root changes.

        It was copied when it was booked. What its resource needs by now counts only
        where the root's own becomes more, so that less never takes more.
        """
        asked = self._leaf_reach(self.resource_id.sudo(), leaf.resource_id, values)
        kept = {name: leaf[name] for name in REACH}
        if values["reach"] != self.reach:
            kept["reach"] = asked["reach"]
        for name in BUFFERS:
            more = (values[name] or 0) - self[name]
            if more > 0:
                kept[name] = asked[name]
            elif more < 0:
                kept[name] = min(kept[name], asked[name])
        return kept

    def _kept_parts(self):
        """What the tree takes now; a late thing keeps what it overran."""
        parts = []
        for leaf in self._trees().sudo().filtered(lambda row: row.kind != "group"):
            stop = leaf.blocked_stop
            if leaf.state == "out" and leaf.returnable:
                stop = max(stop, leaf._away_until())
            parts.append(
                Part(
                    leaf.resource_id.id,
                    leaf.blocked_start,
                    stop,
                    leaf.quantity,
                    leaf.unit_id.id or 0,
                )
            )
        return parts

    def _retarget_change(self, request, values, moves):
        """The change of this root, on the unit that others of the batch left to it."""
        if unit := moves.get(self.id):
            values = {**values, "resource_id": unit}
            request = self._request_anew(request.index, values, request.kept)
        return self, request, values

    @api.model
    def _store_changes(self, changes):
        """Write changed trees, ``[(root, request, values)]``.

        Leaves are made anew where the resource changed, all in one go.
        """
        changes = list(changes)
        moved = [change for change in changes if change[0]._would_move(change[2])]
        leaving = self.browse([root.id for root, _request, _values in moved])
        leaving.sudo().leaf_ids.unlink()
        for root, request, values in changes:
            root._store_change(request, values)
        leaves = [leaf for change in moved for leaf in self._changed_leaves(*change)]
        if leaves:
            self.flush_model()
            self._insert(leaves)

    def _would_move(self, values):
        """Whether its leaves would be others, of other resources."""
        resource = self.resource_id.sudo()
        wanted = resource.browse(values["resource_id"])
        same_pool = resource.pool_id and resource.pool_id == wanted.pool_id
        return resource != wanted and not same_pool

    def _store_change(self, request, values):
        """Write the changed root, and the leaves it kept."""
        self.ensure_one()
        leaves = self.sudo().leaf_ids
        reach = {leaf: self._reach_kept(leaf, values) for leaf in leaves}
        exchanged = values["resource_id"] != self.resource_id.id
        if exchanged:
            # Leaves that are still there: what it has of its pool, by another unit.
            leaves._store({"unit_id": values["resource_id"]})
        at_risk = self.at_risk and bool(request.kept)
        own = any(part.resource == values["resource_id"] for part in request.parts)
        self._store(
            {
                "resource_id": values["resource_id"],
                "start": values["start"],
                "stop": values["stop"],
                "quantity": values["quantity"],
                "setup_minutes": values["setup_minutes"],
                "teardown_minutes": values["teardown_minutes"],
                "reach": values["reach"],
                "pinned": values["pinned"],
                "hold_until": values["hold_until"],
                "kind": values["kind"] if own else "group",
                "at_risk": at_risk and not exchanged,
            }
        )
        quantities = defaultdict(list)
        for part in request.parts:
            quantities[part.resource, part.unit].append(part.quantity)
        for leaf, kept in reach.items():
            key = (leaf.resource_id.id, leaf.unit_id.id or 0)
            leaf._store(
                {
                    **kept,
                    "start": values["start"],
                    "stop": values["stop"],
                    "quantity": quantities[key].pop(),
                    "hold_until": values["hold_until"],
                    "at_risk": at_risk,
                }
            )
        if exchanged:
            self._keep_risk()

    def _keep_risk(self):
        """Leave at risk what found another unit, but still has no place in its pool.

        By a statement of its own: what is at risk the guards move nowhere.
        """
        if any(self.sudo().leaf_ids.mapped("at_risk")):
            self.flush_model()
            self._store({"at_risk": True})

    @api.model
    def _changed_leaves(self, root, request, values):
        """Values of the leaves of a root that was given others."""
        shared = {
            **root.sudo()._split_values(),
            "kind": values["kind"],
            "start": values["start"],
            "stop": values["stop"],
        }
        del shared["parent_id"]
        return [
            self._leaf_values(root, part, values, shared)
            for part in request.parts
            if part.resource != values["resource_id"]
        ]

    @contextmanager
    def _deferred(self):
        """Check the outcome instead of each statement.

        A flush writes in batches and by sets of fields, so rows that change places
        would collide half-way. Never left to the commit, where Odoo neither maps nor
        retries a violation.
        """
        self.env.cr.execute(SQL("SET CONSTRAINTS %s DEFERRED", DEFERRABLE))
        yield
        self.flush_model()
        self.env.cr.execute(SQL("SET CONSTRAINTS %s IMMEDIATE", DEFERRABLE))
