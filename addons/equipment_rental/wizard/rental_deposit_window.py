from odoo import api, fields, models
from odoo.exceptions import UserError


class RentalDepositWindow(models.AbstractModel):
    """A window on the deposits of one order: through which journal, and when.

    It shows what it saw when it was opened, and refuses when that changed since: so
    neither a second click nor a colleague's window takes the money twice.
    """

    _name = "rental.deposit.window"
    _description = "Rental Deposit Window"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    deposit_ids = fields.Many2many("rental.deposit", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one(related="order_id.company_id")
    currency_id = fields.Many2one(related="order_id.currency_id")
    amount_asked = fields.Monetary(string="Asked", readonly=True)
    amount_held = fields.Monetary(string="Held", readonly=True)
    amount_due = fields.Monetary(string="To Collect", readonly=True)
    journal_id = fields.Many2one(
        "account.journal",
        string="Cash or Bank",
        check_company=True,
        domain=[("type", "in", ("bank", "cash"))],
    )
    date = fields.Date(
        string="Booked on", required=True, default=fields.Date.context_today
    )

    @api.model
    def _open_window(self, order, deposits, vals, title):
        """Open this window for ``deposits`` of ``order``; it remembers what it sees."""
        wizard = self.create(
            {
                "order_id": order.id,
                "deposit_ids": deposits.ids,
                "partner_id": (deposits or order)[
                    "partner_id" if deposits else "partner_invoice_id"
                ][:1].id,
                "amount_asked": sum(deposits.mapped("amount")),
                "amount_held": sum(deposits.mapped("amount_held")),
                "amount_due": sum(deposits.mapped("amount_due")),
                "journal_id": self._usual_journal(order.company_id).id,
                **vals,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    @api.model
    def _usual_journal(self, company):
        """The drawer at the counter, else the bank."""
        return self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(company),
                ("type", "in", ("bank", "cash")),
            ],
            order="type desc, sequence, id",
            limit=1,
        )

    def _check_unchanged(self):
        """:raise UserError: when money was booked since the window was opened."""
        now = self._amounts_now()
        if any(self.currency_id.compare_amounts(self[name], now[name]) for name in now):
            raise UserError(
                self.env._(
                    "The deposits or invoices of %s have changed since this window "
                    "was opened. Close it and look at them again.",
                    self.order_id.name,
                )
            )

    def _amounts_now(self):
        """What the window would show if it was opened now: ``{field: amount}``."""
        deposits = self.deposit_ids
        return {
            name: sum(deposits.mapped(name)) for name in ("amount_held", "amount_due")
        }
