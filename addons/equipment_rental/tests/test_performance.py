from odoo.tests import freeze_time

from .common import NOW, RentalCommon, at


@freeze_time(NOW)
class TestQueries(RentalCommon):
    """Costs that do not grow with the number of lines, pieces or products."""

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
