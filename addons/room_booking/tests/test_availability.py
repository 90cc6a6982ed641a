from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from ..exceptions import BookingRefused
from .common import NOW, RoomCase, at


@freeze_time(NOW)
class TestAvailability(RoomCase):
    """When a group has to be there; Berlin is an hour ahead of UTC."""

    def _coffee(self, *hours, **vals):
        """A service of a group that is there in these local hours."""
        group = self._group("Crew", self._calendar("Crew", hours))
        return self._service("Coffee", group_id=group.id, **vals)

    def _assert_refused(self, code, service, start, stop, **line):
        quantity = {"quantity": 1, **line}
        with self.assertRaises(BookingRefused) as caught:
            self._book(start, stop, lines=[(service, quantity)])
        self._refused(caught.exception, code)
        self.assertIn(service.name, str(caught.exception))

    def test_R43_R47_RE1_there_for_the_setup_before_it_begins(self):
        day = {"day": 1}
        early = self._coffee((7.25, 17), setup_minutes=15)
        self._book(at(6, 30, **day), at(8, **day), lines=[(early, {})])
        late = self._coffee((7 + 20 / 60, 17), setup_minutes=15)
        with self.assertRaises(BookingRefused) as caught:
            self._book(
                at(6, 30, **day), at(8, **day), rooms=self.studio, lines=[(late, {})]
            )
        self._refused(caught.exception, "hours_start")
        self.assertEqual(caught.exception.refusals[0].rule, "R43")

    def test_R50_R54_RE2_there_for_the_teardown_after_it(self):
        fits = self._coffee((7, 17.25), check_mode="end", teardown_minutes=15)
        self._book(at(15), at(16), lines=[(fits, {})])
        short = self._coffee((7, 17), check_mode="end", teardown_minutes=15)
        self._assert_refused("hours_end", short, at(14), at(16), quantity=1)

    def test_R55_RA4_RE3_meeting_over_the_kitchens_noon_break(self):
        hours = ((7.25, 12), (13, 17.25))
        both = {"setup_minutes": 15, "teardown_minutes": 15, "check_mode": "both"}
        coffee = self._coffee(*hours, **both)
        tomorrow = at(6, 30, day=1), at(16, day=1)
        self._book(*tomorrow, lines=[(coffee, {})])
        steady = self._coffee(*hours, **{**both, "check_mode": "continuous"})
        with self.assertRaises(BookingRefused) as caught:
            self._book(*tomorrow, rooms=self.studio, lines=[(steady, {})])
        self._refused(caught.exception, "hours_through")

    def test_R44_RA5_RE4_setup_of_lunch_in_the_kitchens_hours(self):
        lunch = self._calendar("Lunch", [(12, 14)])
        own = {
            "use_group_hours": False,
            "own_calendar_id": lunch.id,
            "setup_minutes": 30,
        }
        noon = at(11, day=1), at(12, day=1)
        alone = self._coffee((7, 17), **own)
        with self.assertRaises(BookingRefused) as caught:
            self._book(*noon, lines=[(alone, {})])
        self._refused(caught.exception, "own_hours")
        with_group = self._coffee((7, 17), **own, buffers_on_group=True)
        self._book(*noon, lines=[(with_group, {})])
        from_1145 = self._coffee((11.75, 17), **own, buffers_on_group=True)
        with self.assertRaises(BookingRefused) as caught:
            self._book(*noon, rooms=self.studio, lines=[(from_1145, {})])
        self._refused(caught.exception, "hours_start")

    def test_R51_teardown_of_lunch_in_the_kitchens_hours(self):
        lunch = self._calendar("Lunch", [(12, 14)])
        own = {
            "use_group_hours": False,
            "own_calendar_id": lunch.id,
            "check_mode": "end",
            "teardown_minutes": 30,
        }
        noon = at(12, day=1), at(13, day=1)
        alone = self._coffee((7, 17), **own)
        with self.assertRaises(BookingRefused) as caught:
            self._book(*noon, lines=[(alone, {})])
        self._refused(caught.exception, "own_hours")
        with_group = self._coffee((7, 17), **own, buffers_on_group=True)
        self._book(*noon, lines=[(with_group, {})])

    def test_R40_R41_hours_of_its_own_whatever_the_group(self):
        evening = self._calendar("Evening", [(18, 22)])
        bar = self._coffee((7, 17), use_group_hours=False, own_calendar_id=evening.id)
        self._book(at(17, 30), at(19), lines=[(bar, {})])
        bar.use_group_hours = True
        self._assert_refused("hours_start", bar, at(19), at(20))

    def test_R45_R48_RE5_setup_for_each_piece(self):
        service = self._coffee((7, 17), setup_minutes=5, setup_per_quantity=True)
        eight = at(7, day=1), at(8, day=1)
        self._book(*eight, lines=[(service, {"quantity": 12})])
        with self.assertRaises(BookingRefused) as caught:
            self._book(*eight, rooms=self.studio, lines=[(service, {"quantity": 13})])
        self._refused(caught.exception, "hours_start")

    def test_R40_group_without_hours_is_always_there(self):
        porter = self._service("Porter", group_id=self._group("House").id)
        self._book(at(1, day=6), at(2, day=6), lines=[(porter, {})])

    def test_R50_after_the_meeting_counts_the_later_of_end_and_provision(self):
        """Lunch after the meeting: somebody is there until it is taken away (RA7)."""
        lunch = self._coffee(
            (7, 13), check_mode="end", allow_outside=True, teardown_minutes=0
        )
        meeting = at(8), at(10)
        self._book(*meeting, lines=[(lunch, {"wanted_start": at(12)})])
        with self.assertRaises(BookingRefused) as caught:
            self._book(
                *meeting,
                rooms=self.studio,
                lines=[(lunch, {"wanted_start": at(12, 30)})],
            )
        self._refused(caught.exception, "hours_end")

    def test_R34_R35_RE8_RE9_time_of_provision(self):
        provided = self._service("Cake", allow_provision=True)
        fixed = self._service("Tea")
        lunch = self._service("Lunch", allow_outside=True)
        meeting = self._book(
            at(8),
            at(10),
            lines=[
                (provided, {"wanted_start": at(9)}),
                (fixed, {"wanted_start": at(9)}),
                (lunch, {"wanted_start": at(12)}),
            ],
        )
        found = {line.service_id: line.start for line in meeting.line_ids}
        self.assertEqual(found, {provided: at(9), fixed: at(8), lunch: at(12)})
        meeting.write({"start": at(8, 30), "stop": at(10, 30)})
        found = {line.service_id: line.start for line in meeting.line_ids}
        moved = {provided: at(9, 30), fixed: at(8, 30), lunch: at(12, 30)}
        self.assertEqual(found, moved)
        with self.assertRaises(BookingRefused) as caught:
            self._book(
                at(8),
                at(10),
                rooms=self.studio,
                lines=[(provided, {"wanted_start": at(10, 30)})],
            )
        self._refused(caught.exception, "provision")

    def test_R34_typed_on_a_line_that_came_by_itself(self):
        """What somebody typed is refused by name, not left out."""
        cake = self._service("Cake", allow_provision=True, default_active=True)
        self.scenario.service_ids += cake
        meeting = self._draft(at(8), at(10))
        meeting.line_ids.wanted_start = at(11)
        with self.assertRaises(BookingRefused) as caught:
            meeting.action_book()
        self._refused(caught.exception, "provision")

    def test_R42_each_group_by_its_own_clock(self):
        """A kitchen in Lisbon opens an hour later on the same clock."""
        service = self._coffee((7, 17))
        service.group_id.tz = "Europe/Lisbon"
        self._assert_refused("hours_start", service, at(6, 30, day=1), at(8, day=1))
        self._book(at(7, day=1), at(8, day=1), lines=[(service, {})])

    def test_R42_holidays_close_the_group(self):
        service = self._coffee((7, 17))
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Outing",
                "calendar_id": service.group_id.calendar_id.id,
                "date_from": at(0, day=1),
                "date_to": at(23, day=1),
            }
        )
        self._assert_refused("hours_start", service, at(9, day=1), at(10, day=1))


