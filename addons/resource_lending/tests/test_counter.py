"""The storekeeper's windows: reserve, recall, return, extend, pass on, correct."""

from datetime import datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common_counter import CounterCommon


@tagged("post_install", "-at_install")
@freeze_time("2024-05-03 08:00:00")
class TestCounter(CounterCommon):
    """Each window as the storekeeper uses it."""

    # === RESERVE === #

    def test_L3_L4_L5_reserve_from_the_asset_tells_where_and_when(self):
        form = self._window(self.phone, "action_reserve")
        form.employee_id = self.kari
        form.pickup_at = datetime(2024, 5, 6, 7, 0)
        form.pickup_place = "Reception, 1st floor"
        form.save().action_reserve()
        loan = self._loan_of(self.phone)
        self.assertEqual((loan.state, loan.employee_id), ("reserved", self.kari))
        self.assertEqual(loan.pickup_place, "Reception, 1st floor")
        (mail,) = self._mails()
        self.assertEqual(mail.recipient_ids, self.kari_user.partner_id)
        self.assertIn("iPhone 12", mail.subject)
        # 07:00 UTC is nine o'clock in Oslo.
        self.assertRegex(mail.body_html, r"May 6, 2024 9:00\sAM")
        self.assertIn("Reception, 1st floor", mail.body_html)

    def test_L5_neither_place_nor_time_is_mandatory(self):
        form = self._window(self.phone, "action_reserve")
        form.employee_id = self.kari
        form.save().action_reserve()
        loan = self._loan_of(self.phone)
        self.assertEqual(loan.state, "reserved")
        self.assertFalse(loan.pickup_at or loan.pickup_place)
        (mail,) = self._mails()
        self.assertNotIn("collect it", mail.body_html)

    def test_L4_the_mail_is_in_the_language_of_the_person(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.kari_user.partner_id.lang = "de_DE"
        template = self.env.ref("resource_lending.mail_template_lending_reserved")
        template.with_context(lang="de_DE").subject = "Bereit: {{ object._title() }}"
        self._reserve(self.phone, self.kari, pickup_at="2024-05-06 07:00:00")
        (mail,) = self._mails()
        self.assertEqual(mail.subject, "Bereit: iPhone 12")
        self.assertIn("06.05.2024", mail.body_html)

    def test_L4_several_things_make_one_mail(self):
        form = self._window(self.phone | self.laptop, "action_reserve")
        form.employee_id = self.kari
        form.save().action_reserve()
        (mail,) = self._mails()
        self.assertIn("iPhone 12", mail.body_html)
        self.assertIn("LAP-001", mail.body_html)

    def test_L4_without_address_the_window_warns_and_nobody_is_mailed(self):
        deaf = self.env["hr.employee"].create({"name": "Deaf"})
        form = self._window(self.phone, "action_reserve")
        self.assertFalse(form.holder_notice)
        form.employee_id = deaf
        self.assertIn("no e-mail", form.holder_notice)
        form.save().action_reserve()
        self.assertFalse(self._mails())

    def test_L4_reserve_needs_somebody(self):
        window = (
            self.env["lending.reserve"]
            .with_user(self.officer)
            .create({"asset_ids": self.phone.ids})
        )
        with self.assertRaisesRegex(UserError, "who gets it"):
            window.action_reserve()

    def test_L10_return_date_is_proposed_and_optional(self):
        self.category.loan_days = 14
        form = self._window(self.phone, "action_reserve")
        self.assertEqual(str(form.due_date), "2024-05-17")
        form.employee_id = self.kari
        form.due_date = False
        form.save().action_reserve()
        self.assertFalse(self._loan_of(self.phone).due_date)

    def test_L10_changing_the_return_date(self):
        loan = self._hand_out(self.phone, self.kari)
        form = self._window(loan, "action_extend")
        form.due_date = "2024-06-30"
        form.save().action_extend()
        self.assertEqual(str(loan.due_date), "2024-06-30")

    def test_L20_reserving_what_is_lost_is_refused(self):
        self.phone.with_user(self.officer).process("lost")
        window = self._window(self.phone, "action_reserve")
        window.employee_id = self.kari
        with self.assertRaisesRegex(UserError, "lost"):
            window.save().action_reserve()
        self.assertFalse(self._loan_of(self.phone))

    def test_L20_reserving_what_is_taken_makes_nothing(self):
        self._hand_out(self.phone, self.ott)
        window = self._window(self.laptop | self.phone, "action_reserve")
        window.employee_id = self.kari
        with self.assertRaises(AllocationConflict), self.cr.savepoint():
            window.save().action_reserve()
        self.assertFalse(self._loan_of(self.laptop), "all or nothing")

    def test_L20_cancelling_tells_the_person(self):
        loan = self._reserve(self.phone, self.kari)
        self._mails()
        loan.action_cancel()
        self.assertEqual(self.phone.status, "in_stock")
        (mail,) = self._mails()
        self.assertIn("no longer reserved", mail.body_html)

    def test_L20_a_lapsed_reservation_tells_both_sides(self):
        self._reserve(self.phone, self.kari, pickup_at="2024-05-06 07:00:00")
        self._mails()
        with freeze_time("2024-05-09 08:00:00"):
            self._run_cron("ir_cron_turn_over")
            self.assertEqual(self._loan_of(self.phone).state, "cancelled")
            recipients = self._mails().recipient_ids
        self.assertEqual(
            recipients, self.kari_user.partner_id | self.officer.partner_id
        )

    # === RECALL === #

    def test_L11_recall_needs_a_deadline(self):
        loan = self._hand_out(self.phone, self.kari)
        form = self._window(loan, "action_recall")
        self.assertFalse(form.recall_by)
        with self.assertRaises(AssertionError):
            form.save()
        with self.assertRaises(ValidationError):
            loan.recall(False)
        self.assertFalse(loan.recall_by)

    def test_L11_recall_without_message(self):
        loan = self._hand_out(self.phone, self.kari)
        form = self._window(loan, "action_recall")
        form.recall_by = datetime(2024, 6, 14, 10, 0)
        form.save().action_recall()
        self.assertEqual(str(loan.recall_by), "2024-06-14 10:00:00")
        (mail,) = self._mails()
        self.assertRegex(mail.body_html, r"Jun 14, 2024 12:00\sPM")

    def test_L11_only_what_is_out_is_recalled(self):
        loan = self._reserve(self.phone, self.kari)
        with self.assertRaisesRegex(UserError, "reserved"):
            loan.action_recall()
        with self.assertRaisesRegex(UserError, "Nobody has"):
            self.laptop.with_user(self.officer).action_recall()

    def test_L11_one_mail_for_each_person(self):
        loans = self._hand_out(self.phone, self.kari)
        loans |= self._hand_out(self.laptop, self.kari)
        loans |= self._hand_out(self.shared, self.mari)
        form = self._window(loans, "action_recall")
        form.recall_by = datetime(2024, 6, 14, 10, 0)
        form.message = "Stock-take"
        form.save().action_recall()
        mails = self._mails()
        self.assertEqual(len(mails), 2)
        self.assertTrue(all("Stock-take" in mail.body_html for mail in mails))
        self.assertEqual(loans.mapped("recall_message"), ["Stock-take"] * 3)

    # === RETURN AND PROCESS === #

    def test_L12_L13_outcome_of_each_line(self):
        loans = self._hand_out(self.phone, self.kari)
        loans |= self._hand_out(self.laptop, self.kari)
        form = self._window(loans, "action_return")
        with form.line_ids.edit(0) as line:
            line.outcome = "outdated"
            line.condition_note = "Screen cracked"
        form.save().action_process()
        outcomes = dict(zip(loans.asset_id, loans.mapped("outcome"), strict=True))
        self.assertEqual(sorted(outcomes.values()), ["in_stock", "outdated"])
        self.assertEqual(set(loans.mapped("state")), {"closed"})
        document = loans.return_handover_id
        self.assertEqual(len(document), 1)
        self.assertEqual((document.direction, document.state), ("back", "done"))
        self.assertIn("Screen cracked", document.line_ids.mapped("condition_note"))

    def test_L13_no_other_outcome(self):
        loan = self._hand_out(self.phone, self.kari)
        with self.assertRaisesRegex(UserError, "In stock"):
            loan.take_back(outcome="eaten")
        self.assertEqual(loan.state, "out")

    def test_L14_processing_again_from_the_asset(self):
        with freeze_time("2024-05-03 07:00:00"):
            loan = self._hand_out(self.phone, self.kari)
        loan.take_back()
        for outcome in ("outdated", "lost", "in_stock"):
            form = self._window(self.phone, "action_return")
            form.outcome = outcome
            form.save().action_process()
            self.assertEqual(self.phone.status, outcome)
        self.assertEqual(loan.outcome, "in_stock")
        self.assertEqual(
            self.phone.event_ids.filtered(lambda one: one.kind == "process")
            .sorted("id")
            .mapped("outcome"),
            ["outdated", "lost", "in_stock"],
        )

    def test_L14_processing_again_from_the_assignment(self):
        with freeze_time("2024-05-03 07:00:00"):
            loan = self._hand_out(self.phone, self.kari)
        loan.take_back()
        form = self._window(loan, "action_return")
        with form.line_ids.edit(0) as line:
            line.outcome = "outdated"
        form.save().action_process()
        self.assertEqual(self.phone.status, "outdated")
        self.assertEqual(loan.event_ids.sorted("id")[-1].kind, "process")

    def test_L12_returning_what_is_not_out_is_refused(self):
        loan = self._reserve(self.phone, self.kari)
        with self.assertRaisesRegex(UserError, "reserved"):
            loan.action_return()

    # === PASS ON === #

    def test_L12_passing_on_without_coming_back(self):
        loan = self._hand_out(self.phone, self.kari)
        self._mails()
        form = self._window(self.phone, "action_transfer")
        form.employee_id = self.mari
        with freeze_time("2024-05-04 08:00:00"):
            form.save().action_transfer()
            new = self._loan_of(self.phone) - loan
            self.assertEqual(loan.state, "closed")
            self.assertEqual((new.state, new.employee_id), ("out", self.mari))
            self.assertEqual(new.start_at, loan.stop_at)
            self.assertEqual(self.phone.status, "handed_out")
            self.assertEqual(new.handover_id.state, "done")
            (mail,) = self._mails()
        self.assertEqual(mail.recipient_ids.email, "mari@example.com")

    # === EXTERNAL === #

    def test_LC10_external_person_needs_sponsor_and_return_date(self):
        window = self.env["lending.reserve"].with_user(self.officer)
        vals = {
            "asset_ids": self.phone.ids,
            "holder_kind": "partner",
            "partner_id": self.visitor.id,
        }
        for missing in (
            {},
            {"sponsor_id": self.ott.id},
            {"due_date": "2024-05-31"},
        ):
            with self.assertRaisesRegex(UserError, "external person"):
                window.create({**vals, **missing}).action_reserve()
        self.assertFalse(self._loan_of(self.phone))

    def test_LC10_messages_go_to_holder_and_sponsor(self):
        form = self._window(self.phone, "action_reserve")
        form.holder_kind = "partner"
        form.partner_id = self.visitor
        form.sponsor_id = self.ott
        form.due_date = "2024-05-31"
        form.save().action_reserve()
        both = self.visitor | self.ott_user.partner_id
        self.assertEqual(self._mails().recipient_ids, both)
        loan = self._loan_of(self.phone)
        loan.hand_out()
        loan.recall("2024-05-20 10:00:00")
        mails = self._mails()
        self.assertEqual(mails.recipient_ids, both)
        to_sponsor = mails.filtered(
            lambda mail: mail.recipient_ids == self.ott_user.partner_id
        )
        self.assertIn("You answer for", to_sponsor.body_html)

    # === CORRECT === #

    def test_LC11_the_wrong_item(self):
        loan = self._handed_over(self.phone, self.kari)
        self._mails()
        right = self._correct(loan, asset_id=self.laptop)
        self.assertEqual((loan.state, right.state), ("cancelled", "out"))
        self.assertEqual((right.asset_id, right.employee_id), (self.laptop, self.kari))
        self.assertEqual(right.corrects_id, loan)
        self.assertEqual(
            (self.phone.status, self.laptop.status), ("in_stock", "handed_out")
        )
        self.assertIn("correct", loan.event_ids.mapped("kind"))
        self.assertTrue(loan.handover_id.line_ids.replaced, "both stay in history")
        self.assertEqual(right.handover_id.corrects_id, loan.handover_id)
        (mail,) = self._mails()
        self.assertIn("Corrected receipt", mail.subject)
        self.assertEqual(mail.recipient_ids, self.kari_user.partner_id)

    def test_LC11_the_wrong_holder_both_are_told(self):
        loan = self._handed_over(self.phone, self.kari)
        self._mails()
        right = self._correct(loan, employee_id=self.mari)
        self.assertEqual(right.employee_id, self.mari)
        mails = self._mails()
        self.assertEqual(
            set(mails.recipient_ids.mapped("email")),
            {self.kari_user.email, "mari@example.com"},
        )

    def test_LC11_the_wrong_time(self):
        loan = self._handed_over(self.phone, self.kari)
        right = self._correct(loan, start_at=datetime(2024, 5, 3, 6, 30))
        self.assertEqual(str(right.start_at), "2024-05-03 06:30:00")

    def test_LC11_one_too_many(self):
        """The wrong quantity: one of the things never left."""
        phone, laptop = self._handed_over(self.phone | self.laptop, self.kari)
        self._mails()
        form = Form(
            self.env["lending.correct"]
            .with_user(self.officer)
            .with_context(default_loan_ids=phone.ids)
        )
        form.never = True
        form.reason = "Stayed on the shelf"
        form.save().action_correct()
        self.assertEqual((phone.state, laptop.state), ("cancelled", "out"))
        self.assertEqual(self.phone.status, "in_stock")
        document = laptop.handover_id
        self.assertEqual(document.line_ids.mapped("replaced"), [True, False])
        self.assertEqual(document.revision, 1)
        (mail,) = self._mails()
        self.assertIn("Corrected receipt", mail.subject)
        self.assertIn("corrected 1", mail.attachment_ids.name)

    def test_LC11_nothing_changed_is_refused(self):
        loan = self._handed_over(self.phone, self.kari)
        with self.assertRaisesRegex(UserError, "Nothing was changed"):
            self._correct(loan)
        self.assertEqual(loan.state, "out")

    def test_LC11_later_only_an_administrator(self):
        loan = self._handed_over(self.phone, self.kari)
        with freeze_time("2024-05-06 08:00:00"):
            with self.assertRaises(AccessError):
                self._correct(loan, asset_id=self.laptop)
            self.assertEqual(loan.state, "out")
            right = self._correct(
                loan.with_user(self.administrator), asset_id=self.laptop
            )
        self.assertEqual(right.state, "out")
        self.assertEqual(str(right.start_at), "2024-05-03 08:00:00")

    # === WHO MAY === #

    def test_L3_employees_have_no_counter(self):
        with self.assertRaises(AccessError):
            self.env["lending.reserve"].with_user(self.kari_user).create(
                {"asset_ids": self.phone.ids, "employee_id": self.kari.id}
            )
        loan = self._hand_out(self.phone, self.kari).with_user(self.kari_user)
        for action in ("take_back", "cancel", "hand_out"):
            with self.assertRaises(AccessError):
                getattr(loan, action)()


@tagged("post_install", "-at_install")
class TestWorkedExample(CounterCommon):
    """PHN-017 of the rules, day by day, through the windows."""

    def test_L1_L2_L4_L6_L8_L9_L11_L13_L14_example_of_PHN_017(self):
        with freeze_time("2024-05-02 08:00:00"):
            phone = self._thing("iPhone 12", "PHN-018").with_user(self.officer)
            self.assertEqual(phone.status, "in_stock")
        with freeze_time("2024-05-03 08:00:00"):
            form = self._window(phone, "action_reserve")
            form.employee_id = self.kari
            form.pickup_at = datetime(2024, 5, 6, 7, 0)
            form.pickup_place = "Reception, 1st floor"
            form.save().action_reserve()
            loan = self._loan_of(phone)
            self.assertEqual((phone.status, loan.state), ("reserved", "reserved"))
            self.assertIn("Reception, 1st floor", self._mails().body_html)
        with freeze_time("2024-05-06 07:05:00"):
            self._confirm(loan.action_hand_out())
            self.assertEqual(phone.status, "handed_out")
            self.assertEqual(phone.employee_ids.ids, self.kari.ids)
            self.assertEqual(self._period(loan), ("2024-05-06", None))
            self.assertIn("Receipt", self._mails().subject)
        with freeze_time("2024-06-10 08:00:00"):
            form = self._window(loan, "action_recall")
            form.recall_by = datetime(2024, 6, 14, 10, 0)
            form.message = "new phone is here"
            form.save().action_recall()
            self.assertEqual(phone.status, "handed_out")
            self.assertIn("new phone is here", self._mails().body_html)
        with freeze_time("2024-06-13 08:00:00"):
            self._window(loan, "action_return").save().action_process()
            self.assertEqual(phone.status, "in_stock")
            self.assertEqual(self._period(loan), ("2024-05-06", "2024-06-13"))
        with freeze_time("2024-06-17 08:00:00"):
            self._process(phone, "outdated")
            self.assertEqual(phone.status, "outdated")
            self.assertEqual(self._period(loan), ("2024-05-06", "2024-06-13"))
            with self.assertRaisesRegex(UserError, "outdated"):
                self._reserve(phone, self.ott)
        kinds = phone.event_ids.sorted("id").mapped("kind")
        self.assertEqual(kinds, ["reserve", "hand_out", "recall", "return", "process"])

    def test_L13_L14_example_of_PHN_017_lost_then_found(self):
        with freeze_time("2024-05-06 07:05:00"):
            loan = self._hand_out(self.phone, self.kari)
        with freeze_time("2024-06-20 08:00:00"):
            self._process(self.phone, "lost")
            self.assertEqual(self.phone.status, "lost")
            self.assertEqual(str(loan.date_to), "2024-06-20")
            self.assertEqual(loan.outcome, "lost")
        with freeze_time("2024-07-01 08:00:00"):
            self._process(self.phone, "in_stock")
            self.assertEqual(self.phone.status, "in_stock")
            self.assertEqual((str(loan.date_to), loan.outcome), ("2024-06-20", "lost"))
        last = self.phone.event_ids.sorted("id")[-1]
        self.assertEqual((last.kind, str(last.at.date())), ("process", "2024-07-01"))
