from odoo import fields, models


class RoomActivity(models.Model):
    """What a cost centre performs: room rent, catering, moving furniture (RS4)."""

    _name = "room.activity"
    _description = "Activity Type"
    _order = "code, name, id"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="As accounting calls it.")
    active = fields.Boolean(default=True)
    account_id = fields.Many2one(
        "account.analytic.account",
        string="Cost Centre",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        help="Which cost centre performs it, and is paid for it.",
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, index=True, precompute=True
    )

    _code_unique = models.UniqueIndex(
        "(code, coalesce(company_id, 0)) WHERE code IS NOT NULL",
        "Another activity type of the company has this code.",
    )
