"""What should be there: the rows of a stock-take."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.resource_allocation.core.moment import local_day
from odoo.addons.resource_allocation.inputs import existing


class LendingStocktake(models.Model):
    _inherit = "lending.stocktake"

    @api.depends(
        "company_id",
        "date",
        "department_ids",
        "employee_ids",
        "place_ids",
        "type_ids",
    )
    def _compute_diff_count(self):
        """LC6: how much it matters which of the two days is chosen."""
        for sheet in self:
            sheet.diff_count = sheet._count_differing()

    def _count_differing(self):
        self.ensure_one()
        if not self._is_past():
            return 0
        now = self._expected_holders(fields.Datetime.now())
        then = self._expected_holders(self._end_of_date())
        return sum(now.get(asset) != then.get(asset) for asset in {*now, *then})

    def _expected_holders(self, at):
        """``{asset id: holders}`` as of an instant (UTC), to compare with another."""
        assets, loans = self._expected(at)
        held = {asset.id: set() for asset in assets}
        for loan in loans:
            held[loan.asset_id.id].add((loan.role, loan._holder()))
        return held

    def _is_past(self):
        return self.date and self.date < self._today(self.company_id)

    def _end_of_date(self):
        tz = self.company_id._lending_tz()
        return self.env["lending.loan"]._instant_of(self.date, tz)

    # === FILLING === #

    def action_fill(self):
        """List what should be there, and begin to count (D42, D43, LC6).

        Rows nobody counted yet are replaced, rows that are counted stay.

        :raise UserError: a confirmed sheet (LW3), or nothing to list.
        """
        self.check_access("write")
        self._check_not_done()
        for sheet in existing(self):
            sheet._fill()
        return True

    def _fill(self):
        as_of_date = self.fill_mode == "date" and self._is_past()
        at = self._end_of_date() if as_of_date else fields.Datetime.now()
        assets, loans = self._expected(at)
        if not assets:
            raise UserError(
                self.env._(
                    "There is nothing to count: no asset fits %s. Choose other "
                    "persons, places or types, or leave them empty for all.",
                    self.name,
                )
            )
        self.line_ids._drop_uncounted()
        kept = self.line_ids
        kept.filtered(lambda line: line.asset_id in assets)._store({"expected": True})
        self._add_lines(assets - kept.asset_id, loans, expected=True)
        self._store(
            {
                "state": "counting",
                "filled_at": fields.Datetime.now(),
                "filled_for": self.date if as_of_date else self._today(self.company_id),
                "diff_count": self._count_differing(),
            }
        )

    def _expected(self, at):
        """The assets of the sheet's filter, and all custody of them, at an instant.

        Persons, departments and places are alternatives; types narrow them. In a place
        is what nobody has and what the place itself has.
        """
        domain = self._domain_countable()
        if self.employee_ids or self.department_ids or self.place_ids:
            domain &= self._domain_where(at)
        assets = self.env["lending.asset"].search(domain)
        return assets, self._custody_of(assets, at)

    def _custody_of(self, assets, at):
        # Narrow sudo: who has a thing on the sheet, also of another company.
        Loan = self.env["lending.loan"].sudo()
        held = Domain("asset_id", "in", assets.ids) & Loan._domain_held(at)
        return Loan.search(held, order="role desc, start_at, id")

    def _domain_countable(self):
        """LW1: what is written off is on no sheet."""
        domain = Domain("condition", "!=", "written_off") & Domain(
            "company_id", "in", [self.company_id.id, False]
        )
        if self.type_ids:
            domain &= Domain("type_id", "in", self.type_ids.ids)
        return domain

    def _domain_where(self, at):
        # Narrow sudo: departments are HR's, who has things is the officer's.
        Loan = self.env["lending.loan"].sudo()
        held = Loan._domain_held(at)
        day = local_day(at, self.company_id._lending_tz())
        staff = self._staff_of(self.department_ids, day)
        holding = Loan.search(
            held
            & Domain("company_id", "=", self.company_id.id)
            & (
                Domain("employee_id", "in", self.employee_ids.ids + staff)
                | Domain("department_id", "child_of", self.department_ids.ids)
                | Domain("place_id", "child_of", self.place_ids.ids)
            )
        )
        domain = Domain("id", "in", holding.asset_id.ids)
        if self.place_ids:
            taken = Loan._search(held & Domain("role", "=", "user"))
            domain |= Domain("place_id", "child_of", self.place_ids.ids) & Domain(
                "id", "not in", taken.subselect("asset_id")
            )
        return domain

    @api.model
    def _staff_of(self, departments, day):
        """Ids of the employees who are in departments on a local day."""
        if not departments:
            return []
        # Narrow sudo: versions are HR's; only who belongs where is used.
        versions = (
            self.env["hr.version"]
            .sudo()
            .search_fetch(
                [("date_version", "<=", day)],
                ["employee_id", "department_id"],
                order="date_version, id",
            )
        )
        latest = {version.employee_id.id: version.department_id for version in versions}
        below = (
            self.env["hr.department"]
            .sudo()
            .search([("id", "child_of", departments.ids)])
        )
        return [employee for employee, one in latest.items() if one in below]

    # === ROWS === #

    def _add_lines(self, assets, loans=None, *, expected):
        """Add rows for assets, with who has them by ``loans``, default now."""
        self.ensure_one()
        if loans is None:
            loans = self._custody_of(assets, fields.Datetime.now())
        of_asset = loans.grouped("asset_id")
        # Of a shared thing that another company lent, the sheet says only that.
        known = loans.filtered(lambda loan: loan.company_id == self.company_id)
        counted = self._counted_elsewhere(assets)
        Line = self.env["lending.stocktake.line"]
        return Line._insert(
            [
                {
                    "stocktake_id": self.id,
                    "asset_id": asset.id,
                    "expected": expected,
                    **Line._snapshot(asset, of_asset.get(asset, loans[:0]), known),
                    **counted.get(asset.id, {}),
                }
                for asset in assets
            ]
        )

    def _counted_elsewhere(self, assets):
        """LW5: ``{asset id: values}`` of what is on confirmed sheets of the day."""
        lines = self.env["lending.stocktake.line"].search(
            [
                ("asset_id", "in", assets.ids),
                ("counted", "=", "1"),
                ("stocktake_id", "!=", self.id),
                ("stocktake_id.date", "=", self.date),
                ("stocktake_id.state", "=", "done"),
            ],
            order="id desc",
        )
        return {
            line.asset_id.id: {
                "starred": True,
                "other_line_id": line.id,
                "counted": "1",
                "counted_how": "sheet",
                "counted_at": line.counted_at,
                "counted_by_id": line.counted_by_id.id,
            }
            for line in lines
        }
