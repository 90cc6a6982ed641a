from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from odoo.addons.resource_allocation.core.moment import local_day
from odoo.addons.resource_allocation.inputs import only_one


class LendingCustodyReport(models.Model):
    """Who has what as of a date: always right, however the rows were made (D38-D40).

    The date is that of the context key ``lending_as_of`` (ISO, local to each company;
    its end counts), without it is now. Each asset has a row per holder and role, or
    one without holder. Departments are those of that date, from the employee's dated
    versions. Officers and HR see their companies, managers their team (LS6, D41),
    everybody what is theirs.

    A row's number holds the date too, so that rows of two dates never mix in caches.
    """

    _name = "lending.custody.report"
    _description = "Who Has What"
    _auto = False
    _order = "asset_id, role desc, date_from, id"
    _rec_name = "asset_id"
    _depends = {
        "hr.version": ["active", "date_version", "department_id", "employee_id"],
        "lending.asset": [
            "acquisition_date",
            "active",
            "category_id",
            "company_id",
            "currency_id",
            "place_id",
            "type_id",
            "value",
            "written_off_on",
        ],
        "lending.loan": [
            "asset_id",
            "company_id",
            "custody",
            "date_from",
            "date_to",
            "department_id",
            "due_at",
            "due_date",
            "employee_id",
            "hr_type_id",
            "partner_id",
            "place_id",
            "role",
            "sponsor_id",
            "start_at",
            "stop_at",
        ],
    }

    asset_id = fields.Many2one("lending.asset", readonly=True)
    loan_id = fields.Many2one("lending.loan", string="Assignment", readonly=True)
    type_id = fields.Many2one("lending.type", readonly=True)
    category_id = fields.Many2one("lending.category", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    role = fields.Selection(
        selection=lambda self: self.env["lending.loan"]._fields["role"].selection,
        readonly=True,
    )
    holder_kind = fields.Selection(
        [
            ("employee", "Employee"),
            ("department", "Department"),
            ("place", "Place"),
            ("partner", "External person"),
            ("nobody", "Nobody"),
        ],
        string="Holder is",
        readonly=True,
    )
    holder_name = fields.Char(
        string="Holder", compute="_compute_holder_name", compute_sudo=True
    )
    employee_id = fields.Many2one("hr.employee", readonly=True)
    partner_id = fields.Many2one("res.partner", string="External person", readonly=True)
    sponsor_id = fields.Many2one("hr.employee", readonly=True)
    department_id = fields.Many2one(
        "hr.department",
        readonly=True,
        help="Of that date: the holding department, the employee's, or the sponsor's.",
    )
    place_id = fields.Many2one(
        "lending.place",
        readonly=True,
        help="The holding place; otherwise where the thing lies when nobody has it.",
    )
    hr_type_id = fields.Many2one(
        "lending.hr.type", string="Personnel type", readonly=True
    )
    date_from = fields.Date(string="From", readonly=True)
    date_to = fields.Date(string="To", readonly=True)
    due_date = fields.Date(string="Return by", readonly=True)
    is_late = fields.Boolean(
        string="Late", readonly=True, help="It should have been back by that date."
    )
    value = fields.Monetary(
        readonly=True, groups="resource_lending.lending_group_officer"
    )
    currency_id = fields.Many2one(
        "res.currency",
        readonly=True,
        groups="resource_lending.lending_group_officer",
    )

    @api.depends("loan_id.holder_name")
    @api.depends_context("lang")
    def _compute_holder_name(self):
        # Sudo by the field: who may see the row may know the name of who has it.
        nobody = self.env._("Nobody")
        for row in self:
            row.holder_name = row.loan_id.holder_name or nobody

    # === THE DATE === #

    @api.model
    def _as_of(self):
        """The date asked for; None is now, as is today (D39).

        :raise UserError: the context holds something else than a date.
        """
        asked = self.env.context.get("lending_as_of")
        if not asked:
            return None
        try:
            day = asked if type(asked) is date else date.fromisoformat(asked)
        except (TypeError, ValueError):
            raise UserError(
                self.env._("“%s” is no date: write it as 2024-12-31.", asked)
            ) from None
        zone = self.env.company._lending_tz()
        return None if day == local_day(fields.Datetime.now(), zone) else day

    # === QUERY === #

    @property
    def _table_query(self):
        day = self._as_of()
        loans = self.env["lending.loan"].sudo()
        held = loans._domain_held_on(day)
        return SQL(
            "%s UNION ALL %s", self._query_held(day, held), self._query_free(day, held)
        )

    @api.model
    def _search_loans(self, domain):
        """A query of assignments, whoever asks: the rules are those of the report."""
        loans = self.env["lending.loan"].sudo()
        return loans._search(domain, active_test=False, bypass_access=True)

    @api.model
    def _first_id(self, day):
        """Where the numbers of a date's rows begin: below 2^53 for any date."""
        return SQL("%s::bigint", day.toordinal() << 31 if day else 0)

    @api.model
    def _query_held(self, day, held):
        """One row for each holder and role."""
        query = self._search_loans(held)
        query.add_join(
            "JOIN", "a", "lending_asset", SQL("a.id = lending_loan.asset_id")
        )
        query.add_join(
            "LEFT JOIN",
            "v",
            SQL("(%s)", self._query_departments(day)),
            SQL(
                "v.employee_id = coalesce(lending_loan.employee_id,"
                " lending_loan.sponsor_id)"
            ),
        )
        return query.select(
            SQL("%s + lending_loan.id::bigint * 2 AS id", self._first_id(day)),
            SQL("lending_loan.id AS loan_id, a.id AS asset_id, a.type_id"),
            SQL("a.category_id, lending_loan.company_id, lending_loan.role"),
            SQL(
                """CASE WHEN lending_loan.employee_id IS NOT NULL THEN 'employee'
                        WHEN lending_loan.department_id IS NOT NULL THEN 'department'
                        WHEN lending_loan.place_id IS NOT NULL THEN 'place'
                        ELSE 'partner' END AS holder_kind"""
            ),
            SQL("lending_loan.employee_id, lending_loan.partner_id"),
            SQL("lending_loan.sponsor_id"),
            SQL(
                "coalesce(lending_loan.department_id, v.department_id) AS department_id"
            ),
            SQL("coalesce(lending_loan.place_id, a.place_id) AS place_id"),
            SQL("lending_loan.hr_type_id, lending_loan.date_from"),
            SQL("lending_loan.date_to, lending_loan.due_date"),
            SQL("%s AS is_late, a.value, a.currency_id", self._sql_late(day)),
        )

    @api.model
    def _sql_late(self, day):
        if day:
            return SQL("coalesce(lending_loan.due_date < %s, FALSE)", day)
        now = fields.Datetime.now()
        return SQL("coalesce(lending_loan.due_at <= %s, FALSE)", now)

    @api.model
    def _query_departments(self, day):
        """The department of each employee as of a date, as ``_get_version`` of
        ``hr.employee`` finds it: the last version until then, else the first."""
        return SQL(
            """
            SELECT DISTINCT ON (employee_id) employee_id, department_id
              FROM hr_version
             WHERE active AND employee_id IS NOT NULL
          ORDER BY employee_id, greatest(date_version - %(day)s, 0),
                   date_version DESC
            """,
            day=day or fields.Date.context_today(self),
        )

    @api.model
    def _query_free(self, day, held):
        """What nobody had: known by then, and not written off.

        Known since the day it was acquired, else since somebody had it, else since it
        was registered.
        """
        zone = self.env.company._lending_tz()
        loans = self.env["lending.loan"]
        at = loans._instant_of(day, zone) if day else fields.Datetime.now()
        return SQL(
            """
            SELECT %(first)s + a.id::bigint * 2 + 1, NULL::int, a.id, a.type_id,
                   a.category_id, coalesce(a.company_id, %(company)s), NULL::varchar,
                   'nobody', NULL::int, NULL::int, NULL::int, NULL::int, a.place_id,
                   NULL::int, NULL::date, NULL::date, NULL::date, FALSE, a.value,
                   a.currency_id
              FROM lending_asset a
             WHERE CASE WHEN a.written_off_on IS NULL THEN a.active
                        ELSE a.written_off_on > %(day)s END
               AND (coalesce(a.acquisition_date <= %(day)s, FALSE)
                    OR a.acquisition_date IS NULL AND a.create_date <= %(at)s
                    OR EXISTS (SELECT FROM lending_loan p WHERE p.asset_id = a.id
                                  AND p.custody AND p.start_at <= %(at)s))
               AND NOT EXISTS (SELECT FROM (%(held)s) h WHERE h.asset_id = a.id)
            """,
            first=self._first_id(day),
            company=self.env.company.id,
            day=day or local_day(at, zone),
            at=at,
            held=self._search_loans(held).select("lending_loan.asset_id"),
        )

    # === ACTIONS === #

    def action_open_origin(self):
        """Open the assignment, or the asset that nobody had."""
        only_one(self)
        record = self.loan_id or self.asset_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    @api.model
    def action_choose_date(self, *_args):
        """Ask for the date of the list that is shown."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "resource_lending.lending_as_of_action"
        )
        context = self.env.context
        return {
            **action,
            "context": {
                "default_date": context.get("lending_as_of"),
                "default_subject": context.get("lending_subject", "assets"),
            },
        }

    @api.model
    def _title(self, name):
        """``name`` with the date whose rows are shown."""
        day = self._as_of()
        if not day:
            return self.env._("%s as of now", name)
        return self.env._(
            "%(list)s as of %(date)s", list=name, date=format_date(self.env, day)
        )
