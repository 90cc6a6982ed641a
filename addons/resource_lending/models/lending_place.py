from odoo import api, fields, models
from odoo.exceptions import ValidationError


class LendingPlace(models.Model):
    """Where things lie or are used: a store room, a shelf, a meeting room."""

    _name = "lending.place"
    _description = "Place"
    _inherit = ["resource.guarded.mixin"]
    _parent_store = True
    _order = "complete_name, id"
    _rec_name = "complete_name"
    _rec_names_search = ["complete_name", "barcode"]
    _check_company_auto = True

    name = fields.Char(required=True)
    complete_name = fields.Char(
        compute="_compute_complete_name", store=True, recursive=True
    )
    parent_id = fields.Many2one(
        "lending.place",
        string="In",
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("lending.place", "parent_id", string="Places in it")
    active = fields.Boolean(default=True)
    barcode = fields.Char(
        copy=False,
        index="btree_not_null",
        help="The label on the door or shelf; scanning it says where one counts.",
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: all of them.")
    asset_count = fields.Integer(compute="_compute_asset_count")

    _barcode_unique = models.UniqueIndex(
        "(barcode, coalesce(company_id, 0)) WHERE barcode <> ''",
        "Another place has this barcode.",
    )

    @api.model
    def _guarded_fields(self):
        """The names of the places around it."""
        return super()._guarded_fields() | {"complete_name"}

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for place in self:
            names = filter(None, (place.parent_id.complete_name, place.name))
            place.complete_name = " / ".join(names)

    def _compute_asset_count(self):
        counts = dict(
            self.env["lending.asset"]._read_group(
                [("place_id", "in", self.ids)], ["place_id"], ["__count"]
            )
        )
        for place in self:
            place.asset_count = counts.get(place, 0)

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("A place cannot lie in itself: choose another one for “In”.")
            )

    def action_view_assets(self):
        """Show what lies here and in the places inside."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "resource_lending.lending_asset_action"
        )
        return {
            **action,
            "domain": [("place_id", "child_of", self.ids)],
            "context": {"default_place_id": self[:1].id},
        }
