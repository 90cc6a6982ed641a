from odoo import models

CHANNEL = "resource_board"
"""What an open planning board asks to listen to."""


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Let boards of employees hear of changes; a name alone opens nothing."""
        asked = CHANNEL in channels
        channels = [one for one in channels if one != CHANNEL]
        if asked and self.env.user._is_internal():
            channels.append(self.env["resource.allocation"]._board_channel())
        return super()._build_bus_channel_list(channels)
