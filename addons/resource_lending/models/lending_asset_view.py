from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.resource_allocation.inputs import only_one


class LendingAsset(models.Model):
    """What the screens of assets need besides their fields."""

    _inherit = "lending.asset"

    status = fields.Selection(group_expand="_group_expand_status")

    @api.model
    def _group_expand_status(self, statuses, domain):
        """The columns in the order a thing goes through them; what is gone only where
        something is."""
        order = [key for key, _label in self._fields["status"].selection]
        usual = {"in_stock", "reserved", "handed_out"}
        return [status for status in order if status in usual or status in statuses]

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        """The heading of the tab depends on the company (D16, D17)."""
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, self.env.company.lending_relation)

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Head the tab of holders by the role its rows carry (LS1: D16, D17)."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form" and self.env.company.lending_relation == "responsible":
            heading = self.env._("Responsible")
            path = "//field[@name='loan_ids']//field[@name='employee_id']"
            for node in arch.xpath(path):
                node.set("string", heading)
            for node in arch.xpath("//page[@name='users']"):
                node.set("string", self.env._("Responsibles"))
        return arch, view

    @api.model
    def action_open_scanned(self, text):
        """Open the thing whose label was scanned.

        :raise UserError: no thing has this code, barcode or serial number.
        """
        asset = self._find_by_code(text)
        if not asset:
            raise UserError(
                self.env._(
                    "No asset has the code, barcode or serial number “%s”. Scan the "
                    "label again, or search for its name.",
                    self._scanned_code(text),
                )
            )
        return asset.action_open_form()

    def action_open_form(self):
        """Open one asset."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "name": self.display_name,
        }

    def action_view_card(self):
        """Open the card this is a piece of."""
        only_one(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "lending.card",
            "res_id": self.card_id.id,
            "views": [(False, "form")],
            "name": self.card_id.display_name,
        }
