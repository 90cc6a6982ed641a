"""What is broken or missing has a price for each item (C11)."""

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user
from odoo.tools import mute_logger

from .common import MANAGER, NOW, at
from .test_counter import CounterCommon


class DamageCommon(CounterCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fee = cls.env.ref("equipment_rental.rental_fee_damage")
        cls.fee.product_id.taxes_id = False
        cls.damaged.fee_id = cls.fee
        cls.scratch, cls.charger = cls.env["rental.damage"].create(
            [
                {
                    "product_tmpl_id": cls.drill.product_tmpl_id.id,
                    "name": "Scratched housing",
                    "price": 80,
                },
                {
                    "product_tmpl_id": cls.drill.product_tmpl_id.id,
                    "name": "Missing charger",
                    "price": 25,
                },
            ]
        )
        cls.bent = cls.env["rental.damage"].create(
            {"product_tmpl_id": cls.chair.product_tmpl_id.id, "name": "Bent leg"}
        )

    def _out(self, *items, **vals):
        order = self._confirmed(*items, **{"start": at(-3), **vals})
        self._hand_over(order, when=at(-3))
        return order

    def _take_back_window(self, order, user=None):
        user = user or self.clerk
        action = order.with_user(user).action_rental_take_back()
        return self._window(action).with_user(user)

    def _charges(self, form):
        return [(row["name"], row["amount"]) for row in form.charge_ids._records]

    def _fees(self, order):
        lines = order.sudo().order_line.filtered("rental_fee_id")
        return [(line.name, line.price_unit) for line in lines]


@freeze_time(NOW)
class TestDamage(DamageCommon):
    def test_C11_chosen_damages_are_proposed_and_charged(self):
        """Each for its pieces; instead of the condition's fee, which waits for one."""
        order = self._out((self.drill, 3))
        form = Form(self._take_back_window(order))
        with form.line_ids.edit(0) as row:
            row.condition_id = self.damaged
        self.assertEqual(self._charges(form), [("Damage: 1 × Drill", 0)])
        with form.line_ids.edit(0) as row:
            row.damage_ids.add(self.scratch)
            row.damage_ids.add(self.charger)
        with form.line_ids.edit(1) as row:
            row.damage_ids.add(self.charger)
        self.assertEqual(
            self._charges(form),
            [
                ("Scratched housing: 1 × Drill", 80),
                ("Missing charger: 2 × Drill", 50),
            ],
        )
        form.save().action_take_back()
        self.assertEqual(
            self._fees(order),
            [
                ("Scratched housing: 1 × Drill", 80),
                ("Missing charger: 2 × Drill", 50),
            ],
        )
        line = order.order_line.filtered("rental_fee_id")[0]
        self.assertEqual(line.rental_fee_id, self.fee)
        self.assertEqual(line.rental_origin_line_id, order.order_line[0])
        self.assertEqual(
            (line.rental_moment, line.rental_moment_date), ("return", at(0))
        )

    def test_C11_a_damage_is_not_charged_as_what_is_charged_anyway(self):
        """Neither way round: it would cost the automatic fee, too."""
        with self.assertRaisesRegex(UserError, "by itself"):
            self.fee.automatic = True
        other = self.fee.copy({"name": "Cleaning", "automatic": True})
        with self.assertRaisesRegex(UserError, "by itself"):
            self.scratch.fee_id = other

    def test_C11_what_was_typed_stays_when_damages_change(self):
        order = self._out((self.drill, 2))
        form = Form(self._take_back_window(order))
        with form.line_ids.edit(0) as row:
            row.damage_ids.add(self.scratch)
            row.remark = "left side"
        with form.charge_ids.edit(0) as charge:
            charge.amount = 60
        with form.charge_ids.new() as charge:
            charge.fee_id = self.fee
            charge.name = "Lost key"
            charge.amount = 7
        with form.line_ids.edit(0) as row:
            row.damage_ids.add(self.charger)
            row.condition_id = self.damaged
        self.assertEqual(
            self._charges(form),
            [
                ("Scratched housing: 1 × Drill", 60),
                ("Lost key", 7),
                ("Missing charger: 1 × Drill", 25),
            ],
        )
        with form.line_ids.edit(0) as row:
            row.damage_ids.remove(self.charger.id)
        form.save().action_take_back()
        self.assertEqual(
            self._fees(order),
            [("Scratched housing: 1 × Drill", 60), ("Lost key", 7)],
        )
        moves = order.rental_transfer_ids.sorted("id")[1].move_ids
        self.assertIn("left side", moves.mapped("rental_remark"))

    def test_C11_damage_in_the_customers_language_and_currency(self):
        self.env["res.lang"]._activate_lang("cs_CZ")
        self.customer.lang = "cs_CZ"
        self.charger.with_context(lang="cs_CZ").name = "Chybí nabíječka"
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "name": "2026-01-01", "rate": 0.5}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        order = self._out((self.drill, 2), pricelist_id=pricelist.id)
        window = self._take_back_window(order)
        window.line_ids.damage_ids = self.charger
        window.action_take_back()
        self.assertEqual(self._fees(order), [("Chybí nabíječka: 2 × Drill", 25)])

    def test_C11_damage_without_a_price_is_typed_or_left_to_do(self):
        """A storekeeper charges what has a price; the rest is his clerk's to-do."""
        order = self._out((self.drill, 1), (self.chair, 4))
        window = self._take_back_window(order, self.keeper)
        window.line_ids[0].damage_ids = self.scratch
        window.line_ids[1].damage_ids = self.bent
        window.action_take_back()
        self.assertEqual(self._fees(order), [("Scratched housing: 1 × Drill", 80)])
        self.assertEqual(
            order.activity_ids.mapped("summary"),
            ["Price what came back: Bent leg: 4 × Chair"],
        )

    def test_C11_storekeeper_sends_no_price_of_his_own(self):
        order = self._out((self.drill, 1))
        window = self._take_back_window(order, self.keeper)
        window.line_ids.damage_ids = self.scratch
        window._refresh_charges()
        window.charge_ids.amount = 1
        window.action_take_back()
        self.assertEqual(self._fees(order), [("Scratched housing: 1 × Drill", 80)])
        for vals in ({"price": 1}, {"name": "Free"}):
            with self.assertRaises(AccessError):
                self.scratch.with_user(self.keeper).write(vals)

    def test_C11_damage_of_another_item_or_company_is_refused(self):
        order = self._out((self.drill, 1))
        company = self.env["res.company"].create({"name": "Other Rentals"})
        theirs = (
            self.env["rental.damage"]
            .with_company(company)
            .create(
                {
                    "product_tmpl_id": self.drill.product_tmpl_id.id,
                    "name": "Scratched housing",
                    "price": 200,
                    "fee_id": self.fee.id,
                }
            )
        )
        theirs = theirs.with_env(self.env)
        self.assertEqual(theirs.company_id, company)
        for damage in (self.bent, theirs):
            window = self._take_back_window(order)
            window.sudo().line_ids.damage_ids = damage
            with (
                self.subTest(damage=damage.name),
                self.assertRaisesRegex(UserError, "is no damage of Drill"),
            ):
                window.sudo().action_take_back()
        self.assertEqual(order.order_line.rental_qty_out, 1)
        self.assertFalse(theirs.with_user(self.clerk).search([("id", "=", theirs.id)]))

    def test_C10_what_is_lost_has_no_damages(self):
        order = self._out((self.drill, 1))
        window = self._take_back_window(order)
        window.line_ids.damage_ids = self.scratch
        window.line_ids.condition_id = self.env.ref(
            "equipment_rental.rental_condition_lost"
        )
        with self.assertRaisesRegex(UserError, "D-1 is lost"):
            window.action_take_back()
        self.assertEqual(order.order_line.rental_qty_out, 1)

    def test_C11_split_row_has_no_damages_yet(self):
        order = self._out((self.chair, 5))
        self.bent.price = 3
        form = Form(self._take_back_window(order))
        with form.line_ids.edit(0) as row:
            row.damage_ids.add(self.bent)
        window = form.save()
        window.line_ids.action_split()
        self.assertEqual(window.line_ids.mapped("damage_ids"), self.bent)
        self.assertEqual(
            window.charge_ids.mapped(lambda one: (one.name, one.amount)),
            [("Bent leg: 4 × Chair", 12)],
        )

    def test_C11_only_items_with_prices_of_damages_offer_some(self):
        bare = self._make_item("Ladder", day=5)
        self._put(bare, self.north, 2)
        self.assertTrue(self._take_back_window(self._out((self.drill, 1))).has_damages)
        self.assertFalse(self._take_back_window(self._out((bare, 1))).has_damages)

    def test_C11_manager_keeps_the_price_list_on_the_item(self):
        manager = new_test_user(self.env, "damage_manager", MANAGER)
        template = self.drill.product_tmpl_id.with_user(manager)
        with Form(template) as form, form.rental_damage_ids.new() as damage:
            damage.name = "Torn cable"
            damage.price = 15
        added = template.rental_damage_ids[2]
        self.assertEqual(added.fee_id, self.fee, "as the condition Damaged is charged")
        self.assertEqual(added.company_id, self.env.company)
        self.assertEqual(added.currency_id, self.env.company.currency_id)
        copied = template.copy().rental_damage_ids
        self.assertEqual(
            copied.mapped("name"),
            ["Scratched housing", "Missing charger", "Torn cable"],
        )

    def test_C11_fee_of_a_damage_is_kept(self):
        cleaning = self.env["rental.fee"].create(
            {"name": "Spare parts", "product_id": self.fee.product_id.id}
        )
        self.charger.fee_id = cleaning
        with self.assertRaisesRegex(UserError, "Missing charger.*Spare parts"):
            cleaning.unlink()

    @mute_logger("odoo.sql_db")
    def test_C11_damages_are_not_negative(self):
        with self.assertRaises(CheckViolation):
            self.scratch.write({"price": -1})
            self.env.flush_all()
