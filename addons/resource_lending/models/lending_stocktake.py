from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from odoo.addons.resource_allocation.core.moment import local_day
from odoo.addons.resource_allocation.inputs import only_one

MANAGER = "resource_lending.lending_group_manager"
HEADER = {
    "company_id",
    "date",
    "department_ids",
    "employee_ids",
    "fill_mode",
    "place_ids",
    "type_ids",
}
"""What says which rows belong on the sheet: settled once it is filled."""


class LendingStocktake(models.Model):
    """Counts what is there against what should be, and says what is not (D42).

    The sheet is filled once with who should have what, and then counted: by scanning,
    by typing, by those who have the things. Confirming it locks it for good (LW3);
    what was wrong is put right by other documents (LW4), never by the sheet itself.
    """

    _name = "lending.stocktake"
    _description = "Stock-take"
    _inherit = [
        "resource.guarded.mixin",
        "hr.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    date = fields.Date(
        required=True,
        tracking=True,
        default=lambda self: self._today(self.env.company),
        help="The day the sheet is about.",
    )
    fill_mode = fields.Selection(
        [("now", "As of now"), ("date", "As of the date of the sheet")],
        string="Holders",
        required=True,
        default="now",
        help="Whose things are listed: those who have them when the sheet is filled, "
        "or those who had them at the end of its date.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        tracking=True,
    )
    state = fields.Selection(
        [("draft", "New"), ("counting", "Counting"), ("done", "Confirmed")],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        tracking=True,
        group_expand=True,
    )

    employee_ids = fields.Many2many("hr.employee", string="Persons")
    department_ids = fields.Many2many("hr.department", string="Departments")
    place_ids = fields.Many2many("lending.place", string="Places", check_company=True)
    type_ids = fields.Many2many("lending.type", string="Types")
    ask_holders = fields.Boolean(
        string="Holders confirm",
        tracking=True,
        help="Those who have things see them on their own page and say what they have.",
    )
    note = fields.Text()

    filled_at = fields.Datetime(string="Filled", readonly=True, copy=False)
    filled_for = fields.Date(
        string="Holders as of",
        readonly=True,
        copy=False,
        help="The day whose holders the rows show.",
    )
    dates_text = fields.Char(compute="_compute_dates_text")
    diff_count = fields.Integer(
        string="Rows that would differ",
        compute="_compute_diff_count",
        store=True,
        aggregator=None,
        help="Things whose holders are others now than at the end of the sheet's date.",
    )
    diff_text = fields.Char(compute="_compute_diff_text")
    confirmed_at = fields.Datetime(string="Confirmed on", readonly=True, copy=False)
    confirmed_by_id = fields.Many2one(
        "res.users", string="Confirmed by", readonly=True, copy=False
    )
    line_ids = fields.One2many("lending.stocktake.line", "stocktake_id", string="Rows")

    # === COMPUTES === #

    @api.model
    def _today(self, company):
        """The local day of a company."""
        return local_day(fields.Datetime.now(), company._lending_tz())

    @api.depends("date", "filled_for")
    def _compute_dates_text(self):
        """LC6: both dates, where they are not the same."""
        for sheet in self:
            differ = sheet.filled_for and sheet.filled_for != sheet.date
            sheet.dates_text = bool(differ) and self.env._(
                "Dated %(date)s, with the holders as of %(filled)s.",
                date=format_date(self.env, sheet.date),
                filled=format_date(self.env, sheet.filled_for),
            )

    @api.depends("date", "diff_count")
    def _compute_diff_text(self):
        for sheet in self:
            sheet.diff_text = bool(sheet.diff_count) and self.env._(
                "Rows that differ between now and the end of %(date)s: %(count)s. "
                "Choose under “Holders” which of the two to count.",
                date=format_date(self.env, sheet.date),
                count=sheet.diff_count,
            )

    # === CRUD === #

    @api.model
    def _guarded_fields(self):
        """What filling and confirming write."""
        return super()._guarded_fields() | {
            "name", "state", "filled_at", "filled_for", "diff_count", "confirmed_at",
            "confirmed_by_id",
        }  # fmt: skip

    @api.model_create_multi
    def create(self, vals_list):
        """Number the sheets."""
        sheets = super().create(vals_list)
        for sheet in sheets:
            number = self.env["ir.sequence"].next_by_code("lending.stocktake")
            sheet._store({"name": number})
        return sheets

    def write(self, vals):
        """Change what is not settled yet.

        :raise UserError: a confirmed sheet (LW3), or the filter of a filled one.
        """
        if not self._is_unlocked([vals]):
            self._check_settled(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        self._check_not_done()

    def _check_settled(self, vals):
        if set(vals) & (HEADER | {"ask_holders", "line_ids", "note", "user_id"}):
            self._check_not_done()
        if HEADER & set(vals) and (
            filled := self.filtered(lambda s: s.state != "draft")
        ):
            raise UserError(
                self.env._(
                    "%s is filled already. Press “Change the filter” before changing "
                    "its date or what it lists.",
                    filled[0].name,
                )
            )

    def _check_not_done(self):
        """LW3.

        :raise UserError: confirmed sheets stay as they are.
        """
        if done := self.filtered(lambda sheet: sheet.state == "done"):
            raise UserError(
                self.env._(
                    "%s is confirmed: it is locked and cannot be reopened. Make a new "
                    "stock-take, or correct who has what by a change document.",
                    done[0].name,
                )
            )

    # === WORK === #

    def action_back_to_draft(self):
        """Open the filter again; rows that are counted stay."""
        self.check_access("write")
        self._check_not_done()
        self.line_ids._drop_uncounted()
        self._store({"state": "draft"})

    def action_confirm(self):
        """Close the count: what nobody counted is missing, and nothing changes (LW3).

        Each thing's history and when it was last seen are brought up to date.

        :raise AccessError: for all but lending administrators.
        :raise UserError: not counting, or no rows.
        """
        self.check_access("write")
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a lending administrator confirms a stock-take.")
            )
        for sheet in self:
            if sheet.state != "counting" or not sheet.line_ids:
                raise UserError(
                    self.env._(
                        "%s has nothing to confirm: fill and count it first.",
                        sheet.name,
                    )
                )
        self._store(
            {
                "state": "done",
                "confirmed_at": fields.Datetime.now(),
                "confirmed_by_id": self.env.uid,
            }
        )
        for sheet in self:
            sheet.line_ids._settle()

    # === WINDOWS === #

    def action_view_lines(self):
        """Show the rows by themselves; the button's context says which."""
        only_one(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "resource_lending.lending_stocktake_line_action"
        )
        result = self.env.context.get("lending_result")
        chosen = {f"search_default_{result}": 1} if result else {}
        return {
            **action,
            "name": self.name,
            "domain": [("stocktake_id", "=", self.id)],
            "context": {"default_stocktake_id": self.id, **chosen},
        }

    def action_print(self):
        """The sheet on paper, to count with a pencil."""
        return self.env.ref(
            "resource_lending.action_report_lending_stocktake"
        ).report_action(self)
