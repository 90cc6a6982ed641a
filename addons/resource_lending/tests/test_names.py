from odoo.tests import freeze_time

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import LendingCommon


@freeze_time("2024-06-03 08:00:00")
class TestNames(LendingCommon):
    """The ledger names things as their labels do, and proposes the same type."""

    def test_code_follows(self):
        resource = self.laptop.resource_id
        self.assertEqual(resource.display_name, "Laptop (LAP-001)")
        self.laptop.with_user(self.officer).code = "LAP-9"
        self.assertEqual(resource.code, "LAP-9")
        self.assertEqual(resource.display_name, "Laptop (LAP-9)")

    def test_refusals_say_which(self):
        self._reserve(self.laptop, self.ott)
        with self.assertRaises(AllocationConflict) as refused:
            self._reserve(self.laptop, self.mari)
        self.assertIn("Laptop (LAP-001)", str(refused.exception))
