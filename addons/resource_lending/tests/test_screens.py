from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.resource_allocation.tests.screens import ScreensCase

from .common import LendingCommon


@tagged("post_install", "-at_install", "tour")
class TestScreens(ScreensCase, LendingCommon):
    """The screens of lending and its bridges, as everybody who sees their menus."""

    own = "resource_lending%"

    def setUp(self):
        super().setUp()
        self.today = fields.Date.today()
        self._set_up_register()
        self._hold_things()
        self._give_everybody_something()
        self._count_and_change()
        self._leave()

    def _day(self, days):
        return self.today + timedelta(days=days)

    def _set_up_register(self):
        """A kit, a card of quantities, and a ladder that is inspected."""
        self.env["lending.kit"].create(
            {
                "name": "Workshop",
                "department_ids": self.department.ids,
                "line_ids": [Command.create({"type_id": self.type.id})],
            }
        )
        self.env["lending.card"].with_user(self.officer).create(
            {"name": "Headset", "type_id": self.type.id, "quantity": 3, "cost": 80}
        )
        ladder = self._thing("Ladder", "LAD-1", inspection_interval_months=12)
        self.env["lending.inspection"].with_user(self.officer).create(
            {"asset_id": ladder.id, "date": self._day(-30)}
        )

    def _hold_things(self):
        """Typed, handed out with papers, reserved, brought back."""
        self._type(self.laptop, self.ott, str(self._day(-90)))
        self._document("out", self.phone, self.mari, due_date=self._day(3))
        self._reserve(self._thing("Key", "KEY-1"), self.boss)
        saw = self._thing("Saw", "SAW-1")
        self._document("out", saw, self.kari)
        self._document("back", saw, self.kari)

    def _document(self, direction, asset, employee, **vals):
        """A hand-over or a return that is confirmed, as at the counter."""
        Handover = self.env["lending.handover"].with_user(self.officer)
        with Form(Handover.with_context(default_direction=direction)) as form:
            form.employee_id = employee
            for name, value in vals.items():
                form[name] = value
            form.code = asset.code
        form.record.confirm()

    def _give_everybody_something(self):
        """Whoever logs in has a thing, leads somebody who has one, and both ask."""
        self.category.write({"requestable": True, "approval": "manager"})
        for user in (self.boss_user, self.hr_officer, self.officer, self.administrator):
            lead = user.employee_id or self._employee(user)
            trainee = new_test_user(self.env, f"{user.login}_trainee")
            for employee in (lead, self._employee(trainee, parent_id=lead.id)):
                code = f"KEY-{employee.id}"
                self._hand_out(self._thing("Key", code), employee)
                self.env["lending.request"].with_user(employee.user_id).create(
                    {"type_id": self.type.id, "date_from": self._day(1)}
                )

    def _employee(self, user, **vals):
        return self.env["hr.employee"].create(
            {"name": user.name, "user_id": user.id, **vals}
        )

    def _count_and_change(self):
        """A sheet that is confirmed and one that is counted; a change document."""
        Stocktake = self.env["lending.stocktake"]
        counted, done = (
            Stocktake.with_user(user).create({"type_ids": self.type.ids})
            for user in (self.officer, self.administrator)
        )
        (counted | done).action_fill()
        done.line_ids.write({"counted": "1"})
        done.action_confirm()
        self.env["lending.change"].with_user(self.officer).create(
            {
                "date": self.today,
                "line_ids": [
                    Command.create(
                        {"asset_id": self.laptop.id, "to_employee_id": self.kari.id}
                    )
                ],
            }
        )

    def _leave(self):
        """Mari leaves with a phone."""
        with Form(
            self.env["hr.departure.wizard"].with_context(
                active_ids=self.mari.ids, employee_termination=True
            )
        ) as form:
            form.departure_date = self._day(5)
        form.record.action_register_departure()

    def test_head_of_a_team(self):
        self._open_screens(self.boss_user, self._actions_of_menus(self.boss_user))

    def test_hr_officer(self):
        self._open_screens(self.hr_officer, self._actions_of_menus(self.hr_officer))

    def test_officer(self):
        self._open_screens(self.officer, self._actions_of_menus(self.officer))

    def test_administrator(self):
        more = self._actions_beyond(self.administrator, self.officer)
        self._open_screens(self.administrator, more)
