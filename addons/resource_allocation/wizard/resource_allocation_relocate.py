from odoo import Command, api, fields, models

from ..inputs import only_one, to_dict, to_list


class ResourceAllocationRelocate(models.TransientModel):
    """Other times and resources for promises that lost their place."""

    _name = "resource.allocation.relocate"
    _description = "Relocation of Allocations at Risk"

    line_ids = fields.One2many("resource.allocation.relocate.line", "relocate_id")
    open_count = fields.Integer(compute="_compute_open_count")

    @api.model
    def _create_for(self, allocations):
        """A dialog with a line for each of these that is at risk, best way first.

        Stored at once: the buttons of its lines need lines that exist.
        """
        roots = allocations.roots().filtered(lambda one: one.at_risk and one.live)
        Line = self.env["resource.allocation.relocate.line"]
        return self.create(
            {
                "line_ids": [
                    Command.create(Line._prepare_line_values(root)) for root in roots
                ]
            }
        )

    def _action_open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Relocate"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    @api.depends("line_ids.done", "line_ids.proposal")
    def _compute_open_count(self):
        for dialog in self:
            dialog.open_count = len(dialog.line_ids._applicable())

    def action_apply(self):
        """Apply what is chosen on every open line."""
        only_one(self)
        self.line_ids._applicable()._apply()
        return {"type": "ir.actions.act_window_close"}


class ResourceAllocationRelocateLine(models.TransientModel):
    """One promise at risk, why, and the ways out."""

    _name = "resource.allocation.relocate.line"
    _description = "Allocation to Relocate"

    relocate_id = fields.Many2one("resource.allocation.relocate", ondelete="cascade")
    allocation_id = fields.Many2one("resource.allocation", required=True)
    promise = fields.Text(compute="_compute_promise")
    why = fields.Text(readonly=True)
    proposals = fields.Json(readonly=True)
    proposal = fields.Integer(
        string="Move to", help="The chosen way out; -1 leaves it as it is."
    )
    done = fields.Boolean(readonly=True)

    @api.depends("allocation_id")
    def _compute_promise(self):
        for line in self:
            allocation = line.allocation_id
            line.promise = f"{allocation.display_name}\n{allocation.period_text}"

    @api.model
    def _prepare_line_values(self, allocation):
        """Why it is at risk and what the ledger would grant instead."""
        Allocation = self.env["resource.allocation"]
        [(_root, wanted)] = allocation.sudo()._current_values()
        wanted["company_id"] = allocation.company_id.id
        # A hold is relocated as what it would become.
        del wanted["state"]
        verdicts = Allocation.check([wanted], exclude_ids=allocation.ids)
        proposals = [
            {
                "resource_id": proposal["resource_id"],
                "start": proposal["start"],
                "stop": proposal["stop"],
                "label": self._label(proposal["resource_name"], proposal),
            }
            for proposal in verdicts and self._ways_out(allocation, wanted)
        ]
        return {
            "allocation_id": allocation.id,
            "why": "\n".join(self._why(verdict) for verdict in verdicts)
            or self.env._("It fits again; nothing has to be moved."),
            "proposals": proposals,
            "proposal": 0 if proposals else -1,
        }

    @api.model
    def _ways_out(self, allocation, wanted):
        """What the whole row can be moved to, as far as its document agrees."""
        Allocation = self.env["resource.allocation"]
        found = Allocation.propose(wanted, exclude_ids=allocation.ids)
        resources = self.env["resource.resource"].browse(
            {proposal["resource_id"] for proposal in found if proposal["resource_id"]}
        )
        if allocation.sudo().res_model:
            resources = allocation.sudo()._documents()._allocation_takes(resources)
        return [one for one in found if one["resource_id"] in resources.ids]

    @api.model
    def _label(self, name, span):
        """Who or what, and when, in the user's zone."""
        to_datetime = fields.Datetime.to_datetime
        start, stop = to_datetime(span["start"]), to_datetime(span["stop"] or None)
        period = self.env["resource.allocation"].period_in_words(start, stop)
        return f"{name}, {period}"

    @api.model
    def _why(self, verdict):
        """The verdict without its proposals, which are chosen from."""
        headline = verdict["message"].partition("\n")[0]
        holders = [self._label(one["label"], one) for one in verdict["holders"][:3]]
        return "\n".join([headline, *holders])

    def _applicable(self):
        """Lines with a way out that was not taken yet."""
        return self.filtered(
            lambda line: (
                not line.done and 0 <= line.proposal < len(line.proposals or ())
            )
        )

    def _apply(self):
        """Give each allocation the place that was chosen for it."""
        for line in self:
            chosen = to_dict(self.env, to_list(self.env, line.proposals)[line.proposal])
            names = ("start", "stop", "resource_id")
            line.allocation_id.write({name: chosen.get(name) for name in names})
            line.done = True

    def action_apply(self):
        """Take this way out and stay in the dialog for the others."""
        window = only_one(self.relocate_id)
        self._applicable()._apply()
        return window._action_open()
