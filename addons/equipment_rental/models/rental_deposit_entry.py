"""What deposits are in the books: entries on the liability account, payments."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date


class RentalDeposit(models.Model):
    """Each of the two methods posts everything or nothing, for deposits of one order.

    The money itself is core's payment. Between the liability and the payment stands the
    customer's receivable, reconciled with both: core's payments can pay nothing else.
    """

    _inherit = "rental.deposit"

    @api.private
    def receive(self, amount, journal, date):
        """Record that the customer paid ``amount`` of what these deposits ask for.

        :param float amount: in the order's currency; goes to the oldest deposit first
        :param journal: bank or cash journal
        :param date date: accounting date
        :return: the payment
        :raise UserError: for nothing, or for more than is still to collect.
        """
        shares = self._spread(amount, {row: row.amount_due for row in self._in_order()})
        deposits = self._with_accounting_rights()
        account = deposits.company_id._rental_deposit_account()
        for deposit in deposits - deposits.filtered("account_id"):
            deposit._store({"account_id": account.id})
        receivable = deposits._receivable_account()
        entry = deposits._post_entry("received", shares, {receivable: amount}, date)
        payment = deposits._pay("inbound", amount, journal, entry)
        self._tell(
            self.env._(
                "Deposit received: %(amount)s (%(journal)s)",
                amount=self._format(amount),
                journal=journal.display_name,
            )
        )
        return payment

    @api.private
    def settle(self, keep, journal, date, give_back=None):
        """Keep a part of these deposits for the order's invoices, pay back the rest.

        What is kept pays the order's open invoices, the oldest first; what is kept
        beyond them stays the customer's credit for the next invoice.

        :param float keep: in the order's currency
        :param journal: bank or cash journal; only needed when something is paid back
        :param date date: accounting date
        :param float give_back: what is paid back; without it all that is left
        :return: the payment, empty when nothing is paid back
        :raise UserError: for nothing, for less than nothing, for more than is held.
        """
        rows = self._in_order()
        held = {row: row.amount_held for row in rows}
        if give_back is None:
            give_back = rows.currency_id.round(sum(held.values()) - keep)
        kept = self._spread(keep, held, required=not give_back)
        left = {row: held[row] - kept.get(row, 0) for row in rows}
        returned = self._spread(give_back, left, required=not keep)
        deposits = self._with_accounting_rights()
        payment = deposits.env["account.payment"]
        if kept:
            deposits._keep(kept, keep, date)
        if returned:
            receivable = deposits._receivable_account()
            credit = {receivable: give_back}
            entry = deposits._post_entry("returned", returned, credit, date)
            payment = deposits._pay("outbound", give_back, journal, entry)
        deposits._reconcile_liability()
        self._tell(
            self.env._(
                "Deposit settled: %(kept)s kept, %(returned)s paid back",
                kept=self._format(keep),
                returned=self._format(give_back),
            )
        )
        return payment

    # === WHO AND HOW MUCH === #

    def _in_order(self):
        """These deposits, the oldest first, after the rights were checked.

        :raise UserError: for deposits of several orders or customers.
        """
        self.check_access("write")
        if len(self.order_id) != 1 or len(self.partner_id.commercial_partner_id) != 1:
            raise UserError(
                self.env._("Book the deposits of each order and customer one by one.")
            )
        self.order_id.check_access("read")
        return self.sorted(lambda row: (row.date, row.id))

    def _with_accounting_rights(self):
        """These deposits in an environment that may post, in their company.

        Narrow sudo: a clerk at the counter takes and gives back deposits and may not
        see the journals; the rights on the deposit were checked.
        """
        return self.sudo().with_company(self.company_id)

    def _spread(self, amount, rooms, required=True):
        """Divide ``amount`` among deposits: ``{deposit: share}``, shares above zero.

        :param dict rooms: how much each deposit can take, in the order to fill them
        :raise UserError: when it does not fit, or for nothing when ``required``.
        """
        currency = self.currency_id.ensure_one()
        room = sum(rooms.values())
        if currency.compare_amounts(amount, 0) < (1 if required else 0):
            raise UserError(self.env._("Enter an amount above zero."))
        if currency.compare_amounts(amount, room) > 0:
            raise UserError(
                self.env._(
                    "%(order)s: %(amount)s is more than the %(room)s there is.",
                    order=self.order_id.name,
                    amount=self._format(amount),
                    room=self._format(room),
                )
            )
        shares = {}
        for deposit, space in rooms.items():
            share = currency.round(min(amount, space))
            if share > 0:
                shares[deposit] = share
                amount -= share
        return shares

    def _receivable_account(self):
        """The customer's receivable account.

        :raise UserError: without one, as in a company without a chart of accounts.
        """
        partner = self.partner_id.commercial_partner_id.ensure_one()
        account = partner.property_account_receivable_id
        if not account:
            raise UserError(
                self.env._(
                    "%(company)s cannot book deposits: there is no receivable account "
                    "for %(customer)s. Choose a chart of accounts in Invoicing › "
                    "Configuration › Settings.",
                    company=self.company_id.display_name,
                    customer=partner.display_name,
                )
            )
        return account

    def _tell(self, text):
        self.order_id.message_post(body=text)

    # === ENTRIES === #

    def _post_entry(self, kind, shares, receivables, date):
        """Post one entry: the liability to the customer against the receivable.

        :param str kind: ``received``, ``kept`` or ``returned``
        :param dict shares: ``{deposit: amount}``
        :param dict receivables: ``{account: amount}``, of the same sum
        :raise UserError: for a day to come.
        """
        self._check_booked_on(date)
        sign = -1 if kind == "received" else 1
        items = [
            {
                "account_id": deposit.sudo().account_id.id,
                "amount_currency": sign * share,
            }
            for deposit, share in shares.items()
        ] + [
            {"account_id": account.id, "amount_currency": -sign * amount}
            for account, amount in receivables.items()
        ]
        vals = self._prepare_entry_vals(kind, date)
        vals["line_ids"] = self._prepare_items(items, vals["ref"], date)
        entry = self.env["account.move"].create(vals)
        for item, deposit in zip(entry.line_ids.sorted("id"), shares, strict=False):
            item._store({"rental_deposit_id": deposit.id, "rental_deposit_kind": kind})
        entry.action_post()
        return entry

    def _check_booked_on(self, date):
        """What is booked has happened."""
        if date and date > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "%(order)s: %(date)s is yet to come. Book the deposit on the day "
                    "the money changed hands.",
                    order=self.order_id.name,
                    date=format_date(self.env, date),
                )
            )

    def _prepare_entry_vals(self, kind, date):
        """Values of an entry without its items. Override to add your own."""
        labels = {
            "received": self.env._("Deposit received: %s", self.order_id.name),
            "kept": self.env._("Deposit kept: %s", self.order_id.name),
            "returned": self.env._("Deposit paid back: %s", self.order_id.name),
        }
        return {
            "move_type": "entry",
            "journal_id": self.company_id._rental_deposit_journal().id,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.commercial_partner_id.id,
            "date": date,
            "ref": labels[kind],
        }

    def _prepare_items(self, items, label, date):
        """Complete ``items``: on no project, balanced in the company's currency.

        The last item takes what rounding leaves.
        """
        currency, company = self.currency_id, self.company_id
        for item in items:
            item["balance"] = currency._convert(
                item["amount_currency"], company.currency_id, company, date
            )
        items[-1]["balance"] = -sum(item["balance"] for item in items[:-1])
        return [
            Command.create(
                {
                    **item,
                    "name": label,
                    "partner_id": self.partner_id.commercial_partner_id.id,
                    "currency_id": currency.id,
                    # Core would else propose a project that fits the customer.
                    "analytic_distribution": False,
                }
            )
            for item in items
        ]

    def _pay(self, payment_type, amount, journal, entry):
        """Pay the receivable of ``entry`` with core's payment, reconciled.

        :raise UserError: without a journal.
        """
        if not journal:
            raise UserError(
                self.env._("Choose the cash or bank journal the money goes through.")
            )
        item = entry.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        payment = self.env["account.payment"].create(
            {
                "payment_type": payment_type,
                "partner_type": "customer",
                "partner_id": entry.partner_id.id,
                "amount": amount,
                "currency_id": self.currency_id.id,
                "date": entry.date,
                "journal_id": journal.id,
                "memo": entry.ref,
                "destination_account_id": item.account_id.id,
            }
        )
        if not payment.outstanding_account_id:
            # The Accounting app leaves the entry to the bank statement; here the
            # receivable has to be paid now.
            outstanding = payment._get_outstanding_account(payment_type)
            payment.outstanding_account_id = outstanding
        payment.action_post()
        paid = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == item.account_id
        )
        (item + paid).reconcile()
        self._store({"payment_ids": [Command.link(payment.id)]})
        return payment

    def _keep(self, shares, amount, date):
        """Take ``amount`` of the deposits for the order's open invoices."""
        open_items = self._open_items()
        credits, left = defaultdict(float), amount
        for item, residual in open_items.items():
            part = min(left, residual)
            if part > 0:
                credits[item.account_id] += part
                left -= part
        if self.currency_id.compare_amounts(left, 0) > 0:
            credits[self._receivable_account()] += left
        entry = self._post_entry("kept", shares, credits, date)
        receivables = self._receivables()
        for line in entry.line_ids.filtered(lambda line: not line.rental_deposit_id):
            same = receivables.filtered(
                lambda item, line=line: item.account_id == line.account_id
            )
            if same.filtered(lambda item: item.amount_residual > 0):
                (same + line).reconcile()

    def _open_items(self):
        """What the order's posted invoices still have open, the first due first.

        Less what its posted credit notes owe the customer.

        :return: ``{journal item: residual in the order's currency}``
        """
        residuals = {item: self._residual(item) for item in self._receivables()}
        owed = defaultdict(float)
        for item, residual in residuals.items():
            owed[item.account_id] -= min(residual, 0)
        open_items = {}
        for item, residual in residuals.items():
            part = min(owed[item.account_id], max(residual, 0))
            owed[item.account_id] -= part
            if self.currency_id.compare_amounts(residual, part) > 0:
                open_items[item] = self.currency_id.round(residual - part)
        return open_items

    def _receivables(self):
        """What the order's posted invoices and credit notes leave to be paid."""
        company = self.company_id
        # Narrow sudo: a clerk may not read journal items.
        invoices = self.order_id.sudo().invoice_ids.filtered(
            lambda move: move.state == "posted" and move.company_id == company
        )
        items = invoices.line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and not line.reconciled
                and line.amount_residual
            )
        )
        return items.sorted(lambda line: line.date_maturity or line.date)

    def _residual(self, item):
        """What a journal item leaves to be paid, in the order's currency."""
        if item.currency_id == self.currency_id:
            return item.amount_residual_currency
        return item.company_currency_id._convert(
            item.amount_residual, self.currency_id, self.company_id, item.date
        )

    def _reconcile_liability(self):
        """Match what was received with what was kept and paid back."""
        for deposit in self:
            items = deposit.line_ids.filtered(
                lambda line: line.parent_state == "posted" and not line.reconciled
            )
            items.reconcile()
