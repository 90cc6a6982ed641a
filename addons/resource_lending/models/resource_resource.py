from odoo import models


class ResourceResource(models.Model):
    _inherit = "resource.resource"

    def _domain_alternatives(self):
        """Another thing of the same type serves instead of what is lent."""
        domain = super()._domain_alternatives()
        # Narrow sudo: of the thing only its type is read, and no name shown.
        Asset = self.env["lending.asset"].sudo()
        types = Asset.search([("resource_id", "=", self.id)]).type_id
        if types:
            same = [("type_id", "in", types.ids), ("condition", "=", "usable")]
            domain.append(("id", "in", Asset._search(same).subselect("resource_id")))
        return domain
