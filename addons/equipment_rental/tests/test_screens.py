from datetime import timedelta

from odoo import fields
from odoo.tests import Form, freeze_time, new_test_user, tagged

from odoo.addons.resource_allocation.tests.screens import ScreensCase

from .common import MANAGER, RentalFactory

STOREKEEPER = "equipment_rental.equipment_rental_group_storekeeper"
ACCOUNTANT = "equipment_rental.equipment_rental_group_accountant"


@tagged("post_install", "-at_install", "tour")
class TestScreens(ScreensCase, RentalFactory):
    """The screens of rental, as everybody who sees its menu."""

    own = "equipment_rental"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.company.chart_template:
            cls.env["account.chart.template"].try_loading(
                "generic_coa", company=cls.env.company
            )
        cls._set_up_rental()
        cls.drill.rental_deposit = 150
        cls.env["rental.damage"].create(
            {
                "product_tmpl_id": cls.drill.product_tmpl_id.id,
                "name": "Missing charger",
                "price": 25,
            }
        )
        cls.storekeeper, cls.manager, cls.accountant = (
            new_test_user(cls.env, f"rental_{group.rpartition('_')[2]}", group)
            for group in (STOREKEEPER, MANAGER, ACCOUNTANT)
        )

    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()
        self._option()
        # Begun by now, so that it is due today at whatever hour this runs.
        self._confirmed((self.drill, 1), **self._hours(-1, 30))
        with freeze_time(self.now - timedelta(days=3)):
            self._hand_over(self._confirmed((self.drill, 1), **self._hours(-72, -1)))
            back = self._confirmed(
                (self.chair, 5), (self.drill, 1), **self._hours(-72, 40)
            )
            self._hand_over(back)
        self._take_back(back)
        back.with_user(self.accountant).action_rental_invoice()

    def _hours(self, start, stop):
        """A period, in hours from now."""
        return {
            "start": self.now + timedelta(hours=start),
            "stop": self.now + timedelta(hours=stop),
        }

    def _option(self):
        order = self._order((self.chair, 2), **self._hours(100, 130))
        window = Form.from_action(
            self.env(user=self.clerk), order.action_rental_option()
        )
        window.save().action_hold()

    def test_storekeeper(self):
        self._open_screens(self.storekeeper, self._actions_of_menus(self.storekeeper))

    def test_clerk(self):
        self._open_screens(self.clerk, self._actions_of_menus(self.clerk))

    def test_accountant(self):
        self._open_screens(self.accountant, self._actions_of_menus(self.accountant))

    def test_manager(self):
        more = self._actions_beyond(self.manager, self.clerk)
        self._open_screens(self.manager, more)
