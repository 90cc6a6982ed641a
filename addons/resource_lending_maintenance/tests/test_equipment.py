from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form

from odoo.addons.resource_lending.tests.common import LendingCommon


class TestEquipment(LendingCommon):
    """Equipment that is lent follows custody, and nothing else changes whose it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.equipment = cls.env["maintenance.equipment"].create(
            {"name": "Laptop", "serial_no": "SN-1"}
        )
        cls.laptop.equipment_id = cls.equipment
        cls.keeper = cls.administrator
        cls.keeper.group_ids = [
            Command.link(cls.env.ref("maintenance.group_equipment_manager").id)
        ]

    def _out(self, **holder):
        """Hand the laptop out, an hour ago."""
        at = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        vals = {"asset_id": self.laptop.id, **holder}
        return self._loans().hand_out_directly([vals], at)

    def test_counter_assigns_and_frees_equipment(self):
        """An officer without any right on equipment hands out and takes back."""
        loan = self._out(employee_id=self.ott.id)
        self.assertEqual(self.equipment.employee_id, self.ott)
        self.assertEqual(self.equipment.equipment_assign_to, "employee")
        self.assertEqual(self.equipment.assign_date, loan.date_from)
        self.assertIn(self.ott_user.partner_id, self.equipment.message_partner_ids)
        loan.take_back()
        self.assertFalse(self.equipment.employee_id)
        self.assertFalse(self.equipment.assign_date)

    def test_former_holder_no_longer_reads_equipment(self):
        """Kari gets it after Ott, with her own day; Ott stops following it."""
        self._type(self.laptop, self.ott, "2024-01-01")
        self._type(self.laptop, self.kari, "2024-03-01")
        self.assertEqual(self.equipment.employee_id, self.kari)
        self.assertEqual(self.equipment.assign_date, fields.Date.to_date("2024-03-01"))
        followers = self.equipment.message_partner_ids
        self.assertIn(self.kari_user.partner_id, followers)
        self.assertNotIn(self.ott_user.partner_id, followers)
        seen = self.env["maintenance.equipment"].with_user(self.ott_user)
        self.assertFalse(seen.search([("id", "=", self.equipment.id)]))

    def test_many_at_once_take_as_many_queries_as_few(self):
        """200 things go over the counter in one document."""
        counts = []
        for number in (2, 2, 20):
            equipment = self.env["maintenance.equipment"].create(
                [{"name": "Thing"} for _number in range(number)]
            )
            assets = self.env["lending.asset"].create(
                [
                    {"name": "Thing", "type_id": self.type.id, "equipment_id": one.id}
                    for one in equipment
                ]
            )
            with patch.object(type(assets), "_sync_equipment"):
                self._loans().hand_out_directly(
                    [{"asset_id": one.id, "employee_id": self.ott.id} for one in assets]
                )
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            assets._sync_equipment()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(equipment.employee_id, self.ott)
        # The first one also filled caches.
        self.assertEqual(counts[1], counts[2])

    def test_department_and_others_use_equipment(self):
        loan = self._out(department_id=self.department.id)
        self.assertEqual(self.equipment.department_id, self.department)
        self.assertEqual(self.equipment.equipment_assign_to, "department")
        loan.take_back()
        vals = {"asset_id": self.laptop.id, "place_id": self.store.id}
        self._loans().hand_out_directly([vals])
        self.assertEqual(self.equipment.equipment_assign_to, "other")
        self.assertFalse(self.equipment.department_id)

    def test_typing_an_owner_is_refused(self):
        equipment = self.equipment.with_user(self.keeper)
        with self.assertRaisesRegex(ValidationError, "Lending"):
            equipment.employee_id = self.kari
        self._hand_out(self.laptop, self.ott)
        with self.assertRaisesRegex(ValidationError, "Lending"):
            equipment.write({"employee_id": False})
        self.env.invalidate_all(flush=False)
        self.assertEqual(self.equipment.employee_id, self.ott)

    def test_linking_takes_over_custody(self):
        """The other equipment follows Ott at once; the first is free for anybody."""
        self._hand_out(self.laptop, self.ott)
        other = self.env["maintenance.equipment"].create({"name": "Other"})
        self.laptop.with_user(self.keeper).equipment_id = other
        self.assertEqual(other.employee_id, self.ott)
        self.equipment.with_user(self.keeper).employee_id = self.kari

    def test_linking_what_maintenance_assigned_is_refused(self):
        """Nobody has the phone, Kari its equipment: who is right has to be said."""
        assigned = self.env["maintenance.equipment"].create(
            {"name": "Phone", "employee_id": self.kari.id}
        )
        with self.assertRaisesRegex(ValidationError, "Kari"):
            self.phone.with_user(self.keeper).equipment_id = assigned
        self.assertEqual(assigned.employee_id, self.kari)

    def test_create_equipment(self):
        """That of the same serial number is taken, the rest is made."""
        known = self.env["maintenance.equipment"].create(
            {"name": "Phone", "serial_no": "IMEI-1"}
        )
        self.phone.serial_no = "IMEI-1"
        assets = (self.phone | self.shared | self.laptop).with_user(self.keeper)
        assets.action_create_equipment()
        self.assertEqual(self.phone.equipment_id, known)
        self.assertEqual(self.shared.equipment_id.name, "Pool laptop")
        self.assertEqual(self.laptop.equipment_id, self.equipment)
        with self.assertRaises(UserError):
            assets.action_create_equipment()

    def test_departure_keeps_lent_equipment(self):
        """The tick frees the chair, but not the laptop that is still to be received."""
        chair = self.env["maintenance.equipment"].create(
            {"name": "Chair", "employee_id": self.ott.id}
        )
        loan = self._out(employee_id=self.ott.id)
        # Core's own dialog is for HR managers: it reads contract dates.
        self.hr_officer.group_ids = [
            Command.link(self.env.ref("hr.group_hr_manager").id)
        ]
        wizard = Form(
            self.env["hr.departure.wizard"]
            .with_user(self.hr_officer)
            .with_context(active_ids=self.ott.ids, employee_termination=True)
        )
        self.assertTrue(wizard.unassign_equipment)
        self.assertIn("Laptop", wizard.lent_equipment)
        self.assertNotIn("Chair", wizard.lent_equipment)
        wizard.save().action_register_departure()
        self.assertFalse(self.ott.active)
        self.assertFalse(chair.employee_id)
        self.assertEqual(self.equipment.employee_id, self.ott)
        loan.take_back()
        self.assertFalse(self.equipment.employee_id)

    def test_departure_without_the_tick_frees_nothing(self):
        chair = self.env["maintenance.equipment"].create(
            {"name": "Chair", "employee_id": self.ott.id}
        )
        wizard = (
            self.env["hr.departure.wizard"]
            .with_context(active_ids=self.ott.ids, employee_termination=True)
            .create({"unassign_equipment": False})
        )
        wizard.action_register_departure()
        self.assertEqual(chair.employee_id, self.ott)
