from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time
from odoo.tools import SQL, mute_logger

from odoo.addons.resource_allocation.exceptions import AllocationConflict

from .common import LendingCommon

NOW = "2026-03-02 08:00:00"
MANAGER = "resource_allocation.resource_allocation_group_manager"

LOGGER = "odoo.addons.resource_allocation.models.resource_allocation_difference"


@freeze_time(NOW)
class TestTruth(LendingCommon):
    """The nightly job lists where the ledger is not what custody expects."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(mute_logger(LOGGER))
        cls.administrator.group_ids = [Command.link(cls.env.ref(MANAGER).id)]
        cls.Difference = cls.env["resource.allocation.difference"]

    def _compare(self):
        self.env.flush_all()
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref("resource_allocation.ir_cron_compare").method_direct_trigger()
        self.env.invalidate_all()
        return self.Difference.search([])

    def _falsify(self, row, assignments):
        """Change a row as only SQL can."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE resource_allocation SET %s WHERE id = %s",
                SQL(assignments),
                row.id,
            )
        )
        self.env.invalidate_all()

    def _assert_repaired(self, difference):
        difference.with_user(self.administrator).action_repair()
        self.assertFalse(difference.exists())
        self.assertFalse(self._compare())

    def test_a_healthy_database_has_none(self):
        self._reserve(self.laptop, self.ott, start_at="2026-03-03 08:00:00")
        self._hand_out(self.phone, self.kari)
        self._hand_out(self.shared, self.ott)
        self._hand_out(self.shared, self.kari)
        self._thing("Lost", "L-1").process("lost")
        self.assertFalse(self._compare())

    def test_a_promise_is_missing(self):
        loan = self._hand_out(self.laptop, self.ott)
        self._falsify(loan.allocation_id, "state = 'cancelled', live = false")
        difference = self._compare()
        self.assertEqual(difference.what, "missing")
        self.assertEqual(difference.resource_id, self.laptop.resource_id)
        self.assertEqual(
            (difference.res_model, difference.res_id), (loan._name, loan.id)
        )
        self.assertIn("1 × Out", difference.expected)
        self.assertEqual(difference.found, "nothing")
        self.assertEqual(difference.company_id, self.company)
        since = difference.since
        with freeze_time("2026-03-03 08:00:00"):
            self.assertEqual(self._compare().since, since)
        self._assert_repaired(difference)
        self.assertEqual(loan.allocation_id.state, "out")

    def test_a_promise_is_too_much(self):
        loan = self._reserve(self.laptop, self.ott, start_at="2026-03-03 08:00:00")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE lending_loan SET state = 'cancelled' WHERE id = %s", [loan.id]
        )
        self.env.invalidate_all()
        difference = self._compare()
        self.assertEqual((difference.what, difference.expected), ("surplus", "nothing"))
        self._assert_repaired(difference)
        self.assertEqual(loan.allocation_id.state, "cancelled")

    def test_a_promise_has_another_period(self):
        loan = self._reserve(
            self.laptop,
            self.ott,
            start_at="2026-03-03 08:00:00",
            due_at="2026-03-04 08:00:00",
        )
        self._falsify(
            loan.allocation_id,
            "stop = '2026-03-05 08:00:00', blocked_stop = '2026-03-05 08:00:00'",
        )
        difference = self._compare()
        self.assertEqual(difference.what, "other")
        self._assert_repaired(difference)
        self.assertEqual(str(loan.allocation_id.stop), "2026-03-04 08:00:00")

    def test_a_lost_thing_is_not_blocked(self):
        self.laptop.process("lost")
        self._falsify(self.laptop.block_id, "state = 'cancelled', live = false")
        difference = self._compare()
        self.assertEqual((difference.what, difference.res_model),
                         ("missing", "lending.asset"))  # fmt: skip
        self._assert_repaired(difference)
        self.assertTrue(self.laptop.block_id.live)

    def test_what_is_promised_to_somebody_else_meanwhile_stays_listed(self):
        loan = self._hand_out(self.laptop, self.ott)
        self._falsify(loan.allocation_id, "state = 'cancelled', live = false")
        self.env["resource.allocation"].allocate(
            [
                {
                    "resource_id": self.laptop.resource_id.id,
                    "start": "2026-03-02 08:00:00",
                    "stop": "2026-03-09 08:00:00",
                }
            ]
        )
        difference = self._compare()
        with self.assertRaises(AllocationConflict):
            difference.with_user(self.administrator).action_repair()
        self.assertTrue(difference.exists())

    def test_managers_alone_see_and_repair_and_nobody_types(self):
        loan = self._hand_out(self.laptop, self.ott)
        self._falsify(loan.allocation_id, "state = 'cancelled', live = false")
        difference = self._compare()
        for user in (self.officer, self.ott_user, self.hr_officer):
            with self.subTest(user.login), self.assertRaises(AccessError):
                difference.with_user(user).action_repair()
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.Difference.with_user(user).search([])
        for call in (
            lambda mine: mine.unlink(),
            lambda mine: mine.write({"res_id": 1}),
            lambda mine: mine.create({"what": "missing"}),
        ):
            with self.assertRaises(AccessError):
                call(difference.with_user(self.administrator))

    def test_other_companies_differences_are_theirs(self):
        loan = self._hand_out(self.laptop, self.ott)
        self._falsify(loan.allocation_id, "state = 'cancelled', live = false")
        difference = self._compare()
        other = self.env["res.company"].create({"name": "Other"})
        self.administrator.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        theirs = self.Difference.with_user(self.administrator)
        self.assertFalse(theirs.search([]))
        with self.assertRaises(AccessError):
            theirs.browse(difference.id).action_repair()
