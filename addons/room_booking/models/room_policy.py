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
        help="Empty: everybody. Managers of the site always may. Where others need an "
        "approval, they may ask.",
    )
    approval = fields.Selection(
        [
            ("none", "Nobody"),
            ("all", "Its approvers, each booking"),
            ("others", "Its approvers, for those who may not book"),
        ],
        required=True,
        default="none",
        string="Approved by",
        help="Who manages the room approves by booking it.",
    )
    keeps_place = fields.Boolean(
        string="Requests keep the place",
        default=True,
        help="Until it is answered nobody else has the room. Otherwise several may "
        "ask for it, and the first that is approved has it.",
    )
    answer_hours = fields.Integer(
        string="Answered within (hours)",
        default=48,
        help="A request that was not answered by then, or when it should begin, lapses "
        "and frees the room.",
    )
    checkin_minutes = fields.Integer(
        string="Checked in within (min)",
        help="So long after the start somebody has to check in, or the room is free "
        "for others. 0: nobody checks in.",
    )
    checkin_early_minutes = fields.Integer(
        string="Check-in opens before (min)", default=15
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
        " coalesce(max_minutes, 0), coalesce(cancel_minutes, 0),"
        " coalesce(checkin_minutes, 0), coalesce(checkin_early_minutes, 0)) >= 0)",
        "Limits of a policy are zero or more.",
    )

    _answer_in_time = models.Constraint(
        "CHECK (approval = 'none' OR answer_hours > 0)",
        "Say within how many hours a request is answered.",
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
