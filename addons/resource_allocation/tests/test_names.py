from odoo.tests import freeze_time

from .common import NOW, LedgerCase, at


@freeze_time(NOW)
class TestNames(LedgerCase):
    """Things of one name are told apart by what is on their label."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.phones = cls._phone("S-0041") | cls._phone("S-0042")
        cls.phone, cls.other_phone = cls.phones

    @classmethod
    def _phone(cls, code):
        return cls._thing("Smartphone", code=code, release="return")

    def test_name_and_code(self):
        self.assertEqual(self.phone.display_name, "Smartphone (S-0041)")
        self.assertEqual(self.room.display_name, "Aula")
        self.phone.code = "S-1"
        self.assertEqual(self.phone.display_name, "Smartphone (S-1)")
        self.assertFalse(self.phone.copy().code)

    def test_found_by_code(self):
        Resource = self.env["resource.resource"].with_user(self.user)
        [(found, label)] = Resource.name_search("S-0042")
        self.assertEqual((found, label), (self.other_phone.id, "Smartphone (S-0042)"))
        found = Resource.find_free({"start": at(8), "stop": at(9), "text": "0042"})
        self.assertEqual([row["id"] for row in found["rows"]], [self.other_phone.id])
        params = self.phone.action_find_free()["params"]
        self.assertEqual(params, {"text": "S-0041"})

    def test_allocations_say_which(self):
        row = self._ask(self.phone, at(8), at(9), name="Field trip")
        self.assertEqual(row.display_name, "Smartphone (S-0041): Field trip")
        self.assertEqual(row._client_values()[0]["resource"], "Smartphone (S-0041)")
        self.phone.code = "S-1"
        self.assertEqual(row.display_name, "Smartphone (S-1): Field trip")

    def test_verdicts_and_proposals_say_which(self):
        self._ask(self.phone, at(8), at(9))
        verdict = self._refused(self.phone, at(8), at(9))
        self.assertIn("Smartphone (S-0041) is taken", verdict.message)
        self.assertIn("Smartphone (S-0042), ", verdict.message)

    def test_names_of_many_in_as_many_queries_as_of_one(self):
        for count in (1, 2):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.assertQueryCount(1):
                self.phones[:count].mapped("display_name")


@freeze_time(NOW)
class TestProposals(LedgerCase):
    """What is free instead: the same kind, the closest first, in parts if need be."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.here, cls.there, cls.beyond = (
            cls._thing(f"Tents {place}", exclusive=False, capacity=pieces)
            for place, pieces in (("north", 6), ("south", 4), ("west", 3))
        )
        cls.chairs.active = False

    def _proposed(self, resource, user=None, limit=3, exclude=None, **vals):
        ledger = self.Allocation.with_user(user or self.user)
        vals = {"start": str(at(9)), "stop": str(at(10)), **vals}
        return ledger.propose({"resource_id": resource.id, **vals}, exclude, limit)

    def _elsewhere(self, *args, **vals):
        found = self._proposed(*args, **vals)
        return [p for p in found if p["start"] == str(vals.get("start", at(9)))]

    def test_as_in_a_verdict(self):
        self._ask(self.room, at(8), at(10))
        vals = {"resource_id": self.room.id, "start": at(9), "stop": at(10)}
        [verdict] = self.Allocation.check([vals])
        self.assertEqual(self._proposed(self.room), verdict["proposals"])
        self.assertEqual(
            verdict["proposals"][0],
            {
                "resource_id": self.room.id,
                "resource_name": "Aula",
                "start": "2027-03-01 10:00:00",
                "stop": "2027-03-01 11:00:00",
                "quantity": 1,
                "parts": [],
            },
        )

    def test_as_many_as_asked_for(self):
        for number in range(5):
            self._thing(f"Cell {number}")
        self._ask(self.room, at(8), at(10))
        self.assertEqual(len(self._proposed(self.room, limit=7)), 7)
        self.assertEqual(len(self._proposed(self.room, limit=1)), 1)
        for limit in (0, -1):
            self.assertEqual(self._proposed(self.room, limit=limit), [])
        self.assertEqual(self._proposed(self.room, self.manager, kind="block"), [])

    def test_an_open_end_can_only_be_had_elsewhere(self):
        self._ask(self.room, at(8), at(10))
        [one] = self._proposed(self.room, stop=None)
        self.assertEqual((one["resource_id"], one["stop"]), (self.studio.id, None))

    def test_what_is_left_out_of_account_is_not_in_the_way(self):
        taken = self._ask(self.room, at(8), at(10))
        self._ask(self.studio, at(8), at(20))
        starts = [
            [one["start"] for one in self._proposed(self.room, exclude=without)]
            for without in (None, taken.ids)
        ]
        self.assertEqual(starts[0][0], str(at(10)))
        self.assertNotEqual(starts[0], starts[1])

    def test_two_of_here_one_of_there(self):
        self._ask(self.here, at(8), at(10), quantity=4)
        self._ask(self.there, at(8), at(10), quantity=1)
        [whole] = self._elsewhere(self.here, quantity=5)
        self.assertEqual((whole["resource_id"], whole["quantity"]), (None, 5))
        self.assertEqual(
            [(p["resource_id"], p["quantity"]) for p in whole["parts"]],
            [(self.here.id, 2), (self.there.id, 3)],
        )
        self.assertEqual(whole["resource_name"], "2 × Tents north and 3 × Tents south")
        verdict = self._refused(self.here, at(9), at(10), quantity=5)
        self.assertIn("2 × Tents north and 3 × Tents south, ", verdict.message)
        for part in whole["parts"]:
            self._ask(
                self.here.browse(part["resource_id"]),
                at(9),
                at(10),
                quantity=part["quantity"],
            )

    def test_one_that_has_enough_goes_before_several(self):
        self._ask(self.here, at(8), at(10), quantity=4)
        [one] = self._elsewhere(self.here, quantity=4)
        self.assertEqual((one["resource_id"], one["parts"]), (self.there.id, []))

    def test_parts_only_where_they_have_enough_together(self):
        self._ask(self.here, at(8), at(10), quantity=6)
        [whole] = self._elsewhere(self.here, quantity=7)
        self.assertEqual(len(whole["parts"]), 2, "nothing of what is taken")
        self.assertEqual(self._elsewhere(self.here, quantity=8), [])

    def test_nothing_of_other_companies(self):
        self.there.company_id = self.other_company
        self._ask(self.here, at(8), at(10), quantity=6)
        self.assertFalse(self._elsewhere(self.here, quantity=4))

    def test_as_many_queries_for_many_as_for_few(self):
        self._ask(self.room, at(8), at(10))
        self._proposed(self.room)

        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._proposed(self.room)
            return self.env.cr.sql_log_count - before

        few = queries()
        for number in range(20):
            self._thing(f"Cell {number}")
        self.assertLessEqual(queries(), few)
