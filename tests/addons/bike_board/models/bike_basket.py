from odoo import fields, models


class BikeBike(models.Model):
    _inherit = "bike.bike"
    _board_basket = "bike.basket"


class BikeBasket(models.TransientModel):
    """Makes a trip of each period that was chosen."""

    _name = "bike.basket"
    _description = "Book Trips"
    _inherit = "resource.basket.mixin"

    name = fields.Char(string="Where To")
    line_ids = fields.One2many("bike.basket.line", "wizard_id")

    def _make(self, lines):
        """A trip for each, booked, or none."""
        trips = self.env["bike.trip"].create([line._prepare_trip() for line in lines])
        trips.action_book()
        return self.env._("Booked: %s.", ", ".join(trips.mapped("name"))), False


class BikeBasketLine(models.TransientModel):
    """One bike for one period."""

    _name = "bike.basket.line"
    _description = "Trip to Book"
    _inherit = "resource.basket.line.mixin"

    wizard_id = fields.Many2one("bike.basket", required=True, ondelete="cascade")
    kind = fields.Selection([("trip", "Trip")], required=True, default="trip")

    def _prepare_trip(self):
        bikes = self.env["bike.bike"]
        return {
            "name": self.wizard_id.name or self.env._("Somewhere"),
            "bike_id": bikes.search([("resource_id", "=", self.resource_id.id)]).id,
            "start": self.start,
            "stop": self.stop,
        }
