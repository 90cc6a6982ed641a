from datetime import datetime
from itertools import product
from random import Random

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, freeze_time
from odoo.tools import mute_logger

from ..core.pricing import DAY, HOUR, WEEK, Tier, cover
from .common import NOW, RentalCommon, at


class TestCover(TransactionCase):
    """The cheapest combination of prices, as a plain function."""

    def test_C9_no_combination_is_cheaper(self):
        """Against all combinations there are, on random price lists."""
        dice = Random(9)
        for _round in range(60):
            tiers = [
                Tier(unit, dice.randint(1, 4), dice.randint(1, 60))
                for unit in dice.choices(("hour", "day", "week"), k=dice.randint(1, 3))
            ]
            minutes = dice.randint(1, 4 * WEEK // 2)
            best = cover(minutes, tiers)
            self.assertGreaterEqual(
                sum(tier.minutes * times for tier, times in best.parts), minutes
            )
            self.assertEqual(
                best.total, sum(tier.price * times for tier, times in best.parts)
            )
            self.assertLessEqual(best.total, self._cheapest_of_all(minutes, tiers))

    def _cheapest_of_all(self, minutes, tiers):
        """Brute force: up to 12 of the first tiers, the rest of the last."""
        *some, last = tiers
        costs = []
        for counts in product(range(13), repeat=len(some)):
            rest = minutes - sum(
                tier.minutes * count for tier, count in zip(some, counts, strict=True)
            )
            times = max(0, -(-rest // last.minutes))
            costs.append(
                times * last.price
                + sum(t.price * c for t, c in zip(some, counts, strict=True))
            )
        return min(costs)

    def test_C9_price_never_falls_with_time(self):
        tiers = [Tier("hour", 1, 20), Tier("day", 1, 100), Tier("week", 1, 500)]
        prices = [cover(hours * HOUR, tiers).total for hours in range(1, 24 * 16)]
        self.assertEqual(prices, sorted(prices))

    def test_C2_hours_days_and_weeks_combine(self):
        tiers = [Tier("hour", 1, 20), Tier("day", 1, 100), Tier("week", 1, 500)]
        self.assertEqual(cover(3 * HOUR, tiers).total, 60)
        self.assertEqual(cover(7 * HOUR, tiers).total, 100)
        self.assertEqual(cover(DAY + 2 * HOUR, tiers).total, 140)
        self.assertEqual(cover(WEEK + DAY, tiers).total, 600)

    def test_C9_long_rentals_are_quick(self):
        tiers = [Tier("hour", 1, 20), Tier("day", 1, 100), Tier("week", 1, 500)]
        best = cover(100 * WEEK + DAY + HOUR, tiers)
        self.assertEqual(best.total, 100 * 500 + 100 + 20)


@freeze_time(NOW)
class TestRent(RentalCommon):
    """The rent on a line of an order."""

    def test_C9_best_combination_of_prices(self):
        """8 days at 100 a day, 250 for 3 days, 500 a week cost 600."""
        self.drill.rental_tier_ids = [
            Command.create({"unit": "day", "count": 3, "price": 250})
        ]
        line = self._order((self.drill, 2), start=at(0), stop=at(8)).order_line
        self.assertEqual(line.price_unit, 600)
        self.assertEqual(line.price_subtotal, 1200)
        self.assertIn("week", line.rental_breakdown)
        self.assertIn("500", line.rental_breakdown)
        self.assertIn("100", line.rental_breakdown)

    def test_C9_lump_sum_whatever_the_length(self):
        self.chair.rental_tier_ids = [
            Command.clear(),
            Command.create({"unit": "fixed", "price": 7}),
        ]
        for days in (1, 30):
            line = self._order((self.chair, 1), start=at(0), stop=at(days)).order_line
            self.assertEqual(line.price_unit, 7)

    def test_C9_item_without_price_says_so(self):
        item = self._make_item("Ladder")
        line = self._order((item, 1)).order_line
        self.assertEqual(line.price_unit, 0)
        self.assertIn("no rental price", line.rental_breakdown)

    def test_C8_price_follows_the_period(self):
        order = self._order((self.drill, 1), start=at(0), stop=at(1))
        self.assertEqual(order.order_line.price_unit, 100)
        order.rental_stop = at(2)
        self.assertEqual(order.order_line.price_unit, 200)
        self.assertIn("until", order.order_line.name)

    def test_C9_core_keeps_the_rent_when_it_recomputes(self):
        """Neither another quantity nor *Update Prices* puts the sales price back."""
        order = self._order((self.drill, 1), start=at(0), stop=at(1))
        order.order_line.product_uom_qty = 3
        self.assertEqual(order.order_line.price_unit, 100)
        order.action_update_prices()
        self.assertEqual(order.order_line.price_unit, 100)

    def test_C9_agreed_price_stays(self):
        order = self._order((self.drill, 1))
        order.order_line.price_unit = 77
        order.rental_stop = at(9)
        self.assertEqual(order.order_line.price_unit, 77)

    def test_C9_days_are_counted_by_the_clock_on_the_wall(self):
        """The day summer time begins has 23 hours, the day it ends 25: both are one."""
        spring = (datetime(2026, 3, 28, 8), datetime(2026, 3, 29, 7))
        autumn = (datetime(2026, 10, 24, 7), datetime(2026, 10, 25, 8))
        for start, stop in (spring, autumn):
            line = self._order((self.drill, 1), start=start, stop=stop).order_line
            self.assertEqual(line.price_unit, 100)

    def test_C9_what_has_no_price_is_neither_offered_nor_promised(self):
        """Free of charge is what somebody says is free: by a discount."""
        sign = self._make_item("Sign")
        self._put(sign, self.north, 5)
        order = self._order((sign, 1), (self.chair, 1))
        line = order.order_line[0]
        self.assertEqual(line.price_unit, 0)
        deeds = (order.action_quotation_send, order.action_confirm)
        for deed in (*deeds, lambda: order._rental_place_option(at(5))):
            with self.assertRaisesRegex(UserError, "Sign has no price"):
                deed()
        line.discount = 100
        order.action_quotation_send()
        order.action_confirm()
        self.assertEqual(order.amount_untaxed, order.order_line[1].price_subtotal)

    def test_C9_hours_are_real_ones_where_the_clock_changes(self):
        """The hour it repeats is an hour, the one it leaves out is none."""
        tent = self._make_item("Tent")
        tent.rental_tier_ids = [
            Command.create({"unit": "hour", "count": 1, "price": 15})
        ]
        autumn = (datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 15))
        spring = (datetime(2026, 3, 29, 0, 30), datetime(2026, 3, 29, 1, 15))
        for start, stop in (spring, autumn):
            line = self._order((tent, 1), start=start, stop=stop).order_line
            self.assertEqual(line.price_unit, 15)

    def test_C9_price_list_gives_its_percentage_on_the_rent(self):
        prices = self.env["product.pricelist"].create(
            {
                "name": "Regulars",
                "item_ids": [
                    Command.create({"compute_price": "percentage", "percent_price": 10})
                ],
            }
        )
        order = self._order((self.drill, 1), stop=at(2), pricelist_id=prices.id)
        line = order.order_line
        self.assertEqual(line.price_subtotal, 90)

    def test_C9_fixed_sales_price_is_no_rent(self):
        prices = self.env["product.pricelist"].create(
            {
                "name": "Sale",
                "item_ids": [
                    Command.create({"compute_price": "fixed", "fixed_price": 5})
                ],
            }
        )
        order = self._order((self.drill, 1), stop=at(2), pricelist_id=prices.id)
        self.assertEqual(order.order_line.price_unit, 100)

    def test_C9_rent_in_the_currency_of_the_order(self):
        euro = self.env["res.currency"].create(
            {
                "name": "XEU",
                "symbol": "x",
                "rate_ids": [Command.create({"name": "2026-01-01", "rate": 2})],
            }
        )
        prices = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": euro.id}
        )
        order = self._order((self.drill, 1), stop=at(2), pricelist_id=prices.id)
        self.assertEqual(order.order_line.price_unit, 200)

    def test_day_and_week_price_are_tiers(self):
        """One row per item is enough to import both prices."""
        template = self.drill.product_tmpl_id
        self.assertEqual(
            template.rental_tier_ids.mapped("unit"), ["day", "week"], "shortest first"
        )
        with Form(template) as form:
            form.name = "Big drill"
        template.rental_price_week = 0
        self.assertEqual(template.rental_tier_ids.mapped("price"), [100])
        template.rental_price_day = 110
        self.assertEqual(template.rental_tier_ids.mapped("price"), [110])

    def test_database_refuses_a_second_price_for_the_same_length(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self.drill.rental_tier_ids = [
                Command.create({"unit": "day", "count": 1, "price": 1})
            ]

    def test_database_refuses_a_negative_price(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.drill.rental_tier_ids[0].price = -1

    def test_only_what_is_in_stock_can_be_rented(self):
        with self.assertRaisesRegex(ValidationError, "inventory is tracked"):
            self._make_item("Advice", type="service", is_storable=False)
