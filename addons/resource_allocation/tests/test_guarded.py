from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import NOW, LedgerCase, at

WRITABLE = {"name", "partner_id", "user_id"}
"""What a person may type into a row at any time; the rest follows from what is done."""


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestGuarded(LedgerCase):
    """One writer: what follows from what was done is written by nobody else."""

    def test_no_stored_field_of_a_row_is_typed(self):
        row = self._ask(self.room, at(9), at(10))
        moves = {"start", "stop", "resource_id", "quantity"}
        for name, field in self.Allocation._fields.items():
            chatter = self.Allocation._is_chatter_field(name)
            if not field.store or chatter or name in moves | WRITABLE:
                continue
            value = field.convert_to_write(row[name], row)
            for user in (self.manager, self.user, self.env.user):
                with self.subTest(name, login=user.login):
                    with self.assertRaises(AccessError):
                        row.with_user(user).write({name: value})
                    with self.assertRaises(AccessError):
                        row.with_user(user).sudo().write({name: value})

    def test_a_request_carries_no_commands(self):
        message = self.company.partner_id.message_post(body="Mine")
        for name, value in (
            ("message_ids", [Command.update(message.id, {"body": "Forged"})]),
            ("activity_ids", [Command.create({"summary": "Forged"})]),
            ("leaf_ids", [Command.create({"resource_id": self.studio.id})]),
        ):
            with self.subTest(name), self.assertRaises(UserError):
                self._ask(self.room, at(9), at(10), user=self.user, **{name: value})
        self.assertIn("Mine", message.body)

    def test_neither_context_nor_defaults_forge(self):
        asked = {"resource_id": self.chairs.id, "start": at(9), "stop": at(10)}
        other = self._ask(self.chairs, at(9), at(10))
        mine = self.Allocation.with_user(self.user)
        forged = {
            "res_model": "res.partner", "res_id": self.user.partner_id.id,
            "root_id": other.id, "parent_id": other.id, "at_risk": True,
            "lapse_pending": True, "actual_start": at(1), "anonymised": True,
        }  # fmt: skip
        context = {f"default_{name}": value for name, value in forged.items()}
        row = mine.with_context(**context).create(asked)
        for name in forged:
            self.assertFalse(row.sudo()[name], name)
        Default = self.env["ir.default"].with_user(self.user)
        Default.set("resource.allocation", "lapse_pending", True, user_id=True)
        self.assertFalse(mine.create(asked).sudo().lapse_pending)

    def test_key_fits_one_write_only(self):
        row, other = (
            self._ask(self.room, at(9), at(10)),
            self._ask(self.studio, at(9), at(10)),
        )
        keyed = row.sudo()._with_key([{"pinned": True}])
        for forged in (
            lambda: keyed.write({"pinned": False}),
            lambda: keyed.write({"pinned": True, "at_risk": True}),
            lambda: (keyed | other).write({"pinned": True}),
            lambda: keyed.browse(other.id).write({"pinned": True}),
        ):
            with self.assertRaises(AccessError):
                forged()
        keyed.write({"pinned": True})
        self.assertTrue(row.pinned)
        with self.assertRaises(AccessError):
            keyed.write({"pinned": True})

    def test_rows_of_what_is_no_document_any_more_harm_nobody(self):
        gone, core = (
            self._ask(self.laptop, at(7), at(8)),
            self._ask(self.room, at(7), at(8), state="hold", hold_until=at(7)),
        )
        self.env.flush_all()
        for row, model in ((gone, "study.gone"), (core, "res.partner")):
            self.env.cr.execute(
                "UPDATE resource_allocation SET res_model = %s, res_id = 1"
                " WHERE id = %s",
                [model, row.id],
            )
        self.env.invalidate_all()
        self.assertFalse(gone.document_name or core.document_name)
        self._ask(self.laptop, at(7), at(8), kind="block")
        with freeze_time(at(9)):
            self._run_job("ir_cron_lapse")
            self._run_job("ir_cron_look_after")
        self.assertEqual(core.state, "expired")
        gone.with_user(self.user).cancel()

    def test_documents_offer_nothing_unless_they_say_so(self):
        self.assertFalse(self.env["resource.document.mixin"]._allocation_steps())

    def test_senseless_changes_are_refused_in_words(self):
        row = self._ask(self.chairs, at(9), at(10), quantity=3)
        for method, arguments in (
            ("change", [{"start": False}]),
            ("change", [5]),
            ("change", [{"state": "out"}]),
            ("change", [[{"stop": at(11)}, {"stop": at(12)}]]),
            ("split_many", [[3]]),
            ("reassign", [False]),
            ("resize", ["many"]),
        ):
            with (
                self.subTest(method, arguments=arguments),
                self.assertRaises(ValidationError),
            ):
                getattr(row, method)(*arguments)
        self.laptop.manager_ids = self.user
        self._ask(self.laptop, at(6), at(9)).hand_out()
        with self.assertRaises(ValidationError):
            self.laptop.allocation_ids.take_back(quantity="some")
