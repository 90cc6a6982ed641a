"""What a confirmed stock-take found wrong becomes change documents (LW4)."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from odoo.addons.resource_allocation.inputs import only_one


class LendingChange(models.Model):
    _inherit = "lending.change"

    stocktake_id = fields.Many2one(
        "lending.stocktake",
        string="Stock-take",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="resource_lending.lending_group_officer",
        help="What it was counted on.",
    )

    @api.model
    def _guarded_fields(self):
        """Rows of a stock-take make their documents."""
        return super()._guarded_fields() | {"stocktake_id"}

    @api.model
    def _prepare_from_stocktake(self, kind, lines):
        """Values of a document about rows of one stock-take.

        :param kind: ``write_off``, or ``change``: to the holders and places where
            things were found. Rows that do not say where get an empty line to fill in.
        """
        sheet = lines.stocktake_id
        changes = {line: line._prepare_change() for line in lines}
        return {
            "kind": kind,
            "company_id": sheet.company_id.id,
            "stocktake_id": sheet.id,
            "date": sheet.filled_for,
            "reason": self.env._("Stock-take %s", sheet.name),
            "line_ids": [
                Command.create(
                    {
                        "asset_id": line.asset_id.id,
                        **(change if kind == "change" else {}),
                    }
                )
                for line, change in changes.items()
            ],
        }


class LendingStocktake(models.Model):
    _inherit = "lending.stocktake"

    change_ids = fields.One2many(
        "lending.change", "stocktake_id", string="Corrections", readonly=True
    )
    change_count = fields.Integer(compute="_compute_change_count", string="Documents")
    can_write_off = fields.Boolean(compute="_compute_can_correct")
    can_change = fields.Boolean(compute="_compute_can_correct")

    @api.depends("change_ids")
    def _compute_change_count(self):
        counts = dict(
            self.env["lending.change"]._read_group(
                [("stocktake_id", "in", self.ids)], ["stocktake_id"], ["__count"]
            )
        )
        for sheet in self:
            sheet.change_count = counts.get(sheet._origin, 0)

    @api.depends("state", "line_ids.change_id")
    def _compute_can_correct(self):
        done = self.filtered(lambda sheet: sheet.state == "done")
        missing, elsewhere = (
            {sheet for (sheet,) in self._read_correctable(done, domain)}
            for domain in (self._domain_missing(), self._domain_elsewhere())
        )
        for sheet in self:
            sheet.can_write_off = sheet._origin in missing
            sheet.can_change = sheet._origin in elsewhere

    @api.model
    def _read_correctable(self, sheets, domain):
        return self.env["lending.stocktake.line"]._read_group(
            Domain("stocktake_id", "in", sheets.ids) & domain, ["stocktake_id"]
        )

    @api.model
    def _domain_missing(self):
        """Rows counted 0 that no document is about yet."""
        return Domain("counted", "=", "0") & Domain("change_id", "=", False)

    @api.model
    def _domain_elsewhere(self):
        """Rows found somewhere that no document is about yet."""
        return (
            Domain("counted", "=", "1")
            & Domain("change_id", "=", False)
            & Domain("result", "!=", "found")
            & (
                Domain("found_employee_id", "!=", False)
                | Domain("found_place_id", "!=", False)
            )
        )

    def action_write_off(self):
        """LW4: a write-off document of what was counted 0."""
        return self._correctable(self._domain_missing()).action_write_off()

    def action_change(self):
        """LW4: a change document of what is with other holders or in other places."""
        rows = self._correctable(self._domain_elsewhere())
        return rows.filtered(lambda line: line._prepare_change()).action_change()

    def _correctable(self, domain):
        only_one(self)
        return self.line_ids.filtered_domain(domain)

    def action_view_changes(self):
        """Show the documents that put right what was found."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Corrections of %s", self.name),
            "res_model": "lending.change",
            "view_mode": "list,form",
            "domain": [("stocktake_id", "=", self.id)],
            "context": {"create": False},
        }


class LendingStocktakeLine(models.Model):
    _inherit = "lending.stocktake.line"

    change_id = fields.Many2one(
        "lending.change",
        string="Correction",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.model
    def _guarded_fields(self):
        """Rows make their documents."""
        return super()._guarded_fields() | {"change_id"}

    def action_write_off(self):
        """LW4: a write-off document of the selected rows."""
        return self._correct("write_off")

    def action_change(self):
        """LW4: a change document of the selected rows."""
        return self._correct("change")

    def _correct(self, kind):
        """Make a document of rows, and open it; rows that have one are left out.

        :raise UserError: the stock-take is not confirmed, or there is nothing to do.
        """
        self._check_correctable()
        Change = self.env["lending.change"].with_company(self.company_id)
        change = Change._insert([Change._prepare_from_stocktake(kind, self)])
        self._store({"change_id": change.id})
        return {
            "type": "ir.actions.act_window",
            "res_model": "lending.change",
            "res_id": change.id,
            "views": [(False, "form")],
        }

    def _check_correctable(self):
        self.check_access("write")
        if len(self.stocktake_id) > 1:
            raise UserError(
                self.env._("Choose rows of one stock-take, not of several.")
            )
        if not self:
            raise UserError(
                self.env._(
                    "There is nothing to correct: nothing is missing or elsewhere, or "
                    "a document is made already."
                )
            )
        if self.stocktake_id.state != "done":
            raise UserError(
                self.env._(
                    "%s is still being counted: confirm it before correcting what it "
                    "found.",
                    self.stocktake_id.name,
                )
            )
        if twice := self.filtered("change_id"):
            raise UserError(
                self.env._(
                    "%(asset)s is in document %(change)s already.",
                    asset=twice[0].asset_id.display_name,
                    change=twice[0].change_id.name,
                )
            )

    def _prepare_change(self):
        """What is to be changed, as values of a line of a change document; empty where
        the register says the same."""
        # Narrow sudo: whose department somebody is in is compared, not shown.
        line = self.sudo()
        loans = line._holder_loans()
        role = {"role": loans[0].role} if loans else {}
        if line._is_with_another():
            return {**role, "to_employee_id": line.found_employee_id.id}
        if not line._is_elsewhere():
            return {}
        name = "to_place_id" if loans.place_id else "keep_at_id"
        return {**role, name: line.found_place_id.id}
