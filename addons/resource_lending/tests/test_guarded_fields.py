"""What is read-only in a form is read-only for every other client, too."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import freeze_time, new_test_user, tagged

from .common_door import DoorCommon

NEVER_WRITTEN = {"create_uid", "create_date", "write_uid", "write_date", "id"}
HARMLESS = {
    ("lending.handover", "direction"): "of an open one; what is done is checked anew",
    ("lending.handover", "company_id"): "of an open one, within one's own companies",
    ("lending.handover", "user_id"): "of an open one; confirming writes who confirmed",
    ("lending.card", "code"): "a register that is imported brings its numbers",
    ("lending.card", "asset_ids"): "its assets refuse: their card is guarded",
    ("lending.card", "write_off_ids"): "the write-offs refuse what they keep",
    ("lending.stocktake", "change_ids"): "its documents refuse: they are guarded",
}
"""Stored read-only fields that may be written all the same, and why."""
TYPED_AT_FIRST = {
    ("lending.loan", "role"): "a row is typed for a user or a responsible",
    ("lending.loan", "card_id"): "a row typed on a card brings it along; it is dropped",
}
"""Those that a new record may have."""


@tagged("post_install", "-at_install")
@freeze_time("2024-06-03 08:00:00")
class TestGuardedFields(DoorCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.everything = new_test_user(
            cls.env, "everything", groups=cls._all_groups(), company_id=cls.company.id
        )
        cls.roles["everything"] = cls.everything

    @classmethod
    def _all_groups(cls):
        """Every right somebody could be given, but those of the system itself."""
        groups = (
            "resource_lending.lending_group_manager",
            "hr.group_hr_manager",
            "account.group_account_manager",
            "maintenance.group_equipment_manager",
            "stock.group_stock_manager",
            "sales_team.group_sale_manager",
        )
        known = [one for one in groups if cls.env.ref(one, raise_if_not_found=False)]
        return ",".join(known)

    def _read_only_fields(self):
        """``{model: names}``: stored, read-only, defined by Lending's addons."""
        found = {}
        for model in self.env.registry.values():
            if model._abstract or model._transient or not model._auto:
                continue
            names = {
                name
                for name, field in model._fields.items()
                if field.store
                and field.readonly
                and (field._module or "").startswith("resource_lending")
                and name not in NEVER_WRITTEN
                and (model._name, name) not in HARMLESS
            }
            if names:
                found[model._name] = names
        return found

    def _world(self):
        """At least one record of everything that Lending keeps."""
        env = self.env(user=self.administrator)
        self.ott.work_email = "ott@example.com"
        self._hand_out(self.laptop, self.ott)
        self._reserve(self.phone, self.ott)
        card = env["lending.card"].create(
            {"name": "Rack", "kind": "fixed", "type_id": self.type.id, "units": 4}
        )
        card.write_off_part(1, "2024-06-01")
        env["lending.inspection"].create({"asset_id": self.laptop.id})
        env["lending.change"].create(
            {"line_ids": [Command.create({"asset_id": self.laptop.id})]}
        )
        sheet = env["lending.stocktake"].create({})
        sheet.action_fill()
        env["lending.handover"].create(
            {
                "employee_id": self.kari.id,
                "line_ids": [Command.create({"asset_id": self.other_laptop.id})],
            }
        ).confirm()
        env["lending.handover"].create(
            {
                "employee_id": self.kari.id,
                "line_ids": [Command.create({"asset_id": self.shared.id})],
            }
        )
        self.category.requestable = True
        self.env["lending.request"].create(
            {"employee_id": self.kari.id, "type_id": self.type.id}
        )
        self.env["lending.departure"]._begin(self.ott)
        if "maintenance.request" in self.env:
            self.env["maintenance.request"].create({"name": "Broken"})

    def test_no_client_writes_what_follows_from_methods(self):
        self._world()
        for model, names in self._read_only_fields().items():
            record = self.env[model].search([], limit=1, order="id desc")
            self.assertTrue(record, f"Make a {model} in _world().")
            for name in names:
                same = record._fields[name].convert_to_write(record[name], record)
                for role, user in self.roles.items():
                    with self.subTest(model=model, field=name, role=role):
                        self._check_refused(
                            user, model, "write", record.ids, {name: same}
                        )
                        if (model, name) not in TYPED_AT_FIRST:
                            self._check_refused(user, model, "create", [{name: same}])

    def _check_refused(self, user, model, method, *arguments):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_kw(self.env[model].with_user(user), method, list(arguments), {})
            self.env.flush_all()

    def test_no_superuser_nor_rule_writes_them(self):
        """Nor by sudo, as an automation rule would: only the models' own methods."""
        self._world()
        for model, names in self._read_only_fields().items():
            if "resource.guarded.mixin" not in self._inherited(model):
                self.assertIn(model, {"lending.event", "lending.notice"})
                continue
            record = self.env[model].sudo().search([], limit=1)
            self.assertFalse(names - record._guarded_fields(), model)

    def _inherited(self, model):
        return {
            cls._name for cls in type(self.env[model]).mro() if hasattr(cls, "_name")
        }

    def test_defaults_do_not_fill_them_either(self):
        """Neither a context nor a default that somebody saved for himself."""
        forged = {"state": "done", "name": "X/1", "signed_at": "2024-06-01 08:00:00"}
        handover = call_kw(
            self.env["lending.handover"].with_user(self.officer),
            "create",
            [{"employee_id": self.ott.id}],
            {"context": {f"default_{name}": value for name, value in forged.items()}},
        )
        handover = self.env["lending.handover"].browse(handover)
        self.assertEqual(
            (handover.state, handover.name, handover.signed_at), ("draft", False, False)
        )
        self.env["ir.default"].sudo().set(
            "lending.asset", "condition", "lost", user_id=self.officer.id
        )
        asset = self.env["lending.asset"].with_user(self.officer)
        asset = asset.create({"name": "Third", "type_id": self.type.id})
        self.assertEqual(asset.condition, "usable")

    def test_a_departure_recalls_nobody_else(self):
        """HR put another company's employee into it and recalled all they had."""
        departure = self._departure_of_ott()
        foreign = self.env["hr.employee"].create(
            {"name": "Foreign", "company_id": self.stranger.company_id.id}
        )
        hr = departure.with_user(self.hr_officer)
        for vals in (
            {"employee_id": foreign.id},
            {"employee_id": foreign.id, "deadline": "2024-07-01"},
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                hr.write(vals)
        self.env.invalidate_all()
        self.assertEqual(departure.employee_id, self.ott)
        hr.write({"deadline": "2024-07-01"})

    def _departure_of_ott(self):
        self._hand_out(self.laptop, self.ott)
        return self.env["lending.departure"]._begin(self.ott)

    def test_a_person_who_changed_the_company_is_asked_there(self):
        departure = self._departure_of_ott()
        self.ott.company_id = self.stranger.company_id
        hr = departure.with_user(self.hr_officer)
        for ask in (hr.action_ask_again, lambda: hr.write({"deadline": "2024-07-01"})):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                ask()
                self.env.flush_all()

    def test_a_done_hand_over_says_nothing_else_later(self):
        document = self.env["lending.handover"].with_user(self.officer)
        document = document.create(
            {
                "employee_id": self.ott.id,
                "line_ids": [Command.create({"asset_id": self.laptop.id})],
            }
        )
        document.confirm()
        for vals in (
            {"holder_name": "KARI"},
            {"corrects_id": document.id},
            {"employee_id": self.kari.id},
            {"signature": False, "signed_by": "KARI"},
            {"signed_by": "KARI", "signed_at": "2024-06-01 08:00:00"},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                document.write(vals)
