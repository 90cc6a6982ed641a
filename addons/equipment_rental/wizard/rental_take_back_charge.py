"""What is charged with a return: proposed, and corrected at the counter (C11)."""

from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.resource_allocation.inputs import only_one

CLERK = "equipment_rental.equipment_rental_group_user"


class RentalTakeBack(models.TransientModel):
    """Late, damaged, to be cleaned: the fees a return brings about."""

    _inherit = "rental.take.back"

    charge_ids = fields.One2many(
        "rental.take.back.charge",
        "wizard_id",
        string="Charges",
        help="Become lines of the order when the items are taken back.",
    )
    charged_for = fields.Char(help="What the charges were proposed for.")
    may_price = fields.Boolean(compute="_compute_may_price")

    @api.depends_context("uid")
    def _compute_may_price(self):
        self.may_price = self.env.su or self.env.user.has_group(CLERK)

    @api.model_create_multi
    def create(self, vals_list):
        """The window opens with what the return of all would cost."""
        windows = super().create(vals_list)
        for window in windows:
            window._refresh_charges()
        return windows

    @api.onchange("date", "line_ids")
    def _refresh_charges(self):
        """Propose anew; keep what the clerk typed for the same, and what was added.

        An onchange, not a computed field: those are computed before an onchange has
        put in what the client knows, and would drop what was typed.
        """
        self.charged_for = self._charge_key()
        left = self.charge_ids.filtered("is_proposed")
        added = []
        for vals in self._propose_charges():
            same = left.filtered(lambda charge, v=vals: charge._is_about(v))[:1]
            left -= same
            if same:
                same._propose(vals)
            else:
                added.append({**vals, "proposed_amount": vals["amount"]})
        self.charge_ids -= left
        if added:
            self.charge_ids = [
                Command.create({**vals, "is_proposed": True}) for vals in added
            ]

    def _charge_key(self):
        """What decides on the proposals, to see whether they are of now."""
        rows = [
            (
                row.sale_line_id.id,
                row.quantity,
                row.condition_id.id,
                sorted(row.damage_ids._origin.ids),
            )
            for row in self.line_ids
        ]
        return f"{self.date} {sorted(rows)}"

    def _propose_charges(self):
        """What the order's fees come to for what came back, as of now."""
        self.ensure_one()
        date = self.date or fields.Datetime.now()
        rows = self.line_ids.filtered(lambda row: row.quantity > 0)
        return self.order_id._propose_rental_fees(
            "return",
            date,
            [
                (row.sale_line_id, row.quantity, row._condition_to_charge())
                for row in rows
            ],
        ) + self.order_id._propose_damages(
            date,
            [(row.sale_line_id, row.quantity, row.damage_ids._origin) for row in rows],
        )

    def _take_back(self):
        """Charge what the return brings about, too."""
        only_one(self)
        charges = self._chosen_charges()
        transfers = super()._take_back()
        # Narrow sudo: a storekeeper may not write the order, but what his return costs
        # by the company's own rules belongs on it.
        order = self.order_id.sudo()
        for vals in charges:
            if not vals["amount"]:
                self._ask_for_price(vals["name"])
                continue
            line = order.order_line.browse(vals["sale_line_id"])
            order._add_rental_fee(
                self.env["rental.fee"].browse(vals["fee_id"]),
                vals["amount"],
                "return",
                self.date,
                origin_line=line,
                transfer=self._transfer_of(line, transfers),
                name=vals["name"],
                rental_condition_id=vals["condition_id"],
            )
        return transfers

    def _chosen_charges(self):
        """Values of the fees to charge: as corrected by a clerk, else as proposed.

        An amount of 0 is left: it waits for somebody who knows the price.
        """
        if not self.may_price:
            return self._propose_charges()
        if self.charged_for != self._charge_key():
            self._refresh_charges()
        return [
            {
                "fee_id": charge.fee_id.id,
                "sale_line_id": charge.sale_line_id.id,
                "condition_id": charge.condition_id.id,
                "name": charge.name or charge.fee_id.name,
                "amount": charge.amount,
            }
            for charge in self.charge_ids
            if charge.is_charged and charge.amount
        ]

    def _ask_for_price(self, name):
        """A storekeeper does not price: the order's responsible does."""
        self.order_id._rental_remind(self.env._("Price what came back: %s", name))

    @api.model
    def _transfer_of(self, line, transfers):
        """The transfer ``line`` came back with, or the first."""
        own = transfers.filtered(lambda done: line in done.move_ids.sale_line_id)
        return (own if line else transfers)[:1] or transfers[:1]


class RentalTakeBackCharge(models.TransientModel):
    """One fee of a return, before it is a line of the order."""

    _name = "rental.take.back.charge"
    _description = "Charge on Return"

    wizard_id = fields.Many2one(
        "rental.take.back", required=True, ondelete="cascade", index=True
    )
    order_id = fields.Many2one(related="wizard_id.order_id")
    currency_id = fields.Many2one(related="order_id.currency_id")
    fee_id = fields.Many2one(
        "rental.fee", required=True, domain="[('moment', '=', 'return')]"
    )
    sale_line_id = fields.Many2one("sale.order.line", string="For")
    # Of proposals. Not read-only: a form sends them back with what it was proposed.
    condition_id = fields.Many2one("rental.condition")
    damage_id = fields.Many2one("rental.damage")
    is_proposed = fields.Boolean()
    proposed_amount = fields.Monetary()
    name = fields.Char(
        string="What For", compute="_compute_name", store=True, readonly=False
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="Without tax. 0: not charged.",
    )
    is_charged = fields.Boolean(string="Charge", default=True)

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "A charge cannot be negative."
    )

    @api.depends("fee_id")
    def _compute_name(self):
        for charge in self:
            charge.name = charge.fee_id.name

    @api.depends("fee_id", "sale_line_id")
    def _compute_amount(self):
        """What the fee comes to for what came back of its line, or of all."""
        for charge in self:
            window, line = charge.wizard_id, charge.sale_line_id
            pieces = [
                (row.sale_line_id, row.quantity)
                for row in window.line_ids
                if row.quantity > 0 and (not line or row.sale_line_id == line)
            ]
            charge.amount = charge.fee_id and charge.fee_id._amount_for(
                window.order_id, pieces, window.date or fields.Datetime.now()
            )

    def _is_about(self, vals):
        """Whether a proposal with ``vals`` is this one, after something changed."""
        names = ("fee_id", "sale_line_id", "condition_id", "damage_id")
        return all(self[name].id == vals[name] for name in names)

    def _propose(self, vals):
        """Take over what the fee comes to now, unless the clerk typed an amount."""
        if self.amount == self.proposed_amount:
            self.amount = vals["amount"]
        self.proposed_amount = vals["amount"]
        self.name = vals["name"]
