"""Bookings moved on the planning board: a change of the booking, by its own rules."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time

from odoo.addons.mail.tests.common import MockEmail
from odoo.addons.resource_allocation.exceptions import AllocationConflict, StaleChange

from .common import NOW, RoomCase, at


@freeze_time(NOW)
class BoardMoveCase(RoomCase):
    """A meeting of two hours, and what a board sends of its bar."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kitchen.calendar_id = False

    def _bar(self, meeting, user=None):
        """The row of its first room, as a user has it on the board, and as seen."""
        row = meeting.space_ids[:1].sudo().allocation_id
        seen = {
            "start": str(row.start),
            "stop": str(row.stop),
            "resource_id": row.resource_id.id,
        }
        self.env.flush_all()
        self.env.invalidate_all()
        return row.with_user(user or self.booker).sudo(False), seen

    def _move(self, meeting, user=None, **vals):
        row, seen = self._bar(meeting, user)
        row.change(vals, seen=seen)
        meeting.invalidate_recordset()

    def _preview(self, meeting, user=None, **vals):
        """As a request does, which has committed what is there before."""
        row, seen = self._bar(meeting, user)
        with self.enter_registry_test_mode():
            return row.board_preview(vals, seen)

    def _changeable(self, user):
        ledger = self.env["resource.allocation"].with_user(user)
        return ledger.board_changeable()

    def _assert_at(self, meeting, start, stop, room=None):
        """It is then and there, with its row in the ledger and in the calendar."""
        room = room or self.room
        meeting.invalidate_recordset()
        self.assertEqual((meeting.start, meeting.stop), (start, stop))
        self.assertEqual(meeting.space_ids.space_id, room)
        row = meeting.space_ids.sudo().allocation_id
        self.assertEqual((row.start, row.stop), (start, stop))
        self.assertEqual(row.resource_id, room.resource_id)
        event = meeting.sudo().event_id
        if not meeting.allday:
            self.assertEqual((event.start, event.stop), (start, stop))
        self.assertEqual(event.location, room.display_name)


