from lxml import etree
from psycopg2.errors import CheckViolation

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from odoo.addons.resource_allocation.exceptions import AllocationConflict, LedgerBusy

from ..exceptions import BookingRefused
from .common import NOW, RoomCase, at


@freeze_time(NOW)
class TestCalendar(RoomCase):
    def test_event_says_what_the_reservation_says(self):
        self.room.videocall_url = "https://meet.example.com/aula"
        meeting = self._book(attendee_ids=self.colleague.partner_id.ids)
        event = meeting.event_id
        self.assertEqual(event.name, "Talk")
        self.assertEqual((event.start, event.stop), (at(9), at(11)))
        self.assertEqual(event.location, "Aula")
        self.assertEqual(event.videocall_location, "https://meet.example.com/aula")
        self.assertEqual(event.partner_ids, (self.booker | self.colleague).partner_id)

    def test_edit_in_the_calendar_asks_the_ledger(self):
        self._book(at(13), at(14), user=self.colleague)
        meeting = self._book()
        event = meeting.event_id.with_user(self.booker)
        with self.assertRaises(AllocationConflict):
            event.write({"start": at(12, 30), "stop": at(14, 30)})
        self.assertEqual((event.start, meeting.start), (at(9), at(9)))
        event.write({"name": "Longer", "stop": at(12)})
        self.assertEqual((meeting.name, meeting.stop), ("Longer", at(12)))
        self.assertEqual(self._busy(self.room)[0], ("09:00", "12:00"))

    def test_others_do_not_move_it_although_the_calendar_lets_them(self):
        meeting = self._book()
        event = meeting.event_id.with_user(self.colleague)
        for act in (
            lambda: event.write({"start": at(12), "stop": at(13)}),
            lambda: event.write({"active": False}),
            lambda: event.unlink(),
        ):
            with self.assertRaises(AccessError):
                act()
        self.assertEqual(self._busy(self.room), [("09:00", "11:00")])

    def test_archived_event_cancels(self):
        meeting = self._book()
        meeting.event_id.with_user(self.booker).action_archive()
        self.assertEqual(meeting.state, "cancelled")

    def test_event_of_another_is_not_made_by_hand(self):
        """Nor read: its file says who meets, and when."""
        meeting = self._book(privacy="private")
        events = self.env["calendar.event"].with_user(self.colleague)
        vals = {"name": "Mine", "start": at(9), "stop": at(10)}
        with self.assertRaises(AccessError):
            events.create({**vals, "room_reservation_id": meeting.id})
        mine = events.create(vals)
        with self.assertRaises(AccessError):
            mine.room_reservation_id = meeting
        proposing = events.with_context(default_room_reservation_id=meeting.id)
        self.assertFalse(proposing.create(vals).room_reservation_id)

    def test_what_is_over_or_cancelled_is_not_moved_in_the_calendar(self):
        given_up, over = self._book(), self._book(at(13), at(14))
        event = given_up.event_id.with_user(self.booker)
        given_up.action_cancel()
        with self.assertRaisesRegex(UserError, "book anew"):
            event.action_unarchive()
        with freeze_time(at(13, 30)):
            over.with_user(self.booker).end()
            event = over.event_id.with_user(self.booker)
            with self.assertRaisesRegex(UserError, "book anew"):
                event.write({"start": at(13, day=2), "stop": at(14, day=2)})

    def test_calendar_knows_finer_privacy(self):
        meeting = self._book()
        event = meeting.event_id.with_user(self.booker)
        event.privacy = "confidential"
        self.assertEqual(meeting.privacy, "public")
        meeting.with_user(self.booker).name = "Longer talk"
        self.assertEqual(event.privacy, "confidential")
        event.privacy = "private"
        self.assertEqual(meeting.privacy, "private")

    def test_link_made_in_the_calendar_stays(self):
        meeting = self._book()
        event = meeting.event_id.with_user(self.booker)
        event.videocall_location = "https://video.example.com/mine"
        meeting.with_user(self.booker).name = "Longer talk"
        self.assertEqual(event.videocall_location, "https://video.example.com/mine")
        self.studio.videocall_url = "https://meet.example.com/studio"
        meeting.with_user(self.booker).space_ids.space_id = self.studio
        self.assertEqual(event.videocall_location, "https://meet.example.com/studio")
        meeting.with_user(self.booker).space_ids.space_id = self.room
        self.assertFalse(event.videocall_location)

    def test_handed_over_by_who_did_not_book_it(self):
        meeting = self._book(user=self.colleague, organizer_id=self.booker.id)
        meeting.with_user(self.booker).organizer_id = self.cook
        self.assertEqual(meeting.event_id.user_id, self.cook)

    def test_owner_who_organises_nothing_here_is_not_adopted(self):
        """Other calendars name nobody, a customer, or who left."""
        meeting = self._book()
        event = meeting.event_id.with_user(self.booker)
        gone = self._user("room_gone", "base.group_user")
        gone.active = False
        nobody = gone.browse()
        for owner in (nobody, gone, self._user("room_customer", "base.group_portal")):
            event.write({"user_id": owner.id, "name": f"Talk {owner.id}"})
            self.assertEqual(meeting.name, f"Talk {owner.id}")
            self.assertEqual(meeting.organizer_id, self.booker)
            self.assertEqual(event.user_id, self.booker)
        event.user_id = self.colleague
        self.assertEqual(meeting.organizer_id, self.colleague)

    def test_organiser_who_left_stays_the_owner(self):
        meeting = self._book()
        self.booker.active = False
        meeting.event_id.with_user(self.keeper).write(
            {"user_id": self.booker.id, "name": "Long talk"}
        )
        self.assertEqual(meeting.event_id.user_id, self.booker)

    def test_event_of_no_length_is_refused_in_words(self):
        event = self._book().event_id.with_user(self.booker)
        with self.assertRaisesRegex(ValidationError, "ends after it begins"):
            event.write({"start": at(12), "stop": at(12)})

    def test_what_comes_from_elsewhere_is_taken_or_told(self):
        """One that is refused leaves nothing behind, and stops no other."""
        self._book(at(13), at(14), user=self.colleague)
        meeting = self._book()
        event = meeting.event_id.with_user(self.booker).sudo()
        moved = {"name": "Moved", "start": at(12), "stop": at(14)}
        self.assertFalse(event._from_elsewhere(lambda one: one.write(dict(moved))))
        self.assertEqual((event.name, event.start), ("Talk", at(9)))
        self.assertTrue(event._from_elsewhere(lambda one: one.write({"name": "Mine"})))
        self.assertEqual(meeting.name, "Mine")
        told = self.env["mail.message"].search(
            [("subject", "=", "Stays as it was: Talk"), ("res_id", "=", meeting.id)]
        )
        self.assertEqual(told.notified_partner_ids, self.booker.partner_id)
        self.assertIn("10:00", told.body)

    def test_what_is_only_busy_now_is_tried_again(self):
        event = self._book().event_id.with_user(self.booker)

        def wait(_event):
            raise LedgerBusy("Try again")

        with self.assertRaises(LedgerBusy):
            event._from_elsewhere(wait)

    def test_R7_site_manager_without_the_menu_works_with_what_is_theirs(self):
        """Who is named is a manager, whatever menus they have."""
        self.site.manager_ids = self.cook
        tea = self._service("Tea")
        meeting = self._book(privacy="private", lines=[(tea, {})]).with_user(self.cook)
        self.assertEqual(meeting.name, "Talk")
        self.assertEqual(meeting.line_ids.service_id, tea)
        with Form(meeting) as form:
            form.start, form.stop = at(12), at(13)
        self.assertEqual(self._busy(self.room), [("12:00", "13:00")])
        self.assertEqual(meeting.line_ids.start, at(12))

    def test_repeating_the_event_is_refused(self):
        event = self._book().event_id.with_user(self.booker)
        with self.assertRaisesRegex(UserError, "repeat it from its reservation"):
            event.write({"recurrency": True, "rrule_type": "weekly", "count": 3})

    def test_all_day_in_a_room_of_another_zone(self):
        """Whole days of the room: midnight in Tokyo is 15:00 UTC of the day before."""
        self.site.tz = "Asia/Tokyo"
        meeting = self._book(allday=True, first_day="2027-03-03", last_day="2027-03-04")
        self.assertEqual((meeting.start, meeting.stop), (at(15, day=1), at(15, day=3)))
        event = meeting.event_id
        self.assertTrue(event.allday)
        self.assertEqual(str(event.start_date), "2027-03-03")
        self.assertEqual(str(event.stop_date), "2027-03-04")
        event.with_user(self.booker).write(
            {"start_date": "2027-03-04", "stop_date": "2027-03-04"}
        )
        self.assertEqual((meeting.start, meeting.stop), (at(15, day=2), at(15, day=3)))

    def test_all_day_needs_a_day_on_which_the_room_opens(self):
        self.site.calendar_id = self._calendar("Office", [(8, 18)])
        meeting = self._book(allday=True, first_day="2027-03-04", last_day="2027-03-05")
        self.assertEqual(meeting.state, "confirmed")
        with self.assertRaises(BookingRefused) as caught:
            self._book(allday=True, first_day="2027-03-05", last_day="2027-03-06")
        self._refused(caught.exception, "closed")

    def test_outside_the_rooms_hours_it_is_closed(self):
        self.site.calendar_id = self._calendar("Office", [(8, 18)])
        with self.assertRaises(AllocationConflict) as caught:
            self._book(at(17), at(19))
        self.assertEqual(caught.exception.verdicts[0].code, "closed")


