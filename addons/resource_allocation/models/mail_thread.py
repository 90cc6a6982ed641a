from odoo import models

from .resource_allocation_screens import PREVIEWS


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _web_push_send_notification(self, *args, **kwargs):
        """Send nothing that a preview takes back: it would not wait for the commit."""
        if self.env.cr in PREVIEWS:
            return None
        return super()._web_push_send_notification(*args, **kwargs)
