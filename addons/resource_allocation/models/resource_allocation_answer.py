"""The answer of the ledger: what is in the way, what there is instead, in words."""

from datetime import timedelta

from pytz import timezone

from odoo import api, fields, models
from odoo.tools import format_datetime
from odoo.tools.i18n import format_list

from ..core.moment import FOREVER, same_hour
from ..core.timeline import Timeline
from ..exceptions import Holder, Proposal, Verdict
from ..inputs import to_ids, to_values_list, to_whole

PROPOSALS = 3
HORIZON = timedelta(days=60)
"""How far ahead another time is looked for."""
TRIES = 100
"""How many later times and other resources are tried."""
READ_OF_CLAIMS = [
    "kind", "state", "start", "stop", "blocked_stop", "reach", "quantity", "root_id",
]  # fmt: skip
MOST_PARTS = 4
"""How many resources are proposed together where no single one has enough."""
PROBES = 10
"""How many later times are tried where units have to be arranged, which takes time."""


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    # === VERDICTS === #

    @api.model
    def _verdicts(self, refusals, without=()):
        """Verdicts of refused requests: ``[(request, values, refusal)]``.

        As many queries for twenty as for one: what is free instead only the first one
        says; of the others :meth:`propose` does.
        """
        if not refusals:
            return []
        claims = [claim for _request, _vals, why in refusals for claim in why.claims]
        # Narrow sudo: kind and period count; names only as far as the user may read.
        rows = self.sudo().browse({c.allocation or c.root for c in claims} - {0})
        rows.fetch(READ_OF_CLAIMS)
        labels = rows.roots().with_env(self.env).holder_labels()
        things = {why.part.resource for _request, _vals, why in refusals}
        things = self.env["resource.resource"].sudo().browse(things)
        things.fetch(["name", "active", "capacity"])
        # Verdicts name them one by one: all names are worked out here, once.
        things.mapped("display_name")
        verdicts = [self._verdict(*refused, labels) for refused in refusals]
        request, vals, _refusal = refusals[0]
        verdicts[0].proposals = self._proposals(request, vals, without=without)
        for verdict in verdicts:
            verdict.message = self._verdict_text(verdict)
        return verdicts

    @api.model
    def _verdict(self, request, vals, refusal, labels):
        part = refusal.part
        code = self._refusal_code(vals, refusal)
        own = code == "quota"
        start, stop = (vals["start"], vals["stop"]) if own else (part.start, part.stop)
        return Verdict(
            index=request.index,
            code=code,
            resource_id=part.resource,
            start=start,
            stop=None if stop == FOREVER else stop,
            wanted=part.quantity,
            free=refusal.free,
            holders=self._holders(refusal.claims, labels),
        )

    @api.model
    def _refusal_code(self, vals, refusal):
        """``buffer`` where only setup and teardown collide, ``blocked`` where only
        blocks are in the way, ``quota`` where it would take the whole day."""
        if refusal.code not in ("taken", "capacity"):
            return refusal.code
        things = self.env["resource.resource"].sudo()
        asked, leaf = map(things.browse, (vals["resource_id"], refusal.part.resource))
        by_day = self._leaf_reach(asked, leaf, vals)["reach"] == "day"
        if not by_day and self._only_buffers(vals, refusal):
            return "buffer"
        roots = self.sudo().browse({claim.root for claim in refusal.claims} - {0})
        if roots and refusal.code == "taken" and set(roots.mapped("kind")) == {"block"}:
            return "blocked"
        return "quota" if by_day else refusal.code

    @api.model
    def _only_buffers(self, vals, refusal):
        """Whether it would fit if nobody needed time before or after."""
        part = refusal.part
        start = max(part.start, vals["start"])
        stop = min(part.stop, vals["stop"] or FOREVER)
        if start >= stop:
            return True
        thing = self.env["resource.resource"].sudo().browse(part.resource)
        own = [found for claim in refusal.claims if (found := self._own_claim(claim))]
        capacity = thing.capacity if thing.active else 0
        return Timeline(capacity, own).free(start, stop) >= part.quantity

    @api.model
    def _own_claim(self, claim):
        """The claim without the buffers of its row; none where it is all buffer."""
        row = self.sudo().browse(claim.allocation or [])
        if row.state == "done":
            return None  # back, and made ready
        if not row or row.reach == "day" or claim.start >= row.blocked_stop:
            return claim  # of the same batch, of whole days, or late
        own = claim._replace(
            start=max(claim.start, row.start),
            stop=min(claim.stop, row.stop or FOREVER),
        )
        return own if own.start < own.stop else None

    # === WHO === #

    @api.model
    def _holders(self, claims, labels):
        """Who holds what is in the way, each once, as far as the user may know."""
        spans = {}
        for claim in claims:
            if claim.root and claim.weight > 0:
                start, stop = spans.get(claim.root, (claim.start, claim.stop))
                spans[claim.root] = min(start, claim.start), max(stop, claim.stop)
        roots = self.browse(spans)
        for root in roots.sudo().filtered(lambda root: root.reach == "day"):
            spans[root.id] = root.start, root.stop or FOREVER
        return [
            Holder(
                labels[root.id],
                spans[root.id][0],
                None if spans[root.id][1] == FOREVER else spans[root.id][1],
                root.sudo().quantity,
            )
            for root in roots.sorted(lambda root: spans[root.id])
        ]

    @api.private
    def holder_labels(self):
        """``{id: who has or booked it}``: the document or person, if the user may read
        it, else *busy*; in the user's language."""
        # The user's own rights count, also where a document acts in sudo.
        readable = self.sudo(False)._filtered_access("read")
        labels = {}
        for allocation in self:
            known = allocation.sudo()
            label = False
            if known.res_model:
                label = known.document_name
            elif allocation in readable:
                label = known.partner_id.name or known.name or known.user_id.name
            if known.kind == "block":
                label = label or self.env._("blocked")
            labels[allocation.id] = label or self.env._("busy")
        return labels

    # === WHAT INSTEAD === #

    @api.model
    @api.readonly
    def propose(self, vals, exclude_ids=None, limit=PROPOSALS):
        """What could be promised instead of one row: later, or elsewhere.

        :param dict vals: a row as :meth:`allocate` takes it.
        :param exclude_ids: roots to leave out of account, as when moving them.
        :param int limit: how many proposals at most.
        :return: proposals as in the verdicts of :meth:`check`, as dictionaries: the
            next times first, then what serves instead, the closest first.
        """
        [(request, vals)] = self._prepare_requests(to_values_list(self, [vals]))
        without = to_ids(self.env, exclude_ids)
        limit = min(max(to_whole(self.env, limit) or 0, 0), TRIES)
        found = self._proposals(request, vals, limit, without)
        return [proposal.to_values() for proposal in found]

    @api.model
    def _proposals(self, request, vals, limit=PROPOSALS, without=()):
        """Promises that would be kept: later, or another resource."""
        if vals["kind"] != "demand" or not limit:
            return []
        without = [request.root, *without]
        elsewhere = self._proposals_elsewhere(vals, limit, without)
        room = limit - len(elsewhere[:1])
        return (self._proposals_later(request, vals, room, without) + elsewhere)[:limit]

    @api.model
    def _proposals_later(self, request, vals, limit, without):
        """The next times at which the same request fits, within two months."""
        if not vals["stop"] or limit <= 0:
            return []
        resource = self.env["resource.resource"].sudo().browse(vals["resource_id"])
        length = vals["stop"] - vals["start"]
        earliest = max(vals["start"], fields.Datetime.now())
        parts = request.parts
        book = self._load_book(
            self._resources_of([(request, vals)]),
            min(part.start for part in parts),
            earliest + HORIZON + max(part.stop - part.start for part in parts),
            without,
        )
        opening = resource.open_intervals(earliest, earliest + HORIZON)[resource.id]
        starts = self._starts_later(vals, book, parts) | {start for start, _ in opening}
        found, probes = [], 0
        for start in sorted(moment for moment in starts if moment >= earliest)[:TRIES]:
            if any(start < known.stop for known in found):
                continue
            if not any(o <= start and start + length <= c for o, c in opening):
                continue
            if probes == PROBES:
                break
            probes += bool(book.pools)
            later = {**vals, "start": start, "stop": start + length, "pinned": True}
            if book.would_fit(self._request_again(request, later)):
                found.append(self._proposal(resource, vals, start, start + length))
                if len(found) == limit:
                    break
        return found

    @api.model
    def _request_again(self, request, vals):
        """The same request with other values, nothing of it kept."""
        if request.root:
            return self.browse(request.root)._request_anew(request.index, vals)
        return self._request(request.index, vals)

    @api.model
    def _starts_later(self, vals, book, parts):
        """When something ends that is in the way; of a quota the same hour each day."""
        if vals["reach"] == "day":
            zone = self.env["resource.resource"].sudo().browse(vals["resource_id"]).tz
            return set(same_hour(vals["start"], HORIZON, timezone(zone)))
        setup = max(vals["start"] - part.start for part in parts)
        return {
            claim.stop + setup
            for part in parts
            for claim in book.timelines[part.resource].claims
            if claim.stop < FOREVER
        }

    @api.model
    def _proposal(self, resource, vals, start, stop):
        name = resource.display_name
        return Proposal(resource.id, name, start, stop, vals["quantity"])

    @api.model
    def _proposals_elsewhere(self, vals, limit, without):
        """What serves instead and is free at the time asked for, the closest first.

        Where no single one has enough, one proposal of several together.
        """
        # What the user may see, also where a document acts in sudo.
        Resource = self.env["resource.resource"].sudo(False)
        if not Resource.has_access("read"):
            return []
        resource = Resource.browse(vals["resource_id"])
        others = resource._alternatives(TRIES)
        stop = vals["stop"] or FOREVER
        fits = others.sudo()._may_be_promised(
            [(other.id, vals["start"], stop) for other in others]
        )
        others = others.browse(
            other.id for other, fit in zip(others, fits, strict=True) if fit
        )
        if not others:
            return []
        # Narrow sudo: who asks for it may not see it, yet is told how many are free.
        asked = (resource | others).sudo()
        period = vals["start"], vals["stop"] or None
        free = asked.free_quantity(*period, [root for root in without if root])
        enough = [other for other in others if free[other.id] >= vals["quantity"]]
        if not enough:
            return self._proposal_in_parts(asked, free, vals, period)
        return [self._proposal(other, vals, *period) for other in enough[:limit]]

    @api.model
    def _proposal_in_parts(self, asked, free, vals, period):
        """What is free of the pool itself, the rest of as few others as possible."""
        parts, missing = [], vals["quantity"]
        fullest = sorted(asked[1:], key=lambda other: -free[other.id])
        for one in [asked[0], *fullest[: MOST_PARTS - 1]]:
            if pieces := min(free[one.id], missing):
                part = {**vals, "quantity": pieces}
                parts.append(self._proposal(one, part, *period))
                missing -= pieces
        if missing or len(parts) < 2:
            return []
        name = format_list(
            self.env, [f"{part.quantity} × {part.resource_name}" for part in parts]
        )
        return [Proposal(None, name, *period, vals["quantity"], parts)]

    # === IN WORDS === #

    @api.model
    def _verdict_text(self, verdict):
        """The verdict as the user reads it, times in the user's zone."""
        resource = self.env["resource.resource"].sudo().browse(verdict.resource_id)
        period = self.period_in_words(verdict.start, verdict.stop)
        lines = [self._verdict_headline(verdict, resource.display_name, period)]
        if verdict.holders:
            lines.append(
                self.env._(
                    "Held by: %s.",
                    "; ".join(
                        f"{one.label} ({self.period_in_words(one.start, one.stop)})"
                        for one in verdict.holders[:5]
                    ),
                )
            )
        if verdict.proposals:
            lines.append(
                self.env._(
                    "Free instead: %s.",
                    "; ".join(
                        f"{proposal.resource_name}, "
                        f"{self.period_in_words(proposal.start, proposal.stop)}"
                        for proposal in verdict.proposals
                    ),
                )
            )
        return "\n".join(lines)

    @api.model
    def _verdict_headline(self, verdict, name, period):
        headlines = {
            "capacity": self.env._(
                "%(name)s, %(period)s: %(wanted)s wanted, %(free)s free.",
                name=name,
                period=period,
                wanted=verdict.wanted,
                free=verdict.free,
            ),
            "blocked": self.env._(
                "%(name)s is blocked, %(period)s.", name=name, period=period
            ),
            "closed": self.env._(
                "%(name)s is closed for a part of %(period)s.", name=name, period=period
            ),
            "buffer": self.env._(
                "%(name)s, %(period)s: only the time for setup or teardown is in the "
                "way.",
                name=name,
                period=period,
            ),
            "quota": self.env._(
                "%(name)s, %(period)s: %(wanted)s wanted, %(free)s left for the whole "
                "day.",
                name=name,
                period=period,
                wanted=verdict.wanted,
                free=verdict.free,
            ),
            "fragmented": self.env._(
                "%(name)s, %(period)s: enough are free at each moment, but no single "
                "unit for the whole time, because of units that were fixed.",
                name=name,
                period=period,
            ),
            "out": self.env._(
                "%(name)s is not there to be handed out: %(free)s of %(wanted)s are "
                "here. Take back what is out first.",
                name=name,
                wanted=verdict.wanted,
                free=verdict.free,
            ),
        }
        taken = self.env._("%(name)s is taken, %(period)s.", name=name, period=period)
        return headlines.get(verdict.code, taken)

    @api.model
    @api.private
    def period_in_words(self, start, stop):
        """A period in UTC (no ``stop``: open-ended) in the user's words and zone."""
        if not stop:
            return self.env._(
                "from %s on", format_datetime(self.env, start, dt_format="short")
            )
        return self.env._(
            "%(start)s to %(stop)s",
            start=format_datetime(self.env, start, dt_format="short"),
            stop=format_datetime(self.env, stop, dt_format="short"),
        )
