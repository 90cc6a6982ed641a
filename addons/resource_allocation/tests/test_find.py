from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import Form, freeze_time

from .common import NOW, LedgerCase, at


@freeze_time(NOW)
class TestFind(LedgerCase):
    """What the search offers can be booked; what it does not says why and when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finder = cls.env["resource.resource"].with_user(cls.user)

    def _find(self, start, stop, offset=0, limit=30, **criteria):
        criteria = {"start": str(start), "stop": str(stop), **criteria}
        return self.finder.find_free(criteria, offset, limit)

    def _names(self, found, enough=True):
        return [row["name"] for row in found["rows"] if row["enough"] is enough]

    def test_free_first_then_the_rest_with_their_next_time(self):
        self._ask(self.room, at(8), at(10))
        found = self._find(at(9), at(10), kind="room")
        self.assertEqual(self._names(found), ["Studio"])
        self.assertEqual(self._names(found, enough=False), ["Aula"])
        (taken,) = [row for row in found["rows"] if not row["enough"]]
        self.assertEqual(taken["next"], (at(10), at(11)))
        self.assertEqual((found["free_count"], found["total"]), (1, 2))
        only = self._find(at(9), at(10), kind="room", only_free=True)
        self.assertEqual((self._names(only), only["total"]), (["Studio"], 1))

    def test_counts_pieces(self):
        self._ask(self.chairs, at(8), at(10), quantity=7)
        rows = self._find(at(9), at(11), kind="pool", quantity=4)["rows"]
        self.assertEqual([(r["free"], r["enough"]) for r in rows], [(3, False)])
        self.assertEqual(rows[0]["next"], (at(10), at(12)))
        rows = self._find(at(9), at(11), kind="pool", quantity=3)["rows"]
        self.assertTrue(rows[0]["enough"])

    def test_buffers_count(self):
        self.room.teardown_minutes = 30
        self._ask(self.room, at(10), at(11))
        self.assertIn("Aula", self._names(self._find(at(8), at(9)), True))
        nine = self._find(at(9), at(10), text="Aula")
        self.assertEqual(self._names(nine, enough=False), ["Aula"])

    def test_every_offer_can_be_booked(self):
        self._pool_with_units()
        self._ask(self.room, at(8), at(10))
        for row in self._find(at(9), at(12), only_free=True)["rows"]:
            booked = self.Allocation.with_user(self.user).book_free(
                [{"resource_id": row["id"], "start": at(9), "stop": at(12)}]
            )
            self.assertTrue(booked["allocations"], row["name"])
            self.assertFalse(booked["verdicts"])

    def test_refused_says_who_and_what_instead(self):
        self._ask(self.room, at(8), at(10), name="Choir")
        answer = self.Allocation.with_user(self.user).book_free(
            [{"resource_id": self.room.id, "start": at(9), "stop": at(10)}]
        )
        self.assertFalse(answer["allocations"])
        (verdict,) = answer["verdicts"]
        self.assertEqual([h["label"] for h in verdict["holders"]], ["Choir"])
        self.assertIn(
            (self.studio.id, "2027-03-01 09:00:00"),
            [(p["resource_id"], p["start"]) for p in verdict["proposals"]],
        )

    def test_holds_for_hours_then_confirms(self):
        answer = self.Allocation.with_user(self.user).book_free(
            [{"resource_id": self.room.id, "start": at(9), "stop": at(10)}], 24
        )
        hold = self.Allocation.browse(answer["allocations"][0]["id"])
        self.assertEqual(hold.state, "hold")
        self.assertEqual(hold.hold_until, at(6, day=1))
        changed = hold.with_user(self.user).step("confirm")
        self.assertEqual((changed["state"], hold.state), ("reserved", "reserved"))

    def test_proposal_in_parts_is_taken_whole_or_not_at_all(self):
        stools = self._thing("Stools", exclusive=False, capacity=6)
        self._ask(self.chairs, at(8), at(10), quantity=7)
        wanted = {"start": at(9), "stop": at(10), "quantity": 8}
        answer = self.Allocation.check([{"resource_id": self.chairs.id, **wanted}])
        [proposal] = [one for one in answer[0]["proposals"] if one["parts"]]
        asked = [
            {key: part[key] for key in ("resource_id", "start", "stop", "quantity")}
            for part in proposal["parts"]
        ]
        taken = self._ask(stools, at(9), at(10), quantity=5)
        answer = self.Allocation.with_user(self.user).book_free(asked)
        self.assertFalse(answer["allocations"])
        self.assertEqual(answer["verdicts"][0]["resource_id"], stools.id)
        taken.cancel()
        answer = self.Allocation.with_user(self.user).book_free(asked)
        self.assertEqual(len(answer["allocations"]), 2)

    def test_closed_where_hours_are_enforced_is_not_offered(self):
        """Sundays nobody can book it: neither free, nor found as free."""
        self.room.calendar_id = self.env["resource.calendar"].create(
            {"name": "Mornings", "tz": "Europe/Prague"}
        )
        self.room.hours_enforced = True
        found = self._find(at(9, day=-1), at(10, day=-1), text="Aula")
        self.assertEqual(self._names(found, enough=False), ["Aula"])
        self.assertEqual(found["free_count"], 0)
        self.room.hours_enforced = False
        found = self._find(at(9, day=-1), at(10, day=-1), text="Aula")
        self.assertEqual(self._names(found, enough=True), ["Aula"])

    def test_units_only_when_asked_for(self):
        pool, (unit, _other) = self._pool_with_units()
        every = self._names(self._find(at(9), at(10)))
        self.assertIn(pool.name, every)
        self.assertNotIn(unit.name, every)
        for wish in ({"kind": "unit"}, {"text": "drills 1"}):
            self.assertIn(unit.name, self._names(self._find(at(9), at(10), **wish)))

    def test_opening_hours_are_said(self):
        self.room.calendar_id = self.env["resource.calendar"].create(
            {"name": "Mornings", "tz": "Europe/Prague"}
        )
        (row,) = self._find(at(20), at(21), text="Aula")["rows"]
        self.assertEqual((row["enough"], row["is_open"]), (True, False))
        self.assertEqual(row["opening"], "Mornings")
        (row,) = self._find(at(9), at(10), text="Aula")["rows"]
        self.assertTrue(row["is_open"])

    def test_free_first_then_by_kind_and_name(self):
        kit = self._thing("A kit", component_ids=[(6, 0, [self.studio.id])])
        ladder = self._thing("A ladder", release="return")
        zoo = self._thing("Zoo")
        self._ask(self.room, at(8), at(10))
        ours = self.room | self.studio | self.chairs | self.laptop | kit | ladder | zoo
        rows = self._find(at(9), at(10), limit=500)["rows"]
        self.assertEqual(
            [row["name"] for row in rows if row["id"] in ours.ids],
            ["Studio", "Zoo", "Chairs", "A kit", "A ladder", "Laptop", "Aula"],
        )

    def test_opens_on_an_hour_of_work(self):
        """Prague is UTC+1; core's week is Monday to Friday, 8 to 12 and 13 to 17."""
        self.company.resource_calendar_id.tz = "Europe/Prague"
        friday, monday = 4, 7
        for now, expected in (
            (at(9.5), at(10)),
            (at(9), at(10)),
            (at(10.9), at(12)),  # not at noon
            (at(1), at(8)),  # two in the morning: nine o'clock
            (at(6.5), at(7)),
            (at(16.5), at(8, 1)),
            (at(15.2, friday), at(8, monday)),
            (at(12, 5), at(8, monday)),
        ):
            with self.subTest(now=now), freeze_time(now):
                opening = self.finder.find_opening()
                self.assertEqual(opening["start"], expected)
                self.assertEqual(opening["stop"] - opening["start"], timedelta(hours=1))

    def test_opens_by_the_users_own_hours_and_holidays(self):
        nights = self.env["resource.calendar"].create(
            {
                "name": "Nights",
                "tz": "Europe/Prague",
                "attendance_ids": [(5, 0, 0)]
                + [
                    (
                        0,
                        0,
                        {
                            "name": "Night",
                            "dayofweek": str(day),
                            "hour_from": 1,
                            "hour_to": 4,
                        },
                    )
                    for day in range(7)
                ],
            }
        )
        self.env["resource.resource"].create(
            {"name": "Nat", "user_id": self.user.id, "calendar_id": nights.id}
        )
        self.assertEqual(self.finder.find_opening()["start"], at(0, 1))
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": nights.id,
                "date_from": at(12),
                "date_to": at(12, 1),
            }
        )
        self.assertEqual(self.finder.find_opening()["start"], at(0, 2))

    def test_opens_without_any_hours_on_the_next_full_one(self):
        self.company.resource_calendar_id.attendance_ids = [(5, 0, 0)]
        with freeze_time(at(1.3)):
            self.assertEqual(self.finder.find_opening()["start"], at(2))

    def test_opens_on_a_kind_of_which_there_is_something(self):
        opening = self.finder.find_opening()
        self.assertEqual(opening["kind"], "room")
        self.assertEqual(opening["kinds"], self.finder.find_kinds())
        every = self.env["resource.resource"].search([("bookable", "=", True)])
        every.filtered(lambda one: one.release == "time").active = False
        self.assertEqual(self.finder.find_opening()["kind"], "thing")
        self.laptop.active = False

    def test_finds_by_the_name_that_is_shown(self):
        """Where things are told apart by more than their name."""
        with patch.object(
            type(self.room), "_rec_names_search", ["name", "owner_model"], create=True
        ):
            self.room.owner_model = "x.hall"
            (row,) = self._find(at(9), at(10), text="x.hall")["rows"]
        self.assertEqual(row["id"], self.room.id)

    def test_refuses_a_period_backwards(self):
        with self.assertRaises(ValidationError):
            self._find(at(10), at(9))
        with self.assertRaises(ValidationError):
            self.finder.find_free({})

    def test_pages_at_a_constant_number_of_queries(self):
        calendar = self.env["resource.calendar"].create({"name": "Office"})
        rooms = self.env["resource.resource"].create(
            [
                {
                    "name": f"Cell {number:03}",
                    "bookable": True,
                    "calendar_id": calendar.id,
                    "resource_type": "material",
                }
                for number in range(200)
            ]
        )
        self.Allocation.allocate(
            [
                {"resource_id": room.id, "start": at(9), "stop": at(11)}
                for room in rooms[::2]
            ]
        )

        def queries(**criteria):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            day = [str(at(0)), str(at(24))]
            found = self._find(at(9), at(10), strip=day, **criteria)
            return found, self.env.cr.sql_log_count - before

        self._find(at(9), at(10))  # warms caches of rights and fields
        few, some = queries(text="Cell 00")
        many, most = queries(text="Cell", offset=90)
        self.assertEqual((few["total"], many["total"]), (10, 200))
        self.assertEqual((len(many["rows"]), many["free_count"]), (30, 100))
        self.assertLessEqual(most, some + 4)

    def test_a_page_counts_no_more_than_it_takes_to_fill_it(self):
        """And yet all pages together show each match once, the free ones first."""
        rooms = [self._thing(f"Cell {number:02}") for number in range(50)]
        for room in rooms[::3]:
            self._ask(room, at(9), at(10))
        chunk = "odoo.addons.resource_allocation.models.resource_resource_find.CHUNK"
        whole = self._find(at(9), at(10), limit=100, text="Cell")
        self.assertTrue(whole["complete"])
        with patch(chunk, 7):
            first = self._find(at(9), at(10), limit=5, text="Cell")
            only = self._find(at(9), at(10), limit=5, text="Cell", only_free=True)
            pages = [
                self._find(at(9), at(10), offset, 5, text="Cell")
                for offset in range(0, 50, 5)
            ]
        self.assertEqual((first["total"], first["complete"]), (50, False))
        self.assertTrue(5 < first["free_count"] < whole["free_count"])
        self.assertTrue(5 < only["total"] < whole["free_count"])
        self.assertEqual(
            [row["id"] for page in pages for row in page["rows"]],
            [row["id"] for row in whole["rows"]],
        )
        self.assertTrue(pages[-1]["complete"])
        self.assertEqual(pages[-1]["free_count"], whole["free_count"])


