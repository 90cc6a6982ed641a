from lxml import etree

from odoo.tests import TransactionCase, new_test_user, tagged

from .screens import own_modules


@tagged("post_install", "-at_install")
class TestViews(TransactionCase):
    """Every view that our addons make or extend, for those of every group of ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        own = own_modules(cls.env)
        data = cls.env["ir.model.data"].search([("module", "in", list(own))])
        made = data.grouped("model")
        views = cls.env["ir.ui.view"].browse(made["ir.ui.view"].mapped("res_id"))
        views = views.filtered(lambda view: view.model in cls.env)
        while extensions := views.filtered("inherit_id"):
            views = views - extensions + extensions.inherit_id
        cls.views = views.filtered("active")
        groups = made["res.groups"].mapped("complete_name")
        cls.users = [
            new_test_user(cls.env, group.replace(".", "_"), group)
            for group in ("base.group_user", *groups)
        ]

    def _views_of(self, user):
        """``(view, model as that user)`` of all models the user may read."""
        for view in self.views:
            model = self.env[view.model].with_user(user)
            if model.has_access("read"):
                yield view, model

    def test_every_group_gets_every_view(self):
        self.assertTrue(self.views)
        for user in self.users:
            for view, model in self._views_of(user):
                with self.subTest(user=user.login, view=view.xml_id):
                    arch = model.get_view(view.id, view.type)["arch"]
                    node = etree.fromstring(arch)
                    # What a board shows its model says, not its view.
                    self.assertTrue(len(node) or node.tag == "resource_board")

    def test_cards_are_added_by_name_only_where_there_is_one(self):
        """The client's "+" in a column asks for nothing but a name."""
        cards = [
            (view, model)
            for view, model in self._views_of(self.env.ref("base.user_admin"))
            if view.type == "kanban" and not view.xml_id.startswith("base.")
        ]
        self.assertTrue(cards)
        for view, model in cards:
            card = etree.fromstring(model.get_view(view.id, "kanban")["arch"])
            refused = {"0", "false", "False"}
            if {card.get("create"), card.get("quick_create")} & refused:
                continue
            with self.subTest(view=view.xml_id):
                self.assertTrue(card.get("quick_create_view") or model._rec_name)
