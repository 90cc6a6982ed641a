import re

from odoo import models

from .lending_portal_access import PERSONS

PAGE = "/my/resources/"
LINK = re.compile(
    rf'href="[^"?#]*{PAGE}(?:(employee|contact)/(\d{{1,9}})|handover/(\d{{1,9}}))"'
)
"""An address of somebody's page, or of their hand-over, as stored mails have it."""


class MailMail(models.Model):
    """Personal keys go into the copy that leaves to their person, and nowhere else.

    What is stored of a mail is read by those who may read its document, waits in a
    queue, and is shown as a preview.
    """

    _inherit = "mail.mail"

    def _personalize_outgoing_body(self, body, partner=False, doc_to_followers=None):
        """Make the links to this partner's own pages open without login (D6)."""
        body = super()._personalize_outgoing_body(
            body, partner=partner, doc_to_followers=doc_to_followers
        )
        if not partner or PAGE not in body:
            return body
        return LINK.sub(lambda found: self._lending_add_key(found, partner), body)

    def _lending_add_key(self, found, partner):
        """The link ``found``, made anew: whatever stood before the path, a key is told
        to our own server only."""
        kind, person_id, handover_id = found.groups()
        # Narrow sudo: whose page it is, whoever sends the mail.
        handover = self.env["lending.handover"].sudo()
        if handover_id:
            handover = handover.browse(int(handover_id)).exists()
            person = handover._who_answers()
        else:
            person = self.env[PERSONS[kind]].sudo().browse(int(person_id)).exists()
        if not person or person._lending_has_left():
            return found[0]
        if partner not in person._lending_contacts():
            return found[0]
        return f'href="{person._lending_link(handover)}"'