@freeze_time(NOW)
class TestSituation(LedgerCase):
    """What the cards and lists of resources say of now and of the next days."""

    def test_now(self):
        self._ask(self.room, at(5), at(8))
        self._ask(self.chairs, at(5), at(8), quantity=4)
        late = self._ask(self.laptop, at(1), at(5))
        late.hand_out(at(1))
        every = self.room | self.studio | self.chairs | self.laptop
        every.invalidate_recordset()
        self.assertEqual(every.mapped("situation"), ["taken", "free", "partly", "late"])
        self.assertEqual(self.chairs.situation_text, "6 of 10 free")
        self.assertEqual(self.chairs.free_now, 6)
        found = self.env["resource.resource"].search(
            [("is_free_now", "=", True), ("id", "in", every.ids)]
        )
        self.assertEqual(found, self.studio | self.chairs)

    def test_load(self):
        self._ask(self.room, at(9), at(15))
        self._ask(self.chairs, at(9), at(15), quantity=4)
        self._ask(self.chairs, at(12), at(15), quantity=4)
        self.assertAlmostEqual(self.room.load_days[0]["share"], 6 / 24)
        self.assertAlmostEqual(self.chairs.load_days[0]["share"], 8 / 10)
        self.assertEqual(len(self.room.load_days), 14)
        self.assertEqual(self.room.load_days[1]["share"], 0)

    def test_load_of_a_combination(self):
        both = self._thing("Both", component_ids=(self.room | self.studio).ids)
        self._ask(self.room, at(8), at(14))
        self._ask(self.studio, at(11), at(17))
        self.assertAlmostEqual(both.load_days[0]["share"], 9 / 24)

    def test_counts(self):
        pool, (unit, _other) = self._pool_with_units()
        self._ask(unit, at(8), at(9))
        self._ask(pool, at(8), at(9))
        self.assertEqual(pool.unit_count, 2)
        self.assertEqual(pool.live_allocation_count, 2)
        self.assertTrue(pool.ever_promised)
        self.assertFalse(self.room.ever_promised)
        kinds = [(pool | unit | self.room).mapped("booking_kind")]
        self.assertEqual(kinds, [["pool", "unit", "single"]])

    def test_form_of_a_new_pool(self):
        view = "resource_allocation.resource_resource_view_form"
        Resource = self.env["resource.resource"].with_user(self.manager)
        with Form(Resource.with_context(default_bookable=True), view) as form:
            form.name = "Tables"
            form.promised_as = "pool"
            form.capacity = 12
        pool = form.record
        self.assertEqual((pool.exclusive, pool.capacity), (False, 12))
        self.assertFalse(pool.calendar_id, "always open unless said otherwise")

    def test_core_lists_leave_ours_out(self):
        action = self.env.ref("resource.action_resource_resource_tree")
        self.assertIn("bookable", action.domain)
