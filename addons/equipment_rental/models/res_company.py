from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain

DEPOSIT_ACCOUNT = Domain("account_type", "=", "liability_current") & Domain(
    "reconcile", "=", True
)
DEPOSIT_JOURNAL_CODE = "RDEP"


class ResCompany(models.Model):
    """How a company rents: how long options run, where deposits are booked."""

    _inherit = "res.company"

    rental_option_hours = fields.Integer(
        string="Options Run for (Hours)",
        default=48,
        help="How long an item is kept for a customer who has not decided yet.",
    )
    rental_wear_percent = fields.Float(
        string="Taken Off for Wear (%)",
        help="What is lost was not new any more: so much less than its replacement "
        "value is charged for it.",
    )
    rental_early_return = fields.Selection(
        [
            ("agreed", "As it was agreed"),
            ("real", "Until it came back"),
            ("ask", "Ask each time"),
        ],
        string="Back Early",
        default="agreed",
        required=True,
        help="What is charged for items that come back before the end. An end that is "
        "agreed anew is always followed.",
    )
    rental_deposit_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        domain=list(DEPOSIT_ACCOUNT),
        help="A current liability that allows reconciliation: what is held is owed to "
        "the customers. Empty: made with the first deposit.",
    )
    rental_deposit_journal_id = fields.Many2one(
        "account.journal",
        check_company=True,
        domain=[("type", "=", "general")],
        help="Where deposits are booked in and out. Empty: made with the first "
        "deposit.",
    )

    _rental_option_hours_positive = models.Constraint(
        "CHECK (rental_option_hours > 0)", "An option runs for at least an hour."
    )

    _rental_wear_percent_range = models.Constraint(
        "CHECK (rental_wear_percent BETWEEN 0 AND 100)",
        "For wear between 0 and 100 % are taken off a replacement value.",
    )

    def _rental_option_end(self, starts):
        """Until when an option of now runs: as long as usual, yet not into the rental.

        :param starts: when the rentals begin, UTC, perhaps empty
        """
        usual = fields.Datetime.now().replace(second=0) + timedelta(
            hours=self.rental_option_hours
        )
        return min([usual, *filter(None, starts)])

    @api.constrains("rental_deposit_account_id")
    def _check_rental_deposit_account(self):
        for company in self:
            account = company.rental_deposit_account_id
            if account != account.filtered_domain(DEPOSIT_ACCOUNT):
                raise ValidationError(
                    self.env._(
                        "%s cannot hold deposits: it must be a current liability and "
                        "allow reconciliation.",
                        account.display_name,
                    )
                )

    @api.constrains("rental_deposit_journal_id")
    def _check_rental_deposit_journal(self):
        for company in self:
            journal = company.rental_deposit_journal_id
            if journal and journal.type != "general":
                raise ValidationError(
                    self.env._(
                        "%s cannot book deposits: it must be a journal of type "
                        "Miscellaneous.",
                        journal.display_name,
                    )
                )

    def _rental_deposit_account(self):
        """The account deposits are owed on; made when there is none.

        :raise UserError: in a company without a chart of accounts.
        """
        self.ensure_one()
        if not self.rental_deposit_account_id:
            # Narrow sudo: whoever takes the first deposit need not be an accountant.
            company = self.sudo().with_company(self)
            company.rental_deposit_account_id = company._create_rental_deposit_account()
        return self.rental_deposit_account_id

    def _create_rental_deposit_account(self):
        Account = self.env["account.account"]
        domain = Domain(Account._check_company_domain(self))
        liability = Domain("account_type", "=", "liability_current")
        like = Account.search(domain & liability, order="code", limit=1)
        if not like and not Account.search_count(domain, limit=1):
            raise UserError(
                self.env._(
                    "%s cannot book deposits: it has no chart of accounts yet. Choose "
                    "one in Invoicing › Configuration › Settings.",
                    self.display_name,
                )
            )
        return Account.create(
            {
                "name": self.env._("Rental Deposits"),
                "code": Account._search_new_account_code(like.code or "200000"),
                "account_type": "liability_current",
                "reconcile": True,
                "company_ids": [Command.set(self.ids)],
            }
        )

    def _rental_deposit_journal(self):
        """The journal deposits are booked in; made when there is none."""
        self.ensure_one()
        if not self.rental_deposit_journal_id:
            # Narrow sudo: as for the account.
            company = self.sudo().with_company(self)
            Journal = company.env["account.journal"].with_context(active_test=False)
            journal = Journal.search(
                [
                    ("company_id", "=", self.id),
                    ("code", "=", DEPOSIT_JOURNAL_CODE),
                    ("type", "=", "general"),
                ],
                limit=1,
            )
            company.rental_deposit_journal_id = journal or Journal.create(
                {
                    "name": self.env._("Rental Deposits"),
                    "code": DEPOSIT_JOURNAL_CODE,
                    "type": "general",
                    "company_id": self.id,
                }
            )
        return self.rental_deposit_journal_id
