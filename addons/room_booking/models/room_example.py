"""The example company's rooms: its files, its people, and a month of meetings."""

from datetime import datetime, time, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.resource_allocation.core.moment import instant_of, wall_time

CATALOGUE = (
    "resource.calendar",
    "account.analytic.plan",
    "account.analytic.account",
    "room.activity",
    "room.attribute",
    "room.policy",
    "room.site",
    "room.space",
    "room.layout",
    "room.scenario",
    "room.catering.type",
    "room.service.category",
    "room.service.group",
    "room.service",
)
"""The files of the example company, in the order they are imported."""

ROLES = {
    "manager": "resource_allocation.user_manager",
    "booker": "resource_allocation.user_booker",
    "employee": "resource_allocation.user_employee",
    "roommanager": "room_booking.user_roommanager",
    "chef": "room_booking.user_chef",
    "cook": "room_booking.user_cook",
    "reception": "room_booking.user_reception",
}
"""Who lives there, by login."""

KEEPERS = (
    ("site_canal", "manager_ids", ["roommanager"]),
    ("room_board", "approver_ids", ["roommanager", "manager"]),
    ("group_kitchen", "manager_ids", ["chef", "manager"]),
    ("group_kitchen", "member_ids", ["cook"]),
    ("group_media", "manager_ids", ["manager"]),
    ("group_house", "manager_ids", ["roommanager", "manager"]),
    ("group_reception", "manager_ids", ["roommanager", "manager"]),
    ("group_reception", "member_ids", ["reception"]),
)
"""Who manages which site and which work group, works there, or answers requests."""

BEHIND = "manager"
"""Who writes down what was, and what is too soon for others to order."""
SOON = 2
"""Working days from today, from when on people book by themselves: no cut-off, notice
or lead of the example is longer."""


class Meeting(NamedTuple):
    """A meeting of the example company."""

    day: int  # working days from today; on a weekend 0 is the Monday after it
    start: str  # by the clock of the room; "" for the whole day
    stop: str
    room: str
    name: str
    people: int
    organizer: str
    occasion: str = "room"
    catering: str = ""
    services: dict = {}  # {service: how many, or (how many, when)}
    layout: str = ""
    centre: str = ""
    attendees: tuple = ()
    private: bool = False
    asked: bool = False  # it waits for an answer
    cancelled: str = ""  # why


