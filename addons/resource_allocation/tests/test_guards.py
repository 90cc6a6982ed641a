import psycopg2

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestGuards(LedgerCase):
    """Invariant 2: the database itself refuses, whoever writes."""

    def _insert(self, resource, start, stop, quantity=1, **columns):
        """Write a row past Odoo, as another program would."""
        values = {
            "resource_id": resource.id,
            "company_id": self.company.id,
            "kind": "demand",
            "state": "reserved",
            "quantity": quantity,
            "start": start,
            "stop": stop,
            "blocked_start": start,
            "blocked_stop": stop,
            "live": True,
            "at_risk": False,
            "exclusive": False,
            "returnable": False,
            "reach": "period",
            **columns,
        }
        names = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
            self.env.cr.execute(
                f"INSERT INTO resource_allocation ({names}) VALUES ({marks})"
                " RETURNING id",
                list(values.values()),
            )
            return self.env.cr.fetchone()[0]

    def _update(self, allocation, assignment):
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
            self.env.cr.execute(
                f"UPDATE resource_allocation SET {assignment} WHERE id = %s",
                [allocation.id],
            )

    def test_invariant_2_guards_are_in_the_catalogue(self):
        self.env.cr.execute(
            "SELECT condeferrable, condeferred FROM pg_constraint"
            " WHERE conname = 'resource_allocation_no_overlap' AND contype = 'x'"
        )
        self.assertEqual(self.env.cr.fetchall(), [(True, False)])
        self.env.cr.execute(
            "SELECT tgname, tgdeferrable, tginitdeferred FROM pg_trigger"
            " WHERE tgname LIKE 'resource_allocation%%' ORDER BY tgname"
        )
        self.assertEqual(
            self.env.cr.fetchall(),
            [
                ("resource_allocation_check", True, False),
                ("resource_allocation_enter", False, False),
                ("resource_allocation_sync_gate", False, False),
            ],
        )

    def test_invariant_2_a_ledger_without_guards_does_not_start(self):
        for statement in (
            "ALTER TABLE resource_allocation DROP CONSTRAINT"
            " resource_allocation_no_overlap",
            "DROP TRIGGER resource_allocation_check ON resource_allocation",
            "ALTER TABLE resource_allocation DISABLE TRIGGER resource_allocation_enter",
            "DROP TRIGGER resource_allocation_sync_gate ON resource_resource",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(RuntimeError),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)
                self.Allocation._register_hook()

    def test_raw_overlap_of_a_single_thing_is_refused(self):
        self._insert(self.room, at(8), at(10))
        self._insert(self.room, at(10), at(12))
        with self.assertRaises(psycopg2.errors.ExclusionViolation):
            self._insert(self.room, at(9), at(11))

    def test_raw_writer_cannot_disguise_a_single_thing_as_a_pool(self):
        self._insert(self.room, at(8), at(10), exclusive=False)
        with self.assertRaises(psycopg2.errors.ExclusionViolation):
            self._insert(self.room, at(9), at(11), exclusive=False)

    def test_raw_overbooking_of_a_pool_is_refused(self):
        self._insert(self.chairs, at(8), at(10), quantity=6)
        self._insert(self.chairs, at(9), at(12), quantity=4)
        with self.assertRaises(psycopg2.errors.CheckViolation):
            self._insert(self.chairs, at(9), at(10), quantity=1)

    def test_raw_promise_over_a_block_is_refused(self):
        self._ask(self.room, at(8), at(10), kind="block")
        with self.assertRaises(psycopg2.errors.CheckViolation):
            self._insert(self.room, at(9), at(11))

    def test_raw_part_of_a_row_that_gave_nothing_up_is_refused(self):
        whole = self._ask(self.chairs, at(8), at(10), quantity=10)
        with self.assertRaises(psycopg2.errors.CheckViolation):
            self._insert(
                self.chairs, at(8), at(10), quantity=4,
                at_risk=True, parent_id=whole.id,
            )  # fmt: skip
        whole.split(3)
        with self.assertRaises(psycopg2.errors.CheckViolation):
            self._insert(
                self.chairs, at(8), at(10), quantity=1,
                at_risk=True, parent_id=whole.id,
            )  # fmt: skip

    def test_raw_growth_and_revival_are_checked(self):
        first = self._ask(self.chairs, at(8), at(10), quantity=6)
        self._ask(self.chairs, at(10), at(12), quantity=6)
        for assignment in (
            "stop = stop + interval '1 hour', blocked_stop = blocked_stop"
            " + interval '1 hour'",
            "start = start + interval '1 hour', blocked_start = blocked_start"
            " + interval '1 hour', stop = stop + interval '1 hour', blocked_stop ="
            " blocked_stop + interval '1 hour'",
            "quantity = 11",
        ):
            with (
                self.subTest(assignment),
                self.assertRaises(psycopg2.errors.CheckViolation),
            ):
                self._update(first, assignment)
        first.cancel()
        self._ask(self.chairs, at(8), at(10), quantity=5)
        with self.assertRaises(psycopg2.errors.CheckViolation):
            self._update(first, "state = 'reserved', live = true")

    def test_states_that_contradict_themselves_are_refused(self):
        allocation = self._ask(self.room, at(8), at(10))
        for assignment in (
            "live = false",
            "state = 'hold'",
            "quantity = 0",
            "quantity = 2",
            "stop = start",
            "blocked_stop = start",
            "actual_start = start, actual_stop = start - interval '1 second'",
        ):
            with (
                self.subTest(assignment),
                self.assertRaises(psycopg2.errors.CheckViolation),
            ):
                self._update(allocation, assignment)

    def test_the_kind_of_a_promised_thing_is_fixed(self):
        self._ask(self.room, at(8), at(10))
        for assignment in ("exclusive = false, capacity = 3", "release = 'return'"):
            with (
                self.subTest(assignment),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(
                    f"UPDATE resource_resource SET {assignment} WHERE id = %s",
                    [self.room.id],
                )
        self.studio.write({"exclusive": False, "capacity": 3})
        self.assertEqual(self._free(self.studio, at(8), at(10)), 3)
