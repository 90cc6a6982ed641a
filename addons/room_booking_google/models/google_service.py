from odoo import api, models

SILENT = "room_booking_silent"


class GoogleService(models.AbstractModel):
    """Of a meeting in a room people are told by its reservation, not by Google, too."""

    _inherit = "google.service"

    @api.model
    def _do_request(self, uri, *args, **kwargs):
        # Core has a key for what is inserted, none for what changes or is deleted.
        if self.env.context.get(SILENT):
            uri = uri.replace("sendUpdates=all", "sendUpdates=none")
        return super()._do_request(uri, *args, **kwargs)
