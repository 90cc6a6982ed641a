from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common import LendingCommon

START = datetime(2024, 6, 3, 9)
"""A Monday; noon is the same day in Oslo and in UTC."""


@tagged("post_install", "-at_install")
@freeze_time(START)
class TestReminder(LendingCommon):
    """One digest a day and person, at days the category sets; the manager once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category.write(
            {
                "remind_days_before": 3,
                "remind_every_days": 7,
                "escalate_after_days": 5,
            }
        )
        for employee in (cls.boss, cls.ott, cls.kari):
            employee.user_id.partner_id.email = f"{employee.name.lower()}@example.com"
        cls.visitor = cls.env["res.partner"].create(
            {"name": "Vera Visitor", "email": "vera@example.com"}
        )

    def _run(self, day):
        """Let the job run at noon of a day of June; what it wrote, by recipient."""
        before = self.env["mail.mail"].sudo().search([])
        noon = datetime(2024, 6, 1, 12) + timedelta(days=day - 1)
        with freeze_time(noon), self.enter_registry_test_mode():
            self.env.ref("resource_lending.ir_cron_remind").method_direct_trigger()
        mails = self.env["mail.mail"].sudo().search([]) - before
        written = {}
        for mail in mails:
            self.assertEqual(len(mail.recipient_ids), 1)
            written.setdefault(mail.recipient_ids.name, []).append(mail)
        return written

    def _days_with_mail(self, days, person):
        return [day for day in days if person in self._run(day)]

    def test_L10_digest_follows_the_offsets_of_the_category(self):
        self._hand_out(self.laptop, self.ott, due_date="2024-06-10")
        days = self._days_with_mail(range(4, 27), "Ott")
        self.assertEqual(days, [7, 10, 11, 18, 25])

    def test_L10_no_reminder_without_a_return_date(self):
        self._hand_out(self.laptop, self.ott)
        self.assertFalse(self._run(30))

    def test_L10_offsets_zero_remind_on_the_day_and_once_late(self):
        self.category.write({"remind_days_before": 0, "remind_every_days": 0})
        self._hand_out(self.laptop, self.ott, due_date="2024-06-10")
        self.assertEqual(self._days_with_mail(range(4, 27), "Ott"), [10, 11])

    def test_L10_new_return_date_starts_over(self):
        loan = self._hand_out(self.laptop, self.ott, due_date="2024-06-10")
        self.assertIn("Ott", self._run(7))
        loan.extend("2024-06-20")
        self.assertEqual(self._days_with_mail(range(8, 21), "Ott"), [17, 20])

    def test_L10_one_digest_for_all_things_and_none_twice_a_day(self):
        self._hand_out(self.laptop, self.ott, due_date="2024-06-10")
        self._hand_out(self.phone, self.ott, due_date="2024-06-09")
        self._hand_out(self.shared, self.ott, due_date="2024-06-30")
        mails = self._run(8)["Ott"]
        self.assertEqual(len(mails), 1)
        self.assertIn("iPhone 12", mails[0].body_html)
        self.assertIn("Laptop", mails[0].body_html)
        self.assertNotIn("POOL-1", mails[0].body_html, "that has time")
        self.assertFalse(self._run(8))
        self._hand_out(self._thing("Drill", "DR-1"), self.ott, due_date="2024-06-08")
        self.assertFalse(self._run(8), "it waits for tomorrow's digest")

    def test_L11_recall_is_a_message_and_its_deadline_counts(self):
        loan = self._hand_out(self.laptop, self.ott, due_date="2024-06-30")
        with freeze_time("2024-06-05 08:00:00"):
            loan.recall(datetime(2024, 6, 14, 10), "The new one is here")
        self.assertEqual(self._days_with_mail(range(5, 16), "Ott"), [11, 14, 15])
        body = self._run(22)["Ott"][0].body_html
        self.assertIn("The new one is here", body)
        self.assertIn("06/14/2024", body)

    def test_L11_recall_at_short_notice_is_not_said_twice(self):
        loan = self._hand_out(self.laptop, self.ott)
        with freeze_time("2024-06-12 08:00:00"):
            loan.recall(datetime(2024, 6, 14, 10))
        self.assertEqual(self._days_with_mail(range(12, 16), "Ott"), [14, 15])

    def test_L10_never_for_what_is_back_lost_or_archived(self):
        back = self._hand_out(self.laptop, self.ott, due_date="2024-06-05")
        back.take_back()
        lost = self._hand_out(self.phone, self.ott, due_date="2024-06-05")
        lost.take_back(outcome="lost")
        self._reserve(self.shared, self.ott, due_date="2024-06-05").cancel()
        old = self._thing("Old drill", "DR-0")
        self._hand_out(old, self.ott, due_date="2024-06-05")
        old.write_off("2024-06-03")
        self.assertFalse(self._run(6))
        self.assertFalse(self._run(20))

    def test_LC10_sponsor_hears_of_the_external_person(self):
        self._loans().hand_out_directly(
            [
                {
                    "asset_id": self.laptop.id,
                    "partner_id": self.visitor.id,
                    "sponsor_id": self.kari.id,
                    "due_date": "2024-06-10",
                }
            ]
        )
        self._hand_out(self.phone, self.kari, due_date="2024-06-10")
        written = self._run(10)
        self.assertEqual(sorted(written), ["Kari", "Vera Visitor"])
        (mail,) = written["Kari"]
        self.assertIn("iPhone 12", mail.body_html)
        self.assertIn("Vera Visitor", mail.body_html)
        self.assertNotIn("iPhone 12", written["Vera Visitor"][0].body_html)
        self.assertEqual(sorted(self._run(11)), ["Kari", "Vera Visitor"])
        self.assertEqual(list(self._run(15)), ["Kari"], "the sponsor alone")

    def test_D6_link_in_the_mail_needs_no_login(self):
        self._hand_out(self.laptop, self.mari, due_date="2024-06-10")
        (mail,) = self._run(10)["MARI"]
        page = f"/my/resources/employee/{self.mari.id}"
        self.assertIn(f'{page}"', mail.body_html, "without the key")
        [copy] = mail._prepare_outgoing_list()
        link = self.mari._lending_link(self.env["lending.handover"])
        self.assertIn(f'href="{link}"', copy["body"])

    def test_L11_manager_is_told_once(self):
        self._hand_out(self.laptop, self.ott, due_date="2024-06-10")
        days = self._days_with_mail(range(11, 30), "Boss")
        self.assertEqual(days, [15])
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search([("subject", "like", "Not brought back")])
        )
        self.assertIn("OTT", mail.body_html)

    def test_L11_no_escalation_where_the_category_wants_none(self):
        self.category.escalate_after_days = 0
        self._hand_out(self.laptop, self.ott, due_date="2024-06-10")
        self.assertFalse(self._days_with_mail(range(11, 30), "Boss"))

    def test_D6_manager_hears_for_whom_no_mail_reaches(self):
        self.mari.work_contact_id.email = False
        self._hand_out(self.laptop, self.mari, due_date="2024-06-10")
        written = self._run(10)
        self.assertEqual(list(written), ["Boss"])
        self.assertIn("MARI", written["Boss"][0].body_html)

    def test_L9_mail_is_in_the_language_of_its_reader(self):
        self.env["res.lang"]._activate_lang("de_DE")
        template = self.env.ref("resource_lending.mail_template_digest")
        template.with_context(lang="de_DE").subject = "Bitte zurückbringen"
        self.ott_user.partner_id.lang = "de_DE"
        self._hand_out(self.laptop, self.ott, due_date="2024-06-11")
        self._hand_out(self.phone, self.kari, due_date="2024-06-10")
        written = self._run(10)
        self.assertEqual(written["Ott"][0].subject, "Bitte zurückbringen")
        self.assertIn("11.06.2024", written["Ott"][0].body_html)
        self.assertIn("To bring back", written["Kari"][0].subject)

    def test_L10_interrupted_run_goes_on_and_writes_to_nobody_twice(self):
        people = self.env["hr.employee"].create(
            [
                {"name": f"P{number}", "work_email": f"p{number}@example.com"}
                for number in range(6)
            ]
        )
        for number, person in enumerate(people):
            thing = self._thing(f"Thing {number}", f"T-{number}")
            self._hand_out(thing, person, due_date="2024-06-10")
        reminder = self.env["lending.reminder"]
        steps = []

        def out_of_time(_self, processed=0, *, remaining=None, deactivate=False):
            steps.append(remaining)
            return 0 if processed else 10

        with (
            freeze_time("2024-06-10 12:00:00"),
            patch("odoo.addons.resource_lending.models.lending_reminder.STEP", 4),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", out_of_time),
        ):
            reminder._cron_remind()
            self.assertEqual(self._reminded(people), 4)
            reminder._cron_remind()
        self.assertEqual(steps, [6, 2, 2, 0])
        self.assertEqual(self._reminded(people), 6)
        mails = self.env["mail.mail"].sudo().search([])
        for person in people:
            mine = mails.filtered(
                lambda mail, one=person: one.work_contact_id in mail.recipient_ids
            )
            self.assertEqual(len(mine), 1, person.name)

    def _reminded(self, people):
        return self.env["lending.loan"].search_count(
            [("employee_id", "in", people.ids), ("last_reminded_on", "!=", False)]
        )

    def test_L10_queries_do_not_grow_with_the_things_of_a_person(self):
        def count(number):
            things = [
                self._thing(f"Item {number} {one}", f"I-{number}-{one}")
                for one in range(number)
            ]
            self._loans().hand_out_directly(
                [
                    {
                        "asset_id": thing.id,
                        "employee_id": self.ott.id,
                        "due_date": "2024-06-10",
                    }
                    for thing in things
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            progress = patch.object(
                type(self.env["ir.cron"]), "_commit_progress", return_value=10
            )
            with freeze_time("2024-06-10 12:00:00"), progress:
                start = self.env.cr.sql_log_count
                self.env["lending.reminder"]._cron_remind()
                self.env.flush_all()
                used = self.env.cr.sql_log_count - start
            loans = self.env["lending.loan"].search([("employee_id", "=", self.ott.id)])
            loans.filtered(lambda loan: loan.state == "out").take_back()
            loans._store({"last_reminded_on": False})
            return used

        count(1)
        self.assertLessEqual(count(20), count(2) + 2)

    def test_L10_day_is_that_of_the_company(self):
        loan = self._hand_out(self.laptop, self.ott, due_date="2024-06-10")
        with freeze_time("2024-06-10 22:30:00"):
            self.assertEqual(loan._days_left(), -1, "in Oslo it is the 11th")
            self.assertEqual(loan._reminder_today(), fields.Date.to_date("2024-06-11"))
