from collections import defaultdict

from odoo import api, fields, models


class StockLot(models.Model):
    """A unit knows what its repairs cost (P7)."""

    _inherit = "stock.lot"

    rental_repair_currency_id = fields.Many2one(
        "res.currency", compute="_compute_rental_repair_cost", compute_sudo=True
    )
    rental_repair_cost = fields.Monetary(
        string="Cost of Repairs",
        currency_field="rental_repair_currency_id",
        compute="_compute_rental_repair_cost",
        compute_sudo=True,
        groups="equipment_rental.equipment_rental_group_manager,"
        "equipment_rental.equipment_rental_group_accountant",
        help="Value of the parts that finished repairs took from the stock, in this "
        "company.",
    )

    @api.depends_context("company")
    def _compute_rental_repair_cost(self):
        costs = defaultdict(float)
        parts = self.env["stock.move"]._read_group(
            [
                ("repair_id.lot_id", "in", self.ids),
                ("repair_id.state", "=", "done"),
                ("repair_line_type", "=", "add"),
                ("state", "=", "done"),
                ("company_id", "=", self.env.company.id),
            ],
            ["repair_id"],
            ["value:sum"],
        )
        for repair, value in parts:
            costs[repair.lot_id.id] += value
        for lot in self:
            lot.rental_repair_currency_id = self.env.company.currency_id
            lot.rental_repair_cost = costs[lot.id]
