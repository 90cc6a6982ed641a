from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from .common import CLERK, MANAGER, NOW, RentalCommon, at

# model, who may read, who may also write, create, unlink
TABLE = [
    ("rental.pool", "employee seller clerk manager", "manager", "", ""),
    (
        "rental.rate.tier",
        "employee seller clerk manager",
        "manager",
        "manager",
        "manager",
    ),
    (
        "rental.condition",
        "employee seller clerk manager",
        "manager",
        "manager",
        "manager",
    ),
    ("rental.hand.over", "clerk manager", "clerk manager", "clerk manager", None),
    ("rental.take.back", "clerk manager", "clerk manager", "clerk manager", None),
    (
        "sale.order",
        "portal seller clerk manager",
        "seller clerk manager",
        None,
        "manager",
    ),
    ("stock.warehouse", "employee seller clerk manager", "manager", None, None),
]


@freeze_time(NOW)
class TestAccess(RentalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            "portal": new_test_user(cls.env, "p_portal", "base.group_portal"),
            "employee": new_test_user(cls.env, "p_employee", "base.group_user"),
            "seller": new_test_user(
                cls.env, "p_seller", "sales_team.group_sale_salesman_all_leads"
            ),
            "clerk": new_test_user(cls.env, "p_clerk", CLERK),
            "manager": new_test_user(cls.env, "p_manager", MANAGER),
        }

    def test_who_may_what(self):
        for model, *rights in TABLE:
            for operation, allowed in zip(
                ("read", "write", "create", "unlink"), rights, strict=True
            ):
                if allowed is None:
                    continue
                for name, user in self.people.items():
                    with self.subTest(model=model, operation=operation, who=name):
                        self.assertEqual(
                            self.env[model].with_user(user).has_access(operation),
                            name in allowed.split(),
                        )

    def test_other_company_sees_no_fleet(self):
        company = self.env["res.company"].create({"name": "Other Rentals"})
        stranger = new_test_user(
            self.env,
            "stranger",
            MANAGER,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        pool = self._pool(self.chair)
        self.assertFalse(
            self.env["rental.pool"].with_user(stranger).search([("id", "=", pool.id)])
        )
        with self.assertRaises(AccessError):
            pool.with_user(stranger).read(["capacity"])
        yard = self.env["stock.warehouse"].search([("company_id", "=", company.id)])
        self.assertEqual(yard.rental_location_id.company_id, company)

    def test_clerk_corrects_no_capacity(self):
        with self.assertRaises(AccessError):
            self._pool(self.chair).with_user(self.people["clerk"]).write({"name": "x"})

    def test_manager_keeps_items_and_prices(self):
        item = (
            self.env["product.template"]
            .with_user(self.people["manager"])
            .create(
                {
                    "name": "Ladder",
                    "type": "consu",
                    "is_storable": True,
                    "rent_ok": True,
                    "rental_price_day": 10,
                }
            )
        )
        self.assertEqual(item.rental_tier_ids.price, 10)

    def test_seller_without_rental_role_sells_as_ever(self):
        order = self._order(
            (self.chair, 1), user=self.people["seller"], is_rental_order=False
        )
        order.action_confirm()
        order.action_cancel()
        self.assertEqual(order.state, "cancel")

    def test_storekeeper_moves_the_fleet_and_takes_back(self):
        """Who may move the goods need not know the ledger; it follows all the same."""
        keeper = new_test_user(self.env, "p_keeper", "stock.group_stock_user")
        receipt = (
            self.env["stock.move"]
            .with_user(keeper)
            .create(
                {
                    "product_id": self.chair.id,
                    "product_uom_qty": 5,
                    "location_id": self.env.ref("stock.stock_location_suppliers").id,
                    "location_dest_id": self.north.lot_stock_id.id,
                    "picking_type_id": self.north.in_type_id.id,
                }
            )
        )
        receipt._action_confirm()
        receipt.quantity = 5
        receipt.picked = True
        receipt._action_done()
        self.assertEqual(self._pool(self.chair).capacity, 45)
        order = self._confirmed((self.chair, 4), start=at(0))
        self._hand_over(order)
        wizard = (
            self.env["stock.return.picking"]
            .with_user(keeper)
            .create({"picking_id": order.rental_transfer_ids.id})
        )
        wizard.product_return_moves.quantity = 4
        transfer = (
            self.env["stock.picking"]
            .with_user(keeper)
            .browse(wizard.action_create_returns()["res_id"])
        )
        transfer.move_ids.quantity = 4
        transfer.move_ids.picked = True
        transfer.button_validate()
        self.assertEqual(order.rental_status, "back")
