import base64
import zlib

from PIL import Image

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.image import ImageProcess, image_data_uri

PHOTO_FORMATS = ("JPEG", "PNG")
"""What phones take, and what a printer of pages can show."""
BROKEN = (OSError, SyntaxError, ValueError, zlib.error)
"""What reading half a picture ends with."""
CONTENT_FIELDS = {
    "name", "raw", "datas", "db_datas", "mimetype", "type", "url", "res_model",
    "res_id", "res_field",
}  # fmt: skip
"""What a photo shows, and where it belongs."""


class IrAttachment(models.Model):
    """Photos of what was handed over or came back: attachments of the transfer."""

    _inherit = "ir.attachment"

    def write(self, vals):
        """:raise UserError: for another content of a photo that was signed for."""
        if CONTENT_FIELDS & vals.keys():
            self._check_photos_not_signed()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        self._check_photos_not_signed()

    def _check_photos_not_signed(self):
        # Narrow sudo: what was signed stays, whoever may see it.
        photos = self.sudo().filtered(lambda one: one.res_model == "stock.picking")
        if photos:
            moves = self.env["stock.move"].sudo()
            moves = moves.search([("rental_photo_ids", "in", photos.ids)])
            moves.picking_id._check_not_signed()

    def _become_rental_photos(self, transfer):
        """Let these uploads belong to ``transfer``: who reads it sees them.

        :raise UserError: for what is no photo, or belongs to something else.
        """
        self.check_access("write")
        for upload in self:
            owner = self.env.get(upload.res_model)
            if upload.res_id and not (owner is not None and owner._transient):
                raise UserError(
                    self.env._(
                        "%s belongs to something else. Upload it here as well.",
                        upload.name,
                    )
                )
            upload._shrink_photo(1)
        self.write({"res_model": transfer._name, "res_id": transfer.id})

    def _shrink_photo(self, pixels):
        """A small JPEG of this photo, upright and of so many pixels at most each way.

        :return: a data URI
        :raise UserError: for what is no JPEG or PNG, broken, or beyond core's own limit
            for pictures.
        """
        self.ensure_one()
        why = self.env._("choose a JPEG or PNG picture.")
        try:
            photo = ImageProcess(self.raw or b"", verify_resolution=True)
            if photo.image and photo.original_format in PHOTO_FORMATS:
                photo.image = photo.image.convert("RGB")
                small = photo.resize(pixels, pixels).image_quality(80, "JPEG")
                return image_data_uri(base64.b64encode(small))
        except UserError as refusal:
            why = refusal
        except (Image.DecompressionBombError, *BROKEN):
            why = self.env._("it is broken, or too large.")
        raise UserError(
            self.env._(
                "%(file)s is no photo that can be shown: %(why)s",
                file=self.name,
                why=why,
            )
        )
