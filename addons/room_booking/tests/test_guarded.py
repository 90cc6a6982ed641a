"""What follows from what was done is written by nobody: no form, import or RPC."""

from odoo.exceptions import AccessError, UserError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import freeze_time

from .common import NOW, RoomCase, at

HARMLESS = {
    ("room.site", "complete_name"): "computed from names, by administrators only",
    ("room.activity", "company_id"): "that of its account, by administrators only",
}
"""Stored, read-only, and yet writable, and why."""


@freeze_time(NOW)
class TestGuarded(RoomCase):
    def test_every_read_only_field_is_guarded(self):
        found = set()
        for model in self.env.values():
            if model._original_module != "room_booking" or not model._auto:
                continue
            guarded = getattr(model, "_guarded_fields", frozenset)()
            found |= {
                (model._name, name)
                for name, field in model._fields.items()
                if field.store and field.readonly and name not in MAGIC_COLUMNS
                if field._module == "room_booking" and name not in guarded
            }
        self.assertEqual(found, HARMLESS.keys())

    def test_guarded_fields_are_refused_to_everybody(self):
        meeting = self._book(lines=[(self._service("Tea", price=3), {})])
        for user in (self.booker, self.keeper, self.admin):
            for record, vals in (
                (meeting, {"state": "done"}),
                (meeting, {"number": "1"}),
                (meeting, {"event_id": False}),
                (meeting, {"amount": 1}),
                (meeting.space_ids, {"allocation_id": False}),
                (meeting.space_ids, {"checked_in_at": at(9)}),
                (meeting.line_ids, {"price_unit": 0}),
                (meeting.line_ids, {"source": "hidden"}),
                (meeting.line_ids, {"state": "dropped"}),
            ):
                with self.subTest(user=user.login, vals=vals):
                    with self.assertRaises(AccessError):
                        record.with_user(user).write(vals)
                    with self.assertRaises(AccessError):
                        record.with_user(user).sudo().write(vals)

    def test_what_a_form_proposes_is_not_for_what_comes_by_itself(self):
        water = self._service("Water", prefill_participants=True, default_active=True)
        self.scenario.service_ids |= water
        proposing = self.env["room.reservation"].with_user(self.booker)
        meeting = proposing.with_context(default_note="Bring it twice").create(
            {
                "name": "Talk",
                "start": at(9),
                "stop": at(10),
                "scenario_id": self.scenario.id,
                "space_ids": [(0, 0, {"space_id": self.room.id})],
            }
        )
        self.assertEqual(meeting.note, "Bring it twice")
        self.assertEqual(meeting.line_ids.service_id, water)
        self.assertFalse(meeting.line_ids.note)

    def test_part_without_a_reservation_is_refused(self):
        tea = self._service("Tea")
        lines = self.env["room.service.line"].with_user(self.booker)
        with self.assertRaisesRegex(UserError, "which reservation"):
            lines.create({"service_id": tea.id})

    def test_part_is_not_moved_to_another_reservation(self):
        first, second = self._book(), self._book(at(12), at(13))
        with self.assertRaises(UserError):
            first.space_ids.write({"reservation_id": second.id})
        self.assertEqual(
            self._busy(self.room), [("09:00", "11:00"), ("12:00", "13:00")]
        )