LIFE = (
    Meeting(-10, "09:00", "10:00", "quay", "Week ahead", 12, "roommanager", "meeting"),
    Meeting(-10, "14:00", "15:30", "alfama", "Stock count in Lisbon", 6, "employee"),
    Meeting(
        -9, "10:00", "12:00", "lantern", "Crane project with Lisbon", 6, "booker",
        "meeting", "snacks", {"cake": 1}, centre="yard", attendees=("employee",),
    ),
    Meeting(
        -8, "09:00", "16:30", "dock", "Forklift licence, theory", 14, "employee",
        "workshop", "buffet", {"lunch": (14, "12:00"), "flipchart": 2},
        layout="dock_class", centre="yard",
    ),
    Meeting(-8, "11:00", "11:45", "buoy", "Talk about next year", 2, "booker",
            private=True),
    Meeting(-7, "13:00", "14:00", "anchor", "Price list", 3, "booker"),
    Meeting(
        -6, "09:30", "11:30", "board", "Banks and insurance", 8, "manager",
        "meeting", "snacks", {"rolls": 10}, centre="management",
    ),
    Meeting(-5, "09:00", "10:00", "quay", "Week ahead", 12, "roommanager", "meeting"),
    Meeting(
        -4, "16:30", "22:00", "hall", "Summer party of the yard", 80, "employee",
        "event", layout="hall_standing", centre="yard",
    ),
    Meeting(
        -3, "10:00", "12:00", "quay_dock", "Safety day", 36, "roommanager", "workshop",
        services={"microphones": 1, "chair": 10}, layout="both_class", centre="yard",
    ),
    Meeting(-3, "15:00", "16:00", "chiado", "Leases in Portugal", 4, "employee"),
    Meeting(
        -2, "14:00", "15:00", "lantern", "Offer for the town fair", 5, "booker",
        "meeting", services={"laptop": 2}, centre="sales",
    ),
    Meeting(-1, "10:00", "11:00", "dock", "Workshop that nobody had time for", 8,
            "employee", "meeting", cancelled="Half of us are on a site."),
    Meeting(-1, "16:00", "17:00", "buoy", "Interview: fitter", 3, "manager",
            private=True),
    Meeting(0, "09:00", "10:00", "quay", "Week ahead", 12, "roommanager", "meeting"),
    Meeting(
        0, "11:00", "12:00", "lantern", "Handover of the bridge site", 6, "booker",
        "meeting", "snacks", {"rolls": 6, "laptop": 1}, centre="sales",
        attendees=("employee", "manager"),
    ),
    Meeting(0, "14:00", "15:00", "anchor", "Tyres or tracks?", 4, "employee"),
    Meeting(
        0, "15:00", "17:00", "board", "Visit of the harbour authority", 10, "manager",
        "meeting", "snacks", {"cake": 1, "parking": 3}, centre="management",
    ),
    Meeting(1, "09:30", "12:30", "alfama", "Planning with Lisbon", 8, "manager"),
    Meeting(
        1, "10:00", "11:30", "dock", "New mixers: what they can do", 12, "employee",
        "meeting", services={"projector": 1}, centre="yard",
    ),
    Meeting(
        2, "12:30", "13:30", "dock", "Lunch talk: what cranes weigh", 10, "booker",
        "meeting",
    ),
    Meeting(
        2, "14:00", "16:00", "lantern", "Spare parts with the supplier", 6, "booker",
        "meeting", "snacks", {"juice": (6, "15:00"), "cake": 1}, centre="yard",
    ),
    Meeting(
        3, "10:00", "12:00", "board", "Board meeting", 12, "chef", "meeting", "snacks",
        {"rolls": 12, "parking": 4}, centre="management", attendees=("manager",),
        asked=True,
    ),
    Meeting(
        3, "11:00", "12:30", "board", "Contract with the town", 7, "booker", "meeting",
        "snacks", centre="sales", asked=True,
    ),
    Meeting(3, "09:00", "09:45", "buoy", "How was your first month?", 2, "employee",
            private=True),
    Meeting(
        4, "09:00", "16:00", "quay", "First aid", 14, "employee", "workshop", "buffet",
        {"lunch": (14, "12:00"), "flipchart": 2, "badges": 14}, layout="quay_u",
        centre="yard", attendees=("booker", "cook"),
    ),
    Meeting(
        4, "10:00", "15:00", "dock", "Selling at the counter", 16, "booker",
        "workshop", "buffet", {"lunch": (16, "12:00"), "technician": 1},
        layout="dock_class", centre="sales",
    ),
    Meeting(5, "09:00", "10:00", "quay", "Week ahead", 12, "roommanager", "meeting"),
    Meeting(5, "13:00", "14:00", "chiado", "Insurance claims", 5, "employee"),
    Meeting(6, "", "", "hall", "Open day of the fleet", 60, "roommanager",
            layout="hall_standing", centre="sales"),
    Meeting(
        6, "10:00", "11:00", "anchor", "Kitchen: menu of next month", 3, "chef",
        attendees=("cook",),
    ),
    Meeting(
        7, "13:30", "16:00", "quay_dock", "Customers' afternoon", 50, "booker",
        "event", "snacks", {"juice": (40, "14:30"), "microphones": 1, "parking": 8},
        layout="both_rows", centre="sales", attendees=("manager", "roommanager"),
    ),
    Meeting(7, "11:00", "12:00", "lantern", "Call with the crane maker", 4, "employee",
            "meeting", cancelled="They come in person, another time."),
    Meeting(8, "10:00", "10:45", "buoy", "Signs for the yard", 4, "booker"),
    Meeting(
        8, "14:00", "18:00", "hall", "Twenty years of North Yard", 70, "manager",
        "event", "buffet", {"stage": 1, "parking": 8, "badges": 70},
        layout="hall_rows", centre="management",
    ),
    Meeting(
        9, "09:00", "11:00", "alfama", "Budget of the Lisbon office", 6, "manager",
        private=True, centre="management",
    ),
    Meeting(10, "09:00", "10:00", "quay", "Week ahead", 12, "roommanager", "meeting"),
)  # fmt: skip
"""What the example company meets for, from two weeks ago to in two weeks."""


