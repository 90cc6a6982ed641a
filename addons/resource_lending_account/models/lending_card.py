from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .lending_asset import READS_BILLS

ACCOUNTS = ("depreciation_account_id", "loss_account_id", "asset_account_id")


class LendingCardWriteOff(models.Model):
    _inherit = "lending.card.write.off"

    entry_id = fields.Many2one(
        "account.move",
        string="Journal Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=READS_BILLS,
        help="Made as a draft: an accountant checks and posts it.",
    )

    @api.model
    def _guarded_fields(self):
        """Writing off makes the entry."""
        return super()._guarded_fields() | {"entry_id"}


class LendingCard(models.Model):
    _inherit = "lending.card"

    def _post_write_off(self, values):
        """Prepare the entry of what was written off in part (D20).

        Cost leaves the asset account; the share of the depreciation leaves its
        account, and the book value is lost. Without any account on the category,
        nothing is booked, and the card says so.

        :raise UserError: some accounts of the category are missing.
        """
        super()._post_write_off(values)
        # Narrow sudo: who writes off needs no right on the books; what he makes is
        # one draft, which an accountant looks at.
        card = self.sudo().with_company(self.company_id)
        category = card.category_id
        if not any(category[name] for name in ACCOUNTS):
            card.message_post(
                body=self.env._(
                    "No journal entry was made: the category %s has no accounts.",
                    category.display_name,
                )
            )
            return
        card._check_write_off_accounts()
        entry = self.env["account.move"].sudo().with_company(self.company_id)
        entry = entry.create(card._prepare_write_off_entry(values))
        write_off = self.env["lending.card.write.off"].sudo()
        write_off.browse(values["write_off_id"])._store({"entry_id": entry.id})

    def _check_write_off_accounts(self):
        category = self.category_id
        missing = [name for name in ACCOUNTS if not category[name]]
        if missing:
            raise UserError(
                self.env._(
                    "%(card)s cannot be written off yet: set “%(accounts)s” on the "
                    "category %(category)s.",
                    card=self.display_name,
                    accounts=", ".join(
                        category._fields[name]._description_string(self.env)
                        for name in missing
                    ),
                    category=category.display_name,
                )
            )

    def _prepare_write_off_entry(self, values):
        """Values of the draft entry; amounts in the company's currency."""
        amounts = zip(
            ACCOUNTS,
            (values["accumulated_depreciation"], values["loss"], -values["cost"]),
            strict=True,
        )
        return {
            "move_type": "entry",
            "date": values["date"],
            "ref": self.env._(
                "%(card)s: %(units)s written off",
                card=self.display_name,
                units=values["units"],
            ),
            "journal_id": self._write_off_journal().id,
            "line_ids": [
                Command.create(
                    {
                        "account_id": self.category_id[name].id,
                        "name": self.display_name,
                        "debit": max(amount, 0),
                        "credit": max(-amount, 0),
                    }
                )
                for name, amount in amounts
                if not self.company_id.currency_id.is_zero(amount)
            ],
        }

    def _write_off_journal(self):
        """The category's journal, else the company's first for miscellaneous entries.

        :raise UserError: there is none.
        """
        journal = self.category_id.write_off_journal_id
        journal = journal or self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(self.company_id),
                ("type", "=", "general"),
            ],
            limit=1,
        )
        if not journal:
            raise UserError(
                self.env._(
                    "%s has no journal for miscellaneous entries. Make one, then write "
                    "off again.",
                    self.company_id.display_name,
                )
            )
        return journal
