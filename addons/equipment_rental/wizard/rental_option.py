from odoo import api, fields, models

from odoo.addons.resource_allocation.inputs import only_one


class RentalOption(models.TransientModel):
    """Until when a quotation keeps its items (C18)."""

    _name = "rental.option"
    _description = "Keep Items on Option"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    partner_id = fields.Many2one(related="order_id.partner_id", string="Customer")
    until = fields.Datetime(
        string="Keep Until",
        compute="_compute_until",
        store=True,
        readonly=False,
        required=True,
        help="Then the option lapses by itself and the items are free for others.",
    )

    @api.depends("order_id")
    def _compute_until(self):
        """As long as the company's options run, yet not into the rental."""
        for option in self:
            order = option.order_id
            starts = order.order_line.filtered("is_rental").mapped("rental_start")
            option.until = order.company_id._rental_option_end(starts)

    def action_hold(self):
        """Keep the items, all or none.

        :raise AllocationConflict: says who has it, when, and what is free.
        """
        only_one(self)
        self.order_id._rental_place_option(self.until)
        return {"type": "ir.actions.act_window_close"}