class TestMoved(BoardMoveCase):
    """What moves, and what goes along with it."""

    def test_booker_moves_lengthens_and_shortens(self):
        meeting = self._book()
        self.assertEqual(self._changeable(self.booker), ["room.reservation"])
        self._move(meeting, start=at(13), stop=at(15))
        self._assert_at(meeting, at(13), at(15))
        self._move(meeting, stop=at(16))
        self._assert_at(meeting, at(13), at(16))
        self._move(meeting, start=at(14), stop=at(15))
        self._assert_at(meeting, at(14), at(15))
        self.assertEqual(self._busy(self.room), [("14:00", "15:00")])

    def test_C3_panel_says_who_organises_it(self):
        row, _seen = self._bar(self._book())
        self.assertEqual(row.board_details()["contact"]["name"], self.booker.name)
        told = row.with_user(self.colleague).board_details()
        self.assertEqual(told["buttons"], [])

    def test_put_on_another_room_it_is_there(self):
        meeting = self._book()
        self._move(meeting, resource_id=self.studio.resource_id.id)
        self._assert_at(meeting, at(9), at(11), self.studio)
        self.assertEqual(self._busy(self.room), [])

    def test_manager_of_the_site_moves_what_he_did_not_book(self):
        meeting = self._book(privacy="private")
        self._move(meeting, self.keeper, start=at(13), stop=at(15))
        self._assert_at(meeting, at(13), at(15))

    def test_undone_it_is_as_it_was(self):
        layouts = [Command.create({"name": name, "capacity": 9}) for name in "AB"]
        self.room.layout_ids = self.studio.layout_ids = layouts
        meeting = self._book()
        meeting.space_ids.layout_id = self.room.layout_ids[1]
        row, seen = self._bar(meeting)
        studio = self.studio.resource_id.id
        there = {"start": str(at(13)), "stop": str(at(15)), "resource_id": studio}
        row.change(there, seen=seen)
        self._assert_at(meeting, at(13), at(15), self.studio)
        self.assertEqual(meeting.space_ids.layout_id, self.studio.layout_ids[1])
        row.change(seen, seen=there)
        self._assert_at(meeting, at(9), at(11))
        self.assertEqual(meeting.space_ids.layout_id, self.room.layout_ids[1])

    def test_all_its_rooms_and_services_go_along(self):
        beamer = self._service("Beamer", is_unlimited=False, max_quantity=3)
        tea = self._service("Tea", allow_provision=True)
        lines = [(beamer, {"quantity": 2}), (tea, {"wanted_start": at(10)})]
        meeting = self._book(rooms=self.room | self.studio, lines=lines)
        self._move(meeting, start=at(13), stop=at(15))
        self.assertEqual((meeting.start, meeting.stop), (at(13), at(15)))
        for thing in (self.room, self.studio, beamer):
            self.assertEqual(self._busy(thing), [("13:00", "15:00")], thing.name)
        ordered = {line.service_id: line for line in meeting.line_ids}
        self.assertEqual(ordered[tea].start, at(14))
        # Two rows of one meeting are asked for one time.
        rows = meeting.space_ids.sudo().allocation_id.with_user(self.booker)
        rows.sudo(False).change({"start": at(9), "stop": at(11)})
        self.assertEqual(self._busy(self.studio), [("09:00", "11:00")])
        with self.assertRaisesRegex(UserError, "one time for all its rooms"):
            rows.sudo(False).change([{"start": at(8)}, {"start": at(10)}])

    def test_buffers_are_those_of_the_room_where_it_is(self):
        self.studio.write({"setup_minutes": 15, "teardown_minutes": 30})
        meeting = self._book()
        self._move(meeting, resource_id=self.studio.resource_id.id)
        self.assertEqual(self._busy(self.studio), [("08:45", "11:30")])

    def test_combination_is_put_elsewhere_and_back(self):
        hall = self._room("Hall", capacity=30, part_ids=[(6, 0, self.room.ids)])
        meeting = self._book(rooms=hall)
        self._move(meeting, start=at(13), stop=at(15))
        self.assertEqual(self._busy(self.room), [("13:00", "15:00")])
        self._move(meeting, resource_id=self.studio.resource_id.id)
        self.assertEqual(self._busy(self.room), [])
        self._move(meeting, resource_id=hall.resource_id.id)
        self._assert_at(meeting, at(13), at(15), hall)
        self.assertEqual(self._busy(self.room), [("13:00", "15:00")])

    def test_in_another_zone_hours_stay_instants_and_whole_days_days(self):
        lisbon = self.env["room.site"].create(
            {"name": "Lisbon", "tz": "Europe/Lisbon", "manager_ids": self.keeper.ids}
        )
        far = self._room("Far", capacity=12, site_id=lisbon.id)
        meeting = self._book()
        self._move(meeting, resource_id=far.resource_id.id)
        self._assert_at(meeting, at(9), at(11), far)
        day = at(0, day=1).date()
        whole = self._book(allday=True, first_day=day, last_day=day)
        self._assert_at(whole, at(23), at(23, day=1))
        self._move(whole, resource_id=far.resource_id.id)
        self.assertEqual((whole.first_day, whole.last_day), (day, day))
        self._assert_at(whole, at(24), at(24, day=1), far)

    def test_whole_days_move_by_days_only(self):
        day = at(0, day=1).date()
        meeting = self._book(allday=True, first_day=day, last_day=day)
        asked = {"start": at(23, day=1), "stop": at(23, day=3)}
        self.assertEqual(self._preview(meeting, **asked)["verdicts"], [])
        self._move(meeting, **asked)
        self.assertEqual(
            (meeting.first_day, meeting.last_day),
            (at(0, day=2).date(), at(0, day=3).date()),
        )
        self._assert_at(meeting, at(23, day=1), at(23, day=3))
        with self.assertRaisesRegex(ValidationError, "lasts whole days"):
            self._move(meeting, start=at(22, day=1), stop=at(22, day=3))

    def test_relocated_from_at_risk_as_the_board_does(self):
        meeting = self._book()
        row, _seen = self._bar(meeting, self.admin)
        # A fact: recorded, whatever was promised.
        row.env["resource.allocation"].allocate(
            [
                {
                    "resource_id": self.room.resource_id.id,
                    "start": at(8),
                    "stop": at(12),
                    "kind": "block",
                }
            ]
        )
        self.assertTrue(row.at_risk)
        dialog = row.env["resource.allocation.relocate"]._create_for(row)
        [line] = dialog.line_ids
        there = [one["resource_id"] for one in line.proposals]
        line.proposal = there.index(self.studio.resource_id.id)
        line.action_apply()
        self.assertEqual(meeting.space_ids.space_id, self.studio)


