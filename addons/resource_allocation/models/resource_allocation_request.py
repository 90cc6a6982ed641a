"""What is asked of the ledger: completed, checked, and taken apart."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..core.book import Part, Request
from ..core.moment import blocked_period

FACTS = ("block", "supply")
LONGEST_BUFFER = 100_000
LARGEST_QUANTITY = 100_000
FIRST_YEAR, LAST_YEAR = 1970, 2200
READ_WITH_A_REQUEST = [
    "name", "active", "company_id", "exclusive", "capacity", "release", "pool_id",
    "component_ids", "setup_minutes", "teardown_minutes",
]  # fmt: skip


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    @api.model
    def _has_facts(self, vals_list):
        return any(vals.get("kind") in FACTS for vals in vals_list)

    @api.model
    def _prepare_requests(self, vals_list):
        """Complete and check what was asked: ``[(request, values of the root)]``."""
        self.browse().check_access("create")
        if self._has_facts(vals_list):
            self._check_manager(self.env._("record blocks and extra supply"))
        self._check_documents(vals_list)
        resources = self.env["resource.resource"].browse(
            {
                self._to_whole(vals["resource_id"])
                for vals in vals_list
                if vals.get("resource_id")
            }
        )
        resources.check_access("read")
        # Narrow sudo: a unit's pool or an atom may not be the user's to see, yet
        # capacity arithmetic counts everybody's rows (invariant 7).
        resources.sudo().fetch(READ_WITH_A_REQUEST)
        asked = []
        for index, vals in enumerate(vals_list):
            vals = self._complete_values(index, vals)
            asked.append((self._request(index, vals), vals))
        return asked

    @api.model
    def _check_documents(self, vals_list):
        """Refuse to hang a promise on a document the user may not change.

        What becomes of the promise is told to the document, which may act on it.
        """
        documents = {}
        for vals in vals_list:
            if vals.get("res_model") and vals.get("res_id"):
                documents.setdefault(vals["res_model"], set()).add(vals["res_id"])
        for model, ids in documents.items():
            if model not in self.env:
                raise ValidationError(self.env._("There are no documents “%s”.", model))
            self.env[model].browse(ids).check_access("write")

    @api.model
    def _askable_fields(self):
        """What a request may name; the rest of a row is the ledger's own."""
        return self._writable_fields() | {
            "resource_id", "start", "stop", "quantity", "kind", "state", "hold_until",
            "pinned", "setup_minutes", "teardown_minutes",
            "company_id", "res_model", "res_id",
        }  # fmt: skip

    @api.model
    def _complete_values(self, index, vals):
        """Defaults and types of one row that was asked for."""
        forged = vals.keys() - self._askable_fields()
        if forged:
            raise ValidationError(
                self.env._(
                    "Row %(number)s: the ledger decides on %(names)s, nobody else.",
                    number=index + 1,
                    names=", ".join(sorted(forged)),
                )
            )
        vals = dict(vals)
        vals["resource_id"] = self._to_whole(vals.get("resource_id") or 0)
        resource = self.env["resource.resource"].sudo().browse(vals["resource_id"])
        for name in ("start", "stop", "hold_until"):
            vals[name] = vals.get(name) and self._to_instant(vals[name])
        vals["quantity"] = self._to_whole(vals.get("quantity", 1))
        for name in ("setup_minutes", "teardown_minutes"):
            if vals.get(name) is not None:
                vals[name] = self._to_whole(vals[name])
        vals["kind"] = vals.get("kind") or "demand"
        vals["state"] = vals.get("state") or "reserved"
        vals["company_id"] = (
            vals.get("company_id") or resource.company_id.id or self.env.company.id
        )
        if problem := self._problem(resource, vals):
            raise ValidationError(
                self.env._(
                    "Row %(number)s: %(problem)s", number=index + 1, problem=problem
                )
                if index
                else problem
            )
        promised = vals["kind"] == "demand"
        for name in ("setup_minutes", "teardown_minutes"):
            if vals.get(name) is None:
                vals[name] = resource[name] if promised else 0
        return vals

    def _problem(self, resource, vals, archived_too=False):
        """What is wrong with a row, in words, or nothing."""
        if not resource or not vals["start"]:
            return self.env._("say which resource is wanted, and from when.")
        problems = (
            *self._problems_of_period(resource.name, vals),
            *self._problems_of_quantity(resource, vals),
            *self._problems_of_state(resource.name, vals),
            *self._problems_of_company(resource, vals),
        )
        if not (resource.active or archived_too):
            return self.env._("%s is archived.", resource.name)
        return next(iter(problems), None)

    def _problems_of_period(self, name, vals):
        start, stop = vals["start"], vals["stop"] or vals["start"]
        if vals["stop"] and stop <= start:
            yield self.env._("%s: the end must be after the start.", name)
        if start.year < FIRST_YEAR or stop.year > LAST_YEAR:
            yield self.env._("%s: that is not a date to plan for.", name)
        buffers = vals.get("setup_minutes") or 0, vals.get("teardown_minutes") or 0
        if min(buffers) < 0 or max(buffers) > LONGEST_BUFFER:
            yield self.env._("%s: setup and teardown are minutes, up to 70 days.", name)

    def _problems_of_quantity(self, resource, vals):
        single = resource.exclusive or resource.component_ids
        if vals["quantity"] > LARGEST_QUANTITY:
            yield self.env._("%s: that is more than can be counted.", resource.name)
        if vals["quantity"] < 1 or (single and vals["quantity"] > 1):
            yield self.env._(
                "%s: the quantity is a whole number above zero; of a single thing "
                "there is one.",
                resource.name,
            )
        if vals["kind"] == "supply" and single:
            yield self.env._("%s: only a pool can get extra supply.", resource.name)

    def _problems_of_state(self, name, vals):
        until = vals.get("hold_until")
        if vals["kind"] not in ("demand", *FACTS):
            yield self.env._("%s: ask for a promise, a block or extra supply.", name)
        if vals["state"] not in ("hold", "reserved"):
            yield self.env._("%s: ask for a hold or a reservation.", name)
        if vals["state"] == "hold" and vals["kind"] in FACTS:
            yield self.env._("%s: a fact is recorded, it cannot be held.", name)
        if vals["state"] == "hold" and not (until and until > fields.Datetime.now()):
            yield self.env._("%s: a hold needs a time in the future to end.", name)

    def _problems_of_company(self, resource, vals):
        company = vals["company_id"]
        if resource.company_id and resource.company_id.id != company:
            yield self.env._("%s belongs to another company.", resource.name)
        if not self.env.su and company not in self.env.companies.ids:
            yield self.env._("%s: you are not working in that company.", resource.name)

    @api.model
    def _request(self, index, vals, root=0, kept=()):
        """The pure form of a row, with what it takes of every resource."""
        resource = self.env["resource.resource"].sudo().browse(vals["resource_id"])
        parts = []
        for leaf, pieces, unit in resource._expand(vals["quantity"]):
            setup, teardown = self._leaf_buffers(resource, leaf, vals)
            period = blocked_period(vals["start"], vals["stop"], setup, teardown)
            parts.append(Part(leaf.id, *period, pieces, unit.id or 0))
        # What is out, and the units a combination consists of, are not exchanged.
        pinned = vals.get("pinned") or vals.get("state") == "out"
        pinned = bool(pinned or resource.component_ids)
        return Request(index, parts, list(kept), root, pinned)

    @api.model
    def _leaf_buffers(self, resource, leaf, vals):
        """Minutes before and after: an atom keeps its own where they are longer."""
        setup, teardown = vals["setup_minutes"] or 0, vals["teardown_minutes"] or 0
        if resource.component_ids and vals["kind"] == "demand":
            setup = max(setup, leaf.setup_minutes)
            teardown = max(teardown, leaf.teardown_minutes)
        return setup, teardown

    @api.model
    def _resources_of(self, asked):
        return self.env["resource.resource"].browse(
            {part.resource for request, _vals in asked for part in request.parts}
        )

    # === RIGHTS === #

    @api.model
    def _check_manager(self, what):
        group = "resource_allocation.resource_allocation_group_manager"
        if not (self.env.su or self.env.user.has_group(group)):
            raise AccessError(
                self.env._("Only a resource manager can %s. Ask one of them.", what)
            )
