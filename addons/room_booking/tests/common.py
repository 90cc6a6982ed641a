from datetime import datetime, timedelta

from odoo.tests import TransactionCase

from odoo.addons.mail.tests.common import mail_new_test_user

MONDAY = datetime(2027, 3, 1)
"""A Monday at midnight UTC; Berlin is an hour ahead. Tests freeze its 06:00."""
NOW = "2027-03-01 06:00:00"
MANAGER = "room_booking.room_booking_group_manager"
ADMIN = "room_booking.room_booking_group_admin"


def at(hour, minute=0, day=0):
    """That hour (UTC) so many days after the test's Monday."""
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


class RoomCase(TransactionCase):
    """A site in Berlin with rooms, a kitchen with services, and people."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.booker = cls._user("room_booker", "base.group_user")
        cls.colleague = cls._user("room_colleague", "base.group_user")
        cls.cook = cls._user("room_cook", "base.group_user")
        cls.chef = cls._user("room_chef", MANAGER)
        cls.keeper = cls._user("room_keeper", MANAGER)
        cls.admin = cls._user("room_admin", ADMIN)
        cls.activity = cls._activity("Rent")
        cls.scenario = cls.env["room.scenario"].create(
            {"name": "Meeting", "sequence": 0}
        )
        cls.site = cls.env["room.site"].create(
            {
                "name": "Berlin",
                "tz": "Europe/Berlin",
                "manager_ids": cls.keeper.ids,
                "company_id": cls.company.id,
            }
        )
        cls.room = cls._room("Aula", capacity=12)
        cls.studio = cls._room("Studio", capacity=20)
        cls.kitchen = cls._group("Kitchen", cls._calendar("Kitchen", [(7, 17)]))

    @classmethod
    def _user(cls, login, groups, **vals):
        return mail_new_test_user(
            cls.env, login=login, groups=groups, name=login, tz="Europe/Prague", **vals
        )

    @classmethod
    def _activity(cls, name):
        plan = cls.env["account.analytic.plan"].create({"name": name})
        account = cls.env["account.analytic.account"].create(
            {"name": name, "plan_id": plan.id, "company_id": False}
        )
        return cls.env["room.activity"].create({"name": name, "account_id": account.id})

    @classmethod
    def _calendar(cls, name, hours, days=range(5), tz="Europe/Berlin"):
        return cls.env["resource.calendar"].create(
            {
                "name": name,
                "tz": tz,
                "company_id": cls.company.id,
                "attendance_ids": [(5, 0, 0)]
                + [
                    (
                        0,
                        0,
                        {
                            "name": name,
                            "dayofweek": str(day),
                            "hour_from": opens,
                            "hour_to": closes,
                            "day_period": "morning",
                        },
                    )
                    for day in days
                    for opens, closes in hours
                ],
            }
        )

    @classmethod
    def _room(cls, name, **vals):
        return cls.env["room.space"].create(
            {
                "name": name,
                "site_id": cls.site.id,
                "activity_id": cls.activity.id,
                **vals,
            }
        )

    @classmethod
    def _group(cls, name, calendar=None, **vals):
        return cls.env["room.service.group"].create(
            {
                "name": name,
                "tz": "Europe/Berlin",
                "calendar_id": calendar and calendar.id,
                "manager_ids": cls.chef.ids,
                "member_ids": cls.cook.ids,
                **vals,
            }
        )

    @classmethod
    def _service(cls, name, **vals):
        return cls.env["room.service"].create(
            {
                "name": name,
                "group_id": cls.kitchen.id,
                "activity_id": cls.activity.id,
                "scenario_ids": cls.scenario.ids,
                **vals,
            }
        )

    def _draft(self, start=None, stop=None, rooms=None, lines=(), user=None, **vals):
        """A reservation that is not booked yet; lines are ``(service, values)``."""
        rooms = self.room if rooms is None else rooms
        return (
            self.env["room.reservation"]
            .with_user(user or self.booker)
            .create(
                {
                    "name": "Talk",
                    "start": start or at(9),
                    "stop": stop or at(11),
                    "scenario_id": self.scenario.id,
                    "space_ids": [(0, 0, {"space_id": room.id}) for room in rooms],
                    "line_ids": [
                        (0, 0, {"service_id": service.id, **more})
                        for service, more in lines
                    ],
                    **vals,
                }
            )
        )

    def _book(self, *args, **vals):
        reservation = self._draft(*args, **vals)
        reservation.action_book()
        return reservation

    def _refused(self, error, *codes):
        """Assert that the refusals have just these codes."""
        self.assertEqual([one.code for one in error.refusals], list(codes))

    def _busy(self, room, start=None, stop=None):
        """What is taken of a room: pairs of hours and minutes, UTC."""
        found = room.resource_id.busy(start or at(0), stop or at(23))
        return [
            (begin.strftime("%H:%M"), end.strftime("%H:%M"))
            for begin, end, _quantity, _state in found[room.resource_id.id]
        ]

    def _run_job(self, name):
        """Run a scheduled job as the scheduler does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(name).method_direct_trigger()
        self.env.invalidate_all()
