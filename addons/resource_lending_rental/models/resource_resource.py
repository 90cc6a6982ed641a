from odoo import models

from .lending_asset import LENDING


class ResourceResource(models.Model):
    _inherit = "resource.resource"

    def _blocks_until_lifted(self):
        """What is lost or in repair in Lending is not put back at the counter."""
        blocks = super()._blocks_until_lifted()
        return blocks.filtered(lambda block: block.res_model not in LENDING)
