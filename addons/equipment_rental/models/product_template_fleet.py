"""What of an item is in, out, reserved and held, over all its fleets (C3)."""

from odoo import api, fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    rental_pool_ids = fields.One2many(
        "rental.pool", "product_tmpl_id", string="Fleets", readonly=True
    )
    rental_pieces = fields.Integer(
        compute="_compute_rental_quantities",
        string="Pieces",
        help="In the warehouses and out with customers.",
    )
    rental_out = fields.Integer(
        compute="_compute_rental_quantities", string="Out", help="With customers now."
    )
    rental_reserved = fields.Integer(
        compute="_compute_rental_quantities",
        string="Reserved",
        help="Reserved and not yet handed over, now and in the future.",
    )
    rental_held = fields.Integer(
        compute="_compute_rental_quantities",
        string="Options",
        help="Held by options, now and in the future.",
    )
    rental_free = fields.Integer(
        compute="_compute_rental_quantities",
        string="Free Now",
        help="Neither out nor promised at this moment.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fleet(self):
        self.with_context(active_test=False).product_variant_ids._unlink_except_fleet()

    def _compute_rental_quantities(self):
        for template in self:
            pools = template.rental_pool_ids
            template.rental_pieces = sum(pools.mapped("capacity"))
            template.rental_out = sum(pools.mapped("quantity_out"))
            template.rental_reserved = sum(pools.mapped("quantity_reserved"))
            template.rental_held = sum(pools.mapped("quantity_held"))
            template.rental_free = sum(pools.mapped("quantity_free"))

    def action_rental_allocations(self):
        """Open rentals, reservations and options of these items (C3)."""
        return self.rental_pool_ids.action_allocations()

    def action_rental_units(self):
        """Open the serial-numbered units of these items with their state now (C3)."""
        return self.rental_pool_ids.action_units()

    def action_rental_put_in(self):
        """Put pieces of these items into a warehouse's rentable stock (C35)."""
        return self.env["rental.stock.transfer"]._open_for(
            "in", self.product_variant_ids
        )

    def action_rental_take_out(self):
        """Take pieces of these items out of a warehouse's rentable stock (C35)."""
        return self.env["rental.stock.transfer"]._open_for(
            "out", self.product_variant_ids
        )
