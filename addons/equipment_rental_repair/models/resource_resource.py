from odoo import models


class ResourceResource(models.Model):
    """What is put back into service by hand needs no repair any more."""

    _inherit = "resource.resource"

    def _put_back_in_service(self):
        blocks = self._blocks_until_lifted()
        done = super()._put_back_in_service()
        self.env["repair.order"]._rental_not_needed(blocks)
        return done
