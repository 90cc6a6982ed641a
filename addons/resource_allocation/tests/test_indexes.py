import re

from odoo.tests import freeze_time
from odoo.tools import SQL

from .common import NOW, LedgerCase, at

LIVE = [("live", "=", True), ("root_id", "=", False)]
SERVED = [
    ("what lives, by start", LIVE, "start, id", "live_by_start"),
    ("all, by start", [("root_id", "=", False)], "start desc, id desc", "by_start"),
    ("what lives of a time", [*LIVE, ("blocked_stop", "<", NOW)], None, "live_time"),
    ("what is over of a time", [("start", "<", NOW), ("stop", ">", NOW)], None,
     "by_period"),
    ("late", [("is_late", "=", True)], None, "late"),
    ("at risk", [("at_risk", "=", True)], None, "risky"),
    ("holds that lapsed", [("state", "=", "hold"), ("hold_until", "<", NOW)], None,
     "holds"),
    ("lapses to tell", [("lapse_pending", "=", True)], None, "lapsed"),
    ("one's own", [("user_id", "=", 1)], None, "_user_id_index"),
    ("made by one", [("create_uid", "=", 1)], None, "creator"),
    ("to anonymise",
     [("company_id", "=", 1), ("live", "=", False), ("anonymised", "=", False),
      ("write_date", "<", NOW)], "write_date, id", "to_anonymise"),
]  # fmt: skip
"""What screens and jobs search for, in which order, and the index for it."""


@freeze_time(NOW)
class TestIndexes(LedgerCase):
    """Nothing reads a whole ledger that has been used for years."""

    def _plan(self, domain, order=None, keep=None):
        """How PostgreSQL goes about it where it avoids to read and to sort all.

        :param keep: drop all indexes but this one that no constraint needs, since a
            small table makes one as good as another.
        """
        query = self.Allocation.sudo()._search(domain, order=order or "id")
        if not order:
            query.order = None
        self.env.flush_all()
        with self.env.cr.savepoint() as savepoint:
            for kind in ("seqscan", "sort"):
                self.env.cr.execute(SQL(f"SET LOCAL enable_{kind} = off"))
            for name in self._index_names() - {keep} if keep else ():
                self.env.cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
            lines = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
            savepoint.rollback()
        return "\n".join(line for (line,) in lines)

    def _index_names(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT indexname FROM pg_indexes"
                " WHERE tablename = 'resource_allocation' AND indexname NOT IN"
                " (SELECT conname FROM pg_constraint)"
            )
        )
        return {name for (name,) in rows}

    def test_what_is_searched_for_has_an_index(self):
        for what, domain, order, name in SERVED:
            with self.subTest(what):
                name = f"resource_allocation_{name}"
                self.assertIn(name, self._index_names())
                self.assertRegex(self._plan(domain, order, name), rf"\b{name}\b")

    def test_no_index_is_for_a_bare_flag(self):
        """Odoo asks ``live IS TRUE``, which an index ``WHERE live`` does not serve."""
        rows = self.env.execute_query(
            SQL(
                "SELECT relname, pg_get_expr(indpred, indrelid)"
                " FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
                " WHERE indrelid = 'resource_allocation'::regclass"
                " AND NOT indisunique AND NOT indisexclusion AND indpred IS NOT NULL"
            )
        )
        flags = "|".join(
            name
            for name, field in self.Allocation._fields.items()
            if field.type == "boolean" and field.store
        )
        bare = [
            name for name, where in rows if re.search(rf"\b({flags})\b(?! IS)", where)
        ]
        self.assertTrue(rows)
        self.assertFalse(bare)

    def test_what_a_thing_is_taken_by_is_looked_up(self):
        """Itself, as an atom of a combination, as the pool of a unit; without *or*."""
        hall = self._thing(
            "Hall", component_ids=[(6, 0, (self.room | self.studio).ids)]
        )
        pool, (unit, other) = self._pool_with_units()
        booked = {
            one: self._ask(one, at(8), at(9))
            for one in (hall, unit, other, self.chairs)
        }
        booked[self.room] = self._ask(self.room, at(9), at(10))
        for one, found in (
            (hall, booked[hall]),
            (self.room, booked[hall] | booked[self.room]),
            (self.studio, booked[hall]),
            (unit, booked[unit]),
            (pool, booked[unit] | booked[other]),
            (pool | self.chairs, booked[unit] | booked[other] | booked[self.chairs]),
        ):
            with self.subTest(one.mapped("name")):
                domain = [("root_id", "=", False), ("takes_ids", "in", one.ids)]
                self.assertEqual(self.Allocation.search(domain), found.sorted())
        domain = pool.with_user(self.user).action_view_allocations()["domain"]
        self.assertEqual(len(self.Allocation.with_user(self.user).search(domain)), 2)
        plan = self._plan(domain)
        self.assertRegex(plan, rf"Index Cond: \(resource_id = {pool.id}\)")
        self.assertNotRegex(plan, "SubPlan|Seq Scan")
