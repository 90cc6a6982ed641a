from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestResources(LedgerCase):
    """The identity of what can be promised."""

    def test_people_of_the_erp_are_in_the_ledger_too(self):
        person = self.env["resource.resource"].create({"name": "Ann"})
        self.assertTrue(person.exclusive)
        self._ask(person, at(8), at(9))
        self._refused(person, at(8), at(9))

    def test_only_single_things_are_units_of_pools(self):
        with self.assertRaises(ValidationError):
            self.room.pool_id = self.studio
        with self.assertRaises(ValidationError):
            self._thing(
                "Foreign unit", pool_id=self.chairs.id, company_id=self.other_company.id
            )

    def test_combination_cannot_consist_of_itself(self):
        self.room.component_ids = self.studio
        with self.assertRaises(ValidationError):
            self.studio.component_ids = self.room

    def test_promised_things_do_not_change_pool_or_parts(self):
        pool, (one, _two) = self._pool_with_units()
        other, _units = self._pool_with_units("Saws")
        promise = self._ask(one, at(8), at(9))
        with self.assertRaises(ValidationError):
            one.pool_id = other
        with self.assertRaises(ValidationError):
            one.component_ids = self.room
        promise.cancel()
        one.pool_id = other
        self.assertEqual(self._free(pool, at(8), at(9)), 2)

    def test_pool_of_one_can_become_two(self):
        single_pool = self._thing("Ladder", exclusive=False, capacity=1)
        self._ask(single_pool, at(8), at(9))
        self._refused(single_pool, at(8), at(9))
        single_pool.capacity = 2
        self._ask(single_pool, at(8), at(9))

    def test_archiving_puts_promises_at_risk(self):
        promise = self._ask(self.room, at(8), at(9))
        self.room.active = False
        self.assertTrue(promise.at_risk)
        self.room.active = True
        self.assertFalse(promise.at_risk)

    def test_new_things_are_always_open_and_no_people(self):
        thing = self.env["resource.resource"].create({"name": "X", "bookable": True})
        self.assertEqual(
            (thing.resource_type, thing.calendar_id.id), ("material", False)
        )
        person = self.env["resource.resource"].create({"name": "Ann"})
        self.assertEqual(person.calendar_id, self.company.resource_calendar_id)

    def test_parts_that_must_come_back_make_the_whole_come_back(self):
        with self.assertRaises(ValidationError):
            self._thing("Kit", component_ids=[(6, 0, (self.room | self.laptop).ids)])
        with self.assertRaises(ValidationError):
            self._pool_with_units()[0].unit_ids[0].release = "time"
        self._thing(
            "Kit",
            component_ids=[(6, 0, (self.room | self.laptop).ids)],
            release="return",
        )
