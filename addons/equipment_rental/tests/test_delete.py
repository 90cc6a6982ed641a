from odoo.exceptions import UserError
from odoo.tests import freeze_time

from .common import NOW, RentalCommon, at


@freeze_time(NOW)
class TestDelete(RentalCommon):
    """What rentals still need is refused in words, not by the database."""

    def _refused(self, records, text):
        with self.assertRaisesRegex(UserError, text), self.cr.savepoint():
            records.unlink()

    def test_item_with_a_fleet(self):
        for item in (self.chair, self.chair.product_tmpl_id):
            with self.subTest(item=item._name):
                self._refused(item, r"Chair cannot be deleted.*Chair / NRT.*Archive")

    def test_item_that_is_rented_out_no_more(self):
        """Its fleet rests and keeps the history."""
        self._put(self.chair, self.north, 0)
        self.chair.rent_ok = False
        self._refused(self.chair, "Archive it instead")

    def test_item_without_a_fleet_goes(self):
        item = self._make_item("Mistake").product_tmpl_id
        item.unlink()
        self.assertFalse(item.exists())

    def test_fee_and_its_product(self):
        fee = self.env.ref("equipment_rental.rental_fee_cleaning")
        self._refused(fee.product_id, "is invoiced with it")
        self._refused(fee, "proposed for the condition")
        order = self._confirmed((self.chair, 1), start=at(0))
        order._add_rental_fee(fee, 10, "return", at(1))
        self._refused(fee, f"was charged on {order.name}")
        fee.copy({"name": "Polishing"}).unlink()

    def test_order_with_a_deposit(self):
        order = self._confirmed((self.chair, 1), start=at(1))
        order.sudo()._ask_rental_deposit(20)
        order.action_cancel()
        self._refused(order.with_user(self.env.user), f"{order.name} has deposits")
        order.sudo().rental_deposit_ids.unlink()
        order.sudo().unlink()
        self.assertFalse(order.exists())
