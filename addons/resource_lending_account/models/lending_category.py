from odoo import fields, models


class LendingCategory(models.Model):
    """The class of fixed assets says on which accounts their write-off is booked."""

    _inherit = "lending.category"

    asset_account_id = fields.Many2one(
        "account.account",
        string="Cost",
        company_dependent=True,
        ondelete="restrict",
        groups="account.group_account_readonly,account.group_account_invoice",
        help="What the fixed assets of this category cost.",
    )
    depreciation_account_id = fields.Many2one(
        "account.account",
        string="Accumulated Depreciation",
        company_dependent=True,
        ondelete="restrict",
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    loss_account_id = fields.Many2one(
        "account.account",
        string="Loss on Disposal",
        company_dependent=True,
        ondelete="restrict",
        groups="account.group_account_readonly,account.group_account_invoice",
        help="Where the book value goes of what is written off.",
    )
    write_off_journal_id = fields.Many2one(
        "account.journal",
        string="Journal",
        company_dependent=True,
        ondelete="restrict",
        domain="[('type', '=', 'general')]",
        groups="account.group_account_readonly,account.group_account_invoice",
        help="Empty: the company's first miscellaneous journal.",
    )
