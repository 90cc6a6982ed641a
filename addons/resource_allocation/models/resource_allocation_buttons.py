"""The buttons of an allocation; each calls one method of the ledger."""

from datetime import timedelta

from odoo import api, fields, models

from .resource_allocation import LIVE_STATES, TRANSITIONS

PROMISES_ONLY = ("hand_out", "take_back", "undo_hand_out", "expect_back")
CORRECTIONS = ("reopen", "undo_hand_out")
BUTTONS = ("confirm", "hand_out", "take_back", "cancel", "reopen", "undo_hand_out")
"""Methods of the ledger with a button; where they are offered, the table says."""


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    can_confirm = fields.Boolean(compute="_compute_buttons")
    can_hand_out = fields.Boolean(compute="_compute_buttons")
    can_take_back = fields.Boolean(compute="_compute_buttons")
    can_cancel = fields.Boolean(compute="_compute_buttons")
    can_reopen = fields.Boolean(compute="_compute_buttons")
    can_undo_hand_out = fields.Boolean(compute="_compute_buttons")
    can_change = fields.Boolean(compute="_compute_buttons")
    can_split = fields.Boolean(compute="_compute_buttons")
    can_lift = fields.Boolean(compute="_compute_buttons")
    can_relocate = fields.Boolean(compute="_compute_buttons")
    hand_out_due = fields.Boolean(compute="_compute_hand_out_due")

    @api.depends("state", "quantity", "root_id", "at_risk", "is_fact", "document_led")
    @api.depends_context("uid")
    def _compute_buttons(self):
        """Which of the ledger's methods the user can use now."""
        writes = self.browse().has_access("write")
        manager = self.env.user.has_group(
            "resource_allocation.resource_allocation_group_manager"
        )
        for allocation in self:
            mine = writes and not allocation.root_id and bool(allocation._origin)
            mine = mine and (manager or not allocation.is_fact)
            led = mine and not allocation.document_led
            methods = allocation._offered_methods(manager) if led else ()
            for method in BUTTONS:
                allocation[f"can_{method}"] = method in methods
            live = allocation.state in LIVE_STATES
            allocation.can_change = led and live
            allocation.can_split = led and live and allocation.quantity > 1
            allocation.can_lift = allocation.is_fact and "close" in methods
            allocation.can_relocate = mine and live and allocation.at_risk

    def _offered_methods(self, manager):
        """Methods its state allows, without those that make no sense for the user."""
        self.ensure_one()
        without = set(() if manager else CORRECTIONS)
        without |= set(PROMISES_ONLY if self.is_fact else ())
        return TRANSITIONS.get(self.state, set()) - without

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
        self.ensure_one()
        return self._open_dialog(
            "resource.allocation.change",
            self.env._("Change"),
            default_allocation_id=self.id,
        )

    def action_split(self):
        """Ask how many pieces to part off."""
        self.ensure_one()
        return self._open_dialog(
            "resource.allocation.split",
            self.env._("Split"),
            default_allocation_id=self.id,
        )

    def action_expect_back(self):
        """Ask when a late thing is expected now."""
        self.ensure_one()
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