class RoomExample(models.AbstractModel):
    """The example company in ``demo/example``: its rooms, services and meetings."""

    _name = "room.example"
    _description = "Room Example Company"
    _inherit = ["resource.example.mixin"]
    _folder = "room_booking/demo/example"

    # === FILES === #

    @api.model
    def _load_catalogue(self):
        """Import the files the way a user does, by Odoo's own import.

        The records become the user's own: uninstalling the addon leaves them. Imported
        once more they are put back as the files say, and none comes twice.

        :return: ``{model: ids}`` of what was imported.
        :raise ValueError: with the import's own messages when a file does not fit.
        """
        return {model: self._import(model, *self._read(model)) for model in CATALOGUE}

    # === PEOPLE === #

    @api.model
    def _load_people(self):
        """Say who manages sites and work groups: in a file it would need the demo."""
        for name, field, roles in KEEPERS:
            users = self.env["res.users"].union(*map(self._user, roles))
            self._ref(*name.split("_", 1))[field] = users

    @api.model
    def _user(self, role):
        """The demo user with that role; without demo users whoever loads it."""
        return self.env.ref(ROLES[role], raise_if_not_found=False) or self.env.user

    # === MEETINGS === #

    @api.model
    def _load_life(self):
        """Let people meet: each books by the button.

        :return: the reservations, as :data:`LIFE` has them; none where they are there
        """
        booked = self.env["room.reservation"]
        rooms = [self._ref("room", name).id for name in {one.room for one in LIFE}]
        if booked.search_count([("space_ids.space_id", "in", rooms)], limit=1):
            return booked
        for meeting in LIFE:
            booked += self._book(meeting).with_env(self.env)
        # From now on: nobody checked in where it is over.
        self._ref("policy", "huddle").checkin_minutes = 10
        return booked

    @api.model
    def _book(self, meeting):
        # What is over is not booked any more, but for managers of room and services.
        role = meeting.organizer if meeting.day >= SOON else BEHIND
        reservation = self.env["room.reservation"].with_user(self._user(role))
        reservation = reservation.create(self._prepare_reservation(meeting))
        reservation.action_book()
        if meeting.cancelled:
            reservation.cancel(meeting.cancelled)
        return reservation

    @api.model
    def _prepare_reservation(self, meeting):
        catering, centre = meeting.catering, meeting.centre
        room = {"space_id": self._ref("room", meeting.room).id}
        if meeting.layout:
            room["layout_id"] = self._ref("layout", meeting.layout).id
        attendees = [self._user(role).partner_id.id for role in meeting.attendees]
        return {
            "name": meeting.name,
            "organizer_id": self._user(meeting.organizer).id,
            "participants": meeting.people,
            "privacy": "private" if meeting.private else "public",
            "scenario_id": self._ref("occasion", meeting.occasion).id,
            "catering_type_id": catering and self._ref("catering", catering).id,
            "cost_centre_id": centre and self._ref("centre", centre).id,
            "attendee_ids": [Command.set(attendees)],
            "space_ids": [Command.create(room)],
            "line_ids": [
                Command.create(self._prepare_line(meeting, name, ordered))
                for name, ordered in meeting.services.items()
            ],
            **self._prepare_period(meeting),
        }

    @api.model
    def _prepare_line(self, meeting, name, ordered):
        quantity, wanted = ordered if isinstance(ordered, tuple) else (ordered, "")
        return {
            "service_id": self._ref("service", name).id,
            "quantity": quantity,
            "wanted_start": wanted and self._moment(meeting, wanted),
        }

    @api.model
    def _prepare_period(self, meeting):
        if meeting.start:
            return {
                "start": self._moment(meeting, meeting.start),
                "stop": self._moment(meeting, meeting.stop),
            }
        day = self._working_day(meeting.day)
        return {"allday": True, "first_day": day, "last_day": day}

    # === WHEN === #

    @api.model
    def _moment(self, meeting, hour):
        """That hour of the meeting's day by the clock of its room, in UTC."""
        wall = datetime.combine(
            self._working_day(meeting.day), time.fromisoformat(hour)
        )
        return instant_of(wall, self._ref("room", meeting.room)._zone())

    @api.model
    def _working_day(self, days):
        """The date so many working days from today, by the clock of the main site."""
        zone = self._ref("room", "quay")._zone()
        day = wall_time(fields.Datetime.now(), zone).date()
        step = timedelta(days=1 if days >= 0 else -1)
        while days >= 0 and day.weekday() > 4:
            day += step
        for _one in range(abs(days)):
            day += step
            while day.weekday() > 4:
                day += step
        return day
