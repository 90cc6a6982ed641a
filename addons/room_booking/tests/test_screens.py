from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.resource_allocation.tests.screens import ScreensCase

from .common import RoomCase


@tagged("post_install", "-at_install", "tour")
class TestScreens(ScreensCase, RoomCase):
    """The screens of rooms, as everybody who sees their menu."""

    own = "room_booking"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.config.settings"].create(
            {"group_room_catering_types": True}
        ).execute()
        cls.env["room.catering.type"].create({"name": "Buffet"})
        cls.env["room.service.category"].create({"name": "Drinks"})
        cls.env["room.policy"].create({"name": "Meeting rooms"})
        daylight = cls.env["room.attribute"].create({"name": "Daylight", "color": 3})
        cls.room.attribute_ids = daylight
        cls.env["room.layout"].create(
            {"name": "Rows", "space_id": cls.room.id, "capacity": 10}
        )
        cls.kitchen.member_ids |= cls.booker
        cls.kitchen.manager_ids |= cls.keeper
        # Always there, as the tests run at any hour.
        cls.kitchen.calendar_id = False
        cls.coffee = cls._service("Coffee", price=2.5)
        cls.laptops = cls._service("Laptop", is_unlimited=False, max_quantity=4)

    def setUp(self):
        super().setUp()
        now = fields.Datetime.now().replace(minute=0, second=0)
        for user, room, hours in (
            (self.booker, self.room, 1),
            (self.keeper, self.studio, 2),
            (self.admin, self.studio, 4),
        ):
            start = now + timedelta(hours=hours)
            self._book(
                start,
                start + timedelta(hours=1),
                rooms=room,
                user=user,
                lines=[(self.coffee, {"quantity": 4}), (self.laptops, {})],
            )
        self.studio.policy_id = self.env["room.policy"].create(
            {"name": "Asked for", "approval": "all"}
        )
        self._book(
            now + timedelta(hours=7), now + timedelta(hours=8), rooms=self.studio
        )
        self._draft(
            now + timedelta(hours=3), now + timedelta(hours=4), user=self.booker
        )

    def test_employee(self):
        self._open_screens(self.booker, self._actions_of_menus(self.booker))

    def test_manager(self):
        self._open_screens(self.keeper, self._actions_of_menus(self.keeper))

    def test_administrator(self):
        self.kitchen.member_ids |= self.admin
        self._open_screens(self.admin, self._actions_beyond(self.admin, self.keeper))
