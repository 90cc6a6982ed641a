from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import LedgerCase
from .screens import NARROW, WIDE, ScreensCase

BROKEN = """
    <kanban>
        <progressbar field="state" colors="{'hold': 'info'}" />
        <templates><t t-name="card"><field name="name" /></t></templates>
    </kanban>
"""
"""JSON with single quotes: the client cannot read it."""
UNDEFINED = """
    <kanban>
        <templates>
            <t t-name="card"><t t-out="record.no_field.value" /></t>
        </templates>
    </kanban>
"""

PROBLEMS = {
    "Broken colours kanban": "SyntaxError",
    "Undefined field kanban": "TypeError",
    "Nothing in it list": "it shows no record",
    "Impossible domain list": "Invalid field",
}


@tagged("post_install", "-at_install", "tour")
class TestScreens(ScreensCase, LedgerCase):
    """The ledger's own screens, as those who book and those who manage."""

    own = "resource_allocation"

    def setUp(self):
        super().setUp()
        pool, (unit, _other) = self._pool_with_units()
        self._for_hours(self.room, -1, 2)
        self._for_hours(self.studio, 1, 3)
        self._for_hours(self.studio, 2, 4, kind="block", user=self.manager)
        self._for_hours(
            self.chairs,
            1,
            3,
            quantity=3,
            state="hold",
            hold_until=fields.Datetime.now() + timedelta(hours=1),
        )
        self._for_hours(self.laptop, -5, -1).hand_out()
        self._for_hours(pool, 1, 2)
        self._for_hours(unit, 3, 4).cancel("Not needed")
        # No document of this addon's own expects anything of the ledger.
        self.env["resource.allocation.difference"].create(
            {
                "what": "missing",
                "res_model": "res.partner",
                "res_id": self.user.partner_id.id,
                "resource_id": self.room.id,
                "company_id": self.room.company_id.id,
                "expected_rows": [["reserved", "2027-03-01 08:00:00", None, 1]],
                "found_rows": [],
                "since": fields.Datetime.now(),
            }
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Feast",
                "date_from": fields.Datetime.now(),
                "date_to": fields.Datetime.now() + timedelta(days=1),
                "calendar_id": False,
            }
        )

    def _for_hours(self, resource, start, stop, user=None, **vals):
        """Ask for a resource from ``start`` to ``stop`` hours from now."""
        now = fields.Datetime.now()
        return self._ask(
            resource,
            now + timedelta(hours=start),
            now + timedelta(hours=stop),
            user or self.user,
            **vals,
        )

    def test_user(self):
        self._open_screens(self.user, self._actions_of_menus(self.user))

    def test_manager(self):
        more = self._actions_beyond(self.manager, self.user)
        self._open_screens(self.manager, more)


@tagged("post_install", "-at_install", "tour")
class TestEmptyScreens(ScreensCase):
    """Every screen of every addon of ours, as the administrator of a new company.

    On a phone; wide, the next test opens them.
    """

    def test_administrator(self):
        admin = self.env.ref("base.user_admin")
        actions = self._actions_of_menus(admin)
        self._open_actions(admin, NARROW, actions, filled=False)


@tagged("post_install", "-at_install", "tour")
class TestClickEverywhere(ScreensCase):
    """Core's robot clicks each menu, view and filter of each app of ours."""

    def test_administrator(self):
        admin = self.env.ref("base.user_admin")
        admin.tour_enabled = False
        self.browser_size = WIDE
        menus = self.env["ir.ui.menu"].with_user(admin).load_menus(False)
        apps = [
            menus[app]["xmlid"]
            for app in menus["root"]["children"]
            if menus[app]["xmlid"].split(".")[0] in self._own_modules
        ]
        self.assertTrue(apps)
        loader = "@web/webclient/clickbot/clickbot_loader"
        for app in apps:
            with self.subTest(app=app):
                self.browser_js(
                    "/odoo",
                    f"odoo.loader.modules.get({loader!r})"
                    f".startClickEverywhere({app!r})",
                    "odoo.isReady === true",
                    login="admin",
                    success_signal="clickbot test succeeded",
                    timeout=300,
                )


@tagged("post_install", "-at_install", "tour")
class TestBrokenScreens(ScreensCase, LedgerCase):
    """What the other tests are to find: broken screens are told, each by its name."""

    def _action(self, name, arch=None, **vals):
        model = "resource.allocation"
        if arch:
            view = self.env["ir.ui.view"].create(
                {"name": name, "model": model, "arch": arch}
            )
            vals = {"view_mode": "kanban", "view_id": view.id}
        return self.env["ir.actions.act_window"].create(
            {"name": name, "res_model": model, "view_mode": "list", **vals}
        )

    def test_errors_are_found(self):
        now = fields.Datetime.now()
        self._ask(self.room, now, now + timedelta(hours=1))
        broken = (
            self._action("Broken colours", arch=BROKEN)
            | self._action("Undefined field", arch=UNDEFINED)
            | self._action("Nothing in it", domain="[('id', '=', 0)]")
            # Last: of its errors one may come when another screen is open already.
            | self._action("Impossible domain", domain="[('no_field', '=', 1)]")
        )
        with (
            mute_logger(f"{self._logger.name}.browser", "odoo.http"),
            self.assertRaises(AssertionError) as found,
        ):
            self._open_actions(self.user, NARROW, broken.ids)
        told = {}
        for text in str(found.exception).split("ledger_user at 390 px, ")[1:]:
            screen, _colon, problem = text.partition(": ")
            told[screen] = told.get(screen, "") + problem
        self.assertEqual(list(told), list(PROBLEMS))
        for screen, problem in PROBLEMS.items():
            self.assertIn(problem, told[screen])
