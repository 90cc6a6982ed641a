"""Rows as the documents expect them, to be compared."""

from collections import defaultdict

from odoo import models
from odoo.tools import format_datetime

from ..core.truth import Expected


class ResourceAllocation(models.Model):
    _inherit = "resource.allocation"

    def _as_expected(self, expected, now):
        """These roots as :class:`Expected`, by document: ``{res_id: [Expected]}``.

        A unit counts as its pool where the document asked for the pool in that state,
        and not for the unit. Holds that lapsed by ``now`` (UTC) are none.
        """
        found = defaultdict(list)
        for row in self:
            if row.state == "hold" and row.hold_until <= now:
                continue
            kind = row._asked_kind()
            state = row.state if kind == "demand" else kind
            asked = [one for one in expected.get(row.res_id, ()) if one.state == state]
            things = {one.resource for one in asked}
            thing = row.resource_id
            if thing.id not in things and thing.pool_id.id in things:
                thing = thing.pool_id
            says_until = state == "hold" and any(one.until for one in asked)
            one = Expected(thing.id, state, row.start, row.stop or None, row.quantity)
            until = row.hold_until if says_until else None
            found[row.res_id].append(one._replace(until=until))
        return found

    def _instant_text(self, moment):
        """A moment as the user reads it, in the user's zone."""
        return format_datetime(self.env, moment, dt_format="short")
