from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import Form, freeze_time
from odoo.tools.safe_eval import safe_eval

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from ..exceptions import BookingRefused
from ..models.room_reservation import RECEPTION, STATES, TRANSITIONS
from .common import NOW, RoomCase, at


class LivesCase(RoomCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["room.policy"].create({"name": "Board room"})
        cls.room.policy_id = cls.policy

    def _lapse(self):
        """What lapsed is told by the ledger's job."""
        self._run_job("resource_allocation.ir_cron_lapse")


@freeze_time(NOW)
class TestApproval(LivesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.write({"approval": "all", "answer_hours": 24})

    def test_request_keeps_the_place_and_is_approved(self):
        meeting = self._book(at(9, day=3), at(11, day=3))
        self.assertEqual(meeting.state, "requested")
        with self.assertRaises(AllocationConflict):
            self._book(at(10, day=3), at(11, day=3), user=self.colleague)
        self.assertEqual(meeting.activity_ids.user_id, self.keeper)
        self.assertEqual(meeting.activity_ids.summary, "Approve or reject")
        meeting.with_user(self.keeper).approve()
        self.assertEqual(meeting.state, "confirmed")
        self.assertEqual(meeting.space_ids.allocation_id.state, "reserved")
        self.assertFalse(meeting.activity_ids)
        self.assertIn(
            self.booker.partner_id, meeting.message_ids[0].notified_partner_ids
        )

    def test_to_dos_open_on_what_waits_for_an_answer(self):
        """The bar at the top opens a model with these filters of its search."""
        self._book(rooms=self.studio)
        asked = self._book(at(9, day=3), at(11, day=3))
        meetings = self.env["room.reservation"].with_user(self.keeper)
        arch = etree.fromstring(meetings.get_view(view_type="search")["arch"])
        for names, found in (
            (["filter_activities_my", "activities_today"], asked),
            (["activities_overdue"], meetings),
            (["activities_upcoming_all"], meetings),
        ):
            filters = [arch.find(f".//filter[@name='{name}']") for name in names]
            domains = [
                safe_eval(one.get("domain"), {"uid": self.keeper.id}) for one in filters
            ]
            with self.subTest(names=names):
                self.assertEqual(meetings.search(Domain.AND(domains)), found)

    def test_requests_that_keep_no_place_and_a_rival(self):
        self.policy.keeps_place = False
        first = self._book(at(9, day=3), at(11, day=3))
        second = self._book(at(10, day=3), at(12, day=3), user=self.colleague)
        self.assertEqual(first.with_user(self.keeper).rival_ids, second)
        first.with_user(self.keeper).action_approve_alone()
        self.assertEqual((first.state, second.state), ("confirmed", "rejected"))
        self.assertIn("somebody else has it", second.message_ids[0].body)

    def test_who_comes_second_is_refused_when_approved(self):
        self.policy.keeps_place = False
        first = self._book(at(9, day=3), at(11, day=3))
        second = self._book(at(10, day=3), at(12, day=3), user=self.colleague)
        second.with_user(self.keeper).approve()
        with self.assertRaises(AllocationConflict):
            first.with_user(self.keeper).approve()
        self.assertEqual(first.state, "requested")

    def test_rejected_in_the_window_with_the_reason(self):
        meeting = self._book(at(9, day=3), at(11, day=3))
        action = meeting.with_user(self.keeper).action_reject()
        window = Form(
            self.env[action["res_model"]]
            .with_user(self.keeper)
            .with_context(**action["context"])
        )
        with self.assertRaises(AssertionError):
            window.save()
        window.reason = "The board <b>meets</b>"
        window.save().action_reject()
        self.assertEqual(meeting.state, "rejected")
        told = meeting.message_ids[0]
        self.assertIn(self.booker.partner_id, told.notified_partner_ids)
        self.assertIn("The board &lt;b&gt;meets", told.body)
        self.assertEqual(meeting.reason, "The board <b>meets</b>")

    def test_others_do_not_reject_by_the_window(self):
        meeting = self._book(at(9, day=3), at(11, day=3))
        window = self.env["room.reservation.reject"].with_user(self.colleague)
        window = window.create({"reservation_ids": meeting.ids, "reason": "Mine"})
        with self.assertRaises(AccessError):
            window.action_reject()
        self.assertEqual(meeting.state, "requested")

    def test_only_who_decides_decides(self):
        meeting = self._book(at(9, day=3), at(11, day=3))
        for stranger in (self.booker, self.colleague, self.chef):
            with self.assertRaises(AccessError):
                meeting.with_user(stranger).approve()
            with self.assertRaises(AccessError):
                meeting.with_user(stranger).reject("No")
        self.assertEqual(meeting.state, "requested")

    def test_named_approver_of_a_private_meeting(self):
        self.room.approver_ids = self.cook
        meeting = self._book(at(9, day=3), at(11, day=3), privacy="private")
        meeting.with_user(self.cook).approve()
        self.assertEqual(meeting.state, "confirmed")

    def test_one_of_two_rooms_rejected(self):
        """The whole is: nobody meets in half of what was asked for."""
        both = self.room | self.studio
        meeting = self._book(at(9, day=3), at(11, day=3), rooms=both)
        self.assertEqual(meeting.state, "requested")
        meeting.with_user(self.keeper).reject("The board is here")
        self.assertEqual(meeting.state, "rejected")
        for room in both:
            self.assertEqual(self._busy(room, at(0, day=3), at(23, day=3)), [])
        self.assertIn("The board is here", meeting.message_ids[0].body)
        self.assertFalse(meeting.event_id.active)

    def test_what_was_asked_twice_is_still_asked(self):
        """Who asks cannot grant it by pressing the button once more."""
        meeting = self._book(at(9, day=3), at(11, day=3))
        with self.assertRaisesRegex(UserError, "Requested"):
            meeting.action_book()
        meeting.with_user(self.keeper).approve()
        with self.assertRaisesRegex(UserError, "Booked"):
            meeting.action_book()
        self.assertEqual(meeting.space_ids.approval, "granted")

    def test_other_to_dos_stay_when_it_is_decided(self):
        meeting = self._book(at(9, day=3), at(11, day=3))
        meeting.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.booker.id, summary="Slides"
        )
        meeting.with_user(self.keeper).approve()
        self.assertEqual(meeting.activity_ids.summary, "Slides")

    def test_hidden_services_go_with_what_is_rejected(self):
        porter = self._service(
            "Porter",
            not_visible=True,
            is_checkbox=True,
            default_active=True,
            default_quantity=1,
        )
        self.room.service_ids = porter
        meeting = self._book(at(9, day=3), at(11, day=3))
        line = self.env["room.service.line"].search([("service_id", "=", porter.id)])
        self.assertEqual(line.state, "ordered")
        meeting.with_user(self.keeper).reject()
        self.assertEqual(line.state, "draft")

    def test_decision_is_told_in_the_organisers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.booker.lang = "fr_FR"
        meeting = self._book(at(9, day=3), at(11, day=3))
        told = {"Rejected.": "Refusé."}
        with patch(
            "odoo.tools.translate.code_translations.get_python_translations",
            lambda module, lang: told if lang == "fr_FR" else {},
        ):
            meeting.with_user(self.keeper).reject("<b>Board</b>")
        body = meeting.message_ids[0].body
        self.assertIn("Refusé. &lt;b&gt;Board&lt;/b&gt;", body)

    def test_request_without_a_place_lapses_when_nobody_answers(self):
        self.policy.keeps_place = False
        meeting = self._book(at(9, day=3), at(11, day=3))
        with freeze_time(at(5, day=1)):
            self._run_job("room_booking.cron_room_reservation_finish")
            self.assertEqual(meeting.state, "requested")
        with freeze_time(at(6, 1, day=1)):
            self._run_job("room_booking.cron_room_reservation_finish")
            self.assertEqual(meeting.state, "rejected")

    def test_rivals_in_rooms_of_others_are_left_alone(self):
        """Who decides on one room does not reject what asks for another as well."""
        self.policy.keeps_place = False
        self.room.approver_ids = self.chef
        hall = self._combination("Hall", self.studio, approver_ids=self.cook.ids)
        first = self._book(at(9, day=3), at(11, day=3))
        both = self._book(at(9, day=3), at(11, day=3), rooms=hall, user=self.colleague)
        self.assertEqual(first.with_user(self.chef).rival_ids, both)
        first.with_user(self.chef).action_approve_alone()
        self.assertEqual((first.state, both.state), ("confirmed", "requested"))

    def test_RS1_combinations_that_share_a_part_are_rivals(self):
        self.policy.keeps_place = False
        left = self._combination("Left", self.studio)
        right = self._combination("Right", self._room("Foyer"))
        first = self._book(at(9, day=3), at(11, day=3), rooms=left)
        other = self._book(at(10, day=3), at(12, day=3), rooms=right)
        # Those before and after it are none.
        self._book(at(8, day=3), at(9, day=3), rooms=right)
        self._book(at(11, day=3), at(12, day=3), rooms=right)
        self.assertEqual(first.with_user(self.keeper).rival_ids, other)

    def _combination(self, name, part, **vals):
        """The room together with another, under the same policy."""
        parts = [(6, 0, (self.room | part).ids)]
        return self._room(name, part_ids=parts, policy_id=self.policy.id, **vals)

    def test_places_are_kept_in_all_rooms_or_in_none(self):
        self.studio.policy_id = self.policy.copy({"keeps_place": False})
        both = self.room | self.studio
        meeting = self._book(at(9, day=3), at(11, day=3), rooms=both)
        self.assertEqual(meeting.state, "requested")
        for room in both:
            self.assertEqual(self._busy(room, at(0, day=3), at(23, day=3)), [])

    def test_answered_before_it_begins(self):
        meeting = self._book()
        self.assertEqual(meeting.answer_until, at(9))
        self.assertEqual(meeting.space_ids.allocation_id.hold_until, at(9))

    def test_another_time_is_requested_again(self):
        meeting = self._book(at(9, day=3), at(11, day=3))
        meeting.with_user(self.keeper).approve()
        meeting.with_user(self.booker).write({"name": "Other title"})
        self.assertEqual(meeting.state, "confirmed")
        meeting.with_user(self.booker).write(
            {"start": at(12, day=3), "stop": at(13, day=3)}
        )
        self.assertEqual(meeting.state, "requested")
        row = meeting.space_ids.allocation_id
        self.assertEqual((row.state, row.hold_kind), ("hold", "request"))
        self.assertEqual(row.start, at(12, day=3))

    def test_another_room_is_requested(self):
        meeting = self._book(at(9, day=3), at(11, day=3), rooms=self.studio)
        self.assertEqual(meeting.state, "confirmed")
        meeting.space_ids.write({"space_id": self.room.id})
        self.assertEqual(meeting.state, "requested")

    def test_R7_managers_of_the_site_decide_on_its_floors(self):
        floor = self.env["room.site"].create(
            {"name": "Attic", "parent_id": self.site.id}
        )
        room = self._room("Loft", site_id=floor.id, policy_id=self.policy.id)
        meeting = self._book(at(9, day=3), at(11, day=3), rooms=room)
        self.assertEqual(meeting.activity_ids.user_id, self.keeper)
        meeting.with_user(self.keeper).approve()
        self.assertEqual(meeting.state, "confirmed")
        past = self._book(at(4), at(5), rooms=room, user=self.keeper)
        self.assertEqual(past.state, "confirmed")

    def test_who_manages_the_room_needs_no_approval(self):
        meeting = self._book(at(9, day=3), at(11, day=3), user=self.keeper)
        self.assertEqual(meeting.state, "confirmed")

    def test_unanswered_request_lapses(self):
        meeting = self._book(at(9, day=3), at(11, day=3))
        with freeze_time(at(7, day=1)):
            self._book(at(9, day=3), at(10, day=3), user=self.keeper)
            self._lapse()
            self.assertEqual(meeting.state, "rejected")
            self.assertIn("Nobody answered", meeting.message_ids[0].body)

    def test_others_ask_those_named_book(self):
        self.policy.write(
            {
                "approval": "others",
                "booker_group_ids": self.env.ref(
                    "room_booking.room_booking_group_manager"
                ).ids,
            }
        )
        direct = self._book(at(9, day=3), at(11, day=3), user=self.chef)
        self.assertEqual(direct.state, "confirmed")
        asked = self._book(at(12, day=3), at(13, day=3))
        self.assertEqual(asked.state, "requested")

    def test_what_needs_no_approval_any_more_is_booked(self):
        for change in ("removed", "swapped", "without a policy"):
            meeting = self._book(
                at(9, day=3), at(11, day=3), rooms=self.room | self.studio
            )
            self.assertEqual(meeting.state, "requested")
            asked = meeting.space_ids.filtered(lambda one: one.space_id == self.room)
            other = self._room(f"Free {change}", capacity=9)
            if change == "removed":
                meeting.write({"space_ids": [(2, asked.id)]})
            else:
                if change == "swapped":
                    other.policy_id = self.policy.copy({"approval": "none"})
                meeting.write({"space_ids": [(1, asked.id, {"space_id": other.id})]})
            self.assertEqual(meeting.state, "confirmed", change)
            rows = meeting.space_ids.allocation_id
            self.assertEqual(set(rows.mapped("state")), {"reserved"})
            self.assertFalse(meeting.activity_ids)
            meeting.action_cancel()

    def test_policy_taken_off_while_a_request_waits(self):
        meeting = self._book(at(9, day=3), at(11, day=3))
        self.room.policy_id = False
        self.assertEqual(meeting.answer_until, at(9, day=3))
        with freeze_time(at(10, day=3)):
            self._run_job("room_booking.cron_room_reservation_finish")
        self.assertEqual(meeting.state, "rejected")

    def test_rejected_and_booked_again(self):
        meeting = self._book(at(9, day=3), at(11, day=3))
        meeting.with_user(self.keeper).reject()
        meeting.action_book()
        self.assertEqual(meeting.state, "requested")


@freeze_time(NOW)
class TestCheckIn(LivesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.write({"checkin_minutes": 15, "checkin_early_minutes": 10})

    def test_who_comes_keeps_the_room(self):
        meeting = self._book()
        self.assertEqual(meeting.space_ids.allocation_id.hold_until, at(9, 15))
        with freeze_time(at(8, 55)):
            meeting.check_in()
        with freeze_time(at(9, 30)):
            self._lapse()
            self.assertEqual(meeting.state, "in_use")
            self.assertEqual(self._busy(self.room), [("09:00", "11:00")])

    def test_job_closes_what_was_used(self):
        meeting = self._book()
        with freeze_time(at(9)):
            meeting.check_in()
        with freeze_time(at(11)):
            self._run_job("room_booking.cron_room_reservation_finish")
        self.assertEqual(meeting.state, "done")

    def test_nobody_came_and_the_room_is_free_without_a_job(self):
        meeting = self._book()
        with freeze_time(at(9, 16)):
            other = self._book(at(9, 20), at(10), user=self.colleague)
            self.assertEqual(other.state, "confirmed")
            self._lapse()
            self.assertEqual(meeting.state, "no_show")
            self.assertFalse(meeting.event_id.active)
            with self.assertRaises(AllocationConflict):
                meeting.check_in()

    def test_late_check_in_where_it_is_still_free(self):
        laptops = self._service("Laptop", is_unlimited=False, max_quantity=2)
        meeting = self._book(lines=[(laptops, {"quantity": 2})])
        with freeze_time(at(9, 30)):
            self._lapse()
            self.assertEqual(self._busy(laptops), [])
            meeting.check_in()
            self.assertEqual(meeting.state, "in_use")
            self.assertEqual(self._busy(self.room), [("09:00", "11:00")])
            self.assertEqual(self._busy(laptops), [("09:00", "11:00")])
            self.assertTrue(meeting.event_id.active)

    def test_too_early_too_late_or_not_theirs(self):
        meeting = self._book()
        with self.assertRaisesRegex(UserError, "opens 10 minutes before"):
            meeting.check_in()
        with freeze_time(at(9)), self.assertRaisesRegex(UserError, "takes part"):
            meeting.with_user(self.colleague).check_in()
        with freeze_time(at(11)), self.assertRaisesRegex(UserError, "not waiting"):
            meeting.check_in()

    def test_attendee_checks_in(self):
        meeting = self._book(attendee_ids=self.colleague.partner_id.ids)
        with freeze_time(at(9)):
            meeting.with_user(self.colleague).check_in()
        self.assertEqual(meeting.state, "in_use")

    def test_reception_checks_in_and_takes_it_back(self):
        porter = self._user("room_porter", RECEPTION)
        meeting = self._book()
        with freeze_time(at(9)):
            received = meeting.with_user(porter)
            self.assertTrue(received.can_check_in)
            received.check_in()
            self.assertEqual(meeting.state, "in_use")
            for act in (received.end, received.extend, received.action_cancel):
                with self.assertRaises(AccessError):
                    act()
            with self.assertRaises(AccessError):
                meeting.with_user(self.colleague).undo_check_in()
            received.undo_check_in()
        self.assertEqual(meeting.state, "confirmed")
        self.assertFalse(meeting.space_ids.checked_in_at)

    def test_private_meeting_seen_by_reception(self):
        """It is busy, and nothing else: those who meet check in themselves."""
        porter = self._user("room_porter", RECEPTION)
        meeting = self._book(privacy="private")
        with freeze_time(at(9)):
            received = meeting.with_user(porter)
            with self.assertRaises(AccessError):
                received.check_in()
            with self.assertRaises(AccessError):
                received.read(["name"])
        rooms = self.env["room.reservation.space"].with_user(porter)
        self.assertFalse(rooms.search([("space_id", "=", self.room.id)]))
        [busy] = self.room.with_user(porter).resource_id.busy(at(0), at(23)).values()
        self.assertEqual(len(busy), 1)

    def test_check_in_undone(self):
        meeting = self._book()
        with freeze_time(at(9)):
            meeting.check_in()
            meeting.undo_check_in()
            row = meeting.space_ids.allocation_id
            self.assertEqual((row.state, row.hold_until), ("hold", at(9, 15)))
        with freeze_time(at(9, 20)):
            self._lapse()
            self.assertEqual(meeting.state, "no_show")

    def test_lapsed_room_of_two_is_freed_alone(self):
        both = self.room | self.studio
        meeting = self._book(rooms=both)
        with freeze_time(at(9, 20)):
            self._lapse()
            self.assertEqual(self._busy(self.room), [])
            self.assertEqual(self._busy(self.studio), [("09:00", "11:00")])
            self.assertEqual(meeting.state, "confirmed")

    def test_moved_hold_moves_its_check_in(self):
        meeting = self._book()
        meeting.write({"start": at(12), "stop": at(13)})
        self.assertEqual(meeting.space_ids.allocation_id.hold_until, at(12, 15))


@freeze_time(NOW)
class TestEnd(LivesCase):
    def test_ended_early_the_room_is_free(self):
        meeting = self._book()
        with freeze_time(at(9, 30)):
            meeting.end()
            self.assertEqual((meeting.state, meeting.stop), ("done", at(9, 30)))
            self._book(at(9, 30), at(10), user=self.colleague)

    def test_extended_if_free(self):
        meeting = self._book()
        self._book(at(11, 30), at(12), user=self.colleague)
        with freeze_time(at(10, 50)):
            meeting.extend(30)
            self.assertEqual(self._busy(self.room)[0], ("09:00", "11:30"))
            self.assertEqual(meeting.event_id.stop, at(11, 30))
            with self.assertRaises(AllocationConflict):
                meeting.extend(15)

    def test_ended_by_mistake_it_goes_on(self):
        meeting = self._book()
        with freeze_time(at(9, 30)):
            meeting.end()
        with freeze_time(at(9, 40)):
            meeting.extend(60)
            self.assertEqual((meeting.state, meeting.stop), ("in_use", at(10, 40)))
            self.assertEqual(self._busy(self.room), [("09:00", "10:40")])
            self.assertTrue(meeting.event_id.active)
        with freeze_time(at(11)), self.assertRaisesRegex(UserError, "take place"):
            meeting.extend(15)

    def test_ended_by_mistake_and_somebody_has_it(self):
        meeting = self._book()
        with freeze_time(at(9, 30)):
            meeting.end()
            self._book(at(9, 30), at(10), user=self.colleague)
            with self.assertRaises(AllocationConflict):
                meeting.extend(15)
            self.assertEqual(meeting.state, "done")

    def test_extended_within_the_policy(self):
        self.policy.max_minutes = 150
        meeting = self._book()
        with freeze_time(at(10, 50)):
            meeting.extend(30)
            with self.assertRaises(BookingRefused) as caught:
                meeting.extend(1)
            self._refused(caught.exception, "length")
            with self.assertRaisesRegex(ValidationError, "at least 1"):
                meeting.extend(-30)

    def test_not_by_strangers_nor_before_it_begins(self):
        meeting = self._book()
        with self.assertRaisesRegex(UserError, "does not take place now"):
            meeting.end()
        with freeze_time(at(10)), self.assertRaises(AccessError):
            meeting.with_user(self.colleague).extend(15)

    def test_job_closes_what_is_over(self):
        meeting, later = self._book(), self._book(at(12), at(13))
        with freeze_time(at(11, 5)):
            self._run_job("room_booking.cron_room_reservation_finish")
        self.assertEqual((meeting.state, later.state), ("done", "confirmed"))
        with self.assertRaisesRegex(UserError, "is over"):
            meeting.write({"participants": 2})


@freeze_time(NOW)
class TestStates(LivesCase):
    def test_every_step_that_is_not_in_the_table_is_refused(self):
        meeting = self._book()
        names = [name for name, _label in STATES]
        for before in names:
            for after in names:
                meeting._store({"state": before})
                if after in TRANSITIONS[before]:
                    meeting._transition_to(after)
                    continue
                told = self.subTest(before=before, after=after)
                with told, self.assertRaises(UserError):
                    meeting._transition_to(after)

    def test_states_are_not_typed(self):
        meeting = self._book()
        for vals in ({"state": "draft"}, {"booked_by_id": self.cook.id}):
            with self.assertRaises(AccessError):
                meeting.write(vals)
        with self.assertRaises(AccessError):
            meeting.space_ids.write({"approval": "granted"})
        with self.assertRaises(AccessError):
            self._draft(state="confirmed")

    def test_cancelled_in_the_window_with_the_reason(self):
        meeting = self._book()
        action = meeting.with_user(self.booker).action_ask_cancel()
        window = self.env[action["res_model"]].with_user(self.booker)
        window = Form(window.with_context(**action["context"]))
        window.reason = "Everybody is <b>ill</b>"
        window.save().action_cancel()
        self.assertRecordValues(
            meeting, [{"state": "cancelled", "reason": "Everybody is <b>ill</b>"}]
        )
        self.assertFalse(meeting.event_id.active)
        meeting.with_user(self.booker).action_book()
        self.assertFalse(meeting.reason)

    def test_others_do_not_cancel_by_the_window(self):
        meeting = self._book()
        window = self.env["room.reservation.cancel"].with_user(self.colleague)
        window = window.create({"reservation_ids": meeting.ids})
        with self.assertRaises(AccessError):
            window.action_cancel()
        self.assertEqual(meeting.state, "confirmed")

    def test_deadline_of_changes(self):
        self.policy.cancel_minutes = 120
        meeting = self._book()
        with freeze_time(at(7, 1)):
            for act in (
                meeting.action_cancel,
                lambda: meeting.write({"stop": at(12)}),
                meeting.event_id.with_user(self.booker).unlink,
            ):
                with self.assertRaises(BookingRefused) as refused:
                    act()
                [refusal] = refused.exception.refusals
                self.assertEqual(refusal.code, "deadline")
                self.assertIn("120 minutes before", refusal.message)
            meeting.with_user(self.keeper).action_cancel()
        self.assertEqual(meeting.state, "cancelled")

    def test_policy_refuses_by_name(self):
        self.policy.write(
            {
                "window_days": 7,
                "notice_minutes": 60,
                "grid_minutes": 30,
                "min_minutes": 30,
                "max_minutes": 120,
            }
        )
        for start, stop, codes in (
            (at(9, day=8), at(10, day=8), ["window"]),
            (at(6, 30), at(7, 30), ["notice"]),
            (at(9, 10), at(10, 10), ["grid"]),
            (at(9), at(12), ["length"]),
            (at(9), at(9, 20), ["grid", "length"]),
        ):
            with self.subTest(codes=codes):
                with self.assertRaises(BookingRefused) as caught:
                    self._book(start, stop)
                self._refused(caught.exception, *codes)
        self._book(at(9, 10), at(13), user=self.keeper)
        # To the very limit of each.
        self._book(at(6, day=7), at(6, 30, day=7))
        self._book(at(7), at(9))

    def test_who_may_book(self):
        self.policy.booker_group_ids = self.env.ref(
            "room_booking.room_booking_group_admin"
        )
        with self.assertRaises(BookingRefused) as caught:
            self._book()
        self._refused(caught.exception, "not_allowed")
        self._book(user=self.keeper)
