from odoo import api, fields, models
from odoo.exceptions import UserError

from ..inputs import only_one, to_values


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
    seen = fields.Json(compute="_compute_values", store=True, readonly=False)
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
            dialog.seen = {
                "start": fields.Datetime.to_string(allocation.start),
                "stop": fields.Datetime.to_string(allocation.stop),
                "resource_id": allocation.resource_id.id,
                "quantity": allocation.quantity,
            }

    @api.depends("allocation_id", "start", "stop", "resource_id", "quantity")
    def _compute_verdict(self):
        for dialog in self:
            resource = dialog.resource_id
            dialog.countable = not resource.exclusive and not resource.component_ids
            dialog.verdict = dialog._verdict() if dialog._makes_sense() else False

    def _makes_sense(self):
        return (
            self.start
            and self.resource_id
            and (not self.stop or self.start < self.stop)
            and self.quantity > 0
        )

    def _verdict(self):
        """Why it would be refused, in words, or nothing."""
        changes = self._changes()
        try:
            verdicts = changes and self.allocation_id.check_change(changes)
        except UserError as error:
            return str(error)
        return "\n".join(verdict["message"] for verdict in verdicts or ())

    def _changes(self):
        """What differs from what was there when the dialog opened."""
        seen = to_values(self.allocation_id, self.seen or {})
        wanted = {
            "start": self.start,
            "stop": self.stop,
            "resource_id": self.resource_id.id,
            "quantity": self.quantity,
        }
        if not self.countable and wanted["resource_id"] != seen.get("resource_id"):
            wanted["quantity"] = 1
        return {name: one for name, one in wanted.items() if one != seen.get(name)}

    def action_apply(self):
        """Change it in one go, or refuse with who, when and what is free.

        :raise StaleChange: somebody else changed it while the dialog was open.
        """
        only_one(self)
        if changes := self._changes():
            self.allocation_id.change(changes, seen=self.seen)
        return {"type": "ir.actions.act_window_close"}
