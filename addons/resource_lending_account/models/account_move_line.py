from odoo import api, fields, models
from odoo.tools import float_compare
from odoo.tools.sql import column_exists, create_column

MOST_PIECES = 1000
"""What one line may make; more is rather a typing error."""


class AccountMoveLine(models.Model):
    """What a line of a vendor bill bought may be lent afterwards."""

    _inherit = "account.move.line"

    lending_type_id = fields.Many2one(
        "lending.type",
        string="Lent As",
        compute="_compute_lending_type_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        help="Posting the bill makes an asset of this type for each piece. Empty: what "
        "is bought is not lent.",
    )
    lending_asset_ids = fields.One2many(
        "lending.asset",
        "bill_line_id",
        string="Assets",
        context={"active_test": False},
        groups="resource_lending.lending_group_officer",
    )

    def _auto_init(self):
        """Old lines are not lent: spare them the computation."""
        if not column_exists(self.env.cr, "account_move_line", "lending_type_id"):
            create_column(self.env.cr, "account_move_line", "lending_type_id", "int4")
        return super()._auto_init()

    @api.depends("product_id")
    def _compute_lending_type_id(self):
        for line in self:
            if line.move_id._is_lending_bill() and line.display_type == "product":
                product = line.product_id
                made = product and product._is_lent_on_receipt()
                line.lending_type_id = not made and product.lending_type_id
            else:
                line.lending_type_id = False

    def _make_lending_pieces(self):
        """Make what is missing of the pieces these lines bought, in one batch.

        Posting again makes nothing twice: what a line, or a line that was replaced
        since, has made before counts.

        :return: what could not be done, as texts.
        """
        missing, problems = {}, []
        for line in self:
            wanted = line._lending_quantity()
            if wanted is None:
                problems.append(line._lending_refusal())
                continue
            there = line.lending_asset_ids or line._adopt_lending_pieces(wanted)
            if wanted > len(there):
                missing[line] = wanted - len(there)
            elif wanted < len(there):
                problems.append(line._lending_surplus(len(there), wanted))
        self._create_lending_pieces(missing)
        return problems

    def _lending_quantity(self):
        """How many pieces, in the product's own unit; None if not a sensible number."""
        self.ensure_one()
        quantity = self.quantity
        if self.product_id and self.product_uom_id:
            quantity = self.product_uom_id._compute_quantity(
                quantity, self.product_id.uom_id, round=False
            )
        whole = round(quantity)
        if float_compare(quantity, whole, precision_digits=3):
            return None
        return whole if 0 < whole <= MOST_PIECES else None

    def _lending_refusal(self):
        return self.env._(
            "%(line)s: no assets were made of %(quantity)s. A line makes whole pieces, "
            "at least 1 and at most %(most)s.",
            line=self._lending_name(),
            quantity=self.quantity,
            most=MOST_PIECES,
        )

    def _lending_surplus(self, there, wanted):
        return self.env._(
            "%(line)s: %(there)s pieces were made before, now there are %(wanted)s. "
            "Write off those that are too many.",
            line=self._lending_name(),
            there=there,
            wanted=wanted,
        )

    def _lending_name(self):
        """What the pieces are called."""
        self.ensure_one()
        name = self.product_id.name or (self.name or "").strip().partition("\n")[0]
        return name or self.lending_type_id.name

    def _adopt_lending_pieces(self, wanted):
        """Take over pieces of a line of this bill that was deleted and typed again."""
        orphans = self.move_id.lending_asset_ids.filtered(
            lambda asset: (
                not asset.bill_line_id
                and asset.type_id == self.lending_type_id
                and asset.product_id == self.product_id
            )
        ).sorted("id")[:wanted]
        orphans._store({"bill_line_id": self.id})
        return orphans

    @api.model
    def _create_lending_pieces(self, missing):
        """Make pieces, on a card where there are several: ``{line: how many}``."""
        new = {}
        for line, quantity in missing.items():
            card = line.lending_asset_ids.card_id[:1]
            if card.kind == "small":
                before = card.asset_ids
                card.quantity += quantity
                new[line] = card.asset_ids - before
        single = [line for line in missing if line not in new and missing[line] == 1]
        assets = self.env["lending.asset"].create(
            [line._prepare_lending_asset() for line in single]
        )
        several = [line for line in missing if line not in new and missing[line] > 1]
        cards = self.env["lending.card"].create(
            [line._prepare_lending_card(missing[line]) for line in several]
        )
        new.update(zip(single, assets, strict=True))
        new.update(
            (line, card.asset_ids) for line, card in zip(several, cards, strict=True)
        )
        for line, pieces in new.items():
            pieces._store(line._prepare_lending_links())

    def _prepare_lending_purchase(self):
        """What asset and card have in common. Override to add your own."""
        move = self.move_id
        return {
            "name": self._lending_name(),
            "type_id": self.lending_type_id.id,
            "company_id": move.company_id.id,
            "acquisition_date": move.invoice_date or move.date,
            "acquisition_method": "purchase",
            "supplier_id": move.commercial_partner_id.id,
        }

    def _prepare_lending_card(self, quantity):
        return {
            **self._prepare_lending_purchase(),
            "kind": "small",
            "quantity": quantity,
            "cost": self._lending_value(),
        }

    def _prepare_lending_asset(self):
        return {**self._prepare_lending_purchase(), "value": self._lending_value()}

    def _prepare_lending_links(self):
        return {
            "bill_line_id": self.id,
            "bill_id": self.move_id.id,
            "product_id": self.product_id.id,
        }

    def _lending_value(self):
        """The price of one piece without tax, in the company's currency."""
        whole = self._lending_quantity()
        return self.company_currency_id.round(abs(self.balance) / whole)
