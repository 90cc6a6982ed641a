from odoo import fields, models


class RoomScenario(models.Model):
    """An occasion to book for, with the services that are offered then (R5, R6)."""

    _name = "room.scenario"
    _description = "Booking Scenario"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, export_string_translation=False)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True, help="When to choose it.")
    service_ids = fields.Many2many(
        "room.service", "room_service_scenario_rel", "scenario_id", "service_id"
    )
