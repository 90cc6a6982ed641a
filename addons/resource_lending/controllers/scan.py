from odoo import http
from odoo.exceptions import UserError
from odoo.http import request


class LendingScan(http.Controller):
    @http.route("/lending/scan/<path:code>", type="http", auth="user", readonly=True)
    def lending_scan(self, code):
        """Where the QR label of a thing leads: its page, for who may see it."""
        user = request.env.user
        # The label does not say of which company it is.
        companies = request.env.company | user.company_ids
        assets = request.env["lending.asset"].with_context(
            allowed_company_ids=companies.ids
        )
        try:
            asset = assets._find_by_code(code)
        except UserError:
            asset = assets
        if asset:
            return request.redirect(f"/odoo/lending-assets/{asset.id}")
        raise request.not_found()
