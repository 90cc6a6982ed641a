from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.resource_allocation.core.truth import Expected

REPAIR_DEPENDS = {
    "equipment_id", "maintenance_type", "stage_id", "archive", "schedule_date",
    "schedule_end", "company_id",
}  # fmt: skip


class MaintenanceRequest(models.Model):
    """A repair keeps a lent thing from being promised while it is planned."""

    _name = "maintenance.request"
    _inherit = [
        "maintenance.request",
        "resource.document.mixin",
        "resource.guarded.mixin",
    ]
    _compared = True

    repair_block_id = fields.Many2one(
        "resource.allocation",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="resource_allocation.resource_allocation_group_user",
        help="Technical: keeps the thing from being lent meanwhile.",
    )

    @api.model
    def _guarded_fields(self):
        """The block follows the schedule."""
        return super()._guarded_fields() | {"repair_block_id"}

    @api.model_create_multi
    def create(self, vals_list):
        """Block what a corrective request is planned for."""
        requests = super().create(vals_list)
        requests._follow_repairs()
        return requests

    def write(self, vals):
        """Let the block follow the schedule, and lift it when the request is done."""
        if not REPAIR_DEPENDS & vals.keys():
            return super().write(vals)
        before = self.sudo()._repaired_assets()
        done = super().write(vals)
        self._follow_repairs()
        before._refresh_status()
        return done

    def unlink(self):
        """Lift the blocks of requests that are deleted."""
        requests = self.sudo()
        blocks, assets = requests.repair_block_id, requests._repaired_assets()
        self.check_access("unlink")
        requests._ledger(blocks.filtered("live")).close()
        done = super().unlink()
        assets._refresh_status()
        return done

    @api.model
    def _cron_follow_repairs(self):
        """Show what is in repair by now; go on blocking what should be done by now."""
        begun = self.search(
            [
                ("repair_block_id.live", "=", True),
                ("repair_block_id.start", "<=", fields.Datetime.now()),
            ]
        )
        begun._follow_repairs()

    def _repaired_assets(self):
        return self.equipment_id.lending_asset_ids

    def _follow_repairs(self):
        """Make the ledger's blocks what these requests say now: a fact, never refused.

        What was promised meanwhile is put at risk, and those who promised are told.
        """
        # Narrow sudo: whoever reports or plans a repair states a fact; of the ledger
        # only the request's own block is written.
        requests = self.sudo()
        new, lifted = requests.browse(), self.env["resource.allocation"].sudo()
        for request in requests:
            block = request.repair_block_id.filtered("live")
            wanted = request._prepare_repair_block()
            if not wanted or (block and block.resource_id.id != wanted["resource_id"]):
                lifted |= block
            elif block and (block.start, block.stop) != (
                wanted["start"],
                wanted["stop"],
            ):
                requests._ledger(block).reschedule(wanted["start"], wanted["stop"])
            if wanted and (not block or block in lifted):
                new |= request
        requests._ledger(lifted).close()
        blocks = requests._ledger().allocate(
            [one._prepare_repair_block() for one in new]
        )
        for request, block in zip(new, blocks, strict=True):
            request._store({"repair_block_id": block.id})
        requests._repaired_assets()._refresh_status()

    def _prepare_repair_block(self):
        """What to block in the ledger, or nothing.

        From the planned start to the planned end (UTC); past that until it is done.
        """
        self.ensure_one()
        asset = self._repaired_assets()[:1]
        if not (asset.active and self.schedule_date and self._is_open_repair()):
            return {}
        overdue = not self.schedule_end or self.schedule_end <= fields.Datetime.now()
        return {
            "resource_id": asset.resource_id.id,
            "start": self.schedule_date,
            "stop": False if overdue else self.schedule_end,
            "kind": "block",
            "name": self.env._("Repair"),
            "res_model": self._name,
            "res_id": self.id,
            "user_id": self._allocation_responsible().id,
            "company_id": (asset.company_id or self.company_id).id,
        }

    def _allocation_responsible(self):
        """The technician, if the request names one."""
        named = self.user_id._first_responsible()
        return named or super()._allocation_responsible()

    # === COMPARED WITH THE LEDGER === #

    @api.model
    def _domain_expecting(self):
        return (
            Domain("equipment_id.lending_asset_ids", "!=", False)
            & Domain("maintenance_type", "=", "corrective")
            & Domain("schedule_date", "!=", False)
            & Domain("archive", "=", False)
            & Domain("stage_id.done", "=", False)
        )

    def _expected_allocations(self):
        """The block of what is planned; the job goes on with it within the hour."""
        expected = {}
        for request in self:
            if wanted := request._prepare_repair_block():
                block = request.repair_block_id.filtered("live")
                due = block and block.stop == request.schedule_end
                stop = block.stop if due else wanted["stop"]
                thing, start = wanted["resource_id"], wanted["start"]
                expected[request.id] = [Expected(thing, "block", start, stop or None)]
        return expected

    def _repair_allocations(self):
        """Block what is planned, and nothing else."""
        self.check_access("write")
        requests = self.sudo()
        requests._ledger(self._live_rows() - requests.repair_block_id).close()
        requests._follow_repairs()

    def _is_open_repair(self):
        return self.maintenance_type == "corrective" and not (self.done or self.archive)
