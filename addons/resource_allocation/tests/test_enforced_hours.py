from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import NOW, LedgerCase, at


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestEnforcedHours(LedgerCase):
    """Where the resource says so, promises keep to its opening hours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Prague is an hour ahead: open from 7 to 16 UTC.
        cls.hours = cls.env["resource.calendar"].create(
            {
                "name": "8 to 17",
                "tz": "Europe/Prague",
                "attendance_ids": [
                    (5, 0, 0),
                    *(
                        (0, 0, {"name": "d", "dayofweek": str(day), "hour_from": 8,
                                "hour_to": 17, "day_period": "full_day"})
                        for day in range(5)
                    ),
                ],
            }
        )  # fmt: skip
        cls.room.write({"calendar_id": cls.hours.id, "hours_enforced": True})

    def test_closed_is_told_apart_from_taken(self):
        verdict = self._refused(self.room, at(15), at(17), user=self.user)
        self.assertEqual((verdict.code, verdict.holders), ("closed", []))
        self.assertIn("closed", verdict.message)
        for later in verdict.proposals:
            self._ask(self.env["resource.resource"].browse(later.resource_id),
                      later.start, later.stop)  # fmt: skip
        self._ask(self.room, at(7), at(8), user=self.user)
        self.assertEqual(self._refused(self.room, at(20), None).code, "closed")

    def test_without_an_end_it_would_be_at_night_too(self):
        self.assertEqual(self._refused(self.room, at(8), None).code, "closed")
        with self.assertRaises(AllocationConflict):
            self._ask(self.room, at(8), at(9)).extend(False)
        self.room.calendar_id = False
        self._ask(self.room, at(10), None)

    def test_hours_only_say_something_where_they_are_enforced(self):
        self.room.hours_enforced = False
        self._ask(self.room, at(15), at(17), user=self.user)

    def test_who_manages_it_may_all_the_same(self):
        vals = {
            "resource_id": self.room.id, "start": at(17), "stop": at(18),
            "outside_hours": True,
        }  # fmt: skip
        with self.assertRaisesRegex(AccessError, "outside opening hours"):
            self.Allocation.with_user(self.user).allocate([vals])
        self.room.manager_ids = self.user
        self.Allocation.with_user(self.user).allocate([vals])
        self._ask(self.room, at(18), at(19), user=self.manager, outside_hours=True)

    def test_a_manager_ticks_it_in_the_form(self):
        form = Form(self.Allocation.with_user(self.manager))
        form.resource_id = self.room
        form.start, form.stop = at(17), at(18)
        self.assertIn("closed", form.refusal)
        form.outside_hours = True
        self.assertFalse(form.refusal)
        self.assertEqual(form.save().state, "reserved")

    def test_changes_keep_to_them_but_shortening_never_fails(self):
        row = self._ask(
            self.room, at(15), at(18), user=self.manager, outside_hours=True
        )
        as_user = row.with_user(self.user)
        as_user.extend(at(17))
        foreseen = as_user.check_change({"stop": at(17.5)})
        self.assertEqual([one["code"] for one in foreseen], ["closed"])
        with self.assertRaises(AllocationConflict):
            as_user.extend(at(17.5))
        with self.assertRaises(AccessError):
            as_user.change({"stop": at(17.5), "outside_hours": True})
        row.with_user(self.manager).change({"stop": at(17.5), "outside_hours": True})
        self.assertEqual(row.stop, at(17.5))

    def test_a_combination_is_held_to_the_hours_of_its_parts(self):
        both = self._thing(
            "Both", component_ids=[(6, 0, (self.room | self.studio).ids)]
        )
        self.assertEqual(self._refused(both, at(16), at(17)).code, "closed")
        self._ask(both, at(14), at(15))

    def test_facts_are_recorded_at_any_hour(self):
        self._ask(self.room, at(17), at(30), kind="block")

    def test_a_group_falls_with_its_closed_row(self):
        rows, verdicts = self.Allocation.allocate(
            [
                {
                    "resource_id": self.room.id,
                    "start": at(16),
                    "stop": at(17),
                    "group": 1,
                },
                {
                    "resource_id": self.studio.id,
                    "start": at(16),
                    "stop": at(17),
                    "group": 1,
                },
            ],
            on_conflict="report",
        )
        self.assertFalse(rows)
        self.assertEqual([one.code for one in verdicts], ["closed"])
