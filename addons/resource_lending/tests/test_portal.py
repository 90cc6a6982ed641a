from urllib.parse import urlsplit

from odoo import fields, http
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import LendingCommon

SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


class PortalCase(LendingCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("web.base.url", cls.base_url())
        cls.visitor, cls.stranger = cls.env["res.partner"].create(
            [
                {"name": "Vera Visitor", "email": "vera@example.com"},
                {"name": "Stan Stranger", "email": "stan@example.com"},
            ]
        )
        cls.category.terms = "<p>Handle with care</p>"

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _handover(self, employee, *assets, **vals):
        handover = (
            self.env["lending.handover"]
            .with_user(self.officer)
            .create(
                {
                    "holder_kind": "employee",
                    "employee_id": employee.id,
                    "method": "portal",
                    "line_ids": [
                        Command.create({"asset_id": one.id}) for one in assets
                    ],
                    **vals,
                }
            )
        )
        handover.confirm()
        return handover

    def _lend_to_visitor(self, asset):
        return self._loans().hand_out_directly(
            [
                {
                    "asset_id": asset.id,
                    "partner_id": self.visitor.id,
                    "sponsor_id": self.kari.id,
                    "due_date": "2099-01-01",
                }
            ]
        )

    def _path(self, person, handover=None):
        """The person's link as their mail has it, without the host."""
        url = urlsplit(person._lending_link(handover or self.env["lending.handover"]))
        return f"{url.path}?{url.query}"

    def _page(self, path, status=200):
        response = self.url_open(path)
        self.assertEqual(response.status_code, status, path)
        return response.text

    def _post(self, path, **values):
        return self.url_open(
            path, {"csrf_token": http.Request.csrf_token(self), **values}
        )

    def _sign(self, handover, token=None):
        query = f"?access_token={token}" if token else ""
        return self.make_jsonrpc_request(
            f"/my/resources/handover/{handover.id}/sign{query}",
            {"name": "Somebody", "signature": SIGNATURE},
        )


@tagged("post_install", "-at_install")
class TestPortal(PortalCase):
    """What a person sees and answers, with a login or by a link (D6)."""

    def test_D6_login_shows_own_things_only(self):
        self._hand_out(self.laptop, self.ott)
        self._hand_out(self.phone, self.kari)
        self.authenticate("ott", "ott")
        page = self._page("/my/resources")
        self.assertIn("LAP-001", page)
        self.assertNotIn("PHN-017", page)
        self.assertNotIn("Kari", page)

    def test_D6_without_login_the_page_asks_for_one(self):
        response = self.url_open("/my/resources", allow_redirects=False)
        self.assertIn("/web/login", response.headers["Location"])

    def test_D6_employee_without_login_uses_the_link(self):
        self._hand_out(self.laptop, self.mari, due_date="2099-01-01")
        self._hand_out(self.phone, self.ott)
        path = self._path(self.mari)
        self.assertIn("access_token", path)
        page = self._page(path)
        self.assertIn("LAP-001", page)
        self.assertIn("01/01/2099", page)
        self.assertNotIn("PHN-017", page)

    def test_LC10_external_person_uses_the_link(self):
        loan = self._lend_to_visitor(self.laptop)
        self._hand_out(self.phone, self.kari)
        page = self._page(self._path(self.visitor))
        self.assertIn("LAP-001", page)
        self.assertNotIn("PHN-017", page, "that is the sponsor's own")
        self.assertEqual(loan._portal_url(), self.visitor._lending_portal_url())

    def test_LC10_external_person_with_a_portal_login(self):
        self._lend_to_visitor(self.laptop)
        new_test_user(
            self.env, "vera", groups="base.group_portal", partner_id=self.visitor.id
        )
        url = urlsplit(self.visitor._lending_portal_url())
        self.assertEqual(url.path, "/my/resources")
        self.authenticate("vera", "vera")
        self.assertIn("LAP-001", self._page("/my/resources"))
        self.assertIn("/my/resources", self._page("/my"))

    def test_D6_page_speaks_the_language_of_the_person(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self._hand_out(self.laptop, self.mari, due_date="2030-12-24")
        self.assertIn("12/24/2030", self._page(self._path(self.mari)))
        self.mari.work_contact_id.lang = "de_DE"
        self.assertIn("24.12.2030", self._page(self._path(self.mari)))

    def test_L8_long_past_is_paged(self):
        things = [self._thing(f"Old {one}", f"OLD-{one:02}") for one in range(25)]
        for number, thing in enumerate(things):
            self._type(thing, self.mari, "2024-01-01", f"2024-02-{number + 1:02}")
        path = self._path(self.mari)
        first = self._page(path)
        second = self._page(path.replace("?", "/page/2?"))
        self.assertEqual((first.count("OLD-"), second.count("OLD-")), (20, 5))
        self.assertIn("/page/2?access_token", first)

    def test_D6_strangers_key_opens_nothing(self):
        self._hand_out(self.laptop, self.mari)
        mine = self._path(self.mari)
        self._hand_out(self.phone, self.boss)
        for path in (
            f"/my/resources/employee/{self.mari.id}",
            f"/my/resources/employee/{self.mari.id}?access_token=",
            f"/my/resources/employee/{self.mari.id}?access_token=guess",
            mine.replace(f"/{self.mari.id}?", f"/{self.boss.id}?"),
            mine.replace("/employee/", "/contact/"),
            f"/my/resources/employee/999999?{mine.split('?')[1]}",
            f"/my/resources/department/{self.department.id}?{mine.split('?')[1]}",
        ):
            self.assertNotIn("LAP-001", self._page(path, 404))
        # A login is no key to others' pages either.
        self.authenticate("ott", "ott")
        self._page(f"/my/resources/employee/{self.mari.id}", 404)

    def test_D6_page_is_neither_kept_nor_told_to_others(self):
        response = self.url_open(self._path(self.mari))
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(response.headers["Cache-Control"], "no-store")

    def test_L4_page_tells_where_and_when_to_collect(self):
        self._reserve(
            self.laptop,
            self.ott,
            pickup_at="2030-05-06 07:00:00",
            pickup_place="Reception, 1st floor",
        )
        self.authenticate("ott", "ott")
        page = self._page("/my/resources")
        self.assertIn("Reception, 1st floor", page)
        self.assertIn("05/06/2030 09:00 AM", page, "in Oslo")

    def test_L11_page_tells_what_is_asked_back(self):
        loan = self._hand_out(self.laptop, self.ott)
        loan.recall("2030-06-14 10:00:00", "new phone is here")
        self.authenticate("ott", "ott")
        page = self._page("/my/resources")
        self.assertIn("new phone is here", page)
        self.assertIn("06/14/2030 12:00 PM", page)

    def test_L8_former_holder_sees_own_past_alone(self):
        before = fields.Datetime.subtract(fields.Datetime.now(), hours=2)
        loan = self._hand_out(self.laptop, self.ott, at=before)
        loan.take_back()
        self._hand_out(self.laptop, self.mari)
        cancelled = self._reserve(self.phone, self.ott)
        cancelled.cancel()
        self.authenticate("ott", "ott")
        page = self._page("/my/resources")
        self.assertIn("You have nothing at the moment", page)
        self.assertIn("LAP-001", page)
        self.assertNotIn("MARI", page)
        self.assertNotIn("PHN-017", page, "was never had")

    def test_D6_portal_home_counts(self):
        self._handover(self.ott, self.laptop)
        self._reserve(self.phone, self.ott)
        self.authenticate("ott", "ott")
        counts = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["lending_count", "lending_sign_count"]}
        )
        self.assertEqual(counts, {"lending_count": 2, "lending_sign_count": 1})
        self.assertIn("/my/resources", self._page("/my"))

    # === HAND-OVERS === #

    def test_L9_employee_signs_by_the_link_of_the_mail(self):
        handover = self._handover(self.mari, self.laptop, self.phone)
        link = self._path(self.mari, handover)
        page = self._page(link)
        self.assertIn("LAP-001", page)
        self.assertIn("Handle with care", page)
        self.assertIn("portal.signature_form", page)
        answer = self._sign(handover, link.split("access_token=")[1])
        self.assertTrue(answer.get("force_refresh"), answer)
        self.assertEqual(set(handover.line_ids.mapped("acceptance")), {"accepted"})
        self.assertEqual(handover.signed_by, "Somebody")
        page = self._page(answer["redirect_url"])
        self.assertIn("you have signed", page)
        self.assertNotIn("portal.signature_form", page)
        again = self._sign(handover, link.split("access_token=")[1])
        self.assertIn("nothing is left to sign", again["error"])

    def test_L9_own_page_leads_to_what_is_to_sign(self):
        handover = self._handover(self.mari, self.laptop)
        path = self._path(self.mari)
        link = f"/my/resources/handover/{handover.id}?{path.split('?')[1]}"
        self.assertIn(link.replace("&", "&amp;"), self._page(path))
        self.assertIn("portal.signature_form", self._page(link))
        self.assertNotIn("error", self._sign(handover, path.split("access_token=")[1]))

    def test_L9_nobody_else_opens_or_signs_a_hand_over(self):
        handover = self._handover(self.mari, self.laptop)
        theirs = self._path(self.stranger).split("access_token=")[1]
        url = f"/my/resources/handover/{handover.id}"
        for suffix in ("", "?access_token=", f"?access_token={theirs}"):
            self._page(url + suffix, 404)
            self._page(url + "/receipt" + suffix, 404)
        self.assertIn("not valid", self._sign(handover, theirs)["error"])
        self.authenticate("ott", "ott")
        self._page(url, 404)
        self.assertIn("not valid", self._sign(handover)["error"])
        self.assertEqual(
            self._post(
                f"{url}/decline", line_id=handover.line_ids.id, reason="x"
            ).status_code,
            404,
        )
        self.assertEqual(handover.line_ids.acceptance, "waiting")

    def test_L9_officer_reads_but_does_not_answer_for_others(self):
        handover = self._handover(self.mari, self.laptop)
        self.authenticate("officer", "officer")
        page = self._page(f"/my/resources/handover/{handover.id}")
        self.assertNotIn("portal.signature_form", page)
        self.assertIn("not valid", self._sign(handover)["error"])

    def test_L9_open_hand_over_is_nobodys_to_see(self):
        handover = self.env["lending.handover"].create(
            {"employee_id": self.ott.id, "holder_kind": "employee"}
        )
        self.authenticate("ott", "ott")
        self._page(f"/my/resources/handover/{handover.id}", 404)

    def test_L9_one_item_is_declined_with_a_reason(self):
        handover = self._handover(self.ott, self.laptop, self.phone)
        laptop, phone = handover.line_ids
        self.authenticate("ott", "ott")
        url = f"/my/resources/handover/{handover.id}"
        page = self._post(f"{url}/decline", line_id=phone.id, reason=" ").text
        self.assertIn("Say why", page)
        page = self._post(f"{url}/decline", line_id=phone.id, reason="Not in the box")
        self.assertIn("will look into it", page.text)
        self.assertEqual(
            (phone.acceptance, phone.decline_reason), ("declined", "Not in the box")
        )
        self._sign(handover)
        self.assertEqual(laptop.acceptance, "accepted")
        self.assertEqual(phone.acceptance, "declined")

    def test_L9_items_of_other_hand_overs_are_not_declined(self):
        handover = self._handover(self.ott, self.laptop)
        other = self._handover(self.kari, self.phone)
        self.authenticate("ott", "ott")
        url = f"/my/resources/handover/{handover.id}/decline"
        for line_id in (other.line_ids.id, "x", ""):
            page = self._post(url, line_id=line_id, reason="Mine")
            self.assertIn("Choose items", page.text)
        self.assertEqual(other.line_ids.acceptance, "waiting")

    def test_L9_decline_after_a_transfer_is_refused(self):
        handover = self._handover(self.ott, self.laptop)
        line = handover.line_ids
        line.loan_id.with_user(self.officer).transfer({"employee_id": self.kari.id})
        self.authenticate("ott", "ott")
        url = f"/my/resources/handover/{handover.id}"
        self.assertNotIn("portal.signature_form", self._page(url))
        page = self._post(f"{url}/decline", line_id=line.id, reason="Never had it")
        self.assertIn("can no longer be declined", page.text)
        self.assertNotEqual(line.acceptance, "declined")
        now = self.laptop.loan_ids.filtered(lambda loan: loan.state == "out")
        self.assertEqual(now.holder_name, "Kari", "still the new holder's")

    def test_L9_receipt_opens_by_the_link(self):
        handover = self._handover(self.mari, self.laptop)
        link = self._path(self.mari, handover)
        answer = self.url_open(link.replace("?", "/receipt?"))
        self.assertEqual(answer.status_code, 200)
        self.assertIn(handover.name, answer.text)
        self.assertIn("attachment", answer.headers["Content-Disposition"])

    # === STOCK-TAKE === #

    def _counting(self):
        sheet = self.env["lending.stocktake"].create(
            {"ask_holders": True, "type_ids": [Command.set(self.type.ids)]}
        )
        sheet.action_fill()
        return sheet

    def test_D42_holder_says_by_link_whether_it_is_there(self):
        self._hand_out(self.laptop, self.mari)
        self._hand_out(self.phone, self.mari)
        sheet = self._counting()
        path = self._path(self.mari)
        self.assertIn("We are counting", self._page(path))
        base, token = path.split("?access_token=")
        for asset, answer in ((self.laptop, "yes"), (self.phone, "no")):
            line = sheet.line_ids.filtered(lambda one, it=asset: one.asset_id == it)
            page = self._post(
                f"{base}/confirm", line_id=line.id, answer=answer, access_token=token
            )
            self.assertIn("Thank you for the answer", page.text)
            self.assertEqual(line.counted, "1" if answer == "yes" else "0")
            self.assertEqual(line.confirmed_employee_id, self.mari)
        self.assertNotIn("We are counting", self._page(path))

    def test_D42_nobody_answers_for_others(self):
        self._hand_out(self.laptop, self.mari)
        sheet = self._counting()
        line = sheet.line_ids.filtered(lambda one: one.asset_id == self.laptop)
        base = self._path(self.mari).split("?")[0]
        page = self._post(f"{base}/confirm", line_id=line.id, answer="yes")
        self.assertEqual(page.status_code, 404)
        page = self._post("/my/resources/confirm", line_id=line.id, answer="yes")
        self.assertEqual(page.status_code, 404)
        self.authenticate("ott", "ott")
        page = self._post("/my/resources/confirm", line_id=line.id, answer="yes")
        self.assertIn("meanwhile", page.text)
        self.assertFalse(line.counted)

    # === MY ITEMS === #

    def test_D6_my_items_are_ones_own(self):
        mine = self._hand_out(self.laptop, self.ott)
        self._hand_out(self.phone, self.mari)
        Loan = self.env["lending.loan"]
        for user, expected in (
            (self.ott_user, mine),
            (self.boss_user, Loan),
            (self.officer, Loan),
        ):
            found = Loan.with_user(user).search([("is_mine", "=", True)])
            self.assertEqual(found, expected, user.login)
        self.assertTrue(mine.with_user(self.ott_user).is_mine)
        self.assertFalse(mine.with_user(self.officer).is_mine)
