"""One document for many things: scanning, signing, declining, the receipt."""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common_counter import PIXEL, CounterCommon

MANY = 20


@tagged("post_install", "-at_install")
@freeze_time("2024-05-03 08:00:00")
class TestHandover(CounterCommon):
    """Several things change hands at once: one signature, one paper, one mail."""

    def _form(self, direction="out", **values):
        model = self.env["lending.handover"].with_user(self.officer)
        form = Form(model.with_context(default_direction=direction))
        for name, value in values.items():
            setattr(form, name, value)
        return form

    def _scan(self, form, *codes):
        for code in codes:
            form._barcode_scanned = code
        return form

    def _out(self, *codes, **values):
        form = self._scan(self._form(**values), *codes)
        document = form.save()
        document.confirm()
        return document

    # === SCANNING === #

    def test_L7_scanning_what_is_reserved_fills_in_who_gets_it(self):
        loan = self._reserve(self.phone, self.kari)
        form = self._scan(self._form(), "PHN-017")
        self.assertEqual(form.employee_id, self.kari)
        document = form.save()
        self.assertEqual(document.line_ids.loan_id, loan)
        document.confirm()
        self.assertEqual((loan.state, loan.handover_id), ("out", document))

    def test_L8_L20_what_nobody_reserved_goes_out_directly(self):
        document = self._out("LAP-001", "PHN-017", employee_id=self.kari)
        loans = document.line_ids.loan_id
        self.assertEqual(loans.asset_id, self.laptop | self.phone)
        self.assertEqual(set(loans.mapped("state")), {"out"})
        self.assertEqual(loans.employee_id, self.kari)
        self.assertTrue(document.name.startswith("OUT/2024/"))
        self.assertEqual(
            (self.phone.event_ids[:1].kind, self.laptop.event_ids[:1].kind),
            ("hand_out",) * 2,
        )

    def test_L7_typed_codes_count_like_scanned_ones(self):
        form = self._form(employee_id=self.kari)
        form.code = "lap-001"
        self.assertFalse(form.code)
        self.assertEqual(len(form.line_ids), 1)

    def test_L7_a_wrong_scan_is_told_and_does_nothing(self):
        self._hand_out(self.phone, self.ott)
        self.laptop.process("lost")
        form = self._form(employee_id=self.kari)
        for code, text in (
            ("NOPE", "No thing has this code"),
            ("PHN-017", "is with OTT"),
            ("LAP-001", "is lost"),
        ):
            document = self.env["lending.handover"].with_user(self.officer)
            result = document.new({"employee_id": self.kari.id}).on_barcode_scanned(
                code
            )
            self.assertIn(text, result["warning"]["message"])
            self.assertEqual(result["warning"]["type"], "notification")
            with self.assertLogs("odoo.tests.form.onchange", "WARNING"):
                self._scan(form, code)
        self.assertFalse(len(form.line_ids))

    def test_L7_scanned_twice_is_on_it_once(self):
        document = self.env["lending.handover"].with_user(self.officer).new({})
        self.assertFalse(document.on_barcode_scanned("PHN-017"))
        result = document.on_barcode_scanned("PHN-017")
        self.assertIn("on the list already", result["warning"]["message"])
        self.assertEqual(len(document.line_ids), 1)

    def test_L7_what_is_reserved_for_somebody_else_does_not_go_out(self):
        loan = self._reserve(self.phone, self.ott)
        document = self.env["lending.handover"].with_user(self.officer)
        document = document.create(
            {
                "employee_id": self.kari.id,
                "line_ids": [
                    (0, 0, {"asset_id": self.phone.id, "loan_id": loan.id}),
                    (0, 0, {"asset_id": self.laptop.id}),
                ],
            }
        )
        self.assertIn("OTT", document.line_ids[0].hint)
        with self.assertRaisesRegex(UserError, "OTT"), self.cr.savepoint():
            document.confirm()
        self.assertEqual(
            (loan.state, self.laptop.status, document.state),
            ("reserved", "in_stock", "draft"),
        )

    def test_L12_scanning_what_comes_back(self):
        loans = self._hand_out(self.phone, self.kari)
        loans |= self._hand_out(self.laptop, self.kari)
        form = self._scan(self._form("back"), "PHN-017", "LAP-001")
        self.assertEqual(form.employee_id, self.kari)
        with form.line_ids.edit(1) as line:
            line.outcome = "outdated"
        document = form.save()
        document.confirm()
        self.assertEqual(set(loans.mapped("state")), {"closed"})
        self.assertEqual(
            (self.phone.status, self.laptop.status), ("in_stock", "outdated")
        )
        self.assertEqual(loans.return_handover_id, document)
        self.assertTrue(document.name.startswith("IN/2024/"))

    def test_L12_what_nobody_has_cannot_come_back(self):
        document = self.env["lending.handover"].with_user(self.officer)
        result = document.new({"direction": "back"}).on_barcode_scanned("PHN-017")
        self.assertIn("not handed out", result["warning"]["message"])
        document = document.create(
            {
                "direction": "back",
                "line_ids": [(0, 0, {"asset_id": self.phone.id})],
            }
        )
        with self.assertRaisesRegex(UserError, "not handed out"):
            document.confirm()

    def test_L12_things_of_several_people_make_a_document_for_each(self):
        self._hand_out(self.phone, self.kari)
        self._hand_out(self.laptop, self.ott)
        form = self._scan(self._form("back"), "PHN-017", "LAP-001")
        document = form.save()
        documents = document.confirm()
        self.assertEqual(len(documents), 2)
        self.assertEqual(documents.mapped("employee_id"), self.kari | self.ott)
        for one in documents:
            self.assertEqual(len(one.line_ids), 1)
            self.assertEqual(one.line_ids.loan_id.employee_id, one.employee_id)

    def test_L12_shared_things_come_back_from_whom_the_document_names(self):
        kari = self._hand_out(self.shared, self.kari)
        ott = self._hand_out(self.shared, self.ott)
        document = self.env["lending.handover"].with_user(self.officer)
        result = document.new({"direction": "back"}).on_barcode_scanned("POOL-1")
        self.assertIn("who brings it", result["warning"]["message"])
        form = self._form("back", employee_id=self.ott)
        self._scan(form, "POOL-1").save().confirm()
        self.assertEqual((kari.state, ott.state), ("out", "closed"))

    def test_L12_condition_and_photos_stay_with_the_document(self):
        loan = self._hand_out(self.phone, self.kari)
        photo = self.env["ir.attachment"].with_user(self.officer)
        photo = photo.create({"name": "scratch.png", "datas": PIXEL})
        form = self._scan(self._form("back"), "PHN-017")
        with form.line_ids.edit(0) as line:
            line.condition_note = "Scratched"
            line.photo_ids.add(photo)
        form.save().confirm()
        line = loan.return_handover_id.line_ids
        self.assertEqual((line.condition_note, line.photo_ids), ("Scratched", photo))
        self.assertIn("Scratched", loan.event_ids.mapped("note"))

    # === THE RECEIPT === #

    def test_L9_one_mail_with_one_paper_for_all_things(self):
        document = self._out("LAP-001", "PHN-017", employee_id=self.kari)
        (mail,) = self._mails()
        self.assertEqual(mail.recipient_ids, self.kari_user.partner_id)
        self.assertIn(document.name, mail.subject)
        self.assertEqual(len(mail.attachment_ids), 1)
        for code in ("LAP-001", "PHN-017"):
            self.assertIn(code, mail.body_html)

    def test_L9_the_receipt_is_optional(self):
        self._out("PHN-017", employee_id=self.kari, send_receipt=False)
        self.assertFalse(self._mails())

    def test_L9_a_broken_template_holds_up_no_other_mail(self):
        template = self.env.ref("resource_lending.mail_template_lending_recalled")
        template.subject = "{{ object._title() }} {{ 1 / 0 }}"
        self._hand_out(self.phone, self.kari).recall("2024-06-14 10:00:00")
        self._reserve(self.laptop, self.ott)
        self._run_cron("ir_cron_lending_notice")
        states = self.env["lending.notice"].search([]).mapped("state")
        self.assertEqual(sorted(states), ["failed", "sent"])

    def test_L9_the_paper_shows_things_and_terms_as_they_were(self):
        self.category.terms = "<p>Bring it back whole.</p>"
        document = self._out("LAP-001", "PHN-017", employee_id=self.kari)
        self.category.terms = "<p>Something else.</p>"
        self.phone.name = "Renamed"
        html = self._paper(document)
        self.assertEqual(html.count("Bring it back whole."), 1, "each terms once")
        self.assertNotIn("Something else", html)
        self.assertIn("iPhone 12", html)
        self.assertNotIn("Renamed", html)

    def test_L9_the_paper_of_a_return_names_the_outcome(self):
        self._hand_out(self.phone, self.kari)
        form = self._scan(self._form("back"), "PHN-017")
        with form.line_ids.edit(0) as line:
            line.outcome = "outdated"
            line.condition_note = "Cracked"
        document = form.save()
        document.confirm()
        html = self._paper(document)
        self.assertIn("Outdated", html)
        self.assertIn("Cracked", html)
        (mail,) = self._mails()
        self.assertIn("took this back", mail.body_html)

    def _paper(self, document):
        report = self.env["ir.actions.report"].with_user(self.officer)
        content, _kind = report._render_qweb_html(
            "resource_lending.lending_handover_report_action", document.ids
        )
        return content.decode()

    def test_L9_open_documents_have_no_receipt(self):
        document = self._scan(self._form(employee_id=self.kari), "PHN-017").save()
        with self.assertRaisesRegex(UserError, "once it is confirmed"):
            document.action_print()

    # === SIGNING === #

    def test_L8_signing_at_the_counter_accepts_all(self):
        document = self._out(
            "LAP-001", "PHN-017", employee_id=self.kari, signature=PIXEL
        )
        self.assertEqual(
            document.line_ids.mapped("acceptance"), ["accepted", "accepted"]
        )
        self.assertEqual(document.signed_by, "Kari")
        self.assertEqual(document.signed_at, fields.Datetime.now())
        self.assertIn("accept", self.phone.event_ids.mapped("kind"))

    def test_L8_who_has_to_sign_signs(self):
        self.category.sign_required = True
        form = self._scan(self._form(employee_id=self.kari), "PHN-017")
        document = form.save()
        with self.assertRaisesRegex(UserError, "signature is needed"):
            document.confirm()
        self.assertEqual((document.state, self.phone.status), ("draft", "in_stock"))
        document.method = "portal"
        document.confirm()
        self.assertEqual(document.line_ids.acceptance, "waiting")
        self.assertTrue(document.can_sign)
        (mail,) = self._mails()
        self.assertIn(f"/my/resources/handover/{document.id}", mail.body_html)
        document.sudo().sign("Kari", PIXEL)
        self.assertEqual(document.line_ids.acceptance, "accepted")
        self.assertFalse(document.can_sign)

    def test_L8_the_holder_signs_and_nobody_else(self):
        document = self._out("PHN-017", employee_id=self.kari, method="portal")
        with self.assertRaises(AccessError):
            document.with_user(self.ott_user).sign("Ott", PIXEL)
        with self.assertRaises(AccessError):
            document.with_user(self.hr_officer).sign("HR", PIXEL)
        document.with_user(self.kari_user).sign(False, PIXEL)
        self.assertEqual(document.signed_by, "Kari")
        with self.assertRaisesRegex(UserError, "nothing is left to sign"):
            document.with_user(self.kari_user).sign(False, PIXEL)

    def test_L8_signed_on_paper(self):
        document = self._out("PHN-017", employee_id=self.kari, method="paper")
        self.assertEqual(document.line_ids.acceptance, "waiting")
        document.action_signed_on_paper()
        self.assertEqual(document.line_ids.acceptance, "accepted")

    def test_L8_signing_later_at_the_counter(self):
        document = self._out("PHN-017", employee_id=self.kari)
        model = self.env["lending.sign"].with_user(self.officer)
        form = Form(model.with_context(active_id=document.id))
        self.assertEqual(form.signed_by, "Kari")
        form.signature = PIXEL
        form.save().action_sign()
        self.assertEqual(document.line_ids.acceptance, "accepted")

    def test_L8_the_signed_paper_is_made_once(self):
        document = self._out("PHN-017", employee_id=self.kari)
        self.assertFalse(document._receipt_file())
        document.sudo().sign("Kari", PIXEL)
        self.assertTrue(document._receipt_file())

    # === DECLINING === #

    def test_L8_declining_tells_the_counter_and_moves_nothing(self):
        document = self._out(
            "LAP-001", "PHN-017", employee_id=self.kari, method="portal"
        )
        line = document.line_ids[0]
        document.with_user(self.kari_user).decline(line, "Not in the box")
        self.assertEqual(
            document.line_ids.mapped("acceptance"), ["declined", "waiting"]
        )
        self.assertEqual(line.loan_id.state, "out")
        self.assertIn("decline", line.asset_id.event_ids.mapped("kind"))
        self.assertEqual(document.activity_ids.user_id, self.officer)
        document.with_user(self.kari_user).sign(False, PIXEL)
        self.assertEqual(
            document.line_ids.mapped("acceptance"), ["declined", "accepted"]
        )

    def test_L8_the_reason_of_declining_is_text_never_markup(self):
        document = self._out("PHN-017", employee_id=self.kari, method="portal")
        reason = "<img src=x onerror=alert(1)>"
        document.with_user(self.kari_user).decline(document.line_ids, reason)
        self.assertIn("&lt;img", document.activity_ids.note)
        self.assertNotIn("<img", document.activity_ids.note)

    def test_L8_declining_needs_a_reason(self):
        document = self._out("PHN-017", employee_id=self.kari, method="portal")
        with self.assertRaisesRegex(UserError, "Say why"):
            document.decline(document.line_ids, " ")

    def test_L12_declining_after_the_return_is_refused(self):
        document = self._out("PHN-017", employee_id=self.kari, method="portal")
        with freeze_time("2024-05-04 08:00:00"):
            document.line_ids.loan_id.take_back()
            with self.assertRaisesRegex(UserError, "can no longer be declined"):
                document.with_user(self.kari_user).decline(document.line_ids, "No")
        self.assertEqual(document.line_ids.acceptance, "waiting")

    def test_L12_declining_after_passing_on_is_refused(self):
        document = self._out("PHN-017", employee_id=self.kari, method="portal")
        with freeze_time("2024-05-04 08:00:00"):
            form = self._window(self.phone, "action_transfer")
            form.employee_id = self.ott
            form.save().action_transfer()
            with self.assertRaisesRegex(UserError, "can no longer be declined"):
                document.with_user(self.kari_user).decline(document.line_ids, "No")
            now = self.phone.user_loan_ids
        self.assertEqual((now.employee_id, now.state), (self.ott, "out"))
        self.assertIn(now.handover_id.line_ids.acceptance, ("none", "waiting"))

    def test_L8_declining_after_signing_is_refused(self):
        document = self._out("PHN-017", employee_id=self.kari, signature=PIXEL)
        with self.assertRaisesRegex(UserError, "can no longer be declined"):
            document.decline(document.line_ids, "Changed my mind")

    def test_L8_lines_of_another_document_are_refused(self):
        document = self._out("PHN-017", employee_id=self.kari, method="portal")
        other = self._out("LAP-001", employee_id=self.ott, method="portal")
        with self.assertRaisesRegex(UserError, "Choose items"):
            document.with_user(self.kari_user).decline(other.line_ids.ids, "No")

    # === WHAT IS DONE IS DONE === #

    def test_L8_a_done_document_is_not_changed(self):
        document = self._out("PHN-017", employee_id=self.kari)
        line = document.line_ids
        for refused in (
            lambda: document.write({"employee_id": self.ott.id}),
            lambda: document.write({"state": "draft"}),
            lambda: document.write({"signature": PIXEL}),
            lambda: line.write({"asset_id": self.laptop.id}),
            lambda: line.write({"acceptance": "accepted"}),
            lambda: line.unlink(),
            lambda: document.unlink(),
            lambda: document.cancel(),
            lambda: document.confirm(),
            lambda: line.create(
                {"handover_id": document.id, "asset_id": self.laptop.id}
            ),
            lambda: line.loan_id.write({"handover_id": False}),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                refused()
        document.note = "Remarks may be added."

    def test_L8_nothing_is_confirmed_by_writing(self):
        model = self.env["lending.handover"].with_user(self.officer)
        with self.assertRaises(UserError):
            model.create({"employee_id": self.kari.id, "state": "done"})
        document = model.create({"employee_id": self.kari.id})
        with self.assertRaisesRegex(UserError, "Nothing is on it"):
            document.confirm()

    def test_L8_employees_read_their_own_documents_only(self):
        document = self._out("PHN-017", employee_id=self.kari)
        draft = self._scan(self._form(employee_id=self.kari), "LAP-001").save()
        own = self.env["lending.handover"].with_user(self.kari_user).search([])
        self.assertEqual(own, document)
        self.assertEqual(own.line_ids.name, document.line_ids.name)
        other = self.env["lending.handover"].with_user(self.ott_user)
        self.assertFalse(other.search([]))
        for refused in (own.confirm, own.cancel, own.unlink):
            with self.assertRaises(AccessError):
                refused()
        draft.cancel()
        self.assertEqual(draft.state, "cancelled")


@tagged("post_install", "-at_install")
@freeze_time("2024-05-03 08:00:00")
class TestHandoverQueries(CounterCommon):
    """Costs do not grow with the things on a document."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.things = cls.env["lending.asset"].create(
            [
                {"name": "Radio", "code": f"R-{number:03}", "type_id": cls.type.id}
                for number in range(2 * MANY + 6)
            ]
        )

    def _queries(self, action):
        """How many queries ``action`` takes, from a cold cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _documents(self, direction, *groups):
        return [
            self.env["lending.handover"]
            .with_user(self.officer)
            .create(
                {
                    "direction": direction,
                    "employee_id": self.kari.id,
                    "line_ids": [(0, 0, {"asset_id": thing.id}) for thing in things],
                }
            )
            for things in groups
        ]

    def test_L7_L12_any_number_of_things_in_the_same_queries(self):
        things = self.things
        groups = things[:1], things[1:3], things[3 : MANY + 3]
        for direction in ("out", "back"):
            now = {"out": "2024-05-03 08:00:00", "back": "2024-05-04 08:00:00"}
            with freeze_time(now[direction]):
                costs = [
                    self._queries(document.confirm)
                    for document in self._documents(direction, *groups)
                ]
            _warm, two, many = costs
            with self.subTest(direction):
                self.assertLessEqual(many, two + 3, f"{two} for 2, {many} for {MANY}")

    def test_L4_reserving_many_in_the_same_queries(self):
        things = self.things
        groups = things[:1], things[1:3], things[3 : MANY + 3]
        costs = [
            self._queries(lambda some=some: self._reserve_all(some)) for some in groups
        ]
        self.assertLessEqual(costs[2], costs[1] + 3, f"{costs} for 1, 2, {MANY}")

    def test_L11_recalling_many_in_the_same_queries(self):
        things = self.things
        groups = things[:1], things[1:3], things[3 : MANY + 3]
        costs = [
            self._queries(lambda loans=loans: loans.recall("2024-06-01 08:00:00"))
            for loans in [self._reserve_all(some).hand_out() for some in groups]
        ]
        self.assertLessEqual(costs[2], costs[1] + 3, f"{costs} for 1, 2, {MANY}")

    def _reserve_all(self, things):
        return self._loans().reserve(
            [{"asset_id": thing.id, "employee_id": self.kari.id} for thing in things]
        )
