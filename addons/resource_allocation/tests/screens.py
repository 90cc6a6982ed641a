"""Every screen opened once in a browser: what the apps' tests share."""

import json
from functools import cached_property

from odoo.tests import HttpCase

WIDE, NARROW = "1280x800", "390x844"
"""A desk, and a phone."""
OWN = "Resource Suite"


def own_modules(env, pattern="%"):
    """Names of the suite's installed addons whose names fit ``pattern``."""
    modules = env["ir.module.module"].search(
        [
            ("author", "=", OWN),
            ("state", "=", "installed"),
            ("name", "=like", pattern),
        ]
    )
    return set(modules.mapped("name"))


class ScreensCase(HttpCase):
    """Opens what a role's menus lead to, in every view, in one session of the client.

    What fails in a screen (an error in the client, a console error, a refused or
    failing request, a list without the record that the test should have made) is told
    with role, width, action and view; the other screens are still opened.
    """

    own = "%"
    """Pattern of the names of the addons whose screens are opened."""

    @cached_property
    def _own_modules(self):
        return own_modules(self.env, self.own)

    def _actions_of_menus(self, user):
        """Ids of the actions behind the menus of ours that ``user`` sees."""
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        return list(
            dict.fromkeys(
                menu["action_id"]
                for menu in menus.values()
                if menu["id"]
                and menu["action_id"]
                and menu["xmlid"].split(".")[0] in self._own_modules
            )
        )

    def _actions_without_menu(self):
        """Ids of our windows that only buttons open."""
        menus = self.env["ir.ui.menu"].search([("action", "!=", False)])
        ours = self.env["ir.model.data"].search(
            [
                ("module", "in", list(self._own_modules)),
                ("model", "=", "ir.actions.act_window"),
                ("res_id", "not in", [menu.action.id for menu in menus]),
            ],
            order="id",
        )
        return ours.mapped("res_id")

    def _actions_beyond(self, user, other):
        """Ids of what only ``user`` sees, whose rights include those of ``other``.

        The rest is opened as ``other``, and without records by the administrator.
        """
        seen = self._actions_of_menus(other)
        own = [one for one in self._actions_of_menus(user) if one not in seen]
        return [*own, *self._actions_without_menu()]

    def _open_screens(self, user, actions, *, filled=True):
        """Open actions in every view, wide and narrow, in one session for each."""
        self.assertTrue(actions, f"{user.login} sees no menu of ours")
        for size in (WIDE, NARROW):
            with self.subTest(size=size):
                self._open_actions(user, size, actions, filled=filled)

    def _open_actions(self, user, size, actions, *, filled=True):
        self.browser_size, self.touch_enabled = size, size == NARROW
        plan = {
            "who": f"{user.login} at {size.split('x')[0]} px",
            "actions": actions,
            "filled": filled,
        }
        module = "@resource_allocation/../tests/screens/walk"
        self.browser_js(
            "/odoo",
            f"odoo.loader.modules.get({module!r}).walk({json.dumps(plan)})",
            "odoo.isReady === true",
            login=user.login,
            success_signal="all screens are well",
            timeout=600,
        )
