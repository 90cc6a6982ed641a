"""What a planning board draws: many resources and one period, in few queries."""

from collections import defaultdict
from datetime import datetime, timedelta, timezone
from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..core.moment import FOREVER
from ..inputs import to_instant, to_list, to_period

MOST_CELLS = 1_000
"""More columns than any screen can tell apart."""
LONGEST = timedelta(days=2 * 366)
"""More than any board shows at once."""
BAR = (
    "id", "root", "resource", "start", "stop", "taken_from", "taken_until",
    "quantity", "state", "late", "at_risk", "kind", "res_model", "res_id", "label",
)  # fmt: skip
"""Columns of a bar; times are whole seconds since 1970, UTC."""


class ResourceResource(models.Model):
    _name = "resource.resource"
    _inherit = ["resource.resource", "resource.board.mixin"]

    def _board_resources(self):
        return {resource: resource for resource in self}

    def _board_kind(self):
        """What kind of row it is, also where there is none."""
        if self.component_ids:
            return "whole"
        return "single" if self.exclusive or not self else "pool"

    def _board_units(self):
        """How many units each of these pools has: ``{id: number}``."""
        pools = self.filtered(lambda one: not one.exclusive)
        groups = self.env["resource.resource"]._read_group(
            [("pool_id", "in", pools.ids)], ["pool_id"], ["__count"]
        )
        return {pool.id: count for pool, count in groups}

    @api.readonly
    def board_hours(self, start, stop):
        """When these are open within ``[start, stop)``, equal hours told once.

        ``resource`` and ``hours`` are columns: a resource's id, and which of ``kinds``
        it has: a list of ``[from, until]`` in whole seconds since 1970, UTC.

        :raise ValidationError: no end, or further than a year.
        """
        kinds, rows = {}, []
        opened = self.open_intervals(start, stop)
        for resource in self.ids:
            hours = tuple(
                (in_seconds(begins), in_seconds(ends))
                for begins, ends in opened[resource]
            )
            rows.append((resource, kinds.setdefault(hours, len(kinds))))
        return {**_columns(("resource", "hours"), rows), "kinds": list(kinds)}

    @api.model
    def _to_board_period(self, start, stop):
        start, stop = to_period(self.env, start, stop)
        if not stop or stop - start > LONGEST:
            raise ValidationError(
                self.env._("A board shows two years at most: choose a shorter period.")
            )
        return start, stop

    @api.readonly
    def timetable(self, start, stop, cells=None, bars=True):
        """What these take part in within ``[start, stop)``, as columns for a board.

        Four queries, and what each model of documents needs to name its own. Whoever
        may not read a document or a row sees when the thing is *busy*, and no names;
        the user's own rights count, also where the caller acts in sudo. Times in the
        answer are whole seconds since 1970, UTC; an open end is None.

        ``parts`` says what a combination takes: ``whole`` and ``part``, one pair each.
        ``bars`` has a list for each of ``BAR``. A bar is one claim of :meth:`busy`:
        its ``start`` and ``stop`` are the promise's own, ``taken_from`` and
        ``taken_until`` have the buffers. A late thing has a second bar of the same
        ``id``, in state ``late``, from its planned end until it is expected. What
        came back and is made ready is ``teardown``, a hold until check-in is
        ``reserved``. A combination has bars of its own where it was booked itself; what
        takes its parts stands with these. ``loads`` has for each pool its ``capacity``
        and in ``load`` the most that is taken at any instant of each cell; in ``held``
        and ``out`` the most of it that is on option, and that has left.

        :param cells: moments at which the cells of the grid begin, in order, and the
            end of the last one, UTC; without them no loads are told.
        :param bool bars: without bars, where these would be too small to be drawn,
            loads are told of single things as well.
        :raise ValidationError: for more than two years, for cells that are not in
            order, or more than ``MOST_CELLS``.
        """
        self.check_access("read")
        start, stop = self._to_board_period(start, stop)
        edges = self._to_edges(cells)
        self.env.flush_all()
        parts = self.env.execute_query(self._query_atoms())
        counted = {
            part: capacity
            for _whole, part, exclusive, capacity, atom in parts
            if atom and not (exclusive and bars)
        }
        answer = {
            "parts": _columns(
                ("whole", "part"),
                [row[:2] for row in parts if row[0] != row[1] and row[-1]],
            ),
            "loads": self._timetable_loads(counted, edges),
        }
        if bars:
            atoms = sorted({row[1] for row in parts if row[-1]})
            answer["bars"] = self._timetable_bars(atoms, start, stop)
        return answer

    def _to_edges(self, cells):
        edges = [to_instant(self.env, edge) for edge in to_list(self.env, cells)]
        ordered = all(a and b and a < b for a, b in pairwise(edges))
        if len(edges) == 1 or len(edges) > MOST_CELLS + 1 or not ordered:
            raise ValidationError(
                self.env._(
                    "The cells of a grid are told by their edges: at least two "
                    "moments, one after the other, for at most %s cells.",
                    MOST_CELLS,
                )
            )
        return edges

    def _query_atoms(self):
        """Each of these with itself and all that it consists of, at any depth."""
        return SQL(
            """
            WITH RECURSIVE parts(whole, part) AS (
                SELECT id, id FROM unnest(%(ids)s::integer[]) AS id
                UNION
                SELECT parts.whole, rel.component_id FROM parts
                  JOIN resource_component_rel rel ON rel.composite_id = parts.part
            )
            SELECT parts.whole, r.id, r.exclusive,
                   CASE WHEN r.active THEN r.capacity ELSE 0 END,
                   NOT EXISTS (SELECT FROM resource_component_rel rel
                                WHERE rel.composite_id = r.id)
              FROM parts JOIN resource_resource r ON r.id = parts.part
             ORDER BY 1, 2
            """,
            ids=self.ids,
        )

    # === LOADS === #

    def _timetable_loads(self, counted, edges):
        """Of each of ``{id: capacity}`` the highest load in each cell."""
        found = []
        if counted and edges:
            found = self.env.execute_query(self._query_loads(list(counted), edges))
        rows = [(one, counted[one], *peaks) for one, *peaks in found]
        return _columns(("resource", "capacity", "load", "held", "out"), rows)

    @api.model
    def _query_loads(self, ids, edges):
        """As ``resource_allocation_peaks``, of many windows that touch each other."""
        return SQL(
            """
            WITH claims AS MATERIALIZED (
                SELECT c.*,
                       CASE WHEN a.state = 'hold'
                             AND a.hold_kind IS DISTINCT FROM 'check_in'
                            THEN c.weight ELSE 0 END AS held,
                       CASE WHEN a.state = 'out' THEN c.weight ELSE 0 END AS away
                  FROM resource_allocation_claims(
                           %(ids)s, %(first)s, %(last)s, %(clock)s) c
                  JOIN resource_allocation a ON a.id = c.id
            ), events AS (
                SELECT id AS resource_id, at, 0 AS weight, 0 AS held, 0 AS away
                  FROM unnest(%(ids)s) AS id, unnest(%(begins)s::timestamp[]) AS at
                UNION ALL
                SELECT resource_id, greatest(start, %(first)s), weight, held, away
                  FROM claims
                UNION ALL
                SELECT resource_id, stop, -weight, -held, -away
                  FROM claims WHERE stop < %(last)s
            ), loads AS (
                SELECT resource_id, width_bucket(at, %(begins)s::timestamp[]) AS cell,
                       sum(weight) OVER so_far AS load,
                       sum(held) OVER so_far AS held,
                       sum(away) OVER so_far AS away
                  FROM events WINDOW so_far AS (PARTITION BY resource_id ORDER BY at)
            ), peaks AS (
                SELECT resource_id, cell, max(load)::integer AS load,
                       max(held)::integer AS held, max(away)::integer AS away
                  FROM loads GROUP BY resource_id, cell
            )
            SELECT resource_id, array_agg(load ORDER BY cell),
                   array_agg(held ORDER BY cell), array_agg(away ORDER BY cell)
              FROM peaks GROUP BY resource_id ORDER BY resource_id
            """,
            ids=ids,
            first=edges[0],
            last=edges[-1],
            begins=edges[:-1],
            clock=fields.Datetime.now(),
        )

    # === BARS === #

    def _timetable_bars(self, atoms, start, stop):
        """Columns of what takes these atoms, and of the combinations booked whole."""
        rows = self.env.execute_query(self._query_bars(atoms, start, stop))
        documents = self._timetable_documents({row[-3:-1] for row in rows})
        blocked, busy = self.env._("blocked"), self.env._("busy")
        bars = []
        for *times_and_numbers, kind, model, document, label in rows:
            if model:
                label = documents[model].get(document)
                if document not in documents[model]:
                    model = document = None
            label = label or (blocked if kind == "block" else busy)
            known = map(in_seconds, times_and_numbers)
            bars.append((*known, kind, model, document or None, label))
        return _columns(BAR, bars)

    def _query_bars(self, atoms, start, stop):
        """Every claim; the label is of rows without document, as ``holder_labels``."""
        Allocation = self.env["resource.allocation"].sudo(False)
        readable = Allocation.browse()._as_query()
        if Allocation.has_access("read"):
            readable = Allocation._search([])
        return SQL(
            """
            WITH claims AS MATERIALIZED (
                SELECT c.*, a.kind, c.start >= a.blocked_stop AS late
                  FROM resource_allocation_claims(
                           %(atoms)s, %(start)s, %(stop)s, %(clock)s) c
                  JOIN resource_allocation a ON a.id = c.id
            ), drawn AS (
                SELECT id, root, resource_id, start, stop, kind, late FROM claims
                UNION ALL
                SELECT whole.id, whole.id, whole.resource_id,
                       min(c.start), max(c.stop), min(c.kind), c.late
                  FROM claims c JOIN resource_allocation whole ON whole.id = c.root
                 WHERE whole.kind = 'group' AND whole.resource_id = ANY(%(wholes)s)
                 GROUP BY whole.id, c.late
            )
            SELECT d.id, d.root, d.resource_id, root.start, root.stop, d.start, d.stop,
                   a.quantity,
                   CASE WHEN a.state = 'done' THEN 'teardown'
                        WHEN d.late THEN 'late'
                        WHEN a.state = 'hold' AND a.hold_kind = 'check_in'
                        THEN 'reserved' ELSE a.state END,
                   a.state = 'out' AND a.returnable
                       AND coalesce(a.stop <= %(clock)s, false),
                   root.at_risk, d.kind, root.res_model, root.res_id,
                   CASE WHEN readable.id IS NOT NULL THEN
                       coalesce(nullif(partner.name, ''), nullif(root.name, ''),
                                person.name) END
              FROM drawn d
              JOIN resource_allocation a ON a.id = d.id
              JOIN resource_allocation root ON root.id = d.root
              LEFT JOIN %(readable)s readable ON readable.id = root.id
              LEFT JOIN res_partner partner ON partner.id = root.partner_id
              LEFT JOIN res_users responsible ON responsible.id = root.user_id
              LEFT JOIN res_partner person ON person.id = responsible.partner_id
             ORDER BY d.resource_id, d.start, d.stop, d.id
            """,
            atoms=atoms,
            wholes=self.ids,
            start=start,
            stop=stop,
            clock=fields.Datetime.now(),
            readable=readable.subselect(),
        )

    @api.model
    def _timetable_documents(self, documents):
        """``{model: {id: label}}`` of those documents that the user may read."""
        Allocation = self.env["resource.allocation"]
        labels, ids = defaultdict(dict), defaultdict(set)
        for model, document in documents:
            if Allocation._document_model(model) is not None:
                ids[model].add(document)
        for model, found in ids.items():
            # The user's own rights count, also where the caller acts in sudo.
            led = self.env[model].sudo(False).browse(sorted(found))
            labels[model] = led._allocation_labels()
        return labels


def _columns(names, rows):
    """Rows as one list for each name."""
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def in_seconds(value):
    """Of an instant the whole seconds since 1970, UTC, or None for no end at all."""
    if not isinstance(value, datetime):
        return value
    if value == FOREVER:
        return None
    return int(value.replace(tzinfo=timezone.utc).timestamp())
