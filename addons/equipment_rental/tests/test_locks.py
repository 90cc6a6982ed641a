from unittest.mock import patch

from odoo.tests import freeze_time

from .common import NOW, RentalCommon, at


@freeze_time(NOW)
class TestLocks(RentalCommon):
    """A flow of several calls locks all it takes in its first, whatever their order.

    Else two orders of the same items, in another order, wait for each other.
    """

    def _locked(self, deed):
        """What each step of the flow locked, as sets of ids."""
        ledger = type(self.env["resource.allocation"])
        lock, steps = ledger.lock_resources, []

        def noting(rows, resources, facts=False):
            if resources:
                steps.append(set(resources.ids))
            return lock(rows, resources, facts)

        with patch.object(ledger, "lock_resources", noting):
            deed()
            self.env.flush_all()
        return steps

    def _assert_in_one_step(self, steps, fleets):
        self.assertLessEqual(set(fleets.ids), steps[0])
        self.assertFalse(set().union(*steps[1:]) - steps[0])

    def test_an_order_whose_lines_change(self):
        """Neither by the order of its lines nor by what each of them asks for."""
        order = self._confirmed((self.drill, 1), (self.chair, 4), start=at(1))
        lines = order.order_line
        fleets = lines._rental_rows("reserved").resource_id
        for stop, some in ((at(8), lines), (at(9), lines[::-1])):
            commands = [(1, line.id, {"rental_stop": stop}) for line in some]
            steps = self._locked(lambda c=commands: order.write({"order_line": c}))
            self.assertGreater(len(steps), 2)
            self._assert_in_one_step(steps, fleets)
        self.assertEqual(set(lines._rental_rows("reserved").mapped("stop")), {at(9)})

    def test_a_line_that_wants_more_for_longer(self):
        order = self._confirmed((self.chair, 4), start=at(1))
        line = order.order_line
        vals = {"product_uom_qty": 5, "rental_stop": at(9)}
        steps = self._locked(lambda: line.write(vals))
        self._assert_in_one_step(steps, line._rental_rows("reserved").resource_id)

    def test_fleets_that_follow_the_stock(self):
        fleets = (self._pool(self.chair) | self._pool(self.drill)).resource_id
        before = fleets.mapped("capacity")
        fleets.sudo().write({"capacity": 0})
        products = self.chair | self.drill
        steps = self._locked(lambda: self.env["rental.pool"]._sync(products))
        self._assert_in_one_step(steps, fleets)
        self.assertEqual(fleets.mapped("capacity"), before)
