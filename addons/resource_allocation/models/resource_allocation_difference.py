"""Where the ledger and what it should say differ, found by night."""

import logging
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from ..core.truth import Expected
from ..inputs import existing
from ..jobs import one_of_many

BATCH = 500
"""Documents compared in one step."""

_logger = logging.getLogger(__name__)


class ResourceAllocationDifference(models.Model):
    """A document or a stock that expects something else than the ledger has.

    Nobody types these: a nightly job lists them, and they go when a later look finds
    both agreed. What is expected says the document (``_expected_allocations``); its
    own method brings the ledger in line (``_repair_allocations``).
    """

    _name = "resource.allocation.difference"
    _description = "Difference from the Ledger"
    _order = "since, id"

    what = fields.Selection(
        [
            ("missing", "Missing in the ledger"),
            ("surplus", "Too much in the ledger"),
            ("other", "Otherwise in the ledger"),
        ],
        required=True,
        readonly=True,
    )
    res_model = fields.Char(string="Document Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", required=True, readonly=True
    )
    document_name = fields.Char(
        compute="_compute_document_name",
        string="Belongs to",
        help="The document that expects it, if you may read it.",
    )
    resource_id = fields.Many2one(
        "resource.resource", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True)
    expected_rows = fields.Json(readonly=True)
    found_rows = fields.Json(readonly=True)
    expected = fields.Text(compute="_compute_texts")
    found = fields.Text(compute="_compute_texts")
    since = fields.Datetime(required=True, readonly=True, help="First seen, UTC.")

    _one_each = models.UniqueIndex(
        "(res_model, res_id, resource_id)", "This difference is listed already."
    )

    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_document_name(self):
        for model, some in self.grouped("res_model").items():
            labels = {}
            if model in self._sources():
                # The user's own rights count, whatever acts in sudo.
                documents = self.env[model].sudo(False).browse(some.mapped("res_id"))
                there = documents.exists()
                labels = dict.fromkeys((documents - there).ids, self.env._("gone"))
                readable = there._filtered_access("read")
                labels |= {one.id: one.display_name for one in readable}
            for one in some:
                one.document_name = labels.get(one.res_id, self.env._("busy"))

    @api.depends("expected_rows", "found_rows")
    @api.depends_context("tz", "lang")
    def _compute_texts(self):
        for one in self:
            one.expected = one._rows_text(one.expected_rows)
            one.found = one._rows_text(one.found_rows)

    def _rows_text(self, rows):
        """Rows as the user reads them, in the user's zone; nothing is *nothing*."""
        Allocation = self.env["resource.allocation"]
        described = Allocation.fields_get(["state", "kind"], ["selection"])
        labels = dict(described["kind"]["selection"])
        labels |= dict(described["state"]["selection"])
        labels["stock"] = self.env._("Pieces in stock")
        lines = []
        for state, start, stop, quantity, *until in rows or ():
            start, stop, *until = map(
                fields.Datetime.to_datetime, (start, stop, *until)
            )
            line = f"{quantity} × {labels[state]}"
            if start:
                line += f", {Allocation.period_in_words(start, stop)}"
            elif stop:
                end = Allocation._instant_text(stop)
                line += ", " + self.env._("until %s", end)
            if any(until):
                lapse = Allocation._instant_text(*until)
                line += ", " + self.env._("kept until %s", lapse)
            lines.append(line)
        return "\n".join(lines) or self.env._("nothing")

    # === LOOKING === #

    @api.model
    def _sources(self):
        """Models that say what the ledger should have. Override to add stocks.

        Each has ``_ids_to_compare``, ``_differences`` and ``_repair_allocations`` as
        ``resource.document.mixin`` has them.
        """
        names = self.pool["resource.document.mixin"]._inherit_children
        return sorted(name for name in names if self.env[name]._compared)

    @api.model
    def _cron_compare(self):
        """Look at all that expects something of the ledger, in steps.

        Each step is whole or not at all. A run that was cut off, or has had its time,
        goes on where it stopped.
        """
        steps = self._steps_left()
        commit = self.env["ir.cron"]._commit_progress
        commit(remaining=sum(len(ids) for _model, ids in steps))
        for model, ids in steps:
            # Names of what was compared would stay in memory, of all the ledger.
            self.env.invalidate_all()
            documents = self.env[model].browse(ids)
            with one_of_many(documents):
                self._look_at(documents)
            self._this_run().resource_reached = f"{model},{ids[-1]}"
            if not commit(len(ids)):
                return

    @api.model
    def _steps_left(self):
        """What a run has yet to look at: ``[(model, ids)]``, in order; never nothing,
        while there is something to compare."""
        every = [
            (model, sorted(self.env[model]._ids_to_compare() | self._listed_ids(model)))
            for model in self._sources()
        ]
        model, last = self._reached()
        before = [name for name, _ids in every].index(model) if model else 0
        left = [
            (name, [one for one in ids if name != model or one > last])
            for name, ids in every[before:]
        ]
        chosen = left if any(ids for _name, ids in left) else every
        return [
            (name, step) for name, ids in chosen for step in split_every(BATCH, ids)
        ]

    @api.model
    def _reached(self):
        """The last document of a run that did not get to the end, or nothing."""
        last = self._this_run().search(
            [
                ("cron_id", "=", self.env.context.get("cron_id")),
                ("resource_reached", "!=", False),
            ],
            order="id desc",
            limit=1,
        )
        if not last.remaining:
            return None, 0
        model, number = last.resource_reached.split(",")
        return (model, int(number)) if model in self._sources() else (None, 0)

    @api.model
    def _this_run(self):
        """What the job notes of its progress; nothing where no job runs."""
        progress = self.env["ir.cron.progress"].sudo()
        return progress.browse(self.env.context.get("ir_cron_progress_id"))

    @api.model
    def _listed_ids(self, model):
        return set(self.search([("res_model", "=", model)]).mapped("res_id"))

    @api.model
    def _look_at(self, documents):
        """List how these differ from the ledger, and no longer what agrees by now."""
        listed = self.search(
            [("res_model", "=", documents._name), ("res_id", "in", documents.ids)]
        )
        known = {(one.res_id, one.resource_id.id): one for one in listed}
        for vals in self._prepare_differences(documents):
            one = known.pop((vals["res_id"], vals["resource_id"]), None)
            if one:
                one.write(vals)
            else:
                self.create({**vals, "since": fields.Datetime.now()})
                _logger.warning("The ledger differs: %s", vals)
        self.union(*known.values()).unlink()

    @api.model
    def _prepare_differences(self, documents):
        """Values of one difference for each document and resource."""
        found = documents.sudo()._differences()
        rows = defaultdict(lambda: {"expected_rows": [], "found_rows": []})
        for document, (missing, surplus) in found.items():
            for row in missing:
                rows[document, row.resource]["expected_rows"].append(_as_json(row))
            for row in surplus:
                rows[document, row.resource]["found_rows"].append(_as_json(row))
        resources = self.env["resource.resource"].browse({one for _doc, one in rows})
        companies = {one.id: one.company_id.id for one in resources.exists()}
        owners = {}
        if "company_id" in documents._fields:
            there = documents.sudo().exists()
            owners = {document.id: document.company_id.id for document in there}
        return [
            {
                **sides,
                "what": _what(sides),
                "res_model": documents._name,
                "res_id": document,
                "resource_id": resource,
                "company_id": owners.get(document) or companies[resource],
            }
            for (document, resource), sides in rows.items()
            if resource in companies
        ]

    # === REPAIRING === #

    def action_repair(self):
        """Bring the ledger in line with these documents, through their own door.

        :raise AccessError: for anybody but resource managers who may do it there.
        :raise AllocationConflict: what is expected is not free; then that is to be
            settled in the document.
        """
        self.check_access("read")
        for model, some in existing(self).grouped("res_model").items():
            if model not in self._sources():
                raise UserError(self.env._("The app this belongs to is not installed."))
            # A document may differ in several things.
            documents = self.env[model].browse(set(some.mapped("res_id")))
            there = documents.exists()
            there._repair_allocations()
            if gone := documents - there:
                self._end_promises_of(gone)
            # Narrow sudo: nobody types these, the list follows what was found.
            Difference = self.sudo()
            Difference._look_at(documents.with_env(Difference.env))

    @api.model
    def _end_promises_of(self, gone):
        """Give up what belongs to documents that are gone.

        What is out stays out, and belongs to none: it is taken back in the ledger.
        """
        ledger = self.env["resource.allocation"]
        if ledger._document_model(gone._name) is None:
            return
        rows = gone._ledger(gone._live_rows())
        rows._check_manager(self.env._("end what belongs to nothing any more"))
        out = rows.filtered(lambda row: row.state == "out")
        facts = (rows - out).filtered(lambda row: row._is_fact())
        out._trees()._store({"res_model": False, "res_id": False})
        if facts:
            facts.close()
        if promises := rows - out - facts:
            promises.cancel(self.env._("The document it belonged to is gone"))


def _as_json(row: Expected):
    moments = (row.start, row.stop, row.until)
    start, stop, until = (
        moment and fields.Datetime.to_string(moment) for moment in moments
    )
    return [row.state, start or None, stop or None, row.quantity, until or None]


def _what(sides):
    if not sides["found_rows"]:
        return "missing"
    return "other" if sides["expected_rows"] else "surplus"