@freeze_time(NOW)
class TestRights(RoomCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.env["res.company"].create({"name": "Second"})
        cls.stranger = cls._user(
            "room_stranger",
            "base.group_user",
            company_id=cls.second.id,
            company_ids=[(6, 0, cls.second.ids)],
        )

    def test_private_meeting_is_only_busy_for_others(self):
        meeting = self._book(privacy="private")
        with self.assertRaises(AccessError):
            meeting.with_user(self.colleague).read(["name"])
        with self.assertRaises(AllocationConflict) as caught:
            self._book(user=self.colleague)
        self.assertNotIn("Talk", str(caught.exception))
        seen = self.env["room.reservation"].with_user(self.colleague)
        self.assertFalse(seen.search([("name", "=", "Talk")]))
        name = meeting.space_ids.sudo().with_user(self.colleague).sudo()
        self.assertNotIn("Talk", name.reservation_id.display_name)

    def test_manager_of_the_site_sees_private_ones_and_moves_them(self):
        meeting = self._book(privacy="private").with_user(self.keeper)
        self.assertEqual(meeting.name, "Talk")
        self.assertEqual(meeting.display_name, "Talk")
        meeting.write({"start": at(12), "stop": at(13)})
        self.assertEqual(self._busy(self.room), [("12:00", "13:00")])

    def test_private_title_is_told_by_no_job(self):
        meeting = self._book(privacy="private")
        found = self.env["room.reservation"].with_user(SUPERUSER_ID).browse(meeting.id)
        self.assertEqual(found.display_name, meeting.number)
        other = self._room("Tejo", site_id=self.site.copy({"manager_ids": False}).id)
        theirs = self._book(rooms=other, privacy="private")
        shown = theirs.with_user(self.keeper).sudo().display_name
        self.assertEqual(shown, theirs.number)

    def test_others_read_and_do_not_write(self):
        meeting = self._book(lines=[(self._service("Tea"), {})])
        other = meeting.with_user(self.colleague)
        self.assertEqual(other.name, "Talk")
        for act in (
            lambda: other.write({"name": "Mine"}),
            lambda: other.write({"stop": at(12)}),
            lambda: other.action_cancel(),
            lambda: meeting.space_ids.with_user(self.colleague).unlink(),
            lambda: meeting.line_ids.with_user(self.colleague).write({"quantity": 9}),
        ):
            with self.assertRaises(AccessError):
                act()

    def test_booked_on_behalf_of_somebody(self):
        meeting = self._book(organizer_id=self.colleague.id)
        self.assertEqual(meeting.booked_by_id, self.booker)
        self.assertEqual(meeting.event_id.user_id, self.colleague)
        meeting.with_user(self.colleague).write({"stop": at(12)})
        meeting.with_user(self.booker).action_cancel()

    def test_R7_managers_keep_their_own_and_no_others(self):
        other = self.env["room.site"].create({"name": "Lisbon", "tz": "Europe/Lisbon"})
        theirs = self._room("Tejo", site_id=other.id)
        self.room.with_user(self.keeper).write({"capacity": 14})
        with self.assertRaises(AccessError):
            theirs.with_user(self.keeper).write({"capacity": 14})
        with self.assertRaises(AccessError):
            self.room.with_user(self.chef).write({"capacity": 14})
        floor = self.env["room.site"].create(
            {"name": "First floor", "parent_id": self.site.id}
        )
        upstairs = self._room("Attic", site_id=floor.id)
        upstairs.with_user(self.keeper).write({"capacity": 3})

    def test_R7_sites_and_groups_of_others_are_not_offered(self):
        other = self.env["room.site"].create({"name": "Lisbon", "tz": "Europe/Lisbon"})
        floor = self.env["room.site"].create({"name": "1", "parent_id": self.site.id})
        everyone = self.env["room.site"].search([])
        for user, offered in ((self.keeper, self.site | floor), (self.admin, everyone)):
            domain = self._offered("room.space", "site_id", user)
            sites = self.env["room.site"].with_user(user).search(domain)
            self.assertEqual(sites, offered)
        self.assertIn(other, everyone)
        domain = self._offered("room.service", "group_id", self.chef)
        groups = self.env["room.service.group"].search(domain)
        self.assertEqual(groups.manager_ids, self.chef)

    def _offered(self, model, name, user):
        """The domain of a field in the form, as the user gets it."""
        view = self.env[model].with_user(user).get_view(view_type="form")
        (field,) = etree.fromstring(view["arch"]).xpath(f"//field[@name='{name}']")
        return safe_eval(field.get("domain") or "[]", {"uid": user.id})

    def test_floors_keep_hours_of_their_own(self):
        early, late = (self._calendar(name, [(8, 18)]) for name in ("Early", "Late"))
        self.site.calendar_id = early
        floors = self.env["room.site"].create(
            [
                {"name": "Ground floor", "parent_id": self.site.id},
                {"name": "Garden", "parent_id": self.site.id, "calendar_id": False},
            ]
        )
        hall = self._room("Hall", site_id=floors[1].id)
        foyer = self._room("Foyer", site_id=floors[0].id)
        self.site.write({"calendar_id": late.id, "tz": "Europe/Lisbon"})
        self.assertEqual(floors.mapped("calendar_id"), late)
        self.assertFalse(floors[1].calendar_id or hall.resource_calendar_id)
        self.assertEqual(foyer.resource_calendar_id, late)
        self.assertEqual(set((hall | foyer).mapped("tz")), {"Europe/Lisbon"})
        self.site.calendar_id = False
        self.assertFalse(floors.calendar_id or foyer.resource_calendar_id)

    def test_room_is_found_as_it_is_listed(self):
        self.room.code = "0.1 (left)"
        shown = self.room.display_name
        self.assertEqual(shown, "Aula (0.1 (left))")
        rooms = self.env["room.space"].with_user(self.booker)
        for operator in ("ilike", "=", "in"):
            value = [shown, "Nowhere"] if operator == "in" else shown
            self.assertEqual(
                rooms.search([("display_name", operator, value)]), self.room
            )
        self.assertEqual(rooms.name_search(shown), [(self.room.id, shown)])
        self.assertFalse(rooms.name_search("Aula (0.2)"))

    def test_room_is_closed_now(self):
        self.site.calendar_id = self._calendar("Evening", [(18, 20)])
        every = self.env["room.space"].with_user(self.booker)
        hall = self._room("Hall").with_user(self.booker)
        self.assertEqual((hall.now_text, hall.is_free_now), ("Closed", False))
        self.assertTrue(hall.is_closed_now)
        self.assertNotIn(hall, every.search([("is_free_now", "=", True)]))
        self.assertIn(hall, every.search([("is_free_now", "=", False)]))
        with freeze_time(at(17, day=0)):
            hall.invalidate_recordset()
            self.assertEqual((hall.now_text, hall.is_free_now), ("Free", True))
            self.assertIn(hall, every.search([("is_free_now", "=", True)]))
            self.assertFalse(hall.is_closed_now)
            self._book(at(17), at(17, 30), rooms=hall.sudo(), user=self.keeper)
            hall.invalidate_recordset()
            told = hall.now_text.replace("\u202f", " ")
            self.assertEqual(told, "Taken until 6:30 PM")
            self.assertFalse(hall.is_free_now or hall.is_closed_now)

    def test_shared_room_of_two_companies(self):
        shared = self.env["room.site"].create(
            {"name": "Shared", "tz": "Europe/Berlin", "company_id": False}
        )
        self.activity.account_id.company_id = False
        hall = self._room("Hall", site_id=shared.id)
        self.assertFalse(hall.company_id)
        first = self._book(rooms=hall)
        self.assertEqual(first.company_id, self.company)
        scenario = {"scenario_id": self.scenario.id}
        with self.assertRaises(AllocationConflict) as caught:
            self._book(rooms=hall, user=self.stranger, **scenario)
        self.assertNotIn("Talk", str(caught.exception))
        second = self._book(at(12), at(13), rooms=hall, user=self.stranger)
        self.assertEqual(second.company_id, self.second)
        with self.assertRaises(AccessError):
            first.with_user(self.stranger).read(["name"])

    def test_room_of_another_company_is_not_booked(self):
        with self.assertRaises(UserError):
            self._book(user=self.stranger)

    def test_archived_with_bookings_ahead(self):
        """What is booked stays booked; room, service and organiser are only gone."""
        tea = self._service("Tea")
        meeting = self._book(lines=[(tea, {"quantity": 2})])
        self.room.active = tea.active = False
        self.booker.active = False
        self.assertEqual(self._busy(self.room), [("09:00", "11:00")])
        meeting.with_user(self.keeper).action_cancel()
        self.assertEqual(self._busy(self.room), [])

    def test_rows_of_a_reservation_are_changed_by_it_alone(self):
        meeting = self._book()
        with self.assertRaisesRegex(UserError, "do this there"):
            meeting.space_ids.allocation_id.with_user(self.admin).cancel()

    def test_bad_input_names_what_and_where(self):
        for vals in ({"start": at(11), "stop": at(9)}, {"participants": 0}):
            with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
                self._draft(**vals)
        draft = self._draft()
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            draft.allday = True
            draft.flush_recordset()
        draft.invalidate_recordset(flush=False)
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self._draft(lines=[(self._service("Tea"), {"quantity": -1})])
        with self.assertRaises(BookingRefused) as caught:
            self._book(rooms=self.room.browse())
        self._refused(caught.exception, "room")

    def test_RS6_12_to_13_participants_with_prefilled_lines(self):
        tea = self._service("Tea", prefill_participants=True, default_active=True)
        self.scenario.service_ids += tea
        meeting = self._book(participants=12)
        self.assertEqual(meeting.line_ids.quantity, 12)
        with self.assertRaises(BookingRefused) as caught:
            meeting.write({"participants": 13})
        self._refused(caught.exception, "too_many")
        self.assertEqual(meeting.line_ids.quantity, 12)
        meeting.write({"space_ids": [(1, meeting.space_ids.id, {
            "space_id": self.studio.id})], "participants": 13})  # fmt: skip
        self.assertEqual(meeting.line_ids.quantity, 13)
        self.assertEqual(self._busy(self.room), [])
        self.assertEqual(self._busy(self.studio), [("09:00", "11:00")])

    def test_RS6_other_rooms_are_offered_the_nearest_first(self):
        """Free, open, large enough, and booked without asking anybody."""
        elsewhere = self.env["room.site"].create(
            {"name": "Lisbon", "tz": "Europe/Lisbon", "company_id": self.company.id}
        )
        self._room("Cabinet", capacity=6)
        far = self._room("Far hall", capacity=15, site_id=elsewhere.id)
        rows = self._room("Gallery", capacity=8)
        rows.layout_ids.create({"name": "Rows", "space_id": rows.id, "capacity": 30})
        taken = self._room("Taken hall", capacity=14)
        self._book(at(10), at(12), rooms=taken, user=self.colleague)
        self._room("Asked hall", capacity=14).policy_id = self.env[
            "room.policy"
        ].create({"name": "Asked", "approval": "all"})
        closed = self._room("Closed hall", capacity=14, site_id=elsewhere.id)
        closed.resource_id.calendar_id = self._calendar("Evening", [(18, 20)])
        with self.assertRaises(BookingRefused) as caught:
            self._book(participants=13)
        [refusal] = caught.exception.refusals
        self.assertEqual(refusal.proposals, (self.studio | rows | far).ids)
        self.assertIn("Studio (20), Gallery (30)", refusal.message)
        self.assertNotIn("Taken", refusal.message)

    def test_RS6_what_the_meeting_has_itself_is_offered_to_it(self):
        """Larger together with its neighbour: its own place is not in the way."""
        both = self._room("Aula and Foyer", capacity=60)
        foyer = self._room("Foyer", capacity=10)
        both.part_ids = self.room | foyer
        self.studio.active = False
        meeting = self._book()
        with self.assertRaises(BookingRefused) as caught:
            meeting.with_user(self.booker).participants = 40
        self.assertEqual(caught.exception.refusals[0].proposals, both.ids)

    def test_RS6_floors_of_the_house_come_before_other_sites(self):
        floor = self.site.create({"name": "First", "parent_id": self.site.id})
        upstairs = self._room("Upstairs", capacity=50, site_id=floor.id)
        far = self.site.create({"name": "Lisbon", "company_id": self.company.id})
        self._room("Far", capacity=14, site_id=far.id)
        self.studio.active = False
        with self.assertRaises(BookingRefused) as caught:
            self._book(participants=13)
        self.assertEqual(caught.exception.refusals[0].proposals[0], upstairs.id)

    def test_longer_than_a_year_is_refused_in_words(self):
        with self.assertRaises(BookingRefused) as caught:
            self._book(at(9), at(9, day=400))
        self._refused(caught.exception, "length")

    def test_RS6_policy_refuses_and_others_are_offered(self):
        self.room.policy_id = self.env["room.policy"].create(
            {"name": "Short", "max_minutes": 30}
        )
        with self.assertRaises(BookingRefused) as caught:
            self._book()
        [refusal] = caught.exception.refusals
        self.assertEqual((refusal.code, refusal.proposals), ("length", self.studio.ids))

    def test_policy_of_a_room_that_is_typed_over_another_counts(self):
        self.studio.policy_id = self.env["room.policy"].create(
            {"name": "Short", "max_minutes": 60}
        )
        meeting = self._book()
        with self.assertRaises(BookingRefused) as caught:
            meeting.space_ids.space_id = self.studio
        self._refused(caught.exception, "length")
