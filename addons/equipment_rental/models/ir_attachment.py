import base64
import zlib
from io import BytesIO

from PIL import Image, ImageOps

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.image import IMAGE_MAX_RESOLUTION

PHOTO_FORMATS = ("JPEG", "PNG")
"""What phones take, and what a printer of pages can show."""
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
        small = BytesIO()
        try:
            with Image.open(BytesIO(self.raw or b""), formats=PHOTO_FORMATS) as photo:
                if photo.width * photo.height > IMAGE_MAX_RESOLUTION:
                    raise UserError(
                        self.env._(
                            "%(file)s is too large: a photo may have %(limit)s million "
                            "pixels.",
                            file=self.name,
                            limit=round(IMAGE_MAX_RESOLUTION / 1e6),
                        )
                    )
                # A JPEG is decoded only as finely as it will be shown.
                photo.thumbnail((pixels, pixels))
                upright = ImageOps.exif_transpose(photo)
                upright.convert("RGB").save(small, "JPEG", quality=80)
        except Image.DecompressionBombError as error:
            raise UserError(
                self.env._("%s is too large: send a smaller photo.", self.name)
            ) from error
        except (OSError, SyntaxError, ValueError, zlib.error) as error:
            raise UserError(
                self.env._(
                    "%s is no photo that can be shown: choose a JPEG or PNG picture.",
                    self.name,
                )
            ) from error
        return f"data:image/jpeg;base64,{base64.b64encode(small.getvalue()).decode()}"
