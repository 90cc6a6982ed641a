import functools

from odoo.tests import freeze_time

from .common import NOW, RentalCommon, at

MANY = 20
PER_UNIT = 9
"""Queries that each further unit may cost when goods move; none is the ledger's."""


@freeze_time(NOW)
class TestQueries(RentalCommon):
    """Costs that do not grow with the number of lines, pieces or products."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        numbers = [f"M-{number}" for number in range(2 * MANY + 4)]
        cls.mixer = cls._make_item("Mixer", tracking="serial", day=10)
        cls.mixer_lots = cls._put(cls.mixer, cls.north, lots=numbers)

    def _queries(self, action):
        """How many queries ``action`` takes, from a cold cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _order_of(self, lines, day):
        return self._order(
            *[(self.chair, 1) for _line in range(lines)],
            start=at(day),
            stop=at(day + 1),
        )

    def test_confirming_more_lines_takes_the_same_queries(self):
        self._order_of(1, 1).action_confirm()  # warm up
        one = self._queries(self._order_of(1, 3).action_confirm)
        many = self._queries(self._order_of(20, 5).action_confirm)
        self.assertLessEqual(many, one + 2, f"{one} for 1 line, {many} for 20")

    def test_confirming_more_items_takes_the_same_queries(self):
        items = [self._make_item(f"Item {number}", day=5) for number in range(MANY)]
        for item in items:
            self._put(item, self.north, 3)
        self._order_of(1, 1).action_confirm()  # warm up
        one = self._order((items[0], 1), start=at(3), stop=at(4))
        many = self._order(*((item, 1) for item in items), start=at(5), stop=at(6))
        one = self._queries(one.action_confirm)
        many = self._queries(many.action_confirm)
        self.assertLessEqual(many, one + 2, f"{one} for 1 item, {many} for {MANY}")

    def _extended_after_hand_over(self, lines, day):
        """Queries that it takes to charge a longer period of so many lines."""
        order = self._confirmed(
            *[(self.chair, 1) for _line in range(lines)],
            start=at(0),
            stop=at(day),
        )
        self._hand_over(order)
        return self._queries(lambda: order.write({"rental_stop": at(day + 1)}))

    def test_charging_more_lines_takes_few_more_queries(self):
        """An order that is extended while out: a charge for each of its lines."""
        self._extended_after_hand_over(1, 1)  # warm up
        one = self._extended_after_hand_over(1, 1)
        many = self._extended_after_hand_over(MANY, 2)
        self.assertLessEqual(many, one + 5, f"{one} for 1 line, {many} for {MANY}")

    def _lines_of_units(self, *counts):
        """Confirmed lines that start now, of so many units each."""
        for units in counts:
            line = self._confirmed((self.mixer, units), start=at(0)).order_line
            # As a request has it, not by way of an order in a cache that is cleared.
            yield line.browse(line.id)

    def test_ledger_hands_out_and_takes_back_any_number_in_the_same_queries(self):
        """The ledger's part alone; the rows are parted and given their units."""
        lots = list(self.mixer_lots)
        pieces = {}
        for line in self._lines_of_units(2, 2, MANY):
            pieces[line] = [
                (line, lots.pop(0), 1) for _unit in range(line.rental_qty_reserved)
            ]
        for method, moment in (
            ("_rental_hand_out", at(0)),
            ("_rental_take_back", at(1)),
        ):
            moves = [
                functools.partial(getattr(line, method), some, moment)
                for line, some in pieces.items()
            ]
            with freeze_time(moment):
                _warm, two, many = map(self._queries, moves)
            with self.subTest(method):
                self.assertLessEqual(many, two + 2, f"{two} for 2, {many} for {MANY}")
        self.assertEqual(line.rental_qty_back, MANY)
        units = self.mixer_lots[4 : MANY + 4].rental_resource_id
        self.assertEqual(line._rental_rows("done").resource_id, units)

    def test_moving_goods_costs_little_for_each_unit(self):
        """From the counter's button to the last flush, goods and ledger together."""
        lots = self.mixer_lots
        costs = {self._hand_over: [], self._take_back: []}
        for line in self._lines_of_units(2, 2, MANY):
            count = round(line.product_uom_qty)
            chosen, lots = lots[:count], lots[count:]
            for move, found in costs.items():
                action = functools.partial(move, line.order_id, chosen)
                found.append(self._queries(action))
        for move, (_warm, two, many) in costs.items():
            with self.subTest(move.__name__):
                each = (many - two) / (MANY - 2)
                self.assertLessEqual(each, PER_UNIT, f"{two} for 2, {many}")

    def test_fleet_follows_many_products_in_the_same_queries(self):
        items = self.env["product.product"].browse()
        for number in range(20):
            item = self._make_item(f"Item {number}")
            self._put(item, self.north, 3)
            items |= item
        sync = self.env["rental.pool"]._sync
        one = self._queries(lambda: sync(items[:1]))
        many = self._queries(lambda: sync(items))
        self.assertLessEqual(many, one + 2, f"{one} for 1 product, {many} for 20")

    def test_list_of_fleets_takes_the_same_queries(self):
        for number in range(10):
            self._put(self._make_item(f"Item {number}"), self.north, 3)
        pools = self.env["rental.pool"].search([])
        names = ["capacity", "quantity_out", "quantity_reserved", "quantity_free"]
        one = self._queries(lambda: pools[:1].read(names))
        many = self._queries(lambda: pools.read(names))
        self.assertLessEqual(many, one + 2, f"{one} for 1 fleet, {many} for all")
