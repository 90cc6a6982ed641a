import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import consteq


def same_token(known, token):
    """Whether a token from outside, whatever it is, is the one that is known.

    >>> same_token("secret", "secret"), same_token(False, ""), same_token("a", "ä")
    (True, False, False)
    """
    # consteq refuses anything but ASCII text.
    is_text = isinstance(token, str) and token.isascii()
    return bool(known and is_text and consteq(known, token))


class LendingPortalAccess(models.AbstractModel):
    """A person who may see what they have without a login (D6).

    Whoever knows the person's link sees that person's things, and nothing else. The
    key in it is nobody's to read; officers can replace it, which ends the old link.
    """

    _name = "lending.portal.access"
    _description = "Person With a Link to Their Things"
    _lending_path = ""

    lending_token = fields.Char(
        string="Key of the lending link", copy=False, groups="base.group_system"
    )

    def _lending_portal_url(self):
        """Where the person sees what they have; absolute, without login if they have
        none. To be put into mails to that person only."""
        self.ensure_one()
        # The key is kept from everybody; the link is made for its owner's mail.
        person = self.sudo()
        base = person.get_base_url()
        if person._lending_has_login():
            return f"{base}/my/resources"
        base += person._lending_lang_prefix()
        if not person.lending_token:
            person._lending_renew_token()
        return (
            f"{base}/my/resources/{self._lending_path}/{person.id}"
            f"?access_token={person.lending_token}"
        )

    def _lending_lang_prefix(self):
        """What puts a page into the person's language: a login would know it."""
        lang = self._lending_contact().lang
        active = self.env["res.lang"]._get_active_by("code")
        usual = self.env["ir.default"]._get("res.partner", "lang") or next(iter(active))
        return f"/{active[lang].url_code}" if lang in active and lang != usual else ""

    def _lending_contact(self):
        """The contact whose language counts. Override per kind of person."""
        return self.env["res.partner"]

    def _lending_renew_token(self):
        """Replace the key: links sent before open nothing any more."""
        for person in self.sudo():
            person.lending_token = str(uuid.uuid4())

    def _lending_token_is(self, token):
        """Whether ``token`` is the person's key; takes as long for any answer."""
        return same_token(self.sudo().lending_token, token)

    def _lending_has_login(self):
        """Whether the person can log in. Override per kind of person."""
        return False

    def action_lending_new_link(self):
        """Officers replace the link of somebody who lost it, or passed it on.

        :raise AccessError: for others than lending officers.
        """
        if not self.env.user.has_group("resource_lending.lending_group_officer"):
            raise AccessError(self.env._("Ask a lending officer to replace the link."))
        self._lending_renew_token()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Links sent before open nothing any more; the next message brings "
                    "the new one."
                ),
            },
        }


class HrEmployee(models.Model):
    _name = "hr.employee"
    _inherit = ["hr.employee", "lending.portal.access"]
    _lending_path = "employee"

    def _lending_has_login(self):
        return self.user_id.active

    def _lending_contact(self):
        return self.work_contact_id


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "lending.portal.access"]
    _lending_path = "contact"

    def _lending_has_login(self):
        return any(self.user_ids.mapped("active"))

    def _lending_contact(self):
        return self


class LendingLoan(models.Model):
    _inherit = "lending.loan"

    is_mine = fields.Boolean(
        compute="_compute_is_mine",
        search="_search_is_mine",
        string="Mine",
        help="The one who looks at it has it, or had it.",
    )

    @api.depends_context("uid")
    @api.depends("employee_id", "partner_id")
    def _compute_is_mine(self):
        mine = self.filtered_domain(self._domain_of(*self._persons_of(self.env.user)))
        for loan in self:
            loan.is_mine = loan in mine

    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = self._domain_of(*self._persons_of(self.env.user))
        return mine if True in value else ~mine

    @api.model
    def _persons_of(self, user):
        """``(employees, contacts)`` that are this user, in any company, also left."""
        # Who I am myself is no secret; employees cannot be read by everybody.
        employees = self.env["hr.employee"].sudo().with_context(active_test=False)
        return employees.search([("user_id", "=", user.id)]), user.sudo().partner_id

    @api.model
    def _domain_of(self, employees, partners):
        """Rows that are, or were, these persons' own."""
        return Domain("employee_id", "in", employees.ids) | Domain(
            "partner_id", "in", partners.ids
        )

    def _portal_url(self):
        """Where the holder sees what they have: for mails to the holder.

        Of a department's things that is its manager. Where nobody is meant, the page
        that asks for a login.
        """
        self.ensure_one()
        # The holder's link goes into the holder's mail, whoever sends it.
        loan = self.sudo()
        person = loan.partner_id or loan.employee_id or loan.department_id.manager_id
        if person:
            return person._lending_portal_url()
        return f"{loan.get_base_url()}/my/resources"

    def action_open_my_page(self):
        """Open the page where the holder signs and answers stock-takes."""
        return {"type": "ir.actions.act_url", "url": "/my/resources", "target": "self"}
