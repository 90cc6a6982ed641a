"""Counting by scanning or by hand, and how far it is."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.resource_allocation.inputs import only_one, to_text

from .lending_stocktake_line import RESULTS


class LendingStocktake(models.Model):
    _inherit = "lending.stocktake"

    line_count = fields.Integer(compute="_compute_counts", string="Rows in all")
    counted_count = fields.Integer(compute="_compute_counts", string="Counted")
    found_count = fields.Integer(compute="_compute_counts", string="Found")
    missing_count = fields.Integer(compute="_compute_counts", string="Missing")
    unexpected_count = fields.Integer(compute="_compute_counts", string="Unexpected")
    wrong_count = fields.Integer(
        compute="_compute_counts",
        string="Elsewhere",
        help="Found with another holder, or in another place.",
    )
    progress = fields.Float(compute="_compute_counts")
    progress_text = fields.Char(compute="_compute_counts")

    @api.depends("line_ids.result")
    def _compute_counts(self):
        """How far the count is, from one question to the database for all sheets."""
        counts = dict.fromkeys(self.ids)
        for sheet, result, count in self.env["lending.stocktake.line"]._read_group(
            [("stocktake_id", "in", self.ids)], ["stocktake_id", "result"], ["__count"]
        ):
            counts[sheet.id] = {**(counts[sheet.id] or {}), result: count}
        for sheet in self:
            by_result = dict.fromkeys(dict(RESULTS), 0)
            by_result.update(counts.get(sheet._origin.id) or {})
            total = sum(by_result.values())
            counted = total - by_result["open"]
            sheet.line_count = total
            sheet.counted_count = counted
            sheet.found_count = by_result["found"]
            sheet.missing_count = by_result["missing"]
            sheet.unexpected_count = by_result["unexpected"]
            sheet.wrong_count = by_result["wrong_holder"] + by_result["wrong_place"]
            sheet.progress = 100 * counted / total if total else 0
            sheet.progress_text = self.env._(
                "%(counted)s of %(total)s counted", counted=counted, total=total
            )

    # === BEING COUNTED === #

    def _hold_open(self):
        """Keep these from being confirmed until this transaction ends.

        :raise UserError: confirmed already (LW3).
        """
        self.flush_recordset(["state"])
        # Whoever confirms waits for those who count; whoever counts after him retries
        # with what he confirmed. A check alone would let a count slip in behind.
        self.env.execute_query(
            SQL(
                "SELECT id FROM lending_stocktake WHERE id IN %s ORDER BY id FOR SHARE",
                tuple(self.ids) or (0,),
            )
        )
        self._check_not_done()

    def _add_unexpected(self, asset):
        """Add a row for a thing that nobody expected, and who should have it.

        :raise UserError: LW1, or a thing of another company.
        """
        self.ensure_one()
        self.check_access("write")
        self._hold_open()
        if asset.condition == "written_off":
            raise UserError(
                self.env._(
                    "%s is written off and on no stock-take. Set it aside and tell a "
                    "lending administrator that it is here.",
                    asset.display_name,
                )
            )
        if asset.company_id and asset.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "%(asset)s belongs to %(company)s: count it on a stock-take of "
                    "that company.",
                    asset=asset.display_name,
                    company=asset.company_id.sudo().name,
                )
            )
        return self._add_lines(asset, expected=False)

    # === SCANNING === #

    def scan(self, code, place_id=False, employee_id=False):
        """Count what was scanned, at once.

        The label of a thing counts it. The label of a place, or the badge of an
        employee, says where the next things are found, until another one is scanned.
        A wrong code is told and changes nothing.

        :param place_id: the place that was scanned before, if one was.
        :param employee_id: the employee whose badge was scanned before.
        :return: ``type`` (success, warning, danger, info) and ``message`` to show; of a
            thing the ``result`` of its row, of a place or badge its name as ``where``;
            ``place_id`` and ``employee_id`` to count on with.
        """
        only_one(self)
        self.check_access("write")
        here = {"place_id": place_id, "employee_id": employee_id}
        try:
            return {**here, **self._scan(to_text(self.env, code) or "", here)}
        except UserError as refusal:
            return {**here, "type": "danger", "message": str(refusal)}

    def _scan(self, code, here):
        if self.state != "counting":
            raise UserError(
                self.env._("%s is not being counted: fill it first.", self.name)
            )
        Asset = self.env["lending.asset"].with_company(self.company_id)
        asset = Asset._find_by_code(code) or Asset.with_context(
            active_test=False
        )._find_by_code(code)
        if asset:
            return self._scan_asset(asset.with_env(self.env), here)
        return self._scan_place(code) or self._scan_badge(code) or self._not_known(code)

    def _scan_place(self, code):
        place = self.env["lending.place"].search(
            [
                ("barcode", "=", code),
                ("company_id", "in", [self.company_id.id, False]),
            ],
            limit=1,
        )
        return place and {
            "type": "info",
            "message": self.env._("Now counting in %s.", place.display_name),
            "place_id": place.id,
            "employee_id": False,
            "where": place.display_name,
        }

    def _scan_badge(self, code):
        # Narrow sudo: badges are HR's; whoever counts sees whose badge it is.
        employee = (
            self.env["hr.employee"].sudo().search([("barcode", "=", code)], limit=1)
        )
        return employee and {
            "type": "info",
            "message": self.env._("Now counting what %s has.", employee.name),
            "place_id": False,
            "employee_id": employee.id,
            "where": employee.name,
        }

    def _not_known(self, code):
        return {
            "type": "danger",
            "message": self.env._(
                "Nothing has the number %s: no asset, place or badge. If the thing "
                "is yours, register it first (Lending › Assets).",
                code,
            ),
        }

    def _scan_asset(self, asset, here):
        line = self.env["lending.stocktake.line"].search(
            [("stocktake_id", "=", self.id), ("asset_id", "=", asset.id)]
        )
        again = line.counted == "1" and line.counted_how != "sheet"
        line = line or self._add_unexpected(asset)
        line._count_here(here)
        told = self.env._("Counted before. ") if again else ""
        return {
            "type": "success" if line.result == "found" else "warning",
            "message": told + line._tell(),
            "result": line.result,
            "line_id": line.id,
        }


class LendingStocktakeLine(models.Model):
    _inherit = "lending.stocktake.line"

    def _count_here(self, here):
        """Count 1, where the scanner is; without a place, what was noted stays."""
        self.stocktake_id._hold_open()
        vals = {"counted": "1", **self._stamp("scan")}
        if here["place_id"] or here["employee_id"]:
            vals["found_place_id"] = here["place_id"]
            vals["found_employee_id"] = here["employee_id"]
        self._store(vals)

    def _tell(self):
        """What the count of this row means, for the person who scans."""
        asset = self.asset_id.display_name
        if self.result == "found":
            return self.env._(
                "%(asset)s: found. %(progress)s.",
                asset=asset,
                progress=self.stocktake_id.progress_text,
            )
        where = self.holder_name or self.place_id.display_name or self.env._("in stock")
        if self.result == "unexpected":
            return self.env._(
                "%(asset)s is not on this sheet: added. By the register: %(where)s.",
                asset=asset,
                where=where,
            )
        return self.env._(
            "%(asset)s should be elsewhere: %(where)s.", asset=asset, where=where
        )

    # === BUTTONS === #

    def action_here(self):
        """Count 1 by hand."""
        self.write({"counted": "1"})

    def action_not_here(self):
        """Count 0 by hand."""
        self.write({"counted": "0"})

    def action_count_again(self):
        """Take the count back."""
        self.write(
            {"counted": False, "found_place_id": False, "found_employee_id": False}
        )

    def action_remove(self):
        """Take an added row off the sheet again."""
        self.unlink()

    def action_view_other(self):
        """Open the stock-take on which a starred thing was counted."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "lending.stocktake",
            "res_id": self.other_line_id.stocktake_id.id,
            "views": [(False, "form")],
        }
