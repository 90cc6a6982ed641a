from odoo import fields, models


class RoomLayout(models.Model):
    """A way to seat people in a room, with a capacity and a setup of its own (RS6)."""

    _name = "room.layout"
    _description = "Seating Layout"
    _order = "space_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, export_string_translation=False)
    space_id = fields.Many2one(
        "room.space", string="Room", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="space_id.company_id")
    capacity = fields.Integer(required=True, help="How many people it seats.")
    setup_minutes = fields.Integer(
        string="Setup (min)",
        help="How long before the meeting the room is taken to arrange it. Counts "
        "where it is longer than the room's own.",
    )
    teardown_minutes = fields.Integer(string="Teardown (min)")
    activity_id = fields.Many2one(
        "room.activity",
        string="Activity Type",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Empty: that of the room.",
    )

    _numbers_positive = models.Constraint(
        "CHECK (capacity > 0 AND least(coalesce(setup_minutes, 0),"
        " coalesce(teardown_minutes, 0)) >= 0)",
        "A layout seats at least one; setup and teardown are zero or more.",
    )