@freeze_time(NOW)
class TestRoomBuffers(RoomCase):
    def _wall(self, name, setup, teardown, blocks=True, **vals):
        return self._service(
            name,
            setup_minutes=setup,
            teardown_minutes=teardown,
            blocks_room=blocks,
            **vals,
        )

    def _presentation(self, start=None, stop=None, **vals):
        lines = [
            (self._wall("Projector", 30, 10), {}),
            (self._wall("Wall", 45, 0), {}),
            (self._wall("Coffee", 60, 60, blocks=False), {}),
        ]
        return self._book(start or at(10), stop or at(12), lines=lines, **vals)

    def test_R52_R72_R73_RA16_RE6_longest_setup_and_longest_teardown(self):
        self._presentation()
        self.assertEqual(self._busy(self.room), [("09:15", "12:10")])

    def test_R46_R53_drawn_in_the_views_only_where_it_blocks_the_room(self):
        """What lists, forms and the ledger's own views show of a room's time."""
        for blocks, shown, taken in (
            (False, (0, 0), ("10:00", "12:00")),
            (True, (40, 20), ("09:20", "12:20")),
        ):
            stage = self._wall("Stage", 40, 20, blocks=blocks)
            meeting = self._book(at(10), at(12), lines=[(stage, {})])
            occupancy = self.env["room.reservation.space"].with_user(self.colleague)
            [row] = occupancy.search_read(
                [("reservation_id", "=", meeting.id)],
                ["setup_minutes", "teardown_minutes"],
            )
            self.assertEqual((row["setup_minutes"], row["teardown_minutes"]), shown)
            self.assertEqual(self._busy(self.room), [taken])
            # The group is at work for it all the same.
            self.assertEqual(meeting.line_ids.work_start, at(9, 20))
            self.assertEqual(meeting.line_ids.work_stop, at(12, 20))
            meeting.action_cancel()

    def test_RS5_RE7_neighbour_before(self):
        self._book(at(8), at(9, 15))
        self._presentation()

    def test_RS5_RE7_neighbour_too_near(self):
        self._book(at(8), at(9, 20))
        with self.assertRaises(AllocationConflict) as caught:
            self._presentation()
        self.assertEqual(caught.exception.verdicts[0].code, "buffer")

    def test_RS5_teardown_meets_setup_of_the_neighbour(self):
        """They may touch; a minute more is refused."""
        first = self._wall("Stage", 0, 30)
        self._book(at(8), at(9), lines=[(first, {})])
        second = self._wall("Screen", 30, 0)
        self._book(at(10), at(11), lines=[(second, {})])
        with self.assertRaises(AllocationConflict):
            self._book(at(12), at(13), lines=[(self._wall("Lights", 61, 0), {})])

    def test_RA11_room_and_layout_by_the_longest(self):
        self.room.write({"setup_minutes": 20, "teardown_minutes": 5})
        self.env["room.layout"].create(
            {
                "name": "Banquet",
                "space_id": self.room.id,
                "capacity": 8,
                "setup_minutes": 60,
                "teardown_minutes": 3,
            }
        )
        self._presentation()
        self.assertEqual(self._busy(self.room), [("09:00", "12:10")])

    def test_R73_of_two_rooms_only_that_of_the_service(self):
        wall = self._wall("Wall", 45, 0)
        self._book(
            rooms=self.room | self.studio, lines=[(wall, {"space_id": self.room.id})]
        )
        self.assertEqual(self._busy(self.room), [("08:15", "11:00")])
        self.assertEqual(self._busy(self.studio), [("09:00", "11:00")])

    def test_R72_taken_off_again_the_room_is_free(self):
        meeting = self._presentation()
        meeting.line_ids.filtered(lambda one: one.service_id.name == "Wall").unlink()
        self.assertEqual(self._busy(self.room), [("09:30", "12:10")])

    def test_RA10_what_came_by_itself_is_left_out_for_its_buffer(self):
        wall = self._wall("Wall", 45, 0, default_active=True)
        self.scenario.service_ids += wall
        self._book(at(8), at(9))
        meeting = self._book(at(9, 30), at(11))
        self.assertEqual(meeting.line_ids.state, "dropped")
        self.assertIn("Wall", meeting.line_ids.refusal)
        self.assertEqual(self._busy(self.room)[1], ("09:30", "11:00"))
        self.assertIn("Wall", meeting.message_ids[0].body)

    def test_RA10_of_several_only_what_takes_longest_is_left_out(self):
        self._wall("Wall", 30, 0, default_active=True)
        self._wall("Stage", 60, 0, default_active=True)
        self.scenario.service_ids = self.env["room.service"].search(
            [("name", "in", ("Wall", "Stage"))]
        )
        self._book(at(7), at(8, 30), scenario_id=False)
        meeting = self._book(at(9), at(11))
        found = {line.service_id.name: line.state for line in meeting.line_ids}
        self.assertEqual(found, {"Wall": "ordered", "Stage": "dropped"})
        self.assertEqual(self._busy(self.room)[1], ("08:30", "11:00"))


