from markupsafe import Markup

from odoo import api, fields, models

from odoo.addons.resource_allocation.inputs import only_one


class AccountMove(models.Model):
    """A posted vendor bill makes assets of what it bought, and is not touched itself.

    What is billed is a fact of the accountant, what is there one of the storekeeper:
    crediting or cancelling the bill deletes nothing, it tells those who can look.
    """

    _inherit = "account.move"

    lending_asset_ids = fields.One2many(
        "lending.asset",
        "bill_id",
        string="Assets",
        context={"active_test": False},
        groups="resource_lending.lending_group_officer",
    )
    lending_asset_count = fields.Integer(
        compute="_compute_lending_asset_count",
        groups="resource_lending.lending_group_officer",
    )

    @api.depends("lending_asset_ids")
    def _compute_lending_asset_count(self):
        for move in self:
            move.lending_asset_count = len(move.lending_asset_ids)

    def _is_lending_bill(self):
        """Vendor bills and purchase receipts, but no refunds."""
        return self.move_type in ("in_invoice", "in_receipt")

    def _post(self, soft=True):
        """Make the assets of what was bought, once the bills are posted."""
        posted = super()._post(soft)
        posted._make_lending_assets()
        for refund in posted.filtered(lambda move: move.move_type == "in_refund"):
            bill = refund.reversed_entry_id
            bill._warn_lending(
                self.env._(
                    "%(refund)s credits the vendor bill %(bill)s.",
                    refund=refund.display_name,
                    bill=bill.display_name,
                )
            )
        return posted

    def button_cancel(self):
        """Say on the assets that their bill was cancelled."""
        done = super().button_cancel()
        for bill in self:
            bill._warn_lending(
                self.env._("The vendor bill %s was cancelled.", bill.display_name)
            )
        return done

    @api.ondelete(at_uninstall=False)
    def _warn_lending_on_unlink(self):
        for bill in self:
            bill._warn_lending(
                self.env._("The vendor bill %s was deleted.", bill.display_name)
            )

    def _make_lending_assets(self):
        # Narrow sudo: posting the bill is what makes the assets, whoever posts it;
        # only assets and cards are created, in the bill's company.
        for move in self.sudo().filtered(lambda move: move._is_lending_bill()):
            move = move.with_company(move.company_id)
            lines = move.invoice_line_ids.filtered(
                lambda line: line.display_type == "product" and line.lending_type_id
            )
            before = move.lending_asset_ids
            problems = lines._make_lending_pieces()
            move._tell_lending(move.lending_asset_ids - before, problems)

    def _tell_lending(self, made, problems):
        """Say in the bill's chatter what became of it in Lending."""
        lines = list(problems)
        if made:
            lines.insert(0, self.env._("Assets made: %s", self._lending_names(made)))
        if lines:
            self.message_post(body=Markup("<br/>").join(lines))

    def _warn_lending(self, text):
        """Tell who keeps the assets of this bill, and its accountant, what happened."""
        # Narrow sudo: an accountant leaves a note on assets he may not write.
        bill = self.sudo()
        if not bill.lending_asset_ids:
            return
        hint = self.env._("Nothing was changed here: write it off if it is gone.")
        bill.lending_asset_ids._message_log_batch(
            {asset.id: f"{text} {hint}" for asset in bill.lending_asset_ids}
        )
        bill.message_post(
            body=self.env._(
                "%(what)s Its assets stay until somebody writes them off: %(assets)s",
                what=text,
                assets=self._lending_names(bill.lending_asset_ids),
            )
        )

    @api.model
    def _lending_names(self, assets):
        """Names for a message, not more than fit."""
        shown = ", ".join(assets[:10].mapped("display_name"))
        if len(assets) <= 10:
            return shown
        return self.env._(
            "%(names)s and %(more)s more", names=shown, more=len(assets) - 10
        )

    def action_view_lending_assets(self):
        """Open the assets this bill made."""
        only_one(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "resource_lending.lending_asset_action"
        )
        return {
            **action,
            "domain": [("bill_id", "=", self.id)],
            "context": {"active_test": False},
        }
