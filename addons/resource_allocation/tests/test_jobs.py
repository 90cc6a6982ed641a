from datetime import timedelta

import psycopg2

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestJobs(LedgerCase):
    def test_what_is_over_by_itself_is_closed(self):
        over = self._ask(self.room, at(6), at(7))
        both = self._thing(
            "Both", component_ids=[(6, 0, (self.room | self.studio).ids)]
        )
        combined = self._ask(both, at(7), at(7.5))
        block = self._ask(self.laptop, at(6), at(7), kind="block")
        running = self._ask(self.room, at(7.5), at(9))
        lent = self._ask(self.laptop, at(7), at(7.5))
        with freeze_time(at(8)):
            self._run_job("ir_cron_look_after")
        self.assertEqual(set((over | combined | block).mapped("state")), {"done"})
        self.assertEqual(set(combined.leaf_ids.mapped("live")), {False})
        self.assertEqual(running.state, "reserved")
        self.assertEqual(lent.state, "reserved", "a thing is not returned by itself")

    def test_block_on_a_kit_is_closed_when_it_is_over(self):
        kit = self._thing(
            "Kit", release="return", component_ids=[(6, 0, self.laptop.ids)]
        )
        block = self._ask(kit, at(6), at(7), kind="block")
        with freeze_time(at(8)):
            self._run_job("ir_cron_look_after")
        self.assertEqual(block.state, "done")

    def test_what_nobody_collected_ends_a_day_after_its_time(self):
        camera = self._thing("Camera", release="return", teardown_minutes=120)
        kit = self._thing(
            "Kit", release="return", component_ids=[(6, 0, (self.laptop | camera).ids)]
        )
        uncollected = self._ask(self.laptop, at(6), at(7))
        combined = self._ask(kit, at(7), at(8))
        out = self._ask(camera, at(6), at(7), teardown_minutes=0).hand_out()
        for now, states in (
            (at(7, 1) - timedelta(seconds=1), ["reserved", "reserved", "out"]),
            (at(8, 1), ["done", "reserved", "out"]),
            (at(10, 1), ["done", "done", "out"]),
        ):
            with freeze_time(now):
                self._run_job("ir_cron_look_after")
                self.assertEqual((uncollected | combined | out).mapped("state"), states)
        self.assertEqual(set(combined.leaf_ids.mapped("state")), {"done"})
        self.assertIn("Never collected", uncollected.message_ids[0].body)
        self.company.allocation_uncollected_days = 0
        kept = self._ask(self.laptop, at(8), at(9))
        with freeze_time(at(0, 300)):
            self._run_job("ir_cron_look_after")
            self.assertEqual(kept.state, "reserved")

    def test_a_thing_whose_time_ran_out_is_closed_unless_it_is_out(self):
        over = self._ask(self.laptop, at(6), at(7))
        camera = self._thing("Camera", release="return")
        out = self._ask(camera, at(6), at(7))
        with freeze_time(at(6.5)):
            out.hand_out()
            with self.assertRaises(UserError):
                over.close()
        with freeze_time(at(8)):
            over.close()
            self.assertEqual(over.state, "done")
            with self.assertRaises(UserError):
                out.close()

    def test_a_room_is_cleaned_before_it_is_free(self):
        self.room.teardown_minutes = 60
        over = self._ask(self.room, at(6), at(7))
        with freeze_time(at(7.5)):
            self._run_job("ir_cron_look_after")
            self.assertEqual(over.state, "reserved")
            with self.assertRaises(UserError):
                over.close()
        with freeze_time(at(8)):
            self._run_job("ir_cron_look_after")
            self.assertEqual(over.state, "done")

    def test_invariant_6_persons_are_forgotten_counts_stay(self):
        self.company.allocation_retention = 6
        customer = self.env["res.partner"].create({"name": "Jane Roe"})
        closed = self._ask(
            self.room, at(8), at(9), partner_id=customer.id, name="Jane's party"
        )
        closed.cancel("Jane is ill")
        kept = self._ask(self.room, at(9), at(10), partner_id=customer.id)
        self.env.flush_all()
        with freeze_time(at(0, 300)):
            self.env.cr.execute(
                "UPDATE resource_allocation SET write_date = %s WHERE id IN %s",
                [at(0), (closed.id, kept.id)],
            )
            self.Allocation._anonymise_closed()
        self.assertFalse(closed.partner_id | closed.message_ids.author_id)
        self.assertFalse(closed.name)
        self.assertEqual((closed.start, closed.quantity), (at(8), 1))
        self.assertEqual(kept.partner_id, customer)

    def test_invariant_6_nothing_is_forgotten_by_default(self):
        closed = self._ask(self.room, at(8), at(9), name="Party")
        closed.cancel()
        with freeze_time(at(0, 3000)):
            self.Allocation._anonymise_closed()
        self.assertEqual(closed.name, "Party")

    def test_retention_is_not_negative(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            self.company.allocation_retention = -1
            self.env.flush_all()
