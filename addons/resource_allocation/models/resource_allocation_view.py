"""What the screens show of an allocation; what they do is the ledger's."""

from datetime import time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.moment import FOREVER

FACTS = ("block", "supply")


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
    refusal = fields.Text(
        compute="_compute_refusal",
        help="Why a new promise would be refused, before it is saved.",
    )
    is_fact = fields.Boolean(compute="_compute_is_fact")
    document_led = fields.Boolean(compute="_compute_document_led")
    risk_reason = fields.Char(
        compute="_compute_risk_reason",
        string="Why",
        help="What leaves no room for it: a block, a late return, or too few pieces.",
    )

    # === WHAT IS SHOWN === #

    @api.depends("start", "stop")
    @api.depends_context("tz", "lang")
    def _compute_period_text(self):
        for allocation in self:
            allocation.period_text = allocation.start and self._period_text(
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

    @api.depends("resource_id", "start", "stop", "quantity", "kind")
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
            allocation.document_led = allocation._is_led_by_document()

    def _is_led_by_document(self):
        """Whether a document goes through this row's life, so the buttons are there.

        Override to leave some of them to the ledger's own form.
        """
        self.ensure_one()
        return bool(self.res_model)

    @api.depends("at_risk", "start", "stop")
    def _compute_risk_reason(self):
        at_risk = self.filtered("at_risk")
        (self - at_risk).risk_reason = False
        # Narrow sudo: of what is in the way only kind and time are shown.
        causes = self.sudo().search(
            [
                ("resource_id", "in", at_risk._all_resources().ids),
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
            return self.env._("Blocked, %s", self._period_text(block.start, block.stop))
        if late := near.filtered(lambda cause: cause.kind == "demand")[:1]:
            return self.env._("%s is not back yet", late.resource_id.name)
        return self.env._("Too few pieces")

    # === FROM THE CLIENT === #

    @api.model_create_multi
    def create(self, vals_list):
        """A form that says until when to hold asks for a hold."""
        asked = [dict(vals) for vals in vals_list]
        for vals in asked:
            if vals.get("hold_until") and not vals.get("state"):
                vals["state"] = "hold"
            if "calendar_stop" in vals:
                vals.setdefault("stop", vals.pop("calendar_stop"))
        return super().create(asked)

    def write(self, vals):
        """A calendar drags the end it shows; what a document leads, it moves itself."""
        if "calendar_stop" in vals:
            vals = self._keep_time_of_day({**vals, "stop": vals["calendar_stop"]})
            del vals["calendar_stop"]
        if {"start", "stop", "resource_id", "quantity"} & vals.keys():
            self._check_not_led()
        return super().write(vals)

    def _check_not_led(self):
        """Refuse to move under a document what only the document may move."""
        led = self.filtered(lambda allocation: allocation._is_led_by_document())
        if led and not self.env.su:
            raise UserError(
                self.env._(
                    "%(name)s belongs to %(document)s: change it there.",
                    name=led[0].display_name,
                    document=led[0].document_name or self.env._("another document"),
                )
            )

    def _keep_time_of_day(self, vals):
        """Whole days that were dragged: a calendar shows long periods without hours.

        It then sends midnights, in the user's zone; the hours stay what they were.
        """
        if len(self) != 1 or not self.stop or not (vals.get("start") and vals["stop"]):
            return vals
        start, stop = self._to_instant(vals["start"]), self._to_instant(vals["stop"])
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