class TestMovedByItsRules(BoardMoveCase, MockEmail):
    """The same rules, mails and refusals as by the booking's own form."""

    def _assert_stays(self, meeting, *asked, code=None, **vals):
        """Refused in a preview, and when it is saved: it is where it was."""
        before = (meeting.start, meeting.stop, meeting.space_ids.space_id)
        for ask in (self._preview, self._move):
            with self.assertRaises(UserError) as caught:
                ask(meeting, *asked, **vals)
            if code:
                self._refused(caught.exception, code)
        meeting.invalidate_recordset()
        after = (meeting.start, meeting.stop, meeting.space_ids.space_id)
        self.assertEqual(after, before)
        return caught.exception

    def test_taken_by_others_it_stays_and_private_ones_have_no_name(self):
        meeting = self._book()
        self._book(
            at(13), at(15), user=self.colleague, name="Dismissal", privacy="private"
        )
        asked = {"start": at(12), "stop": at(14)}
        told = self._preview(meeting, **asked)
        self.assertEqual([one["code"] for one in told["verdicts"]], ["taken"])
        self.assertIn("busy", str(told))
        self.assertNotIn("Dismissal", str(told))
        with self.assertRaises(AllocationConflict):
            self._move(meeting, **asked)
        self._assert_at(meeting, at(9), at(11))

    def test_all_or_nothing_where_a_second_room_is_taken(self):
        meeting = self._book(rooms=self.room | self.studio)
        self._book(at(13), at(15), rooms=self.studio, user=self.colleague)
        told = self._preview(meeting, start=at(13), stop=at(15))
        [verdict] = told["verdicts"]
        self.assertEqual(verdict["resource_id"], self.studio.resource_id.id)
        with self.assertRaises(AllocationConflict):
            self._move(meeting, start=at(13), stop=at(15))
        self.assertEqual(self._busy(self.room), [("09:00", "11:00")])

    def test_who_may_not_change_it_moves_nothing_and_learns_nothing(self):
        meeting = self._book(name="Dismissal", privacy="private")
        asked = {"start": at(13), "stop": at(15)}
        said = self._assert_stays(meeting, self.colleague, **asked)
        self.assertIsInstance(said, AccessError)
        self.assertNotIn("Dismissal", str(said))
        self.assertNotIn("Aula", str(said))
        # Nor whether it is still what one guesses.
        row, _seen = self._bar(meeting, self.colleague)
        with self.assertRaises(AccessError):
            row.change(asked, seen={"state": "hold"})
        # What everybody reads is not everybody's to move.
        public = self._book(at(13), at(15))
        said = self._assert_stays(public, self.colleague, start=at(16), stop=at(17))
        self.assertIsInstance(said, AccessError)
        self.assertIn("Aula", str(said))

    def test_portal_users_reach_no_row(self):
        stranger = self._user("room_portal", "base.group_portal")
        meeting = self._book()
        self._assert_stays(meeting, stranger, start=at(13), stop=at(15))
        self.assertEqual(self._changeable(stranger), [])

    def test_too_small_or_without_the_layout_it_stays(self):
        small = self._room("Cell", capacity=2)
        meeting = self._book(participants=10)
        thing = small.resource_id.id
        self._assert_stays(meeting, code="too_many", resource_id=thing)
        layout = {"name": "U-shape", "capacity": 12}
        self.room.layout_ids = [Command.create(layout)]
        meeting = self._book(at(13), at(15), participants=10)
        studio = self.studio.resource_id.id
        said = self._assert_stays(meeting, resource_id=studio)
        self.assertIn("no layout “U-shape”", str(said))
        # The same layout, smaller there.
        self.studio.layout_ids = [Command.create({**layout, "capacity": 6})]
        self._assert_stays(meeting, code="too_many", resource_id=studio)

    def test_late_change_is_the_managers(self):
        self.room.policy_id = self.env["room.policy"].create(
            {"name": "Day before", "cancel_minutes": 24 * 60}
        )
        meeting = self._book(at(9), at(11), user=self.keeper)
        meeting.with_user(self.keeper).organizer_id = self.booker
        self._assert_stays(meeting, code="deadline", start=at(13), stop=at(15))
        self._move(meeting, self.keeper, start=at(13), stop=at(15))
        self._assert_at(meeting, at(13), at(15))

    def test_policy_of_the_other_room_counts(self):
        self.studio.policy_id = self.env["room.policy"].create(
            {"name": "Short", "max_minutes": 60}
        )
        meeting = self._book()
        studio = self.studio.resource_id.id
        self._assert_stays(meeting, code="length", resource_id=studio)

    def test_closed_orders_are_not_moved(self):
        tea = self._service("Tea")
        meeting = self._book(at(9, day=1), at(11, day=1), lines=[(tea, {})])
        self.kitchen.write({"has_cutoff": True, "cutoff_time": 0, "lock_hours": 48})
        asked = {"start": at(13, day=1), "stop": at(15, day=1)}
        self._assert_stays(meeting, code="cut_off", **asked)

    def test_what_needs_approval_is_asked_for_anew(self):
        self.studio.policy_id = self.env["room.policy"].create(
            {"name": "Asked", "approval": "all", "keeps_place": True}
        )
        meeting = self._book()
        self._move(meeting, resource_id=self.studio.resource_id.id)
        self.assertEqual(meeting.state, "requested")
        row = meeting.space_ids.sudo().allocation_id
        self.assertEqual((row.state, row.hold_kind), ("hold", "request"))
        self.assertTrue(meeting.sudo().activity_ids)

    def test_services_are_not_moved_alone(self):
        beamer = self._service("Beamer", is_unlimited=False, max_quantity=3)
        meeting = self._book(lines=[(beamer, {"quantity": 2})])
        row = meeting.line_ids.sudo().allocation_id.with_user(self.booker).sudo(False)
        for vals in ({"start": at(10)}, {"quantity": 3}):
            with self.assertRaisesRegex(UserError, "Beamer is ordered for “Talk”"):
                row.change(vals)

    def test_what_is_no_move_of_a_meeting_is_refused_in_words(self):
        tea = self._service("Tea", is_unlimited=False, max_quantity=3)
        meeting = self._book()
        for vals, words in (
            ({"stop": False}, "begins and ends"),
            ({"start": False}, "begins and ends"),
            ({"quantity": 2}, "booked whole"),
            ({"setup_minutes": 5}, "only period, thing"),
            ({"resource_id": tea.resource_id.id}, "another room"),
        ):
            with self.subTest(vals), self.assertRaisesRegex(UserError, words):
                self._move(meeting, self.admin, **vals)

    def test_what_has_begun_or_is_over_stays(self):
        meeting = self._book()
        with freeze_time(at(10)):
            self._assert_stays(meeting, code="begun", stop=at(12))
        with freeze_time(at(12)):
            self._run_job("room_booking.cron_room_reservation_finish")
            meeting.invalidate_recordset()
            self.assertEqual(meeting.state, "done")
            self._assert_stays(meeting, self.keeper, stop=at(14))

    def test_what_was_changed_meanwhile_is_not_moved(self):
        meeting = self._book()
        row, seen = self._bar(meeting)
        meeting.write({"start": at(12), "stop": at(14)})
        with self.assertRaisesRegex(StaleChange, "Start"):
            row.change({"start": at(15), "stop": at(17)}, seen=seen)
        self._assert_at(meeting, at(12), at(14))

    def test_preview_leaves_and_mails_nothing(self):
        self.studio.policy_id = self.env["room.policy"].create(
            {"name": "Asked", "approval": "all"}
        )
        meeting = self._book(attendee_ids=self.colleague.partner_id.ids)
        self._run_job("room_booking.cron_room_reservation_tell")
        left = ("mail.message", "mail.mail", "mail.activity", "ir.cron.trigger")
        before = [self.env[name].search_count([]) for name in left]
        asked = {"start": at(13), "stop": at(15)}
        studio = self.studio.resource_id.id
        # What waits for the commit is not sent: a test would send it at once.
        waiting = patch.object(type(self.env["mail.mail"]), "send_after_commit")
        with self.mock_mail_gateway(), waiting:
            told = self._preview(meeting, resource_id=studio, **asked)
        self.assertEqual(told["verdicts"], [])
        [note] = told["notes"]
        self.assertRegex(note, "Talk.*: Requested instead of Booked")
        self.assertFalse(self._mails)
        after = [self.env[name].search_count([]) for name in left]
        self.assertEqual(after, before)
        self.assertFalse(meeting.sudo().untold_by_id)
        self._assert_at(meeting, at(9), at(11))
        self.assertEqual(meeting.state, "confirmed")

    def test_who_takes_part_is_told_once_it_is_moved(self):
        meeting = self._book(attendee_ids=self.colleague.partner_id.ids)
        self._run_job("room_booking.cron_room_reservation_tell")
        self._move(meeting, start=at(13), stop=at(15))
        with self.mock_mail_gateway():
            self._run_job("room_booking.cron_room_reservation_tell")
        told = self._new_mails.mapped("subject")
        self.assertEqual(told, ["Changed: Talk"])

    def test_buffers_of_what_comes_by_itself_give_way(self):
        """As when it is typed: what has the longest buffer is left out, and said."""
        stage = self._service("Stage", blocks_room=True, setup_minutes=60)
        stage.default_active = True
        self.scenario.service_ids |= stage
        self._book(at(7), at(9), user=self.keeper)
        meeting = self._book(at(11), at(12))
        asked = {"start": at(9), "stop": at(10)}
        told = self._preview(meeting, **asked)
        self.assertEqual(told["verdicts"], [])
        [note] = told["notes"]
        self.assertRegex(note, "Talk.*Stage: Not booked instead of Ordered")
        self._move(meeting, **asked)
        [line] = meeting.line_ids
        self.assertEqual(line.state, "dropped")
