from datetime import date, datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user

from .common import LendingCommon


@freeze_time("2024-05-20 10:00:00")
class TestDeparture(LendingCommon):
    """Who leaves returns what they have; nothing is closed until it was received."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Departure = cls.env["lending.departure"]
        cls.cron = cls.env.ref("resource_lending.ir_cron_lending_departure")
        # Odoo lets HR administrators register departures.
        cls.hr_manager = new_test_user(
            cls.env, "hr_manager", groups="hr.group_hr_manager", tz="Europe/Oslo"
        )
        cls.guest = cls.env["res.partner"].create({"name": "Visitor"})

    def _holdings(self):
        """Ott has a laptop, is promised a phone, answers for a van, sponsors one."""
        self.out = self._hand_out(self.laptop, self.ott)
        self.promised = self._reserve(
            self.phone, self.ott, start_at="2024-06-10 08:00:00"
        )
        self.answers = self._type(
            self._thing("Van", "VAN-1"), self.ott, "2024-05-01", role="responsible"
        )
        self.sponsored = self._loans().hand_out_directly(
            [
                {
                    "asset_id": self._thing("Badge", "BDG-1").id,
                    "partner_id": self.guest.id,
                    "sponsor_id": self.ott.id,
                    "due_date": "2024-08-01",
                }
            ]
        )
        return self.out | self.promised | self.answers | self.sponsored

    def _window(self, employees, user=None, **context):
        return Form(
            self.env["hr.departure.wizard"]
            .with_user(user or self.hr_manager)
            .with_context(
                active_ids=employees.ids, employee_termination=True, **context
            )
        )

    def _leave(self, employees, **values):
        window = self._window(employees)
        window.departure_date = date(2024, 5, 31)
        for name, value in values.items():
            window[name] = value
        window.save().action_register_departure()
        return self.Departure.search([("employee_id", "in", employees.ids)])

    def _run_cron(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_the_window_lists_what_is_held(self):
        held = self._holdings()
        window = self._window(self.ott)
        self.assertEqual(window.lending_count, 4)
        self.assertEqual(set(window.lending_loan_ids.ids), set(held.ids))
        window.departure_date = date(2024, 6, 15)
        self.assertEqual(window.lending_deadline, date(2024, 6, 15))

    def test_every_item_becomes_a_recall_with_deadline_and_responsible(self):
        held = self._holdings()
        departure = self._leave(
            self.ott, lending_method="shipment", lending_instructions="Depot 3"
        )
        self.assertFalse(self.ott.active)
        self.assertEqual(departure.loan_ids, held)
        self.assertEqual(departure.responsible_id, self.boss_user)
        self.assertEqual(departure.activity_ids.user_id, self.boss_user)
        self.assertEqual(departure.activity_ids.date_deadline, date(2024, 5, 31))
        asked = held - self.promised
        for loan in asked:
            self.assertEqual(loan.recall_by, datetime(2024, 5, 31, 21, 59))
            self.assertEqual(loan.recall_message, "Shipment: Depot 3")
            self.assertEqual(loan.state, "out", "nothing is closed")
        self.assertEqual(self.promised.state, "reserved")
        self.assertEqual(self.sponsored.due_date, date(2024, 8, 1))

    def test_the_badge_stays_until_the_last_item_is_received(self):
        self._holdings()
        departure = self._leave(self.ott)
        counted = []
        for act in (
            lambda: None,
            lambda: self.out.with_user(self.officer).take_back(),
            lambda: self.sponsored.with_user(self.officer).take_back(),
            lambda: self.answers.with_user(self.officer).take_back(),
            lambda: departure.with_user(self.officer).action_cancel_reservations(),
        ):
            act()
            self.env.invalidate_all()
            counted.append(self.ott.with_user(self.hr_officer).lending_to_return_count)
        self.assertEqual(counted, [4, 3, 2, 1, 0])
        self.assertEqual(departure.settled_on, date(2024, 5, 20))
        self.assertFalse(departure.activity_ids, "the follow-up is done")
        self.assertEqual(self.promised.state, "cancelled")

    def test_an_earlier_recall_keeps_its_deadline(self):
        loan = self._hand_out(self.laptop, self.ott)
        loan.with_user(self.officer).recall("2024-05-22 10:00:00", "Now please")
        self._leave(self.ott)
        self.assertEqual(loan.recall_by, datetime(2024, 5, 22, 10))
        self.assertEqual(loan.recall_message, "Now please")

    def test_changing_the_day_asks_again(self):
        loan = self._hand_out(self.laptop, self.ott)
        departure = self._leave(self.ott)
        departure.deadline = "2024-06-05"
        self.assertEqual(loan.recall_by, datetime(2024, 6, 5, 21, 59))
        before = len(loan.event_ids)
        departure.with_user(self.hr_officer).action_ask_again()
        self.assertEqual(len(loan.event_ids), before + 1)
        with self.assertRaises(AccessError):
            departure.with_user(self.kari_user).action_ask_again()

    def test_who_has_nothing_leaves_no_trace(self):
        self.assertFalse(self._leave(self.kari))

    def test_archived_in_bulk_the_job_asks(self):
        mine = self._hand_out(self.laptop, self.ott)
        hers = self._hand_out(self.phone, self.mari)
        both = self.ott | self.mari
        both.with_user(self.hr_officer).action_archive()
        self.assertEqual(
            self.ott.with_user(self.hr_officer).lending_to_return_count, 1, "at once"
        )
        self._run_cron()
        found = self.Departure.search([("employee_id", "in", both.ids)])
        self.assertEqual(len(found), 2)
        self.assertEqual(
            set((mine | hers).mapped("recall_by")), {datetime(2024, 5, 20, 21, 59)}
        )

    def test_archived_by_write_the_job_is_called(self):
        loan = self._hand_out(self.laptop, self.ott)
        triggers = self.env["ir.cron.trigger"].search_count
        before = triggers([("cron_id", "=", self.cron.id)])
        self.ott.with_user(self.hr_officer).write({"active": False})
        self.assertEqual(triggers([("cron_id", "=", self.cron.id)]), before + 1)
        self._run_cron()
        self.assertTrue(loan.recall_by)
        events = len(loan.event_ids)
        self._run_cron()
        self.assertEqual(len(loan.event_ids), events, "asked once")

    def test_what_a_leaver_gets_later_is_asked_for_too(self):
        self._hand_out(self.laptop, self.ott)
        departure = self._leave(self.ott)
        later = self._hand_out(self.phone, self.ott)
        self._run_cron()
        self.assertEqual(later.recall_by, datetime(2024, 5, 31, 21, 59))
        self.assertEqual(departure.to_return_count, 2)

    def test_who_comes_back_leaves_no_more(self):
        self._hand_out(self.laptop, self.ott)
        departure = self._leave(self.ott)
        self.ott.action_unarchive()
        self.assertFalse(departure.active)
        self.assertFalse(self.ott.with_user(self.hr_officer).lending_to_return_count)

    def test_leavers_are_found_by_what_is_missing(self):
        self._hand_out(self.laptop, self.ott)
        hers = self._hand_out(self.phone, self.mari)
        departures = self._leave(self.ott | self.mari)
        hers.with_user(self.officer).take_back()
        Departure = self.Departure.with_user(self.officer)
        missing = Departure.search([("to_return_count", ">", 0)])
        self.assertEqual(missing.employee_id, self.ott)
        self.assertEqual(
            Departure.search([("to_return_count", "=", 0)]).employee_id, self.mari
        )
        self.assertEqual(departures.company_id, self.company)

    def test_who_sees_leavers(self):
        self._hand_out(self.laptop, self.ott)
        departure = self._leave(self.ott)
        for user, sees in (
            (self.officer, True),
            (self.hr_officer, True),
            (self.boss_user, True),
            (self.kari_user, False),
            (self.ott_user, False),
        ):
            found = self.Departure.with_user(user).search([])
            self.assertEqual(departure in found, sees, user.login)
        card = Form(departure.with_user(self.boss_user))
        self.assertEqual(len(card.loan_ids), 1)
        with self.assertRaises(AccessError):
            departure.with_user(self.boss_user).deadline = "2024-07-01"

    def test_many_leavers_cost_few_queries(self):
        """Recall is one batch for all with the same day and way."""
        employees = self.env["hr.employee"].create(
            [{"name": f"Worker {number}"} for number in range(20)]
        )
        self._loans().hand_out_directly(
            [
                {
                    "asset_id": self._thing("T", f"T-{one.id}").id,
                    "employee_id": one.id,
                }
                for one in employees
            ]
        )
        few, many = employees[:5], employees[5:]
        costs = []
        for group in (few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            group.mapped("name")
            before = self.env.cr.sql_log_count
            self.Departure._begin(
                group, deadline=date(2024, 6, 1), responsible_id=False
            )
            self.env.flush_all()
            costs.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(costs[1], costs[0] + 12, costs)

    def test_the_responsible_may_be_chosen(self):
        self._hand_out(self.laptop, self.ott)
        departure = self._leave(self.ott, lending_responsible_id=self.officer)
        self.assertEqual(departure.activity_ids.user_id, self.officer)
