from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core.policy import Policy


class RoomPolicy(models.Model):
    """What the house asks of a booking: by whom, how far ahead, how long."""

    _name = "room.policy"
    _description = "Booking Policy"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    booker_group_ids = fields.Many2many(
        "res.groups",
        string="Who may book",
        help="Empty: everybody. Managers of the site always may.",
    )
    window_days = fields.Integer(
        string="Booked ahead (days)", help="At most so many days ahead. 0: any time."
    )
    notice_minutes = fields.Integer(
        string="Notice (min)", help="At least so many minutes before it begins."
    )
    grid_minutes = fields.Integer(
        string="Grid (min)",
        help="Begins and ends at whole multiples of so many minutes of the local hour "
        "of the day: 30 for half past and the full hour.",
    )
    min_minutes = fields.Integer(string="Shortest (min)")
    max_minutes = fields.Integer(string="Longest (min)", help="0: as long as wanted.")
    cancel_minutes = fields.Integer(
        string="Changed until (min)",
        help="Who booked it changes or cancels it until so many minutes before it "
        "begins; managers of the site at any time.",
    )

    _limits_positive = models.Constraint(
        "CHECK (least(coalesce(window_days, 0), coalesce(notice_minutes, 0),"
        " coalesce(grid_minutes, 0), coalesce(min_minutes, 0),"
        " coalesce(max_minutes, 0), coalesce(cancel_minutes, 0)) >= 0)",
        "Limits of a policy are zero or more.",
    )

    @api.constrains("min_minutes", "max_minutes")
    def _check_lengths(self):
        for policy in self:
            if 0 < policy.max_minutes < policy.min_minutes:
                raise ValidationError(
                    self.env._(
                        "%s: the longest booking is shorter than the shortest.",
                        policy.name,
                    )
                )

    def _limits(self):
        """The limits as :mod:`..core.policy` wants them; no policy has none."""
        return Policy(
            self.window_days,
            self.notice_minutes,
            self.grid_minutes,
            self.min_minutes,
            self.max_minutes,
        )
