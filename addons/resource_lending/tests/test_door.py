"""Rows of what is lent, changed from the ledger: the assignment decides."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tests import freeze_time

from odoo.addons.resource_allocation.models.resource_allocation import STEPS

from .common_door import HOUR, DoorCommon

NOW = "2024-06-03 08:00:00"


@freeze_time(NOW)
class TestDoor(DoorCommon):
    """Every way to change a row × every kind of row × everybody."""

    MAY = ("lending officer", "lending manager")
    ALLOWED = {
        "_reserved": {
            "hand_out", "cancel", "step", "change the end", "change each", "reschedule",
            "extend", "move", "shift", "change the thing", "reassign", "write the end",
            "drag the end", "write the thing",
        },
        "_out": {
            "take_back", "expect_back", "change the end", "change each", "reschedule",
            "extend", "write the end", "drag the end",
        },
        "_typed": set(),
    }  # fmt: skip

    def test_table(self):
        for kind, allowed in self.ALLOWED.items():
            loan = getattr(self, kind)()
            for how in self._calls(self._row(loan)):
                for role, user in self.roles.items():
                    with self.subTest(row=kind, how=how, role=role):
                        may = role in self.MAY and how in allowed
                        self._and_undo(self._check_try, user, loan, how, may)
            loan.sudo().take_back() if kind == "_out" else loan.sudo().unlink()

    def _check_try(self, user, loan, how, may):
        before = self._picture(loan)
        self.assertEqual(self._try(user, self._row(loan), how), may)
        if may:
            self.assertNotEqual(self._picture(loan), before)
            self._check_agree(loan)
        else:
            self.assertEqual(self._picture(loan), before)
            if not loan.with_user(user).has_access("read"):
                self.assertNotIn("OTT", self.refusal)

    def test_table_is_complete(self):
        """A step that the ledger learns has to be tried here, too."""
        tried = {
            method for method, _args in self._calls(self._row(self._out())).values()
        }
        self.assertFalse(STEPS - tried)

    def test_nobody_books_in_the_name_of_an_assignment(self):
        loan = self._reserved()
        vals = {
            "resource_id": self.phone.resource_id.id,
            "start": NOW,
            "stop": "2024-06-04 08:00:00",
            "res_model": loan._name,
            "res_id": loan.id,
        }
        for role, user in self.roles.items():
            for method in ("allocate", "create"):
                with self.subTest(role=role, method=method):
                    rows = self.env["resource.allocation"].with_user(user)
                    with self.assertRaises(UserError), self.env.cr.savepoint():
                        call_kw(rows, method, [[vals]], {})

    def test_booker_does_not_take_back(self):
        """It left the loan out while the ledger said done, and the thing was promised
        to somebody else."""
        loan = self._out()
        row = self._row(loan)
        self.assertFalse(self._try(self.booker, row, "take_back"))
        self.assertIn("lending officers", self.refusal)
        self.assertEqual((loan.state, row.state), ("out", "out"))

    def test_blocks_of_lost_things_follow_their_condition(self):
        self.laptop.with_user(self.officer).process("lost")
        block = self.laptop.sudo().block_id
        for role, user in self.roles.items():
            for how in self._calls(block):
                with self.subTest(role=role, how=how):
                    self._and_undo(self._check_block_stays, user, block, how)
        self.assertFalse(self._try(self.administrator, block, "close"))
        self.assertIn("belongs to Laptop (LAP-001)", self.refusal)
        self.laptop.with_user(self.officer).process("in_stock")
        self.assertEqual(block.state, "done")

    def _check_block_stays(self, user, block, how):
        before = block.sudo().read(["state", "start", "stop", "resource_id", "name"])
        self.assertFalse(self._try(user, block, how))
        self.assertEqual(
            block.sudo().read(["state", "start", "stop", "resource_id", "name"]), before
        )


@freeze_time(NOW)
class TestDoorMoves(DoorCommon):
    """What moves together with the row."""

    def test_hand_out_and_take_back_are_in_the_history(self):
        loan = self._reserved()
        row = self._row(loan)
        self.assertTrue(self._try(self.officer, row, "hand_out"))
        self.assertEqual(self.laptop.status, "handed_out")
        self.assertTrue(self._try(self.officer, row, "take_back"))
        self.assertEqual(self.laptop.status, "in_stock")
        self.assertEqual(
            set(loan.event_ids.mapped("kind")), {"reserve", "hand_out", "return"}
        )

    def test_cancelling_tells_the_holder_why(self):
        self.ott.work_email = "ott@example.com"
        loan = self._reserved()
        self.assertTrue(self._try(self.officer, self._row(loan), "cancel"))
        told = self.env["lending.notice"].search([("loan_ids", "in", loan.ids)])
        self.assertEqual(set(told.mapped("kind")), {"reserved", "cancelled"})
        self.assertIn("A reason", told.mapped("note"))

    def test_relocating_a_promise_at_risk(self):
        """*At risk* › *Relocate*: a thing of the same type; the holder hears it."""
        self.ott.work_email = "ott@example.com"
        loan = self._reserve(
            self.laptop, self.ott, start_at="2024-06-05 08:00:00", due_date="2024-06-07"
        )
        row = self._row(loan)
        self.env["resource.allocation"].allocate(
            [
                {
                    "resource_id": self.laptop.resource_id.id,
                    "kind": "block",
                    "start": NOW,
                }
            ]
        )
        self.assertTrue(row.at_risk)
        before = self.env["lending.notice"].search([])
        action = row.with_user(self.officer).action_relocate()
        dialog = self.env["resource.allocation.relocate"].with_user(self.officer)
        dialog = dialog.browse(action["res_id"])
        proposed = [one["resource_id"] for one in dialog.line_ids.proposals]
        things = self.other_laptop | self.phone
        self.assertEqual(set(proposed), set(things.resource_id.ids))
        dialog.line_ids.proposal = proposed.index(self.other_laptop.resource_id.id)
        dialog.action_apply()
        self.assertEqual(loan.asset_id, self.other_laptop)
        self.assertEqual((row.at_risk, row.state), (False, "reserved"))
        self._check_agree(loan)
        told = self.env["lending.notice"].search([]) - before
        self.assertEqual((told.kind, told.loan_ids), ("reserved", loan))
        self.assertEqual(self.laptop.status, "in_stock")
        self.assertEqual(self.other_laptop.status, "reserved")

    def test_another_thing_of_another_type_is_refused(self):
        loan = self._reserved()
        for thing in (self.shared.resource_id, self._plain_resource()):
            rows = self._row(loan).with_user(self.officer)
            with self.assertRaises(UserError):
                rows.reassign(thing)
        self._check_agree(loan)

    def _plain_resource(self):
        return self.env["resource.resource"].create(
            {
                "name": "Aula",
                "bookable": True,
                "resource_type": "material",
                "calendar_id": False,
            }
        )

    def test_an_open_hand_over_follows_the_other_thing(self):
        loan = self._reserved()
        action = loan.with_user(self.officer).action_hand_out()
        document = self.env["lending.handover"].browse(action["res_id"])
        self.assertTrue(self._try(self.officer, self._row(loan), "reassign"))
        document.with_user(self.officer).confirm()
        self.assertEqual((loan.state, loan.asset_id), ("out", self.other_laptop))

    def test_moving_keeps_the_way_it_is_collected(self):
        loan = self._reserve(
            self.laptop, self.ott, pickup_at="2024-06-04 08:00:00",
            due_date="2024-06-07",
        )  # fmt: skip
        self.assertTrue(self._try(self.officer, self._row(loan), "shift"))
        self.assertEqual(loan.pickup_at, fields.Datetime.to_datetime(NOW) + 25 * HOUR)
        self._check_agree(loan)

    def test_several_at_once(self):
        """Rows of several things, each with its own assignment."""
        loans = self._reserved() | self._reserve(self.phone, self.mari)
        rows = loans.sudo().allocation_id.with_user(self.officer)
        rows.hand_out()
        self.assertEqual(set(loans.mapped("state")), {"out"})
        with self.assertRaises(UserError):
            (rows | self._row(self._reserve(self.other_laptop, self.kari))).take_back()
        rows.take_back()
        self.assertEqual(set(loans.mapped("state")), {"closed"})

    # === SHARED ROWS === #

    def _shared_row(self):
        """Two people who have the pool laptop at once, on one row."""
        loans = self._hand_out(self.shared, self.ott, due_date="2024-06-20")
        loans |= self._hand_out(self.shared, self.mari, due_date="2024-06-20")
        row = loans.sudo().allocation_id
        self.assertEqual(len(row), 1)
        return loans, row

    def test_what_two_people_have_comes_back_from_both(self):
        loans, row = self._shared_row()
        self.assertTrue(self._try(self.officer, row, "take_back"))
        self.assertEqual(set(loans.mapped("state")), {"closed"})
        self.assertEqual(row.state, "done")

    def test_C3_of_several_who_share_it_nobody_is_said_to_be_called(self):
        _loans, row = self._shared_row()
        self.assertFalse(row.with_user(self.officer).board_details()["contact"])

    def test_who_shares_and_did_not_collect_it_keeps_the_promise(self):
        loan = self._hand_out(self.shared, self.ott, due_date="2024-06-20")
        waiting = self._reserve(
            self.shared, self.mari, start_at="2024-06-05 08:00:00",
            due_date="2024-06-21",
        )  # fmt: skip
        row = self._row(loan)
        self.assertEqual(self._row(waiting), row)
        self.assertFalse(self._try(self.officer, row, "hand_out"))
        self.assertFalse(self._try(self.officer, row, "cancel"))
        self.assertTrue(self._try(self.officer, row, "take_back"))
        self.assertEqual((loan.state, waiting.state), ("closed", "reserved"))
        self._check_agree(waiting)

    def test_who_shared_and_gave_up_stands_in_nobodys_way(self):
        """The row was made for the first of them."""
        first = self._reserve(self.shared, self.ott, due_date="2024-06-20")
        second = self._reserve(self.shared, self.mari, due_date="2024-06-20")
        row = self._row(second)
        self.assertEqual((self._row(first), row.res_id), (row, first.id))
        first.cancel()
        self.assertTrue(self._try(self.officer, row, "hand_out"))
        self.assertEqual((first.state, second.state), ("cancelled", "out"))

    def test_what_an_assignment_has_no_place_for_is_refused_not_dropped(self):
        row = self._row(self._reserved()).with_user(self.officer)
        start = fields.Datetime.to_string(row.start)
        later = {"stop": "2024-06-22 08:00:00"}
        for vals, how in (
            ({**later, "setup_minutes": 30}, {}),
            ({**later, "outside_hours": True}, {}),
            (later, {"on_conflict": "report"}),
            (later, {"seen": {"start": start, "state": "out"}}),
        ):
            with self.subTest(vals=vals, how=how), self.assertRaises(UserError):
                row.change(vals, **how)
        row.change(later, seen={"start": start, "state": "reserved"})

    def test_what_is_each_ones_own_is_not_said_of_both(self):
        loans, row = self._shared_row()
        self.assertFalse(self._try(self.officer, row, "extend"))
        self.assertIn("Several people share", self.refusal)
        self.assertNotIn("MARI", self.refusal)
        self.assertEqual(set(loans.mapped("state")), {"out"})

    def test_who_may_change_only_one_of_them_changes_none(self):
        """A thing of no company, shared by people of two."""
        self.shared.company_id = False
        loan = self._hand_out(self.shared, self.ott, due_date="2024-06-20")
        place = self.env["lending.place"].create({"name": "Desk", "company_id": False})
        foreign = self._loans(self.stranger).hand_out_directly(
            [{"asset_id": self.shared.id, "place_id": place.id}]
        )
        row = self._row(loan)
        self.assertEqual(self._row(foreign), row)
        for user in (self.officer, self.stranger):
            self.assertFalse(self._try(user, row, "take_back"))
        self.assertEqual({loan.state, foreign.state}, {"out"})


@freeze_time(NOW)
class TestNames(DoorCommon):
    """Who has something, is told to those who may read it."""

    def _refusal(self, call, *arguments):
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            call(*arguments)
        return str(caught.exception)

    def test_a_refusal_of_the_ledger_names_no_holder(self):
        self._out()
        vals = {"resource_id": self.laptop.resource_id.id, "start": NOW}
        for user in (self.booker, self.kari_user):
            rows = self.env["resource.allocation"].with_user(user).sudo()
            self.assertNotIn("OTT", self._refusal(rows.allocate, [vals]))
        rows = self.env["resource.allocation"].with_user(self.officer)
        self.assertIn("OTT", self._refusal(rows.allocate, [vals]))

    def test_a_row_is_called_by_who_has_it_now(self):
        row = self._row(self._out())
        self._loans(self.officer).browse(row.res_id).transfer(
            {"employee_id": self.mari.id}
        )
        self.assertEqual(row.state, "out")
        name = row.with_user(self.officer).document_name
        self.assertIn("MARI", name)
        self.assertNotIn("OTT", name)
        self.assertFalse(row.with_user(self.booker).document_name)

    def test_C3_board_says_to_call_who_has_it_now(self):
        row = self._row(self._out())
        self._loans(self.officer).browse(row.res_id).transfer(
            {"employee_id": self.mari.id}
        )
        told = row.with_user(self.officer).board_details()
        self.assertEqual(told["contact"]["name"], self.mari.name)
        self.assertFalse(row.with_user(self.booker).board_details()["contact"])

    def test_rows_and_their_history_name_no_holder(self):
        loan = self._out()
        loan.with_user(self.officer).extend(fields.Date.to_date("2024-06-25"))
        loan.with_user(self.officer).take_back()
        row = self._row(loan)
        shown = row.with_user(self.booker)
        said = [
            shown.display_name,
            shown.document_name,
            *shown.message_ids.mapped("body"),
            *map(str, shown.read(["name", "document_name", "user_id"])),
        ]
        self.assertNotIn("OTT", "".join(filter(None, said)))
        self.assertIn("OTT", row.with_user(self.officer).document_name)

    def test_another_company_s_officer_hears_of_somebody(self):
        """A thing of no company that somebody has in another one."""
        self.shared.company_id = False
        self.shared_type.holding = "one"
        loan = self._hand_out(self.shared, self.ott)
        loans = self._loans(self.stranger)
        place = self.env["lending.place"].create({"name": "Desk", "company_id": False})
        who = {"asset_id": self.shared.id, "place_id": place.id}
        dated = {**who, "date_from": "2024-06-04"}
        thing = self.shared.with_user(self.stranger)
        for refusal in (
            self._refusal(loans.create, [dated]),
            self._refusal(loans.create, [{**dated, "date_from": "2024-06-01"}]),
            self._refusal(loans.take_over, who, "2024-06-01"),
            self._refusal(loans.hand_out_directly, [who]),
            self._refusal(thing.process, "lost"),
        ):
            self.assertNotIn("OTT", refusal)
        events = self.env["lending.event"].with_user(self.stranger)
        self.assertFalse(events.search([("loan_id", "=", loan.id)]))
