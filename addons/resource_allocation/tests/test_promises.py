from datetime import datetime, timedelta

from odoo import fields
from odoo.api import SUPERUSER_ID
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestPromises(LedgerCase):
    """Invariant 1, first half: promises are refused."""

    def test_invariant_1_single_thing_is_promised_once(self):
        self._ask(self.room, at(9), at(11))
        for start, stop in (
            (at(9), at(11)),
            (at(8), at(12)),
            (at(10), at(10.5)),
            (at(8), at(9) + timedelta(seconds=1)),
            (at(11) - timedelta(seconds=1), at(12)),
            (at(10), None),
        ):
            with self.subTest(start=start, stop=stop):
                self.assertEqual(self._refused(self.room, start, stop).code, "taken")

    def test_half_open_edges_touch_without_conflict(self):
        self._ask(self.room, at(9), at(11))
        self._ask(self.room, at(11), at(12))
        self._ask(self.room, at(8), at(9))
        self.assertEqual(self._free(self.room, at(12), at(13)), 1)
        self.assertEqual(self._free(self.room, at(11.5), at(12.5)), 0)

    def test_invariant_1_pool_counts_at_every_instant(self):
        self._ask(self.chairs, at(8), at(10), quantity=4)
        self._ask(self.chairs, at(10), at(12), quantity=7)
        self.assertEqual(self._free(self.chairs, at(8), at(12)), 3)
        verdict = self._refused(self.chairs, at(9), at(11), quantity=4)
        self.assertEqual(
            (verdict.code, verdict.wanted, verdict.free), ("capacity", 4, 3)
        )
        self._ask(self.chairs, at(9), at(11), quantity=3)
        self._ask(self.chairs, at(8), at(9), quantity=6)

    def test_open_ended_promise_takes_for_ever(self):
        self._ask(self.laptop, at(9), None)
        self.assertEqual(self._free(self.laptop, at(9, 5000), at(10, 5000)), 0)
        self.assertEqual(self._free(self.laptop, at(8), at(9)), 1)
        self.assertEqual(self.laptop.busy(at(9), at(10))[self.laptop.id][0][1], None)

    def test_buffers_are_blocked_and_copied_when_promised(self):
        self.room.write({"setup_minutes": 30, "teardown_minutes": 15})
        allocation = self._ask(self.room, at(9), at(11))
        self.assertEqual(allocation.blocked_start, at(8.5))
        self.assertEqual(allocation.blocked_stop, at(11.25))
        self.room.write({"setup_minutes": 0, "teardown_minutes": 0})
        self.assertEqual(allocation.blocked_stop, at(11.25))
        self._refused(self.room, at(11), at(12))
        self._ask(self.room, at(11.25), at(12))

    def test_combination_takes_its_atoms_and_no_time_of_its_own(self):
        both = self._thing(
            "Aula and Studio", component_ids=[(6, 0, (self.room | self.studio).ids)]
        )
        allocation = self._ask(both, at(9), at(11))
        self.assertEqual(allocation.kind, "group")
        self.assertEqual(allocation.leaf_ids.resource_id, self.room | self.studio)
        self._refused(self.room, at(10), at(12))
        self.assertEqual(self._free(both, at(9), at(11)), 0)
        self._ask(self.studio, at(11), at(12))
        self._refused(both, at(11), at(13))
        allocation.cancel()
        self._ask(self.room, at(9), at(11))

    def test_combination_with_pool_takes_that_many_pieces(self):
        hall = self._thing(
            "Hall with a chair", component_ids=[(6, 0, (self.room | self.chairs).ids)]
        )
        self._ask(hall, at(9), at(11))
        self.assertEqual(self._free(self.chairs, at(9), at(11)), 9)

    def test_batch_is_all_or_nothing(self):
        wanted = [
            {"resource_id": self.room.id, "start": at(8), "stop": at(10)},
            {"resource_id": self.studio.id, "start": at(8), "stop": at(10)},
            {"resource_id": self.room.id, "start": at(9), "stop": at(11)},
        ]
        before = self.Allocation.search_count([])
        with self.assertRaises(ValidationError) as caught:
            self.Allocation.allocate(wanted)
        self.assertEqual([v.index for v in caught.exception.verdicts], [2])
        self.assertEqual(self.Allocation.search_count([]), before)

    def test_report_books_what_fits(self):
        wanted = [
            {
                "resource_id": self.chairs.id,
                "start": at(8),
                "stop": at(10),
                "quantity": q,
            }
            for q in (6, 5, 4)
        ]
        roots, verdicts = self.Allocation.allocate(wanted, on_conflict="report")
        self.assertEqual(roots.mapped("quantity"), [6, 4])
        self.assertEqual([(v.index, v.free) for v in verdicts], [(1, 4)])

    def test_responsible_is_who_asks_no_job(self):
        mine = self._ask(self.room, at(9), at(11), user=self.user)
        self.assertEqual(mine.user_id, self.user)
        self.assertEqual(self.env.uid, SUPERUSER_ID)
        self.assertFalse(self._ask(self.studio, at(9), at(11)).user_id)

    def test_check_answers_as_allocate_and_writes_nothing(self):
        taken = self._ask(self.room, at(9), at(11))
        wanted = [{"resource_id": self.room.id, "start": at(10), "stop": at(12)}]
        before = self.Allocation.search_count([])
        self.assertEqual(self.Allocation.check(wanted)[0]["code"], "taken")
        self.assertFalse(self.Allocation.check(wanted, exclude_ids=taken.ids))
        self.assertEqual(self.Allocation.search_count([]), before)

    def test_what_is_left_out_is_not_in_the_way_of_proposals_either(self):
        mine = self._ask(self.room, at(10), None)
        self._ask(self.room, at(9), at(10))
        wanted = {"resource_id": self.room.id, "start": at(8.5), "stop": at(9.5)}
        [verdict] = self.Allocation.check([wanted], exclude_ids=mine.ids)
        first = verdict["proposals"][0]
        self.assertEqual(
            (first["resource_id"], first["start"]),
            (self.room.id, fields.Datetime.to_string(at(10))),
        )

    def test_refusal_says_who_when_and_what_is_free(self):
        customer = self.env["res.partner"].create({"name": "Jane Roe"})
        self._ask(self.room, at(9), at(11), partner_id=customer.id)
        verdict = self._refused(self.room, at(10), at(12), user=self.user)
        self.assertEqual(verdict.holders[0].label, "Jane Roe")
        self.assertEqual(
            (verdict.holders[0].start, verdict.holders[0].stop), (at(9), at(11))
        )
        self.assertIn("Jane Roe", str(verdict))
        self.assertIn("10:00", str(verdict), "in the user's zone")
        proposals = {(p.resource_id, p.start, p.stop) for p in verdict.proposals}
        self.assertIn((self.room.id, at(11), at(13)), proposals)
        self.assertIn((self.studio.id, at(10), at(12)), proposals)

    def test_what_is_proposed_can_be_booked(self):
        self._ask(self.room, at(9), at(11))
        self._ask(self.room, at(12), at(14))
        verdict = self._refused(self.room, at(8), at(10))
        self.assertTrue(verdict.proposals)
        for proposal in verdict.proposals:
            with self.subTest(proposal=proposal):
                self._ask(
                    self.room.browse(proposal.resource_id),
                    proposal.start,
                    proposal.stop,
                ).cancel()

    def test_bad_input_is_refused_in_words(self):
        for vals, words in (
            ({"stop": at(8)}, "after the start"),
            ({"start": False}, "from when"),
            ({"resource_id": False}, "which resource"),
            ({"quantity": 2}, "above zero"),
            ({"quantity": -1}, "above zero"),
            ({"kind": "supply"}, "only a pool"),
            ({"kind": "group"}, "a promise, a block"),
            ({"state": "out"}, "hold or a reservation"),
            ({"state": "hold"}, "time in the future"),
            ({"state": "hold", "hold_until": at(5)}, "time in the future"),
            ({"quantity": 0}, "above zero"),
            ({"quantity": 1.5}, "whole number"),
            ({"quantity": "many"}, "whole number"),
            ({"start": "tomorrow"}, "YYYY-MM-DD"),
            ({"stop": datetime(9999, 12, 30)}, "are planned"),
            ({"setup_minutes": -5}, "minutes"),
            ({"setup_minutes": 10**9}, "minutes"),
            ({"company_id": self.other_company.id}, "another company"),
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError) as caught:
                self.Allocation.allocate(
                    [
                        {"resource_id": self.room.id, "start": at(8), "stop": at(9)}
                        | vals
                    ]
                )
            self.assertIn(words, str(caught.exception))

    def test_numbers_and_times_may_come_as_text(self):
        allocation = self.Allocation.create(
            {
                "resource_id": self.chairs.id,
                "start": "2027-03-01 08:00:00",
                "stop": "2027-03-01 09:00:00",
                "quantity": "3",
            }
        )
        self.assertEqual((allocation.start, allocation.quantity), (at(8), 3))

    def test_promises_hang_on_nothing_but_documents(self):
        partner = self.env["res.partner"].create({"name": "No document"})
        for model, number in (
            ("x", 1),
            ("resource.document.mixin", False),
            ("res.partner", False),
            (False, 1),
            ("res.partner", partner.id),
        ):
            with self.subTest(model, number=number), self.assertRaises(ValidationError):
                self._ask(
                    self.room, at(8), at(9), user=self.user,
                    res_model=model, res_id=number,
                )  # fmt: skip

    def test_bad_row_of_a_batch_is_named_by_its_place(self):
        good = {"resource_id": self.room.id, "start": at(8), "stop": at(9)}
        with self.assertRaisesRegex(ValidationError, "Row 2"):
            self.Allocation.allocate([good, {**good, "stop": at(7)}])

    def test_archived_things_are_not_promised(self):
        self.room.active = False
        with self.assertRaisesRegex(ValidationError, "archived"):
            self._ask(self.room, at(8), at(9))
        self.assertEqual(self._free(self.room, at(8), at(9)), 0)

    def test_create_is_allocate_and_write_is_reschedule(self):
        allocation = self.Allocation.create(
            {"resource_id": self.room.id, "start": at(8), "stop": at(9)}
        )
        self._ask(self.room, at(9), at(10))
        with self.assertRaises(ValidationError):
            allocation.write({"stop": at(9.5)})
        allocation.write({"start": at(7), "stop": at(8), "name": "Moved"})
        self.assertEqual((allocation.start, allocation.name), (at(7), "Moved"))

    def test_busy_tells_times_and_states_only(self):
        self._ask(self.chairs, at(8), at(10), quantity=4)
        self._ask(self.chairs, at(9), at(12), quantity=2, kind="block")
        self.assertEqual(
            self.chairs.busy(at(0), at(24))[self.chairs.id],
            [(at(8), at(10), 4, "reserved"), (at(9), at(12), 2, "block")],
        )
        self.assertEqual(
            self.chairs.busy(at(10), at(24))[self.chairs.id][0][3], "block"
        )

    def test_what_is_free_with_its_buffers_can_be_booked(self):
        self.room.write({"setup_minutes": 30, "teardown_minutes": 60})
        self._ask(self.room, at(9), at(11))
        for start, stop, free in (
            (at(6), at(8), 0),
            (at(6), at(7.5), 1),
            (at(12), at(13), 0),
            (at(12.5), at(13), 1),
        ):
            with self.subTest(start=start):
                self.assertEqual(self._free(self.room, start, stop), free)
                wanted = {"resource_id": self.room.id, "start": start, "stop": stop}
                self.assertEqual(not self.Allocation.check([wanted]), bool(free))

    def test_slots_keep_the_longest_buffers_of_a_combination(self):
        self.studio.write({"setup_minutes": 30})
        both = self._thing(
            "Both", component_ids=[(6, 0, (self.room | self.studio).ids)]
        )
        self._ask(self.studio, at(8), at(9))
        slots = both.free_slots(at(9), at(12), 60)[both.id]
        self.assertEqual(slots, [(at(9.5), at(10.5)), (at(10.5), at(11.5))])
        self._ask(both, *slots[0])
