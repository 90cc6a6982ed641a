from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time

from odoo.addons.resource_lending.tests.common import LendingCommon
from odoo.addons.resource_lending.tests.common_door import DoorCommon

NOW = fields.Datetime.to_datetime("2026-03-02 08:00:00")
"""A Monday morning, UTC."""


def hours(number):
    """An instant so many hours after :data:`NOW`."""
    return NOW + timedelta(hours=number)


@freeze_time(NOW)
class TestRepair(LendingCommon):
    """A corrective request keeps a lent thing from being promised."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.equipment = cls.env["maintenance.equipment"].create({"name": "Laptop"})
        cls.laptop.equipment_id = cls.equipment
        cls.done = cls.env["maintenance.stage"].search([("done", "=", True)], limit=1)

    def _request(self, start=0, stop=4, user=None, **vals):
        """A request of an ordinary employee, planned in hours from now."""
        return (
            self.env["maintenance.request"]
            .with_user(user or self.ott_user)
            .create(
                {
                    "name": "Broken",
                    "equipment_id": self.equipment.id,
                    "schedule_date": hours(start),
                    "schedule_end": hours(stop),
                    **vals,
                }
            )
        )

    def _blocks(self):
        return self._live_allocations(self.laptop).filtered(
            lambda row: row.kind == "block"
        )

    def test_the_nightly_comparison_finds_a_block_that_is_gone(self):
        """And puts it back; until it is due the request and its block agree."""
        request = self._request().sudo()
        differences = self.env["resource.allocation.difference"]
        self.assertFalse(differences._prepare_differences(request))
        self.env.cr.execute(
            "UPDATE resource_allocation SET state = 'cancelled', live = false"
            " WHERE id = %s",
            [request.repair_block_id.id],
        )
        self.env.invalidate_all()
        [found] = differences._prepare_differences(request)
        self.assertEqual((found["what"], found["res_id"]), ("missing", request.id))
        self.assertIn(request.id, request._ids_to_compare())
        request._repair_allocations()
        self.assertFalse(differences._prepare_differences(request))
        self.assertEqual(self._blocks().stop, hours(4))

    def test_repair_blocks_its_schedule_until_done(self):
        request = self._request()
        block = self._blocks()
        self.assertEqual((block.start, block.stop), (hours(0), hours(4)))
        self.assertEqual(self.laptop.status, "in_repair")
        with self.assertRaises(ValidationError):
            self._hand_out(self.laptop, self.mari)
        request.sudo().stage_id = self.done
        self.assertFalse(self._blocks())
        self.assertEqual(self.laptop.status, "in_stock")
        self._hand_out(self.laptop, self.mari)

    def test_repair_is_a_fact_for_what_was_promised(self):
        """A reservation does not stop a repair: it is put at risk."""
        loan = self._reserve(self.laptop, self.mari, start_at=hours(1))
        self.assertFalse(loan.allocation_id.at_risk)
        request = self._request()
        self.assertTrue(loan.allocation_id.at_risk)
        request.unlink()
        self.assertFalse(loan.allocation_id.at_risk)

    def test_who_has_it_keeps_it(self):
        """What is out stays handed out; once back, it is in repair."""
        loan = self._hand_out(self.laptop, self.mari)
        self._request()
        self.assertEqual(self.laptop.status, "handed_out")
        self.assertEqual(loan.state, "out")
        loan.take_back()
        self.assertEqual(self.laptop.status, "in_repair")

    def test_block_follows_the_schedule(self):
        request = self._request(start=24, stop=26)
        self.assertEqual(self.laptop.status, "in_stock")
        request.write({"schedule_date": hours(0), "schedule_end": hours(2)})
        block = self._blocks()
        self.assertEqual((block.start, block.stop), (hours(0), hours(2)))
        self.assertEqual(self.laptop.status, "in_repair")
        request.schedule_date = False
        self.assertFalse(self._blocks())
        self.assertEqual(self.laptop.status, "in_stock")

    def test_only_open_corrective_requests_block(self):
        self._request(maintenance_type="preventive")
        self.assertFalse(self._blocks())
        request = self._request()
        self.assertTrue(self._blocks())
        request.archive_equipment_request()
        self.assertFalse(self._blocks())
        request.reset_equipment_request()
        self.assertTrue(self._blocks())

    def test_unfinished_repair_goes_on_blocking(self):
        """Past its planned end it is in the workshop all the same."""
        self._request(start=1, stop=4)
        self.assertEqual(self.laptop.status, "in_stock")
        with freeze_time(hours(2)):
            self.env["maintenance.request"]._cron_follow_repairs()
            self.assertEqual(self.laptop.status, "in_repair")
        with freeze_time(hours(5)):
            self.env["maintenance.request"]._cron_follow_repairs()
            self.assertFalse(self._blocks().stop)
            self.assertEqual(self.laptop.status, "in_repair")
            with self.assertRaises(ValidationError):
                self._hand_out(self.laptop, self.mari)

    def test_request_for_other_equipment_frees_the_first(self):
        request = self._request()
        other = self.env["maintenance.equipment"].create({"name": "Phone"})
        self.phone.equipment_id = other
        request.sudo().equipment_id = other
        self.assertFalse(self._blocks())
        self.assertEqual(self.laptop.status, "in_stock")
        self.assertEqual(self.phone.status, "in_repair")

    def test_link_and_unlink_follow_open_repairs(self):
        self._request()
        self.laptop.equipment_id = False
        self.assertFalse(self._blocks())
        self.assertEqual(self.laptop.status, "in_stock")
        self.laptop.equipment_id = self.equipment
        self.assertTrue(self._blocks())
        self.assertEqual(self.laptop.status, "in_repair")


@freeze_time(NOW)
class TestRepairDoor(DoorCommon):
    def test_the_block_of_a_repair_is_the_request_s(self):
        """Nobody moves or lifts it in the ledger; ending the repair does."""
        equipment = self.env["maintenance.equipment"].create({"name": "Laptop"})
        self.laptop.equipment_id = equipment
        request = self.env["maintenance.request"].create(
            {
                "name": "Broken",
                "equipment_id": equipment.id,
                "schedule_date": hours(0),
                "schedule_end": hours(4),
            }
        )
        block = request.sudo().repair_block_id
        says = ["state", "start", "stop", "resource_id", "name", "user_id"]
        before = block.read(says)
        for role, user in self.roles.items():
            for how in self._calls(block):
                with self.subTest(role=role, how=how):
                    self.assertFalse(self._try(user, block, how))
                    self.assertEqual(block.read(says), before)
        self.assertFalse(self._try(self.env.ref("base.user_admin"), block, "close"))
        self.assertIn("belongs to Broken", self.refusal)
        request.stage_id = self.env["maintenance.stage"].search(
            [("done", "=", True)], limit=1
        )
        self.assertEqual(block.state, "done")
