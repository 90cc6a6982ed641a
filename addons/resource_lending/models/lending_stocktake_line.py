from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.inputs import to_values_list

RESULTS = [
    ("open", "To count"),
    ("found", "Found"),
    ("missing", "Missing"),
    ("unexpected", "Unexpected"),
    ("wrong_holder", "With another holder"),
    ("wrong_place", "In another place"),
]
ENTERED = {"counted", "found_employee_id", "found_place_id", "note"}
"""What somebody who counts enters."""
ADDED = ENTERED | {"asset_id", "stocktake_id"}


class LendingStocktakeLine(models.Model):
    """One thing on a stock-take: who should have it, and what the count found.

    Holders are a snapshot of when the sheet was filled (D42): what is handed over
    afterwards does not change the sheet.
    """

    _name = "lending.stocktake.line"
    _description = "Row of a Stock-take"
    _inherit = ["resource.guarded.mixin"]
    _order = "stocktake_id desc, expected, holder_name, asset_id, id"
    _rec_name = "asset_id"
    _check_company_auto = True

    stocktake_id = fields.Many2one(
        "lending.stocktake",
        string="Stock-take",
        required=True,
        index=True,
        ondelete="cascade",
    )
    state = fields.Selection(related="stocktake_id.state", string="Status of the sheet")
    company_id = fields.Many2one(
        related="stocktake_id.company_id", store=True, index=True
    )
    asset_id = fields.Many2one(
        "lending.asset",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    serial_no = fields.Char(related="asset_id.serial_no")
    type_id = fields.Many2one(related="asset_id.type_id", store=True)
    expected = fields.Boolean(readonly=True, help="It was on the sheet when filled.")
    loan_ids = fields.Many2many(
        "lending.loan", string="Assignments", readonly=True, copy=False
    )
    holder_name = fields.Char(
        string="Holder", readonly=True, help="Who should have it, by the register."
    )
    responsible_name = fields.Char(string="Responsible", readonly=True)
    place_id = fields.Many2one(
        "lending.place",
        readonly=True,
        help="Where it should lie; empty while a person has it.",
    )

    counted = fields.Selection(
        [("0", "0"), ("1", "1")],
        help="1: it is there. 0: it is not. Empty: not counted yet.",
    )
    found_employee_id = fields.Many2one(
        "hr.employee", string="Found with", index="btree_not_null"
    )
    found_place_id = fields.Many2one(
        "lending.place", string="Found in", check_company=True
    )
    result = fields.Selection(
        RESULTS, compute="_compute_result", store=True, index=True
    )
    counted_at = fields.Datetime(string="Counted on", readonly=True)
    counted_by_id = fields.Many2one("res.users", string="Counted by", readonly=True)
    counted_how = fields.Selection(
        [
            ("scan", "Scanned"),
            ("typed", "Typed"),
            ("holder", "By the holder"),
            ("sheet", "On another sheet"),
        ],
        string="Counted how",
        readonly=True,
    )
    starred = fields.Boolean(
        string="★",
        readonly=True,
        help="Counted already on another confirmed stock-take of the same date.",
    )
    other_line_id = fields.Many2one(
        "lending.stocktake.line", readonly=True, index="btree_not_null"
    )
    confirmed_employee_id = fields.Many2one("hr.employee", readonly=True)
    confirmed_partner_id = fields.Many2one("res.partner", readonly=True)
    confirmed_by = fields.Char(
        string="Answered by", compute="_compute_confirmed_by", compute_sudo=True
    )
    confirmed_at = fields.Datetime(string="Answered on", readonly=True)
    note = fields.Char()

    _once = models.UniqueIndex(
        "(stocktake_id, asset_id)", "The asset is on this stock-take already."
    )

    @api.depends("confirmed_employee_id", "confirmed_partner_id")
    def _compute_confirmed_by(self):
        for line in self:
            holder = line.confirmed_employee_id or line.confirmed_partner_id
            line.confirmed_by = holder.display_name

    # === RESULT === #

    @api.depends(
        "counted",
        "expected",
        "found_employee_id",
        "found_place_id",
        "loan_ids",
        "place_id",
    )
    def _compute_result(self):
        for line in self:
            line.result = line._weigh()

    def _weigh(self):
        """What the count says against what should be."""
        if not self.counted:
            return "open"
        if self.counted == "0":
            return "missing"
        if not self.expected:
            return "unexpected"
        if self._is_with_another():
            return "wrong_holder"
        return "wrong_place" if self._is_elsewhere() else "found"

    def _is_with_another(self):
        found = self.found_employee_id
        loans = self._holder_loans()
        return bool(found) and not (
            found in loans.employee_id or found.department_id in loans.department_id
        )

    def _is_elsewhere(self):
        """Not in the place, in one inside it, or in one around it."""
        found, place = self.found_place_id, self.place_id
        return bool(found and place) and not (
            found.parent_path.startswith(place.parent_path)
            or place.parent_path.startswith(found.parent_path)
        )

    def _holder_loans(self):
        """The rows of those who have it; of those who answer for it, if nobody does."""
        return self.loan_ids.filtered(lambda loan: loan.role == "user") or self.loan_ids

    @api.model
    def _snapshot(self, asset, loans, known):
        """Values that say who should have an asset, of the rows that hold it (sudo),
        and those of them that are ``known`` to the sheet's readers."""
        names = {
            role: rows._names_of_holders(known)
            for role, rows in loans.grouped("role").items()
        }
        users = loans.filtered(lambda loan: loan.role == "user")
        return {
            "loan_ids": [fields.Command.set((loans & known).ids)],
            "holder_name": names.get("user"),
            "responsible_name": names.get("responsible"),
            "place_id": ((users & known).place_id[:1] if users else asset.place_id).id,
        }

    # === CRUD === #

    @api.model
    def _guarded_fields(self):
        """All of it: what is counted is entered through :meth:`write`."""
        return super()._guarded_fields() | ADDED | {
            "company_id", "type_id", "expected", "loan_ids", "holder_name",
            "responsible_name", "place_id", "result", "counted_at", "counted_by_id",
            "counted_how", "starred", "other_line_id", "confirmed_employee_id",
            "confirmed_partner_id", "confirmed_at",
        }  # fmt: skip

    @api.model_create_multi
    def create(self, vals_list):
        """Add things that were found but are not on the sheet.

        :raise UserError: a confirmed sheet (LW3), or a thing that is written off (LW1).
        """
        if self._is_unlocked(vals_list):
            return super().create(vals_list)
        vals_list = to_values_list(self, vals_list)
        self._check_only(ADDED, vals_list)
        if not all(
            vals.get("stocktake_id") and vals.get("asset_id") for vals in vals_list
        ):
            raise UserError(self.env._("Say on which sheet, and what was found."))
        lines = self.browse()
        for vals in vals_list:
            sheet = self.env["lending.stocktake"].browse(vals["stocktake_id"])
            asset = self.env["lending.asset"].browse(vals["asset_id"])
            line = sheet._add_unexpected(asset)
            entered = {name: vals[name] for name in ENTERED & set(vals)}
            line.write({**entered, "counted": entered.get("counted") or "1"})
            lines += line
        return lines

    def write(self, vals):
        """Enter what was counted; who and when is noted along.

        :raise UserError: a confirmed sheet (LW3), or what is not entered by hand.
        """
        if self._is_unlocked([vals]) or not ENTERED & vals.keys():
            return super().write(vals)
        self._check_only(ENTERED, [vals])
        self.check_access("write")
        self.stocktake_id._hold_open()
        if "counted" in vals:
            vals = {**vals, **self._stamp("typed" if vals["counted"] else False)}
        return self._store(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_expected(self):
        self.stocktake_id._check_not_done()
        if expected := self.filtered("expected"):
            raise UserError(
                self.env._(
                    "%s should be there: count 0 when it is not, instead of removing "
                    "the row.",
                    expected[0].asset_id.display_name,
                )
            )

    @api.model
    def _check_only(self, names, vals_list):
        """Refuse to enter anything but these."""
        self._check_guarded(
            [
                {name: value for name, value in vals.items() if name not in names}
                for vals in vals_list
            ]
        )

    @api.model
    def _stamp(self, how):
        """Who counted, when and how; empty when the count is taken back."""
        return {
            "counted_how": how,
            "counted_at": how and fields.Datetime.now(),
            "counted_by_id": how and self.env.uid,
        }

    def _drop_uncounted(self):
        """Remove what nobody counted on this sheet; what is only starred, too."""
        idle = self.filtered(lambda line: line.counted_how in (False, "sheet"))
        idle._store({"expected": False})
        idle.unlink()

    # === CONFIRMING === #

    def _settle(self):
        """Once confirmed: not counted is missing (LW3); tell the things' history."""
        self.filtered(lambda line: not line.counted)._store({"counted": "0"})
        labels = dict(self._fields["result"]._description_selection(self.env))
        for (sheet, result), lines in self.grouped(
            lambda line: (line.stocktake_id, line.result)
        ).items():
            lines.asset_id._log("stocktake", f"{sheet.name}: {labels[result]}")
        seen = self.filtered(lambda line: line.counted == "1")
        for (user, at), lines in seen.grouped(
            lambda line: (line.counted_by_id, line.counted_at)
        ).items():
            lines.asset_id.with_user(user or self.env.user)._mark_seen(at)
