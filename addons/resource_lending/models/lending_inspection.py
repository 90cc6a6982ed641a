from dateutil.relativedelta import relativedelta

from odoo import api, fields, models


class LendingInspection(models.Model):
    """One inspection of a thing, with its certificate, and how long it holds."""

    _name = "lending.inspection"
    _description = "Inspection"
    _inherit = ["resource.guarded.mixin"]
    _order = "date desc, id desc"
    _rec_name = "date"
    _check_company_auto = True

    asset_id = fields.Many2one(
        "lending.asset",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="asset_id.company_id", store=True, index=True)
    date = fields.Date(
        string="Inspected on", required=True, default=fields.Date.context_today
    )
    result = fields.Selection(
        [("passed", "Passed"), ("failed", "Failed")],
        required=True,
        default="passed",
    )
    valid_until = fields.Date(
        string="Valid until",
        compute="_compute_valid_until",
        store=True,
        readonly=False,
        precompute=True,
        help="The last day the thing may be handed out without another inspection. "
        "Empty: no further one is due.",
    )
    inspector_id = fields.Many2one(
        "res.partner", string="Inspected by", check_company=True
    )
    certificate = fields.Binary(attachment=True, copy=False)
    certificate_name = fields.Char(string="File name", copy=False)
    note = fields.Text()

    _valid_after_date = models.Constraint(
        "CHECK (valid_until >= date)",
        "An inspection is valid until its own day at the earliest.",
    )

    @api.model
    def _guarded_fields(self):
        """It is in the thing's company."""
        return super()._guarded_fields() | {"company_id"}

    @api.depends("date", "result", "asset_id.inspection_interval_months")
    def _compute_valid_until(self):
        for inspection in self:
            months = inspection.asset_id.inspection_interval_months
            if inspection.result == "failed" or not inspection.date:
                inspection.valid_until = False
            elif months:
                inspection.valid_until = inspection.date + relativedelta(months=months)
            else:
                inspection.valid_until = inspection.valid_until
