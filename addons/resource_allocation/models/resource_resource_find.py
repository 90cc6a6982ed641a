"""The availability search: what is free then, and if not, when next."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

PAGE = 30
LOOK_AHEAD = timedelta(days=60)


class ResourceResource(models.Model):
    _inherit = "resource.resource"

    @api.model
    @api.readonly
    def find_free(self, criteria, offset=0, limit=PAGE):
        """What of the wanted is free in a period, one page of it.

        :param dict criteria: ``start``, ``stop`` (UTC), ``quantity``, ``kind`` (a key
            of :meth:`find_kinds`), ``text``, ``only_free`` and ``strip``, the period
            around it of which to tell what is busy.
        :return: ``total``, ``free_count`` and ``rows``, the free ones first. Each row
            says how many are free, the next period in which enough are, whether the
            period is within opening hours, and what is busy around it.
        """
        start, stop = self._find_period(criteria)
        quantity = max(int(criteria.get("quantity") or 1), 1)
        found = self.search(self._find_domain(criteria))
        free = found.free_quantity(start, stop)
        enough = found.filtered(lambda one: free[one.id] >= quantity)
        short = self.browse() if criteria.get("only_free") else found - enough
        page = (enough + short)[offset : offset + limit]
        return {
            "total": len(enough) + len(short),
            "free_count": len(enough),
            "rows": page._find_rows(free, start, stop, quantity, criteria.get("strip")),
        }

    @api.model
    def _find_period(self, criteria):
        start = fields.Datetime.to_datetime(criteria.get("start") or None)
        stop = fields.Datetime.to_datetime(criteria.get("stop") or None)
        if not start or not stop or stop <= start:
            raise ValidationError(
                self.env._("Say from when until when; the end must be after the start.")
            )
        return start, stop

    @api.model
    @api.readonly
    def find_kinds(self):
        """Kinds to choose from: ``[(key, label)]``; each kind of document is one."""
        kinds = [
            ("room", self.env._("Rooms and people")),
            ("thing", self.env._("Things to take along")),
            ("pool", self.env._("Pools")),
            ("combination", self.env._("Combinations")),
            ("unit", self.env._("Single units of pools")),
        ]
        owners = self._read_group(
            [("bookable", "=", True), ("owner_model", "!=", False)], ["owner_model"]
        )
        names = self.env["ir.model"].sudo()
        return kinds + [
            (f"model:{model}", names._get(model).name)
            for (model,) in owners
            if model in self.env
        ]

    @api.model
    def _find_domain(self, criteria):
        """Resources the criteria ask for; units only when asked for by kind or name."""
        kind = criteria.get("kind") or ""
        text = (criteria.get("text") or "").strip()
        domain = Domain("bookable", "=", True)
        if text:
            domain &= Domain("name", "ilike", text)
        if kind.startswith("model:"):
            return domain & Domain("owner_model", "=", kind.removeprefix("model:"))
        single = Domain("booking_kind", "=", "single")
        kinds = {
            "room": (single | Domain("booking_kind", "=", "combination"))
            & Domain("release", "=", "time"),
            "thing": single & Domain("release", "=", "return"),
            "pool": Domain("booking_kind", "=", "pool"),
            "combination": Domain("booking_kind", "=", "combination"),
            "unit": Domain("booking_kind", "=", "unit"),
        }
        anything = Domain.TRUE if text else Domain("booking_kind", "!=", "unit")
        return domain & kinds.get(kind, anything)

    def _find_rows(self, free, start, stop, quantity, strip=None):
        """What the client shows of one page of results."""
        busy = self.busy(*(strip or (start, stop)))
        short = self.filtered(lambda one: free[one.id] < quantity)
        next_free = short._next_free(start, stop - start, quantity)
        opening = self._opening_intervals_batch(start, stop)
        late = self._late_pieces()
        return [
            {
                "id": one.id,
                "name": one.display_name,
                "kind": one.booking_kind,
                "release": one.release,
                "capacity": one.capacity,
                "free": free[one.id],
                "enough": free[one.id] >= quantity,
                "pool": one.sudo().pool_id.name or "",
                "opening": one.sudo().calendar_id.name or "",
                "is_open": opening[one.id] == [(start, stop)],
                "late": late.get(one.id, 0),
                "next": next_free.get(one.id),
                "busy": busy[one.id],
            }
            for one in self
        ]

    def _next_free(self, start, length, quantity):
        """``{id: (start, stop)}``: the first period of that length with enough."""
        earliest = max(start, fields.Datetime.now())
        found = self._free_windows(earliest, earliest + LOOK_AHEAD, length, quantity)
        return {
            one.id: (windows[0][0], windows[0][0] + length)
            for one, windows, _book in found
            if windows
        }