@freeze_time(NOW)
class TestPools(RoomCase):
    def test_R13_RE10_limited_by_the_peak(self):
        laptops = self._service("Laptop", is_unlimited=False, max_quantity=4)
        self._book(at(8), at(9), lines=[(laptops, {"quantity": 3})])
        self._book(at(10), at(11), lines=[(laptops, {"quantity": 3})])
        with self.assertRaises(AllocationConflict) as caught:
            self._book(
                at(8), at(11), rooms=self.studio, lines=[(laptops, {"quantity": 2})]
            )
        self.assertEqual(caught.exception.verdicts[0].code, "capacity")
        self._book(at(8), at(11), rooms=self.studio, lines=[(laptops, {"quantity": 1})])

    def test_R16_RA2_RE11_quota_of_a_day(self):
        lunch = self._service(
            "Lunch", is_unlimited=False, max_quantity=10, collision_scope="day"
        )
        self._book(at(11), at(12), lines=[(lunch, {"quantity": 6})])
        self._book(at(12), at(13), lines=[(lunch, {"quantity": 3})])
        with self.assertRaises(AllocationConflict) as caught:
            self._book(at(13), at(14), lines=[(lunch, {"quantity": 2})])
        self.assertEqual(caught.exception.verdicts[0].code, "quota")
        self._book(at(13), at(14), lines=[(lunch, {"quantity": 1})])
        self._book(at(13, day=1), at(14, day=1), lines=[(lunch, {"quantity": 10})])

    def test_RA12_setup_and_teardown_take_the_piece_too(self):
        beamer = self._service(
            "Beamer",
            is_unlimited=False,
            max_quantity=1,
            setup_minutes=30,
            teardown_minutes=15,
        )
        self._book(at(9), at(10), lines=[(beamer, {})])
        self.assertEqual(self._busy(beamer)[0][0], "08:30")
        with self.assertRaises(AllocationConflict):
            self._book(at(10), at(11), rooms=self.studio, lines=[(beamer, {})])
        self._book(at(10, 45), at(11), rooms=self.studio, lines=[(beamer, {})])

    def test_R32_RE18_without_the_mandatory_service_no_appointment(self):
        cleaning = self._service(
            "Cleaning",
            is_unlimited=False,
            max_quantity=1,
            mandatory=True,
            not_editable=True,
            is_checkbox=True,
            default_active=True,
            default_quantity=1,
        )
        self.room.service_ids = self.studio.service_ids = cleaning
        self._book()
        with self.assertRaises(AllocationConflict) as caught:
            self._book(rooms=self.studio, user=self.colleague)
        self.assertIn("Cleaning is mandatory in Studio", str(caught.exception))
        self.assertEqual(self._busy(self.studio), [])

    def test_R32_mandatory_outside_its_groups_hours(self):
        cleaning = self._service(
            "Cleaning",
            mandatory=True,
            not_editable=True,
            is_checkbox=True,
            default_active=True,
            default_quantity=1,
        )
        self.room.service_ids = cleaning
        with self.assertRaises(BookingRefused) as caught:
            self._book(at(18), at(19))
        self._refused(caught.exception, "mandatory")
        self.assertIn("Kitchen would be needed", str(caught.exception))

    def test_R15_unlimited_takes_nothing_of_the_ledger(self):
        coffee = self._service("Coffee")
        meeting = self._book(lines=[(coffee, {"quantity": 500})])
        self.assertFalse(meeting.line_ids.allocation_id)

    def test_R13_maximum_lowered_below_what_is_ordered(self):
        """The number is a fact: it is accepted, and the latest order is at risk."""
        laptops = self._service("Laptop", is_unlimited=False, max_quantity=4)
        first = self._book(lines=[(laptops, {"quantity": 2})])
        last = self._book(rooms=self.studio, lines=[(laptops, {"quantity": 2})])
        laptops.max_quantity = 2
        self.assertFalse(first.line_ids.allocation_id.at_risk)
        self.assertTrue(last.line_ids.allocation_id.at_risk)

    def test_R13_R15_number_of_what_is_unlimited_is_refused(self):
        """An import that forgot to say that it is limited would be no limit."""
        with self.assertRaisesRegex(ValidationError, "Say one of them"):
            self._service("Laptop", max_quantity=4)

    def test_R13_limited_while_ordered_ahead_is_refused(self):
        coffee = self._service("Coffee")
        self._book(lines=[(coffee, {})])
        with self.assertRaisesRegex(UserError, "Coffee is ordered ahead"):
            coffee.write({"is_unlimited": False, "max_quantity": 3})

    def test_groups_of_rows_are_whole_or_not_at_all(self):
        """The room is not kept where its service is not to be had."""
        laptops = self._service("Laptop", is_unlimited=False, max_quantity=1)
        with self.assertRaises(AllocationConflict):
            self._book(lines=[(laptops, {"quantity": 2})])
        self.assertEqual(self._busy(self.room), [])

    def test_RS1_combination_and_its_parts(self):
        whole = self._room("Hall", capacity=30)
        whole.part_ids = self.room | self.studio
        self._book(at(9), at(10), rooms=whole, participants=30)
        for part in self.room | self.studio:
            with self.assertRaises(AllocationConflict):
                self._book(at(9), at(10), rooms=part, user=self.colleague)
        self._book(at(11), at(12), rooms=self.room)
        with self.assertRaises(AllocationConflict):
            self._book(at(11), at(12), rooms=whole)
