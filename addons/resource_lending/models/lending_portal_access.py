from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import consteq, hmac

from odoo.addons.resource_allocation.core.moment import local_day
from odoo.addons.resource_allocation.inputs import yes_or_no

PERSONS = {"employee": "hr.employee", "contact": "res.partner"}
"""Who may have a link, by the word in its path."""


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
    key in it is stored nowhere: it is signed from the version of the person's links,
    so that a new version ends the keys in all mails at once. It is put in when a mail
    leaves to the person (:meth:`mail.mail._personalize_outgoing_body`).
    """

    _name = "lending.portal.access"
    _description = "Person With a Link to Their Things"
    _lending_path = ""

    lending_link_version = fields.Integer(
        string="Version of the lending links", copy=False, groups=fields.NO_ACCESS
    )

    def write(self, vals):
        """Whoever leaves takes no key along, and finds none on coming back."""
        done = super().write(vals)
        if "active" in vals:
            self._lending_end_links()
        return done

    # === ADDRESSES === #

    def _lending_portal_url(self):
        """Where the person sees what they have; absolute, without login if they have
        none. The key is not in it yet."""
        self.ensure_one()
        # What is no secret of a person, for whoever writes to them.
        person = self.sudo()
        url = f"{person.get_base_url()}/my/resources"
        if person._lending_has_login() or person._lending_has_left():
            return url
        return f"{url}/{self._lending_path}/{person.id}"

    def _lending_link(self, handover):
        """The address with the key, for the person's own eyes: of one hand-over, or of
        all their things where it is empty."""
        self.ensure_one()
        # Names and language of the person whose mail it is.
        person = self.sudo()
        page = (
            f"handover/{handover.id}"
            if handover
            else f"{self._lending_path}/{person.id}"
        )
        base = person.get_base_url() + person._lending_lang_prefix()
        key = person._lending_key(handover)
        return f"{base}/my/resources/{page}?access_token={key}"

    def _lending_lang_prefix(self):
        """What puts a page into the person's language: a login would know it."""
        lang = self._lending_contacts()[:1].lang
        active = self.env["res.lang"]._get_active_by("code")
        usual = self.env["ir.default"]._get("res.partner", "lang") or next(iter(active))
        return f"/{active[lang].url_code}" if lang in active and lang != usual else ""

    def _lending_contacts(self):
        """The contacts that are the person: whose language counts, and whose mails may
        hold the key. Override per kind of person."""
        return self.env["res.partner"]

    def _lending_has_login(self):
        """Whether the person can log in. Override per kind of person."""
        return False

    def _lending_has_left(self):
        """Whether the person is with us no more. Override per kind of person."""
        return not self.active

    # === KEYS === #

    def _lending_key(self, handover):
        """The key of one hand-over, or where it is empty of all the person's things."""
        self.ensure_one()
        # Narrow sudo: the secret of the database and the version are nobody's to read.
        person = self.sudo()
        of = (self._name, person.id, person.lending_link_version, handover.id or 0)
        return hmac(person.env, "resource_lending.link", of)

    def _lending_key_is(self, key, handover=None):
        """Whether ``key`` opens all of the person's things, or this hand-over of
        theirs; of nobody who left."""
        person = self.sudo()
        if person._lending_has_left():
            return False
        handover = handover or self.env["lending.handover"]
        return same_token(person._lending_key(handover[:0]), key) or same_token(
            person._lending_key(handover), key
        )

    def _lending_end_links(self):
        """Links sent before open nothing any more."""
        # Narrow sudo: the version is nobody's to write.
        for version, people in self.sudo().grouped("lending_link_version").items():
            people.lending_link_version = version + 1

    def action_lending_new_link(self):
        """Officers end the links of somebody who lost one, or passed it on.

        :raise AccessError: not a lending officer, or nothing to do with that person.
        """
        self._lending_check_may_renew()
        self._lending_end_links()
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

    def _lending_check_may_renew(self):
        """Those who lend to that person: of their companies, and with an assignment of
        theirs that they may change."""
        if not self.env.user.has_group("resource_lending.lending_group_officer"):
            raise AccessError(self.env._("Ask a lending officer to replace the link."))
        # Officers need not read employees; the company is what is asked about.
        for person in self.sudo():
            loans = self.env["lending.loan"].search(person._lending_domain_loans())
            foreign = person.company_id - self.env.companies
            if foreign or not loans._filtered_access("write"):
                raise AccessError(
                    self.env._(
                        "You lend nothing to this person: ask an officer who does to "
                        "replace the link."
                    )
                )

    def _lending_domain_loans(self):
        """Assignments that the person answers for, or did. Override per kind."""
        return Domain.FALSE


class HrEmployee(models.Model):
    _name = "hr.employee"
    _inherit = ["hr.employee", "lending.portal.access"]
    _lending_path = "employee"

    def _lending_has_login(self):
        return self.user_id.active

    def _lending_has_left(self):
        today = local_day(fields.Datetime.now(), self.company_id._lending_tz())
        leaves = self.departure_date
        return super()._lending_has_left() or bool(leaves and leaves < today)

    def _lending_contacts(self):
        return self.work_contact_id | self.user_id.partner_id

    def _lending_domain_loans(self):
        own = self.env["lending.loan"]._domain_of(self, self.env["res.partner"])
        return own | Domain("department_id.manager_id", "in", self.ids)


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "lending.portal.access"]
    _lending_path = "contact"

    def _lending_has_login(self):
        return any(self.user_ids.mapped("active"))

    def _lending_contacts(self):
        return self

    def _lending_domain_loans(self):
        return self.env["lending.loan"]._domain_of(self.env["hr.employee"], self)


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
        return yes_or_no(mine, value)

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
