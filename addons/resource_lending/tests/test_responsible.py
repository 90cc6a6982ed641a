from odoo.tests import freeze_time, new_test_user

from .common import LendingCommon


@freeze_time("2024-06-03 08:00:00")
class TestResponsible(LendingCommon):
    """The ledger names who did it, no job of the system and nobody from outside."""

    def test_officer_at_the_counter(self):
        reserved = self._reserve(self.laptop, self.ott)
        lent = self._hand_out(self.phone, self.ott)
        rows = (reserved | lent).sudo().allocation_id
        self.assertEqual(rows.user_id, self.officer)

    def test_who_made_it_where_others_act(self):
        loan = self._reserve(self.laptop, self.ott).sudo()
        portal = new_test_user(self.env, "outside", "base.group_portal")
        for user in (self.env.ref("base.user_root"), portal):
            vals = loan.with_user(user).sudo()._prepare_allocation()
            self.assertEqual(vals["user_id"], self.officer.id, user.login)

    def test_example_company(self):
        """Installed by the system, it names the one at the counter."""
        lender = self.env.ref("resource_lending.user_lender", False)
        if not lender:
            lender = self.officer
            self.env["ir.model.data"].create(
                {
                    "module": "resource_lending",
                    "name": "user_lender",
                    "model": "res.users",
                    "res_id": lender.id,
                }
            )
        loan = self._reserve(self.laptop, self.ott, user=self.env.user)
        self.assertFalse(loan.allocation_id.user_id)
        self.env["lending.example"]._name_responsible()
        self.assertEqual(loan.allocation_id.user_id, lender)

    def test_what_was_lost(self):
        self.laptop.with_user(self.officer).process("lost")
        self.assertEqual(self.laptop.sudo().block_id.user_id, self.officer)
        self.phone.process("lost")
        self.assertFalse(self.phone.block_id.user_id, "nobody did")
