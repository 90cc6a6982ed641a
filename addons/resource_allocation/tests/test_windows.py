from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import LedgerCase


@tagged("post_install", "-at_install")
class TestWindows(LedgerCase):
    """Windows and their lines are their creator's alone: they hold notes, signatures
    and messages that are not sent yet. Those of all installed apps of the ledger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.windows = cls._windows()
        access = cls.env["ir.model.access"].search(
            [("model_id.model", "in", cls.windows)]
        )
        everything = access.group_id | cls.env["res.groups"].browse(
            cls._own_ids("res.groups")
        )
        cls.creator, cls.other = (
            cls._user(login, "base.group_user")
            for login in ("window_creator", "window_other")
        )
        (cls.creator | cls.other).group_ids |= everything

    @classmethod
    def _own_ids(cls, model):
        """Ids that the ledger and what is built on it made, and nobody else."""
        ledger = cls.env.ref("base.module_resource_allocation")
        apps = ledger | ledger.downstream_dependencies(exclude_states=("uninstalled",))
        of_model = [("model", "=", model)]
        ours = [("module", "in", apps.mapped("name"))]
        known = cls.env["ir.model.data"].search(of_model + ours)
        others = cls.env["ir.model.data"].search(["!", *ours, *of_model])
        return list(set(known.mapped("res_id")) - set(others.mapped("res_id")))

    @classmethod
    def _windows(cls):
        models = cls.env["ir.model"].browse(cls._own_ids("ir.model"))
        return models.filtered(lambda model: model.transient).mapped("model")

    def _open(self, model, user):
        """A window as this user left it, whatever it would ask for; where it is a line
        of another, that one is the creator's."""
        columns = {"create_uid": user.id}
        window = self.env[model].with_user(user)
        for name, field in window._fields.items():
            if field.comodel_name in self.windows and field.type == "many2one":
                columns[name] = self._open(field.comodel_name, self.creator).id
            elif field.required and field.column_type and name != "id":
                self.env.cr.execute(
                    SQL(
                        "ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL",
                        SQL.identifier(window._table),
                        SQL.identifier(name),
                    )
                )
        [[id_]] = self.env.execute_query(
            SQL(
                "INSERT INTO %s (%s) VALUES %s RETURNING id",
                SQL.identifier(window._table),
                SQL(", ").join(map(SQL.identifier, columns)),
                tuple(columns.values()),
            )
        )
        return window.browse(id_)

    def test_every_window_is_its_creators_alone(self):
        self.assertIn("resource.allocation.relocate.line", self.windows)
        for model in self.windows:
            window = self._open(model, self.creator)
            theirs = window.with_user(self.other)
            found = [("id", "=", window.id)]
            with self.subTest(model):
                self.assertEqual(window.search(found), window)
                self.assertTrue(window.read(["create_uid"]))
                self.assertTrue(window.has_access("write"))
                self.assertTrue(theirs.browse().has_access("write"))
                self.assertFalse(theirs.search(found))
                for call in (
                    lambda one: one.read(["create_uid"]),
                    lambda one: one.write({}),
                    lambda one: one.unlink(),
                ):
                    with self.assertRaises(AccessError):
                        call(theirs)

    def test_nobody_adds_lines_to_others_windows(self):
        lines = [
            model
            for model in self.windows
            for field in self.env[model]._fields.values()
            if field.type == "many2one" and field.comodel_name in self.windows
        ]
        self.assertIn("resource.allocation.relocate.line", lines)
        for model in lines:
            line = self._open(model, self.other)
            with self.subTest(model):
                self.assertFalse(line.has_access("create"))
