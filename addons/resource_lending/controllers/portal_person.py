from urllib.parse import urlencode

from odoo import fields
from odoo.fields import Domain

from ..models.lending_portal_access import PERSONS


class PortalPerson:
    """Who looks at the portal: a login, or whoever has the link of one person.

    All records are read as superuser: what limits them is the domain of the person's
    own rows, the only one there is.
    """

    def __init__(self, env, employees, partners, path="/my/resources", token=None):
        self.env = env
        self.employees = employees.sudo()
        self.partners = partners.sudo()
        self.path = path
        self.token = token

    # === WHO === #

    @classmethod
    def of_user(cls, env):
        """Who logged in: all employees and the contact they are; the public: nobody."""
        if env.user._is_public():
            return cls(env, env["hr.employee"], env["res.partner"])
        return cls(env, *env["lending.loan"]._persons_of(env.user))

    @classmethod
    def of_link(cls, env, kind, holder_id, token):
        """Whose link it is; None when the key is not theirs."""
        holder = env[PERSONS[kind]].sudo().browse(holder_id).exists()
        if not holder or not holder._lending_key_is(token):
            return None
        return cls._of_holder(env, holder, token)

    @classmethod
    def _of_holder(cls, env, holder, token):
        employee = holder._name == "hr.employee"
        return cls(
            env,
            holder if employee else env["hr.employee"],
            env["res.partner"] if employee else holder,
            f"/my/resources/{holder._lending_path}/{holder.id}",
            token,
        )

    @classmethod
    def of_request(cls, env, kind, holder_id, token):
        """By link where there is one, else who logged in; None for strangers."""
        if kind:
            # An address has one of these and a number; a form says anything.
            known = kind in PERSONS and str(holder_id).isdecimal()
            return cls.of_link(env, kind, int(holder_id), token) if known else None
        person = cls.of_user(env)
        return person if person.employees or person.partners else None

    @classmethod
    def of_handover(cls, env, handover, token):
        """Whose page a hand-over's page leads back to; None where the key opens that
        one document only."""
        holder = handover._who_answers()
        if holder and token and holder._lending_key_is(token):
            return cls._of_holder(env, holder, token)
        return None if token else cls.of_user(env)

    @property
    def name(self):
        return (self.employees or self.partners)[:1].name

    @property
    def url_args(self):
        return {"access_token": self.token} if self.token else {}

    def url(self, suffix="", **args):
        """The address of this person's page, with the key where there is one."""
        query = urlencode({**self.url_args, **args})
        return f"{self.path}{suffix}" + (f"?{query}" if query else "")

    def handover_url(self, handover, suffix=""):
        """The address of one of this person's hand-overs."""
        query = f"?{urlencode(self.url_args)}" if self.token else ""
        return f"/my/resources/handover/{handover.id}{suffix}{query}"

    # === WHAT === #

    @property
    def _loans(self):
        return self.env["lending.loan"].sudo()

    def _domain_mine(self):
        return self._loans._domain_of(self.employees, self.partners)

    def held(self):
        """What they have now: what is asked back and late first, then by its date."""
        loans = self._loans.search(self._domain_mine() & self._loans._domain_held())
        last = fields.Date.to_date("9999-12-31")
        return loans.sorted(lambda loan: (loan._deadline() or last, -loan.id))

    def to_collect(self):
        """What is kept for them, or begins later."""
        return self._loans.search(
            self._domain_mine() & self._domain_coming(), order="pickup_at, start_at"
        )

    def _domain_coming(self):
        later = Domain("custody", "=", True) & Domain(
            "start_at", ">", fields.Datetime.now()
        )
        return Domain("state", "=", "reserved") | later

    def domain_past(self):
        """What they had; of others' time with the same things nothing."""
        return (
            self._domain_mine()
            & Domain("custody", "=", True)
            & Domain("stop_at", "<=", fields.Datetime.now())
        )

    def count_live(self):
        """How much they have or may collect."""
        return self._loans.search_count(
            self._domain_mine() & (self._loans._domain_held() | self._domain_coming())
        )

    # === HAND-OVERS AND STOCK-TAKES === #

    def owns(self, handover):
        """Whether the hand-over is theirs; a department's is its manager's."""
        return bool(
            handover.employee_id & self.employees
            or handover.partner_id & self.partners
            or handover.department_id.manager_id & self.employees
        )

    def handovers_to_answer(self):
        """Their hand-overs that wait for a signature."""
        mine = (
            Domain("employee_id", "in", self.employees.ids)
            | Domain("partner_id", "in", self.partners.ids)
            | Domain("department_id.manager_id", "in", self.employees.ids)
        )
        waiting = Domain("line_ids.acceptance", "=", "waiting")
        handovers = self.env["lending.handover"].sudo()
        return handovers.search(mine & waiting).filtered("can_sign")

    def lines_to_confirm(self):
        """``[(holder, rows of stock-takes that ask this holder)]``."""
        Line = self.env["lending.stocktake.line"].sudo()
        asked = [
            (holder, Line._lines_to_confirm(holder))
            for holder in (*self.employees, *self.partners)
        ]
        return [(holder, lines) for holder, lines in asked if lines]

    def line_to_confirm(self, line_id):
        """``(holder, row)`` of a row they are asked about; None when it is not."""
        for holder, lines in self.lines_to_confirm():
            for line in lines:
                if str(line.id) == line_id:
                    return holder, line
        return None

    def confirm(self, asked, have):
        """Answer for one row of a stock-take."""
        holder, line = asked
        line.confirm_by_holder(holder, have=have)
