from lxml import etree

from odoo import fields, models

ATTRIBUTES = {"string", "class", "js_class", "book", "scale", "__validate__"}
SCALES = ("day", "week", "month", "quarter", "year")


class IrUiView(models.Model):
    """The planning board as a view: ``<resource_board scale="week" book="1"/>``."""

    _inherit = "ir.ui.view"

    type = fields.Selection(selection_add=[("resource_board", "Planning Board")])

    def _get_view_info(self):
        board = {"resource_board": {"icon": "fa fa-tasks", "multi_record": True}}
        return {**super()._get_view_info(), **board}

    def _validate_tag_resource_board(self, node, name_manager, node_info):
        if not node_info["validate"]:
            return
        if not issubclass(
            self.env.registry[name_manager.model._name],
            self.env.registry["resource.board.mixin"],
        ):
            self._raise_view_error(
                self.env._(
                    "%s has no rows for a planning board: it has to inherit "
                    "resource.board.mixin.",
                    name_manager.model._name,
                ),
                node,
            )
        if list(node.iterchildren(tag=etree.Element)):
            self._raise_view_error(
                self.env._("A planning board has nothing inside its tag."), node
            )
        if unknown := sorted(set(node.attrib) - ATTRIBUTES):
            self._raise_view_error(
                self.env._(
                    "A planning board knows no attribute %(name)s; it knows %(known)s.",
                    name=", ".join(unknown),
                    known=", ".join(sorted(ATTRIBUTES - {"__validate__"})),
                ),
                node,
            )
        if node.get("scale", "week") not in SCALES:
            self._raise_view_error(
                self.env._(
                    "The scale of a planning board is one of %s.", ", ".join(SCALES)
                ),
                node,
            )
