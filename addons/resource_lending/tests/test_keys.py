import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

from odoo.exceptions import AccessError
from odoo.fields import Command, Date
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from .test_portal import PortalCase

OFFICER = "resource_lending.lending_group_officer"


@tagged("post_install", "-at_install")
class TestKeys(MockEmail, PortalCase):
    """The key in a person's link reaches that person only, and ends (D6)."""

    def _send(self):
        """Write what waits and send it: ``{address: [link with a key]}`` as it really
        left."""
        with self.mock_mail_gateway():
            self.env.ref(
                "resource_lending.ir_cron_lending_notice"
            ).method_direct_trigger()
            self.env["mail.mail"].search([("state", "=", "outgoing")]).send()
        return self._links_sent()

    def _links_sent(self):
        sent = {}
        for mail in self._mails:
            links = [
                unescape(link)
                for link in re.findall(r'href="([^"]+)"', mail["body"])
                if "access_token" in link
            ]
            for address in mail["email_to"]:
                sent.setdefault(address.split("<")[-1].strip(">"), []).extend(links)
        return sent

    @staticmethod
    def _local(link):
        url = urlsplit(link)
        return f"{url.path}?{url.query}"

    def _key(self, link):
        return parse_qs(urlsplit(link).query)["access_token"][0]

    def _mail(self, body, *partners):
        """What somebody writes to these; the links in it as they left."""
        with self.mock_mail_gateway():
            self.env["mail.mail"].create(
                {
                    "subject": "Look",
                    "body_html": body,
                    "recipient_ids": [Command.set([one.id for one in partners])],
                }
            ).send()
        return self._links_sent()

    def _opens(self, *links):
        return [self.url_open(self._local(link)).status_code for link in links]

    # === WHOM IT REACHES === #

    def test_link_of_the_mail_signs(self):
        handover = self._handover(self.mari, self.laptop)
        [link] = self._send()["mari@example.com"]
        self.assertIn("portal.signature_form", self._page(self._local(link)))
        self.assertNotIn("error", self._sign(handover, self._key(link)))
        self.assertEqual(handover.line_ids.acceptance, "accepted")

    def test_key_of_a_hand_over_opens_that_one_only(self):
        handover = self._handover(self.mari, self.laptop)
        other = self._handover(self.mari, self.phone)
        links = self._send()["mari@example.com"]
        key_of = {urlsplit(link).path: self._key(link) for link in links}
        urls = [f"/my/resources/handover/{one.id}" for one in (handover, other)]
        self.assertEqual(sorted(key_of), urls)
        self.assertNotEqual(*key_of.values())
        for url in (*urls, f"/my/resources/employee/{self.mari.id}"):
            for page, key in key_of.items():
                self._page(f"{url}?access_token={key}", 200 if url == page else 404)

    def test_readers_get_no_key_of_a_hand_over(self):
        handover = self._handover(self.mari, self.laptop)
        self.authenticate("officer", "officer")
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.make_jsonrpc_request(
                "/web/dataset/call_kw/lending.handover/get_portal_url",
                {
                    "model": "lending.handover",
                    "method": "get_portal_url",
                    "args": [handover.ids],
                    "kwargs": {},
                },
            )
        self.assertNotIn("access_token", handover.fields_get())

    def test_no_key_in_mails_that_wait(self):
        """Nor in what officers read of them, before and after they were sent."""
        self._handover(self.mari, self.laptop)
        sheet = self.env["lending.stocktake"].create(
            {"type_ids": [Command.set(self.type.ids)]}
        )
        sheet.action_fill()
        sheet.action_ask_holders()
        links = self._send()["mari@example.com"]
        self.assertEqual(len(links), 2, "to sign, and to answer")
        mails = self._new_mails
        written = [*mails.mapped("body_html"), *mails.mapped("body")]
        for persona in (self.officer, self.administrator):
            messages = self.env["mail.message"].with_user(persona)
            found = messages.search([("model", "like", "lending.")])
            written += found.mapped("body")
            notices = self.env["lending.notice"].with_user(persona).search([])
            written.append(str(notices.read()))
        self.assertTrue(any("/my/resources/" in (text or "") for text in written))
        for link in links:
            self.assertFalse([text for text in written if self._key(link) in text])
        notice = self.env["lending.notice"].search([("kind", "=", "receipt")])
        preview = self.env["mail.template.preview"].create(
            {
                "mail_template_id": self.env.ref(
                    "resource_lending.mail_template_lending_receipt"
                ).id,
                "resource_ref": f"lending.notice,{notice.id}",
            }
        )
        self.assertIn("/my/resources/", preview.body_html)
        written.append(preview.body_html)
        self.assertFalse([text for text in written if "access_token" in (text or "")])

    def test_key_is_in_the_persons_own_mail_only(self):
        self._hand_out(self.laptop, self.mari)
        contact = self.mari.work_contact_id
        url = self.mari._lending_portal_url()
        body = f'<p><a href="{url}">Your things</a></p>'
        sent = self._mail(body, contact, self.stranger, self.officer.partner_id)
        [link] = sent.pop("mari@example.com")
        self.assertEqual(self._opens(link), [200])
        self.assertFalse(any(sent.values()), sent)

    def test_key_goes_to_our_own_address_only(self):
        url = urlsplit(self.mari._lending_portal_url())
        for other in (
            f"https://evil.example{url.path}",
            f"https://evil.example/{url.geturl()}",
            f"{url.geturl()}@evil.example",
        ):
            sent = self._mail(f'<a href="{other}">x</a>', self.mari.work_contact_id)
            for link in sent["mari@example.com"]:
                self.assertEqual(urlsplit(link).netloc, url.netloc, link)

    def test_key_is_nobodys_to_read_or_write(self):
        self._hand_out(self.laptop, self.mari)
        admin = self.env.ref("base.user_admin")
        with self.assertRaises(AccessError):
            self.mari.with_user(admin).export_data(["lending_link_version"])
        for persona in (self.officer, self.hr_officer, self.administrator, admin):
            for person in (self.mari, self.visitor, self.ott_user):
                mine = person.with_user(persona)
                for call in (
                    lambda one: one.read(["lending_link_version"]),
                    lambda one: one.write({"lending_link_version": 0}),
                ):
                    with self.assertRaises(AccessError):
                        call(mine)
            with self.assertRaises(AccessError):
                self.visitor.with_user(persona).search(
                    [("lending_link_version", "=", 0)]
                )

    # === WHEN IT ENDS === #

    def _links_of_mari(self):
        """Mails from before: to sign, and to her page."""
        handover = self._handover(self.mari, self.laptop)
        [to_sign] = self._send()["mari@example.com"]
        url = self.mari._lending_portal_url()
        [page] = self._mail(f'<a href="{url}">x</a>', self.mari.work_contact_id)[
            "mari@example.com"
        ]
        self.assertEqual(self._opens(to_sign, page), [200, 200])
        return handover, to_sign, page

    def _assert_dead(self, handover, to_sign, page):
        self.assertEqual(self._opens(to_sign, page), [404, 404])
        for link in (to_sign, page):
            key = self._key(link)
            self.assertIn("not valid", self._sign(handover, key)["error"])
            answer = self._post(
                f"/my/resources/handover/{handover.id}/decline",
                line_id=handover.line_ids.id,
                reason="Not me",
                access_token=key,
            )
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(handover.line_ids.acceptance, "waiting")

    def test_new_link_ends_those_in_all_older_mails(self):
        handover, *links = self._links_of_mari()
        self.mari.with_user(self.officer).action_lending_new_link()
        self._assert_dead(handover, *links)
        handover.with_user(self.officer).action_send_receipt()
        [link] = self._send()["mari@example.com"]
        self.assertEqual(self._opens(link), [200])
        self.assertNotIn("error", self._sign(handover, self._key(link)))

    def test_counter_renews_the_link_where_it_lends(self):
        """Storekeepers see no employee's card; the hand-over leads to the person, of a
        department's to its manager."""
        for holder in (
            {"holder_kind": "employee", "employee_id": self.mari.id},
            {
                "holder_kind": "department",
                "employee_id": False,
                "department_id": self.department.id,
            },
        ):
            self.department.manager_id = self.mari
            handover = self._handover(self.mari, self.laptop, **holder)
            [link] = self._send()["mari@example.com"]
            with self.assertRaises(AccessError):
                handover.with_user(self.hr_officer).action_new_link()
            self.assertEqual(self._opens(link), [200])
            handover.with_user(self.officer).action_new_link()
            self.assertEqual(self._opens(link), [404])
            handover.line_ids.loan_id.with_user(self.officer).take_back()

    def test_links_end_with_the_employment(self):
        handover, *links = self._links_of_mari()
        self.mari.with_user(self.hr_officer).action_archive()
        self._assert_dead(handover, *links)
        handover.with_user(self.officer).action_send_receipt()
        self.assertFalse(self._send()["mari@example.com"], "the mail has no key")
        self.mari.with_user(self.hr_officer).action_unarchive()
        self._assert_dead(handover, *links)

    def test_links_end_after_the_last_day(self):
        handover, *links = self._links_of_mari()
        today = self.env["lending.loan"]._today()
        self.mari.departure_date = today
        self.assertEqual(self._opens(*links), [200, 200])
        self.mari.departure_date = Date.subtract(today, days=1)
        self._assert_dead(handover, *links)

    def test_links_end_with_the_contact(self):
        self._lend_to_visitor(self.laptop)
        url = self.visitor._lending_portal_url()
        [link] = self._mail(f'<a href="{url}">x</a>', self.visitor)["vera@example.com"]
        self.assertEqual(self._opens(link), [200])
        self.visitor.action_archive()
        self.assertEqual(self._opens(link), [404])
        self.visitor.action_unarchive()
        self.assertEqual(self._opens(link), [404])

    # === WHO RENEWS IT === #

    def test_new_link_needs_rights_on_the_person(self):
        self._hand_out(self.laptop, self.mari)
        self._lend_to_visitor(self.phone)
        other = self.env["res.company"].create({"name": "Other"})
        foreigner = new_test_user(
            self.env,
            "foreign_officer",
            groups=OFFICER,
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        theirs = self.env["res.partner"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        for persona, person in (
            (foreigner, self.mari),
            (foreigner, self.visitor),
            (self.officer, self.stranger),
            (self.officer, theirs),
            (self.officer, self.kari),
            (self.hr_officer, self.mari),
            (self.ott_user, self.ott),
        ):
            before = person.sudo().lending_link_version
            with (
                self.subTest(persona=persona.login, person=person.name),
                self.assertRaises(AccessError) as refused,
            ):
                person.with_user(persona).action_lending_new_link()
            self.assertNotIn(person.name, str(refused.exception))
            self.assertEqual(person.sudo().lending_link_version, before)
        for person in (self.mari, self.visitor):
            before = person.sudo().lending_link_version
            person.with_user(self.officer).action_lending_new_link()
            self.assertGreater(person.sudo().lending_link_version, before)
