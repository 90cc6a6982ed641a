from datetime import timedelta

from lxml import etree

from odoo.tests import freeze_time, tagged

from .common import NOW, RoomCase, at

BOOK = 55
"""Queries to book a room with three services, its event in the calendar included."""
MOVE = 60
CANCEL = 42
HISTORY = 2
"""Queries for what the history of each further reservation says."""
EVENT = 3
"""Queries of core's for each further event that moves."""
ELSEWHERE = 2
"""Queries of core's where Google Calendar or Outlook is installed: whether the user's
calendar is there; and for each of many events, of which Outlook forgets the others."""
FIND = 5
"""Queries to find a free room among many; one of them asks the ledger."""
MANY = 80


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestQueries(RoomCase):
    """How often the database is asked: little for one, no more for many."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.services = [
            cls._service("Coffee", price=2),
            cls._service("Cake", price=3),
            cls._service("Laptop", is_unlimited=False, max_quantity=1000),
        ]
        elsewhere = {"google.calendar.sync", "microsoft.calendar.sync"}
        cls.elsewhere = ELSEWHERE if elsewhere & set(cls.env.registry) else 0
        vals = {"site_id": cls.site.id, "activity_id": cls.activity.id, "capacity": 9}
        cls.rooms = cls.env["room.space"].create(
            [{"name": f"Room {number}", **vals} for number in range(MANY)]
        )

    def _drafts(self, rooms, day=0):
        """A reservation with three services for each of the rooms."""
        return (
            self.env["room.reservation"]
            .with_user(self.booker)
            .create(
                [
                    {
                        "name": "Talk",
                        "start": at(9, day=day),
                        "stop": at(11, day=day),
                        "scenario_id": self.scenario.id,
                        "attendee_ids": self.colleague.partner_id.ids,
                        "space_ids": [(0, 0, {"space_id": room.id})],
                        "line_ids": [
                            (0, 0, {"service_id": service.id, "quantity": 2})
                            for service in self.services
                        ],
                    }
                    for room in rooms
                ]
            )
        )

    def _booked(self, rooms, day=0):
        drafts = self._drafts(rooms, day)
        drafts.action_book()
        return drafts

    def _count(self, work):
        """Queries of ``work``, as a request to the server asks them."""
        self.env.cr.flush()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.cr.flush()
        return self.env.cr.sql_log_count - before

    def _pair(self, prepare, work):
        """Queries of ``work`` for one reservation, and for twenty."""
        wanted = [(1, 0), (1, 1), (20, 2)]
        meetings = [prepare(self.rooms[:size], day) for size, day in wanted]
        # The first fills what stays known from request to request.
        _first, *counts = [
            self._count(lambda found=found: work(found)) for found in meetings
        ]
        return counts

    def test_booking(self):
        one, twenty = self._pair(self._drafts, lambda found: found.action_book())
        self.assertLessEqual(one, BOOK + self.elsewhere)
        self.assertLessEqual(twenty, one + 19 * HISTORY)

    def test_moving(self):
        def move(meetings):
            hour = timedelta(hours=1)
            start, stop = meetings[0].start + hour, meetings[0].stop + hour
            meetings.write({"start": start, "stop": stop})

        one, twenty = self._pair(self._booked, move)
        self.assertLessEqual(one, MOVE + self.elsewhere)
        each = HISTORY + EVENT
        self.assertLessEqual(twenty, one + 19 * each + 20 * self.elsewhere)

    def test_cancelling(self):
        one, twenty = self._pair(self._booked, lambda found: found.action_cancel())
        self.assertLessEqual(one, CANCEL + self.elsewhere)
        each = HISTORY + 1
        self.assertLessEqual(twenty, one + 19 * each + 20 * self.elsewhere)

    def test_what_is_free_is_asked_once(self):
        """Of rooms that differ in what they need before and after, and in zone."""
        self.rooms[::3].setup_minutes = 15
        self.rooms[::4].teardown_minutes = 30
        self.rooms[::2].tz = "Asia/Tokyo"
        self._booked(self.rooms[:5])
        rooms = self.rooms.with_user(self.booker)

        def ask():
            wanted = rooms.search([("capacity", ">=", 9), ("id", "in", rooms.ids)])
            free = wanted.resource_id.free_quantity(at(9), at(11))
            self.assertEqual(sum(free.values()), MANY - 5)

        self._count(ask)
        self.assertLessEqual(self._count(ask), FIND)

    def test_screens(self):
        """Lists, cards and the calendar ask as often for many as for few."""
        self._booked(self.rooms)
        for model, kinds in {
            "room.reservation": ("list", "kanban", "calendar"),
            "room.space": ("list", "kanban"),
            "room.service.line": ("list",),
        }.items():
            for kind in kinds:
                with self.subTest(model=model, kind=kind):
                    few, many = (self._open(model, kind, size) for size in (8, MANY))
                    self.assertLessEqual(many, few)

    def _open(self, model, kind, size):
        """Queries to show so many records, by the fields that the screen shows."""
        records = self.env[model].with_user(self.booker)
        nodes = etree.fromstring(records.get_view(None, kind)["arch"]).iter("field")
        shown = {node.get("name"): {} for node in nodes}
        for name in shown:
            if records._fields[name].relational:
                shown[name] = {"fields": {"display_name": {}}}

        def show():
            found = records.web_search_read([], shown, limit=size)
            self.assertEqual(len(found["records"]), size)

        self._count(show)
        return self._count(show)
