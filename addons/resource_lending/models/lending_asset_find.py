from base64 import b64encode
from io import BytesIO
from urllib.parse import quote, unquote

import qrcode

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.image import image_data_uri

from odoo.addons.resource_allocation.inputs import to_text

SCAN_PATH = "/lending/scan/"


class LendingAsset(models.Model):
    """How a scanner, or a person who types a label, finds a thing."""

    _inherit = "lending.asset"
    _rec_names_search = ["name", "code", "serial_no", "barcode"]

    scan_text = fields.Char(
        string="Asset",
        store=False,
        search="_search_scan_text",
        exportable=False,
        help="Technical: what is typed or scanned into the search box.",
    )

    @api.model
    def _search_scan_text(self, operator, value):
        """A label scanned into the search box finds its thing, whatever it holds."""
        if operator not in ("ilike", "in"):
            return NotImplemented
        texts = [value] if isinstance(value, str) else [text for text in value if text]
        return Domain.OR(self._domain_text(text) for text in texts)

    @api.model
    def _domain_text(self, text):
        code = self._scanned_code(text)
        if code != text.strip():
            return Domain("code", "=", code)
        return Domain.OR(
            [
                *(
                    Domain(name, "ilike", code)
                    for name in ("name", "code", "serial_no")
                ),
                Domain("barcode", "=", code),
            ]
        )

    @api.model
    def _find_by_code(self, text):
        """The thing a scanned text means; empty when there is none.

        The text is a code, a barcode, a serial number or the address a QR label
        holds. A code goes before a barcode, and that before a serial number; things
        of the current company go first.

        :raise UserError: several things have this serial number.
        """
        code = self._scanned_code(text)
        if not code:
            return self.browse()
        company = self.env.company
        texts = list({code, code.upper()})
        found = self.search(
            Domain.OR(
                [Domain(name, "in", texts) for name in ("code", "barcode", "serial_no")]
            )
        )
        for name in ("code", "barcode", "serial_no"):
            matches = found.filtered(lambda asset, name=name: asset[name] in texts)
            here = matches.filtered(
                lambda asset: asset.company_id in (company, company.browse())
            )
            if matches := here or matches:
                return matches._only_one(code)
        return found

    def _only_one(self, code):
        if len(self) > 1:
            raise UserError(
                self.env._(
                    "%(code)s is the number of several things: %(assets)s. Scan the "
                    "label of the one that is meant.",
                    code=code,
                    assets=", ".join(self.mapped("display_name")),
                )
            )
        return self

    @api.model
    def _scanned_code(self, text):
        """Reduce the address on a QR label to the code in it."""
        text = to_text(self.env, text) or ""
        _before, path, code = text.rpartition(SCAN_PATH)
        return unquote(code.partition("?")[0]).strip() if path else text

    def _scan_url(self):
        """The address on the label: opens the thing on any phone that may log in."""
        self.ensure_one()
        return self.get_base_url() + SCAN_PATH + quote(self.code, safe="")

    def _scan_image(self):
        """The QR code of :meth:`_scan_url`, as the source of a picture."""
        picture = BytesIO()
        qrcode.make(self._scan_url(), border=1, box_size=6).save(picture, format="PNG")
        return image_data_uri(b64encode(picture.getvalue()))
