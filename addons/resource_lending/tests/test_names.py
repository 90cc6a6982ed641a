from odoo.tests import freeze_time

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import LendingCommon


@freeze_time("2024-06-03 08:00:00")
class TestNames(LendingCommon):
    """The ledger names things as their labels do, and proposes the same type."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        phones = cls.env["lending.type"].create(
            {"name": "Smartphone", "category_id": cls.category.id}
        )
        cls.shelf = cls.env["lending.place"].create({"name": "Shelf"})
        cls.wanted, cls.far, cls.near, cls.unlike, cls.lost = (
            cls._thing(name, code, type_id=phones.id, place_id=place.id)
            for name, code, place in (
                ("Smartphone", "S-1", cls.store),
                ("Smartphone", "S-2", cls.shelf),
                ("Smartphone", "S-3", cls.store),
                ("Old phone", "S-0", cls.store),
                ("Smartphone", "S-4", cls.store),
            )
        )
        cls.lost.process("lost")
        cls.ledger = cls.env["resource.allocation"].with_user(cls.officer)

    def _proposed(self):
        """What serves instead of the wanted phone, as the ledger calls it."""
        found = self.ledger.propose(
            {
                "resource_id": self.wanted.resource_id.id,
                "start": "2024-06-03 09:00:00",
            },
            limit=20,
        )
        return [one["resource_name"] for one in found]

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

    def test_same_type_closest_first(self):
        self._thing("Drill", "D-1")
        self._reserve(self.wanted, self.ott)
        self.assertEqual(
            self._proposed(),
            ["Smartphone (S-3)", "Smartphone (S-2)", "Old phone (S-0)"],
        )

    def test_taken_and_lost_things_are_no_substitute(self):
        self._reserve(self.near, self.ott)
        self.assertEqual(self._proposed(), ["Smartphone (S-2)", "Old phone (S-0)"])
