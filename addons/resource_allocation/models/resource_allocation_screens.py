"""What the screens show and offer of an allocation; what they do is the ledger's."""

from datetime import time, timedelta
from weakref import WeakSet

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_datetime

from ..core.moment import FOREVER
from ..exceptions import AllocationConflict
from ..inputs import (
    only_one,
    to_choice,
    to_ids,
    to_instant,
    to_number,
    to_values_list,
)
from .resource_allocation import CORRECTIONS, FACTS, LIVE_STATES, TRANSITIONS

PROMISES_ONLY = (
    "hand_out", "take_back", "undo_hand_out", "expect_back", "make_ready", "hold_again",
)  # fmt: skip
PREVIEWS = WeakSet()
"""Cursors whose deeds are taken back."""
LONGEST_HOLD = 366 * 24
"""Hours."""
BUTTONS = ("confirm", "hand_out", "take_back", "cancel", "reopen", "undo_hand_out")
"""Methods of the ledger with a button; where they are offered, the table says."""


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    period_text = fields.Char(compute="_compute_period_text", string="Period")
    situation_text = fields.Char(compute="_compute_situation_text", string="Status")
    hold_hint = fields.Char(compute="_compute_hold_hint")
    calendar_stop = fields.Datetime(
        compute="_compute_calendar_stop",
        search="_search_calendar_stop",
        string="End",
        help="The end as a calendar can show it; open-ended ones never end.",
    )
    takes_ids = fields.Many2many(
        "resource.resource",
        string="Taken Resources",
        store=False,
        search="_search_takes_ids",
        help="Technical: to search by what a promise takes, itself or by its parts.",
    )
    refusal = fields.Text(
        compute="_compute_refusal",
        help="Why a new promise would be refused, before it is saved.",
    )
    outside_hours = fields.Boolean(
        store=False,
        help="Promise it although the resource is closed then.",
    )
    is_fact = fields.Boolean(compute="_compute_is_fact")
    document_led = fields.Boolean(compute="_compute_document_led")
    risk_reason = fields.Char(
        compute="_compute_risk_reason",
        string="Why",
        help="What leaves no room for it: a block, a late return, or too few pieces.",
    )
    can_confirm = fields.Boolean(compute="_compute_buttons")
    can_hand_out = fields.Boolean(compute="_compute_buttons")
    can_take_back = fields.Boolean(compute="_compute_buttons")
    can_make_ready = fields.Boolean(compute="_compute_buttons")
    can_cancel = fields.Boolean(compute="_compute_buttons")
    can_reopen = fields.Boolean(compute="_compute_buttons")
    can_undo_hand_out = fields.Boolean(compute="_compute_buttons")
    can_change = fields.Boolean(compute="_compute_buttons")
    can_split = fields.Boolean(compute="_compute_buttons")
    can_lift = fields.Boolean(compute="_compute_buttons")
    can_relocate = fields.Boolean(compute="_compute_buttons")
    hand_out_due = fields.Boolean(compute="_compute_hand_out_due")

    # === WHAT IS SHOWN === #

    @api.depends("start", "stop")
    @api.depends_context("tz", "lang")
    def _compute_period_text(self):
        for allocation in self:
            allocation.period_text = allocation.start and self.period_in_words(
                allocation.start, allocation.stop
            )

    @api.depends("display_state", "kind")
    @api.depends_context("lang")
    def _compute_situation_text(self):
        """The state as people say it; a block is not *reserved*."""
        selections = self.fields_get(["display_state", "kind"], ["selection"])
        states = dict(selections["display_state"]["selection"])
        kinds = dict(selections["kind"]["selection"])
        for allocation in self:
            stands = allocation.is_fact and allocation.state == "reserved"
            allocation.situation_text = (
                kinds[allocation.kind]
                if stands
                else states.get(allocation.display_state)
            )

    @api.depends("state", "hold_until")
    def _compute_hold_hint(self):
        now = fields.Datetime.now()
        for allocation in self:
            lapsed = allocation.state == "hold" and allocation.hold_until
            allocation.hold_hint = (
                self.env._("This hold has lapsed; it counts for nothing any more.")
                if lapsed and allocation.hold_until <= now
                else False
            )

    @api.depends("stop")
    def _compute_calendar_stop(self):
        for allocation in self:
            allocation.calendar_stop = allocation.stop or FOREVER

    def _search_calendar_stop(self, operator, value):
        if operator not in (">", ">="):
            return [("stop", operator, value)]
        return ["|", ("stop", "=", False), ("stop", operator, value)]

    def _search_takes_ids(self, operator, value):
        """Roots, as one set: *the thing or one of its parts* would scan the ledger."""
        if operator != "in":
            return NotImplemented
        rows = self._search([("resource_id", "in", value)])
        root = SQL(
            "coalesce(%s, %s)",
            self._field_to_sql(rows.table, "root_id", rows),
            self._field_to_sql(rows.table, "id", rows),
        )
        return [("id", "in", rows.subselect(root))]

    @api.depends("resource_id", "start", "stop", "quantity", "kind", "outside_hours")
    def _compute_refusal(self):
        for allocation in self:
            new = not allocation._origin and allocation.kind == "demand"
            whole = allocation.resource_id and allocation.start
            ordered = not allocation.stop or allocation.start < allocation.stop
            if not (new and whole and ordered and allocation.quantity > 0):
                allocation.refusal = False
                continue
            wanted = {
                "resource_id": allocation.resource_id.id,
                "start": allocation.start,
                "stop": allocation.stop,
                "quantity": allocation.quantity if not allocation.exclusive else 1,
                "outside_hours": allocation.outside_hours,
            }
            verdicts = self.check([wanted])
            allocation.refusal = "\n".join(one["message"] for one in verdicts)

    @api.depends("kind", "leaf_ids.kind")
    def _compute_is_fact(self):
        for allocation in self:
            allocation.is_fact = allocation._asked_kind() in FACTS

    @api.depends("res_model")
    def _compute_document_led(self):
        for allocation in self:
            allocation.document_led = bool(allocation.res_model)

    @api.depends("at_risk", "start", "stop")
    def _compute_risk_reason(self):
        at_risk = self.filtered("at_risk")
        (self - at_risk).risk_reason = False
        # Narrow sudo: of what is in the way only kind and time are shown.
        causes = self.sudo().search(
            [
                ("resource_id", "in", at_risk.all_resources().ids),
                ("live", "=", True),
                "|",
                ("kind", "=", "block"),
                ("is_late", "=", True),
            ],
            order="blocked_start",
        )
        for allocation in at_risk:
            allocation.risk_reason = allocation._risk_reason(causes)

    def _risk_reason(self, causes):
        """What of ``causes`` is in the way of this promise, in words."""
        tree = self._trees().sudo()
        near = (causes - tree).filtered(
            lambda cause: (
                cause.resource_id in tree.resource_id
                and cause.blocked_start < self.blocked_stop
            )
        )
        block = near.filtered(
            lambda cause: (
                cause.kind == "block" and cause.blocked_stop > self.blocked_start
            )
        )[:1]
        if block:
            return self.env._(
                "Blocked, %s", self.period_in_words(block.start, block.stop)
            )
        if late := near.filtered(lambda cause: cause.kind == "demand")[:1]:
            return self.env._("%s is not back yet", late.resource_id.display_name)
        return self.env._("Too few pieces")

    # === FROM THE CLIENT === #

    def _keep_time_of_day(self, vals):
        """Whole days that were dragged: a calendar shows long periods without hours.

        It then sends midnights, in the user's zone; the hours stay what they were.
        """
        if len(self) != 1 or not self.stop or not (vals.get("start") and vals["stop"]):
            return vals
        start = to_instant(self.env, vals["start"])
        stop = to_instant(self.env, vals["stop"])
        midnights = {self._local(start).time(), self._local(stop).time()} == {time()}
        if not midnights or self.stop - self.start < timedelta(days=1):
            return vals
        moved = self._local(start).date() - self._local(self.start).date()
        return {**vals, "start": self.start + moved, "stop": self.stop + moved}

    def _local(self, at):
        return fields.Datetime.context_timestamp(self, at)

    @api.model
    def default_get(self, fields):
        """Start with the next full hour; a calendar proposes the end it shows."""
        defaults = super().default_get(fields)
        if "start" in fields and not defaults.get("start"):
            defaults["start"], defaults["stop"] = self._next_hour()
        stop = self.env.context.get("default_calendar_stop")
        if stop and "stop" in fields:
            defaults["stop"] = stop
        return defaults

    @api.model
    def _next_hour(self):
        now = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
        return now + timedelta(hours=1), now + timedelta(hours=2)

    # === BUTTONS === #

    @api.depends(
        *("state", "quantity", "root_id", "at_risk", "is_fact", "document_led"),
        "ready_at",
    )
    @api.depends_context("uid")
    def _compute_buttons(self):
        """Which of the ledger's methods the user can use now."""
        writes = self.browse().has_access("write")
        manager = self.env.user.has_group(
            "resource_allocation.resource_allocation_group_manager"
        )
        for allocation in self:
            mine = writes and not allocation.root_id and bool(allocation._origin)
            if allocation.is_fact and not manager:
                mine = mine and allocation.resource_id._is_managed_by(self.env.user)
            steps = allocation._offered_steps(manager) if mine else frozenset()
            for method in BUTTONS:
                allocation[f"can_{method}"] = method in steps
            allocation.can_change = "change" in steps
            allocation.can_split = "split_many" in steps and allocation.quantity > 1
            allocation.can_lift = allocation.is_fact and "close" in steps
            allocation.can_relocate = "change" in steps and allocation.at_risk
            tidied = allocation._trees().sudo()._is_tidied_up()
            allocation.can_make_ready = "make_ready" in steps and tidied

    def _offered_steps(self, manager):
        """Steps its state and its document allow, and that make sense for the user."""
        self.ensure_one()
        steps = {
            method
            for method, transition in TRANSITIONS.items()
            if self.state in transition.sources
        }
        steps |= {"change", "split_many"} if self.state in LIVE_STATES else set()
        steps -= set(() if manager else CORRECTIONS)
        steps -= set(PROMISES_ONLY if self.is_fact else ())
        if documents := self._document_model(self.res_model):
            steps &= documents._allocation_steps()
        return steps

    def _is_tidied_up(self):
        """Whether the teardown of any of these is still going on."""
        now = fields.Datetime.now()
        return any(row.ready_at and row.ready_at > now for row in self)

    @api.depends("can_hand_out", "start", "returnable")
    def _compute_hand_out_due(self):
        """Things to be handed out within a day; lists offer the button for these."""
        soon = fields.Datetime.now() + timedelta(days=1)
        for allocation in self:
            allocation.hand_out_due = (
                allocation.can_hand_out
                and allocation.returnable
                and allocation.start <= soon
            )

    def action_confirm(self):
        """Make holds into reservations."""
        self.confirm()

    def action_hand_out(self):
        """Record that it leaves now."""
        self.hand_out()

    def action_lift(self):
        """End a block or extra supply now."""
        self.close()

    def action_take_back(self):
        """Take back at once what is single; ask how many of several came back."""
        if len(self) == 1 and self.quantity == 1:
            self.take_back()
            return False
        return self._open_dialog(
            "resource.allocation.take.back",
            self.env._("Take back"),
            default_allocation_ids=self.ids,
        )

    def action_take_back_at(self):
        """Ask when and how many came back."""
        return self._open_dialog(
            "resource.allocation.take.back",
            self.env._("Take back"),
            default_allocation_ids=self.ids,
        )

    def action_make_ready(self):
        """Say that it is ready for the next."""
        self.make_ready()

    def action_cancel(self):
        """Ask for the reason, then cancel."""
        return self._ask_reason("cancel", self.env._("Cancel"))

    def action_reopen(self):
        """Ask for the reason, then reopen."""
        return self._ask_reason("reopen", self.env._("Reopen"))

    def action_undo_hand_out(self):
        """Ask for the reason, then undo the hand-over."""
        return self._ask_reason("undo_hand_out", self.env._("Undo the hand-over"))

    def _ask_reason(self, step, title):
        return self._open_dialog(
            "resource.allocation.reason",
            title,
            default_allocation_ids=self.ids,
            default_step=step,
        )

    def action_change(self):
        """Move, extend, resize or give it another resource."""
        only_one(self)
        return self._open_dialog(
            "resource.allocation.change",
            self.env._("Change"),
            default_allocation_id=self.id,
        )

    def action_split(self):
        """Ask how many pieces to part off."""
        only_one(self)
        return self._open_dialog(
            "resource.allocation.split",
            self.env._("Split"),
            default_allocation_id=self.id,
        )

    def action_expect_back(self):
        """Ask when a late thing is expected now."""
        only_one(self)
        return self._open_dialog(
            "resource.allocation.expect.back",
            self.env._("Expected back"),
            default_allocation_id=self.id,
        )

    def action_relocate(self):
        """Offer other times and resources for what is at risk."""
        return self.env["resource.allocation.relocate"]._create_for(self)._action_open()

    @api.model
    def _open_dialog(self, model, title, **context):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }

    def action_open_document(self):
        """Open what booked this."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    # === THE PLANNING BOARD === #

    @api.model
    @api.readonly
    def board_changeable(self):
        """Of which documents this user may move rows on a board: ``[model, …]``.

        False stands for rows without a document.
        """
        documents = [self._document_model(name) for name in self.env]
        return [False] * self.has_access("write") + [
            model._name
            for model in documents
            if model is not None
            and "change" in model._allocation_steps()
            and self._may_change_any(model)
        ]

    @api.readonly
    def board_details(self):
        """Whom to call about this row, and what this user can do with it now.

        ``contact`` has ``name``, ``phone`` and ``email`` of somebody, or is False;
        ``buttons`` are pairs of a method of this model and its label. Who may read
        neither the row nor its document is told of nobody.
        """
        only_one(self)
        contact = self._board_contact()
        buttons = []
        if self.browse().has_access("write") and self._filtered_access("read"):
            buttons = self._board_buttons()
        # Narrow sudo: whoever reads a document sees whom it is for.
        told = contact.sudo().read(["name", "phone", "email"])
        return {"contact": told[0] if told else False, "buttons": buttons}

    def _board_contact(self):
        # Narrow sudo: only where it came from, to ask that document for the user.
        row = self.sudo()
        if self._document_model(row.res_model) is None:
            # To whom rows are told, of them also whom they are for.
            return self._filtered_access("read").sudo().partner_id
        documents = self._documents().exists()._filtered_access("read")
        contacts = documents._allocation_contacts()
        return contacts.get(row.res_id, self.env["res.partner"])

    def _board_buttons(self):
        """As on the row's own form."""
        offered = (
            ("can_confirm", "action_confirm", self.env._("Confirm")),
            ("can_hand_out", "action_hand_out", self.env._("Hand out")),
            ("can_take_back", "action_take_back", self.env._("Take back")),
            ("can_make_ready", "action_make_ready", self.env._("Ready")),
            ("can_relocate", "action_relocate", self.env._("Relocate")),
            ("can_split", "action_split", self.env._("Split")),
            ("can_lift", "action_lift", self.env._("End now")),
            ("can_cancel", "action_cancel", self.env._("Cancel")),
        )
        return [[method, label] for can, method, label in offered if self[can]]

    def _may_change_any(self, documents):
        """Whether the user may move rows of this kind of document at all."""
        try:
            documents._allocation_check("change", self.browse())
        except AccessError:
            return False
        return True

    def board_preview(self, vals, seen=None):
        """What a :meth:`change` would come to, by making it and taking it back.

        For who may make it: the documents decide, also of rows one may not read.

        :return: ``verdicts``, as of :meth:`check_change`, and ``notes``: what it would
            do to the documents, in words.
        :raise AccessError: for who may not change it.
        :raise StaleChange: a row is not what was ``seen``.
        :raise UserError: what the documents refuse.
        """
        # By a transaction of its own, so that nothing that waits for the commit, such
        # as mail, is done.
        with self.env.registry.cursor() as cr:
            rows = self.with_env(self.env(cr=cr))
            PREVIEWS.add(cr)
            try:
                return rows._preview_change(vals, seen)
            finally:
                cr.rollback()

    def _preview_change(self, vals, seen):
        before = self._documents_worth()
        try:
            # A document may move more than the row, or leave something out for it:
            # what the ledger says to the row alone is no answer.
            self.change(vals, seen=seen)
            self.env.flush_all()
        except AllocationConflict as conflict:
            verdicts = [verdict.to_values() for verdict in conflict.verdicts]
            return {"verdicts": verdicts, "notes": []}
        after = self._documents_worth()
        return {
            "verdicts": [],
            "notes": [
                self.env._(
                    "%(document)s: %(after)s instead of %(before)s.",
                    document=name,
                    after=words,
                    before=before[name],
                )
                for name, words in after.items()
                if before.get(name, words) != words
            ],
        }

    def _documents_worth(self):
        """What the documents of these rows come to, in words: ``{name: words}``."""
        worth = {}
        for model, rows in self._by_document_model().items():
            if self._document_model(model) is not None:
                worth |= rows._documents()._allocation_worth()
        return {
            name: told if isinstance(told, str) else told[1].format(told[0])
            for name, told in worth.items()
        }

    # === THE AVAILABILITY SEARCH === #

    @api.model
    def book_free(self, vals_list, hold_hours=0):
        """Promise what the availability search found, all of it, or say why not.

        :param float hold_hours: only hold it that long; 0 reserves at once.
        :return: ``allocations`` (what was booked) or ``verdicts``.
        :raise UserError: for a time that is over, or a hold longer than a year.
        """
        vals_list = to_values_list(self, vals_list)
        now = fields.Datetime.now()
        if any(vals.get("stop") and vals["stop"] <= now for vals in vals_list):
            raise UserError(self.env._("That time is over: choose a later one."))
        hours = to_number(self.env, hold_hours) or 0
        if not 0 <= hours <= LONGEST_HOLD:
            raise UserError(self.env._("Hold it for some hours, at most a year."))
        held = {"state": "hold", "hold_until": now + timedelta(hours=hours)}
        asked = [
            {**vals, "group": "all", **(held if hours else {})} for vals in vals_list
        ]
        roots, verdicts = self.allocate(asked, on_conflict="report")
        return {
            "allocations": roots._client_values(),
            "verdicts": [verdict.to_values() for verdict in verdicts],
        }

    def step(self, step):
        """Take one named step from the search's list of what was booked.

        :param str step: ``confirm`` or ``cancel``.
        """
        only_one(self)
        steps = {"confirm": self.confirm, "cancel": self.cancel}
        name = to_choice(self.env, step, list(steps))
        if not name:
            raise UserError(self.env._("There is no such step."))
        steps[name]()
        return self._client_values()[0]

    @api.model
    @api.readonly
    def booked_now(self, allocation_ids):
        """The search's list of what was booked, as it is by now."""
        ids = to_ids(self.env, allocation_ids)
        allocations = self.browse(ids).exists()
        allocations.check_access("read")
        return allocations._client_values()

    def _client_values(self):
        return [
            {
                "id": allocation.id,
                "name": allocation.display_name,
                "resource": allocation.resource_id.display_name,
                "state": allocation.state,
                "state_label": self.state_label(allocation.state),
                "period": allocation.period_text,
                "quantity": allocation.quantity,
                "hold_text": allocation.hold_until
                and format_datetime(self.env, allocation.hold_until, dt_format="short"),
            }
            for allocation in self
        ]
