from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user

from .common import CLERK, MANAGER, NOW, RentalCommon, at

STOREKEEPER = "equipment_rental.equipment_rental_group_storekeeper"
ACCOUNTANT = "equipment_rental.equipment_rental_group_accountant"
INSIDE = "employee seller storekeeper clerk manager accountant"
COUNTER = "storekeeper clerk manager"
MONEY = "clerk manager accountant"
PRICES = f"seller {MONEY}"

# model, who may read, who may also write, create, unlink
TABLE = [
    ("rental.pool", INSIDE, "manager", "", ""),
    ("rental.rate.tier", PRICES, "manager", "manager", "manager"),
    ("rental.condition", INSIDE, "manager", "manager", "manager"),
    ("rental.fee", f"{PRICES} storekeeper", "manager", "manager", "manager"),
    ("rental.damage", f"{PRICES} storekeeper", "manager", "manager", "manager"),
    ("rental.hand.over", COUNTER, COUNTER, COUNTER, None),
    ("rental.hand.over.line", COUNTER, COUNTER, COUNTER, None),
    ("rental.swap", COUNTER, COUNTER, COUNTER, None),
    ("rental.swap.line", COUNTER, COUNTER, COUNTER, None),
    ("rental.take.back", COUNTER, COUNTER, COUNTER, None),
    ("rental.take.back.line", COUNTER, COUNTER, COUNTER, None),
    ("rental.take.back.charge", COUNTER, COUNTER, COUNTER, None),
    ("rental.deposit", MONEY, MONEY, MONEY, None),
    ("rental.deposit.receive", MONEY, MONEY, MONEY, None),
    ("rental.deposit.settle", MONEY, MONEY, MONEY, None),
    ("rental.billing", MONEY, "", "", ""),
    ("rental.basket", "clerk manager", "clerk manager", "clerk manager", None),
    ("rental.basket.line", "clerk manager", "clerk manager", "clerk manager", None),
    ("rental.option", "clerk manager", "clerk manager", "clerk manager", None),
    ("rental.found", "clerk manager", "clerk manager", "clerk manager", None),
    ("rental.found.line", "clerk manager", "clerk manager", "clerk manager", None),
    ("rental.undo", "clerk manager", "clerk manager", "clerk manager", None),
    ("rental.cancellation", "clerk manager", "clerk manager", "clerk manager", None),
    ("rental.stock.transfer", COUNTER, COUNTER, COUNTER, None),
    ("rental.stock.transfer.line", COUNTER, COUNTER, COUNTER, None),
    (
        "sale.order",
        "portal seller storekeeper clerk manager accountant",
        # Core's own rights; of rentals the rules let storekeepers write none.
        "seller storekeeper clerk manager accountant",
        "seller clerk manager",
        "manager",
    ),
    (
        "sale.order.line",
        "portal seller storekeeper clerk manager accountant",
        "seller storekeeper clerk manager accountant",
        "seller clerk manager",
        "seller clerk manager",
    ),
    ("stock.lot", None, COUNTER, COUNTER, COUNTER),
    ("resource.allocation", INSIDE, "clerk manager", "clerk manager", ""),
    ("stock.warehouse", INSIDE, "manager", None, None),
]
"""What core gives beyond our matter is left out: None."""


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
            "storekeeper": new_test_user(cls.env, "p_storekeeper", STOREKEEPER),
            "accountant": new_test_user(cls.env, "p_accountant", ACCOUNTANT),
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

    def test_who_writes_rental_orders(self):
        """Those who sell or invoice; stock users write core's other orders as ever."""
        rental = self._confirmed((self.chair, 1))
        sale = self.env["sale.order"].create({"partner_id": self.customer.id})
        writers = {"seller", "clerk", "manager", "accountant"}
        for name, user in self.people.items():
            with self.subTest(who=name):
                self.assertEqual(
                    rental.with_user(user).has_access("write"), name in writers
                )
                self.assertEqual(
                    rental.order_line.with_user(user).has_access("write"),
                    name in writers,
                )
                self.assertEqual(
                    sale.with_user(user).has_access("write"),
                    name in writers | {"storekeeper"},
                )

    def test_who_reads_what_is_promised(self):
        """Storekeepers and accountants read the ledger's rows of rentals only."""
        row = self._confirmed((self.chair, 1)).order_line._rental_rows()
        other = self.env["resource.allocation"].allocate(
            [
                {
                    "resource_id": self._pool(self.chair).resource_id.id,
                    "start": at(8),
                    "stop": at(9),
                }
            ]
        )
        for name in ("storekeeper", "accountant"):
            user = self.people[name]
            self.assertTrue(row.with_user(user).has_access("read"))
            self.assertFalse(row.with_user(user).has_access("write"))
            self.assertFalse(other.with_user(user).has_access("read"))

    def test_accountant_hands_nothing_over(self):
        order = self._confirmed((self.chair, 1), start=at(0))
        mine = order.with_user(self.people["accountant"])
        self.assertEqual(mine.order_line.rental_qty_reserved, 1)
        self.assertTrue(self._pool(self.chair).with_user(mine.env.user).capacity)
        with self.assertRaises(AccessError):
            mine.action_rental_hand_over()
        self._hand_over(order)
        with self.assertRaises(AccessError):
            mine.action_rental_take_back()
        self.assertTrue(mine.rental_transfer_ids.rental_summary)

    def test_who_reads_what_renting_costs(self):
        """Those who quote or invoice it; the price is the same whoever computes it."""
        item = self.chair.product_tmpl_id
        names = ("rental_tier_ids", "rental_price_day", "rental_price_week")
        for name, user in self.people.items():
            for field in names:
                with self.subTest(who=name, field=field):
                    self.assertEqual(
                        item.with_user(user)._has_field_access(
                            item._fields[field], "read"
                        ),
                        name in PRICES.split(),
                    )
            if name != "portal":
                self.env.invalidate_all()
                self.assertEqual(item.with_user(user)._rental_cover(60).total, 2)
        with Form(item.with_user(self.people["employee"])) as form:
            self.assertNotIn("rental_tier_ids", form._view["fields"])

    def test_conditions_tell_no_fee_to_who_may_read_none(self):
        field = self.env["rental.condition"]._fields["fee_id"]
        for name, user in self.people.items():
            with self.subTest(who=name):
                readers = f"{PRICES} storekeeper".split()
                conditions = self.env["rental.condition"].with_user(user)
                may = conditions._has_field_access(field, "read")
                self.assertEqual(may, name in readers)

    def test_accountant_changes_nothing_that_was_agreed(self):
        """Core lets him write orders: this is refused in the model, the rest is not."""
        order = self._order((self.chair, 2))
        sale = self.env["sale.order"].create({"partner_id": self.customer.id})
        mine = order.with_user(self.people["accountant"])
        line = mine.order_line
        for records, vals in (
            (mine, {"is_rental_order": False}),
            (mine, {"rental_start": at(0)}),
            (mine, {"rental_stop": at(9)}),
            (mine, {"order_line": [Command.update(line.id, {"rental_stop": at(9)})]}),
            (line, {"is_rental": False}),
            (line, {"rental_start": at(0)}),
            (line, {"rental_deposit": 1}),
            (sale.with_user(mine.env.user), {"is_rental_order": True}),
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(
                    AccessError, "only salespeople and rental clerks"
                ),
            ):
                records.write(vals)
        mine.write({"client_order_ref": "PO 7"})
        line.write({"price_unit": 3})
        self.assertEqual((order.client_order_ref, line.price_unit), ("PO 7", 3))
        seller = order.with_user(self.people["seller"])
        seller.rental_stop = at(9)
        self.assertEqual(order.rental_stop, at(9))

    def test_accountant_promises_nothing_more(self):
        order = self._confirmed((self.chair, 2))
        mine = order.order_line.with_user(self.people["accountant"])
        for vals in ({"product_uom_qty": 3}, {"warehouse_id": self.south.id}):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(AccessError, "only salespeople and rental"),
            ):
                mine.write(vals)

    def test_menus_of_each_role(self):
        """A storekeeper starts with today's work, the others with the orders."""
        Menu = self.env["ir.ui.menu"]
        root = self.env.ref("equipment_rental.equipment_rental_menu_root")
        today = self.env.ref("equipment_rental.equipment_rental_menu_today")
        orders = self.env.ref("equipment_rental.sale_order_menu_rental")
        config = self.env.ref("equipment_rental.equipment_rental_menu_configuration")
        sees = {
            "employee": Menu,
            "seller": Menu,
            "storekeeper": root | today,
            "accountant": root | orders,
            "clerk": root | today | orders,
            "manager": root | today | orders | config,
        }
        for name, menus in sees.items():
            with self.subTest(who=name):
                visible = Menu.with_user(self.people[name])._visible_menu_ids()
                mine = (root | today | orders | config).filtered(
                    lambda menu, visible=visible: menu.id in visible
                )
                self.assertEqual(mine, menus)
        first = {
            "storekeeper": "sale_order_line_action_going_out",
            "clerk": "sale_order_action_rental",
        }
        for name, action in first.items():
            menus = Menu.with_user(self.people[name]).load_web_menus(False)
            self.assertEqual(
                menus[root.id]["actionID"],
                self.env.ref(f"equipment_rental.{action}").id,
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

    def test_C15_who_may_not_free_items_cancels_no_rental(self):
        """Or the order would be cancelled and its items stay reserved."""
        reserved = self._confirmed((self.chair, 4), start=at(0))
        option = self._order((self.chair, 4), start=at(2))
        option._rental_place_option(at(1))
        self.env.flush_all()
        for name in ("seller", "accountant"):
            for order in (reserved, option):
                self.env.invalidate_all()
                with self.subTest(who=name, order=order.state):
                    mine = order.with_user(self.people[name])
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        mine.action_cancel()
        self.env.invalidate_all()
        self.assertEqual(reserved.rental_status, "reserved")
        self.assertEqual(option.rental_status, "option")

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
