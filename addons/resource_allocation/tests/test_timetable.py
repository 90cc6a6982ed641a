import json
from datetime import timezone

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import NOW, LedgerCase, at, in_rows

SECRETS = ("Merger", "Ms Secret", "ledger_user", "ledger_manager", "Hidden place")


def seconds(instant):
    return int(instant.replace(tzinfo=timezone.utc).timestamp())


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestTimetable(LedgerCase):
    """One answer for many rows: who takes what when, as far as one may know."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secret = cls.env["res.partner"].create({"name": "Ms Secret"})
        cls.hidden = {"name": "Merger", "partner_id": cls.secret.id}

    def _bars(self, resources, start=0, stop=24, **options):
        told = resources.timetable(at(start), at(stop), **options)
        json.dumps(told)
        return in_rows(told["bars"])

    def _bar(self, resource):
        [bar] = self._bars(resource)
        return bar

    def test_a_bar_has_its_own_period_and_what_it_takes(self):
        self.room.write({"setup_minutes": 30, "teardown_minutes": 60})
        root = self._ask(self.room, at(8), at(9), user=self.user, **self.hidden)
        self.assertEqual(
            self._bar(self.room.with_user(self.user)),
            {
                "id": root.id,
                "root": root.id,
                "resource": self.room.id,
                "start": seconds(at(8)),
                "stop": seconds(at(9)),
                "taken_from": seconds(at(7.5)),
                "taken_until": seconds(at(10)),
                "quantity": 1,
                "state": "reserved",
                "late": False,
                "at_risk": False,
                "kind": "demand",
                "res_model": None,
                "res_id": None,
                "label": "Ms Secret",
            },
        )

    def test_open_ends_and_lapsed_holds(self):
        self._ask(self.room, at(8), None)
        hold = {"state": "hold", "hold_until": at(7)}
        self._ask(self.studio, at(8), at(9), **hold)
        self.assertIsNone(self._bar(self.room)["stop"])
        self.assertIsNone(self._bar(self.room)["taken_until"])
        self.assertEqual(self._bar(self.studio)["state"], "hold")
        with freeze_time("2027-03-01 07:00:00"):
            self.assertFalse(self._bars(self.studio))

    def test_a_late_thing_tells_how_long_it_is_still_taken(self):
        root = self._ask(self.laptop, at(6), at(8))
        root.hand_out()
        self.assertFalse(self._bar(self.laptop)["late"])
        with freeze_time("2027-03-01 10:00:00"):
            root.expect_back(at(12))
            planned, overrun = self._bars(self.laptop)
            [alone] = self._bars(self.laptop, start=9)
        self.assertEqual((planned["state"], planned["late"]), ("out", True))
        self.assertEqual((overrun["id"], overrun["state"]), (root.id, "late"))
        self.assertEqual(overrun["taken_from"], seconds(at(8)))
        self.assertEqual(overrun["taken_until"], seconds(at(12)))
        self.assertEqual(alone, overrun)

    def test_what_a_fact_left_without_room_says_so(self):
        self._ask(self.room, at(8), at(10), **self.hidden)
        self._ask(self.room, at(9), at(11), kind="block")
        promise, block = self._bars(self.room)
        self.assertTrue(promise["at_risk"])
        self.assertEqual((block["kind"], block["at_risk"]), ("block", False))

    def test_a_combination_has_its_own_bars_and_those_of_its_parts(self):
        both = self._thing(
            "Both", component_ids=[(6, 0, (self.room + self.studio).ids)]
        )
        every = self._thing("Every", component_ids=[(6, 0, (both + self.laptop).ids)],
                            release="return")  # fmt: skip
        whole = self._ask(both, at(8), at(9))
        part = self._ask(self.studio, at(10), at(11))
        told = (both | every).timetable(at(0), at(24))
        pairs = {(row["whole"], row["part"]) for row in in_rows(told["parts"])}
        atoms = {self.room.id, self.studio.id}
        self.assertEqual(
            pairs,
            {(both.id, atom) for atom in atoms}
            | {(every.id, atom) for atom in atoms | {self.laptop.id}},
        )
        bars = in_rows(told["bars"])
        self.assertEqual(
            {(bar["root"], bar["resource"]) for bar in bars},
            {(whole.id, one) for one in (*atoms, both.id)}
            | {(part.id, self.studio.id)},
        )
        self.assertEqual({bar["kind"] for bar in bars}, {"demand"})

    def test_loads_of_pools_in_cells(self):
        self._ask(self.chairs, at(8), at(10), quantity=4)
        self._ask(self.chairs, at(9), at(9.5), quantity=3)
        self._ask(self.chairs, at(11), at(13), quantity=2, kind="supply")
        self._ask(self.room, at(8), at(9))
        edges = [at(7), at(8), at(9), at(10), at(12)]
        both = self.chairs | self.room
        told = both.timetable(at(0), at(24), cells=edges)
        nothing = [0, 0, 0, 0]
        self.assertEqual(
            told["loads"],
            {
                "resource": [self.chairs.id],
                "capacity": [10],
                "load": [[0, 4, 7, 0]],
                "held": [nothing],
                "out": [nothing],
            },
        )
        self.assertEqual(len(told["bars"]["id"]), 4)
        told = both.timetable(at(0), at(24), cells=edges, bars=False)
        self.assertNotIn("bars", told)
        self.assertEqual(
            [(one["resource"], one["load"]) for one in in_rows(told["loads"])],
            [(self.room.id, [0, 1, 0, 0]), (self.chairs.id, [0, 4, 7, 0])],
        )

    def test_C20_options_reservations_and_what_is_out_are_told_apart(self):
        until = {"state": "hold", "hold_until": at(7), "hold_kind": "option"}
        self._ask(self.laptop, at(6), at(8)).hand_out()
        self._ask(self.laptop, at(9), at(10))
        self._ask(self.laptop, at(11), at(12), **until)
        bars = in_rows(self.laptop.timetable(at(6), at(24))["bars"])
        states = [bar["state"] for bar in bars if bar["state"] != "late"]
        self.assertEqual(states, ["out", "reserved", "hold"])

    def test_C20_load_says_how_much_is_on_option_and_how_much_is_out(self):
        until = {"state": "hold", "hold_until": at(7), "hold_kind": "option"}
        self._ask(self.chairs, at(8), at(10), quantity=4, **until)
        self._ask(self.chairs, at(9), at(11), quantity=2)
        pool, units = self._pool_with_units()
        self._ask(units[0], at(6), at(9)).hand_out()
        edges = [at(6), at(8), at(9), at(10), at(12)]
        told = (self.chairs | pool).timetable(at(0), at(24), cells=edges)
        loads = {one["resource"]: one for one in in_rows(told["loads"])}
        self.assertEqual(loads[self.chairs.id]["load"], [0, 4, 6, 2])
        self.assertEqual(loads[self.chairs.id]["held"], [0, 4, 4, 0])
        self.assertEqual(loads[self.chairs.id]["out"], [0, 0, 0, 0])
        self.assertEqual(loads[pool.id]["out"][:2], [1, 1])
        # At its time the option counts for nothing, whether or not a job has run.
        with freeze_time(at(7)):
            told = self.chairs.timetable(at(0), at(24), cells=edges)
            self.assertEqual(told["loads"]["held"], [[0, 0, 0, 0]])

    def test_cells_stand_in_order(self):
        for edges in ([at(1)], [at(2), at(1)], [at(1), at(1)], [None, at(1)], "x"):
            with self.subTest(edges), self.assertRaises(ValidationError):
                self.room.timetable(at(0), at(1), cells=edges)

    # === WHO MAY KNOW === #

    def _strings(self, told):
        """Every text of an answer, however deep."""
        if isinstance(told, dict):
            return [text for one in told.values() for text in self._strings(one)]
        if isinstance(told, list):
            return [text for one in told for text in self._strings(one)]
        return [told] if isinstance(told, str) else []

    def _assert_masked(self, resources):
        told = resources.timetable(at(0), at(24), [at(0), at(24)])
        self.assertTrue(told["bars"]["id"])
        self.assertEqual(set(told["bars"]["label"]), {"busy"})
        words = " ".join(self._strings(told))
        for secret in SECRETS:
            self.assertNotIn(secret, words)

    def test_other_companies_see_only_busy(self):
        foreigner = self._user(
            "ledger_foreigner",
            "resource_allocation.resource_allocation_group_manager",
            company_id=self.other_company.id,
            company_ids=[(6, 0, self.other_company.ids)],
        )
        shared = self._thing("Beamer", company_id=False)
        self._ask(shared, at(8), at(9), user=self.user, **self.hidden)
        self._assert_masked(shared.with_user(foreigner))
        self._assert_masked(shared.with_user(foreigner).sudo())
        with self.assertRaises(AccessError):
            self.room.with_user(foreigner).timetable(at(0), at(24))

    def test_employees_see_their_own_and_else_only_busy(self):
        person = self.env["resource.resource"].create(
            {"name": "A person", "resource_type": "user", "bookable": True}
        )
        self._ask(person, at(8), at(9), user=self.user, **self.hidden)
        self._assert_masked(person.with_user(self.employee))
        self._ask(person, at(9), at(10), name="Mine", user_id=self.employee.id)
        own = self._bars(person.with_user(self.employee))[1]
        self.assertEqual(own["label"], "Mine")
        with self.assertRaises(AccessError):
            self.room.with_user(self.employee).timetable(at(0), at(24))

    def test_labels_are_those_of_a_refusal(self):
        things = self.room | self.studio | self.laptop | self.chairs
        asked = (
            self.hidden,
            {"name": "Talk"},
            {"user_id": self.manager.id},
            {"user_id": False},
            {"kind": "block", "user_id": False},
            {"kind": "block", "name": "Repair"},
        )
        for number, vals in enumerate(asked):
            self._ask(things[number % 4], at(8 + number), at(9 + number), **vals)
        for user in (self.user, self.manager, self.env.user):
            bars = self._bars(things.with_user(user))
            rows = self.Allocation.with_user(user).browse(bar["root"] for bar in bars)
            labels = rows.holder_labels()
            self.assertEqual(len(bars), len(asked))
            for bar in bars:
                self.assertEqual(bar["label"], labels[bar["root"]])

    # === QUERIES === #

    def test_ten_and_two_hundred_cost_the_same(self):
        things = self.env["resource.resource"].union(
            *(
                self._thing(f"Thing {number}", exclusive=bool(number % 2))
                for number in range(200)
            )
        )
        for number, thing in enumerate(things):
            self._ask(thing, at(8), at(9), user=self.user, name=f"Talk {number}")
        edges = [at(hour) for hour in range(24)]
        for user in (self.user, self.manager):
            self._timetable(things[:10], user, edges)
            for few in (things[:10], things):
                self.env.invalidate_all()
                with self.assertQueryCount(4):
                    self._timetable(few, user, edges)

    def _timetable(self, resources, user, edges):
        return resources.with_user(user).timetable(at(0), at(24), edges)
