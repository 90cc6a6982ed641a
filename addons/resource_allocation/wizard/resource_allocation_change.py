from odoo import api, fields, models

from ..inputs import only_one


class ResourceAllocationChange(models.TransientModel):
    """Move, extend, resize or give it another resource, all in one.

    Says while typing whether that would be refused, and why.
    """

    _name = "resource.allocation.change"
    _description = "Change of an Allocation"

    allocation_id = fields.Many2one("resource.allocation", required=True)
    kind = fields.Selection(related="allocation_id.kind")
    state = fields.Selection(related="allocation_id.state")
    start = fields.Datetime(
        compute="_compute_values", store=True, readonly=False, required=True
    )
    stop = fields.Datetime(compute="_compute_values", store=True, readonly=False)
    resource_id = fields.Many2one(
        "resource.resource",
        compute="_compute_values",
        store=True,
        readonly=False,
        required=True,
        domain="[('bookable', '=', True)]",
    )
    quantity = fields.Integer(compute="_compute_values", store=True, readonly=False)
    countable = fields.Boolean(compute="_compute_verdict")
    verdict = fields.Text(compute="_compute_verdict", string="Would be refused")

    @api.depends("allocation_id")
    def _compute_values(self):
        for dialog in self:
            allocation = dialog.allocation_id
            dialog.start = allocation.start
            dialog.stop = allocation.stop
            dialog.resource_id = allocation.resource_id
            dialog.quantity = allocation.quantity

    @api.depends("allocation_id", "start", "stop", "resource_id", "quantity")
    def _compute_verdict(self):
        Allocation = self.env["resource.allocation"]
        for dialog in self:
            resource = dialog.resource_id
            dialog.countable = not resource.exclusive and not resource.component_ids
            dialog.verdict = False
            allocation = dialog.allocation_id
            fact = allocation.kind in ("block", "supply")
            if not dialog._has_changes() or fact or not dialog._makes_sense():
                continue
            verdicts = Allocation.check(
                [dialog._prepare_check_values()], exclude_ids=allocation.ids
            )
            dialog.verdict = "\n".join(v["message"] for v in verdicts)

    def _makes_sense(self):
        return (
            self.start
            and self.resource_id
            and (not self.stop or self.start < self.stop)
            and self.quantity > 0
        )

    def _prepare_check_values(self):
        return {
            "resource_id": self.resource_id.id,
            "start": self.start,
            "stop": self.stop or None,
            "quantity": self.quantity if self.countable else 1,
            "company_id": self.allocation_id.company_id.id,
        }

    def _has_changes(self):
        return bool(self._changes())

    def _changes(self):
        """What differs from the allocation, as values of its ``write``."""
        allocation = self.allocation_id
        wanted = {
            "start": self.start,
            "stop": self.stop,
            "resource_id": self.resource_id.id,
            "quantity": self.quantity,
        }
        if not self.countable and self.resource_id != allocation.resource_id:
            wanted["quantity"] = 1
        known = {
            "start": allocation.start,
            "stop": allocation.stop,
            "resource_id": allocation.resource_id.id,
            "quantity": allocation.quantity,
        }
        return {name: value for name, value in wanted.items() if value != known[name]}

    def action_apply(self):
        """Change it in one go, or refuse with who, when and what is free."""
        only_one(self)
        if changes := self._changes():
            self.allocation_id.write(changes)
        return {"type": "ir.actions.act_window_close"}
