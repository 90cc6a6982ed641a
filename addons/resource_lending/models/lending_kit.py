from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.resource_allocation.core.moment import day_start, local_day

from .lending_loan import LIVE


class LendingKit(models.Model):
    """What people of a job or department get when they begin: a laptop, two keys.

    A kit says what somebody should have; what they already have, or were promised,
    counts. A kit without jobs and departments is for everybody.
    """

    _name = "lending.kit"
    _description = "Onboarding Kit"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        help="Empty: for all companies.",
    )
    job_ids = fields.Many2many(
        "hr.job", string="Jobs", help="Empty: for every job.", check_company=True
    )
    department_ids = fields.Many2many(
        "hr.department",
        string="Departments",
        check_company=True,
        help="With the departments below them. Empty: for every department.",
    )
    pickup_place = fields.Char(string="Collect at", help="Stands in the message.")
    line_ids = fields.One2many("lending.kit.line", "kit_id", copy=True)

    @api.model
    def _of_employees(self, employees):
        """``{employee: kits}`` that their job and department make theirs."""
        kits = self.search([("line_ids", "!=", False)])
        below = {
            kit: self.env["hr.department"].search(
                [("id", "child_of", kit.department_ids.ids)]
            )
            for kit in kits
            if kit.department_ids
        }
        return {
            employee: kits.filtered(
                lambda kit, one=employee: (
                    kit.company_id in (one.company_id, kit.company_id.browse())
                    and (not kit.job_ids or one.job_id in kit.job_ids)
                    and (not kit.department_ids or one.department_id in below[kit])
                )
            )
            for employee in employees
        }

    @api.model
    def _launch(self, employees, day):
        """Reserve for each what the kits of the job and department say, without what
        is optional.

        :return: ``(reserved loans, requests for what is not free)``
        """
        wanted = {
            employee: kits.line_ids.filtered(lambda line: not line.optional)
            for employee, kits in self._of_employees(employees).items()
        }
        return self._reserve(wanted, day)

    @api.model
    def _reserve(self, wanted, day):
        """Reserve the missing pieces of kit lines: ``{employee: lines}``.

        :param day: local day of the first work; reservations begin then, or now.
        :return: ``(reserved loans, requests for what is not free)``; lending officers
            find the requests in their list.
        """
        employees = self.env["hr.employee"].union(*wanted)
        missing = self._missing(wanted, self._what_they_have(employees))
        vals_list, short = [], []
        for (company, kind), asked in self._by_stock(missing).items():
            start = self._first_instant(company, day)
            found = self.env["lending.asset"]._find_free(
                kind, company, start, None, len(asked)
            )
            for (employee, line), asset in zip(asked, found, strict=False):
                vals_list.append(self._prepare_loan(employee, line, asset, start))
            short += asked[len(found) :]
        loans = self.env["lending.loan"].reserve(vals_list) if vals_list else None
        requests = self.env["lending.request"]._make_shortages(short, day)
        return loans or self.env["lending.loan"], requests

    @api.model
    def _by_stock(self, missing):
        """``{(company, type): [(employee, line)]}``: who shares which shelf."""
        stock = {}
        for employee, line in missing:
            key = employee.company_id, line.type_id
            stock.setdefault(key, []).append((employee, line))
        return stock

    @api.model
    def _missing(self, wanted, have):
        """One ``(employee, line)`` for each piece; kits that overlap do not add up."""
        missing = []
        for employee, lines in wanted.items():
            for kind, of_type in lines.grouped("type_id").items():
                line = max(of_type, key=lambda one: one.quantity)
                count = line.quantity - have.get((employee.id, kind.id), 0)
                missing += [(employee, line)] * max(count, 0)
        return missing

    @api.model
    def _what_they_have(self, employees):
        """``{(employee id, type id): pieces}`` held, promised or asked for."""
        have = {}
        open_requests = Domain("state", "in", ("to_approve", "approved"))
        live_loans = Domain("state", "in", LIVE) & Domain("role", "=", "user")
        for model, domain in (
            ("lending.loan", live_loans),
            ("lending.request", open_requests),
        ):
            for employee, kind, count in self.env[model]._read_group(
                Domain("employee_id", "in", employees.ids) & domain,
                ["employee_id", "type_id"],
                ["__count"],
            ):
                key = employee.id, kind.id
                have[key] = have.get(key, 0) + count
        return have

    @api.model
    def _first_instant(self, company, day):
        """The beginning of a local day, UTC; of today and before: now."""
        now = fields.Datetime.now()
        tz = company._lending_tz()
        day = fields.Date.to_date(day)
        return now if not day or day <= local_day(now, tz) else day_start(day, tz)

    @api.model
    def _prepare_loan(self, employee, line, asset, start):
        return {
            "asset_id": asset.id,
            "employee_id": employee.id,
            "start_at": start,
            "pickup_at": start,
            "pickup_place": line.kit_id.pickup_place,
            "note": line.kit_id.name,
        }

    @api.model
    def _tell(self, employees, loans, requests):
        """Write on the employees' cards what was reserved and what is missing."""
        for employee in employees:
            mine = loans.filtered(lambda one, who=employee: one.employee_id == who)
            short = requests.filtered(lambda one, who=employee: one.employee_id == who)
            if mine:
                names = ", ".join(mine.asset_id.mapped("display_name"))
                employee.message_post(
                    body=self.env._("Reserved from the kit: %s", names)
                )
            if short:
                names = ", ".join(short.type_id.mapped("display_name"))
                employee.message_post(
                    body=self.env._("Not in stock, requested: %s", names)
                )
